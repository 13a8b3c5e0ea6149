//! `cargo xtask demo`: Paybus at work, on this machine.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{
    cli::{DEFAULT_PORT, DemoArguments},
    emulator::{Emulator, Kept, Options},
    preconditions,
    python::{Tools, ensure},
    report, scenario, seed,
    stack::{self, Way},
    stripe::Stripe,
};

/// How long effects may take to arrive. A retried record comes back after 36 s.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs it; `false` when something that should have come did not.
pub fn run(arguments: &DemoArguments) -> Result<bool> {
    let python = preconditions::check()?;
    if let Some(kept) = Kept::find()? {
        bail!(
            "A stack is running on port {}. Send it events with `cargo xtask send FILE`, or stop it with `cargo xtask stop`",
            kept.port
        );
    }
    println!("Paybus on this machine: no AWS account, no Docker, nothing leaves it.\n");
    let steps = scenario::demo()?;
    let sam = ensure(&python, Tools::Sam)?;
    let emulator_tools = ensure(&python, Tools::Emulator)?;
    stack::build(&sam)?;
    let port = arguments.port.or_else(|| arguments.keep.then_some(DEFAULT_PORT));
    let emulator = Emulator::start(&emulator_tools, Options { port, keep: arguments.keep, ..Options::default() })?;
    Stripe::start(&emulator)?;
    let stack = stack::deploy(&sam, emulator.port)?;
    seed::demo(&stack)?;
    let report = report::send_and_watch(&stack, &steps, Way::Hub, PATIENCE)?;
    report.print()?;
    if arguments.keep {
        let port = emulator.port;
        emulator.leave_running();
        println!("\nIt runs on at http://127.0.0.1:{port}.");
        println!("  send more:  cargo xtask send events/invoice.paid/german_eur.json");
        println!("  webhooks:   stripe listen --forward-to {}", stack.webhook_url()?);
        println!("  stop it:    cargo xtask stop");
    } else {
        println!("\n  To keep it running and send more: cargo xtask demo --keep");
    }
    Ok(report.is_complete())
}
