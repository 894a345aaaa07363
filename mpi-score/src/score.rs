use core::fmt;
use std::collections::BTreeSet;

use fixedops_vocab::{InspectionCode, Money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smallvec::SmallVec;

use crate::inspection::same_section;
use crate::part::mean;
use crate::{
    Contributions, CustomerFit, Declined, Fault, Finding, Input, Inspection, Limit, Measurement, Part,
    Points, Ranked, Ranking, Reason, Recall, ServiceHistory, SetAside, Unit, VehicleHistory, Weights,
};

/// Ranks the findings of an inspection: safety, vehicle history and customer fit, 40/30/30 as shipped.
///
/// Findings at a safety limit, or red in a section whose red findings have the floor, come first (unless the policy turns that off), then all others; within both, the higher
/// score first, ties by the order of the form. A price or measurement that cannot be is set aside with its place in the
/// document, and the finding is scored without it; a finding without an id of its own is set aside whole. What is not
/// known is named among the reasons and counts for nothing.
///
/// ```
/// use fixedops_mpi_score::{CustomerFit, Inspection, VehicleHistory, Weights, score};
/// let inspection: Inspection = serde_json::from_str(r#"{
///   "inspection": "i-1", "ro": "north/6044", "vehicle": "v-7", "completed_at": "2026-03-02T16:30:00Z",
///   "findings": [
///     {"id": "filter", "section": "filters", "item": "Cabin filter", "code": "red"},
///     {"id": "pads", "section": "brakes", "item": "Front pads", "code": "red",
///      "measurements": [{"name": "pad", "place": "front", "value": "2.0", "unit": "mm"}]}
///   ]}"#)?;
/// let ranking = score(&inspection, &VehicleHistory::default(), &CustomerFit::default(), &Weights::shipped());
/// let first = &ranking.findings[0];
/// assert_eq!((first.finding.as_str(), first.floored), ("pads", true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn score(
    inspection: &Inspection,
    history: &VehicleHistory,
    fit: &CustomerFit,
    weights: &Weights,
) -> Ranking {
    let mut form = Form::default();
    let (mut findings, mut recalls) = (Vec::with_capacity(inspection.findings.len()), Vec::new());
    let (mut in_order, mut set_aside) = (Vec::new(), Vec::new());
    for (index, finding) in inspection.findings.iter().enumerate() {
        let mut aside = |field: fmt::Arguments<'_>, fault| {
            let path = format!("findings[{index}].{field}");
            set_aside.push(SetAside { path, finding: finding.id.clone(), fault });
        };
        if let Some(fault) = form.unnamed(finding) {
            aside(format_args!("id"), fault);
            continue;
        }
        let price = readable_price(finding, &mut aside);
        if finding.recall {
            form.measured(finding, weights, &mut aside);
            let (item, note) = (finding.item.clone(), finding.note.clone());
            recalls.push(Recall { finding: finding.id.clone(), item, note });
            continue;
        }
        if !same_section(&finding.section, OTHER) && weights.section(&finding.section).is_none() {
            aside(format_args!("section"), Fault::UnknownSection { found: finding.section.clone() });
        }
        let measured = form.measured(finding, weights, &mut aside);
        let known = finding.service.as_ref().and_then(|service| history.of(service));
        match rank(finding, &measured, price, known, fit, weights) {
            Some(ranked) => findings.push(ranked),
            None => in_order.push(finding.id.clone()),
        }
    }
    findings.sort_by_key(|ranked| core::cmp::Reverse((ranked.floored, ranked.score)));
    let floored = findings.iter().filter(|ranked| ranked.floored).count();
    let fold = floored.max(usize::from(weights.table().above_fold)).min(findings.len());
    for (place, ranked) in (0_u32..).zip(&mut findings) {
        ranked.rank = place + 1;
        ranked.above_fold = usize::try_from(place).is_ok_and(|place| place < fold);
    }
    Ranking {
        inspection: inspection.inspection.clone(),
        weights: weights.version().clone(),
        findings,
        fold,
        recalls,
        in_order,
        set_aside,
    }
}

/// The section of what belongs to none: it counts as an unknown one, and is not said to be one.
const OTHER: &str = "other";

/// What was seen of a form so far.
#[derive(Default)]
pub(crate) struct Form<'a> {
    ids: Seen<&'a str>,
    places: Seen<(&'a str, &'a str)>,
    units: Vec<(&'a str, Unit)>,
}

