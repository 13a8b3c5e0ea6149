use super::*;

fn account() -> Fake {
    let mut fake = Fake::new();
    fake.put("customers", json!({"id": "cus_1", "object": "customer", "balance": 0}));
    fake
}

fn question(method: &str, path: &str, key: &str, body: &str) -> Question {
    let headers =
        [("authorization", "Bearer rk_test_1"), ("stripe-version", "2026-07-29.dahlia"), ("idempotency-key", key)];
    Question {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.as_bytes().to_vec(),
    }
}

const CREDIT: &str = "/v1/customers/cus_1/balance_transactions";

fn credit(fake: &mut Fake, key: &str, amount: i64) -> (u16, Value, bool) {
    read(fake.answer(&question("POST", CREDIT, key, &format!("amount={amount}&currency=usd"))))
}

fn read(answer: Answer) -> (u16, Value, bool) {
    let Answer::Said { status, headers, body } = answer else { panic!("{answer:?}") };
    (status, serde_json::from_str(&body).unwrap(), headers.contains_key("idempotent-replayed"))
}

#[test]
fn a_key_used_again_replays_and_with_other_parameters_is_refused() {
    let mut fake = account();
    let (status, made, replayed) = credit(&mut fake, "k", -500);
    assert_eq!((status, replayed), (200, false));
    assert_eq!(credit(&mut fake, "k", -500), (200, made, true));
    let (status, error, _) = credit(&mut fake, "k", -600);
    assert_eq!((status, &error["error"]["type"]), (400, &json!("idempotency_error")));
    assert_eq!(fake.all("balance_transactions").len(), 1);
    fake.forget_idempotency_keys();
    credit(&mut fake, "k", -500);
    assert_eq!(fake.all("balance_transactions").len(), 2, "a forgotten key is a new one");
}

#[test]
fn server_errors_are_bound_to_the_key_and_conflicts_are_not() {
    let mut fake = account();
    let route = "POST /v1/customers/{id}/balance_transactions";
    fake.fail_next(route, Fault::ServerError);
    assert_eq!(credit(&mut fake, "spent", -500).0, 500);
    let (status, _, replayed) = credit(&mut fake, "spent", -500);
    assert_eq!((status, replayed), (500, true));
    for (fault, expected) in [(Fault::Conflict, 409), (Fault::TooMany, 429), (Fault::Unavailable, 503)] {
        fake.fail_next(route, fault);
        assert_eq!(credit(&mut fake, "fresh", -500).0, expected);
    }
    assert!(fake.all("balance_transactions").is_empty());
    assert_eq!(credit(&mut fake, "fresh", -500).0, 200);
}

#[test]
fn a_lost_answer_has_had_its_effect() {
    let mut fake = account();
    fake.fail_next("POST /v1/customers/{id}/balance_transactions", Fault::Lost);
    assert_eq!(fake.answer(&question("POST", CREDIT, "k", "amount=-5&currency=usd")), Answer::Lost);
    assert_eq!(credit_count(&fake), 1);
    assert!(read(fake.answer(&question("POST", CREDIT, "k", "amount=-5&currency=usd"))).2);
    assert_eq!(credit_count(&fake), 1);
}

fn credit_count(fake: &Fake) -> usize {
    fake.all("balance_transactions").len()
}

#[test]
fn what_stripe_or_we_would_not_send_is_refused() {
    let mut fake = account();
    let mut check = |question: Question, status: u16, code: Option<&str>| {
        let (found, error, _) = read(fake.answer(&question));
        assert_eq!((found, error["error"]["code"].as_str()), (status, code), "{question:?}");
    };
    check(question("POST", CREDIT, "k1", "amount=-5&currency=usd&colour=red"), 400, Some("parameter_unknown"));
    check(question("POST", CREDIT, "k2", "currency=usd"), 400, Some("parameter_missing"));
    check(question("POST", CREDIT, "k3", "amount=5.5&currency=usd"), 400, Some("parameter_invalid_integer"));
    check(question("GET", "/v1/customers/cus_2", "", ""), 404, Some("resource_missing"));
    check(question("GET", "/v1/charges", "", ""), 404, None);
    let mut unversioned = question("GET", "/v1/customers/cus_1", "", "");
    unversioned.headers.remove("stripe-version");
    check(unversioned, 400, None);
    check(question("POST", CREDIT, "", "amount=-5&currency=usd"), 400, None);
    let mut strange = question("GET", "/v1/customers/cus_1", "", "");
    strange.headers.insert("authorization".to_owned(), "Bearer pk_test_1".to_owned());
    check(strange, 401, None);
}

