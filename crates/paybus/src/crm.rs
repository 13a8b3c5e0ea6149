//! `paybus crm`: what the CRM has not been told, because `OutboundMode` was not `send`, the customers were imported, or the CRM is
//! new.
//!
//! Nothing is kept for it: a profile shows what was said of it last, and a CRM takes whole states, each as often as one likes. So
//! what is to be told follows from profiles and accounts as they are now, however long nobody told.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use fn_customer_sync::profile_changed::ProfileChanged;
use hub::{EventBridgeHub, Hub, HubEvent};
use lambda_kit::Environment;
use loyalty::Account;
use serde_json::json;
use storage::{
    Database,
    customers::{ChangeAnswer, CustomerKey, DynamoCustomers, Profile, ProfileChanges, Profiles},
    ledger::{DynamoLedger, Ledger, LedgerKey},
    person::{Persons, Tables},
};

use crate::{
    aws::{CUSTOMERS_BESIDE, ScopeArguments, aws_help, block_on, connect},
    output::say,
};

/// How many customers are read together: as many as DynamoDB's `BatchGetItem` takes.
const TOGETHER: usize = 100;

/// Which customers, and what to do.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!(
    "Lists every customer whose profile differs from what was said of it last, and the tier of every customer who has one. With
--send they are published on the hub, profiles first, as customer.profile_changed and customer.tier_changed: the CRM takes
them, and so does whoever else subscribes. Doing it again changes nothing. Deploy with OutboundMode=send before."
))]
pub(crate) struct CrmArguments {
    /// Publishes; without it, they are only listed.
    #[arg(long)]
    send: bool,
    /// Every profile, also those that were told: for a CRM that is new.
    #[arg(long)]
    all: bool,
    /// The hub (output `HubName`); the variable `HUB_NAME` stands in for it. Needed with --send.
    #[arg(long)]
    hub: Option<String>,
    /// The customers table (output `CustomersTableName`); the variable `CUSTOMERS_TABLE` stands in for it.
    #[arg(long)]
    customers_table: Option<String>,
    /// The ledger table (output `LedgerTableName`); the variable `LEDGER_TABLE` stands in for it. Without it, no tiers.
    #[arg(long)]
    table: Option<String>,
    #[command(flatten)]
    scope: ScopeArguments,
}

/// What is to be told of one customer.
#[derive(Debug)]
struct News {
    key: CustomerKey,
    profile: Option<(Profile, ProfileChanged)>,
    tier: Option<HubEvent>,
    summary: String,
}

/// Lists, or tells.
pub(crate) fn run(arguments: &CrmArguments) -> Result<()> {
    let (config, customers_table) = connect(arguments.customers_table.as_deref(), CUSTOMERS_BESIDE)?;
    let (ledger_table, hub_name) = Environment::from_process()
        .read(|environment| Some((environment.optional("LEDGER_TABLE"), environment.optional("HUB_NAME"))))?;
    let hub_name = arguments.hub.clone().or(hub_name);
    if arguments.send && hub_name.is_none() {
        bail!("--send needs the hub: --hub or HUB_NAME, the stack's output HubName");
    }
    let database = Database::new(&config);
    let customers = DynamoCustomers::new(database.clone(), customers_table.clone());
    let ledger = arguments.table.clone().or(ledger_table).map(|table| DynamoLedger::new(database.clone(), table));
    let persons = Persons::new(database, Tables { customers: customers_table, ledger: None, deliveries: None });
    block_on(async {
        let mut keys = persons.all(&arguments.scope.scope()).await.context("list the customers")?;
        keys.sort_unstable();
        let mut news = Vec::new();
        for keys in keys.chunks(TOGETHER) {
            news.extend(of_customers(&customers, ledger.as_ref(), keys, arguments.all).await?);
        }
        for news in &news {
            say(&news.summary)?;
        }
        let number = news.len();
        let Some(hub_name) = hub_name.filter(|_| arguments.send) else {
            return Ok(say(&format!("{number} to tell of; nothing was published, --send does"))?);
        };
        tell(&EventBridgeHub::new(&config, hub_name), &customers, &news).await?;
        Ok(say(&format!("told of {number}"))?)
    })
}

