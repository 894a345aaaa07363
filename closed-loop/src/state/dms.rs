use fixedops_connectors_traits::Event;

use super::Outbox;
use crate::Happened;
use crate::fold::Fold;

/// What is to be written back about a customer.
#[derive(Clone, Debug, Default)]
pub struct DmsState {
    /// What is to be written, in order.
    pub outbox: Outbox,
}

impl Fold for DmsState {
    fn apply(&mut self, _: &Event, happened: Happened) {
        self.outbox.apply(&happened);
    }
}
