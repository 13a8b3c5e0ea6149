//! What a message consists of before it is laid out: the same parts become HTML and plain text, so that both say the same.

use fluent_bundle::FluentArgs;
use jiff::Timestamp;
use processor_events::{Money, Personal};

use crate::{
    clean,
    format::Format,
    links::{Link, LinkHosts},
    locale::Language,
    messages::COMMON,
    render::RenderError,
    words::Catalogue,
};

/// The mood of a message: decides the colour of its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something went well.
    Good,
    /// Something the customer should know.
    Calm,
    /// Something the customer has to do.
    Urgent,
}

/// A message in words, ready to be laid out. Every text is plain: no markup, no entities.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) tone: Tone,
    pub(crate) subject: String,
    /// What mail programs show beside the subject.
    pub(crate) preheader: String,
    /// One or two words above the heading.
    pub(crate) label: String,
    pub(crate) heading: String,
    pub(crate) greeting: String,
    /// The number that the message is about, with what it is.
    pub(crate) highlight: Option<Fact>,
    pub(crate) parts: Vec<Part>,
    pub(crate) action: Option<Action>,
    /// Small words after the action.
    pub(crate) notes: Vec<String>,
    pub(crate) push_title: String,
    pub(crate) push_body: String,
}

/// A part of the body, in the order in which it is read.
#[derive(Debug)]
pub(crate) enum Part {
    Paragraph(String),
    Facts(Vec<Fact>),
    List {
        title: String,
        entries: Vec<Entry>,
    },
    Progress(Progress),
    /// Something to type elsewhere, such as a promotion code.
    Code(String),
}

#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A line of a list, with its explanation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) detail: Option<String>,
}

/// How far it is to the next tier.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) caption: String,
    /// 0 to 100.
    pub(crate) percent: u8,
}

#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) label: String,
    pub(crate) link: Link,
}

/// Writes one message for one reader: knows the catalogue, the variables, how to format, and which links are allowed.
pub(crate) struct Writer<'a> {
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) language: Language,
    pub(crate) format: Format<'a>,
    pub(crate) hosts: &'a LinkHosts,
    arguments: FluentArgs<'a>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        catalogue: &'static Catalogue,
        language: Language,
        format: Format<'a>,
        hosts: &'a LinkHosts,
        brand_name: &'a str,
    ) -> Self {
        let mut writer = Self { catalogue, language, format, hosts, arguments: FluentArgs::new() };
        writer.text("brand", clean::line(brand_name));
        writer
    }

    /// Gives the texts a variable. Whatever comes from outside has been through [`clean`].
    pub(crate) fn text(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.arguments.set(name, value.into());
        self
    }

    /// Gives the texts an amount.
    pub(crate) fn money(&mut self, name: &'static str, money: Money) -> Result<&mut Self, RenderError> {
        let amount = self.format.money(money)?;
        Ok(self.text(name, amount))
    }

    /// Gives the texts a number of points with its word: `1 point`, `1,250 points`.
    pub(crate) fn points(&mut self, name: &'static str, points: i64) -> Result<&mut Self, RenderError> {
        let phrase = self.points_phrase(points)?;
        Ok(self.text(name, phrase))
    }

    /// A number of points with its word.
    pub(crate) fn points_phrase(&self, points: i64) -> Result<String, RenderError> {
        let mut arguments = FluentArgs::new();
        arguments.set("number", self.format.number(points)?);
        arguments.set("plural", self.format.plural(points)?);
        Ok(COMMON.say(self.language, "points", &arguments)?)
    }

    /// Gives the texts a day.
    pub(crate) fn day(&mut self, name: &'static str, moment: Timestamp) -> Result<&mut Self, RenderError> {
        let day = self.format.day(moment)?;
        Ok(self.text(name, day))
    }

    /// Tells the texts whether there is something, as `yes` or `no`.
    pub(crate) fn flag(&mut self, name: &'static str, is_there: bool) -> &mut Self {
        self.text(name, if is_there { "yes" } else { "no" })
    }

    /// The link, if it may be shown; the texts learn by `$link` whether there is one, so that they never point at nothing.
    pub(crate) fn link(&mut self, url: Option<&str>) -> Option<Link> {
        let link = url.and_then(|url| self.hosts.admit(url));
        self.flag("link", link.is_some());
        link
    }

    /// One text of the message's own catalogue.
    pub(crate) fn say(&self, key: &str) -> Result<String, RenderError> {
        Ok(self.catalogue.say(self.language, key, &self.arguments)?)
    }

    /// One text that all messages share.
    pub(crate) fn common(&self, key: &str) -> Result<String, RenderError> {
        Ok(COMMON.say(self.language, key, &self.arguments)?)
    }

    /// A fact with a label that all messages share.
    pub(crate) fn fact(&self, label_key: &str, value: impl Into<String>) -> Result<Fact, RenderError> {
        Ok(Fact { label: self.common(label_key)?, value: value.into() })
    }

    /// Starts the letter with what every message has; the variables must be complete by now.
    pub(crate) fn letter(&self, tone: Tone, customer_name: Option<&Personal<String>>) -> Result<Letter, RenderError> {
        Ok(Letter {
            tone,
            subject: self.say("subject")?,
            preheader: self.say("preheader")?,
            label: self.say("label")?,
            heading: self.say("heading")?,
            greeting: self.greeting(customer_name)?,
            highlight: None,
            parts: Vec::new(),
            action: None,
            notes: Vec::new(),
            push_title: self.say("push-title")?,
            push_body: self.say("push-body")?,
        })
    }

    fn greeting(&self, customer_name: Option<&Personal<String>>) -> Result<String, RenderError> {
        let mut arguments = FluentArgs::new();
        let key = match clean::name(customer_name) {
            Some(name) => {
                arguments.set("name", name);
                "greeting"
            }
            None => "greeting-without-name",
        };
        Ok(COMMON.say(self.language, key, &arguments)?)
    }
}

