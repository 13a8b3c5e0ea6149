//! Who is told on which channel: one pure decision.

use std::collections::{BTreeMap, BTreeSet};

use notices::Topic;
use processor_events::Personal;
use storage::customers::{CustomerKey, DeviceId, Preferences, Profile, Suppression, SuppressionReason};

use crate::{EmailAddress, OutboundMode};

/// Whom a notice is for, and how to reach the person.
#[derive(Debug, Clone, Default)]
pub struct Recipient {
    /// Who it is; absent where the processor knows no customer.
    pub customer: Option<CustomerKey>,
    /// The address, as somebody wrote it.
    pub address: Option<Personal<String>>,
    /// The SNS endpoints of the devices in use.
    pub devices: BTreeMap<DeviceId, String>,
    /// What the person wants to get.
    pub preferences: Preferences,
    /// Topics whose emails the person has left by the link in a mail.
    pub left_topics: BTreeSet<String>,
    /// An address that must not be written to.
    pub suppression: Option<Suppression>,
    /// The customer was deleted at the processor: nothing is said any more.
    pub is_erased: bool,
}

impl Recipient {
    /// A customer with what the profile says; where it has no address, the one that the event carries serves.
    #[must_use]
    pub fn new(
        customer: Option<CustomerKey>,
        profile: Option<&Profile>,
        event_address: Option<&Personal<String>>,
    ) -> Self {
        let Some(profile) = profile else {
            return Self { customer, address: event_address.cloned(), ..Self::default() };
        };
        let in_use = profile.devices.iter().filter(|(_, device)| device.stale_since.is_none());
        Self {
            customer,
            address: profile.contact.email.as_ref().or(event_address).cloned(),
            devices: in_use.map(|(id, device)| (id.clone(), device.endpoint_arn.clone())).collect(),
            preferences: profile.preferences.clone(),
            left_topics: profile.left_topics.clone(),
            suppression: profile.suppression.clone(),
            is_erased: profile.erased_at.is_some(),
        }
    }
}

/// Why nothing is sent on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The customer was deleted.
    Erased,
    /// No address is known.
    NoAddress,
    /// What is known is not one plain address.
    UnusableAddress,
    /// Mail to this address bounced for good.
    Bounced,
    /// The person marked a mail as unwanted.
    Complained,
    /// No device is registered, or none that is still there.
    NoDevice,
    /// The person wants nothing on this channel.
    ChannelOff,
    /// The person wants nothing about this topic.
    TopicOff,
    /// The person has left the topic by the link in an email.
    Unsubscribed,
}

impl SkipReason {
    /// The stable name in records and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::NoAddress => "no_address",
            Self::UnusableAddress => "unusable_address",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::NoDevice => "no_device",
            Self::ChannelOff => "channel_off",
            Self::TopicOff => "topic_off",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// What happens on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lane<T> {
    /// It is sent.
    Send(T),
    /// It would be sent, but the mode keeps it.
    Keep(T),
    /// It is not sent in any mode.
    Skip(SkipReason),
}

/// What happens on each channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) email: Lane<EmailAddress>,
    pub(crate) push: Lane<BTreeMap<DeviceId, String>>,
    /// Whether the mode lets anything be said to this recipient. If not, nothing is written where `send` mode looks.
    pub(crate) speaks: bool,
}

/// Decides. A transactional email goes whatever the preferences say, because the customer needs it; a push is always a wish.
pub(crate) fn plan(recipient: &Recipient, topic: Topic, mode: &OutboundMode) -> Plan {
    let email = match address(recipient, topic) {
        Err(reason) => Lane::Skip(reason),
        Ok(address) if mode.admits_address(recipient.customer.as_ref(), &address) => Lane::Send(address),
        Ok(address) => Lane::Keep(address),
    };
    let push = match devices(recipient, topic) {
        Err(reason) => Lane::Skip(reason),
        Ok(devices) => admitted(recipient, devices, mode),
    };
    let speaks = mode.admits_customer(recipient.customer.as_ref())
        || matches!(email, Lane::Send(_))
        || matches!(push, Lane::Send(_));
    Plan { email, push, speaks }
}

