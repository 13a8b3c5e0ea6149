//! Making, changing and removing: the decision carried out.

use std::time::Duration;

use lambda_kit::{Clock, Timer};
use processor_events::event::Mode;
use secrecy::{ExposeSecret, SecretString};
use stripe_api::{KeyError, SecretKey};
use thiserror::Error;

use crate::{
    Action, Answer, Answers, Call, Desired, Destination, DestinationId, Destinations, InvalidProperties, Keys,
    NewDestination, OutsideError, Owner, PhysicalId, Properties, Request, SourceState, Sources, StripeDestination,
    StripeError, StripeErrorKind,
    answer::Attributes,
    decision::{self, Keep},
};

/// How long to wait for the partner source. It usually is there within seconds.
const LONGEST_WAIT_FOR_SOURCE: Duration = Duration::from_mins(2);
/// The pause between two looks at the source.
const PAUSE_FOR_SOURCE: Duration = Duration::from_secs(2);
/// Tries of a call that fails for a passing reason; the client of Stripe repeats each a few times itself.
const MOST_TRIES: u32 = 5;
/// The pause before the second try; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Why a request could not be carried out. The texts are read by whoever deploys the stack.
#[derive(Debug, Error)]
pub(crate) enum ResourceError {
    #[error(transparent)]
    Properties(#[from] InvalidProperties),
    #[error("read Stripe's API key from the secret {secret_arn}")]
    Secret { secret_arn: String, source: OutsideError },
    #[error("read the secret {secret_arn}")]
    NoKey { secret_arn: String, source: KeyError },
    #[error("the secret {secret_arn} holds a {held} key, but the stack is for {wanted} mode")]
    OtherMode { secret_arn: String, held: &'static str, wanted: &'static str },
    #[error("{doing}{}", key_advice(.source))]
    Stripe { doing: &'static str, source: StripeError },
    #[error("the destination {id} disappeared while its partner source was awaited; deploy again")]
    Disappeared { id: DestinationId },
    #[error(
        "the partner source of {id} was not there after {} s ({seen}); check that the Stripe account may send to this \
         AWS region, then deploy again",
        LONGEST_WAIT_FOR_SOURCE.as_secs()
    )]
    SourceNotThere { id: DestinationId, seen: String },
    #[error("Stripe made a destination that cannot send, or without the metadata it was given; deploy again")]
    MadeInVain,
    #[error("the time of the invocation ended before Stripe and EventBridge were done; deploy again to go on")]
    OutOfTime,
    #[error("an internal error of the function; the log line before its answer names the place in the code")]
    Panicked,
}

impl ResourceError {
    /// The stable name of the failure.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Properties(_) => "PropertiesInvalid",
            Self::Secret { .. } | Self::NoKey { .. } | Self::OtherMode { .. } => "ApiKeyUnusable",
            Self::Stripe { .. } => "StripeRefused",
            Self::Disappeared { .. } | Self::MadeInVain | Self::SourceNotThere { .. } => "SourceNotThere",
            Self::OutOfTime => "OutOfTime",
            Self::Panicked => "Panicked",
        }
    }

    /// Whether this key can never have made anything.
    const fn key_is_unusable(&self) -> bool {
        match self {
            Self::Properties(_) | Self::NoKey { .. } | Self::OtherMode { .. } => true,
            Self::Secret { source, .. } => !source.passing,
            Self::Stripe { source, .. } => matches!(source.kind, StripeErrorKind::KeyRefused),
            Self::Disappeared { .. }
            | Self::MadeInVain
            | Self::SourceNotThere { .. }
            | Self::OutOfTime
            | Self::Panicked => false,
        }
    }
}

fn key_advice(error: &StripeError) -> &'static str {
    match error.kind {
        StripeErrorKind::KeyRefused => " (the key needs write access to event destinations)",
        StripeErrorKind::Passing | StripeErrorKind::Permanent => "",
    }
}

