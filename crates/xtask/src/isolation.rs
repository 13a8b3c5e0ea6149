//! Nothing local can reach a real account.
//!
//! Every process that we start gets made-up credentials, empty AWS configuration files, no profile and an endpoint on
//! this machine, whatever the caller's environment and home directory say. Our own client of the local stack
//! ([`crate::aws`]) has no TLS and connects to 127.0.0.1 only.

use std::{env, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::workspace;

/// The region that the local stack pretends to be.
pub const REGION: &str = "us-east-1";
/// The account that the local stack pretends to be: the emulator's own default.
pub const ACCOUNT: &str = "000000000000";
/// The made-up access key. The emulator takes it for the account's root user.
pub const ACCESS_KEY: &str = "test";

/// Variables by which a caller's environment could lead AWS tools elsewhere.
const FOREIGN_PREFIXES: [&str; 4] = ["AWS_", "SAM_", "__SAM_", "CARGO_LAMBDA_"];
/// What Cargo tells the program that it runs. `ring` looks at some of it when it is built: passed on to another Cargo, it
/// would be compiled anew, with all that depends on it, whenever the caller is another one.
const CARGO_PREFIXES: [&str; 5] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];

/// The settings that keep AWS tools on this machine, for the stack on `port`.
pub fn settings(port: u16) -> Result<Vec<(&'static str, String)>> {
    let empty = empty_file()?.display().to_string();
    let home = workspace::local().join("sam-home");
    fs::create_dir_all(&home).with_context(|| format!("could not create {}", home.display()))?;
    Ok(vec![
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY.to_owned()),
        ("AWS_CONFIG_FILE", empty.clone()),
        ("AWS_SHARED_CREDENTIALS_FILE", empty),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ENDPOINT_URL", endpoint(port)),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_PAGER", String::new()),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("no_proxy", "127.0.0.1,localhost".to_owned()),
        ("SAM_CLI_TELEMETRY", "0".to_owned()),
        ("__SAM_CLI_APP_DIR", home.display().to_string()),
    ])
}

/// Makes a command safe: takes away what could lead it elsewhere, and adds [`settings`].
pub fn apply(command: &mut Command, port: u16) -> Result<()> {
    forget(command, &FOREIGN_PREFIXES);
    forget(command, &CARGO_PREFIXES);
    command.envs(settings(port)?);
    Ok(())
}

/// Cargo, as a shell would start it.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget(&mut command, &CARGO_PREFIXES);
    command.current_dir(workspace::root());
    command
}

fn forget(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name.as_ref());
        }
    }
}

/// The address of the stack on `port`.
#[must_use]
pub fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn empty_file() -> Result<PathBuf> {
    let path = workspace::local().join("empty-aws-config");
    fs::create_dir_all(workspace::local()).context("could not create the directory .paybus")?;
    fs::write(&path, "").with_context(|| format!("could not write {}", path.display()))?;
    Ok(path)
}
