//! The scorecard as a page: what came due, what was said, who came, what it brought in.

mod counts;
mod declined;
mod dollars;
mod due;
mod inspections;
#[cfg(test)]
mod made_up;
mod messages;
mod mileage;
mod progress;
mod store;
#[cfg(test)]
mod tests;
mod timing;

use fixedops_closed_loop::Scorecard;
use fixedops_closed_loop::scorecard::Header;

use super::{Figure, Page, PageError, number, words};

/// How the warning begins, and the sentence that says the same.
const SIMULATED: &str = "This is a simulated store";

/// The page of a scorecard, as one file.
///
/// # Errors
/// [`PageError`] where a chart cannot be drawn or a template is broken: no scorecard does that.
pub fn scorecard(card: &Scorecard) -> Result<String, PageError> {
    page(card)?.html()
}

fn page(card: &Scorecard) -> Result<Page, PageError> {
    let header = &card.header;
    let name = header.dealer_name.clone().unwrap_or_else(|| header.seller.to_string());
    Ok(Page {
        title: format!("Service scorecard: {name}"),
        about: about(card),
        warning: header.simulated.as_ref().map(|run| {
            format!(
                "{SIMULATED}: {} invented vehicles over {} days (seed {}). No customer, car or dollar \
                 on this page is real.",
                number::count(run.vehicles.into()),
                run.days,
                run.seed
            )
        }),
        in_short: card.headlines.iter().filter(|words| !words.starts_with(SIMULATED)).cloned().collect(),
        look_first: (
            "Where to look first".to_owned(),
            card.hints.iter().map(|hint| hint.words.clone()).collect(),
        ),
        key_figures: key_figures(card),
        small_base_below: header.small_base,
        sections: vec![
            due::came_due(&card.crossings, &card.control)?,
            due::funnel(&card.funnel)?,
            dollars::section(&card.attribution)?,
            messages::section(&card.messages)?,
            declined::section(&card.declined)?,
            inspections::section(&card.inspections)?,
            timing::relevance(&card.relevance)?,
            mileage::section(&card.mileage)?,
            store::reach(&card.reach)?,
            timing::weeks(&card.timings)?,
            progress::section(&card.progress)?,
            store::section(&card.store)?,
        ],
        computed_from: computed_from(header),
    })
}

fn about(card: &Scorecard) -> Vec<String> {
    let header = &card.header;
    let day = |time: chrono::DateTime<chrono::Utc>| time.format("%B %-d, %Y").to_string();
    let period = match header.from {
        Some(from) => format!("{} to {}", day(from), day(header.until)),
        None => format!("Until {}", day(header.until)),
    };
    let rooftops: Vec<_> = header.rooftops.iter().map(ToString::to_string).collect();
    let where_ = match rooftops.as_slice() {
        [] => String::new(),
        [one] => format!(", rooftop {one}"),
        many => format!(", rooftops {}", many.join(", ")),
    };
    vec![
        format!("{period}{where_}. Amounts in {}.", header.currency),
        "Mileage-based service reminders and declined-work follow-up: from the car that came due to the closed \
         repair order."
            .to_owned(),
    ]
}

/// The figures a fixed-operations director asks for first.
fn key_figures(card: &Scorecard) -> Vec<Figure> {
    let mut visit = Figure::from(&card.attribution.mean_visit);
    if let (Some(difference), Some(benchmark)) =
        (card.attribution.difference.value, card.attribution.benchmark.value)
    {
        let (above, off) =
            if difference.is_sign_negative() { ("below", -difference) } else { ("above", difference) };
        let own = &card.attribution.mean_other_order;
        let own = own.value.map_or_else(String::new, |own| {
            format!("; the store's other orders average {}", number::dollars(own))
        });
        visit.target = Some(format!(
            "{} {above} the benchmark of {}{own}",
            number::dollars(off),
            number::dollars(benchmark)
        ));
    }
    let mut relevance = Figure::from(&card.relevance.first_touch.median_abs_days);
    if let Some(days) = card.relevance.calendar.median_abs_days.value {
        relevance.target = Some(format!("a calendar reminder: {} days", number::decimal(days, 1)));
    }
    relevance.label = "Our first message: days off, median".to_owned();
    let mut key: Vec<Figure> = [&card.attribution.credited_amount, &card.attribution.visit_amount]
        .into_iter()
        .map(Figure::from)
        .collect();
    key.push(visit);
    key.push(Figure::from(&card.declined.recovered_amount));
    key.push(Figure::from(&card.declined.recovery_rate));
    if card.inspections.told {
        key.push(Figure::from(&card.inspections.completion_rate));
    }
    key.extend(
        [
            &card.store.show_rate,
            &card.funnel.total.set_rate,
            &card.messages.response_rate,
            &card.messages.opt_out_rate,
            &card.reach.provable,
        ]
        .into_iter()
        .map(Figure::from),
    );
    key.push(relevance);
    key
}

fn computed_from(header: &Header) -> Vec<(String, String)> {
    let row = |name: &str, value: String| (name.to_owned(), value);
    let mut rows = vec![
        row(
            "Journal",
            format!("{} events, the last at position {}", number::count(header.events), header.last_position),
        ),
        row("Hash of the last event", header.last_hash.clone().unwrap_or_else(|| "none".to_owned())),
        row("Digest of all events (SHA-256)", header.digest.clone()),
        row("What this scorecard compares with", header.policy.to_string()),
        row("Mileage model", header.model.to_string()),
    ];
    rows.extend(header.policies.iter().map(|(name, version)| row(&words::spoken(name), version.to_string())));
    let left = header.left_out;
    rows.push(row(
        "Left out",
        match (left.unknown_events, left.other_currency) {
            (0, 0) => "nothing".to_owned(),
            (events, amounts) => format!(
                "{} events of unknown types, {} amounts in another currency",
                number::count(events),
                number::count(amounts)
            ),
        },
    ));
    rows
}
