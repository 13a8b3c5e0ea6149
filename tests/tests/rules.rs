//! The repository's own rules.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use xtask::workspace;

/// Crates that decide, and therefore know neither AWS nor a runtime.
const PURE: [&str; 6] = ["processor-events", "loyalty", "engagement", "notices", "access", "xtask"];

fn manifests() -> Vec<(String, toml::Table)> {
    let crates = fs::read_dir(workspace::root().join("crates")).unwrap();
    crates
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| {
            let text = fs::read_to_string(path.join("Cargo.toml")).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), text.parse().unwrap())
        })
        .collect()
}

fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.') || name == "target");
        if path.is_dir() && !hidden && !path.is_symlink() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

#[test]
fn a_crate_that_decides_depends_on_no_runtime_and_no_aws() {
    for (name, manifest) in manifests().into_iter().filter(|(name, _)| PURE.contains(&name.as_str())) {
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for dependency in dependencies.keys() {
            let impure = ["tokio", "lambda_", "aws-"].iter().any(|prefix| dependency.starts_with(prefix));
            assert!(!impure, "{name} depends on {dependency}");
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_and_is_named_like_its_folder() {
    for (name, manifest) in manifests() {
        assert_eq!(manifest["package"]["name"].as_str(), Some(name.as_str()));
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name}");
    }
}

#[test]
fn every_function_of_the_template_is_a_crate_with_a_program_of_that_name() {
    let template = fs::read_to_string(workspace::root().join("template.yaml")).unwrap();
    let named = |key: &str| -> Vec<String> {
        let lines = template.lines().filter_map(|line| line.trim().strip_prefix(key));
        lines.map(|value| value.trim().trim_end_matches(" }").to_owned()).collect()
    };
    let folders = named("CodeUri: crates/");
    assert_eq!(folders, named("BuildProperties: { Binary:"));
    assert!(!folders.is_empty());
    for folder in folders {
        assert!(workspace::root().join("crates").join(&folder).join("src/main.rs").is_file(), "{folder}");
    }
}

#[test]
fn a_program_that_is_deployed_is_wiring_of_less_than_sixty_lines() {
    for (name, _) in manifests().into_iter().filter(|(name, _)| name.starts_with("fn-")) {
        let main = workspace::root().join("crates").join(&name).join("src/main.rs");
        let Ok(text) = fs::read_to_string(main) else { continue };
        let body = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).count();
        let wiring = body.saturating_sub(text.lines().filter(|line| line.starts_with("use ")).count());
        assert!(wiring < 60, "{name}: {wiring} lines");
    }
}

#[test]
fn no_test_is_switched_off() {
    let mut sources = Vec::new();
    files(workspace::root(), "rs", &mut sources);
    assert!(sources.len() > 20);
    // Put together here, so that this file does not contain it.
    let attribute = ["#[", "ignore"].concat();
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        assert!(!text.lines().any(|line| line.trim_start().starts_with(&attribute)), "{}", source.display());
    }
}

#[test]
fn every_sample_has_its_form_as_a_queue_delivers_it() {
    let events = workspace::root().join("events");
    let mut samples = Vec::new();
    files(&events, "json", &mut samples);
    samples.retain(|path| path.parent().is_some_and(|parent| !parent.ends_with("sqs")));
    assert!(samples.len() > 30);
    for sample in samples {
        let kind = sample.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let wrapped = fs::read_to_string(events.join("sqs").join(format!("{kind}.{name}"))).unwrap();
        let wrapped: serde_json::Value = serde_json::from_str(&wrapped).unwrap();
        let body = wrapped["Records"][0]["body"].as_str().unwrap();
        let plain = fs::read_to_string(&sample).unwrap();
        // Byte for byte where it is malformed on purpose, by content otherwise.
        match serde_json::from_str::<serde_json::Value>(&plain) {
            Ok(plain) => assert_eq!(plain, serde_json::from_str::<serde_json::Value>(body).unwrap(), "{kind}/{name}"),
            Err(_) => assert_eq!(plain.trim_end(), body.trim_end(), "{kind}/{name}"),
        }
    }
}

/// What a dependency is compiled with for a function: `name v1.2.3` -> its features.
fn features_for(function: &str) -> BTreeMap<String, String> {
    let arguments =
        ["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}", "--package"];
    let output = xtask::isolation::cargo().args(arguments).arg(function).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)")).filter_map(|line| line.split_once('|'));
    lines.map(|(package, features)| (package.to_owned(), features.to_owned())).collect()
}

#[test]
fn what_functions_share_is_compiled_once() {
    let mut known: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (function, _) in manifests().into_iter().filter(|(name, _)| name.starts_with("fn-")) {
        for (package, features) in features_for(&function) {
            // Only who speaks of dates links their database; see crates/shared-features.
            if package.starts_with("jiff v") {
                continue;
            }
            let (first, others) = known.entry(package.clone()).or_insert_with(|| (function.clone(), features.clone()));
            assert_eq!(&features, others, "{package} for {function} and for {first}: add to crates/shared-features");
        }
    }
    assert!(known.len() > 50);
}

/// The names of metrics of ours that the template looks at: in alarms, and in the dashboard.
fn metrics_looked_at(template: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    let behind = |mark: &str| template.split(mark).skip(1).map(word).collect::<Vec<_>>();
    let mut names: BTreeSet<String> = behind("\"Paybus\", \"").into_iter().collect();
    names.extend(behind("MetricName=\\\""));
    // A dot stands for the namespace of the metric above: it is ours where that one is.
    let mut is_ours = false;
    for line in template.lines().map(str::trim) {
        is_ours = line.starts_with("[\"Paybus\"") || (is_ours && line.starts_with("[\"."));
        if is_ours && let Some(rest) = line.strip_prefix("[\".\", \"") {
            names.insert(word(rest));
        }
    }
    let alarms = template.split("Namespace: Paybus").skip(1);
    names.extend(alarms.filter_map(|alarm| alarm.split("MetricName: ").nth(1)).map(word));
    names
}

#[test]
fn every_metric_of_ours_that_an_alarm_or_the_dashboard_shows_is_one_that_a_function_emits() {
    let template = fs::read_to_string(workspace::root().join("template.yaml")).unwrap();
    let mut sources = Vec::new();
    for (name, _) in manifests().into_iter().filter(|(name, _)| name.starts_with("fn-")) {
        files(&workspace::root().join("crates").join(name).join("src"), "rs", &mut sources);
    }
    let sources: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let names = metrics_looked_at(&template);
    for expected in ["PaymentToAccepted", "NoticeSkipped", "RecordFailed", "PointsTakenBack", "EventsUndelivered"] {
        assert!(names.contains(expected), "the test does not find {expected} any more: {names:?}");
    }
    for name in names {
        assert!(sources.contains(&format!("\"{name}\"")), "no function emits {name}");
    }
}

#[test]
fn the_dashboard_is_json_and_names_only_queues_and_functions_of_the_template() {
    let template = fs::read_to_string(workspace::root().join("template.yaml")).unwrap();
    let body = template.split("DashboardBody: !Sub |\n").nth(1).unwrap().split("\nOutputs:").next().unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(body).unwrap();
    assert!(dashboard["widgets"].as_array().unwrap().len() > 10);
    let rest = template.replace(body, "");
    for name in body.split("${AWS::StackName}").skip(1) {
        let name: String = name.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '-').collect();
        assert!(rest.contains(&format!("!Sub \"${{AWS::StackName}}{name}\"")), "nothing is named {name}");
    }
}
