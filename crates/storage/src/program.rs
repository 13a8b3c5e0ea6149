//! The loyalty program as it is stored: validated, versioned, cached.
//!
//! The program in force is one item of the ledger table (`program` / `current`), so that a change takes effect within
//! seconds, everywhere, without a deployment. Editions are kept beside it (`edition#<version>`) and never overwritten. Why not
//! `AppConfig`: its validators take old JSON Schema drafts only, and its staged rollout makes instances disagree about points.

use std::{cell::RefCell, collections::BTreeMap, future::Future, rc::Rc, time::Duration};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use jiff::Timestamp;
use loyalty::{Program, ProgramError};
use thiserror::Error;

use crate::{
    Database, StorageError,
    error::classify,
    item::{Attributes, PARTITION_KEY, Reader, SORT_KEY, Writer, number, text},
    ledger::{CancellationCode, Cancelled, classify_cancellation},
};

const PARTITION: &str = "program";
const CURRENT: &str = "current";

/// How long a program that was read stays in use before it is read again.
///
/// Short enough that a change reaches every instance within a minute, long enough that a busy instance spends one read on
/// thousands of payments.
pub const FRESH_FOR: Duration = Duration::from_secs(15);

/// How many editions an instance that knows no good program looks back for one, from the version of the broken one on. Versions
/// mostly rise by one, and each look is a call.
const LOOK_BACK: u64 = 5;

/// What is stored as the program in force, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProgram {
    /// The document's version, as the item says.
    pub version: u64,
    /// The document.
    pub json: String,
}

/// Where the program is kept.
pub trait Programs {
    /// The program in force; `None` if none was ever stored.
    fn current(&self) -> impl Future<Output = Result<Option<StoredProgram>, StorageError>>;

    /// An edition as it was put into force, whatever became of the one in force since; `None` where editions are not kept.
    fn edition(&self, _version: u64) -> impl Future<Output = Result<Option<StoredProgram>, StorageError>> {
        std::future::ready(Ok(None))
    }

    /// Puts a program into force. Its version must be above that of the one in force.
    fn put(&self, program: &Program) -> impl Future<Output = Result<(), PutProgramError>>;
}

/// Why a program was not put into force.
#[derive(Debug, Error)]
pub enum PutProgramError {
    /// The version is not above that of the program in force, or this version was in force before.
    #[error("version {version} is not above the version in force: raise it")]
    NotNewer {
        /// The refused version.
        version: u64,
    },
    /// The table.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What came of looking for a newer program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The program in use is recent enough, or the stored one is the same.
    Fresh,
    /// Another edition is in use now.
    Changed {
        /// Which.
        version: u64,
    },
    /// The stored program is broken; the last good one is in use.
    Refused(ProgramError),
    /// The store did not answer; the last good one stays in use.
    Unavailable(String),
}

/// The program in use, read again every [`FRESH_FOR`].
#[derive(Debug)]
pub struct CachedProgram<P> {
    programs: P,
    state: RefCell<Option<Cached>>,
}

#[derive(Debug, Clone)]
struct Cached {
    program: Rc<Program>,
    read_at: Timestamp,
}

impl<P: Programs> CachedProgram<P> {
    /// Nothing read yet.
    pub const fn new(programs: P) -> Self {
        Self { programs, state: RefCell::new(None) }
    }

    /// The program in force, and what came of refreshing it.
    ///
    /// While the stored one is broken, the last good one counts: the one that this instance has seen, or, if it has seen none, the
    /// newest good edition. Fails only where there is none, or no answer: no instance awards points by rules nobody chose.
    pub async fn program(&self, now: Timestamp) -> Result<(Rc<Program>, Refresh), ProgramUnavailable> {
        let cached = self.state.borrow().clone();
        if let Some(cached) = cached.as_ref().filter(|cached| is_fresh(cached.read_at, now)) {
            return Ok((Rc::clone(&cached.program), Refresh::Fresh));
        }
        let stored = match self.programs.current().await {
            Ok(stored) => stored,
            Err(error) => {
                let cached = cached.ok_or_else(|| ProgramUnavailable::Storage(error.to_string()))?;
                return Ok((cached.program, Refresh::Unavailable(error.to_string())));
            }
        };
        let read = stored.as_ref().map_or_else(|| Ok(Program::default()), |stored| Program::parse(&stored.json));
        let (program, refresh) = match (read, cached) {
            (Ok(program), Some(cached)) if program == *cached.program => (cached.program, Refresh::Fresh),
            (Ok(program), _) => {
                let version = program.document().version;
                (Rc::new(program), Refresh::Changed { version })
            }
            (Err(error), Some(cached)) => (cached.program, Refresh::Refused(error)),
            (Err(error), None) => match self.good_edition(stored.map_or(0, |stored| stored.version)).await? {
                Some(program) => (Rc::new(program), Refresh::Refused(error)),
                None => return Err(ProgramUnavailable::Broken(error)),
            },
        };
        *self.state.borrow_mut() = Some(Cached { program: Rc::clone(&program), read_at: now });
        Ok((program, refresh))
    }

