//! The catalogues: what a message says in each language, in Fluent files that are compiled into the binary.

use std::sync::OnceLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use thiserror::Error;
use unic_langid::LanguageIdentifier;

use crate::locale::Language;

/// Why a text of a catalogue cannot be said. A test walks every message, locale and sample, so that no send meets this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("say `{key}` of {catalogue} in {}: {reason}", .language.tag())]
pub struct WordsError {
    catalogue: &'static str,
    language: Language,
    key: String,
    reason: String,
}

/// The same texts in every language. Each language is parsed when it is first needed.
pub(crate) struct Catalogue {
    name: &'static str,
    sources: Sources,
    bundles: [OnceLock<FluentBundle<FluentResource>>; Language::ALL.len()],
}

/// The Fluent files of one catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Sources {
    pub(crate) en: &'static str,
    pub(crate) de: &'static str,
    pub(crate) fr: &'static str,
    pub(crate) es: &'static str,
    pub(crate) pt_br: &'static str,
    pub(crate) ja: &'static str,
}

/// The catalogue whose files lie beside the source file that says this.
macro_rules! catalogue {
    ($name:expr) => {
        $crate::words::Catalogue::new(
            $name,
            $crate::words::Sources {
                en: include_str!("en.ftl"),
                de: include_str!("de.ftl"),
                fr: include_str!("fr.ftl"),
                es: include_str!("es.ftl"),
                pt_br: include_str!("pt-BR.ftl"),
                ja: include_str!("ja.ftl"),
            },
        )
    };
}
pub(crate) use catalogue;

impl Sources {
    pub(crate) const fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::German => self.de,
            Language::French => self.fr,
            Language::Spanish => self.es,
            Language::BrazilianPortuguese => self.pt_br,
            Language::Japanese => self.ja,
        }
    }
}

impl Catalogue {
    pub(crate) const fn new(name: &'static str, sources: Sources) -> Self {
        Self { name, sources, bundles: [const { OnceLock::new() }; Language::ALL.len()] }
    }

    /// One text with its variables filled in. Every variable is plain text: nothing in it is read as Fluent.
    pub(crate) fn say(&self, language: Language, key: &str, arguments: &FluentArgs<'_>) -> Result<String, WordsError> {
        let error = |reason: String| WordsError { catalogue: self.name, language, key: key.to_owned(), reason };
        let bundle = self.bundle(language);
        let pattern = bundle
            .get_message(key)
            .and_then(|message| message.value())
            .ok_or_else(|| error("there is no such text".to_owned()))?;
        let mut problems = Vec::new();
        let text = bundle.format_pattern(pattern, Some(arguments), &mut problems).into_owned();
        match problems.first() {
            None => Ok(text),
            Some(problem) => Err(error(problem.to_string())),
        }
    }

