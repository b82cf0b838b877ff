//! What the results say to the study's questions: assertions met or not, knees found.

use super::results::Row;
use super::{Plan, knee};
use crate::spec::study::{Assert, Check, FigureKind, Fixed, Relation};
use std::fmt::Write;

/// The answers to a study's questions.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Assertions, in order.
    pub asserts: Vec<AssertOutcome>,
    /// Knees that figures mark and assertions are about.
    pub knees: Vec<KneeFound>,
}

/// An assertion and what was found.
#[derive(Debug, Clone)]
pub struct AssertOutcome {
    /// The claim.
    pub that: String,
    /// Name of its metric.
    pub metric: String,
    /// One for every combination of the axes that are not fixed.
    pub findings: Vec<Finding>,
}

impl AssertOutcome {
    /// Whether it holds everywhere.
    pub fn held(&self) -> bool {
        self.findings.iter().all(|finding| finding.held)
    }
}

/// What an assertion found at one combination.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `axis = value, …`; empty if every axis is fixed.
    pub place: String,
    /// The figures: `0.912 ≥ 0.9`.
    pub found: String,
    /// Whether it holds there.
    pub held: bool,
}

/// The knee of one curve.
#[derive(Debug, Clone, PartialEq)]
pub struct KneeFound {
    /// Name of the metric.
    pub metric: String,
    /// Position of the axis.
    pub axis: usize,
    /// Values of the other axes: (name, value).
    pub place: Vec<(String, String)>,
    /// Position of the axis's value, and the mean there; none if the curve has no knee.
    pub knee: Option<(usize, f64)>,
}

/// Answers a study's questions from the rows of all its points.
pub fn answers(plan: &Plan, rows: &[Row]) -> Answers {
    let results = Curves { plan, rows };
    let mut answers = Answers::default();
    for figure in plan.study.figures.iter().filter(|figure| figure.knee) {
        if plan.study.sample.is_none() && !matches!(figure.kind, FigureKind::HeatMap { .. }) {
            results.knees(figure.metric, figure.x, &figure.fixed, &mut answers.knees);
        }
    }
    for assert in &plan.study.asserts {
        if let Check::Knee { axis, .. } = assert.check {
            results.knees(assert.metric, axis, &assert.at, &mut answers.knees);
        }
        answers.asserts.push(results.check(assert));
    }
    answers
}

/// A plan with its rows.
pub struct Curves<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its rows.
    pub rows: &'a [Row],
}

