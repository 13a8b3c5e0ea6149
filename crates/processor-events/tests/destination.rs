//! The template's destination asks Stripe for what Paybus acts on, and for nothing else.

use std::collections::BTreeSet;

use processor_events::catalogue::event_kinds;

/// Names of older API versions that are acted on where an archive still holds them, but that cannot be asked for any more.
const PAST: [&str; 1] = ["payment_method.card_automatically_updated"];

#[test]
fn the_destination_of_the_template_sends_what_is_acted_on() {
    let template = include_str!("../../../template.yaml");
    let parameter = template.split_once("\n  StripeEvents:\n").unwrap().1;
    let default = parameter.lines().skip_while(|line| line.trim() != "Default: >-").nth(1).unwrap();
    let asked_for: BTreeSet<&str> = default.trim().split(',').collect();
    let acted_on: BTreeSet<&str> =
        event_kinds().filter(|kind| kind.acted_on && !PAST.contains(&kind.name)).map(|kind| kind.name).collect();
    assert_eq!(asked_for, acted_on);
}
