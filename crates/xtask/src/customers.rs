//! The demo's customers on the local stack: their profiles, and phones that can be looked at.

use anyhow::Result;

use crate::{python::Environment, scenario::PEOPLE, stack::Stack};

/// Puts them there.
pub fn seed(_sam: &Environment, stack: &Stack) -> Result<()> {
    for person in PEOPLE.iter().filter(|person| person.has_device) {
        stack.aws.create_device(&person.device())?;
    }
    Ok(())
}
