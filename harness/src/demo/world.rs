//! A small simulated store: ten kinds of owners, their cars' true odometers, and how they answer.
//!
//! Everything is a function of seed and id: asked again, the world says the same. It speaks as outside systems do, in
//! exchange records; what they mean is the loop's business.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use fixedops_connectors_traits::{
    AppointmentRecord, AppointmentStatus, CustomerRecord, DmsChange, OptOutFlags, RepairOrderLine,
    RepairOrderRecord, UnitKind, VehicleRecord,
};
use fixedops_odometer_core::Fix;
use fixedops_vocab::{
    AppointmentId, Currency, CustomerId, DistanceUnit, HouseholdId, IdError, Money, OpCode, PayType,
    RawOdometer, RoId, RoLineId, RooftopId, TouchKey, VehicleId,
};

use super::draw::Draw;

/// Named in the journal: another world makes another journal.
pub const VERSION: &str = "demo-world/1";

/// What happens in the world, and when.
#[derive(Clone, Debug)]
pub struct Input {
    /// When it comes in.
    pub at: DateTime<Utc>,
    /// From where; ties in time are broken by source, then id.
    pub source: &'static str,
    /// Its name in the source.
    pub id: String,
    /// What it is.
    pub what: What,
}

/// What comes in.
#[derive(Clone, Debug)]
pub enum What {
    /// A record of the DMS or its scheduler.
    Dms(DmsChange),
    /// A consent signed at the tablet: whether it is for marketing, in writing.
    Consent { car: usize, written: bool, given_at: DateTime<Utc> },
    /// The car reports its odometer.
    Device { car: usize, odometer: RawOdometer },
    /// The car reports where it was.
    Fixes { car: usize, fixes: Vec<Fix> },
    /// The carrier reports on a message.
    Delivery { key: TouchKey, delivered: bool },
    /// A link was opened; how sure we are that a person did it.
    Click { key: TouchKey, human_percent: u8 },
    /// The customer wrote back.
    Reply { key: TouchKey, text: &'static str },
}

/// What kind of owner a car has. Named, so that ten cars show ten stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Books from the link and comes.
    Willing,
    /// Answers STOP.
    OptsOut,
    /// Gave his number, never signed for marketing.
    NotWritten,
    /// Shares a home with the next.
    Household,
    /// His car reports where it drives.
    Tracked,
    /// None: the car is stock.
    Stock,
    /// One of his odometers was mistyped at write-up.
    Mistyped,
    /// His number in the DMS is none.
    NoPhone,
    /// Declined brake fluid at the last visit.
    Declined,
    /// Comes by himself.
    ByHimself,
}

const OWNERS: [Owner; 10] = [
    Owner::Willing,
    Owner::OptsOut,
    Owner::NotWritten,
    Owner::Household,
    Owner::Tracked,
    Owner::Stock,
    Owner::Mistyped,
    Owner::NoPhone,
    Owner::Declined,
    Owner::ByHimself,
];

const NAMES: [&str; 10] =
    ["Avery", "Blake", "Casey", "Devon", "Emery", "Finley", "Gray", "Harper", "Indigo", "Jules"];
const CARS: [(&str, &str); 5] = [
    ("Honda", "CR-V"),
    ("Toyota", "Camry"),
    ("Ford", "F-150"),
    ("Subaru", "Outback"),
    ("Chevrolet", "Equinox"),
];
/// Miles between oil services in the sample schedule.
const OIL_INTERVAL: f64 = 7_500.0;

/// The world.
#[derive(Clone, Debug)]
pub struct World {
    draw: Draw,
    vehicles: usize,
    days: u32,
}

/// A car and its truth.
#[derive(Clone, Debug)]
pub struct Car {
    /// Its number in the world.
    pub index: usize,
    /// Its owner's kind.
    pub owner: Owner,
    /// Miles a day, on average.
    rate: f64,
    /// When its last oil service before the start was.
    last_service: DateTime<Utc>,
    /// When it was delivered new.
    delivered: DateTime<Utc>,
}

