//! Where an object's shards live: a pure function of the object's number.

use crate::kernel::rng::Keyed;
use crate::model::{Media, Placement};

/// Writes the devices (numbered node by node) of an object's shards into `devices`: distinct
/// devices, on distinct nodes as long as there are enough nodes.
pub fn shards(media: &Media, keyed: &Keyed, object: u64, devices: &mut Vec<u32>) {
    devices.clear();
    let width = media.redundancy.width();
    let (nodes, per_node) = (media.nodes, media.devices_per_node);
    let (first_node, first_device) = match media.placement {
        Placement::RoundRobin => {
            let place = object.wrapping_mul(u64::from(width));
            ((place % u64::from(nodes)) as u32, (place / u64::from(nodes)) as u32)
        }
        Placement::Hash => {
            let node = keyed.below(u64::from(nodes), [object, 0]) as u32;
            (node, keyed.below(u64::from(per_node), [object, 1]) as u32)
        }
    };
    // A stride coprime to the number of nodes scatters the shards of hashed objects.
    let stride = match media.placement {
        Placement::RoundRobin => 1,
        Placement::Hash => coprime(nodes, keyed.bits([object, 2])),
    };
    for shard in 0..width {
        let lap = shard / nodes;
        let node =
            (u64::from(first_node) + u64::from(shard) * u64::from(stride)) % u64::from(nodes);
        let device = match media.placement {
            Placement::RoundRobin => (first_device + lap) % per_node,
            Placement::Hash => {
                let own = keyed.below(u64::from(per_node), [object, 3, node]) as u32;
                (first_device.wrapping_add(own) + lap) % per_node
            }
        };
        devices.push(node as u32 * per_node + device);
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
