//! Puts the demo's customers into the customers table of a local stack, through the code that owns the table's layout.
//!
//! A program of its own, so that `cargo xtask` needs no AWS SDK and starts quickly: it is compiled together with the
//! functions. Reads a JSON array of [`Customer`] from the standard input.

use std::{io, process::ExitCode};

use jiff::Timestamp;
use lambda_kit::{Environment, aws::AwsSettings};
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
};

/// Who is put there.
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
            tracing::error!(error.detail = %error, "could not put the customers there");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Problem> {
    let people: Vec<Customer> = serde_json::from_reader(io::stdin())?;
    let (settings, table) = Environment::from_process().read(|environment| {
        let settings = AwsSettings::from_environment(environment);
        Some((settings?, environment.required("CUSTOMERS_TABLE")?))
    })?;
    let customers = DynamoCustomers::new(Database::new(&settings.sdk_config()?), table);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for person in &people {
            put(&customers, person).await?;
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
