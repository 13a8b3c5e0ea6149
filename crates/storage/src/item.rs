//! Items by hand: reading names table, key and attribute when something is wrong, writing leaves out what is absent.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::{self, Display},
};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::CorruptItem;

/// The name of the partition key in every table.
pub(crate) const PARTITION_KEY: &str = "pk";
/// The name of the sort key in every table.
pub(crate) const SORT_KEY: &str = "sk";

/// What DynamoDB calls an item, and a map inside an item.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The key of an item, for reading it or as the start of writing it.
pub(crate) fn key(partition: impl Into<String>, sort: impl Into<String>) -> Attributes {
    HashMap::from([(PARTITION_KEY.to_owned(), text(partition)), (SORT_KEY.to_owned(), text(sort))])
}

/// Reads the attributes of one item, or of a map inside it.
#[derive(Clone)]
pub(crate) struct Reader<'item> {
    table: &'static str,
    key: String,
    path: String,
    attributes: &'item Attributes,
}

impl<'item> Reader<'item> {
    /// Starts to read an item of a table (its short name: `ledger`).
    pub(crate) fn new(table: &'static str, attributes: &'item Attributes) -> Self {
        let part = |name| attributes.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
        let key = format!("{}/{}", part(PARTITION_KEY), part(SORT_KEY));
        Self { table, key, path: String::new(), attributes }
    }

    /// A text that must be there.
    pub(crate) fn text(&self, name: &str) -> Result<&'item str, CorruptItem> {
        self.required(name, self.optional_text(name)?)
    }

    /// A text that may be absent.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&'item str>, CorruptItem> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(value)) => Ok(Some(value)),
            Some(_) => Err(self.corrupt(name, "is no text")),
        }
    }

    /// An integer that must be there; the type decides the range.
    pub(crate) fn integer<T: std::str::FromStr>(&self, name: &str) -> Result<T, CorruptItem> {
        self.required(name, self.optional_integer(name)?)
    }

    /// An integer that may be absent.
    pub(crate) fn optional_integer<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, CorruptItem> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => {
                let value = digits.parse().map_err(|_| self.corrupt(name, "is no integer of the expected range"))?;
                Ok(Some(value))
            }
            Some(_) => Err(self.corrupt(name, "is no number")),
        }
    }

    /// A list of texts; empty when the attribute is absent.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'item str>, CorruptItem> {
        let Some(value) = self.attributes.get(name) else { return Ok(Vec::new()) };
        let AttributeValue::L(values) = value else { return Err(self.corrupt(name, "is no list")) };
        let text = |value: &'item AttributeValue| value.as_s().map(String::as_str);
        values
            .iter()
            .map(text)
            .collect::<Result<_, _>>()
            .map_err(|_| self.corrupt(name, "holds something else than texts"))
    }

    /// A set of texts; empty when the attribute is absent, as DynamoDB has no empty sets.
    pub(crate) fn text_set(&self, name: &str) -> Result<BTreeSet<String>, CorruptItem> {
        match self.attributes.get(name) {
            None => Ok(BTreeSet::new()),
            Some(AttributeValue::Ss(texts)) => Ok(texts.iter().cloned().collect()),
            Some(_) => Err(self.corrupt(name, "is no set of texts")),
        }
    }

    /// Yes or no, that must be there.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, CorruptItem> {
        self.required(name, self.optional_flag(name)?)
    }

    /// Yes or no, that may be absent.
    pub(crate) fn optional_flag(&self, name: &str) -> Result<Option<bool>, CorruptItem> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(self.corrupt(name, "is neither true nor false")),
        }
    }

    /// A point in time, written as RFC 3339 text.
    pub(crate) fn timestamp(&self, name: &str) -> Result<Timestamp, CorruptItem> {
        self.required(name, self.optional_timestamp(name)?)
    }

    /// A point in time that may be absent.
    pub(crate) fn optional_timestamp(&self, name: &str) -> Result<Option<Timestamp>, CorruptItem> {
        self.optional_parsed(name, str::parse)
    }

    /// A text that must be there and that `parse` understands.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&'item str) -> Result<T, E>,
    ) -> Result<T, CorruptItem> {
        self.required(name, self.optional_parsed(name, parse)?)
    }

    /// A text that may be absent and that `parse` understands.
    pub(crate) fn optional_parsed<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&'item str) -> Result<T, E>,
    ) -> Result<Option<T>, CorruptItem> {
        let Some(value) = self.optional_text(name)? else { return Ok(None) };
        parse(value).map(Some).map_err(|error| self.corrupt(name, &format!("cannot be read: {error}")))
    }

    /// A map inside this item that must be there.
    pub(crate) fn map(&self, name: &str) -> Result<Reader<'item>, CorruptItem> {
        self.required(name, self.optional_map(name)?)
    }

    /// A map inside this item that may be absent.
    pub(crate) fn optional_map(&self, name: &str) -> Result<Option<Reader<'item>>, CorruptItem> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::M(attributes)) => {
                Ok(Some(Reader { table: self.table, key: self.key.clone(), path: self.path_of(name), attributes }))
            }
            Some(_) => Err(self.corrupt(name, "is no map")),
        }
    }

    /// The names of the attributes here, sorted: for maps whose keys are data (devices, channels).
    pub(crate) fn names(&self) -> Vec<&'item str> {
        let mut names: Vec<_> = self.attributes.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The error for an attribute that breaks a rule which only the caller knows.
    pub(crate) fn corrupt(&self, name: &str, problem: &str) -> CorruptItem {
        CorruptItem {
            table: self.table,
            key: self.key.clone(),
            attribute: self.path_of(name),
            problem: problem.to_owned(),
        }
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, CorruptItem> {
        value.ok_or_else(|| self.corrupt(name, "is missing"))
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

impl fmt::Debug for Reader<'_> {
    /// Shows where, never what: items can hold personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reader").field("table", &self.table).field("key", &self.key).finish_non_exhaustive()
    }
}