fn address(recipient: &Recipient, topic: Topic) -> Result<EmailAddress, SkipReason> {
    if recipient.is_erased {
        return Err(SkipReason::Erased);
    }
    if !topic.is_transactional() {
        wanted(recipient, topic, recipient.preferences.email)?;
        if recipient.left_topics.contains(topic.name()) {
            return Err(SkipReason::Unsubscribed);
        }
    }
    let address = recipient.address.as_ref().ok_or(SkipReason::NoAddress)?;
    let address: EmailAddress = address.reveal().parse().map_err(|_| SkipReason::UnusableAddress)?;
    match &recipient.suppression {
        Some(suppression) if address.is(suppression.address.reveal()) => Err(match suppression.reason {
            SuppressionReason::Bounced => SkipReason::Bounced,
            SuppressionReason::Complained => SkipReason::Complained,
        }),
        _ => Ok(address),
    }
}

fn devices(recipient: &Recipient, topic: Topic) -> Result<&BTreeMap<DeviceId, String>, SkipReason> {
    if recipient.is_erased {
        return Err(SkipReason::Erased);
    }
    wanted(recipient, topic, recipient.preferences.push)?;
    if recipient.devices.is_empty() { Err(SkipReason::NoDevice) } else { Ok(&recipient.devices) }
}

fn wanted(recipient: &Recipient, topic: Topic, is_channel_on: bool) -> Result<(), SkipReason> {
    if !is_channel_on {
        return Err(SkipReason::ChannelOff);
    }
    let is_muted = recipient.preferences.muted_topics.iter().any(|muted| muted == topic.name());
    if is_muted { Err(SkipReason::TopicOff) } else { Ok(()) }
}

