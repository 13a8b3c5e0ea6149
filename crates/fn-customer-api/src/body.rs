//! What clients send.

use aws_smithy_types::base64;
use processor_events::Personal;
use serde::Deserialize;
use storage::customers::{Platform, Preferences};

use crate::{http::Request, problem::Problem};

/// The largest body: a token of a push service has at most 4 KB.
const LARGEST_BYTES: usize = 16 * 1024;

/// The most topics that can be switched off, and the longest name of one: bounds for the profile item.
const MOST_TOPICS: usize = 20;
const LONGEST_TOPIC: usize = 64;

/// The longest token of a device; FCM's have some 160 characters, APNs' 64 to 200, and both may grow.
const LONGEST_TOKEN: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreferencesBody {
    email: bool,
    push: bool,
    #[serde(default)]
    muted_topics: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceBody {
    platform: String,
    token: String,
}

/// Reads preferences.
pub(crate) fn preferences(request: &Request) -> Result<Preferences, Problem> {
    let PreferencesBody { email, push, mut muted_topics } = read(request)?;
    muted_topics.sort_unstable();
    muted_topics.dedup();
    let is_topic = |topic: &String| {
        (1..=LONGEST_TOPIC).contains(&topic.len())
            && topic.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if muted_topics.len() > MOST_TOPICS || !muted_topics.iter().all(is_topic) {
        let detail =
            format!("muted_topics holds at most {MOST_TOPICS} names of 1 to {LONGEST_TOPIC} of a-z, 0-9 and _");
        return Err(Problem::new("bad-body", detail));
    }
    Ok(Preferences { email, push, muted_topics })
}

/// Reads a device's push service and token.
pub(crate) fn device(request: &Request) -> Result<(Platform, Personal<String>), Problem> {
    let DeviceBody { platform, token } = read(request)?;
    let platform = Platform::of_name(&platform)
        .ok_or_else(|| Problem::new("bad-body", "platform is one of apns, apns_sandbox, fcm"))?;
    if token.is_empty() || token.len() > LONGEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("token has 1 to {LONGEST_TOKEN} printable characters and no blanks");
        return Err(Problem::new("bad-body", detail));
    }
    Ok((platform, Personal::new(token)))
}

fn read<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, Problem> {
    if !is_json(request) {
        return Err(Problem::new("not-json", "send Content-Type: application/json"));
    }
    let refuse = |detail: String| Problem::new("bad-body", detail);
    let body = request.body.as_deref().unwrap_or_default();
    let too_large = || Problem::new("body-too-large", format!("the body has more than {LARGEST_BYTES} bytes"));
    // Four characters of base64 hold three bytes.
    if body.len() > LARGEST_BYTES.saturating_mul(2) {
        return Err(too_large());
    }
    let bytes = if request.is_base64_encoded {
        base64::decode(body).map_err(|_| refuse("the body is no base64".to_owned()))?
    } else {
        body.as_bytes().to_vec()
    };
    if bytes.len() > LARGEST_BYTES {
        return Err(too_large());
    }
    // The reader's words can quote the body, which is about a person: only the place is told.
    serde_json::from_slice(&bytes).map_err(|error| {
        refuse(format!(
            "the body is not the JSON that /openapi.json describes (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

/// `application/json`, or something that builds on it. A client that says nothing is believed: the body is read strictly.
fn is_json(request: &Request) -> bool {
    let Some(said) = request.headers.get("content-type") else { return true };
    let kind = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}
