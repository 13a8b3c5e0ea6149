//! What Stripe is asked, by the client that ships and a fake account without a socket.

use stripe_api::{Request, Response, SecretKey, Stripe, Transport, TransportError};
use stripe_fake::{Answer, Fake, Question};

use super::*;

struct Wire(RefCell<Fake>);

impl Transport for &Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut headers: BTreeMap<String, String> =
            request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.insert("authorization".to_owned(), "Bearer rk_live_1".to_owned());
        let question = Question { method: "GET".to_owned(), path: request.path, headers, body: request.body };
        match self.0.borrow_mut().answer(&question) {
            Answer::Said { status, body, .. } => {
                Ok(Response { status, body: body.into_bytes(), ..Response::default() })
            }
            Answer::Lost | Answer::Silence => Err(TransportError { reason: "reset".to_owned() }),
        }
    }
}

#[derive(Clone, Copy)]
struct Patient;

impl Timer for Patient {
    async fn sleep(&self, duration: Duration) {
        if duration >= Duration::from_secs(2) {
            std::future::pending::<()>().await;
        }
    }
}

impl Wire {
    fn with(objects: &[(&str, Value)]) -> Self {
        let mut fake = Fake::new();
        for (collection, object) in objects {
            fake.put(collection, object.clone());
        }
        Self(RefCell::new(fake))
    }

    /// A new world that asks this account.
    fn world(&self) -> Asking<'_> {
        let key = SecretKey::new("rk_live_1").unwrap();
        let lookup = StripeLookup::new(Stripe::new(self, key, Patient, NoChance), Patient, true);
        let World { ledger, program, workflow, read, clock, timer, entropy, metrics, .. } = world();
        Handler { ledger, program, workflow, lookup, read, clock, timer, entropy, metrics }
    }

    /// Delivers bodies to a new world that asks this account, twice; what the customer has, and the calls that were made.
    fn after(&self, bodies: &[Value]) -> (i64, Vec<String>) {
        let world = self.world();
        for _ in 0..2 {
            for body in bodies {
                assert_eq!(world.deliver_once_more(std::slice::from_ref(body), 1), Vec::<usize>::new());
            }
        }
        (world.balance(), self.calls())
    }

    fn calls(&self) -> Vec<String> {
        self.0.borrow().calls().iter().map(|call| format!("{} {}", call.route, call.status)).collect()
    }

    /// Makes the next calls of a route fail, more than one delivery makes.
    fn fail(&self, route: &str, fault: stripe_fake::Fault) {
        for _ in 0..4 {
            self.0.borrow_mut().fail_next(route, fault);
        }
    }
}

type Asking<'w> = Handler<
    FaultyLedger,
    InMemoryPrograms,
    FakeWorkflow,
    StripeLookup<&'w Wire, SecretKey, Patient, NoChance>,
    FixedClock,
    NoWait,
    NoChance,
>;

impl Asking<'_> {
    /// Delivers bodies as one batch that the queue hands out for the so-manieth time; the answer is the positions of the failed.
    fn deliver_once_more(&self, bodies: &[Value], deliveries: u32) -> Vec<usize> {
        let records = bodies.iter().enumerate().map(|(position, body)| {
            let attributes = json!({ "ApproximateReceiveCount": deliveries.to_string() });
            json!({ "messageId": position.to_string(), "body": body.to_string(), "attributes": attributes })
        });
        let batch: SqsEvent = serde_json::from_value(json!({ "Records": records.collect::<Vec<_>>() })).unwrap();
        let response = block_on(self.handle(batch, Timestamp::MAX));
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str().parse().unwrap()).collect()
    }

    fn balance(&self) -> i64 {
        self.ledger.inner.accounts().values().next().map_or(0, |account| account.balance.0)
    }

    fn reasons(&self) -> Vec<String> {
        self.ledger.inner.entries().into_values().map(|stored| stored.entry.reason).collect()
    }

    /// The metrics so far, as name and reason.
    fn counted(&self, metric: &str, reason: &str) -> bool {
        let lines = self.metrics.take_lines(NAME, self.clock.now());
        lines.iter().any(|line| line.contains(&format!("\"{metric}\"")) && line.contains(&format!("\"{reason}\"")))
    }
}

