use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fixedops_closed_loop::ReadsPhones as _;
use fixedops_closed_loop::proof::{Keyed, contacts, gather};
use fixedops_closed_loop::{fact, streams};
use fixedops_connectors_traits::{CommitmentKey, Journal as _, PersonStore as _};
use fixedops_consent::RuleBook;
use fixedops_consent::proof::{Bundle, Contents, PointShown, Verdict, verify};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::{ContactHash, ContactPoint, SellerId};
use futures_lite::future::block_on;

use crate::edge::Typed;
use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::page;
use crate::whole_file::WholeFile;

/// `consent proof`.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("whom").required(true).args(["number", "email", "contact"])))]
pub struct ProofArgs {
    /// The store: a path, or sqlite:PATH
    pub store: String,
    /// The telephone number
    #[arg(long)]
    pub number: Option<String>,
    /// The e-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// The contact's keyed hash, as the journal names it
    #[arg(long)]
    pub contact: Option<String>,
    /// In whose journal, where the store holds several sellers
    #[arg(long)]
    pub seller: Option<String>,
    /// The seller's key: 64 hexadecimal digits in a file. Finds a number that was erased, and checks that it is this
    /// contact's; the key goes into no output
    #[arg(long, value_name = "K")]
    pub key_file: Option<PathBuf>,
    /// When the bundle is made; now, where nothing is said
    #[arg(long, value_name = "T")]
    pub at: Option<DateTime<Utc>>,
    /// The bundle, for its owner's eyes: it holds customer data
    #[arg(long, value_name = "bundle.json")]
    pub out: PathBuf,
    /// The same as a page to print
    #[arg(long, value_name = "F.html")]
    pub html: Option<PathBuf>,
}

/// Makes the bundle of one contact, and says whether it holds.
pub fn proof(args: &ProofArgs) -> Result<Outcome, CommandError> {
    let key = args.key_file.as_deref().map(read_key).transpose()?;
    no_directory(&args.store)?;
    let store = journal_cmd::open_existing(&args.store)?;
    let (seller, contact) = block_on(find(args, &store, key.as_ref()))?;
    let book = RuleBook::shipped();
    let contents = block_on(contents(&store, &seller, contact))?;
    let last = last_event(&contents);
    let made_at = match args.at {
        Some(at) if at < last => {
            let what = format!("--at: the streams of this contact go on until {}", last.to_rfc3339());
            return Err(CommandError::usage(what));
        }
        Some(at) => at,
        // A simulated store may have lived in days to come.
        None => Utc::now().max(last),
    };
    let bundle = bundle(contents, made_at, &book)?;
    let text = bundle.to_json().map_err(|error| CommandError::failed(error.to_string()))?;
    write_private(&args.out, &text)?;
    let verdict = verify(&bundle, &book, key.as_ref().map(|key| key as _));
    if let Some(html) = &args.html {
        let page = page::proof(&bundle, &verdict).map_err(|error| CommandError::failed(error.to_string()))?;
        write_private(html, &page)?;
    }
    println!(
        "digest {}: keep it with somebody else; a bundle made anew to deceive has another",
        bundle.digest
    );
    Ok(tell(&args.out.display().to_string(), &verdict))
}

pub(super) async fn contents(
    store: &SqliteJournal,
    seller: &SellerId,
    contact: ContactHash,
) -> Result<Contents, CommandError> {
    let contents = gather(store, store, seller, contact).await;
    contents.map_err(|error| CommandError::failed(error.to_string()))
}

pub(super) fn bundle(
    contents: Contents,
    made_at: DateTime<Utc>,
    book: &RuleBook,
) -> Result<Bundle, CommandError> {
    Bundle::new(contents, made_at, book).map_err(|error| CommandError::failed(error.to_string()))
}

/// When the last event of any of the streams was recorded: no bundle is older.
pub(super) fn last_event(contents: &Contents) -> DateTime<Utc> {
    let events = contents.streams.iter().flat_map(|record| &record.events);
    events.map(|event| event.at).max().unwrap_or(DateTime::UNIX_EPOCH)
}

/// A store is a file: whoever names the directory it lies in is told which.
pub(super) fn no_directory(store: &str) -> Result<(), CommandError> {
    let path = Path::new(store.strip_prefix("sqlite:").unwrap_or(store));
    if path.is_dir() {
        let file = path.join("fixedops.db");
        return Err(CommandError::usage(format!("{store} is a directory: give {}", file.display())));
    }
    Ok(())
}

/// A file that only its owner may read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), CommandError> {
    let mut file = WholeFile::create_private(path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))?;
    file.finish(true)
}

