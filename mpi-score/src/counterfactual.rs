use core::fmt;

use fixedops_vocab::{InspectionCode, Miles, Money};
use rust_decimal::Decimal;

use crate::limit::thousandths;
use crate::score::floor_thousandths;
use crate::{
    CustomerFit, Declined, Finding, Inspection, ServiceHistory, Unit, VehicleHistory, Weights, score,
};

/// What would have to be otherwise for a finding to stand higher: one change that is enough by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Counterfactual {
    /// The finding.
    pub finding: String,
    /// Where it stands, from 1.
    pub rank: u32,
    /// Where it would stand, or higher.
    pub would_be: u32,
    /// What would have to be otherwise.
    pub change: Change,
}

/// One change of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case", tag = "change"))]
#[non_exhaustive]
pub enum Change {
    /// Another number measured.
    Measured {
        /// Which of the finding's measurements.
        index: usize,
        /// What.
        name: String,
        /// Where.
        place: Option<String>,
        /// The number, in `unit`.
        value: Decimal,
        /// The limit's unit.
        unit: Unit,
    },
    /// Another colour.
    Marked {
        /// The colour.
        code: InspectionCode,
    },
    /// More miles since the service was last done.
    MilesSince {
        /// So many.
        miles: Miles,
    },
    /// Declined longer ago.
    DeclinedDaysAgo {
        /// So many days.
        days: u32,
    },
    /// Missed more often.
    Missed {
        /// So many times.
        times: u32,
    },
    /// A lower price.
    Price {
        /// At most this.
        price: Money,
    },
}

impl fmt::Display for Counterfactual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.would_be {
            1 => f.write_str("would be first if ")?,
            2 => f.write_str("would be second if ")?,
            3 => f.write_str("would be third if ")?,
            n => write!(f, "would be number {n} if ")?,
        }
        match &self.change {
            Change::Measured { name, place, value, unit, .. } => {
                let place = place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
                write!(f, "{name}{place} measured {}{unit}", value.normalize())
            }
            Change::Marked { code } => write!(f, "it were marked {code}"),
            Change::MilesSince { miles } => write!(f, "{miles} miles had been driven since it was done"),
            Change::DeclinedDaysAgo { days } => write!(f, "it had been declined {days} days ago"),
            Change::Missed { times } => write!(f, "it had been missed {times} times"),
            Change::Price { price } => write!(f, "it cost {price}"),
        }
    }
}

impl Counterfactual {
    /// The inspection and history as they would be.
    #[must_use]
    pub fn applied(&self, inspection: &Inspection, history: &VehicleHistory) -> (Inspection, VehicleHistory) {
        apply(&self.finding, &self.change, inspection, history)
    }
}

/// For every finding but the first: what would have to be otherwise for it to stand one place higher, or, where it is
/// below the fold, above it. Findings that no single change lifts are left out.
///
/// Tried in this order, the first that suffices is told: a measurement nearer its limit (by tenths of its unit), the next
/// colours, more miles since the service (by 100), an older decline (by days, where it was declined), more missed services,
/// a lower price (by whole units of its currency, where there is one). Each is the smallest of its kind. The whole
/// inspection is scored again for every try: this is for a page, not for a loop over a year.
///
/// ```
/// use fixedops_mpi_score::{CustomerFit, Inspection, VehicleHistory, Weights, counterfactuals};
/// let inspection: Inspection = serde_json::from_str(r#"{
///   "inspection": "i-1", "ro": "north/6044", "vehicle": "v-7", "completed_at": null, "findings": [
///     {"id": "lights", "section": "lights", "item": "Left headlight", "code": "red"},
///     {"id": "pads", "section": "brakes", "item": "Front pads", "code": "yellow",
///      "measurements": [{"name": "pad", "place": "front", "value": "5", "unit": "mm"}]}
///   ]}"#)?;
/// let (history, fit) = (VehicleHistory::default(), CustomerFit::default());
/// let would = counterfactuals(&inspection, &history, &fit, &Weights::shipped());
/// assert_eq!(would[0].to_string(), "would be first if pad front measured 3.1 mm");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn counterfactuals(
    inspection: &Inspection,
    history: &VehicleHistory,
    fit: &CustomerFit,
    weights: &Weights,
) -> Vec<Counterfactual> {
    let ranking = score(inspection, history, fit, weights);
    let mut found = Vec::new();
    for ranked in ranking.findings.iter().skip(1) {
        let fold = u32::try_from(ranking.fold).unwrap_or(u32::MAX);
        let would_be = if ranked.above_fold { ranked.rank - 1 } else { fold.min(ranked.rank - 1) };
        let Some(finding) = inspection.findings.iter().find(|finding| finding.id == ranked.finding) else {
            continue;
        };
        let enough = |change: &Change| {
            let (inspection, history) = apply(&finding.id, change, inspection, history);
            let would = score(&inspection, &history, fit, weights);
            would.findings.iter().any(|would| would.finding == finding.id && would.rank <= would_be)
        };
        if let Some(change) = smallest(finding, history, weights, &enough) {
            found.push(Counterfactual { finding: finding.id.clone(), rank: ranked.rank, would_be, change });
        }
    }
    found
}

