use rust_decimal::Decimal;

use super::answer::{Path, PathStep};
use super::prepare::{Prepared, day, days_before};
use super::record::ExtractFile;
use super::tally::Tally;
use crate::{Figure, Unit};

/// The path over the window, with the dollars at each step.
pub(super) fn of(audit: &Prepared, tally: &Tally, visit: &Figure) -> Path {
    let policy = &audit.data.policy;
    let service = policy.path.service.as_str().replace('_', " ");
    let from = audit.last_day.and_then(|last| day(days_before(last, policy.path.window_days)));
    let mean = visit.value;
    let step = |place: usize| tally.path.passed.get(place).copied().unwrap_or(0);
    let anyway = |place: usize| tally.path.came_anyway.get(place).copied().unwrap_or(0);
    // Of those whose due date is known at all, how many fell due: what may be assumed of those of whom it is not known.
    let due_share = Decimal::from(step(3)).checked_div(Decimal::from(step(2)));
    let names = [
        ("in_play", "Vehicles in play".to_owned()),
        ("usable_mileage", "A usable mileage on the first day".to_owned()),
        ("last_service_known", format!("Last {service} or delivery known")),
        ("due", format!("{} due in the window", capital(&service))),
        ("provable_consent", "Reachable by text with provable consent".to_owned()),
        ("touched", "Contacted".to_owned()),
        ("booked", "Appointment".to_owned()),
        ("customer_pay_ro", "Repair order with customer pay".to_owned()),
    ];
    let mut steps = Vec::new();
    for (place, (id, label)) in names.into_iter().enumerate() {
        let vehicles = step(place);
        let lost = place.checked_sub(1).map_or(0, |before| step(before).saturating_sub(vehicles));
        let came_anyway = anyway(place);
        let missing = Decimal::from(lost.saturating_sub(came_anyway));
        let (leak, dollars, how) = match id {
            "in_play" | "due" => (false, Some(Decimal::ZERO), "no loss: these are not due"),
            "usable_mileage" | "last_service_known" => (
                true,
                mean.map(|mean| missing * mean * due_share.unwrap_or(Decimal::ZERO)),
                "lost, without a customer-pay visit in the window × share of the known that fell due × mean visit",
            ),
            _ => (
                true,
                mean.map(|mean| missing * mean),
                "lost, without a customer-pay visit in the window × mean visit",
            ),
        };
        let how = match (id, mean) {
            ("in_play", _) => "",
            (_, None) if leak => "not known: no customer-pay visit to take a mean of",
            _ => how,
        };
        let unknown = match id {
            "touched" => !audit.is_there(ExtractFile::Touches),
            "booked" => !audit.is_there(ExtractFile::Appointments),
            _ => false,
        };
        steps.push(PathStep {
            id: id.to_owned(),
            label,
            vehicles,
            lost,
            came_anyway,
            dollars: dollars.map(|dollars| dollars.round_dp(2)),
            how: how.to_owned(),
            leak,
            unknown,
        });
    }
    let biggest = steps.iter().filter(|step| step.leak && step.dollars > Some(Decimal::ZERO));
    let biggest_leak = biggest
        .fold(None::<&PathStep>, |most, step| match most {
            Some(most) if most.dollars >= step.dollars => Some(most),
            _ => Some(step),
        })
        .map(|step| step.id.clone());
    let benchmark = Figure::new(
        "benchmark",
        "Benchmark: customer-pay repair order",
        Some(policy.visit.benchmark),
        Unit::Dollars,
        "What others report for one customer-pay repair order; shown beside, never used in the dollars of this page.",
    )
    .from_source(&policy.visit.benchmark_source);
    let benchmark = Figure { base_label: Some("published, not this store's own".to_owned()), ..benchmark };
    Path {
        from,
        until: audit.last_day,
        service: policy.path.service.clone(),
        definition: format!(
            "Customers' vehicles in play on the first day of the window ({} days), followed to its last day with what was known on the first; the interval followed is the {service}. Consent and contact points are those on record on the last day. Each step is a part of the one before. Dollars are vehicles that got lost and did not come anyway, times the store's own mean customer-pay visit; they say what lies there, not what a campaign would bring.",
            policy.path.window_days
        ),
        visit: vec![visit.clone(), benchmark],
        steps,
        biggest_leak,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