pub(super) fn read_key(path: &Path) -> Result<Keyed, CommandError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))?;
    let key = CommitmentKey::from_hex(&text);
    key.map(Keyed).map_err(|error| CommandError::usage(format!("{}: {error}", path.display())))
}

/// Says what a verification came to: what holds and what could not be checked, and every break on standard error.
pub(super) fn tell(name: &str, verdict: &Verdict) -> Outcome {
    println!(
        "{name}: {} events, {} clearances judged, {} of their decisions taken again",
        verdict.events, verdict.clearances, verdict.retaken
    );
    for remark in &verdict.remarks {
        println!("note: {remark}");
    }
    if verdict.number_checked {
        println!("the number was recomputed under the key");
    }
    if verdict.words_checked > 0 {
        println!(
            "{} words and private parts were held against the journal under the key",
            verdict.words_checked
        );
    }
    for found in &verdict.breaks {
        eprintln!("fixedops: {name}: {found}");
    }
    let outcome = outcome(verdict);
    match outcome {
        Outcome::Done => println!("every link holds"),
        Outcome::Partly => println!("{}", not_fully(verdict)),
        Outcome::Failed => {}
    }
    outcome
}

/// What a verdict is to the command.
pub(super) fn outcome(verdict: &Verdict) -> Outcome {
    match (verdict.holds(), verdict.is_full()) {
        (false, _) => Outcome::Failed,
        (true, true) => Outcome::Done,
        (true, false) => Outcome::Partly,
    }
}

/// What holds and was not fully checked, in words.
pub(super) fn not_fully(verdict: &Verdict) -> String {
    format!(
        "what was looked at holds, and it is not fully checked: {} of {} decisions were taken under another rule book and not \
         taken again",
        verdict.not_retaken, verdict.clearances
    )
}

/// Whose journal, and which contact.
async fn find(
    args: &ProofArgs,
    store: &SqliteJournal,
    key: Option<&Keyed>,
) -> Result<(SellerId, ContactHash), CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::failed(error.to_string());
    let sellers = store.partitions().await.map_err(|error| failed(&error))?;
    let sellers = match &args.seller {
        None => sellers,
        Some(named) => sellers.into_iter().filter(|seller| seller.as_str() == named).collect(),
    };
    let point = point(args)?;
    let named = match &args.contact {
        None => None,
        Some(text) => Some(
            text.trim()
                .parse::<ContactHash>()
                .map_err(|error| CommandError::usage(format!("--contact: {error}")))?,
        ),
    };
    let mut found = Vec::new();
    for seller in &sellers {
        let wanted = match (named, &point, key) {
            (Some(contact), ..) => Some(contact),
            (None, Some(point), Some(key)) => Some(key.0.contact(seller, point)),
            _ => None,
        };
        for contact in contacts(store, seller).await.map_err(|error| failed(&error))? {
            let same = match (wanted, &point) {
                (Some(wanted), _) => wanted == contact,
                (None, Some(point)) => has(store, seller, contact, point).await?,
                (None, None) => false,
            };
            if same {
                found.push((seller.clone(), contact));
            }
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            Err(CommandError::usage("several sellers know this contact: name one with --seller"))
        }
        (None, _) => {
            let hint = if named.is_none() && key.is_none() {
                "; of an erased one only the hash is left: give --key-file or --contact"
            } else {
                ""
            };
            Err(CommandError::failed(format!("{}: no such contact{hint}", args.store)))
        }
    }
}

fn point(args: &ProofArgs) -> Result<Option<ContactPoint>, CommandError> {
    if let Some(number) = &args.number {
        let number = Typed.read(number).map_err(|error| CommandError::usage(format!("--number: {error}")))?;
        return Ok(Some(ContactPoint::Phone(number)));
    }
    let email = args.email.as_deref().map(str::parse).transpose();
    let email = email.map_err(|error: fixedops_vocab::ContactPointError| {
        CommandError::usage(format!("--email: {error}"))
    })?;
    Ok(email.map(ContactPoint::Email))
}

/// Whether the person store has this number under the contact.
async fn has(
    store: &SqliteJournal,
    seller: &SellerId,
    contact: ContactHash,
    point: &ContactPoint,
) -> Result<bool, CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::failed(error.to_string());
    let stream = streams::contact(contact).map_err(|error| failed(&error))?;
    let facts = store.facts(seller, &stream).await.map_err(|error| failed(&error))?;
    let name = match point {
        ContactPoint::Phone(_) => fact::PHONE,
        ContactPoint::Email(_) => fact::EMAIL,
    };
    Ok(facts.get(name).is_some_and(|known| known == point.expose()))
}

/// Whether a bundle shows a number.
pub(super) const fn is_shown(bundle: &Bundle) -> bool {
    matches!(bundle.point, PointShown::InClear { .. })
}
