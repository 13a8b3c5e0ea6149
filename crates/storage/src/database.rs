//! The connection to DynamoDB, shared by all adapters of a function.

use aws_sdk_dynamodb::Client;

use crate::{
    StorageError,
    error::classify,
    item::{PARTITION_KEY, SORT_KEY, text},
};

/// A connection to DynamoDB. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Database {
    client: Client,
}

impl Database {
    /// Takes the function's settings: region, credentials, endpoint, HTTP client, retries.
    #[must_use]
    pub fn new(config: &aws_types::SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// Opens the connection by reading an item that does not exist.
    ///
    /// Called while the function starts: the CPU is not throttled then, and the first event finds an open connection
    /// (measured: 2.9 -> 1.3 ms). It needs no permission that the function does not have anyway.
    pub async fn warm_up(&self, table: &str) -> Result<(), StorageError> {
        self.client
            .get_item()
            .table_name(table)
            .key(PARTITION_KEY, text("warm-up"))
            .key(SORT_KEY, text("warm-up"))
            .send()
            .await
            .map_err(|error| classify("GetItem", error))?;
        Ok(())
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }
}

#[cfg(test)]
impl Database {
    pub(crate) const fn of_client(client: Client) -> Self {
        Self { client }
    }
}
