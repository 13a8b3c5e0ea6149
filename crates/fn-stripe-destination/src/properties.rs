//! What a template may say about a destination, checked with words that explain.

use std::{collections::BTreeMap, fmt};

use processor_events::event::Mode;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What the template asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The name in Stripe's dashboard, 1 to 255 characters.
    pub name: String,
    /// What the destination is used for; may be empty.
    pub description: String,
    /// The events it sends, at least one, each once.
    pub enabled_events: Vec<String>,
    /// The merchant's own metadata, without ours.
    pub metadata: BTreeMap<String, String>,
    /// What cannot be changed later.
    pub fixed: Fixed,
}

/// What Stripe does not let change: another value means another destination
/// (docs.stripe.com/api/v2/core/event-destinations/update lists what may be changed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The AWS account that gets the events: the stack's.
    pub aws_account_id: String,
    /// The region that gets the events: the stack's.
    pub aws_region: String,
    /// Whole objects or references only.
    pub event_payload: EventPayload,
    /// Whose events, in the spelling since 2026-03-25.dahlia (`@self`); empty means Stripe's default.
    pub events_from: Vec<String>,
    /// The API version that shapes the payload; `None` for the account's default.
    pub snapshot_api_version: Option<String>,
}

impl Fixed {
    /// Tells two sets of fixed values apart, and is the same in every version of this function.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            "amazon_eventbridge",
            &self.aws_account_id,
            &self.aws_region,
            self.event_payload.name(),
            &self.events_from.join(","),
            self.snapshot_api_version.as_deref().unwrap_or_default(),
        ] {
            hash.update(part);
            hash.update([0]);
        }
        hex(&hash.finalize())
    }
}

/// What an event carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPayload {
    /// The whole object: what Paybus reads.
    Snapshot,
    /// A reference only; Paybus's own functions cannot read these.
    Thin,
}

impl EventPayload {
    /// Stripe's word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Thin => "thin",
        }
    }
}

/// Everything that a request's properties say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Properties {
    /// The secret that holds Stripe's API key.
    pub secret_arn: String,
    /// Which mode the key must be of; `None` when the template does not say.
    pub mode: Option<Mode>,
    /// The destination.
    pub desired: Desired,
}

/// Every problem of a set of properties, told at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct InvalidProperties {
    problems: Vec<String>,
}

impl fmt::Display for InvalidProperties {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the properties cannot be used: {}", self.problems.join("; "))
    }
}

/// Marks of ours in a destination's metadata begin with this; a merchant's may not.
pub const RESERVED_METADATA_PREFIX: &str = "paybus_";

/// Stripe takes 50 keys of metadata (docs.stripe.com/api/metadata); three of them are ours.
const MOST_METADATA_KEYS: usize = 47;
const LONGEST_METADATA_KEY: usize = 40;
const LONGEST_METADATA_VALUE: usize = 500;
const LONGEST_NAME: usize = 255;

/// Stripe cannot send these to EventBridge: they wait for an answer
/// (docs.stripe.com/event-destinations/eventbridge).
const NOT_FOR_EVENTBRIDGE: &str = "issuing_authorization.request";

/// `ServiceToken` and `ServiceTimeout` are CloudFormation's own. `Revision` is there to be changed: it makes CloudFormation
/// call us when nothing else has changed, so that a destination whose source is gone is made anew.
const KNOWN: [&str; 12] = [
    "ServiceToken",
    "ServiceTimeout",
    "Revision",
    "ApiKeySecretArn",
    "Mode",
    "Name",
    "Description",
    "EnabledEvents",
    "EventPayload",
    "EventsFrom",
    "Metadata",
    "SnapshotApiVersion",
];

impl Properties {
    /// Reads the properties of a resource in a stack.
    pub fn read(properties: &Map<String, Value>, stack_id: &str) -> Result<Self, InvalidProperties> {
        let mut reader = Reader { properties, problems: Vec::new() };
        reader.refuse_unknown();
        let made = Self {
            secret_arn: reader.required("ApiKeySecretArn"),
            mode: reader.mode(),
            desired: Desired {
                name: reader.name(),
                description: reader.text("Description").unwrap_or_default(),
                enabled_events: reader.enabled_events(),
                metadata: reader.metadata(),
                fixed: reader.fixed(stack_id),
            },
        };
        if reader.problems.is_empty() { Ok(made) } else { Err(InvalidProperties { problems: reader.problems }) }
    }

