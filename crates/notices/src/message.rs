//! The messages: one variant each, with a context of its own.

use processor_events::Personal;

use crate::{
    letter::{Letter, Writer},
    messages::{
        AccessGraceStarted, AccessHeld, AccessRestored, CardExpiring, FollowUp, HighValueThanks, InvoicePaid,
        InvoiceUpcoming, MilestoneReached, Notice, PaymentActionRequired, PaymentFailed, PaymentFailedFinal,
        PaymentMethodRemoved, PurchaseConfirmed, TierUpgraded,
    },
    render::RenderError,
    words::Catalogue,
};

/// What a customer may switch off, each on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Invoices and payments.
    Payments,
    /// Access to the product, and the payment methods it depends on.
    Account,
    /// Points, tiers and thanks.
    Rewards,
    /// Offers, and asking how it was.
    Offers,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 4] = [Self::Payments, Self::Account, Self::Rewards, Self::Offers];

    /// The name in preferences and in SES contact lists: `payments`, `account`, `rewards`, `offers`. Never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Account => "account",
            Self::Rewards => "rewards",
            Self::Offers => "offers",
        }
    }

    /// Whether its messages are part of the service itself, need no consent and carry no unsubscribe link.
    #[must_use]
    pub const fn is_transactional(self) -> bool {
        match self {
            Self::Payments | Self::Account => true,
            Self::Rewards | Self::Offers => false,
        }
    }
}

/// A message with made-up values, to look at and to test with.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What is particular about it, in snake case: `paid_out_of_band`.
    pub name: &'static str,
    /// The message.
    pub message: Message,
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Everything Paybus says to a customer.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
        }

        impl Message {
            /// The names of all messages, in the order in which people are shown them.
            pub const KINDS: &'static [&'static str] = &[$($name::KIND),*];

            /// The message's stable name in records, metrics and tags: `invoice_paid`.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::KIND,)* }
            }

            /// What the customer may switch off to stop it.
            #[must_use]
            pub const fn topic(&self) -> Topic {
                match self { $(Self::$name(_) => $name::TOPIC,)* }
            }

            /// Whether it is part of the service itself; see [`Topic::is_transactional`].
            #[must_use]
            pub const fn is_transactional(&self) -> bool {
                self.topic().is_transactional()
            }

            /// Every message with every situation it can be in.
            #[must_use]
            pub fn samples() -> Vec<Sample> {
                let mut samples = Vec::new();
                $(samples.extend($name::samples().into_iter().map(|(name, context)| Sample { name, message: Self::$name(context) }));)*
                samples
            }

            /// Greets the customer by this name, unless the event itself knew one: not every event does.
            pub fn greet_by_default(&mut self, name: Option<&Personal<String>>) {
                let known = match self { $(Self::$name(context) => &mut context.customer_name,)* };
                if known.is_none() {
                    *known = name.cloned();
                }
            }

            pub(crate) fn catalogue(&self) -> &'static Catalogue {
                match self { $(Self::$name(_) => $name::catalogue(),)* }
            }

            pub(crate) fn compose(&self, writer: &mut Writer<'_>) -> Result<Letter, RenderError> {
                match self { $(Self::$name(context) => context.compose(writer),)* }
            }
        }

        $(impl From<$name> for Message {
            fn from(context: $name) -> Self {
                Self::$name(context)
            }
        })*
    };
}

messages! {
    /// An invoice is settled: the receipt.
    InvoicePaid,
    /// An attempt to collect an invoice failed, and it is not the end.
    PaymentFailed,
    /// The last automatic attempt failed.
    PaymentFailedFinal,
    /// The bank wants a payment confirmed.
    PaymentActionRequired,
    /// The next invoice is about to come.
    InvoiceUpcoming,
    /// A stored card runs out.
    CardExpiring,
    /// A stored payment method is gone.
    PaymentMethodRemoved,
    /// Something is missing; access goes on until a day.
    AccessGraceStarted,
    /// Access is paused.
    AccessHeld,
    /// Access is back.
    AccessRestored,
    /// A purchase earned points.
    PurchaseConfirmed,
    /// Thanks for a large purchase.
    HighValueThanks,
    /// A new tier is reached.
    TierUpgraded,
    /// All purchases together reached a mark.
    MilestoneReached,
    /// Some days after a purchase.
    FollowUp,
}
