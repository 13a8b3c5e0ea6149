//! The program: the rules of a loyalty scheme, as one JSON document.
//!
//! [`Program::parse`] is the only way to a [`Program`], so that whoever holds one holds valid rules. The JSON Schema for
//! editors and other tools is [`SCHEMA`]; a test keeps the two in agreement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::LazyLock,
};

use jiff::Timestamp;
use processor_events::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::number::{Overflow, Points, Ratio, Rounding};

mod reward;
mod shape;

pub(crate) use shape::plain;

/// The published JSON Schema (draft 2020-12) of a program document.
pub const SCHEMA: &str = include_str!("../program.schema.json");

/// The reference's rules: 1 point per dollar, premium items 2x, promotions 3x, Silver from 1,000 points, Gold from 5,000,
/// Platinum from 15,000, a high-value purchase above 500 points.
pub const DEFAULT: &str = include_str!("../default-program.json");

/// The largest part of a fraction in a program. Together with any `i64` amount, three such numbers stay inside 128 bits in
/// every sane case, and the rest is a clear error.
const MAX_RATIO_PART: i128 = 1_000_000_000_000;

/// The longest category, promotion or tier name.
const MAX_NAME_LENGTH: usize = 40;

/// The rules in force, valid by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(Document);

/// A program document as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Where the schema is, for editors; nothing here depends on it.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Which edition of the rules this is, from 1 up. Every ledger entry carries the one that decided it.
    pub version: u64,
    /// Money: the base currency and what others are worth in it.
    pub currency: Currencies,
    /// How payments become points.
    pub earning: Earning,
    /// What points are worth: the tiers.
    pub tiers: Tiers,
    /// Which purchases deserve attention.
    pub engagement: Attention,
    /// What can be offered to single customers; earlier rules go before later ones where nothing else decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<OfferRule>,
}

/// One personal offer, and who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferRule {
    /// Its name in keys.
    pub name: String,
    /// What is offered, in the words that the customer reads.
    pub title: String,
    /// Why, in the words that the customer reads: "Because you like running shoes".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// For these tiers; empty: for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
    /// For those who bought from one of these categories; empty: whatever they bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bought: Vec<String>,
    /// For those who bought nothing from any of these categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_bought: Vec<String>,
    /// How many days before the occasion purchases count; absent: all that is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u16>,
    /// How many such purchases are needed.
    #[serde(default = "one_purchase")]
    pub purchases: u16,
    /// For how many days the offer is good.
    pub valid_days: u16,
}

const fn one_purchase() -> u16 {
    1
}

/// The base currency and the rates of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Currencies {
    /// Points are counted in units of this currency.
    pub base: Currency,
    /// What one unit (not minor unit) of another currency is worth in units of the base: `"eur": "1.08"`.
    #[serde(default, deserialize_with = "shape::rates")]
    pub rates: BTreeMap<Currency, Ratio>,
}

/// How payments become points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earning {
    /// Points for one unit of the base currency.
    pub points_per_unit: Ratio,
    /// How the sum of a payment becomes whole points.
    pub rounding: Rounding,
    /// What happens when several factors apply to one line.
    pub stacking: Stacking,
    /// Factors for categories.
    #[serde(default)]
    pub multipliers: Vec<Multiplier>,
    /// Factors for periods.
    #[serde(default)]
    pub promotions: Vec<Promotion>,
    /// The most one payment can earn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_per_payment: Option<Points>,
    /// The most one customer can earn in a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_per_day: Option<DailyCap>,
    /// Whether payments of subscriptions earn like one-time payments.
    #[serde(default)]
    pub subscription_payments_earn: bool,
}

/// How factors that apply to one line combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// The highest alone counts: 2x and 3x make 3x.
    Highest,
    /// All count: 2x and 3x make 6x.
    Multiply,
}

/// A factor for a category of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    /// The category, as the merchant's payments name it.
    pub category: String,
    /// What points are multiplied by.
    pub factor: Ratio,
}

