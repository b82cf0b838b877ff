//! From a study file to a [`Study`]: its axes and points. What is asked of the results is read by
//! `questions`.

use super::level::{Level, Range, Scale, Settings, Written};
use super::questions::{self, Names};
use super::{Axis, Levels, LoadedStudy, Method, Precision, Sample, Study};
use crate::model::Scenario;
use crate::spec::catalog::Catalog;
use crate::spec::document::{self, Node};
use crate::spec::error::{Diagnostic, Diagnostics, Place, nearest};
use crate::spec::fields::grouped;
use crate::spec::raw;
use crate::spec::reader::{Context, Reader};
use crate::spec::values;
use crate::spec::{Loaded, ScenarioFile, axes, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Most points of a study.
const MAX_POINTS: u128 = 10_000_000;

/// Columns of results beside axes and metrics.
const COLUMNS: [&str; 6] = ["point", "n", "failed", "replicate", "fingerprint", "why"];

/// Keys that only studies have at the top.
const MARKS: [&str; 3] = ["axis", "base", "metrics"];

/// Whether a file looks like a study rather than a scenario. A file that cannot be read is none.
pub fn is_study(path: &Path) -> bool {
    let Ok(root) = files::read(path).map_err(Diagnostics::from).and_then(|s| document::parse(&s))
    else {
        return false;
    };
    root.table().is_some_and(|table| MARKS.iter().any(|mark| table.get(mark).is_some()))
}

/// Says what is wrong with the name of a metric of a scenario: (message, help). Metrics are known
/// on a floor above.
pub type MetricCheck<'a> = &'a dyn Fn(&str, &Scenario) -> Result<(), (String, String)>;

/// Reads a study file and its base scenario.
///
/// # Errors
/// Everything that is wrong with either.
pub fn load(path: &Path, metric: MetricCheck<'_>) -> Result<LoadedStudy, Diagnostics> {
    let source = files::read(path)?;
    let root = document::parse(&source)?;
    let context = Context::new(Catalog::default(), path.parent().unwrap_or(Path::new("")));
    let top = Reader::open(&context, &raw::study::STUDY, &root, String::new());
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let base = Base::open(&top, path);
    let set = settings(&top, "set", &base);
    let mut names = Names::default();
    let metric_places = metrics(&top, &mut names);
    names.sampled = top.has("sample");
    names.axes = axes_of(&top, "axis", &base, names.sampled, &names.metrics);
    let figures = questions::figures(&top, &names);
    let asserts = questions::asserts(&top, &names);
    let precision = precision(&top, &names);
    let sample = top.child("sample").map(|reader| sample(&reader));
    let loaded = base.load(&top, &set);
    // A wrong setting is no reason to be silent about metrics: the base alone has the same jobs.
    let plain = || base.file.as_ref().and_then(|file| file.load(&[]).ok());
    let unset = if loaded.is_none() { plain() } else { None };
    let scenario = loaded.as_ref().or(unset.as_ref()).map(|loaded| &loaded.scenario);
    for ((name, place), scenario) in
        names.metrics.iter().zip(&metric_places).zip(scenario.iter().cycle())
    {
        if let Err((message, help)) = metric(name, scenario) {
            let finding = Diagnostic::error(place, message, "not a metric here").help(help);
            context.report("metrics", finding);
        }
    }
    let replicates = top.opt("replicates").or(scenario.map(|s| s.replicates)).unwrap_or(1);
    let study = Study {
        name: top.opt("name").unwrap_or_else(|| stem.unwrap_or_else(|| "study".into())),
        description: top.get("description"),
        reproduces: top.child("reproduces").map(|r| (r.get("what"), r.get("source"))),
        set,
        replicates: precision.as_ref().map_or(replicates, |p| p.at_most),
        seed: top.opt("seed").or(scenario.map(|s| s.seed)).unwrap_or(1),
        metrics: names.metrics,
        axes: names.axes,
        sample,
        precision,
        figures,
        asserts,
    };
    let base_file = base.file;
    count(&top, "axis", &study);
    let found = context.into_found().in_reading_order();
    match (loaded, base_file) {
        (Some(base), Some(base_file)) if !found.has_errors() => {
            let warnings = found;
            Ok(LoadedStudy { study, base, base_file, warnings })
        }
        _ => Err(found),
    }
}

/// The base scenario's file.
pub(in crate::spec) struct Base {
    /// As it was when the study was read; none if it cannot be read.
    pub file: Option<ScenarioFile>,
    /// Its tree, to see which fields there are.
    root: Option<Node>,
}

impl Base {
    /// No scenario at all.
    pub fn none() -> Base {
        Base { file: None, root: None }
    }

    /// The file that `base` names.
    pub fn open(top: &Reader<'_>, study: &Path) -> Base {
        let written: String = top.get("base");
        let path = study.parent().unwrap_or(Path::new("")).join(&written);
        if !top.has("base") || !top.context.sound("base") {
            return Base { file: None, root: None };
        }
        match ScenarioFile::open(&path) {
            Ok(file) => Base { root: document::parse(file.source()).ok(), file: Some(file) },
            Err(wrong) => {
                let help = "`base` is the path of a scenario, relative to the study file";
                top.error_at("base", wrong.message, "this file", help.into());
                Base { file: None, root: None }
            }
        }
    }

    /// The error if the base has no such field, put at `place`.
    pub fn check(&self, field: &str, place: &Place) -> Option<Diagnostic> {
        let mut root = self.root.clone()?;
        let wrong = axes::set(&mut root, field, "0").err()?;
        let mut finding = Diagnostic::error(place, wrong.message, "no such field of the scenario");
        finding.help = wrong.help;
        Some(finding)
    }

    /// The scenario with the study's settings; what is wrong with it is reported.
    pub fn load(&self, top: &Reader<'_>, set: &[(String, String)]) -> Option<Loaded> {
        let file = self.file.as_ref()?;
        if !top.context.sound("set") {
            return None;
        }
        match file.load(set) {
            Ok(loaded) => Some(loaded),
            Err(found) => {
                found.into_iter().for_each(|finding| top.context.report("base", finding));
                None
            }
        }
    }
}

/// Fields of the scenario with their values.
pub(in crate::spec) fn settings(top: &Reader<'_>, key: &str, base: &Base) -> Vec<(String, String)> {
    let settings: Settings = top.opt(key).unwrap_or_default();
    for (field, place, _) in &settings.0 {
        if let Some(finding) = base.check(field, place) {
            top.context.report(&top.join(key), finding);
        }
    }
    settings.0.into_iter().map(|(field, _, value)| (field, value.text)).collect()
}

fn metrics(top: &Reader<'_>, names: &mut Names) -> Vec<Place> {
    let written: values::Names = top.get("metrics");
    if top.has("metrics") && written.0.is_empty() && top.context.sound("metrics") {
        let help = "`gapcast sweep --metrics` lists them".to_owned();
        top.error_at("metrics", "`metrics` is empty".into(), "name at least one", help);
    }
    for (i, (name, place)) in written.0.iter().enumerate() {
        if written.0[..i].iter().any(|(other, _)| other == name) {
            let finding = Diagnostic::error(place, format!("\"{name}\" is named twice"), "again");
            top.context.report("metrics", finding);
        }
    }
    let (metrics, places) = written.0.into_iter().unzip();
    names.metrics = metrics;
    places
}

fn sample(reader: &Reader<'_>) -> Sample {
    let method: String = reader.get("method");
    let method = if method == "sobol" { Method::Sobol } else { Method::LatinHypercube };
    Sample { method, points: reader.get("points"), seed: reader.opt("seed") }
}

fn precision(top: &Reader<'_>, names: &Names) -> Option<Precision> {
    let reader = top.child("precision")?;
    let precision = Precision {
        metric: names.metric(&reader),
        relative: reader.opt("relative"),
        floor: reader.opt("floor"),
        at_least: reader.get("at_least"),
        at_most: reader.get("at_most"),
    };
    if !reader.sound() {
        return Some(precision);
    }
    if precision.relative.is_none() && precision.floor.is_none() {
        let message = "[precision] says neither `relative` nor `floor`".to_owned();
        let help = "for example relative = 0.05".to_owned();
        reader.error_at("metric", message, "precise in what sense?", help);
    }
    if precision.at_most < precision.at_least {
        let message = format!("`at_most` is below `at_least` ({})", precision.at_least);
        reader.error_at("at_most", message, "too few", "raise it, or lower `at_least`".into());
    }
    if top.has("replicates") {
        let message = "`replicates` says nothing beside [precision]".to_owned();
        let help = "remove it: `at_least` and `at_most` of [precision] bound them".to_owned();
        top.error_at("replicates", message, "does not apply", help);
    }
    Some(precision)
}

/// The axes in the list at `key`.
pub(in crate::spec) fn axes_of(
    top: &Reader<'_>,
    key: &str,
    base: &Base,
    sampled: bool,
    metrics: &[String],
) -> Vec<Axis> {
    let mut list: Vec<Axis> = Vec::new();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut fields: BTreeMap<String, Place> = BTreeMap::new();
    for reader in top.children(key) {
        let axis = axis(&reader, base, sampled, &mut fields);
        let place = reader.place_of("name");
        if COLUMNS.contains(&axis.name.as_str()) || metrics.contains(&axis.name) {
            let message = format!("an axis cannot be called \"{}\"", axis.name);
            let help = "results have a column of that name already".to_owned();
            reader.error_at("name", message, "taken", help);
        }
        if let Some(first) = places.get(&axis.name) {
            let message = format!("there are two axes called \"{}\"", axis.name);
            let finding = Diagnostic::error(&place, message, "the same name again")
                .related(first, "first defined here");
            reader.context.report(&reader.join("name"), finding);
        } else if reader.context.sound(&reader.join("name")) {
            places.insert(axis.name.clone(), place);
        }
        let partner = list.iter().find(|other| axis.zip.is_some() && other.zip == axis.zip);
        if let Some(other) = partner
            && reader.sound()
            && !sampled
            && other.list().len() != axis.list().len()
        {
            let (n, m) = (axis.list().len(), other.list().len());
            let message = format!(
                "`{}` has {n} values, `{}` of the same `zip` has {m}: they cannot advance together",
                axis.name, other.name
            );
            reader.error_at(
                "zip",
                message,
                "as many values are needed",
                "give both as many".into(),
            );
        }
        list.push(axis);
    }
    list
}

fn axis(
    reader: &Reader<'_>,
    base: &Base,
    sampled: bool,
    taken: &mut BTreeMap<String, Place>,
) -> Axis {
    let name: String = reader.get("name");
    let mut fields: Vec<(String, Place)> = Vec::new();
    if let Some(field) = reader.opt::<String>("field") {
        fields.push((field, reader.place_of("field")));
    }
    if let Some(several) = reader.opt::<values::Names>("fields") {
        fields.extend(several.0);
    }
    if reader.has("field") == reader.has("fields") && reader.context.sound(&reader.path) {
        let message = format!("{} must say either `field` or `fields`", reader.title);
        let help = "for example field = \"store.controllers\"".to_owned();
        reader.error_at("name", message, "varies what?", help);
    }
    for (field, place) in &fields {
        if let Some(finding) = base.check(field, place) {
            reader.context.report(&reader.join("field"), finding);
        } else if let Some(first) = taken.get(field) {
            let finding = Diagnostic::error(place, format!("`{field}` is varied twice"), "again")
                .related(first, "first here")
                .help("one axis would undo the other");
            reader.context.report(&reader.join("field"), finding);
        } else {
            taken.insert(field.clone(), place.clone());
        }
    }
    let label: Option<String> = reader.opt("label");
    let unit: Option<String> = reader.opt("unit");
    let label = label.unwrap_or_else(|| name.replace('_', " "));
    Axis {
        label: unit.map_or(label.clone(), |unit| format!("{label}, {unit}")),
        levels: levels(reader, fields.len().max(1), sampled),
        fields: fields.into_iter().map(|(field, _)| field).collect(),
        zip: reader.opt("zip"),
        name,
    }
}

/// The values, from whichever of the three ways is taken.
fn levels(reader: &Reader<'_>, fields: usize, sampled: bool) -> Levels {
    let ways: Vec<&str> =
        ["values", "linear", "log"].into_iter().filter(|key| reader.has(key)).collect();
    if ways.len() != 1 && reader.context.sound(&reader.path) {
        let message = format!("{} must say one of `values`, `linear` and `log`", reader.title);
        let label = if ways.is_empty() { "which values?" } else { "it says several" };
        reader.error_at("name", message, label, "for example values = [4, 8, 16]".into());
    }
    match ways.first() {
        None => Levels::List(Vec::new()),
        Some(&"values") => Levels::List(named(reader, listed(reader, fields))),
        Some(way) => {
            if reader.has("names") && reader.sound() {
                let message = "a range has no names".to_owned();
                let help = "remove them, or list the `values`".to_owned();
                reader.error_at("names", message, "does not apply", help);
            }
            let scale = if *way == "log" { Scale::Log } else { Scale::Linear };
            range(reader, way, scale, fields, sampled)
        }
    }
}

fn listed(reader: &Reader<'_>, fields: usize) -> Vec<Level> {
    let written: Vec<Written> = reader.get("values");
    let mut levels: Vec<Level> = Vec::new();
    for value in written {
        let level = match &value.list {
            Some(each) if fields > 1 => {
                let settings: Vec<String> = each.iter().map(|one| one.text.clone()).collect();
                if settings.len() != fields {
                    let message = format!("a value has {} parts for {fields} fields", each.len());
                    let finding = Diagnostic::error(&value.place, message, "one a field")
                        .help("write one value for all fields, or a list with one each");
                    reader.context.report(&reader.join("values"), finding);
                }
                let text = settings.join(" / ");
                Level { number: Level::of(settings[0].clone(), 1).number, text, settings }
            }
            _ => Level::of(value.text.clone(), fields),
        };
        if levels.iter().any(|other| other.is(&level.text)) {
            let message = format!("\"{}\" is there already", level.text);
            let finding = Diagnostic::error(&value.place, message, "the same value again");
            reader.context.report(&reader.join("values"), finding);
        }
        levels.push(level);
    }
    levels
}

/// Values under the names given to them. A name that is a number is the value's place on an axis of
/// a figure, else the value's own number is (of several, the first).
fn named(reader: &Reader<'_>, mut levels: Vec<Level>) -> Vec<Level> {
    let Some(values::Names(names)) = reader.opt("names") else { return levels };
    if names.len() != levels.len() && reader.sound() {
        let message = format!("{} names for {} values", names.len(), levels.len());
        reader.error_at("names", message, "one a value", "name every value once".into());
    }
    for (i, (name, place)) in names.iter().enumerate() {
        if names[..i].iter().any(|(other, _)| other == name) {
            let finding = Diagnostic::error(place, format!("\"{name}\" is there already"), "again");
            reader.context.report(&reader.join("names"), finding);
        }
        if let Some(level) = levels.get_mut(i) {
            let number = Level::of(name.clone(), 1).number;
            level.number = number.or(level.number);
            level.text.clone_from(name);
        }
    }
    levels
}

fn range(reader: &Reader<'_>, way: &str, scale: Scale, fields: usize, sampled: bool) -> Levels {
    let inner = reader.child(way).expect("it is there");
    let (from, to): (Written, Written) = (inner.get("from"), inner.get("to"));
    let points: Option<u64> = inner.opt("points");
    if !inner.sound() {
        return Levels::List(Vec::new());
    }
    let range = match Range::new(scale, &from.text, &to.text) {
        Ok(range) => range,
        Err((second, message)) => {
            let key = if second { "to" } else { "from" };
            let help = "numbers, or quantities of one kind such as \"1 ms\" and \"2 s\"".to_owned();
            inner.error_at(key, message, "this end", help);
            return Levels::List(Vec::new());
        }
    };
    match (sampled, points) {
        (true, None) => return Levels::Range(range),
        (true, Some(_)) => {
            let message = "`points` of a range says nothing beside [sample]".to_owned();
            inner.error_at("points", message, "does not apply", "remove it".into());
        }
        (false, None) => {
            let message = "the range lacks `points`".to_owned();
            inner.error_at("to", message, "how many?", "for example points = 7".into());
        }
        (false, Some(n)) => {
            let at = |i: u64| Level::of(range.at(i as f64 / (n - 1) as f64), fields);
            let levels: Vec<Level> = (0..n).map(at).collect();
            if levels.windows(2).any(|pair| pair[0].text == pair[1].text) {
                let message = format!("the range has no {n} different whole numbers");
                let help = "take fewer, or write 1.0 for 1 if the field takes fractions".to_owned();
                inner.error_at("points", message, "too many", help);
            }
            return Levels::List(levels);
        }
    }
    Levels::List(Vec::new())
}

/// The number of points must be one that can be counted.
pub(in crate::spec) fn count(top: &Reader<'_>, key: &str, study: &Study) {
    if study.sample.is_some() {
        let dims = study.dims().len();
        if study.sample.is_some_and(|s| s.method == Method::Sobol)
            && dims > crate::kernel::sobol::DIMENSIONS
        {
            let most = crate::kernel::sobol::DIMENSIONS;
            let message = format!("{dims} axes; Sobol's points have at most {most} here");
            let help = "zip some, or take a latin-hypercube".to_owned();
            top.error_at("sample", message, "too many axes", help);
        }
        return;
    }
    let sizes = study.dims().into_iter().map(|dim| study.axes[dim[0]].list().len() as u128);
    let points = sizes.fold(1u128, |all, size| all.saturating_mul(size));
    if points > MAX_POINTS && top.context.sound(key) {
        let (points, most) =
            (grouped(points.min(u128::from(u64::MAX)) as u64), grouped(MAX_POINTS as u64));
        let message = format!("the axes cross in {points} points; at most {most} are run");
        let help = "take fewer values, zip axes, or sample with [sample]".to_owned();
        top.error_at(key, message, "too many", help);
    }
}

/// The name nearest to `name`, in words, or all of them.
pub(in crate::spec) fn suggestion<'a>(
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    what: &str,
) -> String {
    match nearest(name, names.clone()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("{what}: {}", names.collect::<Vec<_>>().join(", ")),
    }
}
