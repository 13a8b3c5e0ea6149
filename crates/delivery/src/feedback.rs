//! What SES reports of mails: bounces, complaints, deliveries. SES publishes it on the account's default event bus, with the tags
//! that the mail was sent with.
//!
//! Shapes: docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html and event-publishing-retrieving-sns-contents.html.

use std::collections::BTreeMap;

use jiff::Timestamp;
use processor_events::{
    Personal,
    event::Mode,
    ids::{AccountId, CustomerId},
};
use serde::Deserialize;
use storage::{Scope, customers::CustomerKey};
use thiserror::Error;

/// The source of SES's events.
const SOURCE: &str = "aws.ses";

/// What SES reports of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Whose mail it was, as its tags say; `None` for a mail that is not from Paybus or had no known customer.
    pub customer: Option<CustomerKey>,
    /// What happened.
    pub news: News,
    /// The address it is about: a mail of Paybus has one.
    pub address: Personal<String>,
    /// When it happened.
    pub at: Timestamp,
}

/// What happened to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The mailbox does not exist, or will not take mail: a permanent bounce.
    Bounced,
    /// The person marked it as unwanted.
    Complained,
    /// The person's mail server took it.
    Delivered,
    /// Nothing that changes whom we may write to: a full mailbox, an open, a click.
    Other,
}

/// Why an event of SES cannot be read. Names what is missing; quotes nothing, because reports hold addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FeedbackError {
    /// It has not the shape of a report.
    #[error("the report of SES has not the expected shape, at line {line}, column {column}")]
    Shape {
        /// Where in the body.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// Something that every report of this kind has is missing.
    #[error("the report of SES lacks {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
}

/// Reads a message that may be a report of SES; `None` when it is something else.
#[must_use]
pub fn read(body: &str) -> Option<Result<Feedback, FeedbackError>> {
    let frame: Frame = serde_json::from_str(body).ok()?;
    (frame.source == SOURCE).then(|| read_report(body))
}

#[derive(Deserialize)]
struct Frame {
    source: String,
}

#[derive(Deserialize)]
struct Envelope {
    detail: Report,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Delivery>,
}

#[derive(Deserialize)]
struct Mail {
    timestamp: Timestamp,
    destination: Vec<String>,
    /// Absent where the configuration set does not publish tags.
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_feedback_type: Option<String>,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct Delivery {
    timestamp: Timestamp,
}

fn read_report(body: &str) -> Result<Feedback, FeedbackError> {
    let Envelope { detail } = serde_json::from_str(body)
        .map_err(|error| FeedbackError::Shape { line: error.line(), column: error.column() })?;
    let (news, at) = news(&detail)?;
    let customer = customer(&detail.mail.tags);
    let address = detail.mail.destination.into_iter().next().ok_or(FeedbackError::Missing { what: "a destination" })?;
    Ok(Feedback { customer, news, address: Personal::new(address), at })
}

fn news(report: &Report) -> Result<(News, Timestamp), FeedbackError> {
    let missing = |what| FeedbackError::Missing { what };
    match report.event_type.as_str() {
        "Bounce" => {
            let bounce = report.bounce.as_ref().ok_or(missing("the bounce"))?;
            // `Transient` and `Undetermined` may be over the next time.
            let news = if bounce.bounce_type == "Permanent" { News::Bounced } else { News::Other };
            Ok((news, bounce.timestamp))
        }
        "Complaint" => {
            let complaint = report.complaint.as_ref().ok_or(missing("the complaint"))?;
            // `not-spam`: the person took the mail out of the spam folder.
            let is_praise = complaint.complaint_feedback_type.as_deref() == Some("not-spam");
            Ok((if is_praise { News::Other } else { News::Complained }, complaint.timestamp))
        }
        "Delivery" => Ok((News::Delivered, report.delivery.as_ref().ok_or(missing("the delivery"))?.timestamp)),
        _ => Ok((News::Other, report.mail.timestamp)),
    }
}

/// The customer that the adapter for SES put into the tags. Tags that cannot be read are somebody else's.
fn customer(tags: &BTreeMap<String, Vec<String>>) -> Option<CustomerKey> {
    let tag = |name| tags.get(name).and_then(|values| values.first());
    let mode: Mode = tag("mode")?.parse().ok()?;
    let account = match tag("account") {
        None => None,
        Some(account) => Some(AccountId::new(account).ok()?),
    };
    Some(CustomerKey { scope: Scope { mode, account }, customer: CustomerId::new(tag("customer")?).ok()? })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn report(event_type: &str, part: Value) -> Value {
        let mut report = json!({
            "version": "0", "id": "1", "source": "aws.ses", "detail-type": "Email",
            "detail": {
                "eventType": event_type,
                "mail": {
                    "timestamp": "2026-11-20T10:00:00.012Z", "messageId": "1", "destination": ["ada@example.com"],
                    "tags": {
                        "message": ["invoice_paid"], "customer": ["cus_1"], "mode": ["live"], "account": ["acct_1"],
                        "ses:configuration-set": ["reports"],
                    },
                },
            },
        });
        report["detail"][event_type.to_lowercase()] = part;
        report
    }

    fn at() -> &'static str {
        "2026-11-20T10:00:05.669Z"
    }

