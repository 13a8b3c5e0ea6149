#![doc = include_str!("../README.md")]
#![expect(clippy::print_stdout, reason = "the report is the product")]

mod backend;
mod events;
mod figures;
mod flood;
mod runtime_api;
mod subject;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::Parser;

use crate::{
    backend::Backend,
    figures::{Figures, Ratio},
    subject::Subject,
};

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
    /// Measures only what so many unsigned requests cost the webhook ingress.
    #[arg(long, value_name = "REQUESTS", num_args = 0..=1, default_missing_value = "100000")]
    flood: Option<usize>,
    /// Measures the Node peers of bench/peers/node too, side by side (needs Node 20 and npm).
    #[arg(long)]
    peers: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let backend =
        Backend::start(Duration::from_millis(arguments.call_ms)).await.context("start the stand-in for AWS")?;
    if let Some(requests) = arguments.flood {
        let flood =
            flood::measure(&arguments.binaries, &backend, requests).await.context("flood the webhook ingress")?;
        println!("{flood}\n{}", verdict(&flood.misses()));
        return Ok(());
    }
    println!(
        "{} cold starts of one event, {} batches of ten; every AWS call answered after {} ms, over TLS\n",
        arguments.starts, arguments.batches, arguments.call_ms
    );
    println!("{}", Figures::HEADING);
    let mut peers = if arguments.peers { build_peers(Path::new("bench/peers/node"))? } else { Vec::new() }.into_iter();
    for subject in Subject::ours(&arguments.binaries)? {
        let ours = measured(&subject, &backend, &arguments).await?;
        println!("{ours}");
        let mut misses = ours.misses(subject.gates());
        if let Some(peer) = peers.next() {
            let theirs = measured(&peer, &backend, &arguments).await?;
            let ratio = Ratio { ours: &ours, theirs: &theirs };
            println!("{theirs}\n{ratio}");
            misses.extend(ratio.misses(subject.gates()));
        }
        println!("{}\n", verdict(&misses));
    }
    Ok(())
}

fn verdict(misses: &[String]) -> String {
    match misses {
        [] => "  within its gates".to_owned(),
        misses => format!("  over its gates: {}", misses.join("; ")),
    }
}

async fn measured(subject: &Subject, backend: &Backend, arguments: &Arguments) -> anyhow::Result<Figures> {
    let figures = subject.measure(backend, arguments.starts, arguments.batches).await;
    figures.with_context(|| format!("measure {}", subject.name.trim()))
}

fn build_peers(folder: &Path) -> anyhow::Result<Vec<Subject>> {
    for arguments in [["ci", "--no-audit", "--no-fund"].as_slice(), &["run", "build"]] {
        let status =
            Command::new("npm").args(["--silent"]).args(arguments).current_dir(folder).stdout(Stdio::null()).status();
        let status = status.context("run npm, which the peers need: install Node 20")?;
        ensure!(status.success(), "npm {} failed in {}", arguments.join(" "), folder.display());
    }
    Subject::node_peers(folder)
}
