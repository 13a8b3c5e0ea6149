//! Devices: an app's token becomes an SNS endpoint in the customer's profile, and leaves again.

use std::{collections::BTreeMap, future::Future};

use aws_sdk_sns::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::create_platform_endpoint::CreatePlatformEndpointError,
    operation::set_endpoint_attributes::SetEndpointAttributesError,
};
use aws_types::SdkConfig;
use jiff::Timestamp;
use processor_events::Personal;
use storage::{
    StorageError,
    customers::{ChangeAnswer, CustomerKey, Device, DeviceId, Devices, Platform, Profiles},
};
use thiserror::Error;

use crate::{SendFailure, aws::classify_common};

/// Makes and deletes the endpoints of a push provider.
pub trait PushEndpoints {
    /// The endpoint of a token, enabled. The same token always gets the same endpoint.
    fn create(
        &self,
        platform: Platform,
        token: &Personal<String>,
    ) -> impl Future<Output = Result<String, RegistrationError>>;

    /// Deletes an endpoint; deleting one that is not there is fine.
    fn delete(&self, endpoint_arn: &str) -> impl Future<Output = Result<(), RegistrationError>>;
}

/// Why a device could not be registered or unregistered. Trying again is always safe.
#[derive(Debug, Error)]
pub enum RegistrationError {
    /// No platform application is configured for this push service.
    #[error("no SNS platform application is configured for {}", platform.name())]
    NoApplication {
        /// The push service.
        platform: Platform,
    },
    /// The text is no token of this push service.
    #[error("the push service does not take this device token ({reason})")]
    Token {
        /// SNS's name of the error.
        reason: String,
    },
    /// SNS did not do it.
    #[error("call SNS: {0}")]
    Provider(SendFailure),
    /// The profile could not be read or written.
    #[error("keep the device in the profile")]
    Storage(#[source] StorageError),
    /// The customer was deleted at the processor.
    #[error("the customer has been deleted")]
    Erased,
}

/// Adds a device to a customer, or gives a known one its new token.
///
/// The endpoint is made first: a crash in between leaves an endpoint that nobody uses, which the next try finds again.
pub async fn register(
    endpoints: &impl PushEndpoints,
    devices: &impl Devices,
    customer: &CustomerKey,
    id: &DeviceId,
    (platform, token): (Platform, &Personal<String>),
    now: Timestamp,
) -> Result<(), RegistrationError> {
    let endpoint_arn = endpoints.create(platform, token).await?;
    let device = Device { endpoint_arn, platform, registered_at: now, stale_since: None };
    match devices.register(customer, id, &device).await.map_err(RegistrationError::Storage)? {
        ChangeAnswer::Applied => Ok(()),
        ChangeAnswer::Outdated => {
            endpoints.delete(&device.endpoint_arn).await?;
            Err(RegistrationError::Erased)
        }
    }
}

/// Takes a device from a customer; `false` when it was not there.
///
/// The endpoint is deleted first: a crash in between leaves a device that is found to be gone at the next notice.
pub async fn unregister(
    endpoints: &impl PushEndpoints,
    customers: &(impl Devices + Profiles),
    customer: &CustomerKey,
    id: &DeviceId,
) -> Result<bool, RegistrationError> {
    let found = customers.profiles(std::slice::from_ref(customer)).await.map_err(RegistrationError::Storage)?;
    let profile = match found.into_values().next() {
        None => return Ok(false),
        Some(profile) => profile.map_err(|corrupt| RegistrationError::Storage(corrupt.into()))?,
    };
    let Some(device) = profile.devices.get(id) else { return Ok(false) };
    endpoints.delete(&device.endpoint_arn).await?;
    customers.unregister(customer, id).await.map_err(RegistrationError::Storage)?;
    Ok(true)
}

/// Endpoints of SNS mobile push.
#[derive(Debug, Clone)]
pub struct SnsEndpoints {
    client: Client,
    applications: BTreeMap<&'static str, String>,
}

impl SnsEndpoints {
    /// Takes the client settings and the ARNs of the platform applications, whose names say their platform
    /// (`arn:...:app/APNS/shop`); others are left out.
    pub fn new(config: &SdkConfig, applications: impl IntoIterator<Item = String>) -> Self {
        let named = applications.into_iter().filter_map(|arn| Some((platform_of(&arn)?.name(), arn)));
        Self { client: Client::new(config), applications: named.collect() }
    }

