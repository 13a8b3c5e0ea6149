//! Pinned Python packages, each set in an environment of its own below Cargo's target directory.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{preconditions::Python, process, workspace};

/// A set of tools, named like its file of requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// Schemathesis, which reads an `OpenAPI` document and looks for answers that it does not promise.
    Api,
    /// The AWS emulator. Alone, because it pins a `botocore` that the SAM CLI does not.
    Emulator,
    /// The SAM CLI with cfn-lint, Cargo Lambda and Zig (the linker for other processors).
    Sam,
    /// Stripe's official library, as the oracle for what a valid signature is.
    Stripe,
}

impl Tools {
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Emulator => "emulator",
            Self::Sam => "sam",
            Self::Stripe => "stripe",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Api => "setting up schemathesis (once)",
            Self::Emulator => "setting up the AWS emulator (once)",
            Self::Sam => "setting up the SAM CLI and Cargo Lambda (once)",
            Self::Stripe => "setting up Stripe's Python library (once)",
        }
    }
}

/// An environment that is ready.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The directory of its programs.
    pub programs: PathBuf,
}

impl Environment {
    /// One of its programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

/// Sets the tools up, unless they are there.
pub fn ensure(python: &Python, tools: Tools) -> Result<Environment> {
    let requirements = workspace::root().join("crates/xtask/requirements").join(format!("{}.txt", tools.name()));
    let pins = fs::read(&requirements).with_context(|| format!("could not read {}", requirements.display()))?;
    let mut hasher = DefaultHasher::new();
    (&pins, &python.program).hash(&mut hasher);
    let directory = workspace::target().join("tools").join(format!("{}-{:016x}", tools.name(), hasher.finish()));
    let environment = Environment { programs: directory.join("bin") };
    let complete = directory.join("complete");
    if complete.exists() {
        return Ok(environment);
    }
    install(python, tools, &directory, &requirements)?;
    fs::write(&complete, "").with_context(|| format!("could not write {}", complete.display()))?;
    Ok(environment)
}

fn install(python: &Python, tools: Tools, directory: &Path, requirements: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("could not remove {}", directory.display()))?;
    }
    let mut script = Command::new("sh");
    // One step for the reader: the environment and what goes into it.
    script
        .args([
            "-euc",
            r#""$1" -m venv "$2" && "$2/bin/python" -m pip install --require-hashes --no-deps -r "$3""#,
            "sh",
        ])
        .arg(&python.program)
        .arg(directory)
        .arg(requirements)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_PROGRESS_BAR", "off");
    process::run(&format!("tools-{}", tools.name()), tools.what(), &mut script).context(
        "The tools come from the Python package index: is the network there? Behind a proxy set HTTPS_PROXY, with a \
         package index of your own set PIP_INDEX_URL, then run the command again",
    )
}
