//! The AWS account of the stack.

use anyhow::{Context, Result};
use aws_sdk_cloudwatchlogs::{
    operation::describe_log_streams::DescribeLogStreamsError,
    types::{LogStream, OrderBy},
};
use aws_types::SdkConfig;
use jiff::Timestamp;
use lambda_kit::{Environment, aws::AwsSettings};

/// The settings of all clients, from the environment.
pub(crate) fn settings() -> Result<SdkConfig> {
    let settings = Environment::from_process().read(AwsSettings::from_environment).context(
        "AWS cannot be asked; with a profile: eval \"$(aws configure export-credentials --format env)\" and export AWS_REGION",
    )?;
    settings.sdk_config().context("prepare the connection to AWS")
}

/// The log group in which the stack writes what is on its hub.
pub(crate) fn event_log(stack: &str) -> String {
    format!("/aws/events/{stack}")
}

/// When the event log last got something; `None` when it is empty or not there.
pub(crate) async fn last_logged(
    logs: &aws_sdk_cloudwatchlogs::Client,
    stack: &str,
) -> Result<Option<Timestamp>, String> {
    let request = logs.describe_log_streams().log_group_name(event_log(stack)).order_by(OrderBy::LastEventTime);
    match request.descending(true).limit(1).send().await {
        Ok(answer) => {
            let newest = answer.log_streams().first().and_then(LogStream::last_event_timestamp);
            Ok(newest.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()))
        }
        Err(error)
            if error.as_service_error().is_some_and(DescribeLogStreamsError::is_resource_not_found_exception) =>
        {
            Ok(None)
        }
        Err(error) => Err(aws_sdk_cloudwatchlogs::error::DisplayErrorContext(error).to_string()),
    }
}
