#![expect(clippy::arithmetic_side_effects, reason = "the oracle counts in wider integers")]

use proptest::prelude::*;

use super::*;

fn money(amount_minor: i64, code: &str) -> Money {
    Money::new(amount_minor, Currency::new(code).unwrap())
}

fn rate(numerator: u32, denominator: u32) -> Rate {
    Rate::new(NonZeroU32::new(numerator).unwrap(), NonZeroU32::new(denominator).unwrap())
}

#[track_caller]
fn check_conversion(from: Money, to: &str, rate: Rate, rounding: Rounding, expected: Option<i64>) {
    let converted = from.checked_convert(Currency::new(to).unwrap(), rate, rounding);
    assert_eq!(converted.ok().map(|money| money.amount_minor), expected, "{from:?} to {to} at {rate:?}, {rounding:?}");
}

#[test]
fn exponents_are_stripes_not_those_of_iso_4217() {
    for (code, exponent) in
        [("usd", 2), ("jpy", 0), ("kwd", 3), ("isk", 2), ("ugx", 2), ("mga", 0), ("huf", 2), ("twd", 2)]
    {
        assert_eq!(Currency::new(code).unwrap().exponent(), exponent, "{code}");
    }
}

#[test]
fn codes_are_three_letters_in_either_case() {
    assert_eq!(Currency::new("EUR").unwrap().code(), "eur");
    for code in ["", "eu", "euro", "e1r", "€", "eü"] {
        assert!(Currency::new(code).is_err(), "{code}");
    }
}

#[test]
fn two_currencies_do_not_add_up() {
    let error = money(1, "usd").checked_add(money(1, "eur")).unwrap_err();
    assert_eq!(error.to_string(), "usd and eur cannot be combined");
    assert_eq!(money(1, "usd").checked_sub(money(3, "usd")), Ok(money(-2, "usd")));
}

#[test]
fn conversion_minds_the_decimals_of_both_currencies() {
    check_conversion(money(10_000, "usd"), "jpy", rate(15_012, 100), Rounding::HalfUp, Some(15_012));
    check_conversion(money(15_012, "jpy"), "usd", rate(100, 15_012), Rounding::HalfUp, Some(10_000));
    check_conversion(money(1_000, "kwd"), "usd", rate(325, 100), Rounding::HalfUp, Some(325));
    check_conversion(money(325, "usd"), "kwd", rate(100, 325), Rounding::HalfUp, Some(1_000));
}

#[test]
fn halves_go_where_the_rule_says_on_both_sides_of_zero() {
    for (rounding, expected) in [
        (Rounding::Down, [1, 0, 0, -1]),
        (Rounding::HalfUp, [2, 1, -1, -2]),
        (Rounding::HalfEven, [2, 0, 0, -2]),
        (Rounding::Up, [2, 1, -1, -2]),
    ] {
        for (amount_minor, expected) in [3, 1, -1, -3].into_iter().zip(expected) {
            check_conversion(money(amount_minor, "usd"), "eur", rate(1, 2), rounding, Some(expected));
        }
    }
}

#[test]
fn result_beyond_64_bits_is_an_error() {
    check_conversion(money(i64::MAX, "usd"), "eur", rate(1, 1), Rounding::Up, Some(i64::MAX));
    check_conversion(money(i64::MAX, "usd"), "eur", rate(2, 1), Rounding::Up, None);
    check_conversion(money(i64::MIN, "jpy"), "kwd", rate(u32::MAX, 1), Rounding::Up, None);
}

/// Around zero, around every power of two and at both ends.
fn edges() -> Vec<i64> {
    let powers = (0..63).map(|bits| 1_i64 << bits);
    let near = powers.flat_map(|power| [power - 1, power, power.saturating_add(1)]);
    let mut edges: Vec<i64> = near.flat_map(|value| [value, -value]).chain([i64::MIN, i64::MAX]).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

#[test]
fn no_pair_of_edges_wraps() {
    let edges = edges();
    let mut count = 0_u32;
    for (&left, &right) in edges.iter().flat_map(|left| edges.iter().map(move |right| (left, right))) {
        for currency in [Currency::USD, Currency::new("jpy").unwrap()] {
            let (left_money, right_money) = (Money::new(left, currency), Money::new(right, currency));
            let fits = |wide: i128| i64::try_from(wide).ok().map(|amount| Money::new(amount, currency));
            assert_eq!(left_money.checked_add(right_money).ok(), fits(i128::from(left) + i128::from(right)));
            assert_eq!(left_money.checked_sub(right_money).ok(), fits(i128::from(left) - i128::from(right)));
            count += 2;
        }
    }
    assert!(count > 500_000, "only {count} cases");
}

/// `SplitMix64`: the same cases in every run.
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Of all sizes: every number of bits comes as often as every other.
    fn amount(&mut self) -> i64 {
        let shift = self.bits() % 64;
        self.bits().cast_signed() >> shift
    }

    fn part(&mut self) -> NonZeroU32 {
        let shift = self.bits() % 32;
        let part = u32::try_from(self.bits() >> 32).unwrap() >> shift;
        NonZeroU32::new(part).unwrap_or(NonZeroU32::MIN)
    }

    fn currency(&mut self, all: &[(Currency, u32)]) -> (Currency, u32) {
        all[usize::try_from(self.bits() % u64::try_from(all.len()).unwrap()).unwrap()]
    }
}

