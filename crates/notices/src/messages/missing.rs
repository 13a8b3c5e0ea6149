//! What has to come, so that access stays or comes back.

/// What a customer is asked for when access is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A payment.
    Payment,
    /// A payment method: the last one was removed, or a trial ended without one.
    PaymentMethod,
    /// A subscription: it has ended.
    Subscription,
}

impl Missing {
    /// The word that the catalogues tell apart.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::PaymentMethod => "method",
            Self::Subscription => "subscription",
        }
    }

    /// The text on the button.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Payment => "action-settle",
            Self::PaymentMethod => "action-add-method",
            Self::Subscription => "action-open",
        }
    }
}
