//! Floor 3: the S3 service's passive machines: stations, balancer, throttle, caches, placement.

pub mod balancer;
pub mod cache;
pub mod ewma;
pub mod least;
pub mod outliers;
pub mod placement;
pub mod station;
pub mod throttle;
