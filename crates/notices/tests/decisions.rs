//! Which notice an event deserves.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

use jiff::{SignedDuration, Timestamp};
use notices::{
    Decision, Message,
    decide::{Circumstances, Policy, STALE_AFTER, Skip},
    messages::{Remaining, Retry, Settlement, UpcomingPayment},
    notice_for,
};
use processor_events::{
    Currency, Fact, Money, ProcessorEvent,
    event::{Card, Collection, Invoice, Mode, PaymentMethod, PaymentMethodChange, Processor, UpcomingInvoice},
    ids::{CustomerId, EventId, InvoiceId, PaymentMethodId, SubscriptionId},
};

#[test]
fn paid_invoice_is_a_receipt_of_what_was_paid() {
    let invoice = Invoice { amount_due: usd(2_000), amount_paid: usd(1_900), ..invoice() };
    let (message, key) = sent(Fact::InvoicePaid(invoice));
    let Message::InvoicePaid(receipt) = message else { panic!("{message:?}") };
    assert_eq!((receipt.amount_paid, receipt.settlement), (usd(1_900), Settlement::Payment));
    assert_eq!(key, "in_1:paid");
}

#[test]
fn invoice_of_nothing_is_told_only_where_the_policy_says_so() {
    let nothing = Invoice { amount_due: usd(0), amount_paid: usd(0), ..invoice() };
    assert_eq!(skipped(Fact::InvoicePaid(nothing.clone())), Skip::NothingDue);
    let policy = Policy { notify_zero_invoices: true, ..Policy::default() };
    let Decision::Send(message, _) = notice_for(&event(Fact::InvoicePaid(nothing)), &policy, &at(now())) else {
        panic!("nothing is said");
    };
    assert!(matches!(*message, Message::InvoicePaid(receipt) if receipt.settlement == Settlement::NothingDue));
}

#[test]
fn invoice_settled_elsewhere_is_recorded_with_the_amount_that_each_version_tells() {
    for (amount_paid, expected) in [(0, 4_900), (4_900, 4_900)] {
        let settled = Invoice {
            paid_out_of_band: Some(true),
            amount_due: usd(4_900),
            amount_paid: usd(amount_paid),
            ..invoice()
        };
        let (message, _) = sent(Fact::InvoicePaid(settled));
        let Message::InvoicePaid(receipt) = message else { panic!("{message:?}") };
        assert_eq!((receipt.settlement, receipt.amount_paid), (Settlement::Recorded, usd(expected)));
    }
}

#[test]
fn refunded_payment_gets_no_receipt() {
    let circumstances = Circumstances { refunded: true, ..at(now()) };
    let decision = notice_for(&event(Fact::InvoicePaid(invoice())), &Policy::default(), &circumstances);
    assert_eq!(decision, Decision::Skip(Skip::Refunded));
}

#[test]
fn failed_attempt_states_what_is_open_and_what_is_planned() {
    let tomorrow = now().checked_add(SignedDuration::from_hours(24)).unwrap();
    let failed = Invoice {
        amount_paid: usd(0),
        amount_remaining: usd(4_900),
        attempt_count: 2,
        next_payment_attempt: Some(tomorrow),
        ..invoice()
    };
    let (message, key) = sent(Fact::InvoicePaymentFailed(failed));
    let Message::PaymentFailed(failed) = message else { panic!("{message:?}") };
    assert_eq!((failed.amount_remaining, failed.attempt, failed.retry), (usd(4_900), 2, Retry::Planned(tomorrow)));
    assert_eq!(key, "in_1:payment_failed:attempt 2");
}

#[test]
fn planned_attempt_whose_time_is_over_is_not_dated() {
    let failed = Invoice { next_payment_attempt: Some(now()), ..invoice() };
    let (message, _) = sent(Fact::InvoicePaymentFailed(failed));
    assert!(matches!(message, Message::PaymentFailed(failed) if failed.retry == Retry::Due));
}

