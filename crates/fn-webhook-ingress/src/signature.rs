//! Whether a request comes from the processor it claims to come from.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use processor_events::{
    event::Processor,
    signature::{self, DEFAULT_TOLERANCE_SECONDS, MAX_HEADER_BYTES},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::http::HttpRequest;

pub(crate) use processor_events::signature::SignatureError;

/// The header in which a processor sends its signature.
pub(crate) fn header(processor: Processor, request: &HttpRequest) -> Option<&str> {
    request.header(match processor {
        Processor::Stripe => "stripe-signature",
        Processor::CheckoutCom => "cko-signature",
    })
}

/// Checks the raw body against the header with every secret that is valid now.
pub(crate) fn verify(
    processor: Processor,
    header: &str,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
    match processor {
        Processor::Stripe => {
            signature::verify(header, body, &secrets, now.as_second(), DEFAULT_TOLERANCE_SECONDS).map(|_| ())
        }
        Processor::CheckoutCom => verify_body_only(header, body, &secrets),
    }
}

/// Checkout.com signs the raw body alone: HMAC-SHA256 in hexadecimal (checkout.com/docs, "Webhooks", "Verify the signature").
/// Without a time in it a replay cannot be told; every effect of Paybus is had once.
fn verify_body_only(header: &str, body: &[u8], secrets: &[&str]) -> Result<(), SignatureError> {
    if header.len() > MAX_HEADER_BYTES {
        return Err(SignatureError::HeaderTooLong);
    }
    if secrets.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let signature = decode(header.trim()).ok_or(SignatureError::NoSignature)?;
    let signs = |secret: &&str| {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
        mac.chain_update(body).verify_slice(&signature).is_ok()
    };
    if secrets.iter().any(signs) { Ok(()) } else { Err(SignatureError::NoMatch) }
}

fn decode(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}
