//! The walls of the house: which module may import which, how long files and functions may be, and
//! what would make a run depend on the machine.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor. Imports point to a lower floor, or stay in the module.
const FLOORS: [&[&str]; 9] = [
    &["kernel"],
    &["model", "probe"],
    &["fabric", "storage", "compute", "disturb", "metrics", "spec"],
    &["work", "cost"],
    &["sim"],
    &["study"],
    &["report"],
    &["cli"],
    &["main"],
];

/// Imports that stay on a floor: (from, to).
const SIDEWAYS: [(&str, &str); 1] = [("probe", "model")];

/// Macros at the crate's root, and the module they are of.
const ROOT_MACROS: [(&str, &str); 1] = [("define_id", "kernel")];

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// Words that may not be in the source: (word, modules that may, what to do instead).
const FORBIDDEN: [(&str, &[&str], &str); 7] = [
    ("HashMap", &[], "its order differs from run to run: BTreeMap, FxHashMap or a Table"),
    ("HashSet", &[], "its order differs from run to run: BTreeSet, FxHashSet or a Table"),
    ("Instant", &["cli", "report/timing", "main"], "a run knows simulated time alone"),
    ("SystemTime", &["cli", "report/timing", "main"], "a run knows simulated time alone"),
    ("thread::current", &[], "results must not depend on the thread"),
    ("todo!", &[], "finish it, or refuse the input with an error"),
    ("unimplemented!", &[], "finish it, or refuse the input with an error"),
];

/// What gives a machine away in a tracked file, written so that this file does not match.
const MACHINE: [&str; 10] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("static.", "rust-lang.org"),
    concat!("registry.", "npmjs.org"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("deb.", "debian.org"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below `src`: path without `src/` and `.rs`, and text.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).expect("src can be listed");
        let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                let path = path.strip_prefix(root().join("src")).expect("below src");
                files.push((path.with_extension("").to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files
}

/// A line without its `//` comment (a URL in a string is cut too: it holds no import).
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn starts_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Modules named by `crate::…` or `gapcast::…` in a text without comments: (offset, name).
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for prefix in ["crate::", "gapcast::"] {
        for (at, _) in text.match_indices(prefix).filter(|(at, _)| starts_word(text, *at)) {
            let rest = &text[at + prefix.len()..];
            let Some(group) = rest.strip_prefix('{') else {
                found.push((at, identifier(rest).to_string()));
                continue;
            };
            let mut depth = 0;
            let mut first = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => first = true,
                    c if first && !c.is_whitespace() => {
                        found.push((at, identifier(&group[i..]).to_string()));
                        first = false;
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module)).map(|i| i + 1)
}

/// What is wrong with the imports of the file at `path`: (line, complaint).
fn crossings(path: &str, text: &str) -> Vec<(usize, String)> {
    let module = path.split('/').next().unwrap_or_default();
    if module == "lib" {
        return Vec::new();
    }
    let bare: String = text.lines().flat_map(|line| [code(line), "\n"]).collect();
    let mut wrong = Vec::new();
    let mut complain = |at: usize, what: String| wrong.push((bare[..at].lines().count(), what));
    let Some(here) = floor(module) else {
        complain(0, format!("`{module}` has no floor: give it one in tests/suite/tidy.rs"));
        return wrong;
    };
    for (at, name) in imports(&bare) {
        let of = ROOT_MACROS.iter().find(|(root, _)| *root == name);
        let to = of.map_or(name.as_str(), |(_, module)| module);
        let sideways = to == module || SIDEWAYS.contains(&(module, to));
        match floor(to) {
            None => {
                complain(at, format!("`{to}` has no floor: give it one in tests/suite/tidy.rs"))
            }
            Some(there) if there < here || sideways => {}
            Some(there) => complain(
                at,
                format!(
                    "`{module}` (floor {here}) imports `{to}` (floor {there}): imports point down; \
                     move what both need below, or let `sim` carry the word between them"
                ),
            ),
        }
    }
    for (at, _) in bare.match_indices("super::super") {
        complain(at, "write `crate::…` for `super::super`, so that the floors show".into());
    }
    wrong
}

/// Files and functions that are too long. Relies on rustfmt: a function ends at the first line that
/// is its closing brace at its own indentation.
fn lengths(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut wrong = Vec::new();
    if lines.len() > FILE_LINES {
        let n = lines.len();
        wrong.push((n, format!("{n} lines, {FILE_LINES} are allowed: split by what it is about")));
    }
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = code(line).trim_start();
        let is_function = head.starts_with("fn ")
            || ["pub", "const", "async", "unsafe", "extern"].iter().any(|w| head.starts_with(w))
                && head.split('(').next().is_some_and(|_| head.contains(" fn "));
        if !is_function || head.ends_with(';') || head.ends_with('}') {
            continue;
        }
        let close = format!("{}}}", &line[..indent]);
        let end = lines[start..].iter().position(|l| **l == close).unwrap_or(0) + 1;
        if end > FUNCTION_LINES {
            let what = format!("a function of {end} lines, {FUNCTION_LINES} are allowed: split it");
            wrong.push((start + 1, what));
        }
    }
    wrong
}

/// Words that would make a run depend on the machine, or leave it unfinished.
fn forbidden(path: &str, text: &str) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = code(line);
        for (word, allowed, instead) in FORBIDDEN {
            let found = line.match_indices(word).any(|(at, _)| {
                starts_word(line, at) && identifier(&line[at + word.len()..]).is_empty()
            });
            if found && !allowed.iter().any(|start| path.starts_with(start)) {
                wrong.push((i + 1, format!("`{word}`: {instead}")));
            }
        }
    }
    wrong
}

