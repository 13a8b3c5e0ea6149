use std::cell::RefCell;

use access::{
    Record, Signal, Subject,
    record::Outward,
    signal::{Demand, SignalKind},
};
use futures_executor::block_on;
use jiff::Timestamp;
use lambda_kit::{ConfigError, Environment};
use loyalty::{Happened, PaymentEvent, PaymentKey, Program, Purchase, Snapshot, decide};
use processor_events::{
    Currency, Money, Personal,
    event::{Mode, Processor},
    ids::{EventId, InvoiceId, PaymentId},
};
use storage::{
    access::{AccessWriter, InMemoryAccess},
    customers::{ContactChange, InMemoryCustomers, Platform, SourceVersion},
    ledger::InMemoryLedger,
    offers::InMemoryOffers,
    program::{PutProgramError, StoredProgram},
};

use super::*;

/// No program was ever stored: the default one is in force.
struct NoProgram;

impl Programs for NoProgram {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        Ok(None)
    }

    async fn put(&self, _: &Program) -> Result<(), PutProgramError> {
        Ok(())
    }
}

/// A push service that takes every token but one.
#[derive(Default)]
struct FakeEndpoints {
    made: RefCell<Vec<String>>,
    deleted: RefCell<Vec<String>>,
}

impl PushEndpoints for FakeEndpoints {
    async fn create(&self, platform: Platform, token: &Personal<String>) -> Result<String, RegistrationError> {
        if token.reveal() == "expired" {
            return Err(RegistrationError::Token { reason: "InvalidParameter".into() });
        }
        let arn = format!("arn:{}:{}", platform.name(), token.reveal());
        self.made.borrow_mut().push(arn.clone());
        Ok(arn)
    }

    async fn delete(&self, endpoint_arn: &str) -> Result<(), RegistrationError> {
        self.deleted.borrow_mut().push(endpoint_arn.to_owned());
        Ok(())
    }
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        noon()
    }
}

type Api =
    Handler<InMemoryAccess, InMemoryCustomers, InMemoryLedger, InMemoryOffers, NoProgram, FakeEndpoints, FixedClock>;

fn noon() -> Timestamp {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

fn scope() -> Scope {
    Scope { mode: Mode::Live, account: None }
}

fn customer() -> CustomerKey {
    CustomerKey { scope: scope(), customer: CustomerId::new("cus_1").unwrap() }
}

fn api(authorization: Authorization) -> Api {
    Handler {
        access: InMemoryAccess::default(),
        customers: InMemoryCustomers::default(),
        loyalty: Some(Loyalty {
            ledger: InMemoryLedger::default(),
            offers: InMemoryOffers::default(),
            program: CachedProgram::new(NoProgram),
        }),
        endpoints: FakeEndpoints::default(),
        clock: FixedClock,
        policy: Policy::standard(),
        scope: scope(),
        authorization,
    }
}

fn jwt() -> Authorization {
    Authorization::Jwt { customer_claim: "custom:customer".into() }
}

/// A request of the product's backend.
fn request(method: &str, target: &str, body: Option<&Value>) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query: serde_json::Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "queryStringParameters": query, "headers": {},
        "requestContext": {
            "http": {"method": method, "path": path}, "stage": "$default",
            "authorizer": {"iam": {"userArn": "arn:aws:iam::1:user/backend"}},
        },
        "body": body.map(Value::to_string), "isBase64Encoded": false,
    })
}

fn send(api: &Api, request: Value) -> Response {
    block_on(api.handle(&serde_json::from_value(request).unwrap()))
}

fn ask(api: &Api, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
    let response = send(api, request(method, target, body));
    assert_eq!(response.headers["cache-control"], "no-store");
    (response.status_code, response.body.map(|body| serde_json::from_str(&body).unwrap()).unwrap_or_default())
}

fn get(api: &Api, target: &str) -> Value {
    let (status, body) = ask(api, "GET", target, None);
    assert_eq!(status, 200, "{body}");
    body
}

/// The status and the name of the problem.
fn problem(api: &Api, method: &str, target: &str, body: Option<&Value>) -> (u16, String) {
    let (status, problem) = ask(api, method, target, body);
    assert_eq!(problem["status"], json!(status));
    (status, problem["type"].as_str().unwrap().trim_start_matches("urn:paybus:problem:").to_owned())
}