    /// The newest good edition from a version downwards.
    async fn good_edition(&self, newest: u64) -> Result<Option<Program>, ProgramUnavailable> {
        for version in (1..=newest).rev().take_while(|version| newest.saturating_sub(*version) < LOOK_BACK) {
            let edition = self.programs.edition(version).await;
            let edition = edition.map_err(|error| ProgramUnavailable::Storage(error.to_string()))?;
            let good = edition.and_then(|edition| Program::parse(&edition.json).ok());
            if good.is_some() {
                return Ok(good);
            }
        }
        Ok(None)
    }
}

/// Why there is no program to work by.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgramUnavailable {
    /// The store did not answer.
    #[error("read the loyalty program: {0}")]
    Storage(String),
    /// The stored program is broken, and there is no good one to go on with.
    #[error("the stored loyalty program is broken: {0}")]
    Broken(ProgramError),
}

fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(read_at)).is_ok_and(|age| age < FRESH_FOR)
}

/// The program in the ledger table.
#[derive(Debug, Clone)]
pub struct DynamoPrograms {
    database: Database,
    table: String,
}

impl DynamoPrograms {
    /// Takes the connection and the name of the ledger table.
    #[must_use]
    pub fn new(database: Database, table: impl Into<String>) -> Self {
        Self { database, table: table.into() }
    }

    async fn get(&self, sort: &str) -> Result<Option<StoredProgram>, StorageError> {
        let output = self
            .database
            .client()
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, text(PARTITION))
            .key(SORT_KEY, text(sort))
            .send()
            .await
            .map_err(|error| classify("GetItem", error))?;
        let Some(item) = output.item else { return Ok(None) };
        let reader = Reader::new("ledger", &item);
        Ok(Some(StoredProgram { version: reader.integer("version")?, json: reader.text("document")?.to_owned() }))
    }
}

impl Programs for DynamoPrograms {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        self.get(CURRENT).await
    }

    async fn edition(&self, version: u64) -> Result<Option<StoredProgram>, StorageError> {
        self.get(&edition_key(version)).await
    }

    async fn put(&self, program: &Program) -> Result<(), PutProgramError> {
        let version = program.document().version;
        let put = |item: Attributes, condition: &str| {
            Put::builder().table_name(&self.table).set_item(Some(item)).condition_expression(condition)
        };
        let current = put(write(CURRENT, program), "attribute_not_exists(pk) OR version < :version")
            .expression_attribute_values(":version", number(version));
        let edition = put(write(&edition_key(version), program), "attribute_not_exists(pk)");
        let writes = [current, edition].map(|put| {
            let put = put.build().expect("table and item are set, all that is required");
            TransactWriteItem::builder().put(put).build()
        });
        let answer =
            self.database.client().transact_write_items().set_transact_items(Some(writes.to_vec())).send().await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons();
                    let codes: Vec<_> = reasons.iter().map(|reason| CancellationCode::of(reason.code())).collect();
                    if classify_cancellation(&codes) == Cancelled::ConditionFailed {
                        return Err(PutProgramError::NotNewer { version });
                    }
                    let reason = "the transaction was cancelled: somebody else stores a program right now".to_owned();
                    Err(StorageError::Unavailable { operation: "TransactWriteItems", reason }.into())
                }
                _ => Err(classify("TransactWriteItems", error).into()),
            },
        }
    }
}

fn edition_key(version: u64) -> String {
    format!("edition#{version:010}")
}

fn write(sort: &str, program: &Program) -> Attributes {
    Writer::new(PARTITION, sort)
        .integer("version", program.document().version)
        .text("document", program.to_json())
        .finish()
}

/// The program in memory: for tests and the simulation.
#[derive(Debug, Default)]
pub struct InMemoryPrograms {
    stored: RefCell<Option<StoredProgram>>,
    editions: RefCell<BTreeMap<u64, StoredProgram>>,
}

impl InMemoryPrograms {
    /// Stores a text as the program in force, whatever it is: a hand in the table could.
    pub fn force(&self, version: u64, json: impl Into<String>) {
        *self.stored.borrow_mut() = Some(StoredProgram { version, json: json.into() });
    }
}

impl Programs for InMemoryPrograms {
    async fn current(&self) -> Result<Option<StoredProgram>, StorageError> {
        Ok(self.stored.borrow().clone())
    }

