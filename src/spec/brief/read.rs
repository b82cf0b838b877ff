//! From a plan file to a [`Brief`].

use super::{
    Bound, Brief, Constraint, Indifference, Kind, Limit, LoadedBrief, Method, Objective, Search,
    Selection, Stress, is_fraction,
};
use crate::spec::catalog::Catalog;
use crate::spec::document;
use crate::spec::error::{Diagnostic, Diagnostics, Place};
use crate::spec::files;
use crate::spec::raw;
use crate::spec::reader::{Context, Reader};
use crate::spec::study::level::Settings;
use crate::spec::study::read::{Base, axes_of, count, settings, suggestion};
use crate::spec::study::{Axis, MetricCheck, Study};
use crate::spec::values;
use std::path::Path;

/// Keys that only plans have at the top.
const MARKS: [&str; 4] = ["decision", "objective", "constraint", "selection"];

/// Share of a bound that a tolerance or a step is if nothing else is said.
const HUNDREDTH: f64 = 0.01;

/// Whether a file looks like a plan rather than a scenario or study. One that cannot be read is none.
pub fn is_plan(path: &Path) -> bool {
    let Ok(root) = files::read(path).map_err(Diagnostics::from).and_then(|s| document::parse(&s))
    else {
        return false;
    };
    root.table().is_some_and(|table| MARKS.iter().any(|mark| table.get(mark).is_some()))
}

/// Whether a plan names no base scenario: its designs come from a table.
pub fn needs_table(path: &Path) -> bool {
    let root = files::read(path).map_err(Diagnostics::from).and_then(|s| document::parse(&s));
    root.is_ok_and(|root| root.table().is_some_and(|table| table.get("base").is_none()))
}

/// Reads a plan file and its base scenario, in that order; `figure` knows the figures that can be
/// asked for. Without `figure` the designs come from a table: there is no base, and any name goes.
///
/// # Errors
/// Everything that is wrong with either.
pub fn load(path: &Path, figure: Option<MetricCheck<'_>>) -> Result<LoadedBrief, Diagnostics> {
    let source = files::read(path)?;
    let root = document::parse(&source)?;
    let context = Context::new(Catalog::default(), path.parent().unwrap_or(Path::new("")));
    let top = Reader::open(&context, &raw::brief::BRIEF, &root, String::new());
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let base = match figure {
        Some(_) => Base::open(&top, path),
        None => Base::none(),
    };
    if figure.is_some() && !top.has("base") {
        let message = "the plan names no base scenario".to_owned();
        let finding = Diagnostic::error(&top.place_of("objective"), message, "of which cluster?")
            .help("write base = \"cluster.toml\", or give a table of designs with --results");
        context.report("base", finding);
    }
    let set = settings(&top, "set", &base);
    let mut figures = Figures::default();
    let objectives = objectives(&top, &mut figures);
    let trade_offs = trade_offs(&top, &mut figures);
    let mut constraints = constraints(&top, &mut figures);
    constraints.sort_by_key(|constraint| constraint.kind);
    let names: Vec<String> = figures.0.iter().map(|(name, _)| name.clone()).collect();
    let axes = axes_of(&top, "decision", &base, false, &names);
    let selection = selection(&top);
    shares(&top, &constraints, &selection);
    let stresses = stresses(&top, &base);
    let from = existing(&top, &axes, &base);
    let rack_units = top.child("rack_units").map(|reader| {
        ["node", "switch", "controller", "storage_node"].map(|key| reader.get::<f64>(key))
    });
    let loaded = base.load(&top, &set);
    if let (Some(check), Some(loaded)) = (figure, &loaded) {
        for (name, place) in &figures.0 {
            if let Err((message, help)) = check(name, &loaded.scenario) {
                let finding = Diagnostic::error(place, message, "not a figure here").help(help);
                context.report("objective", finding);
            }
        }
    }
    let seed = loaded.as_ref().map(|loaded| loaded.scenario.seed);
    let seed = top.opt("seed").or(seed).unwrap_or(1);
    let study = study_of(&top, stem, set, (selection.at_most, seed), names, axes);
    if figure.is_some() && study.axes.is_empty() && context.sound("decision") {
        let place = top.place_of("objective");
        let finding = Diagnostic::error(&place, "the plan has no [[decision]]", "what can differ?")
            .help(
                "for example name = \"gateways\", field = \"store.controllers\", values = [8, 9]",
            );
        context.report("decision", finding);
    }
    names_of_rules(&top, &constraints, &study, figure.is_some());
    count(&top, "decision", &study);
    let found = context.into_found().in_reading_order();
    let base = loaded.zip(base.file);
    if found.has_errors() || figure.is_some() && base.is_none() {
        return Err(found);
    }
    let brief =
        Brief { study, from, objectives, trade_offs, constraints, selection, rack_units, stresses };
    Ok(LoadedBrief { brief, base, warnings: found })
}

