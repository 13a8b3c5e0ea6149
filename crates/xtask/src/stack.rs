//! Paybus on the local emulator: built and deployed by the real `sam build` and `sam deploy`.

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use processor_events::signature;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    aws::{self, Aws},
    isolation, process, programs,
    python::Environment,
    stripe::Stripe,
    workspace,
};

/// The target that functions for this machine are compiled for.
pub const HOST: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };
/// What can be switched on and off: parameters of the template.
pub const CAPABILITIES: [&str; 5] = ["Notices", "Loyalty", "Engagement", "Access", "CustomerApi"];
/// The stack's name: as `samconfig.toml` has it.
pub const NAME: &str = "paybus-local";
/// The sender's verified identity: as `samconfig.toml` has it.
pub const SENDER_IDENTITY: &str = "demo.paybus.example";
/// What names of topics begin with that stand for devices: as `samconfig.toml` has it.
pub const DEVICE_PREFIX: &str = "paybus-local-device-";

/// The secret with the signing secrets of webhooks.
pub const WEBHOOK_SECRET_NAME: &str = "paybus-local-webhooks";
/// What webhooks to the local stack are signed with, until `stripe listen`'s own secret is put in its place.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_local_stack";

/// A consumer of the hub: a rule, a queue, its dead-letter queue and a function, all of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    /// Tells customers about their payments.
    CustomerNotices,
    /// Awards points.
    LoyaltyPoints,
}

impl Consumer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CustomerNotices, Self::LoyaltyPoints];

    /// The name in the names of its resources.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CustomerNotices => "customer-notices",
            Self::LoyaltyPoints => "loyalty-points",
        }
    }

    /// Its queue, and the name of its function and rule.
    #[must_use]
    pub fn queue(self) -> String {
        format!("{NAME}-{}", self.name())
    }

    /// Where what it cannot handle is parked.
    #[must_use]
    pub fn dead_letter_queue(self) -> String {
        format!("{}-dlq", self.queue())
    }

    /// Its log group.
    #[must_use]
    pub fn log_group(self) -> String {
        format!("/aws/lambda/{}", self.queue())
    }
}

/// The queues in which nothing should be: what could not be handled, and steps of workflows that failed for good.
#[must_use]
pub fn failure_queues() -> Vec<String> {
    let parked = Consumer::ALL.into_iter().map(Consumer::dead_letter_queue);
    parked.chain([format!("{NAME}-engagement-failures")]).collect()
}

/// How an event gets to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Straight, as the forward rule of a partner bus brings it.
    Hub,
    /// By a signed webhook.
    Webhook,
}