    async fn enable(&self, endpoint_arn: &str, token: &str) -> Result<(), SdkError<SetEndpointAttributesError>> {
        let request = self.client.set_endpoint_attributes().endpoint_arn(endpoint_arn);
        request.attributes("Token", token).attributes("Enabled", "true").send().await.map(|_| ())
    }
}

/// Which platform an application's or an endpoint's ARN names.
#[must_use]
pub fn platform_of(arn: &str) -> Option<Platform> {
    let (_, rest) = arn.split_once(":app/").or_else(|| arn.split_once(":endpoint/"))?;
    match rest.split('/').next()? {
        "APNS" => Some(Platform::Apns),
        "APNS_SANDBOX" => Some(Platform::ApnsSandbox),
        "GCM" => Some(Platform::Fcm),
        _ => None,
    }
}

impl PushEndpoints for SnsEndpoints {
    async fn create(&self, platform: Platform, token: &Personal<String>) -> Result<String, RegistrationError> {
        let application =
            self.applications.get(platform.name()).ok_or(RegistrationError::NoApplication { platform })?;
        let request = self.client.create_platform_endpoint().platform_application_arn(application);
        let output = request.token(token.reveal()).send().await.map_err(|error| match error.as_service_error() {
            Some(CreatePlatformEndpointError::InvalidParameterException(refusal)) => {
                RegistrationError::Token { reason: refusal.code().unwrap_or("InvalidParameter").to_owned() }
            }
            _ => RegistrationError::Provider(classify_common(&error)),
        })?;
        let endpoint_arn = output
            .endpoint_arn
            .ok_or_else(|| RegistrationError::Provider(SendFailure::Unavailable("AnswerWithoutEndpoint".to_owned())))?;
        // An endpoint that SNS has disabled comes back disabled: enabling it is part of registering
        // (docs.aws.amazon.com/sns/latest/dg/mobile-platform-endpoint.html, "Best practices").
        self.enable(&endpoint_arn, token.reveal())
            .await
            .map_err(|error| RegistrationError::Provider(classify_common(&error)))?;
        Ok(endpoint_arn)
    }

