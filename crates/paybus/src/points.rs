//! `paybus points`: what a program makes of events, by the very decisions that the function takes.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Result;
use engagement::entry_key;
use loyalty::{
    Account, Entry, Happened, Intake, PaymentEvent, PaymentKey, PaymentState, Program, Snapshot, decide, intake,
    program::amount_text,
};
use processor_events::{
    Currency, Money, ReadOptions, Reading,
    event::Mode,
    ids::{AccountId, CustomerId},
    read_bytes,
};
use serde::Serialize;
use storage::Scope;

use crate::{explain::messages, output::say, program};

/// What to count, and by which rules.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The events may come in any order and any number of times, in any form that `paybus explain` reads. They are counted in the order in
which they happened, so that rules that look back (a daily cap, kept tiers) count alike for every order of the files.

Exit codes: 0 when every event was counted or did not concern the ledger, 3 when some could not be counted (they are listed
with the reason; all others are counted).")]
pub(crate) struct PointsArguments {
    /// The program: one JSON document. Without it the default program counts.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Files with events; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Exit code: some events could not be counted.
const NOT_COUNTED: u8 = 3;

/// Runs the command.
pub(crate) fn run(arguments: &PointsArguments) -> Result<ExitCode> {
    let program = match &arguments.program {
        Some(file) => program::read(file)?,
        None => Program::default(),
    };
    let mut book = Book::new(program);
    for file in &arguments.files {
        // A file without anything in it holds no events, and no broken one either.
        for message in messages::of_file(file)?.into_iter().filter(|message| !message.is_empty_file()) {
            book.take(&message.place_in(file), &message.body);
        }
    }
    book.settle();
    let report = book.report();
    say(&if arguments.json { serde_json::to_string_pretty(&report)? } else { report.to_string() })?;
    Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(NOT_COUNTED) })
}

/// The ledger of this run, in memory.
struct Book {
    program: Program,
    accounts: BTreeMap<(Scope, CustomerId), Account>,
    payments: BTreeMap<(Scope, PaymentKey), PaymentState>,
    entries: Vec<(Scope, Entry)>,
    failed: Vec<Failed>,
    /// What is read and not counted yet, with its place.
    waiting: Vec<(String, Scope, PaymentEvent)>,
}

/// An event that could not be counted.
#[derive(Debug, Clone, Serialize)]
struct Failed {
    /// File and place in it.
    place: String,
    /// Why.
    error: String,
}

