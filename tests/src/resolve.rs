//! Reads the template as CloudFormation does, for what the emulator's CloudFormation does not know: such resources are made there
//! through the API, from the very properties that AWS would get.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A template with what it is deployed with.
#[derive(Debug, Clone)]
pub struct Deployment {
    template: Value,
    stack: String,
    parameters: BTreeMap<String, String>,
    references: BTreeMap<String, String>,
    secrets: BTreeMap<String, Value>,
}

impl Deployment {
    /// The template, under a stack's name, with parameters that differ from their defaults.
    #[must_use]
    pub fn new(template: Value, stack: &str, parameters: &[(&str, &str)]) -> Self {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (references, secrets) = (BTreeMap::new(), BTreeMap::new());
        Self { template, stack: stack.to_owned(), parameters, references, secrets }
    }

    /// Says what a resource became: `Hub` for `Ref`, `Hub.Arn` for `GetAtt`.
    pub fn became(&mut self, reference: &str, value: impl Into<String>) {
        self.references.insert(reference.to_owned(), value.into());
    }

    /// Says what a secret holds.
    pub fn secret(&mut self, arn: &str, content: Value) {
        self.secrets.insert(arn.to_owned(), content);
    }

    /// The resources that this deployment has, with their types.
    #[must_use]
    pub fn resources(&self) -> BTreeMap<&str, &str> {
        let resources = self.template["Resources"].as_object().into_iter().flatten();
        let is_there = |resource: &Value| resource["Condition"].as_str().is_none_or(|name| self.condition(name));
        resources
            .filter(|(_, resource)| is_there(resource))
            .map(|(name, resource)| (name.as_str(), resource["Type"].as_str().unwrap_or_default()))
            .collect()
    }

    /// The properties of a resource, resolved.
    #[must_use]
    pub fn properties(&self, resource: &str) -> Value {
        self.value(&self.template["Resources"][resource]["Properties"]).unwrap_or_default()
    }

    /// `None` for `AWS::NoValue`.
    fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => Some(Value::String(self.with_secrets(text))),
            Value::Array(values) => Some(values.iter().filter_map(|value| self.value(value)).collect()),
            Value::Object(object) => {
                if let Some((name, argument)) = function_of(object) {
                    return self.call(name, argument);
                }
                let fields = object.iter().filter_map(|(name, value)| Some((name.clone(), self.value(value)?)));
                Some(Value::Object(fields.collect()))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        }
    }

    /// The result of an intrinsic function.
    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        let part = |index: usize| argument.get(index);
        match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => None,
            ("Ref", Value::String(name)) => Some(Value::String(self.reference(name))),
            ("Fn::GetAtt", Value::Array(path)) => {
                let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
                Some(Value::String(self.reference(&path.join("."))))
            }
            ("Fn::Sub", Value::String(text)) => Some(Value::String(self.with_secrets(&self.substituted(text)))),
            ("Fn::If", Value::Array(_)) => {
                let is_so = part(0).and_then(Value::as_str).is_some_and(|name| self.condition(name));
                part(if is_so { 1 } else { 2 }).and_then(|value| self.value(value))
            }
            ("Fn::Join", Value::Array(_)) => {
                let separator = part(0).and_then(Value::as_str).unwrap_or_default();
                let joined = match part(1).and_then(|list| self.value(list)) {
                    Some(Value::Array(texts)) => {
                        texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(separator)
                    }
                    // A parameter that is a list is written with commas.
                    Some(Value::String(list)) => list.split(',').collect::<Vec<_>>().join(separator),
                    other => panic!("{other:?} is no list"),
                };
                Some(Value::String(joined))
            }
            _ => panic!("the test does not know {name} with {argument} yet"),
        }
    }

    fn reference(&self, name: &str) -> String {
        let pseudo = match name {
            "AWS::StackName" => Some(self.stack.clone()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::Region" => Some(xtask::isolation::REGION.to_owned()),
            "AWS::AccountId" => Some(xtask::isolation::ACCOUNT.to_owned()),
            _ => None,
        };
        let default = || match &self.template["Parameters"][name]["Default"] {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let known = pseudo.or_else(|| self.parameters.get(name).or_else(|| self.references.get(name)).cloned());
        known.or_else(default).unwrap_or_else(|| panic!("nobody said what {name} became"))
    }

    fn substituted(&self, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').expect("a substitution ends");
            result.push_str(before);
            result.push_str(&self.reference(name));
            rest = behind;
        }
        result + rest
    }

    /// Dynamic references: `{{resolve:secretsmanager:ARN:SecretString:key}}`.
    fn with_secrets(&self, text: &str) -> String {
        let Some((before, after)) = text.split_once("{{resolve:secretsmanager:") else { return text.to_owned() };
        let (reference, behind) = after.split_once("}}").expect("a dynamic reference ends");
        let (arn, key) = reference.split_once(":SecretString:").expect("a secret is read by key");
        let secret = self.secrets.get(arn).and_then(|secret| secret[key].as_str());
        format!("{before}{}{behind}", secret.unwrap_or_else(|| panic!("the secret has no {key}")))
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.template["Conditions"][name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let (name, argument) = condition.as_object().and_then(|object| object.iter().next()).expect("a condition");
        let all = || argument.as_array().into_iter().flatten();
        match name.as_str() {
            "Condition" => self.condition(argument.as_str().unwrap_or_default()),
            "Fn::Not" => !all().any(|condition| self.holds(condition)),
            "Fn::And" => all().all(|condition| self.holds(condition)),
            "Fn::Or" => all().any(|condition| self.holds(condition)),
            "Fn::Equals" => {
                let text = |value: &Value| match self.value(value) {
                    Some(Value::String(text)) => text,
                    other => other.map(|other| other.to_string()).unwrap_or_default(),
                };
                let mut sides = all().map(text);
                sides.next() == sides.next()
            }
            other => panic!("the test does not know {other} yet"),
        }
    }
}

/// The name and argument of an intrinsic function; `None` for an object that is none.
fn function_of(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = object.iter().next().filter(|_| object.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}
