//! Writes a list of flows for `gapcast flows` to stdout:
//!
//! ```text
//! cargo run --release --example flow_list -- leaf-spine HOSTS SLOTS ROUNDS
//! cargo run --release --example flow_list -- incast CLIENTS SERVERS SLOTS ROUNDS
//! ```
//!
//! `leaf-spine 64 4 16` and `incast 64 8 32 4` are those in `scenarios/flows`; the larger ones run over
//! the same scenarios with `--set`, as their headers say.

#[path = "../tests/suite/flows/csv.rs"]
mod csv;
#[path = "../tests/suite/lists/draws.rs"]
mod draws;

use std::process::ExitCode;

const USAGE: &str = "usage: leaf-spine HOSTS SLOTS ROUNDS | incast CLIENTS SERVERS SLOTS ROUNDS";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = words.iter().skip(1).filter_map(|word| word.parse().ok()).collect();
    let slots = match (words.first().map(String::as_str), numbers.as_slice()) {
        (Some("leaf-spine"), &[hosts, slots, rounds]) if hosts > 1 => {
            draws::leaf_spine(hosts, slots, rounds)
        }
        (Some("incast"), &[clients, servers, slots, rounds]) if servers > 0 => {
            draws::incast(clients, servers, slots, rounds)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    print!("{}", csv::csv(&slots));
    ExitCode::SUCCESS
}
