//! Every message, in every language, with every sample.
#![expect(clippy::format_push_string, clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

use std::collections::BTreeSet;

use notices::{
    Brand, Language, LinkHosts, Locale, Message, Reader, Rendered, Unsubscribe, message::Sample,
    push::MAX_PAYLOAD_BYTES, render,
};
use scraper::{ElementRef, Html, Node, Selector};

#[test]
fn every_message_has_a_stable_name_of_its_own_and_a_sample() {
    let sampled: BTreeSet<&str> = Message::samples().iter().map(|sample| sample.message.kind()).collect();
    let named: BTreeSet<&str> = Message::KINDS.iter().copied().collect();
    assert_eq!(sampled, named);
    assert_eq!(named.len(), Message::KINDS.len());
}

#[test]
fn nothing_is_left_to_fill_in() {
    for_each(|sample, language, rendered| {
        for text in [&rendered.email.subject, &rendered.email.text, &rendered.push.title, &rendered.push.body] {
            let place = format!("{} {} {}: {text}", sample.message.kind(), sample.name, language.tag());
            assert!(!text.trim().is_empty(), "{place}");
            assert!(!text.contains(['{', '}', '\u{2068}', '\u{2069}']), "{place}");
            assert!(!text.contains("  ") || text.contains("\n  ") || text.contains("\n    "), "{place}");
        }
    });
}

#[test]
fn subject_is_one_line_of_fitting_length() {
    for_each(|sample, language, rendered| {
        let subject = &rendered.email.subject;
        assert!(subject.chars().count() <= 100, "{} {}: {subject}", sample.message.kind(), language.tag());
        assert!(!subject.chars().any(char::is_control));
    });
}

#[test]
fn plain_text_says_what_the_html_says() {
    let parts = Selector::parse("h1, p, th, td.body, td.panel div, td.panel bdi").unwrap();
    for_each(|sample, language, rendered| {
        let page = Html::parse_document(&rendered.email.html);
        let plain = squeezed(&rendered.email.text);
        for part in page.select(&parts).filter(|part| !is_decoration(*part)) {
            let text = squeezed(&part.text().collect::<String>());
            // A button's label and a link's text may be followed by the URL in the plain text.
            assert!(
                text.is_empty() || plain.contains(&text) || part.text().all(|text| plain.contains(&squeezed(text))),
                "{} {} {}: {text:?} is not in the plain text",
                sample.message.kind(),
                sample.name,
                language.tag()
            );
        }
    });
}

#[test]
fn links_of_the_html_are_those_of_the_plain_text() {
    let anchors = Selector::parse("a[href^=https]").unwrap();
    for_each(|sample, language, rendered| {
        let page = Html::parse_document(&rendered.email.html);
        let html: BTreeSet<&str> = page.select(&anchors).filter_map(|anchor| anchor.attr("href")).collect();
        let text: BTreeSet<&str> =
            rendered.email.text.split_whitespace().filter(|word| word.starts_with("https://")).collect();
        assert_eq!(html, text, "{} {} {}", sample.message.kind(), sample.name, language.tag());
    });
}

#[test]
fn mail_tells_its_language_and_direction_and_reads_well_aloud() {
    let root = Selector::parse("html[lang][dir]").unwrap();
    let tables = Selector::parse("table:not([role=presentation])").unwrap();
    let images = Selector::parse("img:not([alt])").unwrap();
    for_each(|sample, language, rendered| {
        let page = Html::parse_document(&rendered.email.html);
        let html = page.select(&root).next().expect("the document has a language");
        assert_eq!(html.attr("lang"), Some(language.tag()));
        assert_eq!(html.attr("dir"), Some("ltr"));
        assert_eq!(page.select(&images).count(), 0);
        for table in page.select(&tables) {
            let headed = Selector::parse("th[scope=row]").unwrap();
            assert!(
                table.select(&headed).count() > 0,
                "{}: only tables of facts are read as tables",
                sample.message.kind()
            );
        }
    });
}

#[test]
fn only_messages_that_can_be_switched_off_show_how() {
    for_each(|sample, _, rendered| {
        let shows = rendered.email.html.contains("/unsubscribe") && rendered.email.text.contains("/unsubscribe");
        assert_eq!(shows, !sample.message.is_transactional(), "{}", sample.message.kind());
    });
}

