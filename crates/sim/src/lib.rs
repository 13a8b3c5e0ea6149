#![doc = include_str!("../README.md")]

pub mod bugs;
pub mod check;
pub mod chooser;
mod executor;
pub mod explore;
mod ports;
pub mod workload;
pub mod world;

pub use bugs::Bug;
pub use world::{Outcome, Settings, Violation};
