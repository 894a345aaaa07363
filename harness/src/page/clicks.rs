//! The click report as a page: who waits, for what car and reason, and what was tried.

use chrono::{DateTime, Utc};
use fixedops_closed_loop::clicks::{ClickReport, ClickRow, Lead, OtherClicks};
use fixedops_vocab::Mileage;

use super::chart::{Bar, Fill};
use super::figure::figures;
use super::words::{bars_chart, sentence, spoken};
use super::{Page, PageError, Section, Table, number};

/// The page of a click report, as one file. It holds ids; who shows it to a representative joins the names.
///
/// # Errors
/// [`PageError`] where a chart cannot be drawn or a template is broken: no report does that.
pub fn clicks(report: &ClickReport) -> Result<String, PageError> {
    page(report)?.html()
}

/// Every standing, who waits first.
const STANDINGS: [(Lead, &str); 8] = [
    (Lead::Waiting, "Waiting, nobody has a call to make"),
    (Lead::CallListed, "Waiting, a call is on the list"),
    (Lead::Replied, "Answered, no appointment"),
    (Lead::Booked, "Appointment set"),
    (Lead::Came, "The car came"),
    (Lead::OptedOut, "Wants no more"),
    (Lead::Over, "Over, nothing came of it"),
    (Lead::LeaveAlone, "Leave alone: another owner or number, or not to be written to"),
];

fn words(standing: Lead) -> &'static str {
    STANDINGS.iter().find(|(known, _)| *known == standing).map_or("", |(_, words)| words)
}

fn page(report: &ClickReport) -> Result<Page, PageError> {
    let open = |row: &&ClickRow| row.standing.waits();
    let waiting: Vec<&ClickRow> = report.rows.iter().filter(open).collect();
    let rest: Vec<&ClickRow> = report.rows.iter().filter(|row| !open(row)).collect();
    let mut charts = Vec::new();
    if !report.rows.is_empty() {
        let bars = STANDINGS.iter().map(|(standing, label)| {
            let count = report.rows.iter().filter(|row| row.standing == *standing).count();
            Bar {
                label: (*label).to_owned(),
                value: count as f64,
                number: number::count(count as u64),
                fill: if standing.waits() { Fill::Solid } else { Fill::Hatched },
            }
        });
        let caption = format!("Of {} leads. Filled: they wait.", number::count(report.rows.len() as u64));
        charts.push(bars_chart("standings", "Where the leads stand", caption, bars.collect(), None, None)?);
    }
    let section = |id: &str, title: &str, lead: &str, rows: &[&ClickRow]| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        lead: vec![if rows.is_empty() { "Nobody.".to_owned() } else { lead.to_owned() }],
        tables: table(title, rows).into_iter().collect(),
        ..Section::default()
    };
    Ok(Page {
        title: "Click report".to_owned(),
        about: vec![
            format!("{}, until {}.", report.seller, instant(report.until)),
            "Customers and cars stand here by their ids. This page is no permission to call: that is decided anew when \
             the number is dialed."
                .to_owned(),
        ],
        warning: None,
        in_short: in_short(report, waiting.len()),
        look_first: (String::new(), Vec::new()),
        key_figures: figures(&report.figures),
        small_base_below: 0,
        sections: vec![
            Section {
                id: "leads".to_owned(),
                title: "All leads".to_owned(),
                lead: Vec::new(),
                // They stand at the top of the page.
                key: Vec::new(),
                charts,
                figures: figures(&report.figures),
                tables: other_messages(report).into_iter().collect(),
            },
            section(
                "waiting",
                "Who waits",
                "Nothing came after the click yet, or it fell away: an appointment missed or called off, an order voided. Who waits longest stands first.",
                &waiting,
            ),
            section("others", "The others", "Answered, over, or to be left alone.", &rest),
        ],
        computed_from: vec![
            ("Events read".to_owned(), number::count(report.events)),
            ("Last position".to_owned(), number::count(report.last_position)),
            (
                "A click counts from".to_owned(),
                format!("{}% likely a person ({})", report.human_percent, report.policy),
            ),
            (
                "Programs whose clicks are leads".to_owned(),
                report.programs.iter().map(|program| spoken(program.as_str())).collect::<Vec<_>>().join(", "),
            ),
        ],
    })
}

