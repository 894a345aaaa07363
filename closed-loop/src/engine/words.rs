//! What a message is to say: every field of its words but the person's own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use fixedops_mpi_score::Projection;
use fixedops_odometer_core::Leg;
use fixedops_recovery::{Case, Trigger};
use fixedops_vocab::{Basis, ContactHash, Mileage, Miles, Money};

use super::Engine;
use super::rank::Ranks;
use crate::courier::{day, local, names};
use crate::state::VehicleState;
use crate::{CaseOpened, DeclinedLine, LoopError, PhotoLink, StoreConfigured, TouchAbout, TouchOrder};

/// What a touch is told besides its case.
pub(super) struct Said<'a> {
    pub(super) template: &'a str,
    pub(super) percent_off: Option<u8>,
    /// When what was measured will be at its minimum.
    pub(super) wear: Option<&'a (Projection, DeclinedLine)>,
    /// In which order its lines matter.
    pub(super) ranks: Ranks,
    /// What the work costs today, where the store's prices are asked.
    pub(super) price: Option<Money>,
    /// The advisor who recommended the work, as customers know him.
    pub(super) advisor: Option<String>,
    /// The slot a call offers.
    pub(super) slot: Option<DateTime<Utc>>,
}

impl Engine {
    /// What is to be said of a case that stands as `case`.
    #[allow(clippy::too_many_arguments, reason = "the words speak of all of these")]
    pub(super) fn order(
        &self,
        about: &TouchAbout,
        contact: ContactHash,
        opened: &CaseOpened,
        case: &Case,
        vehicle: &VehicleState,
        store: &StoreConfigured,
        said: &Said<'_>,
        now: DateTime<Utc>,
    ) -> Result<TouchOrder, LoopError> {
        let plan = self.plan_of(case)?;
        let mut fields = BTreeMap::from([
            ("book_link".to_owned(), store.book_url.clone()),
            ("dealer_name".to_owned(), store.dealer_name.clone()),
            ("dealer_phone".to_owned(), store.dealer_phone.clone()),
            ("postal_address".to_owned(), store.postal_address.clone()),
            ("unsubscribe_link".to_owned(), store.unsubscribe_url.clone()),
        ]);
        fields.extend(opened.words.clone());
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        set("inspection_link", store.inspection_url.clone());
        set("vehicle", vehicle.record.as_ref().map(|record| record.name.clone()));
        let services = vehicle.services_of(opened);
        set("service_name", names(services.iter().map(|service| service.as_str().replace('_', " "))));
        let crossed = opened.crossing.as_ref().and_then(|id| vehicle.crossings.get(id)).map(|c| &c.crossed);
        set(
            "due_miles",
            crossed
                .and_then(|crossed| crossed.due_miles)
                .map(|miles| format!("{} mi", thousands(miles.tenths() / 10))),
        );
        // The time leg prints no mileage.
        if crossed.is_none_or(|crossed| crossed.leg == Leg::Distance) {
            let mileage = self.posterior(vehicle, now).mileage_at(now);
            set("mileage", (mileage.basis() != Basis::Unknown).then(|| mileage.to_string()));
        }
        let zone = store.timezone.as_deref().and_then(|name| name.parse::<Tz>().ok());
        let at_the_store = |at: DateTime<Utc>| zone.map(|zone| local(at.with_timezone(&zone).naive_local()));
        if matches!(plan.opened_by(), Trigger::Appointment | Trigger::NoShow) {
            let appointment = vehicle.appointments.iter().find(|(id, _)| opened.is_about(id.as_str()));
            set("appointment_time", appointment.and_then(|(_, known)| at_the_store(known.starts_at)));
        }
        set("advisor", said.advisor.clone());
        if plan.opened_by() == Trigger::Click {
            let of_lines = names(opened.declined.iter().map(|line| line.name.clone()));
            set("reason", of_lines.or_else(|| names(services.iter().map(|s| s.as_str().replace('_', " ")))));
        }
        set("slot", said.slot.and_then(at_the_store));
        set("discount", said.percent_off.map(|percent| format!("{percent}%")));
        set("wear_now", said.wear.filter(|(wear, _)| wear.at_minimum_now).map(|_| "yes".to_owned()));
        if let Some((wear, _)) = said.wear.filter(|(wear, _)| !wear.at_minimum_now) {
            // Counted from the last look at it; what is left today is told.
            let driven = self.miles_between(vehicle, wear.last_seen, now).unwrap_or(Miles::ZERO);
            let left = |then: Miles| in_hundreds(then.since(driven).unwrap_or(Miles::ZERO));
            let miles = wear.miles_left;
            let (p10, p50, p90) = (miles.p10(), miles.p50(), miles.p90());
            set(
                "wear_miles",
                (p50 > driven).then(|| format!("{} mi ({} to {})", left(p50), left(p10), left(p90))),
            );
            set("wear_date", (wear.likely > now).then(|| day(at_store_day(wear.likely, zone))));
        }
        // Of lines that are timed by wear, the message is about the one that is there first.
        let lines = match said.wear {
            Some((_, line)) => vec![line],
            None => self.spoken_of(opened, case, vehicle, &said.ranks, now),
        };
        let mut photo = None;
        if let Some(first) = lines.first() {
            set("line_name", names(lines.iter().map(|line| line.name.clone())));
            set("line_price", said.price.map(|price| price.to_string()));
            set("price_then", in_all(&lines).map(|price| price.to_string()));
            set("service_date", Some(day(at_store_day(first.declined_at, zone))));
            set("miles_since", self.miles_since(vehicle, first.declined_at, now));
            let shown = |line: &&DeclinedLine| {
                vehicle.answers.get(&line.ro, &line.line).is_some_and(|answer| answer.known.1)
            };
            photo = match (&store.photo_url, plan.photo_days()) {
                (Some(url), Some(days)) if lines.iter().any(shown) => {
                    let until = now.date_naive().checked_add_days(Days::new(days.into()));
                    until.map(|until| PhotoLink { url: url.clone(), until })
                }
                _ => None,
            };
        }
        Ok(TouchOrder {
            seller: self.seller.clone(),
            key: about.key(),
            channel: about.channel,
            purpose: about.purpose,
            contact,
            person: opened.person.clone(),
            template: said.template.to_owned(),
            fields,
            photo,
        })
    }

