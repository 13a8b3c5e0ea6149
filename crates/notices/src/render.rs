//! From a message to what is sent.

use std::collections::BTreeMap;

use askama::Template;
use jiff::tz::TimeZone;
use serde::Serialize;
use thiserror::Error;

use crate::{
    brand::{Brand, Color},
    clean,
    format::{Format, FormatError},
    letter::{Letter, Part, Tone, Writer},
    links::{Link, LinkHosts},
    locale::{Direction, Locale},
    message::Message,
    push::Push,
    words::WordsError,
};

/// Who reads the message.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The language, and how numbers and dates are written.
    pub locale: Locale,
    /// Where days begin and end for the customer; UTC where it is not known.
    pub time_zone: TimeZone,
    /// How to unsubscribe. Shown only in messages that are not [transactional](Message::is_transactional).
    pub unsubscribe: Option<Unsubscribe>,
}

impl Reader {
    /// A reader of whom only the locale is known.
    #[must_use]
    pub const fn new(locale: Locale) -> Self {
        Self { locale, time_zone: TimeZone::UTC, unsubscribe: None }
    }
}

/// How a customer leaves a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsubscribe {
    /// By our own signed link.
    Link(Link),
    /// By the subscription management of SES, which puts its own link in the place of a marker
    /// (docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html).
    Ses,
}

impl Unsubscribe {
    fn href(&self) -> &str {
        match self {
            Self::Link(link) => link.as_str(),
            Self::Ses => "{{amazonSESUnsubscribeUrl}}",
        }
    }
}

/// A message, ready to be sent on each channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// The email.
    pub email: Email,
    /// The push notification.
    pub push: Push,
}

/// An email without its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Email {
    /// One line, without control characters.
    pub subject: String,
    /// The plain text; says the same as the HTML.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
}

/// Why a message cannot be rendered. No variant depends on the values of a message: the tests, which render every message in
/// every language, meet each of them first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// A catalogue lacks a text, or a text a variable.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A value cannot be written for the locale.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A layout could not be filled.
    #[error("fill the layout {layout}: {reason}")]
    Layout {
        /// Which one.
        layout: &'static str,
        /// What the template engine said.
        reason: String,
    },
}

/// Renders a message for one reader: the email and the push.
///
/// Every value of the message is untrusted text and stays text. Links go to `hosts` only: where one is not allowed, the words
/// say what to do without it.
pub fn render(message: &Message, reader: &Reader, brand: &Brand, hosts: &LinkHosts) -> Result<Rendered, RenderError> {
    let format = Format::new(&reader.locale, &reader.time_zone);
    let language = reader.locale.language();
    let mut writer = Writer::new(message.catalogue(), language, format, hosts, &brand.name);
    let letter = message.compose(&mut writer)?;
    let unsubscribe = reader.unsubscribe.as_ref().filter(|_| !message.is_transactional()).map(Unsubscribe::href);
    let page = Page::new(&letter, &writer, reader, brand, unsubscribe)?;
    let mut data = BTreeMap::from([("kind".to_owned(), message.kind().to_owned())]);
    if let Some(action) = &letter.action {
        data.insert("link".to_owned(), action.link.as_str().to_owned());
    }
    Ok(Rendered {
        email: Email {
            subject: clean::shorten(&letter.subject, MAX_SUBJECT_CHARACTERS),
            text: page.text()?,
            html: page.html()?,
        },
        push: Push::fitted(&letter.push_title, &letter.push_body, data),
    })
}

/// Longer subjects are cut by every mail program; RFC 5322 limits a header line to 998 bytes.
const MAX_SUBJECT_CHARACTERS: usize = 150;

/// What the layouts are filled with.
struct Page<'a> {
    letter: &'a Letter,
    lang: &'static str,
    direction: Direction,
    brand_name: String,
    logo_url: Option<&'a str>,
    palette: Palette,
    help: String,
    /// Empty where the merchant names none; then answering the mail is the way.
    support_email: &'a str,
    footer_lines: Vec<&'a str>,
    reason: String,
    unsubscribe: Option<(String, &'a str)>,
}

/// The brand's colour in its uses, each with a contrast that can be read.
struct Palette {
    accent: Color,
    on_accent: Color,
    accent_on_light: Color,
    accent_on_ground: Color,
    dark_card: Color,
    accent_on_dark: Color,
    on_accent_on_dark: Color,
}

