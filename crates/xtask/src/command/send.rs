//! `cargo xtask send`: more events for a stack that was left running.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail};

use crate::{emulator::Kept, report, scenario, stack::Stack};

/// How long effects may take to arrive.
const PATIENCE: Duration = Duration::from_secs(45);

/// Runs it; `false` when something that should have come did not.
pub fn run(files: &[PathBuf]) -> Result<bool> {
    let Some(kept) = Kept::find()? else {
        bail!("No stack is running. Start one with `cargo xtask demo --keep`");
    };
    let stack = Stack::on(kept.port)?;
    let named: Vec<_> = files.iter().map(|file| (file.display().to_string(), file.clone())).collect();
    let steps = scenario::steps(&named)?;
    let report = report::send_and_watch(&stack, &steps, PATIENCE)?;
    report.print()?;
    Ok(report.is_complete())
}
