//! Picking fields out of a JSON object, with errors that say where, which rule and what was there.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use jiff::Timestamp;

use crate::{
    Currency, Money, Personal,
    door::Malformed,
    ids::IdError,
    json::{Kind, Value},
};

/// Where in a document a reader is: a chain on the stack that costs nothing until an error prints it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'d> {
    parent: Option<&'d Place<'d>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Root,
    Key(&'static str),
    Index(usize),
}

impl<'d> Place<'d> {
    pub(crate) const ROOT: Place<'static> = Place { parent: None, step: Step::Root };

    pub(crate) const fn key(parent: &'d Place<'d>, key: &'static str) -> Self {
        Self { parent: Some(parent), step: Step::Key(key) }
    }

    pub(crate) const fn index(parent: &'d Place<'d>, index: usize) -> Self {
        Self { parent: Some(parent), step: Step::Index(index) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Root => formatter.write_str("$"),
            // `detail-type` and the like read better as a JSONPath with a dot than in brackets, and stay unambiguous.
            Step::Key(key) => write!(formatter, ".{key}"),
            Step::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

/// One wanted field of an object: found, null or not there.
#[derive(Clone, Copy)]
pub(crate) struct Field<'d> {
    value: Option<Value<'d>>,
    name: &'static str,
    of: &'d Place<'d>,
}

/// Types that are made from an id as text.
pub(crate) trait Id: TryFrom<String, Error = IdError> {}

impl<T: TryFrom<String, Error = IdError>> Id for T {}

impl<'d> Field<'d> {
    pub(crate) const fn empty(name: &'static str, of: &'d Place<'d>) -> Self {
        Self { value: None, name, of }
    }

    /// Takes the value of the field. A second value for one key is an error: readers disagree on which one counts.
    pub(crate) fn fill(&mut self, value: Value<'d>) -> Result<(), Box<Malformed>> {
        if self.value.is_some() {
            return Err(self.breaks("must stand there once, but stands there twice"));
        }
        self.value = Some(value);
        Ok(())
    }

    /// Where the field is.
    pub(crate) fn place(&self) -> Place<'d> {
        Place::key(self.of, self.name)
    }

    /// The field is there, be it null.
    pub(crate) const fn is_there(&self) -> bool {
        self.value.is_some()
    }

    /// The value, unless it is null or not there.
    pub(crate) fn value(&self) -> Option<Value<'d>> {
        self.value.filter(|value| value.kind() != Kind::Null)
    }

