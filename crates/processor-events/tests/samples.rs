//! Every sample under `events/` is read as its folder says, and its SQS-wrapped twin under `events/sqs/` is up to date.

#![expect(clippy::unwrap_used, reason = "a failing test may panic, and its output is for people")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use processor_events::{ReadOptions, Reading, read};
use serde_json::{Value, json};

/// Folders whose samples are not understood events, by what they are read as. Every other folder is named after the type of its
/// events.
const OTHER_FOLDERS: [&str; 3] = ["malformed", "not_for_us", "unsupported"];

fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// Folder, file name and text of every sample.
fn samples() -> Vec<(String, String, String)> {
    let mut samples = Vec::new();
    for folder in fs::read_dir(events()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let folder_name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if folder_name == "sqs" {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let file_name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            samples.push((folder_name.clone(), file_name, fs::read_to_string(&file).unwrap()));
        }
    }
    samples.sort();
    samples
}

#[test]
fn every_sample_is_read_as_its_folder_says() {
    let samples = samples();
    assert!(samples.len() >= 30, "only {} samples found", samples.len());
    for (folder, name, text) in samples {
        let (outcome, kind) = match read(&text, &ReadOptions::default()) {
            Reading::Event(event) => (event.kind.clone(), event.kind),
            Reading::NotForUs(not_for_us) => ("not_for_us".to_owned(), not_for_us.to_string()),
            Reading::Unsupported(unsupported) => ("unsupported".to_owned(), unsupported.to_string()),
            Reading::Malformed(malformed) => ("malformed".to_owned(), malformed.to_string()),
        };
        // What Paybus itself publishes is no processor's event.
        let expected = if folder.starts_with("access.") { "not_for_us" } else { folder.as_str() };
        assert_eq!(outcome, expected, "{folder}/{name}: {kind}");
    }
}

#[test]
fn every_sample_has_an_id_of_its_own() {
    let mut ids = Vec::new();
    for (folder, name, text) in samples() {
        if OTHER_FOLDERS.contains(&folder.as_str()) {
            continue;
        }
        let sample: Value = serde_json::from_str(&text).unwrap();
        ids.push((sample["id"].to_string(), format!("{folder}/{name}")));
        ids.push((sample["detail"]["id"].to_string(), format!("{folder}/{name}")));
    }
    ids.sort();
    for pair in ids.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{} and {}", pair[0].1, pair[1].1);
    }
}

/// The event as `sam local invoke` and `cargo lambda invoke` want it: what SQS hands a function.
fn wrapped(folder: &str, name: &str, text: &str) -> String {
    let id = format!("{folder}/{name}");
    let wrapped = json!({"Records": [{
        "messageId": id,
        "receiptHandle": "sample",
        "body": text.trim_end(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795168800000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795168800000"
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:sample",
        "awsRegion": "us-east-1"
    }]});
    format!("{wrapped:#}\n")
}

/// Set `UPDATE_SAMPLES=1` to write the wrapped samples anew.
#[test]
fn wrapped_samples_are_up_to_date() {
    let folder = events().join("sqs");
    #[expect(clippy::disallowed_methods, reason = "a switch of this test only")]
    let update = std::env::var_os("UPDATE_SAMPLES").is_some();
    let mut expected_names = Vec::new();
    for (sample_folder, name, text) in samples() {
        let file = folder.join(format!("{sample_folder}.{name}.json"));
        let expected = wrapped(&sample_folder, &name, &text);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &expected).unwrap();
        }
        // As values: the order of keys is the JSON library's own, and depends on what else is compiled.
        let found: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap_or_default()).unwrap_or_default();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        assert!(found == expected, "{} is out of date: run again with UPDATE_SAMPLES=1", file.display());
        expected_names.push(file.file_name().unwrap().to_owned());
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(expected_names.contains(&name), "{} belongs to no sample", name.display());
    }
}
