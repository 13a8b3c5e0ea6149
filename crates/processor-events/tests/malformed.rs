//! At least 10,000 inputs that break a rule: each is refused with a reason, and none makes the reader panic.

#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use std::{fs, path::Path};

use processor_events::{ReadOptions, Reading, read, read_bytes};

/// The samples under `events/` that are understood events, as text.
fn samples() -> Vec<String> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut samples = Vec::new();
    for kind in ["invoice.paid", "invoice.payment_failed", "payment_intent.succeeded"] {
        let mut files: Vec<_> = fs::read_dir(events.join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        // Without white space, as events travel.
        samples.extend(files.iter().map(|file| {
            let event: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            event.to_string()
        }));
    }
    assert!(samples.len() >= 20, "only {} samples", samples.len());
    samples
}

#[track_caller]
fn reason(body: &str) -> String {
    match read(body, &ReadOptions::default()) {
        Reading::Malformed(malformed) => malformed.to_string(),
        other => panic!("read as {other:?}: {}", body.chars().take(200).collect::<String>()),
    }
}

/// One event with a value of our choice in a place of our choice.
fn with(key: &str, value: &str) -> String {
    let event = r#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1767225600,"livemode":false,
        "api_version":"2024-06-20","data":{"object":{"id":"pi_1","object":"payment_intent","amount":1200,"amount_received":1200,
        "currency":"usd","customer":"cus_1","invoice":null,"metadata":null}}}"#;
    let start = event.find(&format!("\"{key}\":")).unwrap();
    let value_start = start.checked_add(key.len()).and_then(|at| at.checked_add(3)).unwrap();
    let length = event[value_start..].find([',', '}']).unwrap();
    let (before, rest) = event.split_at(value_start);
    format!("{before}{value}{}", &rest[length..])
}

#[test]
fn every_truncation_of_twenty_events_is_refused() {
    let mut count = 0_usize;
    for sample in samples().iter().take(20) {
        for end in (0..sample.len()).filter(|&end| sample.is_char_boundary(end)) {
            let reason = reason(&sample[..end]);
            assert!(reason.starts_with("$ must be JSON, but"), "{reason}");
            count = count.checked_add(1).unwrap();
        }
    }
    println!("{count} truncations refused");
    assert!(count >= 10_000);
}

#[test]
fn bytes_cut_inside_a_character_are_refused() {
    let sample = samples().into_iter().find(|sample| !sample.is_ascii()).unwrap();
    for end in (0..sample.len()).filter(|&end| !sample.is_char_boundary(end)) {
        let reading = read_bytes(&sample.as_bytes()[..end], &ReadOptions::default());
        assert!(matches!(reading, Reading::Malformed(_)), "{reading:?}");
    }
}

#[test]
fn nesting_from_101_levels_on_is_refused_and_before_it_is_skipped() {
    let nested =
        |levels: usize| with("metadata", &format!("{{}},\"deep\":{}{}", "[".repeat(levels), "]".repeat(levels)));
    // The place itself is three levels down.
    assert!(matches!(read(&nested(97), &ReadOptions::default()), Reading::Event(_)));
    for levels in [98, 127, 128, 129, 500, 1_000, 100_000] {
        assert!(reason(&nested(levels)).contains("deeper than 100 levels"), "{levels}");
    }
}

