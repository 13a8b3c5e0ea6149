//! An address that a mail can be sent to: exactly one.

use std::{fmt, str::FromStr};

use processor_events::Personal;
use thiserror::Error;

/// One email address, of the plain form `local@domain` in ASCII.
///
/// Narrower than RFC 5321 on purpose: whatever passes is one recipient for every reader, because nothing in it can start
/// another address, a header or a comment. SES takes only ASCII, with the domain in Punycode
/// (docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html).
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(Personal<String>);

/// Why a text is no address. Does not quote it, because it may be a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not one plain email address of the form local@domain in ASCII")]
pub struct EmailAddressError;

/// RFC 5321, section 4.5.3.1.1.
const MAX_LOCAL_LENGTH: usize = 64;

/// RFC 5321, section 4.5.3.1.3, less the brackets.
const MAX_LENGTH: usize = 254;

impl EmailAddress {
    /// The address itself, for sending and for storing; never for a log.
    #[must_use]
    pub const fn reveal(&self) -> &str {
        self.0.reveal().as_str()
    }

    /// Whether both are the same mailbox for all that matters here: providers ignore the case.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.reveal().eq_ignore_ascii_case(other.trim())
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError)?;
        if text.len() <= MAX_LENGTH && is_local(local) && is_domain(domain) {
            Ok(Self(Personal::new(text.to_owned())))
        } else {
            Err(EmailAddressError)
        }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[email address]")
    }
}

/// The `dot-atom` of RFC 5322 without its rule about dots in a row, which some providers let their customers break.
fn is_local(local: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    (1..=MAX_LOCAL_LENGTH).contains(&local.len()) && local.bytes().all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_address: bool) {
        assert_eq!(text.parse::<EmailAddress>().is_ok(), is_address, "{text:?}");
    }

    #[test]
    fn a_plain_address_is_taken() {
        for text in [
            "ada@example.com",
            " ada@example.com ",
            "a.b+c@mail.example.co.uk",
            "o'neil@example.com",
            "x@xn--bcher-kva.example",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn whatever_could_mean_more_than_one_recipient_is_not() {
        for text in [
            "ada@example.com,eve@example.com",
            "ada@example.com; eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "Ada <ada@example.com>",
            "\"ada@example.com\"@example.com",
            "ada(comment)@example.com",
            "ada@@example.com",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn whatever_no_provider_delivers_to_is_not() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@-a.example",
            "ada@exa mple.com",
            "jörg@example.com",
            "ada@bücher.example",
            &long,
        ] {
            check(text, false);
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        let address: EmailAddress = "ada@example.com".parse().unwrap();
        assert_eq!(format!("{address:?}"), "[email address]");
    }
}
