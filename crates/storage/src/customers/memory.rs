//! Customers in memory: for tests and the simulation, with the rules of the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use processor_events::Personal;

use super::{
    ChangeAnswer, Contact, ContactChange, CustomerKey, Delivered, Device, DeviceId, Devices, FoundProfiles,
    ImportProgress, Imports, LeaveAnswer, Preferences, Profile, ProfileChanges, Profiles, SourceVersion, Subscriptions,
    Suppression,
};
use crate::{Scope, StorageError};

/// Customers in memory. Clones share them, as two functions share a table.
#[derive(Debug, Clone, Default)]
pub struct InMemoryCustomers {
    profiles: Arc<Mutex<BTreeMap<CustomerKey, Profile>>>,
    imports: Arc<Mutex<BTreeMap<Scope, ImportProgress>>>,
}

impl InMemoryCustomers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<CustomerKey, Profile>> {
        // No code panics while it holds the lock, and each change is complete when it is given back.
        self.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unless_erased(&self, key: &CustomerKey, change: impl FnOnce(&mut Profile)) -> ChangeAnswer {
        let mut profiles = self.lock();
        let profile = profiles.entry(key.clone()).or_default();
        if profile.erased_at.is_some() {
            return ChangeAnswer::Outdated;
        }
        change(profile);
        ChangeAnswer::Applied
    }
}

impl Profiles for InMemoryCustomers {
    async fn profiles(&self, keys: &[CustomerKey]) -> Result<FoundProfiles, StorageError> {
        let profiles = self.lock();
        let found = keys.iter().filter_map(|key| profiles.get_key_value(key));
        Ok(found.map(|(key, profile)| (key.clone(), Ok(profile.clone()))).collect())
    }
}

impl Devices for InMemoryCustomers {
    async fn register(&self, key: &CustomerKey, id: &DeviceId, device: &Device) -> Result<ChangeAnswer, StorageError> {
        Ok(self.unless_erased(key, |profile| {
            profile.devices.insert(id.clone(), device.clone());
        }))
    }

    async fn unregister(&self, key: &CustomerKey, id: &DeviceId) -> Result<(), StorageError> {
        if let Some(profile) = self.lock().get_mut(key) {
            profile.devices.remove(id);
        }
        Ok(())
    }

    async fn mark_stale(
        &self,
        key: &CustomerKey,
        id: &DeviceId,
        endpoint_arn: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if let Some(profile) = self.lock().get_mut(key)
            && let Some(device) = profile.devices.get_mut(id)
            && device.endpoint_arn == endpoint_arn
        {
            device.stale_since = Some(now);
        }
        Ok(())
    }
}

impl ProfileChanges for InMemoryCustomers {
    async fn change(
        &self,
        key: &CustomerKey,
        source: &SourceVersion,
        change: &ContactChange,
    ) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        let profile = profiles.entry(key.clone()).or_default();
        if profile.erased_at.is_some() {
            return Ok(ChangeAnswer::Outdated);
        }
        match change {
            ContactChange::Erase => {
                *profile =
                    Profile { source: Some(source.clone()), erased_at: Some(source.occurred_at), ..Profile::default() };
            }
            ContactChange::Set(contact) => {
                let is_newer = |known: &SourceVersion| {
                    (source.occurred_at, source.event.as_str()) > (known.occurred_at, known.event.as_str())
                };
                if !profile.source.as_ref().is_none_or(is_newer) {
                    return Ok(ChangeAnswer::Outdated);
                }
                profile.contact = Contact::clone(contact);
                profile.source = Some(source.clone());
            }
        }
        Ok(ChangeAnswer::Applied)
    }

    async fn replace(
        &self,
        key: &CustomerKey,
        seen: Option<&SourceVersion>,
        source: &SourceVersion,
        contact: &Contact,
    ) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        let known = profiles.get(key);
        let is_erased = known.is_some_and(|profile| profile.erased_at.is_some());
        if is_erased || known.and_then(|profile| profile.source.as_ref()) != seen {
            return Ok(ChangeAnswer::Outdated);
        }
        let profile = profiles.entry(key.clone()).or_default();
        profile.contact = contact.clone();
        profile.source = Some(source.clone());
        Ok(ChangeAnswer::Applied)
    }

    async fn note_published(
        &self,
        key: &CustomerKey,
        shown: &SourceVersion,
        fingerprint: &str,
    ) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        match profiles.get_mut(key) {
            Some(profile) if profile.erased_at.is_none() && profile.source.as_ref() == Some(shown) => {
                profile.published = Some(fingerprint.to_owned());
                Ok(ChangeAnswer::Applied)
            }
            _ => Ok(ChangeAnswer::Outdated),
        }
    }

    async fn suppress(&self, key: &CustomerKey, suppression: &Suppression) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        let profile = profiles.entry(key.clone()).or_default();
        let outweighs = suppression.outweighs(profile.suppression.as_ref(), profile.delivered.as_ref());
        if profile.erased_at.is_some() || !outweighs {
            return Ok(ChangeAnswer::Outdated);
        }
        profile.suppression = Some(suppression.clone());
        Ok(ChangeAnswer::Applied)
    }

    async fn lift(
        &self,
        key: &CustomerKey,
        address: &Personal<String>,
        at: Timestamp,
    ) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        let profile = profiles.entry(key.clone()).or_default();
        if profile.erased_at.is_some() {
            return Ok(ChangeAnswer::Outdated);
        }
        let delivered = Delivered { address: address.clone(), at };
        let is_lifted = profile.suppression.as_ref().is_some_and(|known| known.is_lifted_by(&delivered));
        if profile.delivered.as_ref().is_none_or(|known| known.at < at) {
            profile.delivered = Some(delivered);
        }
        if is_lifted {
            profile.suppression = None;
        }
        Ok(if is_lifted { ChangeAnswer::Applied } else { ChangeAnswer::Outdated })
    }

    async fn prefer(&self, key: &CustomerKey, preferences: &Preferences) -> Result<ChangeAnswer, StorageError> {
        Ok(self.unless_erased(key, |profile| profile.preferences = preferences.clone()))
    }
}

impl InMemoryCustomers {
    /// `change` says whether it changed anything.
    fn change_topics(&self, key: &CustomerKey, change: impl FnOnce(&mut Profile) -> bool) -> LeaveAnswer {
        let mut profiles = self.lock();
        let profile = profiles.entry(key.clone()).or_default();
        if profile.erased_at.is_some() {
            return LeaveAnswer::Erased;
        }
        if change(profile) { LeaveAnswer::Done } else { LeaveAnswer::Already }
    }
}

impl Subscriptions for InMemoryCustomers {
    async fn leave(&self, key: &CustomerKey, topic: &str) -> Result<LeaveAnswer, StorageError> {
        Ok(self.change_topics(key, |profile| profile.left_topics.insert(topic.to_owned())))
    }

    async fn come_back(&self, key: &CustomerKey, topic: &str) -> Result<LeaveAnswer, StorageError> {
        Ok(self.change_topics(key, |profile| profile.left_topics.remove(topic)))
    }
}

impl Imports for InMemoryCustomers {
    async fn progress(&self, scope: &Scope) -> Result<Option<ImportProgress>, StorageError> {
        let imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(imports.get(scope).cloned())
    }

    async fn note_progress(&self, scope: &Scope, progress: &ImportProgress) -> Result<(), StorageError> {
        let mut imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        imports.insert(scope.clone(), progress.clone());
        Ok(())
    }
}
