#![doc = include_str!("../README.md")]

mod links;
mod secret;
mod token;

pub use links::{LinkError, UnsubscribeLinks};
pub use secret::{KeyStore, KeyStoreError, Keys, SecretsManagerKeyStore, SigningKey, SigningKeyError};
pub use token::{Membership, read, sign};
