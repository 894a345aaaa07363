use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_odometer_core::{Baseline, DuePolicy, Reading, ReadingKind, Track, TrackSummary};
use fixedops_vocab::{
    AppointmentId, CaseId, CrossingId, CustomerId, OpCode, OwnershipSpan, RoId, RoLineId, ServiceId, TouchKey,
};

use super::{Answers, Said};
use crate::fold::Fold;
use crate::{
    CaseOpened, CrossingOutcome, DeclinedLine, Happened, Note, RecallOpened, ServiceRecorded,
    ThresholdCrossed, VehicleRecorded,
};

/// A crossing and where it stands.
#[derive(Clone, Debug)]
pub struct CrossingState {
    /// How it was crossed.
    pub crossed: ThresholdCrossed,
    /// When.
    pub at: DateTime<Utc>,
    /// Hash of the event, as receipts cite it.
    pub hash: String,
    /// Where it stands.
    pub outcome: CrossingOutcome,
}

/// An appointment of a vehicle.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// When the customer is to come.
    pub starts_at: DateTime<Utc>,
    /// When it was booked: the earliest that was told, whatever was told of it since. None where only its end was told.
    pub set_at: Option<DateTime<Utc>>,
    /// The touch whose token it carries.
    pub touch: Option<TouchKey>,
    /// Whether it is still to come: not shown, not missed.
    pub open: bool,
    /// Whether it fell away: missed, or called off.
    pub fell_away: bool,
    /// When what is known of it was last true: older news changes nothing.
    pub news_at: DateTime<Utc>,
}

/// A recall campaign of a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallState {
    /// What it is about, in words.
    pub name: String,
    /// Whether the remedy can be had.
    pub remedy: bool,
    /// Since when it is known as it stands.
    pub since: DateTime<Utc>,
    /// Whether it is open for this vehicle.
    pub open: bool,
}

/// Why nobody is written to about a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// In which ownership.
    pub span: OwnershipSpan,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Whether its owner died; else he sold it.
    pub deceased: bool,
}

