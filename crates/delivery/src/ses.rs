//! Email by SES (API version 2).

use std::{fmt, str::FromStr};

use aws_sdk_sesv2::{
    Client,
    config::http::HttpResponse,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::{SendEmailError, builders::SendEmailFluentBuilder},
    types::{Body, Content, Destination, EmailContent, ListManagementOptions, Message, MessageHeader, MessageTag},
};
use aws_types::SdkConfig;
use lambda_kit::Environment;
use notices::Unsubscribe;
use thiserror::Error;

use crate::{
    EmailAddress, EmailSender, OutgoingEmail, SendFailure,
    aws::{ThrottlesAreNotRetried, classify_common},
};

/// How this installation sends.
#[derive(Debug, Clone)]
pub struct SesSettings {
    /// Who writes.
    pub sender: Sender,
    /// Where answers go.
    pub reply_to: Option<EmailAddress>,
    /// The configuration set: its event destinations report bounces and complaints.
    pub configuration_set: Option<String>,
    /// The contact list with which SES manages unsubscribing.
    pub contact_list: Option<String>,
}

impl SesSettings {
    /// Reads `EMAIL_FROM`, `BRAND_SUPPORT_EMAIL`, `SES_CONFIGURATION_SET` and `SES_CONTACT_LIST`.
    pub fn from_environment(environment: &mut Environment) -> Option<Self> {
        let sender = environment.parsed("EMAIL_FROM");
        let reply_to = match environment.optional("BRAND_SUPPORT_EMAIL").map(|text| text.parse()) {
            None => None,
            Some(Ok(address)) => Some(address),
            Some(Err(error)) => {
                let error: crate::address::EmailAddressError = error;
                environment.problem("BRAND_SUPPORT_EMAIL", format!("is {error}"));
                None
            }
        };
        let configuration_set = environment.optional("SES_CONFIGURATION_SET");
        let contact_list = environment.optional("SES_CONTACT_LIST");
        Some(Self { sender: sender?, reply_to, configuration_set, contact_list })
    }
}

/// Who writes: an address, with a name in front where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: EmailAddress,
}

/// Why a text is no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("neither an address (billing@example.com) nor a name with one (Example Shop <billing@example.com>)")]
pub struct SenderError;

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.split_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text),
        };
        if name.chars().any(|character| character.is_control() || "<>\"".contains(character)) {
            return Err(SenderError);
        }
        let address = address.parse().map_err(|_| SenderError)?;
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }
}

impl fmt::Display for Sender {
    /// The header's form. SES takes only ASCII here: a name beyond it is written in encoded words (RFC 2047).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.reveal();
        match &self.name {
            None => formatter.write_str(address),
            Some(name) if name.is_ascii() => write!(formatter, "\"{}\" <{address}>", name.replace('\\', "\\\\")),
            Some(name) => write!(formatter, "{} <{address}>", encoded_words(name)),
        }
    }
}

/// RFC 2047: a word has at most 75 characters, of which `=?UTF-8?B?` and `?=` take 12, and is cut between characters.
fn encoded_words(text: &str) -> String {
    const MOST_BYTES: usize = 45; // 60 characters of base64
    let mut words = vec![String::new()];
    for character in text.chars() {
        let word = words.last_mut().expect("there is a first word, and words are only added");
        if word.len().saturating_add(character.len_utf8()) > MOST_BYTES {
            words.push(character.to_string());
        } else {
            word.push(character);
        }
    }
    let encode = |word: &String| format!("=?UTF-8?B?{}?=", aws_smithy_types::base64::encode(word));
    words.iter().map(encode).collect::<Vec<_>>().join(" ")
}

/// Sends by SES.
#[derive(Debug, Clone)]
pub struct SesEmail {
    client: Client,
    settings: SesSettings,
}

