#![expect(clippy::arithmetic_side_effects, reason = "seconds near a fixed start and small numbers cannot overflow")]

use futures_executor::block_on;
use processor_events::event::Mode;

use super::*;
use crate::emulator::with_table;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

fn live() -> Scope {
    Scope { mode: Mode::Live, account: None }
}

fn key(notice: &str) -> NoticeKey {
    NoticeKey::new(live(), notice).unwrap()
}

fn owner(name: &str) -> ClaimOwner {
    ClaimOwner::new("request", name)
}

fn sent(message_id: &str) -> ChannelState {
    ChannelState::Sent { message_ids: vec![message_id.to_owned()], at: at(1) }
}

fn skipped() -> ChannelState {
    ChannelState::Skipped { reason: "no_device".to_owned(), at: at(1) }
}

fn results(email: ChannelState, push: ChannelState) -> BTreeMap<Channel, ChannelState> {
    BTreeMap::from([(Channel::Email, email), (Channel::Push, push)])
}

struct Check<'a, D>(&'a D);

impl<D: Deliveries> Check<'_, D> {
    async fn claim(&self, notice: &str, name: &str, second: i64) -> ClaimAnswer {
        self.0.claim(&key(notice), &owner(name), at(second), at(second + 15)).await.unwrap()
    }

    async fn claimed(&self, notice: &str, name: &str, second: i64) -> Claim {
        match self.claim(notice, name, second).await {
            ClaimAnswer::Claimed(claim) => claim,
            other => panic!("{notice} is not claimed: {other:?}"),
        }
    }

    async fn record(&self, claim: &Claim, results: &BTreeMap<Channel, ChannelState>) -> RecordAnswer {
        self.0.record(claim, results, at(1)).await.unwrap()
    }
}

async fn deliveries_keep_the_contract(deliveries: &(impl Deliveries + Begun)) {
    let it = Check(deliveries);

    // A notice has been begun once it is claimed, and stays so.
    let of = |notices: &[&str]| notices.iter().map(|notice| key(notice)).collect::<BTreeSet<_>>();
    let asked = of(&["begun", "ended", "unheard"]);
    assert_eq!(deliveries.begun(&asked).await.unwrap(), of(&[]));
    it.claimed("begun", "a", 0).await;
    let ended = it.claimed("ended", "a", 0).await;
    it.record(&ended, &results(sent("1"), skipped())).await;
    assert_eq!(deliveries.begun(&asked).await.unwrap(), of(&["begun", "ended"]));

    // The first claim finds every channel untouched; a second owner has to wait for the lease, not longer.
    let claim = it.claimed("lease", "a", 0).await;
    assert_eq!(claim.state(Channel::Email), ChannelState::untouched());
    assert_eq!(it.claim("lease", "b", 14).await, ClaimAnswer::Busy);
    it.claimed("lease", "b", 15).await;

    // The owner that lost its lease cannot record any more; the new one can.
    assert_eq!(it.record(&claim, &results(sent("lost"), skipped())).await, RecordAnswer::LeaseLost);
    let claim = it.claimed("lease", "b", 16).await;
    assert_eq!(it.record(&claim, &results(sent("m"), skipped())).await, RecordAnswer::Recorded);

    // A lease that ended without a new claim still belongs to its owner.
    let claim = it.claimed("slow", "a", 0).await;
    assert_eq!(it.record(&claim, &results(sent("m"), skipped())).await, RecordAnswer::Recorded);

    // Settled stays settled, for everybody.
    assert_eq!(it.claim("slow", "a", 100).await, ClaimAnswer::Settled);
    assert_eq!(it.claim("slow", "b", 100).await, ClaimAnswer::Settled);

    // Claiming and recording once more, as after a lost answer, changes nothing.
    it.claimed("again", "a", 0).await;
    let claim = it.claimed("again", "a", 1).await;
    let both = results(sent("m"), skipped());
    assert_eq!(it.record(&claim, &both).await, RecordAnswer::Recorded);
    assert_eq!(it.record(&claim, &both).await, RecordAnswer::Recorded);

    // Only what is open is claimed again, at once, and it remembers what was reached.
    let failed = ChannelState::Open {
        reached: BTreeSet::from(["phone".to_owned()]),
        last_failure: Some("ServiceUnavailable".to_owned()),
    };
    let claim = it.claimed("partly", "a", 0).await;
    it.record(&claim, &results(sent("m"), failed.clone())).await;
    let claim = it.claimed("partly", "b", 1).await;
    assert_eq!(claim.state(Channel::Email), sent("m"));
    assert_eq!(claim.state(Channel::Push), failed);
    let push =
        BTreeMap::from([(Channel::Push, ChannelState::Failed { reason: "InvalidParameter".to_owned(), at: at(2) })]);
    assert_eq!(it.record(&claim, &push).await, RecordAnswer::Recorded);
    assert_eq!(it.claim("partly", "c", 3).await, ClaimAnswer::Settled);

    // A channel that nothing was said about keeps the notice open.
    let claim = it.claimed("half", "a", 0).await;
    it.record(&claim, &BTreeMap::from([(Channel::Email, sent("m"))])).await;
    assert_eq!(it.claimed("half", "b", 1).await.channels, BTreeMap::from([(Channel::Email, sent("m"))]));

    // Live and test, and connected accounts, never meet.
    let account = Some("acct_1".to_owned().try_into().unwrap());
    for scope in [Scope { mode: Mode::Test, account: None }, Scope { mode: Mode::Live, account }] {
        let key = NoticeKey::new(scope, "slow").unwrap();
        let answer = deliveries.claim(&key, &owner("a"), at(0), at(15)).await.unwrap();
        assert!(matches!(answer, ClaimAnswer::Claimed(_)), "{key:?}");
    }
}

