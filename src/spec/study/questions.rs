//! What is asked of a study's results: figures and assertions.

use super::level::{Settings, Written};
use super::read::suggestion;
use super::{Assert, Axis, Check, Figure, FigureKind, Fixed, Relation};
use crate::spec::error::{Diagnostic, Place};
use crate::spec::reader::Reader;
use std::collections::BTreeMap;

/// What figures and assertions refer to.
#[derive(Default)]
pub struct Names {
    /// Metrics of the study.
    pub metrics: Vec<String>,
    /// Its axes.
    pub axes: Vec<Axis>,
    /// Whether points are sampled.
    pub sampled: bool,
}

impl Names {
    /// Position of the metric that `reader` names.
    pub fn metric(&self, reader: &Reader<'_>) -> usize {
        let Some(name) = reader.opt::<String>("metric") else { return 0 };
        let found = self.metrics.iter().position(|metric| *metric == name);
        if found.is_none() && reader.context.sound("metrics") {
            let names = self.metrics.iter().map(String::as_str);
            let help = suggestion(&name, names, "metrics of the study");
            let message = format!("\"{name}\" is not among the study's `metrics`");
            reader.error_at("metric", message, "not one of them", help);
        }
        found.unwrap_or(0)
    }

    /// Position of the axis called `name`, which stands at `place`.
    fn axis(&self, reader: &Reader<'_>, key: &str, name: &str, place: &Place) -> Option<usize> {
        let found = self.axes.iter().position(|axis| axis.name == name);
        if found.is_none() && reader.context.sound("axis") {
            let names = self.axes.iter().map(|axis| axis.name.as_str());
            let message = format!("there is no axis \"{name}\"");
            let finding = Diagnostic::error(place, message, "not an axis of the study")
                .help(suggestion(name, names, "axes of the study"));
            reader.context.report(&reader.join(key), finding);
        }
        found
    }

    /// Position of the axis named at `key`.
    fn axis_at(&self, reader: &Reader<'_>, key: &str) -> Option<usize> {
        let name: String = reader.opt(key)?;
        self.axis(reader, key, &name, &reader.place_of(key))
    }

    /// Position of the value `value` of axis `axis`.
    fn level(&self, reader: &Reader<'_>, key: &str, axis: usize, value: &Written) -> Option<usize> {
        let levels = self.axes[axis].list();
        let found = levels.iter().position(|level| level.is(&value.text));
        // A cut-short list of values has been reported already.
        if found.is_none() && reader.context.sound("axis") && !levels.is_empty() {
            let name = &self.axes[axis].name;
            let names: Vec<&str> = levels.iter().map(|level| level.text.as_str()).collect();
            // Of few values all, of many the nearest: numbers have no slips of the pen.
            let help = match names.as_slice() {
                few if few.len() <= 12 => format!("its values: {}", few.join(", ")),
                many => suggestion(&value.text, many.iter().copied(), "its values"),
            };
            let message = format!("axis \"{name}\" has no value \"{}\"", value.text);
            let finding =
                Diagnostic::error(&value.place, message, "not one of its values").help(help);
            reader.context.report(&reader.join(key), finding);
        }
        found
    }

    /// Axes held at one value by the table at `key`.
    fn fixed(&self, reader: &Reader<'_>, key: &str) -> Fixed {
        let settings: Settings = reader.opt(key).unwrap_or_default();
        let mut fixed = Fixed::new();
        for (name, place, value) in &settings.0 {
            let Some(axis) = self.axis(reader, key, name, place) else { continue };
            if self.sampled {
                let message = "sampled points have no common values to hold an axis at".to_owned();
                let finding = Diagnostic::error(place, message, "cannot be fixed");
                reader.context.report(&reader.join(key), finding);
            } else if let Some(level) = self.level(reader, key, axis, value) {
                fixed.push((axis, level));
            }
        }
        fixed
    }

