//! The demo's customers on the local stack: their profiles, and phones that can be looked at.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    isolation,
    scenario::PEOPLE,
    stack::{self, Stack},
    workspace,
};

/// Puts them there, by the program that knows the table's layout.
pub fn seed(stack: &Stack) -> Result<()> {
    let people: Vec<Value> = PEOPLE
        .iter()
        .map(|person| {
            let device = person.has_device.then(|| stack.aws.create_device(&person.device())).transpose()?;
            Ok(json!({ "id": person.id, "name": person.name, "email": person.email, "locale": person.locale, "device": device }))
        })
        .collect::<Result<_>>()?;
    put(stack, &Value::from(people))
}

/// Puts any customers there: a JSON array of `{id, name, email, locale, device}`.
pub fn put(stack: &Stack, people: &Value) -> Result<()> {
    let mut command = Command::new(program());
    isolation::apply(&mut command, stack.aws.port())?;
    let mut child = command
        .env("CUSTOMERS_TABLE", stack.output("CustomersTableName")?)
        .stdin(Stdio::piped())
        .spawn()
        .context("could not start the program that puts customers there")?;
    let mut input = child.stdin.take().context("the program's input is piped")?;
    input.write_all(people.to_string().as_bytes()).context("could not hand over the customers")?;
    drop(input);
    let status = child.wait().context("could not wait for the program that puts customers there")?;
    if !status.success() {
        bail!("the demo's customers could not be put into the customers table ({status})");
    }
    Ok(())
}

/// Compiles the program, with what the functions have compiled already.
pub fn compile() -> Result<()> {
    let mut command = isolation::cargo();
    command
        .args(["build", "--locked", "--profile", "local", "--package", "local-customers", "--target", stack::HOST])
        .current_dir(workspace::root());
    crate::process::run("compile-local-customers", "compiling what puts customers there", &mut command)
}

fn program() -> std::path::PathBuf {
    workspace::target().join(stack::HOST).join("local/local-customers")
}
