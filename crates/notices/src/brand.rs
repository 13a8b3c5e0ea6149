//! How the merchant looks: name, colour, logo, and whom to write to.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The merchant's side of every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The name customers know.
    pub name: String,
    /// The colour of buttons and accents. The text on it, and its shades on light and dark ground, are computed to be readable.
    pub color: Color,
    /// An `https` URL of the logo, shown 32 pixels high; `None` shows the name. The operator's own setting, therefore not
    /// checked against the link hosts.
    pub logo_url: Option<String>,
    /// Where customers get help; empty: they answer the mail.
    pub support_email: String,
    /// The small print at the end: a postal address, a registration number. Lines are kept.
    pub footer: String,
}

impl Default for Brand {
    /// A neutral look for previews and first steps.
    fn default() -> Self {
        Self {
            name: "Paybus".to_owned(),
            color: Color { red: 0x3b, green: 0x4c, blue: 0xca },
            logo_url: None,
            support_email: "support@example.com".to_owned(),
            footer: String::new(),
        }
    }
}

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// The red channel.
    pub red: u8,
    /// The green channel.
    pub green: u8,
    /// The blue channel.
    pub blue: u8,
}

/// Why a text is no colour.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no colour: write six hexadecimal digits, such as \"#3b4cca\"")]
pub struct ColorError {
    /// What was there instead.
    pub text: String,
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let error = || ColorError { text: text.chars().take(32).collect() };
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).map_err(|_| error())?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// The readable contrast of normal text, times 100 (WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1).
const READABLE_CONTRAST_PERCENT: u64 = 450;

impl Color {
    pub(crate) const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    const BLACK: Self = Self { red: 0, green: 0, blue: 0 };
    pub(crate) const INK: Self = Self { red: 0x11, green: 0x14, blue: 0x1a };
    /// The ground around the card; the layout says the same.
    pub(crate) const LIGHT_GROUND: Self = Self { red: 0xf2, green: 0xf4, blue: 0xf7 };
    /// The ground of the card in dark mode.
    pub(crate) const DARK_CARD: Self = Self { red: 0x1c, green: 0x1f, blue: 0x26 };

    /// White, ink or black: the first that can be read on this colour. Where white cannot, black always can.
    pub(crate) fn text_on(self) -> Self {
        [Self::WHITE, Self::INK]
            .into_iter()
            .find(|text| text.contrast_percent(self) >= READABLE_CONTRAST_PERCENT)
            .unwrap_or(Self::BLACK)
    }

    /// This colour, moved towards white or ink until it can be read as text on a ground.
    pub(crate) fn readable_on(self, ground: Self) -> Self {
        let target = ground.text_on();
        (0..=16_u8)
            .map(|sixteenths| self.mixed_with(target, sixteenths))
            .find(|shade| shade.contrast_percent(ground) >= READABLE_CONTRAST_PERCENT)
            .unwrap_or(target)
    }

    /// The contrast ratio of WCAG times 100, from 100 (the same) to 2100 (black on white).
    fn contrast_percent(self, other: Self) -> u64 {
        let (one, two) = (self.luminance(), other.luminance());
        // WCAG adds 0.05 to both luminances, which are parts of a million here.
        let lighter = one.max(two).saturating_add(50_000);
        let darker = one.min(two).saturating_add(50_000);
        lighter.saturating_mul(100).checked_div(darker).unwrap_or_default()
    }

    /// The relative luminance of WCAG in parts of a million.
    fn luminance(self) -> u64 {
        let linear = |channel: u8| u64::from(LINEAR_MILLIONTHS[usize::from(channel)]);
        let weighted = linear(self.red)
            .saturating_mul(2_126)
            .saturating_add(linear(self.green).saturating_mul(7_152))
            .saturating_add(linear(self.blue).saturating_mul(722));
        weighted.checked_div(10_000).unwrap_or_default()
    }

    fn mixed_with(self, other: Self, sixteenths: u8) -> Self {
        let mix = |from: u8, to: u8| {
            let share = u16::from(sixteenths.min(16));
            let sum = u16::from(from)
                .saturating_mul(16_u16.saturating_sub(share))
                .saturating_add(u16::from(to).saturating_mul(share));
            u8::try_from(sum >> 4).expect("a mean of two channels is a channel")
        };
        Self { red: mix(self.red, other.red), green: mix(self.green, other.green), blue: mix(self.blue, other.blue) }
    }
}

