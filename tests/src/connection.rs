//! A stack of one test, connected to a Stripe account of its own.
//!
//! It is made from the template that `cargo xtask test` has deployed, through CloudFormation's own API: so one test can make,
//! change, break and remove stacks within seconds. Capabilities that have nothing to do with the connection are off.

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use xtask::{
    aws::{self, Aws, Message},
    isolation,
    stack::{NAME, Stack},
};

use crate::{
    flow::{Flow, wait_for},
    stripe::StripeAccount,
};

/// A parameter of the template, and what it is set to.
pub type Parameter<'a> = (&'a str, &'a str);

/// A stack of one test.
#[derive(Debug)]
pub struct Connection {
    /// What it is connected to.
    pub stripe: StripeAccount,
    /// The stack's name.
    pub name: String,
    /// The emulator that it is deployed to.
    pub aws: Aws,
    /// The API key of the account, which nothing may show.
    pub api_key: String,
    secret_arn: String,
    template: Value,
}

/// What CloudFormation tells of one resource, or of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEvent {
    /// The resource's name in the template, or the stack's.
    pub resource: String,
    /// `CREATE_FAILED`, for example.
    pub status: String,
    /// Why.
    pub reason: String,
}

impl Connection {
    /// A name, an account and a key; `None` without `cargo xtask test`. No stack is made yet.
    pub fn new() -> Result<Option<Self>> {
        let Some(flow) = Flow::new() else { return Ok(None) };
        let aws = flow.stack.aws;
        let name = format!("connect-{}", flow.mark);
        let api_key = format!("rk_test_canary{}", flow.mark);
        let secret_arn = aws.secret(&format!("{name}-key"), &json!({ "api_key": api_key }).to_string())?;
        let template = deployed_template(&aws)?;
        Ok(Some(Self { stripe: StripeAccount::open(&flow.mark)?, name, aws, api_key, secret_arn, template }))
    }

