//! A JSON text as a flat list of what stands where.
//!
//! The text is checked once, in full, against RFC 8259; nothing is copied out of it. A reader then walks over the few fields it
//! wants and skips the rest in one step each. Why not `serde_json`: the type of a Stripe event stands after its object, so typed
//! reading takes two passes, which measured only 2 to 3 times faster than `serde_json::Value`; its errors have no path; and
//! wrong kinds of values, duplicate keys and numbers beyond 64 bits have to be told apart here. The tests and a fuzz target hold
//! this reader against `serde_json`.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions only grow by what was just seen of a text whose length was checked to fit 32 bits"
)]

use std::borrow::Cow;

use thiserror::Error;

/// How deep a text may nest. Stripe's deepest events have about a dozen levels; EventBridge would let 1,000 through.
pub(crate) const MAX_DEPTH: usize = 100;

/// Why a text is no JSON that is read here, and where: a byte offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum JsonError {
    #[error("the text begins with a byte order mark")]
    ByteOrderMark,
    #[error("the text ends at byte {at} in the middle of a value")]
    Incomplete { at: usize },
    #[error("byte {at} is not what JSON has there")]
    Unexpected { at: usize },
    #[error("the text at byte {at} has a raw control character")]
    ControlCharacter { at: usize },
    #[error("byte {at} is nested deeper than {MAX_DEPTH} levels")]
    TooDeep { at: usize },
    #[error("something follows the value at byte {at}")]
    Trailing { at: usize },
    #[error("the text has 4 GiB or more")]
    TooLong,
}

/// What kind of value stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    /// A text without escapes: the bytes between the quotes are the text.
    Text,
    /// A text with at least one escape.
    EscapedText,
    Number,
    True,
    False,
    Null,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    /// The first byte of the value; of a text, the first one inside the quotes.
    start: u32,
    /// The byte after the last one.
    end: u32,
    /// The node after this value and all that is inside it.
    next: u32,
}

/// A checked JSON text.
#[derive(Debug)]
pub(crate) struct Document<'d> {
    text: &'d str,
    nodes: Vec<Node>,
}

impl<'d> Document<'d> {
    pub(crate) fn parse(text: &'d str) -> Result<Self, JsonError> {
        if u32::try_from(text.len()).is_err() {
            return Err(JsonError::TooLong);
        }
        if text.starts_with('\u{feff}') {
            return Err(JsonError::ByteOrderMark);
        }
        Ok(Self { text, nodes: Scanner::new(text).scan()? })
    }

    pub(crate) fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }
}

/// One value inside a document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'d> {
    document: &'d Document<'d>,
    index: usize,
}

impl<'d> Value<'d> {
    pub(crate) fn kind(self) -> Kind {
        self.node().kind
    }

    /// The value as it is written; of a text, what is inside the quotes, escapes and all.
    pub(crate) fn raw(self) -> &'d str {
        let node = self.node();
        &self.document.text[position(node.start)..position(node.end)]
    }

    /// The text itself; `None` where it is no text, or one with a lone surrogate, which is no text at all.
    pub(crate) fn text(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::Text => Some(Cow::Borrowed(self.raw())),
            Kind::EscapedText => unescape(self.raw()).map(Cow::Owned),
            Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => None,
        }
    }

    /// The text where it is written without escapes, as nearly every key is.
    pub(crate) fn plain_text(self) -> Option<&'d str> {
        if self.kind() == Kind::Text { Some(self.raw()) } else { None }
    }

    /// The members of an object, in order, duplicates included; nothing for any other kind.
    pub(crate) fn members(self) -> impl Iterator<Item = (Value<'d>, Value<'d>)> {
        let mut inside = self.inside(Kind::Object);
        std::iter::from_fn(move || Some((inside.next()?, inside.next()?)))
    }

    /// The elements of an array, in order; nothing for any other kind.
    pub(crate) fn elements(self) -> impl Iterator<Item = Value<'d>> {
        self.inside(Kind::Array)
    }

    fn inside(self, kind: Kind) -> Inside<'d> {
        let first = self.index + 1;
        let end = if self.kind() == kind { position(self.node().next) } else { first };
        Inside { document: self.document, index: first, end }
    }

    fn node(self) -> Node {
        self.document.nodes[self.index]
    }
}

