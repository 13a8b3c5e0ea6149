//! Notices about payment methods, whoever tells of them: the processor, or our own watch over the ability to pay.

use access::announcement::MethodChange;
use jiff::{Timestamp, tz::TimeZone};
use processor_events::{
    ProcessorEvent,
    event::{self, PaymentMethod, PaymentMethodChange, Processor},
    ids::PaymentMethodId,
};

use super::{Circumstances, Decision, NoticeKey, Policy, Skip};
use crate::messages::{Card, CardExpiring, ExpiryMonth, PaymentMethodRemoved};

pub(super) fn changed(
    event: &ProcessorEvent,
    method: &PaymentMethod,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    let is_removed = match method.change {
        PaymentMethodChange::Attached | PaymentMethodChange::Updated | PaymentMethodChange::AutomaticallyUpdated => {
            return Decision::Skip(Skip::NoNotice);
        }
        PaymentMethodChange::Removed => true,
        PaymentMethodChange::Expiring => false,
    };
    if method.customer.is_none() {
        return Decision::Skip(Skip::NoCustomer);
    }
    let card = method.card.as_ref().and_then(Card::of);
    let what = Method { processor: event.processor, id: &method.id, card };
    if is_removed {
        return what.removed(event.occurred_at, policy, circumstances);
    }
    what.expiring(method.card.as_ref().and_then(ExpiryMonth::of), policy, circumstances)
}

pub(super) fn announced_expiring(change: &MethodChange, policy: &Policy, circumstances: &Circumstances) -> Decision {
    let expires = change
        .expires
        .and_then(|month| ExpiryMonth::new(i16::try_from(month.year()).ok()?, i8::try_from(month.month()).ok()?));
    Method::announced(change).expiring(expires, policy, circumstances)
}

pub(super) fn announced_removed(
    change: &MethodChange,
    at: Timestamp,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Decision {
    Method::announced(change).removed(at, policy, circumstances)
}

/// The key of a removal.
pub(super) fn key_of_removal(processor: Processor, method: &PaymentMethodId) -> NoticeKey {
    NoticeKey::of(processor, method, &"removed")
}

/// A payment method, as far as a notice about it needs it. The key is made of nothing else, so that the processor's event and
/// our own about the same method are one notice.
struct Method<'a> {
    processor: Processor,
    id: &'a PaymentMethodId,
    card: Option<Card>,
}

impl<'a> Method<'a> {
    fn announced(change: &'a MethodChange) -> Self {
        let card = change.last4.clone().map(|last4| Card { brand: change.brand.clone().unwrap_or_default(), last4 });
        Self { processor: change.subject.processor, id: &change.method, card }
    }

    fn removed(self, at: Timestamp, policy: &Policy, circumstances: &Circumstances) -> Decision {
        let message = PaymentMethodRemoved {
            customer_name: None,
            card: self.card,
            remaining: circumstances.remaining,
            removed_at: at,
            update_url: policy.account_url.clone(),
        };
        Decision::send(message, key_of_removal(self.processor, self.id))
    }

    fn expiring(self, expires: Option<ExpiryMonth>, policy: &Policy, circumstances: &Circumstances) -> Decision {
        let (Some(card), Some(expires)) = (self.card, expires) else {
            return Decision::Skip(Skip::UnknownCard);
        };
        let today = circumstances.now.to_zoned(TimeZone::UTC).date();
        let message = CardExpiring {
            customer_name: None,
            card,
            expires,
            has_expired: (today.year(), today.month()) > (expires.year(), expires.month()),
            update_url: policy.account_url.clone(),
        };
        let effect = format!("expiring:{:04}-{:02}", expires.year(), expires.month());
        Decision::send(message, NoticeKey::of(self.processor, self.id, &effect))
    }
}

impl Card {
    /// The card as far as it can be told apart from others: its last digits must be known.
    fn of(card: &event::Card) -> Option<Self> {
        Some(Self { brand: card.brand.clone().unwrap_or_default(), last4: card.last4.clone()? })
    }
}

impl ExpiryMonth {
    fn of(card: &event::Card) -> Option<Self> {
        Self::new(i16::try_from(card.exp_year?).ok()?, i8::try_from(card.exp_month?).ok()?)
    }
}
