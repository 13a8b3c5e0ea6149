#![expect(clippy::arithmetic_side_effects, reason = "seconds near a fixed start and small numbers cannot overflow")]

use futures_executor::block_on;
use processor_events::event::Mode;

use super::*;
use crate::emulator::with_table;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

fn customer(id: &str) -> CustomerKey {
    CustomerKey { scope: Scope { mode: Mode::Live, account: None }, customer: CustomerId::new(id).unwrap() }
}

fn source(second: i64, event: &str) -> SourceVersion {
    SourceVersion { occurred_at: at(second), event: EventId::new(event).unwrap() }
}

fn contact(name: &str) -> Contact {
    Contact {
        email: Some(Personal::new(format!("{name}@example.com"))),
        name: Some(Personal::new(name.to_owned())),
        phone: Some(Personal::new("+49301234".to_owned())),
        locales: vec!["de-DE".to_owned(), "en".to_owned()],
        time_zone: Some("Europe/Berlin".to_owned()),
    }
}

fn device(endpoint: &str) -> Device {
    Device { endpoint_arn: endpoint.to_owned(), platform: Platform::Fcm, registered_at: at(0), stale_since: None }
}

fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

struct Check<'a, C>(&'a C);

impl<C: Profiles + Devices + ProfileChanges> Check<'_, C> {
    async fn profile(&self, of: &str) -> Option<Profile> {
        self.0.profiles(&[customer(of)]).await.unwrap().remove(&customer(of)).map(Result::unwrap)
    }

    async fn set(&self, of: &str, second: i64, event: &str, contact: Contact) -> ChangeAnswer {
        self.0.change(&customer(of), &source(second, event), &ContactChange::Set(contact)).await.unwrap()
    }

    async fn erase(&self, of: &str, second: i64) -> ChangeAnswer {
        self.0.change(&customer(of), &source(second, "evt_deleted"), &ContactChange::Erase).await.unwrap()
    }

    async fn contact(&self, of: &str) -> Contact {
        self.profile(of).await.unwrap().contact
    }
}