/// A factor for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Its name, for the explanation on the entry.
    pub name: String,
    /// What points are multiplied by.
    pub factor: Ratio,
    /// The first moment, with its offset from UTC: `2026-11-27T00:00:00-05:00`.
    #[serde(deserialize_with = "shape::moment")]
    pub starts_at: Timestamp,
    /// The first moment after it.
    #[serde(deserialize_with = "shape::moment")]
    pub ends_at: Timestamp,
    /// The categories it is limited to; absent or empty: everything.
    #[serde(default)]
    pub categories: Vec<String>,
}

/// The most one customer can earn in a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyCap {
    /// How many points.
    pub points: Points,
    /// Where the day begins: minutes east of UTC, from -840 to 840.
    pub utc_offset_minutes: i16,
}

/// The tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// What a reversal does to the tier.
    pub policy: TierPolicy,
    /// Whether rewards go with the tier when a reversal takes it back.
    #[serde(default)]
    pub revoke_rewards: bool,
    /// The tiers, from the lowest to the highest.
    pub levels: Vec<Tier>,
}

/// What happens to the tier when qualifying points go down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierPolicy {
    /// The tier follows the qualifying points, down as well as up.
    Follow,
    /// A tier once reached is kept.
    Keep,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name in keys and events: lower case.
    pub name: String,
    /// The qualifying points that reach it.
    pub from: Points,
    /// What it brings, for the mail that announces it: `early_access` is written "Early access", in every language alike.
    #[serde(default)]
    pub benefits: Vec<String>,
    /// What is granted on reaching it.
    #[serde(default)]
    pub rewards: Vec<Reward>,
}

/// Something granted on reaching a tier, once per customer and tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "reward::WireReward")]
pub enum Reward {
    /// Credit on the customer's balance, used by the next invoice.
    Credit {
        /// How much, in minor units.
        amount_minor: i64,
        /// Of which currency.
        currency: Currency,
    },
    /// A promotion code that only this customer can use, once.
    PromotionCode {
        /// Percent off, 1 to 100.
        percent_off: u8,
        /// For how many days it is good.
        valid_days: u16,
    },
}

/// Which purchases deserve attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// A purchase that earns more than this many points is a high-value purchase.
    pub high_value_over: Points,
    /// Spend (lifetime, base currency, minor units) whose crossing is celebrated, in rising order.
    #[serde(default)]
    pub milestones_minor: Vec<i64>,
    /// How long the workflow waits before it speaks when it is not sure that a payment is one-time, in seconds.
    #[serde(default = "default_settling_seconds")]
    pub settling_seconds: u32,
}

/// `invoice_payment.paid` follows `payment_intent.succeeded` within seconds; two minutes leave room for a slow day.
const fn default_settling_seconds() -> u32 {
    120
}

/// A document that is no program, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ProgramError(pub Vec<Problem>);

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON path such as `$.tiers.levels[1].from`.
    pub path: String,
    /// Which rule is broken, as a sentence about what is needed.
    pub rule: String,
    /// What stands there; empty where the rule already says it.
    pub value: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.rule)?;
        if self.value.is_empty() { Ok(()) } else { write!(formatter, ", not {}", self.value) }
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the program is not valid")?;
        self.0.iter().try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}

impl Program {
    /// Reads and checks a JSON document. The error has every mistake.
    pub fn parse(json: &str) -> Result<Self, ProgramError> {
        let value: Value = serde_json::from_str(json).map_err(|error| no_json(json, &error))?;
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let read = serde_path_to_error::deserialize::<_, Document>(&mut deserializer);
        match (read, shape::has_lists_for_objects(&value)) {
            (Ok(document), false) => Self::new(document),
            (Ok(_), true) => Err(ProgramError(shape::problems(value))),
            (Err(error), _) => Err(unreadable(&error, value)),
        }
    }

    /// Checks a document.
    pub fn new(document: Document) -> Result<Self, ProgramError> {
        let mut check = Check::default();
        check.document(&document);
        if check.0.is_empty() { Ok(Self(document)) } else { Err(ProgramError(check.0)) }
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.0
    }

