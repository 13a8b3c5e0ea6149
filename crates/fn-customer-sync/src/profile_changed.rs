//! `customer.profile_changed`: the complete, normalised profile, for the CRM and for the product's own backend.
//!
//! Complete, because a CRM would empty what an event leaves out; every field is a text, `""` where there is nothing, because
//! EventBridge's input transformers make nothing of a missing one. Fields are added, never changed or removed.

use std::fmt::Write as _;

use delivery::EmailAddress;
use hub::HubEvent;
use processor_events::Personal;
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::customers::{Contact, CustomerKey, SourceVersion};

/// The source on the hub.
pub const SOURCE: &str = "paybus.customers";

/// The detail type.
pub const DETAIL_TYPE: &str = "customer.profile_changed";

/// What is said of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChanged {
    event: HubEvent,
    fingerprint: String,
}

impl ProfileChanged {
    /// Makes the event of a profile.
    #[must_use]
    pub fn of(key: &CustomerKey, source: &SourceVersion, contact: &Contact) -> Self {
        let name = name(contact);
        let (first_name, last_name) = first_and_last(&name);
        let locale = contact.locales.first().map(String::as_str).unwrap_or_default();
        let mut detail = json!({
            "customer_id": key.customer,
            "mode": key.scope.mode.name(),
            "account": key.scope.account.as_ref().map(ToString::to_string).unwrap_or_default(),
            "email": email(contact),
            "name": name,
            "first_name": first_name,
            "last_name": last_name,
            // Some CRMs take no contact without a last name; a name can be given later, the id stays.
            "last_name_or_id": if last_name.is_empty() { key.customer.as_str() } else { last_name },
            "phone": phone(contact),
            "locale": clean(locale),
            "time_zone": clean(contact.time_zone.as_deref().unwrap_or_default()),
        });
        // Over what is said, not over when: a change that changes nothing here is no news.
        let fingerprint = hex(&Sha256::digest(detail.to_string()));
        detail["id"] = json!(format!("{}:{}", key.customer, source.event));
        detail["changed_at"] = json!(source.occurred_at.to_string());
        let event = HubEvent {
            source: SOURCE.to_owned(),
            detail_type: DETAIL_TYPE.to_owned(),
            detail: detail.to_string(),
            occurred_at: None,
        };
        Self { event, fingerprint }
    }

    /// What stands for the content: equal when the same is said of the same customer.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The event for the hub.
    #[must_use]
    pub const fn event(&self) -> &HubEvent {
        &self.event
    }
}

/// Only what can be written to: a CRM refuses the whole contact for an address that is none.
fn email(contact: &Contact) -> String {
    let address = contact.email.as_ref().and_then(|text| text.reveal().parse::<EmailAddress>().ok());
    let Some(address) = address else { return String::new() };
    match address.reveal().rsplit_once('@') {
        // The part before the `@` belongs to the provider, which may tell cases apart; the domain does not.
        Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
        None => String::new(),
    }
}

/// One line, single spaces.
fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn revealed(text: Option<&Personal<String>>) -> &str {
    text.map(|text| text.reveal().as_str()).unwrap_or_default()
}

fn name(contact: &Contact) -> String {
    clean(revealed(contact.name.as_ref()))
}

/// The last word is the last name; in Chinese, Japanese and Korean writing the first one is. One word alone is a last name.
fn first_and_last(name: &str) -> (&str, &str) {
    if name.chars().any(is_family_first) {
        let (last, first) = name.split_once(' ').unwrap_or((name, ""));
        (first, last)
    } else {
        name.rsplit_once(' ').unwrap_or(("", name))
    }
}

