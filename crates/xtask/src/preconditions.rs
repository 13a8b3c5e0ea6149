//! What must be on the machine, checked before anything slow begins.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

/// The Python that sets up our tools.
#[derive(Debug, Clone)]
pub struct Python {
    /// Its program.
    pub program: PathBuf,
}

/// Finds everything, or says with one command how to install all that is missing.
pub fn check() -> Result<Python> {
    check_in(&Machine::this())
}

/// What is looked at: replaced in tests.
#[derive(Debug)]
pub struct Machine {
    /// The directories that programs are looked for in.
    pub path: Vec<PathBuf>,
    /// The content of `/etc/os-release`.
    pub os_release: String,
    /// Whether it runs Linux.
    pub linux: bool,
}

impl Machine {
    fn this() -> Self {
        Self {
            path: env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default(),
            os_release: fs::read_to_string("/etc/os-release").unwrap_or_default(),
            linux: cfg!(target_os = "linux"),
        }
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.path.iter().map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
    }
}

/// As [`check`], for a given machine.
pub fn check_in(machine: &Machine) -> Result<Python> {
    if !machine.linux {
        bail!(
            "The local stack runs on Linux only, because the emulator runs the functions as Linux programs.\n\
             On macOS use a Linux machine (Lima, UTM), on Windows use WSL 2, and run the same command there."
        );
    }
    let compiler = machine.find("cc").is_some();
    let python = find_python(machine);
    match python {
        Some(python) if compiler => Ok(python),
        python => bail!("{}", advice(compiler, python.is_some(), &machine.os_release)),
    }
}

fn find_python(machine: &Machine) -> Option<Python> {
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]
        .iter()
        .filter_map(|name| machine.find(name))
        .find(|program| serves(program))
        .map(|program| Python { program })
}

/// Python 3.10 or newer that can make environments of its own.
fn serves(program: &Path) -> bool {
    Command::new(program)
        .args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn advice(compiler: bool, python: bool, os_release: &str) -> String {
    let mut missing = Vec::new();
    if !compiler {
        missing.push("a C compiler and linker (cc)");
    }
    if !python {
        missing.push("Python 3.10 or newer with its venv module");
    }
    let packages = Packages::of(os_release);
    let wanted: Vec<_> = [(compiler, packages.compiler), (python, packages.python)]
        .into_iter()
        .filter(|(there, _)| !there)
        .map(|(_, name)| name)
        .collect();
    format!("Missing: {}.\nInstall with:  {} {}", missing.join(", and "), packages.install, wanted.join(" "))
}

/// How a family of Linux distributions installs what we need.
struct Packages {
    install: &'static str,
    compiler: &'static str,
    python: &'static str,
}

impl Packages {
    fn of(os_release: &str) -> Self {
        let families: Vec<_> = os_release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .collect();
        let is = |names: &[&str]| families.iter().any(|family| names.contains(family));
        if is(&["debian", "ubuntu"]) {
            Self {
                install: "sudo apt-get update && sudo apt-get install -y",
                compiler: "build-essential",
                python: "python3 python3-venv",
            }
        } else if is(&["fedora", "rhel", "centos", "amzn"]) {
            Self { install: "sudo dnf install -y", compiler: "gcc", python: "python3.11" }
        } else if is(&["arch"]) {
            Self { install: "sudo pacman -S --needed", compiler: "gcc", python: "python" }
        } else if is(&["suse", "opensuse"]) {
            Self { install: "sudo zypper install -y", compiler: "gcc", python: "python311" }
        } else if is(&["alpine"]) {
            Self { install: "sudo apk add", compiler: "build-base", python: "python3" }
        } else {
            Self { install: "your system's package manager:", compiler: "gcc", python: "python3 (with venv)" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Machine, check_in};

    fn message(os_release: &str, linux: bool) -> String {
        let machine = Machine { path: Vec::new(), os_release: os_release.to_owned(), linux };
        check_in(&machine).expect_err("an empty machine has nothing").to_string()
    }

    #[test]
    fn an_empty_debian_is_told_one_command() {
        let message = message("ID=debian\n", true);
        assert!(message.contains("Missing: a C compiler and linker (cc), and Python 3.10"), "{message}");
        assert!(message.contains("sudo apt-get install -y build-essential python3 python3-venv"), "{message}");
    }

    #[test]
    fn a_relative_of_fedora_is_known_by_its_family() {
        assert!(
            message("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", true).contains("sudo dnf install -y gcc python3")
        );
    }

    #[test]
    fn an_unknown_linux_is_told_what_to_look_for() {
        assert!(message("", true).contains("your system's package manager: gcc python3"));
    }

    #[test]
    fn another_system_is_told_to_use_linux() {
        assert!(message("", false).contains("WSL 2"));
    }

    #[test]
    fn only_what_is_missing_is_named() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("cc"), "").expect("a file");
        let machine =
            Machine { path: vec![directory.path().into()], os_release: "ID=ubuntu\n".to_owned(), linux: true };
        let message = check_in(&machine).expect_err("there is no Python").to_string();
        assert!(!message.contains("build-essential"), "{message}");
        assert!(message.contains("python3-venv"), "{message}");
    }
}
