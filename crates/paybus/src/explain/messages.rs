//! Takes single messages out of whatever a file holds, byte for byte.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::value::RawValue;

/// One message of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Where in the file it stands, as a `JSONPath`; `$` for the whole file, `line 2: $` for the second of JSON lines.
    pub(crate) place: String,
    /// The message.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Whether it is all of a file, and nothing is in it.
    pub(crate) fn is_empty_file(&self) -> bool {
        self.place == "$" && self.body.trim_ascii().is_empty()
    }
}

/// How many lists and wrappings are opened around a message. The forms that are known have four at most: `Records` of a function's
/// event, the record, its body, the notification of SNS in it.
const MAX_WRAPPINGS: u32 = 8;

/// The messages of a file; `-` is standard input.
pub(crate) fn of_file(file: &Path) -> Result<Vec<Message>> {
    if file == Path::new("-") {
        let mut contents = Vec::new();
        io::stdin().lock().read_to_end(&mut contents).context("failed to read standard input")?;
        return Ok(split(&contents));
    }
    fs::read(file).map(|contents| split(&contents)).with_context(|| format!("failed to read {}", file.display()))
}

impl Message {
    /// For people: the file, and the place in it where the file holds more than the message.
    pub(crate) fn place_in(&self, file: &Path) -> String {
        let file = file.display();
        if self.place == "$" { file.to_string() } else { format!("{file} {}", self.place) }
    }
}

/// Splits the contents of a file. What is no JSON is one message as it is, for the reader to say why.
fn split(contents: &[u8]) -> Vec<Message> {
    let contents = &*as_utf8(contents);
    let whole = || vec![Message { place: "$".to_owned(), body: contents.to_owned() }];
    let Ok(text) = str::from_utf8(contents) else { return whole() };
    match values(text).as_deref() {
        Some([]) => whole(),
        Some([(_, value)]) => unwrap(value, "$", MAX_WRAPPINGS),
        // Several values one after another: JSON lines.
        Some(values) => values.iter().flat_map(|(line, value)| unwrap(value, &on_line(*line), MAX_WRAPPINGS)).collect(),
        None => broken_lines(text).unwrap_or_else(whole),
    }
}

/// Windows writes UTF-16, and UTF-8 with a mark in front of it.
pub(crate) fn as_utf8(contents: &[u8]) -> Cow<'_, [u8]> {
    let decoded = match contents {
        [0xef, 0xbb, 0xbf, text @ ..] => return Cow::Borrowed(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        _ => None,
    };
    decoded.map_or(Cow::Borrowed(contents), |text| Cow::Owned(text.into_bytes()))
}

fn utf16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = text.as_chunks();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<_, _>>().ok()
}

/// The JSON values that stand one after another, each with the number of the line that it begins on; `None` where something is no
/// JSON.
fn values(text: &str) -> Option<Vec<(usize, &str)>> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let (mut found, mut line, mut seen) = (Vec::new(), 1_usize, 0);
    while let Some(value) = stream.next() {
        let value = value.ok()?.get();
        let start = stream.byte_offset().checked_sub(value.len())?;
        line = line.saturating_add(text.get(seen..start)?.matches('\n').count());
        seen = start;
        found.push((line, value));
    }
    Some(found)
}

/// JSON lines of which some are broken, or lines of a log: what can be read is read. `None` where most lines hold no JSON of their own,
/// as in one broken value that is written over many.
fn broken_lines(text: &str) -> Option<Vec<Message>> {
    let lines = || text.lines().map(str::trim_ascii).zip(1_usize..).filter(|(line, _)| !line.is_empty());
    let sound = lines().filter(|(line, _)| json_of_line(line).is_some()).count();
    let broken = lines().count().saturating_sub(sound);
    if sound == 0 || sound < broken {
        return None;
    }
    let messages =
        lines().flat_map(|(line, number)| unwrap(json_of_line(line).unwrap_or(line), &on_line(number), MAX_WRAPPINGS));
    Some(messages.collect())
}

/// The JSON of a line; a log writes the time and more in front of it (`aws logs tail`).
fn json_of_line(line: &str) -> Option<&str> {
    let object = line.find(['{', '"']).filter(|at| line[*at..].starts_with('{')).map(|at| &line[at..]);
    [Some(line), object].into_iter().flatten().find(|text| serde_json::from_str::<&RawValue>(text).is_ok())
}

