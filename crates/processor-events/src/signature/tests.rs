use super::*;

/// Known answers, computed with Python's `hmac`: key, timestamp, body, signature. The first two are the payload of the tests of
/// Stripe's Node library, the last one has a key and a body beyond ASCII.
const KNOWN: [(&str, i64, &str, &str); 4] = [
    (
        "whsec_test_secret",
        12_345,
        "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}",
        "2672d138c9a412830f3bfe2ecc5bfb3277cf6f5b49d0119d77dd6cb64da1257e",
    ),
    (
        "whsec_test_secret_rolled_key",
        12_345,
        "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}",
        "b8673e94394f9950c036c0f4116d1ad346e682dbb57ece6b4c74e46113ab654a",
    ),
    ("secret", 1, "{}", "1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908"),
    (
        "whsec_é",
        1_767_225_600,
        "{\"name\":\"森 はるか 😀\"}",
        "19f2fbb17a938c2099c11696294169eb1c06615d8b38febac4462f343aea6db8",
    ),
];

const BODY: &[u8] = b"{\"id\":\"evt_1\"}";
const SECRET: &str = "whsec_a";
const NOW: i64 = 1_767_225_600;

fn signed() -> String {
    sign(BODY, SECRET, NOW)
}

fn signature() -> String {
    signed().split_once(",v1=").unwrap().1.to_owned()
}

#[track_caller]
fn check(header: &str, expected: Result<i64, SignatureError>) {
    assert_eq!(verify(header, BODY, &[SECRET], NOW, DEFAULT_TOLERANCE_SECONDS), expected, "{header}");
}

#[test]
fn known_answers_are_accepted_and_made() {
    for (secret, timestamp, body, signature) in KNOWN {
        let header = format!("t={timestamp},v1={signature}");
        assert_eq!(sign(body.as_bytes(), secret, timestamp), header);
        assert_eq!(verify(&header, body.as_bytes(), &[secret], timestamp, 0), Ok(timestamp));
    }
}

#[test]
fn any_of_several_signatures_may_match() {
    let good = signature();
    let other = "0".repeat(64);
    for signatures in [[&good, &other], [&other, &good]] {
        check(&format!("t={NOW},v1={},v1={}", signatures[0], signatures[1]), Ok(NOW));
    }
    check(&format!("t={NOW},v1=potato,v1={good}"), Ok(NOW));
    check(&format!("v1={good},t={NOW},v0=anything,v2"), Ok(NOW));
}

#[test]
fn any_of_several_secrets_may_match() {
    for secrets in [["whsec_old", SECRET], [SECRET, "whsec_new"]] {
        assert_eq!(verify(&signed(), BODY, &secrets, NOW, 300), Ok(NOW));
    }
}

#[test]
fn every_changed_byte_of_the_body_is_noticed() {
    for index in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[index] ^= 1;
        assert_eq!(verify(&signed(), &body, &[SECRET], NOW, 300), Err(SignatureError::NoMatch));
    }
}

#[test]
fn every_changed_digit_of_the_signature_is_noticed() {
    let good = signature();
    for index in 0..good.len() {
        let mut digits = good.clone().into_bytes();
        digits[index] = if digits[index] == b'0' { b'1' } else { b'0' };
        check(&format!("t={NOW},v1={}", String::from_utf8(digits).unwrap()), Err(SignatureError::NoMatch));
    }
}

#[test]
fn signature_in_another_form_does_not_match() {
    let good = signature();
    check(&format!("t={NOW},v1={}", good.to_uppercase()), Err(SignatureError::NoMatch));
    check(&format!("t={NOW},v1={good}00"), Err(SignatureError::NoMatch));
    check(&format!("t={NOW},v1={}", &good[..62]), Err(SignatureError::NoMatch));
    check(&format!("t={NOW},v1={}é", &good[..62]), Err(SignatureError::NoMatch));
    check(&format!("t={NOW},v1="), Err(SignatureError::NoMatch));
}

#[test]
fn header_without_timestamp_is_refused() {
    let good = signature();
    for start in ["", "t", "t=", "t=now", "t=+1", "t= 1", "t=1.5", "t=99999999999999999999", "garbage", "T=1"] {
        check(&format!("{start},v1={good}"), Err(SignatureError::NoTimestamp));
    }
}

#[test]
fn header_without_signature_is_refused() {
    let good = signature();
    check(&format!("t={NOW}"), Err(SignatureError::NoSignature));
    check(&format!("t={NOW},v1,v1={good}"), Err(SignatureError::NoSignature));
    check(&format!("t={NOW},v0={good}"), Err(SignatureError::NoSignature));
    // Space belongs to the name of a scheme.
    check(&format!("t={NOW}, v1={good}"), Err(SignatureError::NoSignature));
    check(&format!("t={NOW},V1={good}"), Err(SignatureError::NoSignature));
}

#[test]
fn first_timestamp_counts() {
    let good = signature();
    check(&format!("t={NOW},t=1,v1={good}"), Ok(NOW));
    check(&format!("t={NOW},t=never,v1={good}"), Ok(NOW));
    check(&format!("t=1,t={NOW},v1={good}"), Err(SignatureError::NoMatch));
}

#[test]
fn age_is_judged_to_the_second_both_ways() {
    let at = |now: i64| verify(&signed(), BODY, &[SECRET], now, 300);
    assert_eq!(at(NOW + 300), Ok(NOW));
    assert_eq!(at(NOW - 300), Ok(NOW));
    assert_eq!(at(NOW + 301), Err(SignatureError::TooOld { age_seconds: 301, tolerance_seconds: 300 }));
    assert_eq!(at(NOW - 301), Err(SignatureError::FromTheFuture { ahead_seconds: 301, tolerance_seconds: 300 }));
    assert!(matches!(at(i64::MAX), Err(SignatureError::TooOld { .. })));
    assert!(matches!(at(i64::MIN), Err(SignatureError::FromTheFuture { .. })));
}

#[test]
fn wrong_signature_says_nothing_about_its_age() {
    check(&format!("t=1,v1={}", "0".repeat(64)), Err(SignatureError::NoMatch));
}

#[test]
fn blank_secrets_sign_nothing() {
    for secrets in [&[][..], &[""], &[" \t"]] {
        let header = sign(BODY, secrets.first().unwrap_or(&""), NOW);
        assert_eq!(verify(&header, BODY, secrets, NOW, 300), Err(SignatureError::NoSecret));
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let good = signature();
    let padded = |length: usize| format!("{}x={}", format_args!("t={NOW},v1={good},"), "y".repeat(length));
    let room = MAX_HEADER_BYTES - padded(0).len();
    check(&padded(room), Ok(NOW));
    check(&padded(room + 1), Err(SignatureError::HeaderTooLong));
    let many = |count: usize| format!("t={NOW}{},v1={good}", ",v1=0".repeat(count - 1));
    check(&many(MAX_SIGNATURES), Ok(NOW));
    check(&many(MAX_SIGNATURES + 1), Err(SignatureError::TooManySignatures));
}

#[test]
fn body_that_is_no_text_is_refused() {
    let body = b"\xff\xfe";
    let header = sign(body, SECRET, NOW);
    assert_eq!(verify(&header, body, &[SECRET], NOW, 300), Err(SignatureError::BodyNotText));
}
