//! Distributions as written: a quantity alone, or `{ law = parameters }`.

use super::document::{Entry, Node, Table, Value};
use super::error::nearest;
use super::fields::Kind;
use super::quantity;
use super::values::{Complaint, wrong_type};
use crate::kernel::dist::Dist;

/// The laws, each with an example for help texts and the schema.
pub const LAWS: [(&str, &str); 9] = [
    ("constant", "{ constant = \"5 ms\" }"),
    ("uniform", "{ uniform = [\"1 ms\", \"2 ms\"] }"),
    ("exponential", "{ exponential = \"5 ms\" }"),
    ("lognormal", "{ lognormal = { median = \"5 ms\", p99 = \"20 ms\" } }"),
    ("pareto", "{ pareto = { minimum = \"1 ms\", shape = 2.5 } }"),
    ("weibull", "{ weibull = { scale = \"5 ms\", shape = 0.8 } }"),
    ("normal", "{ normal = { mean = \"5 ms\", sd = \"1 ms\" } }"),
    ("empirical", "{ empirical = [[0, \"1 ms\"], [0.9, \"4 ms\"], [1, \"20 ms\"]] }"),
    ("mixture", "{ mixture = [[0.99, \"5 ms\"], [0.01, { exponential = \"1 s\" }]] }"),
];

/// The standard normal's 99 % quantile: how far p99 lies above the median in units of sigma.
const Z99: f64 = 2.326_347_874_040_841;

/// Deepest mixture of mixtures.
const MAX_DEPTH: u32 = 4;

/// Most points or parts.
const MAX_POINTS: usize = 10_000;

/// Reads a distribution of durations (seconds) or sizes (bytes), as `kind` says.
///
/// # Errors
/// Not a known law, or its parameters make no distribution of a non-negative quantity.
pub fn read(kind: &Kind, node: &Node) -> Result<Dist, Complaint> {
    read_at_depth(kind, node, 0)
}

fn read_at_depth(kind: &Kind, node: &Node, depth: u32) -> Result<Dist, Complaint> {
    let dist = match &node.value {
        Value::Text(_) => Dist::Constant(amount(kind, node)?),
        Value::Integer(_) | Value::Float(_) if matches!(kind, Kind::Amount) => {
            Dist::Constant(amount(kind, node)?)
        }
        Value::Table(table) => match table.entries.as_slice() {
            [law] => read_law(kind, law, depth)?,
            _ => {
                return Err(Complaint::new(
                    "must name one law",
                    "a table with one key is expected",
                )
                .help(format!("for example {}", example(kind, LAWS[3].1))));
            }
        },
        _ => return Err(wrong_type(kind, node)),
    };
    dist.validate().map_err(|why| Complaint::new(format!("is no distribution: {why}"), "this"))?;
    if matches!(kind, Kind::DistBytes) && !(dist.mean() > 0.0 && dist.mean() < 1e18) {
        return Err(Complaint::new("must have a mean above zero and below 1 EB", "this mean")
            .help("a Pareto law needs a shape above 1 to have a finite mean"));
    }
    Ok(dist)
}

fn read_law(kind: &Kind, law: &Entry, depth: u32) -> Result<Dist, Complaint> {
    let node = &law.node;
    let done = match law.key.as_str() {
        "constant" => Dist::Constant(amount(kind, node)?),
        "exponential" => Dist::Exponential { mean: positive(kind, node)? },
        "uniform" => uniform(kind, node)?,
        "empirical" => Dist::Empirical(points(kind, node)?),
        "mixture" => Dist::Mixture(parts(kind, node, depth)?),
        "lognormal" => lognormal(kind, &Parameters::of(law, &["median", "sigma", "p99"])?)?,
        "pareto" => {
            let p = Parameters::of(law, &["minimum", "shape"])?;
            Dist::Pareto { minimum: p.positive(kind, "minimum")?, shape: p.number("shape")? }
        }
        "weibull" => {
            let p = Parameters::of(law, &["scale", "shape"])?;
            Dist::Weibull { scale: p.positive(kind, "scale")?, shape: p.number("shape")? }
        }
        "normal" => {
            let p = Parameters::of(law, &["mean", "sd", "floor"])?;
            let floor = p.amount(kind, "floor").transpose()?.unwrap_or(0.0);
            Dist::Normal { mean: p.needed(kind, "mean")?, sd: p.needed(kind, "sd")?, floor }
        }
        other => {
            let names = LAWS.map(|(name, _)| name);
            let help = match nearest(other, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("laws: {}", names.join(", ")),
            };
            let complaint = Complaint::new(format!("names no law: `{other}`"), "not a law");
            return Err(complaint.help(help).at(&law.place));
        }
    };
    Ok(done)
}

