//! Program documents: what is accepted, what is refused and how it is said, and that the published schema agrees.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use loyalty::{Points, Program, program::SCHEMA};
use serde_json::{Value, json};

/// The default program with one place changed; `null` removes it.
fn changed(pointer: &str, value: Value) -> Value {
    let mut document: Value = serde_json::from_str(loyalty::program::DEFAULT).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(object), Value::Null) => {
            object.remove(name);
        }
        (Value::Object(object), value) => {
            object.insert(name.to_owned(), value);
        }
        (parent, value) => parent[name.parse::<usize>().unwrap()] = value,
    }
    document
}

fn problems(document: &Value) -> Vec<String> {
    match Program::parse(&document.to_string()) {
        Ok(_) => Vec::new(),
        Err(error) => error.0.iter().map(ToString::to_string).collect(),
    }
}

/// Documents with one mistake each, and what is said about it.
fn mistakes() -> Vec<(Value, &'static str)> {
    let promotion = |starts_at: &str, ends_at: &str| json!([{ "name": "weekend", "factor": "3", "starts_at": starts_at, "ends_at": ends_at }]);
    vec![
        (changed("/version", json!(0)), "$.version: must be at least 1, not 0"),
        (changed("/version", json!("1")), "$.version: invalid type: string \"1\", expected a whole number from 0 on"),
        (changed("/colour", json!("red")), "$.colour: unknown field `colour`"),
        (changed("/currency/base", json!("dollar")), "$.currency.base: \"dollar\" is no currency code"),
        (changed("/currency/rates", json!({ "eur": "0" })), "$.currency.rates.eur: must be above 0, not 0"),
        (
            changed("/currency/rates", json!({ "eur": 1.08 })),
            "$.currency.rates.eur: invalid type: floating point `1.08`",
        ),
        (changed("/currency/rates", json!({ "eur": "1,08" })), "$.currency.rates.eur: invalid value: string \"1,08\""),
        (changed("/earning/points_per_unit", json!("-1")), "$.earning.points_per_unit: invalid value"),
        (changed("/earning/points_per_unit", json!("1/0")), "$.earning.points_per_unit: invalid value"),
        (changed("/earning/rounding", json!("nearest")), "$.earning.rounding: unknown variant `nearest`"),
        (
            changed("/earning/multipliers/0/category", json!("Premium")),
            "$.earning.multipliers[0].category: must be 1 to 40",
        ),
        (changed("/earning/multipliers/0/factor", json!("two")), "$.earning.multipliers[0].factor: invalid value"),
        (changed("/earning/cap_per_payment", json!(0)), "$.earning.cap_per_payment: must be at least 1, not 0"),
        (
            changed("/earning/cap_per_day", json!({ "points": 10, "utc_offset_minutes": 900 })),
            "$.earning.cap_per_day.utc_offset_minutes: must be from -840 to 840, not 900",
        ),
        (
            changed("/earning/promotions", promotion("2026-11-27", "2026-11-28T00:00:00Z")),
            "$.earning.promotions[0].starts_at: ",
        ),
        (
            changed("/earning/promotions", promotion("2026-11-27T00:00:00", "2026-11-28T00:00:00Z")),
            "$.earning.promotions[0].starts_at: invalid value: string \"2026-11-27T00:00:00\", expected a date and time with its \
             offset from UTC, such as \"2026-11-27T00:00:00-05:00\"",
        ),
        (
            changed(
                "/earning/promotions",
                promotion("2026-11-27T00:00:00+02:00[America/New_York]", "2026-11-28T00:00:00Z"),
            ),
            "$.earning.promotions[0].starts_at: ",
        ),
        (changed("/earning/stacking", json!(5)), "$.earning.stacking: invalid type: integer `5`, expected a text"),
        (
            changed("/earning/cap_per_day", json!(5)),
            "$.earning.cap_per_day: invalid type: integer `5`, expected an object",
        ),
        (changed("/$schema", json!(5)), "$.$schema: invalid type: integer `5`, expected a string"),
        (
            changed("/tiers/levels/0/rewards", json!([{ "kind": "credit", "amount_minor": "5", "currency": "usd" }])),
            "$.tiers.levels[0].rewards[0].amount_minor: invalid type: string \"5\", expected a whole number",
        ),
        (
            changed("/tiers/levels/0/rewards", json!([{ "kind": "promotion_code", "percent_off": 5 }])),
            "$.tiers.levels[0].rewards[0]: missing field `valid_days`",
        ),
        (
            changed(
                "/tiers/levels/0/rewards",
                json!([{ "kind": "credit", "amount_minor": 5, "currency": "usd", "percent_off": 5 }]),
            ),
            "$.tiers.levels[0].rewards[0]: unknown field `percent_off`",
        ),
        (changed("/tiers/levels/0/from", json!(0)), "$.tiers.levels[0].from: must be at least 1, not 0"),
        (changed("/tiers/levels/0/from", json!(null)), "$.tiers.levels[0]: missing field `from`"),
        (changed("/tiers/policy", json!("never")), "$.tiers.policy: unknown variant `never`"),
        (
            changed(
                "/tiers/levels/0/rewards",
                json!([{ "kind": "promotion_code", "percent_off": 101, "valid_days": 30 }]),
            ),
            "$.tiers.levels[0].rewards[0].percent_off: must be from 1 to 100, not 101",
        ),
        (
            changed("/tiers/levels/0/rewards", json!([{ "kind": "credit", "amount_minor": -5, "currency": "usd" }])),
            "$.tiers.levels[0].rewards[0].amount_minor: must be at least 1, not -5",
        ),
        (changed("/engagement/high_value_over", json!(-1)), "$.engagement.high_value_over: must be at least 0, not -1"),
        (
            changed("/engagement/settling_seconds", json!(604_801)),
            "$.engagement.settling_seconds: must be at most 604800",
        ),
        (
            changed("/offers", json!([{ "name": "socks", "title": " ", "valid_days": 30 }])),
            "$.offers[0].title: must say what",
        ),
        (
            changed("/offers", json!([{ "name": "socks", "title": "Socks", "valid_days": 0 }])),
            "$.offers[0].valid_days: must be",
        ),
        (changed("/offers", json!([{ "name": "socks", "valid_days": 30 }])), "$.offers[0]: missing field `title`"),
        (changed("/earning", json!(null)), "$: missing field `earning`"),
    ]
}

