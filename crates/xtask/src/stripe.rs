//! The fake Stripe beside the emulator: a process of our own on this machine, with customers, subscriptions and a made-up key.
//!
//! Where it listens and which key it takes is kept in the emulator's Secrets Manager, so whoever knows the stack finds it.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::{Agent, Body, http::Response};

use crate::{
    aws::{self, Aws},
    emulator::Emulator,
    process::{self, Progress},
    programs::Program,
    scenario::PEOPLE,
    stack, workspace,
};

/// A key of the right form that no Stripe account knows.
const KEY: &str = "rk_test_made_up_for_the_local_stack";

/// How long the fake may take to listen on a busy machine.
const START_TIME: Duration = Duration::from_secs(20);

/// The fake Stripe of a local stack.
#[derive(Debug, Clone)]
pub struct Stripe {
    /// Where it listens.
    pub url: String,
    /// The secret with the key.
    pub secret_arn: String,
    agent: Agent,
}

impl Stripe {
    /// Starts it for an emulator, and puts the demo's customers there. It ends with the emulator.
    pub fn start(emulator: &Emulator) -> Result<Self> {
        let progress = Progress::start("starting the fake Stripe");
        let log = workspace::log_file(&format!("stripe-fake-{}", emulator.port));
        let file = fs::File::create(&log).with_context(|| format!("could not write {}", log.display()))?;
        let errors = file.try_clone().context("could not write the fake's log")?;
        let mut command = Program::StripeFake.command(emulator.port)?;
        command.args(["--port", "0"]).stdin(Stdio::null()).stdout(file).stderr(errors);
        // In the emulator's group: whatever ends the one ends the other.
        let mut child =
            command.process_group(emulator.process_group()?).spawn().context("could not start the fake Stripe")?;
        let start = Instant::now();
        let url = loop {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if let Some((url, _)) = said.split_once('\n').filter(|(line, _)| line.starts_with("http://")) {
                break url.to_owned();
            }
            let ended = child.try_wait().context("could not wait for the fake Stripe")?;
            if ended.is_some() || start.elapsed() > START_TIME {
                progress.failed();
                bail!("the fake Stripe does not listen. The end of {}:\n\n{}", log.display(), process::tail(&log));
            }
            thread::sleep(Duration::from_millis(20));
        };
        let stripe = Self::keep(&emulator.aws(), url)?;
        stripe.seed()?;
        progress.done();
        Ok(stripe)
    }

    /// Finds that of an emulator, if there is one.
    pub fn on(aws: &Aws) -> Result<Option<Self>> {
        let listed = aws.json("secretsmanager", "secretsmanager.ListSecrets", &json!({}))?;
        let mut secrets = listed["SecretList"].as_array().into_iter().flatten();
        let Some(secret) = secrets.find(|secret| secret["Name"] == secret_name()) else { return Ok(None) };
        let text = |name: &str| secret[name].as_str().map(str::to_owned);
        let (url, secret_arn) = text("Description").zip(text("ARN")).context("the fake's secret is damaged")?;
        Ok(Some(Self { url, secret_arn, agent: aws::agent() }))
    }

    fn keep(aws: &Aws, url: String) -> Result<Self> {
        let request = json!({
            "Name": secret_name(),
            "Description": url,
            "SecretString": json!({ "api_key": KEY }).to_string(),
        });
        let made = aws.json("secretsmanager", "secretsmanager.CreateSecret", &request)?;
        let secret_arn = made["ARN"].as_str().context("the secret has no ARN")?.to_owned();
        Ok(Self { url, secret_arn, agent: aws::agent() })
    }

    /// The demo's customers as Stripe has them. A balance credit is of use only to who is invoiced in its currency.
    fn seed(&self) -> Result<()> {
        let customers = PEOPLE.iter().map(|person| {
            json!({ "id": person.id, "object": "customer", "name": person.name, "email": person.email, "balance": 0 })
        });
        self.put("customers", &customers.collect())?;
        let subscribers = PEOPLE.iter().filter_map(|person| Some((person, person.subscribes_in?)));
        let subscriptions = subscribers.map(|(person, currency)| {
            let id = person.id.replace("cus_", "sub_");
            json!({ "id": id, "object": "subscription", "customer": person.id, "status": "active", "currency": currency })
        });
        self.put("subscriptions", &subscriptions.collect())
    }

    /// Adds objects to a collection: `customers`, `subscriptions`.
    pub fn put(&self, collection: &str, objects: &Value) -> Result<()> {
        let request = self.agent.put(format!("{}/_fake/{collection}", self.url));
        answer(request.send(objects.to_string())).map(drop)
    }

    /// All objects of a collection, in the order in which they were made.
    pub fn all(&self, collection: &str) -> Result<Vec<Value>> {
        let objects = answer(self.agent.get(format!("{}/_fake/{collection}", self.url)).call())?;
        Ok(objects.as_array().cloned().unwrap_or_default())
    }

    /// Makes the next call of a route fail: `("POST /v1/coupons", "lost")`.
    pub fn fail_next(&self, route: &str, fault: &str) -> Result<()> {
        let order = json!({ "route": route, "fault": fault });
        answer(self.agent.post(format!("{}/_fake/faults", self.url)).send(order.to_string())).map(drop)
    }

    /// The parameters by which the functions find it.
    #[must_use]
    pub fn parameters(&self) -> Vec<String> {
        vec![format!("StripeApiUrl={}", self.url), format!("StripeSecretArn={}", self.secret_arn)]
    }
}

fn answer(answered: Result<Response<Body>, ureq::Error>) -> Result<Value> {
    let mut response = answered.context("the fake Stripe does not answer")?;
    let text = response.body_mut().read_to_string().context("could not read the fake's answer")?;
    if !response.status().is_success() {
        bail!("the fake Stripe refused: {} {text}", response.status());
    }
    serde_json::from_str(&text).context("the fake's answer is no JSON")
}

fn secret_name() -> String {
    format!("{}-stripe", stack::NAME)
}
