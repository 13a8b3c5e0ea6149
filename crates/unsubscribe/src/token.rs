//! What the link carries: who leaves what, and a signature.

use aws_smithy_types::base64;
use hmac::{Hmac, KeyInit, Mac};
use notices::Topic;
use processor_events::{
    event::Mode,
    ids::{AccountId, CustomerId},
};
use sha2::Sha256;
use storage::{Scope, customers::CustomerKey};

use crate::{Keys, SigningKey};

/// Who is on which list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The customer.
    pub customer: CustomerKey,
    /// What can be left: never a transactional topic.
    pub topic: Topic,
}

/// Signed together with the content, so that nothing else signed with the same secret passes for a link, and a later form can be told
/// from this one.
const CONTEXT: &[u8] = b"paybus unsubscribe 1\n";

/// The length of the signature in bytes (SHA-256).
const SIGNATURE_BYTES: usize = 32;

/// The longest token that is looked at: ids have at most 255 characters.
const LONGEST_TOKEN: usize = 1_024;

/// Makes the token: letters, digits, `-` and `_`.
#[must_use]
pub fn sign(membership: &Membership, key: &SigningKey) -> String {
    let content = content(membership);
    let mut bytes = mac(key, content.as_bytes()).finalize().into_bytes().to_vec();
    bytes.extend_from_slice(content.as_bytes());
    encode(&bytes)
}

/// The membership of a token that one of the keys has signed; `None` for everything else.
#[must_use]
pub fn read(token: &str, keys: &Keys) -> Option<Membership> {
    let bytes = decode(token)?;
    let (signature, content) = bytes.split_at_checked(SIGNATURE_BYTES)?;
    let is_signed_with = |key: &SigningKey| mac(key, content).verify_slice(signature).is_ok();
    if !is_signed_with(&keys.current) && !keys.previous.as_ref().is_some_and(is_signed_with) {
        return None;
    }
    membership(std::str::from_utf8(content).ok()?)
}

fn mac(key: &SigningKey, content: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of every length");
    mac.chain_update(CONTEXT).chain_update(content)
}

/// `test##cus_1#offers`: no id contains `#`.
fn content(membership: &Membership) -> String {
    let Membership { customer: CustomerKey { scope, customer }, topic } = membership;
    let mode = scope.mode.name();
    let account = scope.account.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{mode}#{account}#{customer}#{}", topic.name())
}

fn membership(content: &str) -> Option<Membership> {
    let mut parts = content.split('#');
    let (mode, account, customer, topic) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let mode: Mode = mode.parse().ok()?;
    let account = if account.is_empty() { None } else { Some(AccountId::new(account).ok()?) };
    let customer = CustomerKey { scope: Scope { mode, account }, customer: CustomerId::new(customer).ok()? };
    let topic = Topic::ALL.into_iter().find(|known| known.name() == topic && !known.is_transactional())?;
    parts.next().is_none().then_some(Membership { customer, topic })
}

/// Base64 for URLs (RFC 4648, section 5), without padding.
fn encode(bytes: &[u8]) -> String {
    base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn decode(token: &str) -> Option<Vec<u8>> {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if token.len() > LONGEST_TOKEN || !token.bytes().all(is_ours) {
        return None;
    }
    let mut padded = token.replace('-', "+").replace('_', "/");
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    let bytes = base64::decode(padded).ok()?;
    // The last character has bits that stand for nothing: of all spellings one is ours.
    (encode(&bytes) == token).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SigningKey {
        SigningKey::new(&text.repeat(8)).unwrap()
    }

    fn keys() -> Keys {
        Keys { current: key("current-"), previous: Some(key("previous")) }
    }

    fn of(account: Option<&str>, customer: &str, topic: Topic) -> Membership {
        let account = account.map(|id| AccountId::new(id).unwrap());
        let scope = Scope { mode: Mode::Test, account };
        Membership { customer: CustomerKey { scope, customer: CustomerId::new(customer).unwrap() }, topic }
    }

    #[test]
    fn what_was_signed_is_read_back_also_after_one_rotation() {
        for membership in [
            of(None, "cus_1", Topic::Offers),
            of(Some("acct_1"), "cus_1", Topic::Rewards),
            of(None, &"x".repeat(255), Topic::Offers),
        ] {
            for signer in [key("current-"), key("previous")] {
                let token = sign(&membership, &signer);
                assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
                assert_eq!(read(&token, &keys()), Some(membership.clone()));
            }
            assert_eq!(read(&sign(&membership, &key("before the previous")), &keys()), None);
        }
    }

    #[test]
    fn what_cannot_be_left_has_no_link() {
        assert_eq!(read(&sign(&of(None, "cus_1", Topic::Payments), &key("current-")), &keys()), None);
    }

    /// Each character of a token in turn replaced by each other one, the ends cut off and lengthened, two tokens spliced:
    /// 10,000 and more, none of which says anything.
    #[test]
    fn no_tampered_token_is_read() {
        let alphabet: Vec<char> =
            ('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-_=+/.# \u{0}ü".chars()).collect();
        let mut tried = 0_u32;
        let mut check = |token: &str| {
            assert_eq!(read(token, &keys()), None, "{token}");
            tried = tried.saturating_add(1);
        };
        let other = sign(&of(None, "cus_2", Topic::Offers), &key("current-"));
        for account in [None, Some("acct_1"), Some("acct_22")] {
            let token = sign(&of(account, "cus_1", Topic::Offers), &key("current-"));
            let characters: Vec<char> = token.chars().collect();
            for (index, original) in characters.iter().enumerate() {
                for replacement in alphabet.iter().filter(|replacement| *replacement != original) {
                    let mut tampered = characters.clone();
                    tampered[index] = *replacement;
                    check(&tampered.into_iter().collect::<String>());
                }
                check(&token[..index]);
                let spliced = format!("{}{}", other.get(..index).unwrap_or(&other), &token[index..]);
                if spliced != token && spliced != other {
                    check(&spliced);
                }
            }
            for more in &alphabet {
                check(&format!("{token}{more}"));
                check(&format!("{more}{token}"));
            }
        }
        assert!(tried >= 10_000, "{tried}");
    }
}
