//! The rules of a state, with every name resolved: what the decision reads.

use fixedops_vocab::Channel;

use super::calendar::YearlyDates;
use super::clock::ClockSet;
use super::file::Cap;
use super::window::DayWindow;

/// A rule of the book, by its place in it. Places are in the order of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleRef(pub(super) u16);

/// A set of channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Channels(u8);

impl Channels {
    pub(crate) fn of(channels: &[Channel]) -> Self {
        Self(channels.iter().fold(0, |set, channel| set | Self::bit(*channel)))
    }
    const fn bit(channel: Channel) -> u8 {
        1 << channel as u8
    }
    pub(crate) const fn holds(self, channel: Channel) -> bool {
        self.0 & Self::bit(channel) != 0
    }
}

#[derive(Clone, Debug)]
pub(crate) struct StateRules {
    pub(crate) code: String,
    /// As people write it.
    pub(crate) name: String,
    pub(crate) clocks: ClockSet,
    pub(crate) hours: Vec<StateHours>,
    pub(crate) holidays: Vec<StateHolidays>,
    pub(crate) caps: Vec<StateCap>,
    /// Solicitations by telephone need written consent.
    pub(crate) written_consent: Option<RuleRef>,
    /// No solicitation while an emergency is declared.
    pub(crate) emergency: Option<RuleRef>,
    pub(crate) registry_reaches_texts: Option<RuleRef>,
    /// An opt-out by text is honoured for at least so many years.
    pub(crate) optout_years: Option<(RuleRef, u32)>,
}

#[derive(Clone, Debug)]
pub(crate) struct StateHours {
    pub(crate) rule: RuleRef,
    pub(crate) channels: Channels,
    pub(crate) mon_fri: DayWindow,
    pub(crate) saturday: DayWindow,
    pub(crate) sunday: DayWindow,
    pub(crate) also: ClockSet,
    pub(crate) lifted_by: Vec<Lift>,
}

#[derive(Clone, Debug)]
pub(crate) struct StateHolidays {
    pub(crate) rule: RuleRef,
    pub(crate) channels: Channels,
    pub(crate) dates: YearlyDates,
    pub(crate) window: Option<DayWindow>,
    pub(crate) lifted_by: Vec<Lift>,
}

#[derive(Clone, Debug)]
pub(crate) struct StateCap {
    pub(crate) rule: RuleRef,
    pub(crate) channels: Channels,
    pub(crate) max: Cap,
    pub(crate) hours: u32,
    pub(crate) same_subject: bool,
    pub(crate) lifted_by: Vec<Lift>,
}

/// What takes a state's limit away, and the rule that says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lift {
    pub(crate) rule: RuleRef,
    pub(crate) kind: LiftKind,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum LiftKind {
    /// A consent for this channel that is in force.
    Consent,
    /// A transaction within so many months; without a number the federal relationship.
    BusinessRelationship(Option<u32>),
    /// The call is about a thing bought from the caller within so many months.
    ItemBoughtHere(u32),
    /// A licensed dealer sells a vehicle.
    DealerVehicleSale,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_channels_holds_what_was_put_in_and_nothing_else() {
        let set = Channels::of(&[Channel::Sms, Channel::AiCall]);
        let held: Vec<Channel> = Channel::ALL.iter().copied().filter(|channel| set.holds(*channel)).collect();
        assert_eq!(held, [Channel::Sms, Channel::AiCall]);
    }
}
