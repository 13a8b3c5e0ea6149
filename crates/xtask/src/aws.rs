//! A client of the emulator's AWS API, for the few calls that the demo and the tests make.
//!
//! Plain HTTP to 127.0.0.1, without TLS and without signing: it cannot talk to AWS. The signature header only says which
//! service is meant and that we are the made-up root user.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use ureq::Agent;

use crate::isolation;

mod gateway;

pub use gateway::{ApiAnswer, ApiRequest, SIGNATURE, Subscriber};

/// A client of the emulator on one port.
#[derive(Debug, Clone)]
pub struct Aws {
    agent: Agent,
    port: u16,
}

/// An email that the emulator took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The emulator's id of it.
    pub id: String,
    /// Everybody it goes to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// The text body.
    pub text: String,
    /// The HTML body.
    pub html: String,
}

/// A message in a queue, looked at without taking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The body, byte for byte.
    pub body: String,
    /// How often it was taken from the queue.
    pub receive_count: u64,
}

/// An execution of a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`.
    pub status: String,
    /// What it was started with.
    pub input: Value,
}

impl Aws {
    /// A client of the emulator on `port`.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self { agent: agent(), port }
    }

    /// Where the emulator listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether it answers and is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let url = format!("{}/_ministack/ready", isolation::endpoint(self.port));
        self.agent.get(url).call().is_ok_and(|answer| answer.status().is_success())
    }

    /// Calls a service that speaks AWS JSON: `json("dynamodb", "DynamoDB_20120810.Scan", ...)`.
    pub fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value> {
        let answer = self.send(
            service,
            "POST",
            "/",
            &[("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)],
            &body.to_string(),
        )?;
        serde_json::from_str(&answer).with_context(|| format!("{target}: the answer is no JSON: {answer}"))
    }

    /// Calls a service that speaks AWS Query, and gives its XML: `query("sns", &[("Action", "Publish"), ...])`.
    pub fn query(&self, service: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let body: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        self.send(service, "POST", "/", &[("content-type", "application/x-www-form-urlencoded")], &body.join("&"))
    }

    /// Calls a service that speaks REST with JSON.
    pub fn rest(&self, service: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
        let answer = self.send(service, method, path, &[("content-type", "application/json")], &body.to_string())?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer).with_context(|| format!("{path}: the answer is no JSON: {answer}"))
    }

    /// Publishes one event on a bus.
    pub fn put_event(&self, bus: &str, source: &str, detail_type: &str, detail: &Value) -> Result<()> {
        let entry =
            json!({ "EventBusName": bus, "Source": source, "DetailType": detail_type, "Detail": detail.to_string() });
        let answer = self.json("events", "AWSEvents.PutEvents", &json!({ "Entries": [entry] }))?;
        if answer["FailedEntryCount"] != 0 {
            bail!("the bus {bus} refused the event {detail_type}: {answer}");
        }
        Ok(())
    }

    /// Puts a message on a queue, past the bus.
    pub fn send_message(&self, queue: &str, body: &str) -> Result<()> {
        let message = json!({ "QueueUrl": self.queue_url(queue), "MessageBody": body });
        self.json("sqs", "AmazonSQS.SendMessage", &message).map(drop)
    }

    /// Looks at all messages of a queue, also those that somebody has taken and not yet answered for.
    pub fn peek(&self, queue: &str) -> Result<Vec<Message>> {
        let url = percent_encoded(&self.queue_url(queue));
        let answer = self.inspect(&format!("/_ministack/sqs/messages?QueueUrl={url}"))?;
        let per_queue = answer["messages"].as_object().into_iter().flat_map(|accounts| accounts.values());
        let lists = per_queue
            .flat_map(|regions| regions.as_object().into_iter().flat_map(|regions| regions.values()))
            .flat_map(|queues| queues.as_object().into_iter().flat_map(|queues| queues.values()));
        Ok(lists.flat_map(|list| list.as_array().into_iter().flatten()).map(message).collect())
    }

    /// All mails that were sent, oldest first.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let answer = self.inspect("/_ministack/ses/messages")?;
        let lists = answer["messages"].as_object().into_iter().flat_map(|accounts| accounts.values());
        Ok(lists.flat_map(|list| list.as_array().into_iter().flatten()).map(mail).collect())
    }

    /// All executions of a state machine, with what each was started with.
    pub fn executions(&self, state_machine: &str) -> Result<Vec<Execution>> {
        let answer =
            self.json("states", "AWSStepFunctions.ListExecutions", &json!({ "stateMachineArn": state_machine }))?;
        let arns = answer["executions"].as_array().into_iter().flatten().map(|entry| text(&entry["executionArn"]));
        arns.map(|arn| {
            let entry = self.json("states", "AWSStepFunctions.DescribeExecution", &json!({ "executionArn": arn }))?;
            let input = serde_json::from_str(&text(&entry["input"]))
                .with_context(|| format!("the input of {arn} is no JSON"))?;
            Ok(Execution { arn, name: text(&entry["name"]), status: text(&entry["status"]), input })
        })
        .collect()
    }

    /// What happened in an execution, event by event.
    pub fn history(&self, execution: &str) -> Result<Vec<Value>> {
        let request = json!({ "executionArn": execution, "maxResults": 1000 });
        let answer = self.json("states", "AWSStepFunctions.GetExecutionHistory", &request)?;
        Ok(answer["events"].as_array().cloned().unwrap_or_default())
    }

    /// All items of a table, as `{"name": {"S": ...}}`. For small tables only: it reads one page.
    pub fn items(&self, table: &str) -> Result<Vec<Value>> {
        let answer = self.json("dynamodb", "DynamoDB_20120810.Scan", &json!({ "TableName": table }))?;
        Ok(answer["Items"].as_array().cloned().unwrap_or_default())
    }

    /// The lines that a log group holds, oldest first.
    pub fn log_lines(&self, group: &str) -> Result<Vec<String>> {
        let request = json!({ "logGroupName": group, "limit": 10_000 });
        let answer = self.json("logs", "Logs_20140328.FilterLogEvents", &request)?;
        Ok(answer["events"].as_array().into_iter().flatten().map(|event| text(&event["message"])).collect())
    }

    /// Makes a topic that stands for a customer's device, with a queue behind it that shows what arrived. Gives the
    /// topic's ARN.
    pub fn create_device(&self, name: &str) -> Result<String> {
        let topic = arn("sns", name);
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": arn("sqs", name),
            "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let queue = json!({ "QueueName": name, "Attributes": { "Policy": policy } });
        self.json("sqs", "AmazonSQS.CreateQueue", &queue)?;
        self.query("sns", &[("Action", "CreateTopic"), ("Name", name), ("Version", "2010-03-31")])?;
        self.query(
            "sns",
            &[
                ("Action", "Subscribe"),
                ("TopicArn", &topic),
                ("Protocol", "sqs"),
                ("Endpoint", &arn("sqs", name)),
                ("Version", "2010-03-31"),
            ],
        )?;
        Ok(topic)
    }

    /// The program of a function, as a zip file.
    pub fn code_of(&self, function: &str) -> Result<Vec<u8>> {
        let path = format!("/2015-03-31/functions/{function}");
        let location = text(&self.rest("lambda", "GET", &path, &Value::Null)?["Code"]["Location"]);
        let (_, place) = location.split_once("/_ministack/").context("the program is not at the local stack")?;
        let url = format!("{}/_ministack/{place}", isolation::endpoint(self.port));
        let mut answer = self.agent.get(url).call().context("could not get the program")?;
        let limited = answer.body_mut().with_config().limit(100 * 1024 * 1024);
        limited.read_to_vec().context("could not read the program")
    }

    /// The ARN of a secret, which is made with a first text unless it is there. One that is there keeps its text.
    pub fn secret(&self, name: &str, first_text: &str) -> Result<String> {
        let described = self.json("secretsmanager", "secretsmanager.DescribeSecret", &json!({ "SecretId": name }));
        let answer = match described {
            Ok(answer) => answer,
            Err(error) if error.to_string().contains("ResourceNotFoundException") => {
                let request = json!({ "Name": name, "SecretString": first_text });
                self.json("secretsmanager", "secretsmanager.CreateSecret", &request)?
            }
            Err(error) => return Err(error),
        };
        answer["ARN"].as_str().map(str::to_owned).with_context(|| format!("the secret {name} has no ARN"))
    }

    /// Keeps a text in a bucket, which is made unless it is there, and gives its URL as CloudFormation takes it.
    pub fn keep(&self, bucket: &str, key: &str, text: &str) -> Result<String> {
        self.send("s3", "PUT", &format!("/{bucket}"), &[], "")?;
        self.send("s3", "PUT", &format!("/{bucket}/{key}"), &[], text)?;
        Ok(format!("{}/{bucket}/{key}", isolation::endpoint(self.port)))
    }

    /// Runs a function and waits for its answer; an error of the function is one here.
    pub fn invoke(&self, function: &str, payload: &Value) -> Result<Value> {
        let answer = self.rest("lambda", "POST", &format!("/2015-03-31/functions/{function}/invocations"), payload)?;
        if answer.get("errorType").is_some() {
            bail!("{function} failed: {answer}");
        }
        Ok(answer)
    }

    /// Sends JSON to the URL of a function, as anybody on the internet could: the status and the answer.
    pub fn post_to_function(
        &self,
        url_id: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<(u16, String)> {
        self.post_publicly(&format!("{}/{path}", self.function_url(url_id)), headers, body)
    }

    /// As [`Aws::post_to_function`], to an API of API Gateway.
    pub fn post_to_gateway(
        &self,
        api_id: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<(u16, String)> {
        let url = format!("{}/_aws/execute-api/{api_id}/$default/{path}", isolation::endpoint(self.port));
        self.post_publicly(&url, headers, body)
    }

    fn post_publicly(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Result<(u16, String)> {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.send(body).with_context(|| format!("{url} does not answer"))?;
        let text = answer.body_mut().read_to_string().context("could not read the answer")?;
        Ok((answer.status().as_u16(), text))
    }

    /// Where the emulator serves the function URL of an id.
    #[must_use]
    pub fn function_url(&self, url_id: &str) -> String {
        format!("{}/_aws/lambda-url/{url_id}", isolation::endpoint(self.port))
    }

    /// Lets a sender identity pass for verified.
    pub fn verify_sender(&self, identity: &str) -> Result<()> {
        let request = json!({ "EmailIdentity": identity });
        match self.rest("ses", "POST", "/v2/email/identities", &request) {
            Err(error) if error.to_string().contains("AlreadyExists") => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The URL of a queue.
    #[must_use]
    pub fn queue_url(&self, queue: &str) -> String {
        format!("http://localhost:{}/{}/{queue}", self.port, isolation::ACCOUNT)
    }

    fn inspect(&self, path: &str) -> Result<Value> {
        let mut answer = self
            .agent
            .get(format!("{}{path}", isolation::endpoint(self.port)))
            .call()
            .with_context(|| format!("the local stack on port {} does not answer", self.port))?;
        let text = answer.body_mut().read_to_string().context("could not read the answer")?;
        if !answer.status().is_success() {
            bail!("{path}: {} {text}", answer.status());
        }
        serde_json::from_str(&text).with_context(|| format!("{path}: the answer is no JSON"))
    }

    fn send(&self, service: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<String> {
        let now = Timestamp::now();
        let day = now.strftime("%Y%m%d");
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", isolation::endpoint(self.port)))
            .header("x-amz-date", now.strftime("%Y%m%dT%H%M%SZ").to_string())
            // The queues refuse whoever comes without TLS; the emulator takes our word for it.
            .header("x-forwarded-proto", "https")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={}/{day}/{}/{service}/aws4_request, SignedHeaders=host, Signature=none",
                    isolation::ACCESS_KEY,
                    isolation::REGION
                ),
            );
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).context("could not build the request")?;
        let mut answer = self
            .agent
            .run(request)
            .with_context(|| format!("the local stack on port {} does not answer", self.port))?;
        let text = answer.body_mut().read_to_string().context("could not read the answer")?;
        if !answer.status().is_success() {
            bail!("{service} refused {path} {headers:?}: {} {text}", answer.status());
        }
        Ok(text)
    }
}

/// A client for this machine: no proxy, and an answer of any status is an answer.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent()
}

/// The ARN of something of the local account that is known by its name.
#[must_use]
pub fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{name}", isolation::REGION, isolation::ACCOUNT)
}

fn mail(entry: &Value) -> Mail {
    let recipients = ["To", "CC", "BCC"].iter().flat_map(|name| entry[*name].as_array().into_iter().flatten());
    Mail {
        id: text(&entry["MessageId"]),
        to: recipients.map(text).collect(),
        subject: text(&entry["Subject"]),
        text: text(&entry["BodyText"]),
        html: text(&entry["BodyHtml"]),
    }
}

fn message(entry: &Value) -> Message {
    Message { body: text(&entry["Body"]), receive_count: entry["ReceiveCount"].as_u64().unwrap_or_default() }
}

/// A JSON text, or nothing where there is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn percent_encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(format!("%{byte:02X}").chars());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn what_is_special_in_a_form_is_encoded() {
        assert_eq!(percent_encoded("a b&c=d/é~"), "a%20b%26c%3Dd%2F%C3%A9~");
    }
}
