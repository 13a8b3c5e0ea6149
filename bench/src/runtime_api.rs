//! A stand-in for the Lambda Runtime API: hands out batches and takes the answers.
//!
//! The API: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// What the function did.
#[derive(Debug)]
pub(crate) enum Happening {
    /// It asked for an event.
    Polled(Instant),
    /// It answered one.
    Answered(Instant, Bytes),
    /// It said that it failed.
    Failed(Bytes),
}

/// A running API for one function.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) events: mpsc::Sender<String>,
    pub(crate) happenings: mpsc::Receiver<Happening>,
}

struct Shared {
    events: Mutex<mpsc::Receiver<String>>,
    happenings: mpsc::Sender<Happening>,
    deadline: u128,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface; `deadline` is told with every event, in milliseconds since 1970.
    pub(crate) async fn start(deadline: u128) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (events, queue) = mpsc::channel(16);
        let (teller, happenings) = mpsc::channel(16);
        let shared = Arc::new(Shared { events: Mutex::new(queue), happenings: teller, deadline });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &shared));
                    // The function is killed while it polls: that ends the connection.
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        Ok(Self { address, events, happenings })
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if path.ends_with("/invocation/next") {
        return Ok(next(shared).await);
    }
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let happening =
        if path.ends_with("/response") { Happening::Answered(now(), body) } else { Happening::Failed(body) };
    // Nobody listens any more once the measurement is over.
    shared.happenings.send(happening).await.ok();
    Ok(with_status(StatusCode::ACCEPTED, Bytes::new()))
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    shared.happenings.send(Happening::Polled(now())).await.ok();
    let Some(event) = shared.events.lock().await.recv().await else {
        return with_status(StatusCode::GONE, Bytes::new());
    };
    Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("Lambda-Runtime-Deadline-Ms", shared.deadline.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:bench")
        .header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
        .body(Full::new(Bytes::from(event)))
        .expect("the headers are constants and a number")
}

fn with_status(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}

#[expect(clippy::disallowed_methods, reason = "measuring is what the bench is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
