use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use smallvec::SmallVec;

use crate::book::{Clock, ClockSet, StateRules};
use crate::decision::TakenPlace;
use crate::{Evidence, Recipient, RuleBook};

/// Where the telephone may be: every plausible clock, every plausible state.
pub(super) struct Location<'a> {
    pub(super) clocks: SmallVec<[Local<'a>; 4]>,
    pub(super) states: SmallVec<[&'a StateRules; 3]>,
    pub(super) evidence: Evidence,
    settled: ClockSet,
    foreign: SmallVec<[Tz; 1]>,
}

/// A clock and what it shows now.
pub(super) struct Local<'a> {
    pub(super) zone: Zone<'a>,
    pub(super) time: NaiveDateTime,
}

impl<'a> Local<'a> {
    fn of(clock: &'a Clock, now: DateTime<Utc>) -> Self {
        Self { zone: Zone::of(clock), time: clock.shows(now) }
    }
}

/// A zone, with the clock of the book that shows its time.
#[derive(Clone, Copy)]
pub(super) struct Zone<'a> {
    pub(super) tz: Tz,
    /// A zone outside the United States has none.
    pub(super) clock: Option<&'a Clock>,
}

impl<'a> Zone<'a> {
    pub(super) const fn of(clock: &'a Clock) -> Self {
        Self { tz: clock.zone, clock: Some(clock) }
    }

    /// What its clock shows.
    pub(super) fn shows(&self, time: DateTime<Utc>) -> NaiveDateTime {
        match self.clock {
            Some(clock) => clock.shows(time),
            None => crate::book::shown_in(self.tz, time),
        }
    }

    pub(super) fn is_changed_near(&self, now: DateTime<Utc>) -> bool {
        match self.clock {
            Some(clock) => clock.is_changed_near(now),
            None => Clock::of(self.tz).is_changed_near(now),
        }
    }
}

impl<'a> Location<'a> {
    /// Reads the evidence: a confirmed ZIP code, zones that were worked out already, states, area code.
    ///
    /// What stands higher settles what stands lower as far as they agree: a ZIP code the zone of a split area code, zones
    /// handed in those of a state that has several. What does not agree with it adds its own, and every one of them
    /// must be open. A zone that is unreadable, or whose clock no US zone shows, is no evidence; without any, all US
    /// zones count.
    pub(super) fn of(recipient: &Recipient, now: DateTime<Utc>, book: &'a RuleBook) -> Self {
        let clocks = &book.clocks;
        let area = recipient.area_code.as_deref().and_then(|code| book.area_code(code));
        let mut evidence = Evidence { area_code: area.is_some(), ..Evidence::default() };

        // States: every one that was given, that of the ZIP code, and that of the area code: a telephone number of Florida is
        // presumed to be one of Florida, whatever address stands beside it.
        let mut places: SmallVec<[u8; 4]> = SmallVec::new();
        let mut put = |place: u8| {
            if !places.contains(&place) {
                places.push(place);
            }
        };
        let mut unreadable_state = false;
        for name in &recipient.states {
            match book.state_named(name) {
                Some(place) => put(place),
                None => unreadable_state |= !book.says_no_state(name),
            }
        }
        let mut zip_clocks = ClockSet::default();
        for known in recipient.zip.as_deref().into_iter().flat_map(|zip| book.zip_areas(zip)) {
            evidence.zip_code = true;
            zip_clocks = zip_clocks.with(known.clocks);
            if let Some(place) = book.state_place(&known.state) {
                put(place);
            }
        }
        if let Some(place) = area.and_then(|area| area.state) {
            put(place);
        }
        if unreadable_state && !evidence.zip_code {
            // It could be any.
            (0..book.states_known()).for_each(put);
        }
        places.sort_unstable();
        let states: SmallVec<[&StateRules; 3]> =
            places.iter().filter_map(|place| book.state_at(*place)).collect();
        evidence.state = !states.is_empty();

        // Zones that were handed in.
        let mut given = ClockSet::default();
        let mut foreign: SmallVec<[Tz; 1]> = SmallVec::new();
        let mut unreadable = false;
        for name in &recipient.candidate_zones {
            if let Some(clock) = clocks.named(name) {
                given = given.with(clock);
                continue;
            }
            unreadable = true;
            if let Ok(zone) = name.parse::<Tz>()
                && !foreign.contains(&zone)
            {
                foreign.push(zone);
            }
        }
        evidence.zones = !given.is_empty();

        // The strongest evidence, and whatever does not agree with it.
        let base = if zip_clocks.is_empty() { given } else { zip_clocks };
        let mut settled = base;
        let state = states.iter().map(|state| state.clocks);
        let weaker = core::iter::once(given).chain(state).chain(area.map(|area| area.clocks));
        for weaker in weaker.filter(|weaker| !weaker.is_empty()) {
            let agrees = weaker.overlaps(base);
            evidence.disagreement |= !agrees && !settled.is_empty() && !weaker.overlaps(settled);
            if unreadable || !agrees {
                settled = settled.with(weaker);
            }
        }
        let nowhere = states.is_empty() && area.is_none();
        evidence.nothing = settled.is_empty() || (nowhere && !evidence.zip_code);
        if evidence.nothing {
            settled = settled.with(clocks.everywhere());
        }
        let mut found: SmallVec<[Local<'a>; 4]> =
            clocks.of(settled).map(|clock| Local::of(clock, now)).collect();
        for zone in &foreign {
            let zone = Zone { tz: *zone, clock: None };
            found.push(Local { zone, time: zone.shows(now) });
        }
        Self { clocks: found, states, evidence, settled, foreign }
    }

    /// The latest civil date it may be there: the stricter reading of every term that runs out.
    pub(super) fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        self.clocks.iter().map(|local| local.time.date()).max().unwrap_or_else(|| now.date_naive())
    }

    /// What the decision keeps of it.
    pub(super) fn taken(self, book: &'a RuleBook) -> TakenPlace<'a> {
        TakenPlace { book, clocks: self.settled, foreign: self.foreign, evidence: self.evidence }
    }
}
