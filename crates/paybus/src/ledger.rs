//! `paybus customer`, `paybus ledger`, `paybus adjust`, `paybus redeem`: the accounts of an installation.

use std::{collections::BTreeSet, fmt::Write as _, num::NonZeroUsize};

use anyhow::{Context, Result, bail};
use engagement::{Place, Start, entry_key};
use fn_loyalty_points::{StepFunctions, Workflow};
use jiff::Timestamp;
use lambda_kit::Environment;
use loyalty::{
    Account, Entry, Points, Program, Subject,
    manual::{Action, ManualDecision, ManualRequest, decide_manually},
    program::amount_text,
};
use processor_events::{Money, ids::CustomerId};
use storage::{
    Database, Scope,
    ledger::{CommitAnswer, DynamoLedger, HistoryPages, Ledger, LedgerKey},
    program::{DynamoPrograms, Programs},
};

use crate::{
    aws::{LEDGER, ScopeArguments, aws_help, block_on, connect, in_mode},
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
#[command(after_help = aws_help!())]
pub(crate) struct LedgerArguments {
    #[command(flatten)]
    of: CustomerArguments,
    /// How many entries, newest first.
    #[arg(long, default_value = "50")]
    most: NonZeroUsize,
}

/// What to correct.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!(
    "Asking again with the same key changes nothing. With ENGAGEMENT_STATE_MACHINE_ARN set (the stack's output
EngagementWorkflowArn), a tier that the adjustment reaches is announced by the engagement workflow; without it, it is not."
))]
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

/// What was spent.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!(
    "The balance must cover it; the tier does not change. Asking again with the same key changes nothing."
))]
pub(crate) struct RedeemArguments {
    #[command(flatten)]
    of: CustomerArguments,
    /// How many points the customer spends.
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    points: i64,
    /// What for, for those who read the ledger later. No personal data.
    #[arg(long)]
    reason: String,
    /// Your name for this redemption, such as an order number: it is done once.
    #[arg(long)]
    key: String,
}

fn customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::new(text).map_err(|error| error.to_string())
}

/// Shows an account.
pub(crate) fn customer(arguments: &CustomerArguments) -> Result<()> {
    let scope = arguments.scope.scope();
    let (config, table) = connect(arguments.table.as_deref(), LEDGER)?;
    let ledger = DynamoLedger::new(Database::new(&config), table);
    let key = LedgerKey::Account(scope.clone(), arguments.customer.clone());
    let loaded = block_on(async { Ok(ledger.read(&BTreeSet::from([key])).await?) })?;
    let account = loaded.account(&scope, &arguments.customer)?;
    if account.version == 0 {
        bail!("no payment of {} has earned yet {}", arguments.customer, in_mode(&scope));
    }
    say(&account_text(&arguments.customer, &account))?;
    Ok(())
}

fn account_text(customer: &CustomerId, account: &Account) -> String {
    let spend = account.currency.map(|currency| amount_text(Money::new(account.lifetime_minor, currency)));
    format!(
        "customer    {customer}\nbalance     {}\nqualifying  {}\ntier        {}\nlifetime    {}",
        account.balance,
        account.qualifying,
        account.tier.as_deref().unwrap_or("none"),
        spend.as_deref().unwrap_or("none"),
    )
}

/// Lists a ledger.
pub(crate) fn ledger(arguments: &LedgerArguments) -> Result<()> {
    let (config, table) = connect(arguments.of.table.as_deref(), LEDGER)?;
    let ledger = DynamoLedger::new(Database::new(&config), table);
    let scope = arguments.of.scope.scope();
    let entries = block_on(entries(&ledger, &scope, &arguments.of.customer, arguments.most.get()))?;
    if entries.is_empty() {
        say(&format!("no entries of {} {}", arguments.of.customer, in_mode(&scope)))?;
    } else {
        say(&entries_text(&entries))?;
    }
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
    let AdjustArguments { of, points, reason, key } = arguments;
    carry_out(of, Action::Adjust(Points(*points)), reason, key)
}

/// Spends points of an account.
pub(crate) fn redeem(arguments: &RedeemArguments) -> Result<()> {
    let RedeemArguments { of, points, reason, key } = arguments;
    carry_out(of, Action::Redeem(Points(*points)), reason, key)
}

