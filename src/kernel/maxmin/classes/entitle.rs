//! What a class may take of one link, given what the others there use.

/// A part of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Portion {
    /// So many units, or all there is if that is less.
    Units(u64),
    /// This share, 0–1.
    Share(f64),
}

impl Portion {
    /// Nothing.
    pub const NONE: Portion = Portion::Units(0);
    /// All of it.
    pub const ALL: Portion = Portion::Share(1.0);

    /// The units of it on a link of `capacity`.
    pub fn of(self, capacity: u64) -> u64 {
        match self {
            Portion::Units(units) => units.min(capacity),
            Portion::Share(share) => ((capacity as f64 * share) as u64).min(capacity),
        }
    }
}

/// How links treat a class of traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// Lower numbers are served first.
    pub priority: u32,
    /// Its part of what is shared out within the priority (≥ 1).
    pub weight: u32,
    /// What it gets of a link before anyone's excess.
    pub guarantee: Portion,
    /// Most it may take of a link.
    pub cap: Portion,
}

impl Class {
    /// What it may ask of a link of `capacity` on which it uses `used` units.
    pub fn claim(&self, capacity: u64, used: u64) -> Claim {
        let cap = self.cap.of(capacity);
        let guarantee = self.guarantee.of(capacity).min(cap);
        Claim { priority: self.priority, weight: self.weight, guarantee, cap, used }
    }
}

/// What a class may ask of one link, and what it uses there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Lower numbers are served first.
    pub priority: u32,
    /// Its part of what is shared out within the priority.
    pub weight: u32,
    /// Units it gets before anyone's excess; at most `cap`.
    pub guarantee: u64,
    /// Most units it may take.
    pub cap: u64,
    /// Units its flows use now.
    pub used: u64,
}

impl Claim {
    /// Use within the guarantee: what stage 0 of the level gives it, at most.
    fn assured(&self) -> u64 {
        self.used.min(self.guarantee)
    }

    /// Use beyond the guarantee.
    fn excess(&self) -> u64 {
        self.used.min(self.cap) - self.assured()
    }
}

/// The most that class `of` may take of a link of `capacity` units if it wanted everything and the
/// others wanted what they use: T(h) at the level h that fills the link (see the module above).
pub fn entitlement(capacity: u64, claims: &[Claim], of: usize) -> u64 {
    let own = &claims[of];
    let others = || claims.iter().enumerate().filter(|(i, _)| *i != of).map(|(_, claim)| claim);
    let assured: u128 = others().map(|c| u128::from(c.assured())).sum();
    let Some(left) =
        u128::from(capacity).checked_sub(assured + u128::from(own.guarantee)).map(|l| l as u64)
    else {
        // Less is there than is guaranteed: guarantees shrink alike.
        let demands = others().map(|c| (c.assured(), c.guarantee)).filter(|(_, g)| *g > 0);
        return fair_share(capacity, demands, own.guarantee).min(own.guarantee);
    };
    let first: u128 =
        others().filter(|c| c.priority < own.priority).map(|c| u128::from(c.excess())).sum();
    let left = u128::from(left).saturating_sub(first) as u64;
    let peers = others().filter(|c| c.priority == own.priority);
    let excess = fair_share(left, peers.map(|c| (c.excess(), c.weight.into())), own.weight.into());
    own.cap.min(own.guarantee + excess)
}

/// What one of weight `own` gets of `amount` that all share by weight, the others (demand, weight)
/// no more than they demand; rounded down.
fn fair_share(amount: u64, others: impl Iterator<Item = (u64, u64)>, own: u64) -> u64 {
    if own == 0 {
        return 0;
    }
    let mut others: Vec<(u128, u128)> = others.map(|(d, w)| (d.into(), w.into())).collect();
    // Who is content with the least per weight is served first.
    others.sort_by(|(d, w), (e, v)| (d * v).cmp(&(e * w)));
    let mut weight = u128::from(own) + others.iter().map(|(_, w)| w).sum::<u128>();
    let mut left = u128::from(amount);
    for (demand, its) in others {
        if demand * weight > left * its {
            break;
        }
        left -= demand;
        weight -= its;
    }
    (left * u128::from(own) / weight) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(priority: u32, weight: u32, guarantee: u64, cap: u64, used: u64) -> Claim {
        Claim { priority, weight, guarantee, cap, used }
    }

    const ALL: u64 = 1 << 40;

    /// Closed forms on one link of 1,000: by weight; by weight with one that wants less; by priority;
    /// guarantees first and the excess by weight; a cap; more guaranteed than there is.
    #[test]
    fn entitlements_in_closed_form() {
        let all = |capacity, claims: &[Claim]| -> Vec<u64> {
            (0..claims.len()).map(|of| entitlement(capacity, claims, of)).collect()
        };
        let weighted = [claim(0, 1, 0, ALL, ALL), claim(0, 3, 0, ALL, ALL)];
        assert_eq!(all(1_000, &weighted), [250, 750]);
        let modest = [claim(0, 1, 0, ALL, 100), claim(0, 3, 0, ALL, ALL), claim(0, 1, 0, ALL, ALL)];
        assert_eq!(all(1_000, &modest), [200, 675, 225]);
        let strict = [claim(0, 1, 0, ALL, 300), claim(1, 1, 0, ALL, ALL), claim(2, 1, 0, ALL, ALL)];
        assert_eq!(all(1_000, &strict), [1_000, 700, 0]);
        let assured =
            [claim(0, 1, 0, ALL, ALL), claim(1, 1, 200, ALL, ALL), claim(1, 3, 400, ALL, 100)];
        assert_eq!(all(1_000, &assured), [700, 200, 400]);
        let excess = [claim(1, 1, 200, ALL, ALL), claim(1, 3, 400, ALL, ALL)];
        assert_eq!(all(1_000, &excess), [300, 700]);
        let capped = [claim(0, 1, 0, 600, 600), claim(1, 1, 0, ALL, ALL)];
        assert_eq!(all(1_000, &capped), [600, 400]);
        let short = [claim(0, 1, 200, ALL, ALL), claim(1, 1, 600, ALL, ALL)];
        assert_eq!(all(400, &short), [100, 300]);
    }
}
