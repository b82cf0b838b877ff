//! Floor 3: what probes conclude from facts, and the flat result of a run.

pub mod classes;
pub mod fingerprint;
pub mod health;
pub mod ledger;
pub mod meters;
pub mod requests;
pub mod stations;
pub mod summary;
pub mod trace;

pub use classes::ClassMeters;
pub use fingerprint::Fingerprint;
pub use health::Monitor;
pub use ledger::Ledger;
pub use meters::Meters;
pub use requests::RequestMeter;
pub use stations::StationMeter;