/// Builds an item, or a map inside it.
#[derive(Clone, Default)]
pub(crate) struct Writer(Attributes);

impl Writer {
    /// Starts an item with its key.
    pub(crate) fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self(key(partition, sort))
    }

    /// Starts a map inside an item.
    pub(crate) fn map() -> Self {
        Self::default()
    }

    /// Adds a text.
    pub(crate) fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.attribute(name, text(value))
    }

    /// Adds a text if there is one.
    pub(crate) fn optional_text(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a list of texts; nothing when it is empty.
    pub(crate) fn texts(self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<_> = values.into_iter().map(AttributeValue::S).collect();
        if values.is_empty() { self } else { self.attribute(name, AttributeValue::L(values)) }
    }

    /// Adds an integer.
    pub(crate) fn integer(self, name: &str, value: impl Into<i128>) -> Self {
        self.attribute(name, number(value.into()))
    }

    /// Adds yes or no.
    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.attribute(name, AttributeValue::Bool(value))
    }

    /// Adds a point in time as RFC 3339 text.
    pub(crate) fn timestamp(self, name: &str, value: Timestamp) -> Self {
        self.text(name, value.to_string())
    }

    /// Adds a point in time if there is one.
    pub(crate) fn optional_timestamp(self, name: &str, value: Option<Timestamp>) -> Self {
        self.optional_text(name, value.map(|value| value.to_string()))
    }

    /// Adds a map.
    pub(crate) fn nested(self, name: &str, value: Self) -> Self {
        self.attribute(name, AttributeValue::M(value.0))
    }

    /// Adds an attribute of any type.
    pub(crate) fn attribute(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The finished item.
    pub(crate) fn finish(self) -> Attributes {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let noon: Timestamp = "2026-08-01T12:00:00Z".parse().unwrap();
        let item = Writer::new("live#customer#cus_1", "profile")
            .text("name", "Ada")
            .optional_text("phone", None::<String>)
            .integer("version", u64::MAX)
            .integer("points", i64::MIN)
            .flag("subscribed", true)
            .timestamp("changed_at", noon)
            .nested("device", Writer::map().text("platform", "ios"))
            .finish();
        let reader = Reader::new("customers", &item);
        assert_eq!(reader.text("name").unwrap(), "Ada");
        assert_eq!(reader.optional_text("phone").unwrap(), None);
        assert_eq!(reader.integer::<u64>("version").unwrap(), u64::MAX);
        assert_eq!(reader.integer::<i64>("points").unwrap(), i64::MIN);
        assert!(reader.flag("subscribed").unwrap());
        assert_eq!(reader.timestamp("changed_at").unwrap(), noon);
        assert_eq!(reader.map("device").unwrap().text("platform").unwrap(), "ios");
    }

    #[test]
    fn a_corrupt_attribute_is_named_with_table_key_and_path() {
        let item = Writer::new("live#customer#cus_1", "profile")
            .nested("device", Writer::map().integer("platform", 5_i64))
            .finish();
        let error = Reader::new("customers", &item).map("device").unwrap().text("platform").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the item live#customer#cus_1/profile of the customers table is corrupt: attribute device.platform is no text"
        );
    }

    #[test]
    fn numbers_outside_their_type_are_corrupt() {
        let item = Writer::new("p", "s").integer("small", 256_i64).finish();
        assert!(Reader::new("ledger", &item).integer::<u8>("small").is_err());
        assert!(Reader::new("ledger", &item).integer::<u16>("small").is_ok());
    }

    #[test]
    fn a_missing_attribute_is_corrupt_only_where_it_is_required() {
        let item = key("p", "s");
        let reader = Reader::new("ledger", &item);
        assert_eq!(reader.integer::<i64>("points").unwrap_err().problem, "is missing");
        assert_eq!(reader.optional_integer::<i64>("points").unwrap(), None);
    }
}
