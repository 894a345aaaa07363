//! A story told day by day: the builder speaks the domain and owns the calendar.
#![allow(dead_code, reason = "each test tells its own stories")]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use fixedops_recovery::{Case, Closure, Command, Event, Plan, Plans, Templates, Transition};
use fixedops_vocab::TouchId;

/// A recall plan as a store could write it; none ships yet.
pub(crate) const RECALL: &str = r#"
version = "recall/1"
program = "recall"
subject = "recall"
effective = "2026-11-01"
source = "a test"
tone = "safety"
horizon_days = 60
restarts = false
[pace]
spacing_days = 7
news_days = 3
call_days = 5
talk_days = 3
retry_minutes = 15
[relevance]
booked = "skip"
recently_serviced = "go"
ro_open = "wait"
wait_days = 3
[[touch]]
id = "day-0-sms"
day = 0
channel = "sms"
purpose = "recall"
template = "recall_open"
why = "Safety first."
[[touch]]
id = "day-14-call"
day = 14
channel = "live_call"
purpose = "recall"
template = "recall_open"
why = "A person asks."
"#;

pub(crate) const RECALL_TEMPLATES: &str = r#"
version = "recall_words/1"
[[template]]
id = "recall_open"
channel = "sms"
body = "{{ dealer_name }}: your {{ vehicle }} has an open recall, the remedy is free. {{ book_link }} or {{ dealer_phone }}. Reply STOP to opt out"
[[template]]
id = "recall_open"
channel = "live_call"
body = "This is {{ dealer_name }}, {{ dealer_phone }}, about an open recall on your {{ vehicle }}. If the customer asks not to be called, note it."
"#;

pub(crate) fn recall() -> Plan {
    Plan::from_toml_with(RECALL, &Templates::from_toml(RECALL_TEMPLATES).unwrap()).unwrap()
}

pub(crate) fn shipped(program: &str) -> Plan {
    Plans::shipped().for_program(&program.parse().unwrap()).unwrap().clone()
}

pub(crate) fn declined() -> Plan {
    shipped("declined_recovery")
}

pub(crate) fn mileage_due() -> Plan {
    shipped("mileage_due")
}

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).unwrap()
}

pub(crate) fn day(days: i64) -> DateTime<Utc> {
    start() + TimeDelta::days(days)
}

pub(crate) fn touch(id: &str) -> TouchId {
    id.parse().unwrap()
}

pub(crate) struct Story {
    pub(crate) plan: Plan,
    pub(crate) case: Case,
    pub(crate) commands: Vec<Command>,
}

impl Story {
    pub(crate) fn of(plan: Plan) -> Self {
        let Transition { case, commands } = Case::open(&plan, start());
        Self { plan, case, commands }
    }

    /// Feeds an event at a moment.
    pub(crate) fn at(mut self, now: DateTime<Utc>, event: Event) -> Self {
        let Transition { case, commands } = self.case.step(&self.plan, &event, now);
        self.commands.extend(commands);
        Self { case, ..self }
    }

    /// Feeds an event on a day.
    pub(crate) fn day(self, days: i64, event: Event) -> Self {
        self.at(day(days), event)
    }

    /// Wakes the case on a day, and sends what it commands.
    pub(crate) fn wakes_and_sends(self, days: i64) -> Self {
        let story = self.day(days, Event::Wake);
        match story.commands.last().and_then(Command::touch).cloned() {
            Some(touch) => story.day(days, Event::Sent { touch }),
            None => story,
        }
    }

    /// The messages and calls commanded so far, by touch.
    pub(crate) fn touches(&self) -> Vec<String> {
        let sends = self.commands.iter().filter(|command| {
            matches!(command, Command::Send { .. } | Command::SendSafety { .. } | Command::CallTask { .. })
        });
        sends.filter_map(Command::touch).map(ToString::to_string).collect()
    }

    /// Nothing more was said than one touch.
    #[track_caller]
    pub(crate) fn expect_silent(self) -> Self {
        assert_eq!(self.touches().len(), 1);
        self
    }

    /// The end of the story: what was commanded, and how it closed.
    #[track_caller]
    pub(crate) fn expect(self, touches: &[&str], closure: Option<Closure>) -> Self {
        assert_eq!(self.touches(), touches);
        assert_eq!(self.case.closure(), closure);
        self
    }

    /// When the alarm stands, in days of the story.
    pub(crate) fn alarm_day(&self) -> Option<i64> {
        self.case.wake_at().map(|at| (at - start()).num_days())
    }
}