    async fn delete(&self, endpoint_arn: &str) -> Result<(), RegistrationError> {
        if platform_of(endpoint_arn).is_none() {
            // A topic that stands for a device in a trial is not ours to delete.
            return Ok(());
        }
        let request = self.client.delete_endpoint().endpoint_arn(endpoint_arn);
        request.send().await.map(|_| ()).map_err(|error| RegistrationError::Provider(classify_common(&error)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_sns::{
        config::http::HttpResponse,
        operation::{
            create_platform_endpoint::CreatePlatformEndpointOutput, delete_endpoint::DeleteEndpointOutput,
            set_endpoint_attributes::SetEndpointAttributesOutput,
        },
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_types::body::SdkBody;
    use processor_events::{
        event::Mode,
        ids::{CustomerId, EventId},
    };
    use storage::{
        Scope,
        customers::{ContactChange, InMemoryCustomers, ProfileChanges, SourceVersion},
    };

    use super::*;
    use crate::aws::run;

    const APPLICATION: &str = "arn:aws:sns:eu-west-1:123456789012:app/GCM/shop";
    const ENDPOINT: &str = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/shop/1";

    fn sns(rules: &[&Rule]) -> SnsEndpoints {
        let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, rules);
        SnsEndpoints { client, applications: BTreeMap::from([("fcm", APPLICATION.to_owned())]) }
    }

    fn token() -> Personal<String> {
        Personal::new("token-1".to_owned())
    }

    fn customer() -> CustomerKey {
        let scope = Scope { mode: Mode::Test, account: None };
        CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }
    }

    fn phone() -> DeviceId {
        DeviceId::new("phone").unwrap()
    }

    fn created() -> Rule {
        mock!(Client::create_platform_endpoint)
            .match_requests(|input| {
                (input.platform_application_arn(), input.token()) == (Some(APPLICATION), Some("token-1"))
            })
            .then_output(|| CreatePlatformEndpointOutput::builder().endpoint_arn(ENDPOINT).build())
    }

    fn deleted() -> Rule {
        mock!(Client::delete_endpoint)
            .match_requests(|input| input.endpoint_arn() == Some(ENDPOINT))
            .then_output(|| DeleteEndpointOutput::builder().build())
    }

    fn enabled(seen: &Arc<Mutex<Vec<(String, String)>>>) -> Rule {
        let seen = Arc::clone(seen);
        mock!(Client::set_endpoint_attributes).then_compute_output(move |input| {
            let attributes = input.attributes().unwrap().iter().map(|(name, value)| (name.clone(), value.clone()));
            seen.lock().unwrap().extend(attributes);
            SetEndpointAttributesOutput::builder().build()
        })
    }

    #[test]
    fn a_token_becomes_an_enabled_endpoint_in_the_profile_and_leaves_again() {
        let (customers, seen) = (InMemoryCustomers::default(), Arc::default());
        let (created, enabled, deleted) = (created(), enabled(&seen), deleted());
        let sns = sns(&[&created, &enabled, &deleted]);
        let now = Timestamp::UNIX_EPOCH;
        run(register(&sns, &customers, &customer(), &phone(), (Platform::Fcm, &token()), now)).unwrap();
        let mut attributes = seen.lock().unwrap().clone();
        attributes.sort();
        let expected = [("Enabled", "true"), ("Token", "token-1")];
        assert_eq!(attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let profile = run(customers.profiles(&[customer()])).unwrap().remove(&customer()).unwrap().unwrap();
        assert_eq!(profile.devices[&phone()].endpoint_arn, ENDPOINT);

        assert!(run(unregister(&sns, &customers, &customer(), &phone())).unwrap());
        assert_eq!(deleted.num_calls(), 1);
        assert!(!run(unregister(&sns, &customers, &customer(), &phone())).unwrap());
    }

    #[test]
    fn a_deleted_customer_gets_no_device_and_leaves_no_endpoint() {
        let (customers, seen) = (InMemoryCustomers::default(), Arc::default());
        let source = SourceVersion { occurred_at: Timestamp::UNIX_EPOCH, event: EventId::new("evt_1").unwrap() };
        run(customers.change(&customer(), &source, &ContactChange::Erase)).unwrap();
        let (created, enabled, deleted) = (created(), enabled(&seen), deleted());
        let sns = sns(&[&created, &enabled, &deleted]);
        let result =
            run(register(&sns, &customers, &customer(), &phone(), (Platform::Fcm, &token()), Timestamp::UNIX_EPOCH));
        assert!(matches!(result, Err(RegistrationError::Erased)));
        assert_eq!(deleted.num_calls(), 1);
    }

    #[test]
    fn a_text_that_is_no_token_and_a_platform_without_application_are_told_apart() {
        let refused = mock!(Client::create_platform_endpoint).then_http_response(|| {
            let body =
                "<ErrorResponse><Error><Code>InvalidParameter</Code><Message>Token</Message></Error></ErrorResponse>";
            HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body))
        });
        let sns = sns(&[&refused]);
        let result = run(sns.create(Platform::Fcm, &token()));
        assert!(matches!(result, Err(RegistrationError::Token { reason }) if reason == "InvalidParameter"));
        let result = run(sns.create(Platform::Apns, &token()));
        assert!(matches!(result, Err(RegistrationError::NoApplication { platform: Platform::Apns })));
    }

    #[test]
    fn a_topic_that_stands_for_a_device_is_not_deleted() {
        run(sns(&[]).delete("arn:aws:sns:eu-west-1:123456789012:push-ada")).unwrap();
    }

    #[test]
    fn an_arn_names_its_platform() {
        assert_eq!(platform_of(APPLICATION), Some(Platform::Fcm));
        assert_eq!(platform_of(ENDPOINT), Some(Platform::Fcm));
        assert_eq!(platform_of("arn:aws:sns:eu-west-1:1:app/APNS_SANDBOX/shop"), Some(Platform::ApnsSandbox));
        assert_eq!(platform_of("arn:aws:sns:eu-west-1:1:endpoint/APNS/shop/1"), Some(Platform::Apns));
        assert_eq!(platform_of("arn:aws:sns:eu-west-1:1:app/BAIDU/shop"), None);
        assert_eq!(platform_of("arn:aws:sns:eu-west-1:1:topic"), None);
    }
}
