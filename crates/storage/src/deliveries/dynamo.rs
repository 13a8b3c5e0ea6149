//! Deliveries in DynamoDB.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use jiff::{Timestamp, civil::Date};
use processor_events::{Personal, ids::CustomerId};

use super::{
    Begun, Channel, ChannelState, Claim, ClaimAnswer, ClaimOwner, Deliveries, KEPT_FOR, NoticeKey, Outbox, OutboxEmail,
    OutboxEntry, OutboxPush, RecordAnswer, day_of,
};
use crate::{
    CorruptItem, Database, Scope, StorageError,
    error::classify,
    item::{self, Attributes, PARTITION_KEY, Reader, SORT_KEY, Writer, number, text},
};

const TABLE: &str = "deliveries";
const DELIVERY: &str = "delivery";

/// Deliveries and outbox in a DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoDeliveries {
    database: Database,
    table: String,
}

impl DynamoDeliveries {
    /// Takes the connection and the name of the table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }
}

impl Deliveries for DynamoDeliveries {
    async fn claim(
        &self,
        key: &NoticeKey,
        owner: &ClaimOwner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ClaimAnswer, StorageError> {
        let answer = self
            .database
            .client()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition(key)))
            .key(SORT_KEY, text(DELIVERY))
            .update_expression("SET claim_owner = :owner, claim_until = :until, expires_at = :expires")
            .condition_expression(
                "attribute_not_exists(settled_at) AND \
                 (attribute_not_exists(claim_until) OR claim_until <= :now OR claim_owner = :owner)",
            )
            .expression_attribute_values(":owner", text(owner.as_str()))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":until", number(until.as_millisecond()))
            .expression_attribute_values(":expires", expires_at(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(output) => {
                let item = output.attributes.unwrap_or_default();
                let channels = read_channels(&Reader::new(TABLE, &item))?;
                Ok(ClaimAnswer::Claimed(Claim { key: key.clone(), owner: owner.clone(), channels }))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    let is_settled = refused.item().is_some_and(|item| item.contains_key("settled_at"));
                    Ok(if is_settled { ClaimAnswer::Settled } else { ClaimAnswer::Busy })
                }
                _ => Err(classify("UpdateItem", error)),
            },
        }
    }

    async fn record(
        &self,
        claim: &Claim,
        results: &BTreeMap<Channel, ChannelState>,
        now: Timestamp,
    ) -> Result<RecordAnswer, StorageError> {
        let settles = Channel::ALL.iter().all(|channel| {
            results.get(channel).or_else(|| claim.channels.get(channel)).is_some_and(|state| !state.is_open())
        });
        let mut sets = vec!["expires_at = :expires".to_owned()];
        let mut update = self
            .database
            .client()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(partition(&claim.key)))
            .key(SORT_KEY, text(DELIVERY))
            .condition_expression("claim_owner = :owner")
            .expression_attribute_values(":owner", text(claim.owner.as_str()))
            .expression_attribute_values(":expires", expires_at(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (channel, state) in results {
            sets.push(format!("#{channel} = :{channel}"));
            update = update
                .expression_attribute_names(format!("#{channel}"), channel.name())
                .expression_attribute_values(format!(":{channel}"), AttributeValue::M(write_state(state).finish()));
        }
        if settles {
            sets.push("settled_at = :now".to_owned());
            update = update.expression_attribute_values(":now", text(now.to_string()));
        }
        let expression = format!("SET {} REMOVE claim_owner, claim_until", sets.join(", "));
        match update.update_expression(expression).send().await {
            Ok(_) => Ok(RecordAnswer::Recorded),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(what_a_refused_record_means(refused.item(), results)?)
                }
                _ => Err(classify("UpdateItem", error)),
            },
        }
    }
}

impl Begun for DynamoDeliveries {
    async fn begun(&self, keys: &BTreeSet<NoticeKey>) -> Result<BTreeSet<NoticeKey>, StorageError> {
        let by_partition: HashMap<String, &NoticeKey> = keys.iter().map(|notice| (partition(notice), notice)).collect();
        let wanted = by_partition.keys().map(|partition| item::key(partition, DELIVERY)).collect();
        let mut begun = BTreeSet::new();
        for found in self.database.read(&self.table, wanted).await? {
            let found = Reader::new(TABLE, &found);
            begun.extend(by_partition.get(found.text(PARTITION_KEY)?).map(|notice| NoticeKey::clone(notice)));
        }
        Ok(begun)
    }
}

/// The first try of a retried write may have been the one that succeeded: then the results are there.
fn what_a_refused_record_means(
    item: Option<&Attributes>,
    results: &BTreeMap<Channel, ChannelState>,
) -> Result<RecordAnswer, CorruptItem> {
    let Some(item) = item else { return Ok(RecordAnswer::LeaseLost) };
    let channels = read_channels(&Reader::new(TABLE, item))?;
    let is_there_already = results.iter().all(|(channel, state)| channels.get(channel) == Some(state));
    Ok(if is_there_already { RecordAnswer::Recorded } else { RecordAnswer::LeaseLost })
}

