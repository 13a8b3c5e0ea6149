//! The loyalty program as it is stored: validated, versioned, cached.
