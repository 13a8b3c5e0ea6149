//! The template as CloudFormation gets to see it keeps the rules of [`tests::guard`].
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests; `cargo xtask test` says by the environment where the expanded template is"
)]

use serde_json::{Value, json};
use tests::{
    guard::{GUARDS, Template},
    roles::{Grant, Role, roles},
};

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

/// What no function of ours has any business with, whatever the resource.
const NOBODYS: [&str; 40] = [
    "apigateway:PATCH",
    "cloudformation:DeleteStack",
    "cloudwatch:DeleteAlarms",
    "dynamodb:BatchWriteItem",
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:UpdateTable",
    "ec2:RunInstances",
    "events:DeleteRule",
    "events:PutPermission",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutRolePolicy",
    "kms:Decrypt",
    "kms:ScheduleKeyDeletion",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:DeleteLogGroup",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "organizations:LeaveOrganization",
    "s3:GetObject",
    "s3:PutObject",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutSecretValue",
    "ses:DeleteEmailIdentity",
    "sns:DeleteTopic",
    "sqs:PurgeQueue",
    "sts:AssumeRole",
    "states:DeleteStateMachine",
    "states:StopExecution",
];

/// What a role may do of what is not its own: nobody's business, and what only other roles were given.
fn foreign(role: &Role, all: &[Role]) -> (usize, Vec<String>) {
    let others = all.iter().filter(|other| other.name != role.name).flat_map(|other| &other.grants);
    let mut foreign: Vec<&Grant> = others.filter(|grant| !role.grants.contains(grant)).collect();
    foreign.sort_by_key(|grant| (&grant.action, &grant.resource));
    foreign.dedup();
    let allowed = foreign.iter().filter(|grant| role.allows(grant));
    let allowed = allowed.map(|grant| format!("{}: {} on {}", role.name, grant.action, grant.resource));
    let nobodys = NOBODYS.iter().filter(|action| role.allows_anywhere(action));
    let nobodys = nobodys.map(|action| format!("{}: {action}", role.name));
    (foreign.len().saturating_add(NOBODYS.len()), allowed.chain(nobodys).collect())
}

#[test]
fn no_role_may_do_what_is_not_its_own() {
    let Some(template) = template() else { return };
    let all = roles(&template);
    assert!(all.len() >= 15, "{}", all.len());
    for role in &all {
        let (asked, allowed) = foreign(role, &all);
        assert!(asked >= 60, "only {asked} foreign actions for {}", role.name);
        assert_eq!(allowed, Vec::<String>::new());
    }
}

#[test]
fn a_role_that_may_do_too_much_is_seen() {
    let Some(template) = template() else { return };
    let statement = "/Policies/0/PolicyDocument/Statement/0";
    for (place, value) in
        [("Action", json!("dynamodb:*")), ("Action", json!("iam:PutRolePolicy")), ("Resource", json!("*"))]
    {
        let planted = planted(&template, "AWS::IAM::Role", &format!("{statement}/{place}"), value.clone());
        let all = roles(&planted);
        let allowed: Vec<_> = all.iter().flat_map(|role| foreign(role, &all).1).collect();
        assert!(!allowed.is_empty(), "blind for {place} {value}");
    }
}
