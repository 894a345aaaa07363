use chrono::{DateTime, Days, Months, NaiveDate};
use fixedops_odometer_core::{IntervalRule, Model, Schedule};
use fixedops_vocab::{OpCode, PayType};

use super::fault::FaultKind;
use super::intern::Texts;
use super::record::ExtractFile;
use super::store::{AuditBuilder, Order, index};
use crate::OpCodes;

/// An extract in order: its last day found, rows of the future set aside, the orders of each vehicle side by side.
///
/// Vehicles can be looked at in parallel, range by range; [`super::Tally`]s of ranges are merged in order.
#[derive(Debug)]
pub struct Prepared {
    pub(super) data: AuditBuilder,
    pub(super) model: Model,
    pub(super) schedule: Schedule,
    pub(super) due: fixedops_odometer_core::DuePolicy,
    pub(super) op_codes_version: fixedops_vocab::PolicyVersion,
    /// The service each operation code stands for, by place in the schedule.
    pub(super) services: Vec<Option<usize>>,
    /// The service each name in the touches stands for, by place in the schedule.
    pub(super) named: Vec<Option<usize>>,
    pub(super) ladder_policy: fixedops_attribution::Policy,
    /// Places of the orders that count and have a vehicle, by vehicle and time.
    pub(super) by_vehicle: Vec<u32>,
    /// Where the orders of each vehicle begin in `by_vehicle`.
    pub(super) begins: Vec<u32>,
    pub(super) first_day: Option<NaiveDate>,
    pub(super) last_day: Option<NaiveDate>,
    pub(super) last_day_how: String,
    /// The end of the last day, seconds.
    pub(super) end: i64,
    pub(super) visits: Visits,
    /// `None` where nothing was sent.
    pub(super) ladder_window: Option<super::ladder::Window>,
    future: Vec<(u64, FaultKind)>,
}

/// Customer-pay visits of the last months.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visits {
    pub(super) cents: i64,
    pub(super) visits: u64,
    /// Of those whose operations are known: how many, and how many have one only.
    pub(super) with_lines: u64,
    pub(super) one_line: u64,
}

pub(super) fn day(at: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp(at, 0).map(|at| at.date_naive())
}

/// The end of a day, seconds.
pub(super) fn end_of(day: NaiveDate) -> i64 {
    day.and_hms_opt(23, 59, 59).map_or(0, |at| at.and_utc().timestamp())
}

pub(super) fn months_before(day: NaiveDate, months: u32) -> i64 {
    day.checked_sub_months(Months::new(months)).map_or(i64::MIN, end_of)
}

pub(super) fn days_before(day: NaiveDate, days: u32) -> i64 {
    day.checked_sub_days(Days::new(days.into())).map_or(i64::MIN, end_of)
}

impl AuditBuilder {
    /// Puts the extract in order. `last_day`: the day the audit speaks of, where it is known; else it is found.
    #[must_use]
    pub fn prepare(
        mut self,
        last_day: Option<NaiveDate>,
        model: Model,
        schedule: Schedule,
        op_codes: &OpCodes,
    ) -> Prepared {
        let (last, how) = match last_day {
            Some(given) => (Some(given), "the one the mapping names".to_owned()),
            None => self.last_day(),
        };
        let end = last.map_or(i64::MAX, end_of);
        let mut future = Vec::new();
        let mut orders = core::mem::take(&mut self.orders);
        for order in orders.iter_mut().filter(|order| order.opened > end) {
            order.aside = true;
            let (line, kind) = (u64::from(order.line), FaultKind::FutureDate);
            self.aside(ExtractFile::RepairOrders, line, kind, order.customer_pay.unwrap_or(0));
            future.push((line, kind));
        }
        let mut by_vehicle: Vec<u32> = (0..)
            .zip(&orders)
            .filter(|(_, order)| !order.aside && index(order.vehicle) < self.vehicles.len())
            .map(|(place, _)| place)
            .collect();
        by_vehicle.sort_unstable_by_key(|place| {
            orders.get(index(*place)).map(|order| (order.vehicle, order.opened, order.closed, order.line))
        });
        let mut begins = Vec::with_capacity(self.vehicles.len() + 1);
        let vehicle_of = |place: &u32| orders.get(index(*place)).map_or(u32::MAX, |order| order.vehicle);
        for vehicle in 0..=u32::try_from(self.vehicles.len()).unwrap_or(u32::MAX) {
            let begin = by_vehicle.partition_point(|place| vehicle_of(place) < vehicle);
            begins.push(u32::try_from(begin).unwrap_or(u32::MAX));
        }
        self.orders = orders;
        self.appointments.sort_by_key(|made| (made.vehicle, made.starts, made.made));
        self.touches_of_vehicles.sort_unstable();
        self.touches_of_people.sort_unstable();
        self.appointments_of_people.sort_unstable();

        let of_code = |text: &str| {
            let service = op_codes.service(&OpCode::new(text).ok()?)?;
            schedule.rules().iter().position(|rule: &IntervalRule| &rule.service == service)
        };
        let numbers = |texts: &Texts| 0..u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let services = numbers(&self.codes).map(|number| of_code(self.codes.get(number)?)).collect();
        // A touch names a service as the schedule does, or by an operation code.
        let of_name = |name: &str| {
            let spoken = name.to_lowercase().replace([' ', '-'], "_");
            let same = |rule: &IntervalRule| rule.service.as_str() == spoken;
            schedule.rules().iter().position(same).or_else(|| of_code(name))
        };
        let named = numbers(&self.names).map(|number| of_name(self.names.get(number)?)).collect();
        let first_day = by_vehicle
            .iter()
            .filter_map(|place| self.orders.get(index(*place)))
            .map(|order| order.opened)
            .min()
            .and_then(day);
        let visits = last.map_or(Visits::default(), |last| self.visits(last));
        let mut prepared = Prepared {
            data: self,
            model,
            schedule,
            due: fixedops_odometer_core::DuePolicy::shipped(),
            op_codes_version: op_codes.version().clone(),
            services,
            named,
            ladder_policy: fixedops_attribution::Policy::shipped(),
            by_vehicle,
            begins,
            first_day,
            last_day: last,
            last_day_how: how,
            end,
            visits,
            future,
            ladder_window: None,
        };
        prepared.ladder_window = prepared.window();
        prepared
    }

