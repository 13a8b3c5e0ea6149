//! How accounts, payments and entries are written as items, and read back.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use loyalty::{
    Account, Entry, EntryKind, PaymentKey, PaymentState, Points, Ratio, Subject,
    event::{DisputeStatus, InvoiceKind, RefundStatus, Unclaimed},
    number::Rounding,
    payment::{Award, DisputeFact, RefundFact, Refunds, Worth},
};
use processor_events::{
    Currency, Money,
    event::Processor,
    ids::{CaptureId, CustomerId, DisputeId, EventId, InvoiceId, PaymentId, RefundId},
};

use super::{LedgerItem, LedgerKey, StoredEntry};
use crate::{
    CorruptItem, Scope,
    item::{Attributes, Reader, Writer},
};

/// The short name of the table in errors.
pub(super) const TABLE: &str = "ledger";

/// Stands for a payment that is told of as a whole, where others have the id of a capture; ids have no `#`.
const WHOLE: &str = "#whole";

pub(super) fn write_account(scope: &Scope, customer: &CustomerId, account: &Account) -> Attributes {
    let (partition, sort) = LedgerKey::Account(scope.clone(), customer.clone()).place();
    let days = account.days.iter().fold(Writer::map(), |map, (day, points)| map.integer(&day.to_string(), points.0));
    let writer = Writer::new(partition, sort)
        .text("customer_id", customer.as_str())
        .integer("version", account.version)
        .integer("balance", account.balance.0)
        .integer("qualifying", account.qualifying.0)
        .optional_text("tier", account.tier.as_deref())
        .optional_text("highest_tier", account.highest_tier.as_deref())
        .integer("lifetime_minor", account.lifetime_minor)
        .optional_text("currency", account.currency.as_ref().map(Currency::code))
        .integer("highest_milestone_minor", account.highest_milestone_minor);
    let writer = if account.days.is_empty() { writer } else { writer.nested("days", days) };
    writer.finish()
}

pub(super) fn write_payment(scope: &Scope, payment: &PaymentKey, state: &PaymentState) -> Attributes {
    let (partition, sort) = LedgerKey::Payment(scope.clone(), payment.clone()).place();
    let mut writer = Writer::new(partition, sort)
        .integer("version", state.version)
        .integer("points", state.counted.points.0)
        .integer("spend_minor", state.counted.spend_minor)
        .integer("entries", state.entries)
        .texts("noteworthy", state.noteworthy.iter().cloned())
        .optional_text("payer_id", state.payer.as_ref().map(CustomerId::as_str))
        // Items from before invoices were told apart have the invoice alone, which then counts as a subscription's.
        .optional_text("subscription_invoice", state.invoice.as_ref().map(InvoiceId::as_str))
        .optional_text("invoice_kind", state.invoice_kind.map(InvoiceKind::name))
        .texts("paid_by", state.paid_by.iter().map(ToString::to_string));
    if let Some(award) = &state.award {
        writer = writer.nested("award", write_award(award));
    }
    if !state.unclaimed.is_empty() {
        let waiting = state.unclaimed.iter().fold(Writer::map(), |map, (capture, unclaimed)| {
            map.nested(capture.as_ref().map_or(WHOLE, CaptureId::as_str), write_unclaimed(unclaimed))
        });
        writer = writer.nested("received", waiting);
    }
    if !state.captures.is_empty() {
        let captures = state.captures.iter();
        let captures = captures.fold(Writer::map(), |map, (id, amount_minor)| map.integer(id.as_str(), *amount_minor));
        writer = writer.nested("captures", captures);
    }
    if state.refunds != Refunds::default() {
        writer = writer.nested("refunds", write_refunds(&state.refunds));
    }
    if !state.disputes.is_empty() {
        let disputes = state.disputes.iter().fold(Writer::map(), |map, (id, dispute)| {
            let money = dispute.amount;
            let fact = Writer::map().text("status", dispute.status.name());
            map.nested(id.as_str(), write_money(fact, money))
        });
        writer = writer.nested("disputes", disputes);
    }
    writer.finish()
}

fn write_award(award: &Award) -> Writer {
    let writer = Writer::map()
        .text("customer_id", award.customer.as_str())
        .text("exact", award.exact.to_string())
        .text("rounding", award.rounding.name())
        .text("rate", award.rate.to_string())
        .flag("earns_if_subscription", award.earns_if_subscription)
        .integer("program_version", award.program_version);
    let writer = write_money(writer, Some(award.amount));
    match award.limit {
        Some(limit) => writer.integer("limit", limit.0),
        None => writer,
    }
}