/// A vehicle: whose it is, what its odometer said, what was done, what is due.
#[derive(Clone, Debug, Default)]
pub struct VehicleState {
    /// What and whose it is.
    pub record: Option<VehicleRecorded>,
    /// Who owns it in each ownership, where anybody is known.
    pub owners: BTreeMap<OwnershipSpan, CustomerId>,
    /// Ownerships, oldest first, and since when each is known.
    pub spans: Vec<(DateTime<Utc>, OwnershipSpan)>,
    /// Every reading, right or wrong.
    pub readings: Vec<Reading>,
    /// The GPS track since the last reading.
    pub track: Option<(Track, TrackSummary)>,
    /// What the tracks before it came to, oldest first: each ended where a reading began the next.
    pub finished: Vec<TrackSummary>,
    /// Services done, oldest first.
    pub services: BTreeMap<ServiceId, Vec<ServiceRecorded>>,
    /// Crossings, by id.
    pub crossings: BTreeMap<CrossingId, CrossingState>,
    /// Cases that were opened about it, oldest first.
    pub cases: Vec<CaseId>,
    /// Lines that were declined on it and are spoken of in a case, oldest first: when, the line, and the case.
    pub declined: Vec<(DateTime<Utc>, DeclinedLine, CaseId)>,
    /// Recall campaigns, by number.
    pub recalls: BTreeMap<String, RecallState>,
    /// The operation codes of offers that were made for it, by the case that speaks of each.
    pub offers: BTreeMap<CaseId, BTreeSet<OpCode>>,
    /// What an advisor noted of it last that leaves nobody to write to, and since when.
    pub gone: Option<Gone>,
    /// When it was first seen on each order.
    pub visits: BTreeMap<RoId, DateTime<Utc>>,
    /// What was answered to recommended lines.
    pub answers: Answers,
    /// Appointments.
    pub appointments: BTreeMap<AppointmentId, Appointment>,
    /// Orders that are open now.
    pub open_orders: BTreeSet<RoId>,
    /// Orders that were closed on it.
    pub orders: BTreeSet<RoId>,
    /// Orders on which a customer paid for work on it, and when they were closed last.
    pub transactions: BTreeMap<RoId, DateTime<Utc>>,
    /// When its owner was here last, whether he bought anything or not: he asked about a service.
    pub last_visit: Option<DateTime<Utc>>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl VehicleState {
    /// What every track came to, oldest first: the finished ones, and the one that goes on.
    pub fn tracks(&self) -> impl Iterator<Item = &TrackSummary> {
        self.finished.iter().chain(self.track.as_ref().map(|(_, summary)| summary))
    }

    /// From where the next interval of `service` counts: the last time it was done, else delivery. None where neither
    /// is known.
    #[must_use]
    pub fn baseline(&self, service: &ServiceId, policy: &DuePolicy) -> Option<Baseline> {
        let done = self.services.get(service).map(Vec::as_slice).unwrap_or_default();
        let delivered = self.delivery(policy);
        let Some(last) = done.last() else { return delivered };
        let cycle = u32::try_from(done.len()).unwrap_or(u32::MAX);
        let miles = last.odometer.and_then(fixedops_vocab::RawOdometer::to_miles);
        let baseline = Baseline::here(last.occurred_at, miles, cycle).of_record(last.ro.as_str());
        Some(match delivered.and_then(|delivered| delivered.grid_from) {
            Some(begins) => baseline.on_grid_from(begins),
            None => baseline,
        })
    }

    /// The delivery: of the new car on the day its record names, its odometer at zero; else the last odometer read at a
    /// delivery, which says whether the car was new or used.
    fn delivery(&self, policy: &DuePolicy) -> Option<Baseline> {
        if let Some(delivered) = self.record.as_ref().and_then(|record| record.delivered_on) {
            let done_at = delivered.and_hms_opt(0, 0, 0)?.and_utc();
            return Some(Baseline::delivered_new(done_at, Some(fixedops_vocab::Miles::ZERO)));
        }
        let read = self.readings.iter().filter(|reading| reading.kind == ReadingKind::Delivery);
        let last = read.max_by_key(|reading| (reading.read_at, reading.learned_at))?;
        Some(Baseline::delivered(last.read_at, last.raw.to_miles(), policy))
    }

    /// Which interval of a service (from 1) counts from `baseline` in this ownership, and its crossing, where it was
    /// crossed.
    ///
    /// A crossing is known by the service or delivery it counts from: an older order that comes in late or is voided
    /// makes no new crossing of an old one, and never hides a new one behind an old name.
    #[must_use]
    pub fn cycle_of(
        &self,
        span: OwnershipSpan,
        service: &ServiceId,
        baseline: &Baseline,
    ) -> (u32, Option<&CrossingState>) {
        let all = || {
            self.crossings
                .values()
                .filter(|known| known.crossed.span == span && known.crossed.service == *service)
        };
        if let Some(known) = all().find(|known| known.crossed.counted_from == baseline.done_at) {
            return (known.crossed.cycle, Some(known));
        }
        let cycle = baseline.cycle.saturating_add(1);
        let Some(named) = all().find(|known| known.crossed.cycle == cycle) else { return (cycle, None) };
        let done = self.services.get(service).map(Vec::as_slice).unwrap_or_default();
        if done.iter().any(|done| done.occurred_at == named.crossed.counted_from) {
            let last = all().map(|known| known.crossed.cycle).max().unwrap_or(cycle);
            return (last.saturating_add(1), None);
        }
        // What it counted from is told of with another day now.
        (cycle, Some(named))
    }

    /// The services a case speaks of: its own, and those bundled into its crossing since; not those that turned out not
    /// to be due.
    #[must_use]
    pub fn services_of(&self, opened: &CaseOpened) -> Vec<ServiceId> {
        let mut services = opened.services.clone();
        let of_case = |crossing: &&CrossingState| {
            crossing.at.timestamp_millis() == opened.state.opened_at().timestamp_millis()
                && opened.crossing.as_ref() != Some(&crossing.crossed.crossing)
        };
        for crossing in self.crossings.values().filter(of_case) {
            if matches!(crossing.outcome, CrossingOutcome::Withdrawn { .. }) {
                services.retain(|service| *service != crossing.crossed.service);
            }
        }
        for crossing in self.crossings.values() {
            let bundled = matches!(&crossing.outcome, CrossingOutcome::Bundled { into } if Some(into) == opened.crossing.as_ref());
            if bundled && !services.contains(&crossing.crossed.service) {
                services.push(crossing.crossed.service.clone());
            }
        }
        services
    }

    /// When a customer last paid for work on it.
    #[must_use]
    pub fn last_transaction(&self) -> Option<DateTime<Utc>> {
        self.transactions.values().max().copied()
    }

    /// The ownership at `at`; of a time before the first one is known, the first.
    #[must_use]
    pub fn span_at(&self, at: DateTime<Utc>) -> OwnershipSpan {
        let then = self.spans.iter().rev().find(|(since, _)| *since <= at);
        then.or_else(|| self.spans.first()).map_or(OwnershipSpan(1), |(_, span)| *span)
    }

    /// The next appointment still to come at `now`.
    #[must_use]
    pub fn booked(&self, now: DateTime<Utc>) -> Option<(&AppointmentId, &Appointment)> {
        self.appointments
            .iter()
            .filter(|(_, a)| a.open && a.starts_at >= now)
            .min_by_key(|(_, a)| a.starts_at)
    }

    /// The vehicle a case of a declined line speaks of is this one.
    fn opened_for(&mut self, at: DateTime<Utc>, line: DeclinedLine, case: Option<CaseId>) {
        let Some(case) = case else { return };
        if !self.cases.contains(&case) {
            self.cases.push(case.clone());
        }
        let is_known = |(_, known, of): &(_, DeclinedLine, CaseId)| {
            (&known.ro, &known.line, of) == (&line.ro, &line.line, &case)
        };
        if !self.declined.iter().any(is_known) {
            self.declined.push((at, line, case));
        }
    }

    /// The case that speaks of a declined line: of several, the last.
    #[must_use]
    pub fn case_of_line(&self, ro: &RoId, line: &RoLineId) -> Option<&CaseId> {
        let of = self.declined.iter().rev().find(|(_, known, _)| known.ro == *ro && known.line == *line);
        of.map(|(_, _, case)| case)
    }

    /// Every line a case speaks of, those that joined it included, in the order they were declined.
    #[must_use]
    pub fn lines_of<'a>(&'a self, opened: &'a CaseOpened) -> Vec<&'a DeclinedLine> {
        let mut lines: Vec<&DeclinedLine> = opened.declined.iter().collect();
        for (_, line, _) in self.declined.iter().filter(|(_, _, case)| *case == opened.case) {
            if !lines.iter().any(|known| (&known.ro, &known.line) == (&line.ro, &line.line)) {
                lines.push(line);
            }
        }
        lines
    }

    /// Why nothing is to be said about a line at `now`, and until when, or for good: it was approved or deferred since.
    /// One that was put off to the next visit is spoken of again after it.
    #[must_use]
    pub fn line_held(
        &self,
        line: &DeclinedLine,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        let answer = self.answers.get(&line.ro, &line.line)?;
        let came = self.visits.iter().any(|(ro, at)| *ro != line.ro && *at > answer.at);
        answer.holds(now).filter(|_| answer.said() != Said::Deferred(None) || !came)
    }

    /// Why nothing is to be said about the lines of a case at `now`, and until when, or for good: each of them that is
    /// still open was approved or deferred since.
    #[must_use]
    pub fn held_by_answer(
        &self,
        opened: &CaseOpened,
        open: &[RoLineId],
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        let lines = self.lines_of(opened);
        let mut held =
            lines.iter().filter(|line| open.contains(&line.line)).map(|line| self.line_held(line, now));
        let first = held.next()??;
        // Until the first of them may be spoken of again.
        held.try_fold(first, |soonest, held| match (soonest, held?) {
            ((_, Some(known)), (reason, Some(until))) if until < known => Some((reason, Some(until))),
            ((_, None), (reason, Some(until))) => Some((reason, Some(until))),
            _ => Some(soonest),
        })
    }

    /// Why nobody is to be written to about it, in words; `None` where its owner may be.
    #[must_use]
    pub fn silenced(&self) -> Option<&'static str> {
        let span = self.record.as_ref()?.span;
        let gone = self.gone.filter(|gone| gone.span == span)?;
        Some(if gone.deceased { "its owner died" } else { "its owner sold it" })
    }

