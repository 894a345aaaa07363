use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use fixedops_consent::list::{Accept, ListKind, Nanp, NumberList, REGISTRY_MAX_AGE_DAYS, read_number};

use super::{date, open};
use crate::outcome::{CommandError, Outcome};
use crate::table::{Output, Record, Records, SetAside, Watched, printable};

/// Rows looked up together.
const TOGETHER: usize = 1_024;

/// The column that is written.
const LISTED: &str = "listed";

/// `consent list check`.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// The list
    #[arg(long, value_name = "L.dnc")]
    pub list: PathBuf,
    /// CSV with a column of telephone numbers
    #[arg(long = "in", value_name = "N.csv")]
    pub input: PathBuf,
    /// CSV to write: every column as it stands, and listed: true, false, or empty where there is no number
    #[arg(long = "out", value_name = "O.csv")]
    pub output: PathBuf,
    /// The column of the numbers
    #[arg(long, value_name = "NAME", default_value = "phone")]
    pub column: String,
    /// Refuse a list of another kind: national, state:XX, internal
    #[arg(long, value_name = "KIND")]
    pub kind: Option<ListKind>,
    /// The day the list is used; today, if not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub today: Option<NaiveDate>,
    /// Refuse a list older than this, 47 CFR 64.1200(c)(2)(i)(D)
    #[arg(long, value_name = "N", default_value_t = REGISTRY_MAX_AGE_DAYS)]
    pub max_age_days: u32,
    /// Stop at the first row that holds no number
    #[arg(long)]
    pub strict: bool,
}

/// Rows on their way: as they stand, and their numbers.
#[derive(Default)]
struct Batch {
    rows: Vec<(csv::ByteRecord, bool)>,
    numbers: Vec<Nanp>,
    listed: Vec<bool>,
}

impl Batch {
    /// Looks its numbers up and writes its rows.
    fn flush(&mut self, list: &NumberList<Vec<u8>>, output: &mut Output) -> Result<u64, CommandError> {
        list.contains_batch(&self.numbers, &mut self.listed);
        let mut answers = self.listed.iter();
        for (row, has_number) in &self.rows {
            let said = match has_number.then(|| answers.next()).flatten() {
                Some(true) => "true",
                Some(false) => "false",
                None => "",
            };
            output.row(row.iter().chain([said.as_bytes()]))?;
        }
        self.rows.clear();
        self.numbers.clear();
        Ok(self.listed.iter().filter(|listed| **listed).count() as u64)
    }
}

/// Every row keeps its place; one without a number has no answer, and must not be taken for one that is not listed.
pub fn check(args: &CheckArgs) -> Result<Outcome, CommandError> {
    let today = args.today.unwrap_or_else(|| Utc::now().date_naive());
    let accept = Accept::on(today, args.max_age_days);
    let list = open(&args.list, &args.kind.map_or(accept, |kind| accept.kind(kind)))?;

    let shown = args.input.display();
    let unreadable = |error: std::io::Error| CommandError::failed(format!("cannot read {shown}: {error}"));
    let file = File::open(&args.input)
        .map_err(|error| CommandError::failed(format!("cannot open {shown}: {error}")))?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let watched = Watched::new(file, bytes, format!("reading {shown}"));
    let mut records = Records::new(BufReader::with_capacity(1 << 16, watched)).map_err(unreadable)?;
    let mut record = Record::default();
    records.read(&mut record).map_err(unreadable)?;
    let names: Vec<String> =
        record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    let column = column(args, &record, &names)?;
    let header: Vec<&str> = names.iter().map(String::as_str).chain([LISTED]).collect();
    let mut output = Output::beside(&args.output, &[&args.input, &args.list], &header)?;

    let mut aside = SetAside::new(args.strict);
    let (mut batch, mut rows, mut found) = (Batch::default(), 0_u64, 0);
    while records.read(&mut record).map_err(unreadable)? {
        rows += 1;
        let number = match record.fault() {
            Some((fault, _)) => Err(format!("row: {}", fault.as_str())),
            None if record.len() > names.len() => Err("row: more fields than the header".to_owned()),
            None => match read_number(record.get(column).unwrap_or_default()) {
                Ok(Some(number)) => Ok(number),
                Ok(None) => Err(format!("{}: empty", printable(args.column.as_bytes()))),
                Err(error) => Err(format!("{}: {error}", printable(args.column.as_bytes()))),
            },
        };
        // The row as it stands, as wide as the header.
        let field = |place| record.get(place).unwrap_or_default();
        batch.rows.push(((0..names.len()).map(field).collect(), number.is_ok()));
        match number {
            Ok(number) => batch.numbers.push(number),
            Err(reason) => aside.report_row(&args.input, record.line(), &reason)?,
        }
        if batch.rows.len() == TOGETHER {
            found += batch.flush(&list, &mut output)?;
        }
    }
    found += batch.flush(&list, &mut output)?;
    output.finish()?;
    eprintln!("{} list as of {}: {found} of {rows} listed", list.kind(), list.date());
    aside.finish();
    Ok(Outcome::Done)
}

fn column(args: &CheckArgs, header: &Record, names: &[String]) -> Result<usize, CommandError> {
    let shown = args.input.display();
    let failed = |what: String| Err(CommandError::failed(format!("{shown}: {what}")));
    let found: Vec<String> = names.iter().map(|name| printable(name.as_bytes())).collect();
    let found = found.join(", ");
    if let Some((fault, begins)) = header.fault() {
        return failed(format!("header \"{}\": {}", printable(begins), fault.as_str()));
    }
    if names.iter().all(String::is_empty) {
        return Err(CommandError::failed(format!("{shown} is empty: it has no header")));
    }
    if names.iter().any(|name| name == LISTED) {
        return failed(format!("column {LISTED} is there already; found: {found}"));
    }
    match names.iter().position(|name| *name == args.column) {
        Some(column) => Ok(column),
        None => failed(format!("column {} is missing; found: {found}", args.column)),
    }
}
