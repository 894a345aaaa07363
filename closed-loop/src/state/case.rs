use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_recovery::Case;
use fixedops_vocab::TouchId;

use crate::fold::Fold;
use crate::{CaseOpened, Happened};

/// A case: what it is about, where it stands, and what came of its touches.
#[derive(Clone, Debug, Default)]
pub struct CaseState {
    /// How it was opened.
    pub opened: Option<(DateTime<Utc>, CaseOpened)>,
    /// Where it stands.
    pub case: Option<Case>,
    /// When each call was put on the advisors' list.
    pub calls: BTreeMap<TouchId, DateTime<Utc>>,
    /// When each touch went out.
    pub sent: BTreeMap<TouchId, DateTime<Utc>>,
    /// The clicks on each touch, in the order they were told.
    pub clicks: BTreeMap<TouchId, Vec<Click>>,
    /// Why the last touch that did not go out did not: a word, `failed:` before it where the transport refused.
    pub trouble: Option<String>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

/// A click on a touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// When.
    pub at: DateTime<Utc>,
    /// How likely it was a person's, in percent.
    pub human_percent: u8,
    /// Hash of the event, as receipts cite it.
    pub hash: String,
}

impl CaseState {
    /// A case as it is the moment it is opened.
    #[must_use]
    pub(crate) fn opened(at: DateTime<Utc>, opened: CaseOpened) -> Self {
        Self { case: Some(opened.state.clone()), opened: Some((at, opened)), ..Self::default() }
    }

    /// The services it was opened for.
    #[must_use]
    pub fn services(&self) -> Vec<fixedops_vocab::ServiceId> {
        self.opened.as_ref().map(|(_, opened)| opened.services.clone()).unwrap_or_default()
    }

    /// The click on a touch that counts, of those since it went out, where one counts from `human_percent` percent on: the earliest
    /// of those; where there is none, the earliest of the likeliest. A scanner that opens the link before the customer does not
    /// hide him.
    #[must_use]
    pub fn click(&self, touch: &TouchId, since: DateTime<Utc>, human_percent: u8) -> Option<&Click> {
        self.clicks.get(touch)?.iter().filter(|click| click.at >= since).min_by_key(|click| {
            let counts = click.human_percent >= human_percent;
            (if counts { 0 } else { 1 + u16::from(u8::MAX - click.human_percent) }, click.at)
        })
    }

    /// The machine, while it is open.
    #[must_use]
    pub fn open(&self) -> Option<&Case> {
        self.case.as_ref().filter(|case| case.closure().is_none())
    }
}

impl Fold for CaseState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::CaseOpened(opened) => {
                self.case = Some(opened.state.clone());
                self.opened = Some((event.at, opened));
            }
            Happened::StepTaken(step) => {
                if let fixedops_recovery::Event::Sent { touch } = &step.event {
                    self.sent.entry(touch.clone()).or_insert(event.at);
                }
                if let fixedops_recovery::Event::Failed { .. } = &step.event {
                    self.trouble = Some("failed:refused".to_owned());
                }
                self.case = Some(step.state);
            }
            Happened::CallTaskOpened(call) => {
                self.calls.entry(call.touch).or_insert(event.at);
            }
            Happened::TouchSuppressed(suppressed) => self.trouble = Some(suppressed.reason),
            Happened::LinkOpened(opened) => {
                let clicks = self.clicks.entry(opened.touch).or_default();
                if self.keys.insert(opened.key) {
                    let (at, human_percent) = (opened.occurred_at, opened.human_percent);
                    clicks.push(Click { at, human_percent, hash: event.hash.to_string() });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use fixedops_connectors_traits::EventHash;

    use super::*;
    use crate::LinkOpened;

    #[test]
    fn a_scanner_that_opens_the_link_first_does_not_hide_the_person() {
        for (case, clicks, kept) in [
            ("a person alone", vec![(10, 90)], (10, 90)),
            ("a machine alone", vec![(10, 2)], (10, 2)),
            ("a scanner, then the person", vec![(10, 2), (20, 90)], (20, 90)),
            ("the person, then a scanner", vec![(10, 90), (20, 2)], (10, 90)),
            ("the person twice: the first time counts", vec![(10, 60), (20, 90)], (10, 60)),
            ("the second time was told first", vec![(20, 90), (10, 60)], (10, 60)),
            ("told twice under one key", vec![(10, 2), (10, 2)], (10, 2)),
            ("two machines: the likelier", vec![(10, 2), (20, 5), (30, 5)], (20, 5)),
        ] {
            let mut state = CaseState::default();
            for (second, human_percent) in clicks {
                let at = DateTime::from_timestamp(second, 0).unwrap();
                let event = Event {
                    partition: "north".parse().unwrap(),
                    position: 1,
                    stream: "case/c".parse().unwrap(),
                    version: 1,
                    at,
                    event_type: "link_opened".parse().unwrap(),
                    data: serde_json::Value::Null,
                    hash: EventHash::from_bytes([0; 32]),
                };
                let opened = LinkOpened {
                    key: format!("k{second}"),
                    case: "c".parse().unwrap(),
                    touch: "t".parse().unwrap(),
                    human_percent,
                    signs: Vec::new(),
                    judged_by: None,
                    occurred_at: at,
                };
                state.apply(&event, Happened::LinkOpened(opened));
            }
            let found = state.click(&"t".parse().unwrap(), DateTime::UNIX_EPOCH, 50);
            assert_eq!(found.map(|click| (click.at.timestamp(), click.human_percent)), Some(kept), "{case}");
            assert!(
                state.clicks.values().flatten().count() <= 3
                    && state.click(&"u".parse().unwrap(), DateTime::UNIX_EPOCH, 50).is_none()
            );
        }
    }
}
