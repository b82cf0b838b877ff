//! Who serves the next request.

use super::ewma::PeakEwma;
use super::least::Least;
use super::outliers::Outliers;
use crate::kernel::time::{Span, Time};
use crate::model::{Balancer, Policy};

/// The load balancer's state.
#[derive(Debug, Clone)]
pub struct LoadBalancer {
    policy: Policy,
    outstanding: Vec<u32>,
    turn: usize,
    /// What the health check says of each controller, and those it says are well; all of them if
    /// it says so of none, for then all are tried.
    healthy: Vec<bool>,
    choice: Vec<u32>,
    /// Requests outstanding at those, if the policy asks who has least.
    least: Option<Least>,
    /// Latency seen of each controller, if the policy asks for it.
    latencies: Vec<PeakEwma>,
    outliers: Option<Outliers>,
}

impl LoadBalancer {
    /// A balancer over `controllers` controllers.
    pub fn new(policy: Policy, controllers: u32) -> LoadBalancer {
        let n = controllers as usize;
        let choice = (0..controllers).collect();
        let mut new = LoadBalancer {
            policy,
            outstanding: vec![0; n],
            turn: 0,
            healthy: vec![true; n],
            choice,
            least: (policy == Policy::LeastConnections).then(|| Least::new(n)),
            latencies: Vec::new(),
            outliers: None,
        };
        new.rank();
        new
    }

    /// Notes anew who has least.
    fn rank(&mut self) {
        let Some(least) = &mut self.least else { return };
        (0..self.outstanding.len()).for_each(|i| least.set(i, Least::NONE));
        for &i in &self.choice {
            least.set(i as usize, self.outstanding[i as usize]);
        }
    }

    /// One more request is outstanding at a controller, or one fewer.
    fn count(&mut self, controller: u32, more: bool) {
        let at = controller as usize;
        let n = &mut self.outstanding[at];
        *n = if more { *n + 1 } else { n.checked_sub(1).expect("a request leaves once") };
        let n = *n;
        let all = self.choice.len() == self.outstanding.len();
        if all || self.least.is_some() && self.choice.binary_search(&controller).is_ok() {
            self.least.iter_mut().for_each(|least| least.set(at, n));
        }
    }

    /// A balancer as a scenario asks for it.
    pub fn of(spec: &Balancer, controllers: u32) -> LoadBalancer {
        let new = LoadBalancer::new(spec.policy, controllers);
        let latencies = spec.decay.map(|decay| vec![PeakEwma::new(decay); controllers as usize]);
        let outliers = spec.ejection.map(|spec| Outliers::new(spec, controllers));
        LoadBalancer { latencies: latencies.unwrap_or_default(), outliers, ..new }
    }

    /// The health check finds a controller well or not.
    pub fn set_healthy(&mut self, controller: u32, healthy: bool) {
        self.healthy[controller as usize] = healthy;
        self.choose_among();
    }

    /// Lets back whose ejection is over.
    pub fn sweep(&mut self, now: Time) {
        if self.outliers.as_mut().is_some_and(|outliers| outliers.sweep(now)) {
            self.choose_among();
        }
    }

    fn is_well(&self, controller: usize) -> bool {
        let out = self.outliers.as_ref().is_some_and(|outliers| outliers.is_out(controller));
        self.healthy[controller] && !out
    }

    fn choose_among(&mut self) {
        let all = 0..self.healthy.len() as u32;
        self.choice = all.clone().filter(|i| self.is_well(*i as usize)).collect();
        if self.choice.is_empty() {
            self.choice = all.collect();
        }
        self.rank();
    }

    /// Picks a controller for a request and counts it as outstanding there: `object` is a hash of
    /// what it asks for, `chance` 64 random bits of its own; both are drawn if the policy asks.
    pub fn pick(
        &mut self,
        now: Time,
        object: impl FnOnce() -> u64,
        chance: impl FnOnce() -> u64,
    ) -> u32 {
        self.sweep(now);
        let n = self.choice.len();
        let load = |i: usize| self.outstanding[self.choice[i] as usize];
        let pick = match self.policy {
            Policy::RoundRobin => self.in_turn(),
            Policy::Hash => self.by_hash(object()),
            Policy::LeastConnections => {
                let start = self.choice[self.turn % n] as usize;
                self.turn = (self.turn + 1) % self.outstanding.len();
                self.least.as_ref().expect("the policy asks for it").from(start) as u32
            }
            Policy::PowerOfTwo => {
                let (a, b) = two(chance(), n);
                self.choice[if load(b) < load(a) { b } else { a }]
            }
            Policy::PeakEwma => {
                let (a, b) = two(chance(), n);
                let [one, other] = [a, b].map(|i| {
                    let (at, outstanding) = (self.choice[i] as usize, load(i));
                    self.latencies[at].load(now, outstanding)
                });
                self.choice[if other < one { b } else { a }]
            }
        };
        self.count(pick, true);
        pick
    }

