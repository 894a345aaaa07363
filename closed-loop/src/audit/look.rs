//! One vehicle after the other: nothing here knows of any other vehicle.

use core::ops::Range;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{
    Baseline, Judgement, Posterior, Reading, ReadingKind, Stage, Verdict, assess, judge,
};
use fixedops_vocab::{Basis, Miles, RawOdometer};

use super::declined;
use super::fault::FaultKind;
use super::prepare::{Prepared, counts_as_visit, days_before, months_before};
use super::store::{Order, Person, Touch, Vehicle, index};
use super::tally::{Reached, Tally};

/// Instants an audit asks about, the same for every vehicle.
struct Days {
    end: DateTime<Utc>,
    in_play: i64,
    active: i64,
    lost: i64,
    from: i64,
    in_play_then: i64,
    ladder: Option<super::ladder::Window>,
}

/// A vehicle with its orders and readings.
pub(super) struct Car<'a> {
    pub(super) number: usize,
    info: &'a Vehicle,
    owner: Option<&'a Person>,
    pub(super) owner_number: Option<u32>,
    pub(super) orders: Vec<&'a Order>,
    pub(super) readings: Vec<Reading>,
    /// The order each reading comes from; the delivery comes from none.
    of_order: Vec<Option<usize>>,
    pub(super) verdicts: Vec<Judgement>,
}

impl Prepared {
    /// Counts over some vehicles, `0..self.vehicles()` in all.
    #[must_use]
    pub fn look(&self, vehicles: Range<usize>) -> Tally {
        let mut tally = Tally::default();
        tally.by_age.resize(self.data.policy.vehicles.capture_ages.len() + 1, 0);
        tally.stages.resize(self.schedule.rules().len(), Default::default());
        let (Some(last), Some(end)) = (self.last_day, DateTime::from_timestamp(self.end, 0)) else {
            return tally;
        };
        let policy = &self.data.policy;
        let from = days_before(last, policy.path.window_days);
        let from_day = super::prepare::day(from).unwrap_or(last);
        let days = Days {
            end,
            in_play: months_before(last, policy.vehicles.in_play_months),
            active: months_before(last, policy.vehicles.active_months),
            lost: months_before(last, policy.vehicles.lost_months),
            from,
            in_play_then: months_before(from_day, policy.vehicles.in_play_months),
            ladder: self.ladder_window,
        };
        for number in vehicles {
            if let Some(car) = self.car(number) {
                self.look_at(&car, &days, &mut tally);
            }
        }
        tally
    }