fn fail_an_invoice(api: &Api) {
    let subject =
        Subject { processor: Processor::Stripe, livemode: true, account: None, customer: customer().customer };
    let mut record = Record::new(subject);
    let kind = SignalKind::InvoiceFailed {
        invoice: InvoiceId::new("in_1").unwrap(),
        subscription: None,
        attempt: 1,
        is_final: false,
        is_first: false,
        demand: Demand { amount_minor: 4_900, currency: Currency::USD, pay_url: None },
    };
    record.advance(&[Signal { at: noon(), kind }], &Policy::standard(), noon(), Outward::Emit);
    block_on(api.access.save(&customer(), &record)).unwrap();
}

fn pay(api: &Api, id: &str, amount_minor: i64) {
    let ledger = &api.loyalty.as_ref().unwrap().ledger;
    let key = PaymentKey { processor: Processor::Stripe, id: PaymentId::new(id).unwrap() };
    let event = PaymentEvent {
        id: EventId::new("evt_1").unwrap(),
        occurred_at: noon(),
        payment: key.clone(),
        happened: Happened::Paid(Purchase {
            customer: customer().customer,
            amount: Money::new(amount_minor, Currency::USD),
            in_doubt: false,
            metadata: std::collections::BTreeMap::new(),
        }),
    };
    let keys =
        BTreeSet::from([LedgerKey::Account(scope(), customer().customer), LedgerKey::Payment(scope(), key.clone())]);
    let loaded = block_on(ledger.read(&keys)).unwrap();
    let payments = [(key.clone(), loaded.payment(&scope(), &key).unwrap())].into_iter().collect();
    let snapshot = Snapshot { account: loaded.account(&scope(), &customer().customer).unwrap(), payments };
    let decision = decide(&Program::default(), Some(&customer().customer), &snapshot, &[event]);
    block_on(ledger.commit(&scope(), &decision.plan)).unwrap();
}

#[test]
fn a_customer_of_whom_nothing_is_known_may_have_access() {
    let access = get(&api(Authorization::Iam), "/customers/cus_1/access");
    assert_eq!(
        (&access["allowed"], &access["status"], &access["since"]),
        (&json!(true), &json!("active"), &Value::Null)
    );
}

#[test]
fn grace_says_until_when_and_why() {
    let api = api(Authorization::Iam);
    fail_an_invoice(&api);
    let access = get(&api, "/customers/cus_1/access");
    assert_eq!((&access["allowed"], &access["status"]), (&json!(true), &json!("grace")));
    assert_eq!(access["until"], json!("2026-08-08T12:00:00Z"));
    assert_eq!(access["reason"]["invoice"], json!("in_1"));
    assert_eq!(access["explanation"], json!("invoice in_1 is unpaid after attempt 1"));
}

#[test]
fn points_show_the_tier_above() {
    let api = api(Authorization::Iam);
    pay(&api, "pi_1", 40_000);
    let loyalty = get(&api, "/customers/cus_1/loyalty");
    assert_eq!(loyalty["balance"], json!(400));
    assert_eq!(loyalty["next_tier"]["points_missing"], json!(600));
    assert_eq!(loyalty["offers"], json!([]));
}

