//! HTTPS to others than AWS, by the client that the AWS clients use: a second one would be linked, and read, beside it.

use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;

/// Whom a connection trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// Whom the system trusts. They are read when the connector is made, which takes longer than everything else that happens at
    /// a cold start: make it when it is first needed.
    System,
    /// Nobody: only connections without TLS succeed.
    Nobody,
}

/// A pool of connections, each kept open for the next request.
///
/// `read` is the time until an answer begins; `None` for callers that keep a clock of their own.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "cannot happen: no certificate is given that could be wrong")]
pub fn connector(roots: Roots, connect: Duration, read: Option<Duration>) -> Connector {
    let mut settings = HttpConnectorSettings::builder().connect_timeout(connect);
    settings.set_read_timeout(read);
    let trust = match roots {
        Roots::System => TrustStore::default(),
        Roots::Nobody => TrustStore::empty(),
    };
    let context =
        TlsContext::builder().with_trust_store(trust).build().expect("no certificate is given that could be wrong");
    Connector::builder()
        .connector_settings(settings.build())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build()
}
