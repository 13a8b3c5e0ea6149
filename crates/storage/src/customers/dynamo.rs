//! Customers in DynamoDB.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, update_item::UpdateItemError, update_item::builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue},
};
use jiff::Timestamp;
use processor_events::{Personal, ids::EventId};

use super::{
    ChangeAnswer, Contact, ContactChange, CustomerKey, Delivered, Device, DeviceId, Devices, FoundProfiles,
    LeaveAnswer, Platform, Preferences, Profile, ProfileChanges, Profiles, SourceVersion, Subscriptions, Suppression,
    SuppressionReason,
};
use crate::{
    CorruptItem, Database, StorageError,
    error::classify,
    item::{Attributes, PARTITION_KEY, Reader, SORT_KEY, Writer, key, number, text},
};

const TABLE: &str = "customers";
const PROFILE: &str = "profile";

/// Devices are attributes of the profile item, one each: adding one is a single write that needs no map to be there.
const DEVICE_PREFIX: &str = "device#";

/// The contact's attributes, in the order in which they are written.
const CONTACT: [&str; 5] = ["email", "name", "phone", "locales", "time_zone"];

/// Customers in a DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoCustomers {
    pub(super) database: Database,
    pub(super) table: String,
}

impl DynamoCustomers {
    /// Takes the connection and the name of the table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }

    /// Opens the connection by reading a profile that does not exist, as [`Database::warm_up`] does, but with the permission that
    /// a reader of profiles has anyway.
    pub async fn warm_up(&self) -> Result<(), StorageError> {
        self.database.read(&self.table, vec![key("warm-up", "warm-up")]).await.map(|_| ())
    }

    fn update(&self, customer: &CustomerKey) -> UpdateItemFluentBuilder {
        self.database
            .client()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition(customer)))
            .key(SORT_KEY, text(PROFILE))
    }
}

impl Profiles for DynamoCustomers {
    async fn profiles(&self, keys: &[CustomerKey]) -> Result<FoundProfiles, StorageError> {
        // A key that appears twice in one request is refused.
        let by_partition: HashMap<String, &CustomerKey> = keys.iter().map(|key| (partition(key), key)).collect();
        let unique: Vec<Attributes> = by_partition.keys().map(|partition| key(partition, PROFILE)).collect();
        let mut found = FoundProfiles::new();
        for item in self.database.read(&self.table, unique).await? {
            let reader = Reader::new(TABLE, &item);
            if let Some(key) = by_partition.get(reader.text(PARTITION_KEY)?) {
                found.insert(CustomerKey::clone(key), read_profile(&reader));
            }
        }
        Ok(found)
    }
}

impl Devices for DynamoCustomers {
    async fn register(&self, key: &CustomerKey, id: &DeviceId, device: &Device) -> Result<ChangeAnswer, StorageError> {
        let update = self
            .update(key)
            .update_expression("SET #device = :device")
            .condition_expression("attribute_not_exists(erased_at)")
            .expression_attribute_names("#device", attribute_of(id))
            .expression_attribute_values(":device", AttributeValue::M(write_device(device).finish()));
        answer(update.send().await)
    }

    async fn unregister(&self, key: &CustomerKey, id: &DeviceId) -> Result<(), StorageError> {
        let update = self
            .update(key)
            .update_expression("REMOVE #device")
            .condition_expression("attribute_exists(#device)")
            .expression_attribute_names("#device", attribute_of(id));
        answer(update.send().await).map(|_| ())
    }

    async fn mark_stale(
        &self,
        key: &CustomerKey,
        id: &DeviceId,
        endpoint_arn: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let update = self
            .update(key)
            .update_expression("SET #device.stale_since = :now")
            .condition_expression("#device.endpoint_arn = :endpoint_arn")
            .expression_attribute_names("#device", attribute_of(id))
            .expression_attribute_values(":endpoint_arn", text(endpoint_arn))
            .expression_attribute_values(":now", text(now.to_string()));
        answer(update.send().await).map(|_| ())
    }
}

impl ProfileChanges for DynamoCustomers {
    async fn change(
        &self,
        key: &CustomerKey,
        source: &SourceVersion,
        change: &ContactChange,
    ) -> Result<ChangeAnswer, StorageError> {
        match change {
            ContactChange::Erase => self.erase(key, source).await,
            ContactChange::Set(contact) => self.set_contact(key, source, contact).await,
        }
    }

