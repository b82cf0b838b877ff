//! Accounts of jobs over replicates.

use super::{Estimate, estimate};
use crate::metrics::summary::{Account, RunSummary};

/// A line of a job's account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountOutcome {
    /// Job name.
    pub job: String,
    /// What it is of.
    pub item: String,
    /// Unit of the amount.
    pub unit: &'static str,
    /// How much.
    pub amount: Estimate,
    /// What it costs, US dollars.
    pub usd: Estimate,
}

/// Every line of any replicate, in order of first appearance; one that a replicate lacks is 0 there.
pub(super) fn gather(runs: &[RunSummary]) -> Vec<AccountOutcome> {
    let mut lines: Vec<&Account> = Vec::new();
    let same = |a: &Account, b: &Account| (&a.job, &a.item) == (&b.job, &b.item);
    for account in runs.iter().flat_map(|run| &run.accounts) {
        if !lines.iter().any(|line| same(line, account)) {
            lines.push(account);
        }
    }
    let over = |line: &Account, of: fn(&Account) -> f64| {
        let one = |run: &RunSummary| run.accounts.iter().find(|a| same(a, line)).map_or(0.0, of);
        estimate(runs.iter().map(one))
    };
    let outcome = |line: &&Account| AccountOutcome {
        job: line.job.clone(),
        item: line.item.clone(),
        unit: line.unit,
        amount: over(line, |account| account.amount),
        usd: over(line, |account| account.usd),
    };
    lines.iter().map(outcome).collect()
}
