//! Customers: who they are, how to reach them, and what they wish. One item per customer holds it all, so that a batch of
//! notices needs one read.
//!
//! | item | partition key | sort key |
//! |---|---|---|
//! | profile, devices, preferences, suppression | `live#customer#<id>` | `profile` |
//! | how far an import of customers has come | `live#import#customers` | `progress` |

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
};

use jiff::Timestamp;
use processor_events::{
    Personal,
    ids::{CustomerId, EventId},
};
use thiserror::Error;

use crate::{CorruptItem, Scope, StorageError};

mod dynamo;
mod import;
mod memory;
#[cfg(test)]
mod tests;

pub use dynamo::DynamoCustomers;
pub use import::{ImportProgress, Imported, Imports};
pub use memory::InMemoryCustomers;

/// Which customer: the scope and the processor's id. Never an email address, which changes and can be shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey {
    /// Real or test, and which account.
    pub scope: Scope,
    /// The processor's id.
    pub customer: CustomerId,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// How to address and reach the person.
    pub contact: Contact,
    /// Which event of the processor the contact comes from; `None` when nothing came from the processor yet.
    pub source: Option<SourceVersion>,
    /// When the customer was deleted at the processor; nothing personal is kept from then on.
    pub erased_at: Option<Timestamp>,
    /// The id of the contact in the CRM.
    pub crm_id: Option<String>,
    /// The devices that can get push notifications.
    pub devices: BTreeMap<DeviceId, Device>,
    /// What the customer wants to get.
    pub preferences: Preferences,
    /// Topics whose emails the person has left by the link in a mail. A wish of its own: preferences that the product stores do not
    /// bring it back by accident.
    pub left_topics: BTreeSet<String>,
    /// An address that must not be written to.
    pub suppression: Option<Suppression>,
    /// The last mail that arrived, so that a bounce which is reported late is known to be older.
    pub delivered: Option<Delivered>,
    /// Which state of the contact was published on the hub last: a fingerprint that only its publisher understands.
    pub published: Option<String>,
}

/// How to address and reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// The email address.
    pub email: Option<Personal<String>>,
    /// The name as the customer gave it.
    pub name: Option<Personal<String>>,
    /// The phone number.
    pub phone: Option<Personal<String>>,
    /// Languages in order of preference, as BCP 47 tags.
    pub locales: Vec<String>,
    /// The IANA time zone.
    pub time_zone: Option<String>,
}

/// Which state of the processor's customer a contact shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceVersion {
    /// When the event happened, to the second.
    pub occurred_at: Timestamp,
    /// Which event it was. Decides between two events of one second, so that every order of arrival ends the same.
    pub event: EventId,
}

/// The app's own id of a device or installation: 1 to 128 of `[A-Za-z0-9_.:-]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

/// Why a text is no device id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a device id has 1 to {MAX_DEVICE_ID_LENGTH} letters, digits, `_`, `.`, `:` or `-`")]
pub struct DeviceIdError;

/// The longest device id: room for a UUID or a vendor's identifier, and a bound for the profile item.
pub const MAX_DEVICE_ID_LENGTH: usize = 128;

impl DeviceId {
    /// Takes a text that keeps the rules of the type.
    pub fn new(text: impl Into<String>) -> Result<Self, DeviceIdError> {
        let text = text.into();
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_.:-".contains(character);
        if text.is_empty() || text.len() > MAX_DEVICE_ID_LENGTH || !text.chars().all(is_allowed) {
            return Err(DeviceIdError);
        }
        Ok(Self(text))
    }

    /// The id as the app wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A device that can get push notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The SNS platform endpoint made for the device's token.
    pub endpoint_arn: String,
    /// Which push service it belongs to.
    pub platform: Platform,
    /// When it was registered last.
    pub registered_at: Timestamp,
    /// Since when SNS refuses it: the app was removed or its token changed. Registering again clears it.
    pub stale_since: Option<Timestamp>,
}

/// A push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Apple devices.
    Apns,
    /// Apple devices, development builds.
    ApnsSandbox,
    /// Android devices and browsers.
    Fcm,
}

impl Platform {
    /// The name in items and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::ApnsSandbox => "apns_sandbox",
            Self::Fcm => "fcm",
        }
    }

    /// The platform of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Apns, Self::ApnsSandbox, Self::Fcm].into_iter().find(|platform| platform.name() == name)
    }
}

/// What a customer wants to get. Everything, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Whether emails are wanted that are not about the customer's own payments.
    pub email: bool,
    /// Whether push notifications are wanted at all.
    pub push: bool,
    /// Topics that the customer has switched off, such as `offers`.
    pub muted_topics: Vec<String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { email: true, push: true, muted_topics: Vec::new() }
    }
}

/// An address that bounced for good or whose owner complained.
///
/// Reports come in any order. Of one address a complaint outweighs a bounce, and the newer report the older; of two addresses the
/// newer report counts; a bounce that is older than a mail which has arrived there counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The address; a new address of the customer is not affected.
    pub address: Personal<String>,
    /// What happened to it.
    pub reason: SuppressionReason,
    /// When.
    pub at: Timestamp,
}

impl Suppression {
    /// Whether a mail that reached its address shows that the address can be written to again.
    fn is_lifted_by(&self, delivered: &Delivered) -> bool {
        self.reason == SuppressionReason::Bounced && self.address == delivered.address && self.at < delivered.at
    }

