//! One way out for every message: claim, preference, send, record.