/// A deployed stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// A client of the emulator that it is deployed to.
    pub aws: Aws,
    /// The fake Stripe beside it, if one was started.
    pub stripe: Option<Stripe>,
    name: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Stack {
    /// Looks at what is deployed to the emulator on `port`.
    pub fn on(port: u16) -> Result<Self> {
        Self::named(port, NAME)
    }

    /// Looks at a stack beside the main one.
    pub fn named(port: u16, name: &str) -> Result<Self> {
        let aws = Aws::new(port);
        let answer = aws
            .query("cloudformation", &[("Action", "DescribeStacks"), ("StackName", name), ("Version", "2010-05-15")])?;
        let stripe = Stripe::on(&aws)?;
        let (outputs, parameters) = (pairs(&answer, "Output"), pairs(&answer, "Parameter"));
        Ok(Self { aws, stripe, name: name.to_owned(), outputs, parameters })
    }

    /// An output of the template.
    pub fn output(&self, name: &str) -> Result<&str> {
        let value = self.outputs.get(name).map(String::as_str);
        value.with_context(|| format!("the stack {} has no output {name}", self.name))
    }

    /// What it was deployed with.
    pub fn parameter(&self, name: &str) -> Result<&str> {
        let value = self.parameters.get(name).map(String::as_str);
        value.with_context(|| format!("the stack {} has no parameter {name}", self.name))
    }

    /// Publishes an event on the hub, as if it came in by a signed webhook: only a partner may use a partner's source, and
    /// the emulator refuses it as AWS does.
    pub fn publish(&self, event: &Value) -> Result<()> {
        let source = event["source"].as_str().filter(|source| !source.starts_with("aws."));
        let kind = event["detail-type"].as_str().context("the event has no detail-type")?;
        self.aws.put_event(self.output("HubName")?, source.unwrap_or("paybus.webhook.stripe"), kind, &event["detail"])
    }

    /// Sends an event one way or the other.
    pub fn send(&self, event: &Value, way: Way) -> Result<()> {
        match way {
            Way::Hub => self.publish(event),
            Way::Webhook => {
                let (status, answer) = self.deliver(event, WEBHOOK_SECRET)?;
                ensure!(status == 200, "the webhook was not taken: {status} {answer}");
                Ok(())
            }
        }
    }

    /// Sends an event as its processor would: by a webhook, signed with a secret. Gives the status and the answer.
    pub fn deliver(&self, event: &Value, secret: &str) -> Result<(u16, String)> {
        let body = event["detail"].to_string();
        let signature = signature::sign(body.as_bytes(), secret, Timestamp::now().as_second());
        self.aws.post_to_function(self.webhook_url_id()?, "stripe", &[("stripe-signature", &signature)], &body)
    }

    /// Where Stripe's webhooks go.
    pub fn webhook_url(&self) -> Result<String> {
        Ok(format!("{}/stripe", self.aws.function_url(self.webhook_url_id()?)))
    }

    /// The first part of the host in a function URL.
    fn webhook_url_id(&self) -> Result<&str> {
        let url = self.output("WebhookUrl")?;
        let host = url.split("://").nth(1).and_then(|rest| rest.split('.').next());
        host.with_context(|| format!("{url} is no URL of a function"))
    }

    /// Lets failed messages come back after three seconds instead of six times the function's timeout, so that tests need
    /// not wait for minutes until a message is parked.
    pub fn hasten(&self) -> Result<()> {
        for consumer in Consumer::ALL {
            let queue = self.aws.queue_url(&consumer.queue());
            let request = json!({ "QueueUrl": queue, "Attributes": { "VisibilityTimeout": "3" } });
            self.aws.json("sqs", "AmazonSQS.SetQueueAttributes", &request)?;
        }
        Ok(())
    }

    /// Takes from the queue of failed steps the policy that asks for TLS: the emulator's own workflows write to it without, once a
    /// function has started them.
    pub fn allow_failures_in_the_emulator(&self) -> Result<()> {
        let queue = self.aws.queue_url(&format!("{NAME}-engagement-failures"));
        let request = json!({ "QueueUrl": queue, "Attributes": { "Policy": "" } });
        self.aws.json("sqs", "AmazonSQS.SetQueueAttributes", &request).map(drop)
    }

    /// Adds to roles what only the emulator asks for: it holds `ses:SendEmail` against any resource, where AWS holds it
    /// against the sender's identity, which is what the template grants. And it takes the reference to a secret for the
    /// secret's name, where AWS takes its ARN, so that the grant to read the keys of unsubscribe links names nothing.
    pub fn allow_email_in_the_emulator(&self) -> Result<()> {
        let (send, read_keys) = ("ses:SendEmail", "secretsmanager:GetSecretValue");
        self.allow_in_the_emulator(&Consumer::CustomerNotices.queue(), &[send], "*")?;
        self.allow_in_the_emulator(&format!("{NAME}-engagement-message"), &[send, read_keys], "*")?;
        self.allow_in_the_emulator(&format!("{NAME}-unsubscribe"), &[read_keys], "*")
    }

    /// The same for schedules, which it holds against the group `default` instead of their own, and for devices, which it holds
    /// against any resource instead of their application.
    pub fn allow_access_in_the_emulator(&self) -> Result<()> {
        let schedules = aws::arn("scheduler", "schedule/default/access-*");
        let schedule = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"];
        self.allow_in_the_emulator(self.output("AccessFunctionName")?, &schedule, &schedules)?;
        let register = ["sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes", "sns:DeleteEndpoint"];
        self.allow_in_the_emulator(self.output("CustomerApiFunctionName")?, &register, "*")
    }

    fn allow_in_the_emulator(&self, function: &str, actions: &[&str], resource: &str) -> Result<()> {
        let path = format!("/2015-03-31/functions/{function}/configuration");
        let configuration = self.aws.rest("lambda", "GET", &path, &Value::Null)?;
        let role = configuration["Role"]
            .as_str()
            .and_then(|arn| arn.rsplit('/').next())
            .context("the function has no role")?;
        let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let parameters = [
            ("Action", "PutRolePolicy"),
            ("RoleName", role),
            ("PolicyName", "emulator"),
            ("PolicyDocument", policy.as_str()),
            ("Version", "2010-05-08"),
        ];
        self.aws.query("iam", &parameters).map(drop)
    }

    /// The state machine's ARN.
    #[must_use]
    pub fn engagement() -> String {
        aws::arn("states", &format!("stateMachine:{NAME}-engagement"))
    }
}

