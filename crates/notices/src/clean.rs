//! Text that others wrote, made safe to stand in a subject, a heading or a push.

use processor_events::Personal;

/// The longest name, number or title that a message shows, in characters. Longer ones are cut, because a mail must keep its
/// shape whatever a form accepted.
const MAX_CHARACTERS: usize = 120;

/// One line of visible text: control characters, line breaks and marks that reorder or hide text are gone, white space is
/// folded, and the rest is cut at a length that a subject can carry.
pub(crate) fn line(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len().min(MAX_CHARACTERS));
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        let mut visible = word.chars().filter(|character| !is_invisible(*character)).peekable();
        if visible.peek().is_none() {
            continue;
        }
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.extend(visible);
    }
    shorten(&cleaned, MAX_CHARACTERS)
}

/// The name to greet somebody by; `None` when it is empty or could be read as an address or a link.
///
/// Mail programs turn `evil.example/win` into a link by themselves, so that a "name" can make our mail advertise for others.
pub(crate) fn name(name: Option<&Personal<String>>) -> Option<String> {
    let name = line(name?.reveal());
    let looks_like_link = name.contains(['/', '\\', '@', ':', '<', '>'])
        || name.split(' ').any(|word| {
            word.split_once('.').is_some_and(|(before, after)| before.chars().count() > 1 && !after.is_empty())
        });
    (!name.is_empty() && !looks_like_link).then_some(name)
}

/// Cuts a text to a number of characters; an ellipsis tells that something is missing.
pub(crate) fn shorten(text: &str, max_characters: usize) -> String {
    if text.chars().count() <= max_characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max_characters.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Marks that change the direction of what follows, invisible characters, and code points that are no text at all. The joiners
/// U+200C and U+200D stay: Persian, Hindi and emoji need them.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_one_visible_line() {
        for (text, expected) in [
            ("  Ada \r\n\t Lovelace ", "Ada Lovelace"),
            ("a\u{0}b\u{7f}c", "a b c"),
            ("\u{202e}evil\u{202c}\u{feff}", "evil"),
            ("\u{2066} \u{200b} ", ""),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(line(&"ä".repeat(200)).chars().count(), MAX_CHARACTERS);
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("one", 3), "one");
    }

    #[test]
    fn name_is_greeted_unless_it_could_be_a_link() {
        let greeted = |text: &str| name(Some(&Personal::new(text.to_owned())));
        for person in ["Ada", "J. R. R. Tolkien", "St. John", "Müller-Lüdenscheidt", "山田 太郎", "O'Brien, Jr."]
        {
            assert_eq!(greeted(person).as_deref(), Some(person));
        }
        for other in ["", "  ", "evil.example", "see https://x", "a@b", "x<y"] {
            assert_eq!(greeted(other), None, "{other:?}");
        }
    }
}