async fn customers_keep_the_contract(customers: &(impl Profiles + Devices + ProfileChanges)) {
    use ChangeAnswer::{Applied, Outdated};
    let it = Check(customers);

    // Nobody is known at first, and asking for nobody is fine.
    assert_eq!(it.profile("cus_a").await, None);
    assert_eq!(customers.profiles(&[]).await.unwrap(), FoundProfiles::new());

    // A newer state replaces all of an older one, never the other way round.
    assert_eq!(it.set("cus_a", 5, "evt_2", contact("ada")).await, Applied);
    assert_eq!(it.set("cus_a", 4, "evt_9", contact("older")).await, Outdated);
    assert_eq!(it.set("cus_a", 5, "evt_2", contact("repeated")).await, Outdated);
    assert_eq!(it.contact("cus_a").await, contact("ada"));
    assert_eq!(it.set("cus_a", 6, "evt_1", Contact::default()).await, Applied);
    assert_eq!(it.profile("cus_a").await.unwrap().source, Some(source(6, "evt_1")));
    assert_eq!(it.contact("cus_a").await, Contact::default());

    // Of two states of one second the event id decides, in either order of arrival.
    for (first, second) in [("evt_1", "evt_2"), ("evt_2", "evt_1")] {
        let who = format!("cus_tie_{first}");
        it.set(&who, 5, first, contact(first)).await;
        it.set(&who, 5, second, contact(second)).await;
        assert_eq!(it.contact(&who).await, contact("evt_2"));
    }

    // Devices: registered, replaced, marked stale only by the endpoint they have, registered anew, removed.
    let (who, phone) = (customer("cus_d"), id("phone-1"));
    assert_eq!(customers.register(&who, &phone, &device("arn:1")).await.unwrap(), Applied);
    customers.register(&who, &phone, &device("arn:2")).await.unwrap();
    customers.register(&who, &id("tablet"), &device("arn:3")).await.unwrap();
    customers.mark_stale(&who, &phone, "arn:1", at(1)).await.unwrap();
    assert_eq!(it.profile("cus_d").await.unwrap().devices[&phone], device("arn:2"));
    customers.mark_stale(&who, &phone, "arn:2", at(1)).await.unwrap();
    assert_eq!(it.profile("cus_d").await.unwrap().devices[&phone].stale_since, Some(at(1)));
    customers.register(&who, &phone, &device("arn:2")).await.unwrap();
    assert_eq!(it.profile("cus_d").await.unwrap().devices[&phone].stale_since, None);
    customers.unregister(&who, &phone).await.unwrap();
    customers.unregister(&who, &phone).await.unwrap();
    customers.mark_stale(&who, &phone, "arn:2", at(1)).await.unwrap();
    let devices = it.profile("cus_d").await.unwrap().devices;
    assert_eq!(devices.keys().map(DeviceId::as_str).collect::<Vec<_>>(), ["tablet"]);
    customers.unregister(&customer("cus_never_seen"), &phone).await.unwrap();
    assert_eq!(it.profile("cus_never_seen").await, None);

    // Preferences and suppression stand beside the contact and survive its changes.
    let preferences = Preferences { email: false, push: true, muted_topics: vec!["offers".to_owned()] };
    let suppression = Suppression {
        address: Personal::new("ada@example.com".to_owned()),
        reason: SuppressionReason::Complained,
        at: at(2),
    };
    assert_eq!(customers.prefer(&who, &preferences).await.unwrap(), Applied);
    assert_eq!(customers.suppress(&who, &suppression).await.unwrap(), Applied);
    it.set("cus_d", 3, "evt_1", contact("dora")).await;
    let profile = it.profile("cus_d").await.unwrap();
    assert_eq!((profile.preferences, profile.suppression), (preferences.clone(), Some(suppression.clone())));
    assert_eq!((profile.contact, profile.devices.len()), (contact("dora"), 1));

    // A bounce is forgotten when a later mail reaches that address; a complaint is not.
    let late = customer("cus_l");
    let bounce = Suppression { reason: SuppressionReason::Bounced, ..suppression.clone() };
    let (address, other) = (bounce.address.clone(), Personal::new("other@example.com".to_owned()));
    assert_eq!(customers.lift(&late, &address, at(1)).await.unwrap(), Outdated);
    assert_eq!(customers.suppress(&late, &bounce).await.unwrap(), Applied);
    assert_eq!(customers.lift(&late, &address, at(2)).await.unwrap(), Outdated);
    assert_eq!(customers.lift(&late, &other, at(3)).await.unwrap(), Outdated);
    assert_eq!(it.profile("cus_l").await.unwrap().suppression, Some(bounce));
    assert_eq!(customers.lift(&late, &address, at(3)).await.unwrap(), Applied);
    assert_eq!(it.profile("cus_l").await.unwrap().suppression, None);
    assert_eq!(customers.lift(&who, &address, at(9)).await.unwrap(), Outdated);

    // Deletion removes everything personal, for good, however late a change arrives.
    assert_eq!(it.erase("cus_d", 4).await, Applied);
    assert_eq!(it.erase("cus_d", 4).await, Outdated);
    assert_eq!(it.set("cus_d", 9, "evt_9", contact("late")).await, Outdated);
    assert_eq!(customers.register(&who, &phone, &device("arn:1")).await.unwrap(), Outdated);
    assert_eq!(customers.prefer(&who, &preferences).await.unwrap(), Outdated);
    assert_eq!(customers.suppress(&who, &suppression).await.unwrap(), Outdated);
    let erased = Profile { source: Some(source(4, "evt_deleted")), erased_at: Some(at(4)), ..Profile::default() };
    assert_eq!(it.profile("cus_d").await.unwrap(), erased);

    // A deletion wins over a later-stamped change that came first, and over nothing at all.
    it.set("cus_e", 9, "evt_9", contact("eve")).await;
    assert_eq!(it.erase("cus_e", 4).await, Applied);
    assert_eq!(it.erase("cus_unknown", 4).await, Applied);
    assert_eq!(it.contact("cus_e").await, Contact::default());

    // A batch is read together, with repetitions and strangers; worlds do not meet.
    let keys = [customer("cus_a"), customer("cus_d"), customer("cus_a"), customer("cus_nobody")];
    let found = customers.profiles(&keys).await.unwrap();
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [customer("cus_a"), customer("cus_d")]);
    let test = CustomerKey { scope: Scope { mode: Mode::Test, account: None }, ..customer("cus_a") };
    assert_eq!(customers.profiles(&[test]).await.unwrap(), FoundProfiles::new());
}

