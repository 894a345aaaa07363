use fixedops_closed_loop::Figure as Counted;
use fixedops_closed_loop::scorecard::{LoopWeek, Milestone, Progress};

use crate::page::figure::{base, figures};
use crate::page::words::marked;
use crate::page::{PageError, Section, Table, number};

/// Weeks since the loop began, with the targets of some of them.
pub(super) fn section(progress: &Progress) -> Result<Section, PageError> {
    let mut lead = Vec::new();
    for milestone in &progress.milestones {
        lead.push(standing(milestone));
        lead.extend(milestone.hints.iter().map(|hint| hint.words.clone()));
    }
    if !progress.definition.is_empty() {
        lead.push(progress.definition.clone());
    }
    Ok(Section {
        id: "progress".to_owned(),
        title: "Targets, week by week since the loop began".to_owned(),
        lead,
        figures: figures(progress.milestones.iter().flat_map(|milestone| &milestone.figures)),
        tables: [milestones(progress), weeks(&progress.weeks)].into_iter().flatten().collect(),
        ..Section::default()
    })
}

fn standing(milestone: &Milestone) -> String {
    let day = |day: chrono::NaiveDate| day.format("%B %-d, %Y").to_string();
    let span = format!("{} to {}", day(milestone.from), day(milestone.until));
    if !milestone.over {
        return format!("Week {} is not over ({span}): nothing is missed yet.", milestone.week);
    }
    let judged = milestone.figures.iter().filter(|figure| figure.meets_target().is_some());
    let met = milestone.figures.iter().filter(|figure| figure.meets_target() == Some(true)).count();
    format!(
        "Week {} ({span}): {met} of {} targets reached; {} rest on too few cases to say.",
        milestone.week,
        judged.clone().count(),
        milestone.figures.len().saturating_sub(judged.count())
    )
}

fn milestones(progress: &Progress) -> Option<Table> {
    let verdict = |milestone: &Milestone, figure: &Counted| {
        let words = match figure.meets_target() {
            _ if !milestone.over => "not over",
            Some(true) => "reached",
            Some(false) => "missed",
            None if figure.value.is_none() => "nothing to count",
            None => "too few to say",
        };
        words.to_owned()
    };
    let row = |milestone: &Milestone, figure: &Counted| {
        vec![
            format!("Week {}: {}", milestone.week, figure.label),
            marked(figure),
            figure.target.map_or_else(|| "–".to_owned(), number::percent),
            base(figure),
            verdict(milestone, figure),
        ]
    };
    let rows: Vec<Vec<String>> = progress
        .milestones
        .iter()
        .flat_map(|milestone| milestone.figures.iter().map(|figure| row(milestone, figure)))
        .collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Targets".to_owned(),
        note: "Where each target comes from stands with the figure below. * small base: no verdict."
            .to_owned(),
        head: ["Figure", "Value", "Target", "Counted over", "Verdict"].map(str::to_owned).into(),
        rows,
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}

fn weeks(weeks: &[LoopWeek]) -> Option<Table> {
    let of = |part: u64, whole: u64| format!("{} of {}", number::count(part), number::count(whole));
    let row = |week: &LoopWeek| {
        vec![
            format!("{} ({})", week.week, week.from.format("%b %-d, %Y")),
            of(week.inspections_passed, week.orders_closed),
            of(week.approved, week.answered),
            of(week.responded, week.sent),
            of(week.shown, week.appointments_due),
            number::count(week.customer_pay_orders),
            number::dollars(week.customer_pay_amount),
            number::count(week.declined),
        ]
    };
    (!weeks.is_empty()).then(|| Table {
        caption: "Every week since the loop began".to_owned(),
        note: "Weeks of seven days from the first event on: inspections that passed the gate of retail orders closed; \
               lines approved of those answered; messages a person followed or answered of those sent; customers who \
               came of the appointments of the week; customer-pay orders and their dollars; lines declined. No \
               percentages: a week of one store is a small base."
            .to_owned(),
        head: [
            "Week",
            "Inspections passed",
            "Lines approved",
            "Responded",
            "Came",
            "Customer-pay orders",
            "Their dollars",
            "Declined",
        ]
        .map(str::to_owned)
        .into(),
        rows: weeks.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: true,
    })
}
