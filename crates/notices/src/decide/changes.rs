//! Notices about access: the ability to pay, and what depends on it.

use access::{Announcement, Change, Reason};
use processor_events::Money;

use super::{Circumstances, Decision, NoticeKey, Policy, Skip, methods};
use crate::messages::{AccessGraceStarted, AccessHeld, AccessRestored, Missing};

/// The key is the id of the change, which every copy repeats. Only grace that begins with the removal of a payment method is one
/// notice with that removal; the hold that may follow is news of its own.
pub(super) fn of_access(change: &Change, policy: &Policy, circumstances: &Circumstances) -> Decision {
    if !change.tell_customer {
        return Decision::Skip(Skip::ToldByItsCause);
    }
    if circumstances.settled_since && change.announcement != Announcement::Restored {
        return Decision::Skip(Skip::SettledSince);
    }
    let processor = change.subject.processor;
    let key = match (&change.reason, change.announcement) {
        (Reason::NoPaymentMethod { method }, Announcement::GraceStarted) => methods::key_of_removal(processor, method),
        _ => NoticeKey::within(processor, change.id.clone()),
    };
    let missing = missing(&change.reason);
    let amount_open = change.amount_open.map(|open| Money::new(open.amount_minor, open.currency));
    let pay_url = change.pay_url.clone().or_else(|| policy.account_url.clone());
    match change.announcement {
        Announcement::GraceStarted => match change.until {
            None => Decision::Skip(Skip::NoEnd),
            Some(ends_at) if ends_at <= circumstances.now => Decision::Skip(Skip::Stale),
            Some(ends_at) => {
                Decision::send(AccessGraceStarted { customer_name: None, missing, amount_open, ends_at, pay_url }, key)
            }
        },
        Announcement::Held => Decision::send(AccessHeld { customer_name: None, missing, amount_open, pay_url }, key),
        Announcement::Restored => {
            let message = AccessRestored {
                customer_name: None,
                has_paid: has_paid(&change.reason, circumstances),
                product_url: policy.account_url.clone(),
            };
            Decision::send(message, key)
        }
    }
}

/// What the customer has to bring, so that access stays or comes back.
const fn missing(reason: &Reason) -> Missing {
    match reason {
        Reason::NoPaymentMethod { .. } | Reason::SubscriptionPaused { .. } => Missing::PaymentMethod,
        Reason::SubscriptionCanceled { .. } => Missing::Subscription,
        Reason::InvoiceUnpaid { .. }
        | Reason::PaymentFailed { .. }
        | Reason::SubscriptionPastDue { .. }
        | Reason::SubscriptionUnpaid { .. }
        // These end a trouble. None of them is a reason to hold; if one came as such, a payment would settle it.
        | Reason::NoTrouble
        | Reason::InvoiceSettled { .. }
        | Reason::PaidSince { .. }
        | Reason::MethodAdded { .. }
        | Reason::SubscriptionRecovered { .. } => Missing::Payment,
    }
}

/// A payment is thanked for where it is known. An invoice is settled also when it is voided, and a subscription can recover, or a
/// payment method be added, without a payment.
const fn has_paid(reason: &Reason, circumstances: &Circumstances) -> bool {
    match reason {
        Reason::PaidSince { .. } => true,
        Reason::InvoiceSettled { .. } => circumstances.settled_since,
        _ => false,
    }
}
