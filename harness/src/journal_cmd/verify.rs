use fixedops_connectors_traits::Journal as _;
use fixedops_connectors_traits::file::{self, Verification, Verifier};
use futures_lite::future::block_on;

use super::{input, store};
use crate::outcome::{CommandError, Outcome};

/// Events read from a store at a time.
const PAGE: usize = 1_000;

/// Whether this names a store rather than a file of text.
pub fn is_store(name: &str) -> Result<bool, CommandError> {
    let path = store::path(name)?;
    Ok(name.starts_with("sqlite:")
        || input::is_sqlite(path).map_err(|error| input::file_error(path, &error))?)
}

pub fn run(journal: &str) -> Result<Outcome, CommandError> {
    let path = store::path(journal)?;
    let found = if is_store(journal)? {
        block_on(of_store(journal))?
    } else {
        let opened = input::open(path).map_err(|error| input::file_error(path, &error))?;
        file::verify(opened).map_err(|fault| format!("{journal}: {fault}"))
    };
    Ok(match found {
        Err(fault) => {
            eprintln!("fixedops: {fault}");
            Outcome::Failed
        }
        Ok(found) => tell(&found),
    })
}

/// The inner error is a broken chain, the outer one a store that did not answer.
async fn of_store(name: &str) -> Result<Result<Verification, String>, CommandError> {
    let journal = store::open_existing(name)?;
    let failed =
        |error: fixedops_connectors_traits::JournalError| CommandError::failed(format!("{name}: {error}"));
    let mut verifier = Verifier::new();
    for partition in journal.partitions().await.map_err(failed)? {
        let mut after = 0;
        loop {
            let page = journal.scan(&partition, after, PAGE).await.map_err(failed)?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for event in &page {
                if let Err(fault) = verifier.event(event) {
                    return Ok(Err(format!("{name}: position {} of {partition}: {fault}", event.position)));
                }
            }
        }
    }
    Ok(Ok(verifier.finish()))
}

fn tell(found: &Verification) -> Outcome {
    println!("{} events in {} partitions: the chain holds", found.events, found.partitions.len());
    if found.holds() {
        println!("every promise that a journal can show is kept");
        return Outcome::Done;
    }
    for breach in &found.breaches {
        eprintln!("fixedops: {breach}");
    }
    let more = found.breach_count - found.breaches.len() as u64;
    if more > 0 {
        eprintln!("fixedops: and {more} more");
    }
    Outcome::Failed
}