fn smallest(
    finding: &Finding,
    history: &VehicleHistory,
    weights: &Weights,
    enough: &impl Fn(&Change) -> bool,
) -> Option<Change> {
    measured(finding, weights, enough)
        .or_else(|| {
            let worse = InspectionCode::ALL.iter().filter(|code| **code > finding.code);
            worse.map(|&code| Change::Marked { code }).find(|change| enough(change))
        })
        .or_else(|| {
            let known = history.of(finding.service.as_ref()?)?;
            since(known, enough)
        })
        .or_else(|| {
            let price = finding.price?;
            // From the whole amount below down to nothing.
            let whole = u32::try_from(price.amount().mantissa() / 100).ok()?;
            let cheaper = |step: u32| {
                let amount = Decimal::from(whole.saturating_sub(step));
                Some(Change::Price { price: Money::new(amount, price.currency()).ok()? })
            };
            first(0, whole, cheaper, enough)
        })
}

fn measured(finding: &Finding, weights: &Weights, enough: &impl Fn(&Change) -> bool) -> Option<Change> {
    finding.measurements.iter().enumerate().find_map(|(index, measurement)| {
        let limit = weights.limit(&measurement.name)?;
        let now = measurement.unit.thousandths_in(floor_thousandths(measurement.value)?, limit.unit)?;
        // What nobody can have measured is set aside, and is near no limit.
        let now = Some(now).filter(|&now| limit.believes(now))?;
        let end = thousandths(limit.limit);
        let sign = if limit.fresh >= limit.limit { -1 } else { 1 };
        // Down (or up) by whole tenths, and to the limit itself at the last.
        let tenths = u32::try_from(((end - now) * sign).max(0) / 100 + 1).ok()?;
        let tenth = now.div_euclid(100) * 100;
        let nearer = |step: u32| {
            let value = tenth + sign * 100 * i64::from(step);
            let value = if sign < 0 { value.max(end) } else { value.min(end) };
            let (name, place) = (measurement.name.clone(), measurement.place.clone());
            Some(Change::Measured {
                index,
                name,
                place,
                value: Decimal::new(value, 3).normalize(),
                unit: limit.unit,
            })
        };
        first(1, tenths, nearer, enough)
    })
}

fn since(known: &ServiceHistory, enough: &impl Fn(&Change) -> bool) -> Option<Change> {
    let miles = || {
        let from = known.miles_since?.tenths() / 1_000;
        let to = known.interval?.tenths().saturating_mul(4).min(Miles::MAX.tenths()) / 1_000;
        let further = |hundreds: u32| {
            Some(Change::MilesSince { miles: Miles::from_tenths(hundreds.checked_mul(1_000)?).ok()? })
        };
        first(from + 1, to, further, enough)
    };
    let declined = || {
        let Some(Declined::DaysAgo(days)) = known.declined else { return None };
        first(days.saturating_add(1), 1_500, |days| Some(Change::DeclinedDaysAgo { days }), enough)
    };
    let missed = || {
        let times = known.missed?;
        first(times.saturating_add(1), 20, |times| Some(Change::Missed { times }), enough)
    };
    miles().or_else(declined).or_else(missed)
}

/// The smallest step of a kind that is enough, where the largest is.
fn first(
    from: u32,
    to: u32,
    change: impl Fn(u32) -> Option<Change>,
    enough: &impl Fn(&Change) -> bool,
) -> Option<Change> {
    let suffices = |step: u32| change(step).is_some_and(|change| enough(&change));
    if from > to || !suffices(to) {
        return None;
    }
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low + (high - low) / 2;
        if suffices(middle) { high = middle } else { low = middle + 1 }
    }
    change(high)
}

fn apply(
    id: &str,
    change: &Change,
    inspection: &Inspection,
    history: &VehicleHistory,
) -> (Inspection, VehicleHistory) {
    let (mut inspection, mut history) = (inspection.clone(), history.clone());
    let Some(finding) = inspection.findings.iter_mut().find(|finding| finding.id == id) else {
        return (inspection, history);
    };
    let service = finding.service.clone();
    let known = history.services.iter_mut().find(|known| Some(&known.service) == service.as_ref());
    match (change, known) {
        (Change::Measured { index, value, unit, .. }, _) => {
            if let Some(measurement) = finding.measurements.get_mut(*index) {
                (measurement.value, measurement.unit) = (*value, *unit);
            }
        }
        (Change::Marked { code }, _) => finding.code = *code,
        (Change::Price { price }, _) => finding.price = Some(*price),
        (Change::MilesSince { miles }, Some(known)) => known.miles_since = Some(*miles),
        (Change::DeclinedDaysAgo { days }, Some(known)) => known.declined = Some(Declined::DaysAgo(*days)),
        (Change::Missed { times }, Some(known)) => known.missed = Some(*times),
        (_, None) => {}
    }
    (inspection, history)
}
