//! Customers in memory: for tests and the simulation, with the rules of the table.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use processor_events::Personal;

use super::{
    ChangeAnswer, Contact, ContactChange, CustomerKey, Device, DeviceId, Devices, FoundProfiles, Preferences, Profile,
    ProfileChanges, Profiles, SourceVersion, Suppression,
};
use crate::StorageError;

/// Customers in memory.
#[derive(Debug, Default)]
pub struct InMemoryCustomers {
    profiles: Mutex<BTreeMap<CustomerKey, Profile>>,
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

    async fn suppress(&self, key: &CustomerKey, suppression: &Suppression) -> Result<ChangeAnswer, StorageError> {
        Ok(self.unless_erased(key, |profile| profile.suppression = Some(suppression.clone())))
    }

    async fn lift(
        &self,
        key: &CustomerKey,
        address: &Personal<String>,
        at: Timestamp,
    ) -> Result<ChangeAnswer, StorageError> {
        let mut profiles = self.lock();
        let suppression = profiles.get_mut(key).map(|profile| &mut profile.suppression);
        Ok(match suppression {
            Some(known @ Some(_)) if known.as_ref().is_some_and(|known| known.is_lifted_by(address, at)) => {
                *known = None;
                ChangeAnswer::Applied
            }
            _ => ChangeAnswer::Outdated,
        })
    }

    async fn prefer(&self, key: &CustomerKey, preferences: &Preferences) -> Result<ChangeAnswer, StorageError> {
        Ok(self.unless_erased(key, |profile| profile.preferences = preferences.clone()))
    }
}