    fn check(event_type: &str, part: Value, expected: News) {
        let feedback = read(&report(event_type, part).to_string()).unwrap().unwrap();
        assert_eq!(feedback.news, expected, "{event_type}");
        assert_eq!(feedback.address.reveal(), "ada@example.com");
        let customer = feedback.customer.unwrap();
        assert_eq!((customer.customer.as_str(), customer.scope.mode), ("cus_1", Mode::Live));
        assert_eq!(customer.scope.account.unwrap().as_str(), "acct_1");
    }

    #[test]
    fn each_report_says_what_it_means_for_the_address() {
        check("Bounce", json!({"bounceType": "Permanent", "timestamp": at()}), News::Bounced);
        check("Bounce", json!({"bounceType": "Transient", "timestamp": at()}), News::Other);
        check("Bounce", json!({"bounceType": "Undetermined", "timestamp": at()}), News::Other);
        check("Complaint", json!({"timestamp": at()}), News::Complained);
        check("Complaint", json!({"complaintFeedbackType": "abuse", "timestamp": at()}), News::Complained);
        check("Complaint", json!({"complaintFeedbackType": "not-spam", "timestamp": at()}), News::Other);
        check("Delivery", json!({"timestamp": at()}), News::Delivered);
        check("Open", json!({}), News::Other);
    }

    #[test]
    fn a_mail_that_is_not_ours_has_no_customer() {
        let mut foreign = report("Delivery", json!({"timestamp": at()}));
        for tags in [json!({}), json!({"customer": ["cus 1"], "mode": ["live"]}), json!({"customer": ["cus_1"]})] {
            foreign["detail"]["mail"]["tags"] = tags;
            assert_eq!(read(&foreign.to_string()).unwrap().unwrap().customer, None);
        }
    }

    #[test]
    fn a_report_that_cannot_be_read_says_where_and_quotes_nothing() {
        let mut odd = report("Bounce", json!({"bounceType": "Permanent"}));
        let error = read(&odd.to_string()).unwrap().unwrap_err();
        assert!(matches!(error, FeedbackError::Shape { .. }) && !error.to_string().contains("ada"), "{error}");
        odd = report("Bounce", json!(null));
        assert_eq!(read(&odd.to_string()), Some(Err(FeedbackError::Missing { what: "the bounce" })));
        odd["detail"]["mail"]["destination"] = json!([]);
        odd["detail"]["eventType"] = json!("Open");
        assert_eq!(read(&odd.to_string()), Some(Err(FeedbackError::Missing { what: "a destination" })));
    }

    #[test]
    fn what_is_not_from_ses_is_left_to_others() {
        for body in ["", "{}", r#"{"source":"aws.partner/stripe.com/ed_1"}"#, r#"{"source":1}"#] {
            assert_eq!(read(body), None, "{body}");
        }
    }
}
