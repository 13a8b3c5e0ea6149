//! The link itself, for the functions that send.

use notices::{Language, LinkHosts, Unsubscribe};
use thiserror::Error;

use crate::{Membership, SigningKey, sign};

/// Makes the links of an installation.
#[derive(Debug, Clone)]
pub struct UnsubscribeLinks {
    url: String,
    hosts: LinkHosts,
    key: SigningKey,
}

/// Why a text is not where links can lead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{url:?} is no plain https URL without a query, such as \"https://mail.example.com/leave\"")]
pub struct LinkError {
    /// What it was.
    pub url: String,
}

impl UnsubscribeLinks {
    /// Takes the URL of `fn-unsubscribe`, or of what stands before it, and the key that signs.
    pub fn new(url: &str, key: SigningKey) -> Result<Self, LinkError> {
        let error = || LinkError { url: url.to_owned() };
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).ok_or_else(error)?;
        let hosts = LinkHosts::new([host]).map_err(|_| error())?;
        if url.contains(['?', '#']) || hosts.admit(url).is_none() {
            return Err(error());
        }
        Ok(Self { url: url.to_owned(), hosts, key })
    }

    /// The link by which this customer leaves this topic, in the language of the mail. `None` for what cannot be left.
    #[must_use]
    pub fn link(&self, membership: &Membership, language: Language) -> Option<Unsubscribe> {
        if membership.topic.is_transactional() {
            return None;
        }
        let url = format!("{}?l={}&t={}", self.url, language.tag(), sign(membership, &self.key));
        self.hosts.admit(&url).map(Unsubscribe::Link)
    }
}

#[cfg(test)]
mod tests {
    use notices::Topic;
    use processor_events::{event::Mode, ids::CustomerId};
    use storage::{Scope, customers::CustomerKey};

    use super::*;
    use crate::{Keys, read};

    fn key() -> SigningKey {
        SigningKey::new(&"secret".repeat(8)).unwrap()
    }

    #[test]
    fn a_link_leads_to_the_function_and_carries_what_is_left() {
        let scope = Scope { mode: Mode::Live, account: None };
        let customer = CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() };
        let offers = Membership { customer, topic: Topic::Offers };
        let links = UnsubscribeLinks::new("https://abc.lambda-url.eu-central-1.on.aws/", key()).unwrap();
        let Some(Unsubscribe::Link(link)) = links.link(&offers, Language::BrazilianPortuguese) else {
            panic!("a link")
        };
        let (place, token) = link.as_str().split_once("&t=").unwrap();
        assert_eq!(place, "https://abc.lambda-url.eu-central-1.on.aws/?l=pt-BR");
        assert_eq!(read(token, &Keys { current: key(), previous: None }), Some(offers.clone()));
        assert_eq!(links.link(&Membership { topic: Topic::Payments, ..offers }, Language::English), None);
    }

    #[test]
    fn a_place_that_is_no_plain_url_is_refused() {
        for url in
            ["http://example.com/", "https://", "https://example.com/?a=b", "https://user@example.com/", "mailto:a@b"]
        {
            assert!(UnsubscribeLinks::new(url, key()).is_err(), "{url}");
        }
    }
}
