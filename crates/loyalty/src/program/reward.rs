//! Rewards as they are written. Read by hand, because an error inside a tagged enum does not tell its field.

use processor_events::Currency;
use serde::{Deserialize, Deserializer};

use super::Reward;

/// All that any reward can have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireReward {
    kind: Kind,
    #[serde(default, deserialize_with = "there")]
    amount_minor: Option<i64>,
    #[serde(default, deserialize_with = "there")]
    currency: Option<Currency>,
    #[serde(default, deserialize_with = "there")]
    percent_off: Option<u8>,
    #[serde(default, deserialize_with = "there")]
    valid_days: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Credit,
    PromotionCode,
}

impl TryFrom<WireReward> for Reward {
    type Error = String;

    fn try_from(wire: WireReward) -> Result<Self, String> {
        let WireReward { kind, amount_minor, currency, percent_off, valid_days } = wire;
        match kind {
            Kind::Credit => {
                no("percent_off", percent_off)?;
                no("valid_days", valid_days)?;
                let amount_minor = needed("amount_minor", amount_minor)?;
                Ok(Self::Credit { amount_minor, currency: needed("currency", currency)? })
            }
            Kind::PromotionCode => {
                no("amount_minor", amount_minor)?;
                no("currency", currency)?;
                let percent_off = needed("percent_off", percent_off)?;
                Ok(Self::PromotionCode { percent_off, valid_days: needed("valid_days", valid_days)? })
            }
        }
    }
}

/// A field that is there has a value: null is none.
fn there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{field}`"))
}

fn no<T>(field: &str, value: Option<T>) -> Result<(), String> {
    value.map_or(Ok(()), |_| Err(format!("unknown field `{field}`: a reward of this kind has none")))
}
