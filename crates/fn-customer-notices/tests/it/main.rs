//! The handler that ships, over ports in memory, on a clock of its own.
#![expect(clippy::arithmetic_side_effects, reason = "test figures are small")]

mod events;
mod faults;
mod reference_defects;
mod situations;
mod timeline;
mod world;
