//! Customers: profile, devices, preferences.
