//! What every function shares: SQS batches, configuration, clients, logs, metrics.