async fn of_customers(
    customers: &impl Profiles,
    ledger: Option<&impl Ledger>,
    keys: &[CustomerKey],
    is_all: bool,
) -> Result<Vec<News>> {
    let found = customers.profiles(keys).await.context("read the profiles")?;
    let mut all = Vec::new();
    for (key, profile) in found {
        let profile = profile.with_context(|| format!("read the profile of {}", key.customer))?;
        if profile.erased_at.is_some() {
            continue;
        }
        let account = match ledger {
            Some(ledger) => Some(account(ledger, &key).await?),
            None => None,
        };
        all.extend(news(key, profile, account.as_ref(), is_all));
    }
    Ok(all)
}

async fn account(ledger: &impl Ledger, key: &CustomerKey) -> Result<Account> {
    let wanted = BTreeSet::from([LedgerKey::Account(key.scope.clone(), key.customer.clone())]);
    let loaded = ledger.read(&wanted).await.with_context(|| format!("read the account of {}", key.customer))?;
    Ok(loaded.account(&key.scope, &key.customer)?)
}

fn news(key: CustomerKey, profile: Profile, account: Option<&Account>, is_all: bool) -> Option<News> {
    let changed = profile.source.as_ref().map(|source| ProfileChanged::of(&key, source, &profile.contact));
    let untold = changed.filter(|changed| is_all || profile.published.as_deref() != Some(changed.fingerprint()));
    // Who has lost the last tier is told of too: the CRM may still show it.
    let account = account.filter(|account| account.tier.is_some() || account.highest_tier.is_some());
    let parts = [
        untold.as_ref().map(|_| "profile".to_owned()),
        account.map(|account| format!("tier {}", account.tier.as_deref().unwrap_or("none"))),
    ];
    let summary = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if summary.is_empty() {
        return None;
    }
    Some(News {
        summary: format!("{}  {summary}", key.customer),
        profile: untold.map(|changed| (profile, changed)),
        tier: account.map(|account| tier_changed(&key, account)),
        key,
    })
}

/// As the engagement workflow says it. What the tier was before is not known any more, and no entry of the ledger is the cause.
fn tier_changed(key: &CustomerKey, account: &Account) -> HubEvent {
    let detail = json!({
        "mode": key.scope.mode.name(), "customer_id": key.customer, "entry_key": "", "previous_tier": "",
        "tier": account.tier.as_deref().unwrap_or_default(), "balance_points": account.balance.0,
    });
    HubEvent {
        source: "paybus.engagement".to_owned(),
        detail_type: "customer.tier_changed".to_owned(),
        detail: detail.to_string(),
        occurred_at: None,
    }
}

/// Profiles first: some CRMs add no contact that has a tier and no name.
async fn tell(hub: &impl Hub, customers: &impl ProfileChanges, all: &[News]) -> Result<()> {
    let profiles: Vec<_> = all
        .iter()
        .filter_map(|news| news.profile.as_ref().map(|(profile, changed)| (&news.key, profile, changed)))
        .collect();
    for profiles in profiles.chunks(TOGETHER) {
        let events: Vec<_> = profiles.iter().map(|(_, _, changed)| changed.event().clone()).collect();
        publish(hub, &events).await?;
        for (key, profile, changed) in profiles {
            let Some(source) = &profile.source else { continue };
            // Outdated: the profile has changed meanwhile, and its function tells the newer one.
            let (ChangeAnswer::Applied | ChangeAnswer::Outdated) =
                customers.note_published(key, source, changed.fingerprint()).await.context("note what was told")?;
        }
    }
    let tiers: Vec<_> = all.iter().filter_map(|news| news.tier.clone()).collect();
    publish(hub, &tiers).await
}

