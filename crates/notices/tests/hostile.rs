//! Hostile text in every field stays text: the mail has the shape of a harmless one, and no link leaves the list.
#![expect(clippy::format_push_string, clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use notices::{
    Brand, Language, LinkHosts, Locale, Message, Reader, Rendered,
    messages::{
        Card, CardExpiring, Discount, ExpiryMonth, FollowUp, Grant, InvoicePaid, NextTier, Offer, Settlement,
        TierUpgraded,
    },
    render,
};
use processor_events::{Currency, Money, Personal};
use scraper::{Html, Node};

/// Makes a message with a text in one of its fields.
type MessageWith = fn(&str) -> Message;

/// The fields that text from outside reaches, each by a message that shows it.
const FIELDS: [(&str, MessageWith); 11] = [
    ("customer_name", |text| receipt(|receipt| receipt.customer_name = Some(Personal::new(text.to_owned())))),
    ("invoice_number", |text| receipt(|receipt| receipt.invoice_number = Some(text.to_owned()))),
    ("invoice_url", |text| receipt(|receipt| receipt.invoice_url = Some(text.to_owned()))),
    ("card.brand", |text| card(|card| text.clone_into(&mut card.brand))),
    ("card.last4", |text| card(|card| text.clone_into(&mut card.last4))),
    ("tier", |text| upgrade(|upgrade| text.clone_into(&mut upgrade.tier))),
    ("benefit", |text| upgrade(|upgrade| upgrade.benefits = vec![text.to_owned()])),
    ("code", |text| upgrade(|upgrade| upgrade.granted = vec![code(text)])),
    ("next_tier", |text| upgrade(|upgrade| upgrade.next_tier = Some(next_tier(text)))),
    ("offer.title", |text| follow_up(|offer| text.clone_into(&mut offer.title))),
    ("offer.reason", |text| follow_up(|offer| offer.reason = Some(text.to_owned()))),
];

#[test]
fn five_hundred_hostile_strings_in_every_field_keep_the_shape_of_a_harmless_mail() {
    let strings = hostile_strings();
    assert!(strings.len() >= 500, "{}", strings.len());
    // In parallel: six thousand mails are read as a browser reads them.
    std::thread::scope(|scope| {
        for (field, message) in FIELDS {
            let strings = &strings;
            scope.spawn(move || check_field(field, message, strings));
        }
    });
}

#[test]
fn hostile_brand_keeps_the_shape_of_a_harmless_mail() {
    let message = receipt(|_| ());
    let harmless = shape(&parsed(&rendered(&message, "Shop")));
    for text in hostile_strings() {
        let rendered = rendered(&message, &text);
        let page = parsed(&rendered);
        assert_eq!(shape(&page), harmless, "{text:?}");
        check_texts(&rendered, &page, "brand", &text);
    }
}

#[test]
fn hostile_name_is_shown_as_it_is_written() {
    let message = card(|card| "<b>&amp; \"quoted\"".clone_into(&mut card.brand));
    let rendered = rendered(&message, "Shop");
    assert!(rendered.email.text.contains("<b>&amp; \"quoted\""));
    let page = Html::parse_document(&rendered.email.html);
    assert!(page.root_element().text().collect::<String>().contains("<b>&amp; \"quoted\""));
}

#[test]
fn name_that_mail_programs_would_turn_into_a_link_is_not_greeted() {
    for name in ["Win at evil.example", "https://evil.example", "a@evil.example", "www.evil.example", "//evil"] {
        let message = receipt(|receipt| receipt.customer_name = Some(Personal::new(name.to_owned())));
        let rendered = rendered(&message, "Shop");
        assert!(!rendered.email.text.contains("evil"), "{name}");
    }
    let message = receipt(|receipt| receipt.customer_name = Some(Personal::new("J. R. R. Tolkien Jr.".to_owned())));
    assert!(rendered(&message, "Shop").email.text.contains("Hello J. R. R. Tolkien Jr.,"));
}

fn check_field(field: &str, message: MessageWith, strings: &[String]) {
    // An empty field may be left out altogether.
    let harmless: BTreeSet<String> =
        ["Plain words", ""].map(|text| shape(&parsed(&rendered(&message(text), "Shop")))).into();
    for text in strings {
        let rendered = rendered(&message(text), "Shop");
        let page = parsed(&rendered);
        assert!(harmless.contains(&shape(&page)), "{field}: {text:?} changes the document");
        check_texts(&rendered, &page, field, text);
    }
}

fn parsed(rendered: &Rendered) -> Html {
    Html::parse_document(&rendered.email.html)
}

