use fixedops_closed_loop::scorecard::{Bin, CalendarPlan, Histogram, Relevance, Timing, Timings, Week};

use crate::page::chart::{Columns, Fill, Series};
use crate::page::figure::figures;
use crate::page::words;
use crate::page::{Chart, Figure, PageError, Section, Table, number};

pub(super) fn relevance(relevance: &Relevance) -> Result<Section, PageError> {
    let (ours, calendar) = (&relevance.first_touch, &relevance.calendar);
    let mut charts = Vec::new();
    charts.extend(histogram(
        "days-off",
        "Days early or late",
        "days from the day the car reached the mile",
        [(ours, &ours.days), (calendar, &calendar.days)],
    )?);
    charts.extend(histogram(
        "miles-off",
        "Miles early or late",
        "miles from the mile it was due",
        [(ours, &ours.miles), (calendar, &calendar.miles)],
    )?);
    let head = figures([
        &relevance.backlog,
        &relevance.considered,
        &relevance.reached,
        &relevance.not_reached,
        &relevance.unknown,
    ]);
    let plan = relevance.calendar_plan.as_ref();
    let counts = plan.map(|plan| {
        figures([&plan.backlog, &plan.considered, &plan.reached, &plan.not_reached, &plan.unknown])
    });
    let timings = [ours, calendar, &relevance.every_touch];
    let of_plan = plan.into_iter().flat_map(|plan| [&plan.first_touch, &plan.every_touch]);
    let each = timings.into_iter().chain(of_plan).flat_map(|timing| {
        let its = [
            &timing.median_days,
            &timing.median_abs_days,
            &timing.median_miles,
            &timing.within_days,
            &timing.within_miles,
        ];
        figures(its)
            .into_iter()
            .map(|figure| Figure { label: format!("{}: {}", timing.label, figure.label), ..figure })
    });
    let measured = match relevance.measured_by.as_str() {
        "truth" => "The real use is the simulated truth.",
        _ => "The real use is read off the odometer readings around it, which are known by now.",
    };
    Ok(Section {
        id: "relevance".to_owned(),
        title: "Did the message come at the right mile?".to_owned(),
        lead: vec![format!(
            "How early or late each message came against the car's real use, beside what a calendar reminder would \
             have done for the same cars. {measured}"
        )],
        key: Vec::new(),
        charts,
        figures: head.into_iter().chain(counts.into_iter().flatten()).chain(each).collect(),
        tables: std::iter::once(beside(ours, calendar)).chain(plan.map(|plan| plans(ours, plan))).collect(),
    })
}

/// The plan that the car's use timed beside the one that the calendar timed: other households, each on its own plan.
fn plans(ours: &Timing, plan: &CalendarPlan) -> Table {
    let base = |timing: &Timing| number::count(timing.median_days.base.unwrap_or(0));
    Table {
        caption: "Two plans side by side: timed by use, timed by the calendar".to_owned(),
        note: format!(
            "Both against the mile their own cars reached: {} first messages timed by use, {} timed by the calendar. Below zero \
             is early. * small base.",
            base(ours),
            base(&plan.first_touch)
        ),
        ..beside(ours, &plan.first_touch)
    }
}

/// The two side by side.
fn beside(ours: &Timing, calendar: &Timing) -> Table {
    let row = |of: fn(&Timing) -> &fixedops_closed_loop::Figure| {
        let (mine, its) = (of(ours), of(calendar));
        vec![mine.label.clone(), words::marked(mine), words::marked(its)]
    };
    Table {
        caption: "Mileage beside the calendar".to_owned(),
        note: format!(
            "The same {} crossings both times: those whose car is known to have reached the mile. Below zero is \
             early. * small base.",
            number::count(ours.median_days.base.unwrap_or(0))
        ),
        head: vec!["Measure".to_owned(), ours.label.clone(), calendar.label.clone()],
        rows: vec![
            row(|timing| &timing.median_days),
            row(|timing| &timing.median_abs_days),
            row(|timing| &timing.median_miles),
            row(|timing| &timing.within_days),
            row(|timing| &timing.within_miles),
        ],
        small_print: Vec::new(),
        sum: None,
        folded: false,
    }
}

fn histogram(
    id: &str,
    title: &str,
    under: &str,
    two: [(&Timing, &Histogram); 2],
) -> Result<Option<Chart>, PageError> {
    let [(ours, first), (calendar, second)] = two;
    let same = first.bins.len() == second.bins.len()
        && first.bins.iter().zip(&second.bins).all(|(one, other)| one.from == other.from);
    if !same || two.iter().all(|(_, histogram)| histogram.bins.iter().all(|bin| bin.count == 0)) {
        return Ok(None);
    }
    let values = |histogram: &Histogram| histogram.bins.iter().map(|bin| Some(bin.count as f64)).collect();
    let said = |timing: &Timing, histogram: &Histogram| {
        let bins = histogram.bins.iter().filter(|bin| bin.count > 0);
        let bins: Vec<String> = bins.map(|bin| format!("{} {}", in_words(bin), bin.count)).collect();
        format!("{}: {}", timing.label, bins.join(", "))
    };
    let svg = Columns {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{}. {}.", said(ours, first), said(calendar, second)),
        labels: first.bins.iter().map(short).collect(),
        bounds: true,
        mark: first.bins.iter().position(|bin| bin.from == Some(0)).map(|at| (at, "due".to_owned())),
        under: under.to_owned(),
        series: vec![
            Series { name: ours.label.clone(), values: values(first), fill: Fill::Solid },
            Series { name: calendar.label.clone(), values: values(second), fill: Fill::Hatched },
        ],
        number: number::tick,
    }
    .draw()?;
    let count =
        |histogram: &Histogram| number::count(number::sum(histogram.bins.iter().map(|bin| bin.count)));
    let caption = format!(
        "Left of the line too early, right of it late. {} messages, and {} reminders by calendar.",
        count(first),
        count(second)
    );
    Ok(Some(Chart { svg, title: title.to_owned(), caption }))
}

