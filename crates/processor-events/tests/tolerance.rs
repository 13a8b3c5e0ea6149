//! Every sample, with each field of its object missing, null, unknown or expanded: what is required is a short list, and the rest
//! changes nothing but itself.

#![expect(clippy::unwrap_used, reason = "a failing test may panic, and its output is for people")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use processor_events::{ProcessorEvent, ReadOptions, Reading, read};
use serde_json::{Map, Value, json};

/// Folders of samples that are no understood events.
const OTHER_FOLDERS: [&str; 4] = ["malformed", "not_for_us", "sqs", "unsupported"];

/// What may be expanded: references, by how their ids begin (<https://docs.stripe.com/api/expanding_objects>).
const REFERENCES: [&str; 10] = ["card_", "ch_", "cus_", "gcus_", "in_", "pi_", "pm_", "py_", "src_", "sub_"];

/// Name and envelope of every sample of an understood event.
fn samples() -> Vec<(String, Value)> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut samples = Vec::new();
    for folder in fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let kind = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if OTHER_FOLDERS.contains(&kind.as_str()) {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = format!("{kind}/{}", file.file_stem().unwrap().to_str().unwrap());
            let sample: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            // Paybus's own events are no processor's.
            if sample["detail"]["data"].is_object() {
                samples.push((name, sample));
            }
        }
    }
    assert!(samples.len() >= 60, "only {} samples", samples.len());
    samples
}

/// Where the object is: Checkout.com has it one level higher.
fn place(sample: &Value) -> &'static str {
    if sample["detail"]["data"]["object"].is_object() { "/detail/data/object" } else { "/detail/data" }
}

fn object(sample: &Value) -> &Map<String, Value> {
    sample.pointer(place(sample)).unwrap().as_object().unwrap()
}

fn with(sample: &Value, field: &str, value: Option<Value>) -> String {
    let mut changed = sample.clone();
    let object = changed.pointer_mut(place(sample)).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(field.to_owned(), value),
        None => object.remove(field),
    };
    changed.to_string()
}

#[track_caller]
fn event(name: &str, body: &str) -> ProcessorEvent {
    match read(body, &ReadOptions::default()) {
        Reading::Event(event) => *event,
        other => panic!("{name}: {other:?}"),
    }
}

/// The fields without which an object is refused, for each kind of object. All others may be missing, whatever the API version.
const REQUIRED: [(&str, &str); 12] = [
    ("card", "id"),
    ("charge", "amount amount_refunded currency id"),
    ("checkout.session", "id"),
    ("checkout_com", "action_id amount currency id payment_id"),
    ("customer", "id"),
    ("dispute", "amount currency"),
    ("invoice", "amount_due currency id"),
    ("invoice_payment", "invoice payment"),
    ("payment_intent", "amount currency id"),
    ("payment_method", "id"),
    ("refund", "amount currency id"),
    ("subscription", "id"),
];

#[test]
fn missing_and_null_fields_are_refused_by_name_or_do_no_harm() {
    let mut refused: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut count = 0_usize;
    for (name, sample) in samples() {
        for field in object(&sample).keys() {
            for value in [None, Some(Value::Null)] {
                count = count.checked_add(1).unwrap();
                match read(&with(&sample, field, value), &ReadOptions::default()) {
                    Reading::Malformed(malformed) => {
                        assert!(malformed.path.starts_with("$.detail.data."), "{name} without {field}: {malformed}");
                        assert_eq!(malformed.rule, "is required", "{name} without {field}");
                        let kind = object(&sample).get("object").and_then(Value::as_str).unwrap_or("checkout_com");
                        refused.entry(kind.to_owned()).or_default().insert(field.clone());
                    }
                    // A charge without its payment is a payment of its own.
                    Reading::Event(_) | Reading::NotForUs(_) => {}
                    Reading::Unsupported(unsupported) => panic!("{name} without {field}: {unsupported}"),
                }
            }
        }
    }
    println!("{count} events with a field less were read");
    assert!(count > 3_000, "only {count} events");
    let required: BTreeMap<String, BTreeSet<String>> = REQUIRED
        .iter()
        .map(|(kind, fields)| ((*kind).to_owned(), fields.split(' ').map(str::to_owned).collect()))
        .collect();
    assert_eq!(refused, required);
}

#[test]
fn unknown_fields_change_nothing() {
    let unknown = json!({"deep": [{"id": "cus_other", "amount": -1.5e300}, null, "\u{1f600}"]});
    for (name, sample) in samples() {
        let body = with(&sample, "field_of_the_future", Some(unknown.clone()));
        assert_eq!(event(&name, &body), event(&name, &sample.to_string()), "{name}");
    }
}

#[test]
fn an_expanded_object_is_the_same_as_its_id() {
    let mut count = 0_usize;
    for (name, sample) in samples().into_iter().filter(|(_, sample)| place(sample) == "/detail/data/object") {
        let plain = event(&name, &sample.to_string());
        for (field, id) in object(&sample).iter().filter_map(|(field, value)| Some((field, value.as_str()?))) {
            if field == "id" || !REFERENCES.iter().any(|prefix| id.starts_with(prefix)) {
                continue;
            }
            count = count.checked_add(1).unwrap();
            // Deleted ones are expanded to this little.
            for expanded in
                [json!({"id": id, "object": "anything", "deleted": true}), json!({"id": id, "metadata": {}})]
            {
                let body = with(&sample, field, Some(expanded));
                assert_eq!(event(&name, &body), plain, "{name}: {field}");
            }
        }
    }
    assert!(count > 100, "only {count} references");
}
