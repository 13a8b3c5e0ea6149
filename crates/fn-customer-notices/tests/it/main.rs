//! The handler that ships, over ports in memory, on a clock of its own.
#![expect(clippy::arithmetic_side_effects, reason = "test figures are small")]
#![expect(clippy::unwrap_used, reason = "what is made here by hand is well-formed")]

mod events;
mod faults;
mod hindsight;
mod kinds;
mod reference_defects;
mod situations;
mod timeline;
mod world;
