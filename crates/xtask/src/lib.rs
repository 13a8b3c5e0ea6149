//! Build, demo and test automation: what `cargo xtask <command>` runs.
//!
//! The parts that tests use too (the local stack, the client of its API, the demo's scenario and report) are public
//! modules. Nothing here can reach a real AWS account: see [`isolation`].
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool at the terminal: it reads its environment and the clock, and prints"
)]

pub mod aws;
pub mod cli;
pub mod command;
pub mod emulator;
pub mod isolation;
pub mod preconditions;
pub mod process;
pub mod programs;
pub mod python;
pub mod report;
pub mod scenario;
pub mod seed;
pub mod seen;
pub mod stack;
pub mod stripe;
pub mod workflow;
pub mod workspace;
