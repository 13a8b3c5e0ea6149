//! One set of client settings for all AWS clients of a function.
//!
//! The usual loader (`aws-config`) walks a chain of credential providers, profiles and region sources. A Lambda function has
//! all of that in its environment, so the settings are made directly: nothing is resolved at start, and a stray profile on
//! a developer's machine cannot be picked up.

use std::{fs, io, path::PathBuf, time::Duration};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Builder as HttpClientBuilder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{behavior_version::BehaviorVersion, http::SharedHttpClient};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use thiserror::Error;

use crate::Environment;

/// The roots that AWS's public endpoints chain to (www.amazontrust.com/repository). Parsing these five instead of a whole
/// system store saves some milliseconds at every cold start.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("../roots/amazon-trust-services.pem");

/// How to reach AWS, as the Lambda service states it in the environment.
#[derive(Debug)]
pub struct AwsSettings {
    region: String,
    credentials: Credentials,
    endpoint_url: Option<String>,
    ca_bundle: Option<PathBuf>,
}

/// Why no AWS client can be made.
#[derive(Debug, Error)]
pub enum AwsError {
    /// `AWS_CA_BUNDLE` names a file that cannot be read.
    #[error("read the certificates that AWS_CA_BUNDLE names, {}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The certificates cannot be used.
    #[error("use the trusted certificates")]
    Roots(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AwsSettings {
    /// Reads `AWS_REGION`, the role's credentials, `AWS_ENDPOINT_URL` (empty: AWS itself) and `AWS_CA_BUNDLE` (a PEM file,
    /// for a proxy that ends TLS).
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let region = environment.required("AWS_REGION");
        let access_key_id = environment.required("AWS_ACCESS_KEY_ID");
        let secret_access_key = environment.required("AWS_SECRET_ACCESS_KEY");
        let session_token = environment.optional("AWS_SESSION_TOKEN");
        let endpoint_url = environment.optional("AWS_ENDPOINT_URL");
        if let Some(url) =
            endpoint_url.as_deref().filter(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            environment.problem("AWS_ENDPOINT_URL", format!("is {url:?}, not an http or https URL"));
        }
        let ca_bundle = environment.optional("AWS_CA_BUNDLE").map(PathBuf::from);
        let credentials =
            Credentials::new(access_key_id?, secret_access_key?, session_token, None, "LambdaEnvironment");
        Some(Self { region: region?, credentials, endpoint_url, ca_bundle })
    }

    /// The settings for `Client::new(&settings)` of every SDK crate. All clients share one pool of connections.
    pub fn sdk_config(&self) -> Result<SdkConfig, AwsError> {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(self.http_client()?)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .retry_config(retry())
            .timeout_config(timeouts());
        Ok(match &self.endpoint_url {
            Some(url) => config.endpoint_url(url),
            None => config,
        }
        .build())
    }

    fn http_client(&self) -> Result<SharedHttpClient, AwsError> {
        let trust_store = match &self.ca_bundle {
            Some(path) => {
                let certificates =
                    fs::read(path).map_err(|source| AwsError::CaBundle { path: path.clone(), source })?;
                TrustStore::empty().with_native_roots(false).with_pem_certificate(certificates)
            }
            // The endpoints of the separate partitions (China, isolated regions) have other roots.
            None if self.region.starts_with("cn-") || self.region.contains("-iso") => TrustStore::default(),
            None => TrustStore::empty().with_native_roots(false).with_pem_certificate(AMAZON_TRUST_SERVICES),
        };
        let context = TlsContext::builder()
            .with_trust_store(trust_store)
            .build()
            .map_err(|error| AwsError::Roots(error.into()))?;
        Ok(HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https())
    }
}

/// Three tries: the SDK's own jittered retry for throttles and server errors. What still fails comes again with the queue.
fn retry() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50))
}

/// No call may eat the invocation: a notices function has 6 s in all, and a healthy call takes some 10 ms.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1_500))
        .operation_timeout(Duration::from_secs(4))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: [(&str, &str); 4] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "token"),
    ];

    fn settings(more: &[(&'static str, &'static str)]) -> Result<AwsSettings, crate::ConfigError> {
        Environment::from_pairs(LAMBDA.iter().chain(more).copied()).read(AwsSettings::from_environment)
    }

    #[test]
    fn an_empty_endpoint_means_aws_itself() {
        let config = settings(&[("AWS_ENDPOINT_URL", "")]).unwrap().sdk_config().unwrap();
        assert_eq!(config.endpoint_url(), None);
    }

    #[test]
    fn an_endpoint_override_reaches_every_client() {
        let config = settings(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")]).unwrap().sdk_config().unwrap();
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:4566"));
    }

    #[test]
    fn an_endpoint_that_is_no_url_stops_the_start() {
        let error = settings(&[("AWS_ENDPOINT_URL", "localhost:4566")]).unwrap_err();
        assert!(
            error.to_string().contains("AWS_ENDPOINT_URL is \"localhost:4566\", not an http or https URL"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_certificate_file_is_named() {
        let error = settings(&[("AWS_CA_BUNDLE", "/nonexistent/roots.pem")]).unwrap().sdk_config().unwrap_err();
        assert!(error.to_string().contains("/nonexistent/roots.pem"), "{error}");
    }

    #[test]
    fn credentials_are_not_shown() {
        let settings = settings(&[("AWS_SECRET_ACCESS_KEY", "hidden-secret")]).unwrap();
        assert!(!format!("{settings:?}").contains("hidden-secret"));
    }
}
