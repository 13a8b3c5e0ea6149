#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, reason = "the report is the product")]

mod backend;
mod events;
mod figures;
mod runtime_api;
mod subject;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;

use crate::{backend::Backend, figures::Figures, subject::Subject};

/// Measures the functions as Lambda runs them.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder that holds the functions' release binaries.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// How long the backend takes to answer a call, in milliseconds.
    #[arg(long, default_value_t = 0)]
    call_ms: u64,
    /// How many cold starts are measured.
    #[arg(long, default_value_t = 15)]
    starts: usize,
    /// How many batches of ten are measured.
    #[arg(long, default_value_t = 300)]
    batches: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let backend =
        Backend::start(Duration::from_millis(arguments.call_ms)).await.context("start the stand-in for AWS")?;
    println!(
        "{} cold starts of one event, {} batches of ten; every AWS call answered after {} ms, over TLS\n",
        arguments.starts, arguments.batches, arguments.call_ms
    );
    println!("{}", Figures::HEADING);
    for subject in Subject::all(&arguments.binaries)? {
        let figures = subject.measure(&backend, arguments.starts, arguments.batches).await;
        println!("{}", figures.with_context(|| format!("measure {}", subject.name))?);
    }
    Ok(())
}
