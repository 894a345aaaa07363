use fixedops_recovery::{DeclineReason, ReasonAnswer};

use super::find;
use crate::outcome::{CommandError, Outcome};

/// `plan show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A version, a programme, or a plan's file
    #[arg(value_name = "PLAN")]
    pub plan: String,
}

/// The plan in words.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let plan = find(&args.plan)?;
    println!("{} ({}, opened by {})", plan.version(), plan.program(), plan.opened_by().as_str());
    println!("subject {}, tone {:?}, in force from {}", plan.subject(), plan.tone(), plan.effective());
    println!("source: {}", plan.source());
    println!();
    for touch in plan.touches() {
        let offer = touch.offer().map(|offer| format!(", {} % off that line", offer.percent()));
        let within = touch.within_minutes.map(|minutes| format!(", to be out within {minutes} minutes"));
        let slot = if touch.with_slot { ", with a slot to offer" } else { "" };
        println!(
            "{}: {}, {} for {}, words {}{}{}{slot}",
            touch.id,
            touch.timing,
            touch.channel,
            touch.purpose(),
            touch.template,
            offer.unwrap_or_default(),
            within.unwrap_or_default()
        );
        println!("    {}", touch.why);
    }
    println!();
    let pace = plan.pace();
    println!(
        "ends after {} days; at least {} days between touches; {} days for a call; {} days of silence after a reply",
        plan.horizon_days(),
        pace.spacing_days,
        pace.call_days,
        pace.talk_days
    );
    for reason in DeclineReason::ALL {
        let does = match plan.reasons().answer(*reason) {
            ReasonAnswer::GoOn => continue,
            ReasonAnswer::DoneElsewhere => "closes it as done elsewhere".to_owned(),
            ReasonAnswer::HandOver => "hands it to a person".to_owned(),
            ReasonAnswer::Wait => format!("waits {} days", plan.reasons().wait_days),
        };
        println!("declined for {reason}: {does}");
    }
    if let Some(replaces) = plan.replaces() {
        println!("takes over the open cases of {}", replaces.plan);
    }
    Ok(Outcome::Done)
}
