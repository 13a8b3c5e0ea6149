//! The AWS emulator: one process without Docker, on this machine only.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{aws::Aws, isolation, process, python::Environment, workspace};

/// How long the emulator may take to be ready on a busy machine.
const START_TIME: Duration = Duration::from_secs(90);

/// How long it may take to end by itself.
const STOP_TIME: Duration = Duration::from_secs(3);

/// How to start it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The port; any free one without it.
    pub port: Option<u16>,
    /// Hold every function to its own role.
    pub enforce_iam: bool,
    /// Leave it running when we end.
    pub keep: bool,
    /// Let workflows wait a tenth of the time that they name, between states and between attempts.
    pub hurry: bool,
}

/// A running emulator. Unless it is kept, it ends with this value, and also when this process is killed.
#[derive(Debug)]
pub struct Emulator {
    /// Where it listens.
    pub port: u16,
    child: Child,
    lifeline: Option<ChildStdin>,
}

impl Emulator {
    /// Starts it and waits until it is ready.
    pub fn start(tools: &Environment, options: Options) -> Result<Self> {
        let port = free_port(options.port)?;
        let what = if options.enforce_iam {
            "starting the AWS emulator, with IAM enforced"
        } else {
            "starting the AWS emulator"
        };
        let mut progress = process::Progress::start(what);
        let log = workspace::log_file(&format!("emulator-{port}"));
        let mut command = command(tools, port, options)?;
        let mut child = spawn(&mut command, &log)?;
        let lifeline = child.stdin.take();
        let mut emulator = Self { port, child, lifeline };
        if let Err(error) = emulator.wait_until_ready(&mut progress) {
            progress.failed();
            return Err(error.context(format!("The end of {}:\n\n{}", log.display(), process::tail(&log))));
        }
        progress.done();
        if options.keep {
            Kept { port, process_group: emulator.child.id() }.save()?;
        }
        Ok(emulator)
    }

    /// A client of its API.
    #[must_use]
    pub fn aws(&self) -> Aws {
        Aws::new(self.port)
    }

    /// The group of its processes: what joins it ends with it.
    pub fn process_group(&self) -> Result<i32> {
        i32::try_from(self.child.id()).context("the emulator's process has a strange id")
    }

    /// Lets it run on without us; only for one that was started to be kept.
    pub fn leave_running(mut self) {
        drop(self.lifeline.take());
        std::mem::forget(self);
    }

    fn wait_until_ready(&mut self, progress: &mut process::Progress) -> Result<()> {
        let aws = self.aws();
        let start = Instant::now();
        while !aws.is_ready() {
            if let Some(status) = self.child.try_wait().context("could not wait for the emulator")? {
                bail!("the AWS emulator ended by itself ({status})");
            }
            if start.elapsed() > START_TIME {
                bail!("the AWS emulator was not ready after {} seconds", START_TIME.as_secs());
            }
            progress.tick(String::new);
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        stop_group(self.child.id());
        // The group is gone by now; this only collects the exit status.
        if let Err(error) = self.child.wait() {
            eprintln!("could not wait for the AWS emulator to end: {error}");
        }
    }
}

/// What is remembered of an emulator that was left running.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Where it listens.
    pub port: u16,
    process_group: u32,
}

impl Kept {
    /// The one that was left running, if it still answers.
    pub fn find() -> Result<Option<Self>> {
        let path = Self::path();
        let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
        let kept: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged: stop the emulator by hand and delete the file", path.display()))?;
        Ok(Aws::new(kept.port).is_ready().then_some(kept))
    }

    /// Ends it.
    pub fn stop(self) -> Result<()> {
        stop_group(self.process_group);
        fs::remove_file(Self::path()).context("could not remove the note of the running stack")
    }

    fn save(&self) -> Result<()> {
        let text = serde_json::to_string(self).context("could not write down the running stack")?;
        fs::write(Self::path(), text).context("could not write down the running stack")
    }

