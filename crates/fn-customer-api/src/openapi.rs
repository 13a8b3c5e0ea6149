//! The document that describes the API for machines. It is built here, served at `/openapi.json`, and held against the routes
//! and the real answers by tests.

use serde_json::{Value, json};

use crate::{Authorization, problem::PROBLEMS};

/// The `OpenAPI` 3.1 document of an API that asks for this authorization.
#[must_use]
pub fn document(authorization: &Authorization) -> Value {
    let (scheme, security) = security(authorization);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Paybus customers",
            "version": "1.0.0",
            "description": "What Paybus knows of a customer: access, points, offers; and what the customer wants to get.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{scheme: []}],
        "paths": paths(),
        "components": {
            "parameters": {
                "customer": {
                    "name": "customer", "in": "path", "required": true,
                    "description": "The processor's id of the customer.",
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,255}$"},
                    "example": "cus_NffrFeUfNV2Hib",
                },
                "device": {
                    "name": "device", "in": "path", "required": true,
                    "description": "The app's own id of the device or installation.",
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$"},
                    "example": "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
                },
            },
            "securitySchemes": {scheme: security},
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "What is wrong, as problem details (RFC 9457).",
                    "content": {"application/problem+json": {"schema": reference("Problem")}},
                },
                "Refused": {
                    "description": "The request is not authenticated, or is for another customer. Much of it API Gateway refuses itself, in its own words.",
                    "content": {
                        "application/problem+json": {"schema": reference("Problem")},
                        "application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}},
                    },
                },
            },
        },
    })
}

/// How clients show who they are.
fn security(authorization: &Authorization) -> (&'static str, Value) {
    match authorization {
        Authorization::Iam => (
            "signature",
            json!({
                "type": "apiKey", "name": "Authorization", "in": "header",
                "description": "AWS Signature Version 4 for the service execute-api; any AWS SDK or awscurl makes it.",
                "x-amazon-apigateway-authtype": "awsSigv4",
            }),
        ),
        Authorization::Jwt { .. } => (
            "token",
            json!({
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "A token of the customer's; it is good for the customer that it names.",
            }),
        ),
    }
}

fn paths() -> Value {
    let customer = json!({"$ref": "#/components/parameters/customer"});
    let device = json!({"$ref": "#/components/parameters/device"});
    json!({
        "/openapi.json": {"get": operation("describe", "This document.", &json!({
            "200": {"description": "The document.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "401": {"$ref": "#/components/responses/Refused"},
            "403": {"$ref": "#/components/responses/Refused"},
            "405": {"$ref": "#/components/responses/Problem"},
        }))},
        "/customers/{customer}/access": {
            "parameters": [customer],
            "get": operation("getAccess", "May this customer be given resources now? Nothing known means yes.", &answers("Access", &[400])),
        },
        "/customers/{customer}/loyalty": {
            "parameters": [customer],
            "get": operation("getLoyalty", "Balance, tier, points to the next tier, open offers.", &answers("Loyalty", &[400, 404])),
        },
        "/customers/{customer}/ledger": {
            "parameters": [customer, limit_parameter(), cursor_parameter()],
            "get": operation("getLedger", "The history of points, newest first. May lag behind by a moment.", &answers("Ledger", &[400, 404])),
        },
        "/customers/{customer}/preferences": {
            "parameters": [customer],
            "put": with_body("Preferences", operation("putPreferences", "Replaces what the customer wants to get.", &answers("Preferences", &[400, 410, 413, 415]))),
        },
        "/customers/{customer}/devices/{device}": {
            "parameters": [customer, device],
            "put": with_body("Device", operation("putDevice", "Registers a device, or gives it its new token.", &nothing(&[400, 410, 413, 415, 422]))),
            "delete": operation("deleteDevice", "Unregisters a device. One that is not there is fine.", &nothing(&[400])),
        },
    })
}

fn operation(id: &str, summary: &str, responses: &Value) -> Value {
    json!({"operationId": id, "summary": summary, "responses": responses})
}

fn with_body(schema: &str, mut operation: Value) -> Value {
    operation["requestBody"] =
        json!({"required": true, "content": {"application/json": {"schema": reference(schema)}}});
    operation
}

fn answers(schema: &str, problems: &[u16]) -> Value {
    let mut responses = problem_responses(problems);
    responses["200"] =
        json!({"description": "The answer.", "content": {"application/json": {"schema": reference(schema)}}});
    responses
}

fn nothing(problems: &[u16]) -> Value {
    let mut responses = problem_responses(problems);
    responses["204"] = json!({"description": "Done."});
    responses
}

/// Every route can be asked without authentication, for somebody else, by a wrong method, and at a bad moment.
fn problem_responses(problems: &[u16]) -> Value {
    let mut responses = json!({});
    for status in problems.iter().chain(&[405, 503]) {
        responses[status.to_string()] = json!({"$ref": "#/components/responses/Problem"});
    }
    for status in ["401", "403"] {
        responses[status] = json!({"$ref": "#/components/responses/Refused"});
    }
    responses
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn limit_parameter() -> Value {
    json!({
        "name": "limit", "in": "query", "description": "How many entries at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": crate::HIGHEST_LIMIT, "default": crate::USUAL_LIMIT},
    })
}

fn cursor_parameter() -> Value {
    json!({
        "name": "cursor", "in": "query", "description": "`next_cursor` of the answer before.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]+$"},
    })
}

