//! What customers are told about access, for every reason that it can have.

#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use access::{Announcement, Change, HubEvent, Reason, Subject, announcement::AmountOpen};
use jiff::Timestamp;
use notices::{
    Decision, Message,
    decide::{Circumstances, Policy, Skip},
    messages::Missing,
    news::Announced,
    notice_for_access,
};
use processor_events::{
    Currency,
    event::Processor,
    ids::{CustomerId, InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
};

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn change(announcement: Announcement, reason: Reason) -> Change {
    Change {
        id: "access:1".to_owned(),
        subject: Subject {
            processor: Processor::Stripe,
            livemode: true,
            account: None,
            customer: CustomerId::new("cus_1").unwrap(),
        },
        announcement,
        allowed: announcement != Announcement::Held,
        since: Some(now()),
        until: Some("2026-11-27T10:00:00Z".parse().unwrap()),
        explanation: reason.explain(),
        reason,
        amount_open: Some(AmountOpen { amount_minor: 4_900, currency: Currency::USD }),
        pay_url: None,
        tell_customer: true,
    }
}

fn decided(change: Change, circumstances: Circumstances) -> Decision {
    let policy = Policy { account_url: Some("https://www.example.com/account".to_owned()), ..Policy::default() };
    notice_for_access(&Announced { event: HubEvent::Change(change), at: now() }, &policy, &circumstances)
}

fn told(change: Change) -> Message {
    match decided(change, Circumstances::at(now())) {
        Decision::Send(message, key) => {
            assert!(!key.as_str().is_empty());
            *message
        }
        Decision::Skip(skip) => panic!("skipped: {}", skip.name()),
    }
}

fn unpaid() -> Reason {
    Reason::InvoiceUnpaid { invoice: InvoiceId::new("in_1").unwrap(), attempt: 1, decline: None, is_final: false }
}

#[test]
fn the_words_name_what_is_really_missing() {
    let subscription = || SubscriptionId::new("sub_1").unwrap();
    for (reason, missing) in [
        (unpaid(), Missing::Payment),
        (
            Reason::PaymentFailed { payment: PaymentId::new("pi_1").unwrap(), decline: access::Decline::Soft },
            Missing::Payment,
        ),
        (Reason::SubscriptionPastDue { subscription: subscription() }, Missing::Payment),
        (Reason::SubscriptionUnpaid { subscription: subscription() }, Missing::Payment),
        (Reason::NoPaymentMethod { method: PaymentMethodId::new("pm_1").unwrap() }, Missing::PaymentMethod),
        (Reason::SubscriptionPaused { subscription: subscription() }, Missing::PaymentMethod),
        (Reason::SubscriptionCanceled { subscription: subscription() }, Missing::Subscription),
    ] {
        let Message::AccessHeld(held) = told(change(Announcement::Held, reason.clone())) else { panic!("{reason:?}") };
        assert_eq!(held.missing, missing, "{reason:?}");
        let grace = told(change(Announcement::GraceStarted, reason.clone()));
        let Message::AccessGraceStarted(grace) = grace else { panic!("{reason:?}") };
        assert_eq!(grace.missing, missing, "{reason:?}");
        assert_eq!(grace.pay_url.as_deref(), Some("https://www.example.com/account"));
    }
}

#[test]
fn only_a_payment_that_is_known_is_thanked_for() {
    let settled = || Reason::InvoiceSettled { invoice: InvoiceId::new("in_1").unwrap() };
    let thanks = |reason, settled_since| {
        let circumstances = Circumstances { settled_since, ..Circumstances::at(now()) };
        match decided(change(Announcement::Restored, reason), circumstances) {
            Decision::Send(message, _) => matches!(*message, Message::AccessRestored(restored) if restored.has_paid),
            Decision::Skip(skip) => panic!("skipped: {}", skip.name()),
        }
    };
    assert!(thanks(settled(), true));
    assert!(!thanks(settled(), false), "it may have been voided");
    assert!(thanks(Reason::PaidSince { payment: PaymentId::new("pi_1").unwrap() }, false));
    assert!(!thanks(Reason::MethodAdded { method: PaymentMethodId::new("pm_1").unwrap() }, false));
}

#[test]
fn what_is_told_elsewhere_is_over_or_has_no_end_is_not_told() {
    let skip = |change, circumstances| match decided(change, circumstances) {
        Decision::Skip(skip) => skip,
        Decision::Send(message, _) => panic!("sent: {message:?}"),
    };
    let at = Circumstances::at(now());
    let grace = || change(Announcement::GraceStarted, unpaid());
    assert_eq!(skip(Change { tell_customer: false, ..grace() }, at), Skip::ToldByItsCause);
    assert_eq!(skip(Change { until: Some(now()), ..grace() }, at), Skip::Stale);
    assert_eq!(skip(Change { until: None, ..grace() }, at), Skip::NoEnd);
    let settled = Circumstances { settled_since: true, ..at };
    assert_eq!(skip(change(Announcement::Held, unpaid()), settled), Skip::SettledSince);
}
