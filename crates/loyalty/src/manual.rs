//! What an operator or the merchant's shop does to an account: corrections and redemptions.
//!
//! Each has a key of the caller's choice. The same key with the same content is done already; with other content it is
//! refused, whatever the reason (in this order: [`ManualError::KeyUsed`], [`ManualError::Key`], [`ManualError::Reason`],
//! [`ManualError::Nothing`], [`ManualError::NotEnough`], [`ManualError::Overflow`]).

use jiff::Timestamp;
use processor_events::ids::CustomerId;
use thiserror::Error;

use crate::{
    account::{Account, Movement},
    decision::Plan,
    entry::{About, Entry, EntryKind, Subject},
    number::{Overflow, Points},
    program::Program,
};

/// The longest key. Together with the kind it stays far below the 1,024 bytes of a sort key.
const MAX_KEY_LENGTH: usize = 100;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualRequest {
    /// Whose account.
    pub customer: CustomerId,
    /// What to do.
    pub action: Action,
    /// The caller's name for it: asking again under it changes nothing.
    pub key: String,
    /// Why, for people.
    pub reason: String,
    /// When it is asked.
    pub at: Timestamp,
}

/// What to do to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Add points, or take them when negative. They count for the tier.
    Adjust(Points),
    /// Spend so many points. The tier does not change; the balance must cover it.
    Redeem(Points),
}