fn lognormal(kind: &Kind, p: &Parameters<'_>) -> Result<Dist, Complaint> {
    let median = p.positive(kind, "median")?;
    let sigma = match (p.get("sigma"), p.get("p99")) {
        (Some(_), None) => p.number_from("sigma", true)?,
        (None, Some(node)) => {
            let p99 = positive(kind, node)?;
            if p99 < median {
                return Err(Complaint::new("has a p99 below its median", "less than the median")
                    .help("99 % of values lie below p99, half of them below the median")
                    .at(&node.place));
            }
            libm::log(p99 / median) / Z99
        }
        _ => {
            return Err(Complaint::new("needs `sigma` or `p99`, one of them", "here")
                .help(format!("for example {}", example(kind, LAWS[3].1)))
                .at(&p.law.place));
        }
    };
    Ok(Dist::Lognormal { median, sigma })
}

fn uniform(kind: &Kind, node: &Node) -> Result<Dist, Complaint> {
    let Value::Array(bounds) = &node.value else { return Err(not_a_pair(kind, node)) };
    let [low, high] = bounds.as_slice() else { return Err(not_a_pair(kind, node)) };
    let (from, to) = (amount(kind, low)?, amount(kind, high)?);
    if from > to {
        return Err(Complaint::new("has its bounds in the wrong order", "the smaller bound first")
            .at(&node.place));
    }
    Ok(Dist::Uniform { low: from, high: to })
}

fn not_a_pair(kind: &Kind, node: &Node) -> Complaint {
    Complaint::new("needs two bounds", "a list of two")
        .help(format!("for example {}", example(kind, LAWS[1].1)))
        .at(&node.place)
}

/// The pairs of a list such as `[[0, "1 ms"], [1, "2 ms"]]`.
fn pairs<'n>(node: &'n Node, example: &str) -> Result<Vec<(f64, &'n Node)>, Complaint> {
    let shape = |place| {
        Complaint::new("needs a list of pairs", "not a pair")
            .help(format!("for example {example}"))
            .at(place)
    };
    let Value::Array(items) = &node.value else { return Err(shape(&node.place)) };
    if items.len() > MAX_POINTS {
        let message = format!("has {} entries, more than {MAX_POINTS}", items.len());
        return Err(Complaint::new(message, "too many").at(&node.place));
    }
    let pair = |item: &'n Node| match &item.value {
        Value::Array(pair) => match pair.as_slice() {
            [first, second] => Ok((number(first)?, second)),
            _ => Err(shape(&item.place)),
        },
        _ => Err(shape(&item.place)),
    };
    items.iter().map(pair).collect()
}

fn points(kind: &Kind, node: &Node) -> Result<Vec<(f64, f64)>, Complaint> {
    let mut last: Option<(f64, f64)> = None;
    let mut points = Vec::new();
    for (probability, value) in pairs(node, &example(kind, LAWS[7].1))? {
        let point = (probability, amount(kind, value)?);
        if last.is_some_and(|old| point.0 <= old.0 || point.1 < old.1) {
            let help = "probabilities rise from 0 to 1 and values do not fall";
            return Err(Complaint::new("has its points out of order", "not above the one before")
                .help(help)
                .at(&value.place));
        }
        last = Some(point);
        points.push(point);
    }
    let ends = points.first().zip(points.last());
    if points.len() < 2 || ends.is_none_or(|(first, last)| first.0 != 0.0 || last.0 != 1.0) {
        return Err(Complaint::new("must have points from probability 0 to 1", "these points")
            .help(format!("for example {}", example(kind, LAWS[7].1)))
            .at(&node.place));
    }
    Ok(points)
}

fn parts(kind: &Kind, node: &Node, depth: u32) -> Result<Vec<(f64, Dist)>, Complaint> {
    if depth >= MAX_DEPTH {
        let message = format!("mixes mixtures more than {MAX_DEPTH} deep");
        return Err(Complaint::new(message, "here").at(&node.place));
    }
    let mut parts = Vec::new();
    for (weight, part) in pairs(node, &example(kind, LAWS[8].1))? {
        if !(weight > 0.0 && weight < 1e15) {
            let complaint = Complaint::new("has a weight that is not above zero", "this part");
            return Err(complaint.at(&part.place));
        }
        let dist = read_at_depth(kind, part, depth + 1).map_err(|c| c.at(&part.place))?;
        parts.push((weight, dist));
    }
    Ok(parts)
}

