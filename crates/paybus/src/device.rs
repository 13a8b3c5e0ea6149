//! `paybus device`: the devices that get a customer's push notifications.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use delivery::devices::{SnsEndpoints, platform_of, register, unregister};
use jiff::Timestamp;
use processor_events::{Personal, ids::CustomerId};
use storage::{
    Database,
    customers::{ChangeAnswer, CustomerKey, Device, DeviceId, Devices, DynamoCustomers, Platform, Profile, Profiles},
};

use crate::{
    aws::{CUSTOMERS, ScopeArguments, aws_help, block_on, connect, in_mode},
    output::write,
};

/// What to do with devices.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum DeviceCommand {
    /// Adds a device, or gives a known one its new token.
    Add(AddArguments),
    /// Lists a customer's devices.
    List(CustomerArguments),
    /// Removes a device and its endpoint.
    Remove(RemoveArguments),
}

/// Whose devices.
#[derive(Debug, clap::Args)]
#[command(after_help = aws_help!())]
pub(crate) struct CustomerArguments {
    /// The processor's id of the customer.
    #[arg(long, value_parser = customer_id)]
    customer: CustomerId,
    /// The customers table (output `CustomersTableName`); the variable `CUSTOMERS_TABLE` stands in for it.
    #[arg(long)]
    table: Option<String>,
    #[command(flatten)]
    scope: ScopeArguments,
}

/// Which device to add.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    customer: CustomerArguments,
    /// The app's own id of the device or installation.
    #[arg(long, value_parser = device_id)]
    device: DeviceId,
    /// The token that the push service gave the app.
    #[arg(long, requires = "application", required_unless_present = "endpoint")]
    token: Option<String>,
    /// The ARN of the SNS platform application that the token belongs to.
    #[arg(long)]
    application: Option<String>,
    /// An endpoint that exists already; for trials, also the ARN of a topic that stands for a device.
    #[arg(long, conflicts_with = "token", value_parser = sns_arn)]
    endpoint: Option<String>,
}

/// Which device to remove.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArguments {
    #[command(flatten)]
    customer: CustomerArguments,
    /// The app's own id of the device or installation.
    #[arg(long, value_parser = device_id)]
    device: DeviceId,
}

fn customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::new(text).map_err(|error| error.to_string())
}

fn device_id(text: &str) -> Result<DeviceId, String> {
    DeviceId::new(text).map_err(|error| error.to_string())
}

/// Pushes to anything else would be refused one by one, long after this command.
fn sns_arn(text: &str) -> Result<String, String> {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    if matches!(parts.as_slice(), ["arn", _, "sns", _, _, name] if !name.is_empty()) {
        Ok(text.to_owned())
    } else {
        Err("it is no ARN of SNS, such as arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/shop/...".to_owned())
    }
}

impl CustomerArguments {
    fn key(&self) -> CustomerKey {
        CustomerKey { scope: self.scope.scope(), customer: self.customer.clone() }
    }

    fn connect(&self) -> Result<(aws_types::SdkConfig, DynamoCustomers)> {
        let (config, table) = connect(self.table.as_deref(), CUSTOMERS)?;
        let customers = DynamoCustomers::new(Database::new(&config), table);
        Ok((config, customers))
    }
}

/// Does it and says what was done.
pub(crate) fn run(command: &DeviceCommand) -> Result<()> {
    let answer = match command {
        DeviceCommand::Add(arguments) => add(arguments),
        DeviceCommand::List(arguments) => list(arguments),
        DeviceCommand::Remove(arguments) => remove(arguments),
    }?;
    Ok(write(&answer)?)
}

fn add(arguments: &AddArguments) -> Result<String> {
    let (config, customers) = arguments.customer.connect()?;
    let key = arguments.customer.key();
    match (&arguments.token, &arguments.application, &arguments.endpoint) {
        (Some(token), Some(application), _) => {
            let platform = platform_of(application).with_context(|| format!(
                "--application {application} is no SNS platform application: arn:aws:sns:<region>:<account>:app/APNS/<name> or .../app/GCM/<name>"
            ))?;
            let endpoints = SnsEndpoints::new(&config, [application.clone()]);
            let token = (platform, &Personal::new(token.clone()));
            block_on(async { Ok(register(&endpoints, &customers, &key, &arguments.device, token, now()).await?) })?;
        }
        (_, _, Some(endpoint)) => {
            // A topic names no push service; which one is noted does not matter then.
            let platform = platform_of(endpoint).unwrap_or(Platform::Fcm);
            let device = Device { endpoint_arn: endpoint.clone(), platform, registered_at: now(), stale_since: None };
            match block_on(async { Ok(customers.register(&key, &arguments.device, &device).await?) })? {
                ChangeAnswer::Applied => {}
                ChangeAnswer::Outdated => bail!("{} has been deleted", key.customer),
            }
        }
        _ => bail!("a device needs --token with --application, or --endpoint"),
    }
    Ok(format!("{} gets the pushes for {}\n", arguments.device, key.customer))
}