fn session(metadata: &Value) -> (&'static str, Value) {
    ("checkout_sessions", json!({ "id": "cs_1", "payment_intent": "pi_1", "metadata": metadata }))
}

fn session_line(id: &str, amount: i64, product: &Value) -> (&'static str, Value) {
    let price = json!({ "id": "price_1", "metadata": {}, "product": { "id": "prod_1", "metadata": product } });
    ("checkout_lines", json!({ "id": id, "session": "cs_1", "amount_total": amount, "price": price }))
}

fn paid_invoice() -> (&'static str, Value) {
    invoice_payment("in_1", "paid")
}

fn invoice_payment(invoice: &str, status: &str) -> (&'static str, Value) {
    let payment = json!({ "type": "payment_intent", "payment_intent": "pi_1" });
    let id = format!("inpay_{invoice}");
    ("invoice_payments", json!({ "id": id, "invoice": invoice, "status": status, "payment": payment }))
}

#[test]
fn a_checkouts_mixed_basket_earns_by_line_and_is_looked_up_once() {
    let stripe = Wire::with(&[
        session(&json!({})),
        session_line("li_1", 1500, &json!({ "paybus_premium": "true" })),
        session_line("li_2", 2500, &json!({ "paybus_category": "books" })),
    ]);
    let (balance, calls) = stripe.after(&[paid("pi_1", "cus_1", 5000)]);
    assert_eq!(balance, 65, "15 x 2 + 25 + 10 for shipping");
    assert_eq!(calls, ["GET /v1/checkout/sessions 200", "GET /v1/checkout/sessions/{id}/line_items 200"]);
}

#[test]
fn a_payment_in_doubt_is_settled_by_the_answer() {
    let stripe = Wire::with(&[]);
    let (balance, calls) = stripe.after(&[paid_since_basil("pi_1", 5000)]);
    assert_eq!((balance, calls.len()), (50, 2), "{calls:?}");
    let parent = json!({ "type": "subscription_details", "subscription_details": { "subscription": "sub_1" } });
    let renewal = json!({ "id": "in_1", "billing_reason": "subscription_cycle", "parent": parent });
    let stripe = Wire::with(&[paid_invoice(), ("invoices", renewal)]);
    let (balance, calls) = stripe.after(&[paid_since_basil("pi_1", 5000), linked("pi_1", 5000)]);
    assert_eq!(balance, 0);
    assert_eq!(calls, ["GET /v1/invoice_payments 200", "GET /v1/invoices/{id} 200"]);
}

/// An invoice of 50 dollars, of which 10 are for something promoted.
fn invoice_with_lines(billing_reason: &str) -> Wire {
    let price = json!({ "id": "price_1", "metadata": { "paybus_promotion": "true" } });
    let line = |id: &str, amount: i64, price: Value| {
        let pricing = json!({ "price_details": { "price": price, "product": "prod_1" } });
        ("invoice_lines", json!({ "id": id, "invoice": "in_1", "amount": amount, "pricing": pricing }))
    };
    Wire::with(&[
        paid_invoice(),
        ("invoices", json!({ "id": "in_1", "billing_reason": billing_reason, "parent": null, "metadata": {} })),
        line("il_1", 1000, price),
        line("il_2", 4000, json!("price_2")),
    ])
}