fn on_line(number: usize) -> String {
    format!("line {number}: $")
}

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The lists that hold messages: what SQS hands a function, what the AWS CLI prints of a queue, and what it prints of a log.
const LISTS: [&str; 3] = ["Records", "Messages", "events"];

/// The texts that are a message, each with what stands beside it: the body of a record of SQS (the AWS CLI writes a capital letter),
/// a notification of SNS, and a line of a log.
const TEXTS: [(&str, Option<&str>); 4] =
    [("body", None), ("Body", None), ("Message", Some("TopicArn")), ("message", Some("timestamp"))];

/// The objects that are a message, where what is around them is none: a recorded request, and a record of SNS.
const OBJECTS: [&str; 2] = ["body", "Sns"];

/// What every message of a known form has at least one of.
const MARKS: [&str; 3] = ["detail-type", "object", "type"];

/// Opens what is around events: lists, SQS, SNS, Lambda, logs, recordings of requests.
fn unwrap(text: &str, place: &str, wrappings: u32) -> Vec<Message> {
    let as_it_is = || vec![Message { place: place.to_owned(), body: text.as_bytes().to_owned() }];
    let Some(wrappings) = wrappings.checked_sub(1) else { return as_it_is() };
    match text.as_bytes().first() {
        Some(b'[') => return unwrap_all(text, place, wrappings),
        // JSON inside a text, as `--query 'Messages[].Body'` prints it.
        Some(b'"') => return json_inside(text).map_or_else(as_it_is, |inside| unwrap(&inside, place, wrappings)),
        _ => {}
    }
    let members: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    let holds = |key: &str, start: char| {
        members.get(key).filter(|value| value.get().starts_with(start)).map(|value| value.get())
    };
    for key in LISTS {
        if let Some(list) = holds(key, '[') {
            return unwrap_all(list, &format!("{place}.{key}"), wrappings);
        }
    }
    for (key, beside) in TEXTS {
        let Some(message) = holds(key, '"').filter(|_| beside.is_none_or(|beside| members.contains_key(beside))) else {
            continue;
        };
        let place = format!("{place}.{key}");
        if let Some(inside) = json_inside(message) {
            return unwrap(&inside, &place, wrappings);
        }
        let body: String = serde_json::from_str(message).unwrap_or_default();
        return vec![Message { place, body: body.into_bytes() }];
    }
    let is_message = MARKS.iter().any(|mark| members.contains_key(*mark));
    for key in OBJECTS {
        if let Some(message) = holds(key, '{').filter(|_| !is_message) {
            return unwrap(message, &format!("{place}.{key}"), wrappings);
        }
    }
    // A list of Stripe's API, as `stripe events list` prints it; those of the second API are known by their pages.
    let is_list = holds("object", '"') == Some("\"list\"") || members.contains_key("next_page_url");
    if let Some(data) = holds("data", '[').filter(|_| is_list) {
        return unwrap_all(data, &format!("{place}.data"), wrappings);
    }
    as_it_is()
}

fn unwrap_all(list: &str, place: &str, wrappings: u32) -> Vec<Message> {
    let elements: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    elements
        .iter()
        .enumerate()
        .flat_map(|(index, element)| unwrap(element.get(), &format!("{place}[{index}]"), wrappings))
        .collect()
}