/// What was seen before: a short list, or a set where there is more.
struct Seen<T> {
    few: SmallVec<[T; 24]>,
    more: BTreeSet<T>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { few: SmallVec::new(), more: BTreeSet::new() }
    }
}

impl<T: Ord> Seen<T> {
    /// Whether it is new.
    fn insert(&mut self, value: T) -> bool {
        if self.few.contains(&value) || self.more.contains(&value) {
            return false;
        }
        if self.few.len() < 24 {
            self.few.push(value);
            return true;
        }
        self.more.insert(value)
    }
}

/// A finding's measurements, as far as they can be.
#[derive(Clone, Default)]
pub(crate) struct Measured<'a> {
    /// Those with a limit, each with its value in thousandths of the limit's unit.
    pub(crate) known: SmallVec<[(&'a Measurement, &'a Limit, i64); 2]>,
    /// How many were set aside, or have no limit.
    pub(crate) doubtful: usize,
}

impl<'a> Form<'a> {
    /// Why a finding cannot be told from others.
    pub(crate) fn unnamed(&mut self, finding: &'a Finding) -> Option<Fault> {
        if finding.id.trim().is_empty() {
            return Some(Fault::Empty);
        }
        (!self.ids.insert(finding.id.as_str())).then_some(Fault::RepeatedId)
    }

    /// The measurements that can be; what cannot is set aside. The finding keeps its colour, so that a slip of the pen does
    /// not lift a red brake out of the safety floor. A second measurement of one place, or one in another unit than its
    /// like, is said and counts: it may be the right one.
    pub(crate) fn measured(
        &mut self,
        finding: &'a Finding,
        weights: &'a Weights,
        aside: &mut impl FnMut(fmt::Arguments<'_>, Fault),
    ) -> Measured<'a> {
        let mut measured = Measured::default();
        for (index, measurement) in finding.measurements.iter().enumerate() {
            let read = read(measurement, weights);
            match read {
                Read::NoLimit => measured.doubtful += 1,
                Read::Fault(field, fault) => {
                    aside(format_args!("measurements[{index}].{field}"), fault);
                    measured.doubtful += 1;
                    continue;
                }
                Read::Value(limit, value) => measured.known.push((measurement, limit, value)),
            }
            let name = measurement.name.as_str();
            if let Some(place) = measurement.place.as_deref().filter(|place| !place.is_empty())
                && !self.places.insert((name, place))
            {
                let (name, place) = (name.to_owned(), place.to_owned());
                aside(format_args!("measurements[{index}].place"), Fault::PlaceTwice { name, place });
            }
            match self.units.iter().find(|(known, _)| *known == name) {
                Some(&(_, first)) if first != measurement.unit => {
                    let (found, name) = (measurement.unit, name.to_owned());
                    aside(
                        format_args!("measurements[{index}].unit"),
                        Fault::MixedUnits { found, first, name },
                    );
                }
                Some(_) => {}
                None => self.units.push((name, measurement.unit)),
            }
        }
        measured
    }
}

