//! `fixedops clicks`: who opened the link of a message, and what came of it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use fixedops_closed_loop::Doors;
use fixedops_closed_loop::clicks::{ClickReport, ClickReportBuilder, ClickRow};

use crate::journal_cmd::Asked;
use crate::outcome::{CommandError, Outcome};
use crate::table::Output;
use crate::{json_file, page, policy_file};

/// Arguments of `clicks`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
    /// From which likeness to a person on a click counts (TOML); else the shipped policy of doors
    #[arg(long, value_name = "D.toml")]
    doors: Option<PathBuf>,
    /// The whole report as data
    #[arg(long, value_name = "F.json")]
    json: Option<PathBuf>,
    /// A row for each lead: ids, car, reason, what was tried; names are joined where the ids are known
    #[arg(long, value_name = "F.csv")]
    csv: Option<PathBuf>,
    /// The same as a page
    #[arg(long, value_name = "F.html")]
    html: Option<PathBuf>,
}

const COLUMNS: [&str; 29] = [
    "standing",
    "answered",
    "customer",
    "contact",
    "vehicle",
    "vehicle_name",
    "program",
    "services",
    "declined",
    "reason",
    "due_miles",
    "due_on",
    "miles_p10",
    "miles_p50",
    "miles_p90",
    "miles_basis",
    "miles_last_capture",
    "clicked_at",
    "clicks",
    "human_percent",
    "sent",
    "calls_listed",
    "not_by_telephone",
    "appointment_set_at",
    "appointment_standing",
    "came_at",
    "reply",
    "case",
    "ended",
];

/// Folds the journal, writes what was asked for, and says who waits.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let doors = policy_file::read_given(args.doors.as_deref(), Doors::from_toml)?;
    let doors = doors.unwrap_or_else(Doors::shipped);
    let journal = args.asked.open(&[args.json.as_deref(), args.csv.as_deref(), args.html.as_deref()])?;
    let mut builder = ClickReportBuilder::new(journal.seller.clone(), DateTime::<Utc>::MAX_UTC, &doors);
    let until = journal.each_event(|event| builder.apply(event))?;
    let report = ClickReport { until, ..builder.finish() };
    if let Some(path) = &args.json {
        json_file::write(path, &report, false)?;
    }
    if let Some(path) = &args.csv {
        csv(&report, path)?;
    }
    if let Some(path) = &args.html {
        let html = page::clicks(&report).map_err(|error| CommandError::failed(error.to_string()))?;
        page::write(&html, path)?;
    }
    say(&report);
    Ok(Outcome::Done)
}

fn say(report: &ClickReport) {
    println!("{}, until {}", report.seller, instant(report.until));
    for figure in &report.figures {
        // Of nothing there is no part.
        let of = figure.base.filter(|base| *base > 0).map_or_else(String::new, |base| {
            format!(" of {base} {}", figure.base_label.as_deref().unwrap_or_default())
        });
        let value = figure.numerator.or(figure.value).map_or_else(|| "–".to_owned(), |n| n.to_string());
        println!("{}: {value}{of}", figure.label);
    }
    for row in report.rows.iter().filter(|row| row.standing.waits()) {
        println!(
            "{} {} ({}) {}: clicked {}, {} sent, {} on a call list",
            row.standing.as_str(),
            row.vehicle,
            row.vehicle_name,
            row.reason.words,
            instant(row.clicked_at),
            row.tried.len(),
            row.calls.iter().filter(|call| !call.withdrawn).count()
        );
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn csv(report: &ClickReport, path: &Path) -> Result<(), CommandError> {
    let mut out = Output::create(path, &COLUMNS)?;
    for row in &report.rows {
        out.row(cells(row))?;
    }
    out.finish()
}

fn cells(row: &ClickRow) -> [String; 29] {
    let reason = &row.reason;
    let mileage = reason.mileage_now.as_ref().or(reason.mileage.as_ref());
    let range = mileage.and_then(fixedops_vocab::Mileage::range);
    let optional = |at: Option<DateTime<Utc>>| at.map(instant).unwrap_or_default();
    let list = |parts: Vec<String>| parts.join("; ");
    let calls = row
        .calls
        .iter()
        .map(|call| format!("{}{}", instant(call.at), if call.withdrawn { " withdrawn" } else { "" }));
    [
        row.standing.as_str().to_owned(),
        row.answered.to_string(),
        row.person.expose().to_owned(),
        row.contact.map(|contact| contact.to_string()).unwrap_or_default(),
        row.vehicle.to_string(),
        row.vehicle_name.clone(),
        reason.program.to_string(),
        list(reason.services.iter().map(ToString::to_string).collect()),
        list(reason.declined.clone()),
        reason.words.clone(),
        reason.due_miles.map(|miles| miles.to_string()).unwrap_or_default(),
        reason.due_on.map(|day| day.to_string()).unwrap_or_default(),
        range.map(|range| range.p10().to_string()).unwrap_or_default(),
        range.map(|range| range.p50().to_string()).unwrap_or_default(),
        range.map(|range| range.p90().to_string()).unwrap_or_default(),
        mileage.map(|mileage| mileage.basis().as_str().to_owned()).unwrap_or_default(),
        optional(mileage.and_then(fixedops_vocab::Mileage::last_capture)),
        instant(row.clicked_at),
        row.clicks.to_string(),
        row.human_percent.to_string(),
        list(row.tried.iter().map(|sent| format!("{} {}", instant(sent.at), sent.channel)).collect()),
        list(calls.collect()),
        row.not_by_telephone.to_string(),
        optional(row.appointment.as_ref().map(|set| set.set_at)),
        row.appointment.as_ref().map(|set| set.standing.clone()).unwrap_or_default(),
        optional(row.came_at),
        row.reply.as_ref().map(|reply| format!("{} {}", instant(reply.at), reply.label)).unwrap_or_default(),
        row.case.to_string(),
        row.ended.as_ref().map(|ended| format!("{} {}", instant(ended.at), ended.reason)).unwrap_or_default(),
    ]
}
