//! What a local stack begins with: the demo's customers, phones that can be looked at, and a loyalty program.

use std::{fs, io::Write, process::Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{programs::Program, scenario::PEOPLE, stack::Stack, workspace};

/// Puts all of it there, by the program that knows the tables' layouts.
pub fn demo(stack: &Stack) -> Result<()> {
    let file = workspace::example_program();
    let program = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    put(stack, &json!({ "customers": people(stack)?, "program": program }))
}

/// The demo's customers, with phones where they have some.
pub fn people(stack: &Stack) -> Result<Vec<Value>> {
    PEOPLE
        .iter()
        .map(|person| {
            let device = person.has_device.then(|| stack.aws.create_device(&person.device())).transpose()?;
            Ok(json!({ "id": person.id, "name": person.name, "email": person.email, "locale": person.locale, "device": device }))
        })
        .collect()
}

/// Puts any customers there: a JSON array of `{id, name, email, locale, device}`.
pub fn customers(stack: &Stack, people: &Value) -> Result<()> {
    put(stack, &json!({ "customers": people }))
}

fn put(stack: &Stack, seed: &Value) -> Result<()> {
    let mut child = Program::LocalSeed
        .command(stack.aws.port())?
        .env("CUSTOMERS_TABLE", stack.output("CustomersTableName")?)
        .env("LEDGER_TABLE", stack.output("LedgerTableName")?)
        .stdin(Stdio::piped())
        .spawn()
        .context("could not start the program that fills the tables")?;
    let mut input = child.stdin.take().context("the program's input is piped")?;
    input.write_all(seed.to_string().as_bytes()).context("could not hand over what the tables begin with")?;
    drop(input);
    let status = child.wait().context("could not wait for the program that fills the tables")?;
    if !status.success() {
        bail!("the tables could not be filled ({status})");
    }
    Ok(())
}
