//! The slow, obvious twin: full progressive filling from nothing, in floating point.

/// A flow of the oracle: hops as (resource, divisor), weight, cap.
#[derive(Debug, Clone)]
pub struct OracleFlow {
    /// Resources and divisors.
    pub hops: Vec<(usize, u32)>,
    /// Weight, 1 for an ordinary flow.
    pub weight: f64,
    /// Cap in the unit of the capacities; infinite for none.
    pub cap: f64,
}

/// Max-min rates of `flows` over resources of the given capacities: again and again, the smallest
/// level at which a resource fills up or a flow meets its cap is found by looking at all of them.
pub fn rates(capacities: &[f64], flows: &[OracleFlow]) -> Vec<f64> {
    let mut rate: Vec<Option<f64>> = vec![None; flows.len()];
    loop {
        let mut level = f64::INFINITY;
        let mut full = vec![f64::INFINITY; capacities.len()];
        for (r, capacity) in capacities.iter().enumerate() {
            let (mut used, mut weight) = (0.0, 0.0);
            for (flow, rate) in flows.iter().zip(&rate) {
                for &(resource, divisor) in &flow.hops {
                    if resource == r {
                        match rate {
                            Some(rate) => used += rate / f64::from(divisor),
                            None => weight += flow.weight / f64::from(divisor),
                        }
                    }
                }
            }
            if weight > 0.0 {
                full[r] = (capacity - used).max(0.0) / weight;
                level = level.min(full[r]);
            }
        }
        for (flow, rate) in flows.iter().zip(&rate) {
            if rate.is_none() {
                level = level.min(flow.cap / flow.weight);
            }
        }
        if level.is_infinite() {
            return rate.into_iter().map(|r| r.unwrap_or(f64::INFINITY)).collect();
        }
        // What fills up at this level, up to the rounding of the sums above.
        let now = level * (1.0 + 1e-12);
        for (flow, rate) in flows.iter().zip(&mut rate) {
            let full_here = flow.hops.iter().any(|&(r, _)| full[r] <= now);
            if rate.is_none() && (full_here || flow.cap / flow.weight <= now) {
                *rate = Some((level * flow.weight).min(flow.cap));
            }
        }
    }
}