    async fn replace(
        &self,
        key: &CustomerKey,
        seen: Option<&SourceVersion>,
        source: &SourceVersion,
        contact: &Contact,
    ) -> Result<ChangeAnswer, StorageError> {
        let update = self.show(key, source, contact);
        let update = match seen {
            None => update.condition_expression("attribute_not_exists(erased_at) AND attribute_not_exists(source_at)"),
            Some(seen) => update
                .condition_expression(
                    "attribute_not_exists(erased_at) AND source_at = :seen_at AND source_event = :seen_event",
                )
                .expression_attribute_values(":seen_at", number(seen.occurred_at.as_millisecond()))
                .expression_attribute_values(":seen_event", text(seen.event.as_str())),
        };
        answer(update.send().await)
    }

    async fn note_published(
        &self,
        key: &CustomerKey,
        shown: &SourceVersion,
        fingerprint: &str,
    ) -> Result<ChangeAnswer, StorageError> {
        let update = self
            .update(key)
            .update_expression("SET published = :published")
            .condition_expression("attribute_not_exists(erased_at) AND source_at = :at AND source_event = :event")
            .expression_attribute_values(":published", text(fingerprint))
            .expression_attribute_values(":at", number(shown.occurred_at.as_millisecond()))
            .expression_attribute_values(":event", text(shown.event.as_str()));
        answer(update.send().await)
    }

    async fn suppress(&self, key: &CustomerKey, suppression: &Suppression) -> Result<ChangeAnswer, StorageError> {
        let map = Writer::map()
            .text("address", suppression.address.reveal())
            .text("reason", suppression.reason.name())
            .integer("at", suppression.at.as_millisecond());
        // The rules of `Suppression::outweighs`. What a condition compares and does not find makes it false.
        let condition = match suppression.reason {
            SuppressionReason::Complained => {
                "attribute_not_exists(erased_at) AND (attribute_not_exists(#map) OR #map.#at < :at \
                 OR (#map.address = :address AND #map.reason = :bounced))"
            }
            SuppressionReason::Bounced => {
                "attribute_not_exists(erased_at) AND (attribute_not_exists(#map) \
                 OR (#map.#at < :at AND (#map.address <> :address OR #map.reason = :bounced))) \
                 AND NOT (delivered.address = :address AND delivered.#at > :at)"
            }
        };
        let update = self
            .update(key)
            .update_expression("SET #map = :map")
            .condition_expression(condition)
            .expression_attribute_names("#map", "suppression")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":map", AttributeValue::M(map.finish()))
            .expression_attribute_values(":address", text(suppression.address.reveal()))
            .expression_attribute_values(":bounced", text(SuppressionReason::Bounced.name()))
            .expression_attribute_values(":at", number(suppression.at.as_millisecond()));
        answer(update.send().await)
    }

    async fn lift(
        &self,
        key: &CustomerKey,
        address: &Personal<String>,
        at: Timestamp,
    ) -> Result<ChangeAnswer, StorageError> {
        // The mail first: a late report of a bounce that comes in between finds it.
        self.note_delivered(key, address, at).await?;
        let update = self
            .update(key)
            .update_expression("REMOVE suppression")
            .condition_expression(
                "suppression.address = :address AND suppression.reason = :bounced AND suppression.#at < :at",
            )
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":address", text(address.reveal()))
            .expression_attribute_values(":bounced", text(SuppressionReason::Bounced.name()))
            .expression_attribute_values(":at", number(at.as_millisecond()));
        answer(update.send().await)
    }

    async fn prefer(&self, key: &CustomerKey, preferences: &Preferences) -> Result<ChangeAnswer, StorageError> {
        let map = Writer::map()
            .flag("email", preferences.email)
            .flag("push", preferences.push)
            .texts("muted_topics", preferences.muted_topics.iter().cloned());
        self.set_map(key, "preferences", map).await
    }
}

impl Subscriptions for DynamoCustomers {
    async fn leave(&self, key: &CustomerKey, topic: &str) -> Result<LeaveAnswer, StorageError> {
        let had = self.change_topics(key, "ADD left_topics :topic", topic).await?;
        Ok(had.map_or(LeaveAnswer::Erased, |had| if had { LeaveAnswer::Already } else { LeaveAnswer::Done }))
    }

    async fn come_back(&self, key: &CustomerKey, topic: &str) -> Result<LeaveAnswer, StorageError> {
        let had = self.change_topics(key, "DELETE left_topics :topic", topic).await?;
        Ok(had.map_or(LeaveAnswer::Erased, |had| if had { LeaveAnswer::Done } else { LeaveAnswer::Already }))
    }
}

