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

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(title: &str, body: &str, link: &str) -> Push {
        Push::fitted(title, body, BTreeMap::from([("link".to_owned(), link.to_owned())]))
    }

    #[test]
    fn short_push_is_left_as_it_is() {
        let push = fitted("Title", "Body", "https://example.com/");
        assert_eq!((push.title.as_str(), push.body.as_str(), push.data.len()), ("Title", "Body", 1));
    }

    #[test]
    fn long_body_is_cut_on_a_character_and_fits() {
        for body in ["a".repeat(9_000), "日本語".repeat(3_000), "\"".repeat(9_000), "🏳️‍🌈".repeat(900)] {
            let push = fitted("Title", &body, "https://example.com/");
            assert!(!push.is_too_large());
            assert!(push.body.ends_with('…') && push.body.chars().count() > 500, "{}", push.body.chars().count());
            assert!(push.data.contains_key("link"));
        }
    }

    #[test]
    fn link_that_leaves_no_room_is_left_out() {
        let push = fitted("Title", "Body", &"x".repeat(5_000));
        assert_eq!((push.body.as_str(), push.data.len()), ("Body", 0));
    }
}