/// Mistakes that lie between fields, which a schema cannot say.
fn contradictions() -> Vec<(Value, &'static str)> {
    let promotions = json!([{
        "name": "weekend", "factor": "3", "starts_at": "2026-11-28T00:00:00-05:00", "ends_at": "2026-11-27T00:00:00-05:00",
    }]);
    vec![
        (
            changed("/offers", json!([{ "name": "socks", "title": "Socks", "tiers": ["tin"], "valid_days": 30 }])),
            "$.offers[0].tiers: must name tiers of the program, not tin",
        ),
        (
            changed("/currency/rates", json!({ "eur": "1", "EUR": "2" })),
            "$.currency.rates: duplicate field `eur`: a currency has one rate",
        ),
        (changed("/currency/rates", json!({ "usd": "1" })), "$.currency.rates.usd: the base currency has no rate"),
        (
            changed("/tiers/levels/1/from", json!(1000)),
            "$.tiers.levels[1].from: must be above the tier before it, not 1000",
        ),
        (changed("/tiers/levels/1/name", json!("silver")), "$.tiers.levels[1].name: must be a new name, not silver"),
        (
            changed("/earning/multipliers/1/category", json!("premium")),
            "$.earning.multipliers[1].category: must be a category",
        ),
        (changed("/earning/promotions", promotions), "$.earning.promotions[0].ends_at: must be after starts_at"),
        (
            changed("/engagement/milestones_minor", json!([500, 500])),
            "$.engagement.milestones_minor[1]: must be above 0",
        ),
    ]
}

/// Documents that are fine.
fn variants() -> Vec<Value> {
    let promotions = json!([{
        "name": "black-friday", "factor": "3", "starts_at": "2026-11-27T00:00:00-05:00",
        "ends_at": "2026-11-28T00:00:00-05:00", "categories": ["books"],
    }]);
    let rewards = json!([
        { "kind": "credit", "amount_minor": 1000, "currency": "usd" },
        { "kind": "promotion_code", "percent_off": 10, "valid_days": 90 },
    ]);
    let offers = json!([{
        "name": "trail-socks", "title": "Socks for the trail", "because": "Because you like running", "tiers": ["gold"],
        "bought": ["running"], "not_bought": ["socks"], "within_days": 90, "purchases": 2, "valid_days": 30,
    }]);
    vec![
        changed("/offers", offers),
        changed("/version", json!(7)),
        changed("/$schema", json!("./program.schema.json")),
        changed("/currency/rates", json!({ "eur": "1.08", "jpy": "13/2000", "gbp": 2 })),
        changed("/earning/points_per_unit", json!("1/2")),
        changed("/earning/promotions", promotions),
        changed("/earning/multipliers/0/factor", json!(0)),
        changed("/earning/cap_per_payment", json!(500)),
        changed("/earning/cap_per_day", json!({ "points": 1000, "utc_offset_minutes": -300 })),
        changed("/tiers/policy", json!("keep")),
        changed("/tiers/levels", json!([])),
        changed("/tiers/levels/0/rewards", rewards),
        changed("/tiers/revoke_rewards", json!(true)),
        changed("/engagement/milestones_minor", json!([])),
        changed("/engagement/settling_seconds", json!(0)),
    ]
}

