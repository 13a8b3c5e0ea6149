//! `paybus customer`: what a customer has, and everything that is kept of one, to show it or to delete it.

use anyhow::{Context, Result, bail};
use delivery::devices::{SnsEndpoints, unregister};
use jiff::Timestamp;
use lambda_kit::Environment;
use serde_json::json;
use storage::{
    Database,
    customers::{CustomerKey, DynamoCustomers, Profiles},
    person::{Persons, Tables},
};

use crate::{
    aws::{CUSTOMERS_BESIDE, aws_help, block_on, connect},
    ledger,
    output::say,
};

/// Whose data, and what to do with it.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!(
    "Without an option the customer's points, tier and spend are shown. --export and --erase look into every table that is named:
the ledger (--table), the customers table and the deliveries table."
))]
pub(crate) struct PersonArguments {
    #[command(flatten)]
    of: ledger::CustomerArguments,
    /// Writes everything that is kept to standard output, as JSON.
    #[arg(long, conflicts_with = "erase")]
    export: bool,
    /// Deletes everything personal, for good. The points' ledger stays, under the id alone. Asks for --yes.
    #[arg(long)]
    erase: bool,
    /// Confirms --erase.
    #[arg(long, requires = "erase")]
    yes: bool,
    /// The customers table (output `CustomersTableName`); the variable `CUSTOMERS_TABLE` stands in for it.
    #[arg(long)]
    customers_table: Option<String>,
    /// The deliveries table (output `DeliveriesTableName`); the variable `DELIVERIES_TABLE` stands in for it.
    #[arg(long)]
    deliveries_table: Option<String>,
}

/// Shows, exports or erases.
pub(crate) fn run(arguments: &PersonArguments) -> Result<()> {
    if arguments.export {
        export(arguments)
    } else if arguments.erase {
        erase(arguments)
    } else {
        ledger::customer(&arguments.of)
    }
}

fn export(arguments: &PersonArguments) -> Result<()> {
    let (config, tables) = installation(arguments)?;
    let left_out = left_out(&tables);
    let persons = Persons::new(Database::new(&config), tables);
    let mut everything = block_on(async { Ok(persons.export(&key(arguments), now()).await?) })?;
    if !left_out.is_empty() {
        everything["not_looked_at"] = json!(left_out);
    }
    say(&serde_json::to_string_pretty(&everything)?)?;
    Ok(())
}

fn erase(arguments: &PersonArguments) -> Result<()> {
    if !arguments.yes {
        bail!("--erase cannot be undone: look at --export first, then repeat it with --yes");
    }
    let (config, tables) = installation(arguments)?;
    let left_out = left_out(&tables);
    let (database, key) = (Database::new(&config), key(arguments));
    let customers = DynamoCustomers::new(database.clone(), tables.customers.clone());
    let persons = Persons::new(database, tables);
    let endpoints = SnsEndpoints::new(&config, []);
    let (devices, erased) = block_on(async {
        let devices = remove_devices(&endpoints, &customers, &key).await?;
        Ok((devices, persons.erase(&key, now()).await.context("erase the customer")?))
    })?;
    say(&format!(
        "{} is erased: the profile, {devices} devices, {} other items, {} kept messages. The points' ledger stays under the id.",
        key.customer, erased.items, erased.messages
    ))?;
    if left_out.contains(&"deliveries") {
        say("The deliveries table was not named: messages that record mode kept go by themselves after 90 days.")?;
    }
    Ok(())
}

fn key(arguments: &PersonArguments) -> CustomerKey {
    CustomerKey { scope: arguments.of.scope.scope(), customer: arguments.of.customer.clone() }
}

fn installation(arguments: &PersonArguments) -> Result<(aws_types::SdkConfig, Tables)> {
    let (config, customers) = connect(arguments.customers_table.as_deref(), CUSTOMERS_BESIDE)?;
    let (ledger, deliveries) = Environment::from_process()
        .read(|environment| Some((environment.optional("LEDGER_TABLE"), environment.optional("DELIVERIES_TABLE"))))?;
    let tables = Tables {
        customers,
        ledger: arguments.of.table.clone().or(ledger),
        deliveries: arguments.deliveries_table.clone().or(deliveries),
    };
    Ok((config, tables))
}

/// An export that says nothing of a table could be taken for one that found nothing there.
fn left_out(tables: &Tables) -> Vec<&'static str> {
    let named = [("ledger", tables.ledger.is_some()), ("deliveries", tables.deliveries.is_some())];
    named.into_iter().filter(|(_, is_named)| !is_named).map(|(name, _)| name).collect()
}

/// Before the profile: it is where the endpoints are found.
async fn remove_devices(endpoints: &SnsEndpoints, customers: &DynamoCustomers, key: &CustomerKey) -> Result<usize> {
    let found = customers.profiles(std::slice::from_ref(key)).await.context("read the profile")?;
    let Some(profile) = found.into_values().next() else { return Ok(0) };
    let profile = profile?;
    for device in profile.devices.keys() {
        unregister(endpoints, customers, key, device).await.with_context(|| format!("remove the device {device}"))?;
    }
    Ok(profile.devices.len())
}

#[expect(clippy::disallowed_methods, reason = "a command for people happens now")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        arguments: PersonArguments,
    }

    fn parse(arguments: &[&str]) -> Result<PersonArguments, clap::Error> {
        let arguments = ["paybus"].iter().chain(arguments);
        Command::try_parse_from(arguments).map(|command| command.arguments)
    }

    #[test]
    fn an_option_does_one_thing_to_one_customer() {
        assert!(parse(&["--export"]).is_err());
        assert!(parse(&["cus_1", "--yes"]).is_err());
        assert!(parse(&["cus_1", "--export", "--erase"]).is_err());
        assert!(parse(&["cus 1", "--export"]).is_err());
        assert!(parse(&["cus_1", "--export"]).unwrap().export);
    }

    #[test]
    fn a_table_that_was_not_named_is_told() {
        let tables = Tables { customers: "customers".into(), ledger: Some("ledger".into()), deliveries: None };
        assert_eq!(left_out(&tables), ["deliveries"]);
    }

    #[test]
    fn erasing_asks_before_it_connects_to_anything() {
        let arguments = parse(&["cus_1", "--erase"]).unwrap();
        assert!(run(&arguments).unwrap_err().to_string().contains("--yes"));
    }
}
