//! Floor 4: money. A scenario's prices and a ledger of what a run did become a sheet of cells (see
//! [`sheet`]): capital, running costs, idle time by cause, the cost of a unit of work, buying against
//! renting, cash by month.
//!
//! The definitions are those of textbooks: straight-line and declining-balance depreciation, annuity
//! factor (1 − (1 + r)^−n) / r, equivalent annual cost, net present value with payments at the end
//! of a year (Brealey, Myers & Allen, *Principles of Corporate Finance*).

mod build;
mod bytes;
mod capital;
mod cash;
mod extras;
mod grid;
mod hourly;
mod idle;
pub mod ledger;
mod power;
pub mod sheet;
mod tenure;

pub use build::{Costs, Line, Nature};
pub use grid::{Column, Grid, Row, is_cause};
pub use idle::ABROAD;
pub use ledger::{GapCause, GapLedger, Hours, Ledger, Mismatch, Moved};
pub use sheet::{Cell, CellId, Expr, Part, Sheet, Values, What};

/// Hours of a year (365 days).
pub const HOURS_PER_YEAR: f64 = 8_760.0;
/// Hours of a month: a twelfth of a year.
pub const HOURS_PER_MONTH: f64 = 730.0;
