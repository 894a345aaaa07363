/// What may be true of a vehicle at the moment a touch would go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a fact left out would be a message to the wrong person")]
pub enum Fact {
    /// An appointment lies ahead.
    Booked,
    /// The work was done lately, here or elsewhere.
    RecentlyServiced,
    /// A repair order is open: the car is in the shop.
    RoOpen,
}

impl Fact {
    /// Every fact.
    pub const ALL: &'static [Self] = &[Self::Booked, Self::RecentlyServiced, Self::RoOpen];
}

/// What a fact does to a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Relevance {
    /// Nothing: the touch goes on.
    Go,
    /// Ask again after [`RelevanceTable::wait_days`]: feed [`Event::Deferred`](crate::Event::Deferred).
    Wait,
    /// This touch is over: feed [`Event::Suppressed`](crate::Event::Suppressed).
    Skip,
}

/// The row of one programme in the table programme by fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a new fact needs a decision in every plan")]
pub struct RelevanceTable {
    /// Where an appointment lies ahead.
    pub booked: Relevance,
    /// Where the work was done lately.
    pub recently_serviced: Relevance,
    /// Where a repair order is open.
    pub ro_open: Relevance,
    /// How long [`Relevance::Wait`] waits, in days; at least 1.
    pub wait_days: u32,
}

impl RelevanceTable {
    /// What `fact` does to a touch.
    #[must_use]
    pub const fn of(&self, fact: Fact) -> Relevance {
        match fact {
            Fact::Booked => self.booked,
            Fact::RecentlyServiced => self.recently_serviced,
            Fact::RoOpen => self.ro_open,
        }
    }

    /// What several facts together do: the strictest answer wins, skip before wait before go.
    #[must_use]
    pub fn judge(&self, facts: &[Fact]) -> Relevance {
        facts.iter().map(|&fact| self.of(fact)).max().unwrap_or(Relevance::Go)
    }
}
