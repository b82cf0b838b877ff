//! What a lost packet costs a transport that hands the wire to its adapter.

use crate::model::Recovery;

/// Share of the line that carries new data when each packet is lost with probability `loss` and
/// `window` packets are on the way: (1 − p)/(1 − p + p·W) for go-back-N, where a loss has all W sent
/// again (Bertsekas & Gallager, *Data Networks*, 2nd ed., §2.4), 1 − p where the lost packet alone is
/// (selective repeat; IRN, Mittal et al., SIGCOMM 2018).
pub fn goodput_share(recovery: Recovery, loss: f64, window: f64) -> f64 {
    match recovery {
        Recovery::GoBackN => (1.0 - loss) / (1.0 - loss + loss * window.max(1.0)),
        Recovery::Selective => 1.0 - loss,
    }
}