/// The object or list that a JSON text holds.
fn json_inside(text: &str) -> Option<String> {
    let inside: String = serde_json::from_str(text).ok()?;
    let value: &RawValue = serde_json::from_str(&inside).ok()?;
    value.get().starts_with(['{', '[']).then(|| value.get().to_owned())
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
        check(
            "{\"a\":1}\n\n{\"b\":\n2}\n[3]",
            &[("line 1: $", "{\"a\":1}"), ("line 3: $", "{\"b\":\n2}"), ("line 5: $[0]", "3")],
        );
        for list in [r#""object":"list","has_more":true"#, r#""next_page_url":null"#] {
            check(&format!(r#"{{"data":[{{"a":1}}],{list}}}"#), &[("$.data[0]", "{\"a\":1}")]);
        }
    }

    #[test]
    fn an_empty_file_is_told_from_an_empty_message() {
        assert!(split(b" \r\n\n").iter().all(Message::is_empty_file));
        let message = split(br#"{"messageId":"m","body":""}"#);
        assert!(message.iter().all(|message| !message.is_empty_file()), "{message:?}");
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
    fn broken_line_does_not_hide_the_others() {
        check(
            "{\"a\":1}\r\n{\"b\":\r\n\r\n[{\"c\":3}]\r\n",
            &[("line 1: $", "{\"a\":1}"), ("line 2: $", "{\"b\":"), ("line 4: $[0]", "{\"c\":3}")],
        );
        let cut_off = "[\n{\"a\":1},\n{\"b\":2}\n";
        check(cut_off, &[("$", cut_off)]);
    }

    #[test]
    fn notifications_of_sns_are_opened() {
        let notification = r#"{"Type":"Notification","TopicArn":"t","Message":"{\"a\":1}"}"#;
        check(notification, &[("$.Message", "{\"a\":1}")]);
        let in_queue = serde_json::json!({"Records": [{"messageId": "m", "body": notification}]}).to_string();
        check(&in_queue, &[("$.Records[0].body.Message", "{\"a\":1}")]);
        let of_function = format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{notification}}}]}}"#);
        check(&of_function, &[("$.Records[0].Sns.Message", "{\"a\":1}")]);
    }

    #[test]
    fn lines_of_a_log_are_opened() {
        let line = r#"{"logStreamName":"s","timestamp":1,"message":"{\"a\":1}"}"#;
        check(&format!(r#"{{"events":[{line}],"searchedLogStreams":[]}}"#), &[("$.events[0].message", "{\"a\":1}")]);
        let tail =
            "2026-11-20T10:00:00.000000+00:00 stream {\"a\":1}\n2026-11-20T10:00:01.000000+00:00 stream ids only\n";
        check(tail, &[("line 1: $", "{\"a\":1}"), ("line 2: $", "2026-11-20T10:00:01.000000+00:00 stream ids only")]);
        check("\"a\": {}", &[("$", "\"a\": {}")]);
    }

    #[test]
    fn json_inside_a_text_is_opened() {
        check(r#"["{\"a\":1}","7","text"]"#, &[("$[0]", "{\"a\":1}"), ("$[1]", "\"7\""), ("$[2]", "\"text\"")]);
    }

    #[test]
    fn text_of_windows_is_read() {
        let text = "{\"a\":\"\u{1f600}\"}";
        let in_utf16 =
            |unit: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let files = [format!("\u{feff}{text}").into_bytes(), in_utf16(u16::to_le_bytes), in_utf16(u16::to_be_bytes)];
        for file in files {
            assert_eq!(split(&file), [Message { place: "$".to_owned(), body: text.as_bytes().to_vec() }]);
        }
        for broken in [&b"\xff\xfe{"[..], b"\xfe\xff\xd8\x00"] {
            assert_eq!(split(broken), [Message { place: "$".to_owned(), body: broken.to_vec() }]);
        }
    }

    #[test]
    fn lists_in_lists_end_somewhere() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let found = split(deep.as_bytes());
        assert_eq!(
            found.iter().map(|message| message.place.as_str()).collect::<Vec<_>>(),
            ["$[0][0][0][0][0][0][0][0]"]
        );
    }

    #[test]
    fn recorded_request_is_opened() {
        for beside in [r#""headers":{},"#, ""] {
            check(&format!(r#"[{{{beside}"body":{{"a":1}}}}]"#), &[("$[0].body", "{\"a\":1}")]);
        }
    }

    #[test]
    fn event_with_a_body_of_its_own_stays_whole() {
        for mark in MARKS {
            let event = format!(r#"{{"{mark}":"x","body":{{"a":1}}}}"#);
            check(&event, &[("$", &event)]);
        }
    }

    #[test]
    fn what_is_no_json_is_one_message() {
        for contents in ["", "{", "hello", "{} x"] {
            check(contents, &[("$", contents)]);
        }
        assert_eq!(split(b"\xff"), [Message { place: "$".to_owned(), body: b"\xff".to_vec() }]);
    }
}
