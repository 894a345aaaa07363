//! For tests: stores whose inspections are drawn, and experts whose preferences are known.

#![allow(unreachable_pub, dead_code, reason = "two test binaries use it, each a part")]

use fixedops_mpi_score::{
    CustomerFit, Declined, Finding, Inspection, Measurement, ServiceHistory, Sheet, Unit, VehicleHistory,
    Weights, score,
};
use fixedops_vocab::{Currency, InspectionCode, Miles, Money};
use rust_decimal::Decimal;

/// Draws, the same on every machine (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn below(&mut self, n: u32) -> u32 {
        ((self.unit() * f64::from(n)) as u32).min(n.saturating_sub(1))
    }
}

/// How a store's inspections come out.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    /// Share of findings marked yellow or red.
    pub flagged: f64,
    /// Share of services declined before.
    pub declined: f64,
    /// What prices are multiplied with.
    pub prices: f64,
    /// What miles since the service are multiplied with.
    pub miles: f64,
}

pub const USUAL: Store = Store { flagged: 0.55, declined: 0.35, prices: 1.0, miles: 1.0 };

const FORM: [(&str, &str, u32); 14] = [
    ("brakes", "pad", 350),
    ("tires", "tread", 700),
    ("suspension", "", 600),
    ("steering", "linkage_play", 400),
    ("lights", "", 90),
    ("wipers", "", 40),
    ("belts", "", 180),
    ("fluids", "", 120),
    ("fluids", "fluid_level", 150),
    ("exhaust", "", 500),
    ("battery", "battery_capacity", 220),
    ("filters", "", 60),
    ("filters", "", 80),
    ("other", "", 100),
];

pub fn inspection(dice: &mut Dice, number: usize, store: Store) -> (Sheet, VehicleHistory, CustomerFit) {
    let mut findings = Vec::new();
    let mut services = Vec::new();
    let habit = 0.5 + dice.unit();
    for (index, (section, measured, price)) in FORM.into_iter().enumerate() {
        let flagged = dice.unit() < store.flagged;
        let floors = matches!(section, "brakes" | "tires" | "suspension" | "steering");
        let code = match (flagged, dice.unit() < if floors { 0.12 } else { 0.4 }) {
            (false, _) => InspectionCode::Green,
            (true, false) => InspectionCode::Yellow,
            (true, true) => InspectionCode::Red,
        };
        let worn = if flagged { 0.35 + 0.6 * dice.unit() } else { 0.3 * dice.unit() };
        let measurements = measure(measured, worn).into_iter().collect();
        let service = format!("service_{index}");
        let interval = [15_000, 30_000, 60_000][dice.below(3) as usize];
        let driven = f64::from(interval) * (1.6 * dice.unit()).min(1.4) * habit * store.miles;
        let declined = dice.unit() < store.declined;
        services.push(ServiceHistory {
            service: service.parse().unwrap(),
            miles_since: Some(Miles::clamped(driven)),
            interval: Some(Miles::from_whole(interval).unwrap()),
            missed: Some(dice.below(4)),
            declined: Some(if declined { Declined::DaysAgo(dice.below(240)) } else { Declined::Never }),
        });
        let dollars = f64::from(price) * (0.5 + dice.unit()) * store.prices;
        findings.push(Finding {
            id: format!("f{index}"),
            section: section.to_owned(),
            item: format!("{section} {index}"),
            code,
            measurements,
            photos: vec!["photo".to_owned()],
            note: None,
            service: service.parse().ok(),
            op_code: None,
            price: Money::new(Decimal::new((dollars * 100.0) as i64, 2), Currency::USD).ok(),
            recall: false,
        });
    }
    let inspection = Inspection {
        inspection: format!("i-{number}").parse().unwrap(),
        ro: format!("north/{number}").parse().unwrap(),
        vehicle: format!("v-{number}").parse().unwrap(),
        completed_at: "2026-03-02T16:30:00Z".parse().ok(),
        findings,
    };
    let mut sheet = Sheet::of(inspection);
    sheet.store = Some("north".to_owned());
    sheet.advisor = Some(format!("a{}", number % 3));
    let fit = CustomerFit {
        annual_spend: Some(Money::cents(
            20_000 + 100 * i32::try_from(dice.below(1_500)).unwrap(),
            Currency::USD,
        )),
        visits: Some(dice.below(6)),
        warranty: Some(dice.unit() < 0.4),
        financing: Some(dice.unit() < 0.5),
    };
    (sheet, VehicleHistory { services }, fit)
}

fn measure(name: &str, worn: f64) -> Option<Measurement> {
    let (fresh, limit, unit) = match name {
        "pad" => (12.0, 2.0, Unit::Millimetres),
        "tread" => (10.0, 2.0, Unit::ThirtySeconds),
        "linkage_play" => (0.0, 6.35, Unit::Millimetres),
        "battery_capacity" => (100.0, 50.0, Unit::Percent),
        "fluid_level" => (100.0, 25.0, Unit::Percent),
        _ => return None,
    };
    let tenths = ((fresh + (limit - fresh) * worn) * 10.0).round() as i64;
    Some(Measurement { name: name.to_owned(), place: None, value: Decimal::new(tenths, 1), unit })
}

/// Kinds of experts, by what they look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As shipped.
    House,
    /// What was declined and is overdue, before what is dangerous.
    History,
    /// What costs little first.
    Thrifty,
    /// Belts, batteries and fluids strand people: they count as much as brakes.
    Stranded,
}

pub fn preference(kind: Kind) -> Weights {
    let mut draft = Weights::shipped().table().clone();
    match kind {
        Kind::House => {}
        Kind::History => {
            (draft.parts.safety, draft.parts.history, draft.parts.fit) = (1_000, 8_000, 1_000);
            draft.history.declined_weight = 8_000;
        }
        Kind::Thrifty => {
            (draft.parts.safety, draft.parts.history, draft.parts.fit) = (1_000, 1_000, 8_000);
        }
        Kind::Stranded => {
            (draft.parts.safety, draft.parts.history, draft.parts.fit) = (8_000, 1_000, 1_000);
            for section in &mut draft.section {
                section.danger = match section.name.as_str() {
                    "belts" | "battery" | "fluids" => 10_000,
                    _ => section.danger / 4,
                };
            }
        }
    }
    Weights::new(draft).unwrap()
}

/// The first three of an expert of this kind; `noise` is the spread of his mood in hundredths of the score.
pub fn choose(
    dice: &mut Dice,
    (sheet, history, fit): &(Sheet, VehicleHistory, CustomerFit),
    weights: &Weights,
    noise: f64,
) -> Vec<String> {
    let ranking = score(&sheet.inspection, history, fit, weights);
    let mut liked: Vec<(bool, f64, String)> = ranking
        .findings
        .iter()
        .map(|ranked| {
            let mood = -(-dice.unit().max(1e-12).ln()).ln();
            let score = f64::from(ranked.score.get()) / 10_000.0;
            (ranked.floored, score + noise / 100.0 * mood, ranked.finding.clone())
        })
        .collect();
    liked.sort_by(|a, b| (b.0, b.1).partial_cmp(&(a.0, a.1)).unwrap());
    liked.into_iter().take(3).map(|(.., finding)| finding).collect()
}