    /// Picks as [`pick`](Self::pick) does, but another one than `not` if there is one that is well:
    /// the next to it in turn.
    pub fn pick_other(
        &mut self,
        now: Time,
        object: impl FnOnce() -> u64,
        chance: impl FnOnce() -> u64,
        not: u32,
    ) -> u32 {
        let pick = self.pick(now, object, chance);
        if pick != not || self.choice.len() < 2 {
            return pick;
        }
        self.release(pick);
        let place = self.choice.iter().position(|&i| i == not).unwrap_or(0);
        let other = self.choice[(place + 1) % self.choice.len()];
        self.count(other, true);
        other
    }

    /// An object's own controller; while that is not well, the rest of its hash deals its objects
    /// over those that are.
    fn by_hash(&self, object: u64) -> u32 {
        let spread = u128::from(object) * self.outstanding.len() as u128;
        let own = (spread >> 64) as u32;
        if self.is_well(own as usize) || self.choice.len() == self.outstanding.len() {
            return own;
        }
        let among = (u128::from(spread as u64) * self.choice.len() as u128) >> 64;
        self.choice[among as usize]
    }

    /// A request left its controller.
    pub fn release(&mut self, controller: u32) {
        self.count(controller, false);
    }

    /// What became of a request that left its controller: how long after it was picked it was
    /// answered; `None`: it was refused, reset or timed out.
    pub fn outcome(&mut self, now: Time, controller: u32, answered: Option<Span>) {
        if let (Some(of), Some(span)) = (self.latencies.get_mut(controller as usize), answered) {
            of.observe(now, span.as_s());
        }
        let ejects = (self.outliers.as_mut())
            .is_some_and(|outliers| outliers.outcome(now, controller as usize, answered.is_some()));
        if ejects {
            self.choose_among();
        }
    }

    /// Controllers that the health check says are well.
    pub fn healthy(&self) -> usize {
        (0..self.healthy.len()).filter(|i| self.is_well(*i)).count()
    }

    /// Requests outstanding at each controller.
    pub fn outstanding(&self) -> &[u32] {
        &self.outstanding
    }

    /// The next in turn that is well.
    fn in_turn(&mut self) -> u32 {
        loop {
            let turn = self.turn;
            self.turn = (turn + 1) % self.outstanding.len();
            if self.is_well(turn) || self.choice.len() == self.outstanding.len() {
                return turn as u32;
            }
        }
    }
}

