//! The ledger: accounts, payments and entries.
