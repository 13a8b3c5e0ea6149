//! Tells customers about their recurring payments.
