//! How fast it is: the event queue alone, the max-min solver alone, whole scenarios, sweeps.
//! `cargo bench` prints one table; `cargo bench -- queue` only the rows that say `queue`.

mod calendar;
#[path = "../../tests/suite/common/lab.rs"]
mod common;
#[path = "../../tests/suite/lists/mod.rs"]
mod lists;
mod queue;
mod scenario;
mod solver;
mod sweep;

fn main() {
    divan::main();
}
