//! What a payment earns before anything is taken back, line by line, and why.

use std::collections::BTreeSet;

use jiff::Timestamp;
use processor_events::{Currency, Money};

use crate::{
    basket::{Basket, Line, UNANSWERED},
    event::Purchase,
    number::{Overflow, Ratio},
    program::{Currencies, Program, Stacking, amount_text},
};

/// Points before rounding, and how they came about.
pub(crate) struct Earned {
    pub(crate) exact: Ratio,
    pub(crate) explanation: String,
}

pub(crate) fn earned(program: &Program, purchase: &Purchase, rate: Ratio, at: Timestamp) -> Result<Earned, Overflow> {
    let (basket, note) = match Basket::of_metadata(purchase.amount, &purchase.metadata) {
        Ok(basket) if purchase.metadata.contains_key(UNANSWERED) => {
            (basket, "; Stripe could not be asked what was bought".to_owned())
        }
        Ok(basket) => (basket, String::new()),
        Err(error) => (Basket::plain(purchase.amount), format!("; basket ignored: {error}")),
    };
    let per_minor = rate.checked_mul(program.points_per_base_minor()?)?;
    let mut exact = Ratio::ZERO;
    let mut parts = Vec::new();
    for line in &basket.lines {
        let factor = factor(program, line, at)?;
        let amount = Ratio::whole(line.amount_minor).ok_or(Overflow)?;
        exact = exact.checked_add(amount.checked_mul(per_minor)?.checked_mul(factor.value)?)?;
        parts.push(factor.explain(Money { amount_minor: line.amount_minor, ..purchase.amount }));
    }
    let worth = worth_of_unit(program, purchase.amount.currency);
    Ok(Earned { exact, explanation: format!("earned by {}{worth}{note}", parts.join(" + ")) })
}

/// What a unit of a foreign currency counts for, in words; nothing for the base.
fn worth_of_unit(program: &Program, currency: Currency) -> String {
    let Currencies { base, rates } = &program.document().currency;
    let [currency_code, base_code] = [currency, *base].map(|currency| currency.code().to_ascii_uppercase());
    let rate = rates.get(&currency).filter(|_| currency != *base);
    rate.map_or_else(String::new, |rate| format!("; 1 {currency_code} is {rate} {base_code}"))
}

/// What a line is multiplied by, and the rules that say so.
struct Factor {
    value: Ratio,
    names: BTreeSet<String>,
}

impl Factor {
    fn explain(&self, amount: Money) -> String {
        let amount = amount_text(amount);
        if self.names.is_empty() {
            return amount;
        }
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        format!("{amount} x{} ({})", self.value, names.join(", "))
    }
}

fn factor(program: &Program, line: &Line, at: Timestamp) -> Result<Factor, Overflow> {
    let earning = &program.document().earning;
    let categories = earning.multipliers.iter().filter(|multiplier| line.categories.contains(&multiplier.category));
    let promotions = earning.promotions.iter().filter(|promotion| {
        let concerned = promotion.categories.is_empty()
            || promotion.categories.iter().any(|category| line.categories.contains(category));
        concerned && promotion.starts_at <= at && at < promotion.ends_at
    });
    let matching = categories
        .map(|multiplier| (multiplier.factor, &multiplier.category))
        .chain(promotions.map(|promotion| (promotion.factor, &promotion.name)));
    let mut chosen: Option<Factor> = None;
    for (value, name) in matching {
        let names = BTreeSet::from([name.clone()]);
        chosen = Some(match (chosen, earning.stacking) {
            (None, _) => Factor { value, names },
            (Some(best), Stacking::Highest) if value > best.value => Factor { value, names },
            (Some(best), Stacking::Highest) => best,
            (Some(mut product), Stacking::Multiply) => {
                product.value = product.value.checked_mul(value)?;
                product.names.extend(names);
                product
            }
        });
    }
    Ok(chosen.unwrap_or(Factor { value: Ratio::ONE, names: BTreeSet::new() }))
}
