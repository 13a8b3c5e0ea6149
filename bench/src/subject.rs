//! One function under measurement.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail, ensure};
use flate2::{Compression, write::DeflateEncoder};
use tokio::process::{Child, Command};

use crate::{
    backend::Backend,
    events::{self, Kind},
    figures::{Figures, Gates, Spread},
    runtime_api::{Happening, RuntimeApi, now},
};

const BATCH: usize = 10;
/// Batches before counting begins: connections are open and caches filled by then.
const WARM_UP: usize = 30;
/// Where the peers' interpreter is found; our own binaries need none.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

pub(crate) type Variables = &'static [(&'static str, &'static str)];

const INVOICE_GATES: Gates =
    Gates { first_poll: 20, first_answer: 15, cpu: 8, calls_hundredths: 400, peak_memory_mb: 24, zip_mb: 4 };
const PAYMENT_GATES: Gates = Gates { cpu: 10, calls_hundredths: 220, ..INVOICE_GATES };

/// What each function is, fed with, and configured by.
const ALL: &[(&str, Kind, Variables)] = &[
    (
        "fn-customer-notices",
        Kind::Invoice,
        &[
            ("CUSTOMERS_TABLE", "customers"),
            ("DELIVERIES_TABLE", "deliveries"),
            ("OUTBOUND_MODE", "send"),
            ("EMAIL_FROM", "billing@example.com"),
            ("BRAND_NAME", "Example"),
            ("BRAND_COLOR", "#0a6cff"),
            ("BRAND_SUPPORT_EMAIL", "help@example.com"),
            ("BRAND_FOOTER", "Example Inc, 1 Example Street"),
            ("DEFAULT_LOCALE", "en"),
            ("LINK_HOSTS", "invoice.stripe.com"),
        ],
    ),
    (
        "fn-loyalty-points",
        Kind::Payment,
        &[
            ("LEDGER_TABLE", "ledger"),
            ("ENGAGEMENT_STATE_MACHINE_ARN", "arn:aws:states:eu-central-1:123456789012:stateMachine:engagement"),
        ],
    ),
];

/// A function and what it is fed with.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: String,
    /// What is run, with its arguments.
    program: Vec<PathBuf>,
    /// What is deployed, for the zip.
    artifact: PathBuf,
    kind: Kind,
    environment: Variables,
}

impl Subject {
    /// Every function that takes batches, as found in `folder`.
    pub(crate) fn ours(folder: &Path) -> anyhow::Result<Vec<Self>> {
        ALL.iter()
            .map(|(name, kind, environment)| {
                let binary = folder.join(name);
                ensure!(binary.exists(), "{} is not there: run `cargo build --release` first", binary.display());
                let artifact = binary.canonicalize()?;
                Ok(Self {
                    name: (*name).to_owned(),
                    program: vec![artifact.clone()],
                    artifact,
                    kind: *kind,
                    environment,
                })
            })
            .collect()
    }

    /// The same functions as a Node team would write them, bundled under `folder`.
    pub(crate) fn node_peers(folder: &Path) -> anyhow::Result<Vec<Self>> {
        ALL.iter()
            .map(|(name, kind, environment)| {
                let bundle = folder.join("dist").join(format!("{}.mjs", name.trim_start_matches("fn-")));
                let artifact = bundle.canonicalize().with_context(|| format!("find {}", bundle.display()))?;
                let program = vec![PathBuf::from("node"), artifact.clone()];
                Ok(Self {
                    name: format!("  Node: {}", name.trim_start_matches("fn-")),
                    program,
                    artifact,
                    kind: *kind,
                    environment,
                })
            })
            .collect()
    }

    /// What it may cost.
    pub(crate) fn gates(&self) -> Gates {
        match self.kind {
            Kind::Invoice => INVOICE_GATES,
            Kind::Payment => PAYMENT_GATES,
        }
    }

    /// Measures cold starts first, then a warm function.
    pub(crate) async fn measure(&self, backend: &Backend, starts: usize, batches: usize) -> anyhow::Result<Figures> {
        let (mut polls, mut answers) = (Vec::new(), Vec::new());
        for number in 0..starts {
            let (poll, answer) = self.cold_start(backend, number).await?;
            polls.push(poll);
            answers.push(answer);
        }
        let warm = self.warm(backend, batches).await?;
        let unknown = backend.unknown();
        ensure!(
            unknown.is_empty(),
            "the stand-in for AWS has no answer for {unknown:?}: teach it in bench/src/backend.rs"
        );
        Ok(Figures {
            name: self.name.clone(),
            first_poll: Spread::of(polls),
            first_answer: Spread::of(answers),
            zip_bytes: self.zip_bytes()?,
            ..warm
        })
    }

