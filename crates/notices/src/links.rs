//! Links: `https` to hosts that the operator named, or none at all.

use std::fmt;

use thiserror::Error;

/// The hosts that a message may link to. An empty list lets no link through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkHosts(Vec<HostRule>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Exactly(String),
    /// With its leading dot, so that `.example.com` never matches `badexample.com`.
    Under(String),
}

/// Why a text is no rule for hosts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{rule:?} is no host: write a name such as \"invoice.stripe.com\", or \".example.com\" for every host below it"
)]
pub struct HostRuleError {
    /// The rule as it was given.
    pub rule: String,
}

impl LinkHosts {
    /// Reads rules: `invoice.stripe.com` admits this host, `.example.com` every host below `example.com` but not itself.
    pub fn new<Rule: AsRef<str>>(rules: impl IntoIterator<Item = Rule>) -> Result<Self, HostRuleError> {
        rules.into_iter().map(|rule| HostRule::new(rule.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// The link, if it is an `https` URL to one of the hosts.
    ///
    /// This reads much less than the URL standard allows, on purpose: printable ASCII, no user, no port, no character that a
    /// browser would repair. Whatever passes means the same to every reader of URLs.
    #[must_use]
    pub fn admit(&self, url: &str) -> Option<Link> {
        let rest = url.strip_prefix("https://")?;
        let host_length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(host_length)?;
        let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte));
        (url.len() <= MAX_URL_LENGTH && is_host(host) && is_plain && self.0.iter().any(|rule| rule.admits(host)))
            .then(|| Link(url.to_owned()))
    }
}

/// The longest URL that a link may have, in bytes; hosted invoice pages are below 300.
const MAX_URL_LENGTH: usize = 2_000;

impl HostRule {
    fn new(rule: &str) -> Result<Self, HostRuleError> {
        let lower = rule.trim().to_ascii_lowercase();
        match lower.strip_prefix('.') {
            Some(parent) if is_host(parent) && parent.contains('.') => Ok(Self::Under(lower)),
            None if is_host(&lower) => Ok(Self::Exactly(lower)),
            _ => Err(HostRuleError { rule: rule.chars().take(100).collect() }),
        }
    }

    fn admits(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self {
            Self::Exactly(name) => host == *name,
            Self::Under(parent) => host.ends_with(parent.as_str()),
        }
    }
}

/// A host name: labels of letters, digits and inner hyphens, the last one not a number (which would be an IP address).
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253
        && host.split('.').all(is_label)
        && host.split('.').next_back().is_some_and(|label| label.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// A URL that [`LinkHosts`] let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> LinkHosts {
        LinkHosts::new(["invoice.stripe.com", ".example.com"]).unwrap()
    }

    #[test]
    fn link_to_a_named_host_or_below_a_named_domain_is_let_through() {
        for url in [
            "https://invoice.stripe.com/i/acct_1/test_YWNj?s=ap",
            "https://Invoice.Stripe.com",
            "https://www.example.com/a/b#c",
            "https://a.b.example.com?x=%20y",
        ] {
            assert_eq!(hosts().admit(url).map(|link| link.to_string()).as_deref(), Some(url));
        }
    }

    #[test]
    fn everything_else_is_left_out() {
        for url in [
            "",
            "https://",
            "http://invoice.stripe.com/",
            "HTTPS://invoice.stripe.com/",
            "javascript:alert(1)",
            "//invoice.stripe.com/",
            "https:invoice.stripe.com",
            "https:/\\invoice.stripe.com",
            "https://example.com/",
            "https://badexample.com/",
            "https://.example.com/",
            "https://example.com.evil.test/",
            "https://invoice.stripe.com.evil.test/",
            "https://evil.test/invoice.stripe.com",
            "https://invoice.stripe.com@evil.test/",
            "https://evil.test#@invoice.stripe.com/",
            "https://evil.test\\@invoice.stripe.com/",
            "https://invoice.stripe.com:8443/",
            "https://invoice.stripe.com\n.evil.test/",
            "https://invoice.stripe.com/\"onclick=",
            "https://invoice.stripe.com/ x",
            "https://invoice.stripe.com/\u{202e}",
            "https://ïnvoice.stripe.com/",
            " https://invoice.stripe.com/",
        ] {
            assert_eq!(hosts().admit(url), None, "{url:?}");
        }
        assert_eq!(LinkHosts::default().admit("https://invoice.stripe.com/"), None);
    }

    #[test]
    fn rule_that_is_no_host_is_refused() {
        for rule in
            ["", ".", ".com", "*", "*.example.com", "https://example.com", "example.com/", "exa mple.com", "10.0.0.1"]
        {
            assert!(LinkHosts::new([rule]).is_err(), "{rule:?}");
        }
    }

    proptest::proptest! {
        /// Whatever passes, the URL standard reads as the same host, over https, without a user or a port.
        #[test]
        fn link_means_to_a_browser_what_it_means_to_us(url in "https://[a-z@:.\\\\/?#\\[\\]%\t-]{0,12}(example\\.com|evil\\.test)[ -~]{0,12}") {
            if let Some(link) = hosts().admit(&url) {
                let parsed = url::Url::parse(link.as_str()).unwrap();
                let host = parsed.host_str().unwrap();
                proptest::prop_assert!(host == "invoice.stripe.com" || host.ends_with(".example.com"), "{}", link);
                proptest::prop_assert_eq!((parsed.scheme(), parsed.username(), parsed.port()), ("https", "", None));
            }
        }
    }
}