async fn a_profile_is_replaced_only_as_it_was_seen(customers: &(impl Profiles + Devices + ProfileChanges)) {
    use ChangeAnswer::{Applied, Outdated};
    let (it, who) = (Check(customers), customer("cus_seen"));
    let (first, second) = (source(5, "evt_2"), source(5, "evt_1"));

    assert_eq!(customers.replace(&who, Some(&first), &second, &contact("too soon")).await.unwrap(), Outdated);
    assert_eq!(it.profile("cus_seen").await, None);
    assert_eq!(customers.replace(&who, None, &first, &contact("first")).await.unwrap(), Applied);
    assert_eq!(customers.replace(&who, None, &second, &contact("late")).await.unwrap(), Outdated);
    assert_eq!(customers.note_published(&who, &second, "other state").await.unwrap(), Outdated);
    assert_eq!(customers.note_published(&who, &first, "print").await.unwrap(), Applied);
    let profile = it.profile("cus_seen").await.unwrap();
    assert_eq!((profile.contact, profile.published.as_deref()), (contact("first"), Some("print")));

    // What was published is known until something else is, and nothing of it is left of an erased customer.
    assert_eq!(customers.replace(&who, Some(&first), &second, &Contact::default()).await.unwrap(), Applied);
    let profile = it.profile("cus_seen").await.unwrap();
    assert_eq!((profile.contact, profile.source), (Contact::default(), Some(second.clone())));
    assert_eq!(profile.published.as_deref(), Some("print"));
    it.erase("cus_seen", 6).await;
    assert_eq!(it.profile("cus_seen").await.unwrap().published, None);
    assert_eq!(customers.note_published(&who, &second, "print").await.unwrap(), Outdated);
    let erased = source(6, "evt_deleted");
    assert_eq!(customers.replace(&who, Some(&erased), &first, &contact("back")).await.unwrap(), Outdated);

    // A profile that has a device and no contact yet takes its first one.
    let with_device = customer("cus_device_first");
    customers.register(&with_device, &id("phone"), &device("arn:1")).await.unwrap();
    assert_eq!(customers.replace(&with_device, None, &first, &contact("first")).await.unwrap(), Applied);
    assert_eq!(it.profile("cus_device_first").await.unwrap().devices.len(), 1);
}

/// Every order of three reports about one address, and of reports about two, ends as the reports' own times say.
async fn reports_count_by_their_own_time(customers: &(impl Profiles + ProfileChanges)) {
    use SuppressionReason::{Bounced, Complained};
    #[derive(Clone, Copy)]
    enum Report {
        Delivered(&'static str, i64),
        Suppressed(&'static str, SuppressionReason, i64),
    }
    use Report::{Delivered, Suppressed};
    /// What it is, what is reported, and which address is suppressed in the end, and why.
    type Case = (&'static str, [Report; 3], Option<(&'static str, SuppressionReason)>);
    let cases: [Case; 6] = [
        ("late bounce", [Suppressed("a", Bounced, 1), Delivered("a", 2), Delivered("a", 3)], None),
        ("last bounce", [Delivered("a", 1), Delivered("a", 2), Suppressed("a", Bounced, 3)], Some(("a", Bounced))),
        ("bounce between", [Delivered("a", 1), Suppressed("a", Bounced, 2), Delivered("a", 3)], None),
        (
            "complaint",
            [Suppressed("a", Complained, 1), Delivered("a", 2), Suppressed("a", Bounced, 3)],
            Some(("a", Complained)),
        ),
        (
            "new address",
            [Suppressed("b", Bounced, 3), Suppressed("a", Complained, 1), Delivered("a", 2)],
            Some(("b", Bounced)),
        ),
        (
            "two bounces",
            [Suppressed("a", Bounced, 1), Delivered("a", 2), Suppressed("a", Bounced, 3)],
            Some(("a", Bounced)),
        ),
    ];
    for (name, reports, expected) in cases {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let who =
                customer(&format!("cus_{}_{}", name.replace(' ', "_"), order.map(|index| index.to_string()).concat()));
            for report in order.map(|index: usize| reports[index]) {
                let address = |local: &str| Personal::new(format!("{local}@example.com"));
                match report {
                    Delivered(local, second) => customers.lift(&who, &address(local), at(second)).await.unwrap(),
                    Suppressed(local, reason, second) => {
                        let suppression = Suppression { address: address(local), reason, at: at(second) };
                        customers.suppress(&who, &suppression).await.unwrap()
                    }
                };
            }
            let found = customers.profiles(std::slice::from_ref(&who)).await.unwrap().remove(&who).unwrap().unwrap();
            let found = found.suppression.map(|suppression| (suppression.address.into_revealed(), suppression.reason));
            let expected = expected.map(|(local, reason)| (format!("{local}@example.com"), reason));
            assert_eq!(found, expected, "{name}, {order:?}");
        }
    }
}

