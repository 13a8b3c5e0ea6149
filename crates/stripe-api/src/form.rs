//! The two encodings of parameters: a form for v1, and the query of both.

use std::fmt::Display;

use form_urlencoded::Serializer;

/// Parameters in the order in which they were added; the order is part of what idempotent requests compare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    pub(crate) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn with_metadata<'a>(self, metadata: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        metadata.into_iter().fold(self, |form, (name, value)| form.with(format!("metadata[{name}]"), value))
    }

    pub(crate) fn encode(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// A path with these parameters as its query.
    pub(crate) fn after(&self, path: &str) -> String {
        if self.0.is_empty() { path.to_owned() } else { format!("{path}?{}", self.encode()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_reserved_characters_are_escaped() {
        let form = Form::new().with_metadata([("reward", "a&b=c d")]).with_some("limit", None::<u8>);
        assert_eq!(form.encode(), "metadata%5Breward%5D=a%26b%3Dc+d");
        assert_eq!(Form::new().after("/v1/events"), "/v1/events");
    }
}
