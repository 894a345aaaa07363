use fixedops_closed_loop::audit::{FileRead, LeftOut, RankedFault, ReadBack};

use super::lines;
use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{bars_chart, sentence, spoken};
use crate::page::{PageError, Section, Table, number};

pub(super) fn section(faults: &[RankedFault]) -> Result<Section, PageError> {
    let (id, title) = ("faults".to_owned(), "What is wrong in the records".to_owned());
    if faults.is_empty() {
        return Ok(Section { id, title, lead: vec!["Nothing was found.".to_owned()], ..Section::default() });
    }
    let bars: Vec<Bar> = faults
        .iter()
        .filter(|fault| !fault.dollars.is_zero())
        .take(8)
        .map(|fault| Bar {
            label: sentence(&fault.label),
            value: number::length(fault.dollars),
            number: format!("{} ({})", number::dollars(fault.dollars), number::count(fault.count)),
            fill: Fill::Solid,
        })
        .collect();
    let mut charts = Vec::new();
    if !bars.is_empty() {
        let caption = "Dollars the fault touches, not dollars lost for sure; in brackets how often. How each is computed stands in the table.";
        charts.push(bars_chart("faults-cost", "The dearest faults", caption.to_owned(), bars, None, None)?);
    }
    let row = |fault: &RankedFault| {
        vec![
            sentence(&fault.label),
            counted(fault),
            number::count(fault.vehicles),
            number::dollars(fault.dollars),
            sentence(&fault.how),
            sentence(&fault.fix),
            format!("{}, {}", spoken(fault.file.as_str()), lines(&fault.examples)),
        ]
    };
    let head = [
        "Fault",
        "How often",
        "Vehicles",
        "Dollars at stake",
        "How the dollars are computed",
        "What to do",
        "Where",
    ];
    Ok(Section {
        id,
        title,
        lead: vec![
            "The dearest first: odometers and records, each with the dollars it touches. They are counted in different ways, so they do not add up to a loss."
                .to_owned(),
        ],
        charts,
        tables: vec![Table {
            caption: "All faults found".to_owned(),
            note: "Line numbers are those of the first few, in the file named.".to_owned(),
            head: head.map(str::to_owned).into(),
            rows: faults.iter().map(row).collect(),
            small_print: Vec::new(),
            sum: None,
            folded: false,
        }],
        ..Section::default()
    })
}

pub(super) fn read(read: &ReadBack) -> Section {
    let sums = if read.adds_up {
        "Rows used and rows set aside are the rows read, in every file, and so are the dollars to the cent; shown in whole dollars they may seem one off."
    } else {
        "Rows used and rows set aside do not add up to the rows read: a fault in this program."
    };
    let file = |file: &FileRead| {
        let missing = if file.present { absent(file) } else { sentence(&file.missing) };
        let rows = |n: u64| if file.present { number::count(n) } else { "–".to_owned() };
        vec![file.file.file_name(), rows(file.rows), rows(file.used), rows(file.set_aside), missing]
    };
    let left = |left: &LeftOut| {
        vec![
            sentence(&left.label),
            spoken(left.file.as_str()),
            number::count(left.rows),
            number::dollars(left.dollars),
            lines(&left.examples),
        ]
    };
    let mut tables = Vec::new();
    if !read.files.is_empty() {
        tables.push(Table {
            caption: "Files".to_owned(),
            note: "Rows behind the header, those that count and those that do not.".to_owned(),
            head: ["File", "Rows", "Used", "Set aside", "What is missing"].map(str::to_owned).into(),
            rows: read.files.iter().map(file).collect(),
            small_print: Vec::new(),
            sum: None,
            folded: false,
        });
    }
    if !read.left_out.is_empty() {
        tables.push(Table {
            caption: "Set aside, and why".to_owned(),
            note: "Dollars: customer pay on these rows, as far as it can be read.".to_owned(),
            head: ["Reason", "File", "Rows", "Dollars", "Where"].map(str::to_owned).into(),
            rows: read.left_out.iter().map(left).collect(),
            small_print: Vec::new(),
            sum: None,
            folded: false,
        });
    }
    Section {
        id: "read".to_owned(),
        title: "What was read and what was left out".to_owned(),
        lead: vec![sums.to_owned()],
        key: figures(&read.dollars),
        figures: figures(&read.dollars),
        tables,
        ..Section::default()
    }
}

/// How often, in the words of what is counted.
fn counted(fault: &RankedFault) -> String {
    let words = if fault.count == 1 { fault.counted.trim_end_matches('s') } else { fault.counted.as_str() };
    format!("{} {words}", number::count(fault.count))
}

fn absent(file: &FileRead) -> String {
    if file.absent_fields.is_empty() {
        "nothing".to_owned()
    } else {
        format!("no column for {}", file.absent_fields.join(", ").replace('_', " ").replace("vin", "VIN"))
    }
}
