//! A stored card, as far as a message shows it.

use std::fmt;

use crate::clean;

/// A card, by what is printed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The brand in the processor's word (`visa`, `amex`) or as people write it.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
}

/// The last month in which a card can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpiryMonth {
    year: i16,
    month: i8,
}

impl ExpiryMonth {
    /// A month that the calendar has: year 1 to 9999, month 1 to 12.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        ((1..=9_999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    pub(crate) const fn year(self) -> i16 {
        self.year
    }

    pub(crate) const fn month(self) -> i8 {
        self.month
    }
}

impl fmt::Display for ExpiryMonth {
    /// As on the card itself, with the whole year: `12/2026`. Cards look the same in every country.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}/{:04}", self.month, self.year)
    }
}

impl Card {
    /// `Visa •••• 4242`.
    pub(super) fn shown(&self) -> String {
        let brand = clean::line(&self.brand);
        let brand = match brand.as_str() {
            "amex" | "american_express" => "American Express",
            "cartes_bancaires" => "Cartes Bancaires",
            "diners" | "diners_club" => "Diners Club",
            "discover" => "Discover",
            "eftpos_au" => "eftpos",
            "jcb" => "JCB",
            "mastercard" => "Mastercard",
            "unionpay" => "UnionPay",
            "visa" => "Visa",
            "unknown" => "",
            other => other,
        };
        clean::line(&format!("{brand} •••• {}", clean::line(&self.last4)))
    }
}
