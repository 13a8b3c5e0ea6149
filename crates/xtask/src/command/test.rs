//! `cargo xtask test`: every check, in the order in which a mistake is found soonest.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{
    aws::SIGNATURE,
    command::{deny, sim},
    emulator::{Emulator, Options},
    isolation::{self, cargo},
    preconditions, process,
    python::{Environment, Tools, ensure},
    seed,
    stack::{self, Stack},
    stripe::Stripe,
    workspace,
};

/// What to run.
#[derive(Debug, clap::Args)]
pub struct TestArguments {
    /// Only these parts; all without it.
    #[arg(value_enum)]
    only: Vec<Part>,
}

/// A part of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Format, lints, documentation, dependencies.
    Code,
    /// The template: SAM's and CloudFormation's own checks, and our guards.
    Template,
    /// Unit, property and contract tests, the repository's rules, documentation tests.
    Units,
    /// Flows through the deployed template, also with IAM enforced.
    Flows,
}

/// Runs it; `false` when a check failed.
pub fn run(arguments: &TestArguments) -> Result<bool> {
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let python = preconditions::check()?;
    // Now, because compiling the tests may replace the file.
    let program = workspace::own_program().context("could not find this program")?;
    let mut checks = Checks::default();
    if wanted(Part::Code) {
        code(&mut checks);
    }
    if !wanted(Part::Template) && !wanted(Part::Units) && !wanted(Part::Flows) {
        return Ok(checks.summary());
    }
    let sam = ensure(&python, Tools::Sam)?;
    let tools = ensure(&python, Tools::Emulator)?;
    let stripe = ensure(&python, Tools::Stripe)?;
    let plain = Emulator::start(&tools, Options { hurry: true, ..Options::default() })?;
    let template = expanded_template();
    if wanted(Part::Template) {
        checks.run("sam validate --lint", || {
            run_shown(stack::sam_command(&sam, plain.port)?.args(["validate", "--lint"]))
        });
        checks.run("template, expanded", || expand(&sam, plain.port, &template));
        checks.run("template, guards", || {
            run_shown(tests(plain.port)?.args(only_test("template")).env("PAYBUS_EXPANDED_TEMPLATE", &template))
        });
    }
    if wanted(Part::Units) {
        checks.run("unit, property and contract tests", || {
            let mut command = tests(plain.port)?;
            command.args(["--workspace"]).env("PAYBUS_TEST_ENDPOINT", isolation::endpoint(plain.port));
            command.env("PAYBUS_PYTHON", stripe.program("python"));
            run_shown(&mut command)
        });
        checks.run("documentation tests", || {
            run_shown(cargo().args(["test", "--doc", "--workspace", "--locked", "--quiet"]))
        });
        checks.run("the ledger, simulated under faults", || simulated(&["--seeds", SEEDS]));
        checks.run("the ledger, every schedule of small cases", || simulated(&["--exhaustive", "--limit", SCHEDULES]));
    }
    if wanted(Part::Flows) {
        checks.run("template, expanded for the CRM", || expand(&sam, plain.port, &template));
        flows(&mut checks, &sam, &tools, &plain, &program);
        checks.run("the API as it is described", || described_api(&ensure(&python, Tools::Api)?, plain.port));
    }
    Ok(checks.summary())
}

