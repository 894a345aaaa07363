//! Plans of declined work side by side, as a page: recovered dollars, touches and opt-outs by scenario.

use super::chart::{Bar, Fill};
use super::words::{bars_chart, marked};
use super::{Chart, Figure, Page, PageError, Section, Table, figure, number};
use crate::simulate_cmd::plans::{Compared, Measured, Report};

/// The page of a comparison, as one file.
///
/// # Errors
/// [`PageError`] where a chart cannot be drawn or a template is broken: no comparison does that.
pub fn plans(report: &Report) -> Result<String, PageError> {
    page(report)?.html()
}

fn page(report: &Report) -> Result<Page, PageError> {
    let made = &report.made;
    let stores = |n: u32| format!("{} {}", number::count(n.into()), if n == 1 { "store" } else { "stores" });
    let mut sections = Vec::new();
    for scenario in report.scenarios() {
        sections.push(section(report, scenario)?);
    }
    sections.push(definitions(report));
    Ok(Page {
        title: "Declined work: plans side by side".to_owned(),
        about: vec![
            format!(
                "{} of {} vehicles over {} days; every plan and the arm without messages lived through the same ones.",
                stores(made.seeds),
                number::count(made.vehicles.into()),
                number::count(made.days.into())
            ),
            format!("Each declined line is looked at for {} days from its decline on.", made.follow_days),
        ],
        warning: Some(
            "This is a simulation: no customer, car or dollar on this page is real. It shows what follows from the \
             laws of the simulated world, not what a store will see."
                .to_owned(),
        ),
        in_short: in_short(report),
        look_first: (
            "What it rests on".to_owned(),
            vec![report.rests_on.to_owned(), format!("Intervals: {}", report.intervals)],
        ),
        key_figures: Vec::new(),
        small_base_below: 30,
        sections,
        computed_from: vec![
            ("Simulated world".to_owned(), made.world.clone()),
            ("Its parameters".to_owned(), made.parameters.clone()),
            ("Seeds".to_owned(), format!("{} from {}", made.seeds, made.first_seed)),
            (
                "What went wrong on purpose".to_owned(),
                if made.faults.is_empty() { "nothing".to_owned() } else { made.faults.join(", ") },
            ),
        ],
    })
}

/// One sentence for each scenario: what each plan recovered, and what of it would not have come anyway.
fn in_short(report: &Report) -> Vec<String> {
    let sentence = |scenario: u32| {
        let plans = report.arms_of(scenario).filter(|arm| arm.plan.is_some()).map(|arm| {
            let value = |id: &str| arm.get(id).map_or_else(|| "–".to_owned(), cell);
            format!(
                "{} recovered {} ({}), {} points beyond what came anyway, with {} touches for each",
                arm.name(),
                value("recovered"),
                value("recovered_dollars"),
                value("over_none").replace('%', ""),
                value("touches_per_recovered")
            )
        });
        format!("If about {scenario}% are brought back: {}.", plans.collect::<Vec<_>>().join("; "))
    };
    report.scenarios().into_iter().map(sentence).collect()
}

