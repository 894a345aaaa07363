//! Where a lead stands: one of eight places, and the rule that picks it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a lead stands. Exactly one holds: the first that applies, from [`Lead::Came`] down.
///
/// Each is one of three kinds: it waits ([`Lead::waits`]), it is answered ([`Lead::is_answer`]), or neither (over, or to be
/// left alone). An appointment that was missed or called off, and an order that was voided, fall away: the lead stands
/// where it would without them, and what the customer answered before the appointment fell away is no answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a reader must tell them all apart")]
pub enum Lead {
    /// Nothing came of it yet, and nobody has a call to make.
    Waiting,
    /// Nothing came of it yet; a call is on an advisor's list.
    CallListed,
    /// He answered, and has no appointment.
    Replied,
    /// An appointment of the car stands: set, and neither kept nor missed nor called off.
    Booked,
    /// The car came in: an appointment was kept, or an order opened that was not voided.
    Came,
    /// He said after the click that he wants no more of this.
    OptedOut,
    /// The case ended without any of these.
    Over,
    /// Leave him alone: the car has another owner, or he is not to be written to and did not say so after the click (the
    /// number is another's, a flag of the DMS, the carrier).
    LeaveAlone,
}

impl Lead {
    /// Every one, those that wait first.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::CallListed,
        Self::Replied,
        Self::Booked,
        Self::Came,
        Self::OptedOut,
        Self::Over,
        Self::LeaveAlone,
    ];

    /// The word in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::CallListed => "call_listed",
            Self::Replied => "replied",
            Self::Booked => "booked",
            Self::Came => "came",
            Self::OptedOut => "opted_out",
            Self::Over => "over",
            Self::LeaveAlone => "leave_alone",
        }
    }

    /// Whether nothing came of it yet and the case is not over: somebody should see to it.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Waiting | Self::CallListed)
    }

    /// Whether the customer gave an answer that stands: words, an appointment, a visit, or that he wants no more.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Replied | Self::Booked | Self::Came | Self::OptedOut)
    }
}

/// What is known of a lead since the click.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Since {
    /// The car came in.
    pub(super) came: bool,
    /// He said that he wants no more, and the case ended for it.
    pub(super) said_no_more: bool,
    /// The car has another owner, or the case ended because he is not to be written to.
    pub(super) leave_alone: bool,
    /// An appointment stands.
    pub(super) appointment: bool,
    /// When he last answered.
    pub(super) replied_at: Option<DateTime<Utc>>,
    /// When an appointment was last missed or called off.
    pub(super) fell_away_at: Option<DateTime<Utc>>,
    /// Every case of the lead ended.
    pub(super) over: bool,
    /// A call is on an advisor's list.
    pub(super) call_listed: bool,
}

impl Since {
    /// Where the lead stands.
    pub(super) fn stands(&self) -> Lead {
        let replied = self.replied_at.is_some_and(|at| self.fell_away_at.is_none_or(|fell| at > fell));
        match () {
            () if self.came => Lead::Came,
            () if self.said_no_more => Lead::OptedOut,
            () if self.leave_alone => Lead::LeaveAlone,
            () if self.appointment => Lead::Booked,
            () if replied => Lead::Replied,
            () if self.over => Lead::Over,
            () if self.call_listed => Lead::CallListed,
            () => Lead::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All 512 combinations of what may be known (the answer before, after or without the appointment that fell away).
    fn everything() -> impl Iterator<Item = Since> {
        let at = |hour: i64| DateTime::from_timestamp(hour * 3_600, 0).unwrap();
        (0..512_u32).map(move |bits| {
            let bit = |place: u32| bits & (1 << place) != 0;
            Since {
                came: bit(0),
                said_no_more: bit(1),
                leave_alone: bit(2),
                appointment: bit(3),
                replied_at: bit(4).then(|| at(if bit(8) { 3 } else { 1 })),
                fell_away_at: bit(5).then(|| at(2)),
                over: bit(6),
                call_listed: bit(7),
            }
        })
    }

    #[test]
    fn whatever_is_known_a_lead_waits_or_is_answered_or_neither_and_never_both() {
        for lead in Lead::ALL {
            assert!(!(lead.waits() && lead.is_answer()), "{lead:?}");
        }
        for known in everything() {
            let lead = known.stands();
            let spoke_last = known.replied_at > known.fell_away_at;
            let open = !known.leave_alone && !known.said_no_more;
            let answered = known.came || known.said_no_more || (open && (known.appointment || spoke_last));
            assert_eq!(lead.is_answer(), answered, "{known:?} is {lead:?}");
            assert_eq!(lead.waits(), !answered && open && !known.over, "{known:?} is {lead:?}");
        }
    }

    #[test]
    fn every_place_can_be_reached_and_has_a_word_of_its_own() {
        let reached: std::collections::BTreeSet<Lead> = everything().map(|known| known.stands()).collect();
        assert_eq!(reached, Lead::ALL.into());
        for lead in Lead::ALL {
            let word = serde_json::to_string(&lead).unwrap();
            assert_eq!(word, format!("\"{}\"", lead.as_str()));
        }
    }
}
