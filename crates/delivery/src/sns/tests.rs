use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::aws::run;

const ENDPOINT: &str = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/shop/1";

fn push() -> Push {
    Push { title: "Payment".to_owned(), body: "Thank you".to_owned(), data: BTreeMap::new() }
}

fn sns(rule: &Rule) -> SnsPush {
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [rule], |config| {
        config.retry_classifier(ThrottlesAreNotRetried)
    });
    SnsPush { client }
}

#[test]
fn the_request_goes_to_the_endpoint_with_a_payload_for_each_platform() {
    let seen = Arc::new(Mutex::new(None));
    let saw = Arc::clone(&seen);
    let rule = mock!(Client::publish).then_compute_output(move |input| {
        *saw.lock().unwrap() = Some(input.clone());
        PublishOutput::builder().message_id("sns-1").build()
    });
    assert_eq!(run(sns(&rule).send(ENDPOINT, &push())), Ok("sns-1".to_owned()));
    let input = seen.lock().unwrap().take().unwrap();
    assert_eq!(input.target_arn(), Some(ENDPOINT));
    assert_eq!((input.topic_arn(), input.phone_number()), (None, None));
    assert_eq!(input.message_structure(), Some("json"));
    assert_eq!(input.message(), Some(push().sns_message().as_str()));
}

/// What an answer of SNS leads to, and how often SNS was asked.
fn answer(status: u16, code: &'static str, message: &'static str) -> (SendFailure, usize) {
    let rule = mock!(Client::publish).then_http_response(move || {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        );
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    });
    let failure = run(sns(&rule).send(ENDPOINT, &push())).unwrap_err();
    (failure, rule.num_calls())
}

fn check(status: u16, code: &'static str, message: &'static str, expected: fn(String) -> SendFailure) {
    let (failure, _) = answer(status, code, message);
    assert_eq!(failure, expected(code.to_owned()), "{code}");
}

#[test]
fn every_documented_error_has_its_class() {
    use SendFailure::{DeviceGone, Refused, Stopped, Throttled, Unavailable};
    // The errors of the operation.
    check(403, "AuthorizationError", "", Stopped);
    check(400, "EndpointDisabled", "Endpoint is disabled", DeviceGone);
    check(500, "InternalError", "", Unavailable);
    check(400, "InvalidParameter", "Invalid parameter: Message too long", Refused);
    check(
        400,
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
        DeviceGone,
    );
    check(400, "ParameterValueInvalid", "", Refused);
    check(403, "InvalidSecurity", "", Stopped);
    check(400, "KMSAccessDenied", "", Stopped);
    check(400, "KMSDisabled", "", Stopped);
    check(400, "KMSInvalidState", "", Stopped);
    check(400, "KMSNotFound", "", Stopped);
    check(403, "KMSOptInRequired", "", Stopped);
    check(400, "KMSThrottling", "", Throttled);
    check(404, "NotFound", "", DeviceGone);
    check(400, "PlatformApplicationDisabled", "", Stopped);
    check(400, "ValidationException", "", Refused);
    // The errors of every operation.
    check(403, "AccessDeniedException", "", Stopped);
    check(500, "InternalFailure", "", Unavailable);
    check(403, "InvalidClientTokenId", "", Stopped);
    check(400, "RequestExpired", "", Unavailable);
    check(503, "ServiceUnavailable", "", Unavailable);
    check(400, "Throttling", "", Throttled);
    check(429, "Throttled", "", Throttled);
    check(400, "ThrottlingException", "", Throttled);
    check(400, "ValidationError", "", Refused);
}

#[test]
fn a_throttled_push_is_not_repeated_on_the_spot_and_a_server_error_is() {
    assert_eq!(answer(400, "Throttling", "").1, 1);
    assert!(answer(500, "InternalError", "").1 > 1);
}
