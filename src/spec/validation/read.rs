//! From a case file to a [`Case`].

use super::measured::{Filter, Measured, Record, Template};
use super::shipped::{self, SHIPPED};
use super::{ALL, Case, Compare, ErrorKind, Row, Statistic};
use crate::spec::catalog::Catalog;
use crate::spec::document::{self, Node};
use crate::spec::error::{Diagnostic, Diagnostics, Place, Source, nearest};
use crate::spec::raw;
use crate::spec::reader::{Context, Reader};
use crate::spec::study::level::{Settings, Written};
use crate::spec::values::Names;
use crate::spec::{axes, files, resolve_source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the files that a case names are.
enum Folder {
    Disk(PathBuf),
    Program,
}

impl Folder {
    fn read(&self, path: &str) -> Result<Arc<Source>, Box<Diagnostic>> {
        match self {
            Folder::Disk(folder) => files::read(&folder.join(path)),
            Folder::Program => {
                let found = SHIPPED.iter().find(|(name, _)| *name == path);
                found.map(|(name, text)| Source::new(*name, *text)).ok_or_else(|| {
                    let message = format!("{path} is not part of the program");
                    Box::new(Diagnostic::without_place(message))
                })
            }
        }
    }

    fn base(&self) -> Option<&Path> {
        match self {
            Folder::Disk(folder) => Some(folder),
            Folder::Program => None,
        }
    }
}

/// Reads a case file.
///
/// # Errors
/// Everything that is wrong with it, its scenario, or its measured rows.
pub fn load(path: &Path) -> Result<Case, Diagnostics> {
    let source = files::read(path)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    read(&source, stem.unwrap_or_default(), &Folder::Disk(folder))
}

/// Reads a case that is part of the program.
///
/// # Errors
/// There is none of that name.
pub fn load_shipped(name: &str) -> Result<Case, Diagnostics> {
    let file = format!("{name}.toml");
    if !shipped::names().any(|known| known == name) {
        let finding = Diagnostic::without_place(format!("there is no case \"{name}\""));
        let all: Vec<&str> = shipped::names().collect();
        return Err(Diagnostics::from(match nearest(name, shipped::names()) {
            Some(near) => finding.help(format!("did you mean \"{near}\"?")),
            None => finding.help(format!("cases: {}; or name a file", all.join(", "))),
        }));
    }
    let source = Folder::Program.read(&file)?;
    read(&source, name.to_owned(), &Folder::Program)
}

fn read(source: &Arc<Source>, name: String, folder: &Folder) -> Result<Case, Diagnostics> {
    let root = document::parse(source)?;
    let context = Context::new(Catalog::default(), Path::new(""));
    let top = Reader::open(&context, &raw::validation::CASE, &root, String::new());
    let scenario = open(&top, "scenario", folder);
    let measured =
        open(&top, "measured", folder).and_then(|source| match Measured::read(&source) {
            Ok(measured) => Some(measured),
            Err(wrong) => {
                context.report("measured", *wrong);
                None
            }
        });
    // Without them nothing that names a column means anything.
    let empty = Measured { columns: Vec::new(), rows: Vec::new() };
    let measured = measured.as_ref().unwrap_or(&empty);
    let tree = scenario.as_ref().and_then(|source| match document::parse(source) {
        Ok(tree) => Some(tree),
        Err(wrong) => {
            wrong.into_iter().for_each(|finding| context.report("scenario", finding));
            None
        }
    });
    let rows = RowReader { top: &top, measured, tree, name: &name };
    let (groups, compares) = (rows.groups(), rows.compares());
    let filter = rows.filter(&top);
    let set = rows.templates(&top);
    let with = top.children("with");
    let with = with.iter().map(|reader| (rows.filter(reader), rows.templates(reader))).collect();
    let label = rows.label();
    let mut case = Case {
        title: top.get("title"),
        citation: top.get("citation"),
        remarks: top.get("remarks"),
        figure: top.get("figure"),
        groups: group_names(groups.iter().map(|group| group.name.clone()).collect()),
        compares: Vec::new(),
        rows: Vec::new(),
        warnings: Diagnostics::default(),
        name: name.clone(),
    };
    if let Some(scenario) = scenario.filter(|_| context.all_sound()) {
        let wanted = rows.measured.rows.iter().filter(|record| filter.fits(record));
        let plan =
            Plan { rows: &rows, folder, scenario, set, with, label, groups, compares: &compares };
        case.rows = wanted.filter_map(|record| plan.row(record)).collect();
        if case.rows.is_empty() && context.all_sound() {
            let help = "its filter `rows` leaves none over".to_owned();
            top.error_at("measured", "no measured row is used".into(), "no row fits", help);
        }
    }
    case.compares = compares.into_iter().map(|reading| reading.compare).collect();
    let found = context.into_found().in_reading_order();
    if found.has_errors() {
        return Err(found);
    }
    case.warnings = found;
    Ok(case)
}

/// The file that `key` names.
fn open(top: &Reader<'_>, key: &str, folder: &Folder) -> Option<Arc<Source>> {
    let path: String = top.get(key);
    if !top.has(key) || !top.context.sound(key) {
        return None;
    }
    match folder.read(&path) {
        Ok(source) => Some(source),
        Err(wrong) => {
            let help = format!("`{key}` is a path relative to the case file");
            top.error_at(key, wrong.message, "this file", help);
            None
        }
    }
}

/// What the rows are called where there are no groups.
const ONLY: &str = "rows";

/// Names of groups, those of all rows together last where there are several.
fn group_names(mut names: Vec<String>) -> Vec<String> {
    if names.len() > 1 {
        names.push(ALL.to_owned());
    }
    names
}

/// A group of rows as read.
struct Group {
    name: String,
    filter: Filter,
}

/// Fields with what rows set them to.
type Set = Vec<(String, Template)>;

/// Reads what names columns.
struct RowReader<'a> {
    top: &'a Reader<'a>,
    measured: &'a Measured,
    /// The scenario, to see which fields there are.
    tree: Option<Node>,
    name: &'a str,
}