    fn car(&self, number: usize) -> Option<Car<'_>> {
        let info = self.data.vehicles.get(number)?;
        let orders: Vec<&Order> = self.orders_of(number).collect();
        let mut readings = Vec::with_capacity(orders.len() + 1);
        let mut of_order = Vec::with_capacity(orders.len() + 1);
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        if let (Some(delivered), Some(raw)) = (info.delivered.and_then(at), info.delivery_odometer) {
            readings.push(Reading::reported(delivered, raw).of_kind(ReadingKind::Delivery));
            of_order.push(None);
        }
        for (place, order) in orders.iter().enumerate().filter(|(_, order)| !order.dates_unsure) {
            if let (Some(opened), Some(raw)) = (at(order.opened), order.odometer) {
                readings.push(Reading::reported(opened, raw));
                of_order.push(Some(place));
            }
        }
        let verdicts = judge(&readings, &self.model);
        let owner_number = orders
            .iter()
            .rev()
            .map(|order| order.customer)
            .find(|number| index(*number) < self.data.people.len());
        let owner_number = owner_number.or(info.owner);
        let owner = owner_number.and_then(|number| self.data.people.get(index(number)));
        Some(Car { number, info, owner, owner_number, orders, readings, of_order, verdicts })
    }

    fn look_at(&self, car: &Car<'_>, days: &Days, tally: &mut Tally) {
        self.count_readings(car, tally);
        super::appointments::of_vehicle(self, car.number, &mut tally.appointments);
        let Some(last) = car.orders.last() else { return };
        if car.info.not_retail || self.internal_only(car.orders.iter().copied()) {
            return;
        }
        tally.retail += 1;
        match last.opened {
            seen if seen > days.active => tally.active += 1,
            seen if seen > days.lost => tally.lost += 1,
            _ => tally.defected += 1,
        }
        declined::of_car(self, &car.orders, days.end.timestamp(), &mut tally.declined);
        self.backtest(car, tally);
        if let Some(window) = days.ladder {
            self.ladder(car, window, &mut tally.ladder);
        }
        let in_play = last.opened > days.in_play;
        self.count_faults(car, in_play, tally);
        if in_play {
            self.count_in_play(car, days, tally);
        }
        let then = car.orders.iter().rev().find(|order| order.opened <= days.from);
        if then.is_some_and(|order| order.opened > days.in_play_then) {
            self.follow(car, days, tally);
        }
    }

    fn count_readings(&self, car: &Car<'_>, tally: &mut Tally) {
        tally.readings += car.readings.len() as u64;
        let mut kinds = 0_u64;
        for (verdict, order) in car.verdicts.iter().zip(&car.of_order) {
            let Some(kind) = fault_of(&verdict.verdict) else { continue };
            tally.readings_at_fault.add(kind);
            kinds |= 1 << kind.place();
            if let Some(order) = order.and_then(|place| car.orders.get(place)) {
                tally.example(kind, order.line.into());
            }
        }
        kinds |= car.info.faults;
        for kind in FaultKind::ALL.iter().filter(|kind| kinds & (1 << kind.place()) != 0) {
            tally.vehicles_at_fault.add(*kind);
        }
    }

    /// Which faults make the next reminder of a vehicle in play go wrong.
    fn count_faults(&self, car: &Car<'_>, in_play: bool, tally: &mut Tally) {
        use FaultKind as Kind;
        if !in_play {
            return;
        }
        let last_read = car.verdicts.last().and_then(|judgement| fault_of(&judgement.verdict));
        let last_order = car.of_order.last().copied().flatten();
        let newest_unread = car.orders.last().is_some_and(|order| order.odometer.is_none());
        if !newest_unread && last_order.is_some_and(|place| place + 1 == car.orders.len()) {
            last_read.into_iter().for_each(|kind| tally.reminders_at_fault.add(kind));
        }
        for kind in [Kind::VinCheckDigit, Kind::TwoCustomersOneVin] {
            if car.info.faults & (1 << kind.place()) != 0 {
                tally.reminders_at_fault.add(kind);
            }
        }
        if newest_unread {
            let unreadable = car.info.faults & (1 << Kind::MileageUnreadable.place()) != 0
                && car.info.faults & (1 << Kind::MileageMissing.place()) == 0;
            tally.reminders_at_fault.add(if unreadable {
                Kind::MileageUnreadable
            } else {
                Kind::MileageMissing
            });
        }
        if let Some(owner) = car.owner {
            let other_way = owner.phone.is_good() || owner.email.is_good();
            for (kind, bad) in
                [(Kind::PhoneBad, owner.phone.is_bad()), (Kind::EmailBad, owner.email.is_bad())]
            {
                if bad && !other_way {
                    tally.reminders_at_fault.add(kind);
                }
            }
        }
    }

    fn count_in_play(&self, car: &Car<'_>, days: &Days, tally: &mut Tally) {
        tally.in_play += 1;
        tally.with_customer += u64::from(car.owner.is_some());
        let posterior = self.posterior(car, days.end);
        let mileage = posterior.mileage_at(days.end);
        let basis = match mileage.basis() {
            Basis::Read => 0,
            Basis::Gps => 1,
            Basis::Estimated => 2,
            Basis::Unknown => 3,
        };
        if let Some(count) = tally.by_basis.get_mut(basis) {
            *count += 1;
        }
        tally.usable += u64::from(mileage.range().is_some());
        if let Some(range) = mileage.range().filter(|_| basis == 2) {
            tally.half_widths.push(range.p90().tenths().saturating_sub(range.p10().tenths()) / 2);
        }
        match mileage.last_capture() {
            Some(at) => {
                let age = (days.end - at).num_days();
                let limits = &self.data.policy.vehicles.capture_ages;
                let class = limits.iter().filter(|limit| age > i64::from(**limit)).count();
                if let Some(count) = tally.by_age.get_mut(class) {
                    *count += 1;
                }
            }
            None => tally.never_captured += 1,
        }
        let mut most = Stage::Unknown;
        for (place, stages) in tally.stages.iter_mut().enumerate() {
            let stage = self.stage(car, place, &posterior, days.end, days.end);
            most = most.max(stage);
            if let Some(count) = stages.get_mut(stage_place(stage)) {
                *count += 1;
            }
        }
        tally.any_due += u64::from(most >= Stage::Due);
        tally.any_overdue += u64::from(most == Stage::Overdue);
        let reached = reached(car.owner);
        if let Some(count) = tally.reached.get_mut(reached.place().0) {
            *count += 1;
        }
        tally.due_and_provable += u64::from(most >= Stage::Due && reached == Reached::Yes);
        if let Some(owner) = car.owner {
            for (state, counts) in [(owner.phone, &mut tally.phone), (owner.email, &mut tally.email)] {
                if let Some(count) = counts.get_mut(state.place()) {
                    *count += 1;
                }
            }
            let mail = owner.email.is_good() && !owner.opt_out && !owner.block_mail;
            tally.mailable += u64::from(mail);
        }
    }

    pub(super) fn posterior(&self, car: &Car<'_>, as_of: DateTime<Utc>) -> Posterior {
        let track = u32::try_from(car.number).ok().and_then(|number| self.data.tracks.get(&number));
        Posterior::fit(&car.readings, track.map_or(&[], core::slice::from_ref), as_of, &self.model)
    }

    /// The stage of a service at `at`, counted from what was done by `known`.
    pub(super) fn stage(
        &self,
        car: &Car<'_>,
        service: usize,
        posterior: &Posterior,
        known: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Stage {
        let Some(rule) = self.schedule.rules().get(service) else { return Stage::Unknown };
        let Some(baseline) = self.baseline(car, service, known) else { return Stage::Unknown };
        assess(rule, &baseline, posterior, at, self.data.policy.vehicles.due_level).stage
    }

    /// The last of these services, or the delivery.
    fn baseline(&self, car: &Car<'_>, service: usize, known: DateTime<Utc>) -> Option<Baseline> {
        let known = known.timestamp();
        let mut done = car.orders.iter().enumerate().filter(|(_, order)| {
            order.opened <= known
                && self.data.chain(order.last_line).any(|operation| {
                    let what = self.services.get(index(operation.code)).copied().flatten();
                    !operation.declined && what == Some(service)
                })
        });
        let first = done.next();
        let (last, cycle) = done.fold((first, u32::from(first.is_some())), |(_, count), next| {
            (Some(next), count.saturating_add(1))
        });
        if let Some((place, order)) = last {
            let reading = car.of_order.iter().position(|of| *of == Some(place));
            let miles = reading.and_then(|reading| {
                let verdict = car.verdicts.get(reading)?.verdict;
                counted_miles(&verdict, car.readings.get(reading)?.raw)
            });
            return Some(Baseline::here(DateTime::from_timestamp(order.opened, 0)?, miles, cycle));
        }
        let delivered = car.info.delivered.filter(|at| *at <= known)?;
        let miles = car.info.delivery_odometer.and_then(|raw| raw.to_miles());
        Some(Baseline::delivered(DateTime::from_timestamp(delivered, 0)?, miles, &self.due))
    }

    /// The path from the mileage to the repair order, over the window.
    fn follow(&self, car: &Car<'_>, days: &Days, tally: &mut Tally) {
        let Some(from) = DateTime::from_timestamp(days.from, 0) else { return };
        let posterior = self.posterior(car, from);
        let service = self.path_service();
        let usable = posterior.mileage_at(from).range().is_some();
        let counted = service.is_some_and(|service| self.baseline(car, service, from).is_some());
        let due =
            service.is_some_and(|service| self.stage(car, service, &posterior, from, days.end) >= Stage::Due);
        let within = |at: i64| at > days.from && at <= days.end.timestamp();
        let vehicle = u32::try_from(car.number).unwrap_or(u32::MAX);
        let contacted = touched(&self.data.touches_of_vehicles, vehicle, within)
            || car.owner_number.is_some_and(|owner| touched(&self.data.touches_of_people, owner, within));
        let made = &self.data.appointments;
        let begin = made.partition_point(|appointment| appointment.vehicle < vehicle);
        let booked = made
            .iter()
            .skip(begin)
            .take_while(|appointment| appointment.vehicle == vehicle)
            .any(|appointment| within(appointment.starts) && !appointment.cancelled)
            || car
                .owner_number
                .is_some_and(|owner| touched(&self.data.appointments_of_people, owner, within));
        let came = car.orders.iter().any(|order| counts_as_visit(order, days.from) && within(order.opened));
        let there = |file| self.is_there(file);
        let steps = [
            true,
            usable,
            counted,
            due,
            reached(car.owner) == Reached::Yes,
            contacted || !there(super::ExtractFile::Touches),
            booked || !there(super::ExtractFile::Appointments),
            came,
        ];
        for (place, step) in steps.into_iter().enumerate() {
            if step {
                if let Some(count) = tally.path.passed.get_mut(place) {
                    *count += 1;
                }
            } else {
                if let Some(count) = tally.path.came_anyway.get_mut(place) {
                    *count += u64::from(came);
                }
                break;
            }
        }
    }
}

