use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::{
    Fact, ProcessorEvent, ReadOptions, Reading,
    event::{
        Answer, Certainty, Collection, DisputeStage, DisputeStatus, Mode, PaymentMethodChange, RefundStatus,
        SubscriptionChange, SubscriptionStatus,
    },
    read,
};

fn reading(kind: &str, api_version: Option<&str>, data: &Json) -> Reading {
    let event = json!({"id": "evt_1", "object": "event", "type": kind, "created": 1_767_225_600, "livemode": true,
        "api_version": api_version, "data": data});
    read(&event.to_string(), &ReadOptions::default())
}

fn event(kind: &str, api_version: Option<&str>, data: &Json) -> ProcessorEvent {
    match reading(kind, api_version, data) {
        Reading::Event(event) => *event,
        other => panic!("read as {other:?}"),
    }
}

fn fact(kind: &str, object: &Json) -> Fact {
    event(kind, Some("2024-06-20"), &json!({"object": object})).fact
}

fn path(kind: &str, object: &Json) -> String {
    match reading(kind, Some("2024-06-20"), &json!({"object": object})) {
        Reading::Malformed(malformed) => malformed.path,
        other => panic!("read as {other:?}"),
    }
}

/// The object with other members.
fn with(object: &Json, members: &Json) -> Json {
    let mut object = object.as_object().unwrap().clone();
    object.extend(members.as_object().unwrap().clone());
    Json::Object(object)
}

fn payment_intent() -> Json {
    json!({"id": "pi_1", "object": "payment_intent", "amount": 1500, "amount_received": 1200, "currency": "usd",
        "customer": "cus_1", "metadata": {}})
}

fn invoice() -> Json {
    json!({"id": "in_1", "object": "invoice", "amount_due": 1900, "amount_paid": 400, "amount_remaining": 1500,
        "currency": "usd", "customer": "cus_1"})
}

#[test]
fn one_time_by_api_version_and_evidence() {
    use Answer::{No, Unknown, Yes};
    use Certainty::{Authoritative, Hint};
    let none = json!({});
    let null = json!({"invoice": null});
    let named = json!({"invoice": "in_1"});
    let expanded = json!({"invoice": {"id": "in_1", "object": "invoice"}});
    let reference = json!({"payment_details": {"order_reference": "in_1"}});
    let own_reference = json!({"payment_details": {"order_reference": "order 7"}});
    let described = json!({"description": "Subscription update"});
    let described_otherwise = json!({"description": "Order 7"});
    for (version, evidence, answer, certainty) in [
        (Some("2017-05-25"), &null, Yes, Authoritative),
        (Some("2020-08-27"), &named, No, Authoritative),
        (Some("2024-06-20"), &expanded, No, Authoritative),
        (Some("2025-02-24.acacia"), &null, Yes, Authoritative),
        (Some("2025-02-24.acacia"), &none, Unknown, Hint),
        (Some("2025-02-24.acacia"), &described, No, Hint),
        (Some("2025-03-31.basil"), &none, Unknown, Hint),
        (Some("2025-03-31.basil"), &null, Unknown, Hint),
        (Some("2025-03-31.basil"), &named, No, Hint),
        (Some("2025-08-27.basil"), &described, No, Hint),
        (Some("2025-08-27.basil"), &described_otherwise, Unknown, Hint),
        (Some("2025-10-29.clover"), &reference, No, Hint),
        (Some("2025-12-15.clover"), &own_reference, Unknown, Hint),
        (Some("2026-07-29.dahlia"), &none, Unknown, Hint),
        (Some("2030-01-01.zinnia"), &none, Unknown, Hint),
        (None, &null, Yes, Authoritative),
        (None, &named, No, Authoritative),
        (None, &none, Unknown, Hint),
        (Some("yesterday"), &null, Yes, Authoritative),
        (Some("tomorrow at noon"), &none, Unknown, Hint),
    ] {
        let object = with(&payment_intent(), evidence);
        let Fact::PaymentSucceeded(payment) =
            event("payment_intent.succeeded", version, &json!({"object": object})).fact
        else {
            panic!()
        };
        let found = (payment.one_time.answer, payment.one_time.certainty);
        assert_eq!(found, (answer, certainty), "{version:?} {evidence}: {}", payment.one_time.reason);
    }
}