impl RowReader<'_> {
    fn report<T>(
        &self,
        reader: &Reader<'_>,
        key: &str,
        got: Result<T, Box<Diagnostic>>,
    ) -> Option<T> {
        // Without a table every column is unknown: one message is enough.
        let silent = self.measured.columns.is_empty();
        got.map_err(|wrong| {
            if !silent {
                reader.context.report(&reader.join(key), *wrong);
            }
        })
        .ok()
    }

    fn filter(&self, reader: &Reader<'_>) -> Filter {
        let settings: Settings = reader.opt("rows").unwrap_or_default();
        let mut filter = Filter::default();
        for (column, place, written) in settings.0 {
            let found = self.measured.column(&column, &place);
            let Some(column) = self.report(reader, "rows", found) else { continue };
            let values = match written.list {
                Some(list) => list.into_iter().map(|value| value.text).collect(),
                None => vec![written.text],
            };
            filter.0.push((column, values));
        }
        filter
    }

    fn templates(&self, reader: &Reader<'_>) -> Set {
        let settings: Settings = reader.opt("set").unwrap_or_default();
        let one = |(field, at, Written { text, place, .. }): (String, Place, Written)| {
            let wrong =
                self.tree.clone().and_then(|mut tree| axes::set(&mut tree, &field, "0").err());
            if let Some(wrong) = wrong {
                let label = "no such field of the scenario";
                let mut finding = Diagnostic::error(&at, wrong.message, label);
                finding.help = wrong.help;
                reader.context.report(&reader.join("set"), finding);
            }
            let parsed = Template::parse(&text, &place, self.measured);
            Some((field, self.report(reader, "set", parsed)?))
        };
        settings.0.into_iter().filter_map(one).collect()
    }

    fn label(&self) -> Option<Template> {
        let text: String = self.top.get("label");
        let parsed = Template::parse(&text, &self.top.place_of("label"), self.measured);
        self.report(self.top, "label", parsed)
    }

    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for reader in self.top.children("group") {
            let name: String = reader.get("name");
            if name == ALL && reader.sound() {
                let message = format!("\"{ALL}\" means the rows of all groups together");
                reader.error_at("name", message, "a name that is taken", "rename it".into());
            } else if groups.iter().any(|group| group.name == name) && reader.sound() {
                let message = format!("there are two groups called \"{name}\"");
                reader.error_at("name", message, "the same name again", "rename one".into());
            }
            groups.push(Group { name, filter: self.filter(&reader) });
        }
        if groups.is_empty() {
            let name = ONLY.to_owned();
            groups.push(Group { name, filter: Filter::default() });
        }
        groups
    }

    /// Comparisons and their columns.
    fn compares(&self) -> Vec<Reading> {
        let names = match self.top.children("group").as_slice() {
            [] => vec![ONLY.to_owned()],
            groups => groups.iter().map(|group| group.get("name")).collect(),
        };
        let names = group_names(names);
        self.top.children("compare").iter().map(|reader| self.compare(reader, &names)).collect()
    }

    fn compare(&self, reader: &Reader<'_>, groups: &[String]) -> Reading {
        let factors = |key: &str| -> Vec<String> {
            let text: String = reader.get(key);
            text.split('*').map(|factor| factor.trim().to_owned()).collect()
        };
        let place = reader.place_of("column");
        let column =
            |name: &String| self.report(reader, "column", self.measured.column(name, &place));
        let columns = match reader.has("column") {
            true => factors("column").iter().filter_map(column).collect(),
            false => Vec::new(),
        };
        let place = reader.place_of("metric");
        let named: Option<Names> = reader.opt("groups");
        for (name, place) in named.iter().flat_map(|names| &names.0) {
            if !groups.contains(name) {
                let message = format!("there is no group \"{name}\"");
                let finding = Diagnostic::error(place, message, "no such group")
                    .help(format!("groups: {}", groups.join(", ")));
                reader.context.report(&reader.join("groups"), finding);
            }
        }
        let judged = |group: &String| {
            named.as_ref().is_none_or(|names| names.0.iter().any(|(name, _)| name == group))
        };
        let compare = Compare {
            name: reader.get("name"),
            metrics: factors("metric").into_iter().map(|name| (name, place.clone())).collect(),
            metric_scale: reader.get("metric_scale"),
            error: match reader.get::<String>("error").as_str() {
                "points" => ErrorKind::Points,
                _ => ErrorKind::Relative,
            },
            statistic: match reader.get::<String>("statistic").as_str() {
                "median" => Statistic::Median,
                "max" => Statistic::Max,
                _ => Statistic::Mean,
            },
            tolerance: reader.opt("tolerance"),
            judged: groups.iter().map(judged).collect(),
        };
        let less: Option<String> = reader.opt("less");
        let less = less.and_then(|name| {
            let found = self.measured.column(&name, &reader.place_of("less"));
            self.report(reader, "less", found)
        });
        let (scale, less_scale) = (reader.get("scale"), reader.get("less_scale"));
        Reading { compare, columns, scale, less, less_scale }
    }
}

