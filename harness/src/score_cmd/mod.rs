//! Commands of the inspection: score, validate against experts, fit, watch for drift.

mod agreement;
mod case;
mod learn;
mod read;
mod shift;
#[cfg(test)]
mod tests;
pub mod weights_file;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Utc};
use fixedops_mpi_score::{Ranking, counterfactuals};
use fixedops_vocab::{Currency, PolicyVersion};
use serde::Serialize;

use self::agreement::{Agreement, DEFINITION, Interval};
use self::case::{Case, Judged, join};
use self::read::{FormKind, Reads, cases, choices, inspections, weights};
use crate::outcome::{CommandError, Outcome};
use crate::table::SetAside;
use crate::whole_file::WholeFile;

/// Agreement wanted, in hundredths.
const PASS: f64 = 0.85;
/// On at least so many inspections.
const LEAST: usize = 100;

/// `score`.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Inspections, one JSON object a line, with `history` and `fit` beside the findings
    #[arg(long = "in", value_name = "I.jsonl", required = true)]
    input: Option<PathBuf>,
    /// Rankings to write, one JSON object a line, in the order of the inspections
    #[arg(long = "out", value_name = "O.jsonl", required = true)]
    output: Option<PathBuf>,
    /// Weights to use instead of those that ship
    #[arg(long, value_name = "W.toml")]
    weights: Option<PathBuf>,
    /// What a line holds
    #[arg(long, value_enum, default_value = "sheet")]
    form: FormKind,
    /// Currency of amounts that name none: the store's (STAR)
    #[arg(long, value_name = "USD")]
    currency: Option<Currency>,
    /// Also write what would have to be otherwise for each finding to stand higher
    #[arg(long)]
    would: bool,
    /// Stop at the first line that cannot be read
    #[arg(long)]
    strict: bool,
}

/// What can be asked beside scoring.
#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Hold the score against what experts would show first; agreement by store and by advisor
    ///
    /// Exit 0: 85 % agreement or more on at least 100 inspections. 1: less. 3: fewer than 100 inspections to judge by.
    Validate(ValidateArgs),
    /// Learn weights and tables from what experts would show first, and say where 40/30/30 is as good
    ///
    /// Tables stay monotone and the safety floor stays. Weights are written only where they are surely better on inspections
    /// they were not learned from.
    Fit(FitArgs),
    /// See whether inputs, parts or agreement have changed since the last validation, quarter by quarter
    ///
    /// Exit 0: nothing has. 1: something has drifted. 3: too few inspections to tell.
    Drift(DriftArgs),
}

/// `score validate`.
#[derive(clap::Args, Debug)]
struct ValidateArgs {
    /// Inspections, one JSON object a line
    #[arg(long, value_name = "I.jsonl")]
    inspections: PathBuf,
    /// What experts would show first: inspection,finding,rank[,expert]
    #[arg(long, value_name = "E.csv")]
    expert: PathBuf,
    /// Weights to use instead of those that ship
    #[arg(long, value_name = "W.toml")]
    weights: Option<PathBuf>,
    /// Stop at the first line that cannot be read
    #[arg(long)]
    strict: bool,
}

/// `score fit`.
#[derive(clap::Args, Debug)]
struct FitArgs {
    /// Inspections, one JSON object a line
    #[arg(long, value_name = "I.jsonl")]
    inspections: PathBuf,
    /// What experts would show first: inspection,finding,rank[,expert]
    #[arg(long, value_name = "E.csv")]
    expert: PathBuf,
    /// Weights to begin with instead of those that ship
    #[arg(long, value_name = "W.toml")]
    weights: Option<PathBuf>,
    /// Name of the weights that are learned, as rankings will cite it
    #[arg(long, value_name = "NAME/VERSION", default_value = "mpi_fitted/1")]
    name: String,
    /// Where to write them
    #[arg(long = "out", value_name = "O.toml")]
    output: PathBuf,
    /// Stop at the first line that cannot be read
    #[arg(long)]
    strict: bool,
}

