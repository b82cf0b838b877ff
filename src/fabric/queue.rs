//! What a message finds in the queue of a switch port.
//!
//! A port that closed-loop bulk fills holds the queue that the transport's control leaves there, not
//! M/M/1's. The waits are added to requests and first bytes; they do not slow the bulk down, whose
//! rate the port sets.

use crate::model::{LossLaw, Transport};

/// Load from which a port counts as filled by bulk.
pub const SATURATED: f64 = 0.999;

/// The queue at a random time, bytes, where bulk fills a port with `buffer` bytes on a path that
/// holds `bdp` bytes; `draw` is uniform.
///
/// - Loss-based TCP fills the buffer, loses, and leaves β of what was on the way: the queue saws
///   between β(B + BDP) − BDP and B (Appenzeller, Keslassy & McKeown, SIGCOMM 2004, §2).
/// - BBR keeps at most one BDP above the path's own (Cardwell et al., ACM Queue 14(5), 2016: in
///   flight at most 2 BDP); uniform below that.
/// - Where switches mark (DCTCP, Alizadeh et al., SIGCOMM 2010; DCQCN, Zhu et al., SIGCOMM 2015) or
///   pause (PFC), about the threshold.
/// - RDMA without threshold: none.
pub fn standing_bytes(transport: &Transport, buffer: f64, bdp: f64, draw: f64) -> f64 {
    let (threshold, law) = match transport {
        Transport::Tcp(tcp) => (tcp.queue_threshold, Some(tcp.loss_law)),
        Transport::Rdma(rdma) => (rdma.queue_threshold, None),
    };
    if let Some(threshold) = threshold {
        return (threshold.0 as f64).min(buffer);
    }
    match law {
        Some(LossLaw::None | LossLaw::Bbr3) => draw * bdp.min(buffer),
        Some(law) => {
            let low = (law.beta() * (buffer + bdp) - bdp).max(0.0);
            low + draw * (buffer - low)
        }
        None => 0.0,
    }
}

/// Wait behind open-loop packets of `service_s` at load `load`, by inversion of `draw`: nothing with
/// probability 1 − ρ, else exponential, with the mean of M/D/1 (Pollaczek-Khinchine), ρs/(2(1 − ρ)).
pub fn open_loop_wait_s(load: f64, service_s: f64, draw: f64) -> f64 {
    let load = load.clamp(0.0, SATURATED);
    if draw >= load {
        return 0.0;
    }
    -libm::log(draw / load) * service_s / (2.0 * (1.0 - load))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pollaczek-Khinchine's mean for constant service; midpoint rule over 10^5 draws, 1e-3.
    #[test]
    fn the_mean_wait_is_that_of_m_d_1() {
        for load in [0.1, 0.5, 0.9] {
            let n = 100_000;
            let wait = |i| open_loop_wait_s(load, 2.0, (f64::from(i) + 0.5) / f64::from(n));
            let mean = (0..n).map(wait).sum::<f64>() / f64::from(n);
            let exact = load * 2.0 / (2.0 * (1.0 - load));
            assert!((mean / exact - 1.0).abs() < 1e-3, "{load}: {mean}, not {exact}");
        }
    }
}
