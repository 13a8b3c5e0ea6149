//! How an execution is started so that it is started once.

use jiff::{SignedDuration, Timestamp};
use loyalty::Entry;
use sha2::{Digest, Sha256};

use crate::input::{Input, Place, entry_key};

/// After this time nothing is started any more. Step Functions keeps the names of closed executions for 90 days
/// (`StartExecution`, parameter `name`); a replay after that would start the same execution again. A month's margin covers
/// the longest way an event can take: dead-letter queues keep it 14 days, the processor resends for 30.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Step Functions' limit for a name.
const MAX_NAME_LENGTH: usize = 80;

/// One execution to start: name and input, both functions of the ledger entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The execution's name.
    pub name: String,
    /// Its input.
    pub input: Input,
}

impl Start {
    /// The start an entry deserves, if any.
    #[must_use]
    pub fn of(entry: &Entry, place: &Place) -> Option<Self> {
        let input = Input::of(entry, place)?;
        Some(Self { name: execution_name(entry, place), input })
    }
}

/// Whether something that happened at `occurred_at` is too old to speak about.
#[must_use]
pub fn is_stale(occurred_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(occurred_at) > STALE_AFTER
}

/// The execution's name: at most 80 characters of `[A-Za-z0-9_-]`, another one for every entry.
///
/// Readable in front (`live-stripe-pi_1-award`); a name that would be too long ends in a digest of all of it instead.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "cannot happen: a digest has 32 bytes")]
pub fn execution_name(entry: &Entry, place: &Place) -> String {
    let mode = place.mode.name();
    let account = place.account.as_ref().map_or(String::new(), |account| format!("{account}/"));
    let key = format!("{mode}/{account}{}", entry_key(entry));
    let readable: String = key.chars().map(|letter| if is_name_letter(letter) { letter } else { '-' }).collect();
    if readable.len() <= MAX_NAME_LENGTH {
        return readable;
    }
    let digest = Sha256::digest(&key);
    let half = digest.first_chunk().expect("a SHA-256 digest has 32 bytes, so it has 16");
    let digest = format!("{:032x}", u128::from_be_bytes(*half));
    let kept: String = readable.chars().take(MAX_NAME_LENGTH.saturating_sub(digest.len()).saturating_sub(1)).collect();
    format!("{kept}-{digest}")
}

const fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

#[cfg(test)]
mod tests {
    use processor_events::event::Mode;

    use super::*;
    use crate::samples::{entry, place};

    #[test]
    fn a_name_is_readable_and_fits_the_rules() {
        assert_eq!(execution_name(&entry("pi_1"), &place(Mode::Live)), "live-stripe-pi_1-award");
        assert_eq!(execution_name(&entry("pi_1"), &place(Mode::Test)), "test-stripe-pi_1-award");
    }

    #[test]
    fn long_ids_get_different_names_of_80_characters() {
        let long = "x".repeat(250);
        let first = execution_name(&entry(&format!("pi_{long}1")), &place(Mode::Live));
        let second = execution_name(&entry(&format!("pi_{long}2")), &place(Mode::Live));
        assert_eq!((first.len(), second.len()), (80, 80));
        assert_ne!(first, second);
        assert!(first.chars().all(is_name_letter));
    }

    #[test]
    fn what_is_older_than_sixty_days_is_stale() {
        let then: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(!is_stale(then, "2026-03-02T00:00:00Z".parse().unwrap()));
        assert!(is_stale(then, "2026-03-02T00:00:01Z".parse().unwrap()));
        assert!(!is_stale(then, "2025-12-31T00:00:00Z".parse().unwrap()));
    }
}