#[test]
fn a_single_invoice_earns_by_its_lines_in_whatever_order_its_events_come() {
    let payment = paid_since_basil("pi_1", 5000);
    assert_eq!(invoice_with_lines("manual").after(std::slice::from_ref(&payment)).0, 70, "10 x 3 + 40");
    let bodies = [payment, linked("pi_1", 5000), invoice_paid(None, "manual", 5000)];
    for order in orders(bodies.len()) {
        let bodies: Vec<Value> = order.iter().map(|index| bodies[*index].clone()).collect();
        assert_eq!(invoice_with_lines("manual").after(&bodies).0, 70, "{order:?}");
    }
}

#[test]
fn an_invoice_that_was_not_paid_after_all_does_not_count() {
    let renewal = ("invoices", json!({ "id": "in_0", "billing_reason": "subscription_cycle", "parent": null }));
    let sale = ("invoices", json!({ "id": "in_1", "billing_reason": "manual", "parent": null, "metadata": {} }));
    let voided = [invoice_payment("in_0", "canceled"), renewal];
    for stripe in [Wire::with(&voided), Wire::with(&[&voided[..], &[paid_invoice(), sale]].concat())] {
        assert_eq!(stripe.after(&[paid_since_basil("pi_1", 5000)]).0, 50);
    }
}

/// Checkout can make an invoice of a payment afterwards. Whether it is there when Stripe is asked must not decide about points.
#[test]
fn an_invoice_that_a_checkout_makes_afterwards_does_not_hide_the_products() {
    let products = [session(&json!({})), session_line("li_1", 5000, &json!({ "paybus_premium": "true" }))];
    let pricing = json!({ "price_details": { "price": "price_1", "product": "prod_1" } });
    let invoice = [
        paid_invoice(),
        ("invoices", json!({ "id": "in_1", "billing_reason": "manual", "parent": null, "metadata": {} })),
        ("invoice_lines", json!({ "id": "il_1", "invoice": "in_1", "amount": 5000, "pricing": pricing })),
    ];
    for stripe in [Wire::with(&products), Wire::with(&[&products[..], &invoice].concat())] {
        assert_eq!(stripe.after(&[paid_since_basil("pi_1", 5000)]).0, 100);
    }
}

#[test]
fn where_subscriptions_earn_they_earn_by_the_lines_of_their_invoices() {
    let stripe = invoice_with_lines("subscription_cycle");
    let mut document = Program::default().document().clone();
    document.earning.subscription_payments_earn = true;
    let programs = InMemoryPrograms::default();
    programs.force(2, Program::new(document).unwrap().to_json());
    let world = Handler { program: CachedProgram::new(programs), ..stripe.world() };
    assert_eq!(world.deliver_once_more(&[paid_since_basil("pi_1", 5000)], 1), Vec::<usize>::new());
    assert_eq!(world.balance(), 70, "10 x 3 + 40");
}

#[test]
fn a_payment_that_tells_everything_is_not_asked_about() {
    let stripe = Wire::with(&[]);
    let body = with(paid("pi_1", "cus_1", 1000), "metadata", json!({ "paybus_premium": "true" }));
    assert_eq!(stripe.after(&[body, refunded("pi_1", 1000, 500)]), (10, vec![]));
}

/// A premium basket of 50 dollars.
fn premium_checkout() -> Wire {
    Wire::with(&[session(&json!({})), session_line("li_1", 5000, &json!({ "paybus_premium": "true" }))])
}

#[test]
fn a_basket_waits_for_an_answer_that_passes_and_nothing_else_waits_with_it() {
    for fault in [stripe_fake::Fault::ServerError, stripe_fake::Fault::TooMany, stripe_fake::Fault::Lost] {
        let stripe = premium_checkout();
        let world = stripe.world();
        stripe.fail("GET /v1/checkout/sessions", fault);
        let told = with(paid("pi_2", "cus_1", 1000), "metadata", json!({ "paybus_category": "books" }));
        let bodies = [paid("pi_1", "cus_1", 5000), told];
        assert_eq!(world.deliver_once_more(&bodies, 1), [0], "{fault:?}");
        assert_eq!(world.balance(), 10, "{fault:?}");
        assert!(!world.counted("LookupFailed", NAME));
        assert_eq!(world.deliver_once_more(&bodies[..1], 2), Vec::<usize>::new());
        assert_eq!(world.balance(), 110, "{fault:?}: 50 x 2 beside the 10");
    }
}

