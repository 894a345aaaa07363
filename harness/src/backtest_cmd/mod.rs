//! `fixedops backtest`: the program's own accuracy on a user's histories, beside the usual rules; and its constants
//! fitted to them.

mod band;
mod chance;
mod fields;
mod fit;
mod histories;
mod line;
mod model_file;
mod ours;
mod peers;
mod question;
mod report;
mod score;

use std::path::PathBuf;

use chrono::NaiveDate;

use crate::outcome::{CommandError, Outcome};
use crate::table::SetAside;
use crate::whole_file::WholeFile;

use histories::{History, Learned};
use question::{Horizon, Questions};

/// What is tested.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Readings: vehicle_id,date,odometer,unit[,learned_at]; unit mi, km or m
    #[arg(long)]
    readings: PathBuf,
    /// When a reading is known: as its column learned_at says, or from when it was read
    #[arg(long, default_value = "column")]
    learned: Learned,
    /// What is asked for: visit (the next one, 20 to 400 days ahead), or so many days ahead; several with commas
    #[arg(long, value_delimiter = ',', default_value = "visit")]
    horizons: Vec<Horizon>,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// Fit the constants of [habit] to these histories, and say what that brings on vehicles the fit did not see
    #[arg(long)]
    fit: bool,
    /// Seed of the fit and of the intervals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the fitted model goes (TOML)
    #[arg(long, requires = "fit", requires = "effective")]
    out: Option<PathBuf>,
    /// From when the fitted model holds (YYYY-MM-DD): part of its version
    #[arg(long, requires = "out")]
    effective: Option<NaiveDate>,
    /// How the answer is printed
    #[arg(long, default_value = "text")]
    format: Format,
    /// Stop at the first bad row
    #[arg(long)]
    strict: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Tests, and fits where that is asked for.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let mut set_aside = SetAside::new(args.strict);
    let histories = History::read(&args.readings, args.learned, &mut set_aside)?;
    let asked: Vec<Questions> =
        args.horizons.iter().map(|horizon| Questions::of(&histories, *horizon)).collect();
    let fitted = args.fit.then(|| fit::fit(&asked, &model, args.seed)).transpose()?;
    let report = report::Report::of(&asked, &model, fitted.as_ref(), args.seed);
    match args.format {
        Format::Text => println!("{}", report.to_string().trim_end()),
        Format::Json => {
            let json = serde_json::to_string(&report)
                .map_err(|error| CommandError::failed(format!("cannot write the answer: {error}")))?;
            println!("{json}");
        }
    }
    if let (Some(path), Some(effective), Some(fitted)) = (&args.out, args.effective, &fitted) {
        let text = fitted.to_toml(effective)?;
        let mut file = WholeFile::create(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())
            .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))?;
        file.finish(false)?;
    }
    set_aside.finish();
    Ok(Outcome::Done)
}
