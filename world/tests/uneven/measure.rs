//! How uneven a history is, measured the same way on simulated and on real cars.

use fixedops_connectors_traits::UnitKind;
use fixedops_world::{VehicleTruth, World};

/// Day and odometer, in the order of time. The unit does not matter: rates are compared within a vehicle.
pub(crate) type History = Vec<(f64, f64)>;

/// Fewer changes than this say nothing of a vehicle.
const FEWEST: usize = 3;

/// The retail cars of a store over its run, an odometer a week.
pub(crate) fn simulated(world: &World) -> Vec<History> {
    let truth = world.truth();
    let retail = truth.vehicles.iter().filter(|car| car.unit == UnitKind::Retail);
    let history = |car: &VehicleTruth| -> History {
        #[allow(clippy::cast_precision_loss, reason = "a few thousand days, a few million tenths")]
        let mark = |(day, tenths): &(i64, i64)| (*day as f64, *tenths as f64 / 10.0);
        car.odometer.iter().map(mark).collect()
    };
    retail.map(history).collect()
}

/// What one vehicle's intervals of `spacing` days are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unevenness {
    /// Mean size of the logarithm of the factor by which the miles a day change from one interval to the next.
    pub(crate) change: f64,
    /// Mean size of the error of the lifetime average up to an interval, as a share of the vehicle's usual gain.
    pub(crate) off: f64,
}

pub(crate) fn measure(history: &[(f64, f64)], spacing: f64) -> Option<Unevenness> {
    let mut visits: History = Vec::new();
    for visit in history {
        if visits.last().is_none_or(|last| visit.0 >= last.0 + spacing) {
            visits.push(*visit);
        }
    }
    let [first, .., last] = visits.as_slice() else { return None };
    let usual = (last.1 - first.1) / (last.0 - first.0);
    let mut changes = Vec::new();
    let mut off = Vec::new();
    let mut before: Option<f64> = None;
    for (number, pair) in visits.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let (days, miles) = (to.0 - from.0, to.1 - from.1);
        if days > 2.0 * spacing + 7.0 {
            // Silence: no interval of this kind.
            before = None;
            continue;
        }
        let rate = (miles.max(1.0) / days).ln();
        changes.extend(before.map(|before| (rate - before).abs()));
        before = Some(rate);
        if number >= 2 {
            let lifetime = (from.1 - first.1) / (from.0 - first.0);
            off.push((lifetime * days - miles).abs() / (usual * days));
        }
    }
    (changes.len() >= FEWEST && off.len() >= FEWEST)
        .then(|| Unevenness { change: mean(&changes), off: mean(&off) })
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a short list")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

pub(crate) fn quantile(mut values: Vec<f64>, level: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    let place = (level * values.len() as f64) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
