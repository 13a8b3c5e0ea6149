//! The way out: claim, decide, send, record.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{future::join_all, join};
use jiff::Timestamp;
use lambda_kit::{Clock, Failure};
use notices::{Email, Push, RenderError, Rendered, Topic, Unsubscribe};
use processor_events::{Personal, ids::CustomerId};
use storage::{
    StorageError,
    customers::{DeviceId, Devices},
    deliveries::{
        Channel, ChannelState, Claim, ClaimAnswer, ClaimOwner, Deliveries, NoticeKey, Outbox, OutboxEmail, OutboxEntry,
        OutboxPush, RecordAnswer,
    },
};
use thiserror::Error;

use crate::{
    EmailAddress, EmailSender, OutboundMode, OutgoingEmail, PushSender, SendFailure,
    plan::{Lane, Plan, Recipient, SkipReason, plan},
};

/// How long a claim holds.
///
/// Longer than the 6 s that an invocation can live, so that nobody claims what is being sent; shorter than the 36 s after which
/// a failed record comes back, so that its claim is over by then.
const LEASE: Duration = Duration::from_secs(15);

/// Nothing is begun when less than this is left of the invocation: a send that is cut off before its record is sent again.
const TIME_TO_SEND: Duration = Duration::from_secs(2);

/// How often a record is tried after a send. Each try has the SDK's own retries; what it saves is a second email.
const RECORD_TRIES: usize = 3;

/// One thing to tell one customer.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    /// What makes it the same notice: the business object and the effect.
    pub key: NoticeKey,
    /// The kind of message: `invoice_paid`.
    pub message: &'static str,
    /// What the customer could switch off to stop it.
    pub topic: Topic,
    /// When the event happened that causes it.
    pub occurred_at: Timestamp,
    /// How the customer leaves the topic; set for what is not transactional.
    pub unsubscribe: Option<&'a Unsubscribe>,
}

/// One attempt at a notice.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// Who makes it.
    pub owner: ClaimOwner,
    /// When the invocation ends.
    pub deadline: Timestamp,
    /// What the batch has learnt about the providers' speed.
    pub pace: &'a Pace,
}

/// What one batch has learnt about the providers' speed: after the first throttle a channel is left alone, instead of hammering
/// a provider that has just asked for peace. What is left comes back by its queue, spread out.
#[derive(Debug, Default)]
pub struct Pace {
    email_held: Cell<bool>,
    push_held: Cell<bool>,
}

impl Pace {
    /// Nothing learnt yet: make one for each batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn holds(&self, channel: Channel) -> bool {
        self.cell(channel).get()
    }

    fn learn(&self, channel: Channel, failure: &SendFailure) {
        if matches!(failure, SendFailure::Throttled(_)) {
            self.cell(channel).set(true);
        }
    }

    const fn cell(&self, channel: Channel) -> &Cell<bool> {
        match channel {
            Channel::Email => &self.email_held,
            Channel::Push => &self.push_held,
        }
    }
}

/// What this attempt did on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider accepted it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// An earlier attempt has settled it.
    Settled,
    /// The mode kept it.
    Kept,
    /// It is not sent to this person.
    Skipped(SkipReason),
    /// The provider refuses it for good; that is recorded.
    Refused(String),
    /// It is not settled: the record has to come back.
    Postponed(SendFailure),
}

/// What this attempt did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// By email.
    pub email: Outcome,
    /// By push.
    pub push: Outcome,
}

/// One channel of a report.
pub type ChannelReport<'a> = (Channel, &'a Outcome);

impl Report {
    /// Both channels.
    pub fn channels(&self) -> impl Iterator<Item = ChannelReport<'_>> {
        [(Channel::Email, &self.email), (Channel::Push, &self.push)].into_iter()
    }

    /// The channel that has to be tried again, with why; the gravest reason first.
    #[must_use]
    pub fn postponed(&self) -> Option<(Channel, &SendFailure)> {
        let postponed = self.channels().filter_map(|(channel, outcome)| match outcome {
            Outcome::Postponed(failure) => Some((channel, failure)),
            _ => None,
        });
        postponed.max_by_key(|(_, failure)| matches!(failure, SendFailure::Stopped(_)))
    }

    /// Whether the record is done: the error for the batch, if not.
    pub fn into_result(self) -> Result<Self, Failure> {
        match self.postponed() {
            None => Ok(self),
            Some((channel, failure)) => {
                let name = match failure {
                    SendFailure::Stopped(_) => "SendingStopped",
                    SendFailure::Throttled(_) => "SendingThrottled",
                    SendFailure::Unavailable(_) | SendFailure::Refused(_) | SendFailure::DeviceGone(_) => {
                        "SendingUnavailable"
                    }
                };
                Err(Failure::message(name, format!("send by {channel}: {failure}")))
            }
        }
    }
}

