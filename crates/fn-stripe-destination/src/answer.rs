//! What CloudFormation is told.
//!
//! Shape and limit: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html ("The total size of the
//! response body can't exceed 4096 bytes").

use serde_json::{Value, json};

use crate::request::{PhysicalId, Request};

/// The largest answer that CloudFormation reads, in bytes.
pub const LONGEST_ANSWER: usize = 4096;

/// Secrets begin with one of these (docs.stripe.com/keys); Stripe's own messages quote keys in part.
const SECRET_PREFIXES: [&str; 4] = ["sk_", "rk_", "pk_", "whsec_"];

/// How the request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the resource is called from now on.
    pub physical_id: PhysicalId,
    /// The attributes for `!GetAtt`, or the reason that the user of CloudFormation reads.
    pub result: Result<Attributes, String>,
}

/// The attributes for `!GetAtt`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The partner source's name, which the bus must take as `Name` and as `EventSourceName`.
    pub name: String,
    /// The partner source's ARN.
    pub arn: String,
}

impl Answer {
    /// The answer as CloudFormation reads it, at most [`LONGEST_ANSWER`] bytes.
    #[must_use]
    pub fn body(&self, request: &Request) -> String {
        match &self.result {
            Ok(attributes) => {
                let data =
                    json!({"Name": attributes.name, "Arn": attributes.arn, "DestinationId": self.physical_id.as_str()});
                self.write(request, "SUCCESS", None, &data)
            }
            Err(reason) => self.failed(request, &without_secrets(reason)),
        }
    }

    /// Escapes make a text longer, so its end is cut until the whole fits.
    fn failed(&self, request: &Request, reason: &str) -> String {
        let mut kept = reason.chars().count();
        loop {
            let text: String = reason.chars().take(kept).collect();
            let body = self.write(request, "FAILED", Some(&text), &json!({}));
            if body.len() <= LONGEST_ANSWER || kept == 0 {
                return body;
            }
            let over = body.len().saturating_sub(LONGEST_ANSWER);
            // One character is at most 6 bytes in JSON (`\u0000`), or 4 in UTF-8.
            kept = kept.saturating_sub(over.div_ceil(6).max(1));
        }
    }

    fn write(&self, request: &Request, status: &str, reason: Option<&str>, data: &Value) -> String {
        let mut body = json!({
            "Status": status,
            "PhysicalResourceId": self.physical_id.as_str(),
            "StackId": request.stack_id,
            "RequestId": request.request_id,
            "LogicalResourceId": request.logical_id,
            "Data": data,
        });
        if let Some(reason) = reason {
            body["Reason"] = json!(reason);
        }
        body.to_string()
    }
}

/// Takes everything that looks like a key of Stripe out of a text.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let is_key_character = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '*');
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = SECRET_PREFIXES.iter().filter_map(|prefix| rest.find(prefix)).min() {
        let (before, secret) = rest.split_at(start);
        clean.push_str(before);
        clean.push_str("[key]");
        rest = secret.trim_start_matches(is_key_character);
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::parse(json!({
            "RequestType": "Create", "ResponseURL": "https://cloudformation.example/answer", "StackId": "arn:stack",
            "RequestId": "r-1", "LogicalResourceId": "StripeDestination",
        }))
        .unwrap()
    }

    #[test]
    fn a_made_destination_tells_what_the_bus_is_called() {
        let physical_id = PhysicalId::new("ed_61R");
        let attributes = Attributes { name: "aws.partner/stripe.com/ed_61R".into(), arn: "arn:source".into() };
        let body: Value =
            serde_json::from_str(&Answer { physical_id, result: Ok(attributes) }.body(&request())).unwrap();
        assert_eq!(
            body,
            json!({
                "Status": "SUCCESS", "PhysicalResourceId": "ed_61R", "StackId": "arn:stack", "RequestId": "r-1",
                "LogicalResourceId": "StripeDestination",
                "Data": {"Name": "aws.partner/stripe.com/ed_61R", "Arn": "arn:source", "DestinationId": "ed_61R"},
            })
        );
    }

    #[test]
    fn a_long_reason_is_cut_to_what_cloudformation_reads() {
        for character in ["x", "ü", "\u{1}", "\"", "\u{1F600}"] {
            let answer = Answer { physical_id: PhysicalId::new("marker"), result: Err(character.repeat(9000)) };
            let body = answer.body(&request());
            assert!(body.len() <= LONGEST_ANSWER && body.len() > LONGEST_ANSWER - 12, "{character:?}: {}", body.len());
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["Status"], "FAILED");
        }
    }

    #[test]
    fn a_key_that_stripe_quotes_is_not_passed_on() {
        let told = without_secrets("Invalid API Key provided: sk_test_****1234, or rk_live_abc; whsec_xyz.");
        assert_eq!(told, "Invalid API Key provided: [key], or [key]; [key].");
        assert_eq!(without_secrets("disk_full"), "di[key]", "rather too much than too little");
    }
}