    fn path() -> std::path::PathBuf {
        workspace::local().join("running.json")
    }
}

fn command(tools: &Environment, port: u16, options: Options) -> Result<Command> {
    let scratch = workspace::local().join(format!("emulator-{port}"));
    fs::create_dir_all(&scratch).with_context(|| format!("could not create {}", scratch.display()))?;
    let mut command = Command::new(tools.program("python"));
    isolation::apply(&mut command, port)?;
    command
        .arg(workspace::root().join("crates/xtask/src/emulator.py"))
        .arg(port.to_string())
        .args(options.keep.then_some("keep"))
        .envs([("BIND_HOST", "127.0.0.1"), ("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0"), ("PYTHONUNBUFFERED", "1")])
        .env("AUTH", if options.enforce_iam { "true" } else { "false" })
        .env("SFN_WAIT_SCALE", if options.hurry { "0.1" } else { "1" })
        .env("TMPDIR", &scratch)
        .env("STATE_DIR", scratch.join("state"))
        .env("S3_DATA_DIR", scratch.join("s3"))
        // Of its own group, so that it and the functions that it runs can be stopped together.
        .process_group(0);
    Ok(command)
}

fn spawn(command: &mut Command, log: &std::path::Path) -> Result<Child> {
    if let Some(directory) = log.parent() {
        fs::create_dir_all(directory).with_context(|| format!("could not create {}", directory.display()))?;
    }
    let file = fs::File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let errors = file.try_clone().context("could not write the emulator's log")?;
    command.stdin(Stdio::piped()).stdout(file).stderr(errors).spawn().context("could not start the AWS emulator")
}

fn free_port(wanted: Option<u16>) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.unwrap_or(0))).with_context(|| {
        let port = wanted.unwrap_or_default();
        format!(
            "Port {port} cannot be had. Stop what uses it (`cargo xtask stop` if it is our own), or choose another one with \
             --port"
        )
    })?;
    Ok(listener.local_addr().context("could not read the port")?.port())
}

/// Ends a process group: first kindly; whoever has not gone after some seconds is ended.
fn stop_group(group: u32) {
    signal(group, "TERM");
    let start = Instant::now();
    while lives(group) {
        if start.elapsed() > STOP_TIME {
            signal(group, "KILL");
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn signal(group: u32, signal: &str) {
    let group = format!("-{group}");
    let mut command = Command::new("sh");
    // A group that has ended meanwhile is no failure.
    command.args(["-c", "kill -s \"$1\" -- \"$2\" 2>/dev/null || exit 0", "sh", signal, &group]);
    if let Err(error) = command.status() {
        eprintln!("could not stop the AWS emulator (process group {group}): {error}");
    }
}

/// Whether a process of the group still runs. One that has ended and is not collected yet does not.
fn lives(group: u32) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let group = group.to_string();
    processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()).any(|stat| {
        // `pid (name) state parent group ...`, and a name may hold anything.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let (state, of) = (fields.next(), fields.nth(1));
        of == Some(group.as_str()) && state != Some("Z")
    })
}

#[cfg(test)]
mod tests {
    use std::{
        net::{Ipv4Addr, TcpListener},
        os::unix::process::CommandExt,
        process::Command,
    };

    use super::{free_port, lives, stop_group};

    #[test]
    fn a_group_that_was_stopped_does_not_live() {
        let mut child = Command::new("sleep").arg("600").process_group(0).spawn().expect("there is a sleep");
        let group = child.id();
        assert!(lives(group));
        stop_group(group);
        assert!(!lives(group), "it has ended, and nobody has collected it");
        child.wait().expect("it was ours");
    }

    #[test]
    fn a_port_in_use_is_named_with_the_way_out() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = taken.local_addr().expect("a bound socket has an address").port();
        let message = free_port(Some(port)).expect_err("the port is taken").to_string();
        assert!(message.contains(&format!("Port {port} cannot be had")), "{message}");
        assert!(message.contains("--port"), "{message}");
    }
}
