use std::sync::{Arc, Mutex};

use aws_sdk_sesv2::{
    config::http::HttpResponse,
    operation::send_email::{SendEmailInput, SendEmailOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::body::SdkBody;
use notices::{Email, LinkHosts, Topic};
use processor_events::{
    event::Mode,
    ids::{AccountId, CustomerId},
};
use storage::{Scope, customers::CustomerKey};

use super::*;
use crate::aws::run;

fn settings() -> SesSettings {
    SesSettings {
        sender: "Example Shop <billing@example.com>".parse().unwrap(),
        reply_to: Some("help@example.com".parse().unwrap()),
        configuration_set: Some("reports".to_owned()),
        contact_list: None,
    }
}

fn ses(rule: &Rule, settings: SesSettings) -> SesEmail {
    let client = mock_client!(aws_sdk_sesv2, RuleMode::MatchAny, [rule], |config| {
        config.retry_classifier(ThrottlesAreNotRetried)
    });
    SesEmail { client, settings }
}

/// Sends one email; returns the request that SES got.
fn request(settings: SesSettings, unsubscribe: Option<&Unsubscribe>, customer: Option<&CustomerKey>) -> SendEmailInput {
    let seen = Arc::new(Mutex::new(None));
    let saw = Arc::clone(&seen);
    let rule = mock!(Client::send_email).then_compute_output(move |input| {
        *saw.lock().unwrap() = Some(input.clone());
        SendEmailOutput::builder().message_id("ses-1").build()
    });
    let content =
        Email { subject: "Zahlung erhalten ✓".to_owned(), text: "Danke".to_owned(), html: "<p>Danke</p>".to_owned() };
    let to = "ada@example.com".parse().unwrap();
    let email = OutgoingEmail {
        to: &to,
        content: &content,
        message: "invoice_paid",
        topic: Topic::Payments,
        customer,
        unsubscribe,
    };
    assert_eq!(run(ses(&rule, settings).send(&email)), Ok("ses-1".to_owned()));
    seen.lock().unwrap().take().unwrap()
}

fn customer() -> CustomerKey {
    let scope = Scope { mode: Mode::Live, account: Some(AccountId::new("acct_1").unwrap()) };
    CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }
}

fn simple(input: &SendEmailInput) -> &Message {
    input.content().unwrap().simple().unwrap()
}

#[test]
fn the_request_has_one_recipient_both_bodies_in_utf_8_and_where_to_answer() {
    let input = request(settings(), None, None);
    assert_eq!(input.from_email_address(), Some("\"Example Shop\" <billing@example.com>"));
    let destination = input.destination().unwrap();
    assert_eq!(destination.to_addresses(), ["ada@example.com"]);
    assert!(destination.cc_addresses().is_empty() && destination.bcc_addresses().is_empty());
    assert_eq!(input.reply_to_addresses(), ["help@example.com"]);
    assert_eq!(input.configuration_set_name(), Some("reports"));
    let message = simple(&input);
    let body = message.body().unwrap();
    for (content, expected) in
        [(message.subject(), "Zahlung erhalten ✓"), (body.text(), "Danke"), (body.html(), "<p>Danke</p>")]
    {
        let content = content.unwrap();
        assert_eq!((content.data(), content.charset()), (expected, Some("UTF-8")));
    }
}

#[test]
fn the_tags_lead_a_bounce_back_to_the_profile_without_an_address() {
    let tags = |customer| -> Vec<(String, String)> {
        let input = request(settings(), None, customer);
        input.email_tags().iter().map(|tag| (tag.name().to_owned(), tag.value().to_owned())).collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let about_the_message = [pair("message", "invoice_paid"), pair("topic", "payments")];
    assert_eq!(tags(None), about_the_message);
    let about_the_customer = [pair("customer", "cus_1"), pair("mode", "live"), pair("account", "acct_1")];
    assert_eq!(tags(Some(&customer())), [about_the_message.as_slice(), about_the_customer.as_slice()].concat());
}

#[test]
fn a_transactional_mail_has_no_way_to_unsubscribe() {
    let input = request(SesSettings { contact_list: Some("customers".to_owned()), ..settings() }, None, None);
    assert!(simple(&input).headers().is_empty());
    assert_eq!(input.list_management_options(), None);
}

#[test]
fn our_own_unsubscribe_link_goes_into_both_headers() {
    let hosts = LinkHosts::new(["example.com"]).unwrap();
    let link = Unsubscribe::Link(hosts.admit("https://example.com/leave?t=1").unwrap());
    let input = request(settings(), Some(&link), None);
    let headers: Vec<_> = simple(&input).headers().iter().map(|header| (header.name(), header.value())).collect();
    assert_eq!(
        headers,
        [
            ("List-Unsubscribe", "<https://example.com/leave?t=1>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    );
    assert_eq!(input.list_management_options(), None);
}

#[test]
fn the_contact_list_of_ses_manages_unsubscribing_where_there_is_one() {
    let input = request(
        SesSettings { contact_list: Some("customers".to_owned()), ..settings() },
        Some(&Unsubscribe::Ses),
        None,
    );
    let options = input.list_management_options().unwrap();
    assert_eq!((options.contact_list_name(), options.topic_name()), ("customers", Some("payments")));
    assert!(simple(&input).headers().is_empty());
}

#[test]
fn settings_without_extras_leave_them_out() {
    let bare = SesSettings {
        sender: "billing@example.com".parse().unwrap(),
        reply_to: None,
        configuration_set: None,
        contact_list: None,
    };
    let input = request(bare, None, None);
    assert_eq!(input.from_email_address(), Some("billing@example.com"));
    assert!(input.reply_to_addresses().is_empty());
    assert_eq!(input.configuration_set_name(), None);
}

/// What an answer of SES leads to, and how often SES was asked.
fn answer(status: u16, code: &'static str, message: &'static str) -> (SendFailure, usize) {
    let rule = mock!(Client::send_email).then_http_response(move || {
        let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("x-amzn-errortype", code);
        response
    });
    let content = Email { subject: "s".to_owned(), text: "t".to_owned(), html: "h".to_owned() };
    let to = "ada@example.com".parse().unwrap();
    let email = OutgoingEmail {
        to: &to,
        content: &content,
        message: "invoice_paid",
        topic: Topic::Payments,
        customer: None,
        unsubscribe: None,
    };
    let failure = run(ses(&rule, settings()).send(&email)).unwrap_err();
    (failure, rule.num_calls())
}

fn check(status: u16, code: &'static str, message: &'static str, expected: fn(String) -> SendFailure) {
    let (failure, _) = answer(status, code, message);
    assert_eq!(failure, expected(code.to_owned()), "{code}");
}

#[test]
fn every_documented_error_has_its_class() {
    use SendFailure::{Refused, Stopped, Throttled, Unavailable};
    // The errors of the operation.
    check(400, "AccountSuspendedException", "", Stopped);
    check(400, "BadRequestException", "Illegal address", Refused);
    check(400, "LimitExceededException", "", Stopped);
    check(400, "MailFromDomainNotVerifiedException", "", Stopped);
    check(400, "MessageRejected", "Email contains a virus.", Refused);
    check(404, "NotFoundException", "Configuration set <reports> does not exist.", Stopped);
    check(400, "SendingPausedException", "", Stopped);
    check(429, "TooManyRequestsException", "Maximum sending rate exceeded.", Throttled);
    // The errors of every operation.
    check(403, "AccessDeniedException", "", Stopped);
    check(403, "ExpiredTokenException", "", Stopped);
    check(403, "IncompleteSignature", "", Stopped);
    check(500, "InternalFailure", "", Unavailable);
    check(500, "InternalServiceErrorException", "", Unavailable);
    check(400, "MalformedHttpRequestException", "", Stopped);
    check(401, "NotAuthorized", "", Stopped);
    check(403, "OptInRequired", "", Stopped);
    check(400, "RequestAbortedException", "", Unavailable);
    check(413, "RequestEntityTooLargeException", "", Refused);
    check(400, "RequestExpired", "", Unavailable);
    check(408, "RequestTimeoutException", "", Unavailable);
    check(503, "ServiceUnavailable", "", Unavailable);
    check(400, "ThrottlingException", "", Throttled);
    check(403, "UnrecognizedClientException", "", Stopped);
    check(404, "UnknownOperationException", "", Stopped);
    check(400, "ValidationError", "", Refused);
    // Errors that nobody has documented.
    check(502, "SomethingNew", "", Unavailable);
    check(429, "SomethingNew", "", Throttled);
    check(418, "SomethingNew", "", Stopped);
}

#[test]
fn an_unverified_identity_is_the_operators_to_mend_and_its_address_is_not_kept() {
    let message =
        "Email address is not verified. The following identities failed the check in region EU-WEST-1: ada@example.com";
    let (failure, _) = answer(400, "MessageRejected", message);
    assert_eq!(failure, SendFailure::Stopped("IdentityNotVerified".to_owned()));
}

#[test]
fn a_throttled_send_is_not_repeated_on_the_spot_and_a_server_error_is() {
    assert_eq!(answer(429, "TooManyRequestsException", "").1, 1);
    assert!(answer(500, "InternalFailure", "").1 > 1);
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    let check = |text: &str, header: &str| assert_eq!(text.parse::<Sender>().unwrap().to_string(), header);
    check("billing@example.com", "billing@example.com");
    check("<billing@example.com>", "billing@example.com");
    check("Example Shop <billing@example.com>", "\"Example Shop\" <billing@example.com>");
    check("\"Shop, Inc.\" <billing@example.com>", "\"Shop, Inc.\" <billing@example.com>");
    check("A\\B <billing@example.com>", "\"A\\\\B\" <billing@example.com>");
    check("Bücher <billing@example.com>", "=?UTF-8?B?QsO8Y2hlcg==?= <billing@example.com>");
    for text in
        ["", "Example Shop", "Example Shop <billing>", "a <b> <billing@example.com>", "a\nb <billing@example.com>"]
    {
        assert_eq!(text.parse::<Sender>(), Err(SenderError), "{text:?}");
    }
}

#[test]
fn a_long_name_is_cut_into_words_between_its_characters() {
    let name = "株式会社".repeat(12);
    let words = encoded_words(&name);
    assert!(words.split(' ').all(|word| word.len() <= 75), "{words}");
    let decoded: String = words
        .split(' ')
        .map(|word| {
            let base64 = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
            String::from_utf8(aws_smithy_types::base64::decode(base64).unwrap()).unwrap()
        })
        .collect();
    assert_eq!(decoded, name);
}
