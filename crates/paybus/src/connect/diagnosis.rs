//! What follows from what was seen, decided without looking.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::aws::{EventLogSeen, Unseen};

/// Everything that was looked at. `Err` holds why it could not be.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// The stack's name.
    pub(crate) stack: String,
    /// Where it was looked at.
    pub(crate) region: String,
    /// When it was looked at.
    pub(crate) now: Timestamp,
    /// The hub bus: whether it is there.
    pub(crate) hub: Result<bool, Unseen>,
    /// The destinations of the stack at Stripe; `None` when no key was given.
    pub(crate) destinations: Option<Result<Vec<DestinationSeen>, Unseen>>,
    /// The newest event at Stripe; `None` when no key was given.
    pub(crate) newest_at_stripe: Option<Result<Option<EventSeen>, Unseen>>,
    /// What the event log shows.
    pub(crate) newest_on_hub: Result<EventLogSeen, Unseen>,
}

/// A destination, and what AWS has for it.
#[derive(Debug, Clone)]
pub(crate) struct DestinationSeen {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Whether it sends, and if not, why.
    pub(crate) status: DestinationState,
    /// The name of its partner source, once there is one.
    pub(crate) source_name: Option<String>,
    /// The source by AWS's view.
    pub(crate) source: Result<SourceSeen, Unseen>,
    /// The rule that forwards to the hub.
    pub(crate) rule: Result<RuleSeen, Unseen>,
}

/// Whether a destination sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DestinationState {
    /// It does.
    Enabled,
    /// Somebody switched it off.
    Disabled,
    /// Its partner source is gone.
    SourceGone,
}

/// A partner source by AWS's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceSeen {
    /// No bus has taken it; AWS deletes it at this time.
    Pending(Option<Timestamp>),
    /// A bus has taken it.
    Active,
    /// It is gone, or never was.
    Gone,
}

/// The forward rule on the partner bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleSeen {
    /// It forwards.
    Enabled,
    /// It is switched off.
    Disabled,
    /// There is none.
    Missing,
}

/// An event at Stripe.
#[derive(Debug, Clone)]
pub(crate) struct EventSeen {
    /// Its type.
    pub(crate) kind: String,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// How many destinations and endpoints have not taken it.
    pub(crate) undelivered: u64,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// As it should be.
    Fine,
    /// Something is to be done.
    Act,
    /// It could not be looked at.
    Unknown,
}

/// One thing that was seen, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    what: String,
    next: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.level {
            Level::Fine => "  ok",
            Level::Act => "  !!",
            Level::Unknown => "  ??",
        };
        write!(formatter, "{sign}  {}", self.what)?;
        if let Some(next) = &self.next {
            write!(formatter, "\n      -> {next}")?;
        }
        Ok(())
    }
}

fn fine(what: impl Into<String>) -> Finding {
    Finding { level: Level::Fine, what: what.into(), next: None }
}

fn act(what: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { level: Level::Act, what: what.into(), next: Some(next.into()) }
}

fn unknown(what: &str, unseen: &Unseen) -> Finding {
    let what = format!("{what} could not be looked at: {}", unseen.reason);
    Finding { level: Level::Unknown, what, next: unseen.next.map(str::to_owned) }
}

const MEND: &str = "raise StripeConnectionRevision and deploy";

/// An event on the hub this much later than at Stripe is not late: Stripe's times have whole seconds, delivery takes some.
const USUAL_DELAY: SignedDuration = SignedDuration::from_mins(5);

/// What was found, in the order of the way of an event.
pub(crate) fn diagnose(observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &observed.destinations {
        None => findings.push(Finding {
            level: Level::Unknown,
            what: "Stripe was not asked".to_owned(),
            next: Some("give its key: --secret, the stack's StripeSecretArn".to_owned()),
        }),
        Some(Err(reason)) => findings.push(unknown("Stripe", reason)),
        Some(Ok(destinations)) if destinations.is_empty() => findings.push(act(
            format!("Stripe has no destination for the stack {} in {}", observed.stack, observed.region),
            "deploy with StripeConnection=create, or with source and StripeEventSourceName for one that you have made yourself; \
             with signed webhooks alone nothing is missing",
        )),
        Some(Ok(destinations)) => findings.extend(destinations.iter().flat_map(destination)),
    }
    findings.push(hub(observed));
    findings.extend(newest(observed));
    findings
}

