//! The routes: each names the document it follows, and knows its parameters.
#![expect(clippy::unnecessary_wraps, reason = "every route has one shape, also those that never refuse")]

use serde_json::{Map, Value, json};

use crate::store::Store;

type Parameters = Map<String, Value>;
type Outcome = Result<Value, Refusal>;

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The path, with `{id}` where an id stands.
    pub(crate) path: &'static str,
    /// The page of docs.stripe.com/api that it follows.
    pub(crate) document: &'static str,
    /// Every parameter that we may send.
    pub(crate) parameters: &'static [&'static str],
    /// Those without which Stripe refuses.
    pub(crate) required: &'static [&'static str],
    pub(crate) act: fn(&mut Store, &[String], &Parameters) -> Outcome,
}

impl Route {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Why a request is refused, in Stripe's shape (docs.stripe.com/api/errors).
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) param: Option<String>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn invalid(status: u16, code: Option<&'static str>, param: Option<&str>, message: String) -> Self {
        Self { status, kind: "invalid_request_error", code, param: param.map(str::to_owned), message }
    }

    pub(crate) fn server_error(status: u16) -> Self {
        let message = "An unknown error occurred".to_owned();
        Self { status, kind: "api_error", code: None, param: None, message }
    }

    fn missing(kind: &str, id: &str) -> Self {
        Self::invalid(404, Some("resource_missing"), Some("id"), format!("No such {kind}: '{id}'"))
    }

    pub(crate) fn into_answer(self) -> (u16, String) {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Some(code) = self.code {
            error["code"] = json!(code);
        }
        if let Some(param) = self.param {
            error["param"] = json!(param);
        }
        (self.status, json!({"error": error}).to_string())
    }
}

/// The route of a request, and the ids in its path.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| Some((route, ids_in(route.path, path)?)))
}

fn ids_in(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (expected, found) in pattern.into_iter().zip(path) {
        match expected {
            "{id}" if !found.is_empty() => ids.push(found.to_owned()),
            expected if expected == found => {}
            _ => return None,
        }
    }
    Some(ids)
}

