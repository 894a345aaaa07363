use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use fixedops_closed_loop::review::{InspectionReview, ReviewBuilder, ReviewPolicies};
use fixedops_mpi_score::{EvidencePolicy, ExemptionPolicy, SpiffPolicy};

use crate::journal_cmd::Asked;
use crate::outcome::{CommandError, Outcome};
use crate::table::Output;
use crate::{json_file, policy_file};

/// `inspection review`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
    /// What technicians are paid for photos and completions (TOML): the store's own, none ships
    #[arg(long, value_name = "P.toml")]
    spiff: Option<PathBuf>,
    /// When a photo is no evidence (TOML); else the shipped policy
    #[arg(long, value_name = "P.toml")]
    evidence: Option<PathBuf>,
    /// When exemptions are too many (TOML); else the shipped policy
    #[arg(long, value_name = "P.toml")]
    exemptions: Option<PathBuf>,
    /// Rows for payroll: every entry and every reversal; needs --spiff
    #[arg(long, value_name = "F.csv", requires = "spiff")]
    payroll: Option<PathBuf>,
    /// Evidence a person should look at, a row each
    #[arg(long, value_name = "F.csv")]
    doubts: Option<PathBuf>,
    /// Every inspection as it was scored, one a line: what `fixedops score validate | fit | drift` read
    #[arg(long, value_name = "F.jsonl")]
    inspections: Option<PathBuf>,
    /// The whole review as data
    #[arg(long, value_name = "F.json")]
    json: Option<PathBuf>,
}

/// Folds the journal, writes what was asked for, and says what a manager should look at.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let shipped = ReviewPolicies::shipped();
    let policies = ReviewPolicies {
        evidence: policy_file::read_given(args.evidence.as_deref(), EvidencePolicy::from_toml)?
            .unwrap_or(shipped.evidence),
        exemptions: policy_file::read_given(args.exemptions.as_deref(), ExemptionPolicy::from_toml)?
            .unwrap_or(shipped.exemptions),
        spiff: policy_file::read_given(args.spiff.as_deref(), SpiffPolicy::from_toml)?,
    };
    let journal = args.asked.open(&[
        args.json.as_deref(),
        args.payroll.as_deref(),
        args.doubts.as_deref(),
        args.inspections.as_deref(),
    ])?;
    let mut builder = ReviewBuilder::new(policies);
    let until = journal.each_event(|event| builder.apply(event))?;
    let review = builder.finish(until);
    if let Some(path) = &args.json {
        json_file::write(path, &review, false)?;
    }
    if let Some(path) = &args.inspections {
        json_file::write_lines(path, &builder.scored(), false)?;
    }
    if let Some(path) = &args.doubts {
        let mut out =
            Output::create(path, &["ro", "inspection", "technician", "finding", "evidence", "doubt"])?;
        for doubted in &review.doubted {
            let technician = doubted.technician.clone().unwrap_or_default();
            let finding = doubted.flag.finding.clone().unwrap_or_default();
            let (ro, inspection) = (doubted.ro.to_string(), doubted.inspection.to_string());
            out.row([ro, inspection, technician, finding, doubted.name.clone(), doubted.words.clone()])?;
        }
        out.finish()?;
    }
    if let Some(path) = &args.payroll {
        payroll(&review, path)?;
    }
    say(&review);
    Ok(Outcome::Done)
}

fn payroll(review: &InspectionReview, path: &Path) -> Result<(), CommandError> {
    let header =
        ["key", "technician", "ro", "reason", "count", "amount", "currency", "on", "uncapped", "policy"];
    let mut out = Output::create(path, &header)?;
    for entry in &review.entries {
        out.row([
            entry.key.clone(),
            entry.technician.clone(),
            entry.ro.to_string(),
            entry.reason.to_string(),
            entry.count.to_string(),
            entry.amount.to_string(),
            entry.currency.to_string(),
            entry.on.to_string(),
            entry.uncapped.to_string(),
            entry.policy.to_string(),
        ])?;
    }
    out.finish()
}

fn say(review: &InspectionReview) {
    let counts = review.completion;
    println!("until {}", review.until.to_rfc3339_opts(SecondsFormat::Secs, true));
    let rate = counts.rate().map_or_else(String::new, |rate| {
        format!(", {:.1}% of {}", f64::from(rate.get()) / 100.0, counts.orders())
    });
    println!(
        "inspections complete: {}{rate}; exempted: {}; blocked or none: {}",
        counts.completed, counts.exempt, counts.blocked
    );
    for alarm in &review.alarms {
        println!("too many exemptions: {alarm}");
    }
    println!(
        "evidence: {} pieces, {} compared with others; {} doubts",
        review.evidence,
        review.compared,
        review.doubted.len()
    );
    for doubted in &review.doubted {
        println!("{} (inspection {}): {}", doubted.ro, doubted.inspection, doubted.words);
    }
    if !review.entries.is_empty() {
        println!("technicians' credit: {} entries", review.entries.len());
    }
}