    /// Reads the one property that a removal needs: what else is wrong must not keep a stack from being deleted.
    pub fn read_secret_arn(properties: &Map<String, Value>) -> Result<String, InvalidProperties> {
        let mut reader = Reader { properties, problems: Vec::new() };
        let secret_arn = reader.required("ApiKeySecretArn");
        if reader.problems.is_empty() { Ok(secret_arn) } else { Err(InvalidProperties { problems: reader.problems }) }
    }
}

struct Reader<'a> {
    properties: &'a Map<String, Value>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn problem(&mut self, text: impl Into<String>) {
        self.problems.push(text.into());
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<_> = self.properties.keys().filter(|name| !KNOWN.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            self.problem(format!(
                "{name} is no property of a Stripe destination (there are {})",
                KNOWN[2..].join(", ")
            ));
        }
    }

    /// CloudFormation hands scalars over as texts, but a hand-written template may hold a number or a boolean.
    fn text(&mut self, name: &str) -> Option<String> {
        let text = match self.properties.get(name)? {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.problem(format!("{name} must be a text"));
                return None;
            }
        };
        (!text.is_empty()).then_some(text)
    }

    fn required(&mut self, name: &str) -> String {
        let before = self.problems.len();
        let text = self.text(name);
        if text.is_none() && self.problems.len() == before {
            self.problem(format!("{name} is missing"));
        }
        text.unwrap_or_default()
    }

    /// A list, or one text with commas (a parameter of the type `CommaDelimitedList` becomes the former).
    fn list(&mut self, name: &str) -> Vec<String> {
        let items: Vec<String> = match self.properties.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(_) => {
                self.problem(format!("{name} must be a list of texts"));
                Vec::new()
            }
        };
        let mut list: Vec<String> = Vec::new();
        for item in items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()) {
            if !list.iter().any(|known| known == item) {
                list.push(item.to_owned());
            }
        }
        list
    }

    fn name(&mut self) -> String {
        let name = self.required("Name");
        let length = name.chars().count();
        if length > LONGEST_NAME {
            self.problem(format!("Name has {length} characters, more than {LONGEST_NAME}"));
        }
        name
    }

    fn enabled_events(&mut self) -> Vec<String> {
        let events = self.list("EnabledEvents");
        if events.is_empty() {
            self.problem("EnabledEvents is empty: name at least one event, such as invoice.paid");
        }
        for event in &events {
            if event == NOT_FOR_EVENTBRIDGE {
                self.problem(format!(
                    "EnabledEvents has {event}, which Stripe cannot send to EventBridge: use a webhook"
                ));
            } else if !is_event_type(event) {
                self.problem(format!(
                    "EnabledEvents has {event:?}, which is no event type (such as invoice.paid, or * for all)"
                ));
            }
        }
        events
    }

    fn fixed(&mut self, stack_id: &str) -> Fixed {
        let (aws_region, aws_account_id) = self.place(stack_id);
        let event_payload = self.event_payload();
        Fixed {
            aws_account_id,
            aws_region,
            event_payload,
            events_from: self.events_from(),
            snapshot_api_version: self.snapshot_api_version(event_payload),
        }
    }

    fn place(&mut self, stack_id: &str) -> (String, String) {
        let mut parts = stack_id.split(':').skip(3);
        match (parts.next(), parts.next()) {
            (Some(region), Some(account)) if !region.is_empty() && account.len() == 12 => {
                (region.to_owned(), account.to_owned())
            }
            _ => {
                self.problem("StackId is no ARN of a stack, so the account and the region are not known");
                (String::new(), String::new())
            }
        }
    }

    fn event_payload(&mut self) -> EventPayload {
        match self.text("EventPayload").as_deref() {
            None | Some("snapshot") => EventPayload::Snapshot,
            Some("thin") => EventPayload::Thin,
            Some(other) => {
                self.problem(format!("EventPayload is {other:?}, neither snapshot nor thin"));
                EventPayload::Snapshot
            }
        }
    }

    /// Takes both spellings: up to clover `self`, since 2026-03-25.dahlia `@self`.
    fn events_from(&mut self) -> Vec<String> {
        let mut known = Vec::new();
        for item in self.list("EventsFrom") {
            match item.as_str() {
                "self" | "@self" => known.push("@self".to_owned()),
                "other_accounts" | "@accounts" => known.push("@accounts".to_owned()),
                "@organization_members" | "@organization_members/@accounts" => known.push(item),
                _ => self.problem(format!(
                    "EventsFrom has {item:?}; there are @self, @accounts, @organization_members and @organization_members/@accounts"
                )),
            }
        }
        known.sort();
        known.dedup();
        known
    }

    fn snapshot_api_version(&mut self, payload: EventPayload) -> Option<String> {
        let version = self.text("SnapshotApiVersion")?;
        if payload == EventPayload::Thin {
            self.problem("SnapshotApiVersion is set, but thin events have no version: leave it out or use snapshot");
        }
        if !is_api_version(&version) {
            self.problem(format!("SnapshotApiVersion is {version:?}, not like 2024-06-20 or 2024-10-28.acacia"));
        }
        Some(version)
    }

    fn mode(&mut self) -> Option<Mode> {
        let text = self.text("Mode")?;
        let mode = text.parse().ok();
        if mode.is_none() {
            self.problem(format!("Mode is {text:?}, neither live nor test"));
        }
        mode
    }

    /// An object of texts, or one text such as `team=payments,environment=production`.
    fn metadata(&mut self) -> BTreeMap<String, String> {
        let pairs: Vec<(String, Option<String>)> = match self.properties.get("Metadata") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(object)) => {
                object.iter().map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned))).collect()
            }
            Some(Value::String(text)) => text
                .split(',')
                .filter(|pair| !pair.trim().is_empty())
                .map(|pair| match pair.split_once('=') {
                    Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
                    None => (pair.trim().to_owned(), None),
                })
                .collect(),
            Some(_) => {
                self.problem(
                    "Metadata must be an object of texts, or a text such as team=payments,environment=production",
                );
                Vec::new()
            }
        };
        if pairs.len() > MOST_METADATA_KEYS {
            self.problem(format!("Metadata has {} keys, more than {MOST_METADATA_KEYS}", pairs.len()));
        }
        pairs.into_iter().filter_map(|(key, value)| self.metadata_pair(key, value)).collect()
    }

    fn metadata_pair(&mut self, key: String, value: Option<String>) -> Option<(String, String)> {
        let Some(value) = value else {
            self.problem(format!("Metadata has {key:?} without a text as its value"));
            return None;
        };
        if key.is_empty() || key.chars().count() > LONGEST_METADATA_KEY || key.contains(['[', ']']) {
            self.problem(format!(
                "Metadata has the key {key:?}: 1 to {LONGEST_METADATA_KEY} characters without [ and ] are needed"
            ));
        }
        if key.starts_with(RESERVED_METADATA_PREFIX) {
            self.problem(format!(
                "Metadata has the key {key:?}: {RESERVED_METADATA_PREFIX} is how Paybus marks its own"
            ));
        }
        if value.chars().count() > LONGEST_METADATA_VALUE {
            self.problem(format!("Metadata has more than {LONGEST_METADATA_VALUE} characters under {key:?}"));
        }
        Some((key, value))
    }
}