/// The decisions as a study: its points are the designs.
fn study_of(
    top: &Reader<'_>,
    stem: Option<String>,
    set: Vec<(String, String)>,
    (replicates, seed): (u32, u64),
    metrics: Vec<String>,
    axes: Vec<Axis>,
) -> Study {
    Study {
        name: top.opt("name").unwrap_or_else(|| stem.unwrap_or_else(|| "plan".into())),
        description: top.get("description"),
        reproduces: None,
        set,
        replicates,
        seed,
        metrics,
        axes,
        sample: None,
        precision: None,
        figures: Vec::new(),
        asserts: Vec::new(),
    }
}

/// Names of figures with the places of their first mention.
#[derive(Default)]
struct Figures(Vec<(String, Place)>);

impl Figures {
    fn position(&mut self, name: String, place: Place) -> usize {
        if let Some(known) = self.0.iter().position(|(other, _)| *other == name) {
            return known;
        }
        self.0.push((name, place));
        self.0.len() - 1
    }
}

fn objectives(top: &Reader<'_>, figures: &mut Figures) -> Vec<Objective> {
    let list = top.children("objective");
    if list.is_empty() && top.context.sound("objective") && top.has("objective") {
        let help = "for example [[objective]] with minimise = \"cost_per_useful_gpu_hour\"";
        top.error_at("objective", "nothing is wanted".into(), "empty", help.into());
    }
    list.iter().filter_map(|reader| objective(reader, figures)).collect()
}

/// Which of `minimise` and `maximise` a table has.
fn way(reader: &Reader<'_>) -> Option<&'static str> {
    match (reader.has("minimise"), reader.has("maximise")) {
        (true, false) => Some("minimise"),
        (false, true) => Some("maximise"),
        (both, _) => {
            let message = format!("{} says either `minimise` or `maximise`", reader.title);
            let label = if both { "it says both" } else { "which way?" };
            let help = "for example minimise = \"cost_per_useful_gpu_hour\"".to_owned();
            reader.error_at("maximise", message, label, help);
            None
        }
    }
}

fn trade_offs(top: &Reader<'_>, figures: &mut Figures) -> Vec<(usize, bool)> {
    let side = |reader: &Reader<'_>| {
        let key = way(reader)?;
        Some((figures.position(reader.opt(key)?, reader.place_of(key)), key == "maximise"))
    };
    top.children("trade_off").iter().filter_map(side).collect()
}

fn objective(reader: &Reader<'_>, figures: &mut Figures) -> Option<Objective> {
    let key = way(reader)?;
    let metric = figures.position(reader.opt(key)?, reader.place_of(key));
    let indifference = match (reader.opt("indifference"), reader.opt("indifference_share")) {
        (Some(_), Some::<f64>(_)) => {
            let message = "the indifference is given twice".to_owned();
            let help = "in the figure's unit, or as a share: remove one".to_owned();
            reader.error_at("indifference_share", message, "again", help);
            return None;
        }
        (Some(value), None) => Indifference::Absolute(value),
        (None, share) => Indifference::Share(share.unwrap_or(HUNDREDTH)),
    };
    Some(Objective { metric, maximise: key == "maximise", indifference })
}

