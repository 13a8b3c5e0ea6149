//! A customer as the processor shows one, and whether a profile is to show it.

use processor_events::event;
use storage::customers::{Contact, Profile, SourceVersion};

/// A customer as the processor shows one at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// When, and by which event.
    pub source: SourceVersion,
    /// The whole contact.
    pub contact: Contact,
}

/// What a state means for a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The customer has been deleted: nothing is shown any more.
    Erased,
    /// The profile shows this state already, or a newer one.
    Known,
    /// The profile is to show it.
    Show,
    /// The profile shows another state of the same second: the processor alone knows which is the newer one.
    InDoubt,
}

/// Decides, by the time of the event alone.
#[must_use]
pub fn decide(profile: Option<&Profile>, state: &State) -> Decision {
    let Some(profile) = profile else { return Decision::Show };
    if profile.erased_at.is_some() {
        return Decision::Erased;
    }
    let Some(shown) = &profile.source else { return Decision::Show };
    match state.source.occurred_at.cmp(&shown.occurred_at) {
        std::cmp::Ordering::Less => Decision::Known,
        std::cmp::Ordering::Greater => Decision::Show,
        std::cmp::Ordering::Equal if state.source.event == shown.event || state.contact == profile.contact => {
            Decision::Known
        }
        std::cmp::Ordering::Equal => Decision::InDoubt,
    }
}

/// Whether a state in doubt is shown when nobody can be asked: of two events of one second the id decides, so that every order of
/// arrival ends the same.
#[must_use]
pub fn wins_by_id(profile: Option<&Profile>, state: &State) -> bool {
    let shown = profile.and_then(|profile| profile.source.as_ref());
    shown.is_none_or(|shown| state.source.event > shown.event)
}

/// The name under which merchants keep a customer's IANA time zone in the metadata: processors have no field for it.
const TIME_ZONE: &str = "time_zone";

/// The contact that an event shows.
#[must_use]
pub fn contact_of_event(customer: &event::Customer) -> Contact {
    Contact {
        email: customer.email.clone(),
        name: customer.name.clone(),
        phone: customer.phone.clone(),
        locales: customer.preferred_locales.clone(),
        time_zone: customer.metadata.get(TIME_ZONE).cloned(),
    }
}

/// The contact that Stripe's API shows.
#[must_use]
pub fn contact_of_stripe(customer: &stripe_api::Customer) -> Contact {
    Contact {
        email: customer.email.clone(),
        name: customer.name.clone(),
        phone: customer.phone.clone(),
        locales: customer.preferred_locales.clone(),
        time_zone: customer.metadata.get(TIME_ZONE).cloned(),
    }
}
