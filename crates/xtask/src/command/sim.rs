//! `cargo xtask sim`: the simulation of the ledger, built fast and run with the arguments it is given.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{isolation, process, workspace};

/// Builds it and runs it; false if a rule was broken.
pub fn run(arguments: &[String]) -> Result<bool> {
    let mut build = isolation::cargo();
    build.args(["build", "--locked", "--profile", "sim", "--package", "sim"]);
    process::run("build-sim", "building the simulation", &mut build)?;
    let program = workspace::target().join("sim/sim");
    let status = Command::new(&program).args(arguments).status();
    let status = status.with_context(|| format!("could not start {}", program.display()))?;
    Ok(status.success())
}