    async fn cold_start(&self, backend: &Backend, number: usize) -> anyhow::Result<(Duration, Duration)> {
        let mut api = RuntimeApi::start(deadline()).await?;
        api.events.send(events::batch(self.kind, number, 1, seconds())).await?;
        let started = now();
        let mut child = self.spawn(backend, &api)?;
        let polled = expect_poll(&mut api).await?;
        let answered = expect_answer(&mut api).await?;
        child.kill().await?;
        Ok((polled.duration_since(started), answered.duration_since(started)))
    }

    async fn warm(&self, backend: &Backend, batches: usize) -> anyhow::Result<Figures> {
        let mut api = RuntimeApi::start(deadline()).await?;
        let mut child = self.spawn(backend, &api)?;
        let process = child.id().context("the function has ended")?;
        let mut walls = Vec::new();
        let (mut cpu_before, mut count_before) = (0, backend.count());
        for number in 0..batches.saturating_add(WARM_UP) {
            if number == WARM_UP {
                (cpu_before, count_before) = (cpu_nanoseconds(process)?, backend.count());
            }
            expect_poll(&mut api).await?;
            let batch = events::batch(self.kind, number.saturating_add(1_000_000), BATCH, seconds());
            let handed_out = now();
            api.events.send(batch).await?;
            let answered = expect_answer(&mut api).await?;
            if number >= WARM_UP {
                walls.push(answered.duration_since(handed_out));
            }
        }
        expect_poll(&mut api).await?;
        let (cpu, count) = (cpu_nanoseconds(process)?, backend.count());
        let peak_memory_kib = peak_memory_kib(process)?;
        child.kill().await?;
        let events = u64::try_from(batches.saturating_mul(BATCH))?.max(1);
        Ok(Figures {
            name: self.name.clone(),
            first_poll: Spread::default(),
            first_answer: Spread::default(),
            batch: Spread::of(walls),
            cpu_per_event: Duration::from_nanos(cpu.saturating_sub(cpu_before).checked_div(events).unwrap_or_default()),
            calls: count.calls.saturating_sub(count_before.calls),
            connections: count.connections.saturating_sub(count_before.connections),
            events,
            peak_memory_kib,
            zip_bytes: 0,
        })
    }

    fn spawn(&self, backend: &Backend, api: &RuntimeApi) -> anyhow::Result<Child> {
        spawn(&self.program, self.environment, backend, api)
    }

    fn zip_bytes(&self) -> anyhow::Result<u64> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&fs::read(&self.artifact)?)?;
        Ok(u64::try_from(encoder.finish()?.len())?)
    }
}

/// Starts a program as Lambda would, with nothing in its environment but what it is given here.
pub(crate) fn spawn(
    program: &[PathBuf],
    environment: Variables,
    backend: &Backend,
    api: &RuntimeApi,
) -> anyhow::Result<Child> {
    let (program, arguments) = program.split_first().context("nothing to run")?;
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .envs(environment.iter().copied())
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_ENDPOINT_URL", backend.url())
        .env("AWS_CA_BUNDLE", backend.certificate())
        .env("NODE_EXTRA_CA_CERTS", backend.certificate())
        .env("NODE_NO_WARNINGS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start {}", program.display()))
}

pub(crate) async fn expect_poll(api: &mut RuntimeApi) -> anyhow::Result<Instant> {
    match next(api).await? {
        Happening::Polled(at) => Ok(at),
        other => bail!("expected the function to ask for an event, but {other:?}"),
    }
}

async fn expect_answer(api: &mut RuntimeApi) -> anyhow::Result<Instant> {
    match next(api).await? {
        Happening::Answered(at, body) => {
            let answer: serde_json::Value = serde_json::from_slice(&body)?;
            let failed = answer["batchItemFailures"].as_array().map_or(1, Vec::len);
            ensure!(failed == 0, "{failed} records failed: run the binary by hand to see its log");
            Ok(at)
        }
        other => bail!("expected an answer, but {other:?}"),
    }
}

pub(crate) async fn next(api: &mut RuntimeApi) -> anyhow::Result<Happening> {
    let happening = tokio::time::timeout(Duration::from_secs(20), api.happenings.recv()).await;
    match happening
        .context("nothing heard from the function in 20 s")?
        .context("the stand-in for the Runtime API has ended")?
    {
        Happening::Failed(body) => bail!("the function failed: {}", String::from_utf8_lossy(&body)),
        happening => Ok(happening),
    }
}

/// The time all threads of a process have spent on a CPU.
pub(crate) fn cpu_nanoseconds(process: u32) -> anyhow::Result<u64> {
    let mut sum = 0_u64;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds: u64 = text.split_whitespace().next().context("schedstat is empty")?.parse()?;
        sum = sum.saturating_add(nanoseconds);
    }
    Ok(sum)
}

fn peak_memory_kib(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}

#[expect(clippy::disallowed_methods, reason = "the stand-in plays Lambda, which tells the time")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

pub(crate) fn seconds() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX)
}

pub(crate) fn deadline() -> u128 {
    since_1970().saturating_add(Duration::from_mins(10)).as_millis()
}
