//! The inspections of a store as the score reads them: what was found, and what the store knew when it was found.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use fixedops_connectors_traits::{FindingRecord, InspectionRecord};
use fixedops_mpi_score::{
    CustomerFit, Declined, Finding, Inspection, Measurement, ServiceHistory, Sheet, Unit, VehicleHistory,
};
use fixedops_vocab::{
    Currency, IdError, InspectionCode, InspectionId, Miles, Money, PayType, RoId, ServiceId, VehicleId,
};

use crate::car::Car;
use crate::clock::{DAY, YEAR, days, in_days};
use crate::content::{Content, Fate};
use crate::draw::Draw;
use crate::experts::{Customers, Inspected, Quarter};
use crate::order::Order;
use crate::parameters::{Operation, Parameters, WearLaw};
use crate::visit::Visit;
use crate::world::World;

/// Names the draws of a quarter's store.
const DRAWS: &str = "store-world-quarters/1";
/// From the first day of the world past the end of the quarter that is lived through.
const DAYS: u32 = 125;

/// What a store has seen of a car so far.
#[derive(Default)]
struct Known {
    /// By operation: miles when it was last done here.
    done: BTreeMap<usize, f64>,
    /// By operation: when it was first declined and has stayed open since.
    declined: BTreeMap<usize, i64>,
    /// When it was here, and for how many cents of the customer's.
    visits: Vec<(i64, i32)>,
}

impl Known {
    fn learn(&mut self, visit: &Visit, content: &Content, miles: f64) {
        for found in content.found.iter().filter(|found| found.code == InspectionCode::Green) {
            self.declined.remove(&found.operation);
        }
        let mut cents = 0;
        for line in &content.lines {
            match line.fate {
                Fate::Requested | Fate::Approved => {
                    self.done.insert(line.operation, miles);
                    self.declined.remove(&line.operation);
                    cents += if line.pay == PayType::CustomerPay { line.cents } else { 0 };
                }
                Fate::Declined { .. } | Fate::Deferred => {
                    self.declined.entry(line.operation).or_insert(visit.at);
                }
                Fate::Unanswered => {}
            }
        }
        self.visits.push((visit.at, cents));
    }
}

impl World {
    /// A store of which one quarter is lived through, by cars of its own.
    pub(crate) fn of_quarter(parameters: Parameters, quarter: &Quarter) -> Self {
        let Quarter { seed, rooftop, vehicles, quarter } = *quarter;
        let seed = Draw::new(DRAWS, seed, rooftop).word("quarter", u64::from(quarter));
        Self::new(parameters, seed, rooftop, vehicles, DAYS)
    }

