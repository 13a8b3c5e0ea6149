//! The import itself: page by page, decided by the very code that follows events.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use fn_customer_sync::state::{Decision, State, contact_of_stripe, decide};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan};
use lambda_kit::{Clock, Entropy, Timer};
use processor_events::ids::EventId;
use storage::{
    CorruptItem, Scope,
    customers::{
        ChangeAnswer, CustomerKey, FoundProfiles, ImportProgress, Imported, Imports, Profile, ProfileChanges, Profiles,
        SourceVersion,
    },
};
use stripe_api::{Customer, CustomerPage, KeySource, Stripe, StripeError, Transport};

/// What stands in a profile for the event that it comes from. Sorts behind Stripe's `evt_...`, so that of an event and a listing of
/// one second the listing counts, which is the newer one.
const SOURCE: &str = "import";

/// How much older a listing is taken to be than this machine's clock says: were the clock ahead of Stripe's, an event that follows
/// the listing would be taken for an older one and be lost. The other way round costs nothing: events of this minute are shown
/// once more.
const CLOCK_MARGIN_SECONDS: i64 = 60;

/// Profiles written at once.
const WRITES_AT_ONCE: usize = 10;

/// How often a profile is looked at again when an event was faster.
const MOST_TURNS: usize = 4;

/// The waits after which a page is asked for again, beside the client's own attempts: two minutes in all.
const WAITS_SECONDS: [u64; 6] = [2, 5, 10, 20, 30, 60];

/// What the import needs.
pub(super) struct Importer<'a, T, K, W, E, C, N, P> {
    pub(super) stripe: &'a Stripe<T, K, W, E>,
    pub(super) customers: &'a C,
    pub(super) clock: N,
    pub(super) timer: P,
    pub(super) scope: Scope,
    /// Between two requests to Stripe.
    pub(super) pause: Duration,
    /// Nothing is written.
    pub(super) is_dry: bool,
}

/// What the import says while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A run that was broken off is continued.
    Resumed { behind: &'a str },
    /// It cannot be continued: its last customer is gone.
    Restarted,
    /// A page is done.
    Page(&'a Imported),
    /// Stripe is left alone for a while.
    Waiting { seconds: u64 },
}

/// What the import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    /// This run.
    pub(super) run: Imported,
    /// Why customers were left out in this run, and how many.
    pub(super) skipped: BTreeMap<String, u64>,
    /// This run and those that it continues.
    pub(super) all: Imported,
    /// Whether it continued another run.
    pub(super) is_resumed: bool,
}

/// What became of one customer.
enum Taken {
    New,
    Updated,
    Unchanged,
    Skipped(String),
}