const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/customers",
        document: "customers/list",
        parameters: &["limit", "starting_after"],
        required: &[],
        act: customers,
    },
    Route {
        method: "GET",
        path: "/v1/customers/{id}",
        document: "customers/retrieve",
        parameters: &[],
        required: &[],
        act: |store, ids, _| get(store, "customers", "customer", &ids[0]),
    },
    Route {
        method: "GET",
        path: "/v1/customers/{id}/balance_transactions",
        document: "customer_balance_transactions/list",
        parameters: &["limit", "starting_after"],
        required: &[],
        act: balance_transactions,
    },
    Route {
        method: "POST",
        path: "/v1/customers/{id}/balance_transactions",
        document: "customer_balance_transactions/create",
        parameters: &["amount", "currency", "description", "metadata"],
        required: &["amount", "currency"],
        act: change_balance,
    },
    Route {
        method: "GET",
        path: "/v1/subscriptions",
        document: "subscriptions/list",
        parameters: &["customer", "limit", "starting_after"],
        required: &[],
        act: subscriptions,
    },
    Route {
        method: "POST",
        path: "/v1/coupons",
        document: "coupons/create",
        parameters: &["id", "name", "duration", "percent_off", "amount_off", "currency", "metadata"],
        required: &[],
        act: create_coupon,
    },
    Route {
        method: "GET",
        path: "/v1/coupons/{id}",
        document: "coupons/retrieve",
        parameters: &[],
        required: &[],
        act: |store, ids, _| get(store, "coupons", "coupon", &ids[0]),
    },
    Route {
        method: "GET",
        path: "/v1/promotion_codes",
        document: "promotion_codes/list",
        parameters: &["coupon", "customer", "limit", "starting_after"],
        required: &[],
        act: promotion_codes,
    },
    Route {
        method: "POST",
        path: "/v1/promotion_codes",
        document: "promotion_codes/create",
        parameters: &["promotion", "customer", "max_redemptions", "expires_at", "metadata"],
        required: &["promotion"],
        act: create_promotion_code,
    },
    Route {
        method: "POST",
        path: "/v1/promotion_codes/{id}",
        document: "promotion_codes/update",
        parameters: &["active", "metadata"],
        required: &[],
        act: update_promotion_code,
    },
    Route {
        method: "GET",
        path: "/v1/customers/{id}/payment_methods",
        document: "payment_methods/customer_list",
        parameters: &["type", "limit", "starting_after"],
        required: &[],
        act: |store, ids, parameters| children(store, "payment_methods", "customer", &ids[0], parameters),
    },
    Route {
        method: "GET",
        path: "/v1/invoice_payments",
        document: "invoice-payment/list",
        parameters: &["payment", "invoice", "status", "expand", "limit", "starting_after"],
        required: &[],
        act: invoice_payments,
    },
    Route {
        method: "GET",
        path: "/v1/invoices/{id}",
        document: "invoices/retrieve",
        parameters: &[],
        required: &[],
        act: |store, ids, _| get(store, "invoices", "invoice", &ids[0]),
    },
    Route {
        method: "GET",
        path: "/v1/invoices/{id}/lines",
        document: "invoice-line-item/list",
        parameters: &["expand", "limit", "starting_after"],
        required: &[],
        act: |store, ids, parameters| children(store, "invoice_lines", "invoice", &ids[0], parameters),
    },
    Route {
        method: "GET",
        path: "/v1/checkout/sessions",
        document: "checkout/sessions/list",
        parameters: &["payment_intent", "limit", "starting_after"],
        required: &[],
        act: checkout_sessions,
    },
    Route {
        method: "GET",
        path: "/v1/checkout/sessions/{id}/line_items",
        document: "checkout/sessions/line_items",
        parameters: &["expand", "limit", "starting_after"],
        required: &[],
        act: |store, ids, parameters| children(store, "checkout_lines", "session", &ids[0], parameters),
    },
    Route {
        method: "GET",
        path: "/v1/events",
        document: "events/list",
        parameters: &["created", "delivery_success", "types", "limit", "starting_after"],
        required: &[],
        act: events,
    },
    Route {
        method: "GET",
        path: "/v2/core/event_destinations",
        document: "v2/core/event-destinations/list",
        parameters: &["limit", "page", "include"],
        required: &[],
        act: |store, _, _| {
            Ok(json!({"data": store.all("event_destinations"), "next_page_url": null, "previous_page_url": null}))
        },
    },
    Route {
        method: "POST",
        path: "/v2/core/event_destinations",
        document: "v2/core/event-destinations/create",
        parameters: &[
            "name",
            "type",
            "event_payload",
            "enabled_events",
            "events_from",
            "amazon_eventbridge",
            "description",
            "metadata",
            "snapshot_api_version",
            "include",
        ],
        required: &["name", "type", "event_payload", "enabled_events"],
        act: create_destination,
    },
    Route {
        method: "GET",
        path: "/v2/core/event_destinations/{id}",
        document: "v2/core/event-destinations/retrieve",
        parameters: &["include"],
        required: &[],
        act: |store, ids, _| get(store, "event_destinations", "event destination", &ids[0]),
    },
    Route {
        method: "POST",
        path: "/v2/core/event_destinations/{id}",
        document: "v2/core/event-destinations/update",
        parameters: &["name", "description", "enabled_events", "metadata", "include"],
        required: &[],
        act: update_destination,
    },
    Route {
        method: "DELETE",
        path: "/v2/core/event_destinations/{id}",
        document: "v2/core/event-destinations/delete",
        parameters: &[],
        required: &[],
        act: delete_destination,
    },
    Route {
        method: "POST",
        path: "/v2/core/event_destinations/{id}/enable",
        document: "v2/core/event-destinations/enable",
        parameters: &["include"],
        required: &[],
        act: |store, ids, _| switch(store, &ids[0], "enabled"),
    },
    Route {
        method: "POST",
        path: "/v2/core/event_destinations/{id}/disable",
        document: "v2/core/event-destinations/disable",
        parameters: &["include"],
        required: &[],
        act: |store, ids, _| switch(store, &ids[0], "disabled"),
    },
    Route {
        method: "POST",
        path: "/v2/core/event_destinations/{id}/ping",
        document: "v2/core/event-destinations/ping",
        parameters: &[],
        required: &[],
        act: ping,
    },
];

fn get(store: &Store, collection: &str, kind: &str, id: &str) -> Outcome {
    store.get(collection, id).cloned().ok_or_else(|| Refusal::missing(kind, id))
}

