//! Which replicates of a point are still wanted: a function of what is known of its first ones, so
//! that neither threads, shards nor interruptions can matter.

use crate::kernel::stats::{Tally, t_quantile};
use crate::spec::study::{Precision, Study};
use crate::study::estimate::CONFIDENCE;

/// A part of a study's points: those whose number leaves `index` when divided by `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u64,
    /// How many parts.
    pub of: u64,
}

impl Shard {
    /// The whole study.
    pub const WHOLE: Shard = Shard { index: 0, of: 1 };

    /// Whether the point is of this part.
    pub fn has(self, point: u64) -> bool {
        point % self.of == self.index
    }

    /// How many of `points` points are of this part.
    pub fn count(self, points: u64) -> u64 {
        (points + self.of - 1 - self.index) / self.of
    }
}

/// What became of a replicate, as far as [`status`] needs to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    /// Not run yet.
    Open,
    /// Run; the value of the precision's metric, if there is a precision and it is defined.
    Run(Option<f64>),
    /// It failed.
    Failed,
}

/// Where a point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Replicates below this number are wanted; not all are known.
    Wants(u32),
    /// The first n replicates are its result.
    Done(u32),
    /// This replicate failed, all before it ran.
    Failed(u32),
}

/// The status of a point whose replicate `r` is `known(r)`.
pub fn status(study: &Study, known: impl Fn(u32) -> Known) -> Status {
    let (least, most) = match &study.precision {
        Some(precision) => (precision.at_least, precision.at_most),
        None => (study.replicates, study.replicates),
    };
    let mut tally = Tally::new();
    let mut defined = true;
    for replicate in 0..most {
        let wanted = least.max(replicate + 1);
        match known(replicate) {
            Known::Open => return Status::Wants(wanted),
            Known::Failed => return Status::Failed(replicate),
            Known::Run(Some(value)) => tally.add(value),
            Known::Run(None) => defined = false,
        }
        let decides = defined && replicate + 1 >= least && replicate + 1 < most;
        if decides && study.precision.as_ref().is_some_and(|p| precise(p, &tally)) {
            return Status::Done(replicate + 1);
        }
    }
    Status::Done(most)
}

/// Whether values are enough: half-width/|mean| ≤ γ/(1 + γ), which bounds the error relative to
/// the unknown mean by γ (A. M. Law, "Simulation Modeling and Analysis", 5th ed., 9.4.1), or
/// half-width ≤ floor.
fn precise(precision: &Precision, values: &Tally) -> bool {
    let (Some(mean), Some(sd)) = (values.mean(), values.sd()) else { return false };
    let n = values.count() as f64;
    let relative = precision.relative.map_or(0.0, |gamma| mean.abs() * gamma / (1.0 + gamma));
    let limit = precision.floor.map_or(relative, |floor| floor.max(relative));
    // Student's quantile is never below the normal one, and costs much more.
    let error = sd / n.sqrt();
    NORMAL * error <= limit && t_quantile(0.5 + 0.5 * CONFIDENCE, n - 1.0) * error <= limit
}

/// Just below the normal distribution's 97.5 % quantile, 1.95996.
const NORMAL: f64 = 1.9599;

#[cfg(test)]
mod tests {
    use super::*;

    fn study(precision: Option<Precision>) -> Study {
        Study {
            name: "s".into(),
            description: String::new(),
            reproduces: None,
            set: Vec::new(),
            replicates: 4,
            seed: 1,
            metrics: vec!["m".into()],
            axes: Vec::new(),
            sample: None,
            precision,
            figures: Vec::new(),
            asserts: Vec::new(),
        }
    }

    fn of(list: &[Known]) -> impl Fn(u32) -> Known + '_ {
        |replicate| list.get(replicate as usize).copied().unwrap_or(Known::Open)
    }

    #[test]
    fn without_a_precision_all_replicates_are_wanted() {
        let study = study(None);
        let run = Known::Run(None);
        assert_eq!(status(&study, of(&[])), Status::Wants(4));
        assert_eq!(status(&study, of(&[run, run, run])), Status::Wants(4));
        assert_eq!(status(&study, of(&[run; 4])), Status::Done(4));
        assert_eq!(status(&study, of(&[run; 9])), Status::Done(4));
        assert_eq!(status(&study, of(&[run, Known::Failed])), Status::Failed(1));
        // A failure counts only when everything before it is known.
        assert_eq!(status(&study, of(&[run, Known::Open, Known::Failed])), Status::Wants(4));
    }

    /// Values 10 ± 1 in turn: sd of n is near 1, the half-width t·sd/√n. At γ = 0.1 the limit is
    /// 10·0.1/1.1 = 0.909: by hand n = 5 has t(0.975, 4)·√1.2/√5 = 1.36, n = 8 has
    /// 2.3646·√(8/7)/√8 = 0.8937. Later values, known early, change nothing.
    #[test]
    fn a_point_stops_at_the_first_prefix_that_is_precise() {
        let precision =
            Precision { metric: 0, relative: Some(0.1), floor: None, at_least: 3, at_most: 20 };
        let study = study(Some(precision));
        let values: Vec<Known> =
            (0..20).map(|i| Known::Run(Some(if i % 2 == 0 { 9.0 } else { 11.0 }))).collect();
        assert_eq!(status(&study, of(&values[..2])), Status::Wants(3));
        assert_eq!(status(&study, of(&values[..5])), Status::Wants(6));
        for known in 8..20 {
            assert_eq!(status(&study, of(&values[..known])), Status::Done(8), "{known} known");
        }
    }

    #[test]
    fn shards_divide_the_points() {
        for (points, of) in [(10, 4), (3, 4), (8, 1), (0, 2)] {
            let shards = || (0..of).map(|index| Shard { index, of });
            assert_eq!(shards().map(|shard| shard.count(points)).sum::<u64>(), points);
            for shard in shards() {
                let counted = (0..points).filter(|&point| shard.has(point)).count() as u64;
                assert_eq!(shard.count(points), counted);
            }
        }
    }
}
