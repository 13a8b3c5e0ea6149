//! What was bought: the lines of a payment, told by the merchant in the payment's metadata.
//!
//! The convention, for the merchant's developers (all optional; a payment without any is one plain line):
//!
//! | metadata key | value | meaning |
//! |---|---|---|
//! | `paybus_category` | `books`, `premium,books` | the category of the whole payment, or several |
//! | `paybus_premium` | `true` | everything is also in the category `premium` |
//! | `paybus_promotion` | `true` | everything is also in the category `promotion` |
//! | `paybus_lines` | `premium:1500,books:2500` | lines: category and amount in minor units of the payment's currency |
//! | `paybus_lines` | `[{"category":"premium","amount":1500}]` | the same as JSON; `category` may be a list of categories |
//!
//! Where the payment itself has none of these and a Stripe key is configured, what was sold by Checkout or by an invoice is looked
//! up once ([`crate::lookup`]). There, `paybus_category`, `paybus_premium` and `paybus_promotion` stand on what is sold: on the
//! line, its price, or (Checkout only: Stripe does not hand out more) its product; or on the session or invoice, for all of it.
//!
//! A processor limits the length of a metadata value (Stripe: 500 characters), so lines may go on in `paybus_lines_2` to
//! `paybus_lines_9`. What the lines leave of the payment's amount (shipping, tax) is one more line in `paybus_category`, so
//! that the parts always add up exactly to the amount.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use processor_events::Money;
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

use crate::program::{amount_text, plain};

/// The category that `paybus_premium` stands for.
pub const PREMIUM: &str = "premium";
/// The category that `paybus_promotion` stands for.
pub const PROMOTION: &str = "promotion";

/// Our own mark on a payment whose basket nobody could be asked about ([`crate::lookup::unanswered`]).
pub(crate) const UNANSWERED: &str = "paybus_unanswered";

/// The lines of a payment. Their amounts add up to the payment's amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    /// The lines; at least one.
    pub lines: Vec<Line>,
}

/// One line: some minor units, in some categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its categories, in lower case; can be none.
    pub categories: BTreeSet<String>,
    /// Its part of the payment's amount, in minor units; not negative.
    pub amount_minor: i64,
}

/// Why the metadata does not describe a basket. The payment then earns as one plain line, and the entry says why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BasketError {
    /// A line that is neither `category:amount` nor JSON of that shape.
    #[error("{key} cannot be read: {reason}")]
    Unreadable {
        /// The metadata key.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// The lines say more than was paid.
    #[error("the lines add up to {lines}, more than the {amount} paid")]
    Exceeds {
        /// What the lines add up to.
        lines: String,
        /// What was paid.
        amount: String,
    },
    /// A flag that is neither `true` nor `false`.
    #[error("{key} is {value:?}, only \"true\" and \"false\" are understood")]
    Flag {
        /// The metadata key.
        key: &'static str,
        /// Its value.
        value: String,
    },
}

/// One line as the JSON form writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLine {
    category: Categories,
    amount: i64,
}

/// The name of one category, or several names.
struct Categories(Vec<String>);

impl<'de> Deserialize<'de> for Categories {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> de::Visitor<'de> for Names {
            type Value = Categories;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a category or a list of categories")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Categories, E> {
                Ok(Categories(vec![name.to_owned()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut names: A) -> Result<Categories, A::Error> {
                let mut all = Vec::new();
                while let Some(name) = names.next_element()? {
                    all.push(name);
                }
                Ok(Categories(all))
            }
        }

        deserializer.deserialize_any(Names)
    }
}

impl Basket {
    /// The whole payment as one line without a category.
    #[must_use]
    pub fn plain(amount: Money) -> Self {
        Self { lines: vec![Line { categories: BTreeSet::new(), amount_minor: amount.amount_minor }] }
    }

    /// Reads the convention of the module.
    pub fn of_metadata(amount: Money, metadata: &BTreeMap<String, String>) -> Result<Self, BasketError> {
        let everywhere = flags(metadata)?;
        let mut lines = Vec::new();
        for key in line_keys() {
            if let Some(text) = metadata.get(&key) {
                read_lines(&key, text, &mut lines)?;
            }
        }
        let rest = rest_of(amount, &lines)?;
        if rest > 0 || lines.is_empty() {
            lines.push(Line { categories: named(metadata), amount_minor: rest });
        }
        for line in &mut lines {
            line.categories.extend(everywhere.iter().cloned());
        }
        Ok(Self { lines })
    }
}

fn line_keys() -> impl Iterator<Item = String> {
    std::iter::once("paybus_lines".to_owned()).chain((2..=9).map(|part| format!("paybus_lines_{part}")))
}

fn flags(metadata: &BTreeMap<String, String>) -> Result<BTreeSet<String>, BasketError> {
    let mut categories = BTreeSet::new();
    for (key, category) in [("paybus_premium", PREMIUM), ("paybus_promotion", PROMOTION)] {
        if flag(metadata, key)? {
            categories.insert(category.to_owned());
        }
    }
    Ok(categories)
}

/// The categories of something sold, by what is attached to it. A flag that cannot be read makes it plain.
pub(crate) fn categories_of(metadata: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut categories = flags(metadata).unwrap_or_default();
    categories.extend(named(metadata));
    categories
}

