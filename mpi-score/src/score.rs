use std::collections::BTreeSet;

use fixedops_vocab::{InspectionCode, Money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::limit::thousandths;
use crate::part::mean;
use crate::{
    Contributions, CustomerFit, Declined, Fault, Finding, Input, Inspection, Limit, Measurement, Part,
    Points, Ranked, Ranking, Reason, Recall, SetAside, VehicleHistory, Weights,
};

/// Ranks the findings of an inspection: safety, vehicle history and customer fit, 40/30/30 as shipped.
///
/// Findings at a safety limit come first (unless the policy turns that off), then all others; within both, the higher
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
    let mut ids = BTreeSet::new();
    let (mut findings, mut recalls) = (Vec::new(), Vec::new());
    let (mut in_order, mut set_aside) = (Vec::new(), Vec::new());
    for (index, finding) in inspection.findings.iter().enumerate() {
        let mut aside = |field: String, fault| {
            let path = format!("findings[{index}].{field}");
            set_aside.push(SetAside { path, finding: finding.id.clone(), fault });
        };
        if let Some(fault) = unnamed(finding, &ids) {
            aside("id".to_owned(), fault);
            continue;
        }
        ids.insert(finding.id.as_str());
        let (finding, doubtful) = &readable(finding, weights, &mut aside);
        if finding.recall {
            let (item, note) = (finding.item.clone(), finding.note.clone());
            recalls.push(Recall { finding: finding.id.clone(), item, note });
            continue;
        }
        match rank(finding, *doubtful, history, fit, weights) {
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

/// A finding with everything but its rank; `None` where there is nothing to do.
fn rank(
    finding: &Finding,
    doubtful: bool,
    history: &VehicleHistory,
    fit: &CustomerFit,
    weights: &Weights,
) -> Option<Ranked> {
    let mut reasons = Vec::new();
    let (safety, at_limit) = safety(finding, doubtful, weights, &mut reasons);
    if finding.code == InspectionCode::Green && !at_limit {
        return None;
    }
    let section = weights.section(&finding.section);
    let red = finding.code == InspectionCode::Red && section.is_some_and(|section| section.floor_on_red);
    let floored = weights.table().safety_floor && (at_limit || red);
    if floored {
        reasons.insert(0, Reason::SafetyFloor);
    }
    let history = self::history(finding, history, weights, &mut reasons);
    let fit = customer(finding.price, fit, weights);
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
        price: finding.price,
    })
}

/// How dangerous the fault is: the section's danger times the worse of colour and measurements. Also says whether a
/// measurement is at or past a limit that has the floor. `doubtful`: a measurement was set aside.
fn safety(finding: &Finding, doubtful: bool, weights: &Weights, reasons: &mut Vec<Reason>) -> (Part, bool) {
    let (mut condition, mut at_limit) = (weights.code(finding.code), false);
    let mut missing = if doubtful { vec![Input::Measurement] } else { Vec::new() };
    for measurement in &finding.measurements {
        let Some((limit, value)) = measured(measurement, weights) else {
            missing.push(Input::Measurement);
            continue;
        };
        let wear = limit.wear(value);
        condition = condition.max(wear);
        at_limit |= limit.floor && wear == Points::ONE;
        reasons.push(measured_reason(measurement, limit, wear));
    }
    missing.dedup();
    if at_limit && finding.code == InspectionCode::Green {
        reasons.push(Reason::GreenAtLimit);
    }
    reasons.push(Reason::Marked { code: finding.code, section: finding.section.clone() });
    let danger =
        weights.section(&finding.section).map_or(weights.table().other_section, |section| section.danger);
    let value = Points::clamped(i128::from(danger)).of(condition);
    (Part { value, known: Points::ONE, missing }, at_limit)
}

fn measured_reason(measurement: &Measurement, limit: &Limit, wear: Points) -> Reason {
    let (name, place) = (measurement.name.clone(), measurement.place.clone());
    let (value, unit) = (measurement.value.normalize().to_string(), measurement.unit);
    if wear == Points::ONE {
        let (limit_unit, source) = (limit.unit, limit.source.clone());
        Reason::AtLimit { name, place, value, limit: limit.limit.to_string(), unit, limit_unit, source }
    } else {
        Reason::Worn { name, place, value, unit, wear }
    }
}

fn history(finding: &Finding, known: &VehicleHistory, weights: &Weights, reasons: &mut Vec<Reason>) -> Part {
    let table = &weights.table().history;
    let Some(service) = &finding.service else {
        return Part { value: Points::ZERO, known: Points::ZERO, missing: vec![Input::Service] };
    };
    let known = known.of(service);
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
    let share = |(miles, interval): (fixedops_vocab::Miles, fixedops_vocab::Miles)| {
        i64::from(miles.tenths()).saturating_mul(10_000) / i64::from(interval.tenths()).max(1)
    };
    let declined = declined.map(|declined| match declined {
        Declined::Never => Points::ZERO,
        Declined::DaysAgo(days) => table.declined.at(i64::from(days)),
    });
    mean(&[
        (Input::MilesSinceService, table.miles_weight, driven.map(|driven| table.miles.at(share(driven)))),
        (Input::MissedServices, table.missed_weight, missed.map(|times| table.missed.at(i64::from(times)))),
        (Input::DeclinedBefore, table.declined_weight, declined),
    ])
}

fn customer(price: Option<Money>, fit: &CustomerFit, weights: &Weights) -> Part {
    let table = &weights.table().fit;
    let all = |yes: bool| if yes { Points::ONE } else { Points::ZERO };
    let spend = fit.annual_spend.map(cents);
    let beside = price.zip(fit.annual_spend).filter(|(price, spend)| price.currency() == spend.currency());
    let share = beside.map(|(price, spend)| (cents(price), cents(spend))).filter(|&(_, spend)| spend > 0);
    let share = share.map(|(price, spend)| price.saturating_mul(10_000) / spend);
    mean(&[
        (Input::AnnualSpend, table.spend_weight, spend.map(|cents| table.spend.at(cents))),
        (Input::Visits, table.visits_weight, fit.visits.map(|visits| table.visits.at(i64::from(visits)))),
        (Input::Warranty, table.warranty_weight, fit.warranty.map(all)),
        (Input::Financing, table.financing_weight, fit.financing.map(all)),
        (Input::Price, table.price_weight, share.map(|share| table.price.at(share))),
    ])
}

fn cents(money: Money) -> i64 {
    // Money stays within 10^12, so its cents fit.
    (money.amount() * Decimal::ONE_HUNDRED).to_i64().unwrap_or(i64::MAX)
}

/// The limit of a measurement and its value in thousandths of the limit's unit.
fn measured<'a>(measurement: &Measurement, weights: &'a Weights) -> Option<(&'a Limit, i64)> {
    let limit = weights.limit(&measurement.name)?;
    let value = (measurement.value.checked_mul(Decimal::ONE_THOUSAND)?).floor().to_i64()?;
    Some((limit, measurement.unit.thousandths_in(value, limit.unit)?))
}