    /// The document as JSON, the same text for the same rules.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "cannot happen: all keys of a document are texts")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("all keys of a document are texts, so it is always JSON")
    }

    /// Whether the final accounts depend on nothing but which events happened, in whatever order they arrive.
    ///
    /// Two rules look at what came before and are therefore not free of order: a cap per day, and tiers that are kept.
    #[must_use]
    pub fn is_order_free(&self) -> bool {
        self.0.earning.cap_per_day.is_none() && self.0.tiers.policy == TierPolicy::Follow
    }

    /// Whether it matters of which category something is: to its points, or later to an offer.
    #[must_use]
    pub fn looks_at_categories(&self) -> bool {
        let earning = &self.0.earning;
        let by_offer = |offer: &OfferRule| !offer.bought.is_empty() || !offer.not_bought.is_empty();
        !earning.multipliers.is_empty()
            || earning.promotions.iter().any(|promotion| !promotion.categories.is_empty())
            || self.0.offers.iter().any(by_offer)
    }

    /// The tier that so many qualifying points reach.
    #[must_use]
    pub fn tier_of(&self, qualifying: Points) -> Option<&Tier> {
        self.0.tiers.levels.iter().rev().find(|tier| tier.from <= qualifying)
    }

    /// The tier above that many qualifying points.
    #[must_use]
    pub fn tier_after(&self, qualifying: Points) -> Option<&Tier> {
        self.0.tiers.levels.iter().find(|tier| tier.from > qualifying)
    }

    /// How high a tier stands: 0 for none, 1 for the lowest. `None` for a name the program does not have (any more).
    #[must_use]
    pub fn rank(&self, tier: Option<&str>) -> Option<usize> {
        let Some(name) = tier else { return Some(0) };
        self.0.tiers.levels.iter().position(|tier| tier.name == name)?.checked_add(1)
    }

    /// What one minor unit of a currency is worth in minor units of the base; `None` for a currency without a rate.
    pub fn rate(&self, currency: Currency) -> Result<Option<Ratio>, Overflow> {
        let base = self.0.currency.base;
        let rate = if currency == base { Some(Ratio::ONE) } else { self.0.currency.rates.get(&currency).copied() };
        let Some(rate) = rate else { return Ok(None) };
        let scale = Ratio::new(power_of_ten(base)?, power_of_ten(currency)?).ok_or(Overflow)?;
        rate.checked_mul(scale).map(Some)
    }

    /// Points for one minor unit of the base currency, before factors.
    pub fn points_per_base_minor(&self) -> Result<Ratio, Overflow> {
        let unit = Ratio::new(1, power_of_ten(self.0.currency.base)?).ok_or(Overflow)?;
        self.0.earning.points_per_unit.checked_mul(unit)
    }
}

impl Default for Program {
    fn default() -> Self {
        static PARSED: LazyLock<Program> =
            LazyLock::new(|| Program::parse(DEFAULT).expect("the default program is compiled in and a test reads it"));
        PARSED.clone()
    }
}

fn power_of_ten(currency: Currency) -> Result<i128, Overflow> {
    10_i128.checked_pow(currency.exponent()).ok_or(Overflow)
}

/// An amount as people write it: `10.50 USD`.
#[must_use]
pub fn amount_text(money: Money) -> String {
    let code = money.currency.code().to_ascii_uppercase();
    let places = usize::try_from(money.currency.exponent()).unwrap_or(0);
    let sign = if money.amount_minor < 0 { "-" } else { "" };
    let width = places.saturating_add(1);
    let digits = format!("{:0width$}", money.amount_minor.unsigned_abs());
    let (whole, decimals) = digits.split_at(digits.len().saturating_sub(places));
    if decimals.is_empty() { format!("{sign}{whole} {code}") } else { format!("{sign}{whole}.{decimals} {code}") }
}