/// The categories that `paybus_category` names. A name cannot have a comma, so several may stand there.
fn named(metadata: &BTreeMap<String, String>) -> BTreeSet<String> {
    let names = metadata.get("paybus_category").map(String::as_str).unwrap_or_default();
    names.split([',', ';']).filter_map(category_of).collect()
}

/// Whether metadata has a word of the convention.
pub(crate) fn is_told(metadata: &BTreeMap<String, String>) -> bool {
    let words = ["paybus_category", "paybus_premium", "paybus_promotion"];
    words.iter().any(|key| metadata.contains_key(*key)) || line_keys().any(|key| metadata.contains_key(&key))
}

fn flag(metadata: &BTreeMap<String, String>, key: &'static str) -> Result<bool, BasketError> {
    match metadata.get(key).map(|value| value.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "false" | "0" | "no") => Ok(false),
        Some("true" | "1" | "yes") => Ok(true),
        Some(value) => Err(BasketError::Flag { key, value: shortened(value) }),
    }
}

fn read_lines(key: &str, text: &str, lines: &mut Vec<Line>) -> Result<(), BasketError> {
    let text = text.trim();
    let unreadable = |reason: String| BasketError::Unreadable { key: key.to_owned(), reason };
    let wire: Vec<WireLine> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|error| unreadable(plain(&error.to_string())))?
    } else {
        text.split([',', ';'])
            .filter(|part| !part.trim().is_empty())
            .map(|part| pair(part).map_err(unreadable))
            .collect::<Result<_, _>>()?
    };
    for line in wire {
        if line.amount < 0 {
            return Err(unreadable(format!("the amount {} is negative", line.amount)));
        }
        let categories = line.category.0.iter().filter_map(|name| category_of(name)).collect();
        lines.push(Line { categories, amount_minor: line.amount });
    }
    Ok(())
}

fn pair(part: &str) -> Result<WireLine, String> {
    let form = || format!("{:?} is not of the form category:amount", shortened(part.trim()));
    let (category, amount) = part.rsplit_once(':').ok_or_else(form)?;
    Ok(WireLine { category: Categories(vec![category.to_owned()]), amount: amount.trim().parse().map_err(|_| form())? })
}

fn rest_of(amount: Money, lines: &[Line]) -> Result<i64, BasketError> {
    let sum = lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount_minor));
    let rest = sum.and_then(|sum| amount.amount_minor.checked_sub(sum)).filter(|rest| *rest >= 0);
    rest.ok_or_else(|| BasketError::Exceeds {
        lines: amount_text(Money::new(sum.unwrap_or(i64::MAX), amount.currency)),
        amount: amount_text(amount),
    })
}

fn category_of(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    (!name.is_empty()).then_some(name)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use processor_events::Currency;

    use super::*;

    fn basket(amount_minor: i64, metadata: &[(&str, &str)]) -> Result<Basket, BasketError> {
        let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Basket::of_metadata(Money::new(amount_minor, Currency::USD), &metadata)
    }

    fn line(amount_minor: i64, categories: &[&str]) -> Line {
        Line { categories: categories.iter().map(|name| (*name).to_owned()).collect(), amount_minor }
    }

    fn check(metadata: &[(&str, &str)], expected: &[Line]) {
        assert_eq!(basket(5000, metadata).unwrap().lines, expected, "{metadata:?}");
    }

    #[test]
    fn the_convention_is_read() {
        check(&[], &[line(5000, &[])]);
        check(&[("paybus_category", "Books")], &[line(5000, &["books"])]);
        check(&[("paybus_category", "premium, Books,")], &[line(5000, &["books", "premium"])]);
        check(&[("paybus_premium", "true")], &[line(5000, &["premium"])]);
        check(
            &[("paybus_lines", "premium:1500, books:2500"), ("paybus_category", "shipping")],
            &[line(1500, &["premium"]), line(2500, &["books"]), line(1000, &["shipping"])],
        );
        check(
            &[("paybus_lines", r#"[{"category":"premium","amount":5000}]"#), ("paybus_promotion", "1")],
            &[line(5000, &["premium", "promotion"])],
        );
        check(&[("paybus_lines", "a:1000"), ("paybus_lines_2", "b:4000")], &[line(1000, &["a"]), line(4000, &["b"])]);
    }

    #[test]
    fn lines_that_are_not_understood_are_refused_with_the_reason() {
        for lines in
            ["books", "books:", "books:1.5", "books:-1", "[1]", "[{\"category\":\"a\"}]", "a:9223372036854775808"]
        {
            assert!(matches!(basket(5000, &[("paybus_lines", lines)]), Err(BasketError::Unreadable { .. })), "{lines}");
        }
        assert!(matches!(basket(5000, &[("paybus_premium", "maybe")]), Err(BasketError::Flag { .. })));
    }

    #[test]
    fn lines_above_the_amount_are_refused() {
        let error = basket(5000, &[("paybus_lines", "a:4000,b:1001")]).unwrap_err();
        assert_eq!(error.to_string(), "the lines add up to 50.01 USD, more than the 50.00 USD paid");
        let overflow = format!("a:{},b:{}", i64::MAX, i64::MAX);
        assert!(matches!(basket(5000, &[("paybus_lines", &overflow)]), Err(BasketError::Exceeds { .. })));
    }
}
