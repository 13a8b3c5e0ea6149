//! Money, numbers and dates, written as the customer writes them.
//!
//! Formatters are made when they are used: one costs a few microseconds, a message needs one to three, and a cold start needs none.

use std::cmp::Ordering;

use icu_calendar::{Date, Gregorian};
use icu_datetime::{FixedCalendarDateTimeFormatter, fieldsets};
use icu_decimal::{DecimalFormatter, input::Decimal, options::DecimalFormatterOptions};
use icu_experimental::dimension::currency::{
    CurrencyType, formatter::CurrencyFormatter, options::CurrencyFormatterOptions,
};
use icu_locale_core::Locale as Tag;
use icu_plurals::{PluralCategory, PluralRules};
use jiff::{Timestamp, tz::TimeZone};
use processor_events::Money;
use thiserror::Error;

use crate::locale::Locale;

/// What could not be written for a locale, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("format {what} for {locale}: {reason}")]
pub struct FormatError {
    what: &'static str,
    locale: String,
    reason: String,
}

/// Writes values for one reader.
#[derive(Debug, Clone)]
pub(crate) struct Format<'reader> {
    locale: &'reader Locale,
    time_zone: &'reader TimeZone,
}

impl<'reader> Format<'reader> {
    pub(crate) const fn new(locale: &'reader Locale, time_zone: &'reader TimeZone) -> Self {
        Self { locale, time_zone }
    }

    /// An amount with its currency: `$1,234.50`, `1.234,50 €`, `￥1,235`.
    ///
    /// The locale's rules round some currencies to whole units (RSD, LBP). Money in a receipt is never rounded: where that would
    /// lose a digit, the exact number is written with the currency's code.
    pub(crate) fn money(&self, money: Money) -> Result<String, FormatError> {
        let code = money.currency.code();
        let value = decimal(money);
        let currency = CurrencyType::try_from_str(code).map_err(|reason| self.error("money", &reason))?;
        let formatted =
            CurrencyFormatter::try_new_symbol(self.tag().into(), currency, CurrencyFormatterOptions::default())
                .map_err(|reason| self.error("money", &reason))?
                .format_fixed_decimal(&value)
                .to_string();
        let exact = self.decimal_formatter()?.format(&value).to_string();
        match count_digits(&formatted).cmp(&count_digits(&exact)) {
            Ordering::Less => Ok(format!("{exact}\u{a0}{}", code.to_ascii_uppercase())),
            Ordering::Equal | Ordering::Greater => Ok(formatted),
        }
    }

    /// A whole number with its separators: `12,500`, `12.500`.
    pub(crate) fn number(&self, number: i64) -> Result<String, FormatError> {
        Ok(self.decimal_formatter()?.format(&Decimal::from(number)).to_string())
    }

    /// The plural category of a whole number, in CLDR's word: `one`, `other`.
    pub(crate) fn plural(&self, number: i64) -> Result<&'static str, FormatError> {
        let rules =
            PluralRules::try_new_cardinal(self.tag().into()).map_err(|reason| self.error("a plural", &reason))?;
        Ok(match rules.category_for(number.unsigned_abs()) {
            PluralCategory::Zero => "zero",
            PluralCategory::One => "one",
            PluralCategory::Two => "two",
            PluralCategory::Few => "few",
            PluralCategory::Many => "many",
            PluralCategory::Other => "other",
        })
    }

    /// The day of a moment, where the reader lives: `November 20, 2026`, `20. November 2026`.
    pub(crate) fn day(&self, moment: Timestamp) -> Result<String, FormatError> {
        let day = moment.to_zoned(self.time_zone.clone()).date();
        let date = self.gregorian(day.year(), day.month(), day.day())?;
        let formatter =
            FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(self.tag().into(), fieldsets::YMD::long())
                .map_err(|reason| self.error("a date", &reason))?;
        Ok(formatter.format(&date).to_string())
    }

    fn gregorian(&self, year: i16, month: i8, day: i8) -> Result<Date<Gregorian>, FormatError> {
        let part = |number: i8| u8::try_from(number).map_err(|reason| self.error("a date", &reason));
        Date::try_new_gregorian(year.into(), part(month)?, part(day)?).map_err(|reason| self.error("a date", &reason))
    }

    fn decimal_formatter(&self) -> Result<DecimalFormatter, FormatError> {
        DecimalFormatter::try_new(self.tag().into(), DecimalFormatterOptions::default())
            .map_err(|reason| self.error("a number", &reason))
    }

    fn tag(&self) -> Tag {
        self.locale.formats().clone().into()
    }

    fn error(&self, what: &'static str, reason: &impl ToString) -> FormatError {
        FormatError { what, locale: self.locale.to_string(), reason: reason.to_string() }
    }
}

/// The amount in major units, exactly: 1234 minor units of a currency with two decimals are 12.34.
fn decimal(money: Money) -> Decimal {
    let exponent = i16::try_from(money.currency.exponent()).expect("an exponent is at most 3");
    let mut value = Decimal::from(money.amount_minor);
    value.multiply_pow10(exponent.saturating_neg());
    value
}

fn count_digits(text: &str) -> usize {
    text.chars().filter(|character| character.is_numeric()).count()
}