/// Each value of an sRGB channel as linear light, in parts of a million (IEC 61966-2-1): a table, because the formula needs a
/// power of 2.4 and nothing here uses floats.
#[rustfmt::skip]
const LINEAR_MILLIONTHS: [u32; 256] = [
    0, 304, 607, 911, 1_214, 1_518, 1_821, 2_125, 2_428, 2_732, 3_035, 3_347, 3_677, 4_025,
    4_391, 4_777, 5_182, 5_605, 6_049, 6_512, 6_995, 7_499, 8_023, 8_568, 9_134, 9_721, 10_330, 10_960,
    11_612, 12_286, 12_983, 13_702, 14_444, 15_209, 15_996, 16_807, 17_642, 18_500, 19_382, 20_289, 21_219, 22_174,
    23_153, 24_158, 25_187, 26_241, 27_321, 28_426, 29_557, 30_713, 31_896, 33_105, 34_340, 35_601, 36_889, 38_204,
    39_546, 40_915, 42_311, 43_735, 45_186, 46_665, 48_172, 49_707, 51_269, 52_861, 54_480, 56_128, 57_805, 59_511,
    61_246, 63_010, 64_803, 66_626, 68_478, 70_360, 72_272, 74_214, 76_185, 78_187, 80_220, 82_283, 84_376, 86_500,
    88_656, 90_842, 93_059, 95_307, 97_587, 99_899, 102_242, 104_616, 107_023, 109_462, 111_932, 114_435, 116_971, 119_538,
    122_139, 124_772, 127_438, 130_136, 132_868, 135_633, 138_432, 141_263, 144_128, 147_027, 149_960, 152_926, 155_926, 158_961,
    162_029, 165_132, 168_269, 171_441, 174_647, 177_888, 181_164, 184_475, 187_821, 191_202, 194_618, 198_069, 201_556, 205_079,
    208_637, 212_231, 215_861, 219_526, 223_228, 226_966, 230_740, 234_551, 238_398, 242_281, 246_201, 250_158, 254_152, 258_183,
    262_251, 266_356, 270_498, 274_677, 278_894, 283_149, 287_441, 291_771, 296_138, 300_544, 304_987, 309_469, 313_989, 318_547,
    323_143, 327_778, 332_452, 337_164, 341_914, 346_704, 351_533, 356_400, 361_307, 366_253, 371_238, 376_262, 381_326, 386_429,
    391_572, 396_755, 401_978, 407_240, 412_543, 417_885, 423_268, 428_690, 434_154, 439_657, 445_201, 450_786, 456_411, 462_077,
    467_784, 473_531, 479_320, 485_150, 491_021, 496_933, 502_886, 508_881, 514_918, 520_996, 527_115, 533_276, 539_479, 545_724,
    552_011, 558_340, 564_712, 571_125, 577_580, 584_078, 590_619, 597_202, 603_827, 610_496, 617_207, 623_960, 630_757, 637_597,
    644_480, 651_406, 658_375, 665_387, 672_443, 679_542, 686_685, 693_872, 701_102, 708_376, 715_694, 723_055, 730_461, 737_910,
    745_404, 752_942, 760_525, 768_151, 775_822, 783_538, 791_298, 799_103, 806_952, 814_847, 822_786, 830_770, 838_799, 846_873,
    854_993, 863_157, 871_367, 879_622, 887_923, 896_269, 904_661, 913_099, 921_582, 930_111, 938_686, 947_307, 955_973, 964_686,
    973_445, 982_251, 991_102, 1_000_000,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        text.parse().unwrap()
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        for (one, two, percent) in [
            ("#000000", "#ffffff", 2_100),
            ("#ffffff", "#ffffff", 100),
            ("#777777", "#ffffff", 447),
            ("#767676", "#ffffff", 454),
            ("#ff0000", "#ffffff", 399),
            ("#0000ff", "#ffffff", 859),
            ("#ffff00", "#000000", 1_955),
        ] {
            let contrast = color(one).contrast_percent(color(two));
            assert!(contrast.abs_diff(percent) <= 1, "{one} on {two}: {contrast}, not {percent}");
            assert_eq!(contrast, color(two).contrast_percent(color(one)));
        }
    }

    #[test]
    fn every_brand_colour_gets_text_that_can_be_read() {
        for step in 0..=0xff_u32 {
            // A walk through the whole cube that meets dark, light and saturated colours.
            let [_, red, green, blue] = step.wrapping_mul(0x0001_0307).wrapping_mul(97).to_be_bytes();
            let brand = Color { red, green, blue };
            assert!(brand.contrast_percent(brand.text_on()) >= READABLE_CONTRAST_PERCENT, "{brand}");
            for ground in [Color::WHITE, Color::LIGHT_GROUND, Color::DARK_CARD] {
                assert!(
                    brand.readable_on(ground).contrast_percent(ground) >= READABLE_CONTRAST_PERCENT,
                    "{brand} on {ground}"
                );
            }
        }
    }

    #[test]
    fn readable_colour_stays_as_it_is() {
        assert_eq!(color("#3b4cca").readable_on(Color::WHITE), color("#3b4cca"));
    }

    #[test]
    fn colour_that_is_none_is_refused() {
        for text in ["", "#", "blue", "#12345", "#1234567", "#12345g", "#+12345"] {
            assert!(text.parse::<Color>().is_err(), "{text:?}");
        }
        assert_eq!(color("3B4CCA").to_string(), "#3b4cca");
    }
}
