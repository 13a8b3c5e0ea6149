//! EventBridge event patterns, as far as rules of the template use them
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>).
//!
//! A value that CloudFormation fills in (`!Ref`, `!Sub`, `!If`) is not known here: it is taken to match.

use std::cmp::Ordering;

use serde_json::{Map, Value};
use thiserror::Error;

/// The key under which [`super::template`] keeps what only CloudFormation knows.
pub(crate) const FILLED_IN: &str = "filled in by CloudFormation";

/// Why a pattern cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PatternError {
    #[error("a pattern is made of objects and lists, not of {0}")]
    Shape(String),
    #[error("the operator {0} is not one that is known here")]
    Operator(String),
    #[error("the operator {operator} cannot be used with {operand}")]
    Operand { operator: String, operand: String },
}

/// Whether an event matches a pattern.
pub(crate) fn matches(pattern: &Value, event: &Value) -> Result<bool, PatternError> {
    let Some(fields) = pattern.as_object() else { return Err(PatternError::Shape(pattern.to_string())) };
    if fields.contains_key(FILLED_IN) {
        return Ok(true);
    }
    for (key, wanted) in fields {
        let matched = if key == "$or" { any_of(wanted, event)? } else { field_matches(wanted, event.get(key))? };
        if !matched {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any_of(alternatives: &Value, event: &Value) -> Result<bool, PatternError> {
    let Some(alternatives) = alternatives.as_array() else { return Err(PatternError::Shape(alternatives.to_string())) };
    any(alternatives, |alternative| matches(alternative, event))
}

fn field_matches(wanted: &Value, found: Option<&Value>) -> Result<bool, PatternError> {
    match (wanted, found) {
        (Value::Array(matchers), found) => any(matchers, |matcher| matcher_matches(matcher, found)),
        // A list of objects in an event matches when one of them does.
        (Value::Object(_), Some(Value::Array(elements))) => any(elements, |element| matches(wanted, element)),
        // What is not there can still match a pattern of `exists: false`.
        (Value::Object(_), found) => matches(wanted, found.unwrap_or(&Value::Null)),
        _ => Err(PatternError::Shape(wanted.to_string())),
    }
}

/// One alternative of a field; of a list in the event, one element has to match.
fn matcher_matches(matcher: &Value, found: Option<&Value>) -> Result<bool, PatternError> {
    if let Value::Object(operator) = matcher {
        return operator_matches(operator, found);
    }
    Ok(elements(found).any(|element| equal(matcher, element)))
}

fn operator_matches(operator: &Map<String, Value>, found: Option<&Value>) -> Result<bool, PatternError> {
    let Some((name, operand)) = operator.iter().next().filter(|_| operator.len() == 1) else {
        return Err(PatternError::Operator(Value::Object(operator.clone()).to_string()));
    };
    match name.as_str() {
        FILLED_IN => Ok(found.is_some()),
        // It looks at leaves only: an object that is there does not count.
        "exists" => match operand {
            Value::Bool(wanted) => Ok(*wanted == found.is_some_and(|found| !found.is_object())),
            _ => Err(wrong_operand(name, operand)),
        },
        "anything-but" => {
            let mut elements = elements(found).peekable();
            let is_there = elements.peek().is_some();
            for element in elements {
                if excluded(operand, element)? {
                    return Ok(false);
                }
            }
            Ok(is_there)
        }
        "numeric" => {
            let comparisons = operand.as_array().ok_or_else(|| wrong_operand(name, operand))?;
            any(elements(found), |element| numeric(comparisons, element))
        }
        _ => any(elements(found), |element| text_operator(name, operand, element)),
    }
}

fn text_operator(name: &str, operand: &Value, element: &Value) -> Result<bool, PatternError> {
    if let Value::Object(inner) = operand
        && inner.contains_key(FILLED_IN)
    {
        return Ok(true);
    }
    let (wanted, ignore_case) = match (operand, operand.get("equals-ignore-case")) {
        (Value::String(wanted), _) => (wanted.clone(), false),
        (Value::Object(_), Some(Value::String(wanted))) if matches!(name, "prefix" | "suffix") => {
            (wanted.clone(), true)
        }
        _ => return Err(wrong_operand(name, operand)),
    };
    let Some(found) = element.as_str() else { return known(name).map(|()| false) };
    let ignore_case = ignore_case || name == "equals-ignore-case";
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let (wanted, found) = (fold(&wanted), fold(found));
    match name {
        "prefix" => Ok(found.starts_with(&wanted)),
        "suffix" => Ok(found.ends_with(&wanted)),
        "equals-ignore-case" => Ok(found == wanted),
        "wildcard" => Ok(wildcard(&wanted, &found)),
        _ => Err(PatternError::Operator(name.to_owned())),
    }
}

fn known(name: &str) -> Result<(), PatternError> {
    if matches!(name, "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
        Ok(())
    } else {
        Err(PatternError::Operator(name.to_owned()))
    }
}

fn excluded(operand: &Value, element: &Value) -> Result<bool, PatternError> {
    match operand {
        Value::Array(values) => Ok(values.iter().any(|value| equal(value, element))),
        Value::Object(operator) => match operator.iter().next() {
            Some((name, Value::Array(operands))) => any(operands, |operand| text_operator(name, operand, element)),
            Some((name, operand)) => text_operator(name, operand, element),
            None => Err(wrong_operand("anything-but", operand)),
        },
        value => Ok(equal(value, element)),
    }
}

/// `["=", 5]`, or a range such as `[">", 0, "<=", 5]`.
fn numeric(comparisons: &[Value], element: &Value) -> Result<bool, PatternError> {
    let wrong = || wrong_operand("numeric", &Value::Array(comparisons.to_vec()));
    let (pairs, rest) = comparisons.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return Err(wrong());
    }
    for [operator, limit] in pairs {
        let (Some(operator), Some(limit)) = (operator.as_str(), limit.as_f64()) else { return Err(wrong()) };
        let ordering = element.as_f64().and_then(|number| number.partial_cmp(&limit));
        let holds = match operator {
            "=" => ordering == Some(Ordering::Equal),
            "<" => ordering == Some(Ordering::Less),
            "<=" => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            ">" => ordering == Some(Ordering::Greater),
            ">=" => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
            _ => return Err(wrong()),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `*` stands for any text; `\*` and `\\` for themselves.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = pattern.strip_prefix(first).unwrap_or_default();
    match first {
        '*' => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| wildcard(rest, &text[at..])),
        '\\' if rest.starts_with(['*', '\\']) => {
            rest.chars().next().zip(text.chars().next()).is_some_and(|(wanted, found)| wanted == found)
                && wildcard(&rest[1..], &text[1..])
        }
        _ => text.strip_prefix(first).is_some_and(|text| wildcard(rest, text)),
    }
}

/// The value itself, or the elements of a list.
fn elements(found: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, single): (&[Value], Option<&Value>) = match found {
        Some(Value::Array(elements)) => (elements, None),
        other => (&[], other),
    };
    list.iter().chain(single)
}

/// Equality, with numbers by value: 1 and 1.0 are one.
fn equal(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), Value::Number(found)) => {
            wanted == found || wanted.as_f64().partial_cmp(&found.as_f64()) == Some(Ordering::Equal)
        }
        _ => wanted == found,
    }
}

