//! How a network picks among its ways, and how fast it learns that one is gone.

use crate::kernel::time::Span;
use serde::Serialize;

/// Routing of one network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Routing {
    /// How a transfer picks among equal shortest ways.
    pub policy: PathPolicy,
    /// Whether all switches hash with one seed, so that choices at successive hops repeat each other
    /// (hash polarisation). Otherwise they are independent.
    pub shared_hash_seed: bool,
    /// From a change of a cable's state until all routes know; `None`: routes never change.
    pub reconvergence: Option<Span>,
    /// From a cable's end until the switch or host that sends into it uses its other equal ways;
    /// `None`: it waits for the others.
    pub local_repair: Option<Span>,
    /// What a way between sites is chosen by.
    pub wan_metric: WanMetric,
}

/// How a transfer picks among equal shortest ways.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PathPolicy {
    /// By a hash of the connection, for its life (RFC 2992).
    #[default]
    Ecmp,
    /// By hash, anew after every pause of the connection longer than `gap` (LetFlow: Vanini et al.,
    /// NSDI 2017).
    Flowlet {
        /// Shortest pause that begins a new flowlet.
        gap: Span,
    },
    /// When a transfer starts, the least loaded way, seen as a whole and as it is at that instant.
    Adaptive,
    /// Packet by packet, evenly over all of them (Dixit et al., INFOCOM 2013).
    Spray {
        /// Share of what the wire carries that is not sent again because of reordering.
        efficiency: f64,
    },
    /// By the destination's number modulo the ways at each hop (D-mod-k: Zahavi et al., 2010).
    DestinationModulo,
}

/// What a way between sites is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WanMetric {
    /// Least delay.
    #[default]
    Delay,
    /// Least price of a byte, then least delay.
    Price,
    /// Largest rate of its narrowest link, then least delay.
    Widest,
}

impl Routing {
    /// Whether nothing is asked of it.
    pub fn is_plain(&self) -> bool {
        *self == Routing::default()
    }

    /// The same with spraying that costs nothing: no way is ever fuller than its equals.
    #[must_use]
    pub fn ideal(self) -> Routing {
        Routing { policy: PathPolicy::Spray { efficiency: 1.0 }, ..self }
    }
}