impl Letter {
    pub(crate) fn paragraph(&mut self, text: String) {
        self.parts.push(Part::Paragraph(text));
    }

    /// A table of facts, unless there are none.
    pub(crate) fn facts(&mut self, facts: Vec<Fact>) {
        if !facts.is_empty() {
            self.parts.push(Part::Facts(facts));
        }
    }

    /// The button, where there is a link.
    pub(crate) fn action(&mut self, label: String, link: Option<Link>) {
        self.action = link.map(|link| Action { label, link });
    }
}

/// Facts that several messages state.
impl Writer<'_> {
    /// The invoice's number, where it has one.
    pub(crate) fn invoice_number(&self, number: Option<&str>) -> Result<Option<Fact>, RenderError> {
        let number = number.map(clean::line).filter(|number| !number.is_empty());
        number.map(|number| self.fact("fact-invoice", number)).transpose()
    }

    /// Which invoice and which attempt failed, as far as it is known.
    pub(crate) fn failed_attempt(&self, attempt: u32, number: Option<&str>) -> Result<Vec<Fact>, RenderError> {
        let mut facts: Vec<Fact> = self.invoice_number(number)?.into_iter().collect();
        if attempt > 0 {
            facts.push(self.fact("fact-attempt", self.format.number(attempt.into())?)?);
        }
        Ok(facts)
    }

    /// The letter about an invoice that a failed attempt left open; all variables but the link must be there by now.
    pub(crate) fn unpaid_invoice(
        &mut self,
        customer_name: Option<&Personal<String>>,
        amount_open: Money,
        facts: Vec<Fact>,
        invoice_url: Option<&str>,
    ) -> Result<Letter, RenderError> {
        let link = self.link(invoice_url);
        let mut letter = self.letter(Tone::Urgent, customer_name)?;
        letter.highlight = Some(self.fact("fact-amount-open", self.format.money(amount_open)?)?);
        letter.paragraph(self.say("body")?);
        letter.paragraph(self.say("next")?);
        letter.facts(facts);
        letter.action(self.common("action-pay")?, link);
        letter.notes.push(self.common("already-paid")?);
        Ok(letter)
    }

    /// What is open, where it is known.
    pub(crate) fn amount_open(&self, amount: Option<Money>) -> Result<Option<Fact>, RenderError> {
        amount.map(|amount| self.fact("fact-amount-open", self.format.money(amount)?)).transpose()
    }

    /// What a purchase earned.
    pub(crate) fn points_earned(&self, points: i64) -> Result<Fact, RenderError> {
        self.fact("fact-points-earned", self.points_phrase(points)?)
    }

    /// What was paid, and the points there are now.
    pub(crate) fn purchase(&self, amount: Money, points_balance: i64) -> Result<Vec<Fact>, RenderError> {
        Ok(vec![
            self.fact("fact-purchase", self.format.money(amount)?)?,
            self.fact("fact-balance", self.points_phrase(points_balance)?)?,
        ])
    }
}