/// The values directly inside a container; in an object keys and values take turns.
struct Inside<'d> {
    document: &'d Document<'d>,
    index: usize,
    end: usize,
}

impl<'d> Iterator for Inside<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        if self.index >= self.end {
            return None;
        }
        let value = Value { document: self.document, index: self.index };
        self.index = position(value.node().next);
        Some(value)
    }
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).expect("a 32-bit offset fits the memory it came from")
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).expect("the length was checked to fit 32 bits")
}

/// One walk over the text.
struct Scanner<'d> {
    bytes: &'d [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The containers that are open, as indices of their nodes.
    open: [usize; MAX_DEPTH],
    depth: usize,
}

impl<'d> Scanner<'d> {
    fn new(text: &'d str) -> Self {
        // A compact Stripe event has a value or key about every 10 bytes: one allocation is enough for nearly all.
        let nodes = Vec::with_capacity(text.len() / 9 + 8);
        Self { bytes: text.as_bytes(), at: 0, nodes, open: [0; MAX_DEPTH], depth: 0 }
    }

    fn scan(mut self) -> Result<Vec<Node>, JsonError> {
        loop {
            if self.value()? && self.after_value()? {
                return Ok(self.nodes);
            }
        }
    }

    /// Takes a value, or the opening of a container. Says whether a value is complete.
    fn value(&mut self) -> Result<bool, JsonError> {
        match self.peek_past_space()? {
            b'"' => {
                self.text()?;
                Ok(true)
            }
            b'{' => {
                self.open(Kind::Object)?;
                if self.peek_past_space()? == b'}' {
                    self.close();
                    return Ok(true);
                }
                self.key()?;
                Ok(false)
            }
            b'[' => {
                self.open(Kind::Array)?;
                if self.peek_past_space()? == b']' {
                    self.close();
                    return Ok(true);
                }
                Ok(false)
            }
            b'-' | b'0'..=b'9' => {
                self.number()?;
                Ok(true)
            }
            b't' => self.literal(b"true", Kind::True),
            b'f' => self.literal(b"false", Kind::False),
            b'n' => self.literal(b"null", Kind::Null),
            _ => Err(JsonError::Unexpected { at: self.at }),
        }
    }

    /// Closes what ends after a complete value, up to the next one. Says whether the text is complete.
    fn after_value(&mut self) -> Result<bool, JsonError> {
        while let Some(last) = self.depth.checked_sub(1) {
            let container = self.nodes[self.open[last]].kind;
            match (self.peek_past_space()?, container) {
                (b',', Kind::Object) => {
                    self.at += 1;
                    self.peek_past_space()?;
                    self.key()?;
                    return Ok(false);
                }
                (b',', _) => {
                    self.at += 1;
                    return Ok(false);
                }
                (b'}', Kind::Object) | (b']', Kind::Array) => self.close(),
                _ => return Err(JsonError::Unexpected { at: self.at }),
            }
        }
        match self.peek_past_space() {
            Err(_end) => Ok(true),
            Ok(_) => Err(JsonError::Trailing { at: self.at }),
        }
    }

    fn open(&mut self, kind: Kind) -> Result<(), JsonError> {
        let Some(slot) = self.open.get_mut(self.depth) else {
            return Err(JsonError::TooDeep { at: self.at });
        };
        *slot = self.nodes.len();
        self.depth += 1;
        self.push(kind, self.at, self.at);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let next = offset(self.nodes.len());
        let node = &mut self.nodes[self.open[self.depth]];
        node.end = offset(self.at);
        node.next = next;
    }

