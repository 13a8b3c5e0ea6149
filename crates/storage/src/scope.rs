//! Whose data: real or test money, and which connected account. The first part of every key.

use processor_events::{ProcessorEvent, event::Mode, ids::AccountId};

/// The world an item belongs to. Worlds never meet: the scope starts every partition key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Real money or a test.
    pub mode: Mode,
    /// The connected account, if not the processor account itself.
    pub account: Option<AccountId>,
}

impl Scope {
    /// The scope an event belongs to.
    #[must_use]
    pub fn of(event: &ProcessorEvent) -> Self {
        Self { mode: event.mode, account: event.account.clone() }
    }

    /// The partition key of something in this scope: `live#customer#cus_1`, `test#acct_1#customer#cus_1`.
    ///
    /// No id contains `#`, so that no account can be taken for a kind of item.
    pub(crate) fn partition(&self, kind: &str, id: &str) -> String {
        let mode = self.mode.name();
        match &self.account {
            None => format!("{mode}#{kind}#{id}"),
            Some(account) => format!("{mode}#{account}#{kind}#{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mode: Mode, account: Option<&str>, expected: &str) {
        let account = account.map(|id| AccountId::new(id).unwrap());
        assert_eq!(Scope { mode, account }.partition("customer", "cus_1"), expected);
    }

    #[test]
    fn mode_and_account_start_every_partition_key() {
        check(Mode::Live, None, "live#customer#cus_1");
        check(Mode::Test, None, "test#customer#cus_1");
        check(Mode::Live, Some("acct_1"), "live#acct_1#customer#cus_1");
        check(Mode::Test, Some("acct_1"), "test#acct_1#customer#cus_1");
    }
}