impl Book {
    const fn new(program: Program) -> Self {
        Self {
            program,
            accounts: BTreeMap::new(),
            payments: BTreeMap::new(),
            entries: Vec::new(),
            failed: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn take(&mut self, place: &str, body: &[u8]) {
        let result = match read_bytes(body, &ReadOptions::default()) {
            Reading::NotForUs(_) => Ok(()),
            Reading::Unsupported(unsupported) => Err(unsupported.to_string()),
            Reading::Malformed(malformed) => Err(malformed.to_string()),
            Reading::Event(event) => match intake(&self.program, &event) {
                Intake::Nothing(_) => Ok(()),
                Intake::Relevant(relevant) => {
                    self.waiting.push((place.to_owned(), Scope::of(&event), *relevant));
                    Ok(())
                }
            },
        };
        if let Err(error) = result {
            self.failed.push(Failed { place: place.to_owned(), error });
        }
    }

    /// Counts what was read, in the order in which it happened. What happened in one second is ordered by what it is (payments
    /// before what takes back from them) and by its id, so that the order of the files does not matter.
    fn settle(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_by_cached_key(|(_, _, event)| {
            (event.occurred_at, rank(&event.happened), event.id.clone(), format!("{:?}", event.happened))
        });
        for (place, scope, event) in waiting {
            if let Err(error) = self.post(&scope, event) {
                self.failed.push(Failed { place, error });
            }
        }
    }

    /// Decides about one event and writes the plan, as the function does with a group of one.
    fn post(&mut self, scope: &Scope, event: PaymentEvent) -> Result<(), String> {
        let mut payments: BTreeMap<PaymentKey, PaymentState> =
            event.concerns().into_iter().map(|key| (key.clone(), self.payment(scope, &key))).collect();
        let told: Vec<PaymentKey> =
            payments.iter().flat_map(|(key, state)| state.paid_by.iter().map(|id| key.beside(id.clone()))).collect();
        payments.extend(told.into_iter().map(|key| (key.clone(), self.payment(scope, &key))));
        let payer = payments.get(&event.payment).and_then(PaymentState::payer);
        let customer = payer.or(event.happened.payer()).cloned();
        let account = customer.as_ref().and_then(|customer| self.accounts.get(&(scope.clone(), customer.clone())));
        let snapshot = Snapshot { account: account.cloned().unwrap_or_default(), payments };
        let decision = decide(&self.program, customer.as_ref(), &snapshot, &[event]);
        if let Some((customer, account)) = decision.plan.customer.zip(decision.plan.account) {
            self.accounts.insert((scope.clone(), customer), account);
        }
        let payments = decision.plan.payments.into_iter();
        self.payments.extend(payments.map(|(payment, state)| ((scope.clone(), payment), state)));
        self.entries.extend(decision.plan.entries.into_iter().map(|entry| (scope.clone(), entry)));
        decision.verdicts.into_iter().try_for_each(|verdict| verdict.map(|_| ()).map_err(|error| error.to_string()))
    }

    fn payment(&self, scope: &Scope, key: &PaymentKey) -> PaymentState {
        self.payments.get(&(scope.clone(), key.clone())).cloned().unwrap_or_default()
    }

    fn report(&self) -> Report {
        let accounts = self.accounts.iter().map(|((scope, customer), account)| AccountLine {
            customer: customer.clone(),
            livemode: scope.mode == Mode::Live,
            account: scope.account.clone(),
            balance: account.balance.0,
            qualifying: account.qualifying.0,
            tier: account.tier.clone(),
            lifetime_minor: account.lifetime_minor,
            currency: account.currency.unwrap_or(self.program.document().currency.base),
        });
        let entries = self.entries.iter().map(|(_, entry)| EntryLine {
            key: entry_key(entry),
            kind: entry.kind.name(),
            customer: entry.customer.clone(),
            points: entry.points.0,
            balance_after: entry.balance_after.0,
            tier_before: entry.tier_before.clone(),
            tier_after: entry.tier_after.clone(),
            reason: entry.reason.clone(),
        });
        Report { accounts: accounts.collect(), entries: entries.collect(), failed: self.failed.clone() }
    }
}

const fn rank(happened: &Happened) -> u8 {
    match happened {
        Happened::Paid(_) | Happened::Received(_) | Happened::Approved(_) => 0,
        Happened::PaysInvoice(_) | Happened::InvoiceKnown(_) => 1,
        Happened::RefundedSoFar(_) | Happened::Refund(_) | Happened::Dispute(_) => 2,
    }
}

/// What is printed; with `--json` as it stands here.
#[derive(Debug, Serialize)]
struct Report {
    accounts: Vec<AccountLine>,
    entries: Vec<EntryLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
struct AccountLine {
    customer: CustomerId,
    livemode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    balance: i64,
    qualifying: i64,
    tier: Option<String>,
    lifetime_minor: i64,
    /// Of the lifetime spend.
    #[serde(skip)]
    currency: Currency,
}

impl AccountLine {
    /// Mode and connected account, where there is one.
    fn place(&self) -> String {
        let mode = Mode::of_livemode(self.livemode).name();
        self.account.as_ref().map_or_else(|| mode.to_owned(), |account| format!("{mode} {account}"))
    }
}

#[derive(Debug, Serialize)]
struct EntryLine {
    key: String,
    kind: &'static str,
    customer: CustomerId,
    points: i64,
    balance_after: i64,
    tier_before: Option<String>,
    tier_after: Option<String>,
    reason: String,
}

impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.accounts.is_empty() && self.entries.is_empty() {
            formatter.write_str("no points: none of the events moves an account\n")?;
        } else {
            self.tables(formatter)?;
        }
        self.failed.iter().try_for_each(|failed| write!(formatter, "\nnot counted: {}: {}", failed.place, failed.error))
    }
}

impl Report {
    fn tables(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut rows = vec![["customer", "mode", "balance", "qualifying", "tier", "lifetime"].map(str::to_owned)];
        rows.extend(self.accounts.iter().map(|line| {
            [
                line.customer.to_string(),
                line.place(),
                line.balance.to_string(),
                line.qualifying.to_string(),
                line.tier.clone().unwrap_or_else(|| "-".to_owned()),
                amount_text(Money::new(line.lifetime_minor, line.currency)),
            ]
        }));
        formatter.write_str(&table(&rows))?;
        let mut rows = vec![["entry", "customer", "points", "balance", "tier", "reason"].map(str::to_owned)];
        rows.extend(self.entries.iter().map(|line| {
            let tier = if line.tier_before == line.tier_after {
                line.tier_after.clone().unwrap_or_else(|| "-".to_owned())
            } else {
                let name = |tier: &Option<String>| tier.clone().unwrap_or_else(|| "-".to_owned());
                format!("{} > {}", name(&line.tier_before), name(&line.tier_after))
            };
            let points = format!("{:+}", line.points);
            [
                line.key.clone(),
                line.customer.to_string(),
                points,
                line.balance_after.to_string(),
                tier,
                line.reason.clone(),
            ]
        }));
        write!(formatter, "\n{}", table(&rows))
    }
}

/// Rows as aligned columns.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a `String` cannot fail.
            write!(line, "{cell:<width$}  ").expect("a string takes any text");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(payment: &str, amount: i64) -> String {
        format!(
            r#"{{"id":"evt_{payment}","object":"event","type":"payment_intent.succeeded","created":1785585600,"livemode":true,
            "api_version":"2024-06-20","data":{{"object":{{"id":"{payment}","object":"payment_intent","amount":{amount},
            "amount_received":{amount},"currency":"usd","customer":"cus_1","invoice":null,"metadata":{{}},"status":"succeeded"}}}}}}"#
        )
    }

    fn refunded(payment: &str, so_far: i64) -> String {
        format!(
            r#"{{"id":"evt_r","object":"event","type":"charge.refunded","created":1785585700,"livemode":true,
            "api_version":"2024-06-20","data":{{"object":{{"id":"ch_1","object":"charge","amount":100000,
            "amount_refunded":{so_far},"currency":"usd","payment_intent":"{payment}","customer":"cus_1","refunded":false}}}}}}"#
        )
    }

    fn book(bodies: &[String]) -> Book {
        book_of(Program::default(), bodies)
    }

    fn book_of(program: Program, bodies: &[String]) -> Book {
        let mut book = Book::new(program);
        for body in bodies {
            book.take("here", body.as_bytes());
        }
        book.settle();
        book
    }

    #[test]
    fn any_order_and_number_of_events_makes_the_same_accounts() {
        let (first, second, refund) = (paid("pi_1", 100_000), paid("pi_2", 500), refunded("pi_1", 2_500));
        let forward = book(&[first.clone(), second.clone(), refund.clone()]);
        let backward = book(&[refund.clone(), second.clone(), refund, first.clone(), first, second]);
        assert_eq!(forward.accounts.values().next().map(|account| account.balance.0), Some(980));
        let accounts = |book: &Book| serde_json::to_value(&book.report().accounts).unwrap();
        assert_eq!(accounts(&forward), accounts(&backward));
    }

    /// A cap looks at what came before: here that is what happened before, not what was read before.
    #[test]
    fn rules_that_look_back_count_alike_for_every_order_of_the_files() {
        let mut document = Program::default().document().clone();
        document.earning.cap_per_day =
            Some(loyalty::program::DailyCap { points: loyalty::Points(15), utc_offset_minutes: 0 });
        document.tiers.policy = loyalty::program::TierPolicy::Keep;
        let program = Program::new(document).unwrap();
        assert!(!program.is_order_free());
        let at = |body: String, second: i64| body.replace("1785585600", &second.to_string());
        let first = at(paid("pi_1", 1000), 1_785_585_600);
        let second = at(paid("pi_2", 1000), 1_785_585_601);
        let next_day = at(paid("pi_3", 1000), 1_785_672_000);
        let refund = refunded("pi_1", 1000);
        let bodies = [first, second, next_day, refund];
        let mut seen = std::collections::BTreeSet::new();
        for turn in 0..bodies.len() {
            let mut turned = bodies.clone();
            turned.rotate_left(turn);
            let report = book_of(program.clone(), &turned).report();
            seen.insert(serde_json::to_string(&(&report.accounts, &report.entries)).unwrap());
        }
        assert_eq!(seen.len(), 1);
        let balance = book_of(program, &bodies).accounts.values().next().map(|account| account.balance.0);
        assert_eq!(balance, Some(15), "10, of which the refund takes all, the 5 that the cap leaves, and 10");
    }

    #[test]
    fn the_report_has_the_promised_fields() {
        let report = serde_json::to_value(book(&[paid("pi_1", 100_000)]).report()).unwrap();
        assert_eq!(
            report,
            serde_json::json!({
                "accounts": [{
                    "customer": "cus_1", "livemode": true, "balance": 1000, "qualifying": 1000, "tier": "silver",
                    "lifetime_minor": 100_000,
                }],
                "entries": [{
                    "key": "stripe:pi_1/award", "kind": "award", "customer": "cus_1", "points": 1000, "balance_after": 1000,
                    "tier_before": null, "tier_after": "silver", "reason": "earned by 1000.00 USD",
                }],
            })
        );
    }

    #[test]
    fn a_file_without_an_event_is_told_of_once_and_without_empty_tables() {
        let report = book(&["no event".to_owned()]).report().to_string();
        assert!(report.starts_with("no points: "), "{report}");
        assert_eq!(report.matches("not counted: here: $ must be JSON").count(), 1, "{report}");
        assert!(!report.contains("balance"), "{report}");
    }

    #[test]
    fn the_same_customer_of_two_accounts_is_told_apart() {
        let connected =
            paid("pi_1", 500).replace("\"object\":\"event\"", "\"object\":\"event\",\"account\":\"acct_9\"");
        let text = book(&[paid("pi_1", 500), connected]).report().to_string();
        assert!(text.contains("cus_1     live         5") && text.contains("cus_1     live acct_9  5"), "{text}");
    }

    #[test]
    fn what_cannot_be_counted_is_listed_and_the_rest_is_counted() {
        let book = book(&["no event".to_owned(), paid("pi_1", 500), paid("pi_1", 600)]);
        assert_eq!(book.failed.len(), 2);
        assert_eq!(book.accounts.values().next().map(|account| account.balance.0), Some(5));
    }
}