/// Why an attempt ended without a report. Nothing is lost: the record comes back.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// Too little time is left; nothing was begun.
    #[error("too little of the invocation is left to send")]
    NoTimeLeft,
    /// Another invocation is at it.
    #[error("another invocation is sending this notice")]
    Busy,
    /// The claim could not be made.
    #[error("claim the notice")]
    Claim(#[source] StorageError),
    /// The message could not be rendered; nothing was sent.
    #[error("render the message")]
    Render(#[source] RenderError),
    /// What was sent could not be recorded: it may be sent once more.
    #[error("record what was sent")]
    Record(#[source] StorageError),
    /// The sends took longer than the lease, and another invocation has taken over.
    #[error("the lease ended before the result was recorded")]
    LeaseLost,
    /// What the mode keeps could not be kept.
    #[error("keep the message in the outbox")]
    Keep(#[source] StorageError),
}

impl DeliveryError {
    /// The stable name, for metrics and alarms.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoTimeLeft => "DeadlineNear",
            Self::Busy => "NoticeBusy",
            Self::Claim(_) => "NoticeNotClaimed",
            Self::Render(_) => "NoticeNotRendered",
            Self::Record(_) => "NoticeNotRecorded",
            Self::LeaseLost => "NoticeLeaseLost",
            Self::Keep(_) => "NoticeNotKept",
        }
    }
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        Self::new(error.name(), &error)
    }
}

/// Takes notices to customers.
#[derive(Debug)]
pub struct Courier<D, C, E, P, K> {
    /// Whether anything may leave.
    pub mode: OutboundMode,
    /// Claims and records, and keeps what the mode holds back.
    pub deliveries: D,
    /// Is told of devices that are gone.
    pub devices: C,
    /// Sends email.
    pub email: E,
    /// Sends push notifications.
    pub push: P,
    /// Tells the time.
    pub clock: K,
}

