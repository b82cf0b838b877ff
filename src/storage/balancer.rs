//! Who serves the next request.

use crate::model::Policy;

/// The load balancer's state.
#[derive(Debug, Clone)]
pub struct LoadBalancer {
    policy: Policy,
    outstanding: Vec<u32>,
    turn: usize,
}

impl LoadBalancer {
    /// A balancer over `controllers` controllers.
    pub fn new(policy: Policy, controllers: u32) -> LoadBalancer {
        LoadBalancer { policy, outstanding: vec![0; controllers as usize], turn: 0 }
    }

    /// Picks a controller for a request and counts it as outstanding there: `object` is a hash of
    /// what it asks for, `chance` 64 random bits of its own.
    pub fn pick(&mut self, object: u64, chance: u64) -> u32 {
        let n = self.outstanding.len();
        let pick = match self.policy {
            Policy::RoundRobin => self.in_turn(),
            Policy::Hash => ((u128::from(object) * n as u128) >> 64) as usize,
            Policy::LeastConnections => {
                let start = self.in_turn();
                (0..n).map(|i| (start + i) % n).min_by_key(|&i| self.outstanding[i]).expect("some")
            }
            Policy::PowerOfTwo => {
                let drawn = u128::from(chance) * n as u128;
                let a = (drawn >> 64) as usize;
                // The second is drawn among the others, so that two are really compared.
                let other = (u128::from(drawn as u64) * (n as u128 - 1).max(1)) >> 64;
                let b = (a + 1 + other as usize) % n;
                if self.outstanding[b] < self.outstanding[a] { b } else { a }
            }
        };
        self.outstanding[pick] += 1;
        pick as u32
    }

    /// A request left its controller.
    pub fn release(&mut self, controller: u32) {
        let n = &mut self.outstanding[controller as usize];
        *n = n.checked_sub(1).expect("a request leaves once");
    }

    /// Requests outstanding at each controller.
    pub fn outstanding(&self) -> &[u32] {
        &self.outstanding
    }

    fn in_turn(&mut self) -> usize {
        let turn = self.turn;
        self.turn = (turn + 1) % self.outstanding.len();
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rng::{Purpose, Streams};

    fn balancer(policy: Policy) -> LoadBalancer {
        LoadBalancer::new(policy, 4)
    }

    #[test]
    fn round_robin_takes_turns_and_least_connections_fills_the_gap() {
        let mut robin = balancer(Policy::RoundRobin);
        assert_eq!((0..5).map(|_| robin.pick(0, 0)).collect::<Vec<_>>(), [0, 1, 2, 3, 0]);
        let mut least = balancer(Policy::LeastConnections);
        for _ in 0..8 {
            least.pick(0, 0);
        }
        least.release(2);
        assert_eq!(least.pick(0, 0), 2);
    }

    /// Balls into bins without departures: with 4 bins and 4,000 balls, two choices keep the
    /// spread within a few balls (log log n), one choice would spread by about 60.
    #[test]
    fn two_choices_spread_far_less_than_one() {
        let mut two = balancer(Policy::PowerOfTwo);
        let keyed = Streams::new(1, 0).keyed("store", Purpose::Balance);
        for i in 0..4_000 {
            two.pick(0, keyed.bits([i]));
        }
        let (least, most) = (two.outstanding().iter().min(), two.outstanding().iter().max());
        assert!(most.unwrap() - least.unwrap() <= 8, "{:?}", two.outstanding());
    }
}
