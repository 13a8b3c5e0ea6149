//! Events as processors send them become notices that can be sent.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use notices::{
    Brand, Decision, Language, LinkHosts, Locale, Reader,
    decide::{Circumstances, Policy},
    notice_for, render,
};
use processor_events::{ReadOptions, Reading, read};
use serde_json::Value;

#[test]
fn every_sample_event_that_deserves_a_notice_gets_one_in_every_language() {
    let notices = notices_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events"));
    for kind in ["invoice_paid", "payment_failed"] {
        assert!(notices.contains_key(kind), "no sample leads to {kind}: {notices:?}");
    }
}

#[test]
fn every_recorded_event_that_deserves_a_notice_gets_one_in_every_language() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: there is no corpus of recorded payloads at {}", corpus.display());
        return;
    }
    let notices = notices_of(&corpus);
    assert!(notices.len() >= 5, "{notices:?}");
}

/// How many notices of each kind the events below a folder lead to, at the time of each event.
fn notices_of(folder: &Path) -> BTreeMap<&'static str, usize> {
    let hosts = LinkHosts::new([".stripe.com"]).unwrap();
    let mut notices = BTreeMap::new();
    for path in json_files(folder) {
        // The samples of what is malformed need not be JSON.
        let Ok(recording) = serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()) else { continue };
        // Some recorders put the request with its headers around the event.
        let body = recording.get("body").filter(|body| body.is_object()).unwrap_or(&recording);
        let Reading::Event(event) = read(&body.to_string(), &ReadOptions::default()) else { continue };
        let circumstances = Circumstances::at(event.occurred_at);
        let Decision::Send(message, _) = notice_for(&event, &Policy::default(), &circumstances) else { continue };
        for language in Language::ALL {
            let rendered = render(&message, &Reader::new(Locale::from(language)), &Brand::default(), &hosts);
            assert!(rendered.is_ok(), "{} in {}: {rendered:?}", path.display(), language.tag());
        }
        let count: &mut usize = notices.entry(message.kind()).or_default();
        *count = count.saturating_add(1);
    }
    notices
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files
}
