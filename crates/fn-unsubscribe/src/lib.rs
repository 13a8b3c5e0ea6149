#![doc = include_str!("../README.md")]

mod config;
mod http;
mod keys;
mod page;
#[cfg(test)]
mod tests;
mod words;

use lambda_kit::{Clock, Metrics};
use notices::{Brand, Locale};
use serde_json::Value;
use storage::customers::{LeaveAnswer, Subscriptions};
use unsubscribe::{KeyStore, Membership, read};

pub use config::Config;
pub use http::Response;
pub use keys::KeyCache;

use http::{Method, Request};
use page::{Button, Page};
use words::Words;

/// The function's name in metrics.
pub const NAME: &str = "unsubscribe";

/// The handler and its outside world.
#[derive(Debug)]
pub struct Handler<S, C, K> {
    /// The keys that links are signed with.
    pub keys: KeyCache<S>,
    /// Where it is noted.
    pub customers: C,
    /// Tells the time.
    pub clock: K,
    /// How the page looks.
    pub brand: Brand,
    /// For links without a language.
    pub default_locale: Locale,
    /// Counts.
    pub metrics: Metrics,
}

/// What the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Say {
    Ask,
    Left,
    LeftBefore,
    Back,
    Erased,
    NotWhole,
    NotNow,
}

impl<S: KeyStore, C: Subscriptions, K: Clock> Handler<S, C, K> {
    /// Answers a request of a function URL.
    pub async fn handle(&self, event: Value) -> Response {
        let request = Request::read(&event);
        let words = Words::of(request.locale(&self.default_locale).language());
        let method = match request.method {
            Method::Get | Method::Head | Method::Post => request.method,
            Method::Other => return Response::not_allowed(),
        };
        let membership = match self.membership(&request).await {
            Ok(membership) => membership,
            Err(say) => return self.page(say, None, &words, &request),
        };
        let say = match (method, request.comes_back) {
            (Method::Post, false) => self.leave(&membership).await,
            (Method::Post, true) => self.come_back(&membership).await,
            (Method::Get | Method::Head | Method::Other, _) => Say::Ask,
        };
        self.page(say, Some(&membership), &words, &request)
    }

    async fn membership(&self, request: &Request) -> Result<Membership, Say> {
        let now = self.clock.now();
        let Some(token) = &request.token else { return Err(Say::NotWhole) };
        let keys = self.keys.current(now).await.ok_or(Say::NotNow)?;
        if let Some(membership) = read(token, &keys) {
            return Ok(membership);
        }
        // Perhaps the secret was rotated a moment ago.
        let renewed = self.keys.renewed(now).await;
        renewed.and_then(|keys| read(token, &keys)).ok_or(Say::NotWhole)
    }

    async fn leave(&self, Membership { customer, topic }: &Membership) -> Say {
        match self.customers.leave(customer, topic.name()).await {
            Ok(LeaveAnswer::Done) => Say::Left,
            Ok(LeaveAnswer::Already) => Say::LeftBefore,
            Ok(LeaveAnswer::Erased) => Say::Erased,
            Err(error) => not_now(&error),
        }
    }

    async fn come_back(&self, Membership { customer, topic }: &Membership) -> Say {
        match self.customers.come_back(customer, topic.name()).await {
            Ok(LeaveAnswer::Done | LeaveAnswer::Already) => Say::Back,
            Ok(LeaveAnswer::Erased) => Say::Erased,
            Err(error) => not_now(&error),
        }
    }

    fn page(&self, say: Say, membership: Option<&Membership>, words: &Words, request: &Request) -> Response {
        let topic = membership.map(|membership| membership.topic);
        self.metrics
            .count("Unsubscribe", &[("answer", say.name()), ("topic", topic.map_or("none", |topic| topic.name()))]);
        let about = topic.map(|topic| words.topic(topic)).unwrap_or_default();
        let (title, text) = words.say(say);
        let button = match say {
            Say::Ask => Some(Button { label: words.leave, comes_back: false }),
            Say::Left | Say::LeftBefore => Some(Button { label: words.come_back, comes_back: true }),
            Say::Back | Say::Erased | Say::NotWhole | Say::NotNow => None,
        };
        let page = Page {
            brand: &self.brand,
            language: words.tag,
            title,
            text: &text.replace("{brand}", &self.brand.name).replace("{topic}", about),
            note: topic.filter(|_| say != Say::Erased).map(|_| words.note),
            help: (!self.brand.support_email.is_empty()).then_some(words.help),
            button,
            token: request.token.as_deref().unwrap_or_default(),
        };
        Response::page(say.status(), &page.html())
    }
}

impl Say {
    const fn name(self) -> &'static str {
        match self {
            Self::Ask => "asked",
            Self::Left => "left",
            Self::LeftBefore => "left_before",
            Self::Back => "back",
            Self::Erased => "erased",
            Self::NotWhole => "not_whole",
            Self::NotNow => "not_now",
        }
    }

    /// Mail programs read only this: below 300 it is done, from 500 on they try again.
    const fn status(self) -> u16 {
        match self {
            Self::Ask | Self::Left | Self::LeftBefore | Self::Back | Self::Erased => 200,
            Self::NotWhole => 400,
            Self::NotNow => 503,
        }
    }
}

fn not_now(error: &storage::StorageError) -> Say {
    tracing::error!(error.name = error.name(), error.detail = error.to_string(), "a wish to leave could not be noted");
    Say::NotNow
}
