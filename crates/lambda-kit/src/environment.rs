//! Configuration from the environment, read once, all problems told at once.

use std::{collections::BTreeMap, error::Error, fmt, str::FromStr};

use crate::failure::with_causes;

/// The environment, and what was found wrong in it so far.
#[derive(Debug)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

/// Why the function does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    variable: &'static str,
    what: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the function's environment cannot be used: ")?;
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{} {}", problem.variable, problem.what)?;
        }
        formatter.write_str(" (set them under Environment in template.yaml, or with --env-vars for a local invoke)")
    }
}

impl Environment {
    /// Reads a configuration from the process's environment.
    ///
    /// `read` asks for every variable first and only then uses `?`, so that all problems are found in one go:
    ///
    /// ```
    /// # use lambda_kit::Environment;
    /// # struct Config { table: String, limit: u32 }
    /// let config = Environment::from_pairs([("TABLE", "ledger")]).read(|environment| {
    ///     let table = environment.required("TABLE");
    ///     let limit = environment.parsed_or("LIMIT", 10);
    ///     Some(Config { table: table?, limit: limit? })
    /// });
    /// assert_eq!(config.unwrap().limit, 10);
    /// ```
    #[must_use]
    pub fn from_process() -> Self {
        Self::from_pairs(std::env::vars_os().filter_map(|(name, value)| {
            // A name or value that is no UTF-8 cannot be one of ours; a required one then counts as not set.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// An environment for tests and tools.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, problems: Vec::new() }
    }

    /// Runs `read` and returns what it made, or everything that was wrong.
    pub fn read<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, ConfigError> {
        let made = read(&mut self);
        match made {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(ConfigError { problems: self.problems }),
        }
    }

    /// A variable that must be set and not empty.
    pub fn required(&mut self, variable: &'static str) -> Option<String> {
        let value = self.optional(variable);
        if value.is_none() {
            self.problem(variable, "is not set");
        }
        value
    }

    /// A variable that may be absent. CloudFormation cannot leave a variable out by parameter, so empty means absent.
    pub fn optional(&mut self, variable: &'static str) -> Option<String> {
        self.variables.get(variable).map(|value| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// A variable that must be set and readable as a `T`.
    pub fn parsed<T>(&mut self, variable: &'static str) -> Option<T>
    where
        T: FromStr<Err: Error>,
    {
        let text = self.required(variable)?;
        self.parse(variable, &text)
    }

    /// A variable that, when set, must be readable as a `T`.
    pub fn parsed_or<T>(&mut self, variable: &'static str, default: T) -> Option<T>
    where
        T: FromStr<Err: Error>,
    {
        match self.optional(variable) {
            Some(text) => self.parse(variable, &text),
            None => Some(default),
        }
    }

    /// A comma-separated list; absent means empty. Blanks around items, and empty items, do not count.
    pub fn list(&mut self, variable: &'static str) -> Vec<String> {
        let text = self.optional(variable).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// Records that a variable's value cannot be used; `what` continues a sentence that begins with its name.
    pub fn problem(&mut self, variable: &'static str, what: impl Into<String>) {
        self.problems.push(Problem { variable, what: what.into() });
    }

    fn parse<T>(&mut self, variable: &'static str, text: &str) -> Option<T>
    where
        T: FromStr<Err: Error>,
    {
        text.parse().map_err(|error| self.problem(variable, format!("cannot be used: {}", with_causes(&error)))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let environment = Environment::from_pairs([("LIMIT", "many"), ("EMPTY", "  ")]);
        let error = environment
            .read(|environment| {
                let limit = environment.parsed::<u32>("LIMIT");
                let empty = environment.required("EMPTY");
                let absent = environment.required("ABSENT");
                Some((limit?, empty?, absent?))
            })
            .unwrap_err();
        let text = error.to_string();
        for part in ["LIMIT cannot be used: invalid digit", "EMPTY is not set", "ABSENT is not set"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_list_is_split_at_commas() {
        let mut environment = Environment::from_pairs([("HOSTS", "a.example, b.example,,")]);
        assert_eq!(environment.list("HOSTS"), ["a.example", "b.example"]);
        assert!(environment.list("NONE").is_empty());
    }

    #[test]
    fn a_problem_that_the_reader_reports_itself_stops_the_start() {
        let environment = Environment::from_pairs([("COLOR", "mauve")]);
        let result = environment.read(|environment| {
            let color = environment.required("COLOR")?;
            environment.problem("COLOR", format!("is {color:?}, not #rrggbb"));
            Some(color)
        });
        assert!(result.is_err());
    }
}
