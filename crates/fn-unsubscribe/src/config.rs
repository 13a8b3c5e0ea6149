//! What the function is told by its environment.

use lambda_kit::{Environment, aws::AwsSettings};
use notices::{Brand, Locale, brand::Color};

/// The function's configuration.
#[derive(Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsSettings,
    /// Where it is noted.
    pub customers_table: String,
    /// The secret that links are signed with.
    pub secret_arn: String,
    /// How the page looks.
    pub brand: Brand,
    /// For links without a language.
    pub default_locale: Locale,
}

impl Config {
    /// Reads all variables; the README lists them.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let aws = AwsSettings::from_environment(environment);
        let customers_table = environment.required("CUSTOMERS_TABLE");
        let secret_arn = environment.required("UNSUBSCRIBE_SECRET_ARN");
        let name = environment.required("BRAND_NAME");
        let color: Option<Color> = environment.parsed_or("BRAND_COLOR", Brand::default().color);
        let default_locale = environment.parsed_or("DEFAULT_LOCALE", Locale::default());
        let support_email = environment.optional("BRAND_SUPPORT_EMAIL").unwrap_or_default();
        Some(Self {
            aws: aws?,
            customers_table: customers_table?,
            secret_arn: secret_arn?,
            brand: Brand { name: name?, color: color?, support_email, ..Brand::default() },
            default_locale: default_locale?,
        })
    }
}