impl<D, K, S, A, C, T> StripeDestination<D, K, S, A, C, T>
where
    D: Destinations,
    K: Keys,
    S: Sources,
    A: Answers,
    C: Clock,
    T: Timer,
{
    pub(crate) async fn carry_out(&self, request: &Request) -> Result<Answer, ResourceError> {
        match &request.action {
            Action::Create | Action::Update { physical_id: PhysicalId::NeverMade(_) } => {
                self.ensure(request, None).await
            }
            Action::Update { physical_id: PhysicalId::Destination(id) } => self.ensure(request, Some(id)).await,
            Action::Delete { physical_id: PhysicalId::Destination(id) } => self.remove(request, id).await,
            Action::Delete { physical_id: PhysicalId::NeverMade(_) } => self.remove_traces(request).await,
        }
    }

    /// Brings about what the template asks for, whatever an earlier attempt left behind.
    async fn ensure(&self, request: &Request, current: Option<&DestinationId>) -> Result<Answer, ResourceError> {
        let properties = Properties::read(&request.properties, &request.stack_id)?;
        let desired = &properties.desired;
        let call = self.call(request, &properties.secret_arn, properties.mode).await?;
        let owner = owner(request);
        let mut found = self.find(&call, current).await?;
        let mut plan = decision::plan(&owner, desired, current, &found);
        if plan.keep == Keep::New {
            found = self.make(&call, &owner, desired, current).await?;
            plan = decision::plan(&owner, desired, current, &found);
        }
        for id in &plan.remove {
            self.delete(&call, id).await?;
        }
        let destination = self.bring_in_line(&call, plan.keep, found).await?;
        let (id, attributes) = self.await_source(&call, destination).await?;
        Ok(Answer { physical_id: PhysicalId::Destination(id), result: Ok(attributes) })
    }

    /// All destinations, and `current` also when the list does not show it (yet).
    async fn find(&self, call: &Call<'_>, current: Option<&DestinationId>) -> Result<Vec<Destination>, ResourceError> {
        let mut found = self.retrying("list the event destinations at Stripe", || self.destinations.list(call)).await?;
        if let Some(id) = current.filter(|id| !found.iter().any(|destination| destination.id == **id)) {
            found.extend(self.retrieve(call, id).await?);
        }
        Ok(found)
    }

    /// Makes a destination, and looks again: a call that was repeated after a server error may have made two.
    async fn make(
        &self,
        call: &Call<'_>,
        owner: &Owner,
        desired: &Desired,
        current: Option<&DestinationId>,
    ) -> Result<Vec<Destination>, ResourceError> {
        let new = NewDestination {
            idempotency_key: owner.idempotency_key(desired, call.request_id),
            desired,
            metadata: owner.marked_metadata(desired),
        };
        let made =
            self.retrying("make the event destination at Stripe", || self.destinations.create(call, &new)).await?;
        let mut found = self.find(call, current).await?;
        // The list may lag behind.
        if !found.iter().any(|destination| destination.id == made.id) {
            found.push(made);
        }
        Ok(found)
    }

    async fn bring_in_line(
        &self,
        call: &Call<'_>,
        keep: Keep,
        found: Vec<Destination>,
    ) -> Result<Destination, ResourceError> {
        let Keep::Existing { id, enable, changes } = keep else { return Err(ResourceError::MadeInVain) };
        let mut destination = found.into_iter().find(|destination| destination.id == id);
        if let Some(changes) = &changes {
            let update = || self.destinations.update(call, &id, changes);
            destination = Some(self.retrying("change the event destination at Stripe", update).await?);
        }
        if enable {
            let enable = || self.destinations.enable(call, &id);
            destination = Some(self.retrying("switch on the event destination at Stripe", enable).await?);
        }
        destination.ok_or(ResourceError::Disappeared { id })
    }

    /// A bus can only take a source that EventBridge knows, so the answer waits for both sides to agree.
    async fn await_source(
        &self,
        call: &Call<'_>,
        mut destination: Destination,
    ) -> Result<(DestinationId, Attributes), ResourceError> {
        let begin = self.clock.now();
        loop {
            let seen = match self.look_at_source(&destination).await {
                Ok(attributes) => return Ok((destination.id, attributes)),
                Err(seen) => seen,
            };
            let waited = Duration::try_from(self.clock.now().duration_since(begin)).unwrap_or_default();
            if waited >= LONGEST_WAIT_FOR_SOURCE {
                return Err(ResourceError::SourceNotThere { id: destination.id, seen });
            }
            self.timer.sleep(PAUSE_FOR_SOURCE).await;
            destination = match self.retrieve(call, &destination.id).await? {
                Some(destination) => destination,
                None => return Err(ResourceError::Disappeared { id: destination.id }),
            };
        }
    }

    /// What the bus needs to know, or what is seen instead.
    async fn look_at_source(&self, destination: &Destination) -> Result<Attributes, String> {
        let (Some(arn), Some(name)) = (&destination.source.arn, destination.source.name()) else {
            return Err("Stripe names no source yet".to_owned());
        };
        match self.sources.state(name).await {
            Ok(Some(SourceState::Pending | SourceState::Active)) => {
                Ok(Attributes { name: name.to_owned(), arn: arn.clone() })
            }
            Ok(Some(SourceState::Deleted)) => Err("EventBridge says that the source was deleted".to_owned()),
            Ok(Some(SourceState::Unknown) | None) => Err("EventBridge does not know the source".to_owned()),
            Err(error) => Err(format!("EventBridge cannot be asked: {error}")),
        }
    }

    async fn remove(&self, request: &Request, id: &DestinationId) -> Result<Answer, ResourceError> {
        let secret_arn = Properties::read_secret_arn(&request.properties)?;
        let call = self.call(request, &secret_arn, None).await?;
        self.delete(&call, id).await?;
        Ok(removed(request))
    }

    /// Removes what a failed creation may have left behind. With a key that cannot be used nothing can have been made, and
    /// failing here would only leave the stack undeletable.
    async fn remove_traces(&self, request: &Request) -> Result<Answer, ResourceError> {
        match self.sweep(request).await {
            Err(error) if error.key_is_unusable() => {
                tracing::warn!(error.name = error.name(), "nothing can have been made with this key");
                Ok(removed(request))
            }
            result => result.map(|()| removed(request)),
        }
    }

    async fn sweep(&self, request: &Request) -> Result<(), ResourceError> {
        let secret_arn = Properties::read_secret_arn(&request.properties)?;
        let call = self.call(request, &secret_arn, None).await?;
        let owner = owner(request);
        let found = self.find(&call, None).await?;
        for destination in found.iter().filter(|destination| owner.owns(destination)) {
            self.delete(&call, &destination.id).await?;
        }
        Ok(())
    }

    async fn retrieve(&self, call: &Call<'_>, id: &DestinationId) -> Result<Option<Destination>, ResourceError> {
        self.retrying("look at the event destination at Stripe", || self.destinations.retrieve(call, id)).await
    }

    async fn delete(&self, call: &Call<'_>, id: &DestinationId) -> Result<(), ResourceError> {
        self.retrying("remove the event destination at Stripe", || self.destinations.delete(call, id)).await
    }

    /// The key, after the checks that give a better message than Stripe's "invalid API key".
    async fn call<'a>(
        &self,
        request: &'a Request,
        secret_arn: &str,
        mode: Option<Mode>,
    ) -> Result<Call<'a>, ResourceError> {
        let text = self.secret(secret_arn).await?;
        let key = SecretKey::in_secret(text.expose_secret())
            .map_err(|source| ResourceError::NoKey { secret_arn: secret_arn.to_owned(), source })?;
        match mode {
            Some(wanted) if wanted != key.mode() => Err(ResourceError::OtherMode {
                secret_arn: secret_arn.to_owned(),
                held: key.mode().name(),
                wanted: wanted.name(),
            }),
            _ => Ok(Call { key, request_id: &request.request_id }),
        }
    }

    async fn secret(&self, secret_arn: &str) -> Result<SecretString, ResourceError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..MOST_TRIES {
            match self.keys.secret(secret_arn).await {
                Err(error) if error.passing => self.timer.sleep(pause).await,
                result => {
                    return result
                        .map_err(|source| ResourceError::Secret { secret_arn: secret_arn.to_owned(), source });
                }
            }
            pause = pause.saturating_mul(2);
        }
        let last = self.keys.secret(secret_arn).await;
        last.map_err(|source| ResourceError::Secret { secret_arn: secret_arn.to_owned(), source })
    }

    /// Repeats a call while it fails for a passing reason.
    async fn retrying<R, F>(&self, doing: &'static str, call: impl Fn() -> F) -> Result<R, ResourceError>
    where
        F: Future<Output = Result<R, StripeError>>,
    {
        let mut pause = FIRST_PAUSE;
        for _ in 1..MOST_TRIES {
            match call().await {
                Err(error) if error.kind == StripeErrorKind::Passing => self.timer.sleep(pause).await,
                result => return result.map_err(|source| ResourceError::Stripe { doing, source }),
            }
            pause = pause.saturating_mul(2);
        }
        call().await.map_err(|source| ResourceError::Stripe { doing, source })
    }
}

fn owner(request: &Request) -> Owner {
    Owner { stack_id: request.stack_id.clone(), logical_id: request.logical_id.clone() }
}

fn removed(request: &Request) -> Answer {
    Answer { physical_id: request.standing_physical_id(), result: Ok(Attributes::default()) }
}
