//! Replicates of designs: run in parallel, every finished one kept in a journal, looked up again by
//! whoever asks.

use super::bound::Least;
use super::figure::{Figure, Run};
use crate::cost::Ledger;
use crate::model::Scenario;
use crate::sim;
use crate::study::sweep::{Journal, Plan, Record, guarded, words};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a plan stopped before its end, as a sweep does; what is in the journal stays.
pub use crate::study::sweep::SweepError as RunsError;

/// The figures of a replicate, in the order of the plan's metrics, or why there are none.
pub type Values = Result<Vec<Option<f64>>, String>;

/// Replicates by (design, replicate).
pub struct Runs<'p> {
    /// What there is already, if the plan says.
    pub existing: Option<Scenario>,
    /// Fewest bytes of samples.
    pub least: Least,
    plan: &'p Plan,
    journal: Option<Journal>,
    pool: rayon::ThreadPool,
    values: BTreeMap<(u64, u32), Values>,
    ledgers: BTreeMap<(u64, u32), Ledger>,
    /// Replicates that had to be run, now or earlier.
    used: std::collections::BTreeSet<(u64, u32)>,
    done: &'p (dyn Fn() + Sync),
}

impl<'p> Runs<'p> {
    /// None yet but what the journal holds; `done` is told of every replicate that ends.
    ///
    /// # Errors
    /// No threads, or a journal that cannot be read.
    pub fn new(
        plan: &'p Plan,
        journal: Option<Journal>,
        threads: usize,
        done: &'p (dyn Fn() + Sync),
    ) -> Result<Runs<'p>, RunsError> {
        let threads = threads.min(sim::MOST_THREADS);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|source| RunsError::Threads { threads, source })?;
        let (values, ledgers, used) = Default::default();
        let least = Least::new(plan.study.replicates);
        Ok(Runs { existing: None, least, plan, journal, pool, values, ledgers, used, done })
    }

    /// The plan whose designs are run.
    pub fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// The pool that works.
    pub fn pool(&self) -> &rayon::ThreadPool {
        &self.pool
    }

    /// How many replicates all answers so far rest on.
    pub fn used(&self) -> u64 {
        self.used.len() as u64
    }

    /// The scenario of a design.
    ///
    /// # Errors
    /// Everything that is wrong with it, in words.
    pub fn scenario(&self, design: u64) -> Result<Scenario, String> {
        let point = self.plan.point(design);
        let loaded = self.plan.base.load(&self.plan.fields(&point));
        loaded.map(|loaded| loaded.scenario).map_err(|found| words(&found))
    }

    /// Sees to it that these replicates (design, from, to) are there.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub fn ensure(&mut self, wanted: &[(u64, u32, u32)]) -> Result<(), RunsError> {
        let mut missing: Vec<(u64, u32)> = Vec::new();
        for &(design, from, to) in wanted {
            for replicate in from..to {
                self.used.insert((design, replicate));
                if !self.values.contains_key(&(design, replicate)) {
                    missing.push((design, replicate));
                }
            }
        }
        if let Some(journal) = &mut self.journal {
            let mut open = Vec::new();
            for (design, replicate) in missing {
                match journal.get(design, replicate)? {
                    Some(record) => {
                        let values = record.result.map(|(_, values)| values);
                        self.values.insert((design, replicate), values);
                    }
                    None => open.push((design, replicate)),
                }
            }
            missing = open;
        }
        // A batch at a time becomes durable: a kill costs a batch, not the night.
        for batch in missing.chunks(4 * self.pool.current_num_threads()) {
            self.run(batch)?;
        }
        Ok(())
    }

    fn run(&mut self, batch: &[(u64, u32)]) -> Result<(), RunsError> {
        let mut designs: Vec<u64> = batch.iter().map(|(design, _)| *design).collect();
        designs.dedup();
        let (me, done) = (&*self, self.done);
        let made = self.pool.install(|| {
            let scenarios: BTreeMap<u64, Result<Ready, String>> =
                designs.par_iter().map(|&design| (design, me.ready(design))).collect();
            let one = |&(design, replicate): &(u64, u32)| {
                let result = scenarios[&design].as_ref().map_err(Clone::clone);
                let result = result.and_then(|ready| ready.run(replicate));
                done();
                (design, replicate, result)
            };
            batch.par_iter().map(one).collect::<Vec<_>>()
        });
        for (point, replicate, result) in made {
            let result = result.map(|(fingerprint, values, ledger)| {
                if let Some(ledger) = ledger {
                    self.ledgers.insert((point, replicate), ledger);
                }
                (fingerprint, values)
            });
            if let Some(journal) = &mut self.journal {
                journal.append(&Record { point, replicate, result: result.clone() })?;
            }
            self.values.insert((point, replicate), result.map(|(_, values)| values));
        }
        Ok(())
    }

    fn ready(&self, design: u64) -> Result<Ready, String> {
        let scenario = Arc::new(self.scenario(design)?);
        let figure = |name: &String| Figure::parse(name, &scenario).map_err(|(what, _)| what);
        let figures = self.plan.study.metrics.iter().map(figure).collect::<Result<_, _>>()?;
        Ok(Ready { scenario, figures })
    }

    /// What is known of a replicate.
    pub fn get(&self, design: u64, replicate: u32) -> Option<&Values> {
        self.values.get(&(design, replicate))
    }

    /// Replicates of a design in a row from the first that are known and went well.
    pub fn known(&self, design: u64) -> impl Iterator<Item = &Vec<Option<f64>>> + '_ {
        (0..).map_while(move |replicate| self.get(design, replicate)?.as_ref().ok())
    }

    /// Ledgers of a design's first `n` replicates; what an earlier run of the plan made is made
    /// again.
    pub fn ledgers(&mut self, design: u64, n: u32) -> Vec<Ledger> {
        let missing: Vec<u32> =
            (0..n).filter(|replicate| !self.ledgers.contains_key(&(design, *replicate))).collect();
        if let (false, Ok(ready)) = (missing.is_empty(), self.ready(design)) {
            let made: Vec<_> = self.pool.install(|| {
                missing.par_iter().map(|&replicate| (replicate, ready.run(replicate))).collect()
            });
            for (replicate, run) in made {
                if let Ok((_, _, Some(ledger))) = run {
                    self.ledgers.insert((design, replicate), ledger);
                }
            }
        }
        (0..n).filter_map(|replicate| self.ledgers.get(&(design, replicate)).cloned()).collect()
    }
}

/// A design that can be run.
pub struct Ready {
    /// Its scenario.
    pub scenario: Arc<Scenario>,
    /// What is asked of it.
    pub figures: Vec<Figure>,
}

/// Fingerprint, figures and ledger of a replicate.
type Made = Result<(u128, Vec<Option<f64>>, Option<Ledger>), String>;

impl Ready {
    /// A replicate; a run that breaks off costs its design, not the plan.
    pub fn run(&self, replicate: u32) -> Made {
        let summary = guarded(&self.scenario, replicate)?;
        let fingerprint = u128::from_str_radix(&summary.fingerprint, 16)
            .map_err(|_| format!("`{}` is no fingerprint", summary.fingerprint))?;
        let run = Run::new(&self.scenario, summary);
        let values = self.figures.iter().map(|figure| figure.of(&self.scenario, &run)).collect();
        Ok((fingerprint, values, run.ledger))
    }
}