/// Han, Hiragana, Katakana and Hangul (unicode.org/charts).
fn is_family_first(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// Digits with a leading `+` where the text is a number with the usual marks between; otherwise the text as it is.
fn phone(contact: &Contact) -> String {
    let text = clean(revealed(contact.phone.as_ref()));
    let (sign, rest) = text.strip_prefix('+').map_or(("", text.as_str()), |rest| ("+", rest));
    let is_mark = |character: char| " -./()".contains(character);
    if rest.chars().all(|character| character.is_ascii_digit() || is_mark(character)) {
        format!("{sign}{}", rest.replace(is_mark, ""))
    } else {
        text
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use processor_events::{
        event::Mode,
        ids::{CustomerId, EventId},
    };
    use serde_json::Value;
    use storage::Scope;

    use super::*;

    fn personal(text: &str) -> Personal<String> {
        Personal::new(text.to_owned())
    }

    fn of(event: &str, contact: &Contact) -> ProfileChanged {
        let scope = Scope { mode: Mode::Test, account: None };
        let key = CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() };
        let occurred_at = "2026-11-20T10:00:00Z".parse().unwrap();
        ProfileChanged::of(&key, &SourceVersion { occurred_at, event: EventId::new(event).unwrap() }, contact)
    }

    fn detail(contact: &Contact) -> Value {
        serde_json::from_str(&of("evt_1", contact).event().detail).unwrap()
    }

    #[test]
    fn a_whole_profile_is_said_in_full() {
        let contact = Contact {
            email: Some(personal(" Ada@Example.COM ")),
            name: Some(personal("Ada\u{a0}King\n Lovelace")),
            phone: Some(personal("+49 (30) 12-34")),
            locales: vec!["de-DE".to_owned(), "en".to_owned()],
            time_zone: Some("Europe/Berlin".to_owned()),
        };
        assert_eq!(
            detail(&contact),
            json!({
                "id": "cus_1:evt_1", "customer_id": "cus_1", "mode": "test", "account": "",
                "email": "Ada@example.com", "name": "Ada King Lovelace", "first_name": "Ada King", "last_name": "Lovelace",
                "last_name_or_id": "Lovelace", "phone": "+49301234", "locale": "de-DE", "time_zone": "Europe/Berlin",
                "changed_at": "2026-11-20T10:00:00Z",
            })
        );
    }

    #[test]
    fn what_is_not_known_is_an_empty_text_and_never_left_out() {
        let detail = detail(&Contact::default());
        for field in ["email", "name", "first_name", "last_name", "phone", "locale", "time_zone", "account"] {
            assert_eq!(detail[field], "", "{field}");
        }
        assert_eq!(detail["last_name_or_id"], "cus_1");
    }

    #[test]
    fn names_are_split_as_their_writing_does() {
        for (name, first, last) in [
            ("Ada Lovelace", "Ada", "Lovelace"),
            ("Ada", "", "Ada"),
            ("山田 太郎", "太郎", "山田"),
            ("김 민준", "민준", "김"),
            ("山田太郎", "", "山田太郎"),
            ("", "", ""),
        ] {
            assert_eq!(first_and_last(name), (first, last), "{name}");
        }
    }

    #[test]
    fn what_is_no_address_or_number_does_not_spoil_the_contact() {
        let contact = Contact { email: Some(personal("ada@example.com, eve@example.com")), ..Contact::default() };
        assert_eq!(detail(&contact)["email"], "");
        for (written, said) in [("030/12.34", "0301234"), ("+1 555 0100 ext. 7", "+1 555 0100 ext. 7"), ("", "")] {
            let contact = Contact { phone: Some(personal(written)), ..Contact::default() };
            assert_eq!(detail(&contact)["phone"], said);
        }
    }

    #[test]
    fn the_fingerprint_follows_the_content_and_not_the_event() {
        let (ada, eve) = (Contact { name: Some(personal("Ada")), ..Contact::default() }, Contact::default());
        assert_eq!(of("evt_1", &ada).fingerprint(), of("evt_2", &ada).fingerprint());
        assert_ne!(of("evt_1", &ada).fingerprint(), of("evt_1", &eve).fingerprint());
        assert!(!format!("{:?}", of("evt_1", &ada)).contains("Ada"));
    }
}