    /// An object. An empty list is one without members, which tells nothing: PHP writes them alike, and so do events that went
    /// through it (and Stripe's own test events of 2014 and 2015).
    pub(crate) fn object(&self) -> Result<Option<Value<'d>>, Box<Malformed>> {
        match self.value() {
            Some(value) if value.kind() == Kind::Array && value.elements().next().is_none() => Ok(None),
            Some(value) if value.kind() != Kind::Object => Err(self.breaks("must be an object")),
            value => Ok(value),
        }
    }

    pub(crate) fn required_object(&self) -> Result<Value<'d>, Box<Malformed>> {
        self.object()?.ok_or_else(|| self.missing())
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Result<Option<Cow<'d, str>>, Box<Malformed>> {
        let Some(value) = self.value() else { return Ok(None) };
        match checked_text(value) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(rule) => Err(self.breaks(rule)),
        }
    }

    pub(crate) fn required_text(&self) -> Result<Cow<'d, str>, Box<Malformed>> {
        self.text()?.ok_or_else(|| self.missing())
    }

    pub(crate) fn owned_text(&self) -> Result<Option<String>, Box<Malformed>> {
        Ok(self.text()?.map(Cow::into_owned))
    }

    pub(crate) fn personal(&self) -> Result<Option<Personal<String>>, Box<Malformed>> {
        Ok(self.owned_text()?.map(Personal::new))
    }

    /// A text where it is one; anything else counts as not there. For values that only explain something.
    pub(crate) fn lenient_text(&self) -> Option<String> {
        self.glimpse().map(Cow::into_owned)
    }

    /// Like [`Field::lenient_text`], for a text that is looked at and not kept.
    pub(crate) fn glimpse(&self) -> Option<Cow<'d, str>> {
        self.value().and_then(Value::text).filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(&self) -> Result<Option<bool>, Box<Malformed>> {
        match self.value().map(Value::kind) {
            None => Ok(None),
            Some(Kind::True) => Ok(Some(true)),
            Some(Kind::False) => Ok(Some(false)),
            Some(_) => Err(self.breaks("must be true or false")),
        }
    }

    pub(crate) fn integer(&self) -> Result<Option<i64>, Box<Malformed>> {
        let Some(value) = self.value() else { return Ok(None) };
        if value.kind() != Kind::Number {
            return Err(self.breaks("must be a whole number"));
        }
        if value.raw().contains(['.', 'e', 'E']) {
            return Err(self.breaks("must be a whole number, written without fraction or exponent"));
        }
        match value.raw().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_out_of_range) => Err(self.breaks("must be a whole number of at most 64 bits")),
        }
    }

    /// A whole number of a narrower type.
    pub(crate) fn number<T: TryFrom<i64>>(&self, rule: &'static str) -> Result<Option<T>, Box<Malformed>> {
        let Some(number) = self.integer()? else { return Ok(None) };
        T::try_from(number).map(Some).map_err(|_out_of_range| self.breaks(rule))
    }

    /// An amount of minor units that is not negative.
    pub(crate) fn money(&self, currency: Currency) -> Result<Option<Money>, Box<Malformed>> {
        match self.integer()? {
            Some(..=-1) => Err(self.breaks("must not be negative")),
            Some(amount_minor) => Ok(Some(Money::new(amount_minor, currency))),
            None => Ok(None),
        }
    }

    pub(crate) fn required_money(&self, currency: Currency) -> Result<Money, Box<Malformed>> {
        self.money(currency)?.ok_or_else(|| self.missing())
    }

    pub(crate) fn currency(&self) -> Result<Option<Currency>, Box<Malformed>> {
        let Some(code) = self.text()? else { return Ok(None) };
        Currency::new(&code).map(Some).map_err(|_error| self.breaks("must be a currency code of three letters"))
    }

    pub(crate) fn required_currency(&self) -> Result<Currency, Box<Malformed>> {
        self.currency()?.ok_or_else(|| self.missing())
    }

    /// Seconds since 1970.
    pub(crate) fn seconds(&self) -> Result<Option<Timestamp>, Box<Malformed>> {
        let Some(seconds) = self.integer()? else { return Ok(None) };
        let rule = "must be a time in seconds since 1970";
        Timestamp::from_second(seconds).map(Some).map_err(|_out_of_range| self.breaks(rule))
    }

    pub(crate) fn required_seconds(&self) -> Result<Timestamp, Box<Malformed>> {
        self.seconds()?.ok_or_else(|| self.missing())
    }

    /// A time as RFC 3339 writes it.
    pub(crate) fn required_time(&self) -> Result<Timestamp, Box<Malformed>> {
        let text = self.required_text()?;
        text.parse().map_err(|_error| self.breaks("must be a time such as 2026-01-31T09:30:00Z"))
    }

    pub(crate) fn id<T: Id>(&self) -> Result<Option<T>, Box<Malformed>> {
        let Some(text) = self.text()? else { return Ok(None) };
        T::try_from(text.into_owned()).map(Some).map_err(|error| self.breaks(format!("must be an id, but {error}")))
    }

    pub(crate) fn required_id<T: Id>(&self) -> Result<T, Box<Malformed>> {
        self.id()?.ok_or_else(|| self.missing())
    }

    /// The id of another object, which Stripe writes as text, or as the whole object where it was expanded.
    pub(crate) fn reference<T: Id>(&self) -> Result<Option<T>, Box<Malformed>> {
        let Some(value) = self.value() else { return Ok(None) };
        if value.kind() != Kind::Object {
            return self.id();
        }
        let place = self.place();
        IdOnly::read(value, &place)?.id.required_id().map(Some)
    }

    /// The merchant's own data: texts by key. Stripe admits nothing but texts; anything else is left out.
    pub(crate) fn metadata(&self) -> Result<BTreeMap<String, String>, Box<Malformed>> {
        let Some(value) = self.object()? else { return Ok(BTreeMap::new()) };
        let mut metadata = BTreeMap::new();
        for (key, value) in value.members() {
            let (Some(key), Kind::Text | Kind::EscapedText) = (key.text(), value.kind()) else { continue };
            let text = checked_text(value).map_err(|rule| self.breaks(rule))?;
            if metadata.insert(key.into_owned(), text.into_owned()).is_some() {
                return Err(self.breaks("must have each key once, but has one twice"));
            }
        }
        Ok(metadata)
    }

    /// The error that this field breaks a rule.
    pub(crate) fn breaks(&self, rule: impl Into<Cow<'static, str>>) -> Box<Malformed> {
        Malformed::new(&self.place(), rule, self.value.map(describe))
    }

    /// The error that this field is not there.
    pub(crate) fn missing(&self) -> Box<Malformed> {
        Malformed::new(&self.place(), "is required", Some(self.value.map_or_else(|| "nothing".to_owned(), describe)))
    }
}

/// A number that tells nearly all keys apart: comparing numbers is much cheaper than comparing texts, and an object has many keys
/// that nobody wants.
#[inline]
pub(crate) const fn key_tag(key: &[u8]) -> u64 {
    match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => short_key_tag(key),
    }
}

