//! What to do with the destinations that are there, decided without doing it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::{Desired, Destination, DestinationId, Status, properties::hex};

/// The resource that a destination belongs to.
///
/// A destination is ours only by the marks in its metadata, never by its name: names are free text, and taking over a
/// stranger's destination would delete it with our stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The stack's ARN. It holds a unique id, so a stack that is deleted and made again is another owner.
    pub stack_id: String,
    /// The resource's name in the template.
    pub logical_id: String,
}

const STACK_MARK: &str = "paybus_stack_id";
const RESOURCE_MARK: &str = "paybus_logical_id";
const FINGERPRINT_MARK: &str = "paybus_fingerprint";

impl Owner {
    /// Whether a destination carries this owner's marks.
    #[must_use]
    pub fn owns(&self, destination: &Destination) -> bool {
        destination.metadata.get(STACK_MARK) == Some(&self.stack_id)
            && destination.metadata.get(RESOURCE_MARK) == Some(&self.logical_id)
    }

    /// The merchant's metadata with our marks.
    #[must_use]
    pub fn marked_metadata(&self, desired: &Desired) -> BTreeMap<String, String> {
        let marks = [
            (STACK_MARK, self.stack_id.clone()),
            (RESOURCE_MARK, self.logical_id.clone()),
            (FINGERPRINT_MARK, desired.fixed.fingerprint()),
        ];
        let mut metadata = desired.metadata.clone();
        metadata.extend(marks.map(|(key, value)| (key.to_owned(), value)));
        metadata
    }

    /// The key under which Stripe makes a destination at most once.
    ///
    /// The request id is part of it: the same resource may be made, rolled back and made again, and Stripe answers a known key
    /// with the destination it made first, also when that is long deleted. Every delivery of one request has the same id.
    #[must_use]
    pub fn idempotency_key(&self, desired: &Desired, request_id: &str) -> String {
        let mut hash = Sha256::new();
        for part in [&self.stack_id, &self.logical_id, &desired.fixed.fingerprint(), request_id] {
            hash.update(part);
            hash.update([0]);
        }
        format!("paybus-{}", hex(&hash.finalize()))
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Destinations of this resource that nothing refers to any more: what a failed attempt left behind.
    pub remove: Vec<DestinationId>,
    /// The destination that the resource is from now on.
    pub keep: Keep,
}

/// The destination that the resource is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// None of those that are there: make one.
    New,
    /// One that is there.
    Existing {
        /// Which one.
        id: DestinationId,
        /// Somebody switched it off, so switch it on.
        enable: bool,
        /// What to change about it.
        changes: Option<Changes>,
    },
}

/// What to change about a destination. `None` leaves a value as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The new name.
    pub name: Option<String>,
    /// The new description; empty takes it away.
    pub description: Option<String>,
    /// The new events, all of them.
    pub enabled_events: Option<Vec<String>>,
    /// Keys to set, and keys to take away (`None`); others stay.
    pub metadata: BTreeMap<String, Option<String>>,
}

/// Decides what the resource `owner` is from now on.
///
/// `current` is what CloudFormation knows it as; `found` are all destinations of the processor's account. `current` itself is
/// never removed here: CloudFormation asks for that once the rest of its update went well, and brings it back if not. So an
/// update that replaces leaves two for a while, and its rollback gets the surviving old one back by its fingerprint.
#[must_use]
pub fn plan(owner: &Owner, desired: &Desired, current: Option<&DestinationId>, found: &[Destination]) -> Plan {
    let fingerprint = desired.fixed.fingerprint();
    let mut marked: Vec<&Destination> = found.iter().filter(|destination| owner.owns(destination)).collect();
    marked.sort_by(|left, right| (&left.created, &left.id).cmp(&(&right.created, &right.id)));
    let fits = |destination: &&&Destination| {
        !destination.is_dead() && destination.metadata.get(FINGERPRINT_MARK) == Some(&fingerprint)
    };
    let kept = marked
        .iter()
        .filter(fits)
        .find(|destination| Some(&destination.id) == current)
        .or_else(|| marked.iter().find(fits))
        .copied();
    let stays = |destination: &Destination| {
        Some(&destination.id) == current || kept.is_some_and(|kept| kept.id == destination.id)
    };
    Plan {
        remove: marked
            .iter()
            .filter(|destination| !stays(destination))
            .map(|destination| destination.id.clone())
            .collect(),
        keep: kept.map_or(Keep::New, |destination| Keep::Existing {
            id: destination.id.clone(),
            enable: destination.status == Status::DisabledByUser,
            changes: changes(owner, desired, destination),
        }),
    }
}