    /// The last day with repair orders; a few rows beyond a long gap are slips and not the last day.
    fn last_day(&self) -> (Option<NaiveDate>, String) {
        let mut days: std::collections::BTreeMap<i64, u64> = std::collections::BTreeMap::new();
        for order in &self.orders {
            *days.entry(order.opened.div_euclid(86_400)).or_default() += 1;
        }
        let policy = &self.policy.dates;
        // A small store has gaps of its own: the future lies beyond twice the widest that is not rare.
        let mut gaps: Vec<i64> = days.keys().zip(days.keys().skip(1)).map(|(one, next)| next - one).collect();
        gaps.sort_unstable();
        let wide = gaps.get(gaps.len().saturating_sub(1) * 3 / 4).copied().unwrap_or(0);
        let gap = i64::from(policy.future_gap_days).max(wide.saturating_mul(2));
        let rows = self.orders.len() as u64;
        let most = (rows * policy.future_rows_per_thousand / 1_000).max(3).min(rows / 2);
        let (mut beyond, mut later, mut last, mut left) = (0_u64, None, days.keys().next_back().copied(), 0);
        for (&this, &count) in days.iter().rev() {
            if beyond > most {
                break;
            }
            if later.is_some_and(|later: i64| later - this > gap) {
                (last, left) = (Some(this), beyond);
            }
            beyond += count;
            later = Some(this);
        }
        let how = match left {
            0 => "the day of the last repair order".to_owned(),
            left => format!(
                "the day of the last repair order before a gap of more than {gap} days with {left} rows beyond it"
            ),
        };
        (last.and_then(|day_number| day(day_number.checked_mul(86_400)?)), how)
    }

    fn visits(&self, last: NaiveDate) -> Visits {
        let since = months_before(last, self.policy.visit.mean_months);
        let mut visits = Visits::default();
        for order in self.orders.iter().filter(|order| counts_as_visit(order, since)) {
            visits.cents = visits.cents.saturating_add(order.customer_pay.unwrap_or(0));
            visits.visits += 1;
            let done = self.chain(order.last_line).filter(|operation| !operation.declined).count();
            visits.with_lines += u64::from(done > 0);
            visits.one_line += u64::from(done == 1);
        }
        visits
    }
}

/// A visit the customer paid for, after `since`.
pub(super) fn counts_as_visit(order: &Order, since: i64) -> bool {
    !order.aside && order.opened > since && order.customer_pay.is_some_and(|cents| cents > 0)
}

impl Prepared {
    /// How many vehicles there are to look at.
    #[must_use]
    pub fn vehicles(&self) -> usize {
        self.data.vehicles.len()
    }

    /// Rows that turned out to lie in the future, by line.
    #[must_use]
    pub fn future_rows(&self) -> &[(u64, FaultKind)] {
        &self.future
    }

    /// The orders of a vehicle, by time.
    pub(super) fn orders_of(&self, vehicle: usize) -> impl Iterator<Item = &Order> + Clone {
        let begin = self.begins.get(vehicle).map_or(0, |&place| index(place));
        let end = self.begins.get(vehicle + 1).map_or(begin, |&place| index(place));
        let places = self.by_vehicle.get(begin..end).unwrap_or_default();
        places.iter().filter_map(|place| self.data.orders.get(index(*place)))
    }

    /// Whether a file of the extract was there.
    pub(super) fn is_there(&self, file: ExtractFile) -> bool {
        let counted = ExtractFile::ALL.iter().zip(&self.data.files).find(|(known, _)| **known == file);
        counted.is_some_and(|(_, counted)| counted.present)
    }

    /// The place of the interval that the path follows.
    pub(super) fn path_service(&self) -> Option<usize> {
        let service = &self.data.policy.path.service;
        self.schedule.rules().iter().position(|rule| &rule.service == service)
    }

    /// Whether every operation of these orders is the dealership's own: stock or a loaner.
    pub(super) fn internal_only<'a>(&self, mut orders: impl Iterator<Item = &'a Order>) -> bool {
        let mut any = false;
        orders.all(|order| {
            let mut operations = self.data.chain(order.last_line).filter(|operation| !operation.declined);
            let internal = operations.all(|operation| {
                any = true;
                operation.pay_type == Some(PayType::Internal)
            });
            internal && order.customer_pay.unwrap_or(0) == 0
        }) && any
    }
}
