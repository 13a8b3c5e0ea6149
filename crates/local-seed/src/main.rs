//! Fills the tables of a local stack, through the code that owns their layout: customers, and a loyalty program.
//!
//! A program of its own, so that `cargo xtask` needs no AWS SDK and starts quickly: it is compiled together with the
//! functions, which `paybus program put` would not be. Reads a [`Seed`] as JSON from the standard input.

use std::{io, process::ExitCode};

use jiff::Timestamp;
use lambda_kit::{Environment, aws::AwsSettings};
use loyalty::Program;
use processor_events::{
    Personal,
    event::Mode,
    ids::{CustomerId, EventId},
};
use serde::Deserialize;
use storage::{
    Database, Scope,
    customers::{
        Contact, ContactChange, CustomerKey, Device, DeviceId, Devices, DynamoCustomers, Platform, ProfileChanges,
        SourceVersion,
    },
    program::{DynamoPrograms, Programs},
};

/// What is put there.
#[derive(Deserialize)]
struct Seed {
    #[serde(default)]
    customers: Vec<Customer>,
    /// The document of a loyalty program, to be put into force as `paybus program put` does it.
    program: Option<String>,
}

/// A customer.
#[derive(Deserialize)]
struct Customer {
    id: String,
    name: String,
    email: String,
    locale: String,
    /// The ARN that pushes are published to.
    device: Option<String>,
}

/// Whatever keeps a customer from being put there.
type Problem = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lambda_kit::logging::init(tracing::level_filters::LevelFilter::ERROR);
            tracing::error!(error.detail = %error, "could not fill the tables");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Problem> {
    let seed: Seed = serde_json::from_reader(io::stdin())?;
    let (settings, customers_table, ledger_table) = Environment::from_process().read(|environment| {
        let settings = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        Some((settings?, customers_table?, environment.required("LEDGER_TABLE")?))
    })?;
    let database = Database::new(&settings.sdk_config()?);
    let customers = DynamoCustomers::new(database.clone(), customers_table);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for customer in &seed.customers {
            put(&customers, customer).await?;
        }
        if let Some(document) = &seed.program {
            DynamoPrograms::new(database, ledger_table).put(&Program::parse(document)?).await?;
        }
        Ok(())
    })
}

async fn put(customers: &DynamoCustomers, person: &Customer) -> Result<(), Problem> {
    let key =
        CustomerKey { scope: Scope { mode: Mode::Test, account: None }, customer: CustomerId::new(person.id.clone())? };
    let contact = Contact {
        email: Some(Personal::new(person.email.clone())),
        name: Some(Personal::new(person.name.clone())),
        locales: vec![person.locale.clone()],
        ..Contact::default()
    };
    let source = SourceVersion { occurred_at: Timestamp::UNIX_EPOCH, event: EventId::new("evt_1PaybusLocalCustomer")? };
    customers.change(&key, &source, &ContactChange::Set(contact)).await?;
    if let Some(endpoint_arn) = &person.device {
        let device = Device {
            endpoint_arn: endpoint_arn.clone(),
            platform: Platform::Fcm,
            registered_at: Timestamp::UNIX_EPOCH,
            stale_since: None,
        };
        customers.register(&key, &DeviceId::new("phone")?, &device).await?;
    }
    Ok(())
}
