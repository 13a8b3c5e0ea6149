//! Parameters: forms and queries with brackets, as JSON.

use serde_json::{Map, Value};

/// Reads `a=1&metadata[k]=v&types[0]=x` into `{"a": "1", "metadata": {"k": "v"}, "types": {"0": "x"}}`. All leaves are texts.
pub(crate) fn read(text: &str) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let mut path = name.split('[').map(|part| part.trim_end_matches(']'));
        let first = path.next().unwrap_or_default().to_owned();
        let mut place = object.entry(first).or_insert(Value::Null);
        for part in path {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = place.as_object_mut().expect("it was made one").entry(part).or_insert(Value::Null);
        }
        *place = Value::String(value.into_owned());
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_nest() {
        let read = Value::Object(read("amount=-5&metadata%5Ba%5D=b+c&promotion[type]=coupon&promotion[coupon]=x"));
        assert_eq!(
            read,
            json!({"amount": "-5", "metadata": {"a": "b c"}, "promotion": {"type": "coupon", "coupon": "x"}})
        );
    }
}
