//! Money: an integer of minor units, with its currency beside it.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A three-letter currency code, kept in lower case as Stripe writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a sum of money cannot be read or computed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not three ASCII letters.
    #[error("{code:?} is no currency code: three letters are needed, such as \"usd\"")]
    Currency {
        /// What was there instead.
        code: String,
    },
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be combined")]
    Mixed {
        /// The currency on the left.
        left: Currency,
        /// The currency on the right.
        right: Currency,
    },
    /// The result needs more than 64 bits.
    #[error("the sum does not fit into 64 bits")]
    Overflow,
}

impl Currency {
    /// The US dollar.
    pub const USD: Self = Self(*b"usd");

    /// Reads a code in either case.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            [a, b, c] if code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()]))
            }
            _ => Err(MoneyError::Currency { code: code.chars().take(16).collect() }),
        }
    }

    /// The code in lower case, as Stripe writes it.
    #[must_use]
    pub fn code(&self) -> &str {
        // The constructor admits ASCII letters only.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimal digits Stripe's minor unit has in this currency.
    ///
    /// These are Stripe's own, not ISO 4217's: ISK and UGX amounts have two decimals that must be zero, MGA has none
    /// (docs.stripe.com/currencies, "Zero-decimal", "Three-decimal" and "Special cases").
    #[must_use]
    pub fn exponent(&self) -> u32 {
        match &self.0 {
            b"bif" | b"clp" | b"djf" | b"gnf" | b"jpy" | b"kmf" | b"krw" | b"mga" | b"pyg" | b"rwf" | b"vnd"
            | b"vuv" | b"xaf" | b"xof" | b"xpf" => 0,
            b"bhd" | b"jod" | b"kwd" | b"omr" | b"tnd" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// An amount of minor units (cents for `usd`, yen for `jpy`) with its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in minor units; negative for what is owed the other way round.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub const fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency }
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The same amount in another currency, exact but for one rounding at the end, to that currency's minor unit.
    pub fn checked_convert(self, currency: Currency, rate: Rate, rounding: Rounding) -> Result<Self, MoneyError> {
        // 63 bits of amount, 32 of rate and 10 of decimals: the products below cannot leave 128 bits.
        let scale = |exponent: u32| 10_i128.checked_pow(exponent).ok_or(MoneyError::Overflow);
        let product = |left: i128, right: i128| left.checked_mul(right).ok_or(MoneyError::Overflow);
        let amount = product(i128::from(self.amount_minor), i128::from(rate.numerator.get()))?;
        let above = product(amount, scale(currency.exponent())?)?;
        let below = product(i128::from(rate.denominator.get()), scale(self.currency.exponent())?)?;
        let amount = divide(above, below, rounding).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount_minor: i64::try_from(amount).map_err(|_too_large| MoneyError::Overflow)?, currency })
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed { left: self.currency, right: other.currency });
        }
        let amount_minor = operation(self.amount_minor, other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount_minor, currency: self.currency })
    }
}

/// How many units of one currency are worth one unit of another: a fraction, because no rate such as 1.1 has an exact floating
/// point form. Units are whole ones (euros, not cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    numerator: NonZeroU32,
    denominator: NonZeroU32,
}

impl Rate {
    /// The rate `numerator / denominator`.
    #[must_use]
    pub const fn new(numerator: NonZeroU32, denominator: NonZeroU32) -> Self {
        Self { numerator, denominator }
    }
}

/// What becomes of a part of a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Towards zero.
    Down,
    /// To the nearest, the half away from zero.
    HalfUp,
    /// To the nearest, the half to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
}

/// The rounded quotient, where the divisor is positive; `None` beyond 128 bits.
fn divide(dividend: i128, divisor: i128, rounding: Rounding) -> Option<i128> {
    let towards_zero = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?.checked_abs()?;
    let missing = divisor.checked_sub(rest)?;
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest > 0,
        Rounding::HalfUp => rest >= missing,
        Rounding::HalfEven => rest > missing || (rest == missing && towards_zero & 1 == 1),
    };
    if away { towards_zero.checked_add(dividend.signum()) } else { Some(towards_zero) }
}

#[cfg(test)]
mod tests;