/// `invoice.paid`, `v2.core.event_destination.ping`, `*`. Stripe tells whether it exists; this refuses what cannot.
fn is_event_type(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.contains('.') && text.split('.').all(word)
}

/// A date, and since acacia a train: `2024-06-20`, `2024-10-28.acacia`.
fn is_api_version(text: &str) -> bool {
    let (date, train) = text.split_once('.').map_or((text, None), |(date, train)| (date, Some(train)));
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |part: &&str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let dated = matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2));
    dated && train.is_none_or(|train| !train.is_empty() && train.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("four bits are one hexadecimal digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1b2c";

    fn read(changes: &Value) -> Result<Properties, InvalidProperties> {
        let mut properties = json!({
            "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:shop-stripe-destination",
            "ApiKeySecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:stripe-AbCdEf",
            "Name": "Paybus shop", "EnabledEvents": ["invoice.paid", "invoice.payment_failed"],
        });
        properties.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Properties::read(properties.as_object().unwrap(), STACK)
    }

    #[track_caller]
    fn check_refused(changes: &Value, expected: &str) {
        let error = read(changes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_events_go_to_the_account_and_region_of_the_stack() {
        let fixed = read(&json!({})).unwrap().desired.fixed;
        assert_eq!((fixed.aws_account_id.as_str(), fixed.aws_region.as_str()), ("123456789012", "eu-central-1"));
    }

    #[test]
    fn both_spellings_of_events_from_mean_the_same() {
        let old = read(&json!({"EventsFrom": "self,other_accounts"})).unwrap();
        let new = read(&json!({"EventsFrom": ["@accounts", "@self"]})).unwrap();
        assert_eq!(old.desired.fixed.fingerprint(), new.desired.fixed.fingerprint());
    }

    #[test]
    fn what_can_be_changed_later_is_not_in_the_fingerprint() {
        let before = read(&json!({})).unwrap().desired;
        let changed = json!({"Name": "Other", "Description": "d", "EnabledEvents": "*", "Metadata": "team=payments", "Revision": "2"});
        assert_eq!(read(&changed).unwrap().desired.fixed.fingerprint(), before.fixed.fingerprint());
        let thin = read(&json!({"EventPayload": "thin"})).unwrap().desired;
        assert_ne!(thin.fixed.fingerprint(), before.fixed.fingerprint());
    }

    #[test]
    fn the_fingerprint_is_the_same_in_every_version() {
        let fixed = read(&json!({})).unwrap().desired.fixed;
        assert_eq!(fixed.fingerprint(), "31df3fce29c9db83c1fd0b6c21120a37c55bf6b8555d8fb9404dc9bcbe84adb6");
    }

    #[test]
    fn metadata_comes_as_an_object_or_as_text() {
        let object = read(&json!({"Metadata": {"team": "payments", "env": "test"}})).unwrap();
        let text = read(&json!({"Metadata": "env=test, team=payments"})).unwrap();
        assert_eq!(object.desired.metadata, text.desired.metadata);
    }

    #[test]
    fn an_event_named_twice_is_enabled_once() {
        let events = read(&json!({"EnabledEvents": "invoice.paid, invoice.paid,"})).unwrap().desired.enabled_events;
        assert_eq!(events, ["invoice.paid"]);
    }

    #[test]
    fn each_problem_is_explained() {
        check_refused(&json!({"Name": ""}), "Name is missing");
        check_refused(&json!({"Name": "n".repeat(256)}), "Name has 256 characters, more than 255");
        check_refused(&json!({"EnabledEvents": []}), "EnabledEvents is empty");
        check_refused(&json!({"EnabledEvents": ["Invoice Paid"]}), "\"Invoice Paid\", which is no event type");
        check_refused(&json!({"EnabledEvents": "issuing_authorization.request"}), "cannot send to EventBridge");
        check_refused(&json!({"EnabledEvents": 7}), "EnabledEvents must be a list");
        check_refused(&json!({"EventPayload": "fat"}), "neither snapshot nor thin");
        check_refused(&json!({"EventsFrom": "everybody"}), "EventsFrom has \"everybody\"");
        check_refused(&json!({"SnapshotApiVersion": "latest"}), "not like 2024-06-20");
        check_refused(
            &json!({"SnapshotApiVersion": "2024-06-20", "EventPayload": "thin"}),
            "thin events have no version",
        );
        check_refused(&json!({"Metadata": "env"}), "\"env\" without a text");
        check_refused(&json!({"Metadata": {"paybus_stack_id": "x"}}), "how Paybus marks its own");
        check_refused(&json!({"Mode": "sandbox"}), "neither live nor test");
        check_refused(&json!({"EnabledEvent": "invoice.paid"}), "EnabledEvent is no property");
        check_refused(&json!({"ApiKeySecretArn": {"Ref": "x"}}), "ApiKeySecretArn must be a text");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let error = read(&json!({"Name": "", "Mode": "x"})).unwrap_err().to_string();
        assert!(error.contains("Name is missing") && error.contains("Mode is"), "{error}");
    }

    #[test]
    fn a_removal_needs_the_secret_only() {
        let properties = json!({"ApiKeySecretArn": "arn", "EnabledEvents": 7, "Nonsense": true});
        assert_eq!(Properties::read_secret_arn(properties.as_object().unwrap()).unwrap(), "arn");
    }
}
