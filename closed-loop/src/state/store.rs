use fixedops_connectors_traits::Event;

use crate::fold::Fold;
use crate::{Happened, SimulationStarted, StoreConfigured};

/// A rooftop.
#[derive(Clone, Debug, Default)]
pub struct StoreState {
    /// Its configuration in force.
    pub configured: Option<StoreConfigured>,
    /// Keys of inputs seen.
    pub keys: std::collections::BTreeSet<String>,
}

impl Fold for StoreState {
    fn apply(&mut self, _: &Event, happened: Happened) {
        if let Happened::StoreConfigured(configured) = happened {
            self.keys.insert(configured.key.clone());
            self.configured = Some(configured);
        }
    }
}

/// The simulation a journal came from.
#[derive(Clone, Debug, Default)]
pub struct SimulationState {
    /// What it was made from.
    pub started: Option<SimulationStarted>,
    /// Whether its days are over.
    pub finished: bool,
    /// Keys of inputs seen.
    pub keys: std::collections::BTreeSet<String>,
}

impl Fold for SimulationState {
    fn apply(&mut self, _: &Event, happened: Happened) {
        match happened {
            Happened::SimulationStarted(started) => {
                self.keys.insert(started.key.clone());
                self.started = Some(started);
            }
            Happened::SimulationFinished(finished) => {
                self.keys.insert(finished.key);
                self.finished = true;
            }
            _ => {}
        }
    }
}