impl Outbox for DynamoDeliveries {
    async fn keep(&self, entry: &OutboxEntry) -> Result<bool, StorageError> {
        let answer = self
            .database
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_entry(entry)))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(classify("PutItem", error)),
            },
        }
    }

    async fn of_day(&self, scope: &Scope, day: Date) -> Result<Vec<OutboxEntry>, StorageError> {
        let mut pages = self
            .database
            .client()
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :day")
            .expression_attribute_values(":day", text(outbox_partition(scope, day)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut entries = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| classify("Query", error))?;
            entries.push(read_entry(scope, &Reader::new(TABLE, &item))?);
        }
        Ok(entries)
    }
}

fn partition(key: &NoticeKey) -> String {
    key.scope().partition("notice", key.notice())
}

fn outbox_partition(scope: &Scope, day: Date) -> String {
    scope.partition("outbox", &day.to_string())
}

/// The time-to-live attribute: seconds, as DynamoDB wants it.
fn expires_at(now: Timestamp) -> AttributeValue {
    number(now.saturating_add(KEPT_FOR).expect("a duration of hours only is always a valid span").as_second())
}

fn write_state(state: &ChannelState) -> Writer {
    let writer = Writer::map();
    match state {
        ChannelState::Open { reached, last_failure } => writer
            .text("state", "open")
            .texts("reached", reached.iter().cloned())
            .optional_text("last_failure", last_failure.as_deref()),
        ChannelState::Sent { message_ids, at } => {
            writer.text("state", "sent").texts("message_ids", message_ids.iter().cloned()).timestamp("at", *at)
        }
        ChannelState::Skipped { reason, at } => {
            writer.text("state", "skipped").text("reason", reason).timestamp("at", *at)
        }
        ChannelState::Failed { reason, at } => {
            writer.text("state", "failed").text("reason", reason).timestamp("at", *at)
        }
    }
}

fn read_channels(item: &Reader<'_>) -> Result<BTreeMap<Channel, ChannelState>, CorruptItem> {
    let mut channels = BTreeMap::new();
    for channel in Channel::ALL {
        if let Some(state) = item.optional_map(channel.name())? {
            channels.insert(channel, read_state(&state)?);
        }
    }
    Ok(channels)
}

fn read_state(state: &Reader<'_>) -> Result<ChannelState, CorruptItem> {
    match state.text("state")? {
        "open" => Ok(ChannelState::Open {
            reached: state.texts("reached")?.into_iter().map(str::to_owned).collect(),
            last_failure: state.optional_text("last_failure")?.map(str::to_owned),
        }),
        "sent" => Ok(ChannelState::Sent {
            message_ids: state.texts("message_ids")?.into_iter().map(str::to_owned).collect(),
            at: state.timestamp("at")?,
        }),
        "skipped" => Ok(ChannelState::Skipped { reason: state.text("reason")?.to_owned(), at: state.timestamp("at")? }),
        "failed" => Ok(ChannelState::Failed { reason: state.text("reason")?.to_owned(), at: state.timestamp("at")? }),
        _ => Err(state.corrupt("state", "is none of open, sent, skipped, failed")),
    }
}

fn write_entry(entry: &OutboxEntry) -> Attributes {
    let scope = entry.key.scope();
    let mut writer = Writer::new(outbox_partition(scope, day_of(entry.occurred_at)), entry.key.notice())
        .text("message", &entry.message)
        .optional_text("customer", entry.customer.as_ref().map(CustomerId::as_str))
        .timestamp("occurred_at", entry.occurred_at)
        .timestamp("kept_at", entry.kept_at)
        .attribute("expires_at", expires_at(entry.kept_at));
    if let Some(email) = &entry.email {
        let OutboxEmail { to, subject, text, html } = email.reveal();
        let email = Writer::map().text("to", to).text("subject", subject).text("text", text).text("html", html);
        writer = writer.nested("email", email);
    }
    if let Some(push) = &entry.push {
        let OutboxPush { devices, title, body } = push.reveal();
        let push = Writer::map().texts("devices", devices.iter().cloned()).text("title", title).text("body", body);
        writer = writer.nested("push", push);
    }
    writer.finish()
}

fn read_entry(scope: &Scope, item: &Reader<'_>) -> Result<OutboxEntry, CorruptItem> {
    let key = item.parsed(SORT_KEY, |notice| NoticeKey::new(scope.clone(), notice))?;
    let email = match item.optional_map("email")? {
        None => None,
        Some(email) => Some(Personal::new(OutboxEmail {
            to: email.text("to")?.to_owned(),
            subject: email.text("subject")?.to_owned(),
            text: email.text("text")?.to_owned(),
            html: email.text("html")?.to_owned(),
        })),
    };
    let push = match item.optional_map("push")? {
        None => None,
        Some(push) => Some(Personal::new(OutboxPush {
            devices: push.texts("devices")?.into_iter().map(str::to_owned).collect(),
            title: push.text("title")?.to_owned(),
            body: push.text("body")?.to_owned(),
        })),
    };
    Ok(OutboxEntry {
        key,
        message: item.text("message")?.to_owned(),
        customer: item.optional_parsed("customer", CustomerId::new)?,
        occurred_at: item.timestamp("occurred_at")?,
        kept_at: item.timestamp("kept_at")?,
        email,
        push,
    })
}
