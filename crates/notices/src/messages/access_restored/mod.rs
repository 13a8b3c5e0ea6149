//! Access is back.

use processor_events::Personal;

use super::{Notice, samples};
use crate::{
    letter::{Letter, Tone, Writer},
    message::Topic,
    render::RenderError,
    words::{Catalogue, catalogue},
};

/// What was missing came, and access is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRestored {
    /// The customer's name, for the greeting.
    pub customer_name: Option<Personal<String>>,
    /// It came back by a payment, for which the message thanks.
    pub has_paid: bool,
    /// Where the product is.
    pub product_url: Option<String>,
}

static CATALOGUE: Catalogue = catalogue!("access_restored");

impl Notice for AccessRestored {
    const KIND: &'static str = "access_restored";
    const TOPIC: Topic = Topic::Account;

    fn catalogue() -> &'static Catalogue {
        &CATALOGUE
    }

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
        writer.flag("paid", self.has_paid);
        let link = writer.link(self.product_url.as_deref());
        let mut letter = writer.letter(Tone::Good, self.customer_name.as_ref())?;
        letter.paragraph(writer.say("body")?);
        letter.action(writer.common("action-open")?, link);
        Ok(letter)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let restored =
            Self { customer_name: Some(samples::name()), has_paid: true, product_url: Some(samples::account_url()) };
        vec![
            ("restored", restored.clone()),
            ("without_payment", Self { has_paid: false, ..restored }),
            ("little_known", Self { customer_name: None, has_paid: false, product_url: None }),
        ]
    }
}
