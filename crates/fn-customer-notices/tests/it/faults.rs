//! Crashes, lost answers, throttles and repetitions, drawn by seed: nothing is lost, and nothing is said more often than a
//! failure between "accepted" and "recorded" makes unavoidable.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use delivery::OutboundMode;
use lambda_kit::{SqsEvent, SqsRecord};
use storage::deliveries::{Channel, ChannelState};

use crate::{
    events::{Event, address, customer, paid, paid_key},
    world::{Call, Fault, Kind, World},
};

const SEEDS: u64 = 150;
const CUSTOMERS: usize = 4;
const VISIBILITY: Duration = Duration::from_secs(36);

/// Faults stop after this many, so that every seed comes to rest.
const MOST_FAULTS: usize = 12;

/// More than any message needs: each needless return costs one, and at most all faults hit one message.
const MOST_RECEIVES: usize = 2 * MOST_FAULTS;

#[derive(Default)]
struct Planted {
    /// Faults that can repeat a send of a customer: a crash or a lost answer between "accepted" and "recorded".
    repeating: BTreeMap<usize, usize>,
    all: usize,
}

/// A message in the queue.
struct Message {
    record: SqsRecord,
    receives: usize,
}

fn customer_of(about: &str) -> Option<usize> {
    let digits: String =
        about.chars().skip_while(|character| !character.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A world whose every call may go wrong.
fn world(seed: u64, planted: &Rc<RefCell<Planted>>) -> World {
    let planted = Rc::clone(planted);
    let mut chance = fastrand::Rng::with_seed(seed);
    World::new().with_fate(move |kind, about| {
        let duration = Duration::from_millis(chance.u64(1..40));
        let mut planted = planted.borrow_mut();
        if planted.all >= MOST_FAULTS || chance.u8(..100) >= 12 {
            return (duration, None);
        }
        planted.all += 1;
        let faults = [Fault::Refused, Fault::AnswerLost, Fault::CrashBefore, Fault::CrashAfter, Fault::Throttled];
        let fault = faults[chance.usize(..faults.len())];
        let is_crash = matches!(fault, Fault::CrashBefore | Fault::CrashAfter);
        let repeats = match kind {
            Kind::SendEmail | Kind::SendPush => matches!(fault, Fault::AnswerLost | Fault::CrashAfter),
            Kind::Record => true,
            Kind::Load | Kind::LoadBegun | Kind::Ask | Kind::Claim | Kind::Keep | Kind::MarkStale => false,
        };
        if is_crash {
            // The whole process dies: whatever any notice of the batch has sent and not recorded may be repeated.
            for number in 0..CUSTOMERS {
                *planted.repeating.entry(number).or_default() += 1;
            }
        } else if repeats && let Some(number) = customer_of(about) {
            *planted.repeating.entry(number).or_default() += 1;
        }
        (duration, Some(fault))
    })
}

/// Handles messages until the queue is empty; every message may be delivered twice at the same time.
fn run_until_rest(world: &World, seed: u64, events: &[Event]) {
    let mut chance = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let messages = events.iter().enumerate().map(|(index, event)| event.as_record(&format!("m-{index}")));
    let mut queue: Vec<Message> = messages.map(|record| Message { record, receives: 0 }).collect();
    while !queue.is_empty() {
        chance.shuffle(&mut queue);
        for message in &mut queue {
            message.receives += 1;
            assert!(
                message.receives <= MOST_RECEIVES,
                "seed {seed}: {} does not come to rest",
                message.record.message_id
            );
        }
        let records: Vec<_> = queue.iter().map(|message| message.record.clone()).collect();
        let at_once = if chance.bool() { 1 } else { 2 };
        let batches = vec![SqsEvent { records }; at_once];
        let responses = world.invoke_all(&OutboundMode::Send, batches);
        // SQS forgets a message as soon as one of its copies is done.
        queue.retain(|message| {
            let is_done = |response: &Option<lambda_kit::BatchResponse>| {
                response.as_ref().is_some_and(|response| {
                    response
                        .batch_item_failures
                        .iter()
                        .all(|failure| failure.item_identifier != message.record.message_id)
                })
            };
            !responses.iter().any(is_done)
        });
        world.pass(VISIBILITY);
    }
}

#[test]
fn nothing_is_lost_and_only_a_failure_before_the_record_repeats_a_send() {
    let mut repetitions = 0;
    for seed in 0..SEEDS {
        let planted = Rc::new(RefCell::new(Planted::default()));
        let world = world(seed, &planted);
        (0..CUSTOMERS).for_each(|number| world.add_device(&customer(number), &format!("phone-{number}")));
        let told_twice = |number| [paid(number), paid(number).told_again()];
        run_until_rest(&world, seed, &(0..CUSTOMERS).flat_map(told_twice).collect::<Vec<_>>());
        let planted = planted.borrow();
        for number in 0..CUSTOMERS {
            let emails = world.email.sent().iter().filter(|email| email.to == address(number)).count();
            let endpoint = format!("arn:phone-{number}");
            let pushes = world.push.sent().iter().filter(|push| push.endpoint_arn == endpoint).count();
            let most = 1 + planted.repeating.get(&number).copied().unwrap_or_default();
            for (channel, sends) in [(Channel::Email, emails), (Channel::Push, pushes)] {
                let state = world.deliveries.state(&paid_key(number), channel);
                let calls: Vec<Call> = world.calls.borrow().clone();
                assert!(
                    matches!(state, Some(ChannelState::Sent { .. })),
                    "seed {seed}, {channel}: {state:?} {calls:?}"
                );
                assert!(
                    (1..=most).contains(&sends),
                    "seed {seed}, {channel}: {sends} of at most {most} sends: {calls:?}"
                );
                repetitions += sends - 1;
            }
        }
    }
    // The faults did bite: a world in which no send is ever repeated would not test the bound.
    assert!(repetitions > 0);
}

#[test]
fn without_faults_every_notice_is_sent_exactly_once_however_often_it_is_told() {
    for seed in 0..20 {
        let planted = Rc::new(RefCell::new(Planted { all: MOST_FAULTS, ..Planted::default() }));
        let world = world(seed, &planted);
        let told_three_times = |number| [paid(number), paid(number).told_again(), paid(number)];
        run_until_rest(&world, seed, &(0..CUSTOMERS).flat_map(told_three_times).collect::<Vec<_>>());
        let mut to: Vec<_> = world.email.sent().into_iter().map(|email| email.to).collect();
        to.sort();
        assert_eq!(to, (0..CUSTOMERS).map(address).collect::<Vec<_>>(), "seed {seed}");
    }
}

/// Every call of one notice, each fault: the smallest worlds, all of them.
#[test]
fn one_fault_at_any_call_loses_nothing_and_repeats_at_most_one_send() {
    for call in 0..5 {
        for fault in [Fault::Refused, Fault::AnswerLost, Fault::CrashBefore, Fault::CrashAfter, Fault::Throttled] {
            let mut number = 0;
            let world = World::new().with_fate(move |_, _| {
                let planted = (number == call).then_some(fault);
                number += 1;
                (Duration::from_millis(5), planted)
            });
            world.add_device(&customer(1), "phone");
            run_until_rest(&world, 0, &[paid(1)]);
            let sends = [world.email.sent().len(), world.push.sent().len()];
            let calls = world.calls.borrow();
            assert!(sends.iter().all(|sends| (1..=2).contains(sends)), "{fault:?} at call {call}: {sends:?} {calls:?}");
        }
    }
}