#[test]
fn every_mistake_is_named_with_path_rule_and_value() {
    for (document, expected) in mistakes().into_iter().chain(contradictions()) {
        let found = problems(&document);
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "expected {expected:?}, found {found:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut document = changed("/version", json!(0));
    document["engagement"]["high_value_over"] = json!(-1);
    document["tiers"]["levels"][2]["from"] = json!(1);
    assert_eq!(problems(&document).len(), 3);
}

/// A value of the wrong type does not hide what comes after it, be it of the wrong type too, missing, unknown or too small.
#[test]
fn all_mistakes_of_every_sort_are_told_at_once() {
    let document = json!({
        "version": "1",
        "currency": { "base": "dollar", "rates": { "eur": 1.08, "gbp": "-1" } },
        "earning": {
            "points_per_unit": -1, "rounding": "nearest", "stacking": "highest",
            "multipliers": [{ "category": "A B", "factor": "2" }, { "category": "ok" }],
            "promotions": [{ "name": "x", "factor": "1", "starts_at": "2026-13-01", "ends_at": "soon", "colour": "red" }],
            "cap_per_payment": 0,
        },
        "tiers": { "policy": "never", "levels": { "a": 1 } },
        "engagement": ["500"],
    });
    let paths: BTreeSet<String> =
        problems(&document).iter().map(|problem| problem.split_once(": ").unwrap().0.to_owned()).collect();
    let expected = [
        "$.engagement",
        "$.version",
        "$.currency.base",
        "$.currency.rates.eur",
        "$.currency.rates.gbp",
        "$.earning.points_per_unit",
        "$.earning.rounding",
        "$.earning.multipliers[1]",
        "$.earning.promotions[0].starts_at",
        "$.earning.promotions[0].ends_at",
        "$.earning.promotions[0].colour",
        "$.tiers.policy",
        "$.tiers.levels",
        "$.earning.multipliers[0].category",
        "$.earning.cap_per_payment",
    ];
    assert_eq!(paths, BTreeSet::from(expected.map(str::to_owned)));
}

#[test]
fn a_currency_with_two_rates_is_told_once_however_they_are_written() {
    let expected = "$.currency.rates: duplicate field `eur`: a currency has one rate";
    for other in ["EUR", "eur"] {
        let rates = format!(r#""rates": {{ "eur": "1", "{other}": "2" }}"#);
        let text = loyalty::program::DEFAULT.replace(r#""rates": {}"#, &rates);
        let found: Vec<String> = Program::parse(&text).unwrap_err().0.iter().map(ToString::to_string).collect();
        assert!(matches!(found.as_slice(), [only] if only.starts_with(expected)), "{found:?}");
    }
}

/// The reader could take a list for an object, by the order of its fields.
#[test]
fn lists_in_the_place_of_objects_are_refused() {
    let document = changed("/currency", json!(["usd", {}]));
    assert_eq!(problems(&document), ["$.currency: must be an object, not a list"]);
    assert!(Program::parse("[1, [\"usd\"]]").is_err());
}

#[test]
fn text_that_is_no_json_and_text_after_it_are_refused() {
    for text in ["", "{", "[]", "null", "{} {}"] {
        assert!(Program::parse(text).is_err(), "{text:?}");
    }
    let said = |text: &str| Program::parse(text).unwrap_err().to_string();
    assert!(said(" \n").contains("$: must be one JSON document: it is empty"), "{}", said(" \n"));
    assert!(said("version: 1\n").contains("$: must be one JSON document: "), "{}", said("version: 1\n"));
    let twice = format!("{}{}", loyalty::program::DEFAULT, loyalty::program::DEFAULT);
    assert!(Program::parse(&twice).is_err());
}

#[test]
fn the_schema_agrees_about_every_document() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for document in variants() {
        assert_eq!(problems(&document), Vec::<String>::new(), "{document}");
        let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{document}");
    }
    for (document, expected) in mistakes() {
        assert!(!schema.is_valid(&document), "the schema accepts what fails with {expected:?}");
    }
    for (document, _) in contradictions() {
        assert!(schema.is_valid(&document), "a schema cannot see this: the table is wrong about {document}");
    }
}

#[test]
fn a_program_written_as_json_is_read_back_the_same() {
    for document in variants() {
        let program = Program::parse(&document.to_string()).unwrap();
        assert_eq!(Program::parse(&program.to_json()), Ok(program));
    }
}

#[test]
fn the_default_program_is_the_reference_to_the_point() {
    let program = Program::default();
    let tier = |points| program.tier_of(Points(points)).map(|tier| tier.name.as_str());
    assert_eq!(
        [tier(999), tier(1000), tier(4999), tier(5000), tier(14_999), tier(15_000)],
        [None, Some("silver"), Some("silver"), Some("gold"), Some("gold"), Some("platinum")]
    );
    assert_eq!(program.document().engagement.high_value_over, Points(500));
    assert!(program.is_order_free());
}
