//! Deliveries: one item per notice, with the state of each channel.