/// All currencies of Stripe (docs.stripe.com/currencies) with their decimals, as the page groups them.
fn all_currencies() -> Vec<(Currency, u32)> {
    let groups = [
        ("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf", 0),
        ("bhd jod kwd omr tnd", 3),
        (
            "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop \
             crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs \
             khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen \
             pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx \
             uyu uzs wst xcd yer zar zmw",
            2,
        ),
    ];
    groups
        .into_iter()
        .flat_map(|(codes, decimals)| {
            codes.split_whitespace().map(move |code| (Currency::new(code).unwrap(), decimals))
        })
        .collect()
}

/// The rounded quotient by the textbook: on magnitudes, the sign put back at the end.
fn model_quotient(above: i128, below: i128, rounding: Rounding) -> i128 {
    let (whole, rest) = (above.abs() / below, above.abs() % below);
    let one_more = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest != 0,
        Rounding::HalfUp => 2 * rest >= below,
        Rounding::HalfEven => 2 * rest > below || (2 * rest == below && whole % 2 == 1),
    };
    above.signum() * (whole + i128::from(one_more))
}

#[test]
fn a_million_sums_differences_and_conversions_are_those_of_wider_integers() {
    let currencies = all_currencies();
    assert!(currencies.len() > 130);
    let mut dice = Dice(19);
    let (mut fitting, mut refused) = (0_u32, 0_u32);
    for case in 0..1_000_000_u32 {
        let (left, right) = (dice.amount(), dice.amount());
        let ((from, from_decimals), (to, to_decimals)) = (dice.currency(&currencies), dice.currency(&currencies));
        let money = Money::new(left, from);
        let (ours, exact) = match case % 3 {
            0 => (money.checked_add(Money::new(right, from)), i128::from(left) + i128::from(right)),
            1 => (money.checked_sub(Money::new(right, from)), i128::from(left) - i128::from(right)),
            _ => {
                let (numerator, denominator) = (dice.part(), dice.part());
                let roundings = [Rounding::Down, Rounding::HalfUp, Rounding::HalfEven, Rounding::Up];
                let rounding = roundings[usize::try_from(dice.bits() % 4).unwrap()];
                let above = i128::from(left) * i128::from(numerator.get()) * 10_i128.pow(to_decimals);
                let below = i128::from(denominator.get()) * 10_i128.pow(from_decimals);
                (
                    money.checked_convert(to, Rate::new(numerator, denominator), rounding),
                    model_quotient(above, below, rounding),
                )
            }
        };
        let currency = if case % 3 == 2 { to } else { from };
        let expected =
            i64::try_from(exact).map(|amount| Money::new(amount, currency)).map_err(|_| MoneyError::Overflow);
        assert_eq!(ours, expected, "case {case}: {left} and {right} {from} to {to}");
        *(if expected.is_ok() { &mut fitting } else { &mut refused }) += 1;
    }
    assert!(fitting > 500_000 && refused > 10_000, "{fitting} fit, {refused} are refused");
}

fn any_currency() -> impl Strategy<Value = Currency> {
    // One for each number of decimals, and the special cases.
    prop::sample::select(vec!["usd", "jpy", "kwd", "isk", "mga"]).prop_map(|code| Currency::new(code).unwrap())
}

fn any_rounding() -> impl Strategy<Value = Rounding> {
    prop::sample::select(vec![Rounding::Down, Rounding::HalfUp, Rounding::HalfEven, Rounding::Up])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn sums_and_differences_are_those_of_wider_integers(left: i64, right: i64, currency in any_currency()) {
        let (left_money, right_money) = (Money::new(left, currency), Money::new(right, currency));
        let fits = |wide: i128| i64::try_from(wide).ok().map(|amount| Money::new(amount, currency));
        prop_assert_eq!(left_money.checked_add(right_money).ok(), fits(i128::from(left) + i128::from(right)));
        prop_assert_eq!(left_money.checked_sub(right_money).ok(), fits(i128::from(left) - i128::from(right)));
    }

    /// The result is at most one minor unit (half a unit for the nearest) from the exact value, on the side that the rule says.
    #[test]
    fn conversions_are_as_near_as_their_rounding_allows(
        amount: i64,
        from in any_currency(),
        to in any_currency(),
        numerator in 1_u32..,
        denominator in 1_u32..,
        rounding in any_rounding(),
    ) {
        let above = i128::from(amount) * i128::from(numerator) * 10_i128.pow(to.exponent());
        let below = i128::from(denominator) * 10_i128.pow(from.exponent());
        match Money::new(amount, from).checked_convert(to, rate(numerator, denominator), rounding) {
            Ok(converted) => {
                let error = i128::from(converted.amount_minor) * below - above;
                match rounding {
                    Rounding::Down => prop_assert!(error.abs() < below && error.signum() != above.signum()),
                    Rounding::Up => prop_assert!(error.abs() < below && error.signum() != -above.signum()),
                    Rounding::HalfUp | Rounding::HalfEven => prop_assert!(2 * error.abs() <= below),
                }
            }
            Err(error) => {
                prop_assert_eq!(error, MoneyError::Overflow);
                // Refusing was right: even the nearest whole number below does not fit.
                prop_assert!(i64::try_from(above / below).is_err() || i64::try_from(above / below + above.signum()).is_err());
            }
        }
    }
}
