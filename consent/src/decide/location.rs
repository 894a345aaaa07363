use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
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
    /// Reads the evidence. Zones that were worked out already are taken as they are; else the states and the area
    /// code each add theirs; else all US zones. An unreadable zone counts as no evidence.
    pub(super) fn of(recipient: &Recipient, book: &'a RuleBook) -> Self {
        let area = recipient.area_code.as_deref().and_then(|code| book.area_code(code));
        let codes: BTreeSet<&str> = recipient.states.iter().map(String::as_str).collect();
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
                    zones.insert(zone.name());
                }
                Err(_) => unreadable = true,
            }
        }
        let mut candidates: Vec<Tz> = zones.iter().filter_map(|name| name.parse().ok()).collect();
        if candidates.is_empty() || unreadable {
            candidates.extend(states.iter().flat_map(|state| state.zones.iter().copied()));
            candidates.extend(area.iter().flat_map(|place| place.zones.iter().copied()));
        }
        let unknown =
            candidates.is_empty() || (states.is_empty() && area.is_none() && recipient.zip.is_none());
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
