//! Planted bugs: what the simulation must notice. Each is one that somebody has really shipped.

/// A planted bug. It sits in a port or in front of the handler; the handler itself is always the one that ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// Writes without looking at versions: the last one wins.
    LastWriteWins,
    /// Takes every cancelled transaction for a duplicate.
    AnyCancelIsDuplicate,
    /// Takes a conflict for a duplicate.
    ConflictIsDuplicate,
    /// Takes a throttled write for a written one.
    ThrottleIsDone,
    /// Writes the account in one call and the entries and payments in a second.
    AccountApart,
    /// Writes entries and payments first, the account in a second call.
    EntriesApart,
    /// Forgets payments after some days, as a record with a time to live does.
    PaymentsExpire,
    /// Ends with "known already" without looking whether the workflow was started.
    DuplicateEndsHandler,
    /// Names executions by chance.
    RandomExecutionName,
    /// Puts the clock into the name.
    ClockInName,
    /// Takes a start that failed for a start.
    StartErrorSwallowed,
    /// Takes an execution that exists for an error.
    ExistingExecutionIsError,
    /// Notes an engagement as started before it starts it.
    EngagedMarkedFirst,
    /// Has no idea how old an event is.
    NeverStale,
    /// Answers every batch with "all done".
    BatchErrorSwallowed,
    /// Fails the records beside the failed ones.
    WrongIdsFailed,
    /// Removes messages from the queue when it takes them.
    AcknowledgedFirst,
    /// Remembers an event as seen before it is done.
    MarkerFirst,
    /// Drops events that are older than the newest of their payment.
    OrderedByClock,
    /// Drops what it cannot read.
    PoisonDropped,
    /// Does not know refunds.
    RefundsIgnored,
    /// Does not know that refunds fail.
    FailedRefundsIgnored,
    /// Does not know disputes.
    DisputesIgnored,
    /// Does not know how a dispute ended.
    DisputeEndIgnored,
    /// Does not know that payments pay subscriptions.
    SubscriptionsIgnored,
    /// Does not know that some invoices are single ones.
    InvoicesIgnored,
    /// Takes test money for real money.
    ModesMixed,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::LastWriteWins,
        Self::AnyCancelIsDuplicate,
        Self::ConflictIsDuplicate,
        Self::ThrottleIsDone,
        Self::AccountApart,
        Self::EntriesApart,
        Self::PaymentsExpire,
        Self::DuplicateEndsHandler,
        Self::RandomExecutionName,
        Self::ClockInName,
        Self::StartErrorSwallowed,
        Self::ExistingExecutionIsError,
        Self::EngagedMarkedFirst,
        Self::NeverStale,
        Self::BatchErrorSwallowed,
        Self::WrongIdsFailed,
        Self::AcknowledgedFirst,
        Self::MarkerFirst,
        Self::OrderedByClock,
        Self::PoisonDropped,
        Self::RefundsIgnored,
        Self::FailedRefundsIgnored,
        Self::DisputesIgnored,
        Self::DisputeEndIgnored,
        Self::SubscriptionsIgnored,
        Self::InvoicesIgnored,
        Self::ModesMixed,
    ];
}
