//! A Stripe account of one test: the fake, on a thread of its own and a free port of this machine.

use std::{cell::RefCell, net::Ipv4Addr, rc::Rc, sync::mpsc, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use stripe_fake::{Fake, serve};
use tokio::{net::TcpListener, runtime::Builder, task::LocalSet};
use ureq::Agent;

/// A Stripe account of one test. It is gone with the test's process.
#[derive(Debug)]
pub struct StripeAccount {
    /// Where it answers.
    pub url: String,
    agent: Agent,
}

impl StripeAccount {
    /// An empty account, with ids of its own.
    pub fn open(name: &str) -> Result<Self> {
        let (tell, told) = mpsc::channel();
        let fake = Fake::of(name);
        thread::spawn(move || {
            let ended = listen(fake, &tell);
            // Who waits for the address learns why there is none; afterwards nobody listens any more.
            drop(tell.send(ended.map(|()| String::new())));
        });
        let url = told.recv().context("the fake Stripe did not start")??;
        let agent =
            Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(10))).build().new_agent();
        Ok(Self { url, agent })
    }

    /// The event destinations of the account.
    pub fn destinations(&self) -> Result<Vec<Value>> {
        self.all("event_destinations")
    }

    /// The only event destination of the account.
    pub fn only_destination(&self) -> Result<Value> {
        let mut all = self.destinations()?;
        ensure!(all.len() == 1, "one destination is expected: {all:?}");
        all.pop().context("there is one")
    }

    /// All objects of a collection, in the order in which they were made.
    pub fn all(&self, collection: &str) -> Result<Vec<Value>> {
        let mut answer = self.agent.get(self.control(collection)).call().context("the fake Stripe does not answer")?;
        let text = answer.body_mut().read_to_string().context("could not read the answer")?;
        serde_json::from_str(&text).with_context(|| format!("{collection}: {text}"))
    }

    /// Adds objects, or replaces those of their ids.
    pub fn put(&self, collection: &str, objects: &[Value]) -> Result<()> {
        let sent = self.agent.put(self.control(collection)).send(json!(objects).to_string());
        sent.map(drop).with_context(|| format!("could not put {collection} into the fake Stripe"))
    }

    /// Makes the next call of a route fail; `fault` as `stripe_fake::Fault` names them.
    pub fn fail_next(&self, route: &str, fault: &str) -> Result<()> {
        let sent = self.agent.post(self.control("faults")).send(json!({ "route": route, "fault": fault }).to_string());
        sent.map(drop).with_context(|| format!("could not plan {fault} for {route}"))
    }

    fn control(&self, place: &str) -> String {
        format!("{}/_fake/{place}", self.url)
    }
}

/// Serves until the process ends; says where as soon as that is known.
fn listen(fake: Fake, tell: &mpsc::Sender<Result<String>>) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build().context("no runtime for the fake Stripe")?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the fake Stripe")?;
        let address = listener.local_addr().context("the fake Stripe has no address")?;
        tell.send(Ok(format!("http://{address}"))).context("nobody waits for the fake Stripe")?;
        serve(listener, Rc::new(RefCell::new(fake))).await.context("the fake Stripe ended")
    })
}