fn constraints(top: &Reader<'_>, figures: &mut Figures) -> Vec<Constraint> {
    let mut list: Vec<Constraint> = Vec::new();
    for reader in top.children("constraint") {
        let Some(constraint) = constraint(&reader, figures) else { continue };
        if list.iter().any(|other| other.code() == constraint.code()) {
            let message = format!("there are two constraints \"{}\"", constraint.code());
            reader.error_at("name", message, "the same name again", "rename one".into());
        }
        bounds_meet(&reader, &constraint, &list);
        list.push(constraint);
    }
    list
}

/// Says if no design can keep a bound beside an earlier one on the same figure.
fn bounds_meet(reader: &Reader<'_>, one: &Constraint, list: &[Constraint]) {
    let limit = |constraint: &Constraint| match constraint.bound {
        Bound::Number(limit) => Some(limit),
        Bound::OneOf { .. } => None,
    };
    let Some(own) = limit(one) else { return };
    let sign = if own.at_least { 1.0 } else { -1.0 };
    let apart = |other: &&Constraint| {
        limit(other).is_some_and(|old| {
            let gap = sign * (own.value - old.value);
            old.metric == own.metric && old.at_least != own.at_least && gap > 0.0
        })
    };
    if let Some(other) = list.iter().find(apart) {
        let message = format!("no design can keep \"{}\" and \"{}\" too", one.name, other.name);
        let way = if own.at_least { "at_least" } else { "at_most" };
        let help = "both bound the same figure: change one, or leave it out".to_owned();
        reader.error_at(way, message, "bounds that do not meet", help);
    }
}

fn constraint(reader: &Reader<'_>, figures: &mut Figures) -> Option<Constraint> {
    let kind = match reader.get::<String>("kind").as_str() {
        "policy" => Kind::Policy,
        "budget" => Kind::Budget,
        _ => Kind::Slo,
    };
    let (name, of): (String, String) = (reader.get("name"), reader.get("metric"));
    let ways: Vec<&str> =
        ["at_least", "at_most", "one_of"].into_iter().filter(|key| reader.has(key)).collect();
    let [way] = ways.as_slice() else {
        let message = "a constraint says one of `at_least`, `at_most` and `one_of`".to_owned();
        let label = if ways.is_empty() { "which bound?" } else { "it says several" };
        let help = match ways.is_empty() {
            true => "for example at_least = 0.9",
            false => "write a constraint for each",
        };
        reader.error_at("name", message, label, help.into());
        return None;
    };
    let bound = if *way == "one_of" {
        for key in ["tolerance", "confidence", "step"].into_iter().filter(|key| reader.has(key)) {
            let message = format!("`{key}` says nothing beside `one_of`");
            reader.error_at(key, message, "does not apply", "remove it".into());
        }
        let names: values::Names = reader.get("one_of");
        Bound::OneOf { of, names: names.0.into_iter().map(|(name, _)| name).collect() }
    } else {
        let value: f64 = reader.get(way);
        if is_fraction(&of) && value > 1.0 {
            let message = format!("`{of}` is a share, from 0 to 1");
            let help = format!("for {value} percent write {way} = {}", value / 100.0);
            reader.error_at(way, message, "no share", help);
        }
        let share = (value.abs() * HUNDREDTH).max(f64::MIN_POSITIVE);
        Bound::Number(Limit {
            metric: figures.position(of, reader.place_of("metric")),
            at_least: *way == "at_least",
            value,
            tolerance: reader.opt("tolerance").unwrap_or(share),
            step: reader.opt("step").unwrap_or(share),
        })
    };
    reader.sound().then(|| Constraint { name, kind, bound, confidence: reader.opt("confidence") })
}

