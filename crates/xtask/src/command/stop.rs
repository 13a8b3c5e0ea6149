//! `cargo xtask stop`: ends a stack that was left running.

use anyhow::Result;

use crate::emulator::Kept;

/// Runs it.
pub fn run() -> Result<()> {
    match Kept::find()? {
        Some(kept) => {
            let port = kept.port;
            kept.stop()?;
            println!("✓ stopped the stack on port {port}");
        }
        None => println!("No stack is running."),
    }
    Ok(())
}
