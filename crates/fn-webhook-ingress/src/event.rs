//! The little that must be known of an event to publish it.

use jiff::Timestamp;
use processor_events::event::Mode;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// What the envelope on the hub takes from the event. All else stays as it came, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The processor's id of the event.
    pub id: Option<String>,
    /// What happened: the detail type on the hub.
    pub kind: String,
    /// Real money or a test, where the event says so.
    pub mode: Option<Mode>,
    /// When it happened, where the event says so in a form that is read here.
    pub occurred_at: Option<Timestamp>,
}

/// Why a signed body is no event. Does not quote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutlineError {
    /// Not JSON, or not an object.
    #[error("the body is no JSON object")]
    NotAnObject,
    /// Something that is needed is not there or of another type.
    #[error("the event's fields cannot be read: type must be a text, livemode a boolean")]
    Fields,
    /// No type, or one that EventBridge does not take.
    #[error("the event's type must have 1 to {} characters", hub::LONGEST_DETAIL_TYPE)]
    Kind,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    livemode: Option<bool>,
    /// Seconds since 1970 in snapshots, RFC 3339 in thin events.
    #[serde(default)]
    created: Option<Value>,
}

impl Outline {
    /// Reads the outline of an event.
    pub fn read(body: &str) -> Result<Self, OutlineError> {
        // Serde would also read the fields from an array.
        if !body.trim_start().starts_with('{') {
            return Err(OutlineError::NotAnObject);
        }
        let wire: Wire = serde_json::from_str(body)
            .map_err(|error| if error.is_data() { OutlineError::Fields } else { OutlineError::NotAnObject })?;
        if wire.kind.is_empty() || wire.kind.chars().count() > hub::LONGEST_DETAIL_TYPE {
            return Err(OutlineError::Kind);
        }
        Ok(Self {
            id: wire.id,
            kind: wire.kind,
            mode: wire.livemode.map(|live| if live { Mode::Live } else { Mode::Test }),
            occurred_at: wire.created.as_ref().and_then(time),
        })
    }
}

fn time(created: &Value) -> Option<Timestamp> {
    match created {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_event_tells_type_mode_and_time() {
        let body =
            r#"{"id":"evt_1","object":"event","type":"invoice.paid","livemode":false,"created":1700000000,"data":{}}"#;
        let outline = Outline::read(body).unwrap();
        assert_eq!((outline.id.as_deref(), outline.kind.as_str()), (Some("evt_1"), "invoice.paid"));
        assert_eq!(outline.mode, Some(Mode::Test));
        assert_eq!(outline.occurred_at, Timestamp::from_second(1_700_000_000).ok());
    }

    #[test]
    fn a_thin_event_has_its_time_as_text() {
        let body = r#"{"id":"evt_1","type":"v2.core.event_destination.ping","livemode":true,"created":"2026-01-01T00:00:00.000Z"}"#;
        let outline = Outline::read(body).unwrap();
        assert_eq!(outline.mode, Some(Mode::Live));
        assert_eq!(outline.occurred_at, "2026-01-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn another_processor_says_nothing_of_the_mode() {
        let body = r#"{"id":"evt_1","type":"payment_captured","version":"1.0.38","created_on":"2019-08-24T14:15:22Z","data":{}}"#;
        assert_eq!(Outline::read(body).unwrap().mode, None);
    }

    #[test]
    fn what_is_no_event_is_refused_without_being_quoted() {
        for (body, expected) in [
            ("", OutlineError::NotAnObject),
            (r#"["evt_1","invoice.paid"]"#, OutlineError::NotAnObject),
            (r#"{"type":"invoice.paid""#, OutlineError::NotAnObject),
            (r#"{"type":"invoice.paid"} x"#, OutlineError::NotAnObject),
            (r#"{"id":"evt_1"}"#, OutlineError::Fields),
            (r#"{"type":7}"#, OutlineError::Fields),
            (r#"{"type":"a","type":"b"}"#, OutlineError::Fields),
            (r#"{"type":""}"#, OutlineError::Kind),
        ] {
            assert_eq!(Outline::read(body), Err(expected), "{body}");
        }
        assert_eq!(Outline::read(&format!(r#"{{"type":"{}"}}"#, "x".repeat(129))), Err(OutlineError::Kind));
    }
}
