use access::{
    Decline, Outward, Policy, Signal, Standing, Subject,
    signal::{Card, Demand, SignalKind},
};
use futures_executor::block_on;
use jiff::Timestamp;
use processor_events::{
    Currency,
    event::{Mode, Processor},
    ids::{AccountId, CustomerId, InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
};

use super::*;
use crate::{Scope, emulator::with_table};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-09-01T12:00:00Z")
}

fn customer(id: &str) -> CustomerKey {
    CustomerKey { scope: Scope { mode: Mode::Live, account: None }, customer: CustomerId::new(id).unwrap() }
}

fn of_account(id: &str) -> CustomerKey {
    let scope = Scope { mode: Mode::Live, account: Some(AccountId::new("acct_1").unwrap()) };
    CustomerKey { scope, ..customer(id) }
}

fn subject(key: &CustomerKey) -> Subject {
    Subject {
        processor: Processor::Stripe,
        livemode: key.scope.mode == Mode::Live,
        account: key.scope.account.clone(),
        customer: key.customer.clone(),
    }
}

/// One signal of every kind, so that every attribute is written.
fn everything() -> Vec<Signal> {
    let invoice = || InvoiceId::new("in_1").unwrap();
    let subscription = || SubscriptionId::new("sub_1").unwrap();
    let method = || PaymentMethodId::new("pm_1").unwrap();
    let card = Card { expires: "2026-09".parse().unwrap(), brand: Some("visa".into()), last4: Some("4242".into()) };
    let pay_url = Some("https://invoice.stripe.com/i/1".to_owned());
    let demand = Demand { amount_minor: i64::MAX, currency: Currency::USD, pay_url };
    let kinds = [
        SignalKind::InvoiceFailed {
            invoice: invoice(),
            subscription: Some(subscription()),
            attempt: 2,
            is_final: true,
            is_first: false,
            demand,
        },
        SignalKind::InvoiceDeclined { invoice: invoice(), decline: Decline::Hard },
        SignalKind::InvoicePaid { invoice: InvoiceId::new("in_2").unwrap(), subscription: None, is_free: false },
        SignalKind::InvoiceClosed { invoice: InvoiceId::new("in_3").unwrap() },
        SignalKind::PaymentFailed {
            payment: PaymentId::new("pi_1").unwrap(),
            decline: Decline::AuthenticationRequired,
        },
        SignalKind::PaymentSucceeded,
        SignalKind::MethodPresent { method: method(), card: Some(card) },
        SignalKind::MethodRemoved { method: PaymentMethodId::new("pm_2").unwrap() },
        SignalKind::Subscription { subscription: subscription(), standing: Standing::PastDue },
        SignalKind::Subscription { subscription: subscription(), standing: Standing::Good },
    ];
    kinds.into_iter().map(|kind| Signal { at: noon(), kind }).collect()
}

async fn access_keeps_the_contract(store: &(impl AccessReader + AccessWriter + ExpiryIndex)) {
    // Nobody is known at first.
    let key = customer("cus_a");
    assert_eq!(store.load(&key).await.unwrap(), None);

    // What is saved is read back, with all it holds.
    let mut record = Record::new(subject(&key));
    record.advance(&everything(), &Policy::standard(), noon(), Outward::Emit);
    record.advance(&[], &Policy::standard(), noon(), Outward::Record);
    record.reminder_at = Some(noon());
    assert!(!record.outbox.is_empty() && !record.held_back.is_empty());
    assert_eq!(store.save(&key, &record).await.unwrap(), SaveAnswer::Saved);
    let stored = store.load(&key).await.unwrap().unwrap();
    assert_eq!(stored, Record { version: 1, ..record.clone() });

    // A write that was decided on an older record is refused, and changes nothing.
    assert_eq!(store.save(&key, &record).await.unwrap(), SaveAnswer::Conflict);
    assert_eq!(store.load(&key).await.unwrap().unwrap(), stored);
    assert_eq!(store.save(&key, &Record { outbox: Vec::new(), ..stored }).await.unwrap(), SaveAnswer::Saved);
    let stored = store.load(&key).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.outbox), (2, Vec::new()));

    // Worlds do not meet.
    let test = CustomerKey { scope: Scope { mode: Mode::Test, account: None }, ..customer("cus_a") };
    assert_eq!(store.load(&test).await.unwrap(), None);
    assert_eq!(store.load(&of_account("cus_a")).await.unwrap(), None);

    // Forgotten is forgotten, as often as one likes; a record of before does not come back.
    store.forget(&key).await.unwrap();
    store.forget(&key).await.unwrap();
    assert_eq!(store.load(&key).await.unwrap(), None);
    assert_eq!(store.save(&key, &Record { version: 2, ..record }).await.unwrap(), SaveAnswer::Conflict);
}

async fn the_index_of_months_keeps_the_contract(index: &impl ExpiryIndex) {
    let live = Mode::Live;
    let [september, october] = ["2026-09", "2026-10"].map(|month| month.parse().unwrap());
    let entry = |key: &CustomerKey| ExpiryEntry { key: key.clone(), processor: Processor::Stripe };
    assert_eq!(index.due(live, september, None, 10).await.unwrap(), []);
    let test = CustomerKey { scope: Scope { mode: Mode::Test, account: None }, ..customer("cus_a") };
    for key in [&customer("cus_a"), &customer("cus_a"), &of_account("cus_a"), &customer("cus_b"), &test] {
        index.note(september, &entry(key)).await.unwrap();
    }
    index.note(october, &entry(&customer("cus_c"))).await.unwrap();

    let due = index.due(live, september, None, 10).await.unwrap();
    assert_eq!(due.len(), 3, "{due:?}");
    for key in [customer("cus_a"), of_account("cus_a"), customer("cus_b")] {
        assert!(due.contains(&entry(&key)), "{due:?}");
    }
    let page = index.due(live, september, None, 2).await.unwrap();
    assert_eq!(page, due[..2]);
    assert_eq!(index.due(live, september, page.last().map(|entry| &entry.key), 2).await.unwrap(), due[2..]);
    assert_eq!(index.due(live, october, None, 10).await.unwrap(), [entry(&customer("cus_c"))]);

    index.settle(september, &customer("cus_a")).await.unwrap();
    index.settle(september, &customer("cus_a")).await.unwrap();
    let due = index.due(live, september, None, 10).await.unwrap();
    assert!(due.len() == 2 && !due.contains(&entry(&customer("cus_a"))), "{due:?}");
}

#[test]
fn the_memory_keeps_the_contract_of_access() {
    let store = InMemoryAccess::default();
    block_on(access_keeps_the_contract(&store));
    block_on(the_index_of_months_keeps_the_contract(&store));
}

#[test]
fn the_table_keeps_the_contract_of_access() {
    with_table(async |database, table| {
        let store = DynamoAccess::new(database, table);
        access_keeps_the_contract(&store).await;
        the_index_of_months_keeps_the_contract(&store).await;
    });
}
