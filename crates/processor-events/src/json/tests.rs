use proptest::prelude::*;
use serde_json::Value as Oracle;

use super::*;

/// The same value as `serde_json` has it, with numbers as they are written.
fn dump(value: Value<'_>) -> Option<Oracle> {
    Some(match value.kind() {
        Kind::Null => Oracle::Null,
        Kind::True => Oracle::Bool(true),
        Kind::False => Oracle::Bool(false),
        Kind::Number => serde_json::from_str(value.raw()).unwrap(),
        Kind::Text | Kind::EscapedText => Oracle::String(value.text()?.into_owned()),
        Kind::Array => Oracle::Array(value.elements().map(dump).collect::<Option<_>>()?),
        Kind::Object => {
            let members = value.members().map(|(key, value)| Some((key.text()?.into_owned(), dump(value)?)));
            Oracle::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// Both readers accept the same texts and see the same in them, but for what is documented: depth, byte order marks (which
/// `serde_json` refuses too), lone surrogates (refused only where they are read) and numbers beyond the floating point range.
fn agree(text: &str) {
    let ours = Document::parse(text);
    let theirs = serde_json::from_str::<Oracle>(text);
    match (&ours, &theirs) {
        (Ok(document), Ok(expected)) => assert_eq!(dump(document.root()).as_ref(), Some(expected), "{text}"),
        (Ok(document), Err(error)) => {
            let reason = error.to_string();
            let is_surrogate = reason.contains("surrogate") || reason.contains("unexpected end of hex escape");
            assert!(
                is_surrogate || reason.contains("number out of range") || reason.contains("recursion limit"),
                "only ours accepts {text}: {reason}"
            );
            assert!(!is_surrogate || dump(document.root()).is_none(), "{text}");
        }
        (Err(error), Ok(_)) => assert_eq!(error.problem, Problem::TooDeep, "only theirs accepts {text}: {error}"),
        (Err(_), Err(_)) => {}
    }
}

#[test]
fn edge_cases_are_those_of_serde_json() {
    for text in [
        "",
        " ",
        "null",
        "nul",
        "nulll",
        "true false",
        "[",
        "]",
        "[]",
        "[ ]",
        "[,]",
        "[1,]",
        "[1 2]",
        "{",
        "{}",
        "{ }",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{1:1}",
        "[}",
        "{]",
        "[[]]",
        "0",
        "-0",
        "-",
        "00",
        "01",
        "1.",
        ".5",
        "1.5",
        "1e",
        "1e5",
        "1E+5",
        "1e-",
        "-1.5e-3",
        "+1",
        "1e400",
        "NaN",
        "\"",
        "\"\"",
        "\"\\\"\"",
        "\"\\",
        "\"\\u\"",
        "\"\\u00e9\"",
        "\"\\u00E9x\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\x\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\"é森😀\"",
        "\u{feff}1",
        "\u{a0}1",
        "1\u{0}",
        "\"a\u{0}b\"",
        "[\"\",\"\",{}]",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"e\"}",
        "\"0123456789abcdef\"",
        "\"0123456789abcde\"",
        "\"0123456789abcdef0\"",
        "\"0123456789abcdef\\n\"",
        "\"0123456789abcdef\n\"",
    ] {
        agree(text);
    }
}

#[test]
fn special_bytes_are_found_at_every_position() {
    for length in 0..70 {
        for special in ['"', '\\', '\n', '\u{1f}'] {
            let text = format!("{}{special}{}", "x".repeat(length), "é\"\\".repeat(5));
            assert_eq!(special_byte(text.as_bytes(), 0), length, "{special:?} after {length}");
        }
        let plain = "é ~\u{7f}".repeat(length);
        assert_eq!(special_byte(plain.as_bytes(), 0), plain.len());
    }
}

#[test]
fn depth_is_limited_at_its_edge() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Document::parse(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(Document::parse(&nested(MAX_DEPTH + 1)).unwrap_err().problem, Problem::TooDeep);
}

/// Texts made of what JSON is made of, mostly in the wrong order.
fn json_like() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"a\":",
        "null",
        "true",
        "fals",
        "0",
        "-1",
        "1.5",
        "1e9",
        " ",
        "\n",
        "\\",
        "\\u00",
        "\\ud800",
        "\"\\n\"",
        "\"é\"",
        "\u{1}",
        "12345678901234567890123",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// Sound values.
fn any_value() -> impl Strategy<Value = Oracle> {
    let leaf = prop_oneof![
        Just(Oracle::Null),
        any::<bool>().prop_map(Oracle::Bool),
        any::<i64>().prop_map(Oracle::from),
        "\\PC{0,20}".prop_map(Oracle::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Oracle::Array),
            prop::collection::btree_map("[a-z\"\\\\é]{0,5}", inner, 0..6)
                .prop_map(|members| Oracle::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn json_like_texts_are_read_like_serde_json_does(text in json_like()) {
        agree(&text);
    }

    #[test]
    fn sound_values_are_read_back(value in any_value()) {
        agree(&value.to_string());
        agree(&format!("{value:#}"));
    }

    #[test]
    fn cut_and_changed_values_are_read_like_serde_json_does(
        value in any_value(),
        position in any::<prop::sample::Index>(),
        byte in 0_u8..128,
    ) {
        let text = value.to_string();
        let at = position.index(text.len());
        let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
        agree(&text[..at]);
        let after = text[at..].chars().next().map_or(at, |character| at + character.len_utf8());
        agree(&format!("{}{}{}", &text[..at], char::from(byte), &text[after..]));
    }
}

#[test]
fn a_short_document_after_a_long_one_holds_nothing_of_it() {
    let long = format!("[{}0]", "{\"a\":[1,2]},".repeat(1_000));
    assert_eq!(Document::parse(&long).unwrap().root().elements().count(), 1_001);
    // Two at once, too: only one of them can have the spare memory.
    let (first, second) = (Document::parse("[1]").unwrap(), Document::parse("{\"b\":2}").unwrap());
    assert_eq!(first.root().elements().map(Value::raw).collect::<Vec<_>>(), ["1"]);
    let members: Vec<_> = second.root().members().map(|(key, value)| (key.raw(), value.raw())).collect();
    assert_eq!(members, [("b", "2")]);
}