impl Palette {
    fn new(accent: Color) -> Self {
        let accent_on_dark = accent.readable_on(Color::DARK_CARD);
        Self {
            accent,
            on_accent: accent.text_on(),
            accent_on_light: accent.readable_on(Color::WHITE),
            accent_on_ground: accent.readable_on(Color::LIGHT_GROUND),
            dark_card: Color::DARK_CARD,
            accent_on_dark,
            on_accent_on_dark: accent_on_dark.text_on(),
        }
    }
}

#[derive(Template)]
#[template(path = "email.html")]
struct HtmlLayout<'a> {
    page: &'a Page<'a>,
}

#[derive(Template)]
#[template(path = "email.txt")]
struct TextLayout<'a> {
    page: &'a Page<'a>,
}

impl<'a> Page<'a> {
    fn new(
        letter: &'a Letter,
        writer: &Writer<'_>,
        reader: &'a Reader,
        brand: &'a Brand,
        unsubscribe: Option<&'a str>,
    ) -> Result<Self, RenderError> {
        let unsubscribe = match unsubscribe {
            Some(href) => Some((writer.common("unsubscribe")?, href)),
            None => None,
        };
        Ok(Self {
            letter,
            lang: reader.locale.language().tag(),
            direction: reader.locale.language().direction(),
            brand_name: clean::line(&brand.name),
            logo_url: brand.logo_url.as_deref(),
            palette: Palette::new(brand.color),
            help: writer.common("help")?,
            support_email: brand.support_email.trim(),
            footer_lines: brand.footer.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
            reason: writer.say("reason")?,
            unsubscribe,
        })
    }

    /// Where a line starts, as a value of HTML's `align`.
    const fn start(&self) -> &'static str {
        match self.direction {
            Direction::LeftToRight => "left",
            Direction::RightToLeft => "right",
        }
    }

    /// Where a line ends, as a value of HTML's `align`.
    const fn end(&self) -> &'static str {
        match self.direction {
            Direction::LeftToRight => "right",
            Direction::RightToLeft => "left",
        }
    }

    /// Stands for the logo where there is none.
    fn initial(&self) -> String {
        self.brand_name.chars().take(1).flat_map(char::to_uppercase).collect()
    }

    const fn tone_class(&self) -> &'static str {
        match self.letter.tone {
            Tone::Good => "good",
            Tone::Calm => "calm",
            Tone::Urgent => "urgent",
        }
    }

    const fn tone_style(&self) -> &'static str {
        match self.letter.tone {
            Tone::Good => "background-color:#e2f5e9;color:#0a6132;",
            Tone::Calm => "background-color:#e6edfd;color:#27448f;",
            Tone::Urgent => "background-color:#fde9e4;color:#9c2c14;",
        }
    }

    fn html(&self) -> Result<String, RenderError> {
        HtmlLayout { page: self }
            .render()
            .map_err(|reason| RenderError::Layout { layout: "email.html", reason: reason.to_string() })
    }

    fn text(&self) -> Result<String, RenderError> {
        TextLayout { page: self }
            .render()
            .map_err(|reason| RenderError::Layout { layout: "email.txt", reason: reason.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No language of ours runs from right to left yet; the layout must not stand in the way of one.
    #[test]
    fn layout_turns_round_for_a_right_to_left_script() {
        let sample = Message::samples().remove(0);
        let reader = Reader::new(Locale::default());
        let brand = Brand::default();
        let hosts = LinkHosts::new(["invoice.stripe.com"]).unwrap();
        let format = Format::new(&reader.locale, &reader.time_zone);
        let mut writer = Writer::new(sample.message.catalogue(), reader.locale.language(), format, &hosts, &brand.name);
        let letter = sample.message.compose(&mut writer).unwrap();
        let mut page = Page::new(&letter, &writer, &reader, &brand, None).unwrap();
        let sides = |html: &str| (html.matches("align=\"left\"").count(), html.matches("align=\"right\"").count());
        let left_to_right = page.html().unwrap();
        page.direction = Direction::RightToLeft;
        let right_to_left = page.html().unwrap();
        assert!(right_to_left.contains("<html lang=\"en\" dir=\"rtl\""));
        let (left, right) = sides(&left_to_right);
        assert!(left > 0 && right > 0);
        assert_eq!(sides(&right_to_left), (right, left));
        for physical in
            ["padding-left", "padding-right", "margin-left", "margin-right", "text-align:left", "text-align:right"]
        {
            assert!(!right_to_left.contains(physical), "{physical} does not turn round");
        }
    }
}