    async fn edition(&self, version: u64) -> Result<Option<StoredProgram>, StorageError> {
        Ok(self.editions.borrow().get(&version).cloned())
    }

    async fn put(&self, program: &Program) -> Result<(), PutProgramError> {
        let version = program.document().version;
        if self.stored.borrow().as_ref().is_some_and(|stored| stored.version >= version) {
            return Err(PutProgramError::NotNewer { version });
        }
        let json = program.to_json();
        self.editions.borrow_mut().insert(version, StoredProgram { version, json: json.clone() });
        self.force(version, json);
        Ok(())
    }
}

impl<P: Programs> Programs for &P {
    fn current(&self) -> impl Future<Output = Result<Option<StoredProgram>, StorageError>> {
        (**self).current()
    }

    fn edition(&self, version: u64) -> impl Future<Output = Result<Option<StoredProgram>, StorageError>> {
        (**self).edition(version)
    }

    fn put(&self, program: &Program) -> impl Future<Output = Result<(), PutProgramError>> {
        (**self).put(program)
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::emulator::with_table;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn program(version: u64) -> Program {
        let mut document = Program::default().document().clone();
        document.version = version;
        Program::new(document).unwrap()
    }

    async fn programs_keep_the_contract(programs: &impl Programs) {
        assert_eq!(programs.current().await.unwrap(), None);
        programs.put(&program(2)).await.unwrap();
        for version in [1, 2] {
            let refused = programs.put(&program(version)).await.unwrap_err();
            assert!(matches!(refused, PutProgramError::NotNewer { .. }), "{refused}");
        }
        programs.put(&program(3)).await.unwrap();
        let stored = programs.current().await.unwrap().unwrap();
        assert_eq!(stored.version, 3);
        assert_eq!(Program::parse(&stored.json).unwrap(), program(3));
        assert_eq!(programs.edition(3).await.unwrap(), Some(stored));
        assert_eq!(programs.edition(2).await.unwrap().unwrap().version, 2);
        assert_eq!(programs.edition(1).await.unwrap(), None);
    }

    #[test]
    fn the_program_in_memory_keeps_the_contract() {
        block_on(programs_keep_the_contract(&InMemoryPrograms::default()));
    }

    #[test]
    fn the_program_in_dynamodb_keeps_the_contract() {
        with_table(async |database, table| programs_keep_the_contract(&DynamoPrograms::new(database, table)).await);
    }

    #[test]
    fn without_a_stored_program_the_default_is_in_force() {
        let programs = InMemoryPrograms::default();
        let (used, refresh) = block_on(CachedProgram::new(&programs).program(at(0))).unwrap();
        assert_eq!((&*used, refresh), (&Program::default(), Refresh::Changed { version: 1 }));
    }

    #[test]
    fn a_change_takes_effect_once_the_cache_is_no_longer_fresh() {
        let programs = InMemoryPrograms::default();
        let cached = CachedProgram::new(&programs);
        block_on(cached.program(at(0))).unwrap();
        block_on(programs.put(&program(2))).unwrap();
        assert_eq!(block_on(cached.program(at(14))).unwrap().1, Refresh::Fresh);
        assert_eq!(block_on(cached.program(at(15))).unwrap().1, Refresh::Changed { version: 2 });
    }

    #[test]
    fn a_broken_program_is_refused_and_the_last_good_one_stays() {
        let programs = InMemoryPrograms::default();
        let cached = CachedProgram::new(&programs);
        let (good, _) = block_on(cached.program(at(0))).unwrap();
        programs.force(9, "{}");
        let (used, refresh) = block_on(cached.program(at(60))).unwrap();
        assert_eq!(used, good);
        assert!(matches!(refresh, Refresh::Refused(_)));
        let newcomer = block_on(CachedProgram::new(&programs).program(at(60)));
        assert!(matches!(newcomer, Err(ProgramUnavailable::Broken(_))));
    }

    /// Instances come and go: what the last of them knew is in the table.
    #[test]
    fn an_instance_that_knows_no_good_program_goes_on_with_the_last_good_edition() {
        let programs = InMemoryPrograms::default();
        block_on(programs.put(&program(2))).unwrap();
        block_on(programs.put(&program(3))).unwrap();
        for (broken, expected) in [(3, 3), (4, 3), (5, 3)] {
            programs.force(broken, "{}");
            let (used, refresh) = block_on(CachedProgram::new(&programs).program(at(0))).unwrap();
            assert_eq!(*used, program(expected), "version {broken} is broken");
            assert!(matches!(refresh, Refresh::Refused(_)));
        }
        programs.force(1000, "{}");
        assert!(block_on(CachedProgram::new(&programs).program(at(0))).is_err());
    }
}
