//! Personal data that must not reach a log line.

use std::fmt;

/// A value about a person: a name, an email address, a phone number.
///
/// `Debug` does not show it, and there is no `Display`: whoever needs the value asks for it by [`Personal::reveal`], so that
/// every use can be found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps a value that is about a person.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for a message to that person or for storage; never for a log, a metric or a workflow input.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, by value.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[personal]")
    }
}