fn no_json(text: &str, error: &serde_json::Error) -> ProgramError {
    let why = if text.trim_ascii().is_empty() { "it is empty".to_owned() } else { error.to_string() };
    ProgramError(vec![problem("$", &format!("must be one JSON document: {why}"), "")])
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>, value: Value) -> ProgramError {
    let mut problems = shape::problems(value);
    // A field that is there twice is seen only in the text.
    if problems.is_empty() || error.inner().to_string().starts_with("duplicate field") {
        let seen_in_text = problem(&shape::text(error.path()), &plain(&error.inner().to_string()), "");
        let is_told = |told: &Problem| told.path == seen_in_text.path && seen_in_text.rule.starts_with(&told.rule);
        if !problems.iter().any(is_told) {
            problems.insert(0, seen_in_text);
        }
    }
    ProgramError(problems)
}

fn problem(path: &str, rule: &str, value: &str) -> Problem {
    Problem { path: path.to_owned(), rule: rule.to_owned(), value: value.to_owned() }
}

/// Collects what is wrong, so that one look mends everything.
#[derive(Default)]
struct Check(Vec<Problem>);

impl Check {
    fn document(&mut self, document: &Document) {
        self.rule(document.version >= 1, "$.version", "must be at least 1", document.version);
        self.currencies(&document.currency);
        self.earning(&document.earning);
        self.tiers(&document.tiers);
        self.attention(&document.engagement);
        self.offers(document);
    }

    fn rule(&mut self, holds: bool, path: &str, rule: &str, value: impl fmt::Display) {
        if !holds {
            self.0.push(problem(path, rule, &value.to_string()));
        }
    }

    fn currencies(&mut self, currencies: &Currencies) {
        for (currency, rate) in &currencies.rates {
            let path = format!("$.currency.rates.{currency}");
            self.rule(*currency != currencies.base, &path, "the base currency has no rate, it is always 1", rate);
            self.positive(&path, *rate);
        }
    }

    fn earning(&mut self, earning: &Earning) {
        self.positive("$.earning.points_per_unit", earning.points_per_unit);
        let mut seen = BTreeSet::new();
        for (index, multiplier) in earning.multipliers.iter().enumerate() {
            let path = format!("$.earning.multipliers[{index}]");
            self.name(&format!("{path}.category"), &multiplier.category);
            self.factor(&format!("{path}.factor"), multiplier.factor);
            self.rule(
                seen.insert(&multiplier.category),
                &format!("{path}.category"),
                "must be a category that has no multiplier yet",
                &multiplier.category,
            );
        }
        for (index, promotion) in earning.promotions.iter().enumerate() {
            self.promotion(&format!("$.earning.promotions[{index}]"), promotion);
        }
        if let Some(cap) = earning.cap_per_payment {
            self.rule(cap >= Points(1), "$.earning.cap_per_payment", "must be at least 1", cap);
        }
        if let Some(cap) = &earning.cap_per_day {
            self.rule(cap.points >= Points(1), "$.earning.cap_per_day.points", "must be at least 1", cap.points);
            let offset = cap.utc_offset_minutes;
            let path = "$.earning.cap_per_day.utc_offset_minutes";
            self.rule((-840..=840).contains(&offset), path, "must be from -840 to 840", offset);
        }
    }

    fn promotion(&mut self, path: &str, promotion: &Promotion) {
        self.name(&format!("{path}.name"), &promotion.name);
        self.factor(&format!("{path}.factor"), promotion.factor);
        self.rule(
            promotion.starts_at < promotion.ends_at,
            &format!("{path}.ends_at"),
            "must be after starts_at",
            promotion.ends_at,
        );
        for (index, category) in promotion.categories.iter().enumerate() {
            self.name(&format!("{path}.categories[{index}]"), category);
        }
    }