impl World {
    /// A world of `vehicles` cars for `days` days.
    pub fn new(seed: u64, vehicles: u32, days: u32) -> Self {
        Self { draw: Draw(seed), vehicles: vehicles as usize, days }
    }

    /// When it begins: a Tuesday morning, after the shipped plans are in force.
    pub fn start(&self) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 12, 1)
            .and_then(|d| d.and_hms_opt(14, 0, 0))
            .unwrap_or_default()
            .and_utc()
    }

    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.start() + TimeDelta::days(i64::from(self.days))
    }

    /// The one rooftop.
    pub fn rooftop() -> Result<RooftopId, IdError> {
        RooftopId::new("north")
    }

    /// Car number `index`.
    pub fn car(&self, index: usize) -> Car {
        let name = |what: &str| format!("car/{index}/{what}");
        let owner = OWNERS.get(index % OWNERS.len()).copied().unwrap_or(Owner::Willing);
        let rate = self.draw.between(&name("rate"), 28.0, 52.0);
        // The next oil service falls due between day 6 and day 110.
        let due_in = self.draw.between(&name("due"), 6.0, 110.0);
        let last_service = workday(self.start() + days(due_in - OIL_INTERVAL / rate));
        let delivered = last_service - days(4.0 * OIL_INTERVAL / rate);
        Car { index, owner, rate, last_service, delivered }
    }

    /// Everything that is known to happen without us: the first day's import, readings, drives, own visits.
    pub fn inputs(&self) -> Result<Vec<Input>, IdError> {
        let mut inputs = Vec::new();
        for index in 0..self.vehicles {
            self.import(index, &mut inputs)?;
            self.on_the_road(index, &mut inputs)?;
        }
        Ok(inputs)
    }

    /// What the DMS and the tablets hold on the first day.
    fn import(&self, index: usize, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        let (car, at) = (self.car(index), self.start());
        let mut push = |source, id: String, what| inputs.push(Input { at, source, id, what });
        if car.owner != Owner::Stock {
            // Numbers kept for fiction: 555-0100 to 0199 in one area code after another.
            let area = 404 + index / 100 % 90;
            let typed = format!("({area}) 555-01{:02}", index % 100);
            let customer = CustomerRecord {
                customer: car.customer()?,
                household: Some(car.household()?),
                first_name: NAMES.get(index % NAMES.len()).map(|name| (*name).to_owned()),
                last_name: None,
                phone: Some(if car.owner == Owner::NoPhone { "ask at desk".to_owned() } else { typed }),
                email: index.is_multiple_of(2).then(|| format!("owner{index}@mail.example")),
                zip: None,
                state: Some("GA".to_owned()),
                opt_out: OptOutFlags::default(),
                changed_at: at,
            };
            push("a-dms-customers", format!("{index:06}"), What::Dms(DmsChange::Customer(customer)));
            if car.owner != Owner::NoPhone {
                let written = car.owner != Owner::NotWritten;
                let what = What::Consent { car: index, written, given_at: car.last_service };
                push("b-consents", format!("{index:06}"), what);
            }
        }
        let (make, model) = CARS.get(index % CARS.len()).copied().unwrap_or(("", ""));
        let vehicle = VehicleRecord {
            vehicle: car.vehicle()?,
            vin: None,
            owner: if car.owner == Owner::Stock { None } else { Some(car.customer()?) },
            unit: if car.owner == Owner::Stock { UnitKind::Stock } else { UnitKind::Retail },
            year: u16::try_from(car.delivered.year()).ok(),
            make: Some(make.to_owned()),
            model: Some(model.to_owned()),
            delivered_on: Some(car.delivered.date_naive()),
            changed_at: at,
        };
        push("c-dms-vehicles", format!("{index:06}"), What::Dms(DmsChange::Vehicle(vehicle)));
        for visit in 0..4_u32 {
            let when = workday(car.last_service - days(f64::from(3 - visit) * OIL_INTERVAL / car.rate));
            let mistyped = car.owner == Owner::Mistyped && visit == 2;
            let declined = car.owner == Owner::Declined && visit == 3;
            let mut order = self.order(&car, &format!("H{index:04}{visit}"), when, None, visit % 2 == 1)?;
            if mistyped {
                // One digit too many, as typed at the desk.
                order.odometer_in = order.odometer_in.map(|odometer| {
                    RawOdometer::new(odometer.thousandths() * 10 + 3_000, DistanceUnit::Miles)
                });
            }
            if declined {
                order.lines.push(line(
                    "9",
                    "BRKF",
                    "brake fluid exchange",
                    PayType::CustomerPay,
                    14_900,
                    true,
                )?);
            }
            push("d-dms-orders", format!("{index:06}/{visit}"), What::Dms(DmsChange::RepairOrder(order)));
        }
        Ok(())
    }

    /// What the car does, and a visit its owner would pay anyway.
    fn on_the_road(&self, index: usize, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        let car = self.car(index);
        let start = self.start();
        if matches!(car.owner, Owner::Willing | Owner::ByHimself) {
            for week in (14..self.days).step_by(21) {
                let at = start + TimeDelta::days(i64::from(week)) + TimeDelta::hours(3);
                let what = What::Device { car: index, odometer: car.odometer(at) };
                inputs.push(Input { at, source: "e-telematics", id: format!("{index:06}/{week:04}"), what });
            }
        }
        if car.owner == Owner::Tracked {
            for day in 0..self.days {
                let at = start + TimeDelta::days(i64::from(day)) + TimeDelta::hours(9);
                let what = What::Fixes { car: index, fixes: car.drive(at) };
                inputs.push(Input { at, source: "e-telematics", id: format!("{index:06}/{day:04}"), what });
            }
        }
        if car.owner == Owner::ByHimself {
            let at = workday(car.last_service + days(OIL_INTERVAL * 1.04 / car.rate));
            if at > start && at < self.end() {
                let order = self.order(&car, &format!("W{index:04}"), at, None, true)?;
                let at = order.changed_at;
                let what = What::Dms(DmsChange::RepairOrder(order));
                inputs.push(Input { at, source: "d-dms-orders", id: format!("{index:06}/own"), what });
            }
        }
        Ok(())
    }

    /// How the owner of car `index` answers a touch that went out at `sent_at`. `token` is what its link carries.
    pub fn react(
        &self,
        index: usize,
        key: &TouchKey,
        sent_at: DateTime<Utc>,
        token: &str,
    ) -> Result<Vec<Input>, IdError> {
        let car = self.car(index);
        let chance = |what: &str| self.draw.unit(&format!("touch/{key}/{what}"));
        let mut inputs = Vec::new();
        let mut push = |after: TimeDelta, source, what| {
            inputs.push(Input { at: sent_at + after, source, id: key.to_string(), what });
        };
        let delivered = chance("delivered") < 0.98;
        push(TimeDelta::seconds(4), "f-carrier", What::Delivery { key: key.clone(), delivered });
        if !delivered {
            return Ok(inputs);
        }
        if chance("preview") < 0.3 {
            // The phone fetches a preview of the link: a click that no person made.
            push(TimeDelta::seconds(5), "g-link-scanner", What::Click { key: key.clone(), human_percent: 5 });
        }
        match car.owner {
            Owner::OptsOut => {
                push(TimeDelta::minutes(11), "h-replies", What::Reply { key: key.clone(), text: "STOP" })
            }
            Owner::Willing | Owner::Household | Owner::Tracked | Owner::Mistyped | Owner::Declined => {
                let mood = chance("mood");
                // The willing always book; of the others 45 in 100 do, 10 ask, 5 wave off.
                if car.owner == Owner::Willing || mood < 0.45 {
                    push(
                        TimeDelta::minutes(7),
                        "g-clicks",
                        What::Click { key: key.clone(), human_percent: 95 },
                    );
                    inputs.extend(self.book(&car, key, sent_at, token)?);
                } else if mood < 0.55 {
                    let text = "How much is that going to cost?";
                    push(TimeDelta::minutes(25), "h-replies", What::Reply { key: key.clone(), text });
                } else if mood < 0.60 {
                    let text = "not interested, thanks";
                    push(TimeDelta::minutes(40), "h-replies", What::Reply { key: key.clone(), text });
                }
            }
            Owner::NotWritten | Owner::Stock | Owner::NoPhone | Owner::ByHimself => {}
        }
        Ok(inputs)
    }

    /// Booked from the link: the appointment, and whether he comes (82 in 100; FIELD: service show rate).
    fn book(
        &self,
        car: &Car,
        key: &TouchKey,
        sent_at: DateTime<Utc>,
        token: &str,
    ) -> Result<Vec<Input>, IdError> {
        let name = |what: &str| format!("touch/{key}/{what}");
        let booked_at = sent_at + TimeDelta::minutes(12);
        let wait = self.draw.between(&name("wait"), 2.0, 7.0);
        let starts_at = workday(booked_at + days(wait));
        let appointment = AppointmentId::new(format!("A-{}", self.draw.word(&name("appointment"))))?;
        let record = |status, changed_at| -> Result<DmsChange, IdError> {
            Ok(DmsChange::Appointment(AppointmentRecord {
                appointment: appointment.clone(),
                rooftop: Self::rooftop()?,
                vehicle: car.vehicle()?,
                customer: Some(car.customer()?),
                starts_at,
                status,
                token: Some(token.to_owned()),
                changed_at,
            }))
        };
        let id = key.to_string();
        let input = |at, source, what| Input { at, source, id: id.clone(), what };
        let set = record(AppointmentStatus::Scheduled, booked_at)?;
        let mut inputs = vec![input(booked_at, "i-scheduler", What::Dms(set))];
        if self.draw.unit(&name("show")) < 0.82 {
            let shown = record(AppointmentStatus::Arrived, starts_at)?;
            inputs.push(input(starts_at, "i-scheduler", What::Dms(shown)));
            let number = format!("R{}", self.draw.word(&name("order")));
            let closed = self.order(car, &number, starts_at, Some(appointment.clone()), true)?;
            let opened = RepairOrderRecord { closed_at: None, changed_at: starts_at, ..closed.clone() };
            inputs.push(input(starts_at, "j-dms-orders", What::Dms(DmsChange::RepairOrder(opened))));
            inputs.push(input(closed.changed_at, "j-dms-orders", What::Dms(DmsChange::RepairOrder(closed))));
        } else {
            let at = starts_at + TimeDelta::hours(2);
            inputs.push(input(at, "i-scheduler", What::Dms(record(AppointmentStatus::NoShow, at)?)));
        }
        Ok(inputs)
    }

    /// A repair order of `car`, opened at `at` and closed three hours later.
    fn order(
        &self,
        car: &Car,
        number: &str,
        at: DateTime<Utc>,
        initiated_from: Option<AppointmentId>,
        fluids: bool,
    ) -> Result<RepairOrderRecord, IdError> {
        let mut lines = vec![
            line("1", "LOF", "oil and filter service", PayType::CustomerPay, 8_995, false)?,
            line("2", "ROT", "tire rotation", PayType::CustomerPay, 2_995, false)?,
            line("3", "MPI", "multi-point inspection", PayType::Internal, 0, false)?,
        ];
        if fluids {
            lines.push(line("4", "CAF", "cabin air filter", PayType::CustomerPay, 4_950, false)?);
            lines.push(line("5", "EAF", "engine air filter", PayType::CustomerPay, 3_950, false)?);
            lines.push(line("6", "RECALL", "recall remedy", PayType::Warranty, 12_500, false)?);
        }
        if car.owner == Owner::Declined && initiated_from.is_some() {
            lines.push(line("9", "BRKF", "brake fluid exchange", PayType::CustomerPay, 14_900, false)?);
        }
        let closed_at = at + TimeDelta::hours(3);
        Ok(RepairOrderRecord {
            ro: RoId::compose(&Self::rooftop()?, number)?,
            rooftop: Self::rooftop()?,
            vehicle: car.vehicle()?,
            customer: Some(car.customer()?),
            initiated_from,
            opened_at: at,
            closed_at: Some(closed_at),
            voided: false,
            odometer_in: Some(car.odometer(at)),
            lines,
            changed_at: closed_at,
        })
    }
}

