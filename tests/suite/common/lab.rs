//! Small scenarios built in code, so that a test shows every number it depends on.

use gapcast::kernel::dist::Dist;
use gapcast::kernel::id::Table;
use gapcast::kernel::time::Span;
use gapcast::kernel::units::{Bytes, Rate};
use gapcast::model::*;

/// 500 Tb/s: never the bottleneck of a small test.
pub const FAST: Rate = Rate(500_000_000_000_000);

pub fn nic(rate: Rate) -> Nic {
    Nic { name: "test".into(), rate, ports: 1 }
}

/// One node with `gpus` accelerators, one switch without delay, one controller with `slots` slots
/// and no service time, no media: everything is free until a test sets it.
pub fn lab(gpus: u32, slots: u32) -> Scenario {
    let client = Client {
        request_cpu: Dist::Constant(0.0),
        cpu_s_per_byte: 0.0,
        range_size: None,
        parallel_ranges: 1,
        idle_timeout: None,
        retry: Retry { attempts: 10, base: Span::from_ms(100), cap: Span::from_secs(20) },
        patience: Patience::default(),
    };
    let group = NodeGroup {
        name: "node".into(),
        count: 1,
        gpus,
        gpu: Gpu { name: "gpu".into(), peak_flops: 1e15, memory: Bytes(80 << 30), power_w: 700.0 },
        cpu_cores: 64,
        storage_nic: nic(FAST),
        compute_nic: None,
        client,
        caches: Vec::new(),
    };
    let fabric = FabricSpec {
        name: "storage".into(),
        topology: Topology::OneSwitch,
        forwarding: Span::ZERO,
        buffer: None,
        host_propagation: Span::ZERO,
        switch_propagation: Span::ZERO,
        planes: 1,
        homes: 1,
        ports: None,
        transport: Transport::Rdma(Rdma {
            name: "ideal".into(),
            startup: Span::ZERO,
            rate_cap: None,
            efficiency: 1.0,
            loss: 0.0,
            recovery: Recovery::GoBackN,
            queue_threshold: None,
        }),
        routing: Routing::default(),
    };
    let controller = Controller {
        nic: nic(FAST),
        slots,
        slot_held: SlotHeld::Response,
        queue_limit: None,
        get_service: Dist::Constant(0.0),
        read_first: None,
        put_service: Dist::Constant(0.0),
        cpu_cores: 1,
        cpu_s_per_byte: 0.0,
        throttle: None,
        backend_rate: FAST,
    };
    let store = Store {
        name: "store".into(),
        controllers: 1,
        controller,
        balancer: Balancer {
            policy: Policy::RoundRobin,
            latency: Span::ZERO,
            decay: None,
            ejection: None,
        },
        connection_rate: None,
        cache: None,
        media: None,
        replica_choice: ReplicaChoice::Nearest,
        prices: Prices::default(),
    };
    let mut scenario = Scenario {
        name: "lab".into(),
        description: String::new(),
        seed: 1,
        replicates: 1,
        horizon: None,
        warm_up: Span::ZERO,
        rate_tolerance: 0.0,
        groups: Table::new(),
        fabrics: Table::new(),
        storage_fabric: FabricId(0),
        compute_fabric: None,
        store,
        classes: Table::new(),
        datasets: Table::new(),
        training: Vec::new(),
        loads: Vec::new(),
        production: Vec::new(),
        sites: Table::new(),
        wans: Table::new(),
        health: Health::default(),
        deliveries: Vec::new(),
        money: None,
    };
    scenario.groups.push(group);
    scenario.fabrics.push(fabric);
    scenario.datasets.push(Dataset {
        name: "data".into(),
        objects: 1_000_000,
        samples_per_object: 1,
        sample_bytes: Dist::Constant(1.0),
        replicas: Vec::new(),
        allowed_regions: None,
    });
    scenario
}

/// A PyTorch job on the lab's node: 4 workers, 2 batches each, no decode, no overhead.
pub fn training(gpus: u32, batch: u32, compute_s: f64, steps: u64) -> Training {
    Training {
        name: "training".into(),
        group: GroupId(0),
        gpus,
        dataset: DatasetId(0),
        framework: Framework::Pytorch,
        workers: 4,
        in_flight_batches: 8,
        parallel_reads: 1,
        batch,
        decode: Dist::Constant(0.0),
        compute: Compute::PerBatch(Dist::Constant(compute_s)),
        step_overhead: Dist::Constant(0.0),
        start_up: Dist::Constant(0.0),
        epochs: 1,
        steps: Some(steps),
        order: Order::Shuffled,
        gradient: None,
        class: ClassId::DEFAULT,
        gradient_class: ClassId::DEFAULT,
        stop_after_errors: None,
    }
}

/// A closed load of `clients` GET loops.
pub fn closed(clients: u32, think: Dist, requests: u64) -> Load {
    Load {
        name: "load".into(),
        group: GroupId(0),
        op: Op::Get,
        dataset: DatasetId(0),
        arrivals: Arrivals::Closed { clients, think },
        requests: Some(requests),
        class: ClassId::DEFAULT,
    }
}

/// A Poisson load of GETs.
pub fn poisson(rate_per_s: f64, requests: u64) -> Load {
    Load {
        name: "load".into(),
        group: GroupId(0),
        op: Op::Get,
        dataset: DatasetId(0),
        arrivals: Arrivals::Open { interval: Dist::Exponential { mean: 1.0 / rate_per_s } },
        requests: Some(requests),
        class: ClassId::DEFAULT,
    }
}
