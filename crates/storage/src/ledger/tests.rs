use futures_executor::block_on;
use loyalty::{
    Happened, PaymentEvent, Points, Program, Purchase, Snapshot, decide,
    event::{Dispute, DisputeStatus, InvoiceKind, InvoiceLink, KnownInvoice, Receipt, Refund, RefundStatus, Unclaimed},
};
use processor_events::{
    Currency, Money,
    event::{Mode, Processor},
    ids::{CaptureId, DisputeId, EventId, InvoiceId, PaymentId, RefundId},
};

use super::*;
use crate::emulator::{with_indexed_table, with_table};

fn live() -> Scope {
    Scope { mode: Mode::Live, account: None }
}

fn customer() -> CustomerId {
    CustomerId::new("cus_1").unwrap()
}

fn payment(id: &str) -> PaymentKey {
    PaymentKey { processor: Processor::Stripe, id: PaymentId::new(id).unwrap() }
}

fn usd(amount_minor: i64) -> Money {
    Money::new(amount_minor, Currency::USD)
}

fn event(payment_id: &str, happened: Happened) -> PaymentEvent {
    PaymentEvent {
        id: EventId::new("evt_1").unwrap(),
        occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
        payment: payment(payment_id),
        happened,
    }
}

fn paid(payment_id: &str, amount_minor: i64) -> PaymentEvent {
    let metadata = BTreeMap::new();
    event(
        payment_id,
        Happened::Paid(Purchase { customer: customer(), amount: usd(amount_minor), in_doubt: true, metadata }),
    )
}

/// A program that uses every part of the items: caps, milestones, tiers.
fn program() -> Program {
    let mut document = Program::default().document().clone();
    document.earning.cap_per_payment = Some(Points(100_000));
    document.earning.cap_per_day = Some(loyalty::program::DailyCap { points: Points(50_000), utc_offset_minutes: 60 });
    Program::new(document).unwrap()
}

struct Check<'a, L>(&'a L);

impl<L: Ledger> Check<'_, L> {
    async fn snapshot(&self, payments: &[&str]) -> Snapshot {
        let scope = live();
        let mut keys = BTreeSet::from([LedgerKey::Account(live(), customer())]);
        keys.extend(payments.iter().map(|id| LedgerKey::Payment(live(), payment(id))));
        let loaded = self.0.read(&keys).await.unwrap();
        let states = payments.iter().map(|id| (payment(id), loaded.payment(&scope, &payment(id)).unwrap()));
        Snapshot { account: loaded.account(&scope, &customer()).unwrap(), payments: states.collect() }
    }

    async fn plan(&self, payments: &[&str], events: &[PaymentEvent]) -> Plan {
        let decision = decide(&program(), Some(&customer()), &self.snapshot(payments).await, events);
        assert!(decision.verdicts.iter().all(Result::is_ok), "{:?}", decision.verdicts);
        decision.plan
    }

    async fn commit(&self, plan: &Plan) -> CommitAnswer {
        self.0.commit(&live(), plan).await.unwrap()
    }
}

fn is_committed(answer: CommitAnswer) -> bool {
    matches!(answer, CommitAnswer::Committed(_))
}

async fn facts_wait_without_a_customer<L: Ledger>(it: &Check<'_, L>) {
    // Facts about a payment nobody has told of yet need no customer.
    let early = decide(&program(), None, &Snapshot::default(), &[event("pi_4", Happened::RefundedSoFar(usd(300)))]);
    assert!(is_committed(it.commit(&early.plan).await));
    assert_eq!(it.snapshot(&["pi_4"]).await.payments.get(&payment("pi_4")), early.plan.payments.get(&payment("pi_4")));

    // So does money that waits for the word who pays, and that word.
    let received = |capture: Option<&str>| {
        let unclaimed = Unclaimed {
            event: EventId::new("evt_2").unwrap(),
            occurred_at: "2026-08-01T12:00:00Z".parse().unwrap(),
            amount: usd(700),
            metadata: BTreeMap::from([("paybus_category".to_owned(), "books".to_owned())]),
            is_for_invoice: capture.is_none(),
        };
        let capture = capture.map(|id| CaptureId::new(id).unwrap());
        Happened::Received(Receipt { payer: None, capture, invoice: None, unclaimed })
    };
    let waiting = [
        ("pi_5", vec![received(None)]),
        ("pi_6", vec![Happened::Approved(customer())]),
        ("pi_7", vec![received(Some("act_1")), received(Some("act_2"))]),
    ];
    for (id, happened) in waiting {
        let events: Vec<_> = happened.into_iter().map(|happened| event(id, happened)).collect();
        let waiting = decide(&program(), None, &Snapshot::default(), &events);
        assert!(is_committed(it.commit(&waiting.plan).await));
        assert_eq!(it.snapshot(&[id]).await.payments.get(&payment(id)), waiting.plan.payments.get(&payment(id)));
    }
    let claimed = it.plan(&["pi_7"], &[event("pi_7", Happened::Approved(customer()))]).await;
    assert!(is_committed(it.commit(&claimed).await));
    assert_eq!(it.snapshot(&["pi_7"]).await.payments, claimed.payments);
}

