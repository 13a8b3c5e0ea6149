//! Our answer for a signature is that of Stripe's official Python library: over the named vectors of `signature_vectors.json`, whose
//! verdicts are also held on their own, and over generated headers, bodies, secrets and clocks.
//!
//! `PAYBUS_PYTHON` names a Python that has the `stripe` package; without it the test says that it was skipped.
//! `PAYBUS_SIGNATURE_CASES` sets how many cases are tried.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a failing test may panic, and its output is for people")]
#![expect(clippy::disallowed_methods, reason = "the interpreter and the number of cases are the caller's choice")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]

use std::{
    env,
    io::{BufRead, BufReader, BufWriter, Write},
    process::{Command, Stdio},
    thread,
};

use processor_events::signature::{SignatureError, sign, verify};
use serde::Deserialize;
use serde_json::json;

const ACCEPTED: &str = "accepted";
const DEFAULT_CASES: usize = 50_000;
const NOW: i64 = 1_767_225_600;

/// `SplitMix64`: the same cases in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.roll(choices.len())]
    }
}

/// A line of `signature_vectors.json`, which `signature_vectors.py` writes.
#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    #[serde(flatten)]
    case: Case,
    expected: String,
    why: String,
    /// Stripe's library accepts it all the same.
    #[serde(default)]
    stricter: bool,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("signature_vectors.json")).unwrap()
}

#[derive(Debug, Clone, Deserialize)]
struct Case {
    header: String,
    body: String,
    secrets: Vec<String>,
    now: i64,
    tolerance: u32,
}

impl Case {
    fn verdict(&self) -> &'static str {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        match verify(&self.header, self.body.as_bytes(), &secrets, self.now, self.tolerance) {
            Ok(_) => ACCEPTED,
            Err(SignatureError::HeaderTooLong) => "header_too_long",
            Err(SignatureError::NoTimestamp) => "no_timestamp",
            Err(SignatureError::NoSignature) => "no_signature",
            Err(SignatureError::TooManySignatures) => "too_many_signatures",
            Err(SignatureError::BodyNotText) => "body_not_text",
            Err(SignatureError::NoSecret) => "no_secret",
            Err(SignatureError::NoMatch) => "no_match",
            Err(SignatureError::TooOld { .. }) => "too_old",
            Err(SignatureError::FromTheFuture { .. }) => "from_the_future",
        }
    }

    fn generate(dice: &mut Dice) -> Self {
        let keys = ["whsec_a", "whsec_b", "whsec_ü", "x"];
        let bodies = ["{}", "", "{\"id\":\"evt_1\"}", "{\"name\":\"森\"}", "1.{}", "{}\n"];
        let secrets = (0..=dice.roll(3)).map(|_| (*dice.pick(&keys)).to_owned()).collect();
        let body = (*dice.pick(&bodies)).to_owned();
        let age = *dice.pick(&[0_i64, 0, 0, 1, 299, 300, 301, 100_000, -1, -300]);
        let timestamp = NOW - age;
        let mut pairs = vec![timestamp_pair(dice, timestamp)];
        for _ in 0..dice.roll(4) {
            let key = *dice.pick(&keys);
            pairs.push(signature_pair(dice, key, &body, timestamp));
        }
        if dice.roll(4) == 0 {
            pairs.push(
                (*dice.pick(&["", "v0=abc", "v1", "t", "t=1", "=", "v2=x=y", "v1=", "t=1=2", "t=never"])).to_owned(),
            );
        }
        if dice.roll(4) == 0 {
            let end = pairs.len() - 1;
            pairs.swap(0, end);
        }
        let separator = *dice.pick(&[",", ",", ",", ",", ", ", ";", ",,"]);
        Self { header: pairs.join(separator), body, secrets, now: NOW, tolerance: 300 }
    }
}

fn timestamp_pair(dice: &mut Dice, timestamp: i64) -> String {
    match dice.roll(20) {
        0 => format!("t=0{timestamp}"),
        1 => format!("t={timestamp}=7"),
        2 => "t=abc".to_owned(),
        3 => "T=1".to_owned(),
        4 => format!("t={timestamp}.0"),
        _ => format!("t={timestamp}"),
    }
}

