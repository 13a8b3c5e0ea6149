//! A stand-in for the AWS endpoints: TLS with a certificate of its own, an answer for every call the functions make.

use std::{
    convert::Infallible,
    io::Write as _,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A running endpoint.
#[derive(Debug)]
pub(crate) struct Backend {
    address: SocketAddr,
    certificate: NamedTempFile,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    calls: AtomicUsize,
    connections: AtomicUsize,
    unknown: Mutex<Vec<String>>,
}

/// What the endpoint has seen so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) calls: usize,
    pub(crate) connections: usize,
}

impl Backend {
    /// Listens on a free port of the loopback interface.
    pub(crate) async fn start(call: Duration) -> anyhow::Result<Self> {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let mut certificate = NamedTempFile::new()?;
        certificate.write_all(key.cert.pem().as_bytes())?;
        let private_key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()));
        let config =
            ServerConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(vec![key.cert.der().clone()], private_key)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("open a port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&seen), call));
        Ok(Self { address, certificate, seen })
    }

    /// What to give the function as `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// What to give the function as `AWS_CA_BUNDLE`.
    pub(crate) fn certificate(&self) -> &Path {
        self.certificate.path()
    }

    /// Everything seen since the start.
    pub(crate) fn count(&self) -> Count {
        Count {
            calls: self.seen.calls.load(Ordering::SeqCst),
            connections: self.seen.connections.load(Ordering::SeqCst),
        }
    }

    /// Calls that nobody has taught this stand-in to answer; a figure beside such a call is worth nothing.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.seen.unknown.lock().map(|unknown| unknown.clone()).unwrap_or_default()
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, seen: Arc<Seen>, call: Duration) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            // A function that ends in the middle of a handshake or a request is an ordinary thing here.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            seen.connections.fetch_add(1, Ordering::SeqCst);
            let service = service_fn(|request| answer(request, &seen, call));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

async fn answer(request: Request<Incoming>, seen: &Seen, call: Duration) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    seen.calls.fetch_add(1, Ordering::SeqCst);
    if !call.is_zero() {
        tokio::time::sleep(call).await;
    }
    let operation = target.as_deref().and_then(|target| target.split('.').next_back()).unwrap_or(path.as_str());
    let reply = match operation {
        "BatchGetItem" => Some(r#"{"Responses":{},"UnprocessedKeys":{}}"#.to_owned()),
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" => Some("{}".to_owned()),
        "Query" => Some(r#"{"Items":[],"Count":0}"#.to_owned()),
        "DescribeTable" => Some(r#"{"Table":{"TableStatus":"ACTIVE"}}"#.to_owned()),
        "DescribeStateMachine" => Some(r#"{"stateMachineArn":"arn","name":"n","definition":"{}","roleArn":"arn","type":"STANDARD","creationDate":1}"#.to_owned()),
        "StartExecution" => Some(r#"{"executionArn":"arn:aws:states:eu-central-1:123456789012:execution:m:e","startDate":1700000000}"#.to_owned()),
        "GetSecretValue" => Some(r#"{"Name":"hooks","SecretString":"{\"stripe\":[\"whsec_new\",\"whsec_old\"]}"}"#.to_owned()),
        "/v2/email/outbound-emails" => Some(r#"{"MessageId":"010001"}"#.to_owned()),
        "/v2/email/account" => Some(r#"{"SendingEnabled":true}"#.to_owned()),
        "/" => Some(query_api(&body)),
        _ => None,
    };
    let reply = reply.unwrap_or_else(|| {
        if let Ok(mut unknown) = seen.unknown.lock() {
            unknown.push(operation.to_owned());
        }
        "{}".to_owned()
    });
    Ok(Response::new(Full::new(Bytes::from(reply))))
}

/// SNS speaks forms and XML.
fn query_api(body: &[u8]) -> String {
    let action = body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(b"Action=")).unwrap_or_default();
    let action = String::from_utf8_lossy(action);
    format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result><MessageId>1</MessageId></{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
}
