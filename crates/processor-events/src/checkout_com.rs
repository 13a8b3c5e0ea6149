//! Checkout.com's events, in the form its workflows send (<https://www.checkout.com/docs/developer-resources/webhooks>).
//!
//! Its partner source on EventBridge is in beta; the prefix follows AWS's naming and can be configured.

use jiff::Timestamp;

use crate::{
    Currency, Fact, Money, ProcessorEvent,
    door::{About, Frame, Malformed, NotForUs, ProcessorModule, Reading, WhyNotForUs},
    event::{
        Answer, ApprovedPayment, Certainty, Dispute, DisputeStage, DisputeStatus, FailedPayment, Mode, OneTime,
        Payment, Processor, Refund, RefundStatus,
    },
    json::Value,
    wire::{Field, Place, fields},
};

/// How the door finds this reader.
pub(crate) const MODULE: ProcessorModule =
    ProcessorModule { processor: Processor::CheckoutCom, source_prefix: "aws.partner/checkout.com/", recognises, read };

fields! {
    /// An event.
    Event {
        id: "id",
        kind: "type",
        created_on: "created_on",
        timestamp: "timestamp",
        data: "data",
        links: "_links",
    }
}

fields! { Links { itself: "self", payment: "payment" } }
fields! { Link { href: "href" } }
fields! { LinkedData { event_links: "event_links" } }
fields! { EventLinks { payment: "payment" } }

fields! {
    /// What the event is about: a payment, one of its actions, or a dispute.
    Data {
        id: "id",
        action_id: "action_id",
        amount: "amount",
        balances: "balances",
        currency: "currency",
        customer: "customer",
        metadata: "metadata",
        payment_id: "payment_id",
        payment_type: "payment_type",
        reason_code: "reason_code",
        response_code: "response_code",
        response_summary: "response_summary",
        source: "source",
    }
}

fields! { Balances { total_refunded: "total_refunded" } }
fields! { CustomerFields { id: "id", email: "email" } }
fields! { SourceFields { id: "id" } }

/// The types that Checkout.com documents and Paybus does not act on, with what they are about, by name.
const OTHER_KINDS: &[(&str, &str)] = &[
    ("authentication_approved", "authentication"),
    ("authentication_attempted", "authentication"),
    ("authentication_expired", "authentication"),
    ("authentication_failed", "authentication"),
    ("authentication_started", "authentication"),
    ("card_verification_declined", "card verification"),
    ("card_verified", "card verification"),
    ("dispute_arbitration_sent_to_scheme", "dispute"),
    ("dispute_evidence_acknowledged_by_scheme", "dispute"),
    ("dispute_evidence_submitted", "dispute"),
    ("payment_authorization_increment_declined", "payment"),
    ("payment_authorization_incremented", "payment"),
    ("payment_canceled", "payment"),
    ("payment_capture_declined", "payment"),
    ("payment_capture_pending", "payment"),
    ("payment_compliance_review", "payment"),
    ("payment_expired", "payment"),
    ("payment_instrument_created", "payment instrument"),
    ("payment_paid", "payment"),
    ("payment_pending", "payment"),
    ("payment_refund_declined", "payment"),
    ("payment_refund_pending", "payment"),
    ("payment_retry_scheduled", "payment"),
    ("payment_returned", "payment"),
    ("payment_void_declined", "payment"),
    ("payment_voided", "payment"),
];

fn recognises(frame: &Frame<'_>) -> bool {
    let is_event = frame.id.glimpse().is_some_and(|id| id.starts_with("evt_"));
    is_event && !frame.object.is_there() && frame.kind.is_there() && frame.data.is_there()
}

fn read(event: Value<'_>, place: &Place<'_>) -> Result<Reading, Box<Malformed>> {
    let event = Event::read(event, place)?;
    read_event(&event).map_err(|malformed| Box::new(Malformed { about: about(&event), ..*malformed }))
}

fn read_event(event: &Event<'_>) -> Result<Reading, Box<Malformed>> {
    let kind = event.kind.required_text()?;
    let Some(read_fact) = fact_reader(&kind) else {
        let known =
            OTHER_KINDS.binary_search_by_key(&&*kind, |&(name, _)| name).ok().and_then(|at| OTHER_KINDS.get(at));
        let why = known.map_or(WhyNotForUs::UnknownKind, |&(_, family)| WhyNotForUs::KnownKind { family });
        return Ok(Reading::NotForUs(NotForUs { about: about(event), why }));
    };
    let place = event.data.place();
    let data = Data::read(event.data.required_object()?, &place)?;
    Ok(Reading::Event(Box::new(ProcessorEvent {
        processor: Processor::CheckoutCom,
        id: event.id.required_id()?,
        kind: kind.to_string(),
        mode: mode(event)?.ok_or_else(|| event.links.breaks("must have a link that tells live from sandbox"))?,
        account: None,
        api_version: None,
        occurred_at: occurred_at(event)?,
        fact: read_fact(&data)?,
    })))
}