    /// The lines a message speaks of: those still open that no answer holds, the same work once; as their inspection ranked
    /// them, those that none ranked behind, the dearest first.
    pub(super) fn spoken_of<'v>(
        &self,
        opened: &'v CaseOpened,
        case: &Case,
        vehicle: &'v VehicleState,
        ranks: &Ranks,
        now: DateTime<Utc>,
    ) -> Vec<&'v DeclinedLine> {
        let is_open = |line: &&DeclinedLine| {
            case.lines().contains(&line.line) && vehicle.line_held(line, now).is_none()
        };
        let mut lines: Vec<&DeclinedLine> = vehicle.lines_of(opened).into_iter().filter(is_open).collect();
        lines.sort_by_key(|line| {
            let dearest = core::cmp::Reverse(line.price.map(|price| price.amount()));
            (ranks.of(line).unwrap_or(usize::MAX), dearest)
        });
        let mut named = BTreeSet::new();
        lines.retain(|line| named.insert(line.name.as_str()));
        lines
    }

    /// The miles driven from `then` to `now`, as far as they are known.
    fn miles_between(
        &self,
        vehicle: &VehicleState,
        then: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Miles> {
        let posterior = self.posterior(vehicle, now);
        posterior.mileage_at(now).value()?.since(posterior.mileage_at(then).value()?)
    }

    /// The miles driven since `then`, with their label; None where either end is unknown.
    fn miles_since(&self, vehicle: &VehicleState, then: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
        let posterior = self.posterior(vehicle, now);
        let (before, after) = (posterior.mileage_at(then).value()?, posterior.mileage_at(now));
        let range = after.range()?;
        let since = |miles: Miles| miles.since(before).unwrap_or(Miles::ZERO);
        let driven =
            fixedops_vocab::MilesRange::new(since(range.p10()), since(range.p50()), since(range.p90()))
                .ok()?;
        Mileage::new(driven, after.basis(), after.last_capture()).ok().map(|driven| driven.to_string())
    }
}

/// An estimate of miles, to the hundred.
fn in_hundreds(miles: Miles) -> String {
    thousands((miles.tenths() + 500) / 1_000 * 100)
}

/// "48,500".
fn thousands(number: u32) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1_000),
    }
}

/// What lines cost together; `None` where one has no price, or another currency.
fn in_all(lines: &[&DeclinedLine]) -> Option<Money> {
    let mut prices = lines.iter().map(|line| line.price);
    let first = prices.next()??;
    prices.try_fold(first, |sum, price| sum.checked_add(price?))
}

/// The day of an instant at the store; in UTC where its zone is not known.
fn at_store_day(at: DateTime<Utc>, zone: Option<Tz>) -> chrono::NaiveDate {
    zone.map_or_else(|| at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
}
