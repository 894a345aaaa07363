//! What is found, recommended, answered and done at a visit, from what the car truly is.

use fixedops_connectors_traits::AuthorizationMethod;
use fixedops_vocab::{InspectionCode, PayType};

use crate::car::Car;
use crate::clock::{YEAR, in_days};
use crate::draw::Draw;
use crate::parameters::WearLaw;
use crate::visit::Why;
use crate::world::World;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Asked for by the customer and done.
    Requested,
    /// Recommended and approved: done.
    Approved,
    /// Declined; whether the advisor also notes it on the order.
    Declined { noted: bool },
    /// Not now.
    Deferred,
    /// He never said.
    Unanswered,
}

/// A line of an estimate or an order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Number in the order, from 1.
    pub(crate) number: u32,
    /// Index of the operation.
    pub(crate) operation: usize,
    pub(crate) pay: PayType,
    pub(crate) cents: i32,
    pub(crate) fate: Fate,
    /// The finding that recommends it.
    pub(crate) finding: Option<usize>,
}

/// What an inspection says of one thing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) operation: usize,
    pub(crate) value: f64,
    pub(crate) code: InspectionCode,
}

/// All of a visit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    pub(crate) inspected: bool,
    pub(crate) found: Vec<Found>,
    pub(crate) lines: Vec<Line>,
}

impl Content {
    /// Operations done.
    pub(crate) fn done(&self) -> impl Iterator<Item = usize> {
        self.lines
            .iter()
            .filter(|line| matches!(line.fate, Fate::Requested | Fate::Approved))
            .map(|line| line.operation)
    }
}

/// What a car comes for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    pub(crate) at: i64,
    pub(crate) why: Why,
    /// Names the draws of the visit.
    pub(crate) draw: Draw,
    /// Operations booked through a touch.
    pub(crate) booked: Vec<usize>,
}

/// When each part was last renewed: miles and time, by operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wear(Vec<(f64, i64)>);

impl World {
    /// The car as it was delivered.
    pub(crate) fn new_wear(&self, car: &Car) -> Wear {
        let new = (car.drive.miles(car.delivered), car.delivered);
        Wear(vec![new; self.parameters.operations.len()])
    }

    /// Index of an operation by its code.
    pub(crate) fn operation(&self, op_code: &str) -> Option<usize> {
        self.parameters.operations.iter().position(|operation| operation.op_code.as_str() == op_code)
    }

    /// Lives through a visit: what is found and done, and the wear after it.
    pub(crate) fn content(&self, car: &Car, wish: &Wish, wear: &mut Wear) -> Content {
        let mut lines = self.requested(wish);
        let here = wish.at;
        let inspected = wish.why != Why::Comeback
            && wish.draw.chance(self.parameters.visits.inspected.value, "inspected", 0);
        let mut found = Vec::new();
        if inspected {
            found = self.inspect(car, here, wear);
            self.push(&mut lines, wish, "MPI", PayType::Internal, Fate::Requested);
            self.recommend(wish, &found, &mut lines);
        }
        for (number, line) in (1..).zip(&mut lines) {
            line.number = number;
        }
        let content = Content { inspected, found, lines };
        let miles = car.drive.miles(here);
        for operation in content.done() {
            if let Some(renewed) = wear.0.get_mut(operation) {
                *renewed = (miles, here);
            }
        }
        content
    }

    /// Lives through a visit somewhere else: nobody here knows of it.
    pub(crate) fn elsewhere(&self, car: &Car, at: i64, wear: &mut Wear) {
        if let Some(renewed) = self.operation("LOF").and_then(|oil| wear.0.get_mut(oil)) {
            *renewed = (car.drive.miles(at), at);
        }
    }

    /// Miles and time of the last oil service, wherever it was.
    pub(crate) fn last_oil(&self, wear: &Wear) -> (f64, i64) {
        self.operation("LOF").and_then(|oil| wear.0.get(oil).copied()).unwrap_or((0.0, 0))
    }

