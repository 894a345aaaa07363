use fixedops_connectors_traits::Event;

use crate::fold::Fold;
use crate::{Happened, StoreConfigured};

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
