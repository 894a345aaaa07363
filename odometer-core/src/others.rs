//! Readings off the line that agree with each other: another car's, or the hour meter of this one.

use crate::line::{self, Candidate, OnLine};
use crate::{Model, Reason};

/// Why readings off the line are no readings of this odometer, by place: given where enough of them agree on a line of
/// their own among those of the car.
pub(crate) fn off_the_line(
    block: &[Candidate],
    on_line: &[OnLine],
    usual: f64,
    model: &Model,
) -> Vec<(usize, Reason)> {
    let judge = &model.judge;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let enough = judge.other_readings as usize;
    let mut kept = on_line.iter().map(|(place, _)| *place).peekable();
    let mut places = Vec::new();
    let mut off = Vec::new();
    for (place, candidate) in block.iter().enumerate() {
        if kept.next_if_eq(&place).is_none() && candidate.miles > 0.0 {
            places.push(place);
            off.push(*candidate);
        }
    }
    if off.len() < enough {
        return Vec::new();
    }
    let (line, rate) = line::best(&off, model);
    let ends = line.first().and_then(|(a, _)| off.get(*a)).zip(line.last().and_then(|(b, _)| off.get(*b)));
    let Some((start, end)) = ends.filter(|_| line.len() >= enough) else { return Vec::new() };
    let time = end.day - start.day;
    if time <= 0.0 || end.miles <= start.miles {
        return Vec::new();
    }
    // An hour meter counts hours: the car's miles by its average speed, both in all and since.
    let own = (end.miles - start.miles) / time;
    let speed = usual / own;
    let by_hours = (judge.hour_meter_mph_least..=judge.hour_meter_mph_most).contains(&speed);
    let near = on_line
        .iter()
        .filter_map(|(place, _)| block.get(*place))
        .min_by(|a, b| (a.day - end.day).abs().total_cmp(&(b.day - end.day).abs()));
    let hours = by_hours
        && near.is_some_and(|near| {
            let whole = near.miles / end.miles;
            (judge.hour_meter_mph_least..=judge.hour_meter_mph_most).contains(&whole)
        });
    // As fast as a car is driven, and not only once around the block.
    let like_a_car = own >= 0.2 * rate.min(usual);
    let reason = match (hours, like_a_car) {
        (true, _) => Reason::HourMeter,
        (false, true) => Reason::OtherVehicle,
        (false, false) => return Vec::new(),
    };
    line.iter().filter_map(|(index, _)| places.get(*index)).map(|&place| (place, reason)).collect()
}
