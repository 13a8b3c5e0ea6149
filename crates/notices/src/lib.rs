#![doc = include_str!("../README.md")]

pub mod brand;
mod clean;
pub mod decide;
mod format;
mod letter;
pub mod links;
pub mod locale;
pub mod message;
pub mod messages;
pub mod news;
pub mod push;
pub mod render;
mod words;

pub use brand::Brand;
pub use decide::{Decision, notice_for, notice_for_access};
pub use format::FormatError;
pub use links::LinkHosts;
pub use locale::{Language, Locale};
pub use message::{Message, Topic};
pub use news::News;
pub use push::Push;
pub use render::{Email, Reader, RenderError, Rendered, Unsubscribe, render};
pub use words::WordsError;
