use std::path::PathBuf;

use fixedops_consent::{Mention, ReplyContext, ReplyLabel, ReplyReading};

use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, Output, Row, Rows, SetAside};

/// `consent classify`.
#[derive(clap::Args, Debug)]
pub struct ClassifyArgs {
    /// CSV with the column text, and where known open_quotes, open_appointment, opted_out, open_question
    #[arg(long = "in", value_name = "R.csv")]
    pub input: PathBuf,
    /// CSV to write: text, label, scope, intents, items
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
        &["open_quotes", "open_appointment", "opted_out", "open_question"],
    )?;
    let mut output = Output::create(&args.output, &["text", "label", "scope", "intents", "items"])?;
    let mut aside = SetAside::new(args.strict);
    while let Some(row) = rows.next_row()? {
        match read(&row) {
            Ok(reading) => {
                let intents: Vec<&str> = reading.intents.iter().copied().map(ReplyLabel::as_str).collect();
                let items: Vec<String> = reading
                    .items
                    .iter()
                    .map(|item| format!("{}:{}", item.name, wanted(item.mention)))
                    .collect();
                output.row([
                    row.bytes(0),
                    reading.label.as_str().as_bytes(),
                    reading.scope.as_str().as_bytes(),
                    intents.join("|").as_bytes(),
                    items.join("|").as_bytes(),
                ])?;
            }
            Err(bad) => {
                aside.report(&args.input, row.line(), &bad)?;
                output.row([row.bytes(0), b"", b"", b"", b""])?;
            }
        }
    }
    output.finish()?;
    aside.finish();
    Ok(Outcome::Done)
}

fn wanted(mention: Mention) -> &'static str {
    match mention {
        Mention::Approved => "approved",
        Mention::Declined => "declined",
        _ => "named",
    }
}

fn read(row: &Row<'_>) -> Result<ReplyReading, BadField> {
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
    Ok(fixedops_consent::classify(text, &context))
}

fn flag(row: &Row<'_>, column: usize) -> Result<Option<bool>, BadField> {
    let Some(text) = row.text(column)? else { return Ok(None) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(Some(true)),
        "false" | "no" | "0" => Ok(Some(false)),
        _ => Err(row.bad(column, "neither true nor false")),
    }
}