/// Where only some devices are on the allowlist, those get it: the list names devices to try them.
fn admitted(
    recipient: &Recipient,
    devices: &BTreeMap<DeviceId, String>,
    mode: &OutboundMode,
) -> Lane<BTreeMap<DeviceId, String>> {
    let mut listed = devices.clone();
    listed.retain(|id, _| mode.admits_device(recipient.customer.as_ref(), id));
    if listed.is_empty() { Lane::Keep(devices.clone()) } else { Lane::Send(listed) }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use processor_events::{event::Mode, ids::CustomerId};
    use storage::Scope;

    use super::*;
    use crate::mode::allowlist;

    fn recipient() -> Recipient {
        let scope = Scope { mode: Mode::Live, account: None };
        let device = |id: &str| (DeviceId::new(id).unwrap(), format!("arn:{id}"));
        Recipient {
            customer: Some(CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }),
            address: Some(Personal::new("Ada@Example.com".to_owned())),
            devices: BTreeMap::from([device("phone"), device("tablet")]),
            ..Recipient::default()
        }
    }

    /// What is done on each channel, in a word.
    fn check(recipient: &Recipient, topic: Topic, mode: &OutboundMode, email: &str, push: &str) {
        fn word<T>(lane: &Lane<T>) -> &'static str {
            match lane {
                Lane::Send(_) => "send",
                Lane::Keep(_) => "keep",
                Lane::Skip(reason) => reason.name(),
            }
        }
        let plan = plan(recipient, topic, mode);
        assert_eq!((word(&plan.email), word(&plan.push)), (email, push));
    }

    fn check_send(recipient: &Recipient, topic: Topic, email: &str, push: &str) {
        check(recipient, topic, &OutboundMode::Send, email, push);
    }

    #[test]
    fn a_customer_with_address_and_devices_is_told_on_both_channels() {
        check_send(&recipient(), Topic::Payments, "send", "send");
    }

    #[test]
    fn a_customer_who_cannot_be_reached_is_a_skip_with_its_reason() {
        check_send(&Recipient::default(), Topic::Payments, "no_address", "no_device");
        let odd =
            Recipient { address: Some(Personal::new("ada@example.com, eve@example.com".to_owned())), ..recipient() };
        check_send(&odd, Topic::Payments, "unusable_address", "send");
    }

    #[test]
    fn a_suppressed_address_is_skipped_and_the_push_still_goes() {
        for (reason, word) in [(SuppressionReason::Bounced, "bounced"), (SuppressionReason::Complained, "complained")] {
            let suppress = |address: &str| Recipient {
                suppression: Some(Suppression {
                    address: Personal::new(address.to_owned()),
                    reason,
                    at: Timestamp::UNIX_EPOCH,
                }),
                ..recipient()
            };
            check_send(&suppress("ada@example.com"), Topic::Payments, word, "send");
            check_send(&suppress("former@example.com"), Topic::Payments, "send", "send");
        }
    }

    #[test]
    fn preferences_hold_back_offers_and_pushes_but_no_receipt() {
        let quiet = Preferences { email: false, push: false, muted_topics: vec![] };
        check_send(&Recipient { preferences: quiet.clone(), ..recipient() }, Topic::Payments, "send", "channel_off");
        check_send(&Recipient { preferences: quiet, ..recipient() }, Topic::Offers, "channel_off", "channel_off");
        let muted = Preferences { muted_topics: vec!["offers".to_owned()], ..Preferences::default() };
        check_send(&Recipient { preferences: muted.clone(), ..recipient() }, Topic::Offers, "topic_off", "topic_off");
        check_send(&Recipient { preferences: muted, ..recipient() }, Topic::Rewards, "send", "send");
    }

    #[test]
    fn who_left_a_topic_gets_no_email_of_it_and_everything_else() {
        let left = Recipient { left_topics: BTreeSet::from(["offers".to_owned()]), ..recipient() };
        check_send(&left, Topic::Offers, "unsubscribed", "send");
        check_send(&left, Topic::Rewards, "send", "send");
        // Not even a topic of that name holds back what a customer must know.
        let odd = Recipient { left_topics: BTreeSet::from(["payments".to_owned()]), ..recipient() };
        check_send(&odd, Topic::Payments, "send", "send");
    }

    #[test]
    fn a_deleted_customer_is_told_nothing_even_where_the_event_has_an_address() {
        let profile = Profile { erased_at: Some(Timestamp::UNIX_EPOCH), ..Profile::default() };
        let address = Personal::new("ada@example.com".to_owned());
        check_send(&Recipient::new(None, Some(&profile), Some(&address)), Topic::Payments, "erased", "erased");
    }

    #[test]
    fn the_address_of_the_event_serves_where_the_profile_has_none() {
        let (own, event) = (Personal::new("own@example.com".to_owned()), Personal::new("event@example.com".to_owned()));
        let mut profile = Profile::default();
        assert_eq!(Recipient::new(None, None, Some(&event)).address, Some(event.clone()));
        assert_eq!(Recipient::new(None, Some(&profile), Some(&event)).address, Some(event.clone()));
        profile.contact.email = Some(own.clone());
        assert_eq!(Recipient::new(None, Some(&profile), Some(&event)).address, Some(own));
    }

    #[test]
    fn record_mode_keeps_what_would_be_sent_and_skips_what_would_be_skipped() {
        check(&recipient(), Topic::Payments, &OutboundMode::Record, "keep", "keep");
        check(&Recipient::default(), Topic::Payments, &OutboundMode::Record, "no_address", "no_device");
        assert!(!plan(&recipient(), Topic::Payments, &OutboundMode::Record).speaks);
    }

    #[test]
    fn the_allowlist_names_addresses_devices_or_customers() {
        let to = |names: &[&str], email, push| check(&recipient(), Topic::Payments, &allowlist(names), email, push);
        to(&["cus_1"], "send", "send");
        to(&["ada@example.COM"], "send", "keep");
        to(&["phone"], "keep", "send");
        to(&["cus_2", "eve@example.com"], "keep", "keep");
        let plan = plan(&recipient(), Topic::Payments, &allowlist(&["phone"]));
        let Lane::Send(devices) = plan.push else { panic!("the listed device gets it") };
        assert_eq!(devices.keys().map(DeviceId::as_str).collect::<Vec<_>>(), ["phone"]);
        assert!(plan.speaks);
    }
}
