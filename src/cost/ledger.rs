//! What a run did, as far as money asks: GPU-hours by state, work done, bytes and requests. It comes
//! from a simulation or from a file in which somebody recorded what a real cluster did.

use std::fmt;

/// The state that is not idle.
pub const USEFUL: &str = "useful";

/// The state in which no job holds the GPU.
pub const UNALLOCATED: &str = "unallocated";

/// By how much, relative, the GPU-hours of a file may miss GPUs · hours: it holds rounded numbers.
pub const TOLERANCE: f64 = 1e-6;

/// GPU-hours of one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// State: `useful`, `data_stall`, `unallocated` …
    pub state: String,
    /// What it was due to, as closely as is known: a stage, a box; empty if it is not.
    pub detail: String,
    /// GPU-hours.
    pub gpu_hours: f64,
}

impl Hours {
    /// Whether a job holds the GPU.
    pub fn is_allocated(&self) -> bool {
        self.state != UNALLOCATED
    }
}

/// Bytes that moved over one link, or to the internet.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Name of the link between sites.
    pub link: String,
    /// Bytes, both directions.
    pub bytes: f64,
}

/// A cause of the production gap.
#[derive(Debug, Clone, PartialEq)]
pub struct GapCause {
    /// Its name.
    pub name: String,
    /// Its Shapley share of the gap, in the unit of the goodput.
    pub share: f64,
    /// What it costs alone.
    pub alone: f64,
}

/// The production gap, attributed.
#[derive(Debug, Clone, PartialEq)]
pub struct GapLedger {
    /// Unit of the goodput: `samples/s`.
    pub unit: String,
    /// Goodput with all causes off.
    pub lab: f64,
    /// Goodput with all of them on.
    pub production: f64,
    /// Causes, largest share first.
    pub causes: Vec<GapCause>,
}

/// One run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    /// Length of the run, hours.
    pub hours: f64,
    /// Useful time first, then the causes of idling. The same rows in every replicate.
    pub states: Vec<Hours>,
    /// What is counted: `samples`, `tokens`.
    pub unit: String,
    /// Units done in the run.
    pub units: Option<f64>,
    /// Times that the dataset of `[replicate]` was read.
    pub epochs: Option<f64>,
    /// GET requests.
    pub gets: f64,
    /// PUT requests.
    pub puts: f64,
    /// GETs for the dataset of `[replicate]`, where they can be told apart.
    pub dataset_gets: Option<f64>,
    /// Bytes of the dataset of `[replicate]` that crossed links, by link.
    pub dataset_moved: Option<Vec<Moved>>,
    /// Bytes over links between sites.
    pub moved: Vec<Moved>,
    /// Bytes to the internet.
    pub internet_bytes: f64,
    /// GPU-hours by job.
    pub jobs: Vec<(String, f64)>,
    /// The production gap.
    pub gap: Option<GapLedger>,
}

/// Why a ledger cannot be of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// GPU-hours of all states.
    pub counted: f64,
    /// GPUs of the scenario.
    pub gpus: u64,
    /// Length of the run, hours.
    pub hours: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { counted, gpus, hours } = self;
        let owned = *gpus as f64 * hours;
        write!(f, "the ledger holds {counted} GPU-hours, but {gpus} GPUs × {hours} h are {owned}")
    }
}

impl Ledger {
    /// GPU-hours of all states.
    pub fn owned(&self) -> f64 {
        self.states
            .iter()
            .map(|row| row.gpu_hours)
            .collect::<crate::kernel::stats::ExactSum>()
            .value()
    }

    /// GPU-hours of useful time.
    pub fn useful(&self) -> f64 {
        self.states.iter().filter(|row| row.state == USEFUL).map(|row| row.gpu_hours).sum()
    }

    /// GPU-hours in which jobs hold GPUs.
    pub fn held(&self) -> f64 {
        self.states.iter().filter(|row| row.is_allocated()).map(|row| row.gpu_hours).sum()
    }

    /// Idle rows: all but the useful one.
    pub fn idle(&self) -> impl Iterator<Item = &Hours> {
        self.states.iter().filter(|row| row.state != USEFUL)
    }

    /// Whether the hours are those of `gpus` GPUs.
    ///
    /// # Errors
    /// They are more or fewer.
    pub fn fits(&self, gpus: u64) -> Result<(), Mismatch> {
        let (counted, hours) = (self.owned(), self.hours);
        let owned = gpus as f64 * hours;
        let off = (counted - owned).abs();
        if off <= TOLERANCE * owned { Ok(()) } else { Err(Mismatch { counted, gpus, hours }) }
    }

    /// The mean of several runs with the same rows.
    ///
    /// # Panics
    /// If there are none.
    pub fn mean(runs: &[Ledger]) -> Ledger {
        let first = runs.first().expect("a mean of no runs");
        let mean = |of: &dyn Fn(&Ledger) -> f64| {
            let sum: crate::kernel::stats::ExactSum = runs.iter().map(of).collect();
            sum.value() / runs.len() as f64
        };
        let all = |of: fn(&Ledger) -> Option<f64>| {
            of(first).is_some().then(|| mean(&|run| of(run).unwrap_or(0.0)))
        };
        let mut ledger = first.clone();
        ledger.hours = mean(&|run| run.hours);
        for i in 0..ledger.states.len() {
            ledger.states[i].gpu_hours = mean(&|run| run.states[i].gpu_hours);
        }
        (ledger.units, ledger.epochs) = (all(|run| run.units), all(|run| run.epochs));
        ledger.dataset_gets = all(|run| run.dataset_gets);
        (ledger.gets, ledger.puts) = (mean(&|run| run.gets), mean(&|run| run.puts));
        ledger.internet_bytes = mean(&|run| run.internet_bytes);
        for i in 0..ledger.moved.len() {
            ledger.moved[i].bytes = mean(&|run| run.moved[i].bytes);
        }
        for (i, moved) in ledger.dataset_moved.iter_mut().flatten().enumerate() {
            moved.bytes = mean(&|run| run.dataset_moved.as_ref().map_or(0.0, |m| m[i].bytes));
        }
        for i in 0..ledger.jobs.len() {
            ledger.jobs[i].1 = mean(&|run| run.jobs[i].1);
        }
        if let Some(gap) = &mut ledger.gap {
            let of = |of: &dyn Fn(&GapLedger) -> f64| mean(&|run| run.gap.as_ref().map_or(0.0, of));
            (gap.lab, gap.production) = (of(&|gap| gap.lab), of(&|gap| gap.production));
            for (i, cause) in gap.causes.iter_mut().enumerate() {
                cause.share = of(&|gap| gap.causes[i].share);
                cause.alone = of(&|gap| gap.causes[i].alone);
            }
        }
        ledger
    }
}