    /// Takes a key and its colon, where the next byte is known to exist.
    fn key(&mut self) -> Result<(), JsonError> {
        if self.bytes[self.at] != b'"' {
            return Err(JsonError::Unexpected { at: self.at });
        }
        self.text()?;
        if self.peek_past_space()? != b':' {
            return Err(JsonError::Unexpected { at: self.at });
        }
        self.at += 1;
        Ok(())
    }

    /// Takes a text. Most of the time of reading an event goes by here.
    #[inline]
    fn text(&mut self) -> Result<(), JsonError> {
        let start = self.at + 1;
        let mut kind = Kind::Text;
        self.at = start;
        loop {
            self.at = special_byte(self.bytes, self.at);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    kind = Kind::EscapedText;
                    self.escape()?;
                }
                _ => return Err(JsonError::ControlCharacter { at: self.at }),
            }
        }
        self.push(kind, start, self.at);
        self.at += 1;
        Ok(())
    }

    #[cold]
    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek()?.is_ascii_hexdigit() {
                        return Err(JsonError::Unexpected { at: self.at });
                    }
                    self.at += 1;
                }
            }
            _ => return Err(JsonError::Unexpected { at: self.at }),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.bytes[start] == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(Kind::Number, start, self.at);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek()?.is_ascii_digit() {
            return Err(JsonError::Unexpected { at: self.at });
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    #[inline]
    fn literal<const N: usize>(&mut self, word: &[u8; N], kind: Kind) -> Result<bool, JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.first_chunk() != Some(word) {
            let ends_early = word.starts_with(rest);
            return Err(if ends_early {
                JsonError::Incomplete { at: self.bytes.len() }
            } else {
                JsonError::Unexpected { at: self.at }
            });
        }
        self.push(kind, self.at, self.at + N);
        self.at += N;
        Ok(true)
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = offset(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), next });
    }

    #[inline]
    fn peek(&self) -> Result<u8, JsonError> {
        self.bytes.get(self.at).copied().ok_or(JsonError::Incomplete { at: self.at })
    }

    /// The next byte that is no white space; events travel compact, so it is nearly always the next byte.
    #[inline]
    fn peek_past_space(&mut self) -> Result<u8, JsonError> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte > b' ' => Ok(byte),
            _ => self.peek_past_some_space(),
        }
    }

    fn peek_past_some_space(&mut self) -> Result<u8, JsonError> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.peek()
    }
}

/// Where the next quote, backslash or control character is, from a position on; the end of the text where there is none.
#[inline]
fn special_byte(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special_bytes(u64::from_le_bytes(*eight));
        if special != 0 {
            return at + position(special.trailing_zeros() / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| is_special(byte)).unwrap_or(rest.len())
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// Marks the first byte (and perhaps bytes after it) that is special in its highest bit, all eight at once.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH_BITS: u64 = ONES * 0x80;
    let less_than = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH_BITS;
    // Turning one bit around puts the quote beside the control characters, and nothing else there.
    let control_or_quote = less_than(word ^ (ONES * 0x02), 0x21);
    let backslash = less_than(word ^ (ONES * 0x5c), 1);
    control_or_quote | backslash
}

/// Resolves the escapes of a text whose escapes were checked. `None` for a surrogate without its partner.
fn unescape(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (character, after) = one_escape(escape)?;
        text.push(character);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Resolves what follows a backslash. Says what follows that.
fn one_escape(escape: &str) -> Option<(char, &str)> {
    let (name, rest) = escape.split_at_checked(1)?;
    let character = match name {
        "b" => '\u{8}',
        "f" => '\u{c}',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => return unicode_escape(rest),
        _ => name.chars().next()?,
    };
    Some((character, rest))
}

fn unicode_escape(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = code_unit(digits)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, rest));
    }
    let (second, rest) = code_unit(rest.strip_prefix("\\u")?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, rest))
}

fn code_unit(digits: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}
