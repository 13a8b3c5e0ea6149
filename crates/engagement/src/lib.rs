//! Which engagement a ledger entry deserves, and the workflow's input. Pure.
//!
//! The input is made from the ledger entry alone: making it again, at any time and by any program, gives the same bytes and
//! the same execution name, so starting the workflow again is a no-op. It holds ids and numbers, no personal data, and
//! nothing that a clock said.

mod input;
mod occasion;
pub mod offers;
pub mod rewards;
#[cfg(test)]
mod samples;
mod start;
pub mod step;

pub use input::{Input, NextTier, Place, entry_key};
pub use occasion::Occasion;
pub use start::{STALE_AFTER, Start, execution_name, is_stale};
