//! What went wrong, under a name that others may match on.

use std::{error::Error, fmt};

use lambda_runtime::Diagnostic;

/// A failure with a stable name.
///
/// The name is an API: Step Functions matches on it, metrics count by it, alarms name it. It is a short word in camel case such
/// as `LedgerConflict`. The detail is for people and holds the whole chain of causes; it must hold no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable name.
    pub name: &'static str,
    /// What happened, with every cause, outermost first.
    pub detail: String,
}

impl Failure {
    /// Names an error and keeps the text of its whole chain, because the Lambda runtime prints only the outermost.
    pub fn new(name: &'static str, error: &dyn Error) -> Self {
        Self { name, detail: with_causes(error) }
    }

    /// A failure that no error value stands behind.
    pub fn message(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, detail: detail.into() }
    }
}

/// The text of an error and of all its causes, outermost first: `could not connect: refused`.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.detail)
    }
}

impl Error for Failure {}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.detail }
    }
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("store the entry")]
    struct Outer(#[source] Inner);

    #[derive(Debug, Error)]
    #[error("the table is gone")]
    struct Inner;

    #[test]
    fn the_detail_holds_the_whole_chain_and_the_diagnostic_the_name() {
        let failure = Failure::new("LedgerUnavailable", &Outer(Inner));
        assert_eq!(failure.detail, "store the entry: the table is gone");
        let diagnostic = Diagnostic::from(failure);
        assert_eq!(diagnostic.error_type, "LedgerUnavailable");
    }
}