fn carry_out(of: &CustomerArguments, action: Action, reason: &str, key: &str) -> Result<()> {
    let (config, table) = connect(of.table.as_deref(), LEDGER)?;
    let database = Database::new(&config);
    let ledger = DynamoLedger::new(database.clone(), table.clone());
    let programs = DynamoPrograms::new(database, table);
    let state_machine_arn =
        Environment::from_process().read(|environment| Some(environment.optional("ENGAGEMENT_STATE_MACHINE_ARN")))?;
    let workflow = StepFunctions::new(&config, state_machine_arn);
    let request = ManualRequest {
        customer: of.customer.clone(),
        action,
        key: key.to_owned(),
        reason: reason.to_owned(),
        at: now(),
    };
    let scope = of.scope.scope();
    block_on(async {
        let program = match programs.current().await? {
            Some(stored) => Program::parse(&stored.json).context("the stored program is broken")?,
            None => Program::default(),
        };
        let posted = post(&ledger, &program, &scope, &request).await?;
        announce(&workflow, &scope, &posted.entry).await?;
        say(&posted.text(&scope))?;
        Ok(())
    })
}

/// An entry of somebody's hand.
#[derive(Debug, PartialEq, Eq)]
struct Posted {
    entry: Entry,
    /// Whether it was written now, and not before under the same key.
    is_new: bool,
    /// Whether the account is opened by it: worth a look, because an id may be misspelt.
    opens_account: bool,
}

impl Posted {
    fn text(&self, scope: &Scope) -> String {
        let done = if self.is_new { "done" } else { "was done before" };
        let opened = if self.opens_account { format!(", a new account {}", in_mode(scope)) } else { String::new() };
        format!("{done}: {:+} points, balance {}{opened}", self.entry.points.0, self.entry.balance_after)
    }
}

/// Writes the entry of a request, once.
async fn post(ledger: &impl Ledger, program: &Program, scope: &Scope, request: &ManualRequest) -> Result<Posted> {
    let account_key = LedgerKey::Account(scope.clone(), request.customer.clone());
    let subject = Subject::Customer(request.customer.clone());
    let entry_key = LedgerKey::Entry(scope.clone(), subject, request.effect());
    for _ in 0..ROUNDS {
        let loaded = ledger.read(&BTreeSet::from([account_key.clone(), entry_key.clone()])).await?;
        let account = loaded.account(scope, &request.customer)?;
        let stored = loaded.entry(&entry_key)?.map(|stored| stored.entry);
        match decide_manually(program, &account, stored.as_ref(), request)? {
            ManualDecision::Known(entry) => {
                return Ok(Posted { entry: *entry, is_new: false, opens_account: false });
            }
            ManualDecision::New(plan) => {
                if let CommitAnswer::Committed(_) = ledger.commit(scope, &plan).await? {
                    let entry = plan.entries.into_iter().next().context("a new plan has an entry")?;
                    return Ok(Posted { entry, is_new: true, opens_account: account.version == 0 });
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
    fn spend_is_shown_as_money() {
        let spend = |currency: &str, lifetime_minor| {
            let currency = Some(currency.to_owned().try_into().unwrap());
            account_text(&request(0).customer, &Account { lifetime_minor, currency, ..Account::default() })
        };
        assert!(spend("usd", 37_399).ends_with("lifetime    373.99 USD"));
        assert!(spend("jpy", 37_399).ends_with("lifetime    37399 JPY"));
    }

    #[test]
    fn an_adjustment_is_made_once_however_often_it_is_asked_for() {
        let ledger = InMemoryLedger::default();
        let scope = Scope { mode: Mode::Live, account: None };
        let ask = |points| block_on(post(&ledger, &Program::default(), &scope, &request(points)));
        let Posted { entry, is_new, opens_account } = ask(1000).unwrap();
        assert!(is_new && opens_account && entry.tier_after.as_deref() == Some("silver"));
        assert_eq!(ask(1000).unwrap(), Posted { entry, is_new: false, opens_account: false });
        assert!(ask(999).is_err(), "the same key cannot stand for something else");
        let account = ledger.accounts().into_values().next().unwrap();
        assert_eq!(account.balance, Points(1000));
    }

    #[test]
    fn points_are_redeemed_once_and_only_those_that_are_there() {
        let ledger = InMemoryLedger::default();
        let scope = Scope { mode: Mode::Live, account: None };
        let ask = |action, key: &str| {
            let request = ManualRequest { action, key: key.to_owned(), ..request(0) };
            block_on(post(&ledger, &Program::default(), &scope, &request)).map(|posted| posted.text(&scope))
        };
        ask(Action::Adjust(Points(1000)), "ticket-7").unwrap();
        for expected in ["done: -600 points, balance 400", "was done before: -600 points, balance 400"] {
            assert_eq!(ask(Action::Redeem(Points(600)), "order-1").unwrap(), expected);
        }
        let refused = ask(Action::Redeem(Points(401)), "order-2").unwrap_err();
        assert_eq!(refused.to_string(), "401 points cannot be redeemed from a balance of 400");
    }
}
