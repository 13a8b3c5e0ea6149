//! Personal offers: which of the program's offers a customer gets, and why.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp};
use loyalty::{Entry, EntryKind, Points, Subject, program::OfferRule};
use serde::{Deserialize, Serialize};

use crate::entry_key;

/// How many offers one occasion brings. More would be a leaflet.
pub const MOST_OFFERS: usize = 2;

/// How many of the latest ledger entries are looked at.
pub const MOST_ENTRIES: u16 = 200;

/// An offer to one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The program's name for it. A customer has at most one open offer of a name.
    pub name: String,
    /// What is offered, in the program's words.
    pub title: String,
    /// Why, in the program's words.
    pub because: Option<String>,
    /// Why, exactly: the rule and what it rests on, for people who are asked.
    pub explanation: String,
    /// The ledger entries that decided, newest first.
    pub deciding_entries: Vec<String>,
    /// The ledger entry whose occasion brought it.
    pub occasion: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Offer {
    /// Whether it can still be taken.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.expires_at > now
    }
}

/// Who is to get offers, on which occasion.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// The customer's tier.
    pub tier: Option<&'a str>,
    /// The ledger entry of the occasion.
    pub occasion: &'a str,
    /// When the occasion was: recency is counted from here, so that a repetition sees the same.
    pub occurred_at: Timestamp,
    /// Now: from here offers are good.
    pub now: Timestamp,
}

/// A purchase that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Purchase<'a> {
    entry: &'a Entry,
}

/// Chooses offers for an occasion.
///
/// `offers` are those the customer has. What this occasion brought already counts towards [`MOST_OFFERS`], so that a repetition
/// completes what was begun and adds nothing. First come offers that rest on the most purchases, then on the latest one, then
/// those that the program names first.
#[must_use]
pub fn choose(rules: &[OfferRule], history: &[Entry], offers: &[Offer], audience: Audience<'_>) -> Vec<Offer> {
    let open: BTreeSet<&str> =
        offers.iter().filter(|offer| offer.is_open(audience.now)).map(|offer| offer.name.as_str()).collect();
    let brought = offers.iter().filter(|offer| offer.occasion == audience.occasion).count();
    let purchases = standing(history);
    let mut matching: Vec<(usize, &OfferRule, Vec<&Purchase<'_>>)> = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !open.contains(rule.name.as_str()))
        .filter(|(_, rule)| {
            rule.tiers.is_empty() || audience.tier.is_some_and(|tier| rule.tiers.iter().any(|name| name == tier))
        })
        .filter_map(|(index, rule)| Some((index, rule, deciding(rule, &purchases, audience.occurred_at)?)))
        .collect();
    matching.sort_by_key(|(index, _, deciding)| {
        let latest = deciding.first().map(|purchase| purchase.entry.occurred_at);
        (Reverse(deciding.len()), Reverse(latest), *index)
    });
    let room = MOST_OFFERS.saturating_sub(brought);
    matching.into_iter().take(room).map(|(_, rule, deciding)| offer(rule, &deciding, audience)).collect()
}

/// The awards whose payments still count for something, newest first.
fn standing(history: &[Entry]) -> Vec<Purchase<'_>> {
    let mut worth: BTreeMap<&Subject, Points> = BTreeMap::new();
    for entry in history {
        let sum = worth.entry(&entry.subject).or_insert(Points::ZERO);
        // What does not fit is far from 0, which is all that is asked.
        *sum = sum.checked_add(entry.points).unwrap_or(*sum);
    }
    let mut purchases: Vec<_> = history
        .iter()
        .filter(|entry| entry.kind == EntryKind::Award)
        .filter(|entry| worth.get(&entry.subject).is_some_and(|points| *points > Points::ZERO))
        .map(|entry| Purchase { entry })
        .collect();
    purchases.sort_by_key(|purchase| Reverse(purchase.entry.occurred_at));
    purchases
}

/// The purchases that make a customer fit a rule; `None` where the customer does not fit.
fn deciding<'p, 'e>(rule: &OfferRule, purchases: &'p [Purchase<'e>], at: Timestamp) -> Option<Vec<&'p Purchase<'e>>> {
    let from = |categories: &[String], purchase: &Purchase<'_>| {
        categories.iter().any(|category| purchase.entry.categories.contains(category))
    };
    if purchases.iter().any(|purchase| from(&rule.not_bought, purchase)) {
        return None;
    }
    if rule.bought.is_empty() && rule.within_days.is_none() {
        return Some(Vec::new());
    }
    let since = rule.within_days.and_then(|days| at.checked_sub(days_long(days)).ok());
    let fitting: Vec<_> = purchases
        .iter()
        .filter(|purchase| rule.bought.is_empty() || from(&rule.bought, purchase))
        .filter(|purchase| since.is_none_or(|since| purchase.entry.occurred_at >= since))
        .collect();
    (fitting.len() >= usize::from(rule.purchases.max(1))).then_some(fitting)
}

