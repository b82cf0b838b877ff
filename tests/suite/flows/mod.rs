//! `gapcast flows` through the program: recorded and closed-form answers, a slow twin, bad input.

mod bad;
mod csv;
mod lab;
mod lists;
mod open;
mod twin;

use crate::lists::draws;
