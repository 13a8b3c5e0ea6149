//! Fuzzed signature headers, against a second and plain implementation of the scheme.
#![no_main]

use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use processor_events::signature::{MAX_HEADER_BYTES, MAX_SIGNATURES, sign, verify};
use sha2::Sha256;

const SECRET: &str = "whsec_fuzz";
const NOW: i64 = 1_767_225_600;

#[derive(Debug, Arbitrary)]
enum Pair {
    Time(i16),
    OtherTime(String),
    Good,
    GoodFor(i16),
    Signature(String),
    Any(String),
}

#[derive(Debug, Arbitrary)]
struct Case {
    pairs: Vec<Pair>,
    body: String,
}

fn hex(body: &str, timestamp: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(format!("{timestamp}.{body}").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The scheme, written down once more.
fn accepts(header: &str, body: &str) -> bool {
    let pairs: Vec<Vec<&str>> = header.split(',').map(|pair| pair.split('=').collect()).collect();
    let values =
        |name: &str| pairs.iter().filter(|pair| pair[0] == name).map(|pair| pair.get(1)).collect::<Option<Vec<_>>>();
    let (Some(times), Some(signatures)) = (values("t"), values("v1")) else { return false };
    // Only the first timestamp counts.
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(time) = times.first().filter(|time| is_number(time)).and_then(|time| time.parse::<i64>().ok()) else {
        return false;
    };
    header.len() <= MAX_HEADER_BYTES
        && signatures.len() <= MAX_SIGNATURES
        && signatures.iter().any(|signature| **signature == hex(body, time))
        && time.abs_diff(NOW) <= 300
}

fuzz_target!(|case: Case| {
    let pairs: Vec<String> = case
        .pairs
        .iter()
        .map(|pair| match pair {
            Pair::Time(offset) => format!("t={}", NOW + i64::from(*offset)),
            Pair::OtherTime(text) => format!("t={text}"),
            Pair::Good => format!("v1={}", hex(&case.body, NOW)),
            Pair::GoodFor(offset) => format!("v1={}", hex(&case.body, NOW + i64::from(*offset))),
            Pair::Signature(text) => format!("v1={text}"),
            Pair::Any(text) => text.clone(),
        })
        .collect();
    let header = pairs.join(",");
    let ours = verify(&header, case.body.as_bytes(), &[SECRET], NOW, 300);
    let model = accepts(&header, &case.body);
    assert_eq!(ours.is_ok(), model, "{header}: {ours:?}");
    // What is signed is accepted.
    assert_eq!(verify(&sign(case.body.as_bytes(), SECRET, NOW), case.body.as_bytes(), &[SECRET], NOW, 300), Ok(NOW));
});
