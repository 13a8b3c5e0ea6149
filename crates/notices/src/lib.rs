//! Every message Paybus sends, as typed contexts with compiled-in templates. Pure.