/// Clicks in messages of other programmes, where there were any.
fn other_messages(report: &ClickReport) -> Option<Table> {
    let row = |other: &OtherClicks| vec![spoken(other.program.as_str()), number::count(other.cases)];
    (!report.others.is_empty()).then(|| Table {
        caption: "Clicks in other messages".to_owned(),
        note: "An inspection, an appointment or a question has its own answer: these are no leads."
            .to_owned(),
        head: ["Program", "Cases a person clicked in"].map(str::to_owned).into(),
        rows: report.others.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}

fn in_short(report: &ClickReport, waiting: usize) -> Vec<String> {
    if report.rows.is_empty() {
        return vec!["No person has opened the link of a message that could lead to a booking.".to_owned()];
    }
    let first = report.rows.first().filter(|_| waiting > 0);
    let longest = first.map(|row| format!(" The longest since {}.", instant(row.clicked_at)));
    vec![format!(
        "{} of {} leads wait for an answer.{}",
        number::count(waiting as u64),
        number::count(report.rows.len() as u64),
        longest.unwrap_or_default()
    )]
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%b %-d, %Y %H:%M UTC").to_string()
}

/// A mileage never without what it is.
fn miles(mileage: &Mileage) -> String {
    let captured =
        mileage.last_capture().map_or_else(String::new, |at| format!(", last seen {}", at.date_naive()));
    match (mileage.value(), mileage.range()) {
        (Some(value), Some(range)) if range.p10() != range.p90() => {
            format!("{value} mi ({}: {} to {}{captured})", mileage.basis().as_str(), range.p10(), range.p90())
        }
        (Some(value), _) => format!("{value} mi ({}{captured})", mileage.basis().as_str()),
        (None, _) => format!("not known{captured}"),
    }
}

fn table(caption: &str, rows: &[&ClickRow]) -> Option<Table> {
    let row = |row: &&ClickRow| {
        let reason = &row.reason;
        let mut why = vec![spoken(reason.program.as_str())];
        why.extend(reason.services.iter().map(|service| service.as_str().replace('_', " ")));
        why.extend(reason.declined.iter().cloned());
        why.extend(reason.due_miles.map(|due| format!("due at {due} mi")));
        why.extend(reason.due_on.map(|day| format!("due on {day}")));
        let mileage = reason.mileage_now.as_ref().or(reason.mileage.as_ref());
        let mut tried: Vec<String> = row
            .tried
            .iter()
            .map(|sent| format!("{} {}", sentence(sent.channel.as_str()), sent.at.date_naive()))
            .collect();
        tried.extend(row.calls.iter().map(|call| {
            let taken = if call.withdrawn { ", taken off" } else { "" };
            format!("call listed {}{taken}", call.at.date_naive())
        }));
        let mut standing = words(row.standing).to_owned();
        if row.not_by_telephone {
            standing.push_str("; not by telephone");
        }
        let came = row
            .appointment
            .as_ref()
            .map(|set| format!("{} for {}", spoken(&set.standing), instant(set.starts_at)));
        let reply = row.reply.as_ref().map(|reply| format!("answered: {}", reply.label.replace('_', " ")));
        let ended = row.ended.as_ref().map(|ended| format!("ended: {}", ended.reason));
        let outcome: Vec<String> = [came, reply, ended].into_iter().flatten().collect();
        let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        vec![
            row.person.expose().to_owned(),
            format!("{} ({})", row.vehicle_name, row.vehicle),
            why.join(", "),
            mileage.map_or_else(|| "–".to_owned(), miles),
            instant(row.clicked_at),
            format!("{}%", row.human_percent),
            or_none(tried.join("; ")),
            standing,
            or_none(outcome.join("; ")),
        ]
    };
    (!rows.is_empty()).then(|| Table {
        caption: caption.to_owned(),
        note: "Likely a person: the surest of the clicks. What was tried: messages sent and calls put on a list; whether an \
               advisor called is not in the journal."
            .to_owned(),
        head: [
            "Customer",
            "Car",
            "Reason",
            "Odometer",
            "Clicked",
            "Likely a person",
            "Tried",
            "Where it stands",
            "What came",
        ]
        .map(str::to_owned)
        .into(),
        rows: rows.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}
