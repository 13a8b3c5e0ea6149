//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository's root: two directories above this crate.
#[must_use]
pub fn root() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.ancestors().nth(2).unwrap_or(this_crate)
}

/// Cargo's target directory.
#[must_use]
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// What the local stack leaves behind: logs, mails, build results. Safe to delete.
#[must_use]
pub fn local() -> PathBuf {
    root().join(".paybus")
}

/// The file with the log of a step.
#[must_use]
pub fn log_file(step: &str) -> PathBuf {
    local().join("logs").join(format!("{step}.log"))
}

/// The program of the demo: also an example for users.
#[must_use]
pub fn example_program() -> PathBuf {
    root().join("docs/example-program.json")
}

/// The program that runs, for tests that call it as a user would.
pub fn own_program() -> std::io::Result<PathBuf> {
    env::current_exe()
}