    /// Whether something told of an appointment, true at `at`, is not older than what is known of it.
    #[must_use]
    pub fn is_news(&self, appointment: &AppointmentId, at: DateTime<Utc>) -> bool {
        self.appointments.get(appointment).is_none_or(|known| known.news_at <= at)
    }

    /// It was kept or missed: also one that was never told of, so that its setting opens nothing when it comes in late.
    fn close_appointment(
        &mut self,
        appointment: AppointmentId,
        at: DateTime<Utc>,
        touch: Option<TouchKey>,
        fell_away: bool,
    ) {
        let known = self.appointments.entry(appointment).or_insert(Appointment {
            starts_at: at,
            set_at: None,
            touch: None,
            open: false,
            fell_away,
            news_at: at,
        });
        // A token is no news: it was carried from the beginning.
        known.touch = known.touch.take().or(touch);
        if known.news_at <= at {
            (known.open, known.fell_away, known.news_at) = (false, fell_away, at);
        }
    }
}

/// Whether what a track came to is kept beside the one told next: that is another track, and the first came to anything.
///
/// A track that goes on begins where it began; a new one begins later, after a reading.
pub(crate) fn stays_beside(before: &TrackSummary, next: &TrackSummary) -> bool {
    before.distance_miles > 0.0 && before.from < next.from
}

