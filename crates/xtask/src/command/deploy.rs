//! `cargo xtask deploy`: build and deploy to a local stack that is running already, after a change in the code.

use anyhow::{Result, bail};

use crate::{
    aws::Aws,
    preconditions,
    python::{Tools, ensure},
    seed, stack,
};

/// Runs it.
pub fn run(port: u16, build: bool) -> Result<()> {
    let python = preconditions::check()?;
    if !Aws::new(port).is_ready() {
        bail!("No local stack answers on port {port}. Start one with `cargo xtask demo --keep`");
    }
    let sam = ensure(&python, Tools::Sam)?;
    if build {
        stack::build(&sam)?;
    }
    let stack = stack::deploy(&sam, port)?;
    seed::customers(&stack, &seed::people(&stack)?.into())
}
