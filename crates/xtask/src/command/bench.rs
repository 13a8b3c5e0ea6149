//! `cargo xtask bench`: the functions as they are deployed, built and measured with the arguments it is given.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{isolation, process, workspace};

/// What is measured: the two functions on the path from a payment to its customer, and the one that strangers reach.
const PACKAGES: [&str; 4] = ["fn-customer-notices", "fn-loyalty-points", "fn-webhook-ingress", "bench"];

/// Builds in the release profile, which takes some minutes, and measures; false if a function failed under measurement.
pub fn run(arguments: &[String]) -> Result<bool> {
    let mut build = isolation::cargo();
    build.args(["build", "--locked", "--release"]);
    build.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    process::run("build-bench", "building the functions as they are deployed", &mut build)?;
    let binaries = workspace::target().join("release");
    let program = binaries.join("bench");
    let mut bench = Command::new(&program);
    bench.arg("--binaries").arg(&binaries).args(arguments).current_dir(workspace::root());
    let status = bench.status().with_context(|| format!("could not start {}", program.display()))?;
    Ok(status.success())
}