/// Builds the functions and the deployable template.
pub fn build(sam: &Environment) -> Result<()> {
    for package in packages()? {
        compile(sam, &package)?;
    }
    programs::compile()?;
    let mut command = sam_command(sam, isolation_port())?;
    command.args(["build", "--config-env", "local", "--build-dir"]).arg(build_directory());
    command.args(["--parameter-overrides", &architecture_parameter()]);
    process::run("sam-build", "sam build", &mut command)
}

/// Deploys what was built to the emulator on `port`.
pub fn deploy(sam: &Environment, port: u16) -> Result<Stack> {
    let mut command = sam_command(sam, port)?;
    command.args(["deploy", "--config-env", "local", "--config-file"]).arg(configuration()).arg("--template-file");
    command.arg(build_directory().join("template.yaml"));
    let aws = Aws::new(port);
    let webhook_secret = aws.secret(WEBHOOK_SECRET_NAME, &json!({ "stripe": WEBHOOK_SECRET }).to_string())?;
    command.arg("--parameter-overrides").args(parameters(port, Stripe::on(&aws)?.as_ref())?);
    command.args(["Webhooks=on", &format!("WebhookSecretArn={webhook_secret}")]);
    process::run(&format!("sam-deploy-{port}"), "sam deploy", &mut command)?;
    let stack = Stack::on(port)?;
    stack.aws.verify_sender(SENDER_IDENTITY)?;
    Ok(stack)
}

/// Deploys the template once more, with one capability alone, beside the whole: that it can be done is the test.
pub fn deploy_alone(sam: &Environment, port: u16, capability: &str) -> Result<()> {
    let name = format!("paybus-{}-alone", capability.to_lowercase());
    deploy_beside(sam, port, &name, &[capability], &[])
}

/// The stack of [`deploy_metered`].
pub const METERED: &str = "paybus-metered";

/// Deploys what those have who meter resources, beside the whole: access is held at once, and the customers' own apps ask the
/// API with their tokens and register their devices.
pub fn deploy_metered(sam: &Environment, port: u16) -> Result<Stack> {
    let aws = Aws::new(port);
    let (issuer, client) = aws.create_user_pool(METERED)?;
    let application = aws.create_push_application(METERED)?;
    let more = [
        r#"AccessPolicy='{"base":"metered"}'"#.to_owned(),
        "CustomerApiAuth=jwt".to_owned(),
        format!("CustomerApiIssuer={issuer}"),
        format!("CustomerApiAudience={client}"),
        "CustomerApiClaim=custom:customer".to_owned(),
        "CustomerApiOrigins=https://shop.example".to_owned(),
        format!("GooglePushApplicationArn={application}"),
    ];
    deploy_beside(sam, port, METERED, &["Access", "CustomerApi"], &more)?;
    Stack::named(port, METERED)
}

fn deploy_beside(sam: &Environment, port: u16, name: &str, on: &[&str], more: &[String]) -> Result<()> {
    let switches = CAPABILITIES.map(|other| format!("{other}={}", if on.contains(&other) { "on" } else { "off" }));
    let mut command = sam_command(sam, port)?;
    command.args(["deploy", "--config-env", "local", "--config-file"]).arg(configuration());
    command.args(["--stack-name", name, "--template-file"]);
    command.arg(build_directory().join("template.yaml"));
    command.arg("--parameter-overrides").args(parameters(port, None)?).args(switches).args(more);
    process::run(&format!("sam-deploy-{port}-{name}"), &format!("sam deploy of {name}"), &mut command)
}

/// The `sam` command, kept on this machine, with the settings for a local build.
pub fn sam_command(sam: &Environment, port: u16) -> Result<Command> {
    let mut command = Command::new(sam.program("sam"));
    isolation::apply(&mut command, port)?;
    command.envs(build_settings(sam)?).current_dir(workspace::root());
    Ok(command)
}

/// What makes `sam build` and `cargo lambda build` build for this machine: quick to compile, with the host's compiler.
pub fn build_settings(sam: &Environment) -> Result<Vec<(&'static str, String)>> {
    let caller = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([sam.programs.clone()].into_iter().chain(env::split_paths(&caller)))
        .context("a directory in PATH has a colon in its name")?;
    Ok(vec![
        ("PATH", path.to_string_lossy().into_owned()),
        // Without it, SAM asks for the release profile, which takes minutes per function.
        ("SAM_BUILD_MODE", "debug".to_owned()),
        ("CARGO_LAMBDA_GLOBAL", workspace::root().join(".config/cargo-lambda-local.toml").display().to_string()),
    ])
}

