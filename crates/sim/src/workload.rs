//! What happens to the customers of one simulation, and what they must have in the end.
//!
//! Each payment has one story of its life whose end is known when it is made up; the expected account is summed from the ends,
//! without any code of the ledger.

use std::collections::BTreeMap;

use processor_events::event::Mode;

use crate::chooser::Chooser;

/// Noon of the first of August 2026, in seconds since 1970.
pub const START_SECONDS: i64 = 1_785_585_600;

/// The events of a simulation and what must come of them.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// The bodies, each to be delivered at least once, in any order.
    pub bodies: Vec<Body>,
    /// What each customer must have at the end, by mode and id.
    pub expected: BTreeMap<(Mode, String), Expected>,
}

/// What a customer must have at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expected {
    /// Points.
    pub balance: i64,
    /// Kept money, in cents.
    pub lifetime_minor: i64,
}

/// One event as it is delivered.
#[derive(Debug, Clone)]
pub struct Body {
    /// The processor's event.
    pub text: String,
    /// What it is, for planted bugs that look at it.
    pub tag: Tag,
    /// The payment it is about.
    pub payment: String,
    /// When it happened.
    pub created: i64,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A payment succeeded.
    Payment,
    /// Money went back, or is on its way.
    Refund,
    /// A refund failed.
    RefundFailed,
    /// A dispute was opened.
    Dispute,
    /// A dispute ended.
    DisputeEnd,
    /// A payment pays an invoice.
    Link,
    /// An invoice says what it is for.
    Invoice,
    /// Nothing that can be read.
    Poison,
}

/// What becomes of a payment.
#[derive(Debug, Clone, Copy)]
enum Story {
    Kept,
    RefundedInParts,
    RefundedInFull,
    RefundFailed,
    DisputeWon,
    DisputeLost,
    PaysSubscription,
    PaysOneOff,
}

const STORIES: [Story; 8] = [
    Story::Kept,
    Story::RefundedInParts,
    Story::RefundedInFull,
    Story::RefundFailed,
    Story::DisputeWon,
    Story::DisputeLost,
    Story::PaysSubscription,
    Story::PaysOneOff,
];

/// Amounts in cents that make round and crooked points, tiers and high-value purchases.
const AMOUNTS: [i64; 6] = [199, 1_050, 9_999, 60_000, 150_000, 777_777];

impl Workload {
    /// Makes up the lives of one to five payments of up to three customers.
    pub fn random(chooser: &mut Chooser) -> Self {
        let mut workload = Self::default();
        for number in 0..chooser.below(5).saturating_add(1) {
            let mode = if chooser.chance(150) { Mode::Test } else { Mode::Live };
            let customer = format!("cus_{}", chooser.below(3));
            let amount = AMOUNTS.get(chooser.below(AMOUNTS.len())).copied().unwrap_or(1_050);
            let factor = [1, 1, 2, 3].get(chooser.below(4)).copied().unwrap_or(1);
            let story = STORIES.get(chooser.below(STORIES.len())).copied().unwrap_or(Story::Kept);
            workload.add(&Life { payment: format!("pi_{number}"), mode, customer, amount, factor }, story);
        }
        if chooser.chance(100) {
            let text = "this is no event".to_owned();
            workload.bodies.push(Body { text, tag: Tag::Poison, payment: String::new(), created: START_SECONDS });
        }
        workload
    }

    /// The lives of as many payments as make so many events, of a hundred customers.
    pub fn archive(chooser: &mut Chooser, events: usize) -> Self {
        let mut workload = Self::default();
        let mut number: usize = 0;
        while workload.bodies.len() < events {
            let story = STORIES.get(chooser.below(STORIES.len())).copied().unwrap_or(Story::Kept);
            let amount = AMOUNTS.get(chooser.below(AMOUNTS.len())).copied().unwrap_or(1_050);
            let customer = format!("cus_{}", chooser.below(100));
            workload
                .add(&Life { payment: format!("pi_{number}"), mode: Mode::Live, customer, amount, factor: 1 }, story);
            number = number.saturating_add(1);
        }
        workload
    }

    /// One customer with many plain payments.
    #[must_use]
    pub fn hot_customer(payments: usize) -> Self {
        let mut workload = Self::default();
        for number in 0..payments {
            let payment = format!("pi_{number}");
            let customer = "cus_0".to_owned();
            workload.add(&Life { payment, mode: Mode::Live, customer, amount: 1_050, factor: 1 }, Story::Kept);
        }
        workload
    }

    /// One payment, several times; with a refund if wanted. The smallest cases in which everything can go wrong.
    #[must_use]
    pub fn copies(copies: usize, with_refund: bool) -> Self {
        let mut workload = Self::default();
        let story = if with_refund { Story::RefundedInFull } else { Story::Kept };
        let payment = "pi_0".to_owned();
        let customer = "cus_0".to_owned();
        workload.add(&Life { payment, mode: Mode::Live, customer, amount: 60_000, factor: 1 }, story);
        let once = workload.bodies.clone();
        while workload.bodies.len() < copies {
            let missing = copies.saturating_sub(workload.bodies.len());
            workload.bodies.extend(once.iter().take(missing).cloned());
        }
        workload
    }

