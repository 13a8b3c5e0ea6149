//! What became of things before their news was told.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use fn_customer_notices::{Hindsight, KnownAnswers};
use lambda_kit::{Entropy, Timer};
use notices::{News, news::Question};
use processor_events::{
    ReadOptions,
    ids::{CustomerId, InvoiceId},
};
use serde_json::json;
use stripe_api::{KeySource, NoKey, Request, Response, SecretKey, Stripe, Transport, TransportError};
use stripe_fake::{Answer, Fake, Question as Call};

use crate::{
    events::{Event, address, customer, detached, failed, held, paid},
    situations::{know, recipients, tell},
    world::{Fault, Kind, World},
};

fn invoice() -> InvoiceId {
    InvoiceId::new("in_1").unwrap()
}

/// A world that is `late` after the samples, and where Stripe would say this.
fn world(late: Duration, answers: impl IntoIterator<Item = (Question, bool)>) -> World {
    let world = World::new();
    world.pass(late);
    *world.hindsight.borrow_mut() = KnownAnswers(answers.into_iter().collect());
    world
}

const LATE: Duration = Duration::from_mins(10);

#[test]
fn a_late_receipt_for_money_that_was_given_back_is_not_sent() {
    let world = world(LATE, [(Question::IsRefunded(invoice()), true)]);
    assert_eq!(tell(&world, [paid(1), paid(2)]), [""; 0]);
    assert_eq!(recipients(&world), [address(2)]);
}

#[test]
fn a_receipt_on_time_asks_nobody() {
    let world = world(Duration::ZERO, [(Question::IsRefunded(invoice()), true)]);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    assert_eq!(world.calls_of(Kind::Ask).len(), 0);
    assert_eq!(recipients(&world), [address(1)]);
}

#[test]
fn a_late_failure_whose_invoice_is_paid_by_now_is_not_told() {
    for news in [failed(1), held(1)] {
        let world = world(LATE, [(Question::IsSettled(invoice()), true)]);
        know(&world, 1, storage::customers::Contact::default());
        assert_eq!(tell(&world, [news]), [""; 0]);
        assert_eq!(world.calls_of(Kind::Ask).len(), 1);
        assert_eq!(world.calls_of(Kind::Claim).len(), 0);
    }
}

#[test]
fn a_failure_that_our_own_records_silence_asks_nobody() {
    let world = world(LATE, []);
    assert_eq!(tell(&world, [paid(1)]), [""; 0]);
    let asked = world.calls_of(Kind::Ask).len();
    assert_eq!(tell(&world, [failed(1)]), [""; 0]);
    assert_eq!(world.calls_of(Kind::Ask).len(), asked);
    assert_eq!(recipients(&world), [address(1)]);
}

#[test]
fn a_removed_method_says_whether_another_one_is_left_where_that_is_known() {
    for (answer, word) in [
        (Some(true), "go on with the other one"),
        (Some(false), "No other one is stored"),
        (None, "If it was your only one"),
    ] {
        let question = Question::HasAnotherMethod(CustomerId::new("cus_1").unwrap());
        let world = world(Duration::ZERO, answer.map(|answer| (question, answer)));
        let email = Some(processor_events::Personal::new(address(1)));
        know(&world, 1, storage::customers::Contact { email, ..Default::default() });
        assert_eq!(tell(&world, [detached(1)]), [""; 0]);
        let [email] = world.email.sent().try_into().unwrap();
        assert!(email.content.text.contains(word), "{answer:?}: {}", email.content.text);
    }
}

#[test]
fn stripe_that_fails_or_hangs_keeps_no_customer_waiting() {
    for (takes, fault) in [(5, Some(Fault::Refused)), (60_000, None)] {
        let world = World::new().with_fate(move |kind, _| match kind {
            Kind::Ask => (Duration::from_millis(takes), fault),
            _ => (Duration::from_millis(5), None),
        });
        world.pass(LATE);
        world.add_device(&customer(1), "phone");
        assert_eq!(tell(&world, [paid(1)]), [""; 0]);
        assert_eq!(recipients(&world), [address(1)]);
    }
}

