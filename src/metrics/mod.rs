//! Floor 3: what probes conclude from facts, and the flat result of a run.

pub mod summary;