    fn bundle(&self, language: Language) -> &FluentBundle<FluentResource> {
        let slot = match language {
            Language::English => &self.bundles[0],
            Language::German => &self.bundles[1],
            Language::French => &self.bundles[2],
            Language::Spanish => &self.bundles[3],
            Language::BrazilianPortuguese => &self.bundles[4],
            Language::Japanese => &self.bundles[5],
        };
        slot.get_or_init(|| {
            let tag: LanguageIdentifier =
                language.tag().parse().expect("the tag of a language is a language identifier");
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // Isolation marks would stand in subjects and pushes; the HTML isolates by `<bdi>` instead.
            bundle.set_use_isolating(false);
            // A file with a mistake still gives the texts that can be read; a test holds every file to have none.
            let resource = FluentResource::try_new(self.sources.of(language).to_owned())
                .unwrap_or_else(|(readable, _mistakes)| readable);
            bundle.add_resource_overriding(resource);
            bundle
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::{
        ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
        parser,
    };

    use super::*;
    use crate::{message::Message, messages::COMMON};

    #[test]
    fn every_file_is_read_without_a_mistake() {
        for catalogue in catalogues() {
            for language in Language::ALL {
                if let Err((_, mistakes)) = parser::parse(catalogue.sources.of(language)) {
                    panic!("{} in {}: {mistakes:?}", catalogue.name, language.tag());
                }
            }
        }
    }

    #[test]
    fn every_language_has_the_texts_and_the_variables_of_the_english_one() {
        for catalogue in catalogues() {
            let english = texts(catalogue, Language::English);
            assert!(!english.is_empty(), "{} says nothing", catalogue.name);
            for language in Language::ALL {
                let translated = texts(catalogue, language);
                let keys = |texts: &Texts| texts.keys().cloned().collect::<Vec<_>>();
                assert_eq!(keys(&english), keys(&translated), "{} in {}", catalogue.name, language.tag());
                for (key, shape) in translated {
                    assert_eq!(
                        shape.variables,
                        english[&key].variables,
                        "variables of {key} of {} in {}",
                        catalogue.name,
                        language.tag()
                    );
                }
            }
        }
    }

    #[test]
    fn every_situation_that_english_tells_apart_is_told_apart_in_every_language() {
        for catalogue in catalogues() {
            let english = texts(catalogue, Language::English);
            for language in Language::ALL {
                for (key, shape) in texts(catalogue, language) {
                    let situations = |shape: &Shape| -> BTreeSet<(String, String)> {
                        shape.variants.iter().filter(|(selector, _)| !selector.ends_with("plural")).cloned().collect()
                    };
                    assert_eq!(
                        situations(&shape),
                        situations(&english[&key]),
                        "{key} of {} in {}",
                        catalogue.name,
                        language.tag()
                    );
                }
            }
        }
    }

    #[test]
    fn no_translation_is_the_english_text() {
        for catalogue in catalogues() {
            let english = texts(catalogue, Language::English);
            for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
                for (key, shape) in texts(catalogue, language) {
                    let sentence = shape.words.split_whitespace().count() > 3;
                    assert!(
                        !sentence || shape.words != english[&key].words,
                        "{key} of {} in {}",
                        catalogue.name,
                        language.tag()
                    );
                }
            }
        }
    }

    #[test]
    fn text_that_does_not_exist_is_an_error_that_names_it() {
        let error = COMMON.say(Language::German, "no-such-text", &FluentArgs::new()).unwrap_err();
        assert_eq!(error.to_string(), "say `no-such-text` of common in de: there is no such text");
    }

    #[test]
    fn variable_that_is_not_given_is_an_error_that_names_it() {
        let error = COMMON.say(Language::French, "greeting", &FluentArgs::new()).unwrap_err();
        assert!(error.to_string().contains("$name"), "{error}");
    }

    #[test]
    fn fluent_syntax_in_a_variable_stays_text() {
        let mut arguments = FluentArgs::new();
        arguments.set("name", "{ $brand } { -term } \"{\"");
        let text = COMMON.say(Language::English, "greeting", &arguments).unwrap();
        assert_eq!(text, "Hello { $brand } { -term } \"{\",");
    }

    fn catalogues() -> Vec<&'static Catalogue> {
        let mut catalogues = BTreeMap::from([(COMMON.name, &COMMON)]);
        catalogues.extend(Message::samples().iter().map(|sample| sample.message.catalogue()).map(|it| (it.name, it)));
        assert_eq!(catalogues.len(), Message::KINDS.len().saturating_add(1));
        catalogues.into_values().collect()
    }

    type Texts = BTreeMap<String, Shape>;

    /// What a text is made of, apart from its order.
    #[derive(Default)]
    struct Shape {
        words: String,
        /// The variables that it shows; those it selects by are in the variants.
        variables: BTreeSet<String>,
        variants: BTreeSet<(String, String)>,
    }

    fn texts(catalogue: &Catalogue, language: Language) -> Texts {
        let resource = parser::parse(catalogue.sources.of(language)).expect("files are read without a mistake");
        let mut texts = Texts::new();
        for entry in &resource.body {
            if let Entry::Message(message) = entry {
                let mut shape = Shape::default();
                walk(message.value.as_ref().expect("every message has a text"), &mut shape);
                assert!(
                    texts.insert(message.id.name.to_owned(), shape).is_none(),
                    "{} is there twice",
                    message.id.name
                );
            }
        }
        texts
    }

    fn walk(pattern: &Pattern<&str>, shape: &mut Shape) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => shape.words.push_str(value),
                PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                    shape.variables.insert(variable(inline));
                }
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    for variant in variants {
                        let key = format!("{:?}", variant.key);
                        shape.variants.insert((variable(selector), key));
                        walk(&variant.value, shape);
                    }
                }
            }
        }
    }

    fn variable(expression: &InlineExpression<&str>) -> String {
        match expression {
            InlineExpression::VariableReference { id } => id.name.to_owned(),
            other => panic!("the catalogues use variables only, not {other:?}"),
        }
    }
}