impl Fold for VehicleState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::VehicleRecorded(record) => {
                self.keys.insert(record.key.clone());
                if self.record.as_ref().is_none_or(|old| old.span != record.span) {
                    self.spans.push((event.at, record.span));
                    // What a former owner bought is no relationship with the new one.
                    self.transactions.clear();
                    self.last_visit = None;
                }
                self.owners.extend(record.owner.clone().map(|owner| (record.span, owner)));
                self.record = Some(record);
            }
            Happened::ReadingRecorded(reading) => {
                self.keys.insert(reading.key.clone());
                let known = Reading::reported(reading.occurred_at, reading.odometer)
                    .learned_at(event.at)
                    .of_kind(reading.kind);
                self.readings.push(known);
            }
            Happened::TrackAdvanced(advanced) => {
                self.keys.insert(advanced.key);
                let before = self.track.replace((advanced.track, advanced.summary));
                let stays = |before: &TrackSummary| stays_beside(before, &advanced.summary);
                self.finished.extend(before.map(|(_, summary)| summary).filter(stays));
            }
            Happened::ThresholdCrossed(crossed) => {
                self.cases.extend(crossed.case.clone());
                let outcome = CrossingOutcome::Waiting { until: None };
                let id = crossed.crossing.clone();
                let hash = event.hash.to_string();
                self.crossings.insert(id, CrossingState { crossed, at: event.at, hash, outcome });
            }
            Happened::CrossingResolved(resolved) => {
                if let Some(crossing) = self.crossings.get_mut(&resolved.crossing) {
                    crossing.outcome = resolved.outcome;
                    if let Some(again) = resolved.again {
                        self.cases.extend(again.case.clone());
                        crossing.crossed = *again;
                        crossing.at = event.at;
                        crossing.hash = event.hash.to_string();
                    }
                }
            }
            Happened::CaseNoted(noted) if !self.cases.contains(&noted.case) => self.cases.push(noted.case),
            Happened::RecallOpened(opened) => {
                self.keys.insert(opened.key);
                let known = self.recalls.entry(opened.campaign).or_insert_with(|| RecallState {
                    name: opened.name.clone(),
                    remedy: false,
                    since: opened.occurred_at,
                    open: true,
                });
                // A telling of before the last one says nothing new.
                if known.since <= opened.occurred_at {
                    let RecallOpened { name, remedy, occurred_at, .. } = opened;
                    *known = RecallState { name, remedy, since: occurred_at, open: true };
                }
            }
            Happened::RecallClosed(closed) => {
                self.keys.insert(closed.key);
                let known = self.recalls.entry(closed.campaign).or_insert_with(|| RecallState {
                    name: String::new(),
                    remedy: false,
                    since: closed.occurred_at,
                    open: false,
                });
                if known.since <= closed.occurred_at {
                    known.open = false;
                    known.since = closed.occurred_at;
                }
            }
            Happened::OfferMade(offer) => {
                let case = self.record.as_ref().and_then(|record| offer.case(record.span).ok());
                if let Some(case) = case {
                    // What was said is what it was made with: told again with other codes, it is the same offer.
                    self.offers.entry(case).or_insert_with(|| offer.op_codes.into_iter().collect());
                }
                self.keys.insert(offer.key);
            }
            Happened::NoteTaken(note) => {
                self.keys.insert(note.key);
                let deceased = match note.note {
                    Note::Sold => false,
                    Note::Deceased => true,
                    Note::HandedToHuman { .. } | Note::DoneElsewhere { .. } => return,
                };
                let span = self.span_at(note.occurred_at);
                if self.last_visit.is_none_or(|seen| seen <= note.occurred_at) || deceased {
                    self.gone = Some(Gone { span, at: note.occurred_at, deceased });
                }
            }
            Happened::LineApproved(approved) => {
                self.answers.approved(&approved, event.at);
                self.keys.insert(approved.key);
            }
            Happened::LineDeclined(declined) => {
                self.answers.declined(&declined, event.at);
                self.keys.insert(declined.key);
                self.opened_for(event.at, declined.declined, declined.case);
            }
            Happened::LineDeferred(deferred) => {
                self.answers.deferred(&deferred, event.at);
                self.keys.insert(deferred.key);
            }
            Happened::DeferralEnded(ended) => {
                self.answers.ended(&ended.deferred);
                self.opened_for(event.at, ended.deferred, ended.case);
            }
            Happened::AppointmentSet(set) => {
                self.keys.insert(set.key);
                let at = set.occurred_at;
                let known = self.appointments.entry(set.appointment).or_insert(Appointment {
                    starts_at: set.starts_at,
                    set_at: None,
                    touch: None,
                    open: true,
                    fell_away: false,
                    news_at: at,
                });
                known.set_at = Some(known.set_at.map_or(at, |before| before.min(at)));
                if known.news_at <= at {
                    known.touch = set.touch.or_else(|| known.touch.take());
                    (known.starts_at, known.open) = (set.starts_at, true);
                    (known.fell_away, known.news_at) = (false, at);
                } else {
                    known.touch = known.touch.take().or(set.touch);
                }
            }
            Happened::AppointmentShown(shown) => {
                self.keys.insert(shown.key);
                self.close_appointment(shown.appointment, shown.occurred_at, shown.touch, false);
            }
            Happened::AppointmentMissed(missed) => {
                self.keys.insert(missed.key);
                self.close_appointment(missed.appointment, missed.occurred_at, None, true);
            }
            Happened::VisitNoted(visit) => {
                let first = self.visits.entry(visit.ro.clone()).or_insert(visit.occurred_at);
                *first = (*first).min(visit.occurred_at);
                // Who comes in has not sold it.
                if !visit.by_other {
                    self.gone = self.gone.filter(|gone| gone.deceased || visit.occurred_at <= gone.at);
                    self.last_visit = self.last_visit.max(Some(visit.occurred_at));
                }
                if visit.open {
                    self.open_orders.insert(visit.ro.clone());
                } else {
                    self.open_orders.remove(&visit.ro);
                    // Closed again, or voided: what it did is told anew behind this.
                    for done in self.services.values_mut() {
                        done.retain(|known| known.ro != visit.ro);
                    }
                    self.services.retain(|_, done| !done.is_empty());
                    self.orders.insert(visit.ro.clone());
                }
                if visit.transaction {
                    self.transactions.insert(visit.ro, visit.occurred_at);
                } else if !visit.open {
                    // Voided, or nothing of it is paid by the customer after all.
                    self.transactions.remove(&visit.ro);
                }
            }
            Happened::VisitMoved(moved) => {
                self.visits.remove(&moved.ro);
                self.open_orders.remove(&moved.ro);
                self.orders.remove(&moved.ro);
                self.transactions.remove(&moved.ro);
                for done in self.services.values_mut() {
                    done.retain(|known| known.ro != moved.ro);
                }
                self.services.retain(|_, done| !done.is_empty());
                for (at, odometer) in moved.odometers {
                    let read = |known: &Reading| known.read_at == at && known.raw == odometer;
                    if let Some(place) = self.readings.iter().rposition(read) {
                        self.readings.remove(place);
                    }
                }
                self.declined.retain(|(_, line, _)| line.ro != moved.ro);
                self.answers.forget(&moved.ro);
                // What a former owner did here is no relationship with this one.
                let since = self.spans.last().map(|(since, _)| *since);
                let his = self.visits.values().chain(self.transactions.values());
                let his = his.filter(|at| self.spans.len() < 2 || Some(**at) >= since);
                self.last_visit = his.max().copied();
            }
            Happened::ServiceRecorded(service) => {
                let done = self.services.entry(service.service.clone()).or_default();
                // An order closed again tells the same service again: it was done once.
                done.retain(|known| known.ro != service.ro);
                done.push(service);
                done.sort_by(|a, b| (a.occurred_at, &a.ro).cmp(&(b.occurred_at, &b.ro)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use fixedops_connectors_traits::EventHash;
    use fixedops_odometer_core::{Fix, Model};

    use super::*;
    use crate::{Alarm, TrackAdvanced};

    fn second(n: i64) -> DateTime<Utc> {
        "2026-12-01T15:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(n)
    }

    /// Due north, a fix a second.
    fn drive(track: &mut Track, seconds: core::ops::Range<i32>) {
        let north = |n: i32| Fix::new(second(n.into()), 33.75 + f64::from(n) * 2e-4, -84.39);
        track.fold_batch(seconds.map(north), second(100_000), &Model::shipped());
    }

    fn advance(state: &mut VehicleState, track: &Track) {
        let advanced = TrackAdvanced {
            key: String::new(),
            vehicle: "v1".parse().unwrap(),
            track: track.clone(),
            summary: track.summary(&Model::shipped()),
            digest: String::new(),
            wake_at: Alarm::Keep,
        };
        let event = Event {
            partition: "store".parse().unwrap(),
            position: 1,
            stream: fixedops_connectors_traits::StreamId::new("vehicle", "v1").unwrap(),
            version: 1,
            at: second(0),
            event_type: "track_advanced".parse().unwrap(),
            data: serde_json::Value::Null,
            hash: EventHash::from_bytes([0; 32]),
        };
        state.apply(&event, Happened::TrackAdvanced(advanced));
    }

    #[test]
    fn what_a_track_came_to_is_kept_when_a_reading_begins_the_next() {
        let mut state = VehicleState::default();
        let mut first = Track::new();
        for batch in 0..3 {
            drive(&mut first, batch * 100..(batch + 1) * 100);
            advance(&mut state, &first);
        }
        assert_eq!((state.finished.len(), state.tracks().count()), (0, 1), "it goes on");

        let mut next = Track::new();
        drive(&mut next, 400..500);
        advance(&mut state, &next);
        assert_eq!(state.finished, [first.summary(&Model::shipped())]);
        let spans: Vec<_> = state.tracks().map(|track| (track.from, track.to)).collect();
        let at = |n: i64| Some(second(n));
        assert_eq!(spans, [(at(0), at(299)), (at(400), at(499))]);
    }

    #[test]
    fn a_track_whose_first_fix_was_no_good_is_still_the_same_track() {
        let mut state = VehicleState::default();
        let mut track = Track::new();
        track.fold(Fix::new(second(-9), 22.5, 114.1), second(0), &Model::shipped());
        advance(&mut state, &track);
        drive(&mut track, 0..100);
        advance(&mut state, &track);
        assert!(state.finished.is_empty(), "{:?}", state.finished);
    }
}