fn write_unclaimed(unclaimed: &Unclaimed) -> Writer {
    let metadata = unclaimed.metadata.iter().fold(Writer::map(), |map, (key, value)| map.text(key, value));
    let writer = Writer::map()
        .text("event_id", unclaimed.event.as_str())
        .timestamp("occurred_at", unclaimed.occurred_at)
        .flag("is_for_invoice", unclaimed.is_for_invoice)
        .nested("metadata", metadata);
    write_money(writer, Some(unclaimed.amount))
}

fn write_refunds(refunds: &Refunds) -> Writer {
    let single = refunds.single.iter().fold(Writer::map(), |map, (id, refund)| {
        let fact = Writer::map().integer("amount_minor", refund.amount_minor).text("status", refund.status.name());
        map.nested(id.as_str(), fact)
    });
    Writer::map()
        .optional_text("currency", refunds.currency.as_ref().map(Currency::code))
        .integer("so_far_minor", refunds.so_far_minor)
        .nested("single", single)
}

fn write_money(writer: Writer, money: Option<Money>) -> Writer {
    match money {
        Some(money) => writer.integer("amount_minor", money.amount_minor).text("currency", money.currency.code()),
        None => writer,
    }
}

pub(super) fn write_entry(scope: &Scope, entry: &Entry) -> Attributes {
    let (partition, sort) = LedgerKey::Entry(scope.clone(), entry.subject.clone(), entry.effect.clone()).place();
    let (history, _) = LedgerKey::Account(scope.clone(), entry.customer.clone()).place();
    let mut writer = Writer::new(partition, sort)
        .text("customer", history)
        .text("customer_id", entry.customer.as_str())
        .timestamp("occurred_at", entry.occurred_at)
        .text("effect", &entry.effect)
        .text("kind", entry.kind.name())
        .integer("points", entry.points.0)
        .text("reason", &entry.reason)
        .optional_text("event_id", entry.event.as_ref().map(EventId::as_str))
        .integer("balance_after", entry.balance_after.0)
        .integer("qualifying_after", entry.qualifying_after.0)
        .integer("lifetime_after_minor", entry.lifetime_after_minor)
        .text("base_currency", entry.currency.code())
        .optional_text("tier_before", entry.tier_before.as_deref())
        .optional_text("tier_after", entry.tier_after.as_deref())
        .flag("tier_risen", entry.tier_risen)
        .flag("tier_lost", entry.tier_lost)
        .flag("high_value", entry.high_value)
        .integer("settling_seconds", entry.settling_seconds)
        .integer("program_version", entry.program_version);
    if let Subject::Payment(payment) = &entry.subject {
        writer = writer.text("processor", payment.processor.name()).text("payment_id", payment.id.as_str());
    }
    if let Some((tier, missing)) = &entry.next_tier {
        writer = writer.text("next_tier", tier).integer("next_tier_missing", missing.0);
    }
    if let Some(milestone) = entry.milestone_minor {
        writer = writer.integer("milestone_minor", milestone);
    }
    writer = writer.texts("categories", entry.categories.iter().cloned());
    write_money(writer, entry.amount).finish()
}

/// Reads the item of a key.
pub(super) fn read_item(key: &LedgerKey, item: &Attributes) -> Result<LedgerItem, CorruptItem> {
    let reader = Reader::new(TABLE, item);
    Ok(match key {
        LedgerKey::Account(..) => LedgerItem::Account(Box::new(read_account(&reader)?)),
        LedgerKey::Payment(..) => LedgerItem::Payment(Box::new(read_payment(&reader)?)),
        LedgerKey::Entry(..) => LedgerItem::Entry(Box::new(read_entry(&reader)?)),
    })
}

fn read_account(reader: &Reader<'_>) -> Result<Account, CorruptItem> {
    let mut days = BTreeMap::new();
    if let Some(map) = reader.optional_map("days")? {
        for name in map.names() {
            let day = name.parse().map_err(|_| map.corrupt(name, "is no day number"))?;
            days.insert(day, Points(map.integer(name)?));
        }
    }
    Ok(Account {
        version: version(reader)?,
        balance: Points(reader.integer("balance")?),
        qualifying: Points(reader.integer("qualifying")?),
        tier: reader.optional_text("tier")?.map(str::to_owned),
        highest_tier: reader.optional_text("highest_tier")?.map(str::to_owned),
        lifetime_minor: reader.integer("lifetime_minor")?,
        currency: reader.optional_parsed("currency", Currency::new)?,
        highest_milestone_minor: reader.integer("highest_milestone_minor")?,
        days,
    })
}

