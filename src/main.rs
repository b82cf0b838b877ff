//! The `gapcast` program: parse, call, exit code.

fn main() {}
