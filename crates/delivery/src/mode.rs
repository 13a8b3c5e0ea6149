//! Whether Paybus speaks at all: a team can run it beside its real customers before it does.

use storage::customers::{CustomerKey, DeviceId};

use crate::EmailAddress;
use lambda_kit::Environment;

/// What may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboundMode {
    /// Everything.
    Send,
    /// What goes to the named recipients; the rest is kept.
    Allowlist(Allowlist),
    /// Nothing: what would have been said is kept, and can be listed.
    Record,
}

/// Who may be written to. Does not show in debug output: it holds addresses.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Allowlist(Vec<String>);

impl OutboundMode {
    /// Reads `OUTBOUND_MODE` (`send`, `allowlist` or `record`) and `OUTBOUND_ALLOWLIST` (addresses, device ids and customer
    /// ids). There is no default: who installs Paybus decides whether it speaks.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let allowlist = Allowlist(environment.list("OUTBOUND_ALLOWLIST"));
        match environment.required("OUTBOUND_MODE")?.as_str() {
            "send" => Some(Self::Send),
            "allowlist" if allowlist.0.is_empty() => {
                environment.problem(
                    "OUTBOUND_ALLOWLIST",
                    "is empty, but OUTBOUND_MODE is allowlist: name who may be written to",
                );
                None
            }
            "allowlist" => Some(Self::Allowlist(allowlist)),
            "record" => Some(Self::Record),
            other => {
                environment.problem("OUTBOUND_MODE", format!("is {other:?}, not send, allowlist or record"));
                None
            }
        }
    }

    /// Whether anything may be said to this customer, on whatever channel.
    #[must_use]
    pub fn admits_customer(&self, customer: Option<&CustomerKey>) -> bool {
        match self {
            Self::Send => true,
            Self::Record => false,
            Self::Allowlist(Allowlist(names)) => {
                customer.is_some_and(|key| names.iter().any(|name| name == key.customer.as_str()))
            }
        }
    }

    /// Whether a mail may go to this address.
    #[must_use]
    pub fn admits_address(&self, customer: Option<&CustomerKey>, address: &EmailAddress) -> bool {
        self.admits_customer(customer) || self.names().iter().any(|name| address.is(name))
    }

    /// Whether a push may go to this device.
    #[must_use]
    pub fn admits_device(&self, customer: Option<&CustomerKey>, device: &DeviceId) -> bool {
        self.admits_customer(customer) || self.names().iter().any(|name| name == device.as_str())
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Send | Self::Record => &[],
            Self::Allowlist(Allowlist(names)) => names,
        }
    }
}

impl std::fmt::Debug for Allowlist {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Allowlist({} names)", self.0.len())
    }
}

#[cfg(test)]
pub(crate) fn allowlist(names: &[&str]) -> OutboundMode {
    OutboundMode::Allowlist(Allowlist(names.iter().map(|name| (*name).to_owned()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<OutboundMode, String> {
        let environment = Environment::from_pairs(pairs.iter().copied());
        environment.read(OutboundMode::from_environment).map_err(|error| error.to_string())
    }

    #[test]
    fn each_mode_has_its_word() {
        assert_eq!(read(&[("OUTBOUND_MODE", "send")]), Ok(OutboundMode::Send));
        assert_eq!(read(&[("OUTBOUND_MODE", "record")]), Ok(OutboundMode::Record));
        let listed = read(&[("OUTBOUND_MODE", "allowlist"), ("OUTBOUND_ALLOWLIST", "ada@example.com, cus_1")]);
        assert_eq!(listed, Ok(allowlist(&["ada@example.com", "cus_1"])));
    }

    #[test]
    fn no_mode_an_unknown_mode_and_an_empty_list_stop_the_start() {
        assert!(read(&[]).unwrap_err().contains("OUTBOUND_MODE is not set"));
        assert!(read(&[("OUTBOUND_MODE", "Send")]).unwrap_err().contains("not send, allowlist or record"));
        assert!(read(&[("OUTBOUND_MODE", "allowlist")]).unwrap_err().contains("OUTBOUND_ALLOWLIST is empty"));
    }

    #[test]
    fn debug_does_not_show_who_is_listed() {
        assert!(!format!("{:?}", allowlist(&["ada@example.com"])).contains("ada"));
    }
}