fn changes(owner: &Owner, desired: &Desired, destination: &Destination) -> Option<Changes> {
    let differs = |wanted: &String, there: &String| (wanted != there).then(|| wanted.clone());
    let as_set = |events: &[String]| events.iter().cloned().collect::<BTreeSet<_>>();
    let events_differ = as_set(&desired.enabled_events) != as_set(&destination.enabled_events);
    let changes = Changes {
        name: differs(&desired.name, &destination.name),
        description: differs(&desired.description, &destination.description),
        enabled_events: events_differ.then(|| desired.enabled_events.clone()),
        metadata: metadata_changes(&owner.marked_metadata(desired), &destination.metadata),
    };
    (changes != Changes::default()).then_some(changes)
}

fn metadata_changes(
    wanted: &BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
) -> BTreeMap<String, Option<String>> {
    let set = wanted.iter().filter(|(key, value)| there.get(*key) != Some(value));
    let unset = there.keys().filter(|key| !wanted.contains_key(*key));
    set.map(|(key, value)| (key.clone(), Some(value.clone()))).chain(unset.map(|key| (key.clone(), None))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventPayload, Fixed, Source, SourceState};

    fn owner() -> Owner {
        Owner { stack_id: "arn:stack/shop/1".into(), logical_id: "StripeDestination".into() }
    }

    fn desired(payload: EventPayload) -> Desired {
        Desired {
            name: "Paybus".into(),
            description: String::new(),
            enabled_events: vec!["invoice.paid".into()],
            metadata: BTreeMap::new(),
            fixed: Fixed {
                aws_account_id: "123456789012".into(),
                aws_region: "eu-central-1".into(),
                event_payload: payload,
                events_from: Vec::new(),
                snapshot_api_version: None,
            },
        }
    }

    fn there(id: &str, made_for: &Desired) -> Destination {
        Destination {
            id: DestinationId::new(id).unwrap(),
            created: format!("2026-01-01T00:00:00.{id}Z"),
            name: made_for.name.clone(),
            description: made_for.description.clone(),
            enabled_events: made_for.enabled_events.clone(),
            metadata: owner().marked_metadata(made_for),
            status: Status::Enabled,
            source: Source { arn: None, state: SourceState::Active },
        }
    }

    fn existing(id: &str) -> Keep {
        Keep::Existing { id: DestinationId::new(id).unwrap(), enable: false, changes: None }
    }

    #[track_caller]
    fn check(desired: &Desired, current: Option<&str>, found: &[Destination], keep: Keep, remove: &[&str]) {
        let current = current.map(|id| DestinationId::new(id).unwrap());
        let plan = plan(&owner(), desired, current.as_ref(), found);
        let remove = remove.iter().map(|id| DestinationId::new(id).unwrap()).collect();
        assert_eq!(plan, Plan { remove, keep });
    }

    #[test]
    fn the_first_one_is_made() {
        check(&desired(EventPayload::Snapshot), None, &[], Keep::New, &[]);
    }

    #[test]
    fn one_that_a_lost_answer_left_behind_is_taken() {
        let desired = desired(EventPayload::Snapshot);
        check(&desired, None, &[there("ed_1", &desired)], existing("ed_1"), &[]);
    }

    #[test]
    fn of_two_the_older_is_kept_and_the_other_removed() {
        let desired = desired(EventPayload::Snapshot);
        check(&desired, None, &[there("ed_2", &desired), there("ed_1", &desired)], existing("ed_1"), &["ed_2"]);
    }

    #[test]
    fn a_stranger_with_the_same_name_is_left_alone() {
        let desired = desired(EventPayload::Snapshot);
        let mut stranger = there("ed_1", &desired);
        stranger.metadata.clear();
        let mut other_stack = there("ed_2", &desired);
        other_stack.metadata.insert(STACK_MARK.into(), "arn:stack/shop/2".into());
        check(&desired, None, &[stranger, other_stack], Keep::New, &[]);
    }

    #[test]
    fn a_change_that_stripe_does_not_allow_makes_another_and_leaves_the_old_to_cloudformation() {
        let old = there("ed_1", &desired(EventPayload::Snapshot));
        check(&desired(EventPayload::Thin), Some("ed_1"), &[old], Keep::New, &[]);
    }

    #[test]
    fn a_rollback_gets_the_surviving_old_one_back() {
        let (snapshot, thin) = (desired(EventPayload::Snapshot), desired(EventPayload::Thin));
        let found = [there("ed_1", &snapshot), there("ed_2", &thin)];
        check(&snapshot, Some("ed_2"), &found, existing("ed_1"), &[]);
    }

    #[test]
    fn a_rollback_removes_what_the_failed_update_made() {
        let (snapshot, thin) = (desired(EventPayload::Snapshot), desired(EventPayload::Thin));
        let found = [there("ed_1", &snapshot), there("ed_2", &thin)];
        check(&snapshot, Some("ed_1"), &found, existing("ed_1"), &["ed_2"]);
    }

    #[test]
    fn one_whose_source_is_gone_is_made_anew() {
        let desired = desired(EventPayload::Snapshot);
        let mut disabled = there("ed_1", &desired);
        disabled.status = Status::SourceMissing;
        check(&desired, Some("ed_1"), &[disabled.clone()], Keep::New, &[]);
        let mut deleted = there("ed_2", &desired);
        deleted.source.state = SourceState::Deleted;
        check(&desired, None, &[disabled, deleted], Keep::New, &["ed_1", "ed_2"]);
    }

    #[test]
    fn one_that_was_switched_off_is_switched_on() {
        let desired = desired(EventPayload::Snapshot);
        let mut off = there("ed_1", &desired);
        off.status = Status::DisabledByUser;
        let id = DestinationId::new("ed_1").unwrap();
        check(&desired, Some("ed_1"), &[off], Keep::Existing { id, enable: true, changes: None }, &[]);
    }

    #[test]
    fn only_what_differs_is_changed() {
        let mut before = desired(EventPayload::Snapshot);
        before.enabled_events = vec!["invoice.paid".into(), "charge.refunded".into()];
        before.metadata = BTreeMap::from([("team".into(), "payments".into()), ("env".into(), "test".into())]);
        let found = [there("ed_1", &before)];
        let mut after = before.clone();
        after.enabled_events.reverse();
        check(&after, Some("ed_1"), &found, existing("ed_1"), &[]);

        after.description = "new".into();
        after.metadata = BTreeMap::from([("env".into(), "live".into())]);
        let metadata = BTreeMap::from([("env".into(), Some("live".into())), ("team".into(), None)]);
        let changes = Changes { description: Some("new".into()), metadata, ..Changes::default() };
        let id = DestinationId::new("ed_1").unwrap();
        check(&after, Some("ed_1"), &found, Keep::Existing { id, enable: false, changes: Some(changes) }, &[]);
    }

    #[test]
    fn the_idempotency_key_tells_requests_and_values_apart_and_fits_stripes_limit() {
        let (snapshot, thin) = (desired(EventPayload::Snapshot), desired(EventPayload::Thin));
        let key = owner().idempotency_key(&snapshot, "r-1");
        assert_eq!(key, owner().idempotency_key(&snapshot, "r-1"));
        assert_ne!(key, owner().idempotency_key(&snapshot, "r-2"));
        assert_ne!(key, owner().idempotency_key(&thin, "r-1"));
        assert!(key.len() <= 255);
    }
}
