use super::*;

fn run(fluid: &mut Fluid<u32>) -> Vec<(u32, Time)> {
    let mut ends = Vec::new();
    let mut done = Vec::new();
    fluid.settle(Time::ZERO);
    while let Some(at) = fluid.next_event() {
        fluid.advance(at, &mut done);
        ends.extend(done.drain(..).map(|d| (d.token, at)));
        fluid.settle(at);
    }
    ends
}

#[test]
fn a_byte_at_800_gigabits_takes_10_ps() {
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(1e11);
    fluid.start(Time::ZERO, &[Hop { resource: link, divisor: 1 }], 1, None, 0);
    assert_eq!(run(&mut fluid), [(0, Time(10))]);
}

/// Two flows of 1 and 3 bytes on 1 B/s: the short one ends at 2 s, the long one at 4 s; the
/// link was full all along, so its load integrates to the bytes moved.
#[test]
fn sharing_is_processor_sharing_and_bytes_are_conserved() {
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(1.0);
    let hops = [Hop { resource: link, divisor: 1 }];
    fluid.start(Time::ZERO, &hops, 3, None, 3);
    fluid.start(Time::ZERO, &hops, 1, None, 1);
    let ends = run(&mut fluid);
    assert_eq!(ends, [(1, Time(2 * PS_PER_S)), (3, Time(4 * PS_PER_S))]);
    let total = fluid.load_over_time(link, Time(4 * PS_PER_S)).total();
    assert_eq!(total, 4 * u128::from(UNIT) * u128::from(PS_PER_S));
}

/// 10 bytes on 1 B/s that stands still from 4 s to 9 s and then runs at half: 4 + 5 + 6/0.5 s. The
/// link held it all the time; so it did one that began while nothing moved.
#[test]
fn a_resource_can_stand_still_and_come_back() {
    let at = |s: u64| Time(s * PS_PER_S);
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(1.0);
    let hops = [Hop { resource: link, divisor: 1 }];
    let mut done = Vec::new();
    fluid.start(Time::ZERO, &hops, 10, None, 0);
    for (s, rate) in [(0, 1.0), (4, 0.0), (9, 0.5)] {
        fluid.set_rate(link, rate);
        fluid.settle(at(s));
    }
    assert_eq!(fluid.next_event(), Some(at(21)));
    fluid.advance(at(21), &mut done);
    fluid.set_rate(link, 0.0);
    fluid.start(at(21), &hops, 1, None, 1);
    fluid.settle(at(21));
    assert_eq!(fluid.next_event(), None);
    fluid.set_rate(link, 1.0);
    fluid.settle(at(30));
    fluid.advance(at(31), &mut done);
    fluid.settle(at(31));
    assert_eq!(done.len(), 2);
    assert!(done.iter().all(|d| d.held_by == Some(Bottleneck::Resource(link))));
    let total = fluid.load_over_time(link, at(31)).total();
    assert_eq!(total, 11 * u128::from(UNIT) * u128::from(PS_PER_S));
}

/// Two flows of 10 bytes on 2 B/s; one is broken off after 3 s with 7 bytes left, the other then
/// has the link alone: 3 s + 7/2 s. The link has carried 13 bytes.
#[test]
fn a_flow_that_is_broken_off_has_moved_what_it_has_moved() {
    let at = |ms: u64| Time(ms * PS_PER_S / 1_000);
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(2.0);
    let hops = [Hop { resource: link, divisor: 1 }];
    let first = fluid.start(Time::ZERO, &hops, 10, None, 0);
    fluid.start(Time::ZERO, &hops, 10, None, 1);
    fluid.settle(Time::ZERO);
    let left = fluid.cancel(at(3_000), first);
    assert_eq!(left, 7);
    // Broken off before its rate was ever set: nothing has moved.
    let third = fluid.start(at(3_000), &hops, 5, None, 2);
    assert_eq!(fluid.cancel(at(3_000), third), 5);
    fluid.settle(at(3_000));
    assert_eq!((fluid.next_event(), fluid.active()), (Some(at(6_500)), 1));
    let total = fluid.load_over_time(link, at(6_500)).total();
    assert_eq!(total, 13 * u128::from(UNIT) * u128::from(PS_PER_S));
}

#[test]
fn what_held_a_flow_longest_is_named() {
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(10.0);
    let hops = [Hop { resource: link, divisor: 1 }];
    let cap = Cap::new(4.0, Bottleneck::Window);
    fluid.start(Time::ZERO, &hops, 8, Some(cap), 0);
    fluid.settle(Time::ZERO);
    let mut done = Vec::new();
    fluid.advance(fluid.next_event().unwrap(), &mut done);
    assert_eq!(done[0].held_by, Some(Bottleneck::Window));
}

/// Two flows share 10 B/s for 9 s; then the long one runs at its cap of 6 B/s for 1 s. The link
/// held it nine tenths of its life, although the cap did at its end.
#[test]
fn time_is_booked_on_what_held_the_flow_then_not_on_what_holds_it_next() {
    let mut fluid = Fluid::default();
    let link = fluid.add_resource(10.0);
    let hops = [Hop { resource: link, divisor: 1 }];
    let cap = Cap::new(6.0, Bottleneck::Window);
    fluid.start(Time::ZERO, &hops, 51, Some(cap), 0);
    fluid.start(Time::ZERO, &hops, 45, None, 1);
    let mut done = Vec::new();
    fluid.settle(Time::ZERO);
    while let Some(at) = fluid.next_event() {
        fluid.advance(at, &mut done);
        fluid.settle(at);
    }
    assert_eq!((done[0].token, done[1].token), (1, 0));
    assert_eq!(done[1].held_by, Some(Bottleneck::Resource(link)));
}

/// A flow of 1,000 GB and 399 of 1 to 50 come to 10 GB/s faster than it can serve them, so it is busy
/// until all bytes are moved: exactly then, or, its level being off by at most a fiftieth, not further
/// from it.
#[test]
fn with_a_tolerance_a_busy_link_is_as_fast_but_for_it() {
    let makespan = |tolerance: f64| {
        let mut fluid = Fluid::default();
        fluid.tolerate(tolerance);
        let link = fluid.add_resource(1e10);
        let (mut done, mut bytes, mut now) = (Vec::new(), 0, Time::ZERO);
        for i in 0..400u32 {
            let begin = Time(u64::from(i) * PS_PER_S);
            while let Some(at) = fluid.next_event().filter(|at| *at < begin) {
                fluid.advance(at, &mut done);
                fluid.settle(at);
            }
            let size = if i == 0 { 1_000 } else { u64::from(i * 7 % 50) + 1 } * 1_000_000_000;
            bytes += size;
            fluid.start(begin, &[Hop { resource: link, divisor: 1 }], size, None, i);
            fluid.settle(begin);
        }
        while let Some(at) = fluid.next_event() {
            now = at;
            fluid.advance(at, &mut done);
            fluid.settle(at);
        }
        assert_eq!(done.len(), 400);
        let moved = fluid.load_over_time(link, now).total();
        assert_eq!(moved, u128::from(bytes) * u128::from(UNIT) * u128::from(PS_PER_S));
        (now.0 as f64 / PS_PER_S as f64) / (bytes as f64 / 1e10)
    };
    assert!((makespan(0.0) - 1.0).abs() < 1e-9);
    assert!((makespan(0.02) - 1.0).abs() < 0.02, "{}", makespan(0.02));
}
