//! What is wrong with the shape of a document: everything at once, where reading it ends at the first mistake.
//!
//! Each mistake is noted and mended with a sample's value, and the document is read again, until it can be read. So what comes
//! after a mistake is looked at as well.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use jiff::Timestamp;
use processor_events::Currency;
use serde::{Deserializer, de};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{Check, Document, Problem, problem};
use crate::number::Ratio;

/// The most mistakes that are told; whoever has so many mends some first.
const MOST_PROBLEMS: usize = 100;

/// A document that has everything once: what mistakes are mended with.
const SAMPLE: &str = include_str!("sample-program.json");

/// Everything that is wrong with a document that cannot be read, in its shape and beyond.
pub(super) fn problems(mut document: Value) -> Vec<Problem> {
    let mut found = lists_for_objects(&mut document);
    while found.len() < MOST_PROBLEMS {
        let error = match serde_path_to_error::deserialize::<_, Document>(&document) {
            Ok(read) => {
                found.extend(beyond_shape(&read, &found));
                return found;
            }
            Err(error) => error,
        };
        let path: Vec<Segment> = error.path().iter().cloned().collect();
        let problem = problem(&text(error.path()), &plain(&error.inner().to_string()), "");
        if found.contains(&problem) {
            return found; // it cannot be mended, so what comes after it stays unknown
        }
        mend(&mut document, &path, &error.inner().to_string());
        found.push(problem);
    }
    found
}

/// Whether a list stands where an object belongs.
pub(super) fn has_lists_for_objects(document: &Value) -> bool {
    !lists_for_objects(&mut document.clone()).is_empty()
}

/// A path as people write it: `$.tiers.levels[1].from`.
pub(super) fn text(path: &Path) -> String {
    let segments = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("[{index}]"),
        Segment::Map { key } => format!(".{key}"),
        Segment::Enum { variant } => format!(".{variant}"),
        Segment::Unknown => ".?".to_owned(),
    });
    std::iter::once("$".to_owned()).chain(segments).collect()
}

/// The words of the reader without those of its programming language.
pub(crate) fn plain(message: &str) -> String {
    let message = without_type(message);
    let words = [
        ("expected a map", "expected an object"),
        ("expected string or map", "expected a text"),
        ("expected a sequence", "expected a list"),
        ("invalid type: sequence", "invalid type: list"),
        ("invalid type: map", "invalid type: object"),
        ("expected u64", "expected a whole number from 0 on"),
        ("expected u32", "expected a whole number from 0 on"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected i64", "expected a whole number"),
        ("expected i16", "expected a whole number from -32768 to 32767"),
    ];
    words.iter().fold(message, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// "expected struct Earning" names a type that the reader of the message has never seen.
fn without_type(message: &str) -> String {
    let Some((before, after)) = message.split_once("expected struct ") else { return message.to_owned() };
    let rest = after.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric());
    format!("{before}expected an object{rest}")
}

/// Reads a moment. A zone in brackets behind it is refused: it could say another time than the offset does.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    struct Moment;

    impl de::Visitor<'_> for Moment {
        type Value = Timestamp;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a date and time with its offset from UTC, such as \"2026-11-27T00:00:00-05:00\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
            let parsed = text.parse().ok().filter(|_| !text.contains('['));
            parsed.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_str(Moment)
}

/// Reads rates. A currency that is there twice, in whatever case, is refused: one of its rates would be ignored.
pub(super) fn rates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Currency, Ratio>, D::Error> {
    struct Rates;

    impl<'de> de::Visitor<'de> for Rates {
        type Value = BTreeMap<Currency, Ratio>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut rates = BTreeMap::new();
            while let Some((currency, rate)) = members.next_entry()? {
                if rates.insert(currency, rate).is_some() {
                    return Err(de::Error::custom(format!("duplicate field `{currency}`: a currency has one rate")));
                }
            }
            Ok(rates)
        }
    }

    deserializer.deserialize_map(Rates)
}

/// A list where an object belongs could be read as the values of its fields in turn, which nobody means.
fn lists_for_objects(document: &mut Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut places = vec![("$".to_owned(), document, sample())];
    while let Some((path, value, sample)) = places.pop() {
        if sample.is_object() && value.is_array() {
            found.push(problem(&path, "must be an object", "a list"));
            *value = sample.clone();
            continue;
        }
        match (value, sample) {
            (Value::Object(members), Value::Object(known)) => {
                let known = members.iter_mut().filter_map(|(key, value)| Some((key, value, known.get(key)?)));
                places.extend(known.map(|(key, value, sample)| (format!("{path}.{key}"), value, sample)));
            }
            (Value::Array(elements), Value::Array(known)) => {
                let Some(sample) = known.first() else { continue };
                let elements = elements.iter_mut().enumerate();
                places.extend(elements.map(|(index, value)| (format!("{path}[{index}]"), value, sample)));
            }
            _ => {}
        }
    }
    found
}

fn sample() -> &'static Value {
    static PARSED: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(SAMPLE).expect("the sample is compiled in and a test reads it"));
    &PARSED
}

/// What is wrong beyond the shape, without what comes from mending.
fn beyond_shape(document: &Document, mended: &[Problem]) -> Vec<Problem> {
    let mut check = Check::default();
    check.document(document);
    let is_own = |problem: &Problem| {
        !mended.iter().any(|mended| mended.path != "$" && problem.path.starts_with(mended.path.as_str()))
    };
    check.0.into_iter().filter(is_own).collect()
}

fn mend(document: &mut Value, path: &[Segment], message: &str) {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let mut path = path.to_vec();
    path.extend(missing.map(|key| Segment::Map { key: key.to_owned() }));
    while let Some((last, parents)) = path.split_last() {
        let Some(parent) = at(document, parents) else { return };
        let replacement = sample_at(&path);
        if let (None, Segment::Map { key }) = (replacement, last)
            && parent.as_object_mut().is_some_and(|members| members.remove(key).is_some())
        {
            return;
        }
        match (parent, last, replacement) {
            (Value::Object(members), Segment::Map { key }, Some(value)) => {
                members.insert(key.clone(), value.clone());
                return;
            }
            (Value::Array(elements), Segment::Seq { index }, Some(value)) => {
                if let Some(element) = elements.get_mut(*index) {
                    *element = value.clone();
                }
                return;
            }
            _ => {}
        }
        // Nothing to be done here: what is around it is replaced.
        path = parents.to_vec();
    }
    *document = sample().clone();
}

fn at<'d>(document: &'d mut Value, path: &[Segment]) -> Option<&'d mut Value> {
    path.iter().try_fold(document, |value, segment| match segment {
        Segment::Seq { index } => value.get_mut(*index),
        Segment::Map { key } => value.get_mut(key),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })
}

fn sample_at(path: &[Segment]) -> Option<&'static Value> {
    path.iter().try_fold(sample(), |value, segment| match segment {
        Segment::Seq { .. } => value.get(0),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_program_and_has_every_field() {
        let sample: Document = serde_json::from_value(sample().clone()).unwrap();
        let mut check = Check::default();
        check.document(&sample);
        assert_eq!(check.0, []);
        let written = serde_json::to_value(&sample).unwrap();
        let schema: Value = serde_json::from_str(crate::program::SCHEMA).unwrap();
        let known = schema["properties"].as_object().unwrap();
        assert!(known.keys().all(|key| *key == "$schema" || written.get(key).is_some()), "{known:?}");
    }
}
