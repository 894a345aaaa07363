use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use crate::book::StateRules;
use crate::{Recipient, RuleBook};

/// Where the telephone may be: every plausible zone, every plausible state.
pub(super) struct Location<'a> {
    pub(super) zones: Vec<Tz>,
    pub(super) states: Vec<&'a StateRules>,
    /// Nothing says where it is.
    pub(super) unknown: bool,
}

impl<'a> Location<'a> {
    /// Reads the evidence. Zones that were worked out already are taken where they agree with the states and the area
    /// code; a state or an area code that none of them agrees with adds its own. A zone that is unreadable, or whose
    /// clock no US zone shows, is no evidence; without any, all US zones count.
    pub(super) fn of(recipient: &Recipient, now: DateTime<Utc>, book: &'a RuleBook) -> Self {
        let clock = |zone: &Tz| clock_of(*zone, now.year());
        let in_us = |zone: &Tz| book.location.all_zones.iter().any(|us| clock(us) == clock(zone));
        let area = recipient.area_code.as_deref().and_then(|code| book.area_code(code));
        let codes: BTreeSet<String> =
            recipient.states.iter().map(|code| code.trim().to_ascii_uppercase()).collect();
        let mut states: Vec<&StateRules> = codes.iter().filter_map(|code| book.state(code)).collect();
        let some_unreadable = states.len() < codes.len();
        if states.is_empty() || some_unreadable {
            let by_area = area.and_then(|place| book.state(place.state.as_deref()?));
            states.extend(by_area.filter(|state| !codes.contains(state.code.as_str())));
        }
        let mut zones = BTreeSet::new();
        let mut unreadable = false;
        for name in &recipient.candidate_zones {
            match name.parse::<Tz>() {
                Ok(zone) => {
                    unreadable |= !in_us(&zone);
                    zones.insert(zone.name());
                }
                Err(_) => unreadable = true,
            }
        }
        let mut candidates: Vec<Tz> = zones.iter().filter_map(|name| name.parse().ok()).collect();
        // Evidence that contradicts the zones given is evidence all the same.
        let given = candidates.clone();
        let agrees = |zones: &[Tz]| zones.iter().any(|zone| given.iter().any(|g| clock(g) == clock(zone)));
        let evidence = states.iter().map(|state| &state.zones).chain(area.iter().map(|place| &place.zones));
        for zones in evidence.filter(|zones| unreadable || !agrees(zones)) {
            candidates.extend(zones.iter().copied());
        }
        let unknown = !candidates.iter().any(in_us)
            || (states.is_empty() && area.is_none() && (recipient.zip.is_none() || unreadable));
        if unknown {
            candidates.extend(book.location.all_zones.iter().copied());
        }
        candidates.sort_by_key(|zone| zone.name());
        candidates.dedup();
        Self { zones: candidates, states, unknown }
    }

    /// The latest civil date it may be there: the stricter reading of every term that runs out.
    pub(super) fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        self.zones
            .iter()
            .map(|zone| now.with_timezone(zone).date_naive())
            .max()
            .unwrap_or_else(|| now.date_naive())
    }
}

/// What tells one zone's clock from another's: its distance from UTC in the middle of winter and of summer.
fn clock_of(zone: Tz, year: i32) -> [Option<FixedOffset>; 2] {
    [1, 7].map(|month| {
        let noon = Utc.with_ymd_and_hms(year, month, 15, 12, 0, 0).single()?;
        Some(noon.with_timezone(&zone).offset().fix())
    })
}
