//! The outside world of the handler: ports in memory, each call taking time on a clock that only this executor moves.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::{Future, pending, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use delivery::{
    Courier, EmailSender, OutboundMode, OutgoingEmail, PushSender, SendFailure, Voice,
    memory::{InMemoryEmail, InMemoryPush},
};
use fn_customer_notices::{Handler, Hindsight, KnownAnswers, Settings};
use jiff::{Timestamp, civil::Date};
use lambda_kit::{BatchResponse, Clock, Metrics, SqsEvent, Timer};
use notices::{News, Push, news::Question};
use storage::{
    Scope, StorageError,
    customers::{ChangeAnswer, CustomerKey, Device, DeviceId, Devices, FoundProfiles, InMemoryCustomers, Profiles},
    deliveries::{
        Begun, Channel, ChannelState, Claim, ClaimAnswer, ClaimOwner, Deliveries, InMemoryDeliveries, NoticeKey,
        Outbox, OutboxEntry, RecordAnswer,
    },
};
use stripe_api::StripeError;

use crate::events::occurred_at;

/// The function's timeout.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(6);

/// What the handler asks of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Load,
    LoadBegun,
    Ask,
    Claim,
    SendEmail,
    SendPush,
    Record,
    Keep,
    MarkStale,
}

/// One call, and when it was in flight.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    /// The notice, address or endpoint it is about.
    pub(crate) about: String,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = |moment: Timestamp| moment.duration_since(occurred_at()).as_millis();
        write!(formatter, "{:?} {} [{}..{}]", self.kind, self.about, since(self.began), since(self.ended))
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing happened, and the caller is told so.
    Refused,
    /// It happened, but the caller is told that it did not.
    AnswerLost,
    /// The process dies before it happens.
    CrashBefore,
    /// The process dies after it happened.
    CrashAfter,
    /// The provider says "too fast".
    Throttled,
}

/// Decides how long a call takes and what goes wrong with it.
pub(crate) type Fate = Box<dyn FnMut(Kind, &str) -> (Duration, Option<Fault>)>;

pub(crate) struct World {
    now: Cell<Timestamp>,
    sleepers: RefCell<BTreeMap<(Timestamp, u64), Waker>>,
    sleeps: Cell<u64>,
    fate: RefCell<Fate>,
    pub(crate) deliveries: InMemoryDeliveries,
    pub(crate) customers: InMemoryCustomers,
    pub(crate) email: InMemoryEmail,
    pub(crate) push: InMemoryPush,
    /// What the processor would answer.
    pub(crate) hindsight: RefCell<KnownAnswers>,
    pub(crate) calls: RefCell<Vec<Call>>,
}

impl World {
    /// Two seconds after the samples happened, every call takes 5 ms and nothing goes wrong.
    pub(crate) fn new() -> Self {
        Self {
            now: Cell::new(occurred_at() + Duration::from_secs(2)),
            sleepers: RefCell::default(),
            sleeps: Cell::default(),
            fate: RefCell::new(Box::new(|_, _| (Duration::from_millis(5), None))),
            deliveries: InMemoryDeliveries::default(),
            customers: InMemoryCustomers::default(),
            email: InMemoryEmail::default(),
            push: InMemoryPush::default(),
            hindsight: RefCell::default(),
            calls: RefCell::default(),
        }
    }