#[test]
fn key_that_stands_twice_is_refused_by_name() {
    for (key, path) in [
        ("id", "$.id"),
        ("type", "$.type"),
        ("livemode", "$.livemode"),
        ("amount", "$.data.object.amount"),
        ("currency", "$.data.object.currency"),
    ] {
        let value = format!("1,\"{key}\":2");
        let text = reason(&with(key, &value));
        assert!(text.starts_with(path) && text.contains("stands there twice"), "{text}");
    }
    // An escape does not hide it.
    assert!(reason(&with("amount", r#"1,"am\u006funt":2"#)).contains("stands there twice"));
}

#[test]
fn amounts_that_are_no_whole_numbers_of_64_bits_are_refused() {
    for (value, part) in [
        ("12.0", "without fraction"),
        ("1e3", "without fraction"),
        ("1E-2", "without fraction"),
        ("9223372036854775808", "at most 64 bits"),
        ("-9223372036854775809", "at most 64 bits"),
        ("123456789012345678901234567890", "at most 64 bits"),
        ("-1", "must not be negative"),
        ("\"1200\"", "must be a whole number"),
        ("true", "must be a whole number"),
        ("[1200]", "must be a whole number"),
    ] {
        let text = reason(&with("amount_received", value));
        assert!(text.starts_with("$.data.object.amount_received ") && text.contains(part), "{text}");
    }
    assert!(matches!(
        read(&with("amount_received", "9223372036854775807"), &ReadOptions::default()),
        Reading::Event(_)
    ));
}

#[test]
fn values_of_other_kinds_are_refused_by_path() {
    for (key, value, path) in [
        ("id", "7", "$.id"),
        ("id", "\"\"", "$.id"),
        ("id", "\"evt 1\"", "$.id"),
        ("type", "null", "$.type"),
        ("created", "\"now\"", "$.created"),
        ("created", "999999999999999", "$.created"),
        ("livemode", "\"true\"", "$.livemode"),
        ("livemode", "null", "$.livemode"),
        ("currency", "\"dollars\"", "$.data.object.currency"),
        ("currency", "\"u$d\"", "$.data.object.currency"),
        ("currency", "null", "$.data.object.currency"),
        ("customer", "5", "$.data.object.customer"),
        ("customer", "\"cus#1\"", "$.data.object.customer"),
        ("customer", "{\"object\":\"customer\"}", "$.data.object.customer.id"),
        ("invoice", "true", "$.data.object.invoice"),
        ("metadata", "[{}]", "$.data.object.metadata"),
    ] {
        let text = reason(&with(key, value));
        assert!(text.starts_with(&format!("{path} ")), "{key} = {value}: {text}");
    }
}

#[test]
fn texts_that_are_no_texts_are_refused() {
    for (value, part) in [
        (r#""\ud800""#, "surrogate"),
        (r#""\udc00\ud800""#, "surrogate"),
        (r#""\ud83d\u0041""#, "surrogate"),
        (r#""cus\u0000""#, "NUL"),
        ("\"cus\0\"", "control character"),
        ("\"cus\n\"", "control character"),
        (r#""\x""#, "unexpected character"),
        (r#""\u12g4""#, "unexpected character"),
    ] {
        let text = reason(&with("customer", value));
        assert!(text.contains(part), "{value}: {text}");
    }
    // Where nobody reads them, half a pair does no harm.
    let unread = with("metadata", r#"{},"note":"\ud800""#);
    assert!(matches!(read(&unread, &ReadOptions::default()), Reading::Event(_)));
}

#[test]
fn byte_order_marks_and_trailing_text_are_refused() {
    let sound = with("amount", "1200");
    assert!(reason(&format!("\u{feff}{sound}")).contains("byte order mark"));
    assert!(reason(&format!("{sound}{sound}")).contains("goes on after the value"));
    assert!(reason(&format!("{sound}\0")).contains("goes on after the value"));
    assert!(matches!(read(&format!(" \n\t\r{sound} \n"), &ReadOptions::default()), Reading::Event(_)));
}

#[test]
fn a_mebibyte_is_read_or_refused_like_anything_else() {
    let filler = "x".repeat(1 << 20);
    let sound = with("metadata", &format!(r#"{{"note":"{filler}"}}"#));
    assert!(matches!(read(&sound, &ReadOptions::default()), Reading::Event(_)));
    assert!(reason(&with("currency", &format!("\"{filler}\""))).len() < 300);
    assert!(reason(&"[".repeat(1 << 20)).contains("deeper than"));
    assert!(reason(&filler).contains("unexpected character"));
}

#[test]
fn reasons_never_show_what_could_be_about_a_person() {
    for value in ["\"ada@example.com\"", "\"Ada Lovell\"", "\"+15005550001\"", "\"森 はるか\""] {
        let text = reason(&with("customer", value));
        assert!(text.contains("found a text of"), "{text}");
    }
}