fn list(arguments: &CustomerArguments) -> Result<String> {
    let (_, customers) = arguments.connect()?;
    let key = arguments.key();
    let found = block_on(async { Ok(customers.profiles(std::slice::from_ref(&key)).await?) })?;
    Ok(match found.into_values().next().transpose()? {
        Some(profile) => listing(&profile),
        None => format!("nothing is known of {} {}\n", key.customer, in_mode(&key.scope)),
    })
}

fn remove(arguments: &RemoveArguments) -> Result<String> {
    let (config, customers) = arguments.customer.connect()?;
    let endpoints = SnsEndpoints::new(&config, []);
    let key = arguments.customer.key();
    let was_there = block_on(async { Ok(unregister(&endpoints, &customers, &key, &arguments.device).await?) })?;
    Ok(if was_there {
        format!("{} gets no more pushes for {}\n", arguments.device, key.customer)
    } else {
        format!("{} has no device {}\n", key.customer, arguments.device)
    })
}

#[expect(clippy::disallowed_methods, reason = "a command for people happens now")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// To the second: nobody reads nanoseconds.
fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn listing(profile: &Profile) -> String {
    let mut text = String::new();
    for (id, device) in &profile.devices {
        let state = match device.stale_since {
            None => "in use".to_owned(),
            Some(since) => format!("gone since {}", second(since)),
        };
        let Device { platform, endpoint_arn, .. } = device;
        let registered_at = second(device.registered_at);
        writeln!(text, "{id}  {}  registered {registered_at}  {state}  {endpoint_arn}", platform.name())
            .expect("a string takes any text");
    }
    if text.is_empty() { "no devices\n".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(subcommand)]
        command: DeviceCommand,
    }

    fn parse(line: &str) -> Result<Command, ErrorKind> {
        Command::try_parse_from(line.split(' ')).map_err(|error| error.kind())
    }

    #[test]
    fn a_device_is_added_by_token_or_by_endpoint_and_never_by_both() {
        let add = |how: &str| parse(&format!("device add --customer cus_1 --device phone{how}")).map(|_| ());
        assert_eq!(add(" --token t --application arn:aws:sns:eu-west-1:1:app/GCM/shop"), Ok(()));
        assert_eq!(add(" --endpoint arn:aws:sns:eu-west-1:1:topic"), Ok(()));
        assert_eq!(add(" --endpoint arn:aws:sqs:eu-west-1:1:queue"), Err(ErrorKind::ValueValidation));
        assert_eq!(add(" --endpoint phone"), Err(ErrorKind::ValueValidation));
        assert_eq!(add(""), Err(ErrorKind::MissingRequiredArgument));
        assert_eq!(add(" --token t"), Err(ErrorKind::MissingRequiredArgument));
        assert_eq!(
            add(" --token t --application a --endpoint arn:aws:sns:eu-west-1:1:topic"),
            Err(ErrorKind::ArgumentConflict)
        );
    }

    #[test]
    fn an_id_that_breaks_its_rules_is_refused_at_the_door() {
        assert_eq!(parse("device list --customer cus#1").map(|_| ()), Err(ErrorKind::ValueValidation));
        assert_eq!(parse("device remove --customer cus_1 --device a#b").map(|_| ()), Err(ErrorKind::ValueValidation));
    }

    #[test]
    fn the_listing_tells_devices_in_use_from_those_that_are_gone() {
        let device = |stale_since| Device {
            endpoint_arn: "arn:1".to_owned(),
            platform: Platform::Apns,
            registered_at: Timestamp::from_millisecond(999).unwrap(),
            stale_since,
        };
        let mut profile = Profile::default();
        assert_eq!(listing(&profile), "no devices\n");
        profile.devices.insert(DeviceId::new("phone").unwrap(), device(None));
        profile.devices.insert(DeviceId::new("tablet").unwrap(), device(Some(Timestamp::UNIX_EPOCH)));
        assert_eq!(
            listing(&profile),
            "phone  apns  registered 1970-01-01T00:00:00Z  in use  arn:1\n\
             tablet  apns  registered 1970-01-01T00:00:00Z  gone since 1970-01-01T00:00:00Z  arn:1\n"
        );
    }
}