/// `score drift`.
#[derive(clap::Args, Debug)]
struct DriftArgs {
    /// Inspections of the last validation, one JSON object a line
    #[arg(long, value_name = "B.jsonl")]
    base: PathBuf,
    /// What experts would have shown first of them
    #[arg(long, value_name = "BE.csv")]
    base_expert: Option<PathBuf>,
    /// Inspections since then
    #[arg(long, value_name = "I.jsonl")]
    inspections: PathBuf,
    /// What experts would show first of these
    #[arg(long, value_name = "E.csv", requires = "base_expert")]
    expert: Option<PathBuf>,
    /// Weights to use instead of those that ship
    #[arg(long, value_name = "W.toml")]
    weights: Option<PathBuf>,
    /// How long a period is
    #[arg(long, value_enum, default_value = "quarter")]
    every: Period,
    /// Stop at the first line that cannot be read
    #[arg(long)]
    strict: bool,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Period {
    /// A quarter of a year
    Quarter,
    /// A month
    Month,
}

/// Does it.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    match &args.command {
        Some(Command::Validate(args)) => validate(args),
        Some(Command::Fit(args)) => fit(args),
        Some(Command::Drift(args)) => drift(args),
        None => rank(args),
    }
}

/// One line of the result.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    ranking: &'a Ranking,
    /// By finding: why it stands where it stands, in words.
    words: BTreeMap<&'a str, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<BTreeMap<String, String>>,
}

fn rank(args: &Args) -> Result<Outcome, CommandError> {
    let (Some(input), Some(output)) = (&args.input, &args.output) else {
        return Err(CommandError::usage("--in and --out are needed"));
    };
    let weights = weights(args.weights.as_deref())?;
    let failed =
        |error: std::io::Error| CommandError::failed(format!("cannot write {}: {error}", output.display()));
    let mut file = BufWriter::new(WholeFile::create(output)?);
    let mut aside = SetAside::new(args.strict);
    let form = Reads { kind: args.form, currency: args.currency };
    inspections(input, form, &mut aside, |line, case, aside| {
        let Some(case) = case else { return writeln!(file, "null").map_err(failed) };
        let ranking = case.ranking(&weights);
        for set_aside in &ranking.set_aside {
            aside.report_row(input, line, &set_aside.to_string())?;
        }
        let words = ranking.findings.iter().map(|ranked| {
            (ranked.finding.as_str(), ranked.reasons.iter().map(ToString::to_string).collect())
        });
        let would = args.would.then(|| {
            let all = counterfactuals(&case.sheet.inspection, &case.history, &case.fit, &weights);
            all.into_iter().map(|would| (would.finding.clone(), would.to_string())).collect()
        });
        let line = serde_json::to_string(&Answer { ranking: &ranking, words: words.collect(), would })
            .map_err(|error| CommandError::failed(format!("cannot write a ranking as JSON: {error}")))?;
        writeln!(file, "{line}").map_err(failed)
    })?;
    file.into_inner().map_err(|error| failed(error.into_error()))?.finish(false)?;
    aside.finish();
    Ok(Outcome::Done)
}

/// Cases with what experts said of them; what does not meet is reported.
fn judged<'a>(
    cases: &'a [Case],
    expert: &Path,
    aside: &mut SetAside,
) -> Result<Vec<Judged<'a>>, CommandError> {
    let choices = choices(expert, aside)?;
    let (judged, stray) = join(cases, &choices);
    for stray in stray {
        eprintln!("{}: {stray}", expert.display());
    }
    Ok(judged)
}

