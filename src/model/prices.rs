//! What things cost and how money is counted, as read: numbers with unit, source and date.

use super::DatasetId;
use crate::kernel::dist::Dist;
use serde::Serialize;
use std::collections::BTreeMap;

/// One number of the cost model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Its key in the scenario: `price.node`, `facility.pue`.
    pub key: String,
    /// What it is, for reports.
    pub label: String,
    /// Its unit: `USD`, `USD/kWh`, `1`.
    pub unit: String,
    /// What it is taken to be: the mean, where it is uncertain.
    pub value: f64,
    /// How it may vary, where the scenario says.
    pub spread: Option<Dist>,
    /// Low and high end of the tornado, where the scenario says.
    pub range: Option<(f64, f64)>,
    /// Where it comes from; empty for an assumption of the scenario's author.
    pub source: String,
    /// When it was looked up; empty if it was not.
    pub as_of: String,
}

impl Input {
    /// Whether anything is known of how far it may be off.
    pub fn varies(&self) -> bool {
        self.spread.is_some() || self.range.is_some()
    }

    /// Its low and high end: as said, else the 5 % and 95 % quantiles of its distribution, else
    /// `swing` below and above.
    pub fn ends(&self, swing: f64) -> (f64, f64) {
        match (&self.range, &self.spread) {
            (Some(ends), _) => *ends,
            (None, Some(dist)) => (dist.quantile(0.05), dist.quantile(0.95)),
            (None, None) => (self.value * (1.0 - swing), self.value * (1.0 + swing)),
        }
    }
}

/// On what terms the cluster is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tenure {
    /// Bought.
    Owned,
    /// Rented by the hour, for the hours in which jobs hold GPUs.
    OnDemand,
    /// Rented for a term, every hour of it.
    Reserved,
    /// Rented by the hour from what is left over: it may be taken away.
    Spot,
}

impl Tenure {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Tenure::Owned => "owned",
            Tenure::OnDemand => "on-demand",
            Tenure::Reserved => "reserved",
            Tenure::Spot => "spot",
        }
    }

    /// The price that renting so takes; none for what is owned.
    pub fn rent_key(self) -> Option<&'static str> {
        match self {
            Tenure::Owned => None,
            Tenure::OnDemand => Some("price.rent_on_demand"),
            Tenure::Reserved => Some("price.rent_reserved"),
            Tenure::Spot => Some("price.rent_spot"),
        }
    }
}

/// How what is bought becomes a cost of years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depreciation {
    /// The same part every year.
    StraightLine,
    /// A part of what is left every year, or the straight line over the rest if that is more.
    DecliningBalance,
    /// The equal payments that pay back the price with interest: depreciation and interest in one.
    Annuity,
}

/// A price that falls with the amount: each tier applies to the part of the amount in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tariff {
    /// Tiers in order: width in GiB (none: all the rest), and the key of its price.
    pub tiers: Vec<(Option<f64>, String)>,
    /// GiB a month that are free; they count against the first tiers.
    pub free_gib: f64,
    /// Shortest time that is billed, days.
    pub minimum_days: f64,
    /// Smallest object that is billed, bytes.
    pub minimum_object: u64,
}

/// A measure against idling, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// Its name.
    pub name: String,
    /// Key of its price.
    pub price: String,
    /// The cause of idling that it is against: a state, or a cause of the production gap.
    pub cause: String,
    /// Key of the share of that cause that it removes.
    pub removes: String,
}

/// Reading a dataset from another site, or holding a copy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replicate {
    /// The dataset.
    pub dataset: DatasetId,
}

/// Everything that `gapcast cost` is told about money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Money {
    /// Every number, in the order of the files' keys.
    pub inputs: Vec<Input>,
    /// Prices that are part of another price, or not ours to pay: said, not forgotten.
    pub included: Vec<String>,
    /// On what terms the cluster is had.
    pub tenure: Tenure,
    /// How capital becomes a cost of years.
    pub depreciation: Depreciation,
    /// Year of its life that the hardware is in, from 1.
    pub year: f64,
    /// Years over which buying and renting are compared; `None`: the life.
    pub term: Option<u32>,
    /// Object storage.
    pub storage: Option<Tariff>,
    /// Bytes that leave for the internet.
    pub egress: Option<Tariff>,
    /// The currency that results are shown in beside US dollars: ISO 4217.
    pub currency: Option<String>,
    /// Measures whose return is asked for.
    pub fixes: Vec<Fix>,
    /// The dataset of which it is asked whether to copy it.
    pub replicate: Option<Replicate>,
    /// The team of each job.
    pub teams: BTreeMap<String, String>,
    /// Part by which an input is moved down and up in the tornado if nothing else is said.
    pub swing: f64,
    /// Draws of the Monte Carlo bands and Sobol indices.
    pub samples: u32,
}

impl Money {
    /// The input of a key, if the scenario gives it.
    pub fn input(&self, key: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.key == key)
    }

    /// Whether the scenario says that a price is part of another.
    pub fn is_included(&self, key: &str) -> bool {
        self.included.iter().any(|one| one == key)
    }

    /// Whether the scenario knows what owning the cluster costs.
    pub fn prices_ownership(&self) -> bool {
        self.tenure == Tenure::Owned || self.input("price.node").is_some()
    }
}
