//! The `gapcast` program: parse, call, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    gapcast::cli::main()
}