#[test]
fn failed_attempt_without_a_next_one_is_the_last_unless_the_customer_pays_by_hand() {
    for collection in [Collection::Automatic, Collection::Unknown] {
        let (message, _) = sent(Fact::InvoicePaymentFailed(Invoice { collection, ..invoice() }));
        assert!(matches!(message, Message::PaymentFailedFinal(_)), "{collection:?}");
    }
    let by_hand = Invoice { collection: Collection::SendInvoice, ..invoice() };
    let (message, _) = sent(Fact::InvoicePaymentFailed(by_hand));
    assert!(matches!(message, Message::PaymentFailed(failed) if failed.retry == Retry::ByHand));
}

#[test]
fn nothing_open_is_nothing_to_ask_for() {
    let settled = Invoice { amount_remaining: usd(0), ..invoice() };
    assert_eq!(skipped(Fact::InvoicePaymentFailed(settled.clone())), Skip::NothingOpen);
    assert_eq!(skipped(Fact::InvoiceActionRequired(settled)), Skip::NothingOpen);
}

#[test]
fn event_is_told_until_sixty_days_and_stale_after() {
    let event = event(Fact::InvoicePaid(invoice()));
    let last = event.occurred_at.checked_add(STALE_AFTER).unwrap();
    let late = last.checked_add(SignedDuration::from_secs(1)).unwrap();
    assert!(matches!(notice_for(&event, &Policy::default(), &at(last)), Decision::Send(..)));
    assert_eq!(notice_for(&event, &Policy::default(), &at(late)), Decision::Skip(Skip::Stale));
}

#[test]
fn action_required_asks_to_confirm_what_is_open() {
    let (message, key) = sent(Fact::InvoiceActionRequired(Invoice { attempt_count: 1, ..invoice() }));
    assert!(matches!(message, Message::PaymentActionRequired(action) if action.amount == usd(1_900)));
    assert_eq!(key, "in_1:payment_failed:attempt 1");
}

#[test]
fn upcoming_invoice_is_keyed_by_subscription_and_period() {
    let next_week = now().checked_add(SignedDuration::from_hours(7 * 24)).unwrap();
    let upcoming = UpcomingInvoice {
        customer: Some(CustomerId::new("cus_1").unwrap()),
        customer_email: None,
        customer_name: None,
        amount_due: usd(1_900),
        next_payment_attempt: Some(next_week),
        period_end: Some(next_week),
        subscription: Some(SubscriptionId::new("sub_1").unwrap()),
        collection: Collection::SendInvoice,
        account_name: None,
    };
    let (message, key) = sent(Fact::InvoiceUpcoming(upcoming.clone()));
    assert!(matches!(message, Message::InvoiceUpcoming(notice)
        if notice.payment == UpcomingPayment::ByHand && notice.due_at == Some(next_week)));
    assert_eq!(key, "sub_1:upcoming:2026-11-27T09:30:00Z");
    let over = UpcomingInvoice { next_payment_attempt: Some(now()), period_end: Some(now()), ..upcoming.clone() };
    assert_eq!(skipped(Fact::InvoiceUpcoming(over)), Skip::Stale);
    let nobody = UpcomingInvoice { customer: None, subscription: None, ..upcoming };
    assert_eq!(skipped(Fact::InvoiceUpcoming(nobody)), Skip::NoCustomer);
}

#[test]
fn expiring_card_is_told_once_per_expiry() {
    let (message, key) = sent(Fact::PaymentMethodChanged(method(PaymentMethodChange::Expiring, 12)));
    assert!(matches!(message, Message::CardExpiring(notice) if !notice.has_expired));
    assert_eq!(key, "pm_1:expiring:2026-12");
    let (message, _) = sent(Fact::PaymentMethodChanged(method(PaymentMethodChange::Expiring, 10)));
    assert!(matches!(message, Message::CardExpiring(notice) if notice.has_expired));
    assert_eq!(skipped(Fact::PaymentMethodChanged(method(PaymentMethodChange::Expiring, 13))), Skip::UnknownCard);
}