fn read_payment(reader: &Reader<'_>) -> Result<PaymentState, CorruptItem> {
    let award = reader.optional_map("award")?.map(|award| read_award(&award)).transpose()?;
    let refunds = reader.optional_map("refunds")?.map(|refunds| read_refunds(&refunds)).transpose()?;
    let mut disputes = BTreeMap::new();
    if let Some(map) = reader.optional_map("disputes")? {
        for name in map.names() {
            let id = DisputeId::new(name).map_err(|error| map.corrupt(name, &error.to_string()))?;
            disputes.insert(id, read_dispute(&map.map(name)?)?);
        }
    }
    Ok(PaymentState {
        version: version(reader)?,
        award,
        payer: reader.optional_parsed("payer_id", CustomerId::new)?,
        unclaimed: read_received(reader)?,
        captures: read_captures(reader)?,
        refunds: refunds.unwrap_or_default(),
        disputes,
        invoice: reader.optional_parsed("subscription_invoice", InvoiceId::new)?,
        invoice_kind: reader.optional_parsed("invoice_kind", |name| {
            named([InvoiceKind::OneOff, InvoiceKind::Subscription], InvoiceKind::name, name)
        })?,
        paid_by: read_paid_by(reader)?,
        counted: Worth { points: Points(reader.integer("points")?), spend_minor: reader.integer("spend_minor")? },
        entries: reader.integer("entries")?,
        noteworthy: reader.texts("noteworthy")?.into_iter().map(str::to_owned).collect(),
    })
}

fn read_award(reader: &Reader<'_>) -> Result<Award, CorruptItem> {
    Ok(Award {
        customer: reader.parsed("customer_id", CustomerId::new)?,
        amount: read_money(reader)?,
        exact: reader.parsed("exact", Ratio::from_str)?,
        rounding: reader.parsed("rounding", |name| {
            let all = [Rounding::Down, Rounding::HalfUp, Rounding::HalfEven, Rounding::Up];
            named(all, Rounding::name, name)
        })?,
        limit: reader.optional_integer("limit")?.map(Points),
        rate: reader.parsed("rate", Ratio::from_str)?,
        earns_if_subscription: reader.flag("earns_if_subscription")?,
        program_version: reader.integer("program_version")?,
    })
}

fn read_received(reader: &Reader<'_>) -> Result<BTreeMap<Option<CaptureId>, Unclaimed>, CorruptItem> {
    let mut received = BTreeMap::new();
    // An earlier form has one payment as a whole under another name.
    if let Some(unclaimed) = reader.optional_map("unclaimed")? {
        received.insert(None, read_unclaimed(&unclaimed)?);
    }
    if let Some(map) = reader.optional_map("received")? {
        for name in map.names() {
            let capture = (name != WHOLE).then(|| capture_id(&map, name)).transpose()?;
            received.insert(capture, read_unclaimed(&map.map(name)?)?);
        }
    }
    Ok(received)
}

fn read_captures(reader: &Reader<'_>) -> Result<BTreeMap<CaptureId, i64>, CorruptItem> {
    let Some(map) = reader.optional_map("captures")? else { return Ok(BTreeMap::new()) };
    map.names().into_iter().map(|name| Ok((capture_id(&map, name)?, map.integer(name)?))).collect()
}

fn capture_id(map: &Reader<'_>, name: &str) -> Result<CaptureId, CorruptItem> {
    CaptureId::new(name).map_err(|error| map.corrupt(name, &error.to_string()))
}

fn read_paid_by(reader: &Reader<'_>) -> Result<BTreeSet<PaymentId>, CorruptItem> {
    let ids = reader.texts("paid_by")?.into_iter();
    ids.map(|id| PaymentId::new(id).map_err(|error| reader.corrupt("paid_by", &error.to_string()))).collect()
}

fn read_unclaimed(reader: &Reader<'_>) -> Result<Unclaimed, CorruptItem> {
    let map = reader.map("metadata")?;
    let pairs = map.names().into_iter().map(|name| Ok((name.to_owned(), map.text(name)?.to_owned())));
    Ok(Unclaimed {
        event: reader.parsed("event_id", EventId::new)?,
        occurred_at: reader.timestamp("occurred_at")?,
        amount: read_money(reader)?,
        metadata: pairs.collect::<Result<_, CorruptItem>>()?,
        is_for_invoice: reader.optional_flag("is_for_invoice")?.unwrap_or(false),
    })
}