    fn requested(&self, wish: &Wish) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut push = |op_code, pay| self.push(&mut lines, wish, op_code, pay, Fate::Requested);
        match wish.why {
            Why::Oil => {
                push("LOF", PayType::CustomerPay);
                if wish.draw.chance(self.parameters.visits.rotation.value, "rotation", 0) {
                    push("ROT", PayType::CustomerPay);
                }
            }
            Why::Repair => push("DIAG", PayType::CustomerPay),
            Why::Warranty => push("WARR", PayType::Warranty),
            Why::Recall => push("RECALL", PayType::Warranty),
            Why::Comeback => {
                let pay = if wish.draw.chance(0.5, "comeback pay", 0) {
                    PayType::Internal
                } else {
                    PayType::Dealer
                };
                push("CMBK", pay);
            }
            Why::Touch => {
                for &operation in &wish.booked {
                    self.push_operation(&mut lines, wish, operation, PayType::CustomerPay, Fate::Requested);
                }
            }
        }
        lines
    }

    fn push(&self, lines: &mut Vec<Line>, wish: &Wish, op_code: &str, pay: PayType, fate: Fate) {
        if let Some(operation) = self.operation(op_code) {
            self.push_operation(lines, wish, operation, pay, fate);
        }
    }

    fn push_operation(&self, lines: &mut Vec<Line>, wish: &Wish, operation: usize, pay: PayType, fate: Fate) {
        if lines.iter().any(|line| line.operation == operation) {
            return;
        }
        let usual = self.parameters.operations.get(operation).map_or(0, |operation| operation.cents);
        let factor = wish.draw.between(0.9, 1.15, "price", operation as u64);
        // To five cents; a price is far inside the range.
        #[allow(clippy::cast_possible_truncation)]
        let cents = ((f64::from(usual) * factor / 5.0).round() as i32) * 5;
        lines.push(Line { number: 0, operation, pay, cents, fate, finding: None });
    }

    fn inspect(&self, car: &Car, at: i64, wear: &mut Wear) -> Vec<Found> {
        let miles = car.drive.miles(at);
        let mut found = Vec::new();
        for (index, operation) in self.parameters.operations.iter().enumerate() {
            let (Some(law), Some(renewed)) = (&operation.wear, wear.0.get_mut(index)) else {
                continue;
            };
            let spread = spread(car, law, index);
            let mut value = worn(law, spread, miles, at, *renewed);
            // What was gone long ago was done somewhere in between, by somebody else.
            for _ in 0..8 {
                if value > law.gone {
                    break;
                }
                *renewed = (f64::midpoint(renewed.0, miles), i64::midpoint(renewed.1, at));
                value = worn(law, spread, miles, at, *renewed);
            }
            let code = if value <= law.red {
                InspectionCode::Red
            } else if value <= law.yellow {
                InspectionCode::Yellow
            } else {
                InspectionCode::Green
            };
            found.push(Found { operation: index, value, code });
        }
        found
    }

    /// What is left of the part of an operation at `at`, and its law; None where nothing wears.
    pub(crate) fn left_of(
        &self,
        car: &Car,
        wear: &Wear,
        operation: usize,
        at: i64,
    ) -> Option<(&WearLaw, f64)> {
        let law = self.parameters.operations.get(operation)?.wear.as_ref()?;
        let renewed = *wear.0.get(operation)?;
        Some((law, worn(law, spread(car, law, operation), car.drive.miles(at), at, renewed)))
    }

    fn recommend(&self, wish: &Wish, found: &[Found], lines: &mut Vec<Line>) {
        let answers = &self.parameters.answers;
        let faults: Vec<(usize, &Found)> = found
            .iter()
            .enumerate()
            .filter(|(_, found)| found.code != InspectionCode::Green)
            // What he came for is not recommended to him again.
            .filter(|(_, found)| !lines.iter().any(|line| line.operation == found.operation))
            .collect();
        for &(finding, fault) in &faults {
            let approve = match (fault.code, faults.len()) {
                (InspectionCode::Red, 0..=3) => &answers.red_few,
                (InspectionCode::Red, 4 | 5) => &answers.red_some,
                (InspectionCode::Red, _) => &answers.red_many,
                (_, 0..=3) => &answers.yellow_few,
                (_, 4 | 5) => &answers.yellow_some,
                _ => &answers.yellow_many,
            };
            let n = fault.operation as u64;
            let later = wish.draw.unit("answer otherwise", n);
            let fate = if wish.draw.chance(approve.value, "approves", n) {
                Fate::Approved
            } else if later < answers.deferred.value {
                Fate::Deferred
            } else if later < answers.deferred.value + answers.never_answered.value {
                Fate::Unanswered
            } else {
                Fate::Declined { noted: wish.draw.chance(answers.noted_on_order.value, "noted", n) }
            };
            let goodwill = fate == Fate::Approved
                && wish.draw.chance(self.parameters.orders.goodwill.value, "goodwill", n);
            let pay = if goodwill { PayType::Dealer } else { PayType::CustomerPay };
            self.push_operation(lines, wish, fault.operation, pay, fate);
            if let Some(line) = lines.last_mut() {
                line.finding = Some(finding);
            }
        }
    }
}

/// How much faster or slower than its law the part of this car wears.
fn spread(car: &Car, law: &WearLaw, operation: usize) -> f64 {
    car.draw.between(1.0 - law.spread, 1.0 + law.spread, "wear", operation as u64)
}

/// What is left of a part.
fn worn(law: &WearLaw, spread: f64, miles: f64, at: i64, renewed: (f64, i64)) -> f64 {
    let driven = (miles - renewed.0).max(0.0) / 10_000.0;
    let years = in_days(at - renewed.1).max(0.0) / YEAR;
    law.new - spread * (law.per_10k_miles * driven + law.per_year * years)
}

/// How an answer was given.
pub(crate) fn method(draw: Draw, name: &str, number: u64) -> AuthorizationMethod {
    use AuthorizationMethod as M;
    let methods = [
        M::InPersonDigitalSignature,
        M::InPersonPhysicalSignature,
        M::DigitalPortal,
        M::SmsTextLink,
        M::VerbalPhone,
        M::VerbalPhone,
    ];
    draw.pick(&methods, name, number).copied().unwrap_or(M::Unknown)
}

impl Wear {
    /// When an operation was last done.
    pub(crate) fn renewed(&self, operation: usize) -> i64 {
        self.0.get(operation).map_or(0, |(_, at)| *at)
    }
}