/// A comparison and where its numbers stand: columns and the factor on their product, the column
/// that is taken off the metric and its factor.
struct Reading {
    compare: Compare,
    columns: Vec<usize>,
    scale: f64,
    less: Option<usize>,
    less_scale: f64,
}

/// What it takes to make a row.
struct Plan<'a> {
    rows: &'a RowReader<'a>,
    folder: &'a Folder,
    scenario: Arc<Source>,
    set: Set,
    with: Vec<(Filter, Set)>,
    label: Option<Template>,
    groups: Vec<Group>,
    compares: &'a [Reading],
}

impl Plan<'_> {
    /// The row's scenario and numbers; none if something is wrong, which is reported.
    fn row(&self, record: &Record) -> Option<Row> {
        let context = self.rows.top.context;
        let place = &record.place;
        let Some(group) = self.groups.iter().position(|group| group.filter.fits(record)) else {
            let finding = Diagnostic::error(place, "this row is in no group", "no group fits")
                .help("give a last [[group]] without `rows`, or leave the row out by `rows`");
            context.report("group", finding);
            return None;
        };
        let measured: Option<Vec<Option<f64>>> = self
            .compares
            .iter()
            .map(|r| self.number(record, &r.compare, &r.columns, r.scale))
            .collect();
        let less: Option<Vec<f64>> = self.compares.iter().map(|r| self.less(record, r)).collect();
        let further = self.with.iter().filter(|(filter, _)| filter.fits(record));
        let set = self.set.iter().chain(further.flat_map(|(_, set)| set));
        let fields: Vec<(String, String)> =
            set.map(|(field, template)| (field.clone(), template.fill(record))).collect();
        match resolve_source(&self.scenario, self.folder.base(), self.rows.name, &fields) {
            Ok(loaded) => Some(Row {
                line: place.line_column().0,
                label: self.label.as_ref()?.fill(record),
                group,
                scenario: Arc::new(loaded.scenario),
                measured: measured?,
                less: less?,
            }),
            Err(found) => {
                let mut said = BTreeSet::new();
                for finding in found {
                    if said.insert(finding.message.clone()) {
                        context.report("set", of_row(finding, place));
                    }
                }
                None
            }
        }
    }

    /// What is taken off a comparison's prediction; none after an error.
    fn less(&self, record: &Record, reading: &Reading) -> Option<f64> {
        let Some(column) = reading.less else { return Some(0.0) };
        let cell = self.cell(record, column)?;
        Some(cell * reading.less_scale)
    }

    /// A cell as a number; none after an error.
    fn cell(&self, record: &Record, column: usize) -> Option<f64> {
        let cell = &record.cells[column];
        let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            let name = &self.rows.measured.columns[column];
            let message = format!("`{name}` of this row is \"{cell}\", not a number");
            let finding = Diagnostic::error(&record.place, message, "this row");
            self.rows.top.context.report("measured", finding);
        }
        number
    }

    /// A comparison's measured number: outer none after an error, inner none for an empty cell.
    fn number(
        &self,
        record: &Record,
        compare: &Compare,
        columns: &[usize],
        scale: f64,
    ) -> Option<Option<f64>> {
        let mut product = scale;
        for &column in columns {
            let cell = &record.cells[column];
            if cell.is_empty() {
                return Some(None);
            }
            product *= self.cell(record, column)?;
        }
        if compare.error == ErrorKind::Relative && product <= 0.0 {
            let message = format!("\"{}\" of this row is {product}", compare.name);
            let finding = Diagnostic::error(&record.place, message, "this row")
                .help("a relative error needs a measurement above zero");
            self.rows.top.context.report("measured", finding);
            return None;
        }
        Some(Some(product))
    }
}

/// What is wrong with a row's scenario, at the row if a cell is to blame.
fn of_row(mut finding: Diagnostic, row: &Place) -> Diagnostic {
    if let Some(place) = &finding.place
        && place.source.name == "<set>"
    {
        finding.label = place.source.text.clone();
        finding.message = format!("this row's scenario is wrong: {}", finding.message);
        finding.place = Some(row.clone());
        finding.related = None;
    }
    finding
}
