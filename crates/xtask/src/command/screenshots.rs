//! `cargo xtask screenshots`: every message as a browser shows it, in light and dark, on a phone and on a desktop.
//!
//! Needs Chromium, which nothing else here does; that is why it is a command of its own and no part of `test`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// What to photograph.
#[derive(Debug, clap::Args)]
pub struct ScreenshotArguments {
    /// The folder for the pictures.
    #[arg(long, default_value = "target/screenshots")]
    out: PathBuf,
    /// Only these locales; all of them without.
    #[arg(long = "locale")]
    locales: Vec<String>,
    /// Only these messages; all of them without.
    #[arg(long = "message")]
    messages: Vec<String>,
}

/// Names under which Chromium is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Room for four mails side by side: light at 320 and 640 pixels, dark at 390 and 640.
const WINDOW: &str = "--window-size=2100,1300";

/// Renders the preview and takes one picture of each message and locale.
pub fn run(arguments: &ScreenshotArguments) -> Result<()> {
    let browser = find_browser()?;
    let preview = workspace::local().join("preview");
    if preview.exists() {
        fs::remove_dir_all(&preview).with_context(|| format!("could not empty {}", preview.display()))?;
    }
    render_preview(arguments, &preview)?;
    let samples = samples(&preview)?;
    let mut profile = workspace::local();
    profile.push("chromium");
    for sample in &samples {
        let picture = arguments.out.join(format!("{}.png", sample.replace('/', "-")));
        photograph(&browser, &preview, sample, &picture, &profile)?;
    }
    println!("{} pictures in {}", samples.len(), arguments.out.display());
    Ok(())
}

fn find_browser() -> Result<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let installed = || {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders)
            .flat_map(|folder| BROWSERS.map(|name| folder.join(name)))
            .find(|candidate| candidate.is_file())
    };
    named.or_else(installed).context(
        "no Chromium found: install it (on Debian: apt-get install chromium fonts-noto-cjk), or name it in CHROMIUM",
    )
}

fn render_preview(arguments: &ScreenshotArguments, preview: &Path) -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root()).args(["run", "--locked", "--package", "paybus", "--", "preview", "--out"]);
    command.arg(preview);
    command.args(arguments.locales.iter().flat_map(|locale| ["--locale", locale]));
    command.args(arguments.messages.iter().flat_map(|message| ["--message", message]));
    process::run("preview", "render every message", &mut command)
}

/// `locale/message/sample` of each sample that the preview wrote, in order.
fn samples(preview: &Path) -> Result<Vec<String>> {
    let mut samples = Vec::new();
    for locale in names(preview)? {
        let folder = preview.join(&locale);
        if !folder.is_dir() {
            continue;
        }
        for message in names(&folder)? {
            let texts = names(&folder.join(&message))?;
            let stems = texts.iter().filter_map(|name| name.strip_suffix(".txt"));
            samples.extend(stems.map(|sample| format!("{locale}/{message}/{sample}")));
        }
    }
    Ok(samples)
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let could_not_list = || format!("could not list {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(could_not_list)? {
        names.push(entry.with_context(could_not_list)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn photograph(browser: &Path, preview: &Path, sample: &str, picture: &Path, profile: &Path) -> Result<()> {
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    }
    let index = fs::canonicalize(preview.join("index.html")).context("the preview has no index page")?;
    let status = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files"])
        // The pages name no other host; the browser itself shall not call home either.
        .args(["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--virtual-time-budget=3000", WINDOW])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}?bare#{sample}", index.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("could not start {}", browser.display()))?;
    if !status.success() || !picture.is_file() {
        bail!("{} took no picture of {sample} ({status})", browser.display());
    }
    Ok(())
}