/// The objects of a parent. They are stored with their prices and products inside; without `expand` Stripe gives ids there.
fn children(store: &Store, collection: &str, parent: &str, id: &str, parameters: &Parameters) -> Outcome {
    refuse_deep_expansions(parameters)?;
    Ok(store.list(collection, parameters, |object| object[parent] == id))
}

/// "Expansions have a maximum depth of four levels" (<https://docs.stripe.com/api/expanding_objects>).
fn refuse_deep_expansions(parameters: &Parameters) -> Result<(), Refusal> {
    let paths = parameters.get("expand").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let deep = paths.filter_map(Value::as_str).find(|path| path.split('.').count() > 4);
    match deep {
        None => Ok(()),
        Some(path) => {
            let message = format!("You cannot expand more than 4 levels of a property. Property: {path}");
            Err(Refusal::invalid(400, None, Some("expand"), message))
        }
    }
}

fn customer(store: &Store, id: &str) -> Outcome {
    let customer = get(store, "customers", "customer", id)?;
    if customer["deleted"] == true { Err(Refusal::missing("customer", id)) } else { Ok(customer) }
}

/// "Returns a list of your customers, sorted by creation date, with the most recent customers appearing first"; deleted ones are
/// left out. "A limit can range between 1 and 100"; behind a customer that is not there is no page.
fn customers(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let is_limit = |limit: i64| (1..=100).contains(&limit);
    if !integer(parameters, "limit")?.is_none_or(is_limit) {
        let message = "A limit is between 1 and 100.".to_owned();
        return Err(Refusal::invalid(400, Some("parameter_invalid_integer"), Some("limit"), message));
    }
    if let Some(after) = text(parameters, "starting_after")
        && customer(store, after).is_err()
    {
        let message = format!("No such customer: '{after}'");
        return Err(Refusal::invalid(400, Some("resource_missing"), Some("starting_after"), message));
    }
    Ok(store.list("customers", parameters, |customer| customer["deleted"] != true))
}

fn balance_transactions(store: &mut Store, ids: &[String], parameters: &Parameters) -> Outcome {
    customer(store, &ids[0])?;
    children(store, "balance_transactions", "customer", &ids[0], parameters)
}

/// "Most of the customer balance transaction fields are immutable"; the amount is an integer, negative to credit the customer.
fn change_balance(store: &mut Store, ids: &[String], parameters: &Parameters) -> Outcome {
    let owner = customer(store, &ids[0])?;
    let amount = integer(parameters, "amount")?.unwrap_or_default();
    let currency = text(parameters, "currency");
    if owner["currency"].as_str().is_some_and(|own| Some(own) != currency) {
        let message = "The currency does not match the customer's.".to_owned();
        return Err(Refusal::invalid(400, None, Some("currency"), message));
    }
    let balance = owner["balance"].as_i64().unwrap_or_default().saturating_add(amount);
    if let Some(owner) = store.get_mut("customers", &ids[0]) {
        owner["balance"] = json!(balance);
        owner["currency"] = json!(currency);
    }
    let object = json!({
        "id": store.new_id("cbtxn"), "object": "customer_balance_transaction", "amount": amount, "currency": currency,
        "customer": ids[0], "description": parameters.get("description"), "ending_balance": balance, "type": "adjustment",
        "metadata": metadata(parameters), "livemode": false,
    });
    store.put("balance_transactions", object.clone());
    Ok(object)
}

/// Without `status` the list holds "all subscriptions that have not been canceled".
fn subscriptions(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let customer = text(parameters, "customer");
    Ok(store.list("subscriptions", parameters, |subscription| {
        subscription["status"] != "canceled" && customer.is_none_or(|id| subscription["customer"] == id)
    }))
}

fn create_coupon(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let id = text(parameters, "id").map_or_else(|| store.new_id("coupon"), str::to_owned);
    if store.get("coupons", &id).is_some() {
        let message = "Coupon already exists.".to_owned();
        return Err(Refusal::invalid(400, Some("resource_already_exists"), Some("id"), message));
    }
    let (percent, amount) = (integer(parameters, "percent_off")?, integer(parameters, "amount_off")?);
    if percent.is_some() == amount.is_some() || (amount.is_some() && !parameters.contains_key("currency")) {
        let message = "You must pass either percent_off, or amount_off and currency.".to_owned();
        return Err(Refusal::invalid(400, None, None, message));
    }
    if text(parameters, "name").is_some_and(|name| name.chars().count() > 40) {
        let message = "Invalid string: must be at most 40 characters".to_owned();
        return Err(Refusal::invalid(400, None, Some("name"), message));
    }
    let object = json!({
        "id": id, "object": "coupon", "name": parameters.get("name"), "duration": parameters.get("duration"),
        "percent_off": percent, "amount_off": amount, "currency": parameters.get("currency"), "valid": true,
        "metadata": metadata(parameters), "livemode": false,
    });
    store.put("coupons", object.clone());
    Ok(object)
}

