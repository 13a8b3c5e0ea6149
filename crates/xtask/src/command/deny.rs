//! `cargo xtask deny`: what the dependencies are allowed to be (`deny.toml`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{isolation, process, workspace};

/// The version that is installed.
const VERSION: &str = "0.20.2";
/// What cargo-deny calls the `RustSec` database among its databases.
const DATABASE: &str = "advisory-db-3157b0e258782691";

/// Runs all of it, with the advisories of today (or of the snapshot, where there is one).
pub fn run() -> Result<()> {
    let program = match installed() {
        Some(program) => program,
        None => install()?,
    };
    let mut command = if has_snapshot() { command(&program)? } else { bare(&program) };
    if !has_snapshot() {
        command.arg("check");
    }
    let status = command.status().context("could not start cargo-deny")?;
    if !status.success() {
        bail!("cargo-deny found something ({status})");
    }
    Ok(())
}

/// What can be checked without a network: advisories only where a snapshot of them lies beside the repository.
pub fn command(program: &Path) -> Result<Command> {
    let mut command = bare(program);
    if has_snapshot() {
        command.arg("--offline").arg("--config").arg(offline_configuration()?).arg("check");
    } else {
        command.args(["--offline", "check", "bans", "licenses", "sources"]);
    }
    Ok(command)
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

fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--workspace", "--locked", "--log-level", "error"]).current_dir(workspace::root());
    command
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

fn snapshot() -> PathBuf {
    workspace::root().join("../shared/advisory-db")
}

fn has_snapshot() -> bool {
    snapshot().join("crates").is_dir()
}

/// `deny.toml` with the snapshot as its database, which has to look as if it had been fetched just now.
fn offline_configuration() -> Result<PathBuf> {
    let databases = workspace::local().join("advisory-dbs");
    if databases.exists() {
        fs::remove_dir_all(&databases).context("could not remove the last copy of the advisories")?;
    }
    fs::create_dir_all(&databases).context("could not create a directory for the advisories")?;
    let copy = databases.join(DATABASE);
    let mut command = Command::new("cp");
    command.args(["-r", "--no-preserve=mode"]).arg(snapshot()).arg(&copy);
    if !command.status().context("could not start cp")?.success() {
        bail!("could not copy the advisories");
    }
    fs::create_dir_all(copy.join(".git")).context("could not prepare the advisories")?;
    fs::write(copy.join(".git/FETCH_HEAD"), "").context("could not prepare the advisories")?;
    let text = fs::read_to_string(workspace::root().join("deny.toml")).context("could not read deny.toml")?;
    let place = format!("[advisories]\ndb-path = {:?}\n", databases.display().to_string());
    let configuration = workspace::local().join("deny.toml");
    fs::write(&configuration, text.replace("[advisories]\n", &place)).context("could not write the configuration")?;
    Ok(configuration)
}
