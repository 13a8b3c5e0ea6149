//! Whatever bytes arrive: an event is an event to everybody and in every envelope.
#![no_main]

use libfuzzer_sys::fuzz_target;
use processor_events::{ReadOptions, Reading, read, read_bytes};
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let options = ReadOptions::default();
    let Reading::Event(event) = read_bytes(body, &options) else { return };
    let text = std::str::from_utf8(body).expect("an event is text");
    // The differential oracle: the reference parser takes it for JSON as well.
    let raw: &RawValue = serde_json::from_str(text).expect("an event is JSON");
    // White space around it changes nothing.
    assert_eq!(read(&format!("\n {text}\t"), &options), Reading::Event(event.clone()));
    // Neither does an envelope, unless it has one already.
    let members: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(raw.get()).expect("an event is an object");
    if members.contains_key("detail") || members.contains_key("specversion") {
        return;
    }
    let source = format!("paybus.webhook.{}", event.processor.name());
    let kind = serde_json::to_string(&event.kind).expect("a text is JSON");
    let wrapped = format!(r#"{{"id":"e","source":"{source}","detail-type":{kind},"detail":{}}}"#, raw.get());
    match read(&wrapped, &options) {
        Reading::Event(inside) => assert_eq!(inside, event),
        // One level more may be one too many.
        Reading::Malformed(malformed) => assert!(malformed.rule.contains("nested deeper"), "{malformed}"),
        other => panic!("in an envelope it is {other:?}"),
    }
});