fn promotion_codes(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let (customer, coupon) = (text(parameters, "customer"), text(parameters, "coupon"));
    Ok(store.list("promotion_codes", parameters, |code| {
        customer.is_none_or(|id| code["customer"] == id) && coupon.is_none_or(|id| code["promotion"]["coupon"] == id)
    }))
}

/// Since 2025-09-30.clover the coupon is named by `promotion`.
fn create_promotion_code(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let promotion = parameters.get("promotion").cloned().unwrap_or_default();
    let coupon = promotion["coupon"].as_str().unwrap_or_default();
    if promotion["type"] != "coupon" {
        let message = "Invalid promotion[type]: must be coupon".to_owned();
        return Err(Refusal::invalid(400, None, Some("promotion[type]"), message));
    }
    get(store, "coupons", "coupon", coupon)?;
    if let Some(id) = text(parameters, "customer") {
        customer(store, id)?;
    }
    let id = store.new_id("promo");
    let code = id.to_uppercase().replace("PROMO_", "");
    let object = json!({
        "id": id, "object": "promotion_code", "code": code, "active": true,
        "promotion": {"type": "coupon", "coupon": coupon}, "customer": parameters.get("customer"),
        "max_redemptions": integer(parameters, "max_redemptions")?, "times_redeemed": 0,
        "expires_at": integer(parameters, "expires_at")?, "metadata": metadata(parameters), "livemode": false,
    });
    store.put("promotion_codes", object.clone());
    Ok(object)
}

fn update_promotion_code(store: &mut Store, ids: &[String], parameters: &Parameters) -> Outcome {
    let code = store.get_mut("promotion_codes", &ids[0]).ok_or_else(|| Refusal::missing("promotion code", &ids[0]))?;
    if let Some(active) = text(parameters, "active") {
        code["active"] = json!(active == "true");
    }
    merge_metadata(code, parameters);
    Ok(code.clone())
}

/// What is to be expanded must be kept expanded: the fake knows no references.
fn invoice_payments(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let of_payment = parameters.get("payment").and_then(Value::as_object);
    // "payment.type: Only return invoice payments associated by this payment type", required beside the id.
    if of_payment.is_some_and(|payment| payment.get("type").is_none_or(|kind| *kind != "payment_intent")) {
        let message = "Missing required param: payment[type].".to_owned();
        return Err(Refusal::invalid(400, Some("parameter_missing"), Some("payment[type]"), message));
    }
    let payment = parameters.get("payment").and_then(|payment| payment["payment_intent"].as_str());
    let (invoice, status) = (text(parameters, "invoice"), text(parameters, "status"));
    Ok(store.list("invoice_payments", parameters, |found| {
        payment.is_none_or(|id| found["payment"]["payment_intent"] == id)
            && invoice.is_none_or(|id| found["invoice"] == id)
            && status.is_none_or(|status| found["status"] == status)
    }))
}

fn checkout_sessions(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let payment = text(parameters, "payment_intent");
    Ok(store.list("checkout_sessions", parameters, |session| payment.is_none_or(|id| session["payment_intent"] == id)))
}

fn events(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let bound = |name: &str| parameters.get("created").and_then(|created| created[name].as_str()?.parse::<i64>().ok());
    let (from, before) = (bound("gte"), bound("lt"));
    let types = parameters.get("types").and_then(Value::as_object);
    Ok(store.list("events", parameters, |event| {
        let created = event["created"].as_i64().unwrap_or_default();
        from.is_none_or(|from| created >= from)
            && before.is_none_or(|before| created < before)
            && types.is_none_or(|types| types.values().any(|kind| *kind == event["type"]))
    }))
}

