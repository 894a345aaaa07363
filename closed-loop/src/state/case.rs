use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_recovery::Case;
use fixedops_vocab::TouchId;

use crate::fold::Fold;
use crate::{CaseOpened, Happened};

/// From so many percent on a click is more likely a person's. Which clicks count as evidence is the policy's word
/// (`human_click_percent` of attribution); this only says which of several is kept.
const MORE_LIKELY_A_PERSON: u8 = 50;

/// A case: what it is about, where it stands, and what came of its touches.
#[derive(Clone, Debug, Default)]
pub struct CaseState {
    /// How it was opened.
    pub opened: Option<(DateTime<Utc>, CaseOpened)>,
    /// Where it stands.
    pub case: Option<Case>,
    /// When each touch went out.
    pub sent: BTreeMap<TouchId, DateTime<Utc>>,
    /// The click on each touch that counts, and how sure we are that a person did it: the first one that is more likely a
    /// person's than a machine's; while there is none, the first of the likeliest. A scanner that opens the link before
    /// the customer does not hide him.
    pub clicked: BTreeMap<TouchId, (DateTime<Utc>, u8)>,
    /// Why the last touch that did not go out did not: a word, `failed:` before it where the transport refused.
    pub trouble: Option<String>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
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
            Happened::TouchSuppressed(suppressed) => self.trouble = Some(suppressed.reason),
            Happened::LinkOpened(opened) => {
                let (at, percent) = (opened.occurred_at, opened.human_percent);
                let known = self.clicked.entry(opened.touch).or_insert((at, percent));
                if known.1 < MORE_LIKELY_A_PERSON && percent > known.1 {
                    *known = (at, percent);
                }
                self.keys.insert(opened.key);
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
                    occurred_at: at,
                };
                state.apply(&event, Happened::LinkOpened(opened));
            }
            let found = state.clicked.values().map(|(at, percent)| (at.timestamp(), *percent)).next();
            assert_eq!(found, Some(kept), "{case}");
        }
    }
}
