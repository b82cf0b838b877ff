//! Transport against closed forms, a packet-by-packet twin and Monte Carlo.

mod jittered;
mod laws;
mod loss;
mod packets;
mod ports;

use crate::common;

use gapcast::kernel::units::Bytes;
use gapcast::model::Tcp;

/// CUBIC as in `ns3_tcp.csv`.
fn cubic() -> Tcp {
    Tcp { window_limit: Bytes(4 << 20), idle_restart: true, ..common::tcp(1) }
}
