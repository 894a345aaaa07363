use std::path::PathBuf;

use fixedops_consent::{
    Item, LineAnswer, Mention, OpenLine, ReplyContext, ReplyLabel, ReplyReading, read_lines,
};

use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, Output, Row, Rows, SetAside};

/// `consent classify`.
#[derive(clap::Args, Debug)]
pub struct ClassifyArgs {
    /// CSV with the column text, and where known open_quotes, open_appointment, opted_out, open_question, and lines:
    /// the names of the open inspection's lines as they were presented, with | between them
    #[arg(long = "in", value_name = "R.csv")]
    pub input: PathBuf,
    /// CSV to write: text, label, scope, intents, items, odometer (miles), lines (an answer for each)
    #[arg(long = "out", value_name = "O.csv")]
    pub output: PathBuf,
    /// Stop at the first row that cannot be read
    #[arg(long)]
    pub strict: bool,
}

/// Reads every reply; a row whose text or context cannot be read keeps its place with empty columns.
pub fn classify(args: &ClassifyArgs) -> Result<Outcome, CommandError> {
    let mut rows = Rows::open(
        &args.input,
        &["text"],
        &["open_quotes", "open_appointment", "opted_out", "open_question", "lines"],
    )?;
    let columns = ["text", "label", "scope", "intents", "items", "odometer", "lines"];
    let mut output = Output::create(&args.output, &columns)?;
    let mut aside = SetAside::new(args.strict);
    while let Some(row) = rows.next_row()? {
        match read(&row) {
            Ok((reading, lines)) => {
                let intents: Vec<&str> = reading.intents.iter().copied().map(ReplyLabel::as_str).collect();
                let items: Vec<String> = reading.items.iter().map(item).collect();
                let odometer = reading.odometer.map(|miles| (miles.tenths() / 10).to_string());
                output.row([
                    row.bytes(0),
                    reading.label.as_str().as_bytes(),
                    reading.scope.as_str().as_bytes(),
                    intents.join("|").as_bytes(),
                    items.join("|").as_bytes(),
                    odometer.unwrap_or_default().as_bytes(),
                    lines.join("|").as_bytes(),
                ])?;
            }
            Err(bad) => {
                aside.report(&args.input, row.line(), &bad)?;
                output.row([row.bytes(0), b"", b"", b"", b"", b"", b""])?;
            }
        }
    }
    output.finish()?;
    aside.finish();
    Ok(Outcome::Done)
}

/// `brakes:approved`, `tires:deferred (next time)`.
fn item(item: &Item) -> String {
    let wanted = match item.mention {
        Mention::Approved => "approved",
        Mention::Declined => "declined",
        Mention::Deferred => "deferred",
        Mention::Asked => "asked",
        _ => "named",
    };
    let later = item.later.as_ref().map(|words| format!(" ({words})"));
    format!("{}:{wanted}{}", item.name, later.unwrap_or_default())
}

fn answer(answer: &LineAnswer) -> String {
    match answer {
        LineAnswer::Approved => "approved".to_owned(),
        LineAnswer::Declined => "declined".to_owned(),
        LineAnswer::Deferred(words) => format!("deferred ({words})"),
        LineAnswer::Asked => "asked".to_owned(),
        LineAnswer::Unclear(words) => format!("unclear ({words})"),
        _ => String::new(),
    }
}

fn read(row: &Row<'_>) -> Result<(ReplyReading, Vec<String>), BadField> {
    let text = core::str::from_utf8(row.bytes(0)).map_err(|_| row.bad(0, "not UTF-8 text"))?;
    let context = ReplyContext {
        open_quotes: row
            .text(1)?
            .map(|text| text.parse().map_err(|_| row.bad(1, "not a whole number")))
            .transpose()?,
        open_appointment: flag(row, 2)?,
        opted_out: flag(row, 3)?,
        open_question: flag(row, 4)?,
    };
    let names: Vec<&str> =
        row.text(5)?.map(|names| names.split('|').map(str::trim).collect()).unwrap_or_default();
    let lines: Vec<OpenLine<'_>> = names.iter().map(|name| OpenLine::new(name, name)).collect();
    let answers = if lines.is_empty() { Vec::new() } else { read_lines(text, &lines).lines };
    Ok((fixedops_consent::classify(text, &context), answers.iter().map(answer).collect()))
}

fn flag(row: &Row<'_>, column: usize) -> Result<Option<bool>, BadField> {
    let Some(text) = row.text(column)? else { return Ok(None) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(Some(true)),
        "false" | "no" | "0" => Ok(Some(false)),
        _ => Err(row.bad(column, "neither true nor false")),
    }
}