fn validate(args: &ValidateArgs) -> Result<Outcome, CommandError> {
    let weights = weights(args.weights.as_deref())?;
    let mut aside = SetAside::new(args.strict);
    let cases = cases(&args.inspections, &mut aside)?;
    let judged = judged(&cases, &args.expert, &mut aside)?;
    let all = Agreement::of(&judged, &weights);
    println!("weights {}", weights.version());
    println!("{DEFINITION}");
    println!("pass: {:.0} % on at least {LEAST} inspections", PASS * 100.0);
    println!("{:<24} {:>11} {:>10} {:>8} {:>16}", "", "inspections", "no choice", "agreed", "95 % interval");
    line("all", &all);
    for (what, name) in [
        (
            "store",
            (|judged: &Judged<'_>| judged.case.sheet.store.clone()) as fn(&Judged<'_>) -> Option<String>,
        ),
        ("advisor", |judged| judged.case.sheet.advisor.clone()),
        ("expert", |judged| Some(judged.expert.clone())),
    ] {
        let groups: BTreeSet<String> = judged.iter().filter_map(name).collect();
        for group in groups {
            let theirs = judged.iter().filter(|judged| name(judged).as_ref() == Some(&group));
            line(&format!("{what} {group}"), &Agreement::of(theirs, &weights));
        }
    }
    let verdict = match all.interval() {
        Some(found) if all.shares.len() >= LEAST && found.share >= PASS => {
            println!("verdict: passed");
            Outcome::Done
        }
        Some(_) if all.shares.len() >= LEAST => {
            println!("verdict: not passed");
            Outcome::Failed
        }
        _ => {
            println!("verdict: too few inspections to judge by ({} of {LEAST})", all.shares.len());
            Outcome::Partly
        }
    };
    aside.finish();
    Ok(verdict)
}

fn line(name: &str, agreement: &Agreement) {
    let (agreed, range) = match agreement.interval() {
        Some(Interval { low, share, high }) => {
            (format!("{:.1} %", share * 100.0), format!("{:.1} to {:.1} %", low * 100.0, high * 100.0))
        }
        None => ("-".to_owned(), "-".to_owned()),
    };
    let (counted, easy) = (agreement.shares.len(), agreement.nothing_to_choose);
    println!("{name:<24} {counted:>11} {easy:>10} {agreed:>8} {range:>16}");
}

fn fit(args: &FitArgs) -> Result<Outcome, CommandError> {
    let version = PolicyVersion::new(args.name.as_str())
        .map_err(|error| CommandError::usage(format!("--name {:?}: {error}", args.name)))?;
    let start = weights(args.weights.as_deref())?;
    let mut aside = SetAside::new(args.strict);
    let cases = cases(&args.inspections, &mut aside)?;
    let judged = judged(&cases, &args.expert, &mut aside)?;
    let learned = learn::learn(&judged, &start).map_err(CommandError::failed)?;
    println!(
        "begun with {}; {} pairs of findings; five-fold cross-validation",
        start.version(),
        learned.pairs
    );
    println!("{DEFINITION}");
    println!(
        "{:<24} {:>11} {:>10} {:>8} {:>16}",
        "held out", "inspections", "no choice", "agreed", "95 % interval"
    );
    line(start.version().as_str(), &learned.before);
    line(version.as_str(), &learned.after);
    let Interval { low, share, high } = learned.gain;
    let points = |share: f64| share * 100.0;
    println!("gain: {:+.1} points ({:+.1} to {:+.1})", points(share), points(low), points(high));
    let parts = learned.weights.table().parts;
    let percent = |part: u16| f64::from(part) / 100.0;
    let (safety, history, fit) = (percent(parts.safety), percent(parts.history), percent(parts.fit));
    println!("parts: safety {safety:.1}, history {history:.1}, customer fit {fit:.1}");
    if learned.is_better() {
        let mut draft = learned.weights.table().clone();
        draft.version = version;
        draft.source = format!(
            "learned from {} judgements ({} pairs), begun with {}; held-out top-3 agreement {:.1} % after {:.1} %",
            judged.len(),
            learned.pairs,
            start.version(),
            points(agreement::mean(&learned.after.shares)),
            points(agreement::mean(&learned.before.shares)),
        );
        let mut file = WholeFile::create(&args.output)?;
        let failed = |error: std::io::Error| {
            CommandError::failed(format!("cannot write {}: {error}", args.output.display()))
        };
        file.write_all(weights_file::written(&draft, "Learned by fixedops score fit.").as_bytes())
            .map_err(failed)?;
        file.finish(false)?;
        println!("verdict: better; written to {}", args.output.display());
    } else {
        println!("verdict: {} is as good; nothing is written", start.version());
    }
    aside.finish();
    Ok(Outcome::Done)
}