    fn tiers(&mut self, tiers: &Tiers) {
        let mut below: Option<&Tier> = None;
        let mut names = BTreeSet::new();
        for (index, tier) in tiers.levels.iter().enumerate() {
            let path = format!("$.tiers.levels[{index}]");
            self.name(&format!("{path}.name"), &tier.name);
            self.rule(names.insert(&tier.name), &format!("{path}.name"), "must be a new name", &tier.name);
            let from = format!("{path}.from");
            self.rule(tier.from >= Points(1), &from, "must be at least 1", tier.from);
            self.rule(
                below.is_none_or(|below| below.from < tier.from),
                &from,
                "must be above the tier before it",
                tier.from,
            );
            for (index, benefit) in tier.benefits.iter().enumerate() {
                self.name(&format!("{path}.benefits[{index}]"), benefit);
            }
            for (index, reward) in tier.rewards.iter().enumerate() {
                self.reward(&format!("{path}.rewards[{index}]"), reward);
            }
            below = Some(tier);
        }
    }

    fn reward(&mut self, path: &str, reward: &Reward) {
        match reward {
            Reward::Credit { amount_minor, currency: _ } => {
                self.rule(*amount_minor >= 1, &format!("{path}.amount_minor"), "must be at least 1", amount_minor);
            }
            Reward::PromotionCode { percent_off, valid_days } => {
                let percent = format!("{path}.percent_off");
                self.rule((1..=100).contains(percent_off), &percent, "must be from 1 to 100", percent_off);
                self.rule(*valid_days >= 1, &format!("{path}.valid_days"), "must be at least 1", valid_days);
            }
        }
    }

    fn attention(&mut self, attention: &Attention) {
        let threshold = attention.high_value_over;
        self.rule(threshold >= Points::ZERO, "$.engagement.high_value_over", "must be at least 0", threshold);
        let mut below = 0;
        for (index, milestone) in attention.milestones_minor.iter().enumerate() {
            let path = format!("$.engagement.milestones_minor[{index}]");
            self.rule(*milestone > below, &path, "must be above 0 and above the milestone before it", milestone);
            below = *milestone;
        }
        // A Wait state takes at most a year's worth of seconds in practice; a week is already far beyond any event's delay.
        let settling = attention.settling_seconds;
        self.rule(settling <= 604_800, "$.engagement.settling_seconds", "must be at most 604800 (a week)", settling);
    }

    fn offers(&mut self, document: &Document) {
        let mut seen = BTreeSet::new();
        for (index, offer) in document.offers.iter().enumerate() {
            let path = format!("$.offers[{index}]");
            self.name(&format!("{path}.name"), &offer.name);
            self.rule(seen.insert(&offer.name), &format!("{path}.name"), "must be a new name", &offer.name);
            let titled = !offer.title.trim().is_empty();
            self.rule(titled, &format!("{path}.title"), "must say what is offered", format_args!("{:?}", offer.title));
            for tier in &offer.tiers {
                let known = document.tiers.levels.iter().any(|level| level.name == *tier);
                self.rule(known, &format!("{path}.tiers"), "must name tiers of the program", tier);
            }
            for category in offer.bought.iter().chain(&offer.not_bought) {
                self.name(&format!("{path}.bought"), category);
            }
            self.rule(offer.valid_days >= 1, &format!("{path}.valid_days"), "must be at least 1", offer.valid_days);
        }
    }

    fn name(&mut self, path: &str, name: &str) {
        let holds = !name.is_empty() && name.len() <= MAX_NAME_LENGTH && name.bytes().all(is_name_byte);
        self.rule(holds, path, "must be 1 to 40 characters of a-z, 0-9, _ and -", format_args!("{name:?}"));
    }

    fn factor(&mut self, path: &str, factor: Ratio) {
        self.size(path, factor);
    }

    fn positive(&mut self, path: &str, ratio: Ratio) {
        self.rule(ratio != Ratio::ZERO, path, "must be above 0", ratio);
        self.size(path, ratio);
    }

    fn size(&mut self, path: &str, ratio: Ratio) {
        let holds = ratio.numerator() <= MAX_RATIO_PART && ratio.denominator() <= MAX_RATIO_PART;
        self.rule(holds, path, "must have at most 12 digits above and below the line", ratio);
    }
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
}
