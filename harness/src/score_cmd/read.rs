use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use fixedops_mpi_score::forms::{self, Beside, Form};
use fixedops_mpi_score::{CustomerFit, PartNames, VehicleHistory, Weights};
use fixedops_vocab::{Currency, VehicleId};
use serde_json::Value;

use super::case::{Case, Choices};
use crate::outcome::CommandError;
use crate::table::{BadField, Rows, SetAside, printable};

/// Longest line that is read, in bytes; a longer one is set aside, so that no file fills the memory.
const LONGEST_LINE: u64 = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FormKind {
    /// This program's own: an inspection, with `history` and `fit` beside it
    Sheet,
    /// STAR's multi-point inspection or repair order
    Star,
}

/// How lines are read.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// What they hold.
    pub kind: FormKind,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
}

/// The weights of a file, or those that ship.
pub fn weights(path: Option<&Path>) -> Result<Weights, CommandError> {
    let Some(path) = path else { return Ok(Weights::shipped()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::failed(format!("cannot read {}: {error}", path.display())))?;
    Weights::from_toml(&text).map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))
}

/// Reads inspections, one a line, and gives each to `each` with its number; a line that does not read is reported and given
/// as `None`. What does not read inside a line is reported with its path, and the rest goes on.
pub fn inspections(
    path: &Path,
    form: Reads,
    aside: &mut SetAside,
    mut each: impl FnMut(u64, Option<Case>, &mut SetAside) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let shown = path.display();
    let cannot =
        |what: &str, error: std::io::Error| CommandError::failed(format!("cannot {what} {shown}: {error}"));
    let mut input = BufReader::new(File::open(path).map_err(|error| cannot("open", error))?);
    let names = PartNames::shipped();
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        if read.map_err(|error| cannot("read", error))? == 0 {
            break;
        }
        let whole = bytes.ends_with(b"\n") || (bytes.len() as u64) < LONGEST_LINE;
        if !whole {
            input.skip_until(b'\n').map_err(|error| cannot("read", error))?;
        }
        if number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let read =
            if whole { case(&bytes, number, form, &names) } else { Err("longer than 1 MiB".to_owned()) };
        match read {
            Ok((case, unread)) => {
                for unread in unread {
                    aside.report_row(path, number, &unread.to_string())?;
                }
                each(number, Some(case), aside)?;
            }
            Err(reason) => {
                let start = bytes.trim_ascii();
                let start = printable(start.get(..40).unwrap_or(start));
                aside.report(path, number, &BadField { field: "line", value: start, reason })?;
                each(number, None, aside)?;
            }
        }
    }
    Ok(())
}

/// All inspections of a file that read.
pub fn cases(path: &Path, aside: &mut SetAside) -> Result<Vec<Case>, CommandError> {
    let mut cases = Vec::new();
    let form = Reads { kind: FormKind::Sheet, currency: None };
    inspections(path, form, aside, |_, case, _| {
        cases.extend(case);
        Ok(())
    })?;
    Ok(cases)
}

fn case(
    bytes: &[u8],
    number: u64,
    form: Reads,
    names: &PartNames,
) -> Result<(Case, Vec<forms::Unread>), String> {
    let text = core::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    let said = |unread: forms::Unread| unread.to_string();
    match form.kind {
        FormKind::Star => {
            // A line is a car of its own, and what is written of it does not name it.
            let vehicle = VehicleId::new(format!("line {number}")).map_err(|error| error.to_string())?;
            let beside = Beside { vehicle: Some(vehicle), currency: form.currency, ..Beside::default() };
            let Form { sheet, set_aside } = forms::read_star(text, names, &beside).map_err(said)?;
            let (history, fit) = (VehicleHistory::default(), CustomerFit::default());
            Ok((Case { sheet, history, fit }, set_aside))
        }
        FormKind::Sheet => {
            let Form { sheet, set_aside } = forms::read_sheet(text).map_err(said)?;
            let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let part = |field: &str| value.get(field).cloned().filter(|value| !value.is_null());
            let history = part("history").map(serde_json::from_value).transpose();
            let history = history.map_err(|error| format!("history: {error}"))?.unwrap_or_default();
            let fit = part("fit").map(serde_json::from_value).transpose();
            let fit = fit.map_err(|error| format!("fit: {error}"))?.unwrap_or_default();
            Ok((Case { sheet, history, fit }, set_aside))
        }
    }
}

/// Reads what experts would show first: `inspection,finding,rank[,expert]`.
pub fn choices(path: &Path, aside: &mut SetAside) -> Result<Choices, CommandError> {
    let mut rows = Rows::open(path, &["inspection", "finding", "rank"], &["expert"])?;
    let mut choices = Choices::new();
    while let Some(row) = rows.next_row()? {
        let read = || {
            let (inspection, finding) = (row.required(0)?.to_owned(), row.required(1)?.to_owned());
            let rank = row.required(2)?.parse::<u32>().ok().filter(|&rank| rank > 0);
            let rank = rank.ok_or_else(|| row.bad(2, "no rank from 1"))?;
            let expert = row.text(3)?.unwrap_or("expert").to_owned();
            Ok::<_, BadField>(((inspection, expert), (rank, finding)))
        };
        match read() {
            Ok((key, (rank, finding))) => {
                let ranks = choices.entry(key).or_default();
                if ranks.iter().any(|(known, other)| *known == rank || *other == finding) {
                    aside.report(path, row.line(), &row.bad(2, "the rank or the finding is there twice"))?;
                } else {
                    ranks.push((rank, finding));
                }
            }
            Err(bad) => aside.report(path, row.line(), &bad)?,
        }
    }
    Ok(choices)
}
