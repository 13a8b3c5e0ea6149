//! Reminders of the end of grace.

use access::Subject;
use aws_sdk_scheduler::{
    Client,
    error::SdkError,
    operation::create_schedule::CreateScheduleError,
    types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target},
};
use aws_types::SdkConfig;
use jiff::{Timestamp, tz::TimeZone};
use lambda_kit::failure::with_causes;
use processor_events::event::Mode;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::OwnMessage;

/// Sets reminders.
pub trait Reminders {
    /// Sends [`OwnMessage::LookAgain`] at a time; a later call for the same customer moves it.
    fn remind(&self, subject: &Subject, at: Timestamp) -> impl Future<Output = Result<(), ReminderError>>;
}

/// Why a reminder is not set.
#[derive(Debug, Error)]
#[error("{operation} failed: {reason}")]
pub struct ReminderError {
    /// The Scheduler operation.
    pub operation: &'static str,
    /// What was seen. Holds ids only.
    pub reason: String,
}

impl<R: Reminders> Reminders for &R {
    fn remind(&self, subject: &Subject, at: Timestamp) -> impl Future<Output = Result<(), ReminderError>> {
        (**self).remind(subject, at)
    }
}

/// Reminders by one-off schedules of EventBridge Scheduler, which delete themselves.
#[derive(Debug, Clone)]
pub struct SchedulerReminders {
    client: Client,
    settings: ReminderSettings,
}

/// Where reminders go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderSettings {
    /// The queue of this function.
    pub queue_arn: String,
    /// The role with which Scheduler sends to it.
    pub role_arn: String,
    /// The schedule group.
    pub group: String,
}

impl SchedulerReminders {
    /// Takes the function's settings.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: ReminderSettings) -> Self {
        Self { client: Client::new(config), settings }
    }

    async fn create(&self, reminder: &Reminder) -> Result<(), SdkError<CreateScheduleError>> {
        self.client
            .create_schedule()
            .group_name(&self.settings.group)
            .name(&reminder.name)
            .schedule_expression(&reminder.expression)
            .flexible_time_window(on_time())
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(self.target(reminder))
            .send()
            .await
            .map(|_| ())
    }

    async fn update(&self, reminder: &Reminder) -> Result<(), ReminderError> {
        self.client
            .update_schedule()
            .group_name(&self.settings.group)
            .name(&reminder.name)
            .schedule_expression(&reminder.expression)
            .flexible_time_window(on_time())
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(self.target(reminder))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| failed("UpdateSchedule", &error))
    }

    fn target(&self, reminder: &Reminder) -> Target {
        Target::builder()
            .arn(&self.settings.queue_arn)
            .role_arn(&self.settings.role_arn)
            .input(&reminder.body)
            .build()
            .expect("both ARNs are set, and nothing else is required")
    }
}

impl Reminders for SchedulerReminders {
    async fn remind(&self, subject: &Subject, at: Timestamp) -> Result<(), ReminderError> {
        let reminder = Reminder::new(subject, at);
        match self.create(&reminder).await {
            Ok(()) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) => {
                self.update(&reminder).await
            }
            Err(error) => Err(failed("CreateSchedule", &error)),
        }
    }
}

struct Reminder {
    name: String,
    expression: String,
    body: String,
}

impl Reminder {
    fn new(subject: &Subject, at: Timestamp) -> Self {
        let body = OwnMessage::LookAgain { subject: subject.clone() }.body();
        Self { name: name_of(subject), expression: expression(at), body }
    }
}

/// One schedule for each customer, named after the customer: setting it again moves it, and never makes a second.
///
/// Ids can be longer than the 64 characters of a name (the API reference of `CreateSchedule`), hence a digest.
fn name_of(subject: &Subject) -> String {
    let account = subject.account.as_ref().map(ToString::to_string).unwrap_or_default();
    let mode = Mode::of_livemode(subject.livemode).name();
    let digest = Sha256::digest(format!("{mode}#{account}#{}", subject.customer));
    digest.iter().take(20).fold("access-".to_owned(), |mut name, byte| {
        for half in [byte >> 4, byte & 0x0f] {
            name.extend(char::from_digit(u32::from(half), 16));
        }
        name
    })
}

/// `at(2026-08-08T12:00:00)` in UTC. A started second is over at its end: a reminder must not come before the time.
fn expression(at: Timestamp) -> String {
    let second = if at.subsec_nanosecond() == 0 { at.as_second() } else { at.as_second().saturating_add(1) };
    let at = Timestamp::from_second(second).unwrap_or(at);
    format!("at({})", at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S"))
}

fn on_time() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::Off)
        .build()
        .expect("the mode is set, and nothing else is required")
}

fn failed(operation: &'static str, error: &(dyn std::error::Error + 'static)) -> ReminderError {
    ReminderError { operation, reason: with_causes(error) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_scheduler::{
        operation::{create_schedule::CreateScheduleOutput, update_schedule::UpdateScheduleOutput},
        types::error::ConflictException,
    };
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use processor_events::{event::Processor, ids::CustomerId};

    use super::*;

    fn subject() -> Subject {
        let customer = CustomerId::new("c".repeat(255)).unwrap();
        Subject { processor: Processor::Stripe, livemode: true, account: None, customer }
    }

    fn reminders(client: Client) -> SchedulerReminders {
        let settings = ReminderSettings {
            queue_arn: "arn:aws:sqs:us-east-1:1:access".into(),
            role_arn: "arn:aws:iam::1:role/r".into(),
            group: "shop".into(),
        };
        SchedulerReminders { client, settings }
    }

    fn noon() -> Timestamp {
        "2026-08-08T12:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_reminder_deletes_itself_and_says_only_whose_it_is() {
        let create = mock!(Client::create_schedule)
            .match_requests(|request| {
                request.group_name() == Some("shop")
                    && request.name().is_some_and(|name| name.len() <= 64)
                    && request.schedule_expression() == Some("at(2026-08-08T12:00:00)")
                    && request.action_after_completion() == Some(&ActionAfterCompletion::Delete)
                    && request.target().is_some_and(|target| {
                        target.arn() == "arn:aws:sqs:us-east-1:1:access"
                            && OwnMessage::read(target.input().unwrap_or_default()).is_some()
                    })
            })
            .then_output(|| CreateScheduleOutput::builder().schedule_arn("arn").build().unwrap());
        let client = mock_client!(aws_sdk_scheduler, RuleMode::MatchAny, [&create]);
        reminders(client).remind(&subject(), noon()).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_second_reminder_moves_the_first() {
        let conflict = mock!(Client::create_schedule).then_error(|| {
            let conflict = ConflictException::builder().message("there").build().unwrap();
            CreateScheduleError::ConflictException(conflict)
        });
        let update = mock!(Client::update_schedule)
            .match_requests(|request| request.schedule_expression() == Some("at(2026-08-08T12:00:00)"))
            .then_output(|| UpdateScheduleOutput::builder().schedule_arn("arn").build().unwrap());
        let client = mock_client!(aws_sdk_scheduler, RuleMode::MatchAny, [&conflict, &update]);
        reminders(client).remind(&subject(), noon()).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[test]
    fn a_reminder_never_comes_before_its_time() {
        assert_eq!(expression("2026-08-08T12:00:00.001Z".parse().unwrap()), "at(2026-08-08T12:00:01)");
        assert_eq!(expression(noon()), "at(2026-08-08T12:00:00)");
    }

    #[test]
    fn real_and_test_customers_have_reminders_of_their_own() {
        assert_ne!(name_of(&subject()), name_of(&Subject { livemode: false, ..subject() }));
    }
}
