//! One folder per message: its context, its samples, what it consists of, and its words in every language.

mod common;
mod invoice_paid;
mod payment_failed;
mod payment_failed_final;

pub(crate) use self::common::COMMON;
pub use self::{
    invoice_paid::{InvoicePaid, Settlement},
    payment_failed::{PaymentFailed, Retry},
    payment_failed_final::PaymentFailedFinal,
};

use crate::{
    letter::{Letter, Writer},
    message::Topic,
    render::RenderError,
    words::Catalogue,
};

/// What every message can do.
pub(crate) trait Notice: Sized {
    /// Its stable name, which is also the name of its folder.
    const KIND: &'static str;
    const TOPIC: Topic;

    fn catalogue() -> &'static Catalogue;

    fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError>;

    /// Every situation that the words tell apart, by name.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// Values that samples share.
mod samples {
    use jiff::Timestamp;
    use processor_events::{Currency, Money, Personal};

    pub(super) fn name() -> Personal<String> {
        Personal::new("Ada Lovelace".to_owned())
    }

    pub(super) fn money(amount_minor: i64, currency: &str) -> Money {
        Money::new(amount_minor, Currency::new(currency).expect("samples use currency codes"))
    }

    pub(super) fn moment(text: &str) -> Timestamp {
        text.parse().expect("samples use RFC 3339")
    }

    /// A link as Stripe makes them; its host is the default of `LINK_HOSTS`.
    pub(super) fn invoice_url() -> String {
        "https://invoice.stripe.com/i/acct_1PaybusSample/test_YWNjdF8xUGF5YnVz".to_owned()
    }
}