type FactReader = fn(&Data<'_>) -> Result<Fact, Box<Malformed>>;

/// The reader for a type of event, where Paybus acts on it. The money of a payment has moved once it is captured, not when it is
/// approved.
fn fact_reader(kind: &str) -> Option<FactReader> {
    let reader: FactReader = match kind {
        "dispute_accepted" | "dispute_lost" | "dispute_arbitration_lost" | "dispute_expired" => {
            |data| dispute(data, DisputeStage::Closed, DisputeStatus::Lost)
        }
        "dispute_arbitration_won" | "dispute_canceled" | "dispute_resolved" | "dispute_won" => {
            |data| dispute(data, DisputeStage::Closed, DisputeStatus::Won)
        }
        "dispute_evidence_required" | "dispute_received" => {
            |data| dispute(data, DisputeStage::Opened, DisputeStatus::NeedsResponse)
        }
        "payment_approved" => approved,
        "payment_captured" => captured,
        "payment_declined" => declined,
        "payment_refunded" => refunded,
        _ => return None,
    };
    Some(reader)
}

fn approved(data: &Data<'_>) -> Result<Fact, Box<Malformed>> {
    let (customer, customer_email) = customer(data)?;
    Ok(Fact::PaymentApproved(ApprovedPayment {
        id: data.id.required_id()?,
        customer,
        customer_email,
        amount: amount(data)?,
        metadata: data.metadata.metadata()?,
    }))
}

/// A payment can be captured in parts (<https://www.checkout.com/docs/payments/manage-payments/capture-a-payment>): each capture
/// is an action with an id and an amount of its own.
fn captured(data: &Data<'_>) -> Result<Fact, Box<Malformed>> {
    Ok(Fact::PaymentSucceeded(Payment {
        id: data.id.required_id()?,
        charge: None,
        capture: data.action_id.id()?,
        customer: customer(data)?.0,
        amount: amount(data)?,
        one_time: one_time(data),
        metadata: data.metadata.metadata()?,
    }))
}

fn declined(data: &Data<'_>) -> Result<Fact, Box<Malformed>> {
    let source_place = data.source.place();
    Ok(Fact::PaymentFailed(FailedPayment {
        id: data.id.required_id()?,
        customer: customer(data)?.0,
        amount: amount(data)?,
        one_time: one_time(data),
        payment_method: match data.source.object()? {
            Some(source) => SourceFields::read(source, &source_place)?.id.id()?,
            None => None,
        },
        code: data.response_code.lenient_text(),
        decline_code: data.response_summary.lenient_text(),
    }))
}

/// A refund's id is that of the action; the amount is that of this refund, the balances have the sum.
fn refunded(data: &Data<'_>) -> Result<Fact, Box<Malformed>> {
    let currency = data.currency.required_currency()?;
    let place = data.balances.place();
    let total = match data.balances.object()? {
        Some(balances) => money(&Balances::read(balances, &place)?.total_refunded, currency)?,
        None => None,
    };
    Ok(Fact::RefundChanged(Refund {
        id: data.action_id.required_id()?,
        payment: Some(data.id.required_id()?),
        charge: None,
        customer: customer(data)?.0,
        amount: amount(data)?,
        refunded_so_far: total,
        status: RefundStatus::Succeeded,
        reason: None,
        failure_reason: None,
    }))
}

/// The older form of a dispute's event has no amount.
fn dispute(data: &Data<'_>, stage: DisputeStage, status: DisputeStatus) -> Result<Fact, Box<Malformed>> {
    let amount = match data.currency.currency()? {
        Some(currency) => money(&data.amount, currency)?,
        None => None,
    };
    Ok(Fact::DisputeChanged(Dispute {
        id: Some(data.id.required_id()?),
        payment: Some(data.payment_id.required_id()?),
        charge: None,
        amount,
        stage,
        status,
        reason: data.reason_code.lenient_text(),
    }))
}

type Payer = (Option<crate::ids::CustomerId>, Option<crate::Personal<String>>);

fn customer(data: &Data<'_>) -> Result<Payer, Box<Malformed>> {
    let Some(customer) = data.customer.object()? else { return Ok((None, None)) };
    let place = data.customer.place();
    let customer = CustomerFields::read(customer, &place)?;
    Ok((customer.id.id()?, customer.email.personal()?))
}

/// `payment_type` is `Regular`, `Recurring`, `Installment`, `MOTO`, ...; a capture does not repeat it.
fn one_time(data: &Data<'_>) -> OneTime {
    let (answer, reason) = match data.payment_type.glimpse().as_deref() {
        Some("Recurring" | "Installment") => (Answer::No, "`payment_type` says that it repeats"),
        Some(_) => (Answer::Yes, "`payment_type` says that it does not repeat"),
        None => (Answer::Unknown, "`payment_type` is not told: the approval of the payment has it"),
    };
    let certainty = if answer == Answer::Unknown { Certainty::Hint } else { Certainty::Authoritative };
    OneTime { answer, certainty, reason, invoice: None }
}

fn amount(data: &Data<'_>) -> Result<Money, Box<Malformed>> {
    let currency = data.currency.required_currency()?;
    money(&data.amount, currency)?.ok_or_else(|| data.amount.missing())
}

/// Checkout.com counts some currencies in other minor units than Stripe, whose units [`Money`] uses
/// (<https://www.checkout.com/docs/payments/accept-payments/calculating-the-amount>).
fn money(field: &Field<'_>, currency: Currency) -> Result<Option<Money>, Box<Malformed>> {
    let Some(money) = field.money(currency)? else { return Ok(None) };
    let amount = i128::from(money.amount_minor);
    let scaled = match checkout_exponent(currency).cmp(&currency.exponent()) {
        std::cmp::Ordering::Equal => return Ok(Some(money)),
        std::cmp::Ordering::Less => amount.checked_mul(power_of_ten(currency.exponent(), checkout_exponent(currency))),
        std::cmp::Ordering::Greater => {
            let unit = power_of_ten(checkout_exponent(currency), currency.exponent());
            (amount.checked_rem(unit) == Some(0)).then(|| amount.checked_div(unit)).flatten()
        }
    };
    let amount_minor = scaled.and_then(|amount| i64::try_from(amount).ok());
    amount_minor
        .map(|amount_minor| Some(Money::new(amount_minor, currency)))
        .ok_or_else(|| field.breaks("must be an amount that exists in this currency"))
}

fn power_of_ten(larger: u32, smaller: u32) -> i128 {
    10_i128.pow(larger.saturating_sub(smaller))
}

/// How many decimal digits Checkout.com's minor unit has.
fn checkout_exponent(currency: Currency) -> u32 {
    match currency.code() {
        "bif" | "clf" | "djf" | "gnf" | "isk" | "jpy" | "kmf" | "krw" | "pyg" | "rwf" | "ugx" | "vnd" | "vuv"
        | "xaf" | "xof" | "xpf" => 0,
        "bhd" | "iqd" | "jod" | "kwd" | "lyd" | "omr" | "tnd" => 3,
        _ => 2,
    }
}

fn occurred_at(event: &Event<'_>) -> Result<Timestamp, Box<Malformed>> {
    if event.created_on.is_there() { event.created_on.required_time() } else { event.timestamp.required_time() }
}

/// There is no flag: the links lead to the API of the sandbox or to that of the live system. Those of the event come first; those of
/// its payment, inside the data, tell it where the event's lead elsewhere.
fn mode(event: &Event<'_>) -> Result<Option<Mode>, Box<Malformed>> {
    let place = event.links.place();
    if let Some(links) = event.links.object()? {
        let links = Links::read(links, &place)?;
        for link in [&links.itself, &links.payment] {
            if let Some(mode) = link_mode(link)? {
                return Ok(Some(mode));
            }
        }
    }
    let data_place = event.data.place();
    let Some(data) = event.data.object()? else { return Ok(None) };
    let event_links = LinkedData::read(data, &data_place)?.event_links;
    let place = event_links.place();
    let Some(links) = event_links.object()? else { return Ok(None) };
    Ok(EventLinks::read(links, &place)?.payment.glimpse().as_deref().and_then(mode_of))
}

fn link_mode(link: &Field<'_>) -> Result<Option<Mode>, Box<Malformed>> {
    let Some(object) = link.object()? else { return Ok(None) };
    let place = link.place();
    Ok(Link::read(object, &place)?.href.glimpse().as_deref().and_then(mode_of))
}

fn mode_of(href: &str) -> Option<Mode> {
    match href.strip_prefix("https://")?.split('/').next()? {
        "checkout.com" => Some(Mode::Live),
        host if host.ends_with("sandbox.checkout.com") => Some(Mode::Test),
        host if host.ends_with(".checkout.com") => Some(Mode::Live),
        _ => None,
    }
}

fn about(event: &Event<'_>) -> About {
    About {
        processor: Some(Processor::CheckoutCom),
        event_id: event.id.id().ok().flatten(),
        kind: event.kind.shown(),
        mode: mode(event).ok().flatten(),
        api_version: None,
    }
}

#[cfg(test)]
mod tests;