    /// All inspections of that quarter, moved to where it lies.
    pub(crate) fn inspected(
        &self,
        customers: &Customers,
        quarter: &Quarter,
    ) -> Result<Vec<Inspected>, IdError> {
        let (from, until) = (first_of(2027, 1), first_of(2027, 4));
        let mut all = Vec::new();
        for car in &self.cars {
            let mut known = Known::default();
            let mut fault = None;
            self.live(car, until, false, &mut |number, visit, content| {
                let order = Order {
                    car,
                    number,
                    wish: Self::own_wish(car, number, visit),
                    content,
                    appointment: None,
                };
                let at = order.inspected_at();
                if order.content.inspected && (from..until).contains(&at) {
                    let made = self.inspection(&order, order.left(self), at);
                    match made
                        .and_then(|record| self.as_known(car, visit, &known, record, customers, quarter))
                    {
                        Ok(inspected) => all.push(inspected),
                        Err(error) => fault = Some(error),
                    }
                }
                // What was before the import is in no system of the store.
                if visit.at >= car.known {
                    known.learn(visit, &order.content, car.drive.miles(visit.at));
                }
            });
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        // Of a longer month the last days fall together when moved.
        all.sort_by_cached_key(|one: &Inspected| {
            (one.sheet.inspection.completed_at, one.sheet.inspection.inspection.clone())
        });
        Ok(all)
    }

    fn as_known(
        &self,
        car: &Car,
        visit: &Visit,
        known: &Known,
        record: InspectionRecord,
        customers: &Customers,
        quarter: &Quarter,
    ) -> Result<Inspected, IdError> {
        let name = format!("q{}", quarter.quarter + 1);
        let miles = car.drive.miles(visit.at);
        let mut findings = Vec::new();
        let mut services = Vec::new();
        let worn = self.parameters.operations.iter().enumerate();
        let mut worn =
            worn.filter_map(|(index, operation)| Some((index, operation, operation.wear.as_ref()?)));
        for found in record.findings {
            // The tablet writes one finding for every operation that wears, in their order.
            let Some((index, operation, law)) = worn.next() else { break };
            let service = service(operation)?;
            let since = match known.done.get(&index) {
                Some(done) => Some(miles - done),
                None => (car.known <= car.delivered).then(|| miles - car.drive.miles(car.delivered)),
            };
            let interval = interval(law);
            // Far fewer than 2^32.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let missed = since.zip(interval).map(|(since, interval)| (since / interval).max(0.0) as u32);
            let declined = known.declined.get(&index).map_or(Declined::Never, |at| {
                Declined::DaysAgo(u32::try_from((visit.at - at).div_euclid(DAY)).unwrap_or(0))
            });
            services.push(ServiceHistory {
                service: service.clone(),
                miles_since: since.map(Miles::clamped),
                interval: interval.map(Miles::clamped),
                missed,
                declined: Some(declined),
            });
            findings.push(finding(found, service));
        }
        let inspection = Inspection {
            inspection: InspectionId::new(format!("{}-{name}-{}", self.store.rooftop, record.inspection))?,
            ro: RoId::new(format!("{}-{name}", record.ro))?,
            vehicle: VehicleId::new(format!("{name}-{}", record.vehicle))?,
            completed_at: record.completed_at.and_then(|at| moved(at, quarter.quarter)),
            findings,
        };
        let mut sheet = Sheet::of(inspection);
        (sheet.technician, sheet.advisor) = (record.technician, record.advisor);
        sheet.store = Some(self.store.rooftop.to_string());
        sheet.odometer = Some(Miles::clamped(miles.floor()));
        let year = visit.at - days(YEAR);
        let lately = || known.visits.iter().filter(|(at, _)| *at >= year);
        let spent = lately().map(|(_, cents)| cents).sum();
        let owner = u64::from(car.owner.unwrap_or(u32::MAX));
        let fit = CustomerFit {
            annual_spend: Some(Money::cents(spent, Currency::USD)),
            visits: u32::try_from(lately().count()).ok(),
            warranty: Some(in_days(visit.at - car.delivered) < customers.contract_years.value * YEAR),
            financing: Some(self.draw.chance(customers.financing.value, "financing", owner)),
        };
        Ok(Inspected { sheet, history: VehicleHistory { services }, fit })
    }
}

/// Midnight, UTC, of the first of a month.
fn first_of(year: i32, month: u32) -> i64 {
    let first = NaiveDate::from_ymd_opt(year, month, 1).and_then(|date| date.and_hms_opt(0, 0, 0));
    first.unwrap_or_default().and_utc().timestamp()
}

fn moved(at: DateTime<Utc>, quarters: u32) -> Option<DateTime<Utc>> {
    at.checked_add_months(Months::new(quarters.saturating_mul(3)))
}

/// Its service: the schedule's, else its code.
fn service(operation: &Operation) -> Result<ServiceId, IdError> {
    operation.service.clone().map_or_else(|| ServiceId::new(operation.op_code.as_str().to_lowercase()), Ok)
}

/// Miles from new to yellow in the mean car; None for what ages by years alone.
fn interval(law: &WearLaw) -> Option<f64> {
    (law.per_10k_miles > 0.0).then(|| (law.new - law.yellow) / law.per_10k_miles * 10_000.0)
}

fn finding(found: FindingRecord, service: ServiceId) -> Finding {
    let units = [Unit::ThirtySeconds, Unit::Millimetres, Unit::Percent, Unit::Volts];
    let measurements = found.measurements.into_iter().filter_map(|measured| {
        let unit = units.into_iter().find(|unit| unit.as_str() == measured.unit)?;
        Some(Measurement {
            name: measured.name,
            place: measured.place,
            value: measured.value.parse().ok()?,
            unit,
        })
    });
    Finding {
        id: found.id,
        section: found.section,
        item: found.item,
        code: found.code,
        measurements: measurements.collect(),
        photos: found.photos,
        note: found.note,
        service: Some(service),
        op_code: found.op_code,
        price: found.price,
        recall: found.recall,
    }
}