fn touched(touches: &[Touch], subject: u32, within: impl Fn(i64) -> bool) -> bool {
    let begin = touches.partition_point(|touch| touch.subject < subject);
    touches.iter().skip(begin).take_while(|touch| touch.subject == subject).any(|touch| within(touch.sent))
}

/// Whether marketing may be proven to be wanted by text, and the first reason why not.
fn reached(owner: Option<&Person>) -> Reached {
    match owner {
        None => Reached::NoOwner,
        Some(owner) if owner.opt_out => Reached::OptedOut,
        Some(owner) if owner.block_phone => Reached::PhoneBlocked,
        Some(owner) if owner.phone.is_bad() => Reached::BadPhone,
        Some(owner) if !owner.phone.is_good() => Reached::NoPhone,
        Some(owner) => match owner.consented() {
            super::store::Consented::Provable => Reached::Yes,
            other => Reached::NoConsent(other),
        },
    }
}

fn stage_place(stage: Stage) -> usize {
    match stage {
        Stage::Unknown => 0,
        Stage::NotYet => 1,
        Stage::Soon => 2,
        Stage::Due => 3,
        Stage::Overdue => 4,
    }
}

fn fault_of(verdict: &Verdict) -> Option<FaultKind> {
    match verdict {
        Verdict::Accepted => None,
        Verdict::SetAside(reason) => Some(FaultKind::of_reason(*reason)),
        Verdict::Repaired { kind, .. } => Some(FaultKind::of_repair(*kind)),
    }
}

fn counted_miles(verdict: &Verdict, raw: RawOdometer) -> Option<Miles> {
    match verdict {
        Verdict::Accepted => raw.to_miles(),
        Verdict::Repaired { miles, .. } => Some(*miles),
        Verdict::SetAside(_) => None,
    }
}
