use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fixedops_closed_loop::proof::{Keyed, contacts};
use fixedops_connectors_traits::Journal as _;
use fixedops_consent::RuleBook;
use fixedops_consent::proof::{Bundle, Verdict, verify as check};
use futures_lite::future::block_on;

use super::proof::{is_shown, make, read_key, tell, write_private};
use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::page::{self, Contact};

/// A bundle larger than this is none.
const LARGEST: u64 = 256 << 20;

/// `consent verify`.
#[derive(clap::Args, Debug)]
pub struct VerifyArgs {
    /// A bundle, or a store: a path, or sqlite:PATH
    pub what: String,
    /// The seller's key: 64 hexadecimal digits in a file. The number and the customer's words are then checked against
    /// the journal's commitments; the key goes into no output
    #[arg(long, value_name = "K")]
    pub key_file: Option<PathBuf>,
    /// The digest that was kept elsewhere when the bundle was made
    #[arg(long, value_name = "D")]
    pub digest: Option<String>,
    /// The verdict and the bundle as a page to print; of a store, every contact's verdict
    #[arg(long, value_name = "F.html")]
    pub html: Option<PathBuf>,
}

/// Checks a bundle, or every contact of a store.
pub fn verify(args: &VerifyArgs) -> Result<Outcome, CommandError> {
    let key = args.key_file.as_deref().map(read_key).transpose()?;
    if journal_cmd::is_store(&args.what)? {
        if args.digest.is_some() {
            return Err(CommandError::usage("--digest is for a bundle"));
        }
        block_on(store(args, key.as_ref()))
    } else {
        bundle(args, key.as_ref())
    }
}

fn bundle(args: &VerifyArgs, key: Option<&Keyed>) -> Result<Outcome, CommandError> {
    let path = Path::new(&args.what);
    let text = read(path)?;
    let bundle = match Bundle::from_json(&text) {
        Ok(bundle) => bundle,
        Err(error) => {
            eprintln!("fixedops: {}: {error}", args.what);
            return Ok(Outcome::Failed);
        }
    };
    let verdict = check(&bundle, &RuleBook::shipped(), key.map(|key| key as _));
    if let Some(html) = &args.html {
        let page = page::proof(&bundle, &verdict).map_err(|error| CommandError::failed(error.to_string()))?;
        write_private(html, &page)?;
    }
    let outcome = tell(&args.what, &verdict);
    if let Some(kept) = &args.digest
        && *kept != bundle.digest.to_string()
    {
        eprintln!(
            "fixedops: {}: the digest is {}, another than the one that was kept",
            args.what, bundle.digest
        );
        return Ok(Outcome::Failed);
    }
    Ok(outcome)
}

fn read(path: &Path) -> Result<String, CommandError> {
    let failed = |error: std::io::Error| CommandError::failed(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CommandError::failed(format!("{}: is larger than 256 MiB", path.display())));
    }
    String::from_utf8(bytes)
        .map_err(|_| CommandError::failed(format!("{}: is not UTF-8 text", path.display())))
}

/// The chain and the promises of the journal, then every contact by the rules of consent.
async fn store(args: &VerifyArgs, key: Option<&Keyed>) -> Result<Outcome, CommandError> {
    let journal = journal_cmd::verify(&args.what)?;
    let store = journal_cmd::open_existing(&args.what)?;
    let book = RuleBook::shipped();
    // Nothing of a bundle that is only checked turns on when it was made.
    let made_at = DateTime::<Utc>::UNIX_EPOCH;
    let failed = |error: &dyn std::fmt::Display| CommandError::failed(error.to_string());
    let (mut rows, mut total, mut unchecked) = (Vec::new(), Verdict::default(), 0);
    for seller in store.partitions().await.map_err(|error| failed(&error))? {
        for contact in contacts(&store, &seller).await.map_err(|error| failed(&error))? {
            let bundle = make(&store, &seller, contact, made_at, &book).await?;
            let verdict = check(&bundle, &book, key.map(|key| key as _));
            for found in &verdict.breaks {
                eprintln!("fixedops: {}: {seller}: {found}", args.what);
            }
            total.events += verdict.events;
            total.clearances += verdict.clearances;
            total.retaken += verdict.retaken;
            total.breaks.extend(verdict.breaks.iter().cloned());
            unchecked += usize::from(is_shown(&bundle) && !verdict.number_checked);
            rows.push(Contact::new(&seller, &bundle, &verdict));
        }
    }
    println!(
        "{} contacts: {} clearances judged, {} of their decisions taken again",
        rows.len(),
        total.clearances,
        total.retaken
    );
    if unchecked > 0 {
        println!(
            "note: without the key, {unchecked} numbers were not held against the hashes that stand for them"
        );
    }
    if let Some(html) = &args.html {
        let page = page::proof_of_store(&args.what, &rows, journal == Outcome::Done)
            .map_err(|error| failed(&error))?;
        write_private(html, &page)?;
    }
    if total.holds() {
        println!("every link holds");
        Ok(journal)
    } else {
        Ok(Outcome::Failed)
    }
}
