//! Floor 2: a scenario as plain validated data. No TOML types, no behaviour beyond small derived
//! quantities; the reader (`spec`) is the only one that builds these from files.

pub mod class;
pub mod client;
pub mod cluster;
pub mod delivery;
pub mod faults;
pub mod health;
pub mod jobs;
pub mod parts;
pub mod prices;
pub mod production;
pub mod residency;
pub mod routing;
pub mod scenario;
pub mod site;
pub mod storage;
pub mod topology;
pub mod transport;
pub mod ways;
pub mod wiring;

pub use class::{Admission, Beyond, ClassId, Limit, LinkPart, TrafficClass};
pub use client::{Client, Hedge, Patience, Retry, RetryBudget};
pub use cluster::{CacheSpec, Gpu, Nic, NodeGroup};
pub use delivery::{Delivery, DeliveryKind};
pub use faults::{FaultCourse, FaultKind, FaultTarget};
pub use health::{Bound, Health, Rule, Severity};
pub use jobs::{Arrivals, Compute, Dataset, Framework, Load, Op, Order, Training};
pub use parts::{PS_PER_METRE, Parts, is_copper};
pub use prices::{Depreciation, Fix, Input, Money, Replicate, Tariff, Tenure};
pub use production::{CablePattern, Course, Disturb, Disturbance, Jitter, Neighbour};
pub use residency::{Passage, allows};
pub use routing::{PathPolicy, Routing, WanMetric};
pub use scenario::{DatasetId, FabricId, GroupId, Scenario};
pub use site::{CACHE_HOST, Site, SiteId, Wan, WanId};
pub use storage::{
    Balancer, Controller, Device, Ejection, Media, Placement, Policy, Prices, ReadFirst,
    Redundancy, ReplicaChoice, SlotHeld, Store, Throttle,
};
pub use topology::{Attachment, CustomLink, FabricSpec, SwitchPorts, ThreeTier, Topology};
pub use transport::{HyStart, LossLaw, Rdma, Recovery, Tcp, Transport};
pub use ways::{towards, way};
pub use wiring::{Plan, PlanBox, PlanCable, PlanHost, Role, Run};