fn signature_pair(dice: &mut Dice, key: &str, body: &str, timestamp: i64) -> String {
    let header = sign(body.as_bytes(), key, timestamp);
    let signature = header.split_once("v1=").unwrap().1;
    match dice.roll(12) {
        0 => format!("v1={}", signature.to_uppercase()),
        1 => format!("v1={}", &signature[..63]),
        2 => format!("v1={signature}=x"),
        3 => format!("v0={signature}"),
        4 => format!("v1= {signature}"),
        5 => format!("v1={}", "0".repeat(64)),
        6 => "v1=potato".to_owned(),
        _ => format!("v1={signature}"),
    }
}

fn python() -> Option<String> {
    let python = env::var("PAYBUS_PYTHON").ok().filter(|path| !path.is_empty());
    if python.is_none() {
        println!("skipped: set PAYBUS_PYTHON to a Python that has the stripe package (`cargo xtask test` does)");
    }
    python
}

#[test]
fn named_vectors_get_their_verdicts() {
    let vectors = vectors();
    for Vector { name, case, expected, why, .. } in &vectors {
        assert_eq!(case.verdict(), expected, "{name}: {why}");
    }
    let accepted = vectors.iter().filter(|vector| vector.expected == ACCEPTED).count();
    assert!(accepted >= 100 && vectors.len() - accepted >= 150, "{accepted} of {} are accepted", vectors.len());
}

#[test]
fn named_vectors_are_stricter_than_stripes_library_only_where_they_say_so() {
    let Some(python) = python() else { return };
    let vectors = vectors();
    let cases: Vec<Case> = vectors.iter().map(|vector| vector.case.clone()).collect();
    let answers = ask(&python, &cases);
    assert_eq!(answers.len(), vectors.len());
    for (Vector { name, expected, stricter, .. }, official) in vectors.iter().zip(answers) {
        assert_eq!(official, expected == ACCEPTED || *stricter, "{name}");
    }
}

#[test]
fn answers_are_those_of_stripes_library() {
    let Some(python) = python() else { return };
    let count = env::var("PAYBUS_SIGNATURE_CASES").map_or(DEFAULT_CASES, |count| count.parse().unwrap());
    let mut dice = Dice(7);
    let cases: Vec<Case> = (0..count).map(|_| Case::generate(&mut dice)).collect();
    let answers = ask(&python, &cases);
    assert_eq!(answers.len(), cases.len());
    let mut accepted = 0;
    for (case, official) in cases.iter().zip(answers) {
        let secrets: Vec<&str> = case.secrets.iter().map(String::as_str).collect();
        let ours = verify(&case.header, case.body.as_bytes(), &secrets, case.now, case.tolerance);
        assert!(official || ours.is_err(), "accepted what the official library rejects: {case:?}");
        let is_stricter_by_design = matches!(ours, Err(SignatureError::FromTheFuture { .. }));
        assert!(!official || ours.is_ok() || is_stricter_by_design, "rejected with {ours:?}: {case:?}");
        accepted += usize::from(ours.is_ok());
    }
    println!("{accepted} of {count} cases accepted by both");
    // Neither side may be nearly empty, or the comparison shows nothing.
    assert!(accepted > count / 20 && accepted < count / 2, "{accepted} of {count} accepted");
}

fn ask(python: &str, cases: &[Case]) -> Vec<bool> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signature_oracle.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = BufWriter::new(child.stdin.take().unwrap());
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers = thread::scope(|scope| {
        scope.spawn(move || {
            for case in cases {
                let case = json!({"header": case.header, "body": case.body, "secrets": case.secrets,
                    "now": case.now, "tolerance": case.tolerance});
                writeln!(input, "{case}").unwrap();
            }
        });
        output.lines().map(|line| line.unwrap() == "1").collect()
    });
    assert!(child.wait().unwrap().success(), "the oracle failed");
    answers
}
