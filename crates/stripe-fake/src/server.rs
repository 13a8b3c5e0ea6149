//! The fake behind a socket of this machine.

use std::{cell::RefCell, collections::BTreeMap, io, rc::Rc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::spawn_local};

use crate::{Answer, Fake, Question};

/// How long a client waits in vain for a silent answer.
const SILENCE: Duration = Duration::from_mins(1);

/// Serves until the task is dropped. Runs inside a `LocalSet`.
pub async fn serve(listener: TcpListener, fake: Rc<RefCell<Fake>>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let fake = Rc::clone(&fake);
        spawn_local(async move {
            let service = service_fn(move |request| answer(Rc::clone(&fake), request));
            // A connection that a fault breaks ends in an error here: that is its purpose.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(fake: Rc<RefCell<Fake>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
    let question = question(request).await?;
    let answer = fake.borrow_mut().answer(&question);
    match answer {
        Answer::Said { status, headers, body } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Full::new(Bytes::from(body))).map_err(io::Error::other)
        }
        Answer::Lost => Err(io::Error::new(io::ErrorKind::ConnectionReset, "the answer is lost")),
        Answer::Silence => {
            tokio::time::sleep(SILENCE).await;
            Err(io::Error::new(io::ErrorKind::TimedOut, "silence"))
        }
    }
}

async fn question(request: Request<Incoming>) -> Result<Question, io::Error> {
    let (parts, body) = request.into_parts();
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let path = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    Ok(Question { method: parts.method.to_string(), path, headers, body })
}
