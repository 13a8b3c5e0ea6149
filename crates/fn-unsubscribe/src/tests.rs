use std::cell::Cell;

use futures_executor::block_on;
use jiff::Timestamp;
use lambda_kit::Clock;
use notices::{Language, Topic};
use processor_events::{event::Mode, ids::CustomerId};
use serde_json::{Value, json};
use storage::{
    Scope,
    customers::{
        ContactChange, CustomerKey, InMemoryCustomers, ProfileChanges, Profiles, SourceVersion, Subscriptions,
    },
};
use unsubscribe::{KeyStoreError, Keys, SigningKey, SigningKeyError, sign};

use super::*;

struct At(Cell<i64>);

impl Clock for &At {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.get()).unwrap()
    }
}

/// A secret that can be rotated, and that cannot always be read.
struct Secret {
    generation: Cell<u8>,
    is_readable: Cell<bool>,
    readings: Cell<u32>,
}

fn key(generation: u8) -> SigningKey {
    SigningKey::new(&format!("key of generation {generation}, and long enough")).unwrap()
}

impl KeyStore for &Secret {
    async fn keys(&self) -> Result<Keys, KeyStoreError> {
        self.readings.set(self.readings.get().saturating_add(1));
        if !self.is_readable.get() {
            return Err(SigningKeyError.into());
        }
        let generation = self.generation.get();
        Ok(Keys { current: key(generation), previous: generation.checked_sub(1).map(key) })
    }
}

struct World {
    secret: Secret,
    clock: At,
    customers: InMemoryCustomers,
}

fn customer() -> CustomerKey {
    let scope = Scope { mode: Mode::Test, account: None };
    CustomerKey { scope, customer: CustomerId::new("cus_1").unwrap() }
}

fn token(topic: Topic) -> String {
    sign(&Membership { customer: customer(), topic }, &key(1))
}

impl World {
    fn new() -> Self {
        let secret = Secret { generation: Cell::new(1), is_readable: Cell::new(true), readings: Cell::new(0) };
        Self { secret, clock: At(Cell::new(1_800_000_000)), customers: InMemoryCustomers::default() }
    }

    /// Requests with one warm function.
    fn ask_all(&self, requests: &[(&str, &str)]) -> Vec<(u16, String, Value)> {
        let brand =
            Brand { name: "Ada & <Co>".to_owned(), support_email: "help@example.com".to_owned(), ..Brand::default() };
        let handler = Handler {
            keys: KeyCache::new(&self.secret),
            customers: self.customers.clone(),
            clock: &self.clock,
            brand,
            default_locale: Locale::default(),
            metrics: Metrics::new(),
        };
        let answer = |(method, query): &(&str, &str)| {
            let event = json!({"rawQueryString": query, "requestContext": {"http": {"method": method}}});
            let answer = block_on(handler.handle(event)).into_json();
            let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
            (status, answer["body"].as_str().unwrap().to_owned(), answer["headers"].clone())
        };
        requests.iter().map(answer).collect()
    }

    fn ask(&self, method: &str, query: &str) -> (u16, String) {
        let (status, body, _) = self.ask_all(&[(method, query)]).remove(0);
        (status, body)
    }

    fn left(&self) -> Vec<String> {
        let found = block_on(self.customers.profiles(&[customer()])).unwrap().remove(&customer());
        found.map(|profile| profile.unwrap().left_topics.into_iter().collect()).unwrap_or_default()
    }
}

#[test]
fn following_the_link_asks_and_changes_nothing() {
    let (world, query) = (World::new(), format!("l=en&t={}", token(Topic::Offers)));
    for method in ["GET", "HEAD"] {
        let (status, page) = world.ask(method, &query);
        assert_eq!((status, world.left()), (200, vec![]));
        assert!(page.contains("<form method=\"post\"") && page.contains(">Unsubscribe</button>"), "{page}");
    }
}

#[test]
fn one_click_leaves_the_topic_and_a_second_one_says_so() {
    let (world, query) = (World::new(), format!("l=en&t={}", token(Topic::Offers)));
    let (status, page) = world.ask("POST", &query);
    assert_eq!((status, world.left()), (200, vec!["offers".to_owned()]));
    assert!(page.contains("You are unsubscribed<") && page.contains("about offers"), "{page}");
    let (status, page) = world.ask("POST", &query);
    assert_eq!(status, 200);
    assert!(page.contains("You are unsubscribed already"), "{page}");
    assert_eq!(world.left(), ["offers"]);
}

#[test]
fn who_left_by_mistake_comes_back_by_the_button_on_the_page() {
    let (world, token) = (World::new(), token(Topic::Rewards));
    let (_, page) = world.ask("POST", &format!("t={token}"));
    let action = page.split("action=\"?").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert_eq!(action, format!("l=en&t={token}&do=back"));
    let (status, page) = world.ask("POST", &action);
    assert_eq!((status, world.left()), (200, vec![]));
    assert!(page.contains("Welcome back"), "{page}");
    // Only a button comes back: a scanner that follows the address changes nothing.
    block_on(world.customers.leave(&customer(), "rewards")).unwrap();
    world.ask("GET", &action);
    assert_eq!(world.left(), ["rewards"]);
}

