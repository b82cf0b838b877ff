//! Goodputs of coalitions that somebody measured, from a CSV file: all of them, or all that is
//! wrong with the file.

use super::say;
use crate::spec::{Cell, Cells, Diagnostic, Diagnostics, nearest};
use crate::study::shapley::{Coalition, all, rank};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Most causes of a file: 4,096 coalitions.
pub const MOST_CAUSES: usize = 12;

/// Coalitions that are listed when they are missing; more are counted.
const LISTED: usize = 12;

/// Goodputs beyond are no goodputs; their sums stay exact below.
const LARGEST: f64 = 1e100;

/// The columns there may be. The last three are of `coalitions.csv`, which can be read back; they
/// say nothing here.
const COLUMNS: [&str; 7] =
    ["coalition", "goodput", "replicate", "unit", "end_s", "jobs_cut", "fingerprint"];

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The causes, as first met alone; cause i is bit i of a coalition.
    pub causes: Vec<String>,
    /// Of what the goodputs are; empty if the file does not say.
    pub unit: String,
    /// Numbers of the replicates, rising.
    pub replicates: Vec<u64>,
    /// Goodput of every coalition in every replicate, coalitions by [`rank`].
    pub goodputs: Goodputs,
}

/// Goodputs by coalition, smaller ones first, and replicate.
pub type Goodputs = BTreeMap<(u32, Coalition), Vec<f64>>;

/// Reads a file with columns `coalition` (names joined by `+` in any order; none for the
/// laboratory) and `goodput`, and perhaps `replicate` and `unit`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_measured(path: &Path) -> Result<Measured, Diagnostics> {
    let cells = Cells::read(path, "columns coalition and goodput")?;
    let mut found = Diagnostics::default();
    let columns = columns(&cells, &mut found);
    let ([Some(_), Some(_), ..], false) = (columns, found.has_errors()) else { return Err(found) };
    let causes = causes(&cells, columns, &mut found);
    if causes.is_empty() || causes.len() > MOST_CAUSES {
        return Err(found);
    }
    let (unknown, skipped) = (BTreeSet::new(), false);
    let mut file = File { cells: &cells, columns, causes, found, unknown, skipped };
    let lines = file.lines();
    let unit = file.unit();
    let whole = file.whole(&lines);
    let File { causes, found, .. } = file;
    match (whole, found.has_errors()) {
        (Some((replicates, goodputs)), false) => {
            Ok(Measured { causes, unit, replicates, goodputs })
        }
        _ => Err(found),
    }
}

/// Where each of [`COLUMNS`] is.
type Columns = [Option<usize>; COLUMNS.len()];

fn columns(cells: &Cells, found: &mut Diagnostics) -> Columns {
    let mut columns: Columns = [None; COLUMNS.len()];
    for (i, head) in cells.header.iter().enumerate() {
        let Some(which) = COLUMNS.iter().position(|name| *name == head.text) else {
            let message = format!("there is no column `{}`", head.text);
            let help = match nearest(&head.text, COLUMNS) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("columns are {}", COLUMNS[..4].join(", ")),
            };
            found.push(Diagnostic::error(&head.place, message, "unknown column").help(help));
            continue;
        };
        if let Some(first) = columns[which].replace(i) {
            let message = format!("the column `{}` comes twice", head.text);
            let finding = Diagnostic::error(&head.place, message, "again")
                .related(&cells.header[first].place, "first here");
            found.push(finding);
        }
    }
    for (name, _) in COLUMNS.iter().zip(columns).take(2).filter(|(_, place)| place.is_none()) {
        let message = format!("no column `{name}`");
        let finding = Diagnostic::error(&cells.header[0].place, message, "the header");
        found.push(finding.help("for example:\n  coalition,goodput\n  none,1000\n  jitter,900"));
    }
    columns
}

/// The names of a coalition with the bytes they take in its cell; empty for the laboratory.
fn names(cell: &Cell) -> Vec<(&str, std::ops::Range<usize>)> {
    if cell.text.is_empty() || cell.text == "none" {
        return Vec::new();
    }
    let mut from = 0;
    let mut names = Vec::new();
    for part in cell.text.split('+') {
        let name = part.trim();
        let start = from + (part.len() - part.trim_start().len());
        names.push((name, start..start + name.len()));
        from += part.len() + 1;
    }
    names
}