async fn a_topic_is_left_and_come_back_to(customers: &(impl Profiles + Devices + ProfileChanges + Subscriptions)) {
    use LeaveAnswer::{Already, Done, Erased};
    let (it, who) = (Check(customers), customer("cus_leaves"));
    assert_eq!(customers.come_back(&who, "offers").await.unwrap(), Already);
    assert_eq!(customers.leave(&who, "offers").await.unwrap(), Done);
    assert_eq!(customers.leave(&who, "offers").await.unwrap(), Already);
    assert_eq!(customers.leave(&who, "rewards").await.unwrap(), Done);
    // Neither a new contact nor preferences of the product bring it back.
    it.set("cus_leaves", 1, "evt_1", contact("ada")).await;
    customers.prefer(&who, &Preferences::default()).await.unwrap();
    let left = it.profile("cus_leaves").await.unwrap().left_topics;
    assert_eq!(left.iter().map(String::as_str).collect::<Vec<_>>(), ["offers", "rewards"]);
    assert_eq!(customers.come_back(&who, "offers").await.unwrap(), Done);
    assert_eq!(customers.come_back(&who, "rewards").await.unwrap(), Done);
    assert!(it.profile("cus_leaves").await.unwrap().left_topics.is_empty());
    it.erase("cus_leaves", 2).await;
    assert_eq!(customers.leave(&who, "offers").await.unwrap(), Erased);
    assert_eq!(customers.come_back(&who, "offers").await.unwrap(), Erased);
}

async fn progress_is_kept_for_each_scope(customers: &impl Imports) {
    let scope = |mode| Scope { mode, account: None };
    assert_eq!(customers.progress(&scope(Mode::Live)).await.unwrap(), None);
    let done = Imported { new: 3, updated: 2, unchanged: 1, skipped: u64::MAX };
    let behind = Some("cus with spaces".to_owned());
    let progress = ImportProgress { started_at: at(0), behind, done, finished_at: None };
    customers.note_progress(&scope(Mode::Live), &progress).await.unwrap();
    assert_eq!(customers.progress(&scope(Mode::Live)).await.unwrap(), Some(progress.clone()));
    assert_eq!(customers.progress(&scope(Mode::Test)).await.unwrap(), None);
    let finished = ImportProgress { behind: None, finished_at: Some(at(9)), ..progress };
    customers.note_progress(&scope(Mode::Live), &finished).await.unwrap();
    assert_eq!(customers.progress(&scope(Mode::Live)).await.unwrap(), Some(finished));
}

/// One more than a `BatchGetItem` may ask for.
async fn more_customers_than_one_read_takes_are_all_found(customers: &(impl Profiles + ProfileChanges)) {
    let keys: Vec<_> = (0..101).map(|number| customer(&format!("cus_{number}"))).collect();
    for key in &keys {
        customers.change(key, &source(1, "evt_1"), &ContactChange::Set(contact("many"))).await.unwrap();
    }
    assert_eq!(customers.profiles(&keys).await.unwrap().len(), 101);
}

#[test]
fn the_memory_keeps_the_contract_of_customers() {
    block_on(customers_keep_the_contract(&InMemoryCustomers::default()));
    block_on(a_profile_is_replaced_only_as_it_was_seen(&InMemoryCustomers::default()));
    block_on(reports_count_by_their_own_time(&InMemoryCustomers::default()));
    block_on(a_topic_is_left_and_come_back_to(&InMemoryCustomers::default()));
    block_on(progress_is_kept_for_each_scope(&InMemoryCustomers::default()));
    block_on(more_customers_than_one_read_takes_are_all_found(&InMemoryCustomers::default()));
}

#[test]
fn the_table_keeps_the_contract_of_customers() {
    with_table(async |database, table| {
        let customers = DynamoCustomers::new(database, table);
        customers_keep_the_contract(&customers).await;
        a_profile_is_replaced_only_as_it_was_seen(&customers).await;
        reports_count_by_their_own_time(&customers).await;
        a_topic_is_left_and_come_back_to(&customers).await;
        progress_is_kept_for_each_scope(&customers).await;
        more_customers_than_one_read_takes_are_all_found(&customers).await;
    });
}

#[test]
fn a_device_id_is_short_and_plain() {
    let longest = "x".repeat(MAX_DEVICE_ID_LENGTH);
    for (text, is_id) in [
        ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", true),
        ("installation:1.2_a", true),
        (longest.as_str(), true),
        ("", false),
        ("a b", false),
        ("a#b", false),
        ("ü", false),
        (&format!("{longest}x"), false),
    ] {
        assert_eq!(DeviceId::new(text).is_ok(), is_id, "{text:?}");
    }
}

#[test]
fn a_profile_does_not_show_personal_data() {
    let shown = format!("{:?}", Profile { contact: contact("ada"), ..Profile::default() });
    assert!(!shown.contains("ada") && !shown.contains("+49"), "{shown}");
}