impl<T, K, W, E, C, N, P> Importer<'_, T, K, W, E, C, N, P>
where
    T: Transport,
    K: KeySource,
    W: Timer,
    E: Entropy,
    C: Profiles + ProfileChanges + Imports,
    N: Clock,
    P: Timer,
{
    /// Imports every customer, from where the last run stopped.
    pub(super) async fn run(&self, mut tell: impl FnMut(&Step<'_>)) -> Result<Outcome> {
        let mut progress = self.start().await?;
        let mut outcome = Outcome { is_resumed: progress.behind.is_some(), all: progress.done, ..Outcome::default() };
        if let Some(behind) = &progress.behind {
            tell(&Step::Resumed { behind });
        }
        loop {
            let listed_at = self.clock.now();
            let page = match self.page(progress.behind.as_deref(), &mut tell).await {
                Ok(page) => page,
                Err(error) if is_gone(&error) && progress.behind.is_some() => {
                    tell(&Step::Restarted);
                    progress.behind = None;
                    continue;
                }
                Err(error) => return Err(error).context(unfinished(&outcome)),
            };
            progress.behind.clone_from(&page.next);
            self.take(page, listed_at, &mut outcome).await.with_context(|| unfinished(&outcome))?;
            progress.done = outcome.all;
            progress.finished_at = progress.behind.is_none().then(|| self.clock.now());
            if !self.is_dry {
                self.customers.note_progress(&self.scope, &progress).await.with_context(|| unfinished(&outcome))?;
            }
            tell(&Step::Page(&outcome.run));
            if progress.behind.is_none() {
                return Ok(outcome);
            }
            self.timer.sleep(self.pause).await;
        }
    }

    /// Where to begin: a look without writing begins at the beginning, so that it says what a whole import would do.
    async fn start(&self) -> Result<ImportProgress> {
        let last = self.customers.progress(&self.scope).await.context("read how far the last import came")?;
        let unfinished = last.filter(|last| last.finished_at.is_none() && !self.is_dry);
        let started_at = self.clock.now();
        Ok(unfinished.unwrap_or(ImportProgress {
            started_at,
            behind: None,
            done: Imported::default(),
            finished_at: None,
        }))
    }

    async fn page(&self, behind: Option<&str>, tell: &mut impl FnMut(&Step<'_>)) -> Result<CustomerPage, StripeError> {
        let mut waits = WAITS_SECONDS.into_iter();
        loop {
            let error = match self.stripe.customer_page(behind).await {
                Err(error @ (StripeError::RateLimited { .. } | StripeError::Unavailable { .. })) => error,
                result => return result,
            };
            let Some(seconds) = waits.next() else { return Err(error) };
            tell(&Step::Waiting { seconds });
            self.timer.sleep(Duration::from_secs(seconds)).await;
        }
    }

    async fn take(&self, page: CustomerPage, listed_at: Timestamp, outcome: &mut Outcome) -> Result<()> {
        let mut customers = Vec::new();
        for customer in page.customers {
            match customer {
                Ok(customer) => customers.push(customer),
                Err(unusable) => outcome.add(Taken::Skipped(unusable.to_string())),
            }
        }
        let keys: Vec<CustomerKey> = customers.iter().map(|customer| self.key(customer)).collect();
        let found = self.customers.profiles(&keys).await.context("read the profiles of a page")?;
        let found = &found;
        let takes = customers.iter().map(|customer| self.take_one(customer, listed_at, found));
        let mut takes = stream::iter(takes).buffer_unordered(WRITES_AT_ONCE);
        while let Some(taken) = takes.try_next().await? {
            outcome.add(taken);
        }
        Ok(())
    }

    fn key(&self, customer: &Customer) -> CustomerKey {
        CustomerKey { scope: self.scope.clone(), customer: customer.id.clone() }
    }

    async fn take_one(&self, customer: &Customer, listed_at: Timestamp, found: &FoundProfiles) -> Result<Taken> {
        let key = self.key(customer);
        let state = state(customer, listed_at)?;
        let mut profile = match found.get(&key) {
            None => None,
            Some(Ok(profile)) => Some(profile.clone()),
            Some(Err(corrupt)) => return Ok(unreadable(corrupt)),
        };
        for _ in 0..MOST_TURNS {
            if let Some(taken) = settled(profile.as_ref(), &state) {
                return Ok(taken);
            }
            let taken = if is_new(profile.as_ref()) { Taken::New } else { Taken::Updated };
            if self.is_dry {
                return Ok(taken);
            }
            let seen = profile.as_ref().and_then(|profile| profile.source.as_ref());
            let answer = self.customers.replace(&key, seen, &state.source, &state.contact).await;
            if answer.with_context(|| format!("write the profile of {}", key.customer))? == ChangeAnswer::Applied {
                return Ok(taken);
            }
            let mut again = self.customers.profiles(std::slice::from_ref(&key)).await.context("read a profile")?;
            profile = match again.remove(&key).transpose() {
                Ok(profile) => profile,
                Err(corrupt) => return Ok(unreadable(&corrupt)),
            };
        }
        bail!("the profile of {} changed {MOST_TURNS} times while it was written", key.customer)
    }
}

fn state(customer: &Customer, listed_at: Timestamp) -> Result<State> {
    let occurred_at = listed_at.checked_sub(CLOCK_MARGIN_SECONDS.seconds()).context("this machine's clock is wrong")?;
    let occurred_at = Timestamp::from_second(occurred_at.as_second()).context("this machine's clock is wrong")?;
    let event = EventId::new(SOURCE).context("make the mark of an import")?;
    Ok(State { source: SourceVersion { occurred_at, event }, contact: contact_of_stripe(customer) })
}

/// What there is to say of a customer without writing; `None` when the listed state is to be shown.
fn settled(profile: Option<&Profile>, state: &State) -> Option<Taken> {
    let profile = profile?;
    match decide(Some(profile), state) {
        Decision::Erased => Some(Taken::Skipped("deleted here; an erased person does not come back".to_owned())),
        // A profile that shows the same is left alone: that makes a second import free.
        _ if profile.contact == state.contact && profile.source.is_some() => Some(Taken::Unchanged),
        Decision::Known => Some(Taken::Skipped("an event has told something newer".to_owned())),
        Decision::Show | Decision::InDoubt => None,
    }
}

/// A profile may hold a device or a suppression before anything is known of the person.
fn is_new(profile: Option<&Profile>) -> bool {
    profile.is_none_or(|profile| profile.source.is_none())
}

fn unreadable(corrupt: &CorruptItem) -> Taken {
    Taken::Skipped(format!("the profile here cannot be read: {corrupt}"))
}

impl Outcome {
    fn add(&mut self, taken: Taken) {
        for done in [&mut self.run, &mut self.all] {
            let count = match taken {
                Taken::New => &mut done.new,
                Taken::Updated => &mut done.updated,
                Taken::Unchanged => &mut done.unchanged,
                Taken::Skipped(_) => &mut done.skipped,
            };
            *count = count.saturating_add(1);
        }
        if let Taken::Skipped(reason) = taken {
            let count = self.skipped.entry(reason).or_default();
            *count = count.saturating_add(1);
        }
    }
}

/// The customer to continue behind has been deleted: Stripe refuses the parameter.
fn is_gone(error: &StripeError) -> bool {
    let (StripeError::Refused { refusal, .. } | StripeError::NotFound { refusal, .. }) = error else { return false };
    refusal.has_code("resource_missing") && refusal.param.as_deref() == Some("starting_after")
}

fn unfinished(outcome: &Outcome) -> String {
    format!("the import stopped after {} customers; run it again to go on from there", super::total(&outcome.all))
}
