//! One module per command.

pub mod bench;
pub mod demo;
pub mod deny;
pub mod deploy;
pub mod env;
pub mod latency;
pub mod screenshots;
pub mod send;
pub mod sim;
pub mod stop;
pub mod test;
