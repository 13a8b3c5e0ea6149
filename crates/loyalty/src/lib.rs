//! The loyalty program as data, and the decisions it makes: award, reversal, tiers. Pure.
