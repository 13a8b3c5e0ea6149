//! Answers by HTTPS to the presigned URL that CloudFormation hands over.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::{
    client::{http::HttpConnector, orchestrator::HttpRequest},
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use lambda_kit::https::{Roots, connector};

use crate::{Answers, OutsideError, ResponseUrl};

/// Puts answers where CloudFormation waits for them: a bucket of S3.
#[derive(Debug)]
pub struct HttpAnswers {
    connector: Connector,
}

impl HttpAnswers {
    /// A client that trusts the system's roots.
    #[must_use]
    pub fn new() -> Self {
        Self { connector: connector(Roots::System, Duration::from_secs(2), Some(Duration::from_secs(3))) }
    }
}

impl Default for HttpAnswers {
    fn default() -> Self {
        Self::new()
    }
}

impl Answers for HttpAnswers {
    async fn put(&self, url: &ResponseUrl, body: &str) -> Result<(), OutsideError> {
        let reply = self.connector.call(request(url, body)?).await.map_err(|error| OutsideError {
            // The error's own text may quote the URL.
            message: if error.is_timeout() { "no reply in time" } else { "the connection failed" }.to_owned(),
            passing: true,
        })?;
        let status = reply.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(OutsideError { message: format!("the reply was {}", status.as_u16()), passing: is_passing(status) })
        }
    }
}

/// The URL is signed for a PUT without a content type: S3 refuses one that names any.
fn request(url: &ResponseUrl, body: &str) -> Result<HttpRequest, OutsideError> {
    let unusable = || OutsideError { message: "the answer URL cannot be used".to_owned(), passing: false };
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("PUT").map_err(|_| unusable())?;
    request.set_uri(url.reveal()).map_err(|_| unusable())?;
    request.headers_mut().insert("content-type", "");
    request.headers_mut().insert("content-length", body.len().to_string());
    Ok(request)
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status.as_u16() == 429
}