fn selection(top: &Reader<'_>) -> Selection {
    let standard = Selection {
        method: Method::Kn,
        budget: None,
        confidence: 0.95,
        first: 8,
        at_most: 200,
        precision: None,
        search: Search::Auto,
        starts: 8,
    };
    let Some(reader) = top.child("selection") else { return standard };
    let budget: Option<u64> = reader.opt("budget");
    let method = match reader.get::<String>("method").as_str() {
        "ocba" => Method::Ocba,
        _ => Method::Kn,
    };
    if method == Method::Ocba && budget.is_none() {
        let help = "for example budget = 2000, replicates of all designs together".to_owned();
        reader.error_at("method", "`ocba` needs a budget".into(), "how much?", help);
    }
    let search = match reader.get::<String>("search").as_str() {
        "all" => Search::All,
        "local" => Search::Local,
        _ => Search::Auto,
    };
    let selection = Selection {
        method,
        budget,
        confidence: reader.get("confidence"),
        first: reader.get("first"),
        at_most: reader.get("at_most"),
        precision: reader.opt("precision"),
        search,
        starts: reader.get::<u64>("starts") as u32,
    };
    let both = ["first", "at_most"].iter().all(|key| reader.context.sound(&reader.join(key)));
    if selection.at_most < selection.first && both {
        let message = format!("`at_most` is below `first` ({})", selection.first);
        reader.error_at("at_most", message, "too few", "raise it, or lower `first`".into());
    }
    selection
}

/// What constraints leave to chance must be less than what the choice may.
fn shares(top: &Reader<'_>, constraints: &[Constraint], selection: &Selection) {
    let taken: f64 = constraints.iter().filter_map(|c| c.confidence).map(|c| 1.0 - c).sum();
    let all = 1.0 - selection.confidence;
    let sound = ["constraint", "selection.confidence"].iter().all(|key| top.context.sound(key));
    if taken >= all && sound {
        let message = format!(
            "constraints may err with probability {taken:.4}, which leaves nothing of the \
             {all:.4} that the whole choice may"
        );
        let help = "raise the constraints' confidence, or lower that of [selection]".to_owned();
        top.error_at("constraint", message, "too little confidence", help);
    }
}

/// What there is already: decisions, or fields of the base.
fn existing(top: &Reader<'_>, axes: &[Axis], base: &Base) -> Vec<(String, String)> {
    let written: Settings = top.opt("from").unwrap_or_default();
    for (name, place, _) in &written.0 {
        if axes.iter().any(|axis| axis.name == *name) {
            continue;
        }
        let finding = match name.contains('.') {
            true => base.check(name, place),
            false => {
                let names = axes.iter().map(|axis| axis.name.as_str());
                let message = format!("no decision is called `{name}`");
                let finding = Diagnostic::error(place, message, "neither a decision nor a field");
                Some(finding.help(suggestion(name, names, "decisions")))
            }
        };
        if let Some(finding) = finding {
            top.context.report("from", finding);
        }
    }
    written.0.into_iter().map(|(name, _, value)| (name, value.text)).collect()
}

fn stresses(top: &Reader<'_>, base: &Base) -> Vec<Stress> {
    let read = |reader: &Reader<'_>| Stress {
        name: reader.get("name"),
        set: settings(reader, "set", base),
    };
    top.children("stress").iter().map(read).collect()
}

/// A rule over names must be about a decision, and allow some of its values.
fn names_of_rules(top: &Reader<'_>, rules: &[Constraint], study: &Study, designed: bool) {
    if !designed || !top.context.sound("constraint") || !top.context.sound("decision") {
        return;
    }
    for rule in rules {
        let Bound::OneOf { of, names } = &rule.bound else { continue };
        let known = study.axes.iter().map(|axis| axis.name.as_str());
        let Some(axis) = study.axes.iter().find(|axis| axis.name == *of) else {
            let message =
                format!("the rule \"{}\" is about \"{of}\", which is no decision", rule.name);
            let help = suggestion(of, known, "decisions");
            top.error_at("constraint", message, "about what?", help);
            continue;
        };
        let values = axis.list().iter().map(|level| level.text.as_str());
        let stray =
            names.iter().find(|name| !axis.list().iter().any(|level| level.text == *name.as_str()));
        if let Some(name) = stray {
            let message = format!("the decision \"{of}\" has no value \"{name}\"");
            let help = suggestion(name, values, "its values");
            top.error_at("constraint", message, "allows what cannot be", help);
        }
    }
}