impl DynamoCustomers {
    /// Whether the topic was left before; `None` for an erased customer.
    async fn change_topics(&self, key: &CustomerKey, change: &str, topic: &str) -> Result<Option<bool>, StorageError> {
        let update = self
            .update(key)
            .update_expression(change)
            .condition_expression("attribute_not_exists(erased_at)")
            .expression_attribute_values(":topic", AttributeValue::Ss(vec![topic.to_owned()]))
            .return_values(ReturnValue::AllOld);
        match update.send().await {
            Ok(output) => {
                let item = output.attributes.unwrap_or_default();
                Ok(Some(Reader::new(TABLE, &item).text_set("left_topics")?.contains(topic)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(classify("UpdateItem", error)),
            },
        }
    }

    async fn set_map(&self, key: &CustomerKey, name: &str, map: Writer) -> Result<ChangeAnswer, StorageError> {
        let update = self
            .update(key)
            .update_expression("SET #map = :map")
            .condition_expression("attribute_not_exists(erased_at)")
            .expression_attribute_names("#map", name)
            .expression_attribute_values(":map", AttributeValue::M(map.finish()));
        answer(update.send().await)
    }

    async fn note_delivered(
        &self,
        key: &CustomerKey,
        address: &Personal<String>,
        at: Timestamp,
    ) -> Result<ChangeAnswer, StorageError> {
        let map = Writer::map().text("address", address.reveal()).integer("at", at.as_millisecond());
        let update = self
            .update(key)
            .update_expression("SET delivered = :delivered")
            .condition_expression(
                "attribute_not_exists(erased_at) AND (attribute_not_exists(delivered) OR delivered.#at < :at)",
            )
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":delivered", AttributeValue::M(map.finish()))
            .expression_attribute_values(":at", number(at.as_millisecond()));
        answer(update.send().await)
    }

    async fn set_contact(
        &self,
        key: &CustomerKey,
        source: &SourceVersion,
        contact: &Contact,
    ) -> Result<ChangeAnswer, StorageError> {
        let update = self.show(key, source, contact).condition_expression(
            "attribute_not_exists(erased_at) AND (attribute_not_exists(source_at) OR source_at < :at \
             OR (source_at = :at AND source_event < :event))",
        );
        answer(update.send().await)
    }

    /// The whole contact and where it comes from; the condition is the caller's.
    fn show(&self, key: &CustomerKey, source: &SourceVersion, contact: &Contact) -> UpdateItemFluentBuilder {
        let mut values = write_contact(contact);
        let mut sets = vec!["source_at = :at".to_owned(), "source_event = :event".to_owned()];
        let mut removes = Vec::new();
        let mut update = self
            .update(key)
            .expression_attribute_values(":at", number(source.occurred_at.as_millisecond()))
            .expression_attribute_values(":event", text(source.event.as_str()));
        for name in CONTACT {
            update = update.expression_attribute_names(format!("#{name}"), name);
            match values.remove(name) {
                Some(value) => {
                    sets.push(format!("#{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), value);
                }
                None => removes.push(format!("#{name}")),
            }
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            expression = format!("{expression} REMOVE {}", removes.join(", "));
        }
        update.update_expression(expression)
    }

    /// Puts an item with nothing personal in the place of the profile.
    async fn erase(&self, key: &CustomerKey, source: &SourceVersion) -> Result<ChangeAnswer, StorageError> {
        let item = Writer::new(partition(key), PROFILE)
            .attribute("source_at", number(source.occurred_at.as_millisecond()))
            .text("source_event", source.event.as_str())
            .timestamp("erased_at", source.occurred_at)
            .finish();
        let put = self
            .database
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(erased_at)");
        match put.send().await {
            Ok(_) => Ok(ChangeAnswer::Applied),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(ChangeAnswer::Outdated),
                _ => Err(classify("PutItem", error)),
            },
        }
    }
}

fn answer<T, R: std::fmt::Debug>(
    result: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<ChangeAnswer, StorageError> {
    match result {
        Ok(_) => Ok(ChangeAnswer::Applied),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(ChangeAnswer::Outdated),
            _ => Err(classify("UpdateItem", error)),
        },
    }
}

fn partition(key: &CustomerKey) -> String {
    key.scope.partition("customer", key.customer.as_str())
}

fn attribute_of(id: &DeviceId) -> String {
    format!("{DEVICE_PREFIX}{id}")
}

fn write_contact(contact: &Contact) -> Attributes {
    let revealed = |value: &Option<Personal<String>>| value.as_ref().map(|value| value.reveal().clone());
    Writer::map()
        .optional_text("email", revealed(&contact.email))
        .optional_text("name", revealed(&contact.name))
        .optional_text("phone", revealed(&contact.phone))
        .texts("locales", contact.locales.iter().cloned())
        .optional_text("time_zone", contact.time_zone.as_deref())
        .finish()
}

fn write_device(device: &Device) -> Writer {
    Writer::map()
        .text("endpoint_arn", &device.endpoint_arn)
        .text("platform", device.platform.name())
        .timestamp("registered_at", device.registered_at)
        .optional_timestamp("stale_since", device.stale_since)
}

fn read_profile(item: &Reader<'_>) -> Result<Profile, CorruptItem> {
    Ok(Profile {
        contact: read_contact(item)?,
        source: read_source(item)?,
        erased_at: item.optional_timestamp("erased_at")?,
        crm_id: item.optional_text("crm_id")?.map(str::to_owned),
        devices: read_devices(item)?,
        preferences: read_preferences(item)?,
        left_topics: item.text_set("left_topics")?,
        suppression: read_suppression(item)?,
        delivered: read_delivered(item)?,
        published: item.optional_text("published")?.map(str::to_owned),
    })
}

fn read_contact(item: &Reader<'_>) -> Result<Contact, CorruptItem> {
    let personal = |name| Ok(item.optional_text(name)?.map(|value| Personal::new(value.to_owned())));
    Ok(Contact {
        email: personal("email")?,
        name: personal("name")?,
        phone: personal("phone")?,
        locales: item.texts("locales")?.into_iter().map(str::to_owned).collect(),
        time_zone: item.optional_text("time_zone")?.map(str::to_owned),
    })
}

fn read_source(item: &Reader<'_>) -> Result<Option<SourceVersion>, CorruptItem> {
    if item.optional_text("source_event")?.is_none() {
        return Ok(None);
    }
    let occurred_at = read_moment(item, "source_at")?;
    Ok(Some(SourceVersion { occurred_at, event: item.parsed("source_event", EventId::new)? }))
}

/// A point in time that conditions compare: milliseconds, because texts of different precision do not sort.
fn read_moment(item: &Reader<'_>, name: &str) -> Result<Timestamp, CorruptItem> {
    let milliseconds = item.integer(name)?;
    Timestamp::from_millisecond(milliseconds).map_err(|error| item.corrupt(name, &format!("is no time: {error}")))
}

fn read_devices(item: &Reader<'_>) -> Result<BTreeMap<DeviceId, Device>, CorruptItem> {
    let mut devices = BTreeMap::new();
    for name in item.names() {
        let Some(id) = name.strip_prefix(DEVICE_PREFIX) else { continue };
        let id = DeviceId::new(id).map_err(|error| item.corrupt(name, &error.to_string()))?;
        let device = item.map(name)?;
        let platform = Platform::of_name(device.text("platform")?)
            .ok_or_else(|| device.corrupt("platform", "is none of apns, apns_sandbox, fcm"))?;
        devices.insert(
            id,
            Device {
                endpoint_arn: device.text("endpoint_arn")?.to_owned(),
                platform,
                registered_at: device.timestamp("registered_at")?,
                stale_since: device.optional_timestamp("stale_since")?,
            },
        );
    }
    Ok(devices)
}

fn read_preferences(item: &Reader<'_>) -> Result<Preferences, CorruptItem> {
    let Some(preferences) = item.optional_map("preferences")? else { return Ok(Preferences::default()) };
    Ok(Preferences {
        email: preferences.flag("email")?,
        push: preferences.flag("push")?,
        muted_topics: preferences.texts("muted_topics")?.into_iter().map(str::to_owned).collect(),
    })
}

fn read_suppression(item: &Reader<'_>) -> Result<Option<Suppression>, CorruptItem> {
    let Some(suppression) = item.optional_map("suppression")? else { return Ok(None) };
    let reason = SuppressionReason::of_name(suppression.text("reason")?)
        .ok_or_else(|| suppression.corrupt("reason", "is none of bounced, complained"))?;
    Ok(Some(Suppression {
        address: Personal::new(suppression.text("address")?.to_owned()),
        reason,
        at: read_moment(&suppression, "at")?,
    }))
}

fn read_delivered(item: &Reader<'_>) -> Result<Option<Delivered>, CorruptItem> {
    let Some(delivered) = item.optional_map("delivered")? else { return Ok(None) };
    let address = Personal::new(delivered.text("address")?.to_owned());
    Ok(Some(Delivered { address, at: read_moment(&delivered, "at")? }))
}
