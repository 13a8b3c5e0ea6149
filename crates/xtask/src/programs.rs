//! Programs of ours that `cargo xtask` calls instead of linking: it needs no AWS SDK and starts quickly, and they are compiled
//! with what the functions have compiled already.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{isolation, process, stack, workspace};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Fills the tables.
    LocalSeed,
    /// Stands for Stripe.
    StripeFake,
}

impl Program {
    const ALL: [Self; 2] = [Self::LocalSeed, Self::StripeFake];

    const fn package(self) -> &'static str {
        match self {
            Self::LocalSeed => "local-seed",
            Self::StripeFake => "stripe-fake",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::LocalSeed => "compiling what fills the tables",
            Self::StripeFake => "compiling the fake Stripe",
        }
    }

    /// It, kept on this machine, for the stack on `port`.
    pub fn command(self, port: u16) -> Result<Command> {
        let mut command = Command::new(self.path());
        isolation::apply(&mut command, port)?;
        Ok(command)
    }

    fn path(self) -> PathBuf {
        workspace::target().join(stack::HOST).join("local").join(self.package())
    }
}

/// Compiles them, each by itself: together they would want other features of common crates than the functions have.
pub fn compile() -> Result<()> {
    for program in Program::ALL {
        let mut command = isolation::cargo();
        command.args(["build", "--locked", "--profile", "local", "--target", stack::HOST]);
        command.args(["--package", program.package()]);
        process::run(&format!("compile-{}", program.package()), program.what(), &mut command)?;
    }
    Ok(())
}
