//! A payment made of fuzzed values, against a model of the rules.
#![no_main]

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use processor_events::{Fact, ReadOptions, Reading, event::Answer, read};
use serde_json::{Value, json};

#[derive(Debug, Arbitrary)]
enum Field {
    Missing,
    Null,
    Number(i64),
    Fraction(i32),
    Text(String),
    Flag(bool),
}

impl Field {
    fn put(&self, object: &mut Value, key: &str) {
        let value = match self {
            Self::Missing => return,
            Self::Null => Value::Null,
            Self::Number(number) => json!(number),
            Self::Fraction(number) => json!(f64::from(*number) + 0.5),
            Self::Text(text) => json!(text),
            Self::Flag(flag) => json!(flag),
        };
        object[key] = value;
    }

    fn is_absent(&self) -> bool {
        // An empty text counts as nothing.
        matches!(self, Self::Missing | Self::Null) || matches!(self, Self::Text(text) if text.is_empty())
    }

    fn is_id(&self) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        matches!(self, Self::Text(text) if !text.is_empty() && text.len() <= 255 && text.chars().all(allowed))
    }

    fn is_currency(&self) -> bool {
        matches!(self, Self::Text(text) if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
    }
}

#[derive(Debug, Arbitrary)]
struct Payment {
    id: Field,
    amount: Field,
    currency: Field,
    customer: Field,
    invoice: Field,
}

impl Payment {
    fn body(&self) -> String {
        let mut object = json!({"object": "payment_intent"});
        self.id.put(&mut object, "id");
        self.amount.put(&mut object, "amount_received");
        self.currency.put(&mut object, "currency");
        self.customer.put(&mut object, "customer");
        self.invoice.put(&mut object, "invoice");
        json!({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1, "livemode": true,
            "api_version": "2024-06-20", "data": {"object": object}})
        .to_string()
    }

    /// The amount and whether it is one-time, if all rules are kept.
    fn model(&self) -> Option<(i64, Answer)> {
        let optional_id = |field: &Field| field.is_absent() || field.is_id();
        let Field::Number(amount @ 0..) = self.amount else { return None };
        let sound =
            self.id.is_id() && self.currency.is_currency() && optional_id(&self.customer) && optional_id(&self.invoice);
        let answer = match &self.invoice {
            Field::Missing => Answer::Unknown,
            invoice if invoice.is_absent() => Answer::Yes,
            _ => Answer::No,
        };
        sound.then_some((amount, answer))
    }
}

fuzz_target!(|payment: Payment| {
    let found = match read(&payment.body(), &ReadOptions::default()) {
        Reading::Event(event) => match event.fact {
            Fact::PaymentSucceeded(read) => Some((read.amount.amount_minor, read.one_time.answer)),
            other => panic!("read as {other:?}"),
        },
        Reading::Malformed(_) => None,
        other => panic!("read as {other:?}"),
    };
    assert_eq!(found, payment.model());
});