/// Where a bin begins; the first begins nowhere.
fn short(bin: &Bin) -> String {
    bin.from.map_or_else(String::new, |from| number::decimal(from.into(), 0))
}

fn in_words(bin: &Bin) -> String {
    match (bin.from, bin.to) {
        (Some(from), Some(to)) => format!("{from} to {to}:"),
        (Some(from), None) => format!("{from} and more:"),
        (None, Some(to)) => format!("below {to}:"),
        (None, None) => "all:".to_owned(),
    }
}

pub(super) fn weeks(timings: &Timings) -> Result<Section, PageError> {
    let weeks = &timings.weekly;
    let mut charts = Vec::new();
    type Counted = fn(&Week) -> u64;
    let counts: [(&str, &str, Counted); 3] = [
        ("week-sent", "Messages sent, week by week", |week| week.sent),
        ("week-booked", "Appointments that followed a message", |week| week.booked),
        ("week-visits", "Credited visits, week by week", |week| week.credited_visits),
    ];
    for (id, title, value) in counts {
        let values: Vec<f64> = weeks.iter().map(|week| value(week) as f64).collect();
        charts.extend(by_week(id, title, weeks, &values, number::tick)?);
    }
    let dollars: Vec<f64> = weeks.iter().map(|week| number::length(week.visit_amount)).collect();
    let title = "Customer-pay dollars of those visits";
    charts.extend(by_week("week-dollars", title, weeks, &dollars, number::dollar_tick)?);
    Ok(Section {
        id: "weeks".to_owned(),
        title: "Week by week, and how fast".to_owned(),
        lead: Vec::new(),
        key: figures([
            &timings.crossing_to_send,
            &timings.decline_to_send,
            &timings.response_time,
            &timings.booking_time,
        ]),
        charts,
        figures: figures([
            &timings.crossing_to_send,
            &timings.decline_to_send,
            &timings.response_time,
            &timings.response_first_third,
            &timings.response_second_third,
            &timings.booking_time,
        ]),
        tables: table(weeks).into_iter().collect(),
    })
}

fn by_week(
    id: &str,
    title: &str,
    weeks: &[Week],
    values: &[f64],
    written: fn(f64) -> String,
) -> Result<Option<Chart>, PageError> {
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return Ok(None);
    }
    let most = weeks.iter().zip(values).max_by(|(_, one), (_, other)| one.total_cmp(other));
    let most = most.map_or_else(String::new, |(week, value)| {
        format!("; most in the week of {}: {}", week.week.format("%B %-d"), written(value.round()))
    });
    let description = format!("{} weeks, {} in all{most}.", weeks.len(), written(total.round()));
    let svg = Columns {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description.clone(),
        labels: weeks.iter().map(|week| week.week.format("%b %-d").to_string()).collect(),
        bounds: false,
        mark: None,
        under: "week from Monday".to_owned(),
        series: vec![Series {
            name: title.to_owned(),
            values: values.iter().copied().map(Some).collect(),
            fill: Fill::Solid,
        }],
        number: written,
    }
    .draw()?;
    Ok(Some(Chart { svg, title: title.to_owned(), caption: description }))
}

fn table(weeks: &[Week]) -> Option<Table> {
    if weeks.is_empty() {
        return None;
    }
    let head = [
        "Week of",
        "Came due",
        "Sent",
        "Booked",
        "Orders",
        "Customer pay",
        "Credited visits",
        "Their dollars",
        "Declined",
    ];
    let row = |week: &Week| {
        vec![
            week.week.format("%b %-d, %Y").to_string(),
            number::count(week.crossings),
            number::count(week.sent),
            number::count(week.booked),
            number::count(week.orders_closed),
            number::dollars(week.customer_pay_amount),
            number::count(week.credited_visits),
            number::dollars(week.visit_amount),
            number::count(week.declined),
        ]
    };
    let sum = |of: fn(&Week) -> u64| number::count(number::sum(weeks.iter().map(of)));
    let dollars = |of: fn(&Week) -> rust_decimal::Decimal| {
        number::dollars(number::sum_of_dollars(weeks.iter().map(of)))
    };
    Some(Table {
        caption: "All weeks".to_owned(),
        note: "Weeks from Monday (UTC): thresholds crossed, messages sent, appointments that followed a message, repair \
               orders closed and their customer-pay dollars, orders with a credited line and their customer-pay \
               dollars, lines declined."
            .to_owned(),
        head: head.map(str::to_owned).into(),
        rows: weeks.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: Some(vec![
            "In all".to_owned(),
            sum(|week| week.crossings),
            sum(|week| week.sent),
            sum(|week| week.booked),
            sum(|week| week.orders_closed),
            dollars(|week| week.customer_pay_amount),
            sum(|week| week.credited_visits),
            dollars(|week| week.visit_amount),
            sum(|week| week.declined),
        ]),
        folded: true,
    })
}
