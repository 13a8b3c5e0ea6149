//! The ledger, customers and deliveries tables: the only place that knows their layout.