#[test]
fn removed_method_is_told_with_what_is_known_of_the_rest() {
    let circumstances = Circumstances { remaining: Remaining::Another, ..at(now()) };
    let event = event(Fact::PaymentMethodChanged(method(PaymentMethodChange::Removed, 12)));
    let Decision::Send(message, key) = notice_for(&event, &Policy::default(), &circumstances) else {
        panic!("nothing is said");
    };
    assert!(matches!(*message, Message::PaymentMethodRemoved(notice) if notice.remaining == Remaining::Another));
    assert_eq!(key.as_str(), "pm_1:removed");
    let nobody = PaymentMethod { customer: None, ..method(PaymentMethodChange::Removed, 12) };
    assert_eq!(skipped(Fact::PaymentMethodChanged(nobody)), Skip::NoCustomer);
    assert_eq!(skipped(Fact::PaymentMethodChanged(method(PaymentMethodChange::Attached, 12))), Skip::NoNotice);
}

#[test]
fn key_of_another_processor_names_it() {
    let event = ProcessorEvent { processor: Processor::CheckoutCom, ..event(Fact::InvoicePaid(invoice())) };
    let Decision::Send(_, key) = notice_for(&event, &Policy::default(), &at(now())) else { panic!("nothing is said") };
    assert_eq!(key.as_str(), "checkout_com:in_1:paid");
}

fn sent(fact: Fact) -> (Message, String) {
    match notice_for(&event(fact), &Policy::default(), &at(now())) {
        Decision::Send(message, key) => (*message, key.to_string()),
        Decision::Skip(skip) => panic!("skipped: {}", skip.name()),
    }
}

fn skipped(fact: Fact) -> Skip {
    match notice_for(&event(fact), &Policy::default(), &at(now())) {
        Decision::Skip(skip) => skip,
        Decision::Send(message, key) => panic!("{key} is sent: {message:?}"),
    }
}

fn event(fact: Fact) -> ProcessorEvent {
    ProcessorEvent {
        processor: Processor::Stripe,
        id: EventId::new("evt_1").unwrap(),
        kind: "a kind".to_owned(),
        mode: Mode::Test,
        account: None,
        api_version: None,
        occurred_at: now(),
        fact,
    }
}

fn invoice() -> Invoice {
    Invoice {
        id: InvoiceId::new("in_1").unwrap(),
        number: Some("0007".to_owned()),
        status: Some("open".to_owned()),
        customer: Some(CustomerId::new("cus_1").unwrap()),
        customer_email: None,
        customer_name: None,
        amount_due: usd(1_900),
        amount_paid: usd(1_900),
        amount_remaining: usd(1_900),
        attempt_count: 1,
        next_payment_attempt: None,
        due_date: None,
        hosted_invoice_url: Some("https://invoice.stripe.com/i/1".to_owned()),
        invoice_pdf: None,
        billing_reason: None,
        collection: Collection::Automatic,
        subscription: None,
        payment: None,
        account_name: None,
        paid_out_of_band: None,
    }
}

fn method(change: PaymentMethodChange, month: u8) -> PaymentMethod {
    PaymentMethod {
        id: PaymentMethodId::new("pm_1").unwrap(),
        customer: Some(CustomerId::new("cus_1").unwrap()),
        change,
        kind: Some("card".to_owned()),
        card: Some(Card {
            brand: Some("visa".to_owned()),
            last4: Some("4242".to_owned()),
            exp_month: Some(month),
            exp_year: Some(2026),
        }),
    }
}

fn usd(amount_minor: i64) -> Money {
    Money::new(amount_minor, Currency::USD)
}

const fn at(now: Timestamp) -> Circumstances {
    Circumstances::at(now)
}

fn now() -> Timestamp {
    "2026-11-20T09:30:00Z".parse().unwrap()
}