/// Points are not held back for long: the queue's last deliveries are for the ledger.
#[test]
fn an_answer_that_does_not_come_costs_the_basket_and_the_entry_says_so() {
    let stripe = premium_checkout();
    let world = stripe.world();
    let bodies = [paid("pi_1", "cus_1", 5000)];
    for delivery in 1..=3 {
        stripe.fail("GET /v1/checkout/sessions", stripe_fake::Fault::Unavailable);
        assert_eq!(world.deliver_once_more(&bodies, delivery), [0]);
        assert!(world.counted("RecordFailed", "StripeUnavailable"));
    }
    stripe.fail("GET /v1/checkout/sessions", stripe_fake::Fault::Unavailable);
    assert_eq!(world.deliver_once_more(&bodies, 4), Vec::<usize>::new());
    assert_eq!(world.reasons(), ["earned by 50.00 USD; Stripe could not be asked what was bought"]);
    assert!(world.counted("LookupFailed", "StripeUnavailable"));
    assert_eq!(world.deliver_once_more(&bodies, 5), Vec::<usize>::new());
    assert_eq!(world.balance(), 50, "an answer that comes later changes nothing");
}

/// An event that nobody hands out again, such as a hand-written sample, would be lost by waiting.
#[test]
fn a_record_of_no_queue_does_not_wait() {
    let stripe = premium_checkout();
    let world = stripe.world();
    stripe.fail("GET /v1/checkout/sessions", stripe_fake::Fault::Unavailable);
    let record = json!({ "messageId": "1", "body": paid("pi_1", "cus_1", 5000).to_string() });
    let batch: SqsEvent = serde_json::from_value(json!({ "Records": [record] })).unwrap();
    assert!(block_on(world.handle(batch, Timestamp::MAX)).batch_item_failures.is_empty());
    assert_eq!(world.balance(), 50);
}

/// What it pays, the events of its invoice tell as well: nothing is lost by going on.
#[test]
fn a_payment_that_tells_its_basket_does_not_wait_for_its_invoice() {
    let stripe = Wire::with(&[]);
    let world = stripe.world();
    stripe.fail("GET /v1/invoice_payments", stripe_fake::Fault::Unavailable);
    let body = with(paid_since_basil("pi_1", 5000), "metadata", json!({ "paybus_category": "books" }));
    assert_eq!(world.deliver_once_more(&[body], 1), Vec::<usize>::new());
    assert_eq!(world.reasons(), ["earned by 50.00 USD"]);
    assert!(world.counted("LookupFailed", "StripeUnavailable"));
}

/// Nothing but a hand mends a key, and until then every payment would be late.
#[test]
fn a_key_that_must_be_mended_first_is_not_waited_for() {
    let stripe = premium_checkout();
    let key = SecretKey::new("rk_test_1").unwrap();
    let lookup = StripeLookup::new(Stripe::new(&stripe, key, Patient, NoChance), Patient, true);
    let world = Handler { lookup, ..stripe.world() };
    assert_eq!(world.deliver_once_more(&[paid("pi_1", "cus_1", 5000)], 1), Vec::<usize>::new());
    assert_eq!(world.balance(), 50);
    assert!(world.counted("LookupFailed", "StripeKeyOfOtherMode"));
}

/// A test key sees nothing of live payments, and the other way round.
#[test]
fn a_key_of_the_other_mode_is_not_used() {
    let stripe = Wire::with(&[]);
    let mut body = paid_since_basil("pi_1", 5000);
    body["livemode"] = json!(false);
    assert_eq!(stripe.after(&[body]), (50, vec![]));
}