impl Car {
    /// Its id.
    pub fn vehicle(&self) -> Result<VehicleId, IdError> {
        VehicleId::new(format!("v{:04}", self.index))
    }

    /// Its owner's id.
    pub fn customer(&self) -> Result<CustomerId, IdError> {
        CustomerId::new(format!("c{:04}", self.index))
    }

    /// Its owner's household: the owner of kind [`Owner::Household`] lives with the owner after him.
    pub fn household(&self) -> Result<HouseholdId, IdError> {
        let head = if self.owner == Owner::Tracked { self.index - 1 } else { self.index };
        HouseholdId::new(format!("h{head:04}"))
    }

    /// What its odometer truly is, in miles.
    pub fn truth(&self, at: DateTime<Utc>) -> f64 {
        let driven = seconds(at - self.delivered) / 86_400.0;
        // A little more in summer; the mean over a year is the rate.
        let season = 8.0 * (driven * core::f64::consts::TAU / 365.25).sin();
        (self.rate * (driven + season)).max(0.0)
    }

    /// What the dash shows at `at`.
    fn odometer(&self, at: DateTime<Utc>) -> RawOdometer {
        // A dash counts to six digits: far inside the range of the cast.
        #[allow(clippy::cast_possible_truncation)]
        let whole = self.truth(at).floor() as i64;
        RawOdometer::new(whole * 1_000, DistanceUnit::Miles)
    }