    /// Whether this one takes the place of what is known. Of one address a complaint outweighs a bounce, and the newer report the
    /// older; of two addresses the newer report counts. A bounce counts for nothing when a later mail has arrived.
    fn outweighs(&self, known: Option<&Self>, delivered: Option<&Delivered>) -> bool {
        let is_complaint = self.reason == SuppressionReason::Complained;
        if !is_complaint && delivered.is_some_and(|mail| mail.address == self.address && mail.at > self.at) {
            return false;
        }
        known.is_none_or(|known| match (known.reason, is_complaint) {
            _ if known.address != self.address => known.at < self.at,
            (SuppressionReason::Bounced, true) => true,
            (SuppressionReason::Complained, false) => false,
            (SuppressionReason::Bounced, false) | (SuppressionReason::Complained, true) => known.at < self.at,
        })
    }
}

/// A mail that the person's mail server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Where it went.
    pub address: Personal<String>,
    /// When it was taken.
    pub at: Timestamp,
}

/// Why an address must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionReason {
    /// The mailbox does not exist.
    Bounced,
    /// The person marked a mail as unwanted.
    Complained,
}

impl SuppressionReason {
    /// The name in items, records and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        [Self::Bounced, Self::Complained].into_iter().find(|reason| reason.name() == name)
    }
}

/// The profiles that a read found. A corrupt one is an error of its own, so that it does not keep the others back.
pub type FoundProfiles = BTreeMap<CustomerKey, Result<Profile, CorruptItem>>;

/// Reads profiles. Needs `dynamodb:BatchGetItem`.
pub trait Profiles {
    /// The profiles of these customers, read together; a customer who is not known is absent from the answer.
    fn profiles(&self, keys: &[CustomerKey]) -> impl Future<Output = Result<FoundProfiles, StorageError>>;
}

/// Keeps devices. Needs `dynamodb:UpdateItem`.
pub trait Devices {
    /// Adds a device, or replaces what is known of it. An erased customer gets none.
    fn register(
        &self,
        key: &CustomerKey,
        id: &DeviceId,
        device: &Device,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Removes a device; removing one that is not there is fine.
    fn unregister(&self, key: &CustomerKey, id: &DeviceId) -> impl Future<Output = Result<(), StorageError>>;

    /// Notes that SNS refuses a device, unless it has been registered anew with another endpoint since.
    fn mark_stale(
        &self,
        key: &CustomerKey,
        id: &DeviceId,
        endpoint_arn: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StorageError>>;
}

/// What the processor said of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// Created or changed: this is the whole contact now.
    Set(Contact),
    /// Deleted: everything personal goes, for good. Processors never use an id twice.
    Erase,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAnswer {
    /// The profile shows it now.
    Applied,
    /// The profile shows this or something newer already, or the customer is erased.
    Outdated,
}

/// Keeps what the processor and the mail service say of customers. Needs `dynamodb:UpdateItem` and `dynamodb:PutItem`.
pub trait ProfileChanges {
    /// Applies a change unless the profile is newer. Any order of arrival, with repetitions, ends in the same profile.
    fn change(
        &self,
        key: &CustomerKey,
        source: &SourceVersion,
        change: &ContactChange,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Shows a contact if the profile still shows the state `seen` (`None`: none yet), and the customer is not erased. For who has
    /// read the profile and decided; somebody else's change in between answers [`ChangeAnswer::Outdated`].
    fn replace(
        &self,
        key: &CustomerKey,
        seen: Option<&SourceVersion>,
        source: &SourceVersion,
        contact: &Contact,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Notes what was published of the state `shown`; [`ChangeAnswer::Outdated`] when the profile shows another one by now.
    fn note_published(
        &self,
        key: &CustomerKey,
        shown: &SourceVersion,
        fingerprint: &str,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Notes that an address must not be written to, unless what is known of it outweighs the report: see the order in
    /// [`Suppression`]. Nothing is noted of an erased customer.
    fn suppress(
        &self,
        key: &CustomerKey,
        suppression: &Suppression,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Notes that a mail has arrived, and forgets that its address bounced before. A complaint stays. The answer says whether a
    /// suppression was lifted.
    fn lift(
        &self,
        key: &CustomerKey,
        address: &Personal<String>,
        at: Timestamp,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;

    /// Replaces what the customer wants to get; nothing is noted of an erased customer.
    fn prefer(
        &self,
        key: &CustomerKey,
        preferences: &Preferences,
    ) -> impl Future<Output = Result<ChangeAnswer, StorageError>>;
}

/// What became of a wish to leave a topic, or to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveAnswer {
    /// It is so now.
    Done,
    /// It was so before.
    Already,
    /// The customer is erased: nothing is sent any more.
    Erased,
}

/// Keeps which topics' emails a customer has left. Needs `dynamodb:UpdateItem`.
pub trait Subscriptions {
    /// No more emails of this topic.
    fn leave(&self, key: &CustomerKey, topic: &str) -> impl Future<Output = Result<LeaveAnswer, StorageError>>;

    /// Emails of this topic again.
    fn come_back(&self, key: &CustomerKey, topic: &str) -> impl Future<Output = Result<LeaveAnswer, StorageError>>;
}