#[test]
fn the_ledger_is_read_in_parts() {
    let api = api(Authorization::Iam);
    for id in ["pi_1", "pi_2", "pi_3"] {
        pay(&api, id, 1_000);
    }
    let first = get(&api, "/customers/cus_1/ledger?limit=2");
    assert_eq!(first["entries"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = get(&api, &format!("/customers/cus_1/ledger?limit=2&cursor={cursor}"));
    assert_eq!(second["entries"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_cursor"], Value::Null);
    // A cursor of one customer shows nothing of another.
    let other = get(&api, &format!("/customers/cus_2/ledger?cursor={cursor}"));
    assert_eq!(other["entries"], json!([]));
}

#[test]
fn preferences_are_kept_without_repetitions() {
    let api = api(Authorization::Iam);
    let wish = json!({"email": false, "push": true, "muted_topics": ["offers", "offers"]});
    let (status, kept) = ask(&api, "PUT", "/customers/cus_1/preferences", Some(&wish));
    assert_eq!((status, &kept["muted_topics"]), (200, &json!(["offers"])));
    let profiles = block_on(api.customers.profiles(&[customer()])).unwrap();
    assert!(!profiles[&customer()].as_ref().unwrap().preferences.email);
}

#[test]
fn a_device_is_registered_and_unregistered_as_often_as_one_likes() {
    let api = api(Authorization::Iam);
    let device = json!({"platform": "fcm", "token": "t-1"});
    for _ in 0..2 {
        assert_eq!(ask(&api, "PUT", "/customers/cus_1/devices/phone", Some(&device)).0, 204);
    }
    for _ in 0..2 {
        assert_eq!(ask(&api, "DELETE", "/customers/cus_1/devices/phone", None).0, 204);
    }
    assert_eq!(*api.endpoints.deleted.borrow(), ["arn:fcm:t-1"]);
    let refused = json!({"platform": "fcm", "token": "expired"});
    assert_eq!(problem(&api, "PUT", "/customers/cus_1/devices/phone", Some(&refused)), (422, "device-refused".into()));
}

#[test]
fn nothing_is_kept_of_an_erased_customer() {
    let api = api(Authorization::Iam);
    let source = SourceVersion { occurred_at: noon(), event: EventId::new("evt_9").unwrap() };
    block_on(api.customers.change(&customer(), &source, &ContactChange::Erase)).unwrap();
    let wish = json!({"email": true, "push": true});
    assert_eq!(problem(&api, "PUT", "/customers/cus_1/preferences", Some(&wish)), (410, "customer-erased".into()));
    let device = json!({"platform": "apns", "token": "t"});
    assert_eq!(problem(&api, "PUT", "/customers/cus_1/devices/d", Some(&device)), (410, "customer-erased".into()));
    assert_eq!(*api.endpoints.deleted.borrow(), *api.endpoints.made.borrow());
}

#[test]
fn bad_input_is_named() {
    let api = api(Authorization::Iam);
    let long = "x".repeat(256);
    for (method, target, expected) in [
        ("GET", "/", (404, "no-such-resource")),
        ("GET", "/customers/cus_1", (404, "no-such-resource")),
        ("POST", "/customers/cus_1/access", (405, "method-not-allowed")),
        ("GET", "/customers/cus_1/preferences", (405, "method-not-allowed")),
        ("GET", "/customers/cus%201/access", (400, "bad-customer")),
        ("GET", "/customers/%zz/access", (400, "bad-path")),
        ("GET", "/customers/%ff/access", (400, "bad-path")),
        ("GET", &format!("/customers/{long}/access"), (400, "bad-customer")),
        ("DELETE", "/customers/cus_1/devices/a%23b", (400, "bad-device")),
        ("GET", "/customers/cus_1/ledger?limit=0", (400, "bad-limit")),
        ("GET", "/customers/cus_1/ledger?limit=101", (400, "bad-limit")),
        ("GET", "/customers/cus_1/ledger?limit=+5", (400, "bad-limit")),
        ("GET", "/customers/cus_1/ledger?limit=", (400, "bad-limit")),
        ("GET", "/customers/cus_1/ledger?cursor=", (400, "bad-cursor")),
        ("GET", "/customers/..%2Faccess/access", (400, "bad-customer")),
        ("GET", "/customers//access", (400, "bad-customer")),
        ("GET", "/customers/%F0%9F%92%A9/access", (400, "bad-customer")),
        ("GET", "/customers/cus_1%00/access", (400, "bad-customer")),
        ("PATCH", "/customers/cus_1/devices/d", (405, "method-not-allowed")),
        ("GET", "/customers/cus_1/ledger?cursor=zz", (400, "bad-cursor")),
        ("PUT", "/customers/cus_1/preferences", (400, "bad-body")),
    ] {
        assert_eq!(problem(&api, method, target, None), (expected.0, expected.1.to_owned()), "{method} {target}");
    }
}

#[test]
fn a_body_that_does_not_fit_is_refused_without_being_quoted() {
    let api = api(Authorization::Iam);
    for body in [
        json!({"email": true}),
        json!({"email": "ada@example.com", "push": true}),
        json!({"email": true, "push": true, "phone": "ada@example.com"}),
        json!({"email": true, "push": true, "muted_topics": ["Ada Lovelace"]}),
        json!(["ada@example.com"]),
    ] {
        let (status, problem) = ask(&api, "PUT", "/customers/cus_1/preferences", Some(&body));
        assert_eq!(status, 400, "{body}");
        assert!(!problem.to_string().to_lowercase().contains("ada"), "{problem}");
    }
    for token in ["", "a b", "\u{fc}"] {
        let body = json!({"platform": "fcm", "token": token});
        assert_eq!(problem(&api, "PUT", "/customers/cus_1/devices/d", Some(&body)), (400, "bad-body".into()));
    }
    for length in [20_000, 1_000_000] {
        let large = json!({"platform": "fcm", "token": "x".repeat(length)});
        assert_eq!(problem(&api, "PUT", "/customers/cus_1/devices/d", Some(&large)), (413, "body-too-large".into()));
    }
}

#[test]
fn what_is_no_json_is_refused_however_it_is_wrong() {
    let api = api(Authorization::Iam);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for text in ["", " ", "{", "\u{feff}{}", "null", "{\"email\":true,\"email\":true,\"push\":true}", "\u{0}", &deep] {
        let mut request = request("PUT", "/customers/cus_1/preferences", None);
        request["body"] = json!(text);
        let response = send(&api, request);
        assert_eq!(response.status_code, 400, "{}", text.chars().take(40).collect::<String>());
        assert_eq!(response.headers["content-type"], "application/problem+json");
    }
}

#[test]
fn a_body_that_is_said_to_be_something_else_is_refused() {
    let api = api(Authorization::Iam);
    let put = |kind: &str| {
        let mut request = request("PUT", "/customers/cus_1/preferences", Some(&json!({"email": true, "push": true})));
        request["headers"] = json!({"content-type": kind});
        send(&api, request).status_code
    };
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        assert_eq!(put(kind), 200, "{kind}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        assert_eq!(put(kind), 415, "{kind}");
    }
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let api = api(Authorization::Iam);
    for (target, status) in [("/customers/cus_1/access", 200), ("/openapi.json", 200), ("/customers/a%20b/access", 400)]
    {
        let head = send(&api, request("HEAD", target, None));
        let get = send(&api, request("GET", target, None));
        assert_eq!((head.status_code, head.body), (status, None), "{target}");
        assert_eq!(head.headers, get.headers, "{target}");
    }
    assert_eq!(send(&api, request("HEAD", "/customers/cus_1/preferences", None)).status_code, 405);
}

#[test]
fn options_names_the_methods_of_a_path() {
    let api = api(Authorization::Iam);
    for (target, allow) in [
        ("/customers/cus_1/access", "GET, HEAD, OPTIONS"),
        ("/customers/cus_1/preferences", "PUT, OPTIONS"),
        ("/customers/cus_1/devices/d", "PUT, DELETE, OPTIONS"),
    ] {
        let answer = send(&api, request("OPTIONS", target, None));
        assert_eq!((answer.status_code, answer.headers["allow"].as_str()), (204, allow), "{target}");
        // A method that is not there says the same.
        assert_eq!(send(&api, request("PATCH", target, None)).headers["allow"], allow, "{target}");
    }
    assert_eq!(problem(&api, "OPTIONS", "/nothing", None), (404, "no-such-resource".into()));
}

#[test]
fn a_body_in_base64_is_read() {
    let api = api(Authorization::Iam);
    let mut request = request("PUT", "/customers/cus_1/preferences", None);
    request["body"] = json!(aws_smithy_types::base64::encode(r#"{"email":true,"push":false}"#));
    request["isBase64Encoded"] = json!(true);
    assert_eq!(send(&api, request).status_code, 200);
}

#[test]
fn a_request_that_is_not_authenticated_learns_nothing() {
    for (authorization, authorizer) in [
        (Authorization::Iam, Value::Null),
        (Authorization::Iam, json!({"iam": {}})),
        (Authorization::Iam, json!({"jwt": {"claims": {"custom:customer": "cus_1"}}})),
        (jwt(), Value::Null),
        (jwt(), json!({"iam": {"userArn": "arn"}})),
    ] {
        let api = api(authorization);
        for target in ["/customers/cus_1/access", "/openapi.json", "/nothing"] {
            let mut request = request("GET", target, None);
            request["requestContext"]["authorizer"] = authorizer.clone();
            assert_eq!(send(&api, request).status_code, 401, "{target} {authorizer}");
        }
    }
}

#[test]
fn a_token_is_good_for_its_own_customer_only() {
    let api = api(jwt());
    let ask = |claims: Value| {
        let mut request = request("GET", "/customers/cus_1/access", None);
        request["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
        send(&api, request).status_code
    };
    assert_eq!(ask(json!({"custom:customer": "cus_1"})), 200);
    assert_eq!(ask(json!({"custom:customer": "cus_2"})), 403);
    assert_eq!(ask(json!({"custom:customer": "[cus_1]"})), 403);
    assert_eq!(ask(json!({"sub": "cus_1"})), 403);
}

#[test]
fn the_stage_is_no_part_of_the_path() {
    let api = api(Authorization::Iam);
    let mut request = request("GET", "/v1/customers/cus_1/access", None);
    request["requestContext"]["stage"] = json!("v1");
    assert_eq!(send(&api, request).status_code, 200);
}

#[test]
fn without_loyalty_its_routes_are_not_there() {
    let api = Handler { loyalty: None, ..api(Authorization::Iam) };
    for target in ["/customers/cus_1/loyalty", "/customers/cus_1/ledger"] {
        assert_eq!(problem(&api, "GET", target, None), (404, "no-such-resource".into()));
    }
    assert_eq!(ask(&api, "GET", "/customers/cus_1/access", None).0, 200);
}

#[test]
fn every_route_of_the_document_is_answered_and_its_answers_have_the_documented_fields() {
    let api = api(Authorization::Iam);
    pay(&api, "pi_1", 40_000);
    fail_an_invoice(&api);
    let document = get(&api, "/openapi.json");
    for (path, operations) in document["paths"].as_object().unwrap() {
        let target = path.replace("{customer}", "cus_1").replace("{device}", "phone");
        for (method, operation) in operations.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let body = match operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
                None => None,
                Some("#/components/schemas/Preferences") => Some(json!({"email": true, "push": true})),
                Some("#/components/schemas/Device") => Some(json!({"platform": "fcm", "token": "t"})),
                Some(other) => panic!("no sample for {other}"),
            };
            let (status, answer) = ask(&api, &method.to_uppercase(), &target, body.as_ref());
            let documented = &operation["responses"][status.to_string()];
            assert!(status < 300 && !documented.is_null(), "{method} {target}: {status} {answer}");
            let schema = &documented["content"]["application/json"]["schema"];
            check_fields(&document, schema, &answer, &target);
        }
    }
}

/// The answer has exactly the documented fields, at every depth that the document describes.
fn check_fields(document: &Value, schema: &Value, answer: &Value, place: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(choice) = schema["oneOf"].as_array() {
        let chosen = choice.iter().find(|choice| answer.is_null() == (choice["type"] == "null")).unwrap();
        return check_fields(document, chosen, answer, place);
    }
    if let Some(items) = answer.as_array() {
        for item in items {
            check_fields(document, &schema["items"], item, place);
        }
    }
    if let (Some(properties), false) = (schema["properties"].as_object(), schema["additionalProperties"].is_null()) {
        let documented: BTreeSet<_> = properties.keys().collect();
        let there: BTreeSet<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(documented, there, "{place}");
        for (name, schema) in properties {
            check_fields(document, schema, &answer[name], &format!("{place}.{name}"));
        }
    }
}

#[test]
fn every_problem_that_the_code_names_is_in_the_list() {
    let sources = [
        include_str!("lib.rs"),
        include_str!("authorization.rs"),
        include_str!("body.rs"),
        include_str!("problem.rs"),
        include_str!("route.rs"),
    ];
    let named =
        sources.iter().flat_map(|source| source.split("new(\"").skip(1)).map(|rest| rest.split('"').next().unwrap());
    let mut count = 0_usize;
    for name in named {
        assert_eq!(problem::PROBLEMS.iter().filter(|(_, known, _)| *known == name).count(), 1, "{name}");
        count = count.saturating_add(1);
    }
    assert!(count >= problem::PROBLEMS.len(), "{count}");
}

fn config(more: &[(&'static str, &'static str)]) -> Result<Config, ConfigError> {
    let variables = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("CUSTOMERS_TABLE", "customers"),
        ("API_AUTH", "iam"),
        ("PAYMENT_MODE", "live"),
    ];
    Environment::from_pairs(variables.iter().chain(more).copied()).read(Config::from_environment)
}

#[test]
fn the_environment_decides_who_may_ask() {
    assert_eq!(config(&[]).unwrap().authorization, Authorization::Iam);
    let jwt = config(&[("API_AUTH", "jwt"), ("API_CUSTOMER_CLAIM", "sub")]).unwrap();
    assert_eq!(jwt.authorization, Authorization::Jwt { customer_claim: "sub".into() });
    for broken in [&[("API_AUTH", "jwt")][..], &[("API_AUTH", "none")], &[("PAYMENT_MODE", "both")]] {
        assert!(config(broken).is_err(), "{broken:?}");
    }
}
