//! Results in plan order, read from journals one point at a time.

use super::journal::{Finished, Journal, JournalError};
use super::progress::{Known, Shard, Status, status};
use super::{Plan, Point};
use crate::study::estimate::{Estimate, estimate};

/// The records of a plan, in one journal or several.
#[derive(Debug)]
pub struct Results<'a> {
    /// The plan.
    pub plan: &'a Plan,
    journals: Vec<&'a mut Journal>,
}

/// A point with everything known of it.
#[derive(Debug, Clone)]
pub struct PointResult {
    /// The point.
    pub point: Point,
    /// Its replicates in order: fingerprint, metrics' values.
    pub runs: Vec<(u128, Vec<Option<f64>>)>,
    /// (replicate, why) if it failed.
    pub failure: Option<(u32, String)>,
}

/// What figures and assertions need of a point.
#[derive(Debug, Clone)]
pub struct Row {
    /// Replicates it rests on; 0 if it failed.
    pub n: u64,
    /// Each metric's mean and interval; none if the point failed or the metric is not defined in
    /// every replicate.
    pub metrics: Vec<Option<Estimate>>,
    /// Why it failed.
    pub failed: Option<String>,
}

impl PointResult {
    /// Means and intervals over its replicates.
    pub fn row(&self, metrics: usize) -> Row {
        if let Some((_, why)) = &self.failure {
            return Row { n: 0, metrics: vec![None; metrics], failed: Some(why.clone()) };
        }
        let mean = |metric: usize| {
            let values = self.runs.iter().map(|(_, values)| values.get(metric).copied().flatten());
            values.collect::<Option<Vec<f64>>>().filter(|v| !v.is_empty()).map(estimate)
        };
        Row { n: self.runs.len() as u64, metrics: (0..metrics).map(mean).collect(), failed: None }
    }
}

impl<'a> Results<'a> {
    /// The results that these journals hold of `plan`.
    pub fn new(plan: &'a Plan, journals: impl IntoIterator<Item = &'a mut Journal>) -> Results<'a> {
        Results { plan, journals: journals.into_iter().collect() }
    }

    /// What is known of a point.
    ///
    /// # Errors
    /// A journal cannot be read, or two of them disagree.
    pub fn point(&mut self, index: u64) -> Result<(Status, PointResult), JournalError> {
        let study = &self.plan.study;
        let decisive = study.precision.as_ref().map(|precision| precision.metric);
        let mut runs = Vec::new();
        let mut failure = None;
        let mut known = Vec::new();
        for replicate in 0..study.replicates {
            let Some(record) = self.record(index, replicate)? else { break };
            match record {
                Ok((fingerprint, values)) => {
                    let value = decisive.and_then(|m| values.get(m).copied().flatten());
                    known.push(Known::Run(value));
                    runs.push((fingerprint, values));
                }
                Err(why) => {
                    known.push(Known::Failed);
                    failure = Some((replicate, why));
                    break;
                }
            }
        }
        let of = |replicate: u32| known.get(replicate as usize).copied().unwrap_or(Known::Open);
        let status = status(study, of);
        if let Status::Done(n) = status {
            runs.truncate(n as usize);
            failure = None;
        }
        Ok((status, PointResult { point: self.plan.point(index), runs, failure }))
    }

    /// The record of a replicate, from whichever journal has it.
    fn record(&mut self, point: u64, replicate: u32) -> Result<Option<Finished>, JournalError> {
        let mut found: Option<Finished> = None;
        for journal in &mut self.journals {
            let Some(record) = journal.get(point, replicate)? else { continue };
            if found.as_ref().is_some_and(|first| *first != record.result) {
                let why = format!(
                    "replicate {replicate} of point {point} has another result in another journal"
                );
                return Err(JournalError::Other { path: journal.path.clone(), why });
            }
            found = Some(record.result);
        }
        Ok(found)
    }

    /// How many points of `shard` are not complete.
    ///
    /// # Errors
    /// A journal cannot be read.
    pub fn missing(&mut self, shard: Shard) -> Result<u64, JournalError> {
        let mut missing = 0;
        for index in (0..self.plan.points()).filter(|&index| shard.has(index)) {
            missing += u64::from(matches!(self.point(index)?.0, Status::Wants(_)));
        }
        Ok(missing)
    }

    /// Every point's row, in plan order.
    ///
    /// # Errors
    /// A journal cannot be read.
    pub fn rows(&mut self) -> Result<Vec<Row>, JournalError> {
        let metrics = self.plan.study.metrics.len();
        (0..self.plan.points()).map(|index| Ok(self.point(index)?.1.row(metrics))).collect()
    }
}