fn read_refunds(reader: &Reader<'_>) -> Result<Refunds, CorruptItem> {
    let map = reader.map("single")?;
    let mut single = BTreeMap::new();
    for name in map.names() {
        let id = RefundId::new(name).map_err(|error| map.corrupt(name, &error.to_string()))?;
        let fact = map.map(name)?;
        let all = [RefundStatus::Pending, RefundStatus::Succeeded, RefundStatus::Failed];
        let status = fact.parsed("status", |status| named(all, RefundStatus::name, status))?;
        single.insert(id, RefundFact { amount_minor: fact.integer("amount_minor")?, status });
    }
    Ok(Refunds {
        currency: reader.optional_parsed("currency", Currency::new)?,
        so_far_minor: reader.integer("so_far_minor")?,
        single,
    })
}

fn read_dispute(reader: &Reader<'_>) -> Result<DisputeFact, CorruptItem> {
    let all = [DisputeStatus::Inquiry, DisputeStatus::Open, DisputeStatus::Lost, DisputeStatus::Won];
    Ok(DisputeFact {
        amount: read_optional_money(reader)?,
        status: reader.parsed("status", |status| named(all, DisputeStatus::name, status))?,
    })
}

pub(super) fn read_entry(reader: &Reader<'_>) -> Result<StoredEntry, CorruptItem> {
    let customer = reader.parsed("customer_id", CustomerId::new)?;
    let subject = match reader.optional_parsed("payment_id", PaymentId::new)? {
        None => Subject::Customer(customer.clone()),
        Some(id) => {
            let all = [Processor::Stripe, Processor::CheckoutCom];
            let processor = reader.parsed("processor", |name| named(all, Processor::name, name))?;
            Subject::Payment(PaymentKey { processor, id })
        }
    };
    let next_tier = match reader.optional_text("next_tier")? {
        Some(tier) => Some((tier.to_owned(), Points(reader.integer("next_tier_missing")?))),
        None => None,
    };
    let entry = Entry {
        subject,
        effect: reader.text("effect")?.to_owned(),
        kind: reader.parsed("kind", |name| EntryKind::of_name(name).ok_or_else(|| unknown(name)))?,
        customer,
        points: Points(reader.integer("points")?),
        reason: reader.text("reason")?.to_owned(),
        event: reader.optional_parsed("event_id", EventId::new)?,
        occurred_at: reader.timestamp("occurred_at")?,
        amount: read_optional_money(reader)?,
        categories: reader.texts("categories")?.into_iter().map(str::to_owned).collect(),
        balance_after: Points(reader.integer("balance_after")?),
        qualifying_after: Points(reader.integer("qualifying_after")?),
        lifetime_after_minor: reader.integer("lifetime_after_minor")?,
        currency: reader.parsed("base_currency", Currency::new)?,
        tier_before: reader.optional_text("tier_before")?.map(str::to_owned),
        tier_after: reader.optional_text("tier_after")?.map(str::to_owned),
        tier_risen: reader.flag("tier_risen")?,
        tier_lost: reader.flag("tier_lost")?,
        next_tier,
        milestone_minor: reader.optional_integer("milestone_minor")?,
        high_value: reader.flag("high_value")?,
        settling_seconds: reader.integer("settling_seconds")?,
        program_version: reader.integer("program_version")?,
    };
    let engaged = reader.optional_flag("engaged")?.unwrap_or(false);
    Ok(StoredEntry { entry, engaged })
}

fn read_money(reader: &Reader<'_>) -> Result<Money, CorruptItem> {
    read_optional_money(reader)?.ok_or_else(|| reader.corrupt("amount_minor", "is missing"))
}

fn read_optional_money(reader: &Reader<'_>) -> Result<Option<Money>, CorruptItem> {
    match reader.optional_integer("amount_minor")? {
        Some(amount_minor) => Ok(Some(Money::new(amount_minor, reader.parsed("currency", Currency::new)?))),
        None => Ok(None),
    }
}

/// A stored version is at least 1: 0 means "not stored".
fn version(reader: &Reader<'_>) -> Result<u64, CorruptItem> {
    match reader.integer("version")? {
        0 => Err(reader.corrupt("version", "is 0, which only an item that is not stored has")),
        version => Ok(version),
    }
}

fn named<T: Copy, const N: usize>(all: [T; N], name_of: impl Fn(T) -> &'static str, name: &str) -> Result<T, String> {
    all.into_iter().find(|value| name_of(*value) == name).ok_or_else(|| unknown(name))
}

fn unknown(name: impl Display) -> String {
    format!("\"{name}\" is unknown")
}
