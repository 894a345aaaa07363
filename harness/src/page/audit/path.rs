use fixedops_closed_loop::audit::{Path, PathStep};

use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{bars_chart, sentence};
use crate::page::{PageError, Section, Table, number};

pub(super) fn section(path: &Path) -> Result<Section, PageError> {
    let day = |day: chrono::NaiveDate| day.format("%B %-d, %Y").to_string();
    let mut lead = Vec::new();
    if let (Some(from), Some(until)) = (path.from, path.until) {
        lead.push(format!("From {} to {}.", day(from), day(until)));
    }
    let leak = path.biggest_leak.as_ref().and_then(|id| path.steps.iter().find(|step| step.id == *id));
    lead.extend(leak.map(|step| {
        format!(
            "The biggest leak is at \"{}\": {} vehicles are lost there; those that did not come anyway come to {}.",
            step.label,
            number::count(step.lost),
            step.dollars.map_or_else(|| "dollars nobody knows".to_owned(), number::dollars)
        )
    }));
    lead.push(path.definition.clone());
    let mut charts = Vec::new();
    if path.steps.iter().any(|step| step.vehicles > 0) {
        let caption =
            "Vehicles that passed the step and all before it. Where a file is not there nothing can be said.";
        let bars = path.steps.iter().map(passed).collect();
        charts.push(bars_chart("path", "How far the vehicles got", caption.to_owned(), bars, None, None)?);
    }
    let leaks: Vec<&PathStep> = path.steps.iter().filter(|step| step.leak && !step.unknown).collect();
    if leaks.iter().any(|step| step.dollars.is_some_and(|dollars| !dollars.is_zero())) {
        let bars = leaks.iter().map(|step| Bar {
            label: format!("Lost before: {}", step.label),
            value: step.dollars.map(number::length).unwrap_or_default(),
            number: step.dollars.map_or_else(|| "not known".to_owned(), number::dollars),
            fill: if path.biggest_leak.as_ref() == Some(&step.id) { Fill::Solid } else { Fill::Hatched },
        });
        let caption = "Dollars that lie at each step. Filled: the biggest leak. How each is computed stands in the table.";
        charts.push(bars_chart(
            "leaks",
            "Where the dollars lie",
            caption.to_owned(),
            bars.collect(),
            None,
            None,
        )?);
    }
    Ok(Section {
        id: "path".to_owned(),
        title: "From mileage to the paid repair order".to_owned(),
        lead,
        key: figures(&path.visit),
        charts,
        figures: figures(&path.visit),
        tables: steps(path).into_iter().collect(),
    })
}

fn passed(step: &PathStep) -> Bar {
    Bar {
        label: step.label.clone(),
        value: if step.unknown { 0.0 } else { step.vehicles as f64 },
        number: if step.unknown { "not known".to_owned() } else { number::count(step.vehicles) },
        fill: Fill::Solid,
    }
}

fn steps(path: &Path) -> Option<Table> {
    if path.steps.is_empty() {
        return None;
    }
    let row = |step: &PathStep| {
        let known = |said: String| if step.unknown { "not known".to_owned() } else { said };
        vec![
            step.label.clone(),
            known(number::count(step.vehicles)),
            known(number::count(step.lost)),
            known(number::count(step.came_anyway)),
            known(match step.dollars {
                _ if !step.leak => "–".to_owned(),
                Some(dollars) => number::dollars(dollars),
                None => "not known".to_owned(),
            }),
            sentence(&step.how),
        ]
    };
    Some(Table {
        caption: "Step by step".to_owned(),
        note: "Lost: passed the step before and not this one. Came anyway: of the lost, those with a customer-pay \
               visit in the window all the same."
            .to_owned(),
        head: ["Step", "Vehicles", "Lost", "Came anyway", "Dollars", "How the dollars are computed"]
            .map(str::to_owned)
            .into(),
        rows: path.steps.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}
