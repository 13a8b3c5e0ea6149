#![doc = include_str!("../README.md")]

mod fake;
mod form;
mod routes;
mod server;
mod store;

pub use fake::{Answer, Call, Fake, Fault, Question};
pub use server::serve;