/// The crates of the functions, as the template names them.
fn packages() -> Result<Vec<String>> {
    let template =
        fs::read_to_string(workspace::root().join("template.yaml")).context("could not read template.yaml")?;
    let folders = template.lines().filter_map(|line| line.trim().strip_prefix("CodeUri: crates/"));
    Ok(folders.map(str::to_owned).collect())
}

/// Compiles ahead of `sam build`, which shows nothing while it compiles.
fn compile(sam: &Environment, package: &str) -> Result<()> {
    let mut command = isolation::cargo();
    isolation::apply(&mut command, isolation_port())?;
    command
        .args(["lambda", "build", "--bin", package])
        .envs(build_settings(sam)?)
        .current_dir(workspace::root().join("crates").join(package));
    process::run(&format!("compile-{package}"), &format!("compiling {package}"), &mut command)
}

/// Where `sam build` puts its results; not where `sam build` for AWS does.
fn build_directory() -> PathBuf {
    workspace::local().join("sam-build")
}

/// SAM looks for it beside the template, which is in another directory once it is built.
fn configuration() -> PathBuf {
    workspace::root().join("samconfig.toml")
}

/// A build talks to no endpoint; this one answers nothing.
const fn isolation_port() -> u16 {
    9
}

fn architecture_parameter() -> String {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    format!("Architecture={architecture}")
}

/// The parameters of the `local` environment in `samconfig.toml`, with this machine's processor, the stack's port and the fake
/// Stripe, if there is one.
fn parameters(port: u16, stripe: Option<&Stripe>) -> Result<Vec<String>> {
    let text = fs::read_to_string(configuration()).context("could not read samconfig.toml")?;
    let config: SamConfig = toml::from_str(&text).context("could not understand samconfig.toml")?;
    let mut ours = vec![architecture_parameter(), format!("AwsEndpointUrl={}", isolation::endpoint(port))];
    ours.extend(stripe.map(Stripe::parameters).unwrap_or_default());
    let is_ours = |parameter: &String| {
        ours.iter()
            .any(|our| our.split_once('=').map(|(name, _)| name) == parameter.split_once('=').map(|(name, _)| name))
    };
    let others = config.local.deploy.parameters.parameter_overrides.into_iter().filter(|parameter| !is_ours(parameter));
    Ok(others.chain(ours.iter().cloned()).collect())
}

#[derive(Deserialize)]
struct SamConfig {
    local: SamEnvironment,
}

#[derive(Deserialize)]
struct SamEnvironment {
    deploy: SamCommand,
}

#[derive(Deserialize)]
struct SamCommand {
    parameters: SamParameters,
}

#[derive(Deserialize)]
struct SamParameters {
    parameter_overrides: Vec<String>,
}

/// The outputs or parameters in CloudFormation's answer, which is XML of a fixed form.
fn pairs(answer: &str, kind: &str) -> BTreeMap<String, String> {
    let element = |text: &str, name: &str| -> Option<String> {
        let (_, rest) = text.split_once(&format!("<{kind}{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{kind}{name}>"))?;
        Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
    };
    answer.split("<member>").filter_map(|member| Some((element(member, "Key")?, element(member, "Value")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{pairs, parameters};

    #[test]
    fn the_outputs_are_found_in_the_answer() {
        let answer = "<Outputs><member><OutputKey>HubName</OutputKey><OutputValue>hub</OutputValue></member>\
                      <member><OutputKey>Other</OutputKey><Description>x</Description><OutputValue>y</OutputValue></member></Outputs>";
        let outputs = pairs(answer, "Output");
        assert_eq!(outputs.get("HubName").map(String::as_str), Some("hub"));
        assert_eq!(outputs.get("Other").map(String::as_str), Some("y"));
    }

    #[test]
    fn the_port_replaces_the_one_of_the_configuration() {
        let parameters = parameters(4999, None).expect("samconfig.toml is part of the repository");
        let endpoints: Vec<_> =
            parameters.iter().filter(|parameter| parameter.starts_with("AwsEndpointUrl=")).collect();
        assert_eq!(endpoints, ["AwsEndpointUrl=http://127.0.0.1:4999"]);
        assert!(parameters.iter().any(|parameter| parameter == "OutboundMode=send"));
    }
}