    /// Makes the stack, and gives the status in which CloudFormation leaves it.
    pub fn create(&self, changes: &[Parameter<'_>]) -> Result<String> {
        self.send("CreateStack", &self.template, changes)
    }

    /// Changes the stack to what it would be with these parameters.
    pub fn update(&self, changes: &[Parameter<'_>]) -> Result<String> {
        self.send("UpdateStack", &self.template, changes)
    }

    /// As [`Connection::create`], with a resource that cannot be made once the connection stands.
    pub fn create_in_vain(&self, changes: &[Parameter<'_>]) -> Result<String> {
        self.send("CreateStack", &self.broken_template(), changes)
    }

    /// As [`Connection::update`], with a resource that cannot be made once the connection stands.
    pub fn update_in_vain(&self, changes: &[Parameter<'_>]) -> Result<String> {
        self.send("UpdateStack", &self.broken_template(), changes)
    }

    /// Removes the stack and all that it made.
    pub fn delete(&self) -> Result<()> {
        self.call("DeleteStack", &[])?;
        wait_for(&format!("{} to be deleted", self.name), || match self.status() {
            Ok(status) if status == "DELETE_COMPLETE" => Ok(Some(())),
            Ok(status) if status.ends_with("_FAILED") => bail!("{status}: {:?}", self.events()?),
            Ok(_) => Ok(None),
            Err(error) if error.to_string().contains("does not exist") => Ok(Some(())),
            Err(error) => Err(error),
        })
    }

    /// The deployed stack, for its outputs.
    pub fn stack(&self) -> Result<Stack> {
        Stack::named(self.aws.port(), &self.name)
    }

    /// What CloudFormation told, newest first.
    pub fn events(&self) -> Result<Vec<StackEvent>> {
        let answer = self.call("DescribeStackEvents", &[])?;
        Ok(answer
            .split("<member>")
            .skip(1)
            .map(|member| StackEvent {
                resource: element(member, "LogicalResourceId"),
                status: element(member, "ResourceStatus"),
                reason: element(member, "ResourceStatusReason"),
            })
            .collect())
    }

    /// The buses of partners.
    pub fn partner_buses(&self) -> Result<Vec<String>> {
        let request = json!({ "NamePrefix": "aws.partner/" });
        let answer = self.aws.json("events", "AWSEvents.ListEventBuses", &request)?;
        let buses = answer["EventBuses"].as_array().into_iter().flatten();
        Ok(buses.filter_map(|bus| bus["Name"].as_str().map(str::to_owned)).collect())
    }

    /// The pattern of the rule that forwards a partner's bus to the hub.
    pub fn forward_pattern(&self, bus: &str) -> Result<String> {
        let request = json!({ "Name": format!("{}-stripe-forward", self.name), "EventBusName": bus });
        let rule = self.aws.json("events", "AWSEvents.DescribeRule", &request)?;
        rule["EventPattern"].as_str().map(str::to_owned).context("the rule has no pattern")
    }

    /// Whether EventBridge says that an event matches a pattern.
    pub fn matches(&self, pattern: &str, event: &Value) -> Result<bool> {
        let request = json!({ "EventPattern": pattern, "Event": event.to_string() });
        let answer = self.aws.json("events", "AWSEvents.TestEventPattern", &request)?;
        answer["Result"].as_bool().context("TestEventPattern has no result")
    }

    /// The secret with the signing secrets of this stack's webhooks.
    pub fn webhook_secret(&self, signing_secret: &str) -> Result<String> {
        self.aws.secret(&format!("{}-webhooks", self.name), &json!({ "stripe": signing_secret }).to_string())
    }

    /// Puts a queue on the hub that gets everything.
    pub fn listen_on_the_hub(&self) -> Result<()> {
        let queue = self.spy();
        let hub = self.stack()?.output("HubName")?.to_owned();
        let statement = json!({
            "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": aws::arn("sqs", &queue),
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        self.aws.json(
            "sqs",
            "AmazonSQS.CreateQueue",
            &json!({ "QueueName": queue, "Attributes": { "Policy": policy } }),
        )?;
        let pattern = json!({ "source": [{ "prefix": "" }] }).to_string();
        let rule = json!({ "Name": queue, "EventBusName": hub, "EventPattern": pattern });
        self.aws.json("events", "AWSEvents.PutRule", &rule)?;
        let target = json!({ "Id": "spy", "Arn": aws::arn("sqs", &queue) });
        let targets = json!({ "Rule": queue, "EventBusName": hub, "Targets": [target] });
        self.aws.json("events", "AWSEvents.PutTargets", &targets).map(drop)
    }

    /// What came over the hub since it is listened to: whole envelopes.
    pub fn heard(&self) -> Result<Vec<Value>> {
        let messages = self.aws.peek(&self.spy())?;
        messages
            .iter()
            .map(|Message { body, .. }| serde_json::from_str(body).context("an envelope is no JSON"))
            .collect()
    }

    /// Writes into the stack's event log what EventBridge writes there of an event. The emulator takes a log group for a target,
    /// and leaves it empty.
    #[expect(clippy::disallowed_methods, reason = "a log takes entries of the last weeks only")]
    pub fn note_on_the_hub(&self, event_id: &str) -> Result<()> {
        let group = format!("/aws/events/{}", self.name);
        let now = Timestamp::now().as_millisecond();
        let stream = json!({ "logGroupName": group, "logStreamName": event_id });
        self.aws.json("logs", "Logs_20140328.CreateLogStream", &stream)?;
        let line = json!({ "timestamp": now, "message": format!("type=invoice.paid event={event_id}") });
        let lines = json!({ "logGroupName": group, "logStreamName": event_id, "logEvents": [line] });
        self.aws.json("logs", "Logs_20140328.PutLogEvents", &lines).map(drop)
    }

    /// An access key of somebody who may do nothing: its id and its secret.
    pub fn key_without_rights(&self) -> Result<(String, String)> {
        let user = ("UserName", self.name.as_str());
        self.aws.query("iam", &[("Action", "CreateUser"), user, ("Version", "2010-05-08")])?;
        let key = self.aws.query("iam", &[("Action", "CreateAccessKey"), user, ("Version", "2010-05-08")])?;
        Ok((element(&key, "AccessKeyId"), element(&key, "SecretAccessKey")))
    }

    /// The secret with the API key.
    #[must_use]
    pub fn secret_arn(&self) -> &str {
        &self.secret_arn
    }

    /// Everything that the functions of the stack have logged.
    pub fn log_lines(&self) -> Result<Vec<String>> {
        let functions = ["stripe-destination", "webhook-ingress", "reconciler"];
        let lines = functions.map(|function| self.log_lines_of(function)).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(lines.concat())
    }

    /// What one function has logged; nothing when the stack has no such function.
    pub fn log_lines_of(&self, function: &str) -> Result<Vec<String>> {
        match self.aws.log_lines(&format!("/aws/lambda/{}-{function}", self.name)) {
            Err(error) if error.to_string().contains("ResourceNotFoundException") => Ok(Vec::new()),
            lines => lines,
        }
    }

    fn spy(&self) -> String {
        format!("{}-spy", self.name)
    }

    fn send(&self, action: &str, template: &Value, changes: &[Parameter<'_>]) -> Result<String> {
        let url = self.aws.keep("connection-templates", &format!("{}.json", self.name), &template.to_string())?;
        let parameters = self.parameters(changes);
        let mut query = vec![
            ("TemplateURL".to_owned(), url.as_str()),
            ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM"),
            ("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND"),
        ];
        for (index, (name, value)) in (1..).zip(&parameters) {
            query.push((format!("Parameters.member.{index}.ParameterKey"), name));
            query.push((format!("Parameters.member.{index}.ParameterValue"), value));
        }
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.call(action, &query)?;
        wait_for(&format!("{action} of {}", self.name), || {
            Ok(Some(self.status()?).filter(|status| !status.ends_with("_IN_PROGRESS")))
        })
    }

    /// The connection and nothing else, with these changes.
    fn parameters(&self, changes: &[Parameter<'_>]) -> Vec<(String, String)> {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        let endpoint = isolation::endpoint(self.aws.port());
        let usual = [
            ("Architecture", architecture),
            ("AwsEndpointUrl", &endpoint),
            ("StripeApiUrl", &self.stripe.url),
            ("StripeConnection", "create"),
            ("StripeSecretArn", &self.secret_arn),
            ("Notices", "off"),
            ("Loyalty", "off"),
            ("Engagement", "off"),
            ("CustomerSync", "off"),
        ];
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        kept.chain(changes.iter().copied()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// CloudFormation refuses a resource policy for logs without a name, and says so only when it gets there.
    fn broken_template(&self) -> Value {
        let mut template = self.template.clone();
        template["Resources"]["MadeInVain"] = json!({
            "Type": "AWS::Logs::ResourcePolicy",
            "DependsOn": ["StripeForwardRule"],
            "Properties": { "PolicyDocument": "{}" },
        });
        template
    }

    fn status(&self) -> Result<String> {
        let status = element(&self.call("DescribeStacks", &[])?, "StackStatus");
        ensure!(!status.is_empty(), "{} has no status", self.name);
        Ok(status)
    }

    fn call(&self, action: &str, more: &[(&str, &str)]) -> Result<String> {
        let mut query = vec![("Action", action), ("StackName", self.name.as_str()), ("Version", "2010-05-15")];
        query.extend(more);
        self.aws.query("cloudformation", &query)
    }
}

/// The template that `sam deploy` brought, with its code in S3 and after SAM's transform.
fn deployed_template(aws: &Aws) -> Result<Value> {
    let answer = aws.query(
        "cloudformation",
        &[("Action", "GetTemplate"), ("StackName", NAME), ("TemplateStage", "Processed"), ("Version", "2010-05-15")],
    )?;
    let mut template =
        serde_json::from_str(&element(&answer, "TemplateBody")).context("the deployed template is no JSON")?;
    allow_what_only_the_emulator_asks_for(&mut template)?;
    Ok(template)
}

/// The emulator holds `events:DescribeEventSource` against no source, where AWS holds it against the partner's, which is what the
/// template grants.
fn allow_what_only_the_emulator_asks_for(template: &mut Value) -> Result<()> {
    let policy = &mut template["Resources"]["StripeDestinationRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let mut statements = policy["Statement"].as_array_mut().context("the role has no statements")?.iter_mut();
    let statement = statements.find(|statement| statement["Action"] == "events:DescribeEventSource");
    statement.context("the role may not see the source")?["Resource"] = json!("*");
    Ok(())
}

/// The text of an element in CloudFormation's XML; empty when there is none.
fn element(xml: &str, name: &str) -> String {
    let text = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    let unescaped = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let text = text.map_or_else(String::new, |(text, _)| text.to_owned());
    unescaped.iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}