fn check_texts(rendered: &Rendered, page: &Html, field: &str, text: &str) {
    let lines = [&rendered.email.subject, &rendered.push.title, &rendered.push.body];
    for line in lines {
        assert!(!line.chars().any(is_forbidden), "{field}: {text:?} reaches {line:?}");
    }
    let in_text = rendered.email.text.chars().any(|character| character != '\n' && is_forbidden(character));
    assert!(!in_text, "{field}: {text:?} reaches the plain text");
    for element in page.tree.nodes().filter_map(|node| node.value().as_element()) {
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on"), "{field}: {text:?} becomes a script");
            if matches!(name, "href" | "src") {
                let allowed = value.starts_with("https://invoice.stripe.com/")
                    || value.starts_with("https://www.example.com/")
                    || value == "mailto:support@example.com";
                assert!(allowed, "{field}: {text:?} becomes a link to {value}");
            }
        }
    }
    serde_json::from_str::<serde_json::Value>(&rendered.push.sns_message()).unwrap();
}

fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The elements, their attributes' names and how they nest; no text, and no value that a message may fill.
fn shape(page: &Html) -> String {
    let mut shape = String::new();
    for edge in page.tree.root().traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => match node.value() {
                Node::Element(element) => {
                    let names: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
                    shape.push_str(&format!("<{} {names:?}>", element.name()));
                }
                Node::Comment(_) => shape.push_str("<!-- -->"),
                Node::Document | Node::Fragment | Node::Doctype(_) | Node::Text(_) | Node::ProcessingInstruction(_) => {
                }
            },
            ego_tree::iter::Edge::Close(node) if node.value().is_element() => shape.push('>'),
            ego_tree::iter::Edge::Close(_) => {}
        }
    }
    shape
}

/// Pieces that end an element, an attribute, a header, a comment, a style sheet, a template or a payload, alone and combined.
fn hostile_strings() -> Vec<String> {
    const PIECES: [&str; 23] = [
        "<script>alert(1)</script>",
        "</td></tr></table>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "<!--",
        "--><b>",
        "</style><script>",
        "<![endif]-->",
        "<a href=https://evil.example>x</a>",
        "javascript:alert(1)",
        "https://evil.example/",
        "\r\nBcc: victim@example.com",
        "\n\n<html>",
        "\0",
        "\u{1b}[2J",
        "\u{202e}gnp.exe",
        "\u{2066}\u{200f}",
        "{{ page }}",
        "{ $brand }",
        "&lt;b&gt;&#x3c;",
        "=cmd|' /C calc'!A0",
        "\u{2028}<plaintext>",
        "]]><svg onload=alert(1)>",
    ];
    let mut strings: Vec<String> = PIECES.iter().map(|piece| (*piece).to_owned()).collect();
    for one in PIECES {
        strings.extend(PIECES.iter().map(|two| format!("{one}{two}")));
    }
    strings.push("<".repeat(10_000));
    strings.push("🏳️‍🌈".repeat(500));
    strings
}

fn rendered(message: &Message, brand_name: &str) -> Rendered {
    let brand = Brand { name: brand_name.to_owned(), ..Brand::default() };
    let hosts = LinkHosts::new(["invoice.stripe.com", "www.example.com"]).unwrap();
    render(message, &Reader::new(Locale::from(Language::English)), &brand, &hosts).unwrap()
}

fn receipt(change: impl FnOnce(&mut InvoicePaid)) -> Message {
    let mut receipt = InvoicePaid {
        customer_name: None,
        amount_paid: Money::new(1_900, Currency::USD),
        settlement: Settlement::Payment,
        invoice_number: Some("0007".to_owned()),
        paid_at: moment(),
        invoice_url: Some("https://invoice.stripe.com/i/1".to_owned()),
    };
    change(&mut receipt);
    receipt.into()
}

fn card(change: impl FnOnce(&mut Card)) -> Message {
    let mut card = Card { brand: "visa".to_owned(), last4: "4242".to_owned() };
    change(&mut card);
    let expires = ExpiryMonth::new(2026, 12).unwrap();
    CardExpiring { customer_name: None, card, expires, has_expired: false, update_url: None }.into()
}

fn upgrade(change: impl FnOnce(&mut TierUpgraded)) -> Message {
    let mut upgrade = TierUpgraded {
        customer_name: None,
        tier: "Gold".to_owned(),
        benefits: vec!["Free shipping".to_owned()],
        granted: vec![code("GOLD")],
        points_balance: 5_000,
        next_tier: Some(next_tier("Platinum")),
        rewards_url: Some("https://www.example.com/".to_owned()),
    };
    change(&mut upgrade);
    upgrade.into()
}

fn follow_up(change: impl FnOnce(&mut Offer)) -> Message {
    let mut offer = Offer { title: "Shoes".to_owned(), reason: Some("Because".to_owned()), expires_at: None };
    change(&mut offer);
    FollowUp {
        customer_name: None,
        purchased_at: moment(),
        offers: vec![offer],
        points_balance: 1,
        next_tier: None,
        shop_url: None,
    }
    .into()
}

fn code(text: &str) -> Grant {
    Grant::Code { code: text.to_owned(), discount: Discount::Percent(10), expires_at: None }
}

fn next_tier(name: &str) -> NextTier {
    NextTier { name: name.to_owned(), points_missing: 10_000, points_required: 15_000 }
}

fn moment() -> Timestamp {
    "2026-11-20T09:30:00Z".parse().unwrap()
}