    pub(crate) fn with_fate(self, fate: impl FnMut(Kind, &str) -> (Duration, Option<Fault>) + 'static) -> Self {
        Self { fate: RefCell::new(Box::new(fate)), ..self }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn pass(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    pub(crate) fn calls_of(&self, kind: Kind) -> Vec<Call> {
        self.calls.borrow().iter().filter(|call| call.kind == kind).cloned().collect()
    }

    /// Adds a device of a customer; its endpoint is `arn:<id>`.
    pub(crate) fn add_device(&self, customer: &CustomerKey, id: &str) {
        let device = Device {
            endpoint_arn: format!("arn:{id}"),
            platform: storage::customers::Platform::Fcm,
            registered_at: self.now(),
            stale_since: None,
        };
        let answer = self.run(self.customers.register(customer, &DeviceId::new(id).unwrap(), &device));
        assert_eq!(answer.unwrap(), ChangeAnswer::Applied);
    }

    /// Runs a future on this world's clock.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut results = self.run_all(vec![(Rc::default(), Box::pin(future))]);
        results.pop().flatten().expect("nothing crashed")
    }

    /// Runs futures side by side, each until it ends or its process crashes; time moves on when all of them wait.
    fn run_all<T>(&self, tasks: Vec<Process<'_, T>>) -> Vec<Option<T>> {
        let mut results: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
        let mut open: Vec<_> = tasks.into_iter().enumerate().collect();
        let flag = Arc::new(Flag);
        let waker = Waker::from(flag);
        loop {
            let mut context = Context::from_waker(&waker);
            open.retain_mut(|(index, (crashed, task))| match task.as_mut().poll(&mut context) {
                Poll::Ready(result) => {
                    results[*index] = Some(result);
                    false
                }
                Poll::Pending => !crashed.get(),
            });
            if open.is_empty() {
                self.sleepers.borrow_mut().clear();
                return results;
            }
            let first = self.sleepers.borrow_mut().pop_first();
            let ((due, _), waker) = first.expect("whoever waits, waits for a time");
            self.now.set(self.now.get().max(due));
            waker.wake();
        }
    }

    /// Handles a batch as a new invocation; `None` when its process crashed.
    pub(crate) fn invoke(&self, mode: &OutboundMode, batch: SqsEvent) -> Option<BatchResponse> {
        self.invoke_all(mode, vec![batch]).pop().flatten()
    }

    /// Handles batches as invocations that run at the same time.
    pub(crate) fn invoke_all(&self, mode: &OutboundMode, batches: Vec<SqsEvent>) -> Vec<Option<BatchResponse>> {
        let tasks = batches.into_iter().enumerate().map(|(index, batch)| {
            let crashed = Rc::new(Cell::new(false));
            let handler = self.handler(mode, &crashed, &format!("instance-{index}"));
            let deadline = self.now() + TIMEOUT;
            let task: Pin<Box<dyn Future<Output = BatchResponse>>> =
                Box::pin(async move { handler.handle(batch, deadline).await });
            (crashed, task)
        });
        self.run_all(tasks.collect())
    }

    pub(crate) fn handler<'w>(
        &'w self,
        mode: &OutboundMode,
        crashed: &Rc<Cell<bool>>,
        instance: &str,
    ) -> ShippingHandler<'w> {
        let port = Port { world: self, crashed: Rc::clone(crashed) };
        let courier = Courier {
            mode: mode.clone(),
            deliveries: port.clone(),
            devices: port.clone(),
            email: port.clone(),
            push: port.clone(),
            clock: port.clone(),
        };
        let voice = Voice { instance: instance.to_owned(), ..Voice::default() };
        let settings = Settings { voice, ..Settings::default() };
        Handler { courier, hindsight: port.clone(), settings, timer: port, metrics: Metrics::new() }
    }

    async fn sleep(&self, duration: Duration) {
        let due = self.now() + duration;
        let number = self.sleeps.get();
        self.sleeps.set(number + 1);
        poll_fn(|context| {
            if self.now() >= due {
                return Poll::Ready(());
            }
            self.sleepers.borrow_mut().insert((due, number), context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// The handler that ships, in this world.
pub(crate) type ShippingHandler<'w> = Handler<Port<'w>, Port<'w>, Port<'w>, Port<'w>, Port<'w>, Port<'w>, Port<'w>>;

/// A process: whether it has crashed, and what it does.
type Process<'w, T> = (Rc<Cell<bool>>, Pin<Box<dyn Future<Output = T> + 'w>>);

struct Flag;

impl Wake for Flag {
    fn wake(self: Arc<Self>) {}
}

/// One process's view of the world.
#[derive(Clone)]
pub(crate) struct Port<'w> {
    world: &'w World,
    crashed: Rc<Cell<bool>>,
}

impl Port<'_> {
    async fn call<T, E>(
        &self,
        kind: Kind,
        about: impl Into<String>,
        act: impl AsyncFnOnce() -> Result<T, E>,
        error: impl FnOnce(Fault) -> E,
    ) -> Result<T, E> {
        let about = about.into();
        let began = self.world.now();
        let (duration, fault) = (self.world.fate.borrow_mut())(kind, &about);
        self.world.sleep(duration).await;
        self.world.calls.borrow_mut().push(Call { kind, about, began, ended: self.world.now() });
        match fault {
            None => act().await,
            Some(fault @ (Fault::Refused | Fault::Throttled)) => Err(error(fault)),
            Some(fault @ Fault::AnswerLost) => {
                act().await?;
                Err(error(fault))
            }
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashAfter) => {
                act().await?;
                self.crash().await
            }
        }
    }

    async fn crash<T>(&self) -> T {
        self.crashed.set(true);
        pending().await
    }
}

