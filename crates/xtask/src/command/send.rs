//! `cargo xtask send`: more events for a stack that is running.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail};

use crate::{
    emulator::Kept,
    report, scenario,
    stack::{Stack, Way},
};

/// Runs it; `false` when something that should have come did not.
pub fn run(port: Option<u16>, patience: Duration, way: Way, files: &[PathBuf]) -> Result<bool> {
    let port = match port {
        Some(port) => port,
        None => match Kept::find()? {
            Some(kept) => kept.port,
            None => bail!("No stack is running. Start one with `cargo xtask demo --keep`"),
        },
    };
    let stack = Stack::on(port)?;
    let named: Vec<_> = files.iter().map(|file| (file.display().to_string(), file.clone())).collect();
    let report = report::send_and_watch(&stack, &scenario::steps(&named)?, way, patience)?;
    report.print()?;
    Ok(report.is_complete())
}