/// Why a finding cannot be told from others.
fn unnamed(finding: &Finding, ids: &BTreeSet<&str>) -> Option<Fault> {
    if finding.id.trim().is_empty() {
        return Some(Fault::Empty);
    }
    ids.contains(finding.id.as_str()).then_some(Fault::RepeatedId)
}

/// The finding without what does not read; each such field is set aside. What is left keeps its colour, so that a slip
/// of the pen does not lift a red brake out of the safety floor. Also whether a measurement was among them.
fn readable(finding: &Finding, weights: &Weights, aside: &mut impl FnMut(String, Fault)) -> (Finding, bool) {
    let mut left = finding.clone();
    if left.price.is_some_and(|price| price.amount().is_sign_negative() && !price.amount().is_zero()) {
        aside("price".to_owned(), Fault::NegativePrice);
        left.price = None;
    }
    left.measurements.clear();
    for (index, measurement) in finding.measurements.iter().enumerate() {
        match fault_of(measurement, weights) {
            Some((field, fault)) => aside(format!("measurements[{index}].{field}"), fault),
            None => left.measurements.push(measurement.clone()),
        }
    }
    let doubtful = left.measurements.len() < finding.measurements.len();
    (left, doubtful)
}

/// What is wrong with a measurement, and where.
fn fault_of(measurement: &Measurement, weights: &Weights) -> Option<(&'static str, Fault)> {
    let limit = weights.limit(&measurement.name)?;
    if measurement.unit.thousandths_in(0, limit.unit).is_none() {
        return Some(("unit", Fault::WrongUnit { found: measurement.unit, name: measurement.name.clone() }));
    }
    let believable = measured(measurement, weights)
        .is_some_and(|(_, value)| (0..=thousandths(limit.most)).contains(&value));
    if believable {
        return None;
    }
    let (found, most) = (measurement.value.to_string(), format!("{}{}", limit.most, limit.unit));
    Some(("value", Fault::Impossible { found, most }))
}
