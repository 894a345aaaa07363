use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use fixedops_closed_loop::proof::{Keyed, contacts};
use fixedops_connectors_traits::Journal as _;
use fixedops_consent::proof::{Bundle, Verdict, verify as check};
use fixedops_consent::{ContentDigest, RuleBook};
use futures_lite::future::block_on;

use super::proof::{
    bundle as draw_up, contents, is_shown, last_event, no_directory, not_fully, outcome, read_key, tell,
    write_private,
};
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
    /// The digest that was kept elsewhere when the bundle was made: 64 hexadecimal digits
    #[arg(long, value_name = "D")]
    pub digest: Option<ContentDigest>,
    /// The verdict and the bundle as a page to print; of a store, every contact's verdict
    #[arg(long, value_name = "F.html")]
    pub html: Option<PathBuf>,
}

/// Checks a bundle, or every contact of a store.
pub fn verify(args: &VerifyArgs) -> Result<Outcome, CommandError> {
    let key = args.key_file.as_deref().map(read_key).transpose()?;
    no_directory(&args.what)?;
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
    let mut verdict = check(&bundle, &RuleBook::shipped(), key.map(|key| key as _));
    if let Some(kept) = args.digest {
        verdict.hold_against(&bundle, kept);
    }
    if let Some(html) = &args.html {
        let page = page::proof(&bundle, &verdict).map_err(|error| CommandError::failed(error.to_string()))?;
        write_private(html, &page)?;
    }
    Ok(tell(&args.what, &verdict))
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
    let failed = |error: &dyn std::fmt::Display| CommandError::failed(error.to_string());
    let (mut rows, mut total, mut unchecked, mut remarks) = (Vec::new(), Verdict::default(), 0, 0);
    for seller in store.partitions().await.map_err(|error| failed(&error))? {
        for contact in contacts(&store, &seller).await.map_err(|error| failed(&error))? {
            let contents = contents(&store, &seller, contact).await?;
            let made_at = last_event(&contents);
            let bundle = draw_up(contents, made_at, &book)?;
            let verdict = check(&bundle, &book, key.map(|key| key as _));
            for found in &verdict.breaks {
                eprintln!("fixedops: {}: {seller}: {found}", args.what);
            }
            total.events += verdict.events;
            total.clearances += verdict.clearances;
            total.retaken += verdict.retaken;
            total.not_retaken += verdict.not_retaken;
            total.words_checked += verdict.words_checked;
            total.words_unchecked += verdict.words_unchecked;
            remarks += verdict.remarks.len();
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
            "note: without the key, {unchecked} numbers were not held against the hashes that stand for them, nor {} words and \
             private parts against the journal",
            total.words_unchecked
        );
    }
    if remarks > 0 {
        println!("note: {remarks} remarks on single contacts: make their bundles to read them");
    }
    if let Some(html) = &args.html {
        let page = page::proof_of_store(&args.what, &rows, journal == Outcome::Done, total.not_retaken)
            .map_err(|error| failed(&error))?;
        write_private(html, &page)?;
    }
    match outcome(&total) {
        Outcome::Done => println!("every link holds"),
        Outcome::Partly => {
            println!("{}", not_fully(&total));
            return Ok(if journal == Outcome::Done { Outcome::Partly } else { journal });
        }
        Outcome::Failed => return Ok(Outcome::Failed),
    }
    Ok(journal)
}