fn offer(rule: &OfferRule, deciding: &[&Purchase<'_>], audience: Audience<'_>) -> Offer {
    let entries: Vec<String> = deciding.iter().map(|purchase| entry_key(purchase.entry)).collect();
    Offer {
        name: rule.name.clone(),
        title: rule.title.clone(),
        because: rule.because.clone(),
        explanation: explain(rule, audience.tier, &entries),
        deciding_entries: entries,
        occasion: audience.occasion.to_owned(),
        expires_at: audience.now.checked_add(days_long(rule.valid_days)).unwrap_or(Timestamp::MAX),
    }
}

fn explain(rule: &OfferRule, tier: Option<&str>, entries: &[String]) -> String {
    let mut reasons = Vec::new();
    if let Some(tier) = tier.filter(|_| !rule.tiers.is_empty()) {
        reasons.push(format!("the tier is {tier}"));
    }
    if !entries.is_empty() {
        let what = if rule.bought.is_empty() { "anything".to_owned() } else { rule.bought.join(" or ") };
        let when = rule.within_days.map_or(String::new(), |days| format!(" within {days} days"));
        let purchases =
            if entries.len() == 1 { "a purchase".to_owned() } else { format!("{} purchases", entries.len()) };
        reasons.push(format!("{purchases} of {what}{when}: {}", entries.join(", ")));
    }
    if !rule.not_bought.is_empty() {
        reasons.push(format!("no purchase of {}", rule.not_bought.join(" or ")));
    }
    if reasons.is_empty() {
        "because it is for everybody".to_owned()
    } else {
        format!("because {}", reasons.join("; "))
    }
}

fn days_long(days: u16) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days).saturating_mul(24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    const NOON: &str = "2026-08-10T12:00:00Z";

    fn rule(name: &str, json: &serde_json::Value) -> OfferRule {
        let mut rule = serde_json::json!({"name": name, "title": format!("{name}!"), "valid_days": 14});
        rule.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
        serde_json::from_value(rule).unwrap()
    }

    fn rules() -> Vec<OfferRule> {
        vec![
            rule("welcome", &serde_json::json!({})),
            rule("shoes", &serde_json::json!({"bought": ["shoes"], "within_days": 30})),
            rule("books", &serde_json::json!({"bought": ["books"]})),
            rule("try-books", &serde_json::json!({"bought": ["shoes"], "not_bought": ["books"], "tiers": ["gold"]})),
        ]
    }

    fn bought(payment: &str, category: &str, day: &str) -> Entry {
        let mut entry = samples::entry(payment);
        entry.categories.insert(category.to_owned());
        entry.occurred_at = format!("{day}T12:00:00Z").parse().unwrap();
        entry
    }

    fn returned(payment: &str) -> Entry {
        let award = samples::entry(payment);
        Entry {
            effect: "2-reversal".to_owned(),
            kind: EntryKind::Reversal,
            points: Points::ZERO.checked_sub(award.points).unwrap(),
            ..award
        }
    }

    fn audience(tier: &str) -> Audience<'_> {
        let noon = NOON.parse().unwrap();
        Audience { tier: Some(tier), occasion: "stripe:pi_9/award", occurred_at: noon, now: noon }
    }

    fn check(history: &[Entry], offers: &[Offer], tier: &str, expected: &[&str]) -> Vec<Offer> {
        let chosen = choose(&rules(), history, offers, audience(tier));
        let names: Vec<&str> = chosen.iter().map(|offer| offer.name.as_str()).collect();
        assert_eq!(names, expected);
        chosen
    }

    #[test]
    fn different_histories_of_one_tier_bring_different_offers_that_name_their_entries() {
        let runner = [bought("pi_1", "shoes", "2026-08-01"), bought("pi_2", "shoes", "2026-08-05")];
        let chosen = check(&runner, &[], "gold", &["shoes", "try-books"]);
        assert_eq!(chosen[0].deciding_entries, ["stripe:pi_2/award", "stripe:pi_1/award"]);
        assert_eq!(
            chosen[0].explanation,
            "because 2 purchases of shoes within 30 days: stripe:pi_2/award, stripe:pi_1/award"
        );
        let chosen = check(&[bought("pi_3", "books", "2026-01-01")], &[], "gold", &["books", "welcome"]);
        assert_eq!(chosen[0].deciding_entries, ["stripe:pi_3/award"]);
    }

    #[test]
    fn what_is_long_ago_given_back_or_of_another_tier_does_not_count() {
        check(&[bought("pi_1", "shoes", "2026-01-01")], &[], "silver", &["welcome"]);
        check(&[bought("pi_1", "shoes", "2026-08-01"), returned("pi_1")], &[], "gold", &["welcome"]);
        check(&[bought("pi_1", "shoes", "2026-08-01")], &[], "silver", &["shoes", "welcome"]);
    }

    #[test]
    fn an_open_offer_is_not_made_again_and_an_expired_one_may_be() {
        let mut welcome = check(&[], &[], "gold", &["welcome"]).remove(0);
        welcome.occasion = "stripe:pi_8/award".to_owned();
        check(&[], std::slice::from_ref(&welcome), "gold", &[]);
        welcome.expires_at = NOON.parse().unwrap();
        check(&[], &[welcome], "gold", &["welcome"]);
    }

    #[test]
    fn a_repetition_completes_what_was_begun_and_adds_nothing() {
        let history = [bought("pi_1", "shoes", "2026-08-01")];
        let both = check(&history, &[], "gold", &["shoes", "try-books"]);
        check(&history, &both[..1], "gold", &["try-books"]);
        check(&history, &both, "gold", &[]);
    }
}
