//! Which engagement a ledger entry deserves, and the workflow's input. Pure.