#[test]
fn empty_object_that_php_wrote_as_a_list_is_read_as_empty() {
    let empty = json!({"metadata": [], "payment_details": [], "last_payment_error": [], "charges": []});
    let data = json!({"object": with(&payment_intent(), &empty), "previous_attributes": []});
    for kind in ["payment_intent.succeeded", "payment_intent.payment_failed"] {
        assert_eq!(event(kind, Some("2015-03-24"), &data).fact.amount().unwrap().currency.code(), "usd");
    }
    assert_eq!(path("customer.created", &json!([])), "$.data.object");
}

#[test]
fn payment_counts_what_was_received() {
    assert_eq!(fact("payment_intent.succeeded", &payment_intent()).amount().unwrap().amount_minor, 1200);
    let old = json!({"id": "pi_1", "amount": 1500, "currency": "usd"});
    assert_eq!(fact("payment_intent.succeeded", &old).amount().unwrap().amount_minor, 1500);
}

#[test]
fn customer_account_stands_in_for_a_customer() {
    let object = with(&payment_intent(), &json!({"customer": null, "customer_account": "acct_1"}));
    assert_eq!(fact("payment_intent.succeeded", &object).customer().unwrap().as_str(), "acct_1");
    let both = with(&payment_intent(), &json!({"customer_account": "acct_1"}));
    assert_eq!(fact("payment_intent.succeeded", &both).customer().unwrap().as_str(), "cus_1");
}

