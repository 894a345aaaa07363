use crate::FixFault;

/// Fixes used and set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) used: u32,
    /// By fault, in the order of [`FixFault::ALL`].
    pub(super) faults: [u32; FixFault::ALL.len()],
}

impl Counts {
    /// One more fix in use.
    #[inline]
    pub(super) fn uses(&mut self) {
        self.used = self.used.saturating_add(1);
    }

    /// So many more set aside.
    pub(super) fn sets_aside(&mut self, fault: FixFault, more: u8) {
        let place = FixFault::ALL.iter().position(|other| *other == fault);
        if let Some(count) = place.and_then(|place| self.faults.get_mut(place)) {
            *count = count.saturating_add(more.into());
        }
    }

    /// The one in use was never confirmed.
    pub(super) fn unconfirmed(&mut self) {
        self.used = self.used.saturating_sub(1);
        self.sets_aside(FixFault::Unconfirmed, 1);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.used = self.used.saturating_add(other.used);
        for (count, more) in self.faults.iter_mut().zip(other.faults) {
            *count = count.saturating_add(more);
        }
    }
}
