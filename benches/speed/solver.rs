//! Max-min sharing alone: the history of starts and ends of a closed loop over a leaf–spine, or of
//! many clients on few servers, recorded once and replayed on the bare solver, a solve after each
//! instant.

use crate::lists::{Ends, List, hops, incast, leaf_spine, play};
use divan::{Bencher, black_box, counter::ItemsCount};
use gapcast::kernel::maxmin::{FlowId, MaxMin, ResourceId, UNIT, WEIGHT_ONE};

/// (hosts, slots a host, rounds)
type Size = (usize, usize, usize);

struct Replay<'a> {
    list: &'a List,
    net: MaxMin,
    resources: Vec<ResourceId>,
    next: Vec<usize>,
    running: Vec<Option<FlowId>>,
}

impl Replay<'_> {
    fn new(list: &List) -> Replay<'_> {
        let mut net = MaxMin::new();
        let unit = |capacity: &f64| (capacity * UNIT as f64) as u64;
        let resources = list.capacities.iter().map(|c| net.add_resource(unit(c))).collect();
        let slots = list.slots.len();
        let (next, running) = (vec![0; slots], vec![None; slots]);
        Replay { list, net, resources, next, running }
    }

    fn start(&mut self, slot: usize) {
        let flow = self.list.slots[slot].get(self.next[slot]);
        self.next[slot] += 1;
        self.running[slot] =
            flow.map(|flow| self.net.add(&hops(flow, &self.resources), WEIGHT_ONE, None));
    }

    /// Plays all of it; `anew`: every resource is solved every time, not only what changed.
    fn run(mut self, ends: &[Ends], anew: bool) -> u64 {
        (0..self.running.len()).for_each(|slot| self.start(slot));
        self.net.solve();
        for (_, ended) in ends {
            for &(slot, _) in ended {
                let flow = self.running[slot as usize].take().expect("a flow ends once");
                self.net.remove(flow);
                self.start(slot as usize);
            }
            if anew {
                for &resource in &self.resources {
                    self.net.set_capacity(resource, self.net.capacity(resource));
                }
            }
            self.net.solve();
        }
        self.net.visits()
    }
}

fn replay(bencher: Bencher, list: List, anew: bool) {
    let ends = play(&list);
    bencher
        .counter(ItemsCount::new(ends.len()))
        .with_inputs(|| Replay::new(&list))
        .bench_local_values(|replay| black_box(replay.run(&ends, anew)));
}

#[divan::bench(args = [(64, 4, 16), (512, 4, 4)], sample_count = 5)]
fn incremental(bencher: Bencher, (hosts, slots, rounds): Size) {
    replay(bencher, leaf_spine(hosts, slots, rounds), false);
}

#[divan::bench(args = [(64, 4, 16)], sample_count = 5)]
fn full_filling(bencher: Bencher, (hosts, slots, rounds): Size) {
    replay(bencher, leaf_spine(hosts, slots, rounds), true);
}

/// Clients with 32 slots each.
#[divan::bench(args = [(64, 8), (256, 32)], sample_count = 5)]
fn clients_on_servers(bencher: Bencher, (clients, servers): (usize, usize)) {
    replay(bencher, incast(clients, servers, 32, 4), false);
}
