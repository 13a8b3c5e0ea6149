//! The loyalty program as data, and the decisions it makes: award, reversal, tiers. Pure.
//!
//! A [`Program`] is the rules. [`decide`] takes them, what is stored ([`Snapshot`]) and what happened ([`PaymentEvent`]) and
//! answers with a [`Plan`]: the entries to add and the account and payments as they shall be, to be written in one
//! transaction.
//!
//! Invariants, tested in `tests/`: a customer's balance is the sum of the entries; the same events in any order and number
//! make the same accounts, for every program that [`Program::is_order_free`]; kept money earns exactly what it would have
//! earned alone, by proportion.

pub mod account;
pub mod basket;
mod correction;
pub mod decision;
mod earning;
pub mod entry;
pub mod event;
pub mod intake;
pub mod lookup;
pub mod manual;
pub mod number;
pub mod payment;
pub mod program;
mod step;

pub use account::Account;
pub use decision::{Decision, Plan, Rejection, Snapshot, Verdict, decide};
pub use entry::{Entry, EntryKind, Subject};
pub use event::{Happened, PaymentEvent, PaymentKey, Purchase};
pub use intake::{Intake, intake};
pub use number::{Overflow, Points, Ratio};
pub use payment::PaymentState;
pub use program::{Program, ProgramError};