#[test]
fn push_fits_every_platform_and_names_its_message() {
    for_each(|sample, _, rendered| {
        let message: serde_json::Value = serde_json::from_str(&rendered.push.sns_message()).unwrap();
        assert_eq!(message["default"], rendered.push.body);
        for platform in ["APNS", "APNS_SANDBOX", "GCM"] {
            let payload = message[platform].as_str().expect("each platform's value is JSON in a string");
            assert!(payload.len() <= MAX_PAYLOAD_BYTES);
        }
        let apns: serde_json::Value = serde_json::from_str(message["APNS"].as_str().unwrap()).unwrap();
        assert_eq!(apns["aps"]["alert"]["title"], rendered.push.title);
        assert_eq!(apns["kind"], sample.message.kind());
        let fcm: serde_json::Value = serde_json::from_str(message["GCM"].as_str().unwrap()).unwrap();
        let fcm = &fcm["fcmV1Message"]["message"];
        assert_eq!(fcm["notification"]["body"], rendered.push.body);
        assert_eq!(fcm["data"]["kind"], sample.message.kind());
    });
}

#[test]
fn without_allowed_hosts_no_message_has_a_link_or_points_at_one() {
    for sample in Message::samples() {
        let rendered =
            render(&sample.message, &Reader::new(Locale::default()), &brand(), &LinkHosts::default()).unwrap();
        assert!(!rendered.email.html.contains("href=\"https"), "{}", sample.message.kind());
        assert!(!rendered.email.text.contains("https://invoice"), "{}", sample.message.kind());
        assert!(!rendered.email.text.contains("button"), "{}", sample.message.kind());
        assert!(!rendered.push.data.contains_key("link"));
    }
}

#[test]
fn every_message_in_every_language_reads_as_reviewed() {
    for language in Language::ALL {
        let mut seen = BTreeSet::new();
        let mut review = String::new();
        for sample in Message::samples() {
            // English shows every situation; the other languages the first of each message.
            if language != Language::English && !seen.insert(sample.message.kind()) {
                continue;
            }
            let Rendered { email, push } = rendered(&sample, language);
            review.push_str(&format!(
                "######## {} / {}\nSubject: {}\nPush: {} | {}\n\n{}\n\n",
                sample.message.kind(),
                sample.name,
                email.subject,
                push.title,
                push.body,
                email.text
            ));
        }
        insta::assert_snapshot!(format!("texts_{}", language.tag()), review);
    }
}

#[test]
fn html_is_laid_out_as_reviewed() {
    let chosen = ["tier_upgraded/silver_with_code", "payment_failed/retry_planned"];
    for sample in Message::samples() {
        let name = format!("{}/{}", sample.message.kind(), sample.name);
        if chosen.contains(&name.as_str()) {
            insta::assert_snapshot!(
                format!("html_{}", sample.message.kind()),
                rendered(&sample, Language::English).email.html
            );
        }
    }
}

fn for_each(check: impl Fn(&Sample, Language, &Rendered)) {
    let samples = Message::samples();
    assert!(samples.len() > Message::KINDS.len());
    for language in Language::ALL {
        for sample in &samples {
            check(sample, language, &rendered(sample, language));
        }
    }
}

fn rendered(sample: &Sample, language: Language) -> Rendered {
    render(&sample.message, &reader(language), &brand(), &hosts())
        .unwrap_or_else(|error| panic!("{} {} {}: {error}", sample.message.kind(), sample.name, language.tag()))
}

fn reader(language: Language) -> Reader {
    let mut reader = Reader::new(Locale::from(language));
    reader.unsubscribe = hosts().admit("https://www.example.com/unsubscribe").map(Unsubscribe::Link);
    reader
}

fn brand() -> Brand {
    Brand {
        name: "Example Shop".to_owned(),
        footer: "Example Shop Ltd\n1 Example Street".to_owned(),
        ..Brand::default()
    }
}

fn hosts() -> LinkHosts {
    LinkHosts::new(["invoice.stripe.com", ".example.com"]).unwrap()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn is_decoration(element: ElementRef<'_>) -> bool {
    element
        .ancestors()
        .chain(Some(*element))
        .any(|node| matches!(node.value(), Node::Element(element) if element.attr("aria-hidden") == Some("true")))
}
