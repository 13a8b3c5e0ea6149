//! Mobile push: a title, a body, and what SNS wants to be told for each platform.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::clean;

/// The largest payload that every platform takes, in bytes: APNs allows 4,096 and FCM 4,000 (firebase.google.com/docs/cloud-messaging,
/// developer.apple.com/documentation/usernotifications).
pub const MAX_PAYLOAD_BYTES: usize = 4_000;

/// Both platforms cut a title on a phone's screen long before this; in characters.
const MAX_TITLE_CHARACTERS: usize = 100;

/// A push notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Push {
    /// The bold line.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// What the app gets to act on: `kind`, and `link` where the message has one.
    pub data: BTreeMap<String, String>,
}

impl Push {
    /// A push whose payload fits every platform: title and body are cut on a character where they are too long, and a link that
    /// leaves no room is left out.
    pub(crate) fn fitted(title: &str, body: &str, mut data: BTreeMap<String, String>) -> Self {
        let title = clean::shorten(title, MAX_TITLE_CHARACTERS);
        if (Self { title: title.clone(), body: String::new(), data: data.clone() }).is_too_large() {
            data.remove("link");
        }
        let mut push = Self { title, body: body.to_owned(), data };
        let mut characters = push.body.chars().count();
        while push.is_too_large() && characters > 1 {
            // In steps of a tenth: a body that is far too long costs a few rounds, not thousands.
            characters = characters.saturating_sub((characters / 10).max(1));
            push.body = clean::shorten(body, characters);
        }
        push
    }

    /// The `Message` of an SNS `Publish` call whose `MessageStructure` is `json`.
    ///
    /// Each platform's value is itself JSON in a string. Under `GCM` the top key is `fcmV1Message`, or SNS would use Google's old
    /// interface (docs.aws.amazon.com/sns/latest/dg/sns-fcm-v1-payloads.html). `default` is required, and is what a topic's
    /// subscribers of other kinds get.
    #[must_use]
    pub fn sns_message(&self) -> String {
        let apns = self.apns();
        json!({ "default": self.body, "APNS": apns, "APNS_SANDBOX": apns, "GCM": self.fcm() }).to_string()
    }

    fn is_too_large(&self) -> bool {
        self.apns().len() > MAX_PAYLOAD_BYTES || self.fcm().len() > MAX_PAYLOAD_BYTES
    }

    /// Custom keys stand beside `aps`, which is Apple's.
    fn apns(&self) -> String {
        let mut payload: serde_json::Map<String, serde_json::Value> =
            self.data.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        payload.insert(
            "aps".to_owned(),
            json!({ "alert": { "title": self.title, "body": self.body }, "sound": "default" }),
        );
        serde_json::Value::Object(payload).to_string()
    }

    fn fcm(&self) -> String {
        json!({ "fcmV1Message": { "message": {
            "notification": { "title": self.title, "body": self.body },
            "data": self.data,
        } } })
        .to_string()
    }
}