/// Two of `n`, the second drawn among the others, so that two are really compared.
fn two(chance: u64, n: usize) -> (usize, usize) {
    let drawn = u128::from(chance) * n as u128;
    let a = (drawn >> 64) as usize;
    let other = (u128::from(drawn as u64) * (n as u128 - 1).max(1)) >> 64;
    (a, (a + 1 + other as usize) % n)
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
        assert_eq!(
            (0..5).map(|_| robin.pick(Time::ZERO, || 0, || 0)).collect::<Vec<_>>(),
            [0, 1, 2, 3, 0]
        );
        let mut least = balancer(Policy::LeastConnections);
        for _ in 0..8 {
            least.pick(Time::ZERO, || 0, || 0);
        }
        least.release(2);
        assert_eq!(least.pick(Time::ZERO, || 0, || 0), 2);
    }

    /// No policy picks who is not well, all that are well are picked about equally often (2,000 picks
    /// of each: within 8 for those that look at loads or take turns, 5 sigma of a binomial for
    /// hashing), and if nobody is well everybody is tried. A hash stays where it was if it can.
    #[test]
    fn those_that_are_not_well_are_passed_over() {
        let keyed = Streams::new(1, 0).keyed("store", Purpose::Balance);
        for policy in
            [Policy::RoundRobin, Policy::LeastConnections, Policy::Hash, Policy::PowerOfTwo]
        {
            let (mut all, mut some) = (balancer(policy), balancer(policy));
            some.set_healthy(1, false);
            for i in 0..6_000 {
                let (object, chance) = (keyed.bits([i, 0]), keyed.bits([i, 1]));
                let (before, now) = (
                    all.pick(Time::ZERO, || object, || chance),
                    some.pick(Time::ZERO, || object, || chance),
                );
                assert!(policy != Policy::Hash || before == 1 || now == before);
            }
            let most = if policy == Policy::Hash { 183 } else { 8 };
            for (i, &n) in some.outstanding().iter().enumerate() {
                let there = if i == 1 { n == 0 } else { n.abs_diff(2_000) <= most };
                assert!(there, "{policy:?}: {:?}", some.outstanding());
            }
            (0..4).for_each(|i| some.set_healthy(i, false));
            let tried: Vec<u32> = (0..1_000)
                .map(|i| some.pick(Time::ZERO, || keyed.bits([i, 2]), || keyed.bits([i, 3])))
                .collect();
            assert!((0..4).any(|i| tried.contains(&i)));
            some.set_healthy(1, true);
            assert!((0..50).all(|i| some.pick(
                Time::ZERO,
                || keyed.bits([i, 4]),
                || keyed.bits([i, 5])
            ) == 1));
        }
    }

    /// Balls into bins without departures: with 4 bins and 4,000 balls, two choices keep the
    /// spread within a few balls (log log n), one choice would spread by about 60.
    #[test]
    fn two_choices_spread_far_less_than_one() {
        let mut two = balancer(Policy::PowerOfTwo);
        let keyed = Streams::new(1, 0).keyed("store", Purpose::Balance);
        for i in 0..4_000 {
            two.pick(Time::ZERO, || 0, || keyed.bits([i]));
        }
        let (least, most) = (two.outstanding().iter().min(), two.outstanding().iter().max());
        assert!(most.unwrap() - least.unwrap() <= 8, "{:?}", two.outstanding());
    }

    /// A server that takes ten times as long gets few of 2,000 requests that come one at a time: after
    /// its first answer only when its cost has decayed below the others'. Round robin gives it 500.
    #[test]
    fn the_slow_one_is_asked_seldom() {
        let spec = Balancer {
            policy: Policy::PeakEwma,
            latency: Span::ZERO,
            decay: Some(Span::from_secs(10)),
            ejection: None,
        };
        let mut ewma = LoadBalancer::of(&spec, 4);
        let keyed = Streams::new(1, 0).keyed("store", Purpose::Balance);
        let mut asked = [0; 4];
        let mut now = Time::ZERO;
        for i in 0..2_000 {
            let pick = ewma.pick(now, || 0, || keyed.bits([i]));
            let took = Span::from_ms(if pick == 3 { 100 } else { 10 });
            now = now + took;
            ewma.release(pick);
            ewma.outcome(now, pick, Some(took));
            asked[pick as usize] += 1;
        }
        assert!(asked[3] < 20 && asked.iter().sum::<i32>() == 2_000, "{asked:?}");
    }

    /// A server that fails is left out after so many failures in a row, for as long as its ejection.
    #[test]
    fn who_fails_is_left_out_for_a_while() {
        let ejection = crate::model::Ejection {
            consecutive: 2,
            interval: Span::from_secs(1),
            base: Span::from_secs(5),
            longest: Span::from_secs(50),
            most: 0.5,
        };
        let spec = Balancer {
            policy: Policy::RoundRobin,
            latency: Span::ZERO,
            decay: None,
            ejection: Some(ejection),
        };
        let mut balancer = LoadBalancer::of(&spec, 4);
        let at = |s| Time::ZERO + Span::from_secs(s);
        for _ in 0..8 {
            let pick = balancer.pick(at(1), || 0, || 0);
            balancer.release(pick);
            balancer.outcome(at(1), pick, (pick != 2).then_some(Span::ZERO));
        }
        assert_eq!(balancer.healthy(), 3);
        assert!((0..30).all(|_| balancer.pick(at(5), || 0, || 0) != 2));
        assert!((0..4).any(|_| balancer.pick(at(6), || 0, || 0) == 2));
    }
}
