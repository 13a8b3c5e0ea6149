//! The ledger, customers and deliveries tables: the only place that knows their layout.
//!
//! Each table has a module with its port (a trait), an in-memory store that keeps the same rules, and the DynamoDB adapter.
//! Both pass one contract suite. No SDK type leaves this crate: [`Database`] hides the client, [`StorageError`] its errors.

pub mod access;
pub mod customers;
mod database;
pub mod deliveries;
#[cfg(test)]
mod emulator;
mod error;
mod item;
pub mod ledger;
pub mod offers;
pub mod person;
pub mod program;
pub mod rewards;
pub mod scope;

pub use database::Database;
pub use error::{CorruptItem, StorageError};
pub use scope::Scope;
