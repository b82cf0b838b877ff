//! Wrong plan files and tables end in a precise diagnostic and exit code 2. The expected text of each
//! file in `tests/bad_plan/` stands beside it; `UPDATE_GOLDEN=1` rewrites it.

use super::root;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn every_wrong_plan_gets_its_diagnostic() {
    let folder = root().join("tests/bad_plan");
    let entries = fs::read_dir(&folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let (mut tested, mut different) = (0, Vec::new());
    for file in files.iter().filter(|path| path.extension().is_none_or(|e| e != "stderr")) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let arguments = match name.ends_with(".csv") {
            true => vec!["plan", "../../scenarios/plans/worked.toml", "--results", &name],
            false => vec!["plan", &name],
        };
        let output = Command::new(env!("CARGO_BIN_EXE_gapcast"))
            .args(arguments)
            .current_dir(&folder)
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("the program starts");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(output.stdout.is_empty() && !stderr.contains("panicked"), "{name}: {stderr}");
        let golden = file.with_extension("stderr");
        if update {
            fs::write(&golden, &stderr).expect("written");
        } else if fs::read_to_string(&golden).unwrap_or_default() != stderr {
            different.push(format!("{name}:\n{stderr}"));
        }
        tested += 1;
    }
    assert!(tested >= 6, "only {tested} wrong plans");
    assert!(different.is_empty(), "UPDATE_GOLDEN=1 accepts these:\n{}", different.join("\n"));
    assert!(!folder.join("outputs").exists(), "a wrong plan left something behind");
}
