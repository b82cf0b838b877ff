//! Outlier ejection as Envoy does it (Envoy documentation, "Outlier detection": consecutive 5xx, and
//! the cluster's `OutlierDetection` message): a server that fails so many times in a row is left out
//! for the base time times the number of times it has been ejected, as long as no more than a share
//! of the servers is out (one may always be, as in Envoy before 1.31 and since then with
//! `always_eject_one_host`). Servers come back when the sweep that runs every
//! interval finds their time over; a sweep that finds one well takes one off its count.

use crate::kernel::time::Time;
use crate::model::Ejection;

#[derive(Debug, Clone, Copy, Default)]
struct Server {
    failures: u32,
    /// Times ejected, less the sweeps that found it well since.
    times: u32,
    /// The sweep that lets it back, if it is out.
    until: Option<Time>,
    /// When it was let back last.
    back: Time,
}

/// Who is ejected.
#[derive(Debug, Clone)]
pub struct Outliers {
    spec: Ejection,
    servers: Vec<Server>,
}

impl Outliers {
    /// Nobody is, of `servers`.
    pub fn new(spec: Ejection, servers: u32) -> Outliers {
        Outliers { spec, servers: vec![Server::default(); servers as usize] }
    }

    /// Whether a server is out.
    pub fn is_out(&self, server: usize) -> bool {
        self.servers[server].until.is_some()
    }

    /// A request to a server went well, or failed (a 5xx, a reset, a time-out). True if that ejects it.
    pub fn outcome(&mut self, now: Time, server: usize, well: bool) -> bool {
        let out = self.servers.iter().filter(|server| server.until.is_some()).count();
        let most = ((self.servers.len() as f64 * self.spec.most) as usize).max(1);
        let Ejection { interval, base, longest, consecutive, .. } = self.spec;
        let at = &mut self.servers[server];
        at.failures = if well { 0 } else { at.failures + 1 };
        if at.failures < consecutive || at.until.is_some() || out >= most {
            return false;
        }
        let sweeps = now.since(at.back).0 / interval.0.max(1);
        at.times = at.times.saturating_sub(u32::try_from(sweeps).unwrap_or(u32::MAX)) + 1;
        at.failures = 0;
        let span = base.0.saturating_mul(at.times.into()).min(longest.0.max(base.0));
        let end = now.0.saturating_add(span);
        let sweep = end.div_ceil(interval.0.max(1)).saturating_mul(interval.0.max(1));
        at.until = Some(Time(sweep));
        true
    }

    /// Lets back whose time is over; true if anyone is.
    pub fn sweep(&mut self, now: Time) -> bool {
        let mut any = false;
        for server in &mut self.servers {
            if let Some(until) = server.until.filter(|until| *until <= now) {
                (server.until, server.back) = (None, until);
                any = true;
            }
        }
        any
    }

    /// When the sweep after an ejection lets the server back.
    pub fn until(&self, server: usize) -> Option<Time> {
        self.servers[server].until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;

    fn spec() -> Ejection {
        Ejection {
            consecutive: 3,
            interval: Span::from_secs(10),
            base: Span::from_secs(30),
            longest: Span::from_secs(100),
            most: 0.5,
        }
    }

    fn at(s: u64) -> Time {
        Time::ZERO + Span::from_secs(s)
    }

    fn fail(outliers: &mut Outliers, server: usize, s: u64) -> bool {
        (0..3).map(|_| outliers.outcome(at(s), server, false)).last().unwrap()
    }

    /// By hand: ejected at 4 s for 30 s, so back at the sweep of 40 s; again at 41 s for 60 s, back at
    /// 110 s (101 rounded up to a sweep); again at 111 s for 90 s, back at 210 s; then 100 s at most.
    /// Two sweeps that find it well (20 s) take two off the count.
    #[test]
    fn ejections_grow_with_their_number_and_shrink_with_good_conduct() {
        let mut outliers = Outliers::new(spec(), 4);
        for (fails, back) in [(4, 40), (41, 110), (111, 210), (211, 320)] {
            assert!(fail(&mut outliers, 0, fails));
            assert_eq!(outliers.until(0), Some(at(back)));
            assert!(!outliers.sweep(at(back - 1)) && outliers.is_out(0));
            assert!(outliers.sweep(at(back)) && !outliers.is_out(0));
        }
        // Four ejections, less two sweeps: the next is the third, of 90 s.
        assert!(fail(&mut outliers, 0, 345));
        assert_eq!(outliers.until(0), Some(at(440)));
    }

    #[test]
    fn a_good_answer_breaks_the_row_and_a_share_of_servers_stays() {
        let mut outliers = Outliers::new(spec(), 4);
        assert!(!outliers.outcome(at(1), 0, false) && !outliers.outcome(at(1), 0, false));
        assert!(!outliers.outcome(at(1), 0, true) && !outliers.outcome(at(1), 0, false));
        assert!(fail(&mut outliers, 1, 2) && fail(&mut outliers, 2, 2));
        assert!(!fail(&mut outliers, 3, 2), "half of them are out already");
        let mut lone = Outliers::new(Ejection { most: 0.1, ..spec() }, 4);
        assert!(fail(&mut lone, 0, 0) && !fail(&mut lone, 1, 0));
    }
}