async fn publish(hub: &impl Hub, events: &[HubEvent]) -> Result<()> {
    let answers = hub.publish(events).await;
    answers
        .into_iter()
        .collect::<Result<Vec<()>, _>>()
        .context("publish on the hub; what was published may come again")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use hub::PublishError;
    use loyalty::Points;
    use processor_events::{
        Personal,
        event::Mode,
        ids::{CustomerId, EventId},
    };
    use storage::{
        Scope,
        customers::{Contact, ContactChange, InMemoryCustomers, SourceVersion},
        ledger::InMemoryLedger,
    };

    use super::*;

    #[derive(Default)]
    struct FakeHub(RefCell<Vec<HubEvent>>);

    impl Hub for FakeHub {
        async fn publish(&self, events: &[HubEvent]) -> Vec<Result<(), PublishError>> {
            self.0.borrow_mut().extend_from_slice(events);
            vec![Ok(()); events.len()]
        }
    }

    fn key(id: &str) -> CustomerKey {
        CustomerKey { scope: Scope { mode: Mode::Test, account: None }, customer: CustomerId::new(id).unwrap() }
    }

    fn customers(ids: &[&str]) -> InMemoryCustomers {
        let customers = InMemoryCustomers::default();
        for id in ids {
            let contact = Contact { name: Some(Personal::new((*id).to_owned())), ..Contact::default() };
            let occurred_at = "2026-11-20T10:00:00Z".parse().unwrap();
            let source = SourceVersion { occurred_at, event: EventId::new("evt_1").unwrap() };
            block_on(async { Ok(customers.change(&key(id), &source, &ContactChange::Set(contact)).await?) }).unwrap();
        }
        customers
    }

    fn untold(customers: &InMemoryCustomers, ids: &[&str], is_all: bool) -> Vec<News> {
        let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
        block_on(of_customers(customers, None::<&InMemoryLedger>, &keys, is_all)).unwrap()
    }

    #[test]
    fn what_was_told_is_not_told_again_unless_all_is_asked_for() {
        let (customers, hub) = (customers(&["cus_1", "cus_2"]), FakeHub::default());
        let ids = ["cus_1", "cus_2", "cus_unknown"];
        let news = untold(&customers, &ids, false);
        assert_eq!(
            news.iter().map(|news| news.summary.as_str()).collect::<Vec<_>>(),
            ["cus_1  profile", "cus_2  profile"]
        );
        block_on(tell(&hub, &customers, &news)).unwrap();
        assert_eq!(hub.0.borrow().len(), 2);
        assert_eq!(untold(&customers, &ids, false).len(), 0);
        assert_eq!(untold(&customers, &ids, true).len(), 2);
    }

    #[test]
    fn a_tier_that_was_lost_empties_the_field() {
        let account = Account { highest_tier: Some("silver".to_owned()), ..Account::default() };
        let news = news(key("cus_1"), Profile::default(), Some(&account), false).unwrap();
        let detail: serde_json::Value = serde_json::from_str(&news.tier.unwrap().detail).unwrap();
        assert_eq!((news.summary.as_str(), &detail["tier"]), ("cus_1  tier none", &json!("")));
        // A customer who never had one has no field to empty.
        assert!(super::news(key("cus_1"), Profile::default(), Some(&Account::default()), false).is_none());
    }

    #[test]
    fn an_erased_customer_is_not_told_of() {
        let customers = customers(&["cus_1"]);
        let occurred_at = "2026-11-20T11:00:00Z".parse().unwrap();
        let source = SourceVersion { occurred_at, event: EventId::new("evt_2").unwrap() };
        block_on(async { Ok(customers.change(&key("cus_1"), &source, &ContactChange::Erase).await?) }).unwrap();
        assert_eq!(untold(&customers, &["cus_1"], true).len(), 0);
    }

    #[test]
    fn a_tier_is_told_after_the_profiles_and_has_the_fields_of_the_workflow() {
        let account = Account { tier: Some("silver".to_owned()), balance: Points(1200), ..Account::default() };
        let profile = Profile::default();
        let news = news(key("cus_1"), profile, Some(&account), false).unwrap();
        assert_eq!(news.summary, "cus_1  tier silver");
        let hub = FakeHub::default();
        block_on(tell(&hub, &customers(&[]), &[news])).unwrap();
        let published = hub.0.borrow();
        assert_eq!(published.first().unwrap().detail_type, "customer.tier_changed");
        let detail: serde_json::Value = serde_json::from_str(&published.first().unwrap().detail).unwrap();
        assert_eq!((&detail["tier"], &detail["mode"]), (&json!("silver"), &json!("test")));
        let workflow = include_str!("../../../statemachines/engagement.asl.json");
        for field in detail.as_object().unwrap().keys() {
            assert!(workflow.contains(&format!("\"{field}\"")), "{field}");
        }
    }
}