fn create_destination(store: &mut Store, _: &[String], parameters: &Parameters) -> Outcome {
    let id = store.new_id("ed_test");
    let mut target = parameters.get("amazon_eventbridge").cloned().unwrap_or_default();
    if parameters["type"] == "amazon_eventbridge" {
        let region = target["aws_region"].as_str().unwrap_or_default();
        let arn = format!("arn:aws:events:{region}::event-source/aws.partner/stripe.com/{id}");
        target["aws_event_source_arn"] = json!(arn);
        target["aws_event_source_status"] = json!("pending");
    }
    let mut object = Value::Object(parameters.clone());
    object["id"] = json!(id);
    object["object"] = json!("v2.core.event_destination");
    object["status"] = json!("enabled");
    object["livemode"] = json!(false);
    object["amazon_eventbridge"] = target;
    store.put("event_destinations", object.clone());
    Ok(object)
}

fn update_destination(store: &mut Store, ids: &[String], parameters: &Parameters) -> Outcome {
    let destination = destination(store, &ids[0])?;
    for (name, value) in parameters.iter().filter(|(name, _)| *name != "metadata") {
        destination[name] = value.clone();
    }
    merge_metadata(destination, parameters);
    Ok(destination.clone())
}

fn delete_destination(store: &mut Store, ids: &[String], _: &Parameters) -> Outcome {
    if store.remove("event_destinations", &ids[0]) {
        Ok(json!({"id": ids[0], "object": "v2.core.event_destination"}))
    } else {
        Err(Refusal::missing("event destination", &ids[0]))
    }
}

fn switch(store: &mut Store, id: &str, status: &str) -> Outcome {
    let destination = destination(store, id)?;
    destination["status"] = json!(status);
    Ok(destination.clone())
}

fn ping(store: &mut Store, ids: &[String], _: &Parameters) -> Outcome {
    destination(store, &ids[0])?;
    let id = store.new_id("evt_test");
    let event = json!({
        "id": id, "object": "v2.core.event", "type": "v2.core.event_destination.ping", "livemode": false,
        "related_object": {"id": ids[0], "type": "v2.core.event_destination"},
    });
    store.put("pings", event.clone());
    Ok(event)
}

fn destination<'s>(store: &'s mut Store, id: &str) -> Result<&'s mut Value, Refusal> {
    store.get_mut("event_destinations", id).ok_or_else(|| Refusal::missing("event destination", id))
}

fn text<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    parameters.get(name).and_then(Value::as_str)
}

fn integer(parameters: &Parameters, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(written) = text(parameters, name) else { return Ok(None) };
    let refusal =
        || Refusal::invalid(400, Some("parameter_invalid_integer"), Some(name), format!("Invalid integer: {written}"));
    written.parse().map(Some).map_err(|_| refusal())
}

/// The metadata of a new object.
fn metadata(parameters: &Parameters) -> Value {
    let mut object = json!({});
    merge_metadata(&mut object, parameters);
    object["metadata"].take()
}

/// Metadata that is sent is added to what is there: "Individual keys can be unset by posting an empty value to them. All keys can
/// be unset by posting an empty value to `metadata`." In v2 the empty value is null.
fn merge_metadata(object: &mut Value, parameters: &Parameters) {
    let is_empty = |value: &Value| value.is_null() || value == "";
    if !object["metadata"].is_object() || parameters.get("metadata").is_some_and(is_empty) {
        object["metadata"] = json!({});
    }
    let (Some(changes), Some(stored)) =
        (parameters.get("metadata").and_then(Value::as_object), object["metadata"].as_object_mut())
    else {
        return;
    };
    for (name, value) in changes {
        if is_empty(value) {
            stored.remove(name);
        } else {
            stored.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_names_its_document_and_knows_what_it_requires() {
        for route in ROUTES {
            assert!(!route.document.is_empty(), "{}", route.name());
            for required in route.required {
                assert!(route.parameters.contains(required), "{} {required}", route.name());
            }
        }
    }

    #[test]
    fn a_path_finds_the_most_exact_route() {
        let name = |method: &str, path: &str| find(method, path).map(|(route, ids)| (route.name(), ids));
        assert_eq!(name("GET", "/v1/customers"), Some(("GET /v1/customers".to_owned(), vec![])));
        let ids = vec!["cus_1".to_owned()];
        assert_eq!(name("GET", "/v1/customers/cus_1"), Some(("GET /v1/customers/{id}".to_owned(), ids)));
        assert_eq!(name("DELETE", "/v1/customers/cus_1"), None);
    }
}