fn section(report: &Report, scenario: u32) -> Result<Section, PageError> {
    let arms: Vec<&Compared> = report.arms_of(scenario).collect();
    let charts = vec![
        chart(
            &arms,
            (&format!("recovered-{scenario}"), Fill::Solid),
            "Recovered of the declined lines",
            "recovered",
            "Lines whose case earned a credit, of all declined lines: who would have come anyway is in it. With the 90% \
             interval over stores.",
        )?,
        chart(
            &arms,
            (&format!("beyond-{scenario}"), Fill::Dotted),
            "Points beyond what came anyway",
            "over_none",
            "Share of lines whose work was done here, less the same share where nothing was said of declined work.",
        )?,
        chart(
            &arms,
            (&format!("each-{scenario}"), Fill::Hatched),
            "Touches for each recovered line",
            "touches_per_recovered",
            "Texts, e-mails and calls together: what a recovery costs in attention.",
        )?,
        chart(
            &arms,
            (&format!("opt-outs-{scenario}"), Fill::Hatched),
            "Opt-outs for 1,000 touches",
            "opt_outs_per_1000",
            "By text, link or on the telephone, where a touch about declined work was the last to reach the customer.",
        )?,
    ];
    Ok(Section {
        id: format!("scenario-{scenario}"),
        title: format!("If follow-up brings back about {scenario}% of declined lines"),
        lead: vec![format!(
            "How strongly customers respond was set so that the plan {} brings back about {scenario}% of the declined lines that \
             would not have come by themselves. Published figures disagree by a factor of five and none has a control group: \
             a scenario, not a promise.",
            "declined_recovery_30_60_90_120/2"
        )],
        key: Vec::new(),
        charts,
        figures: Vec::new(),
        tables: vec![
            table(
                "Recovered",
                &arms,
                &[
                    ("Lines", "lines"),
                    ("Dollars", "dollars"),
                    ("Contacted", "contacted"),
                    ("Recovered", "recovered"),
                    ("90% interval", "recovered"),
                    ("Dollars recovered", "recovered_dollars"),
                    ("Of dollars", "recovered_dollars_rate"),
                    ("Beyond the first plan", "over_first"),
                    ("90% interval", "over_first"),
                ],
            ),
            table(
                "Beyond what would have come anyway",
                &arms,
                &[
                    ("Done here", "came_back"),
                    ("Dollars done here", "came_back_dollars"),
                    ("Points beyond none", "over_none"),
                    ("90% interval", "over_none"),
                    ("Dollars a store beyond none", "dollars_over_none"),
                    ("90% interval", "dollars_over_none"),
                ],
            ),
            table(
                "Touches and opt-outs",
                &arms,
                &[
                    ("Texts", "texts"),
                    ("E-mails", "emails"),
                    ("Calls", "calls"),
                    ("For each recovered", "touches_per_recovered"),
                    ("90% interval", "touches_per_recovered"),
                    ("Opt-outs", "opt_outs"),
                    ("For 1,000 touches", "opt_outs_per_1000"),
                    ("90% interval", "opt_outs_per_1000"),
                ],
            ),
        ],
    })
}

/// A figure of every plan.
fn chart(
    arms: &[&Compared],
    (id, fill): (&str, Fill),
    title: &str,
    figure: &str,
    caption: &str,
) -> Result<Chart, PageError> {
    let with = arms.iter().filter(|arm| arm.plan.is_some());
    let bars = with.filter_map(|arm| Some(bar(arm, arm.get(figure)?, fill))).collect();
    bars_chart(id, title, caption.to_owned(), bars, None, None)
}

fn bar(arm: &Compared, measured: &Measured, fill: Fill) -> Bar {
    let spread = interval(measured).map(|words| format!(" ({words})")).unwrap_or_default();
    Bar {
        // Apart, so that it can stand in several lines.
        label: arm.name().replace('_', " "),
        value: measured.figure.value.map(number::length).unwrap_or_default(),
        number: format!("{}{spread}", cell(measured)),
        fill,
    }
}

fn table(caption: &str, arms: &[&Compared], columns: &[(&str, &str)]) -> Table {
    let head = std::iter::once("Plan").chain(columns.iter().map(|(head, _)| *head));
    let rows = arms.iter().map(|arm| {
        let cells = columns.iter().map(|(head, id)| {
            let Some(measured) = arm.get(id) else { return "–".to_owned() };
            if head.ends_with("interval") {
                interval(measured).unwrap_or_else(|| "–".to_owned())
            } else {
                cell(measured)
            }
        });
        std::iter::once(arm.name()).chain(cells).collect()
    });
    Table {
        caption: caption.to_owned(),
        note: "Over all stores together; differences and intervals store by store. What each column counts stands in the last \
               section. * small base."
            .to_owned(),
        head: head.map(str::to_owned).collect(),
        rows: rows.collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    }
}

fn cell(measured: &Measured) -> String {
    marked(&measured.figure)
}

fn interval(measured: &Measured) -> Option<String> {
    let ends = measured.interval?;
    let [low, high] = ends.map(|end| {
        let mut of_end = measured.figure.clone();
        of_end.value = Some(end);
        figure::value(&of_end)
    });
    Some(format!("{low} to {high}"))
}

/// What each column counts: the figures of the first arm that has them all.
fn definitions(report: &Report) -> Section {
    let arm = report.arms.iter().find(|arm| arm.plan.is_some()).or(report.arms.first());
    let figures = arm.into_iter().flat_map(|arm| &arm.figures).map(|measured| Figure::from(&measured.figure));
    Section {
        id: "definitions".to_owned(),
        title: "What each figure counts".to_owned(),
        lead: vec![format!(
            "The values in this table are those of {}.",
            arm.map_or_else(String::new, |arm| match arm.scenario {
                Some(scenario) => format!("{} in the scenario of {scenario}%", arm.name()),
                None => arm.name(),
            })
        )],
        figures: figures.collect(),
        ..Section::default()
    }
}
