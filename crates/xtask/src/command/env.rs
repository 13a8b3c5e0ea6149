//! `cargo xtask env`: the settings for `sam` and `cargo lambda` by hand, against a local stack.

use anyhow::Result;

use crate::{
    isolation, preconditions,
    python::{Tools, ensure},
    stack,
};

/// Prints them for a shell to read. What they are for goes to the error output, so that `eval` does not see it.
pub fn run(port: u16) -> Result<()> {
    let python = preconditions::check()?;
    let sam = ensure(&python, Tools::Sam)?;
    println!("unset AWS_PROFILE AWS_SESSION_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    for (name, value) in isolation::settings(port)?.into_iter().chain(stack::build_settings(&sam)?) {
        println!("export {name}={}", quoted(&value));
    }
    eprintln!("This shell now reaches the local stack on port {port} only; a new shell is as before.");
    Ok(())
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