    /// Axes that advance with `axis`, itself among them.
    fn group(&self, axis: usize) -> impl Iterator<Item = usize> + '_ {
        let zip = self.axes[axis].zip.clone();
        let together = move |i: &usize| *i == axis || zip.is_some() && self.axes[*i].zip == zip;
        (0..self.axes.len()).filter(together)
    }
}

/// The study's figures.
pub fn figures(top: &Reader<'_>, names: &Names) -> Vec<Figure> {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut list = Vec::new();
    for reader in top.children("figure") {
        let name: String = reader.get("name");
        if places.insert(name.clone(), reader.place_of("name")).is_some() && reader.sound() {
            let message = format!("there are two figures called \"{name}\"");
            reader.error_at("name", message, "the same name again", "rename one of them".into());
        }
        list.extend(figure(&reader, names, name));
    }
    list
}

fn figure(reader: &Reader<'_>, names: &Names, name: String) -> Option<Figure> {
    let metric = names.metric(reader);
    let kind: String = reader.get("kind");
    let x = names.axis_at(reader, "x");
    let fixed = names.fixed(reader, "where");
    let other = |key: &str| names.axis_at(reader, key);
    let kind = match kind.as_str() {
        "heat-map" => FigureKind::HeatMap { y: other("y")? },
        "small-multiples" => {
            let series = other("series");
            FigureKind::SmallMultiples { series, panel: other("panel")? }
        }
        _ => FigureKind::Line { series: other("series") },
    };
    let figure = Figure {
        name,
        kind,
        title: reader.opt("title"),
        metric,
        x: x?,
        fixed,
        log_x: reader.get("log_x"),
        log_y: reader.get("log_y"),
        knee: reader.get("knee"),
    };
    if reader.sound() && reader.context.sound("axis") {
        shows_every_axis(reader, names, &figure);
    }
    Some(figure)
}

/// Every axis must be shown once or fixed, or a figure would mix points that differ.
fn shows_every_axis(reader: &Reader<'_>, names: &Names, figure: &Figure) {
    let mut shown = vec![("x", figure.x)];
    match figure.kind {
        FigureKind::Line { series } => shown.extend(series.map(|axis| ("series", axis))),
        FigureKind::HeatMap { y } => shown.push(("y", y)),
        FigureKind::SmallMultiples { series, panel } => {
            shown.extend(series.map(|axis| ("series", axis)));
            shown.push(("panel", panel));
        }
    }
    if names.sampled {
        if shown.len() > 1 {
            let message = "sampled points can be shown over one axis only".to_owned();
            let help = "take kind = \"line\" without series".to_owned();
            reader.error_at("kind", message, "needs a cross product", help);
        }
        return;
    }
    let mut free: Vec<usize> = (0..names.axes.len()).collect();
    let taken = shown.iter().copied().chain(figure.fixed.iter().map(|&(axis, _)| ("where", axis)));
    for (key, axis) in taken {
        if !free.contains(&axis) {
            let message = format!("axis \"{}\" is used twice", names.axes[axis].name);
            reader.error_at(key, message, "it has a place already", "remove one".into());
            return;
        }
        let group: Vec<usize> = names.group(axis).collect();
        free.retain(|axis| !group.contains(axis));
    }
    free.retain(|&axis| names.axes[axis].list().len() > 1);
    if let Some(&axis) = free.first() {
        let (name, first) = (&names.axes[axis].name, &names.axes[axis].list()[0].text);
        let message = format!("the figure does not say which value of axis \"{name}\" it shows");
        let help = format!("fix it: where = {{ {name} = \"{first}\" }}, or show it");
        reader.error_at("name", message, "points that differ would be mixed", help);
    }
}

/// The study's assertions.
pub fn asserts(top: &Reader<'_>, names: &Names) -> Vec<Assert> {
    top.children("assert").iter().filter_map(|reader| assert(reader, names)).collect()
}