fn drift(args: &DriftArgs) -> Result<Outcome, CommandError> {
    let weights = weights(args.weights.as_deref())?;
    let mut aside = SetAside::new(args.strict);
    let base = cases(&args.base, &mut aside)?;
    let since = cases(&args.inspections, &mut aside)?;
    let then = shift::series(&base, &weights);
    let mut periods = BTreeMap::<String, Vec<Case>>::new();
    for case in since {
        match case.sheet.inspection.completed_at {
            Some(at) => periods.entry(period(at, args.every)).or_default().push(case),
            None => eprintln!("inspection {} was not completed", case.sheet.inspection.inspection),
        }
    }
    let agreed = |cases: &[Case], expert: &Path, aside: &mut SetAside| {
        Ok::<_, CommandError>(Agreement::of(&judged(cases, expert, aside)?, &weights).shares)
    };
    let base_agreed =
        args.base_expert.as_ref().map(|expert| agreed(&base, expert, &mut aside)).transpose()?;
    println!("weights {}; base of {} inspections", weights.version(), base.len());
    println!(
        "drifted: PSI or KS distance of {:.2} or more, and chance below {:.0} % over all inputs of a period together",
        shift::MATERIAL,
        shift::FALSE_ALARMS * 100.0
    );
    let (mut drifted, mut too_few) = (false, periods.is_empty());
    for (name, cases) in &periods {
        println!("\n{name}: {} inspections", cases.len());
        let now = shift::series(cases, &weights);
        let beside = usize::from(args.expert.is_some());
        let shifts = shift::compare(&then, &now, beside);
        if shifts.is_empty() {
            println!("verdict: too few inspections to tell (fewer than {})", shift::LEAST);
            too_few = true;
            continue;
        }
        println!(
            "{:<28} {:>10} {:>10} {:>7} {:>9} {:>7} {:>9}",
            "", "then", "now", "PSI", "chance", "KS", "chance"
        );
        let mut moved = Vec::new();
        for found in &shifts {
            let [then, now] = found.means;
            println!(
                "{:<28} {then:>10.3} {now:>10.3} {:>7.3} {:>9.1e} {:>7.3} {:>9.1e}{}",
                found.name,
                found.psi,
                found.psi_chance,
                found.ks,
                found.ks_chance,
                if found.drifted { "  drifted" } else { "" }
            );
            if found.drifted {
                moved.push(found.name);
            }
        }
        if let (Some(expert), Some(before)) = (&args.expert, &base_agreed) {
            let after = agreed_of_period(cases, expert, &weights)?;
            let (was, is) = (agreement::mean(before), agreement::mean(&after));
            println!(
                "agreement: {:.1} % then ({} inspections judged), {:.1} % now ({})",
                was * 100.0,
                before.len(),
                is * 100.0,
                after.len()
            );
            let chance = shift::FALSE_ALARMS / (2 * shifts.len() + 1) as f64;
            if before.len().min(after.len()) < shift::LEAST {
                println!("too few judged to compare agreement (fewer than {} then or now)", shift::LEAST);
                too_few = true;
            } else if shift::fell(before, &after) < chance {
                moved.push("agreement");
            }
        }
        if moved.is_empty() {
            println!("verdict: nothing has drifted");
        } else {
            println!("verdict: drifted: {}; validate again", moved.join(", "));
            drifted = true;
        }
    }
    aside.finish();
    Ok(match (drifted, too_few) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Partly,
        (false, false) => Outcome::Done,
    })
}

/// Agreement of one period; judgements of other periods are no strays here.
fn agreed_of_period(
    cases: &[Case],
    expert: &Path,
    weights: &fixedops_mpi_score::Weights,
) -> Result<Vec<f64>, CommandError> {
    let choices = choices(expert, &mut SetAside::new(false))?;
    Ok(Agreement::of(&join(cases, &choices).0, weights).shares)
}

fn period(at: DateTime<Utc>, every: Period) -> String {
    match every {
        Period::Quarter => format!("{} quarter {}", at.year(), at.month0() / 3 + 1),
        Period::Month => format!("{}-{:02}", at.year(), at.month()),
    }
}
