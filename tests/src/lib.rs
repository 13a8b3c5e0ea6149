//! What the flow tests and the repository's own rules share.

pub mod connection;
pub mod crm;
pub mod engagement;
pub mod flow;
pub mod guard;
pub mod product;
pub mod resolve;
pub mod roles;
pub mod stripe;
