//! The rules of `template.yaml`: which events each consumer's queue takes.

use anyhow::{Context, Result, bail};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::pattern::FILLED_IN;

/// The template that this program was built with.
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The logical id of the bus on which consumers' rules live.
const HUB: &str = "Hub";

/// A rule of the template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    /// The id of its first target: the consumer's name.
    pub(crate) consumer: String,
    /// What it takes.
    pub(crate) pattern: Value,
}

/// The rules on the hub, in the template's order.
pub(crate) fn rules() -> Result<Vec<Rule>> {
    rules_of(TEMPLATE).context("failed to read the rules of template.yaml")
}

fn rules_of(template: &str) -> Result<Vec<Rule>> {
    let documents = Yaml::load_from_str(template)?;
    let [document] = documents.as_slice() else {
        bail!("one YAML document is expected, there are {}", documents.len())
    };
    let template = to_json(document)?;
    let resources = template["Resources"].as_object().context("there are no Resources")?;
    let mut rules = Vec::new();
    for (name, resource) in resources {
        let properties = &resource["Properties"];
        let is_on_hub = properties["EventBusName"][FILLED_IN].as_str().is_some_and(|bus| bus == format!("Ref {HUB}"));
        if resource["Type"] == "AWS::Events::Rule" && is_on_hub && properties["EventPattern"].is_object() {
            let consumer = properties["Targets"][0]["Id"].as_str().unwrap_or(name).to_owned();
            rules.push(Rule { consumer, pattern: properties["EventPattern"].clone() });
        }
    }
    // By name: whether a JSON object keeps the order of the file depends on what else is in the build.
    rules.sort_by(|left, right| left.consumer.cmp(&right.consumer));
    Ok(rules)
}

/// The same as JSON. What a tag (`!Ref`, `!Sub`, `!If`) stands for is not known before deployment; it is kept by name.
fn to_json(yaml: &Yaml<'_>) -> Result<Value> {
    Ok(match yaml {
        Yaml::Value(scalar) => scalar_to_json(scalar),
        Yaml::Sequence(elements) => Value::Array(elements.iter().map(to_json).collect::<Result<_>>()?),
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                let key = key.as_str().context("a key is no text")?;
                object.insert(key.to_owned(), to_json(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, value) => {
            let value = to_json(value)?;
            let argument = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            json!({FILLED_IN: format!("{} {argument}", tag.suffix)})
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            bail!("a value is of a kind that templates do not have")
        }
    })
}

fn scalar_to_json(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => json!(value),
        Scalar::Integer(value) => json!(value),
        Scalar::FloatingPoint(value) => json!(value.into_inner()),
        Scalar::String(value) => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_the_template_can_be_evaluated() {
        let rules = rules().unwrap();
        let consumers: Vec<&str> = rules.iter().map(|rule| rule.consumer.as_str()).collect();
        assert!(consumers.contains(&"customer-notices"), "{consumers:?}");
        assert!(consumers.contains(&"loyalty-points"), "{consumers:?}");
        for rule in &rules {
            super::super::pattern::matches(&rule.pattern, &json!({"detail-type": "x", "detail": {}})).unwrap();
        }
    }

    #[test]
    fn tags_are_read_and_rules_of_other_buses_are_left_out() {
        let template = "
Resources:
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: !Sub '${AWS::StackName}-x' } }
  One:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Hub
      EventPattern: { source: [{ prefix: !If [Live, a, b] }], detail-type: [x] }
      Targets: [{ Id: one, Arn: !GetAtt Queue.Arn }]
  Other:
    Type: AWS::Events::Rule
    Properties: { EventBusName: !Ref PartnerBus, EventPattern: { source: [a] }, Targets: [] }
";
        let rules = rules_of(template).unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].consumer, "one");
        assert_eq!(rules[0].pattern["source"][0]["prefix"][FILLED_IN], "If [\"Live\",\"a\",\"b\"]");
    }
}