#[inline]
const fn short_key_tag(mut key: &[u8]) -> u64 {
    if let (Some(&[a, b, c, d]), Some(&[w, x, y, z])) = (key.first_chunk(), key.last_chunk()) {
        return u64::from_le_bytes([a, b, c, d, w, x, y, z]);
    }
    let mut tag = 0_u64;
    while let Some((&byte, rest)) = key.split_first() {
        tag = tag << 8 | lossless(byte);
        key = rest;
    }
    tag
}

/// The one bit of 128 that a tag has. A reader has a set of those that it wants: most other keys are told by one look at the set.
#[inline]
pub(crate) const fn tag_bit(tag: u64) -> u128 {
    // Multiplied by 2^64 over the golden ratio, near numbers come to lie far apart in the highest byte.
    let [.., highest] = tag.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    1 << (highest >> 1)
}

/// `u64::from` cannot be called at compile time yet.
const fn lossless(byte: u8) -> u64 {
    u64::from_le_bytes([byte, 0, 0, 0, 0, 0, 0, 0])
}

/// Declares what a reader wants of an object: `fields! { Name { field: "key", ... } }`.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $key:literal),* $(,)? }) => {
        $(#[$doc])*
        pub(crate) struct $name<'d> {
            $(pub(crate) $field: $crate::wire::Field<'d>,)*
        }

        impl<'d> $name<'d> {
            /// Picks the fields; all others are skipped.
            // Inlined, so that the fields are made where they are used: they are too many to be moved.
            #[inline]
            pub(crate) fn read(
                object: $crate::json::Value<'d>,
                place: &'d $crate::wire::Place<'d>,
            ) -> Result<Self, Box<$crate::door::Malformed>> {
                let mut fields = Self { $($field: $crate::wire::Field::empty($key, place),)* };
                fields.pick(object)?;
                Ok(fields)
            }

            fn pick(&mut self, object: $crate::json::Value<'d>) -> Result<(), Box<$crate::door::Malformed>> {
                for (key, value) in object.members() {
                    match key.plain_bytes() {
                        Some(key) => self.take(key, value)?,
                        // A key with half of a surrogate pair is nobody's.
                        None => key.text().map_or(Ok(()), |key| self.take(key.as_bytes(), value))?,
                    }
                }
                Ok(())
            }

            #[inline]
            fn take(
                &mut self,
                key: &[u8],
                value: $crate::json::Value<'d>,
            ) -> Result<(), Box<$crate::door::Malformed>> {
                const WANTED: u128 = 0 $(| $crate::wire::tag_bit($crate::wire::key_tag($key.as_bytes())))*;
                let tag = $crate::wire::key_tag(key);
                if WANTED & $crate::wire::tag_bit(tag) == 0 {
                    return Ok(());
                }
                $(if tag == const { $crate::wire::key_tag($key.as_bytes()) } && key == $key.as_bytes() {
                    return self.$field.fill(value);
                })*
                Ok(())
            }
        }
    };
}
pub(crate) use fields;

fields! {
    /// An expanded object of which only the id matters.
    IdOnly { id: "id" }
}

/// What may be said of a value in an error: never a text that could be about a person.
pub(crate) fn describe(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object => "an object".to_owned(),
        Kind::Array => "a list".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::True | Kind::False => value.raw().to_owned(),
        Kind::Number => value.raw().chars().take(SHOWN_CHARACTERS).collect(),
        Kind::Text | Kind::EscapedText => describe_text(value.raw()),
    }
}

/// Ids, codes and event types are shorter; a longer text says nothing more to the reader of an error.
const SHOWN_CHARACTERS: usize = 64;

/// Shows ids, codes and numbers; of every other text only its length, because it may be about a person.
fn describe_text(raw: &str) -> String {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'#' | b':' | b'/');
    let names_nobody = raw.bytes().all(is_code) && raw.bytes().any(|byte| byte == b'_' || byte.is_ascii_digit());
    if raw.is_empty()
        || (raw.len() <= SHOWN_CHARACTERS && (names_nobody || (raw.len() <= 8 && raw.bytes().all(is_code))))
    {
        return format!("\"{raw}\"");
    }
    format!("a text of {} characters", raw.chars().count())
}

/// A text that can be stored and shown: whole characters, no NUL.
#[inline]
fn checked_text(value: Value<'_>) -> Result<Cow<'_, str>, &'static str> {
    // A raw NUL is no JSON, so only an escape can bring one.
    match value.kind() {
        Kind::Text => Ok(Cow::Borrowed(value.raw())),
        Kind::EscapedText => match value.text() {
            Some(text) if text.contains('\0') => Err("must be a text without NUL characters"),
            Some(text) => Ok(text),
            None => Err("must be a text, but has half of a surrogate pair"),
        },
        Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => Err("must be a text"),
    }
}
