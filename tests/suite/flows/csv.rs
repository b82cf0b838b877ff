//! A list as the file that `gapcast flows` reads.

use super::draws::{Demand, Slots};

/// The CSV of a list, in closed loops.
pub fn csv(slots: &Slots) -> String {
    let mut text = "src,dst,bytes,slot,order\n".to_owned();
    for (slot, flows) in slots.iter().enumerate() {
        for (order, Demand { src, dst, bytes }) in flows.iter().enumerate() {
            text += &format!("{src},{dst},{bytes},{slot},{order}\n");
        }
    }
    text
}