fn entry(notice: &str, second: i64) -> OutboxEntry {
    OutboxEntry {
        key: key(notice),
        message: "payment_failed".to_owned(),
        customer: Some("cus_1".to_owned().try_into().unwrap()),
        occurred_at: at(second),
        kept_at: at(second + 1),
        email: Some(Personal::new(OutboxEmail {
            to: "ada@example.com".to_owned(),
            subject: "Your payment".to_owned(),
            text: "Dear Ada".to_owned(),
            html: "<p>Dear Ada</p>".to_owned(),
        })),
        push: Some(Personal::new(OutboxPush {
            devices: vec!["phone".to_owned()],
            title: "Payment".to_owned(),
            body: "failed".to_owned(),
        })),
    }
}

async fn the_outbox_keeps_the_contract(outbox: &impl Outbox) {
    let (today, tomorrow) = (entry("b", 0), entry("a", 86_400));
    assert!(outbox.keep(&today).await.unwrap());
    assert!(outbox.keep(&tomorrow).await.unwrap());

    // The first content stays.
    assert!(!outbox.keep(&OutboxEntry { message: "other".to_owned(), ..today.clone() }).await.unwrap());

    // Entries of a day, sorted by notice, whole; an entry needs neither email nor push.
    let bare = OutboxEntry { customer: None, email: None, push: None, ..entry("a", 1) };
    assert!(outbox.keep(&bare).await.unwrap());
    assert_eq!(outbox.of_day(&live(), day_of(at(0))).await.unwrap(), [bare, today]);
    assert_eq!(outbox.of_day(&live(), day_of(at(86_400))).await.unwrap(), [tomorrow]);
    assert_eq!(outbox.of_day(&live(), day_of(at(-86_400))).await.unwrap(), []);
    let test = Scope { mode: Mode::Test, account: None };
    assert_eq!(outbox.of_day(&test, day_of(at(0))).await.unwrap(), []);
}

#[test]
fn the_memory_keeps_the_contract_of_deliveries() {
    block_on(deliveries_keep_the_contract(&InMemoryDeliveries::default()));
}

#[test]
fn the_table_keeps_the_contract_of_deliveries() {
    with_table(async |database, table| deliveries_keep_the_contract(&DynamoDeliveries::new(database, table)).await);
}

#[test]
fn the_memory_keeps_the_contract_of_the_outbox() {
    block_on(the_outbox_keeps_the_contract(&InMemoryDeliveries::default()));
}

#[test]
fn the_table_keeps_the_contract_of_the_outbox() {
    with_table(async |database, table| the_outbox_keeps_the_contract(&DynamoDeliveries::new(database, table)).await);
}

#[test]
fn a_notice_key_has_a_length_that_fits_a_sort_key() {
    for (length, fits) in [(0, false), (1, true), (MAX_NOTICE_LENGTH, true), (MAX_NOTICE_LENGTH + 1, false)] {
        assert_eq!(NoticeKey::new(live(), "x".repeat(length)).is_ok(), fits, "{length}");
    }
}

#[test]
fn an_entry_does_not_show_personal_data() {
    let shown = format!("{:?}", entry("a", 0));
    assert!(!shown.to_lowercase().contains("ada"), "{shown}");
}
