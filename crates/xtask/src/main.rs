//! Build, demo and test automation.

fn main() {}