fn schemas() -> Value {
    let time = json!({"type": "string", "format": "date-time"});
    let maybe_time = json!({"type": ["string", "null"], "format": "date-time"});
    let maybe_text = json!({"type": ["string", "null"]});
    let points = json!({"type": "integer", "format": "int64"});
    let maybe_minor =
        json!({"type": ["integer", "null"], "format": "int64", "description": "In minor units of the currency."});
    let names: Vec<String> = PROBLEMS.iter().map(|(_, name, _)| format!("urn:paybus:problem:{name}")).collect();
    json!({
        "Access": object(&json!({
            "customer": {"type": "string"},
            "allowed": {"type": "boolean", "description": "Whether the customer may be given resources now."},
            "status": {"enum": ["active", "grace", "held", "restored"]},
            "since": maybe_time,
            "until": {"type": ["string", "null"], "format": "date-time", "description": "When grace ends."},
            "trouble_since": {"type": ["string", "null"], "format": "date-time", "description": "The first failed attempt, in grace and held."},
            "reason": {
                "type": "object", "required": ["kind"],
                "description": "Why, for machines: `kind` says what, the other fields which object.",
                "properties": {"kind": {"type": "string"}},
            },
            "explanation": {"type": "string", "description": "Why, in a sentence."},
        })),
        "Loyalty": object(&json!({
            "customer": {"type": "string"},
            "balance": points,
            "qualifying": points,
            "tier": maybe_text,
            "next_tier": {"oneOf": [{"type": "null"}, reference("NextTier")]},
            "lifetime_minor": points,
            "currency": maybe_text,
            "offers": {"type": "array", "items": reference("Offer")},
        })),
        "NextTier": object(&json!({"tier": {"type": "string"}, "from": points, "points_missing": points})),
        "Offer": object(&json!({
            "name": {"type": "string"}, "title": {"type": "string"}, "because": maybe_text, "expires_at": time,
        })),
        "Ledger": object(&json!({
            "customer": {"type": "string"},
            "entries": {"type": "array", "items": reference("Entry")},
            "next_cursor": {"type": ["string", "null"], "description": "Ask again with it for what is older; null at the end."},
        })),
        "Entry": object(&json!({
            "id": {"type": "string"},
            "kind": {"type": "string"},
            "points": points,
            "reason": {"type": "string"},
            "occurred_at": time,
            "amount_minor": maybe_minor,
            "currency": maybe_text,
            "balance_after": points,
            "tier_after": maybe_text,
        })),
        "Preferences": {
            "type": "object", "additionalProperties": false, "required": ["email", "push"],
            "properties": {
                "email": {"type": "boolean", "description": "Emails that are not about the customer's own payments."},
                "push": {"type": "boolean", "description": "Push notifications."},
                "muted_topics": {
                    "type": "array", "maxItems": 20,
                    "items": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"},
                },
            },
        },
        "Device": object(&json!({
            "platform": {"enum": ["apns", "apns_sandbox", "fcm"]},
            "token": {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[!-~]+$"},
        })),
        "Problem": object(&json!({
            "type": {"enum": names},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        })),
    })
}

/// An object that has all of these properties and no others.
fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(|properties| properties.keys()).collect();
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}