impl SesEmail {
    /// Takes the function's client settings and how this installation sends.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: SesSettings) -> Self {
        let config = aws_sdk_sesv2::config::Builder::from(config).retry_classifier(ThrottlesAreNotRetried).build();
        Self { client: Client::from_conf(config), settings }
    }

    fn request(&self, email: &OutgoingEmail<'_>) -> Result<SendEmailFluentBuilder, BuildError> {
        let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let body = Body::builder().text(text(&email.content.text)?).html(text(&email.content.html)?).build();
        let mut message = Message::builder().subject(text(&email.content.subject)?).body(body);
        let mut request = self
            .client
            .send_email()
            .from_email_address(self.settings.sender.to_string())
            .destination(Destination::builder().to_addresses(email.to.reveal()).build())
            .set_configuration_set_name(self.settings.configuration_set.clone());
        if let Some(reply_to) = &self.settings.reply_to {
            request = request.reply_to_addresses(reply_to.reveal());
        }
        for (name, value) in tags(email) {
            request = request.email_tags(MessageTag::builder().name(name).value(value).build()?);
        }
        match (email.unsubscribe, &self.settings.contact_list) {
            (Some(Unsubscribe::Link(link)), _) => {
                // One click, without a page in between: RFC 8058.
                for (name, value) in [
                    ("List-Unsubscribe", format!("<{link}>")),
                    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
                ] {
                    message = message.headers(MessageHeader::builder().name(name).value(value).build()?);
                }
            }
            (Some(Unsubscribe::Ses), Some(list)) => {
                // SES sets both headers itself then.
                let options = ListManagementOptions::builder().contact_list_name(list).topic_name(email.topic.name());
                request = request.list_management_options(options.build()?);
            }
            (Some(Unsubscribe::Ses), None) | (None, _) => {}
        }
        Ok(request.content(EmailContent::builder().simple(message.build()).build()))
    }
}

impl EmailSender for SesEmail {
    async fn send(&self, email: &OutgoingEmail<'_>) -> Result<String, SendFailure> {
        let request = self.request(email).map_err(|_| SendFailure::Stopped("RequestNotBuilt".to_owned()))?;
        let output = request.send().await.map_err(|error| classify(&error))?;
        Ok(output.message_id.unwrap_or_else(|| "unknown".to_owned()))
    }
}

/// What SES repeats in every report about the mail: enough to find the profile again without its address. Values are ids, which
/// keep to the characters that a tag may have.
fn tags<'a>(email: &OutgoingEmail<'a>) -> Vec<(&'static str, &'a str)> {
    let mut tags = vec![("message", email.message), ("topic", email.topic.name())];
    if let Some(key) = email.customer {
        tags.push(("customer", key.customer.as_str()));
        tags.push(("mode", key.scope.mode.name()));
        tags.extend(key.scope.account.as_ref().map(|account| ("account", account.as_str())));
    }
    tags
}

/// What each error of `SendEmail` means (docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, "Errors").
fn classify(error: &SdkError<SendEmailError, HttpResponse>) -> SendFailure {
    let Some(refusal) = error.as_service_error() else { return classify_common(error) };
    let code = refusal.code().unwrap_or("ErrorWithoutCode").to_owned();
    match refusal {
        SendEmailError::TooManyRequestsException(_) => SendFailure::Throttled(code),
        // The account, the identity or the configuration set: no mail goes until an operator acts.
        SendEmailError::AccountSuspendedException(_)
        | SendEmailError::SendingPausedException(_)
        | SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::NotFoundException(_)
        | SendEmailError::LimitExceededException(_) => SendFailure::Stopped(code),
        // An account in the sandbox, or a sender that is not verified, answers like this too
        // (docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html); then it is not about the message.
        SendEmailError::MessageRejected(rejected) if is_about_verification(rejected.message()) => {
            SendFailure::Stopped("IdentityNotVerified".to_owned())
        }
        // The sender is checked at start and the recipient before the call, so that what is left is about this message.
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => SendFailure::Refused(code),
        _ => classify_common(error),
    }
}

fn is_about_verification(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.to_ascii_lowercase().contains("not verified"))
}

#[cfg(test)]
mod tests;
