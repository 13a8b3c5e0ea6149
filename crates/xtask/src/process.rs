//! Long steps: each says that it began, shows that it lives, and says how long it took. What a step prints goes to its
//! log file; when it fails, the end of the log is shown. All of it goes to standard error, because `cargo xtask env` is read by a shell.

use std::{
    fs::{self, File},
    io::{IsTerminal, Write, stderr},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// How often a step is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How often a step shows that it lives where the line cannot be rewritten.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How much of a log is shown after a failure.
const TAIL_LINES: usize = 40;

/// Runs a command as a step. `step` names the log file, `what` is shown.
pub fn run(step: &str, what: &str, command: &mut Command) -> Result<()> {
    let log = workspace::log_file(step);
    let mut progress = Progress::start(what);
    let mut child = spawn_logged(command, &log)?;
    let status = loop {
        if let Some(status) = child.try_wait().with_context(|| format!("could not wait for {step}"))? {
            break status;
        }
        progress.tick(|| last_line(&log));
        thread::sleep(TICK);
    };
    if status.success() {
        progress.done();
        return Ok(());
    }
    progress.failed();
    bail!("{what} failed ({status}). The end of {}:\n\n{}", log.display(), tail(&log));
}

/// Starts a command whose output goes to a log file.
pub fn spawn_logged(command: &mut Command, log: &Path) -> Result<Child> {
    if let Some(directory) = log.parent() {
        fs::create_dir_all(directory).with_context(|| format!("could not create {}", directory.display()))?;
    }
    let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let errors = file.try_clone().with_context(|| format!("could not write {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .with_context(|| format!("could not start {}", command.get_program().to_string_lossy()))
}

/// The last lines of a log.
#[must_use]
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

fn last_line(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(70).collect()
}

/// The line that shows a step.
#[derive(Debug)]
pub struct Progress {
    what: String,
    start: Instant,
    last: Instant,
    terminal: bool,
}

impl Progress {
    /// Says that a step begins.
    #[must_use]
    pub fn start(what: &str) -> Self {
        let terminal = stderr().is_terminal();
        if !terminal {
            eprintln!("  …      {what}");
        }
        let now = Instant::now();
        Self { what: what.to_owned(), start: now, last: now, terminal }
    }

    /// Shows from time to time that the step lives, and what it is at.
    pub fn tick(&mut self, at: impl FnOnce() -> String) {
        let pause = if self.terminal { Duration::from_secs(1) } else { HEARTBEAT };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let at = at();
        if self.terminal {
            eprint!("\r\x1b[2K  {} {}  \x1b[2m{at}\x1b[0m", clock(self.start.elapsed()), self.what);
            // A terminal that does not take the line only shows less.
            if stderr().flush().is_err() {
                self.terminal = false;
            }
        } else {
            eprintln!("  {} {}: {at}", clock(self.start.elapsed()), self.what);
        }
    }

    /// Says that the step succeeded.
    pub fn done(self) {
        self.end("✓");
    }

    /// Says that the step failed.
    pub fn failed(self) {
        self.end("✗");
    }

    /// Says how the step ended.
    pub fn end_with(self, success: bool) {
        self.end(if success { "✓" } else { "✗" });
    }

    fn end(self, mark: &str) {
        let start = if self.terminal { "\r\x1b[2K" } else { "" };
        eprintln!("{start}{mark} {} {}", clock(self.start.elapsed()), self.what);
    }
}

/// Minutes and seconds: `  0:07`, `12:40`; below ten seconds with one decimal.
#[must_use]
pub fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 10 {
        let tenths = elapsed.subsec_millis().checked_div(100).unwrap_or_default();
        return format!("{:>5}s", format!("{seconds}.{tenths}"));
    }
    let minutes = seconds.checked_div(60).unwrap_or_default();
    let rest = seconds.checked_rem(60).unwrap_or_default();
    format!("{minutes:>3}:{rest:02}")
}
