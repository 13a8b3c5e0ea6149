//! The fake as a program, for the local stack.

use std::{cell::RefCell, net::Ipv4Addr, path::PathBuf, rc::Rc};

use anyhow::Context;
use clap::Parser;
use serde_json::Value;
use stripe_fake::{Fake, serve};
use tokio::{net::TcpListener, runtime::Builder, task::LocalSet};

/// A fake Stripe on 127.0.0.1.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port to listen on; 0 for a free one, which is printed.
    #[arg(long, default_value_t = 12_111)]
    port: u16,
    /// Objects to begin with: `{"customers": [{"id": "cus_1"}], "subscriptions": []}`.
    #[arg(long)]
    seed: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let fake = Rc::new(RefCell::new(seeded(arguments.seed)?));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, listen(arguments.port, fake))
}

fn seeded(seed: Option<PathBuf>) -> anyhow::Result<Fake> {
    let mut fake = Fake::new();
    let Some(path) = seed else { return Ok(fake) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let collections: std::collections::BTreeMap<String, Vec<Value>> =
        serde_json::from_str(&text).with_context(|| format!("{} holds no collections of objects", path.display()))?;
    for (collection, objects) in collections {
        for object in objects {
            anyhow::ensure!(object["id"].is_string(), "an object of {collection} has no id");
            fake.put(&collection, object);
        }
    }
    Ok(fake)
}

#[expect(clippy::print_stdout, reason = "a tool that tells where it listens")]
async fn listen(port: u16, fake: Rc<RefCell<Fake>>) -> anyhow::Result<()> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| format!("listen on port {port}"))?;
    println!("http://{}", listener.local_addr()?);
    serve(listener, fake).await.context("accept connections")
}