impl<D, C, E, P, K> Courier<D, C, E, P, K>
where
    D: Deliveries + Outbox,
    C: Devices,
    E: EmailSender,
    P: PushSender,
    K: Clock,
{
    /// Tells one customer one thing, on every channel where it is still to be told.
    ///
    /// `render` is called only when there is something to say. At most three AWS calls follow each other: claim, send (email and
    /// push side by side), record.
    pub async fn deliver(
        &self,
        notice: &Notice<'_>,
        recipient: &Recipient,
        attempt: &Attempt<'_>,
        render: impl Fn() -> Result<Rendered, RenderError>,
    ) -> Result<Report, DeliveryError> {
        let plan = plan(recipient, notice.topic, &self.mode);
        let kept = self.keep(notice, recipient, &plan, &render).await?;
        if !plan.speaks {
            return Ok(Report { email: unsaid(&plan.email, kept), push: unsaid(&plan.push, kept) });
        }
        if let Some(report) = held(&plan, attempt.pace) {
            return Ok(report);
        }
        let claim = match self.claim(notice, attempt).await? {
            ClaimAnswer::Claimed(claim) => claim,
            ClaimAnswer::Busy => return Err(DeliveryError::Busy),
            ClaimAnswer::Settled => return Ok(Report { email: Outcome::Settled, push: Outcome::Settled }),
        };
        let rendered = match render() {
            Ok(rendered) => rendered,
            Err(error) => {
                self.record(&claim, &BTreeMap::new()).await?;
                return Err(DeliveryError::Render(error));
            }
        };
        let (email, push) = join!(
            self.tell_by_email(notice, recipient, &plan.email, &claim, attempt.pace, &rendered.email),
            self.tell_by_push(recipient, &plan.push, &claim, attempt.pace, &rendered.push),
        );
        let mut results = BTreeMap::new();
        for (channel, step) in [(Channel::Email, &email), (Channel::Push, &push)] {
            if let Step::Result(state, _) = step {
                results.insert(channel, state.clone());
            }
        }
        self.record(&claim, &results).await?;
        Ok(Report { email: email.outcome(kept), push: push.outcome(kept) })
    }

    async fn claim(&self, notice: &Notice<'_>, attempt: &Attempt<'_>) -> Result<ClaimAnswer, DeliveryError> {
        let now = self.clock.now();
        if now.checked_add(TIME_TO_SEND).map_or(true, |end| end > attempt.deadline) {
            return Err(DeliveryError::NoTimeLeft);
        }
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        self.deliveries.claim(&notice.key, &attempt.owner, now, until).await.map_err(DeliveryError::Claim)
    }

    async fn record(&self, claim: &Claim, results: &BTreeMap<Channel, ChannelState>) -> Result<(), DeliveryError> {
        for is_last in (1..=RECORD_TRIES).map(|number| number == RECORD_TRIES) {
            match self.deliveries.record(claim, results, self.clock.now()).await {
                Ok(RecordAnswer::Recorded) => return Ok(()),
                Ok(RecordAnswer::LeaseLost) => break,
                Err(StorageError::Unavailable { .. } | StorageError::Throttled { .. }) if !is_last => {}
                Err(error) => return Err(DeliveryError::Record(error)),
            }
        }
        Err(DeliveryError::LeaseLost)
    }

    /// Keeps what the mode holds back; `true` when it was not kept before.
    async fn keep(
        &self,
        notice: &Notice<'_>,
        recipient: &Recipient,
        plan: &Plan,
        render: impl Fn() -> Result<Rendered, RenderError>,
    ) -> Result<bool, DeliveryError> {
        if !matches!(plan.email, Lane::Keep(_)) && !matches!(plan.push, Lane::Keep(_)) {
            return Ok(false);
        }
        let Rendered { email, push } = render().map_err(DeliveryError::Render)?;
        let entry = OutboxEntry {
            key: notice.key.clone(),
            message: notice.message.to_owned(),
            customer: recipient.customer.as_ref().map(|key| CustomerId::clone(&key.customer)),
            occurred_at: notice.occurred_at,
            kept_at: self.clock.now(),
            email: match &plan.email {
                Lane::Keep(address) => Some(Personal::new(OutboxEmail {
                    to: address.reveal().to_owned(),
                    subject: email.subject,
                    text: email.text,
                    html: email.html,
                })),
                Lane::Send(_) | Lane::Skip(_) => None,
            },
            push: match &plan.push {
                Lane::Keep(devices) => Some(Personal::new(OutboxPush {
                    devices: devices.keys().map(ToString::to_string).collect(),
                    title: push.title,
                    body: push.body,
                })),
                Lane::Send(_) | Lane::Skip(_) => None,
            },
        };
        self.deliveries.keep(&entry).await.map_err(DeliveryError::Keep)
    }

    async fn tell_by_email(
        &self,
        notice: &Notice<'_>,
        recipient: &Recipient,
        lane: &Lane<EmailAddress>,
        claim: &Claim,
        pace: &Pace,
        content: &Email,
    ) -> Step {
        let address = match self.begin(Channel::Email, lane, claim, pace) {
            Begin::Send(address, _) => address,
            Begin::Done(step) => return step,
        };
        let email = OutgoingEmail {
            to: address,
            content,
            message: notice.message,
            topic: notice.topic,
            customer: recipient.customer.as_ref(),
            unsubscribe: notice.unsubscribe,
        };
        let answer = self.email.send(&email).await;
        let at = self.clock.now();
        match answer {
            Ok(message_id) => {
                Step::Result(ChannelState::Sent { message_ids: vec![message_id], at }, Outcome::Sent { at })
            }
            Err(SendFailure::Refused(reason)) => refused(reason, at),
            Err(failure) => {
                pace.learn(Channel::Email, &failure);
                postponed(BTreeSet::new(), failure)
            }
        }
    }

    async fn tell_by_push(
        &self,
        recipient: &Recipient,
        lane: &Lane<BTreeMap<DeviceId, String>>,
        claim: &Claim,
        pace: &Pace,
        push: &Push,
    ) -> Step {
        let (devices, reached) = match self.begin(Channel::Push, lane, claim, pace) {
            Begin::Send(devices, reached) => (devices, reached),
            Begin::Done(step) => return step,
        };
        let missing = devices.iter().filter(|(id, _)| !reached.contains(id.as_str()));
        let answers = join_all(missing.map(async |(id, arn)| (id, arn, self.push.send(arn, push).await))).await;
        let now = self.clock.now();
        for (id, arn, answer) in &answers {
            match answer {
                Err(SendFailure::DeviceGone(_)) => self.mark_stale(recipient, id, arn, now).await,
                Err(failure) => pace.learn(Channel::Push, failure),
                Ok(_) => {}
            }
        }
        let answers = answers.into_iter().map(|(id, _, answer)| (id.as_str(), answer));
        sum_up(reached, answers, now)
    }

    /// What is left to do on a channel, after a look at what earlier attempts achieved.
    fn begin<'lane, T>(&self, channel: Channel, lane: &'lane Lane<T>, claim: &Claim, pace: &Pace) -> Begin<'lane, T> {
        let ChannelState::Open { reached, .. } = claim.state(channel) else { return Begin::Done(Step::Settled) };
        match lane {
            Lane::Keep(_) => Begin::Done(Step::Kept),
            Lane::Skip(reason) => {
                let state = ChannelState::Skipped { reason: reason.name().to_owned(), at: self.clock.now() };
                Begin::Done(Step::Result(state, Outcome::Skipped(*reason)))
            }
            Lane::Send(_) if pace.holds(channel) => Begin::Done(postponed(reached, held_back())),
            Lane::Send(target) => Begin::Send(target, reached),
        }
    }

    /// A device that stays unmarked is found gone again next time, so a failure here does not fail the notice.
    async fn mark_stale(&self, recipient: &Recipient, id: &DeviceId, endpoint_arn: &str, now: Timestamp) {
        let Some(customer) = &recipient.customer else { return };
        if let Err(error) = self.devices.mark_stale(customer, id, endpoint_arn, now).await {
            let failure = Failure::new("DeviceNotMarkedStale", &error);
            tracing::warn!(
                error.name = failure.name,
                error.detail = failure.detail,
                "a device that is gone stays listed"
            );
        }
    }
}

