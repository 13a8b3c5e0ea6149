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

    /// The catalogue's name, for errors.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn sources(&self) -> Sources {
        self.sources
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
