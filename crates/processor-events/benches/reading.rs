//! How long reading an event takes and how much it allocates, beside `serde_json::Value` of the same bytes.
//!
//! `cargo bench -p processor-events` prints both for each sample: time per event, events a second, bytes allocated per event.
//! The samples are compact, as EventBridge delivers them.

#![expect(clippy::unwrap_used, reason = "a bench without its samples may panic")]

use std::{fs, path::Path};

use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use processor_events::{ReadOptions, read};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// One of every family of events, and more of those that come most.
const SAMPLES: [&str; 19] = [
    "charge.dispute.created/fraudulent",
    "charge.refunded/partial",
    "charge.succeeded/charge_without_payment_intent",
    "checkout.session.completed/payment",
    "customer.source.expiring/legacy_card",
    "customer.subscription.updated/past_due_acacia",
    "customer.updated/new_email",
    "dispute_received/current_form",
    "invoice.paid/subscription_cycle",
    "invoice.payment_failed/first_attempt",
    "invoice.upcoming/renewal_in_seven_days",
    "invoice_payment.paid/settles_basil_payment",
    "not_for_us/known_type",
    "payment_captured/without_customer",
    "payment_intent.payment_failed/insufficient_funds",
    "payment_intent.succeeded/dahlia_unknown_one_time",
    "payment_intent.succeeded/version_2020_embedded_charges",
    "payment_method.attached/card",
    "refund.created/pending",
];

fn main() {
    divan::main();
}

/// The sample without white space, as it travels.
fn body(sample: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(format!("{sample}.json"));
    let event: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    event.to_string()
}

#[divan::bench(args = SAMPLES)]
fn paybus_read(bencher: Bencher<'_, '_>, sample: &str) {
    let (body, options) = (body(sample), ReadOptions::default());
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| drop(black_box(read(black_box(&body), &options))));
}

#[divan::bench(args = SAMPLES)]
fn serde_json_value(bencher: Bencher<'_, '_>, sample: &str) {
    let body = body(sample);
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| drop(black_box(serde_json::from_str::<Value>(black_box(&body)))));
}