/// Paths and hosts of one machine.
fn machine(text: &str) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for mark in MACHINE {
            let found = line.match_indices(mark).any(|(at, _)| starts_word(line, at));
            if found {
                wrong.push((i + 1, format!("`{mark}` is of one machine: say it without")));
            }
        }
    }
    wrong
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{} to tidy:\n{}\n", wrong.len(), wrong.join("\n"));
}

fn check_sources(check: impl Fn(&str, &str) -> Vec<(usize, String)>) {
    let complaints = sources().into_iter().flat_map(|(path, text)| {
        let wrong = check(&path, &text);
        wrong.into_iter().map(move |(line, what)| format!("src/{path}.rs:{}: {what}", line.max(1)))
    });
    assert_none(complaints.collect());
}

#[test]
fn imports_point_down() {
    check_sources(crossings);
}

#[test]
fn files_and_functions_are_short() {
    check_sources(|_, text| lengths(text));
}

#[test]
fn nothing_depends_on_the_machine() {
    check_sources(forbidden);
}

/// Tracked files only; without git (a packaged crate) there are none to look at.
#[test]
fn no_file_names_a_machine() {
    let listed = std::process::Command::new("git").arg("ls-files").current_dir(root()).output();
    let listed = match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into(),
        _ => String::new(),
    };
    let mut wrong = Vec::new();
    for path in listed.lines() {
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        wrong.extend(machine(&text).iter().map(|(line, what)| format!("{path}:{line}: {what}")));
    }
    assert_none(wrong);
}

/// Every check fires on what it is for, and on nothing else.
#[test]
fn the_checks_bite() {
    let lines = |wrong: Vec<(usize, String)>| wrong.iter().map(|(l, _)| *l).collect::<Vec<_>>();
    let up = "use crate::kernel::time::Time;\n// crate::sim is a comment\nuse crate::sim::World;\n";
    assert_eq!(lines(crossings("fabric/fluid", up)), [2 + 1]);
    assert_eq!(lines(crossings("cli/run", up)), [0; 0]);
    let group = "use crate::{\n    kernel::{id, time},\n    storage::Cache,\n};";
    assert_eq!(lines(crossings("fabric/fluid", group)), [1]);
    assert_eq!(lines(crossings("work/load", group)), [0; 0]);
    assert_eq!(lines(crossings("kernel/id", "let a = $crate::model::Op::Get;")), [1]);
    assert_eq!(lines(crossings("probe", "use crate::model::Op;")), [0; 0]);
    assert_eq!(lines(crossings("model/jobs", "use crate::probe::Fact;")), [1]);
    assert_eq!(lines(crossings("cellar/wine", "")), [0]);
    let long = |n| format!("    pub fn f() {{\n{}    }}\n", "        x();\n".repeat(n));
    assert_eq!(lines(lengths(&long(FUNCTION_LINES - 2))), [0; 0]);
    assert_eq!(lines(lengths(&long(FUNCTION_LINES - 1))), [1]);
    assert_eq!(lines(lengths(&"\n".repeat(FILE_LINES + 1))), [FILE_LINES + 1]);
    assert_eq!(lines(forbidden("sim/world", "use std::collections::HashMap;")), [1]);
    assert_eq!(lines(forbidden("sim/world", "FxHashMap::default(); // HashMap")), [0; 0]);
    assert_eq!(lines(forbidden("cli/run", "Instant::now()")), [0; 0]);
    assert_eq!(lines(machine(&format!("\nsee {}x", MACHINE[0]))), [2]);
    assert_eq!(lines(machine("src/sim/requests.rs")), [0; 0]);
}
