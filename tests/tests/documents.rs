//! What the documents say of names and places is so.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use xtask::workspace;

fn read(path: &str) -> String {
    fs::read_to_string(workspace::root().join(path)).unwrap()
}

/// Every file with that extension below a folder of the repository.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&workspace::root().join(folder), extension, &mut found);
    found
}

fn collect(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_symlink() || name.starts_with('.') || ["target", "node_modules"].contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// The targets of inline links, without those in code.
fn links(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<String>();
    prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// What a heading is called in a link, as GitHub has it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>();
            kept.replace(' ', "-")
        })
        .collect()
}

#[test]
fn a_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut seen = 0;
    for document in files("", "md") {
        let text = fs::read_to_string(&document).unwrap();
        // `module` links of a crate's README are rustdoc's to check.
        for link in links(&text).into_iter().filter(|link| !link.contains("://") && !link.contains("::")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link}", document.display());
            if !anchor.is_empty() && target.is_file() {
                let headings = anchors(&fs::read_to_string(&target).unwrap());
                assert!(headings.contains(anchor), "{}: {link}", document.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} links");
}

/// The parameters of the template, with their defaults.
fn parameters() -> Vec<(String, String)> {
    let template = read("template.yaml");
    let (_, rest) = template.split_once("\nParameters:\n").unwrap();
    let (section, _) = rest.split_once("\nRules:\n").unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        let indented = line.strip_prefix("  ").unwrap_or_default();
        if let Some(name) = indented.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
            found.push((name.to_owned(), String::new()));
        } else if let Some(default) = line.trim().strip_prefix("Default: ") {
            let (_, last) = found.last_mut().unwrap();
            default.trim_matches('"').clone_into(last);
        }
    }
    found
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric()).collect()
}

#[test]
fn every_parameter_of_the_template_is_explained_in_a_document() {
    let documents =
        ["README.md", "docs/connect.md", "docs/access.md", "docs/customer-api.md", "docs/crm.md"].map(read).join("\n");
    // The local stack sets them by itself.
    let local = ["AwsEndpointUrl", "StripeApiUrl", "PushTopicPrefix"];
    let explained = words(&documents);
    let parameters = parameters();
    assert!(parameters.len() > 60, "{parameters:?}");
    for (name, _) in parameters.iter().filter(|(name, _)| !local.contains(&name.as_str())) {
        assert!(explained.contains(name.as_str()), "{name}");
    }
}

#[test]
fn the_defaults_in_the_readme_are_those_of_the_template() {
    let readme = read("README.md");
    let (_, table) = readme.split_once("| Parameter | Default | |\n").unwrap();
    let parameters = parameters();
    let mut compared = 0;
    for row in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let names = cells[1].split(", ").map(|name| name.trim_matches('`')).filter(|name| *name != "…");
        // A row with fewer defaults than names shares the last of them, or says them of its first names.
        let defaults: Vec<_> = cells[2].split(", ").collect();
        for (index, name) in names.enumerate() {
            let (_, default) = parameters.iter().find(|(known, _)| known == name).expect(name);
            if let Some(told) = defaults.get(index).and_then(|told| told.strip_prefix('`')?.strip_suffix('`')) {
                assert_eq!(told, default, "{name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared} defaults");
}

/// The names of alarms, without the stack's.
fn alarms() -> BTreeSet<String> {
    let template = read("template.yaml");
    let names = template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub \"${AWS::StackName}-"));
    names.map(|name| name.trim_end_matches('"').to_owned()).collect()
}

#[test]
fn the_guide_for_operators_says_what_to_do_about_every_alarm_and_about_no_other() {
    let guide = read("docs/operate.md");
    let (_, section) = guide.split_once("| alarm |").unwrap();
    let rows = section.lines().skip(2).take_while(|line| line.starts_with('|'));
    let told: BTreeSet<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split(", ").map(|name| name.trim().trim_matches('`').to_owned()))
        .collect();
    assert_eq!(told, alarms());
}

#[test]
fn every_test_that_the_readme_names_is_one() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("| the usual way |").unwrap();
    let (table, _) = section.split_once("\n\n").unwrap();
    let named: Vec<_> =
        table.split('`').filter(|text| text.len() > 25 && text.contains('_') && !text.contains(' ')).collect();
    assert!(named.len() > 14, "{named:?}");
    let sources = ["crates", "tests"].into_iter().flat_map(|folder| files(folder, "rs"));
    let code: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    for test in named {
        assert!(code.contains(&format!("fn {test}(")), "{test}");
    }
}

/// What the template puts into the environment of each function: its crate, and the variables.
fn environments() -> Vec<(String, Vec<String>)> {
    let template = read("template.yaml");
    let functions = template.split("      CodeUri: crates/").skip(1);
    functions
        .map(|rest| {
            let name = rest.lines().next().unwrap().to_owned();
            let block = rest.lines().skip(1).take_while(|line| line.starts_with("      ") || line.trim().is_empty());
            let variables = block.skip_while(|line| line.trim() != "Variables:").skip(1);
            let variables = variables.take_while(|line| line.starts_with("          "));
            let names = variables.filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned()));
            (name, names.filter(|name| !name.starts_with('#')).collect())
        })
        .collect()
}

#[test]
fn every_variable_of_a_function_is_explained_in_its_readme() {
    let environments = environments();
    assert!(environments.len() > 10, "{environments:?}");
    for (name, variables) in environments {
        let readme = read(&format!("crates/{name}/README.md"));
        for variable in variables {
            let family = variable.split_once('_').map(|(family, _)| format!("`{family}_*`")).unwrap_or_default();
            let is_told = readme.contains(&format!("`{variable}`")) || readme.contains(&family);
            assert!(is_told, "{name}: {variable}");
        }
    }
}