/// The fake account without a socket.
struct Wire<'a>(&'a RefCell<Fake>);

impl Transport for Wire<'_> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let headers = BTreeMap::from([("authorization".to_owned(), "Bearer rk_test_1".to_owned())]);
        let headers =
            headers.into_iter().chain(request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let call =
            Call { method: "GET".to_owned(), path: request.path, headers: headers.collect(), body: request.body };
        match self.0.borrow_mut().answer(&call) {
            Answer::Said { status, body, .. } => {
                Ok(Response { status, body: body.into_bytes(), ..Response::default() })
            }
            Answer::Lost | Answer::Silence => Err(TransportError { reason: "reset".to_owned() }),
        }
    }
}

/// Waits for nothing: no limit ever strikes.
struct Patience;

impl Timer for Patience {
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

struct NoChance;

impl Entropy for NoChance {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

/// What Stripe answers about an event, over the client that ships.
fn asked(fake: &RefCell<Fake>, key: impl KeySource, event: &Event, question: &Question) -> Option<bool> {
    let news = News::read(&event.as_record("m").body, &ReadOptions::default()).unwrap();
    let stripe = Stripe::new(Wire(fake), key, Patience, NoChance);
    World::new().run(stripe.ask(&news, question)).unwrap()
}

#[test]
fn stripe_is_asked_by_the_calls_that_it_has() {
    let fake = RefCell::new(Fake::new());
    let ask = |event: &Event, question: &Question| asked(&fake, SecretKey::new("rk_test_1").unwrap(), event, question);
    let refunded = Question::IsRefunded(invoice());
    assert_eq!(ask(&paid(1), &refunded), Some(false), "nothing was paid through Stripe");
    let payment = |id: &str, refunded: bool| {
        let intent = json!({"id": "pi_1", "latest_charge": {"id": "ch_1", "refunded": refunded}});
        json!({"id": id, "invoice": "in_1", "status": "paid", "payment": {"type": "payment_intent", "payment_intent": intent}})
    };
    fake.borrow_mut().put("invoice_payments", payment("inpay_1", true));
    assert_eq!(ask(&paid(1), &refunded), Some(true));
    fake.borrow_mut().put("invoice_payments", payment("inpay_2", false));
    assert_eq!(ask(&paid(1), &refunded), Some(false), "one of two payments is kept");

    fake.borrow_mut().put("invoices", json!({"id": "in_1", "status": "paid"}));
    assert_eq!(ask(&failed(1), &Question::IsSettled(invoice())), Some(true));
    fake.borrow_mut().put("invoices", json!({"id": "in_1", "status": "open"}));
    assert_eq!(ask(&failed(1), &Question::IsSettled(invoice())), Some(false));

    let another = Question::HasAnotherMethod(CustomerId::new("cus_1").unwrap());
    assert_eq!(ask(&detached(1), &another), Some(false));
    fake.borrow_mut().put("payment_methods", json!({"id": "pm_2", "customer": "cus_1"}));
    assert_eq!(ask(&detached(1), &another), Some(true));
}

#[test]
fn nobody_is_asked_without_a_key_with_one_of_the_other_mode_or_about_a_connected_account() {
    let fake = RefCell::new(Fake::new());
    let question = Question::IsSettled(invoice());
    assert_eq!(asked(&fake, NoKey, &failed(1), &question), None);
    assert_eq!(asked(&fake, SecretKey::new("rk_live_1").unwrap(), &failed(1), &question), None);
    let connected = failed(1).at_account("acct_1");
    assert_eq!(asked(&fake, SecretKey::new("rk_test_1").unwrap(), &connected, &question), None);
    assert_eq!(fake.borrow().calls().len(), 0);
}
