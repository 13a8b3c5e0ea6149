//! How a function speaks: what its environment says about brand, links and languages.

use jiff::tz::TimeZone;
use lambda_kit::Environment;
use notices::{Brand, LinkHosts, Locale, Reader, Unsubscribe, brand::Color};
use storage::customers::Profile;

/// Brand, links and languages of an installation.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    /// How messages look.
    pub brand: Brand,
    /// What messages may link to.
    pub link_hosts: LinkHosts,
    /// For customers whose language is not known.
    pub default_locale: Locale,
    /// How customers leave a topic; `None` where the installation has no way for it.
    pub unsubscribe: Option<Unsubscribe>,
    /// What tells this process from every other one that runs now.
    pub instance: String,
}

impl Voice {
    /// Reads `BRAND_*`, `LINK_HOSTS`, `DEFAULT_LOCALE` and `SES_CONTACT_LIST`.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let name = environment.required("BRAND_NAME");
        let color: Option<Color> = environment.parsed_or("BRAND_COLOR", Brand::default().color);
        let default_locale = environment.parsed_or("DEFAULT_LOCALE", Locale::default());
        let hosts = environment.list("LINK_HOSTS");
        let link_hosts =
            LinkHosts::new(&hosts).map_err(|error| environment.problem("LINK_HOSTS", error.to_string())).ok();
        let brand = Brand {
            name: name?,
            color: color?,
            logo_url: environment.optional("BRAND_LOGO_URL"),
            support_email: environment.optional("BRAND_SUPPORT_EMAIL").unwrap_or_default(),
            footer: environment.optional("BRAND_FOOTER").unwrap_or_default(),
        };
        // Lambda gives each execution environment a log stream of its own; elsewhere the process is the instance.
        let instance = environment.optional("AWS_LAMBDA_LOG_STREAM_NAME");
        Some(Self {
            brand,
            link_hosts: link_hosts?,
            default_locale: default_locale?,
            unsubscribe: environment.optional("SES_CONTACT_LIST").map(|_| Unsubscribe::Ses),
            instance: instance.unwrap_or_else(|| format!("process-{}", std::process::id())),
        })
    }

    /// In which language and time zone a customer reads.
    #[must_use]
    pub fn reader(&self, profile: Option<&Profile>) -> Reader {
        let locales = profile.map(|profile| profile.contact.locales.as_slice()).unwrap_or_default();
        let locale = Locale::resolve(locales.iter().map(String::as_str), None, &self.default_locale);
        let time_zone = profile.and_then(|profile| profile.contact.time_zone.as_deref());
        // A name that is no time zone comes from somebody else's form.
        let time_zone = time_zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        Reader { time_zone, unsubscribe: self.unsubscribe.clone(), ..Reader::new(locale) }
    }
}

/// A link of the installation's own, such as where customers see their account. One that no message would show is a mistake to
/// be found at the start.
pub fn link(environment: &mut Environment, variable: &'static str, voice: Option<&Voice>) -> Option<String> {
    let url = environment.optional(variable)?;
    if voice.is_some_and(|voice| voice.link_hosts.admit(&url).is_none()) {
        environment.problem(variable, format!("is {url:?}, whose host is not in LINK_HOSTS"));
    }
    Some(url)
}
