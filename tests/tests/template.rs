//! The template as CloudFormation gets to see it keeps the rules of [`tests::guard`].
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests; `cargo xtask test` says by the environment where the expanded template is"
)]

use serde_json::{Value, json};
use tests::guard::{GUARDS, Template};

/// Without `cargo xtask test` there is no SAM CLI to expand the template with.
fn template() -> Option<Template> {
    let Ok(path) = std::env::var("PAYBUS_EXPANDED_TEMPLATE") else {
        println!("skipped: PAYBUS_EXPANDED_TEMPLATE names no file; `cargo xtask test` makes one");
        return None;
    };
    let text = std::fs::read_to_string(path).unwrap();
    Some(Template(serde_json::from_str(&text).unwrap()))
}

#[test]
fn every_rule_is_kept() {
    let Some(template) = template() else { return };
    let violations: Vec<_> = GUARDS.iter().flat_map(|(_, guard)| guard(&template)).collect();
    assert_eq!(violations, Vec::<String>::new());
}

/// Changes one property of the first resource of a type.
fn planted(template: &Template, kind: &str, pointer: &str, value: Value) -> Template {
    let mut planted = template.clone();
    let resources = planted.0["Resources"].as_object_mut().unwrap();
    let found = resources
        .values_mut()
        .find(|resource| resource["Type"] == kind && resource["Properties"].pointer(pointer).is_some());
    let place = found.unwrap_or_else(|| panic!("no {kind} has {pointer}"))["Properties"].pointer_mut(pointer);
    *place.unwrap() = value;
    planted
}

#[test]
fn each_rule_sees_what_breaks_it() {
    let Some(template) = template() else { return };
    let violations = [
        ("AWS::Lambda::Function", "/Timeout", json!(60)),
        ("AWS::SQS::Queue", "/RedrivePolicy/maxReceiveCount", json!(50)),
        ("AWS::SQS::Queue", "/MessageRetentionPeriod", json!(60)),
        ("AWS::Events::Rule", "/Targets/0/DeadLetterConfig", json!({})),
        ("AWS::SQS::QueuePolicy", "/PolicyDocument/Statement/1/Condition/Bool", json!({})),
        ("AWS::SQS::QueuePolicy", "/PolicyDocument/Statement/0/Condition", json!({})),
        ("AWS::IAM::Role", "/Policies/0/PolicyDocument/Statement/0/Action", json!("sqs:*")),
        ("AWS::IAM::Role", "/Policies/0/PolicyDocument/Statement/0/Resource", json!("*")),
        ("AWS::Lambda::Function", "/TracingConfig/Mode", json!("PassThrough")),
        ("AWS::Lambda::EventSourceMapping", "/FunctionResponseTypes", json!([])),
        ("AWS::DynamoDB::Table", "/SSESpecification/SSEEnabled", json!(false)),
        ("AWS::Logs::LogGroup", "/RetentionInDays", Value::Null),
        ("AWS::SQS::Queue", "/QueueName", json!("a-fixed-name")),
    ];
    for ((name, guard), (kind, pointer, value)) in GUARDS.iter().zip(violations) {
        let planted = planted(&template, kind, pointer, value);
        assert!(!guard(&planted).is_empty(), "blind: {name}");
    }
}

#[test]
fn a_managed_policy_is_seen() {
    let Some(template) = template() else { return };
    let mut planted = template;
    planted.0["Resources"]["LoyaltyPointsRole"]["Properties"]["ManagedPolicyArns"] =
        json!(["arn:aws:iam::aws:policy/X"]);
    assert!(GUARDS.iter().any(|(_, guard)| !guard(&planted).is_empty()));
}
