//! What happened and why, in words, read back from the journal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fixedops_closed_loop::{CrossingOutcome, Happened, ThresholdCrossed};
#[cfg(test)]
use fixedops_connectors_traits::Event;
use fixedops_connectors_traits::Journal;
use fixedops_vocab::{CrossingId, Currency, Money, SellerId};

use super::drive::RunError;

#[derive(Default)]
struct Counts {
    events: u64,
    outcomes: BTreeMap<String, u32>,
    sent: u32,
    suppressed: BTreeMap<String, u32>,
    revoked: u32,
    booked: u32,
    shown: u32,
    closed: u32,
    credits: u32,
    written_back: u32,
}

/// The story of a journal, car by car, and its sums.
pub async fn report(journal: &dyn Journal, seller: &SellerId) -> Result<String, RunError> {
    let mut cars: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut of_case: BTreeMap<String, String> = BTreeMap::new();
    let mut of_ro: BTreeMap<String, String> = BTreeMap::new();
    let mut crossings: BTreeMap<CrossingId, (ThresholdCrossed, Option<CrossingOutcome>)> = BTreeMap::new();
    let mut counts = Counts::default();
    let (mut credited, mut visits) = (Money::zero(Currency::USD), Money::zero(Currency::USD));
    let mut visit_of: BTreeMap<String, Money> = BTreeMap::new();
    let mut credited_orders = std::collections::BTreeSet::new();
    let mut after = 0;
    loop {
        let page = journal.scan(seller, after, 1_000).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.position;
        for event in &page {
            counts.events += 1;
            let Some(happened) = Happened::read(event)? else {
                continue;
            };
            let day = event.at.format("%Y-%m-%d %H:%M");
            let mut tell = |car: &str, words: String| {
                cars.entry(car.to_owned()).or_default().push(format!("  {day}  {words}"));
            };
            match happened {
                Happened::ThresholdCrossed(x) => {
                    tell(x.vehicle.as_str(), format!("{} is due: {}", spoken(x.service.as_str()), x.reason));
                    crossings.insert(x.crossing.clone(), (x, None));
                }
                Happened::CrossingResolved(x) => {
                    if let Some((_, outcome)) = crossings.get_mut(&x.crossing) {
                        *outcome = Some(x.outcome);
                    }
                }
                Happened::CaseOpened(x) => {
                    of_case.insert(x.case.to_string(), x.vehicle.to_string());
                    if let Some(line) = x.declined.first() {
                        tell(x.vehicle.as_str(), format!("{} was declined: a case opens for it", line.name));
                    }
                }
                Happened::TouchSent(x) => {
                    counts.sent += 1;
                    let car = of_case.get(x.about.case.as_str()).cloned().unwrap_or_default();
                    tell(&car, format!("sent {} by {}", x.about.touch, x.about.channel));
                }
                Happened::TouchSuppressed(x) => {
                    *counts.suppressed.entry(x.reason.clone()).or_default() += 1;
                    let car = of_case.get(x.about.case.as_str()).cloned().unwrap_or_default();
                    tell(&car, format!("not sent: {} ({})", x.about.touch, x.reason));
                }
                Happened::TouchDeferred(x) => {
                    let car = of_case.get(x.about.case.as_str()).cloned().unwrap_or_default();
                    let until = x.until.format("%Y-%m-%d %H:%M");
                    tell(&car, format!("waits with {} until {until} ({})", x.about.touch, x.reason));
                }
                Happened::ReplyReceived(x) => {
                    if let Some(car) =
                        x.touch.as_ref().and_then(|key| of_case.get(key.case.as_str())).cloned()
                    {
                        tell(&car, format!("the owner answers: {} (suppresses {})", x.label, x.scope));
                    }
                }
                Happened::ConsentRevoked(_) => counts.revoked += 1,
                Happened::AppointmentSet(x) => {
                    counts.booked += 1;
                    let from = x.touch.map_or("by himself".to_owned(), |key| format!("from {}", key.touch));
                    tell(
                        x.vehicle.as_str(),
                        format!("books for {} {from}", x.starts_at.format("%Y-%m-%d %H:%M")),
                    );
                }
                Happened::AppointmentShown(x) => {
                    counts.shown += 1;
                    tell(x.vehicle.as_str(), "comes".to_owned());
                }
                Happened::AppointmentMissed(x) => tell(x.vehicle.as_str(), "does not come".to_owned()),
                Happened::RoClosed(x) => {
                    counts.closed += 1;
                    of_ro.insert(x.ro.to_string(), x.vehicle.to_string());
                }
                Happened::CreditAssigned(x) => {
                    counts.credits += 1;
                    credited = credited.checked_add(x.money).unwrap_or(credited);
                    credited_orders.insert(x.ro.to_string());
                    let car = of_ro.get(x.ro.as_str()).cloned().unwrap_or_default();
                    let receipt: String = x.receipt.chars().take(12).collect();
                    let words = format!(
                        "line {} of {} earns a credit of {} ({}; receipt {receipt}...)",
                        x.line, x.ro, x.money, x.credit.evidence
                    );
                    tell(&car, words);
                }
                Happened::RoAttributed(x) => {
                    if let Some(visit) = x.visit {
                        visit_of.insert(x.ro.to_string(), visit);
                    }
                }
                Happened::WriteBackConfirmed(_) => counts.written_back += 1,
                _ => {}
            }
        }
    }
    for order in &credited_orders {
        if let Some(visit) = visit_of.get(order) {
            visits = visits.checked_add(*visit).unwrap_or(visits);
        }
    }
    for (_, outcome) in crossings.values() {
        let word = outcome.as_ref().map_or("no outcome", CrossingOutcome::as_str);
        *counts.outcomes.entry(word.to_owned()).or_default() += 1;
    }
    Ok(write(&cars, &counts, crossings.len(), credited, visits, credited_orders.len()))
}

fn write(
    cars: &BTreeMap<String, Vec<String>>,
    counts: &Counts,
    crossings: usize,
    credited: Money,
    visits: Money,
    orders: usize,
) -> String {
    let mut text = String::new();
    // Writing into a String does not fail.
    for (car, lines) in cars.iter().take(10) {
        let _ = writeln!(text, "{car}");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
    }
    if cars.len() > 10 {
        let _ = writeln!(text, "... and {} more cars", cars.len() - 10);
    }
    let list = |words: &BTreeMap<String, u32>| {
        words.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(text, "\n{crossings} thresholds crossed: {}.", list(&counts.outcomes));
    let _ = writeln!(text, "{} messages sent; suppressed: {}.", counts.sent, list(&counts.suppressed));
    let _ = writeln!(
        text,
        "{} contact points opted out. {} appointments set from our links or otherwise, {} shown.",
        counts.revoked, counts.booked, counts.shown
    );
    let _ = writeln!(
        text,
        "{} repair orders closed; {} lines on {orders} of them credited, {credited}; those visits as a whole, {visits}.",
        counts.closed, counts.credits
    );
    let _ =
        writeln!(text, "{} credits written back to the DMS. {} events.", counts.written_back, counts.events);
    text
}

fn spoken(service: &str) -> String {
    service.replace('_', " ")
}

/// Every event of a partition.
#[cfg(test)]
pub async fn all(journal: &dyn Journal, seller: &SellerId) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let after = u64::try_from(events.len()).unwrap();
        let page = journal.scan(seller, after, 10_000).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}
