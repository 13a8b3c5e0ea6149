//! The `Stripe-Signature` header: whether a webhook's body comes from Stripe.
//!
//! The scheme (<https://docs.stripe.com/webhooks/signatures>): the header is `t=<seconds>,v1=<hex>[,v1=<hex>...]`; each `v1` is
//! HMAC-SHA256 over `<seconds>.<raw body>`, keyed with the endpoint's whole signing secret (`whsec_...`). While a secret is
//! rolled, the header has a `v1` for each. `v0` and all other schemes say nothing.
//!
//! The answer is that of Stripe's own library for Python, which a test holds it against, and stricter in these places: a timestamp
//! from beyond the tolerance in the future, a header of more than 4 KiB, more than 16 signatures, a timestamp with anything but
//! digits, and a tolerance of 0, which tolerates nothing instead of everything.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

/// How old a signature may be, in seconds, unless configured otherwise: what Stripe's libraries use.
pub const DEFAULT_TOLERANCE_SECONDS: u32 = 300;

/// The longest header that is looked at, in bytes. Stripe's have less than 300.
pub const MAX_HEADER_BYTES: usize = 4_096;

/// How many `v1` signatures are looked at. Stripe sends one for each secret that is valid, which are two during a roll.
pub const MAX_SIGNATURES: usize = 16;

/// Why a signature is not accepted. The first rule that is broken is named, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// More than [`MAX_HEADER_BYTES`].
    #[error("the signature header has more than {MAX_HEADER_BYTES} bytes")]
    HeaderTooLong,
    /// No `t=` with seconds in it.
    #[error("the signature header has no timestamp")]
    NoTimestamp,
    /// No `v1=` in it.
    #[error("the signature header has no signature of scheme v1")]
    NoSignature,
    /// More than [`MAX_SIGNATURES`].
    #[error("the signature header has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// The body is no UTF-8 text, so it is no JSON either.
    #[error("the body is no UTF-8 text")]
    BodyNotText,
    /// No secret was given: nothing can match.
    #[error("no signing secret is known")]
    NoSecret,
    /// None of the signatures fits the body under any of the secrets.
    #[error("no signature fits the body: another secret, or a body that was changed on its way")]
    NoMatch,
    /// A right signature, made too long ago: a replay, or a late delivery.
    #[error("the signature was made {age_seconds} s ago, more than the tolerance of {tolerance_seconds} s")]
    TooOld {
        /// How long ago, in seconds.
        age_seconds: u64,
        /// How long is tolerated.
        tolerance_seconds: u32,
    },
    /// A right signature from the future: a clock is wrong.
    #[error("the signature is from {ahead_seconds} s in the future, more than the tolerance of {tolerance_seconds} s")]
    FromTheFuture {
        /// How far in the future, in seconds.
        ahead_seconds: u64,
        /// How much is tolerated.
        tolerance_seconds: u32,
    },
}

/// Checks a body against its `Stripe-Signature` header.
///
/// `body` is the raw body, byte for byte as it came in; `secrets` are all signing secrets that are valid now (live and test
/// endpoints have their own, and a rolled one stays valid for up to 24 hours); `now` is in seconds since 1970. Says the
/// signature's time. Comparing takes the same time wherever the first difference is; nothing else about the secrets is
/// observable.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[&str],
    now: i64,
    tolerance_seconds: u32,
) -> Result<i64, SignatureError> {
    let header = Header::parse(header)?;
    if str::from_utf8(body).is_err() {
        return Err(SignatureError::BodyNotText);
    }
    // A blank secret is a mistake in the configuration: anybody could sign with it.
    let mut secrets = secrets.iter().filter(|secret| !secret.trim().is_empty()).peekable();
    if secrets.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    if !secrets.any(|secret| header.is_signed_with(secret, body)) {
        return Err(SignatureError::NoMatch);
    }
    check_age(header.timestamp, now, tolerance_seconds)?;
    Ok(header.timestamp)
}

/// Signs a body as Stripe does: for tests, and for sending samples to a local endpoint.
#[must_use]
pub fn sign(body: &[u8], secret: &str, timestamp: i64) -> String {
    let signature = mac(secret, timestamp, body).finalize().into_bytes();
    let mut header = format!("t={timestamp},v1=");
    for byte in signature {
        for digit in [byte >> 4, byte & 0xf] {
            header.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    header
}

/// What counts of a header.
struct Header {
    timestamp: i64,
    signatures: Vec<[u8; 32]>,
}

impl Header {
    /// Pairs are split at commas; what counts of a pair stands between its first and second `=`. The first timestamp counts, and
    /// every signature. A `t` or `v1` without `=` spoils the header. A signature that is no hexadecimal of 32 bytes cannot match.
    fn parse(header: &str) -> Result<Self, SignatureError> {
        if header.len() > MAX_HEADER_BYTES {
            return Err(SignatureError::HeaderTooLong);
        }
        let mut timestamp = None;
        let mut signatures = Vec::new();
        let mut signature_count = 0_usize;
        for pair in header.split(',') {
            let mut parts = pair.split('=');
            match (parts.next(), parts.next()) {
                (Some("t"), text) => {
                    let text = text.ok_or(SignatureError::NoTimestamp)?;
                    // Later ones do not count, whatever they hold.
                    if timestamp.is_none() {
                        timestamp = Some(seconds(text)?);
                    }
                }
                (Some("v1"), text) => {
                    signature_count = signature_count.saturating_add(1);
                    signatures.extend(decode(text.ok_or(SignatureError::NoSignature)?));
                }
                _ => {}
            }
        }
        let timestamp = timestamp.ok_or(SignatureError::NoTimestamp)?;
        match signature_count {
            0 => Err(SignatureError::NoSignature),
            1..=MAX_SIGNATURES => Ok(Self { timestamp, signatures }),
            _ => Err(SignatureError::TooManySignatures),
        }
    }

    fn is_signed_with(&self, secret: &str, body: &[u8]) -> bool {
        let mac = mac(secret, self.timestamp, body);
        self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    }
}

fn mac(secret: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.chain_update(timestamp.to_string()).chain_update(".").chain_update(body)
}

fn check_age(timestamp: i64, now: i64, tolerance_seconds: u32) -> Result<(), SignatureError> {
    let difference = now.abs_diff(timestamp);
    if difference <= u64::from(tolerance_seconds) {
        return Ok(());
    }
    Err(if timestamp < now {
        SignatureError::TooOld { age_seconds: difference, tolerance_seconds }
    } else {
        SignatureError::FromTheFuture { ahead_seconds: difference, tolerance_seconds }
    })
}

/// Digits only: what Stripe writes.
fn seconds(text: &str) -> Result<i64, SignatureError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_empty_or_too_large| SignatureError::NoTimestamp)
    } else {
        Err(SignatureError::NoTimestamp)
    }
}

/// Stripe writes lower case, and its libraries compare the texts.
fn decode(hex: &str) -> Option<[u8; 32]> {
    let bytes = hex.as_bytes();
    if bytes.len() != 64 || !bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut decoded = [0; 32];
    for (byte, digits) in decoded.iter_mut().zip(bytes.chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests;
