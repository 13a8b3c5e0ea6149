//! The HTTP client over real sockets of this machine: what networks do, and the fake Stripe behind one.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
    time::Duration,
};

use lambda_kit::{Entropy, Timer};
use processor_events::{Currency, Money, ids::CustomerId};
use serde_json::json;
use stripe_api::{
    BalanceTransaction, HttpTransport, IdempotencyKey, Method, Request, Response, SecretKey, Stripe, StripeError,
    Transport, TransportError,
};
use stripe_fake::{Fake, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::Notify,
    task::{LocalSet, spawn_local},
};

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

fn run(test: impl Future<Output = ()>) {
    LocalSet::new().block_on(&Builder::new_current_thread().enable_all().build().unwrap(), test);
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn transport(url: &str) -> HttpTransport {
    HttpTransport::new(url.parse().unwrap())
}

async fn ask(transport: &HttpTransport) -> Result<Response, TransportError> {
    let key = "rk_test_1".to_owned().into();
    let request =
        Request { method: Method::Get, path: "/v1/customers/cus_1".to_owned(), headers: vec![], key, body: vec![] };
    transport.send(request).await
}

/// Reads a request to the end of its head. All that are asked here have no body.
async fn read_request(stream: &mut TcpStream) {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
}

#[test]
fn a_refused_connection_is_no_answer() {
    run(async {
        let (listener, url) = listener().await;
        drop(listener);
        let error = ask(&transport(&url)).await.unwrap_err();
        assert!(error.reason.contains("refused"), "{error}");
        assert!(!error.reason.contains("rk_test"), "{error}");
    });
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let endings: [&[u8]; 4] =
        [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":", b"nonsense\r\n\r\n"];
    for said in endings {
        run(async {
            let (listener, url) = listener().await;
            spawn_local(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                read_request(&mut stream).await;
                stream.write_all(said).await.unwrap();
            });
            assert!(ask(&transport(&url)).await.is_err(), "{said:?}");
        });
    }
}

#[test]
fn one_connection_serves_many_requests_and_a_closed_one_is_replaced() {
    run(async {
        let (listener, url) = listener().await;
        let accepted = Rc::new(Cell::new(0_u32));
        let count = Rc::clone(&accepted);
        spawn_local(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.set(count.get().saturating_add(1));
                // Three requests, then it closes, as Stripe's edge does from time to time.
                for _ in 0..3 {
                    read_request(&mut stream).await;
                    stream.write_all(WHOLE).await.unwrap();
                }
            }
        });
        let transport = transport(&url);
        for _ in 0..3 {
            assert_eq!(ask(&transport).await.unwrap().status, 200);
        }
        assert_eq!(accepted.get(), 1, "one connection for all three");
        for _ in 0..3 {
            assert_eq!(ask(&transport).await.unwrap().status, 200);
        }
        assert_eq!(accepted.get(), 2, "a new connection for what follows");
    });
}

#[test]
fn the_headers_that_matter_are_read() {
    run(async {
        let (listener, url) = listener().await;
        spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            let head = "HTTP/1.1 429 Too Many\r\nstripe-should-retry: true\r\nretry-after: 2\r\n\
                        idempotent-replayed: true\r\nrequest-id: req_1\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
        });
        let response = ask(&transport(&url)).await.unwrap();
        assert_eq!((response.status, response.should_retry, response.retry_after_seconds), (429, Some(true), Some(2)));
        assert_eq!((response.replayed, response.request_id.as_deref()), (true, Some("req_1")));
    });
}

/// Time stands still until somebody says that the limit of an attempt is over.
#[derive(Clone, Default)]
struct Alarm(Rc<Notify>);

impl Timer for Alarm {
    async fn sleep(&self, duration: Duration) {
        if duration > Duration::from_secs(5) {
            self.0.notified().await;
        }
    }
}

struct NoChance;

impl Entropy for NoChance {
    fn below(&self, _: u64) -> u64 {
        0
    }
}

fn stripe(url: &str, alarm: &Alarm) -> Stripe<HttpTransport, SecretKey, Alarm, NoChance> {
    Stripe::new(transport(url), SecretKey::new("rk_test_1").unwrap(), alarm.clone(), NoChance)
}

async fn credit<T: Transport>(
    stripe: &Stripe<T, SecretKey, Alarm, NoChance>,
) -> Result<BalanceTransaction, StripeError> {
    let customer = CustomerId::new("cus_1").unwrap();
    let key = IdempotencyKey::new("tier-reward:cus_1:gold").unwrap();
    stripe.create_balance_transaction(&customer, Money::new(-1_000, Currency::USD), "Gold", &[], &key).await
}

#[test]
fn an_answer_whose_head_does_not_come_is_given_up_and_asked_for_again() {
    run(async {
        let (listener, url) = listener().await;
        let alarm = Alarm::default();
        let ring = alarm.clone();
        spawn_local(async move {
            let (mut slow, _) = listener.accept().await.unwrap();
            read_request(&mut slow).await;
            slow.write_all(b"HTTP/1.1 200 OK\r\ncontent-").await.unwrap();
            ring.0.notify_one();
            let (mut quick, _) = listener.accept().await.unwrap();
            read_request(&mut quick).await;
            let body = json!({"id": "gold", "object": "coupon", "valid": true}).to_string();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            quick.write_all(answer.as_bytes()).await.unwrap();
            drop(slow);
        });
        let coupon = stripe(&url, &alarm).coupon("gold").await.unwrap();
        assert_eq!(coupon.id, "gold");
    });
}

#[test]
fn an_answer_that_never_comes_is_a_named_timeout() {
    run(async {
        let (listener, url) = listener().await;
        let alarm = Alarm::default();
        let ring = alarm.clone();
        spawn_local(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                read_request(&mut stream).await;
                silent.push(stream);
                ring.0.notify_one();
            }
        });
        let error = stripe(&url, &alarm).coupon("gold").await.unwrap_err();
        let StripeError::Unavailable { attempts, reason, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*attempts, 4);
        assert!(reason.contains("nothing within 6 s"), "{reason}");
    });
}

#[test]
fn whatever_the_fake_does_on_the_wire_there_is_one_credit() {
    let faults = ["conflict", "too_many", "unavailable", "lost"];
    for fault in faults {
        run(async {
            let (listener, url) = listener().await;
            let mut account = Fake::new();
            account.put("customers", json!({"id": "cus_1", "object": "customer", "balance": 0}));
            let fault = stripe_fake::Fault::of_name(fault).unwrap();
            account.fail_next("POST /v1/customers/{id}/balance_transactions", fault);
            let fake = Rc::new(RefCell::new(account));
            spawn_local(serve(listener, Rc::clone(&fake)));
            let made = credit(&stripe(&url, &Alarm::default())).await.unwrap();
            assert_eq!((made.amount, made.currency), (-1_000, Currency::USD));
            assert_eq!(fake.borrow().all("balance_transactions").len(), 1, "{fault:?}");
        });
    }
}
