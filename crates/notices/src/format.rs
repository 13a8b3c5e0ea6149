//! Money, numbers and dates, written as the customer writes them.
//!
//! Formatters are made when they are used: one costs a few microseconds, a message needs one to three, and a cold start needs none.

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
    /// The locale's rules round some currencies to whole units (LBP, ISK). Money in a receipt is never rounded: where that would
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
        let decimals = self.decimal_formatter()?;
        let mut shortest = value.clone();
        shortest.trim_end();
        if digits(&formatted).starts_with(&digits(&decimals.format(&shortest).to_string())) {
            return Ok(formatted);
        }
        Ok(format!("{}\u{a0}{}", decimals.format(&value), code.to_ascii_uppercase()))
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

/// The digits of a written number, of any script.
fn digits(text: &str) -> String {
    text.chars().filter(|character| character.is_numeric()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;
    use processor_events::Currency;

    use super::*;

    fn check_money(amount_minor: i64, currency: &str, expected: &[(&str, &str)]) {
        for (locale, text) in expected {
            let money = Money::new(amount_minor, Currency::new(currency).unwrap());
            let locale: Locale = locale.parse().unwrap();
            // The kinds of space differ between locales; the eye sees one.
            let written =
                Format::new(&locale, &TimeZone::UTC).money(money).unwrap().replace(['\u{a0}', '\u{202f}'], " ");
            assert_eq!(written, *text, "{amount_minor} {currency} in {locale}");
        }
    }

    #[test]
    fn two_decimals() {
        check_money(
            123_450,
            "usd",
            &[
                ("en", "$1,234.50"),
                ("en-CA", "US$1,234.50"),
                ("de", "1.234,50 $"),
                ("fr", "1 234,50 $US"),
                ("es", "1234,50 US$"),
                ("pt-BR", "US$ 1.234,50"),
                ("ja", "$1,234.50"),
            ],
        );
        check_money(
            123_450,
            "eur",
            &[("en", "€1,234.50"), ("de", "1.234,50 €"), ("de-AT", "€ 1 234,50"), ("fr", "1 234,50 €")],
        );
        check_money(123_450, "chf", &[("de-CH", "CHF 1'234.50"), ("de", "1.234,50 CHF")]);
    }

    #[test]
    fn no_decimals() {
        check_money(1_980, "jpy", &[("en", "¥1,980"), ("de", "1.980 ¥"), ("ja", "￥1,980")]);
        check_money(50_000, "krw", &[("en", "₩50,000"), ("fr", "50 000 ₩")]);
    }

    #[test]
    fn three_decimals() {
        check_money(5_120, "kwd", &[("en", "KWD 5.120"), ("de", "5,120 KWD")]);
    }

    #[test]
    fn stripe_counts_two_decimals_where_the_currency_has_none() {
        check_money(50_000, "isk", &[("en", "ISK 500"), ("de", "500 ISK")]);
        check_money(500_000, "ugx", &[("en", "UGX 5,000")]);
    }

    #[test]
    fn amount_is_never_rounded_as_the_locale_would() {
        check_money(12_345, "lbp", &[("en", "123.45 LBP"), ("de", "123,45 LBP")]);
        check_money(950, "lbp", &[("en", "9.50 LBP")]);
        check_money(12_300, "lbp", &[("en", "LBP 123")]);
    }

    #[test]
    fn largest_and_smallest_amounts_are_exact() {
        check_money(i64::MAX, "usd", &[("en", "$92,233,720,368,547,758.07")]);
        check_money(i64::MIN, "usd", &[("en", "-$92,233,720,368,547,758.08")]);
        check_money(1, "usd", &[("en", "$0.01")]);
        check_money(0, "eur", &[("de", "0,00 €")]);
        check_money(-1_900, "eur", &[("de", "-19,00 €")]);
    }

    #[test]
    fn every_currency_shows_every_digit_in_every_language() {
        let letters = || (b'a'..=b'z').map(char::from);
        for code in letters()
            .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))))
            .step_by(37)
            .chain(["usd", "lbp", "huf", "twd", "mga", "bhd", "clp", "xof"].map(str::to_owned))
        {
            let currency = Currency::new(&code).unwrap();
            for language in crate::locale::Language::ALL {
                let locale = Locale::from(language);
                let written = Format::new(&locale, &TimeZone::UTC).money(Money::new(9_876_543, currency)).unwrap();
                assert_eq!(digits(&written), "9876543", "{code} in {locale}");
            }
        }
    }

    #[test]
    fn plurals_follow_the_language() {
        let plural =
            |locale: &str, number| Format::new(&locale.parse().unwrap(), &TimeZone::UTC).plural(number).unwrap();
        assert_eq!([plural("en", 0), plural("en", 1), plural("en", 2)], ["other", "one", "other"]);
        assert_eq!([plural("fr", 0), plural("fr", 1), plural("fr", 2)], ["one", "one", "other"]);
        assert_eq!([plural("fr", 1_000_000), plural("es", 2_000_000), plural("pt-BR", 1_000_000)], ["many"; 3]);
        assert_eq!([plural("ja", 1), plural("ja", 2)], ["other"; 2]);
        assert_eq!([plural("pt-BR", 0), plural("pt-PT", 0)], ["one", "other"]);
    }

    #[test]
    fn day_is_written_for_the_locale_and_the_time_zone() {
        let day = |locale: &str, zone: &TimeZone| {
            Format::new(&locale.parse().unwrap(), zone).day("2026-11-20T23:30:00Z".parse().unwrap()).unwrap()
        };
        let utc = TimeZone::UTC;
        assert_eq!(day("en", &utc), "November 20, 2026");
        assert_eq!(day("en-GB", &utc), "20 November 2026");
        assert_eq!(day("de", &utc), "20. November 2026");
        assert_eq!(day("fr", &utc), "20 novembre 2026");
        assert_eq!(day("es", &utc), "20 de noviembre de 2026");
        assert_eq!(day("pt-BR", &utc), "20 de novembro de 2026");
        assert_eq!(day("ja", &utc), "2026年11月20日");
        assert_eq!(day("ja", &TimeZone::fixed(Offset::constant(9))), "2026年11月21日");
    }

    #[test]
    fn every_region_and_the_ends_of_time_are_written() {
        for locale in [
            "en-IN", "en-ZA", "de-CH", "de-LI", "fr-CA", "fr-CH", "fr-MA", "es-MX", "es-PE", "es-US", "pt-PT", "pt-AO",
            "ja-JP", "en-Arab",
        ] {
            let locale: Locale = locale.parse().unwrap();
            let utc = TimeZone::UTC;
            let format = Format::new(&locale, &utc);
            for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
                assert!(!format.day(moment).unwrap().is_empty());
            }
            assert!(!format.number(i64::MIN).unwrap().is_empty());
        }
    }
}
