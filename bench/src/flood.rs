//! What strangers' requests cost the webhook ingress: nobody signed them, and they look as if somebody had.

use std::{fmt, fs, path::Path, time::Duration};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    backend::Backend,
    figures::milliseconds,
    runtime_api::{Happening, RuntimeApi},
    subject::{cpu_nanoseconds, deadline, expect_poll, next, seconds, spawn},
};

const NAME: &str = "fn-webhook-ingress";
const ENVIRONMENT: &[(&str, &str)] = &[
    ("HUB_NAME", "hub"),
    ("WEBHOOK_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hooks-abcdef"),
    ("PAYMENT_MODE", "test"),
];
/// The body at which the gate is.
const LARGE_BYTES: usize = 256 * 1024;
const SMALL_BYTES: usize = 1024;
/// One request of so many is a large one.
const LARGE_EVERY: usize = 10;
/// Requests before memory is looked at for the first time: connections are open and buffers have grown by then.
const WARM_UP: usize = 1_000;
/// The most that a request of [`LARGE_BYTES`] may cost in 99 of 100 cases.
const CPU_GATE: Duration = Duration::from_millis(1);
/// How much the memory may grow after the warm-up, in KiB: less than the body of one request.
const GROWTH_GATE_KIB: u64 = 256;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Flood {
    requests: usize,
    /// CPU of each large request, sorted.
    large: Vec<Duration>,
    /// The time that it took, from the first request to the last answer.
    took: Duration,
    calls: usize,
    memory_kib_before: u64,
    memory_kib_after: u64,
}

/// Floods the binary in `folder`.
pub(crate) async fn measure(folder: &Path, backend: &Backend, requests: usize) -> anyhow::Result<Flood> {
    let binary = folder.join(NAME);
    ensure!(binary.exists(), "{} is not there: run `cargo build --release -p {NAME}` first", binary.display());
    let mut api = RuntimeApi::start(deadline()).await?;
    let mut child = spawn(&[binary.canonicalize()?], ENVIRONMENT, backend, &api)?;
    let process = child.id().context("the function has ended")?;
    let calls_before = backend.count().calls;
    let mut large = Vec::new();
    let mut memory_kib_before = 0;
    let mut started = expect_poll(&mut api).await?;
    let (first, mut last) = (started, started);
    for number in 0..requests {
        if number == WARM_UP.min(requests / 2) {
            memory_kib_before = resident_kib(process)?;
        }
        let is_large = number % LARGE_EVERY == 0;
        let cpu_before = cpu_nanoseconds(process)?;
        api.events.send(request(number, if is_large { LARGE_BYTES } else { SMALL_BYTES })).await?;
        expect_refusal(&mut api).await?;
        // Until it asks for more, it still works on this one.
        started = expect_poll(&mut api).await?;
        last = started;
        if is_large && number >= WARM_UP.min(requests / 2) {
            large.push(Duration::from_nanos(cpu_nanoseconds(process)?.saturating_sub(cpu_before)));
        }
    }
    large.sort_unstable();
    let memory_kib_after = resident_kib(process)?;
    child.kill().await?;
    Ok(Flood {
        requests,
        large,
        took: last.duration_since(first),
        calls: backend.count().calls.saturating_sub(calls_before),
        memory_kib_before,
        memory_kib_after,
    })
}

impl Flood {
    /// Which gates it does not keep: `bench`'s README says where they come from.
    pub(crate) fn misses(&self) -> Vec<String> {
        let most_calls = usize::try_from(self.took.as_secs() / 60).unwrap_or(usize::MAX).saturating_add(1);
        let gates = [
            (self.percentile(99) > CPU_GATE, format!("CPU over {} ms", milliseconds(CPU_GATE))),
            (self.calls > most_calls, format!("more than {most_calls} calls of AWS")),
            (self.growth_kib() > GROWTH_GATE_KIB, format!("memory grew by more than {GROWTH_GATE_KIB} KiB")),
        ];
        gates.into_iter().filter_map(|(is_missed, gate)| is_missed.then_some(gate)).collect()
    }

    fn percentile(&self, percent: usize) -> Duration {
        let index = self.large.len().saturating_mul(percent) / 100;
        self.large.get(index.min(self.large.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    const fn growth_kib(&self) -> u64 {
        self.memory_kib_after.saturating_sub(self.memory_kib_before)
    }
}

impl fmt::Display for Flood {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{NAME}: {} requests that nobody signed, in {} s", self.requests, self.took.as_secs())?;
        writeln!(
            formatter,
            "  CPU of a request of 256 KiB   median {} ms, 99th percentile {} ms",
            milliseconds(self.percentile(50)),
            milliseconds(self.percentile(99))
        )?;
        writeln!(formatter, "  calls of AWS                  {} (the secret, at most once a minute)", self.calls)?;
        write!(
            formatter,
            "  memory                        {} KiB after {WARM_UP}, {} KiB at the end",
            self.memory_kib_before, self.memory_kib_after
        )
    }
}

/// A request in the form of a function URL, with a signature that fits in all but its value.
fn request(number: usize, body_bytes: usize) -> String {
    let head = r#"{"id":"evt_1","object":"event","type":"invoice.paid","livemode":false,"data":{"object":{"name":""#;
    let body = format!("{head}{}\"}}}}}}", "x".repeat(body_bytes.saturating_sub(head.len().saturating_add(4))));
    json!({
        "version": "2.0", "rawPath": "/stripe", "requestContext": {"http": {"method": "POST"}},
        "headers": {"content-type": "application/json", "stripe-signature": format!("t={},v1={number:064x}", seconds())},
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}

async fn expect_refusal(api: &mut RuntimeApi) -> anyhow::Result<()> {
    let happening = next(api).await?;
    let Happening::Answered(_, body) = happening else { anyhow::bail!("expected an answer, but {happening:?}") };
    let answer: Value = serde_json::from_slice(&body)?;
    ensure!(answer["statusCode"] == 400, "a bad signature must be refused: {answer}");
    Ok(())
}

fn resident_kib(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
