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

/// Of one vehicle: median and root mean square of the log change, median and p80 of the log of an interval's rate over
/// the lifetime average up to it.
pub(crate) fn measure(history: &[(f64, f64)], spacing: f64) -> Option<[f64; 4]> {
    let mut visits: History = Vec::new();
    for visit in history {
        if visits.last().is_none_or(|last| visit.0 >= last.0 + spacing) {
            visits.push(*visit);
        }
    }
    let [first, ..] = visits.as_slice() else { return None };
    let mut changes = Vec::new();
    let mut off = Vec::new();
    let mut before: Option<f64> = None;
    for (number, pair) in visits.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let days = to.0 - from.0;
        if days > 2.0 * spacing + 7.0 {
            // Silence: no interval of this kind.
            before = None;
            continue;
        }
        let rate = ((to.1 - from.1).max(1.0) / days).ln();
        changes.extend(before.map(|before| rate - before));
        before = Some(rate);
        if number >= 2 {
            off.push((rate - ((from.1 - first.1).max(1.0) / (from.0 - first.0)).ln()).abs());
        }
    }
    if changes.len() < FEWEST || off.len() < FEWEST {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "a history has few visits")]
    let rms = (changes.iter().map(|x| x * x).sum::<f64>() / changes.len() as f64).sqrt();
    let sizes = changes.iter().map(|x| x.abs()).collect();
    Some([quantile(sizes, 0.5), rms, quantile(off.clone(), 0.5), quantile(off, 0.8)])
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
