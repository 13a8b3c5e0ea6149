//! What must hold when everything is at rest.

use std::collections::{BTreeMap, BTreeSet};

use engagement::{Place, execution_name};
use processor_events::{event::Mode, ids::CustomerId};
use storage::{Scope, ledger::LedgerKey};

use crate::{ports::Scene, workload::Workload};

/// Everything that is wrong.
pub(crate) fn violations(scene: &Scene, workload: &Workload) -> Vec<String> {
    let mut found = accounts(scene, workload);
    found.extend(sums(scene));
    found.extend(executions(scene));
    found
}

/// Every customer has what the stories of the payments say.
fn accounts(scene: &Scene, workload: &Workload) -> Vec<String> {
    let mut found = Vec::new();
    let mut accounts = scene.ledger.accounts();
    for ((mode, customer), expected) in &workload.expected {
        let Ok(id) = CustomerId::new(customer.clone()) else { continue };
        let account = accounts.remove(&(Scope { mode: *mode, account: None }, id)).unwrap_or_default();
        if account.balance.0 != expected.balance {
            found.push(format!("{mode:?} {customer} has {} points, not {}", account.balance, expected.balance));
        }
        if account.lifetime_minor != expected.lifetime_minor {
            let (has, not) = (account.lifetime_minor, expected.lifetime_minor);
            found.push(format!("{mode:?} {customer} has spent {has}, not {not}"));
        }
    }
    found
        .extend(accounts.keys().map(|(scope, customer)| format!("{:?} {customer} should have no account", scope.mode)));
    found
}

/// Each balance is the sum of the entries, and each payment counts for what its entries add up to.
fn sums(scene: &Scene) -> Vec<String> {
    let mut by_customer: BTreeMap<(Scope, CustomerId), i64> = BTreeMap::new();
    let mut by_payment = BTreeMap::new();
    for (key, stored) in scene.ledger.entries() {
        let LedgerKey::Entry(scope, subject, _) = key else { continue };
        let of_customer = by_customer.entry((scope.clone(), stored.entry.customer.clone())).or_default();
        *of_customer = of_customer.saturating_add(stored.entry.points.0);
        if let loyalty::Subject::Payment(payment) = subject {
            let of_payment: &mut i64 = by_payment.entry((scope, payment)).or_default();
            *of_payment = of_payment.saturating_add(stored.entry.points.0);
        }
    }
    let mut found = Vec::new();
    for (key, account) in scene.ledger.accounts() {
        let sum = by_customer.remove(&key).unwrap_or_default();
        if account.balance.0 != sum {
            found.push(format!("{} has {} points, but the entries add up to {sum}", key.1, account.balance));
        }
    }
    found.extend(by_customer.keys().map(|(_, customer)| format!("{customer} has entries, but no account")));
    for (key, state) in scene.ledger.payments() {
        let sum = by_payment.remove(&key).unwrap_or_default();
        if state.counted.points.0 != sum {
            found.push(format!("{} counts for {}, but its entries add up to {sum}", key.1, state.counted.points));
        }
    }
    found
}

/// Each noteworthy entry has exactly one execution, and each execution an entry.
fn executions(scene: &Scene) -> Vec<String> {
    let mut found = Vec::new();
    let executions = scene.executions.borrow();
    let mut expected = BTreeSet::new();
    for (key, stored) in scene.ledger.entries() {
        let LedgerKey::Entry(Scope { mode, account }, ..) = key else { continue };
        if stored.entry.is_noteworthy() {
            expected.insert(execution_name(&stored.entry, &Place { mode, account, payment_item: None }));
        }
    }
    for name in &expected {
        match executions.get(name).map(|execution| execution.begun) {
            None => found.push(format!("the execution {name} is missing")),
            Some(1) => {}
            Some(begun) => found.push(format!("the execution {name} began {begun} times")),
        }
    }
    let unexpected = executions.keys().filter(|name| !expected.contains(*name));
    found.extend(unexpected.map(|name| format!("the execution {name} belongs to no entry")));
    found.extend(leaks(&executions.keys().cloned().collect()));
    found
}

/// Names carry the mode, so a test event can never start a live execution unnoticed.
fn leaks(names: &BTreeSet<String>) -> Vec<String> {
    let prefixes = [Mode::Live, Mode::Test].map(|mode| if mode == Mode::Live { "live-" } else { "test-" });
    let strange = names.iter().filter(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
    strange.map(|name| format!("the execution {name} has no mode")).collect()
}