fn assert(reader: &Reader<'_>, names: &Names) -> Option<Assert> {
    let that = reader.get("that");
    let metric = names.metric(reader);
    let at = names.fixed(reader, "at");
    let ways: Vec<&str> =
        ["than", "than_at", "monotone", "knee"].into_iter().filter(|key| reader.has(key)).collect();
    let [way] = ways.as_slice() else {
        let message =
            "an assertion says one of `than`, `than_at`, `monotone` and `knee`".to_owned();
        let label = if ways.is_empty() { "how is it checked?" } else { "it says several" };
        let help = "for example is = \"at_least\", than = 0.9".to_owned();
        reader.error_at("that", message, label, help);
        return None;
    };
    let compares = way.starts_with("than");
    if compares != reader.has("is") {
        let message = match compares {
            true => format!("`{way}` needs `is`"),
            false => format!("`is` says nothing beside `{way}`"),
        };
        let help = "is = \"at_least\", \"at_most\", \"above\" or \"below\"".to_owned();
        reader.error_at(if compares { way } else { "is" }, message, "here", help);
    }
    let is = match reader.opt::<String>("is").unwrap_or_default().as_str() {
        "at_most" => Relation::AtMost,
        "above" => Relation::Above,
        "below" => Relation::Below,
        _ => Relation::AtLeast,
    };
    let times: f64 = reader.get("times");
    let check = match *way {
        "than" => Check::Number { is, than: reader.get::<f64>("than") * times },
        "than_at" => Check::Point { is, than_at: other_point(reader, names, &at), times },
        "monotone" => {
            let inner = reader.child("monotone")?;
            let direction: String = inner.get("direction");
            let axis = along(&inner, names, &at)?;
            let tolerance = inner.get("tolerance");
            Check::Monotone { axis, rising: direction != "falling", tolerance }
        }
        _ => {
            let inner = reader.child("knee")?;
            let axis = along(&inner, names, &at);
            let between: Vec<Written> = inner.get("between");
            let axis = axis?;
            Check::Knee { axis, between: two_values(&inner, names, axis, &between)? }
        }
    };
    Some(Assert { that, metric, at, check })
}

/// The axis an assertion walks along.
fn along(inner: &Reader<'_>, names: &Names, at: &Fixed) -> Option<usize> {
    let axis = names.axis_at(inner, "axis")?;
    if names.sampled {
        let message = "sampled points are in no order along an axis".to_owned();
        inner.error_at("axis", message, "needs a cross product", "compare with `than`".into());
    } else if at.iter().any(|&(fixed, _)| names.group(axis).any(|a| a == fixed)) {
        let message = format!("axis \"{}\" is held at one value by `at`", names.axes[axis].name);
        inner.error_at("axis", message, "does not vary", "remove it from `at`".into());
    }
    Some(axis)
}

fn two_values(
    inner: &Reader<'_>,
    names: &Names,
    axis: usize,
    between: &[Written],
) -> Option<(usize, usize)> {
    let [low, high] = between else {
        if inner.sound() {
            let message = "`between` must be two values of the axis".to_owned();
            inner.error_at("between", message, "not two", "for example [6, 8]".into());
        }
        return None;
    };
    let low = names.level(inner, "between", axis, low);
    let high = names.level(inner, "between", axis, high);
    let (low, high) = (low?, high?);
    Some((low.min(high), low.max(high)))
}

/// The point compared with: its axes must be those of `at`, so that the free ones match pairwise.
fn other_point(reader: &Reader<'_>, names: &Names, at: &Fixed) -> Fixed {
    let other = names.fixed(reader, "than_at");
    let stray = other.iter().find(|(axis, _)| !at.iter().any(|(fixed, _)| fixed == axis));
    if let Some(&(axis, _)) = stray
        && reader.sound()
    {
        let name = &names.axes[axis].name;
        let message = format!("`than_at` names axis \"{name}\", `at` does not");
        let help = format!("say in `at` as well which value of \"{name}\" is meant");
        reader.error_at("than_at", message, "compared with which points?", help);
    }
    other
}
