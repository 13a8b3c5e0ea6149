//! The CRM connection, made in the emulator from the template's own properties and tried against a CRM of our own.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests; `cargo xtask test` says by the environment where the expanded template is"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    crm::{CLIENT_ID, Crm, Kind, SECRET},
    flow::{Flow, wait_for},
    resolve::Deployment,
};

const SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:crm";

/// Without `cargo xtask test` there is no SAM CLI to expand the template with.
fn template() -> Option<Value> {
    let Ok(path) = std::env::var("PAYBUS_EXPANDED_TEMPLATE") else {
        println!("skipped: PAYBUS_EXPANDED_TEMPLATE names no file; `cargo xtask test` makes one");
        return None;
    };
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// The capabilities whose resources the emulator's CloudFormation does not know.
const EVERYTHING: [(&str, &str); 3] = [("Access", "on"), ("CustomerApi", "on"), ("SesConfigurationSet", "mails")];

#[test]
fn what_is_left_out_on_the_local_stack_is_known() {
    let Some(template) = template() else { return };
    let types_with = |crm: &str, endpoint: &str| {
        let crm = [("Crm", crm), ("AwsEndpointUrl", endpoint)];
        let deployment = Deployment::new(template.clone(), "paybus", &[&EVERYTHING[..], &crm].concat());
        let resources = deployment.resources().into_iter();
        resources.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect::<BTreeSet<_>>()
    };
    let mut left_out = BTreeSet::new();
    for crm in ["hubspot", "dataverse"] {
        left_out.extend(types_with(crm, "").difference(&types_with(crm, "http://127.0.0.1:1")).cloned());
    }
    let left_out: Vec<_> = left_out.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    assert_eq!(
        left_out,
        [
            ("CrmContactProfileRule", "AWS::Events::Rule"),
            ("CrmContactTierRule", "AWS::Events::Rule"),
            ("CrmDeadLetterQueue", "AWS::SQS::Queue"),
            ("CrmDeadLetterQueuePolicy", "AWS::SQS::QueuePolicy"),
            ("CrmDestination", "AWS::Events::ApiDestination"),
            ("CrmHubSpotProfileRule", "AWS::Events::Rule"),
            ("CrmHubSpotTierRule", "AWS::Events::Rule"),
            ("CrmOAuthConnection", "AWS::Events::Connection"),
            ("CrmParkedAlarm", "AWS::CloudWatch::Alarm"),
            ("CrmRole", "AWS::IAM::Role"),
            ("CrmTokenConnection", "AWS::Events::Connection"),
            ("HubArchive", "AWS::Events::Archive"),
            ("OverviewDashboard", "AWS::CloudWatch::Dashboard"),
            ("SesFeedback", "AWS::SES::ConfigurationSetEventDestination"),
        ]
    );
}

/// A hub of the flow's own, so that its CRM hears of no other customer.
fn hub(flow: &Flow) -> String {
    let name = format!("crm-{}", flow.mark);
    flow.stack.aws.json("events", "AWSEvents.CreateEventBus", &json!({ "Name": name })).unwrap();
    name
}

/// Makes the connection to a CRM on a hub, from what the template says.
fn connect(flow: &Flow, hub: &str, crm: &Crm, kind: Kind, outbound: &str) -> Option<()> {
    let token_url = format!("{}/token", crm.url);
    let parameters = [
        ("Crm", kind.name()),
        ("CrmUrl", crm.url.as_str()),
        ("CrmTokenUrl", token_url.as_str()),
        ("CrmScope", "https://crm.example/.default"),
        ("CrmSecretArn", SECRET_ARN),
        ("OutboundMode", outbound),
    ];
    let stack = format!("{}-{}", kind.name(), flow.mark);
    let mut deployment = Deployment::new(template()?, &stack, &parameters);
    deployment.secret(SECRET_ARN, json!({ "token": SECRET, "client_id": CLIENT_ID, "client_secret": SECRET }));
    deployment.became("Hub", hub);
    deployment.became("CrmRole.Arn", "arn:aws:iam::000000000000:role/crm");
    deployment.became("CrmDeadLetterQueue.Arn", "arn:aws:sqs:us-east-1:000000000000:crm");
    let events =
        |operation: &str, body: &Value| flow.stack.aws.json("events", &format!("AWSEvents.{operation}"), body).unwrap();
    let names: Vec<_> =
        deployment.resources().into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    let of_type = |wanted: &str| -> Vec<&str> {
        let of_crm = names.iter().filter(|(name, kind)| name.starts_with("Crm") && kind == wanted);
        of_crm.map(|(name, _)| name.as_str()).collect()
    };
    for name in of_type("AWS::Events::Connection") {
        let made = events("CreateConnection", &deployment.properties(name));
        deployment.became(&format!("{name}.Arn"), made["ConnectionArn"].as_str().unwrap());
    }
    for name in of_type("AWS::Events::ApiDestination") {
        let made = events("CreateApiDestination", &deployment.properties(name));
        deployment.became(&format!("{name}.Arn"), made["ApiDestinationArn"].as_str().unwrap());
    }
    for name in of_type("AWS::Events::Rule") {
        let mut rule = deployment.properties(name);
        rule["EventPattern"] = json!(rule["EventPattern"].to_string());
        let targets = rule.as_object_mut().unwrap().remove("Targets").unwrap();
        events("PutRule", &rule);
        let bus = &rule["EventBusName"];
        let answer = events("PutTargets", &json!({ "Rule": rule["Name"], "EventBusName": bus, "Targets": targets }));
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }
    Some(())
}

fn publish_profile(flow: &Flow, hub: &str, first: &str, last: &str, phone: &str) {
    let detail = json!({
        "id": format!("{}:evt_1", flow.customer()), "customer_id": flow.customer(), "mode": "test", "account": "",
        "email": flow.email(), "name": format!("{first} {last}"), "first_name": first, "last_name": last,
        "last_name_or_id": last, "phone": phone, "locale": "en", "time_zone": "",
        "changed_at": "2026-11-20T10:00:00Z",
    });
    flow.stack.aws.put_event(hub, "paybus.customers", "customer.profile_changed", &detail).unwrap();
}

/// As the engagement workflow says it.
fn publish_tier(flow: &Flow, hub: &str, tier: &str) {
    let detail = json!({
        "mode": "test", "customer_id": flow.customer(), "entry_key": "", "previous_tier": "", "tier": tier, "balance_points": 1200,
    });
    flow.stack.aws.put_event(hub, "paybus.engagement", "customer.tier_changed", &detail).unwrap();
}

/// The field of each CRM, for: first name, last name, email, phone, tier.
const fn fields(kind: Kind) -> [&'static str; 5] {
    match kind {
        Kind::HubSpot => ["firstname", "lastname", "email", "phone", "paybus_tier"],
        Kind::Dataverse => ["firstname", "lastname", "emailaddress1", "telephone1", "paybus_tier"],
        Kind::Salesforce => ["FirstName", "LastName", "Email", "Phone", "PaybusTier__c"],
    }
}

fn wait_for_field(flow: &Flow, crm: &Crm, field: &str, expected: Option<&str>) {
    let what = format!("the contact to have {field} = {expected:?}; asked so far: {:?}", crm.calls());
    wait_for(&what, || {
        let contact = crm.contact(&flow.customer());
        Ok(contact.filter(|contact| contact.get(field).map(String::as_str) == expected))
    })
    .unwrap();
}

fn a_contact_is_kept(kind: Kind) {
    let Some(flow) = Flow::new() else { return };
    let (hub, crm) = (hub(&flow), Crm::start(kind).unwrap());
    let Some(()) = connect(&flow, &hub, &crm, kind, "send") else { return };
    let [first, last, email, phone, tier] = fields(kind);

    publish_profile(&flow, &hub, "Ada", "Lovelace", "+49301234");
    wait_for_field(&flow, &crm, phone, Some("+49301234"));
    // Again, as a redelivery would have it: the same contact.
    publish_profile(&flow, &hub, "Ada", "Lovelace", "+49301234");
    publish_tier(&flow, &hub, "silver");
    wait_for_field(&flow, &crm, tier, Some("silver"));
    let upserts = || crm.calls().iter().filter(|call| call.request != "POST /token").count();
    wait_for("all three to have arrived", || Ok((upserts() == 3).then_some(()))).unwrap();
    // The token of the connection is revoked: a new one is asked for, and nothing is lost.
    crm.revoke_the_token();
    publish_profile(&flow, &hub, "Ada", "King", "");
    if kind == Kind::HubSpot {
        // Its token does not change by itself; on AWS the event is tried again for a day.
        wait_for("the refusal", || Ok(crm.calls().iter().any(|call| call.status == 401).then_some(()))).unwrap();
        publish_profile(&flow, &hub, "Ada", "King", "");
    }
    wait_for_field(&flow, &crm, last, Some("King"));

    let contact = crm.contact(&flow.customer()).unwrap();
    let expected: BTreeSet<_> = [first, last, email, tier].into_iter().collect();
    // The phone that is no longer there is gone; what the profile does not know has stayed.
    assert_eq!(contact.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    assert_eq!(contact[email], flow.email());
    let refused: Vec<_> = crm.calls().into_iter().filter(|call| call.status >= 400).map(|call| call.status).collect();
    assert_eq!(refused, [401], "{:?}", crm.calls());
    let tokens = crm.calls().iter().filter(|call| call.request == "POST /token").count();
    assert_eq!(tokens, if kind == Kind::HubSpot { 0 } else { 2 });
}

#[test]
fn a_contact_in_hubspot_is_kept() {
    a_contact_is_kept(Kind::HubSpot);
}

#[test]
fn a_contact_in_dataverse_is_kept() {
    a_contact_is_kept(Kind::Dataverse);
}

#[test]
fn a_contact_in_salesforce_is_kept() {
    a_contact_is_kept(Kind::Salesforce);
}

#[test]
fn in_record_mode_the_crm_hears_nothing() {
    let Some(flow) = Flow::new() else { return };
    let hub = hub(&flow);
    let (silent, speaking) = (Crm::start(Kind::HubSpot).unwrap(), Crm::start(Kind::Dataverse).unwrap());
    let Some(()) = connect(&flow, &hub, &silent, Kind::HubSpot, "record") else { return };
    let Some(()) = connect(&flow, &hub, &speaking, Kind::Dataverse, "send") else { return };
    publish_profile(&flow, &hub, "Ada", "Lovelace", "");
    wait_for_field(&flow, &speaking, "firstname", Some("Ada"));
    assert_eq!(silent.calls(), []);
}

#[test]
fn a_name_with_quotes_does_not_break_the_body() {
    let Some(flow) = Flow::new() else { return };
    let (hub, crm) = (hub(&flow), Crm::start(Kind::HubSpot).unwrap());
    let Some(()) = connect(&flow, &hub, &crm, Kind::HubSpot, "send") else { return };
    publish_profile(&flow, &hub, "D'Arcy \u{201e}Ada\u{201c} & <b>", "O\u{2019}Brien-\u{5c71}\u{7530}", "");
    wait_for_field(&flow, &crm, "firstname", Some("D'Arcy \u{201e}Ada\u{201c} & <b>"));
}

#[test]
fn the_archive_is_made_as_the_template_says() {
    let (Some(template), Some(flow)) = (template(), Flow::new()) else { return };
    let mut deployment = Deployment::new(template, "archive", &[("ArchiveDays", "9")]);
    let hub = flow.stack.output("HubArn").unwrap();
    deployment.became("Hub.Arn", hub);
    let mut archive = deployment.properties("HubArchive");
    assert_eq!(archive["RetentionDays"], "9", "CloudFormation makes a number of it");
    let name = format!("archive-{}", flow.mark);
    let properties = archive.as_object_mut().unwrap();
    // The API calls it otherwise than CloudFormation.
    let source = properties.remove("SourceArn").unwrap();
    properties.extend([
        ("EventSourceArn".to_owned(), source),
        ("ArchiveName".to_owned(), json!(name)),
        ("RetentionDays".to_owned(), json!(9)),
    ]);
    flow.stack.aws.json("events", "AWSEvents.CreateArchive", &archive).unwrap();
    let made = flow.stack.aws.json("events", "AWSEvents.DescribeArchive", &json!({ "ArchiveName": name })).unwrap();
    assert_eq!((&made["EventSourceArn"], &made["RetentionDays"]), (&json!(hub), &json!(9)));
}
