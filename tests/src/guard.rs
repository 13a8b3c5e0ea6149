//! What must hold for the template as CloudFormation gets to see it, each rule a function from the expanded template to its
//! violations. A test plants a violation for each, so that a guard that has gone blind is noticed.

use serde_json::Value;

/// A rule for the template.
pub type Guard = fn(&Template) -> Vec<String>;

/// All rules, by name.
pub const GUARDS: [(&str, Guard); 13] = [
    ("visibility is at least six times the timeout plus the window", visibility),
    ("consumed queues give up after five tries", redrive),
    ("dead-letter queues keep for fourteen days", retention),
    ("rule targets have a dead-letter queue and no role", rule_targets),
    ("queues take from TLS only", tls_only),
    ("service principals are held to their source", sources),
    ("roles have no wildcard actions and no managed policies", actions),
    ("any resource only where the action knows none", any_resource),
    ("functions log to their own group, are traced and explicit", functions),
    ("failed records are reported one by one, and at once", event_sources),
    ("tables are on demand, recoverable, encrypted and protected", tables),
    ("log groups expire", log_groups),
    ("names leave room for the stack's name", names),
];

/// Actions that know no resource: X-Ray, and the delivery of Step Functions' logs.
const WITHOUT_RESOURCES: [&str; 12] = [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// Lambda allows 64 characters for a function's name; the stack's own name needs some of them.
const LONGEST_SUFFIX: usize = 32;

/// The expanded template.
#[derive(Debug, Clone)]
pub struct Template(pub Value);

impl Template {
    fn of_type<'template>(&'template self, kind: &str) -> Vec<(&'template str, &'template Value)> {
        let resources = self.0["Resources"].as_object().into_iter().flatten();
        resources
            .filter(|(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
            .collect()
    }

    fn properties(&self, name: &str) -> &Value {
        &self.0["Resources"][name]["Properties"]
    }

    /// `(the mapping, the queue it reads, the function it calls)`, with the properties of each.
    fn queue_consumers(&self) -> Vec<(&str, &Value, &str, &Value)> {
        self.of_type("AWS::Lambda::EventSourceMapping")
            .into_iter()
            .filter_map(|(name, mapping)| {
                let queue = target(&mapping["EventSourceArn"])?;
                let function = target(&mapping["FunctionName"])?;
                self.properties(queue).is_object().then(|| (name, mapping, queue, self.properties(function)))
            })
            .collect()
    }

    /// Every statement of every policy of a role: `(where, statement)`.
    fn role_statements(&self) -> Vec<(&str, &Value)> {
        let inline = self.of_type("AWS::IAM::Role").into_iter().flat_map(|(name, role)| {
            let policies = role["Policies"].as_array().into_iter().flatten();
            policies
                .flat_map(move |policy| statements(&policy["PolicyDocument"]).map(move |statement| (name, statement)))
        });
        let own = self
            .of_type("AWS::IAM::Policy")
            .into_iter()
            .flat_map(|(name, policy)| statements(&policy["PolicyDocument"]).map(move |statement| (name, statement)));
        inline.chain(own).collect()
    }
}

/// The resource that a `Ref` or `Fn::GetAtt` leads to.
fn target(reference: &Value) -> Option<&str> {
    reference["Ref"].as_str().or_else(|| reference["Fn::GetAtt"][0].as_str())
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    list(&document["Statement"]).into_iter()
}

/// One or many, as IAM writes them.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

fn visibility(template: &Template) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, mapping, queue, function) in template.queue_consumers() {
        let timeout = function["Timeout"].as_u64().unwrap_or(3);
        let window = mapping["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or_default();
        let needed = timeout.saturating_mul(6).saturating_add(window);
        let visibility = template.properties(queue)["VisibilityTimeout"].as_u64().unwrap_or(30);
        if visibility < needed {
            violations.push(format!("{name}: {queue} hides a message for {visibility} s, {needed} s are needed"));
        }
    }
    violations
}

fn redrive(template: &Template) -> Vec<String> {
    let consumers = template.queue_consumers().into_iter();
    consumers
        .filter(|(_, _, queue, _)| {
            let policy = &template.properties(queue)["RedrivePolicy"];
            policy["maxReceiveCount"] != 5 || target(&policy["deadLetterTargetArn"]).is_none()
        })
        .map(|(_, _, queue, _)| format!("{queue} has no dead-letter queue after five tries"))
        .collect()
}

fn retention(template: &Template) -> Vec<String> {
    const FOURTEEN_DAYS: u64 = 1_209_600;
    let queues = template.of_type("AWS::SQS::Queue").into_iter();
    queues
        .filter(|(_, queue)| queue["MessageRetentionPeriod"].as_u64() != Some(FOURTEEN_DAYS))
        .map(|(name, _)| format!("{name} does not keep messages for fourteen days"))
        .collect()
}

fn rule_targets(template: &Template) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, rule) in template.of_type("AWS::Events::Rule") {
        for rule_target in list(&rule["Targets"]) {
            if rule_target["DeadLetterConfig"]["Arn"].is_null() {
                violations.push(format!("{name}: a target has no dead-letter queue"));
            }
            let queue = target(&rule_target["Arn"]).map(|queue| template.properties(queue)["QueueName"].is_object());
            if queue == Some(true) && !rule_target["RoleArn"].is_null() {
                violations.push(format!("{name}: a queue is reached by its own policy, not by a role"));
            }
        }
    }
    violations
}

