//! Event destinations, as Stripe lists them.

/// Whether a destination was made by the stack: it carries the stack's ARN, in which the name stands before the last slash.
pub(crate) fn is_of_stack(destination: &stripe_api::EventDestination, stack: &str) -> bool {
    let mark = destination.metadata.get("paybus_stack_id");
    mark.is_some_and(|arn| arn.split('/').nth(1) == Some(stack))
}

/// The name of a destination's partner source.
pub(crate) fn source_name(destination: &stripe_api::EventDestination) -> Option<String> {
    let arn = destination.amazon_eventbridge.as_ref()?.aws_event_source_arn.as_deref()?;
    arn.split_once(":event-source/").map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_destination_belongs_to_the_stack_whose_arn_it_carries() {
        let destination: stripe_api::EventDestination = serde_json::from_value(json!({
            "id": "ed_1", "name": "n", "status": "enabled", "event_payload": "snapshot", "enabled_events": ["*"], "livemode": false,
            "metadata": {"paybus_stack_id": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1b2c"},
            "amazon_eventbridge": {
                "aws_account_id": "123456789012",
                "aws_event_source_arn": "arn:aws:events:eu-central-1::event-source/aws.partner/stripe.com/ed_1",
            },
        }))
        .unwrap();
        assert!(is_of_stack(&destination, "shop"));
        assert!(!is_of_stack(&destination, "sho"));
        assert_eq!(source_name(&destination).as_deref(), Some("aws.partner/stripe.com/ed_1"));
    }
}
