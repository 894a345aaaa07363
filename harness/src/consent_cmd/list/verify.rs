use std::path::PathBuf;

use fixedops_consent::list::Accept;

use super::open;
use crate::outcome::{CommandError, Outcome};

/// `consent list verify`.
#[derive(clap::Args, Debug)]
pub struct VerifyArgs {
    /// The list
    #[arg(value_name = "L.dnc")]
    pub list: PathBuf,
}

/// Says that the list holds, of whom and of when it is; of whatever age.
pub fn verify(args: &VerifyArgs) -> Result<Outcome, CommandError> {
    let list = open(&args.list, &Accept::any())?;
    list.verify().map_err(|error| CommandError::failed(format!("{}: {error}", args.list.display())))?;
    println!(
        "the list holds: {}, as of {}, {} numbers, {} bytes",
        list.kind(),
        list.date(),
        list.len(),
        list.as_bytes().len()
    );
    Ok(Outcome::Done)
}
