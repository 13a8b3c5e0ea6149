//! The objects, by collection and in the order in which they were made.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// All objects of the fake account.
#[derive(Debug)]
pub(crate) struct Store {
    collections: BTreeMap<String, Vec<Value>>,
    account: String,
    made: u64,
}

impl Store {
    /// An empty store, whose ids carry the name of the account.
    pub(crate) fn of(account: &str) -> Self {
        Self { collections: BTreeMap::new(), account: account.to_owned(), made: 0 }
    }

    /// A new id with a prefix.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        self.made = self.made.saturating_add(1);
        format!("{prefix}_{}{:06}", self.account, self.made)
    }

    /// Adds an object, or replaces the one of its id.
    pub(crate) fn put(&mut self, collection: &str, object: Value) {
        let objects = self.collections.entry(collection.to_owned()).or_default();
        match objects.iter_mut().find(|stored| stored["id"] == object["id"]) {
            Some(stored) => *stored = object,
            None => objects.push(object),
        }
    }

    pub(crate) fn get(&self, collection: &str, id: &str) -> Option<&Value> {
        self.all(collection).iter().find(|object| object["id"] == id)
    }

    pub(crate) fn get_mut(&mut self, collection: &str, id: &str) -> Option<&mut Value> {
        self.collections.get_mut(collection)?.iter_mut().find(|object| object["id"] == id)
    }

    pub(crate) fn remove(&mut self, collection: &str, id: &str) -> bool {
        let Some(objects) = self.collections.get_mut(collection) else { return false };
        let before = objects.len();
        objects.retain(|object| object["id"] != id);
        objects.len() < before
    }

    pub(crate) fn all(&self, collection: &str) -> &[Value] {
        self.collections.get(collection).map(Vec::as_slice).unwrap_or_default()
    }

    /// A v1 list: newest first, cut at `limit` behind `starting_after`.
    pub(crate) fn list(
        &self,
        collection: &str,
        parameters: &serde_json::Map<String, Value>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let limit = parameters.get("limit").and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(10);
        let newest = self.all(collection).iter().rev().filter(|object| wanted(object));
        let after = parameters.get("starting_after").and_then(Value::as_str);
        let rest: Vec<&Value> = match after {
            None => newest.collect(),
            Some(id) => newest.skip_while(|object| object["id"] != id).skip(1).collect(),
        };
        let has_more = rest.len() > limit;
        json!({"object": "list", "has_more": has_more, "data": rest.into_iter().take(limit).collect::<Vec<_>>()})
    }
}
