//! Every recorded payload in the shared corpus is understood, declined or refused, and never called malformed unless it is.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a failing test may panic, and its output is for people")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use processor_events::{ReadOptions, Reading, catalogue, read};
use serde_json::{Value, value::RawValue};

/// What is malformed, and why.
const MALFORMED: [(&str, &str); 1] =
    [("_objects/stripe-openapi-fixtures3.json", "a collection of API objects, not an event")];

fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("skipped: there is no corpus of recorded payloads at {}", corpus.display());
    None
}

/// Name and text of every JSON file.
fn json_files(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            json_files(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Takes an event out of what recorders put around it: a request with headers, or a list of events.
fn bodies(text: &str) -> Vec<String> {
    let recording: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap();
    let is_list = recording.get("object").is_some_and(|object| object.get() == "\"list\"");
    match (recording.get("body"), recording.get("data")) {
        (Some(body), _) => vec![body.get().to_owned()],
        (None, Some(data)) if is_list => {
            let events: Vec<Box<RawValue>> = serde_json::from_str(data.get()).unwrap();
            events.iter().map(|event| event.get().to_owned()).collect()
        }
        _ => vec![text.to_owned()],
    }
}

#[test]
fn every_recorded_payload_has_its_outcome() {
    let Some(corpus) = corpus() else { return };
    let mut files = BTreeMap::new();
    json_files(&corpus, &corpus, &mut files);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut malformed = Vec::new();
    for (name, text) in &files {
        for body in bodies(text) {
            let outcome = match read(&body, &ReadOptions::default()) {
                Reading::Event(_) => "event",
                Reading::NotForUs(_) => "not_for_us",
                Reading::Unsupported(_) => "unsupported",
                Reading::Malformed(error) => {
                    println!("{name}: {error}");
                    malformed.push(name.as_str());
                    "malformed"
                }
            };
            *counts.entry(outcome).or_default() += 1;
        }
    }
    println!("{counts:?} of {} files", files.len());
    assert_eq!(malformed, MALFORMED.map(|(name, _)| name));
    assert!(files.len() >= 150, "only {} files found", files.len());
}

#[test]
fn every_recorded_kind_is_in_the_catalogue() {
    let Some(corpus) = corpus() else { return };
    let mut files = BTreeMap::new();
    json_files(&corpus, &corpus, &mut files);
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("_processors")) {
        for body in bodies(text) {
            let event: Value = serde_json::from_str(&body).unwrap();
            let event = event.get("detail").unwrap_or(&event);
            if let (Some(kind), Some("event")) = (event["type"].as_str(), event["object"].as_str()) {
                assert!(catalogue::family(kind).is_some(), "{name}: {kind}");
            }
        }
    }
}