fn destination(seen: &DestinationSeen) -> Vec<Finding> {
    let label = format!("destination {} ({})", seen.name, seen.id);
    let state = match seen.status {
        DestinationState::Enabled => fine(format!("{label} sends")),
        DestinationState::Disabled => act(format!("{label} is switched off"), MEND),
        DestinationState::SourceGone => {
            return vec![act(format!("{label} has lost its partner source: it can never send again"), MEND)];
        }
    };
    let Some(name) = &seen.source_name else {
        return vec![state, act("Stripe has made no partner source yet", "wait a minute, then look again")];
    };
    let source = match &seen.source {
        Ok(SourceSeen::Active) => fine(format!("source {name} is taken by its bus")),
        Ok(SourceSeen::Pending(expires)) => act(
            format!(
                "source {name} waits for a bus{}",
                expires.map(|at| format!("; AWS deletes it {at}")).unwrap_or_default()
            ),
            "deploy the stack, which makes the bus",
        ),
        Ok(SourceSeen::Gone) => act(format!("AWS has no source {name} in this account and region"), MEND),
        Err(reason) => unknown(&format!("source {name}"), reason),
    };
    let rule = match &seen.rule {
        Ok(RuleSeen::Enabled) => fine("the forward rule sends its events to the hub"),
        Ok(RuleSeen::Disabled) => act("the forward rule is switched off", "aws events enable-rule, on the partner bus"),
        Ok(RuleSeen::Missing) => act("the partner bus has no forward rule", "deploy the stack"),
        Err(reason) => unknown("the forward rule", reason),
    };
    vec![state, source, rule]
}

fn hub(observed: &Observed) -> Finding {
    let name = format!("{}-payment-events", observed.stack);
    match &observed.hub {
        Ok(true) => fine(format!("hub {name} is there")),
        Ok(false) => act(
            format!("there is no hub {name} in this account in {}", observed.region),
            "deploy, or name the stack and the region: --stack, AWS_REGION",
        ),
        Err(reason) => unknown(&format!("hub {name}"), reason),
    }
}

fn newest(observed: &Observed) -> Vec<Finding> {
    let ago = |at: Timestamp| format!("{} ago", rough(observed.now.duration_since(at)));
    let on_hub = match &observed.newest_on_hub {
        Ok(EventLogSeen::Last(at)) => fine(format!("last event on the hub: {}", ago(*at))),
        Ok(EventLogSeen::Empty) => fine("nothing was on the hub since the event log is kept"),
        Ok(EventLogSeen::Missing) => fine("the stack keeps no event log, so the last event on the hub is not known"),
        Err(reason) => unknown("the event log", reason),
    };
    let at_stripe = match &observed.newest_at_stripe {
        None => return vec![on_hub],
        Some(Err(reason)) => return vec![unknown("Stripe's events", reason), on_hub],
        Some(Ok(None)) => return vec![fine("Stripe has had no event for 30 days"), on_hub],
        Some(Ok(Some(event))) => event,
    };
    let told = format!("last event at Stripe: {}, {}", at_stripe.kind, ago(at_stripe.at));
    let is_late = observed.now.duration_since(at_stripe.at) > USUAL_DELAY;
    let stripe = if at_stripe.undelivered > 0 && is_late {
        act(
            format!("{told}; {} of its receivers have not taken it", at_stripe.undelivered),
            "look at its deliveries in Stripe's Workbench; the reconciler publishes what was lost within the hour",
        )
    } else {
        fine(told)
    };
    vec![stripe, on_hub]
}