/// How a channel begins.
enum Begin<'lane, T> {
    /// Send to this, except to the devices that are reached already.
    Send(&'lane T, BTreeSet<String>),
    Done(Step),
}

/// How a channel ended.
enum Step {
    /// To be recorded.
    Result(ChannelState, Outcome),
    /// Settled by an earlier attempt.
    Settled,
    /// In the outbox.
    Kept,
}

impl Step {
    fn outcome(self, kept_now: bool) -> Outcome {
        match self {
            Self::Result(_, outcome) => outcome,
            Self::Kept if kept_now => Outcome::Kept,
            Self::Settled | Self::Kept => Outcome::Settled,
        }
    }
}

/// The report of a channel on which the mode says nothing.
fn unsaid<T>(lane: &Lane<T>, kept_now: bool) -> Outcome {
    match lane {
        Lane::Skip(reason) => Outcome::Skipped(*reason),
        Lane::Keep(_) | Lane::Send(_) if kept_now => Outcome::Kept,
        Lane::Keep(_) | Lane::Send(_) => Outcome::Settled,
    }
}

/// When every channel that has something to send is held back, not even a claim is made.
fn held(plan: &Plan, pace: &Pace) -> Option<Report> {
    let outcome = |channel, sends| match sends {
        true if pace.holds(channel) => Some(Outcome::Postponed(held_back())),
        true => None,
        // Not looked at: the next attempt tells.
        false => Some(Outcome::Settled),
    };
    let (sends_email, sends_push) = (matches!(plan.email, Lane::Send(_)), matches!(plan.push, Lane::Send(_)));
    let report = Report { email: outcome(Channel::Email, sends_email)?, push: outcome(Channel::Push, sends_push)? };
    report.postponed().is_some().then_some(report)
}

fn held_back() -> SendFailure {
    SendFailure::Throttled("HeldBack".to_owned())
}

fn postponed(reached: BTreeSet<String>, failure: SendFailure) -> Step {
    let state = ChannelState::Open { reached, last_failure: Some(failure.reason().to_owned()) };
    Step::Result(state, Outcome::Postponed(failure))
}

fn refused(reason: String, at: Timestamp) -> Step {
    Step::Result(ChannelState::Failed { reason: reason.clone(), at }, Outcome::Refused(reason))
}

/// What the answers for several devices mean for the channel: as long as one may still be reached, it stays open.
fn sum_up<'a>(
    mut reached: BTreeSet<String>,
    answers: impl Iterator<Item = (&'a str, Result<String, SendFailure>)>,
    at: Timestamp,
) -> Step {
    let mut was_reached = !reached.is_empty();
    let (mut message_ids, mut again, mut refusal) = (Vec::new(), None, None);
    for (device, answer) in answers {
        match answer {
            Ok(message_id) => {
                message_ids.push(message_id);
                reached.insert(device.to_owned());
                was_reached = true;
            }
            Err(SendFailure::DeviceGone(_)) => {}
            Err(SendFailure::Refused(reason)) => refusal = Some(reason),
            Err(failure) => {
                let is_graver = !matches!(again, Some(SendFailure::Stopped(_)));
                again = if is_graver { Some(failure) } else { again };
            }
        }
    }
    match (again, refusal) {
        (Some(failure), _) => postponed(reached, failure),
        (None, _) if was_reached => Step::Result(ChannelState::Sent { message_ids, at }, Outcome::Sent { at }),
        (None, Some(reason)) => refused(reason, at),
        // Every device is gone.
        (None, None) => {
            let reason = SkipReason::NoDevice;
            let state = ChannelState::Skipped { reason: reason.name().to_owned(), at };
            Step::Result(state, Outcome::Skipped(reason))
        }
    }
}
