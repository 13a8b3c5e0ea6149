//! Takes single messages out of whatever a file holds, byte for byte.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::value::RawValue;

/// One message of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Where in the file it stands, as a `JSONPath`; `$` for the whole file.
    pub(crate) place: String,
    /// The message.
    pub(crate) body: Vec<u8>,
}

/// Splits the contents of a file. What is no JSON is one message as it is, for the reader to say why.
pub(crate) fn split(contents: &[u8]) -> Vec<Message> {
    let whole = || vec![Message { place: "$".to_owned(), body: contents.to_owned() }];
    let Ok(text) = str::from_utf8(contents) else { return whole() };
    let values: Result<Vec<&RawValue>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
    match values.as_deref() {
        Err(_) | Ok([]) => whole(),
        Ok([value]) => unwrap(value.get(), "$"),
        // Several values one after another: JSON lines.
        Ok(values) => {
            values.iter().enumerate().flat_map(|(index, value)| unwrap(value.get(), &format!("$[{index}]"))).collect()
        }
    }
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Opens what is around events: lists, SQS, Lambda, recordings of requests.
fn unwrap(text: &str, place: &str) -> Vec<Message> {
    if text.starts_with('[') {
        return unwrap_all(text, place);
    }
    let members: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    let holds = |key: &str, start: char| {
        members.get(key).filter(|value| value.get().starts_with(start)).map(|value| value.get())
    };
    // What SQS hands a function, and what the AWS CLI prints of a queue.
    for key in ["Records", "Messages"] {
        if let Some(records) = holds(key, '[') {
            return unwrap_all(records, &format!("{place}.{key}"));
        }
    }
    // A record of SQS; the AWS CLI writes a capital letter.
    for key in ["body", "Body"] {
        let body: Option<String> = holds(key, '"').and_then(|body| serde_json::from_str(body).ok());
        if let Some(body) = body {
            return match serde_json::from_str::<&RawValue>(&body) {
                Ok(value) => unwrap(value.get(), &format!("{place}.{key}")),
                Err(_) => vec![Message { place: format!("{place}.{key}"), body: body.into_bytes() }],
            };
        }
    }
    // A recorded request: headers beside the body.
    if let (Some(body), true) = (holds("body", '{'), members.contains_key("headers")) {
        return unwrap(body, &format!("{place}.body"));
    }
    // A list of Stripe's API, as `stripe events list` prints it.
    if let (Some("\"list\""), Some(data)) = (holds("object", '"'), holds("data", '[')) {
        return unwrap_all(data, &format!("{place}.data"));
    }
    vec![Message { place: place.to_owned(), body: text.as_bytes().to_owned() }]
}

fn unwrap_all(list: &str, place: &str) -> Vec<Message> {
    let elements: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    elements
        .iter()
        .enumerate()
        .flat_map(|(index, element)| unwrap(element.get(), &format!("{place}[{index}]")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(contents: &str, expected: &[(&str, &str)]) {
        let found = split(contents.as_bytes());
        let found: Vec<(&str, &str)> =
            found.iter().map(|message| (message.place.as_str(), str::from_utf8(&message.body).unwrap())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn event_is_one_message_byte_for_byte() {
        check("{ \"id\": 1.0e2, \"id\": 2 }", &[("$", "{ \"id\": 1.0e2, \"id\": 2 }")]);
    }

    #[test]
    fn lists_and_lines_are_taken_apart() {
        check("[{\"a\":1}, {\"b\":2}]", &[("$[0]", "{\"a\":1}"), ("$[1]", "{\"b\":2}")]);
        check("{\"a\":1}\n{\"b\":2}\n", &[("$[0]", "{\"a\":1}"), ("$[1]", "{\"b\":2}")]);
        check("{\"object\":\"list\",\"data\":[{\"a\":1}],\"has_more\":true}", &[("$.data[0]", "{\"a\":1}")]);
    }

    #[test]
    fn records_of_queues_are_opened() {
        let body = r#""{\"a\":1}""#;
        check(&format!(r#"{{"messageId":"m","body":{body}}}"#), &[("$.body", "{\"a\":1}")]);
        check(&format!(r#"{{"Records":[{{"body":{body}}}]}}"#), &[("$.Records[0].body", "{\"a\":1}")]);
        check(&format!(r#"{{"Messages":[{{"Body":{body}}}]}}"#), &[("$.Messages[0].Body", "{\"a\":1}")]);
        check(r#"{"messageId":"m","body":"no json"}"#, &[("$.body", "no json")]);
    }

    #[test]
    fn recorded_request_is_opened() {
        check(r#"{"headers":{},"body":{"a":1},"topic":"t"}"#, &[("$.body", "{\"a\":1}")]);
    }

    #[test]
    fn event_with_a_body_of_its_own_stays_whole() {
        check(r#"{"body":{"a":1}}"#, &[("$", r#"{"body":{"a":1}}"#)]);
    }

    #[test]
    fn what_is_no_json_is_one_message() {
        for contents in ["", "{", "hello", "{} x"] {
            check(contents, &[("$", contents)]);
        }
        assert_eq!(split(b"\xff"), [Message { place: "$".to_owned(), body: b"\xff".to_vec() }]);
    }
}
