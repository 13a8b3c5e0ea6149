//! `paybus customer`, `paybus ledger`, `paybus adjust`: the accounts of an installation.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result, bail};
use engagement::{Place, Start, entry_key};
use fn_loyalty_points::{StepFunctions, Workflow};
use jiff::Timestamp;
use lambda_kit::Environment;
use loyalty::{
    Account, Entry, Points, Program, Subject,
    manual::{Action, ManualDecision, ManualRequest, decide_manually},
};
use processor_events::ids::CustomerId;
use storage::{
    Database, Scope,
    ledger::{CommitAnswer, DynamoLedger, HistoryPages, Ledger, LedgerKey},
    program::{DynamoPrograms, Programs},
};

use crate::{
    aws::{ScopeArguments, block_on, connect},
    output::say,
};

/// How often an adjustment is decided when others write the same account at the same moment.
const ROUNDS: u32 = 10;

/// How many entries one call asks for.
const PAGE: u16 = 100;

/// Whose account.
#[derive(Debug, clap::Args)]
pub(crate) struct CustomerArguments {
    /// The customer's id at the processor: `cus_...`.
    #[arg(value_parser = customer_id)]
    pub(crate) customer: CustomerId,
    /// The ledger table (output `LedgerTableName`); the variable `LEDGER_TABLE` stands in for it.
    #[arg(long)]
    pub(crate) table: Option<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
}

/// Whose ledger, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArguments {
    #[command(flatten)]
    of: CustomerArguments,
    /// How many entries, newest first.
    #[arg(long, default_value_t = 50)]
    most: usize,
}

/// What to correct.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asking again with the same key changes nothing. With `ENGAGEMENT_STATE_MACHINE_ARN` set, a tier that the adjustment reaches is
announced by the engagement workflow; without it, it is not.")]
pub(crate) struct AdjustArguments {
    #[command(flatten)]
    of: CustomerArguments,
    /// How many points to add; negative to take.
    #[arg(allow_negative_numbers = true)]
    points: i64,
    /// Why, for those who read the ledger later. No personal data.
    #[arg(long)]
    reason: String,
    /// Your name for this correction, such as a ticket number: it is done once.
    #[arg(long)]
    key: String,
}

fn customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::new(text).map_err(|error| error.to_string())
}

/// Shows an account.
pub(crate) fn customer(arguments: &CustomerArguments) -> Result<()> {
    let scope = arguments.scope.scope();
    let (config, table) = connect(arguments.table.as_deref(), "LEDGER_TABLE")?;
    let ledger = DynamoLedger::new(Database::new(&config), table);
    let key = LedgerKey::Account(scope.clone(), arguments.customer.clone());
    let loaded = block_on(async { Ok(ledger.read(&BTreeSet::from([key])).await?) })?;
    let account = loaded.account(&scope, &arguments.customer)?;
    if account.version == 0 {
        bail!("{} has no account: no payment of this customer has earned yet", arguments.customer);
    }
    say(&account_text(&arguments.customer, &account))?;
    Ok(())
}

fn account_text(customer: &CustomerId, account: &Account) -> String {
    let currency = account.currency.map_or_else(String::new, |currency| format!(" {currency}"));
    format!(
        "customer    {customer}\nbalance     {}\nqualifying  {}\ntier        {}\nlifetime    {} minor units{currency}",
        account.balance,
        account.qualifying,
        account.tier.as_deref().unwrap_or("none"),
        account.lifetime_minor,
    )
}

/// Lists a ledger.
pub(crate) fn ledger(arguments: &LedgerArguments) -> Result<()> {
    let (config, table) = connect(arguments.of.table.as_deref(), "LEDGER_TABLE")?;
    let ledger = DynamoLedger::new(Database::new(&config), table);
    let entries = block_on(entries(&ledger, &arguments.of.scope.scope(), &arguments.of.customer, arguments.most))?;
    say(&entries_text(&entries))?;
    Ok(())
}

async fn entries(ledger: &impl HistoryPages, scope: &Scope, customer: &CustomerId, most: usize) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut cursor = None;
    while entries.len() < most {
        let page = ledger.page(scope, customer, cursor.as_ref(), PAGE).await?;
        entries.extend(page.entries);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    entries.truncate(most);
    Ok(entries)
}

