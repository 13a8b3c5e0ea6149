use processor_events::Currency;

use super::*;
use crate::{
    Signal,
    signal::{Card, Demand, SignalKind},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn invoice(id: &str) -> InvoiceId {
    InvoiceId::new(id).unwrap()
}

fn subscription() -> SubscriptionId {
    SubscriptionId::new("sub_1").unwrap()
}

fn method(id: &str) -> PaymentMethodId {
    PaymentMethodId::new(id).unwrap()
}

fn payment() -> PaymentId {
    PaymentId::new("pi_1").unwrap()
}

fn failed(id: &str, attempt: u32) -> SignalKind {
    let demand = Demand { amount_minor: 4_900, currency: Currency::USD, pay_url: None };
    let invoice = invoice(id);
    SignalKind::InvoiceFailed { invoice, subscription: None, attempt, is_final: false, is_first: false, demand }
}

fn of_subscription(kind: SignalKind) -> SignalKind {
    match kind {
        SignalKind::InvoiceFailed { invoice, attempt, is_final, is_first, demand, .. } => {
            let subscription = Some(subscription());
            SignalKind::InvoiceFailed { invoice, subscription, attempt, is_final, is_first, demand }
        }
        SignalKind::InvoicePaid { invoice, is_free, .. } => {
            SignalKind::InvoicePaid { invoice, subscription: Some(subscription()), is_free }
        }
        other => other,
    }
}

fn last_attempt(kind: SignalKind) -> SignalKind {
    match kind {
        SignalKind::InvoiceFailed { invoice, subscription, attempt, is_first, demand, .. } => {
            SignalKind::InvoiceFailed { invoice, subscription, attempt, is_final: true, is_first, demand }
        }
        other => other,
    }
}

fn first_invoice(kind: SignalKind) -> SignalKind {
    match kind {
        SignalKind::InvoiceFailed { invoice, subscription, attempt, demand, .. } => {
            SignalKind::InvoiceFailed { invoice, subscription, attempt, is_final: true, is_first: true, demand }
        }
        other => other,
    }
}

fn declined(id: &str, decline: Decline) -> SignalKind {
    SignalKind::InvoiceDeclined { invoice: invoice(id), decline }
}

fn paid(id: &str) -> SignalKind {
    SignalKind::InvoicePaid { invoice: invoice(id), subscription: None, is_free: false }
}

fn payment_failed() -> SignalKind {
    SignalKind::PaymentFailed { payment: payment(), decline: Decline::Soft }
}

fn standing(standing: Standing) -> SignalKind {
    SignalKind::Subscription { subscription: subscription(), standing }
}

fn added(id: &str) -> SignalKind {
    SignalKind::MethodPresent { method: method(id), card: None }
}

fn removed(id: &str) -> SignalKind {
    SignalKind::MethodRemoved { method: method(id) }
}

/// What is said on which day of August 2026, at noon.
fn facts(signals: impl IntoIterator<Item = (u8, SignalKind)>) -> Facts {
    let mut facts = Facts::default();
    for (day, kind) in signals {
        facts.learn(&Signal { at: noon(day), kind }, at("2026-08-31T00:00:00Z"));
    }
    facts
}

fn noon(day: u8) -> Timestamp {
    at(&format!("2026-08-{day:02}T12:00:00Z"))
}

/// Checks the state on a day, a minute after noon.
fn check<const N: usize>(
    policy: &Policy,
    signals: [(u8, SignalKind); N],
    day: u8,
    status: Status,
    since: u8,
) -> Reason {
    let now = at(&format!("2026-08-{day:02}T12:01:00Z"));
    let access = Access::derive(&facts(signals), policy, now);
    assert_eq!((access.status, access.since), (status, Some(noon(since))), "{:?}", access.reason);
    access.reason
}

const STANDARD: Policy = Policy::standard();
const METERED: Policy = Policy::metered();

#[test]
fn nothing_known_is_active_since_nobody_knows_when() {
    let access = Access::derive(&Facts::default(), &STANDARD, noon(1));
    assert_eq!(access, Access { status: Status::Active, since: None, trouble_since: None, reason: Reason::NoTrouble });
}

#[test]
fn a_failed_invoice_gives_a_week_of_grace_and_then_holds() {
    let signals = || [(1, failed("in_1", 1))];
    let reason = check(&STANDARD, signals(), 2, Status::Grace { until: noon(8) }, 1);
    assert_eq!(reason.explain(), "invoice in_1 is unpaid after attempt 1");
    check(&STANDARD, signals(), 7, Status::Grace { until: noon(8) }, 1);
    check(&STANDARD, signals(), 8, Status::Held, 8);
}

#[test]
fn payment_restores() {
    let signals = || [(1, failed("in_1", 1)), (10, paid("in_1"))];
    let reason = check(&STANDARD, signals(), 10, Status::Restored, 10);
    assert_eq!(reason, Reason::InvoiceSettled { invoice: invoice("in_1") });
    check(
        &STANDARD,
        [(1, failed("in_1", 1)), (3, SignalKind::InvoiceClosed { invoice: invoice("in_1") })],
        3,
        Status::Restored,
        3,
    );
}

#[test]
fn later_attempts_do_not_extend_grace() {
    let signals = [(1, failed("in_1", 1)), (4, failed("in_1", 2)), (7, failed("in_1", 3))];
    let reason = check(&STANDARD, signals, 7, Status::Grace { until: noon(8) }, 1);
    assert_eq!(reason.explain(), "invoice in_1 is unpaid after attempt 3");
}

#[test]
fn the_last_attempt_ends_grace_a_day_later() {
    let signals = || [(1, failed("in_1", 1)), (3, last_attempt(failed("in_1", 2)))];
    check(&STANDARD, signals(), 3, Status::Grace { until: noon(4) }, 1);
    let reason = check(&STANDARD, signals(), 4, Status::Held, 4);
    assert_eq!(reason.explain(), "invoice in_1 is unpaid after attempt 2, and no further attempt is planned");
}

#[test]
fn a_method_that_will_not_work_again_shortens_grace() {
    let hard = || [(1, failed("in_1", 1)), (1, declined("in_1", Decline::Hard))];
    check(&STANDARD, hard(), 2, Status::Grace { until: noon(4) }, 1);
    let confirm = [(1, failed("in_1", 1)), (1, declined("in_1", Decline::AuthenticationRequired))];
    check(&STANDARD, confirm, 2, Status::Grace { until: noon(8) }, 1);
}

#[test]
fn a_card_declined_at_a_checkout_changes_nothing_by_default() {
    let reason = check(&STANDARD, [(1, payment_failed())], 20, Status::Active, 1);
    assert_eq!(reason, Reason::NoTrouble);
    check(&STANDARD, [(1, first_invoice(failed("in_1", 1)))], 20, Status::Active, 1);
    // A refusal alone says why, not that an invoice is in trouble.
    check(&STANDARD, [(1, declined("in_1", Decline::Hard))], 20, Status::Active, 1);
}

#[test]
fn metering_holds_at_once_and_any_payment_restores() {
    let reason = check(&METERED, [(1, payment_failed())], 1, Status::Held, 1);
    assert_eq!(reason.explain(), "payment pi_1 failed: the method may work later");
    check(&METERED, [(1, payment_failed()), (2, SignalKind::PaymentSucceeded)], 2, Status::Restored, 2);
    check(&METERED, [(1, payment_failed()), (2, paid("in_9"))], 2, Status::Restored, 2);
    check(&METERED, [(1, failed("in_1", 1))], 1, Status::Held, 1);
}

#[test]
fn a_payment_that_fails_again_after_a_success_is_new_trouble() {
    let signals = [(1, payment_failed()), (2, SignalKind::PaymentSucceeded), (3, payment_failed())];
    check(&METERED, signals, 4, Status::Held, 3);
}

#[test]
fn an_invoice_over_nothing_shows_no_ability_to_pay() {
    let free = SignalKind::InvoicePaid { invoice: invoice("in_9"), subscription: None, is_free: true };
    check(&METERED, [(1, payment_failed()), (2, free)], 3, Status::Held, 1);
}

#[test]
fn of_two_unpaid_invoices_the_one_that_ends_access_first_decides() {
    let signals = || [(1, failed("in_1", 1)), (5, failed("in_2", 1))];
    let reason = check(&STANDARD, signals(), 6, Status::Grace { until: noon(8) }, 1);
    assert!(matches!(reason, Reason::InvoiceUnpaid { invoice: id, .. } if id == invoice("in_1")));
    let [first, second] = signals();
    check(&STANDARD, [first, second, (7, paid("in_1"))], 8, Status::Grace { until: noon(12) }, 5);
}

#[test]
fn a_subscription_past_due_counts_from_the_start_of_its_run() {
    let signals = || [(1, standing(Standing::PastDue)), (5, standing(Standing::PastDue))];
    check(&STANDARD, signals(), 6, Status::Grace { until: noon(8) }, 1);
    let [first, last] = signals();
    // An event that comes late splits the run: the trouble of day 1 was over on day 3.
    check(&STANDARD, [first, last, (3, standing(Standing::Good))], 6, Status::Grace { until: noon(12) }, 5);
}

#[test]
fn an_unpaid_subscription_leaves_a_day() {
    let signals = || [(1, standing(Standing::PastDue)), (6, standing(Standing::Unpaid))];
    check(&STANDARD, signals(), 6, Status::Grace { until: noon(7) }, 6);
    check(&STANDARD, signals(), 7, Status::Held, 7);
}

#[test]
fn a_paused_subscription_is_held_and_a_canceled_one_is_no_trouble() {
    check(&STANDARD, [(1, standing(Standing::Paused))], 1, Status::Held, 1);
    check(&STANDARD, [(1, standing(Standing::Paused)), (2, standing(Standing::Good))], 2, Status::Restored, 2);
    check(&STANDARD, [(1, standing(Standing::Canceled))], 9, Status::Active, 1);
    // The first payment of a new subscription within its second.
    check(&STANDARD, [(1, standing(Standing::Good)), (1, standing(Standing::Incomplete))], 1, Status::Active, 1);
}

#[test]
fn the_paid_invoice_ends_past_due_before_the_subscriptions_own_event_comes() {
    let signals =
        [(1, of_subscription(failed("in_1", 1))), (1, standing(Standing::PastDue)), (2, of_subscription(paid("in_1")))];
    check(&STANDARD, signals, 2, Status::Restored, 2);
}

#[test]
fn a_debt_of_a_canceled_subscription_ends_when_the_customer_pays_for_something_else() {
    let signals = || [(1, of_subscription(failed("in_1", 1))), (2, standing(Standing::Canceled))];
    check(&STANDARD, signals(), 20, Status::Held, 8);
    let [first, second] = signals();
    check(&STANDARD, [first, second, (9, paid("in_2"))], 20, Status::Restored, 9);
}

#[test]
fn the_last_method_removed_counts_where_the_policy_says_so() {
    let signals = || [(1, added("pm_1")), (2, added("pm_2")), (3, removed("pm_1")), (4, removed("pm_2"))];
    check(&STANDARD, signals(), 20, Status::Active, 1);
    let reason = check(&METERED, signals(), 4, Status::Held, 4);
    assert_eq!(reason.explain(), "pm_2 was removed, and no other payment method is known");
    let [a, b, c, d] = signals();
    check(&METERED, [a, b, c.clone(), (5, added("pm_3"))], 5, Status::Active, 1);
    check(&METERED, [c, d, (6, added("pm_3"))], 6, Status::Restored, 6);
}

#[test]
fn a_replaced_card_does_not_expire() {
    let card = |month: &str| Card { expires: month.parse().unwrap(), brand: None, last4: None };
    let present = |month| SignalKind::MethodPresent { method: method("pm_1"), card: Some(card(month)) };
    let august = "2026-08".parse().unwrap();
    assert_eq!(facts([(1, present("2026-08"))]).expiring_in(august).count(), 1);
    assert_eq!(facts([(1, present("2026-08")), (2, present("2029-08"))]).expiring_in(august).count(), 0);
    assert_eq!(facts([(2, present("2029-08")), (1, present("2026-08"))]).expiring_in(august).count(), 0);
    assert_eq!(facts([(1, present("2026-08")), (2, removed("pm_1"))]).expiring_in(august).count(), 0);
}
