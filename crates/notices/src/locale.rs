//! Which language a customer reads, and whose habits of writing numbers and dates.

use std::{fmt, str::FromStr};

use icu_locale_core::LanguageIdentifier;
use thiserror::Error;

/// The languages that every message is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German, with the formal address.
    German,
    /// French, with the formal address.
    French,
    /// Spanish, with the formal address.
    Spanish,
    /// Portuguese as written in Brazil; also what readers of European Portuguese get.
    BrazilianPortuguese,
    /// Japanese, in the polite form.
    Japanese,
}

/// Which way a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As in Latin or Japanese.
    LeftToRight,
    /// As in Arabic or Hebrew.
    RightToLeft,
}

impl Direction {
    /// The value of HTML's `dir`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

impl Language {
    /// Every language, in the order in which people are shown them.
    pub const ALL: [Self; 6] =
        [Self::English, Self::German, Self::French, Self::Spanish, Self::BrazilianPortuguese, Self::Japanese];

    /// The tag of the language: `en`, `de`, `fr`, `es`, `pt-BR`, `ja`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::BrazilianPortuguese => "pt-BR",
            Self::Japanese => "ja",
        }
    }

    /// Which way its script runs. A right-to-left language answers here, and the layouts follow.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::English
            | Self::German
            | Self::French
            | Self::Spanish
            | Self::BrazilianPortuguese
            | Self::Japanese => Direction::LeftToRight,
        }
    }

    fn of(tag: &LanguageIdentifier) -> Option<Self> {
        match tag.language.as_str() {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            "es" => Some(Self::Spanish),
            "pt" => Some(Self::BrazilianPortuguese),
            "ja" => Some(Self::Japanese),
            _ => None,
        }
    }
}

/// A language to write in, and the regional habits of numbers and dates: `de-CH` reads German and writes `1’234.50`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    language: Language,
    formats: LanguageIdentifier,
}

/// Why a tag is no locale of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{tag:?} is no language that the messages are written in: use one of en, de, fr, es, pt-BR, ja, also with a region such as de-CH"
)]
pub struct LocaleError {
    /// The tag as it was given.
    pub tag: String,
}

impl Locale {
    /// The locale of one customer: the first of the processor's `preferred_locales` that we write, then the profile's, then the
    /// default. A tag that is unknown or malformed is passed over, because it comes from somebody else's form.
    pub fn resolve<'tag>(
        preferred_locales: impl IntoIterator<Item = &'tag str>,
        profile: Option<&'tag str>,
        default: &Self,
    ) -> Self {
        preferred_locales.into_iter().chain(profile).find_map(|tag| tag.parse().ok()).unwrap_or_else(|| default.clone())
    }

    /// The language of the text.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The habits of writing numbers, money and dates.
    pub(crate) const fn formats(&self) -> &LanguageIdentifier {
        &self.formats
    }
}

impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        language.tag().parse().expect("the tag of a language is a locale of that language")
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::from(Language::English)
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    /// Reads a tag such as `de`, `de-CH` or `pt_BR`. Extensions and variants are left out.
    fn from_str(tag: &str) -> Result<Self, LocaleError> {
        let error = || LocaleError { tag: tag.chars().take(35).collect() };
        let mut formats =
            LanguageIdentifier::try_from_locale_bytes(tag.trim().replace('_', "-").as_bytes()).map_err(|_| error())?;
        formats.variants.clear();
        let language = Language::of(&formats).ok_or_else(error)?;
        Ok(Self { language, formats })
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.formats, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(preferred: &[&'static str], profile: Option<&'static str>) -> String {
        Locale::resolve(preferred.iter().copied(), profile, &"fr".parse().unwrap()).to_string()
    }

    #[test]
    fn first_language_that_we_write_wins() {
        assert_eq!(resolved(&["zh", "de-AT", "en"], Some("ja")), "de-AT");
        assert_eq!(resolved(&[], Some("ja")), "ja");
        assert_eq!(resolved(&["nl"], Some("xx-broken-tag!")), "fr");
        assert_eq!(resolved(&["", "-", "💥"], None), "fr");
    }

    #[test]
    fn tag_is_read_in_the_spellings_that_forms_use() {
        for (tag, expected) in [
            ("pt_BR", "pt-BR"),
            ("EN-us", "en-US"),
            (" de ", "de"),
            ("ja-JP-u-ca-japanese", "ja-JP"),
            ("es-419", "es-419"),
        ] {
            assert_eq!(tag.parse::<Locale>().map(|locale| locale.to_string()).as_deref(), Ok(expected), "{tag}");
        }
    }

    #[test]
    fn language_that_we_do_not_write_is_an_error_that_says_which_there_are() {
        let error = "nl".parse::<Locale>().unwrap_err();
        assert!(error.to_string().contains("en, de, fr, es, pt-BR, ja"), "{error}");
    }
}
