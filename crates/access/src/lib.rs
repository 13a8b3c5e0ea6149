#![doc = include_str!("../README.md")]

pub mod announcement;
pub mod decline;
pub mod facts;
pub mod month;
pub mod policy;
pub mod reading;
pub mod record;
pub mod signal;
pub mod state;

pub use announcement::{Announcement, Change, HubEvent, Subject};
pub use decline::Decline;
pub use facts::Facts;
pub use month::Month;
pub use policy::{Effect, Policy};
pub use reading::signal_of;
pub use record::{Outward, Record};
pub use signal::{Signal, Standing};
pub use state::{Access, Reason, Status};