/// Names that stand alone in a line, in the order of the file.
fn causes(cells: &Cells, columns: Columns, found: &mut Diagnostics) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let Some(column) = columns[0] else { return causes };
    for cell in cells.rows.iter().map(|row| &row[column]) {
        let [(name, _)] = names(cell)[..] else { continue };
        if name.is_empty() || causes.iter().any(|known| known == name) {
            continue;
        }
        causes.push(name.to_owned());
        if causes.len() > MOST_CAUSES {
            let message = format!("more than {MOST_CAUSES} causes");
            let finding = Diagnostic::error(&cell.place, message, "one too many");
            found.push(finding.help("each more doubles the coalitions; put some together as one"));
            break;
        }
    }
    if causes.is_empty() {
        let message = "no line says what a cause does alone";
        let finding = Diagnostic::error(&cells.header[column].place, message, "no cause below");
        found.push(finding.help("every cause needs a line of its own, for example `jitter,900`"));
    }
    causes
}

/// A file being read.
struct File<'a> {
    cells: &'a Cells,
    columns: Columns,
    causes: Vec<String>,
    found: Diagnostics,
    /// Names that no line holds alone: told once each.
    unknown: BTreeSet<String>,
    /// Whether a line was left out for what is wrong with it, and may be the one that is missing.
    skipped: bool,
}

/// Goodputs by coalition and replicate, and the cells they were said in.
type Lines<'a> = BTreeMap<(Coalition, u64), (f64, &'a Cell)>;

impl<'a> File<'a> {
    fn cell(&self, row: &'a [Cell], which: usize) -> Option<&'a Cell> {
        self.columns[which].map(|i| &row[i])
    }

    fn lines(&mut self) -> Lines<'a> {
        let mut lines = Lines::new();
        for row in &self.cells.rows {
            let (Some(who), Some(how_much)) = (self.cell(row, 0), self.cell(row, 1)) else { break };
            let coalition = self.coalition(who);
            let goodput = self.goodput(how_much);
            let replicate = self.replicate(row);
            let (Some(coalition), Some(replicate)) = (coalition, replicate) else {
                self.skipped = true;
                continue;
            };
            // A line whose goodput is wrong is not missing too.
            let line = (goodput.unwrap_or(0.0), who);
            if let Some((_, first)) = lines.insert((coalition, replicate), line) {
                let again = self.columns[2].map(|_| format!(" in replicate {replicate}"));
                let again = again.unwrap_or_default();
                let message = format!("the coalition {} comes twice{again}", self.say(coalition));
                let finding = Diagnostic::error(&who.place, message, "again")
                    .related(&first.place, "first here")
                    .help(
                        "the order of names does not matter; repetitions have a column `replicate`",
                    );
                self.found.push(finding);
            }
        }
        lines
    }

    fn coalition(&mut self, cell: &Cell) -> Option<Coalition> {
        let mut coalition = Some(0);
        for (name, range) in names(cell) {
            let place = cell.part(range);
            let wrong = match self.causes.iter().position(|cause| cause == name) {
                _ if name.is_empty() => {
                    let message = "a name is missing beside `+`";
                    let help = "names joined by `+`; empty or `none` for the laboratory";
                    Diagnostic::error(&cell.place, message, "here").help(help)
                }
                Some(i) if coalition.is_some_and(|c: Coalition| c >> i & 1 == 1) => {
                    let message = format!("`{name}` comes twice in a coalition");
                    Diagnostic::error(&place, message, "again").help("name each cause once")
                }
                Some(i) => {
                    coalition = coalition.map(|c| c | 1 << i);
                    continue;
                }
                None => {
                    coalition = None;
                    if !self.unknown.insert(name.to_owned()) {
                        continue;
                    }
                    let message = format!("no line says what `{name}` does alone");
                    let help = match nearest(name, self.causes.iter().map(String::as_str)) {
                        Some(known) => format!("did you mean `{known}`?"),
                        None => format!("add a line `{name},…` with the goodput under it alone"),
                    };
                    Diagnostic::error(&place, message, "unknown name").help(help)
                }
            };
            coalition = None;
            self.found.push(wrong);
        }
        coalition
    }

