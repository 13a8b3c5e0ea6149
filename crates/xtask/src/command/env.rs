//! `cargo xtask env`: the settings for `sam`, `cargo lambda` and any AWS tool by hand, against a local stack.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::{
    aws::Aws,
    isolation, preconditions,
    python::{Tools, ensure},
    stack::{self, Stack},
    workspace,
};

/// Prints them for a shell to read, and keeps those of the functions for `sam local invoke --env-vars`. Words for people go
/// to the error output, so that `eval` does not see them.
pub fn run(port: u16) -> Result<()> {
    let python = preconditions::check()?;
    let sam = ensure(&python, Tools::Sam)?;
    println!("unset AWS_PROFILE AWS_SESSION_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    for (name, value) in isolation::settings(port)?.into_iter().chain(stack::build_settings(&sam)?) {
        println!("export {name}={}", quoted(&value));
    }
    eprintln!("This shell now reaches the local stack on port {port} only; a new shell is as before.");
    if Aws::new(port).is_ready() {
        for_functions(&Stack::on(port)?, port)
    } else {
        eprintln!("No stack runs there yet: `cargo xtask demo --keep` starts one.");
        Ok(())
    }
}

/// What a function is told that runs by itself. It records and does not send.
fn for_functions(stack: &Stack, port: u16) -> Result<()> {
    let mut variables = Map::from_iter([
        ("AWS_ENDPOINT_URL".to_owned(), json!(isolation::endpoint(port))),
        ("ENGAGEMENT_STATE_MACHINE_ARN".to_owned(), json!(Stack::engagement())),
        ("OUTBOUND_MODE".to_owned(), json!("record")),
        ("EMAIL_FROM".to_owned(), json!(format!("billing@{}", stack::SENDER_IDENTITY))),
        ("BRAND_NAME".to_owned(), json!("Paybus Demo")),
    ]);
    for (variable, output) in [
        ("LEDGER_TABLE", "LedgerTableName"),
        ("CUSTOMERS_TABLE", "CustomersTableName"),
        ("DELIVERIES_TABLE", "DeliveriesTableName"),
    ] {
        variables.insert(variable.to_owned(), json!(stack.output(output)?));
    }
    for (name, value) in &variables {
        println!("export {name}={}", quoted(value.as_str().unwrap_or_default()));
    }
    println!("export PAYBUS_WEBHOOK_URL={}", quoted(&stack.webhook_url()?));
    let file = workspace::local().join("env-vars.json");
    let text = json!({ "Parameters": Value::Object(variables) });
    fs::write(&file, format!("{text:#}\n")).with_context(|| format!("could not write {}", file.display()))
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quote_in_a_path_does_not_end_the_value() {
        assert_eq!(quoted("/home/o'neil"), r"'/home/o'\''neil'");
    }
}
