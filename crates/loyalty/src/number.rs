//! Exact numbers: points, and the fractions that money becomes before it is rounded to points.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A result that does not fit: the amounts are beyond anything a payment can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the result does not fit into the integers of the ledger")]
pub struct Overflow;

/// Loyalty points: a whole number, negative for what is taken back. Not money; only a program converts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// How a fraction of a point becomes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the whole number below: 1.99 becomes 1.
    Down,
    /// To the nearest, halves upwards: 1.5 becomes 2.
    HalfUp,
    /// To the nearest, halves to the even number: 1.5 and 2.5 become 2.
    HalfEven,
    /// To the whole number above: 1.01 becomes 2.
    Up,
}

impl Rounding {
    /// The name in documents and items.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::Up => "up",
        }
    }
}

/// An exact fraction that is not negative, in lowest terms.
///
/// Its text is `3`, `1.5` or `2/3`; in JSON it is that text or a whole number. Floating point numbers are refused, because
/// 1.1 has no exact floating point form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

/// Why a text is no fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RatioError {
    /// Not of the form `3`, `1.5` or `2/3`.
    #[error("a number is needed, written as text: \"3\", \"1.5\" or \"2/3\"")]
    Form,
    /// Something divided by zero.
    #[error("a number cannot be divided by zero")]
    ZeroDenominator,
    /// Too many digits.
    #[error("the number has too many digits")]
    TooLong,
}

impl Ratio {
    /// Zero.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// One.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The fraction `numerator / denominator`; `None` if the denominator is zero or either is negative.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if numerator < 0 || denominator <= 0 {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self { numerator: numerator.checked_div(divisor)?, denominator: denominator.checked_div(divisor)? })
    }

    /// A whole number; `None` if it is negative.
    #[must_use]
    pub fn whole(value: i64) -> Option<Self> {
        Self::new(i128::from(value), 1)
    }

    /// What is above the line, in lowest terms.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// What is below the line, in lowest terms; at least 1.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The product.
    pub fn checked_mul(self, other: Self) -> Result<Self, Overflow> {
        // Cancelling crosswise first keeps the numbers as small as the result allows.
        let left = Self::new(self.numerator, other.denominator).ok_or(Overflow)?;
        let right = Self::new(other.numerator, self.denominator).ok_or(Overflow)?;
        Ok(Self {
            numerator: left.numerator.checked_mul(right.numerator).ok_or(Overflow)?,
            denominator: left.denominator.checked_mul(right.denominator).ok_or(Overflow)?,
        })
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, Overflow> {
        let divisor = greatest_common_divisor(self.denominator, other.denominator);
        let scale_self = other.denominator.checked_div(divisor).ok_or(Overflow)?;
        let scale_other = self.denominator.checked_div(divisor).ok_or(Overflow)?;
        let left = self.numerator.checked_mul(scale_self).ok_or(Overflow)?;
        let right = other.numerator.checked_mul(scale_other).ok_or(Overflow)?;
        let numerator = left.checked_add(right).ok_or(Overflow)?;
        let denominator = self.denominator.checked_mul(scale_self).ok_or(Overflow)?;
        Self::new(numerator, denominator).ok_or(Overflow)
    }

    /// The whole number that a rounding rule makes of it.
    pub fn round(self, rounding: Rounding) -> Result<i64, Overflow> {
        let below = self.numerator.checked_div(self.denominator).ok_or(Overflow)?;
        let rest = self.numerator.checked_rem(self.denominator).ok_or(Overflow)?;
        let missing = self.denominator.checked_sub(rest).ok_or(Overflow)?;
        let up = match rounding {
            Rounding::Down => false,
            Rounding::Up => rest > 0,
            Rounding::HalfUp => rest >= missing,
            Rounding::HalfEven => rest > missing || (rest == missing && below & 1 == 1),
        };
        let whole = if up { below.checked_add(1).ok_or(Overflow)? } else { below };
        i64::try_from(whole).map_err(|_| Overflow)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Some(left.cmp(&right))
    }
}

fn greatest_common_divisor(mut left: i128, mut right: i128) -> i128 {
    while let Some(rest) = left.checked_rem(right) {
        left = right;
        right = rest;
    }
    left.max(1)
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        if let Some((above, below)) = text.split_once('/') {
            let denominator = digits(below)?;
            if denominator == 0 {
                return Err(RatioError::ZeroDenominator);
            }
            return Self::new(digits(above)?, denominator).ok_or(RatioError::Form);
        }
        let Some((whole, decimals)) = text.split_once('.') else {
            return Self::new(digits(text)?, 1).ok_or(RatioError::Form);
        };
        let places = u32::try_from(decimals.len()).map_err(|_| RatioError::TooLong)?;
        let denominator = 10_i128.checked_pow(places).ok_or(RatioError::TooLong)?;
        let above = digits(whole)?.checked_mul(denominator).ok_or(RatioError::TooLong)?;
        let numerator = above.checked_add(digits(decimals)?).ok_or(RatioError::TooLong)?;
        Self::new(numerator, denominator).ok_or(RatioError::Form)
    }
}

