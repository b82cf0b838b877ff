//! Short lists with answers on paper. Every cable moves 12.5 GB/s: 125 MB take 10 ms.

use super::lab::{LEAF_SPINE, Ran, ran_text};

const MS: u64 = 1_000_000_000;

fn times(ran: &Ran) -> Vec<(u64, u64)> {
    ran.flows.iter().map(|flow| (flow.start, flow.end)).collect()
}

/// Alone a flow takes its bytes at the line rate, whenever it starts.
#[test]
fn one_flow_takes_its_bytes_at_line_rate() {
    let ran = ran_text(LEAF_SPINE, "src,dst,bytes,start_s\n3,40,125000000,0.25\n", &[]);
    assert_eq!(times(&ran), [(250 * MS, 260 * MS)]);
    assert_eq!(ran.flows[0].slowdown, 1.0);
    assert_eq!(ran.number("/makespan_s"), 0.26);
}

/// 5 ms alone, then half each into host 1: both end at 15 ms, in one batch.
#[test]
fn two_flows_to_one_host_share_it() {
    let list = "src,dst,bytes,start_s\n0,1,125000000,0\n2,1,62500000,5e-3\n";
    let ran = ran_text(LEAF_SPINE, list, &[]);
    assert_eq!(times(&ran), [(0, 15 * MS), (5 * MS, 15 * MS)]);
    assert_eq!([ran.flows[0].slowdown, ran.flows[1].slowdown], [1.5, 2.0]);
    assert_eq!(ran.number("/batches"), 1.0);
    assert_eq!(ran.number("/slowdown/mean"), 1.75);
}

/// Names and numbers are the same hosts, in any order of columns; the gateway follows the nodes.
#[test]
fn names_and_numbers_are_the_same_hosts() {
    let numbers = "src,dst,bytes,start_s\n0,1,125000000,0\n64,1,62500000,0.005\n";
    let names = "start_s,bytes,dst,src\n0,125000000,host-1,host-0\n\
                 # a remark\n0.005,62500000,host-1,controller-0\n";
    let [a, b] = [numbers, names].map(|list| ran_text(LEAF_SPINE, list, &[]));
    assert_eq!(a.flows, b.flows);
    assert_eq!(a.flows[1].src, "controller-0");
}

/// Max-min, not equal shares: two flows that leave host 0 and one beside them into host 1. Host 0 gives
/// 6.25 GB/s each; the third gets what is left of host 1, 6.25 GB/s too; with host 0 at 50 Gb/s it is
/// 3.125 and 9.375 GB/s.
#[test]
fn who_is_held_elsewhere_leaves_the_rest() {
    let list = "src,dst,bytes,start_s\n0,1,31250000,0\n0,2,31250000,0\n3,1,93750000,0\n";
    let slow = ran_text(LEAF_SPINE, list, &["--link", "host-0 NIC out=50 Gb/s"]);
    assert_eq!(times(&slow), [(0, 10 * MS), (0, 10 * MS), (0, 10 * MS)]);
    // Until 5 ms all have 6.25 GB/s; what is left of the third, 62.5 MB, has host 1 alone.
    let fast = ran_text(LEAF_SPINE, list, &[]);
    assert_eq!(times(&fast), [(0, 5 * MS), (0, 5 * MS), (0, 10 * MS)]);
}

/// Hosts 32 and 48 are reached over spine 0, host 33 over spine 1: two to the same spine share the
/// leaf's cable to it, and a wider cable (in both tiers) ends that.
#[test]
fn flows_over_one_spine_share_its_cable() {
    let run = |other: u32, more: &[&str]| {
        let list = format!("src,dst,bytes,start_s\n0,32,125000000,0\n1,{other},125000000,0\n");
        times(&ran_text(LEAF_SPINE, &list, more))
    };
    assert_eq!(run(33, &[]), [(0, 10 * MS), (0, 10 * MS)]);
    assert_eq!(run(48, &[]), [(0, 20 * MS), (0, 20 * MS)]);
    let wide = ["--link", "leaf-*->spine-0=200 Gb/s", "--link", "spine-0 → leaf-1=200 Gb/s"];
    assert_eq!(run(48, &wide), [(0, 10 * MS), (0, 10 * MS)]);
}

/// Sprayed, both flows spread over all 16 spines: only adapters bind.
#[test]
fn spraying_spreads_over_all_spines() {
    let list = "src,dst,bytes,start_s\n0,32,125000000,0\n1,48,125000000,0\n";
    let set = "fabric.storage.routing.policy=spray";
    let ran = ran_text(LEAF_SPINE, list, &["--set", set]);
    assert_eq!(times(&ran), [(0, 10 * MS), (0, 10 * MS)]);
    let rises = ran.links.iter().filter(|row| row[0].starts_with("leaf-0 → spine-"));
    assert_eq!(rises.count(), 16);
}

/// A slot's flows run by `order`, whatever the order of the rows.
#[test]
fn slots_run_by_order() {
    let list =
        "src,dst,bytes,slot,order\n0,1,125000000,7,5\n2,3,125000000,1,0\n4,5,250000000,7,2\n";
    let ran = ran_text(LEAF_SPINE, list, &[]);
    assert_eq!(times(&ran), [(20 * MS, 30 * MS), (0, 10 * MS), (0, 20 * MS)]);
    assert_eq!(ran.flows[0].turn, Some((7, 5)));
}