fn entries_text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let tier = if entry.tier_before == entry.tier_after {
            String::new()
        } else {
            let name = |tier: Option<&String>| tier.map_or("none", String::as_str).to_owned();
            format!("  {} > {}", name(entry.tier_before.as_ref()), name(entry.tier_after.as_ref()))
        };
        // Writing to a `String` cannot fail.
        writeln!(
            text,
            "{}  {:+} = {}{tier}  {}  {}",
            entry.occurred_at,
            entry.points.0,
            entry.balance_after,
            entry_key(entry),
            entry.reason
        )
        .expect("a string takes any text");
    }
    let number = entries.len();
    write!(text, "{number} {}", if number == 1 { "entry" } else { "entries" }).expect("a string takes any text");
    text
}

/// Corrects an account.
pub(crate) fn adjust(arguments: &AdjustArguments) -> Result<()> {
    let (config, table) = connect(arguments.of.table.as_deref(), "LEDGER_TABLE")?;
    let database = Database::new(&config);
    let ledger = DynamoLedger::new(database.clone(), table.clone());
    let programs = DynamoPrograms::new(database, table);
    let state_machine_arn =
        Environment::from_process().read(|environment| Some(environment.optional("ENGAGEMENT_STATE_MACHINE_ARN")))?;
    let workflow = StepFunctions::new(&config, state_machine_arn);
    let request = ManualRequest {
        customer: arguments.of.customer.clone(),
        action: Action::Adjust(Points(arguments.points)),
        key: arguments.key.clone(),
        reason: arguments.reason.clone(),
        at: now(),
    };
    let scope = arguments.of.scope.scope();
    block_on(async {
        let program = match programs.current().await? {
            Some(stored) => Program::parse(&stored.json).context("the stored program is broken")?,
            None => Program::default(),
        };
        let (entry, is_new) = post(&ledger, &program, &scope, &request).await?;
        announce(&workflow, &scope, &entry).await?;
        let done = if is_new { "done" } else { "was done before" };
        say(&format!("{done}: {:+} points, balance {}", entry.points.0, entry.balance_after))?;
        Ok(())
    })
}

/// Writes the entry of a request, once; says whether it is new.
async fn post(
    ledger: &impl Ledger,
    program: &Program,
    scope: &Scope,
    request: &ManualRequest,
) -> Result<(Entry, bool)> {
    let account_key = LedgerKey::Account(scope.clone(), request.customer.clone());
    let subject = Subject::Customer(request.customer.clone());
    let entry_key = LedgerKey::Entry(scope.clone(), subject, request.effect());
    for _ in 0..ROUNDS {
        let loaded = ledger.read(&BTreeSet::from([account_key.clone(), entry_key.clone()])).await?;
        let account = loaded.account(scope, &request.customer)?;
        let stored = loaded.entry(&entry_key)?.map(|stored| stored.entry);
        match decide_manually(program, &account, stored.as_ref(), request)? {
            ManualDecision::Known(entry) => return Ok((*entry, false)),
            ManualDecision::New(plan) => {
                if let CommitAnswer::Committed(_) = ledger.commit(scope, &plan).await? {
                    let entry = plan.entries.into_iter().next().context("a new plan has an entry")?;
                    return Ok((entry, true));
                }
            }
        }
    }
    bail!("others are writing this account all the time: try again in a moment")
}

/// Starts the workflow if the entry deserves it; asking again is harmless.
async fn announce(workflow: &impl Workflow, scope: &Scope, entry: &Entry) -> Result<()> {
    let place = Place { mode: scope.mode, account: scope.account.clone(), payment_item: None };
    if let (true, Some(start)) = (workflow.is_on(), Start::of(entry, &place)) {
        workflow.start(&start).await.context("the points are there; ask again with the same key to announce them")?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a correction is made now")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use processor_events::event::Mode;
    use storage::ledger::InMemoryLedger;

    use super::*;

    fn request(points: i64) -> ManualRequest {
        ManualRequest {
            customer: CustomerId::new("cus_1").unwrap(),
            action: Action::Adjust(Points(points)),
            key: "ticket-7".to_owned(),
            reason: "goodwill".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_adjustment_is_made_once_however_often_it_is_asked_for() {
        let ledger = InMemoryLedger::default();
        let scope = Scope { mode: Mode::Live, account: None };
        let ask = |points| block_on(post(&ledger, &Program::default(), &scope, &request(points)));
        let (entry, is_new) = ask(1000).unwrap();
        assert!(is_new && entry.tier_after.as_deref() == Some("silver"));
        assert_eq!(ask(1000).unwrap(), (entry, false));
        assert!(ask(999).is_err(), "the same key cannot stand for something else");
        let account = ledger.accounts().into_values().next().unwrap();
        assert_eq!(account.balance, Points(1000));
    }
}