fn any<T>(
    values: impl IntoIterator<Item = T>,
    mut holds: impl FnMut(T) -> Result<bool, PatternError>,
) -> Result<bool, PatternError> {
    for value in values {
        if holds(value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn wrong_operand(operator: &str, operand: &Value) -> PatternError {
    PatternError::Operand { operator: operator.to_owned(), operand: operand.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(pattern: &Value, event: &Value, expected: bool) {
        assert_eq!(matches(pattern, event), Ok(expected), "{pattern} against {event}");
    }

    #[test]
    fn every_field_has_to_match_one_of_its_values() {
        let pattern = json!({"detail-type": ["a", "b"], "detail": {"livemode": [true]}});
        check(&pattern, &json!({"detail-type": "b", "detail": {"livemode": true, "more": 1}}), true);
        check(&pattern, &json!({"detail-type": "c", "detail": {"livemode": true}}), false);
        check(&pattern, &json!({"detail-type": "b", "detail": {"livemode": false}}), false);
        check(&pattern, &json!({"detail-type": "b"}), false);
    }

    #[test]
    fn operators_on_texts() {
        let field = |matcher: Value, found: &str| (json!({"x": [matcher]}), json!({"x": found}));
        for (matcher, found, expected) in [
            (json!({"prefix": "aws."}), "aws.partner", true),
            (json!({"prefix": "aws."}), "paybus", false),
            (json!({"prefix": {"equals-ignore-case": "AWS."}}), "aws.partner", true),
            (json!({"suffix": ".paid"}), "invoice.paid", true),
            (json!({"suffix": ".paid"}), "invoice.void", false),
            (json!({"equals-ignore-case": "ABC"}), "abc", true),
            (json!({"wildcard": "invoice.*"}), "invoice.paid", true),
            (json!({"wildcard": "*.created"}), "customer.source.created", true),
            (json!({"wildcard": "a*b*c"}), "aXbYc", true),
            (json!({"wildcard": "a\\*c"}), "a*c", true),
            (json!({"wildcard": "a\\*c"}), "abc", false),
            (json!({"anything-but": "x"}), "y", true),
            (json!({"anything-but": ["x", "y"]}), "y", false),
            (json!({"anything-but": {"prefix": "paybus."}}), "paybus.access", false),
            (json!({"anything-but": {"prefix": ["a", "b"]}}), "c", true),
        ] {
            let (pattern, event) = field(matcher, found);
            check(&pattern, &event, expected);
        }
    }

    #[test]
    fn presence() {
        check(&json!({"x": [{"exists": false}]}), &json!({}), true);
        check(&json!({"x": [{"exists": false}]}), &json!({"x": null}), false);
        check(&json!({"x": [{"exists": true}]}), &json!({"x": 0}), true);
        check(&json!({"x": {"y": [{"exists": false}]}}), &json!({}), true);
        check(&json!({"x": [{"anything-but": "a"}]}), &json!({}), false);
        check(&json!({"x": [null]}), &json!({"x": null}), true);
    }

    #[test]
    fn numbers() {
        check(&json!({"x": [1]}), &json!({"x": 1.0}), true);
        check(&json!({"x": [{"numeric": [">", 0, "<=", 5]}]}), &json!({"x": 5}), true);
        check(&json!({"x": [{"numeric": [">", 0, "<=", 5]}]}), &json!({"x": 5.5}), false);
        check(&json!({"x": [{"numeric": ["=", 3]}]}), &json!({"x": "3"}), false);
    }

    #[test]
    fn lists_in_events_match_by_one_element() {
        check(&json!({"x": ["b"]}), &json!({"x": ["a", "b"]}), true);
        check(&json!({"x": {"y": [1]}}), &json!({"x": [{"y": 2}, {"y": 1}]}), true);
        check(&json!({"x": [{"anything-but": "a"}]}), &json!({"x": ["a", "b"]}), false);
    }

    #[test]
    fn alternatives() {
        let pattern = json!({"$or": [{"x": [1]}, {"y": [1]}]});
        check(&pattern, &json!({"y": 1}), true);
        check(&pattern, &json!({"y": 2}), false);
    }

    #[test]
    fn what_cloudformation_fills_in_is_taken_to_match() {
        let unknown = json!({FILLED_IN: "Ref Source"});
        check(&json!({"source": [unknown.clone()]}), &json!({"source": "x"}), true);
        check(&json!({"source": [{"prefix": unknown}]}), &json!({"source": "x"}), true);
    }

    #[test]
    fn unknown_operator_is_an_error_that_names_it() {
        let error = matches(&json!({"x": [{"cidr": "10.0.0.0/8"}]}), &json!({"x": "10.1.1.1"})).unwrap_err();
        assert_eq!(error.to_string(), "the operator cidr is not one that is known here");
    }
}