#[test]
fn charge_of_a_payment_is_told_by_newest_name_or_embedded_list() {
    let charge = |evidence: &Json| match fact("payment_intent.succeeded", &with(&payment_intent(), evidence)) {
        Fact::PaymentSucceeded(payment) => payment.charge.map(|charge| charge.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(charge(&json!({"latest_charge": "ch_2"})).as_deref(), Some("ch_2"));
    assert_eq!(charge(&json!({"charges": {"data": [{"id": "ch_3"}, {"id": "ch_2"}]}})).as_deref(), Some("ch_3"));
    assert_eq!(charge(&json!({"charges": {"data": []}})), None);
}

#[test]
fn charge_earns_only_where_no_payment_intent_tells_of_it() {
    let charge = json!({"id": "ch_1", "object": "charge", "amount": 700, "currency": "usd", "customer": "cus_1",
        "payment_intent": null, "captured": true, "invoice": null});
    let Fact::PaymentSucceeded(payment) = fact("charge.succeeded", &charge) else { panic!() };
    assert_eq!((payment.id.as_str(), payment.amount.amount_minor), ("ch_1", 700));
    for evidence in [json!({"payment_intent": "pi_1"}), json!({"captured": false})] {
        let data = json!({"object": with(&charge, &evidence)});
        assert!(matches!(reading("charge.succeeded", None, &data), Reading::NotForUs(_)), "{evidence}");
    }
    let captured = with(&charge, &json!({"amount_captured": 500}));
    assert_eq!(fact("charge.captured", &captured).amount().unwrap().amount_minor, 500);
}

#[test]
fn what_was_never_captured_is_neither_paid_nor_refunded() {
    let charge = json!({"id": "ch_1", "object": "charge", "amount": 20_675, "amount_refunded": 375, "currency": "usd",
        "customer": "cus_1", "captured": true});
    let amount = |kind, evidence: &Json| fact(kind, &with(&charge, evidence)).amount().unwrap().amount_minor;
    assert_eq!(amount("charge.captured", &json!({"amount_captured": 20_300})), 20_300);
    assert_eq!(amount("charge.captured", &json!({})), 20_300);
    assert_eq!(amount("charge.refunded", &json!({"amount_captured": 20_300})), 0);
    assert_eq!(amount("charge.refunded", &json!({"amount_captured": 20_300, "amount_refunded": 1_375})), 1_000);
    let released = json!({"amount_captured": 0, "amount_refunded": 20_675, "captured": false});
    assert_eq!(amount("charge.refunded", &released), 0);
    // Told by hand-made events: `captured` is right.
    assert_eq!(amount("charge.refunded", &json!({"amount_captured": 0})), 375);
    assert_eq!(amount("charge.refunded", &json!({})), 375);
}

#[test]
fn failed_payment_names_the_refused_method_and_its_owner() {
    let error = json!({"code": "card_declined", "decline_code": "insufficient_funds",
        "payment_method": {"id": "pm_1", "object": "payment_method", "customer": "cus_2"}});
    let object =
        with(&payment_intent(), &json!({"customer": null, "payment_method": null, "last_payment_error": error}));
    let Fact::PaymentFailed(failed) = fact("payment_intent.payment_failed", &object) else { panic!() };
    assert_eq!(failed.payment_method.unwrap().as_str(), "pm_1");
    assert_eq!(failed.customer.unwrap().as_str(), "cus_2");
    assert_eq!(
        (failed.code.as_deref(), failed.decline_code.as_deref()),
        (Some("card_declined"), Some("insufficient_funds"))
    );
    assert_eq!(failed.amount.amount_minor, 1500);
}

#[test]
fn subscription_of_an_invoice_before_and_after_basil() {
    for evidence in [
        json!({"subscription": "sub_1"}),
        json!({"subscription": {"id": "sub_1", "object": "subscription"}}),
        json!({"parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}}}),
    ] {
        assert_eq!(
            fact("invoice.paid", &with(&invoice(), &evidence)).subscription().unwrap().as_str(),
            "sub_1",
            "{evidence}"
        );
    }
    for evidence in
        [json!({"parent": null}), json!({"parent": {"type": "quote_details", "subscription_details": null}})]
    {
        assert_eq!(fact("invoice.paid", &with(&invoice(), &evidence)).subscription(), None, "{evidence}");
    }
}

#[test]
fn payment_of_an_invoice_under_its_names_of_all_versions() {
    let payment = |evidence: &Json| match fact("invoice.paid", &with(&invoice(), evidence)) {
        Fact::InvoicePaid(invoice) => invoice.payment.map(|payment| payment.to_string()),
        other => panic!("{other:?}"),
    };
    let of = |id: &str, status: &str, is_default: bool| {
        json!({"id": "inpay_1", "object": "invoice_payment", "status": status, "is_default": is_default,
            "payment": {"type": "payment_intent", "payment_intent": id}})
    };
    let listed = |payments: &[Json]| payment(&json!({"payments": {"object": "list", "data": payments}}));
    assert_eq!(payment(&json!({"payment_intent": "pi_1", "charge": "ch_1"})).as_deref(), Some("pi_1"));
    assert_eq!(payment(&json!({"payment_intent": null, "charge": {"id": "ch_1"}})).as_deref(), Some("ch_1"));
    assert_eq!(listed(&[of("pi_1", "paid", true)]).as_deref(), Some("pi_1"));
    assert_eq!(listed(&[of("pi_1", "canceled", false), of("pi_2", "paid", false)]).as_deref(), Some("pi_2"));
    assert_eq!(listed(&[of("pi_1", "canceled", false), of("pi_2", "open", true)]).as_deref(), Some("pi_2"));
    let record = json!({"status": "paid", "payment": {"type": "payment_record", "payment_record": "prec_1"}});
    assert_eq!(listed(&[record]), None);
    assert_eq!(listed(&[]), None);
    assert_eq!(payment(&json!({"payments": null})), None);
    assert_eq!(
        path("invoice.paid", &with(&invoice(), &json!({"payments": {"data": [{"payment": 7}]}}))),
        "$.data.object.payments.data[0].payment"
    );
}

#[test]
fn an_invoice_that_was_paid_twice_has_nothing_open() {
    let Fact::InvoicePaid(invoice) =
        fact("invoice.paid", &with(&invoice(), &json!({"amount_paid": 2000, "amount_remaining": -100})))
    else {
        panic!()
    };
    assert_eq!((invoice.amount_paid.amount_minor, invoice.amount_remaining.amount_minor), (2000, 0));
}

#[test]
fn mode_of_an_event_that_was_cut_by_hand_is_that_of_its_object() {
    let event = |livemode: &Json, object: &Json| {
        let event = json!({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1_767_225_600,
            "livemode": livemode, "data": {"object": with(&payment_intent(), object)}});
        match read(&event.to_string(), &ReadOptions::default()) {
            Reading::Event(event) => Ok(event.mode),
            Reading::Malformed(malformed) => Err(malformed.path),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(event(&Json::Null, &json!({"livemode": true})), Ok(Mode::Live));
    assert_eq!(event(&Json::Null, &json!({"livemode": false})), Ok(Mode::Test));
    assert_eq!(event(&json!(false), &json!({"livemode": true})), Ok(Mode::Test));
    assert_eq!(event(&Json::Null, &json!({})), Err("$.livemode".to_owned()));
}

#[test]
fn amounts_that_old_invoices_leave_out_follow_from_their_state() {
    let old = |state: &Json| {
        let object = with(&json!({"id": "in_1", "amount_due": 900, "currency": "usd"}), state);
        match fact("invoice.paid", &object) {
            Fact::InvoicePaid(invoice) => (invoice.amount_paid.amount_minor, invoice.amount_remaining.amount_minor),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(old(&json!({"paid": true})), (900, 0));
    assert_eq!(old(&json!({"status": "paid"})), (900, 0));
    assert_eq!(old(&json!({"paid": false})), (0, 900));
    assert_eq!(old(&json!({"amount_paid": 300})), (300, 600));
}

#[test]
fn collection_under_its_old_and_new_name() {
    for (evidence, expected) in [
        (json!({"collection_method": "charge_automatically"}), Collection::Automatic),
        (json!({"billing": "send_invoice"}), Collection::SendInvoice),
        (json!({"collection_method": "by_pigeon"}), Collection::Unknown),
        (json!({}), Collection::Unknown),
    ] {
        let Fact::InvoicePaid(invoice) = fact("invoice.paid", &with(&invoice(), &evidence)) else { panic!() };
        assert_eq!(invoice.collection, expected, "{evidence}");
    }
}

#[test]
fn upcoming_invoice_needs_no_id() {
    let object = json!({"object": "invoice", "amount_due": 100, "currency": "usd", "subscription": "sub_1"});
    assert_eq!(fact("invoice.upcoming", &object).subscription().unwrap().as_str(), "sub_1");
}

#[test]
fn invoice_payment_links_payment_and_invoice() {
    let object = |payment: Json| json!({"object": "invoice_payment", "invoice": "in_1", "amount_paid": 5, "currency": "usd", "payment": payment});
    let paid = fact("invoice_payment.paid", &object(json!({"type": "payment_intent", "payment_intent": "pi_1"})));
    assert_eq!((paid.invoice().unwrap().as_str(), paid.payment().unwrap().as_str()), ("in_1", "pi_1"));
    let outside = fact("invoice_payment.paid", &object(json!({"type": "payment_record", "payment_record": "pr_1"})));
    assert_eq!(outside.payment(), None);
}

#[test]
fn refunds_belong_to_the_payment_or_else_to_the_charge() {
    let charge = json!({"id": "ch_1", "object": "charge", "amount": 900, "amount_refunded": 300, "currency": "usd"});
    let Fact::ChargeRefunded(refund) = fact("charge.refunded", &charge) else { panic!() };
    assert_eq!((refund.payment.as_str(), refund.refunded_so_far.amount_minor), ("ch_1", 300));
    let with_intent = with(&charge, &json!({"payment_intent": "pi_1"}));
    assert_eq!(fact("charge.refunded", &with_intent).payment().unwrap().as_str(), "pi_1");
}

#[test]
fn refund_states_new_ones_included() {
    for (word, status) in [
        (json!("pending"), RefundStatus::Pending),
        (json!("succeeded"), RefundStatus::Succeeded),
        (json!("failed"), RefundStatus::Failed),
        (json!("canceled"), RefundStatus::Canceled),
        (json!("teleported"), RefundStatus::Other(Some("teleported".to_owned()))),
        (Json::Null, RefundStatus::Other(None)),
    ] {
        let object =
            json!({"id": "re_1", "object": "refund", "amount": 5, "currency": "usd", "charge": "ch_1", "status": word});
        for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
            let Fact::RefundChanged(refund) = fact(kind, &object) else { panic!() };
            assert_eq!(refund.status, status);
        }
    }
}

#[test]
fn disputes_tell_stage_and_status() {
    let dispute =
        json!({"id": "du_1", "object": "dispute", "amount": 5, "currency": "usd", "charge": "ch_1", "status": "won"});
    for (kind, stage) in [
        ("charge.dispute.created", DisputeStage::Opened),
        ("charge.dispute.updated", DisputeStage::Updated),
        ("charge.dispute.funds_withdrawn", DisputeStage::FundsWithdrawn),
        ("charge.dispute.funds_reinstated", DisputeStage::FundsReinstated),
        ("charge.dispute.closed", DisputeStage::Closed),
    ] {
        let Fact::DisputeChanged(dispute) = fact(kind, &dispute) else { panic!() };
        assert_eq!((dispute.stage, dispute.status), (stage, DisputeStatus::Won));
    }
    let inquiry = with(&dispute, &json!({"status": "warning_closed"}));
    let Fact::DisputeChanged(dispute) = fact("charge.dispute.closed", &inquiry) else { panic!() };
    assert_eq!(dispute.status, DisputeStatus::InquiryClosed);
}

#[test]
fn detached_method_names_its_former_owner() {
    let object = json!({"id": "pm_1", "object": "payment_method", "customer": null, "type": "card",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}});
    let data = json!({"object": object, "previous_attributes": {"customer": "cus_1"}});
    let Fact::PaymentMethodChanged(method) = event("payment_method.detached", None, &data).fact else { panic!() };
    assert_eq!(method.customer.unwrap().as_str(), "cus_1");
    assert_eq!(method.change, PaymentMethodChange::Removed);
    assert_eq!(method.card.unwrap().exp_year, Some(2030));
}

#[test]
fn legacy_card_has_its_details_at_the_top() {
    let object = json!({"id": "card_1", "object": "card", "customer": "cus_1", "type": "Visa", "brand": "Visa", "exp_month": 3,
        "exp_year": 2020, "last4": "4242"});
    let Fact::PaymentMethodChanged(method) = fact("customer.source.expiring", &object) else { panic!() };
    assert_eq!((method.kind.as_deref(), method.card.unwrap().exp_month), (Some("card"), Some(3)));
    assert_eq!(path("customer.source.expiring", &with(&object, &json!({"exp_month": 13}))), "$.data.object.exp_month");
}

#[test]
fn period_of_a_subscription_is_its_own_or_the_latest_of_its_items() {
    let end = |evidence: &Json| {
        let object = with(
            &json!({"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "past_due"}),
            evidence,
        );
        let Fact::SubscriptionChanged(subscription) = fact("customer.subscription.updated", &object) else { panic!() };
        assert_eq!(subscription.status, SubscriptionStatus::PastDue);
        assert_eq!(subscription.change, SubscriptionChange::Updated);
        subscription.current_period_end.map(Timestamp::as_second)
    };
    assert_eq!(end(&json!({"current_period_end": 7})), Some(7));
    assert_eq!(end(&json!({"items": {"data": [{"current_period_end": 5}, {"current_period_end": 9}, {}]}})), Some(9));
    assert_eq!(end(&json!({})), None);
}

#[test]
fn deleted_customer_may_be_nothing_but_an_id() {
    let Fact::CustomerDeleted(customer) = fact("customer.deleted", &json!({"id": "cus_1", "deleted": true})) else {
        panic!()
    };
    assert_eq!((customer.id.as_str(), customer.email), ("cus_1", None));
}

#[test]
fn wrong_object_under_a_right_type_is_refused() {
    for (kind, object) in [
        ("invoice.paid", payment_intent()),
        ("payment_intent.succeeded", invoice()),
        ("refund.created", invoice()),
        ("charge.dispute.created", invoice()),
        ("customer.created", invoice()),
        ("customer.subscription.updated", invoice()),
        ("checkout.session.completed", invoice()),
        ("invoice_payment.paid", invoice()),
        ("charge.refunded", invoice()),
    ] {
        assert_eq!(path(kind, &object), "$.data.object.object", "{kind}");
    }
}

#[test]
fn missing_fields_are_named_by_path() {
    for (kind, object, missing) in [
        ("payment_intent.succeeded", payment_intent(), ["id", "currency"].as_slice()),
        ("invoice.paid", invoice(), &["id", "currency", "amount_due"]),
        (
            "charge.refunded",
            json!({"id": "ch_1", "amount": 9, "amount_refunded": 3, "currency": "usd"}),
            &["id", "amount", "amount_refunded", "currency"],
        ),
        ("refund.created", json!({"id": "re_1", "amount": 9, "currency": "usd"}), &["id", "amount", "currency"]),
        ("invoice_payment.paid", json!({"invoice": "in_1", "payment": {}}), &["invoice", "payment"]),
    ] {
        for field in missing {
            let mut object = object.as_object().unwrap().clone();
            object.remove(*field);
            assert_eq!(path(kind, &Json::Object(object)), format!("$.data.object.{field}"), "{kind}");
        }
    }
}

#[test]
fn every_kind_that_is_acted_on_has_a_reader_that_names_what_it_misses() {
    for kind in crate::catalogue::event_kinds().filter(|kind| kind.acted_on) {
        assert!(path(kind.name, &json!({})).starts_with("$.data.object."), "{}", kind.name);
    }
}

#[test]
fn invoice_payment_succeeded_is_left_to_invoice_paid() {
    let reading = reading("invoice.payment_succeeded", None, &json!({"object": invoice()}));
    let Reading::NotForUs(not_for_us) = reading else { panic!() };
    assert_eq!(
        not_for_us.to_string(),
        "invoice.payment_succeeded tells what invoice.paid tells, and Paybus acts on that one"
    );
}

#[test]
fn frame_of_the_event_in_all_its_forms() {
    let sound = json!({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1, "livemode": false,
        "data": {"object": payment_intent()}});
    for evidence in [
        json!({"request": {"id": null, "idempotency_key": null}}),
        json!({"request": "req_1"}),
        json!({"request": null}),
        json!({"pending_webhooks": 3, "context": "acct_9", "account": "acct_9"}),
        json!({"api_version": null}),
    ] {
        let body = with(&sound, &evidence).to_string();
        assert!(matches!(read(&body, &ReadOptions::default()), Reading::Event(_)), "{evidence}");
    }
}

#[test]
fn event_of_a_connected_account_names_it_and_one_of_the_own_account_names_none() {
    let account = |evidence: &Json| {
        let event = json!({"id": "evt_1", "object": "event", "type": "customer.updated", "created": 1, "livemode": true,
            "data": {"object": {"id": "cus_1", "object": "customer"}}});
        match read(&with(&event, evidence).to_string(), &ReadOptions::default()) {
            Reading::Event(event) => event.account.map(|account| account.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(account(&json!({"account": "acct_9", "context": "acct_9"})).as_deref(), Some("acct_9"));
    assert_eq!(account(&json!({"account": null, "context": null})), None);
    assert_eq!(account(&json!({})), None);
}

#[test]
fn customer_of_every_version_has_what_it_tells() {
    let customer = |object: &Json| match fact("customer.updated", &with(&json!({"id": "cus_1"}), object)) {
        Fact::CustomerChanged(customer) => *customer,
        other => panic!("{other:?}"),
    };
    let old = customer(&json!({"default_source": {"id": "card_1", "object": "card"}, "sources": {"data": []}}));
    assert_eq!(old.default_payment_method.unwrap().as_str(), "card_1");
    let new = customer(&json!({"default_source": "card_1", "invoice_settings": {"default_payment_method": "pm_1"}}));
    assert_eq!(new.default_payment_method.unwrap().as_str(), "pm_1");
    let bare = customer(&json!({"email": "", "name": null, "preferred_locales": null, "invoice_settings": null}));
    assert_eq!((bare.email, bare.name, bare.preferred_locales.len()), (None, None, 0));
    let locales = customer(&json!({"preferred_locales": ["fr-CA", null, 7, "en"]})).preferred_locales;
    assert_eq!(locales, ["fr-CA", "en"]);
}