fn tls_only(template: &Template) -> Vec<String> {
    let policies = template.of_type("AWS::SQS::QueuePolicy");
    let denies_plain = |queue: &str| {
        policies.iter().any(|(_, policy)| {
            let covers = list(&policy["Queues"]).into_iter().any(|reference| target(reference) == Some(queue));
            covers && statements(&policy["PolicyDocument"]).any(|statement| is_tls_statement(statement, queue))
        })
    };
    let queues = template.of_type("AWS::SQS::Queue").into_iter();
    queues
        .filter(|(name, _)| !denies_plain(name))
        .map(|(name, _)| format!("{name} can be reached without TLS"))
        .collect()
}

fn is_tls_statement(statement: &Value, queue: &str) -> bool {
    let covers = list(&statement["Resource"]).into_iter().any(|resource| target(resource) == Some(queue));
    covers
        && statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && statement["Action"] == "sqs:*"
        && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
}

fn sources(template: &Template) -> Vec<String> {
    let trusts =
        template.of_type("AWS::IAM::Role").into_iter().map(|(name, role)| (name, &role["AssumeRolePolicyDocument"]));
    let kinds =
        ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::Events::EventBusPolicy", "AWS::Logs::ResourcePolicy"];
    let resources = kinds
        .into_iter()
        .flat_map(|kind| template.of_type(kind))
        .map(|(name, policy)| (name, &policy["PolicyDocument"]));
    trusts
        .chain(resources)
        .flat_map(|(name, document)| statements(document).map(move |statement| (name, statement)))
        .filter(|(_, statement)| statement["Principal"].get("Service").is_some() && statement["Effect"] == "Allow")
        .filter(|(_, statement)| {
            let condition = statement["Condition"].to_string();
            !condition.contains("aws:SourceArn") && !condition.contains("aws:SourceAccount")
        })
        .map(|(name, _)| format!("{name}: a service may act for anybody's resources"))
        .collect()
}

fn actions(template: &Template) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, role) in template.of_type("AWS::IAM::Role") {
        if !role["ManagedPolicyArns"].is_null() {
            violations.push(format!("{name} has a managed policy"));
        }
    }
    for (name, statement) in template.role_statements() {
        if statement["Effect"] != "Allow" || !statement["NotAction"].is_null() || !statement["NotResource"].is_null() {
            violations.push(format!("{name}: a statement says what is not meant"));
        }
        let wild = texts(&statement["Action"]).into_iter().filter(|action| action.contains('*'));
        violations.extend(wild.map(|action| format!("{name}: {action}")));
    }
    violations
}

fn any_resource(template: &Template) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, statement) in template.role_statements() {
        if texts(&statement["Resource"]).contains(&"*") {
            let wrong = texts(&statement["Action"]).into_iter().filter(|action| !WITHOUT_RESOURCES.contains(action));
            violations.extend(wrong.map(|action| format!("{name}: {action} on any resource")));
        }
    }
    violations
}

fn functions(template: &Template) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, function) in template.of_type("AWS::Lambda::Function") {
        let group = target(&function["LoggingConfig"]["LogGroup"]);
        if group.is_none_or(|group| template.properties(group)["LogGroupName"].is_null()) {
            violations.push(format!("{name} does not log to a group of its own"));
        }
        if function["TracingConfig"]["Mode"] != "Active" {
            violations.push(format!("{name} is not traced"));
        }
        let role = target(&function["Role"]).map(|role| template.properties(role)["Policies"].is_array());
        if role != Some(true) {
            violations.push(format!("{name} has no role that we wrote"));
        }
        if function["Environment"]["Variables"]["AWS_ENDPOINT_URL"].is_null() {
            violations.push(format!("{name} cannot be led to a local stack"));
        }
    }
    violations
}

fn event_sources(template: &Template) -> Vec<String> {
    let consumers = template.queue_consumers().into_iter();
    consumers
        .filter(|(_, mapping, _, _)| {
            !texts(&mapping["FunctionResponseTypes"]).contains(&"ReportBatchItemFailures")
                || mapping["BatchSize"] != 10
                || mapping["MaximumBatchingWindowInSeconds"] != 0
                || mapping["ScalingConfig"].is_null()
        })
        .map(|(name, ..)| format!("{name} does not report failed records, waits for a batch, or knows no bound"))
        .collect()
}

fn tables(template: &Template) -> Vec<String> {
    let tables = template.of_type("AWS::DynamoDB::Table").into_iter();
    tables
        .filter(|(_, table)| {
            table["BillingMode"] != "PAY_PER_REQUEST"
                || table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true
                || table["SSESpecification"]["SSEEnabled"] != true
                || table["DeletionProtectionEnabled"].is_null()
        })
        .map(|(name, _)| format!("{name} is not on demand, recoverable, encrypted and protected"))
        .collect()
}

fn log_groups(template: &Template) -> Vec<String> {
    let groups = template.of_type("AWS::Logs::LogGroup").into_iter();
    groups
        .filter(|(_, group)| group["RetentionInDays"].is_null())
        .map(|(name, _)| format!("{name} keeps logs for ever"))
        .collect()
}

fn names(template: &Template) -> Vec<String> {
    let kinds = [
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::Events::Rule", "Name"),
        ("AWS::Events::EventBus", "Name"),
        ("AWS::StepFunctions::StateMachine", "StateMachineName"),
    ];
    let mut violations = Vec::new();
    for (kind, attribute) in kinds {
        // A partner's bus is called what the partner's source is called.
        let ours = template.of_type(kind).into_iter().filter(|(_, resource)| resource["EventSourceName"].is_null());
        for (name, properties) in ours {
            let given = properties[attribute]["Fn::Sub"].as_str().unwrap_or_default();
            match given.strip_prefix("${AWS::StackName}-") {
                Some(suffix) if suffix.len() <= LONGEST_SUFFIX => {}
                _ => violations.push(format!("{name}: its name is not the stack's with a short ending")),
            }
        }
    }
    violations
}