#[test]
fn a_link_that_is_not_whole_says_so_and_changes_nothing() {
    let (world, token) = (World::new(), token(Topic::Offers));
    for query in ["", "t=", "t=abc", &format!("t={token}x"), &format!("t={}", &token[1..])] {
        for method in ["GET", "POST"] {
            let (status, page) = world.ask(method, query);
            assert_eq!(status, 400, "{query}");
            assert!(page.contains("This link does not work") && page.contains("help@example.com"), "{page}");
            assert!(!page.contains("<form"), "{page}");
        }
    }
    assert_eq!(world.left(), [""; 0]);
}

#[test]
fn an_erased_customer_is_told_that_nothing_is_kept() {
    let world = World::new();
    let event = processor_events::ids::EventId::new("evt_1").unwrap();
    let source = SourceVersion { occurred_at: Timestamp::UNIX_EPOCH, event };
    block_on(world.customers.change(&customer(), &source, &ContactChange::Erase)).unwrap();
    for query in [format!("t={}", token(Topic::Offers)), format!("t={}&do=back", token(Topic::Offers))] {
        let (status, page) = world.ask("POST", &query);
        assert_eq!(status, 200);
        assert!(page.contains("There is nothing to unsubscribe"), "{page}");
    }
    assert_eq!(world.left(), [""; 0]);
}

#[test]
fn links_outlive_one_rotation_and_end_with_the_second() {
    let (world, query) = (World::new(), format!("t={}", token(Topic::Offers)));
    for (generation, status) in [(1, 200), (2, 200), (3, 400)] {
        world.secret.generation.set(generation);
        assert_eq!(world.ask("GET", &query).0, status, "generation {generation}");
    }
}

#[test]
fn a_link_of_a_key_that_is_newer_than_the_kept_one_is_read() {
    let world = World::new();
    let newer = sign(&Membership { customer: customer(), topic: Topic::Offers }, &key(2));
    let handler = Handler {
        keys: KeyCache::new(&world.secret),
        customers: world.customers.clone(),
        clock: &world.clock,
        brand: Brand::default(),
        default_locale: Locale::default(),
        metrics: Metrics::new(),
    };
    let status = |token: &str| {
        let event = json!({"rawQueryString": format!("t={token}"), "requestContext": {"http": {"method": "GET"}}});
        block_on(handler.handle(event)).into_json()["statusCode"].as_u64().unwrap()
    };
    assert_eq!(status(&token(Topic::Offers)), 200);
    world.secret.generation.set(2);
    world.clock.0.set(1_800_000_061);
    assert_eq!(status(&newer), 200);
}

#[test]
fn a_flood_of_made_up_links_reads_the_secret_once_a_minute() {
    let world = World::new();
    let requests = vec![("POST", "t=made-up"); 1_000];
    assert!(world.ask_all(&requests).iter().all(|(status, ..)| *status == 400));
    assert_eq!(world.secret.readings.get(), 1);
}

#[test]
fn a_secret_that_cannot_be_read_asks_for_another_try() {
    let world = World::new();
    world.secret.is_readable.set(false);
    let (status, page) = world.ask("POST", &format!("t={}", token(Topic::Offers)));
    assert_eq!(status, 503);
    assert!(page.contains("Nothing has changed"), "{page}");
}

#[test]
fn other_methods_are_not_allowed() {
    let world = World::new();
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let (status, _, headers) = world.ask_all(&[(method, "")]).remove(0);
        assert_eq!((status, &headers["allow"]), (405, &json!("GET, HEAD, POST")));
    }
}

#[test]
fn the_page_speaks_every_language_and_holds_nothing_of_the_person() {
    let (world, token) = (World::new(), token(Topic::Offers));
    for language in Language::ALL {
        let query = format!("l={}&t={token}", language.tag());
        let requests = [
            ("GET", query.as_str()),
            ("POST", &query),
            ("POST", &query),
            ("POST", &format!("{query}&do=back")),
            ("GET", "l=de"),
        ];
        for (status, page, headers) in world.ask_all(&requests) {
            assert!(status == 200 || status == 400);
            for foreign in ["cus_1", "{brand}", "{topic}", "{address}"] {
                assert!(!page.contains(foreign), "{foreign}: {page}");
            }
            assert!(page.contains("Ada &amp; &lt;Co&gt;") && !page.contains("<Co>"), "{page}");
            assert!(page.contains("prefers-color-scheme:dark") && !page.contains("<script"), "{page}");
            assert!(headers["content-security-policy"].as_str().unwrap().contains("default-src 'none'"));
            assert_eq!(headers["referrer-policy"], "no-referrer");
        }
        let (_, page) = world.ask("GET", &query);
        assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())), "{page}");
    }
    assert!(world.ask("GET", "l=xx").1.contains("<html lang=\"en\">"));
}