async fn ledgers_keep_the_contract(ledger: &impl Ledger) {
    let it = Check(ledger);

    // What nobody wrote is not there.
    assert_eq!(it.snapshot(&["pi_1"]).await.account, Account::default());

    // A plan is read back as it was written, every field of it.
    let first = it.plan(&["pi_1"], &[paid("pi_1", 123_456)]).await;
    assert!(is_committed(it.commit(&first).await));
    let after = it.snapshot(&["pi_1"]).await;
    assert_eq!(Some(&after.account), first.account.as_ref());
    assert_eq!(after.payments.get(&payment("pi_1")), first.payments.get(&payment("pi_1")));
    let award = LedgerKey::Entry(live(), Subject::Payment(payment("pi_1")), "award".to_owned());
    let stored = ledger.read(&BTreeSet::from([award.clone()])).await.unwrap().entry(&award).unwrap().unwrap();
    assert_eq!(stored, StoredEntry { entry: first.entries[0].clone(), engaged: false });

    // The same plan again loses: the versions have moved on. Nothing changes.
    assert_eq!(it.commit(&first).await, CommitAnswer::LostRace);
    assert_eq!(it.snapshot(&["pi_1"]).await, after);

    // Two plans from one snapshot: the first wins, the second loses as a whole.
    let left = it.plan(&["pi_2"], &[paid("pi_2", 1000)]).await;
    let right = it.plan(&["pi_3"], &[paid("pi_3", 2000)]).await;
    assert!(is_committed(it.commit(&left).await));
    assert_eq!(it.commit(&right).await, CommitAnswer::LostRace);
    assert_eq!(it.snapshot(&["pi_3"]).await.payments.get(&payment("pi_3")), Some(&PaymentState::default()));

    // Facts of every kind survive the way through the table.
    let facts = [
        Happened::RefundedSoFar(usd(500)),
        Happened::Refund(Refund {
            id: RefundId::new("re_1").unwrap(),
            amount: usd(250),
            status: RefundStatus::Pending,
        }),
        Happened::Dispute(Dispute {
            id: DisputeId::new("dp_1").unwrap(),
            amount: Some(usd(100)),
            status: DisputeStatus::Open,
        }),
        Happened::Dispute(Dispute {
            id: DisputeId::new("dp_2").unwrap(),
            amount: None,
            status: DisputeStatus::Inquiry,
        }),
        Happened::PaysInvoice(InvoiceLink { invoice: InvoiceId::new("in_1").unwrap(), kind: None }),
    ];
    let known = KnownInvoice { kind: InvoiceKind::OneOff, customer: customer(), payment: None };
    let events = facts.into_iter().map(|happened| event("pi_1", happened));
    let events: Vec<_> = events.chain([event("in_1", Happened::InvoiceKnown(known))]).collect();
    let corrections = it.plan(&["pi_1", "in_1"], &events).await;
    assert!(is_committed(it.commit(&corrections).await));
    let after = it.snapshot(&["pi_1", "in_1"]).await;
    assert_eq!(after.payments, corrections.payments);
    assert_eq!(Some(&after.account), corrections.account.as_ref());
    for entry in &corrections.entries {
        let key = LedgerKey::Entry(live(), entry.subject.clone(), entry.effect.clone());
        let stored = ledger.read(&BTreeSet::from([key.clone()])).await.unwrap().entry(&key).unwrap().unwrap();
        assert_eq!(stored.entry, *entry);
    }

    facts_wait_without_a_customer(&it).await;

    // The other mode is another world.
    let test = Scope { mode: Mode::Test, account: None };
    let loaded = ledger.read(&BTreeSet::from([LedgerKey::Account(test.clone(), customer())])).await.unwrap();
    assert_eq!(loaded.account(&test, &customer()).unwrap(), Account::default());

    // Engaged is noted once and for all; on an entry that is not there it is nothing.
    for _ in 0..2 {
        ledger.mark_engaged(&award).await.unwrap();
    }
    let missing = LedgerKey::Entry(live(), Subject::Payment(payment("pi_9")), "award".to_owned());
    ledger.mark_engaged(&missing).await.unwrap();
    let loaded = ledger.read(&BTreeSet::from([award.clone(), missing.clone()])).await.unwrap();
    assert!(loaded.entry(&award).unwrap().unwrap().engaged);
    assert_eq!(loaded.entry(&missing).unwrap(), None);

    // More items than a transaction can hold are refused, before anything is written; exactly as many are taken.
    let names: Vec<String> = (0..51).map(|number| format!("pi_many_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let payments: Vec<_> = names.iter().map(|name| paid(name, 100)).collect();
    let too_large = it.plan(&names, &payments).await;
    let refused = ledger.commit(&live(), &too_large).await;
    assert!(matches!(refused, Err(StorageError::Refused { .. })), "{refused:?}");
    let largest = it.plan(&names[..49], &payments[..49]).await;
    assert!(is_committed(it.commit(&largest).await));

    // More keys than one call takes are read in several.
    let many: BTreeSet<_> =
        (0..130).map(|number| LedgerKey::Payment(live(), payment(&format!("pi_many_{number}")))).collect();
    let loaded = ledger.read(&many).await.unwrap();
    let known = (0..130).filter(|number| {
        loaded.payment(&live(), &payment(&format!("pi_many_{number}"))).unwrap() != PaymentState::default()
    });
    assert_eq!(known.count(), 49);
}

#[test]
fn the_ledger_in_memory_keeps_the_contract() {
    block_on(ledgers_keep_the_contract(&InMemoryLedger::default()));
}

#[test]
fn the_ledger_in_dynamodb_keeps_the_contract() {
    with_table(async |database, table| ledgers_keep_the_contract(&DynamoLedger::new(database, table)).await);
}

#[test]
fn a_corrupt_payment_fails_alone_and_is_named() {
    let key = LedgerKey::Payment(live(), payment("pi_1"));
    let mut item =
        items::write_payment(&live(), &payment("pi_1"), &PaymentState { version: 1, ..PaymentState::default() });
    item.remove("points");
    let corrupt = items::read_item(&key, &item).unwrap_err();
    assert_eq!(
        corrupt.to_string(),
        "the item live#payment#stripe:pi_1/state of the ledger table is corrupt: attribute points is missing"
    );
}

/// Five payments, some in the same second, beside one of another mode.
async fn histories_keep_the_contract(ledger: &(impl Ledger + History + HistoryPages)) {
    let check = Check(ledger);
    for number in 1..=5 {
        let id = format!("pi_{number}");
        let mut event = paid(&id, 1_000);
        event.occurred_at = event.occurred_at.checked_add(jiff::SignedDuration::from_secs(number / 2)).unwrap();
        let plan = check.plan(&[&id], &[event]).await;
        assert!(is_committed(check.commit(&plan).await));
    }
    let test = Scope { mode: Mode::Test, account: None };
    let other = decide(&program(), Some(&customer()), &Snapshot::default(), &[paid("pi_6", 1_000)]);
    assert!(is_committed(ledger.commit(&test, &other.plan).await.unwrap()));

    let whole = ledger.latest(&live(), &customer(), 10).await.unwrap();
    assert_eq!(whole.len(), 5, "entries of this mode alone, and no accounts or payments");
    assert!(whole.windows(2).all(|pair| pair[0].occurred_at >= pair[1].occurred_at), "{whole:?}");
    assert_eq!(ledger.latest(&live(), &customer(), 2).await.unwrap(), whole[..2]);
    assert_eq!(ledger.latest(&test, &customer(), 10).await.unwrap().len(), 1);
    let stranger = CustomerId::new("cus_2").unwrap();
    assert_eq!(ledger.latest(&live(), &stranger, 10).await.unwrap(), []);

    let (mut from, mut parts) = (None, Vec::new());
    loop {
        let page = ledger.page(&live(), &customer(), from.as_ref(), 2).await.unwrap();
        assert!(page.entries.len() <= 2);
        parts.extend(page.entries);
        // The text is what a client gives back.
        from = page.next.map(|next| Cursor::from_text(&next.to_text()).unwrap());
        if from.is_none() {
            break;
        }
    }
    assert_eq!(parts.len(), 5);
    let mut subjects: Vec<_> = parts.iter().map(|entry| entry.subject.clone()).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 5, "each once: {parts:?}");
    assert!(parts.windows(2).all(|pair| pair[0].occurred_at >= pair[1].occurred_at), "newest first: {parts:?}");
}

#[test]
fn histories_in_memory_keep_the_contract() {
    block_on(histories_keep_the_contract(&InMemoryLedger::default()));
}

#[test]
fn histories_in_dynamodb_keep_the_contract() {
    // As the template makes the ledger table.
    with_indexed_table(Some(["customer-history", "customer", "occurred_at"]), async |database, table| {
        histories_keep_the_contract(&DynamoLedger::new(database, table)).await;
    });
}

#[test]
fn a_text_that_is_no_cursor_is_refused() {
    for text in ["", "0", "zz", "ü", "61", "610a62", "610a620a63", "610a620a630a64"] {
        assert_eq!(Cursor::from_text(text), Err(CursorError), "{text}");
    }
}
