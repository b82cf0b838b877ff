//! Buffers of switch ports: incast, and queues that stand.

use super::common::{closed, lab, nic};
use super::cubic;
use gapcast::kernel::dist::Dist;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;
use gapcast::sim::run_replicate;
use std::sync::Arc;

/// `servers` answer one client at once with `unit` bytes each, block after block: 1 Gb/s, RTT 100 us.
fn incast(servers: u32, unit: u64, buffer: u64, min_rto: Span) -> f64 {
    let mut scenario = lab(0, 1);
    let rtt = Span::from_us(100);
    let fabric = &mut scenario.fabrics[FabricId(0)];
    fabric.host_propagation = Span(rtt.0 / 4);
    fabric.buffer = Some(Bytes(buffer));
    fabric.transport = Transport::Tcp(Tcp { min_rto, idle_restart: false, ..cubic() });
    scenario.store.controllers = servers;
    let group = &mut scenario.groups[GroupId(0)];
    group.storage_nic = nic(Rate(1_000_000_000));
    group.client.range_size = Some(Bytes(unit));
    group.client.parallel_ranges = servers;
    let block = u64::from(servers) * unit;
    scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(block as f64);
    scenario.loads.push(closed(1, Dist::Constant(0.0), 20));
    let run = run_replicate(&Arc::new(scenario), 0);
    block as f64 / run.requests[0].total.mean_s * 8.0 / 1e9
}

/// Theory: all answers fit while N·w ≤ buffer + rate·RTT; above it flows lose whole windows and
/// wait for a time-out (Phanishayee et al., FAST 2008), so that goodput falls below a third, where a
/// single flow of many loses and comes back with a small window, or further; with a minimum of 200 us
/// instead of 200 ms it does not (Vasudevan et al., SIGCOMM 2009). Deterministic.
#[test]
fn incast_collapses_above_buffer_and_path_over_window() {
    let unit = 14_480;
    for buffer in [64u64 << 10, 256 << 10] {
        let knee = ((buffer as f64 + 1e9 / 8.0 * 100e-6) / unit as f64) as u32;
        let slow = Span::from_ms(200);
        let at = |n, min_rto| incast(n, unit, buffer, min_rto);
        let (below, above) = (at(knee, slow), at(knee + 1, slow));
        let fine = at(knee + 1, Span::from_us(200));
        println!("{buffer} B, knee {knee}: {below:.3}, {above:.3}, 200 us {fine:.3} Gb/s");
        assert!(below > 0.3 && above < below / 3.0 && fine > 0.3 * below);
    }
}

/// First bytes of small reads beside bulk that fills the client's cable, less the same without
/// buffers: CUBIC's queue saws between 0.7·(B + BDP) − BDP and B, mean 0.85·B at no distance; BBR's
/// mean is half a BDP; DCTCP's is its threshold. A few percent of the small reads meet the cable
/// free: 15 %.
#[test]
fn first_bytes_wait_behind_bulk() {
    let first_byte_s = |buffer: Option<u64>, tcp: Tcp| {
        let mut scenario = lab(0, 100);
        let fabric = &mut scenario.fabrics[FabricId(0)];
        fabric.host_propagation = Span::from_us(250);
        fabric.buffer = buffer.map(Bytes);
        fabric.transport = Transport::Tcp(tcp);
        scenario.groups[GroupId(0)].storage_nic = nic(Rate(1_000_000_000));
        let large = Dataset {
            name: "large".into(),
            sample_bytes: Dist::Constant(50e6),
            ..scenario.datasets[DatasetId(0)].clone()
        };
        scenario.datasets.push(large);
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(100.0);
        let bulk = Load {
            name: "bulk".into(),
            dataset: DatasetId(1),
            ..closed(4, Dist::Constant(0.0), 60)
        };
        let small = closed(1, Dist::Constant(0.05), 200);
        scenario.loads.push(Load { requests: None, ..bulk });
        scenario.loads.push(Load { name: "small".into(), ..small });
        let run = run_replicate(&Arc::new(scenario), 0);
        run.requests[1].first_byte.mean_s
    };
    let buffer = 1u64 << 20;
    let (line, rtt) = (125e6, 1e-3);
    let bdp = line * rtt;
    let low = 0.7 * (buffer as f64 + bdp) - bdp;
    let marked = Tcp { queue_threshold: Some(Bytes(65 * 1448)), ..cubic() };
    let bbr = Tcp { loss_law: LossLaw::None, ..cubic() };
    let cases = [(cubic(), (low + buffer as f64) / 2.0), (bbr, bdp / 2.0), (marked, 65.0 * 1448.0)];
    for (tcp, bytes) in cases {
        let (with, without) =
            (first_byte_s(Some(buffer), tcp.clone()), first_byte_s(None, tcp.clone()));
        let (got, law) = (with - without, bytes / line);
        println!("{:?} {:?}: {got:.6} s, law {law:.6}", tcp.loss_law, tcp.queue_threshold);
        assert!((got / law - 1.0).abs() < 0.15, "{:?}: {got} s, not {law}", tcp.loss_law);
    }
}

/// Long transfers on connections that have idled, whose windows the port has held before: 8 clients
/// that pause for 1 s after every 100 MB over 10 Gb/s lose no more than a tenth of their throughput to
/// ports of 1 MiB, although `window_limit` is four times that for each. Deterministic.
#[test]
fn a_window_that_the_port_has_held_does_not_overrun_it_after_a_pause() {
    let rate = |buffer: Option<u64>| {
        let mut scenario = lab(0, 100);
        let fabric = &mut scenario.fabrics[FabricId(0)];
        fabric.host_propagation = Span::from_us(5);
        fabric.buffer = buffer.map(Bytes);
        fabric.transport = Transport::Tcp(cubic());
        scenario.groups[GroupId(0)].storage_nic = nic(Rate(10_000_000_000));
        scenario.datasets[DatasetId(0)].sample_bytes = Dist::Constant(100e6);
        scenario.loads.push(closed(8, Dist::Constant(1.0), 80));
        run_replicate(&Arc::new(scenario), 0).requests[0].bytes_per_s
    };
    let (with, without) = (rate(Some(1 << 20)), rate(None));
    assert!(with > 0.9 * without, "{with} of {without} B/s");
}
