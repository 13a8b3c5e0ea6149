//! Awards loyalty points and starts the engagement workflow.
