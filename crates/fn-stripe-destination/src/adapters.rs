//! The outside, for real.

mod answers;
mod keys;
mod sources;
mod stripe;

pub use answers::HttpAnswers;
pub use sources::EventBridgeSources;
pub use stripe::StripeDestinations;