    /// The drive of the day before `at`, a fix each 20 seconds at about 48 km/h, out and back.
    fn drive(&self, at: DateTime<Utc>) -> Vec<Fix> {
        let metres = (self.truth(at) - self.truth(at - TimeDelta::days(1))) * 1_609.344;
        let from = at - TimeDelta::hours(4);
        let step = 13.4 * 20.0;
        // A day's drive is a few hundred fixes.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let legs = ((metres / step).round() as u32).clamp(2, 5_000);
        let each = metres / f64::from(legs);
        (0..=legs)
            .map(|leg| {
                let out = f64::from(leg.min(legs - leg)) * each;
                Fix::new(from + TimeDelta::seconds(20 * i64::from(leg)), 33.75 + out / 111_320.0, -84.39)
            })
            .collect()
    }
}

fn line(
    id: &str,
    op_code: &str,
    description: &str,
    pay_type: PayType,
    cents: i32,
    declined: bool,
) -> Result<RepairOrderLine, IdError> {
    Ok(RepairOrderLine {
        line: RoLineId::new(id)?,
        op_code: Some(OpCode::new(op_code)?),
        description: Some(description.to_owned()),
        pay_type,
        amount: Money::cents(cents, Currency::USD),
        declined,
    })
}

fn days(days: f64) -> TimeDelta {
    // Within a few years of seconds.
    #[allow(clippy::cast_possible_truncation)]
    TimeDelta::seconds((days * 86_400.0).round() as i64)
}

fn seconds(delta: TimeDelta) -> f64 {
    // A few years of seconds are exact.
    #[allow(clippy::cast_precision_loss)]
    let seconds = delta.num_seconds() as f64;
    seconds
}

/// The same day, or the Monday after a weekend, at a quarter of an hour between 15:00 and 20:45 UTC: ten to four in
/// Atlanta in winter.
fn workday(at: DateTime<Utc>) -> DateTime<Utc> {
    let mut day = at.date_naive();
    while matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        day = day.checked_add_days(Days::new(1)).unwrap_or(day);
    }
    let quarter = at.timestamp().rem_euclid(86_400) / 900 % 24;
    day.and_hms_opt(15, 0, 0).unwrap_or_default().and_utc() + TimeDelta::minutes(15 * quarter)
}