#[test]
fn a_list_has_pages_newest_first() {
    let mut fake = account();
    for number in 1..=3 {
        credit(&mut fake, &format!("k{number}"), -number);
    }
    let (_, first, _) = read(fake.answer(&question("GET", &format!("{CREDIT}?limit=2"), "", "")));
    assert_eq!((&first["data"][0]["amount"], &first["has_more"]), (&json!(-3), &json!(true)));
    let last = first["data"][1]["id"].as_str().unwrap();
    let (_, second, _) =
        read(fake.answer(&question("GET", &format!("{CREDIT}?limit=2&starting_after={last}"), "", "")));
    assert_eq!((&second["data"][0]["amount"], &second["has_more"]), (&json!(-1), &json!(false)));
}

#[test]
fn metadata_that_is_sent_is_added_and_an_empty_value_takes_away() {
    let mut fake = account();
    let code = json!({"id": "promo_1", "active": true, "metadata": {"paybus_reward": "gold", "campaign": "autumn"}});
    fake.put("promotion_codes", code);
    let mut change = |key: &str, body: &str| {
        let (status, changed, _) = read(fake.answer(&question("POST", "/v1/promotion_codes/promo_1", key, body)));
        assert_eq!(status, 200);
        changed["metadata"].clone()
    };
    assert_eq!(change("k1", "active=false"), json!({"paybus_reward": "gold", "campaign": "autumn"}));
    let changed = change("k2", "metadata[campaign]=&metadata[note]=a+b");
    assert_eq!(changed, json!({"paybus_reward": "gold", "note": "a b"}));
    assert_eq!(change("k3", "metadata="), json!({}));
}

#[test]
fn in_v2_null_takes_metadata_away() {
    let mut fake = account();
    fake.put("event_destinations", json!({"id": "ed_1", "name": "a", "metadata": {"stack": "s", "team": "t"}}));
    let body = json!({"name": "b", "metadata": {"team": null, "note": "n"}}).to_string();
    let (status, changed, _) = read(fake.answer(&question("POST", "/v2/core/event_destinations/ed_1", "k", &body)));
    assert_eq!(status, 200);
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("b"), &json!({"stack": "s", "note": "n"})));
}

#[test]
fn a_question_may_be_met_with_silence_and_has_had_its_effect() {
    let mut fake = account();
    fake.fail_next("POST /v1/customers/{id}/balance_transactions", Fault::Silence);
    assert_eq!(fake.answer(&question("POST", CREDIT, "k", "amount=-5&currency=usd")), Answer::Silence);
    assert!(read(fake.answer(&question("POST", CREDIT, "k", "amount=-5&currency=usd"))).2);
    assert_eq!(credit_count(&fake), 1);
}

#[test]
fn faults_and_objects_can_be_ordered_from_outside() {
    let mut fake = Fake::new();
    let order = |fake: &mut Fake, method: &str, path: &str, body: &Value| {
        let (status, answer, _) = read(fake.answer(&question(method, path, "", &body.to_string())));
        (status, answer)
    };
    assert_eq!(order(&mut fake, "PUT", "/_fake/customers", &json!([{"id": "cus_1"}])).0, 200);
    assert_eq!(order(&mut fake, "PUT", "/_fake/customers", &json!([{"name": "no id"}])).0, 400);
    let fault = json!({"route": "GET /v1/customers/{id}", "fault": "too_many"});
    assert_eq!(order(&mut fake, "POST", "/_fake/faults", &fault).0, 200);
    let fault = json!({"route": "GET /v1/customers/{id}", "fault": "meteor"});
    assert_eq!(order(&mut fake, "POST", "/_fake/faults", &fault).0, 400);
    assert_eq!(read(fake.answer(&question("GET", "/v1/customers/cus_1", "", ""))).0, 429);
    assert_eq!(read(fake.answer(&question("GET", "/v1/customers/cus_1", "", ""))).0, 200);
    let (_, calls) = order(&mut fake, "GET", "/_fake/calls", &Value::Null);
    let statuses: Vec<_> = calls.as_array().unwrap().iter().map(|call| call["status"].clone()).collect();
    assert_eq!(statuses, [json!(429), json!(200)]);
    assert_eq!(order(&mut fake, "GET", "/_fake/customers", &Value::Null), (200, json!([{"id": "cus_1"}])));
}
