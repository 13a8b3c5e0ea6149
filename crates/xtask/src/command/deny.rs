//! `cargo xtask deny`: what the dependencies are allowed to be (`deny.toml`).

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{isolation, process, workspace};

/// The version that is installed.
const VERSION: &str = "0.20.2";

/// Runs it.
pub fn run() -> Result<()> {
    let program = match installed() {
        Some(program) => program,
        None => install()?,
    };
    let status = command(&program).status().context("could not start cargo-deny")?;
    if !status.success() {
        bail!("cargo-deny found something ({status})");
    }
    Ok(())
}

/// The check, ready to run.
#[must_use]
pub fn command(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    command.args(["--workspace", "--locked", "check"]).current_dir(workspace::root());
    command
}

/// The program, if the caller or we have installed it.
#[must_use]
pub fn installed() -> Option<PathBuf> {
    let callers = PathBuf::from("cargo-deny");
    let works = |program: &PathBuf| {
        let mut command = Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    [ours().join("bin/cargo-deny"), callers].into_iter().find(works)
}

fn install() -> Result<PathBuf> {
    let mut command = isolation::cargo();
    command.args(["install", "--locked", "--version", VERSION, "cargo-deny", "--root"]).arg(ours());
    process::run("install-cargo-deny", "installing cargo-deny (once)", &mut command)?;
    Ok(ours().join("bin/cargo-deny"))
}

fn ours() -> PathBuf {
    workspace::target().join("tools/cargo-deny")
}
