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
    /// When each touch went out.
    pub sent: BTreeMap<TouchId, DateTime<Utc>>,
    /// First click on each touch, and how sure we are that a person did it.
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
                self.clicked.entry(opened.touch).or_insert((opened.occurred_at, opened.human_percent));
                self.keys.insert(opened.key);
            }
            _ => {}
        }
    }
}