    fn add(&mut self, life: &Life, story: Story) {
        let half = life.amount.checked_div(2).unwrap_or(0);
        self.bodies.push(life.paid(!matches!(story, Story::PaysSubscription | Story::PaysOneOff)));
        let kept = match story {
            Story::Kept => life.amount,
            Story::RefundedInParts => {
                let third = life.amount.checked_div(3).unwrap_or(0);
                self.bodies.extend([life.refunded(1, third), life.refunded(2, half)]);
                life.amount.saturating_sub(half)
            }
            Story::RefundedInFull => {
                self.bodies.push(life.refunded(1, life.amount));
                0
            }
            Story::RefundFailed => {
                self.bodies.extend([life.refund(1, half, "pending"), life.refund(2, half, "failed")]);
                life.amount
            }
            Story::DisputeWon => {
                self.bodies.extend([life.disputed(1, "needs_response"), life.disputed(2, "won")]);
                life.amount
            }
            Story::DisputeLost => {
                self.bodies.extend([life.disputed(1, "needs_response"), life.disputed(2, "lost")]);
                0
            }
            Story::PaysSubscription => {
                self.bodies.extend([life.pays_invoice(), life.invoice("subscription_cycle")]);
                0
            }
            Story::PaysOneOff => {
                self.bodies.extend([life.pays_invoice(), life.invoice("manual")]);
                life.amount
            }
        };
        let expected = self.expected.entry((life.mode, life.customer.clone())).or_default();
        let points = kept.saturating_mul(life.factor).checked_div(100).unwrap_or(0);
        expected.balance = expected.balance.saturating_add(points);
        expected.lifetime_minor = expected.lifetime_minor.saturating_add(kept);
    }
}

/// One payment.
struct Life {
    payment: String,
    mode: Mode,
    customer: String,
    amount: i64,
    factor: i64,
}

impl Life {
    fn event(&self, tag: Tag, kind: &str, number: i64, object: &str) -> Body {
        let created = START_SECONDS.saturating_add(number);
        let livemode = self.mode == Mode::Live;
        let id = format!("evt_{}_{}_{number}", self.payment, kind.replace('.', "_"));
        let text = format!(
            r#"{{"id":"{id}","object":"event","type":"{kind}","created":{created},"livemode":{livemode},"api_version":"2025-09-30.clover","data":{{"object":{object}}}}}"#
        );
        Body { text, tag, payment: self.payment.clone(), created }
    }

    /// A payment as the API tells it since 2025-03-31; one that is sure to be one-time is told in the older way.
    fn paid(&self, is_one_time: bool) -> Body {
        let flag = match self.factor {
            2 => r#""paybus_premium":"true""#,
            3 => r#""paybus_promotion":"true""#,
            _ => "",
        };
        let invoice = if is_one_time { r#""invoice":null,"# } else { "" };
        let object = format!(
            r#"{{"id":"{}","object":"payment_intent","amount":{amount},"amount_received":{amount},"currency":"usd","customer":"{}",{invoice}"metadata":{{{flag}}},"status":"succeeded"}}"#,
            self.payment,
            self.customer,
            amount = self.amount,
        );
        let mut body = self.event(Tag::Payment, "payment_intent.succeeded", 0, &object);
        if is_one_time {
            body.text = body.text.replace("2025-09-30.clover", "2024-06-20");
        }
        body
    }

    fn refunded(&self, number: i64, so_far: i64) -> Body {
        let object = format!(
            r#"{{"id":"ch_{payment}","object":"charge","amount":{},"amount_refunded":{so_far},"currency":"usd","payment_intent":"{payment}","customer":null,"refunded":false}}"#,
            self.amount,
            payment = self.payment,
        );
        self.event(Tag::Refund, "charge.refunded", number, &object)
    }

    fn refund(&self, number: i64, amount: i64, status: &str) -> Body {
        let object = format!(
            r#"{{"id":"re_{payment}","object":"refund","amount":{amount},"currency":"usd","charge":"ch_{payment}","payment_intent":"{payment}","status":"{status}"}}"#,
            payment = self.payment,
        );
        let (tag, kind) =
            if status == "failed" { (Tag::RefundFailed, "refund.failed") } else { (Tag::Refund, "refund.created") };
        self.event(tag, kind, number, &object)
    }

    fn disputed(&self, number: i64, status: &str) -> Body {
        let object = format!(
            r#"{{"id":"dp_{payment}","object":"dispute","amount":{},"currency":"usd","charge":"ch_{payment}","payment_intent":"{payment}","status":"{status}","reason":"fraudulent"}}"#,
            self.amount,
            payment = self.payment,
        );
        let is_open = status == "needs_response";
        let (tag, kind) =
            if is_open { (Tag::Dispute, "charge.dispute.created") } else { (Tag::DisputeEnd, "charge.dispute.closed") };
        self.event(tag, kind, number, &object)
    }

    fn pays_invoice(&self) -> Body {
        let object = format!(
            r#"{{"id":"inpay_{payment}","object":"invoice_payment","invoice":"in_{payment}","amount_paid":{},"currency":"usd","status":"paid","payment":{{"type":"payment_intent","payment_intent":"{payment}"}}}}"#,
            self.amount,
            payment = self.payment,
        );
        self.event(Tag::Link, "invoice_payment.paid", 1, &object)
    }

    /// The invoice, which says what it was made for.
    fn invoice(&self, reason: &str) -> Body {
        let parent = if reason == "manual" {
            "null".to_owned()
        } else {
            format!(
                r#"{{"type":"subscription_details","subscription_details":{{"subscription":"sub_{}"}}}}"#,
                self.payment
            )
        };
        let object = format!(
            r#"{{"id":"in_{payment}","object":"invoice","customer":"{}","currency":"usd","amount_due":{amount},"amount_paid":{amount},"amount_remaining":0,"status":"paid","billing_reason":"{reason}","parent":{parent}}}"#,
            self.customer,
            payment = self.payment,
            amount = self.amount,
        );
        self.event(Tag::Invoice, "invoice.paid", 2, &object)
    }
}
