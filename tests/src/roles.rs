//! What each role of the expanded template may do, by the rules of IAM: an action is denied unless a statement grants it on the
//! resource. Resources are compared as the template writes them, with `*` and `?` as IAM reads them.

use serde_json::Value;

use crate::guard::Template;

/// A role of the template with everything that is granted to it, inline or by a policy of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name in the template.
    pub name: String,
    /// What is granted.
    pub grants: Vec<Grant>,
}

/// An action on a resource; both may be patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `dynamodb:PutItem`.
    pub action: String,
    /// An ARN, with references as `${Name.Arn}`.
    pub resource: String,
}

impl Role {
    /// Whether the role may do this to that.
    #[must_use]
    pub fn allows(&self, asked: &Grant) -> bool {
        let fits = |grant: &Grant| matches(&grant.action, &asked.action) && matches(&grant.resource, &asked.resource);
        self.grants.iter().any(fits)
    }

    /// Whether the role may do this to anything at all.
    #[must_use]
    pub fn allows_anywhere(&self, action: &str) -> bool {
        self.grants.iter().any(|grant| matches(&grant.action, action))
    }
}

/// All roles of a template.
#[must_use]
pub fn roles(template: &Template) -> Vec<Role> {
    let resources = || template.0["Resources"].as_object().into_iter().flatten();
    let own_policies = |role: &str| {
        let policies = resources().filter(|(_, resource)| resource["Type"] == "AWS::IAM::Policy");
        let of_role = policies.filter(|(_, policy)| {
            list(&policy["Properties"]["Roles"]).iter().any(|reference| reference["Ref"] == role)
        });
        of_role.flat_map(|(_, policy)| grants(&policy["Properties"]["PolicyDocument"])).collect::<Vec<_>>()
    };
    resources()
        .filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role")
        .map(|(name, role)| {
            let inline = list(&role["Properties"]["Policies"]);
            let inline = inline.into_iter().flat_map(|policy| grants(&policy["PolicyDocument"]));
            Role { name: name.clone(), grants: inline.chain(own_policies(name)).collect() }
        })
        .collect()
}

fn grants(document: &Value) -> Vec<Grant> {
    let allowed = list(&document["Statement"]).into_iter().filter(|statement| statement["Effect"] == "Allow");
    allowed
        .flat_map(|statement| {
            let actions = list(&statement["Action"]).into_iter().filter_map(Value::as_str);
            actions.flat_map(|action| {
                let resources = list(&statement["Resource"]).into_iter().map(written);
                resources.map(|resource| Grant { action: action.to_owned(), resource })
            })
        })
        .collect()
}

/// A resource in one form, however the template refers to it.
fn written(resource: &Value) -> String {
    if let Some(text) = resource.as_str().or_else(|| resource["Fn::Sub"].as_str()) {
        return text.to_owned();
    }
    if let Some(name) = resource["Ref"].as_str() {
        return format!("${{{name}}}");
    }
    match (resource["Fn::GetAtt"][0].as_str(), resource["Fn::GetAtt"][1].as_str()) {
        (Some(name), Some(attribute)) => format!("${{{name}.{attribute}}}"),
        _ => resource.to_string(),
    }
}

/// `*` stands for any characters, `?` for one (the IAM user guide, "IAM JSON policy elements: Resource").
fn matches(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest_of = |text: &'_ str| text.chars().next().map(|character| text.split_at(character.len_utf8()).1.to_owned());
    let (_, pattern_rest) = pattern.split_at(first.len_utf8());
    match first {
        '*' => matches(pattern_rest, text) || rest_of(text).is_some_and(|rest| matches(pattern, &rest)),
        '?' => rest_of(text).is_some_and(|rest| matches(pattern_rest, &rest)),
        _ => text.starts_with(first) && rest_of(text).is_some_and(|rest| matches(pattern_rest, &rest)),
    }
}

/// One or many, as IAM writes them.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_read_as_iam_reads_them() {
        assert!(matches("dynamodb:*Item", "dynamodb:PutItem"));
        assert!(matches("arn:?:${Queue.Arn}/*", "arn:x:${Queue.Arn}/"));
        assert!(!matches("sqs:Send", "sqs:SendMessage"));
        assert!(!matches("?", ""));
    }
}