/// A duration in one unit.
fn rough(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_760_000_000).unwrap()
    }

    fn ago(seconds: i64) -> Timestamp {
        now().checked_sub(SignedDuration::from_secs(seconds)).unwrap()
    }

    fn connected() -> Observed {
        Observed {
            stack: "paybus".into(),
            region: "eu-central-1".into(),
            now: now(),
            hub: Ok(true),
            destinations: Some(Ok(vec![DestinationSeen {
                id: "ed_1".into(),
                name: "Paybus".into(),
                status: DestinationState::Enabled,
                source_name: Some("aws.partner/stripe.com/ed_1".into()),
                source: Ok(SourceSeen::Active),
                rule: Ok(RuleSeen::Enabled),
            }])),
            newest_at_stripe: Some(Ok(Some(EventSeen { kind: "invoice.paid".into(), at: ago(90), undelivered: 0 }))),
            newest_on_hub: Ok(EventLogSeen::Last(ago(89))),
        }
    }

    fn told(observed: &Observed) -> String {
        diagnose(observed).iter().fold(String::new(), |text, finding| format!("{text}{finding}\n"))
    }

    fn unseen(reason: &str, next: Option<&'static str>) -> Unseen {
        Unseen { reason: reason.into(), next }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Observed), expected: &str) {
        let mut observed = connected();
        change(&mut observed);
        let text = told(&observed);
        assert!(text.contains(expected), "{text}");
        assert!(diagnose(&observed).iter().any(|finding| finding.level != Level::Fine), "{text}");
    }

    fn first(observed: &mut Observed) -> &mut DestinationSeen {
        &mut observed.destinations.as_mut().unwrap().as_mut().unwrap()[0]
    }

    #[test]
    fn a_sound_connection_is_fine_all_over() {
        assert_eq!(
            told(&connected()),
            "  ok  destination Paybus (ed_1) sends\n  \
               ok  source aws.partner/stripe.com/ed_1 is taken by its bus\n  \
               ok  the forward rule sends its events to the hub\n  \
               ok  hub paybus-payment-events is there\n  \
               ok  last event at Stripe: invoice.paid, 90 s ago\n  \
               ok  last event on the hub: 89 s ago\n"
        );
    }

    #[test]
    fn each_gap_on_the_way_is_named_with_what_to_do() {
        check(|seen| seen.destinations = Some(Ok(Vec::new())), "deploy with StripeConnection=create");
        check(
            |seen| first(seen).status = DestinationState::Disabled,
            "is switched off\n      -> raise StripeConnectionRevision",
        );
        check(|seen| first(seen).status = DestinationState::SourceGone, "can never send again\n      -> raise");
        check(|seen| first(seen).source_name = None, "no partner source yet");
        check(
            |seen| first(seen).source = Ok(SourceSeen::Pending(Some(now()))),
            "waits for a bus; AWS deletes it 2025-10-09T08:53:20Z",
        );
        check(|seen| first(seen).source = Ok(SourceSeen::Gone), "AWS has no source");
        check(|seen| first(seen).rule = Ok(RuleSeen::Disabled), "forward rule is switched off");
        check(|seen| first(seen).rule = Ok(RuleSeen::Missing), "no forward rule");
        check(|seen| seen.hub = Ok(false), "no hub paybus-payment-events in this account in eu-central-1");
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_called_fine() {
        check(|seen| seen.destinations = None, "give its key: --secret");
        check(
            |seen| seen.destinations = Some(Err(unseen("the key is refused", None))),
            "Stripe could not be looked at: the key is refused\n",
        );
        check(
            |seen| seen.hub = Err(unseen("not authorized", Some("ask for the right"))),
            "could not be looked at: not authorized\n      -> ask for the right",
        );
        check(|seen| seen.newest_on_hub = Err(unseen("no", None)), "the event log could not be looked at");
    }

    #[test]
    fn an_event_that_was_not_taken_is_a_gap_only_when_it_is_not_on_its_way() {
        let event = |seconds| EventSeen { kind: "invoice.paid".into(), at: ago(seconds), undelivered: 2 };
        check(|seen| seen.newest_at_stripe = Some(Ok(Some(event(3_600)))), "60 min ago; 2 of its receivers");
        let mut fresh = connected();
        fresh.newest_at_stripe = Some(Ok(Some(event(10))));
        assert!(diagnose(&fresh).iter().all(|finding| finding.level == Level::Fine));
    }
}
