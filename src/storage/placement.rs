//! Where an object's shards live: a pure function of the object's number.

use crate::kernel::rng::Keyed;
use crate::model::{Media, Placement};
use std::ops::Range;

/// Writes the devices (numbered node by node) of the first `count` of an object's shards on the
/// storage nodes `at` into `devices`: distinct devices, on distinct nodes as long as there are enough
/// nodes. Dealing goes by the object's number in its dataset, hashing by its `name`, a hash of both.
pub fn shards(
    media: &Media,
    at: Range<u32>,
    keyed: &Keyed,
    (object, name): (u64, u64),
    count: u32,
    devices: &mut Vec<u32>,
) {
    devices.clear();
    let width = media.redundancy.width();
    let (nodes, per_node) = (at.len() as u32, media.devices_per_node);
    let first = at.start * per_node;
    if media.placement == Placement::RoundRobin {
        // Places are numbered across the nodes first, then over the devices of each.
        let all = u64::from(nodes) * u64::from(per_node);
        let start = object % all * u64::from(width);
        devices.extend((0..u64::from(count)).map(|shard| {
            let place = (start + shard) % all;
            let (node, device) = (place % u64::from(nodes), place / u64::from(nodes));
            first + node as u32 * per_node + device as u32
        }));
        return;
    }
    let first_node = keyed.below(u64::from(nodes), [name, 0]);
    // A stride coprime to the number of nodes scatters the shards.
    let stride = u64::from(coprime(nodes, keyed.bits([name, 2])));
    let (mut node, mut lap) = (first_node, 0);
    for shard in 0..count {
        if shard > 0 && shard % nodes == 0 {
            lap += 1;
        }
        let own = keyed.below(u64::from(per_node), [name, 3, node]) as u32;
        let place = if lap == 0 { own } else { (own + lap) % per_node };
        devices.push(first + node as u32 * per_node + place);
        node += stride;
        if node >= u64::from(nodes) {
            node -= u64::from(nodes);
        }
    }
}

/// A stride below `n` that shares no factor with it.
fn coprime(n: u32, hash: u64) -> u32 {
    if n <= 2 {
        return 1;
    }
    let start = 1 + (hash % u64::from(n - 1)) as u32;
    (start..n).chain(1..start).find(|&s| gcd(s, n) == 1).expect("1 is coprime to all")
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::dist::Dist;
    use crate::kernel::rng::{Purpose, Streams};
    use crate::kernel::units::{Bytes, Rate};
    use crate::model::{Device, Redundancy};
    use proptest::prelude::*;

    fn media(nodes: u32, devices: u32, width: u32, placement: Placement) -> Media {
        let device = Device {
            name: "test".into(),
            read_rate: Rate(1),
            write_rate: Rate(1),
            read_iops: 1.0,
            write_iops: 1.0,
            read_latency: Dist::Constant(0.0),
            write_latency: Dist::Constant(0.0),
            io_size: Bytes(1),
            queue_depth: 1,
        };
        let redundancy = Redundancy::Replication { copies: width };
        let (node_rate, devices_per_node) = (Rate(1), devices);
        Media { nodes, devices_per_node, device, node_rate, redundancy, placement }
    }

    proptest! {
        /// Shards are on distinct devices, and on distinct nodes while there are enough; dealt in
        /// turn, as many objects as there are devices load every device with exactly `width`.
        #[test]
        fn shards_are_apart_and_dealing_is_even(
            nodes in 1u32..9, per_node in 1u32..6, width in 1u32..12, hash in any::<bool>(),
        ) {
            prop_assume!(width <= nodes * per_node);
            let placement = if hash { Placement::Hash } else { Placement::RoundRobin };
            let media = media(nodes, per_node, width, placement);
            let keyed = Streams::new(1, 0).keyed("store", Purpose::Placement);
            let mut load = vec![0; (nodes * per_node) as usize];
            let mut devices = Vec::new();
            for object in 0..u64::from(nodes * per_node) {
                shards(&media, 0..nodes, &keyed, (object, object), width, &mut devices);
                devices.iter().for_each(|d| load[*d as usize] += 1);
                let apart = |of: &dyn Fn(u32) -> u32| {
                    let mut places: Vec<_> = devices.iter().map(|d| of(*d)).collect();
                    places.sort_unstable();
                    places.dedup();
                    places.len() as u32
                };
                prop_assert_eq!(apart(&|d| d), width);
                prop_assert_eq!(apart(&|d| d / per_node), width.min(nodes));
            }
            if !hash {
                prop_assert!(load.iter().all(|n| *n == width), "{:?}", load);
            }
        }
    }
}
