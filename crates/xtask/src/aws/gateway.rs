//! What a product does: it calls the customer API, signs its customers in, and listens on the hub.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Aws, arn, text};
use crate::isolation;

/// The signature of the account's root user. The emulator takes our word for it, as it does for every other call.
pub const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=none";

/// A request to an API.
#[derive(Debug, Clone, Copy)]
pub struct ApiRequest<'request> {
    /// `GET`, `PUT`, ...
    pub method: &'request str,
    /// The path with its query, percent-encoded.
    pub target: &'request str,
    /// The headers.
    pub headers: &'request [(&'request str, &'request str)],
    /// The body.
    pub body: &'request str,
}

/// An answer of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl ApiAnswer {
    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, which has to be JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body)
            .with_context(|| format!("{} with a body that is no JSON: {}", self.status, self.body))
    }
}

/// A rule on the hub with a queue behind it, as a product's backend would have.
#[derive(Debug, Clone)]
pub struct Subscriber {
    aws: Aws,
    queue: String,
}

impl Subscriber {
    /// The events that came, as EventBridge delivered them.
    pub fn events(&self) -> Result<Vec<Value>> {
        let messages = self.aws.peek(&self.queue)?;
        messages.iter().map(|message| serde_json::from_str(&message.body).context("an event is no JSON")).collect()
    }
}

impl Aws {
    /// The address of an API of the gateway (`http://<id>.execute-api.localhost:4566`) for clients that cannot find it by that
    /// name.
    pub fn api_address(&self, url: &str) -> Result<String> {
        Ok(format!("{}/_aws/execute-api/{}/$default", isolation::endpoint(self.port), api_id(url)?))
    }

    /// Says again which pages may call an API, in the words that the emulator's gateway reads: its CloudFormation hands
    /// `AllowOrigins` on as it is, where the gateway looks for `allowOrigins`. The values are those of the template.
    pub fn spell_cors_as_the_gateway_does(&self, url: &str) -> Result<()> {
        let path = format!("/v2/apis/{}", api_id(url)?);
        let api = self.rest("apigateway", "GET", &path, &Value::Null)?;
        let cors = api["corsConfiguration"].as_object().context("the API has no CORS configuration")?;
        let spelt: serde_json::Map<_, _> =
            cors.iter().map(|(name, value)| (lower_first(name), value.clone())).collect();
        self.rest("apigateway", "PATCH", &path, &json!({ "corsConfiguration": spelt })).map(drop)
    }

    /// Calls an API of the gateway.
    pub fn call_api(&self, url: &str, request: ApiRequest<'_>) -> Result<ApiAnswer> {
        let address = format!("{}{}", self.api_address(url)?, request.target);
        let mut call = ureq::http::Request::builder().method(request.method).uri(address);
        for (name, value) in request.headers {
            call = call.header(*name, *value);
        }
        let call = call.body(request.body.to_owned()).context("could not build the request")?;
        let mut answer = self.agent.run(call).context("the API does not answer")?;
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let body = answer.body_mut().read_to_string().context("could not read the answer")?;
        Ok(ApiAnswer { status: answer.status().as_u16(), headers, body })
    }

    /// Subscribes on a bus.
    pub fn subscribe(&self, bus: &str, name: &str, pattern: &Value) -> Result<Subscriber> {
        let rule = arn("events", &format!("rule/{bus}/{name}"));
        let statement = json!({
            "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": arn("sqs", name), "Condition": { "ArnEquals": { "aws:SourceArn": rule } },
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        self.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": name, "Attributes": { "Policy": policy } }))?;
        let rule = json!({ "Name": name, "EventBusName": bus, "EventPattern": pattern.to_string() });
        self.json("events", "AWSEvents.PutRule", &rule)?;
        let target = json!({ "Id": "product", "Arn": arn("sqs", name) });
        self.json(
            "events",
            "AWSEvents.PutTargets",
            &json!({ "Rule": name, "EventBusName": bus, "Targets": [target] }),
        )?;
        Ok(Subscriber { aws: self.clone(), queue: name.to_owned() })
    }

    /// Makes a user pool whose users know which customer they are, and a client of it: `(issuer, client id)`.
    pub fn create_user_pool(&self, name: &str) -> Result<(String, String)> {
        let attribute = json!({ "Name": "customer", "AttributeDataType": "String", "Mutable": true });
        let pool = json!({ "PoolName": name, "Schema": [attribute] });
        let pool = self.cognito("CreateUserPool", &pool)?;
        let id = text(&pool["UserPool"]["Id"]);
        let client = json!({
            "UserPoolId": id, "ClientName": name, "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        });
        let client = self.cognito("CreateUserPoolClient", &client)?;
        let issuer = format!("https://cognito-idp.{}.amazonaws.com/{id}", isolation::REGION);
        Ok((issuer, text(&client["UserPoolClient"]["ClientId"])))
    }

    /// Signs a customer in at a pool, and gives the token that an app would hold.
    pub fn token(&self, issuer: &str, client: &str, customer: &str) -> Result<String> {
        const PASSWORD: &str = "Only-On-This-Machine-1";
        let pool = issuer.rsplit('/').next().unwrap_or_default();
        let attributes = json!([{ "Name": "custom:customer", "Value": customer }]);
        let user = json!({ "UserPoolId": pool, "Username": customer, "UserAttributes": attributes });
        self.cognito("AdminCreateUser", &user)?;
        let password = json!({ "UserPoolId": pool, "Username": customer, "Password": PASSWORD, "Permanent": true });
        self.cognito("AdminSetUserPassword", &password)?;
        let credentials = json!({ "USERNAME": customer, "PASSWORD": PASSWORD });
        let request = json!({
            "UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": credentials,
        });
        let answer = self.cognito("AdminInitiateAuth", &request)?;
        answer["AuthenticationResult"]["IdToken"].as_str().map(str::to_owned).context("there is no token")
    }

    /// Makes an application that devices are registered with, and gives its ARN.
    pub fn create_push_application(&self, name: &str) -> Result<String> {
        self.query(
            "sns",
            &[
                ("Action", "CreatePlatformApplication"),
                ("Name", name),
                ("Platform", "GCM"),
                ("Attributes.entry.1.key", "PlatformCredential"),
                ("Attributes.entry.1.value", "made-up"),
                ("Version", "2010-03-31"),
            ],
        )?;
        Ok(arn("sns", &format!("app/GCM/{name}")))
    }

    fn cognito(&self, operation: &str, body: &Value) -> Result<Value> {
        self.json("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), body)
    }
}

/// The id in the address of an API.
fn api_id(url: &str) -> Result<&str> {
    let id = url.split("//").nth(1).and_then(|host| host.split('.').next());
    id.with_context(|| format!("{url} is not the address of an API"))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