fn storage_error(fault: Fault) -> StorageError {
    match fault {
        Fault::Throttled => StorageError::Throttled { operation: "Test" },
        _ => StorageError::Unavailable { operation: "Test", reason: "planted".to_owned() },
    }
}

fn send_failure(fault: Fault) -> SendFailure {
    match fault {
        Fault::Throttled => SendFailure::Throttled("planted".to_owned()),
        _ => SendFailure::Unavailable("planted".to_owned()),
    }
}

impl Clock for Port<'_> {
    fn now(&self) -> Timestamp {
        self.world.now()
    }
}

impl Timer for Port<'_> {
    async fn sleep(&self, duration: Duration) {
        self.world.sleep(duration).await;
    }
}

impl Profiles for Port<'_> {
    async fn profiles(&self, keys: &[CustomerKey]) -> Result<FoundProfiles, StorageError> {
        let about = format!("{} profiles", keys.len());
        self.call(Kind::Load, about, async || self.world.customers.profiles(keys).await, storage_error).await
    }
}

impl Devices for Port<'_> {
    async fn register(&self, key: &CustomerKey, id: &DeviceId, device: &Device) -> Result<ChangeAnswer, StorageError> {
        self.world.customers.register(key, id, device).await
    }

    async fn unregister(&self, key: &CustomerKey, id: &DeviceId) -> Result<(), StorageError> {
        self.world.customers.unregister(key, id).await
    }

    async fn mark_stale(
        &self,
        key: &CustomerKey,
        id: &DeviceId,
        endpoint_arn: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let act = async || self.world.customers.mark_stale(key, id, endpoint_arn, now).await;
        self.call(Kind::MarkStale, endpoint_arn, act, storage_error).await
    }
}

impl Deliveries for Port<'_> {
    async fn claim(
        &self,
        key: &NoticeKey,
        owner: &ClaimOwner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ClaimAnswer, StorageError> {
        let act = async || self.world.deliveries.claim(key, owner, now, until).await;
        self.call(Kind::Claim, key.notice(), act, storage_error).await
    }

    async fn record(
        &self,
        claim: &Claim,
        results: &BTreeMap<Channel, ChannelState>,
        now: Timestamp,
    ) -> Result<RecordAnswer, StorageError> {
        let act = async || self.world.deliveries.record(claim, results, now).await;
        self.call(Kind::Record, claim.key.notice(), act, storage_error).await
    }
}

impl Hindsight for Port<'_> {
    async fn ask(&self, news: &News, question: &Question) -> Result<Option<bool>, StripeError> {
        let answers = self.world.hindsight.borrow().clone();
        let act = async || answers.ask(news, question).await;
        self.call(Kind::Ask, format!("{question:?}"), act, |_| StripeError::RateLimited {
            operation: "Test",
            attempts: 1,
        })
        .await
    }
}

impl Begun for Port<'_> {
    async fn begun(&self, keys: &BTreeSet<NoticeKey>) -> Result<BTreeSet<NoticeKey>, StorageError> {
        let about = format!("{} receipts", keys.len());
        self.call(Kind::LoadBegun, about, async || self.world.deliveries.begun(keys).await, storage_error).await
    }
}

impl Outbox for Port<'_> {
    async fn keep(&self, entry: &OutboxEntry) -> Result<bool, StorageError> {
        self.call(Kind::Keep, entry.key.notice(), async || self.world.deliveries.keep(entry).await, storage_error).await
    }

    async fn of_day(&self, scope: &Scope, day: Date) -> Result<Vec<OutboxEntry>, StorageError> {
        self.world.deliveries.of_day(scope, day).await
    }
}

impl EmailSender for Port<'_> {
    async fn send(&self, email: &OutgoingEmail<'_>) -> Result<String, SendFailure> {
        let act = async || self.world.email.send(email).await;
        self.call(Kind::SendEmail, email.to.reveal(), act, send_failure).await
    }
}

impl PushSender for Port<'_> {
    async fn send(&self, endpoint_arn: &str, push: &Push) -> Result<String, SendFailure> {
        let act = async || self.world.push.send(endpoint_arn, push).await;
        self.call(Kind::SendPush, endpoint_arn, act, send_failure).await
    }
}
