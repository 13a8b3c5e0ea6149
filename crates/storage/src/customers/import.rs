//! How far an import of customers has come, so that one that was broken off goes on where it was.

use jiff::Timestamp;

use super::DynamoCustomers;
use crate::{
    CorruptItem, Scope, StorageError,
    error::classify,
    item::{Reader, Writer, key},
};

const SORT: &str = "progress";

/// What an import has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Profiles that were not there.
    pub new: u64,
    /// Profiles that showed something else.
    pub updated: u64,
    /// Profiles that showed it already.
    pub unchanged: u64,
    /// Customers that were left out.
    pub skipped: u64,
}

/// An import that is under way, or the last one that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// When it was started.
    pub started_at: Timestamp,
    /// The customer behind whom it goes on, in the processor's spelling; `None` at its start, and when it is finished.
    pub behind: Option<String>,
    /// What was done, over all its runs.
    pub done: Imported,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

/// Keeps the progress of the import of a scope. Needs `dynamodb:GetItem` and `dynamodb:PutItem`.
pub trait Imports {
    /// How far it is; `None` when there was none.
    fn progress(&self, scope: &Scope) -> impl Future<Output = Result<Option<ImportProgress>, StorageError>>;

    /// Notes how far it is.
    fn note_progress(&self, scope: &Scope, progress: &ImportProgress)
    -> impl Future<Output = Result<(), StorageError>>;
}

impl Imports for DynamoCustomers {
    async fn progress(&self, scope: &Scope) -> Result<Option<ImportProgress>, StorageError> {
        let request = self.database.client().get_item().table_name(&self.table).consistent_read(true);
        let request = request.set_key(Some(key(partition(scope), SORT)));
        let answer = request.send().await.map_err(|error| classify("GetItem", error))?;
        let progress = answer.item.as_ref().map(|item| read(&Reader::new("customers", item)));
        Ok(progress.transpose()?)
    }

    async fn note_progress(&self, scope: &Scope, progress: &ImportProgress) -> Result<(), StorageError> {
        let Imported { new, updated, unchanged, skipped } = progress.done;
        let item = Writer::new(partition(scope), SORT)
            .timestamp("started_at", progress.started_at)
            .optional_text("behind", progress.behind.as_deref())
            .integer("new", new)
            .integer("updated", updated)
            .integer("unchanged", unchanged)
            .integer("skipped", skipped)
            .optional_timestamp("finished_at", progress.finished_at)
            .finish();
        let put = self.database.client().put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(|error| classify("PutItem", error))?;
        Ok(())
    }
}

fn partition(scope: &Scope) -> String {
    scope.partition("import", "customers")
}

fn read(item: &Reader<'_>) -> Result<ImportProgress, CorruptItem> {
    Ok(ImportProgress {
        started_at: item.timestamp("started_at")?,
        behind: item.optional_text("behind")?.map(str::to_owned),
        done: Imported {
            new: item.integer("new")?,
            updated: item.integer("updated")?,
            unchanged: item.integer("unchanged")?,
            skipped: item.integer("skipped")?,
        },
        finished_at: item.optional_timestamp("finished_at")?,
    })
}
