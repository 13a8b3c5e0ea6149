//! `paybus preview`: every message with its samples, as files to look at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use notices::{
    Brand, Language, LinkHosts, Locale, Message, Reader, Rendered, Unsubscribe, brand::Color, message::Sample, render,
};
use serde_json::{Value, json};

use crate::output::say;

/// What to render, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct PreviewArguments {
    /// The folder for the files; made if it is missing. Open its index.html.
    #[arg(long)]
    out: PathBuf,
    /// Only this locale, such as `de` or `de-CH`; may be given several times.
    #[arg(long = "locale")]
    locales: Vec<Locale>,
    /// Only this message, such as `invoice_paid`; may be given several times.
    #[arg(long = "message", value_parser = clap::builder::PossibleValuesParser::new(Message::KINDS))]
    messages: Vec<String>,
    /// The merchant's name.
    #[arg(long, default_value = "Example Shop")]
    brand_name: String,
    /// The merchant's colour.
    #[arg(long, default_value = "#3b4cca")]
    brand_color: Color,
    /// The merchant's logo, by https as mail programs want it; without it the name is shown.
    #[arg(long, value_parser = https)]
    brand_logo_url: Option<String>,
    /// Where customers get help.
    #[arg(long, default_value = "support@example.com")]
    brand_support_email: String,
    /// The small print at the end of an email.
    #[arg(long, default_value = "Example Shop Ltd · 1 Example Street · Dublin")]
    brand_footer: String,
}

/// As the stack's parameter `BrandLogoUrl` has it.
fn https(text: &str) -> Result<String, String> {
    if text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) {
        Ok(text.to_owned())
    } else {
        Err("it does not begin with https://".to_owned())
    }
}

/// Writes the files and says where to look.
pub(crate) fn run(arguments: &PreviewArguments) -> Result<()> {
    let samples: Vec<Sample> = Message::samples()
        .into_iter()
        .filter(|sample| {
            arguments.messages.is_empty() || arguments.messages.iter().any(|kind| kind == sample.message.kind())
        })
        .collect();
    let locales = match arguments.locales.as_slice() {
        [] => Language::ALL.into_iter().map(Locale::from).collect(),
        chosen => chosen.to_vec(),
    };
    let brand = arguments.brand();
    let mut listed = Vec::new();
    for locale in &locales {
        for sample in &samples {
            let rendered = rendered(sample, locale, &brand)?;
            write_sample(&arguments.out, locale, sample, &rendered)?;
            listed.push(entry(locale, sample, &rendered));
        }
    }
    write(&arguments.out.join("index.html"), &index(&listed)?)?;
    Ok(say(&format!("{} messages in {}", listed.len(), arguments.out.join("index.html").display()))?)
}

impl PreviewArguments {
    fn brand(&self) -> Brand {
        Brand {
            name: self.brand_name.clone(),
            color: self.brand_color,
            logo_url: self.brand_logo_url.clone(),
            support_email: self.brand_support_email.clone(),
            footer: self.brand_footer.clone(),
        }
    }
}

/// The samples link to these; a real installation names its own in `LINK_HOSTS`.
const SAMPLE_HOSTS: [&str; 2] = ["invoice.stripe.com", "www.example.com"];

fn rendered(sample: &Sample, locale: &Locale, brand: &Brand) -> Result<Rendered> {
    let hosts = LinkHosts::new(SAMPLE_HOSTS)?;
    let mut reader = Reader::new(locale.clone());
    reader.unsubscribe = hosts.admit("https://www.example.com/unsubscribe").map(Unsubscribe::Link);
    render(&sample.message, &reader, brand, &hosts)
        .with_context(|| format!("could not render {} ({}) for {locale}", sample.message.kind(), sample.name))
}

fn write_sample(out: &Path, locale: &Locale, sample: &Sample, rendered: &Rendered) -> Result<()> {
    let folder = out.join(locale.to_string()).join(sample.message.kind());
    let file = |ending: &str| folder.join(format!("{}.{ending}", sample.name));
    write(&file("html"), &rendered.email.html)?;
    write(&file("light.html"), &with_fixed_theme(&rendered.email.html, Theme::Light)?)?;
    write(&file("dark.html"), &with_fixed_theme(&rendered.email.html, Theme::Dark)?)?;
    write(&file("txt"), &rendered.email.text)?;
    write(&file("push.json"), &serde_json::to_string_pretty(&rendered.push)?)
}

#[derive(Clone, Copy)]
enum Theme {
    Light,
    Dark,
}

/// The mail as a program shows it that is set to light or dark, whatever the browser is set to.
fn with_fixed_theme(html: &str, theme: Theme) -> Result<String> {
    const QUERY: &str = "@media (prefers-color-scheme: dark)";
    if !html.contains(QUERY) {
        bail!("the layout has no style sheet for dark mode: {QUERY:?} is missing");
    }
    Ok(match theme {
        Theme::Light => html.replace(QUERY, "@media not all").replace("light dark", "light"),
        Theme::Dark => html.replace(QUERY, "@media all").replace("light dark", "dark"),
    })
}

/// What the index page knows of a sample; it loads the files themselves.
fn entry(locale: &Locale, sample: &Sample, rendered: &Rendered) -> Value {
    json!({
        "locale": locale.to_string(),
        "message": sample.message.kind(),
        "sample": sample.name,
        "topic": sample.message.topic().name(),
        "subject": rendered.email.subject,
        "text": rendered.email.text,
        "push": { "title": rendered.push.title, "body": rendered.push.body },
    })
}

fn index(listed: &[Value]) -> Result<String> {
    // `<` could end the script element; JSON may write it as an escape anywhere.
    let samples = serde_json::to_string(listed)?.replace('<', "\\u003c");
    Ok(include_str!("preview/index.html").replace("[/* samples */]", &samples))
}

fn write(path: &Path, content: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_that_the_stack_would_refuse_is_refused_here_too() {
        assert!(https("http://www.example.com/logo.png").is_err() && https("https://").is_err());
        assert_eq!(https("https://www.example.com/logo.png").unwrap(), "https://www.example.com/logo.png");
    }

    #[test]
    fn chosen_message_and_locale_become_files_that_the_index_lists() {
        let out = tempfile::tempdir().unwrap();
        let arguments = PreviewArguments {
            out: out.path().to_owned(),
            locales: vec!["ja".parse().unwrap()],
            messages: vec!["access_held".to_owned()],
            brand_name: "</script><b>".to_owned(),
            brand_color: "#ffcc00".parse().unwrap(),
            brand_logo_url: None,
            brand_support_email: "help@example.com".to_owned(),
            brand_footer: String::new(),
        };
        run(&arguments).unwrap();
        for file in ["held.html", "held.dark.html", "held.light.html", "held.txt", "held.push.json"] {
            assert!(out.path().join("ja/access_held").join(file).is_file(), "{file}");
        }
        let index = fs::read_to_string(out.path().join("index.html")).unwrap();
        assert!(index.contains(r#""sample":"held""#));
        assert!(!index.contains("</script><b>"));
        assert!(!out.path().join("ja/invoice_paid").exists());
        assert!(!out.path().join("en").exists());
    }
}
