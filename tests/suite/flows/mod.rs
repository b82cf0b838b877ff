//! `gapcast flows` through the program: recorded and closed-form answers, a slow twin, bad input.

mod bad;
mod lab;
mod lists;
mod open;
mod twin;
