//! The rights that `docs/deployer-policy.json` gives to who deploys are enough for every resource of the template, and no more
//! than they have to be.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use xtask::workspace;

/// The largest inline policy of a role, in characters without white space
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const LARGEST_POLICY: usize = 10_240;

/// What CloudFormation calls to make, change and remove a resource, by its type: docs.aws.amazon.com/service-authorization.
const NEEDED: [(&str, &[&str]); 27] = [
    ("AWS::ApiGatewayV2::Api", &["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE", "apigateway:GET"]),
    ("AWS::ApiGatewayV2::Authorizer", &["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE"]),
    ("AWS::ApiGatewayV2::Integration", &["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE"]),
    ("AWS::ApiGatewayV2::Route", &["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE"]),
    (
        "AWS::ApiGatewayV2::Stage",
        &["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE", "logs:CreateLogDelivery"],
    ),
    ("AWS::CloudWatch::Alarm", &["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"]),
    (
        "AWS::CloudWatch::Dashboard",
        &["cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"],
    ),
    (
        "AWS::DynamoDB::Table",
        &[
            "dynamodb:CreateTable",
            "dynamodb:DescribeTable",
            "dynamodb:UpdateTable",
            "dynamodb:UpdateTimeToLive",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:DeleteTable",
        ],
    ),
    (
        "AWS::Events::ApiDestination",
        &["events:CreateApiDestination", "events:UpdateApiDestination", "events:DeleteApiDestination"],
    ),
    ("AWS::Events::Archive", &["events:CreateArchive", "events:UpdateArchive", "events:DeleteArchive"]),
    (
        "AWS::Events::Connection",
        &[
            "events:CreateConnection",
            "events:DeleteConnection",
            "secretsmanager:CreateSecret",
            "iam:CreateServiceLinkedRole",
        ],
    ),
    (
        "AWS::Events::EventBus",
        &["events:CreateEventBus", "events:DescribeEventSource", "events:UpdateEventBus", "events:DeleteEventBus"],
    ),
    (
        "AWS::Events::Rule",
        &["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule", "iam:PassRole"],
    ),
    ("AWS::IAM::Policy", &["iam:PutRolePolicy", "iam:DeleteRolePolicy"]),
    ("AWS::IAM::Role", &["iam:CreateRole", "iam:GetRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"]),
    ("AWS::Lambda::Permission", &["lambda:AddPermission", "lambda:RemovePermission"]),
    (
        "AWS::Lambda::Url",
        &["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig"],
    ),
    ("AWS::Logs::LogGroup", &["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"]),
    ("AWS::Logs::ResourcePolicy", &["logs:PutResourcePolicy", "logs:DeleteResourcePolicy"]),
    (
        "AWS::SES::ConfigurationSetEventDestination",
        &["ses:CreateConfigurationSetEventDestination", "ses:DeleteConfigurationSetEventDestination"],
    ),
    ("AWS::SQS::Queue", &["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:DeleteQueue"]),
    ("AWS::SQS::QueuePolicy", &["sqs:SetQueueAttributes"]),
    (
        "AWS::Scheduler::ScheduleGroup",
        &["scheduler:CreateScheduleGroup", "scheduler:GetScheduleGroup", "scheduler:DeleteScheduleGroup"],
    ),
    (
        "AWS::SecretsManager::Secret",
        &[
            "secretsmanager:CreateSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetRandomPassword",
            "secretsmanager:UpdateSecret",
            "secretsmanager:DeleteSecret",
        ],
    ),
    (
        "AWS::Serverless::Function",
        &[
            "lambda:CreateFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:PutFunctionConcurrency",
            "lambda:DeleteFunction",
            "lambda:CreateEventSourceMapping",
            "lambda:DeleteEventSourceMapping",
            "iam:PassRole",
            "s3:GetObject",
        ],
    ),
    (
        "AWS::Serverless::StateMachine",
        &["states:CreateStateMachine", "states:UpdateStateMachine", "states:DeleteStateMachine", "iam:PassRole"],
    ),
    // CloudFormation calls the function with the rights of who deploys.
    ("Custom::StripeEventDestination", &["lambda:InvokeFunction"]),
];

fn policy() -> Value {
    let text = fs::read_to_string(workspace::root().join("docs/deployer-policy.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .map_or_else(|| vec![value], |list| list.iter().collect())
        .into_iter()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn who_deploys_may_do_what_every_resource_of_the_template_needs() {
    let template = fs::read_to_string(workspace::root().join("template.yaml")).unwrap();
    let types: BTreeSet<&str> = template
        .lines()
        .filter_map(|line| line.strip_prefix("    Type: "))
        .filter(|kind| kind.contains("::"))
        .collect();
    let rows: BTreeSet<&str> = NEEDED.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(types, rows, "a type of resource has no row above, or a row has no resource");
    let policy = policy();
    let granted: BTreeSet<&str> =
        statements(&policy).iter().flat_map(|statement| texts(&statement["Action"])).collect();
    let missing: Vec<_> =
        NEEDED.iter().flat_map(|(_, actions)| *actions).filter(|action| !granted.contains(*action)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

#[test]
fn who_deploys_may_not_do_more_than_that() {
    let policy = policy();
    for statement in statements(&policy) {
        let sid = &statement["Sid"];
        assert_eq!(statement["Effect"], "Allow", "{sid}");
        assert!(texts(&statement["Action"]).iter().all(|action| !action.contains('*')), "{sid} has a wildcard action");
        let is_open = texts(&statement["Resource"]).contains(&"*") && statement["Condition"].is_null();
        assert_eq!(is_open, sid == "KnowNoResources", "{sid} and its resources");
    }
    let data = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "events:PutEvents",
        "sqs:ReceiveMessage",
    ];
    let granted: Vec<&str> = statements(&policy).iter().flat_map(|statement| texts(&statement["Action"])).collect();
    assert!(data.iter().all(|action| !granted.contains(action)), "who deploys needs no customer's data");
}

#[test]
fn the_policy_fits_into_a_role() {
    let characters = policy().to_string().chars().filter(|character| !character.is_whitespace()).count();
    assert!(characters <= LARGEST_POLICY, "{characters}");
}