/// The parameters of a law, checked for strangers.
struct Parameters<'n> {
    law: &'n Entry,
    table: &'n Table,
}

impl<'n> Parameters<'n> {
    fn of(law: &'n Entry, known: &[&str]) -> Result<Self, Complaint> {
        let Some(table) = law.node.table() else {
            let complaint = Complaint::new(
                format!("needs the parameters of `{}` in a table", law.key),
                format!("this is {}", law.node.value.kind()),
            );
            let sample = LAWS.iter().find(|(name, _)| *name == law.key);
            let help = sample.map_or(String::new(), |(_, text)| format!("for example {text}"));
            return Err(complaint.help(help).at(&law.node.place));
        };
        for entry in &table.entries {
            if !known.contains(&entry.key.as_str()) {
                let message = format!("gives `{}` the unknown parameter `{}`", law.key, entry.key);
                let help = match nearest(&entry.key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its parameters: {}", known.join(", ")),
                };
                return Err(Complaint::new(message, "unknown").help(help).at(&entry.place));
            }
        }
        Ok(Parameters { law, table })
    }

    fn get(&self, key: &str) -> Option<&'n Node> {
        self.table.get(key).map(|entry| &entry.node)
    }

    fn required(&self, key: &str) -> Result<&'n Node, Complaint> {
        self.get(key).ok_or_else(|| {
            Complaint::new(format!("lacks the `{key}` of its `{}` law", self.law.key), "here")
                .at(&self.law.place)
        })
    }

    fn amount(&self, kind: &Kind, key: &str) -> Option<Result<f64, Complaint>> {
        self.get(key).map(|node| amount(kind, node))
    }

    fn needed(&self, kind: &Kind, key: &str) -> Result<f64, Complaint> {
        amount(kind, self.required(key)?)
    }

    fn positive(&self, kind: &Kind, key: &str) -> Result<f64, Complaint> {
        positive(kind, self.required(key)?)
    }

    fn number(&self, key: &str) -> Result<f64, Complaint> {
        self.number_from(key, false)
    }

    fn number_from(&self, key: &str, zero: bool) -> Result<f64, Complaint> {
        let node = self.required(key)?;
        let value = number(node)?;
        if value < 1e6 && (value > 0.0 || zero && value == 0.0) {
            return Ok(value);
        }
        let range = if zero { "from 0" } else { "above 0" };
        let message = format!("has a `{key}` that is not a number {range} to 1,000,000");
        Err(Complaint::new(message, "out of range").at(&node.place))
    }
}

/// A quantity of the kind's unit: seconds or bytes.
fn amount(kind: &Kind, node: &Node) -> Result<f64, Complaint> {
    if matches!(kind, Kind::Amount) {
        return super::amount::number(node).map(|(value, _)| value);
    }
    let plain = if matches!(kind, Kind::DistBytes) { Kind::Bytes } else { Kind::Span(true) };
    let Some(text) = node.text() else { return Err(wrong_type(&plain, node).at(&node.place)) };
    let value = match plain {
        Kind::Bytes => quantity::bytes(text).map(|b| b.0 as f64),
        _ => quantity::span(text).map(|span| span.as_s()),
    };
    value.map_err(|why| {
        let help = why.help.unwrap_or_else(|| format!("write {}", plain.expected()));
        Complaint::new(format!("is wrong: {}", why.message), "this value")
            .help(help)
            .at(&node.place)
    })
}

fn positive(kind: &Kind, node: &Node) -> Result<f64, Complaint> {
    let value = amount(kind, node)?;
    if value > 0.0 {
        return Ok(value);
    }
    Err(Complaint::new("must be above zero here", "zero").at(&node.place))
}

fn number(node: &Node) -> Result<f64, Complaint> {
    match &node.value {
        Value::Float(x) if x.is_finite() => Ok(*x),
        Value::Integer(Some(n)) => Ok(*n as f64),
        other => {
            let label = format!("this is {}", other.kind());
            Err(Complaint::new("needs a plain number here", label).at(&node.place))
        }
    }
}

/// An example with sizes where sizes are meant.
fn example(kind: &Kind, text: &str) -> String {
    if matches!(kind, Kind::Amount) {
        return text.replace(" ms\"", " USD\"").replace(" s\"", " USD\"");
    }
    if matches!(kind, Kind::DistBytes) { text.replace(" ms\"", " MiB\"") } else { text.into() }
}