fn digits(text: &str) -> Result<i128, RatioError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RatioError::Form);
    }
    text.parse().map_err(|_| RatioError::TooLong)
}

/// The most decimals that a fraction is written with; one that needs more keeps its line.
const MOST_DECIMALS: u32 = 12;

impl fmt::Display for Ratio {
    /// As people write it, and exactly: `3`, `1.08`, `2/3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (0..=MOST_DECIMALS).find_map(|places| self.whole_and_decimals(places)) {
            Some((whole, _, 0)) => write!(formatter, "{whole}"),
            Some((whole, decimals, places)) => write!(formatter, "{whole}.{decimals:0places$}"),
            None => write!(formatter, "{}/{}", self.numerator, self.denominator),
        }
    }
}

impl Ratio {
    /// What stands before and behind the point, with so many decimals; `None` if they are too few, or the number too long.
    fn whole_and_decimals(self, places: u32) -> Option<(i128, i128, usize)> {
        let scale = 10_i128.checked_pow(places)?;
        let scaled = self.numerator.checked_mul(scale)?;
        let is_exact = scaled.checked_rem(self.denominator)? == 0;
        let digits = scaled.checked_div(self.denominator).filter(|_| is_exact)?;
        Some((digits.checked_div(scale)?, digits.checked_rem(scale)?, usize::try_from(places).ok()?))
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Ratio;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number written as text: \"3\", \"1.5\" or \"2/3\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ratio, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Ratio, E> {
                Ratio::new(i128::from(value), 1).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_and_fractions_are_read_exactly() {
        assert_eq!(ratio("1.50"), ratio("3/2"));
        assert_eq!(ratio("0.1").checked_add(ratio("0.2")), Ok(ratio("0.3")));
        assert_eq!(ratio("2/3").checked_mul(ratio("3/2")), Ok(Ratio::ONE));
        assert_eq!(ratio("007").to_string(), "7");
    }

    #[test]
    fn a_number_is_written_as_people_write_it_and_read_back_the_same() {
        for text in ["0", "7", "0.125", "1.08", "0.0067", "2/3", "20.05", "1000000000001/1000000000000"] {
            let expected = if text.starts_with("1000000000001") { "1.000000000001" } else { text };
            assert_eq!(ratio(text).to_string(), expected);
        }
        let long = Ratio::new(i128::MAX, 8).unwrap();
        assert_eq!(long.to_string(), format!("{}/8", i128::MAX), "with its decimals it would not fit");
        for number in [ratio("0.1"), ratio("123/7"), long, Ratio::new(1, 1_i128 << 40).unwrap()] {
            assert_eq!(ratio(&number.to_string()), number);
        }
    }

    #[test]
    fn texts_that_are_no_number_are_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1/", "/2", "1/-2", "1 / 2", "NaN", "१", "1.5/2"] {
            assert_eq!(text.parse::<Ratio>(), Err(RatioError::Form), "{text:?}");
        }
        assert_eq!("1/0".parse::<Ratio>(), Err(RatioError::ZeroDenominator));
        assert_eq!("9".repeat(60).parse::<Ratio>(), Err(RatioError::TooLong));
        assert_eq!(format!("0.{}", "0".repeat(60)).parse::<Ratio>(), Err(RatioError::TooLong));
    }

    #[test]
    fn rounding_follows_its_rule() {
        let table = [
            ("1.5", [1, 2, 2, 2]),
            ("2.5", [2, 3, 2, 3]),
            ("1.49", [1, 1, 1, 2]),
            ("1.51", [1, 2, 2, 2]),
            ("2", [2, 2, 2, 2]),
            ("0", [0, 0, 0, 0]),
        ];
        for (text, expected) in table {
            let rules = [Rounding::Down, Rounding::HalfUp, Rounding::HalfEven, Rounding::Up];
            assert_eq!(rules.map(|rule| ratio(text).round(rule).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_not_a_wrapped_number() {
        let huge = Ratio::new(i128::MAX, 1).unwrap();
        assert_eq!(huge.checked_mul(ratio("2")), Err(Overflow));
        assert_eq!(huge.checked_add(Ratio::ONE), Err(Overflow));
        assert_eq!(huge.round(Rounding::Down), Err(Overflow));
        assert_eq!(Points(i64::MAX).checked_add(Points(1)), Err(Overflow));
        assert_eq!(Points(i64::MIN).checked_sub(Points(1)), Err(Overflow));
    }
}
