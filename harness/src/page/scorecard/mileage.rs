use fixedops_closed_loop::scorecard::{Accuracy, MileageAccuracy};

use super::counts::table;
use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart};
use crate::page::{Chart, Figure, PageError, Section, Table};

pub(super) fn section(mileage: &MileageAccuracy) -> Result<Section, PageError> {
    let all = &mileage.against_readings;
    let mut charts = Vec::new();
    charts.extend(coverage(mileage)?);
    charts.extend(errors("error-by-age", "Miles off, by age of the last capture", &mileage.by_age)?);
    let said = [Some(all), mileage.against_truth.as_ref()].into_iter().flatten();
    let mut shown: Vec<Figure> = Vec::new();
    for accuracy in said {
        let truth = if accuracy.key == all.key { "" } else { "against the truth: " };
        let its =
            figures([&accuracy.said, &accuracy.median_abs_error, &accuracy.median_error, &accuracy.coverage]);
        shown.extend(its.into_iter().map(|figure| Figure {
            label: if truth.is_empty() {
                figure.label
            } else {
                format!("{}, {}", figure.label, accuracy.label)
            },
            ..figure
        }));
    }
    let tables = [
        accuracies("By where the mileage came from", &mileage.by_basis),
        accuracies("By age of the last capture", &mileage.by_age),
        table(&mileage.basis_now),
        table(&mileage.readings),
    ];
    Ok(Section {
        id: "mileage".to_owned(),
        title: "How right the mileage was".to_owned(),
        lead: vec![
            "Every reading that came in later is held against what would have been said the day before. An estimate \
             comes with a range that should hold the real odometer 80 times out of 100."
                .to_owned(),
        ],
        key: figures([&all.median_abs_error, &all.coverage]),
        charts,
        figures: shown,
        tables: tables.into_iter().flatten().collect(),
    })
}

fn coverage(mileage: &MileageAccuracy) -> Result<Option<Chart>, PageError> {
    let rows =
        std::iter::once(&mileage.against_readings).chain(&mileage.by_basis).chain(&mileage.against_truth);
    let bars: Vec<Bar> = rows
        .filter(|accuracy| accuracy.coverage.value.is_some())
        .map(|accuracy| Bar { label: accuracy.label.clone(), ..words::bar(&accuracy.coverage, Fill::Solid) })
        .collect();
    if bars.is_empty() {
        return Ok(None);
    }
    let caption = "How often the 80% range held the odometer. Below the line the ranges are too narrow, far above it \
                   they are too wide.";
    let mark = Some((80.0, "should be 80%".to_owned()));
    Ok(Some(bars_chart("coverage", "Did the range hold?", caption.to_owned(), bars, Some(100.0), mark)?))
}

fn errors(id: &str, title: &str, rows: &[Accuracy]) -> Result<Option<Chart>, PageError> {
    let bars: Vec<Bar> = rows
        .iter()
        .filter(|accuracy| accuracy.median_abs_error.value.is_some())
        .map(|accuracy| Bar {
            label: accuracy.label.clone(),
            ..words::bar(&accuracy.median_abs_error, Fill::Solid)
        })
        .collect();
    if bars.is_empty() {
        return Ok(None);
    }
    let caption = "Median of the miles off, either way. The older the last reading, the less is known.";
    Ok(Some(bars_chart(id, title, caption.to_owned(), bars, None, None)?))
}

fn accuracies(caption: &str, rows: &[Accuracy]) -> Option<Table> {
    let first = rows.first()?;
    let figures =
        |row: &Accuracy| [&row.median_abs_error, &row.median_error, &row.coverage].map(words::marked);
    let row = |row: &Accuracy| {
        let base = row.coverage.base.or(row.said.base).unwrap_or(0);
        let mut cells = vec![row.label.clone(), crate::page::number::count(base)];
        cells.extend(figures(row));
        cells
    };
    let head =
        ["What", "Compared", &first.median_abs_error.label, &first.median_error.label, &first.coverage.label];
    Some(Table {
        caption: caption.to_owned(),
        note: "Compared: readings that could be held against what was said. * small base.".to_owned(),
        head: head.map(str::to_owned).into(),
        rows: rows.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}