/// The price, unless it is below zero.
fn readable_price(finding: &Finding, aside: &mut impl FnMut(fmt::Arguments<'_>, Fault)) -> Option<Money> {
    let below = |price: &Money| price.amount().is_sign_negative() && !price.amount().is_zero();
    if finding.price.as_ref().is_some_and(below) {
        aside(format_args!("price"), Fault::NegativePrice);
        return None;
    }
    finding.price
}

/// A finding with everything but its rank; `None` where there is nothing to do.
pub(crate) fn rank(
    finding: &Finding,
    measured: &Measured<'_>,
    price: Option<Money>,
    known: Option<&ServiceHistory>,
    fit: &CustomerFit,
    weights: &Weights,
) -> Option<Ranked> {
    let at_limit =
        measured.known.iter().any(|(_, limit, value)| limit.floor && limit.wear(*value) == Points::ONE);
    if finding.code == InspectionCode::Green && !at_limit {
        return None;
    }
    let mut reasons = Vec::with_capacity(7);
    let safety = safety(finding, measured, at_limit, weights, &mut reasons);
    let section = weights.section(&finding.section);
    let red = finding.code == InspectionCode::Red && weights.floors_red(section);
    let floored = weights.table().safety_floor && (at_limit || red);
    if floored {
        let section = finding.section.clone();
        reasons.insert(0, if at_limit { Reason::SafetyFloor } else { Reason::RedFloor { section } });
    }
    let history = history(finding, known, weights, &mut reasons);
    let fit = customer(price, fit, weights);
    let missing = [&safety, &history, &fit].into_iter().flat_map(|part| &part.missing);
    reasons.extend(missing.map(|&input| Reason::NotKnown { input }));

    let parts = weights.table().parts;
    let share = |weight: u16, part: &Part| Points::clamped(i128::from(weight)).of(part.value);
    let contributions = Contributions {
        safety: share(parts.safety, &safety),
        history: share(parts.history, &history),
        fit: share(parts.fit, &fit),
    };
    let Contributions { safety: s, history: h, fit: c } = contributions;
    Some(Ranked {
        finding: finding.id.clone(),
        rank: 0,
        score: Points::clamped(i128::from(s.get()) + i128::from(h.get()) + i128::from(c.get())),
        contributions,
        safety,
        history,
        fit,
        floored,
        above_fold: false,
        reasons,
        price,
    })
}

/// How dangerous the fault is: the section's danger times the worse of colour and measurements. `at_limit`: a
/// measurement is at or past a limit that has the floor.
fn safety(
    finding: &Finding,
    measured: &Measured<'_>,
    at_limit: bool,
    weights: &Weights,
    reasons: &mut Vec<Reason>,
) -> Part {
    let mut condition = weights.code(finding.code);
    for &(measurement, limit, value) in &measured.known {
        let wear = limit.wear(value);
        condition = condition.max(wear);
        reasons.push(measured_reason(measurement, limit, wear));
    }
    if at_limit && finding.code == InspectionCode::Green {
        reasons.push(Reason::GreenAtLimit);
    }
    reasons.push(Reason::Marked { code: finding.code, section: finding.section.clone() });
    let danger =
        weights.section(&finding.section).map_or(weights.table().other_section, |section| section.danger);
    let value = Points::clamped(i128::from(danger)).of(condition);
    // The colour is known; beside it every measurement of the finding, and one at least where the section is measured.
    let read = measured.known.len();
    let all = (read + measured.doubtful).max(usize::from(weights.measures(&finding.section)));
    let missing = if read < all { vec![Input::Measurement] } else { Vec::new() };
    let share = |inputs: usize| i128::try_from(inputs + 1).unwrap_or(i128::MAX);
    Part { value, known: Points::clamped(share(read).saturating_mul(10_000) / share(all)), missing }
}

/// A number without zeros at its end.
fn plain(value: Decimal) -> String {
    let (mantissa, scale) = (value.mantissa(), value.scale());
    match (u32::try_from(mantissa), scale) {
        (Ok(whole), 0) => whole.to_string(),
        (Ok(tenths), 1) if tenths % 10 == 0 => (tenths / 10).to_string(),
        (Ok(tenths), 1) => {
            let mut text = (tenths / 10).to_string();
            text.push('.');
            text.extend(char::from_digit(tenths % 10, 10));
            text
        }
        _ => value.normalize().to_string(),
    }
}

fn measured_reason(measurement: &Measurement, limit: &Limit, wear: Points) -> Reason {
    let (name, place) = (measurement.name.clone(), measurement.place.clone());
    let (value, unit) = (plain(measurement.value), measurement.unit);
    if wear == Points::ONE {
        let (limit_unit, source) = (limit.unit, limit.source.clone());
        Reason::AtLimit { name, place, value, limit: limit.limit.to_string(), unit, limit_unit, source }
    } else {
        Reason::Worn { name, place, value, unit, wear }
    }
}

fn history(
    finding: &Finding,
    known: Option<&ServiceHistory>,
    weights: &Weights,
    reasons: &mut Vec<Reason>,
) -> Part {
    let table = &weights.table().history;
    if finding.service.is_none() {
        return Part { value: Points::ZERO, known: Points::ZERO, missing: vec![Input::Service] };
    }
    let driven = known.and_then(|h| Some((h.miles_since?, h.interval.filter(|i| i.tenths() > 0)?)));
    let missed = known.and_then(|h| h.missed);
    let declined = known.and_then(|h| h.declined);
    if let Some((miles, interval)) = driven {
        reasons.push(Reason::MilesSince { miles, interval });
    }
    if let Some(times) = missed.filter(|&times| times > 0) {
        reasons.push(Reason::Missed { times });
    }
    if let Some(Declined::DaysAgo(days)) = declined {
        reasons.push(Reason::DeclinedBefore { days });
    }
    let declined = declined.map(|declined| match declined {
        Declined::Never => Points::ZERO,
        Declined::DaysAgo(days) => table.declined.at(i64::from(days)),
    });
    mean(&[
        (
            Input::MilesSinceService,
            table.miles_weight,
            known.and_then(interval_driven).map(|share| table.miles.at(share)),
        ),
        (Input::MissedServices, table.missed_weight, missed.map(|times| table.missed.at(i64::from(times)))),
        (Input::DeclinedBefore, table.declined_weight, declined),
    ])
}

fn customer(price: Option<Money>, fit: &CustomerFit, weights: &Weights) -> Part {
    let table = &weights.table().fit;
    let all = |yes: bool| if yes { Points::ONE } else { Points::ZERO };
    let spend = fit.annual_spend.map(cents);
    let share = price.and_then(|price| price_share(price, fit));
    mean(&[
        (Input::AnnualSpend, table.spend_weight, spend.map(|cents| table.spend.at(cents))),
        (Input::Visits, table.visits_weight, fit.visits.map(|visits| table.visits.at(i64::from(visits)))),
        (Input::Warranty, table.warranty_weight, fit.warranty.map(all)),
        (Input::Financing, table.financing_weight, fit.financing.map(all)),
        (Input::Price, table.price_weight, share.map(|share| table.price.at(share))),
    ])
}

/// Ten-thousandths of the interval driven since the service was done.
pub(crate) fn interval_driven(known: &ServiceHistory) -> Option<i64> {
    let (miles, interval) = (known.miles_since?, known.interval.filter(|interval| interval.tenths() > 0)?);
    Some(i64::from(miles.tenths()).saturating_mul(10_000) / i64::from(interval.tenths()))
}

/// A price in ten-thousandths of annual spend, in one currency.
pub(crate) fn price_share(price: Money, fit: &CustomerFit) -> Option<i64> {
    let spend = fit.annual_spend.filter(|spend| spend.currency() == price.currency())?;
    (cents(spend) > 0).then(|| cents(price).saturating_mul(10_000) / cents(spend))
}

fn cents(money: Money) -> i64 {
    // Money has two decimals and stays within 10^12: its mantissa is its cents, and they fit.
    i64::try_from(money.amount().mantissa()).unwrap_or(i64::MAX)
}

/// A measurement as far as it can be.
enum Read<'a> {
    /// The policy has no limit for it.
    NoLimit,
    /// What is wrong with it, and where.
    Fault(&'static str, Fault),
    /// Its limit, and its value in thousandths of the limit's unit.
    Value(&'a Limit, i64),
}

fn read<'a>(measurement: &Measurement, weights: &'a Weights) -> Read<'a> {
    let Some(limit) = weights.limit(&measurement.name) else { return Read::NoLimit };
    if measurement.unit.thousandths_in(0, limit.unit).is_none() {
        let (found, name) = (measurement.unit, measurement.name.clone());
        return Read::Fault("unit", Fault::WrongUnit { found, name });
    }
    let value = floor_thousandths(measurement.value)
        .and_then(|value| measurement.unit.thousandths_in(value, limit.unit))
        .filter(|&value| limit.believes(value));
    match value {
        Some(value) => Read::Value(limit, value),
        None => {
            let found = measurement.value.to_string();
            let (least, most) = (limit.least.to_string(), format!("{}{}", limit.most, limit.unit));
            Read::Fault("value", Fault::Impossible { found, least, most })
        }
    }
}

/// Thousandths, rounded down.
pub(crate) fn floor_thousandths(value: Decimal) -> Option<i64> {
    let scale = value.scale();
    if scale <= 3 {
        // Exact, and much quicker than by way of a product of decimals.
        let factor = [1_000, 100, 10, 1].get(usize::try_from(scale).ok()?)?;
        return i64::try_from(value.mantissa().checked_mul(*factor)?).ok();
    }
    value.checked_mul(Decimal::ONE_THOUSAND)?.floor().to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_number_is_written_like_a_long_one() {
        for text in
            ["0", "0.0", "0.5", "10", "10.0", "2.50", "12.3", "-1.5", "-0.0", "4294967296", "4294967295.9"]
        {
            let value: Decimal = text.parse().expect("a number");
            assert_eq!(plain(value), value.normalize().to_string(), "{text}");
        }
    }
}