impl Action {
    const fn kind(self) -> EntryKind {
        match self {
            Self::Adjust(_) => EntryKind::Adjustment,
            Self::Redeem(_) => EntryKind::Redemption,
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManualDecision {
    /// To be written.
    New(Box<Plan>),
    /// Written before, with the same content.
    Known(Box<Entry>),
}

/// Why it is not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManualError {
    /// The key stands for something else already.
    #[error("the key {key:?} was used for {points} points ({reason})")]
    KeyUsed {
        /// The key.
        key: String,
        /// What was done under it.
        points: Points,
        /// Why.
        reason: String,
    },
    /// The key has characters that a key cannot have, or too many.
    #[error("a key has 1 to {MAX_KEY_LENGTH} characters of A-Z, a-z, 0-9, _ and -, not {0:?}")]
    Key(String),
    /// Nothing that would explain the entry to those who read it later.
    #[error("a reason says why, it cannot be blank")]
    Reason,
    /// No points, or a negative number to redeem.
    #[error("{0} points change nothing here")]
    Nothing(Points),
    /// The balance does not cover a redemption.
    #[error("{wanted} points cannot be redeemed from a balance of {balance}")]
    NotEnough {
        /// What was asked for.
        wanted: Points,
        /// What is there.
        balance: Points,
    },
    /// Beyond the integers of the ledger.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl ManualRequest {
    /// The effect of its entry: together with the customer its identity.
    #[must_use]
    pub fn effect(&self) -> String {
        format!("{}-{}", self.action.kind().name(), self.key)
    }
}

/// Decides about a request, given the account and the entry that is stored under its effect, if any.
pub fn decide_manually(
    program: &Program,
    account: &Account,
    stored: Option<&Entry>,
    request: &ManualRequest,
) -> Result<ManualDecision, ManualError> {
    let movement = movement(request)?;
    if let Some(entry) = stored {
        return if entry.points == movement.points && entry.reason == request.reason {
            Ok(ManualDecision::Known(Box::new(entry.clone())))
        } else {
            let (points, reason) = (entry.points, entry.reason.clone());
            Err(ManualError::KeyUsed { key: request.key.clone(), points, reason })
        };
    }
    check(account, request)?;
    let mut after = account.clone();
    after.currency.get_or_insert(program.document().currency.base);
    let moved = after.apply(program, movement)?;
    after.version = account.version.saturating_add(1);
    let about = About {
        subject: Subject::Customer(request.customer.clone()),
        effect: request.effect(),
        kind: request.action.kind(),
        customer: request.customer.clone(),
        points: movement.points,
        reason: request.reason.clone(),
        occurred_at: request.at,
    };
    let entry = about.complete(program, &after, moved)?;
    let customer = Some(request.customer.clone());
    let plan = Plan { customer, account: Some(after), entries: vec![entry], ..Plan::default() };
    Ok(ManualDecision::New(Box::new(plan)))
}

fn movement(request: &ManualRequest) -> Result<Movement, ManualError> {
    let (points, qualifies) = match request.action {
        Action::Adjust(points) => (points, true),
        Action::Redeem(points) => (Points::ZERO.checked_sub(points)?, false),
    };
    Ok(Movement { points, qualifies, spend_minor: 0, is_news: true })
}

fn check(account: &Account, request: &ManualRequest) -> Result<(), ManualError> {
    let is_key_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let key = &request.key;
    if key.is_empty() || key.len() > MAX_KEY_LENGTH || !key.bytes().all(is_key_byte) {
        return Err(ManualError::Key(key.chars().take(MAX_KEY_LENGTH).collect()));
    }
    if request.reason.trim().is_empty() {
        return Err(ManualError::Reason);
    }
    match request.action {
        Action::Adjust(points) if points == Points::ZERO => Err(ManualError::Nothing(points)),
        Action::Redeem(points) if points <= Points::ZERO => Err(ManualError::Nothing(points)),
        Action::Redeem(wanted) if wanted > account.balance => {
            Err(ManualError::NotEnough { wanted, balance: account.balance })
        }
        Action::Adjust(_) | Action::Redeem(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(action: Action, key: &str) -> ManualRequest {
        ManualRequest {
            customer: CustomerId::new("cus_1").unwrap(),
            action,
            key: key.to_owned(),
            reason: "goodwill".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn decide_new(account: &Account, action: Action) -> Result<ManualDecision, ManualError> {
        decide_manually(&Program::default(), account, None, &request(action, "ticket-7"))
    }

    fn account(balance: i64) -> Account {
        Account { version: 3, balance: Points(balance), qualifying: Points(balance), ..Account::default() }
    }

    #[test]
    fn an_adjustment_moves_balance_and_tier_and_an_upgrade_is_news() {
        let Ok(ManualDecision::New(plan)) = decide_new(&account(900), Action::Adjust(Points(100))) else {
            panic!("a new entry was expected")
        };
        let after = plan.account.unwrap();
        assert_eq!((after.version, after.balance, after.tier.as_deref()), (4, Points(1000), Some("silver")));
        let entry = &plan.entries[0];
        assert_eq!((entry.effect.as_str(), entry.points), ("adjustment-ticket-7", Points(100)));
        assert!(entry.tier_risen && entry.is_noteworthy());
    }

    #[test]
    fn a_redemption_takes_from_the_balance_and_leaves_the_tier() {
        let mut silver = account(1200);
        silver.tier = Some("silver".to_owned());
        let Ok(ManualDecision::New(plan)) = decide_new(&silver, Action::Redeem(Points(1200))) else {
            panic!("a new entry was expected")
        };
        let after = plan.account.unwrap();
        assert_eq!((after.balance, after.qualifying, after.tier.as_deref()), (Points(0), Points(1200), Some("silver")));
        assert!(!plan.entries[0].is_noteworthy());
    }

    #[test]
    fn more_than_the_balance_cannot_be_redeemed() {
        let refused = decide_new(&account(10), Action::Redeem(Points(11)));
        assert_eq!(refused, Err(ManualError::NotEnough { wanted: Points(11), balance: Points(10) }));
    }

    #[test]
    fn the_same_key_is_done_once_and_other_content_is_refused() {
        let stored = match decide_new(&account(0), Action::Adjust(Points(5))) {
            Ok(ManualDecision::New(plan)) => plan.entries[0].clone(),
            other => panic!("a new entry was expected, not {other:?}"),
        };
        let again = |points| {
            let request = request(Action::Adjust(Points(points)), "ticket-7");
            decide_manually(&Program::default(), &account(5), Some(&stored), &request)
        };
        assert_eq!(again(5), Ok(ManualDecision::Known(Box::new(stored.clone()))));
        assert!(matches!(again(6), Err(ManualError::KeyUsed { .. })));
    }

    #[test]
    fn an_entry_that_would_not_explain_itself_is_refused() {
        let request = ManualRequest { reason: " ".to_owned(), ..request(Action::Adjust(Points(1)), "ticket-7") };
        assert_eq!(decide_manually(&Program::default(), &account(0), None, &request), Err(ManualError::Reason));
    }

    #[test]
    fn keys_and_points_that_mean_nothing_are_refused() {
        for key in ["", "a b", "a#b", "ü"] {
            let request = request(Action::Adjust(Points(1)), key);
            let refused = decide_manually(&Program::default(), &account(0), None, &request);
            assert_eq!(refused, Err(ManualError::Key(key.to_owned())));
        }
        assert_eq!(decide_new(&account(0), Action::Adjust(Points(0))), Err(ManualError::Nothing(Points(0))));
        assert_eq!(decide_new(&account(9), Action::Redeem(Points(-1))), Err(ManualError::Nothing(Points(-1))));
        assert_eq!(decide_new(&account(i64::MAX), Action::Adjust(Points(1))), Err(ManualError::Overflow(Overflow)));
    }
}