fn code(checks: &mut Checks) {
    checks.run("cargo fmt", || run_shown(cargo().args(["fmt", "--all", "--check"])));
    checks.run("cargo clippy", || {
        run_shown(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    });
    checks.run("cargo doc", || {
        run_shown(
            cargo().args(["doc", "--workspace", "--no-deps", "--locked", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
    if let Some(program) = deny::installed() {
        checks.run("cargo deny", || run_shown(&mut deny::command(&program)?));
    } else {
        checks.skip("cargo deny", "not installed: `cargo xtask deny` installs and runs it");
    }
}

fn flows(checks: &mut Checks, sam: &Environment, tools: &Environment, plain: &Emulator, program: &Path) {
    if !checks.run("sam build", || stack::build(sam)) {
        return;
    }
    if !checks.run("the command line tool", || {
        run_shown(cargo().args(["build", "--package", "paybus", "--locked", "--quiet"]))
    }) {
        return;
    }
    if checks.run("sam deploy", || deploy(sam, plain).map(drop)) {
        checks.run("flows", || flow_tests(plain.port, "flows", program));
        checks.run("engagement", || flow_tests(plain.port, "engagement", program));
        checks.run("the connection to Stripe", || flow_tests(plain.port, "connect", program));
        if checks.run("sam deploy, metered", || stack::deploy_metered(sam, plain.port).map(drop)) {
            checks.run("flows of access and the API", || flow_tests(plain.port, "access", program));
        }
        checks.run("customers", || flow_tests(plain.port, "customers", program));
        checks.run("the CRM connection", || flow_tests(plain.port, "crm", program));
        checks.run("flows with something broken", || flow_tests(plain.port, "breakage", program));
    }
    for capability in stack::CAPABILITIES {
        checks.run(&format!("{capability} alone"), || stack::deploy_alone(sam, plain.port, capability));
    }
    checks.run("flows with IAM enforced", || {
        let enforced = Emulator::start(tools, Options { enforce_iam: true, hurry: true, ..Options::default() })?;
        let stack = deploy(sam, &enforced)?;
        stack.allow_email_in_the_emulator()?;
        stack.allow_failures_in_the_emulator()?;
        stack.allow_access_in_the_emulator()?;
        flow_tests(enforced.port, "flows", program)?;
        flow_tests(enforced.port, "engagement", program)?;
        flow_tests(enforced.port, "customers", program)?;
        stack::deploy_metered(sam, enforced.port)?.allow_access_in_the_emulator()?;
        flow_tests(enforced.port, "access", program)?;
        run_shown(flow_command(enforced.port, "connect", program)?.env("PAYBUS_TEST_IAM", "enforced"))
    });
}

/// How many seeds are simulated; each is some twenty deliveries, and all of them take less than a minute.
const SEEDS: &str = "100000";

/// How many schedules of each of the seven small cases are walked, about a million in all: the smallest have fewer.
/// `cargo xtask sim --full` walks 39 million.
const SCHEDULES: &str = "200000";

/// The simulation in its own profile, which runs it some ten times as fast as the tests do.
fn simulated(arguments: &[&str]) -> Result<()> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    if !sim::run(&arguments)? {
        bail!("a rule was broken: the seed or the schedule is named above");
    }
    Ok(())
}

/// The whole stack with the fake Stripe, the demo's program in force, and quick to give up.
fn deploy(sam: &Environment, emulator: &Emulator) -> Result<Stack> {
    Stripe::start(emulator)?;
    let stack = stack::deploy(sam, emulator.port)?;
    stack.hasten()?;
    seed::demo(&stack)?;
    Ok(stack)
}

/// Requests that the API's own description allows, and others that it forbids: every answer has to be one that it promises.
fn described_api(schemathesis: &Environment, port: u16) -> Result<()> {
    let stack = Stack::on(port)?;
    let address = stack.aws.api_address(stack.output("CustomerApiUrl")?)?;
    let signature = format!("Authorization: {SIGNATURE}");
    let mut command = Command::new(schemathesis.program("schemathesis"));
    isolation::apply(&mut command, port)?;
    command.arg("--config-file").arg(workspace::root().join("tests/schemathesis.toml"));
    command.args(["run", &format!("{address}/openapi.json"), "--url", &address, "--header", &signature]);
    // The same requests each time: a check that is red must be red again.
    command.args(["--generation-deterministic", "--max-examples", "30", "--workers", "2", "--warnings", "off"]);
    run_shown(command.current_dir(workspace::local()))
}

fn flow_tests(port: u16, name: &str, program: &Path) -> Result<()> {
    run_shown(&mut flow_command(port, name, program)?)
}

fn flow_command(port: u16, name: &str, program: &Path) -> Result<Command> {
    let mut command = tests(port)?;
    command.args(only_test(name)).env("PAYBUS_TEST_STACK", port.to_string());
    command.env("PAYBUS_XTASK", program).env("PAYBUS_CLI", workspace::target().join("debug/paybus"));
    command.env("PAYBUS_EXPANDED_TEMPLATE", expanded_template());
    if name == "breakage" {
        // They break what they share.
        command.args(if has_nextest() { &["--test-threads", "1"][..] } else { &["--", "--test-threads", "1"][..] });
    }
    Ok(command)
}

fn only_test(name: &str) -> [&str; 4] {
    ["--package", "tests", "--test", name]
}

/// The test runner, kept on this machine.
fn tests(port: u16) -> Result<Command> {
    let mut command = cargo();
    if has_nextest() {
        command.args(["nextest", "run", "--locked", "--profile", "ci", "--no-tests", "fail"]);
    } else {
        command.args(["test", "--locked", "--no-fail-fast"]);
    }
    isolation::apply(&mut command, port)?;
    Ok(command)
}

fn has_nextest() -> bool {
    let mut command = cargo();
    command.args(["nextest", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn expand(sam: &Environment, port: u16, to: &Path) -> Result<()> {
    let mut command = Command::new(sam.program("python"));
    isolation::apply(&mut command, port)?;
    let root = workspace::root();
    let output = command
        .arg(root.join("crates/xtask/src/expand.py"))
        .arg(root.join("template.yaml"))
        .output()
        .context("could not start Python")?;
    if !output.status.success() {
        bail!("the template could not be expanded:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    fs::write(to, output.stdout).with_context(|| format!("could not write {}", to.display()))
}

/// The template as CloudFormation gets to see it.
fn expanded_template() -> PathBuf {
    workspace::local().join("template.expanded.json")
}

/// Runs a command whose output is for the reader.
fn run_shown(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("could not start {name}"))?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

/// What was checked, and how it went.
#[derive(Debug, Default)]
struct Checks(Vec<Check>);

#[derive(Debug)]
struct Check {
    name: String,
    result: Checked,
    elapsed: Duration,
}

#[derive(Debug)]
enum Checked {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Checks {
    /// Runs a check and notes how it went, which it also returns for checks that build on it; the others go on.
    fn run(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> bool {
        println!("\n━━ {name}");
        let start = Instant::now();
        let result = match check() {
            Ok(()) => Checked::Passed,
            Err(error) => {
                println!("{error:#}");
                Checked::Failed(format!("{error:#}").lines().next().unwrap_or_default().to_owned())
            }
        };
        let passed = matches!(result, Checked::Passed);
        self.0.push(Check { name: name.to_owned(), result, elapsed: start.elapsed() });
        passed
    }

    fn skip(&mut self, name: &str, reason: &str) {
        self.0.push(Check {
            name: name.to_owned(),
            result: Checked::Skipped(reason.to_owned()),
            elapsed: Duration::ZERO,
        });
    }

    fn summary(&self) -> bool {
        let mut text = String::from("\n━━ all checks\n");
        for check in &self.0 {
            let (mark, note) = match &check.result {
                Checked::Passed => ("✓", ""),
                Checked::Failed(note) => ("✗", note.as_str()),
                Checked::Skipped(note) => ("-", note.as_str()),
            };
            // Writing into a text cannot fail.
            writeln!(text, "{mark} {} {:<36} {note}", process::clock(check.elapsed), check.name)
                .expect("a text takes whatever is written into it");
        }
        println!("{text}");
        self.0.iter().all(|check| !matches!(check.result, Checked::Failed(_)))
    }
}
