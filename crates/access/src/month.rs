//! Months in which cards expire.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A month, such as `2026-09`. A card is good until the end of its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: u16,
    month: u8,
}

/// Why something is no month.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no month: years from 2000 to 9999 and months from 01 to 12 are, such as \"2026-09\"")]
pub struct MonthError {
    text: String,
}

impl Month {
    /// A month of a year from 2000 to 9999.
    pub fn new(year: u16, month: u8) -> Result<Self, MonthError> {
        if (2000..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(MonthError { text: format!("{year:04}-{month:02}") })
        }
    }

    /// The month of a point in time, in UTC.
    pub fn of(at: Timestamp) -> Result<Self, MonthError> {
        let date = at.to_zoned(TimeZone::UTC).date();
        match (u16::try_from(date.year()), u8::try_from(date.month())) {
            (Ok(year), Ok(month)) => Self::new(year, month),
            _ => Err(MonthError { text: date.to_string() }),
        }
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month of the year, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let error = || MonthError { text: text.chars().take(16).collect() };
        let (year, month) = text.split_once('-').ok_or_else(error)?;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !is_digits(year) || !is_digits(month) {
            return Err(error());
        }
        match (year.parse(), month.parse()) {
            (Ok(year), Ok(month)) => Self::new(year, month),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, MonthError> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_and_read_back() {
        let month = Month::new(2026, 9).unwrap();
        assert_eq!(month.to_string(), "2026-09");
        assert_eq!("2026-09".parse::<Month>(), Ok(month));
        assert!(month < Month::new(2027, 1).unwrap());
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "1999-12", "2026-9", "26-09", "2026-+9", "0x20-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_second_of_a_month_belongs_to_it() {
        let last: Timestamp = "2026-09-30T23:59:59Z".parse().unwrap();
        assert_eq!(Month::of(last).unwrap().to_string(), "2026-09");
    }
}
