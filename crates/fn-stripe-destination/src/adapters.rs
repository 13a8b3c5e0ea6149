//! The outside, for real.

mod answers;
mod keys;
mod sources;

pub use answers::{HttpAnswers, HttpAnswersError};
pub use keys::SecretsManagerKeys;
pub use sources::EventBridgeSources;
