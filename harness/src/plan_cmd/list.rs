use fixedops_recovery::Plans;

use crate::outcome::{CommandError, Outcome};

/// `plan list`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Also the retired versions, which open cases may still name
    #[arg(long)]
    pub all: bool,
}

/// One line a plan, tab-separated; the standard plan of its programme and trigger first among them.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let plans = Plans::shipped();
    let retired = |version| plans.successor(version).is_some();
    for plan in plans.iter().filter(|plan| args.all || !retired(plan.version())) {
        let kind = match (retired(plan.version()), plans.is_chosen(plan)) {
            (true, _) => "retired",
            (false, true) => "standard",
            (false, false) => "alternative",
        };
        let touches: Vec<&str> = plan.touches().iter().map(|touch| touch.id.as_str()).collect();
        println!(
            "{}\t{}\t{}\t{kind}\t{}",
            plan.version(),
            plan.program(),
            plan.opened_by().as_str(),
            touches.join(", ")
        );
    }
    Ok(Outcome::Done)
}