impl Curves<'_> {
    /// Positions of every combination of values, `fixed` axes held, the group of `along` at its
    /// first value.
    pub fn combinations(&self, fixed: &Fixed, along: Option<usize>) -> Vec<Vec<usize>> {
        let axes = &self.plan.study.axes;
        let mut list = vec![vec![0; axes.len()]];
        let mut seen = vec![false; axes.len()];
        for axis in 0..axes.len() {
            if seen[axis] {
                continue;
            }
            let group = self.plan.group(axis);
            group.iter().for_each(|&member| seen[member] = true);
            let held = fixed.iter().find(|(member, _)| group.contains(member));
            let levels = match held {
                Some(&(_, level)) => level..level + 1,
                None if along.is_some_and(|along| group.contains(&along)) => 0..1,
                None => 0..axes[axis].list().len(),
            };
            list = list
                .iter()
                .flat_map(|positions| levels.clone().map(move |level| (positions, level)))
                .map(|(positions, level)| {
                    let mut positions = positions.clone();
                    group.iter().for_each(|&member| positions[member] = level);
                    positions
                })
                .collect();
        }
        list
    }

    /// `positions` with the group of `axis` at `level`.
    pub fn moved(&self, positions: &[usize], axis: usize, level: usize) -> Vec<usize> {
        let mut positions = positions.to_vec();
        self.plan.group(axis).iter().for_each(|&member| positions[member] = level);
        positions
    }

    /// Positions of an axis's values from the smallest up, if they are numbers; else as listed.
    pub fn order(&self, axis: usize) -> Vec<usize> {
        let levels = self.plan.study.axes[axis].list();
        let mut order: Vec<usize> = (0..levels.len()).collect();
        if levels.iter().all(|level| level.number.is_some()) {
            let number = |i: &usize| levels[*i].number.unwrap_or_default();
            order.sort_by(|a, b| number(a).total_cmp(&number(b)));
        }
        order
    }

    /// The row at these positions.
    pub fn row(&self, positions: &[usize]) -> &Row {
        &self.rows[self.plan.index_of(positions) as usize]
    }

    /// The mean of a metric at these positions.
    pub fn mean(&self, positions: &[usize], metric: usize) -> Option<f64> {
        self.row(positions).metrics[metric].map(|estimate| estimate.mean)
    }

    /// (position of the value, mean) along an axis; none where there is no mean.
    pub fn along(
        &self,
        positions: &[usize],
        axis: usize,
        metric: usize,
    ) -> Vec<(usize, Option<f64>)> {
        let at = |level: usize| (level, self.mean(&self.moved(positions, axis, level), metric));
        self.order(axis).into_iter().map(at).collect()
    }

    /// The knee along an axis: (position of the value, mean).
    pub fn knee(&self, positions: &[usize], axis: usize, metric: usize) -> Option<(usize, f64)> {
        let curve = self.along(positions, axis, metric);
        let means: Option<Vec<f64>> = curve.iter().map(|(_, mean)| *mean).collect();
        let means = means?;
        knee(&means).map(|i| (curve[i].0, means[i]))
    }

    fn knees(&self, metric: usize, axis: usize, fixed: &Fixed, list: &mut Vec<KneeFound>) {
        for positions in self.combinations(fixed, Some(axis)) {
            let found = KneeFound {
                metric: self.plan.study.metrics[metric].clone(),
                axis,
                place: self.place(&positions, Some(axis)),
                knee: self.knee(&positions, axis, metric),
            };
            if !list.contains(&found) {
                list.push(found);
            }
        }
    }

    /// Values of axes that vary, but for the group of `along`.
    fn place(&self, positions: &[usize], along: Option<usize>) -> Vec<(String, String)> {
        let axes = self.plan.study.axes.iter().enumerate();
        let shown = axes.filter(|(i, axis)| {
            let walked = along.is_some_and(|along| self.plan.group(along).contains(i));
            axis.list().len() > 1 && !walked
        });
        shown.map(|(i, a)| (a.name.clone(), a.list()[positions[i]].text.clone())).collect()
    }

    fn check(&self, assert: &Assert) -> AssertOutcome {
        let findings = match &assert.check {
            Check::Number { is, than } if self.plan.study.sample.is_some() => {
                self.sampled(assert.metric, *is, *than)
            }
            Check::Number { is, than } => self.each(assert, None, |positions| {
                let mean = self.mean(positions, assert.metric)?;
                Some(compared(*is, mean, *than, say(*than)))
            }),
            Check::Point { is, than_at, times } => self.each(assert, None, |positions| {
                let other = than_at
                    .iter()
                    .fold(positions.to_vec(), |at, &(axis, level)| self.moved(&at, axis, level));
                let mean = self.mean(positions, assert.metric)?;
                let other = self.mean(&other, assert.metric)?;
                let words = match *times == 1.0 {
                    true => say(other),
                    false => format!("{} ({} × {})", say(times * other), say(*times), say(other)),
                };
                Some(compared(*is, mean, times * other, words))
            }),
            Check::Monotone { axis, rising, tolerance } => {
                let check = |positions: &[usize]| {
                    self.monotone(positions, *axis, assert.metric, *rising, *tolerance)
                };
                self.each(assert, Some(*axis), check)
            }
            Check::Knee { axis, between } => self.each(assert, Some(*axis), |positions| {
                self.knee_between(positions, *axis, assert.metric, *between)
            }),
        };
        let metric = self.plan.study.metrics[assert.metric].clone();
        AssertOutcome { that: assert.that.clone(), metric, findings }
    }

    /// Checks every combination; one without a result does not hold.
    fn each(
        &self,
        assert: &Assert,
        along: Option<usize>,
        check: impl Fn(&[usize]) -> Option<(bool, String)>,
    ) -> Vec<Finding> {
        let finding = |positions: Vec<usize>| {
            let none = || (false, "a point has no result".to_owned());
            let (held, found) = check(&positions).unwrap_or_else(none);
            Finding { place: join(&self.place(&positions, along)), found, held }
        };
        self.combinations(&assert.at, along).into_iter().map(finding).collect()
    }

    fn sampled(&self, metric: usize, is: Relation, than: f64) -> Vec<Finding> {
        let finding = |(index, row): (usize, &Row)| {
            let (held, found) = match row.metrics[metric] {
                Some(e) => compared(is, e.mean, than, say(than)),
                None => (false, "the point has no result".to_owned()),
            };
            Finding { place: format!("point = {index}"), found, held }
        };
        self.rows.iter().enumerate().map(finding).collect()
    }

    /// Whether means go one way; tells the worst step the other way.
    fn monotone(
        &self,
        positions: &[usize],
        axis: usize,
        metric: usize,
        rising: bool,
        tolerance: f64,
    ) -> Option<(bool, String)> {
        let curve = self.along(positions, axis, metric);
        let means: Vec<f64> = curve.iter().map(|(_, mean)| *mean).collect::<Option<_>>()?;
        let levels = self.plan.study.axes[axis].list();
        let largest = means.iter().fold(0.0, |most: f64, mean| most.max(mean.abs()));
        let (mut worst, mut at) = (f64::NEG_INFINITY, 0);
        for (i, pair) in means.windows(2).enumerate() {
            let back = if rising { pair[0] - pair[1] } else { pair[1] - pair[0] };
            if back > worst {
                (worst, at) = (back, i);
            }
        }
        let (first, last) = (means.first()?, means.last()?);
        let mut found = format!("from {} to {}", say(*first), say(*last));
        if worst > 0.0 {
            let (from, to) = (&levels[curve[at].0].text, &levels[curve[at + 1].0].text);
            let step = (say(means[at]), say(means[at + 1]));
            let _ = write!(found, ", but from {} at {from} to {} at {to}", step.0, step.1);
        }
        Some((worst <= tolerance * largest, found))
    }

    fn knee_between(
        &self,
        positions: &[usize],
        axis: usize,
        metric: usize,
        between: (usize, usize),
    ) -> Option<(bool, String)> {
        let order = self.order(axis);
        let levels = self.plan.study.axes[axis].list();
        let rank = |level: usize| order.iter().position(|&l| l == level);
        let ends = (rank(between.0)?, rank(between.1)?);
        let (low, high) = (ends.0.min(ends.1), ends.0.max(ends.1));
        // No result and no knee are different news.
        let curve = self.along(positions, axis, metric);
        curve.iter().map(|(_, mean)| *mean).collect::<Option<Vec<f64>>>()?;
        let Some((level, mean)) = self.knee(positions, axis, metric) else {
            return Some((
                false,
                "no knee: the curve is flat, unsteady, or not at its plateau by its end".to_owned(),
            ));
        };
        let held = rank(level).is_some_and(|rank| rank >= low && rank <= high);
        Some((held, format!("knee at {} ({})", levels[level].text, say(mean))))
    }
}

/// `axis = value, …`.
pub fn join(place: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| format!("{name} = {value}");
    place.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Whether `mean` is so against `other`, and the figures: `0.912 ≥ 0.9`, `0.88 is not ≥ 0.9`.
fn compared(is: Relation, mean: f64, other: f64, words: String) -> (bool, String) {
    let held = is.holds(mean, other);
    let not = if held { "" } else { "is not " };
    (held, format!("{} {not}{} {words}", say(mean), is.sign()))
}

/// Six significant digits: enough to see by how much an assertion is missed.
fn say(value: f64) -> String {
    let text = format!("{value:.5e}");
    let rounded: f64 = text.parse().unwrap_or(value);
    format!("{rounded}")
}