    fn goodput(&mut self, cell: &Cell) -> Option<f64> {
        let number = cell.text.parse::<f64>().ok().filter(|x| x.is_finite());
        let (message, label, help) = match number {
            Some(x) if x == 0.0 || (1.0 / LARGEST..=LARGEST).contains(&x) => return Some(x.abs()),
            Some(x) if x < 0.0 => ("a goodput is not negative", "below 0", ""),
            Some(_) => ("a goodput lies between 1e-100 and 1e100, or is 0", "out of range", ""),
            None if cell.text.is_empty() => ("a goodput is missing", "empty", ""),
            None => {
                let help = "a number alone, such as 812.5; its unit has a column `unit`";
                ("a goodput is a plain number", "not a number", help)
            }
        };
        let finding = Diagnostic::error(&cell.place, message, label);
        self.found.push(if help.is_empty() { finding } else { finding.help(help) });
        None
    }

    fn replicate(&mut self, row: &'a [Cell]) -> Option<u64> {
        let Some(cell) = self.cell(row, 2) else { return Some(0) };
        let number = cell.text.parse().ok();
        if number.is_none() {
            let message = "a replicate is a whole number from 0 up";
            self.found.push(Diagnostic::error(&cell.place, message, "not such a number"));
        }
        number
    }

    /// The unit, the same in every line.
    fn unit(&mut self) -> String {
        let Some(column) = self.columns[3] else { return String::new() };
        let mut cells = self.cells.rows.iter().map(|row| &row[column]);
        let Some(first) = cells.next() else { return String::new() };
        // One is told: a file of two units has many lines of either.
        if let Some(cell) = cells.find(|cell| cell.text != first.text) {
            let message = format!("the unit is `{}` here and `{}` above", cell.text, first.text);
            let finding = Diagnostic::error(&cell.place, message, "another unit");
            self.found.push(finding.help("give all goodputs in one unit"));
        }
        first.text.clone()
    }

    /// Names of a coalition as a reader would write them.
    fn say(&self, coalition: Coalition) -> String {
        match say(coalition, &self.causes) {
            text if text.is_empty() => "`none`".to_owned(),
            text => format!("`{text}`"),
        }
    }

    /// The goodputs in order, if none is missing.
    fn whole(&mut self, lines: &Lines<'_>) -> Option<(Vec<u64>, Goodputs)> {
        let replicates: BTreeSet<u64> = lines.keys().map(|(_, replicate)| *replicate).collect();
        let mut coalitions: Vec<Coalition> = (0..=all(self.causes.len())).collect();
        coalitions.sort_by_key(rank);
        let mut missing = Vec::new();
        let mut goodputs = Goodputs::new();
        for coalition in coalitions {
            let of = |replicate: &u64| lines.get(&(coalition, *replicate)).map(|line| line.0);
            let there: Vec<f64> = replicates.iter().filter_map(of).collect();
            if there.is_empty() {
                missing.push(self.say(coalition));
            } else if there.len() < replicates.len() {
                let lacks = replicates.iter().filter(|r| of(r).is_none());
                let lacks: Vec<String> = lacks.map(u64::to_string).collect();
                let what = if lacks.len() == 1 { "replicate" } else { "replicates" };
                missing.push(format!("{} ({what} {})", self.say(coalition), lacks.join(", ")));
            }
            goodputs.insert(rank(&coalition), there);
        }
        if missing.is_empty() {
            return Some((replicates.into_iter().collect(), goodputs));
        }
        if self.skipped {
            return None;
        }
        let (count, needed) = (missing.len(), goodputs.len());
        missing.truncate(LISTED);
        let more = match count - missing.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let message = format!("coalitions are missing: {}{more}", missing.join(", "));
        let place = self.columns[0].map(|i| &self.cells.header[i].place)?;
        let label = format!("{count} of {needed} below are not there");
        let help = format!(
            "{} causes have {needed} coalitions, and every one needs its goodput",
            self.causes.len()
        );
        self.found.push(Diagnostic::error(place, message, label).help(help));
        None
    }
}
