//! What is erased is gone from the disk, not only from the answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod common;

use common::{batch, files, seller, stream};
use fixedops_connectors_traits::{Journal, PersonFact, PersonStore};
use fixedops_journal_sqlite::SqliteJournal;
use futures_lite::future::block_on;

#[test]
fn no_byte_of_an_erased_fact_is_left_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path().join("j.db")).unwrap();
    for (version, secret) in ["secret-before", "secret-after"].into_iter().enumerate() {
        let mut known = batch("a", version as u64, 1);
        let (subject, name) = (stream("jane"), "phone".to_owned());
        known.fact(PersonFact { subject, name, value: secret.to_owned() });
        block_on(journal.append(&seller(), &known)).unwrap();
    }
    let holds = |secret: &str| {
        let secret = secret.as_bytes();
        files(folder.path())
            .iter()
            .any(|(_, bytes)| bytes.windows(secret.len()).any(|window| window == secret))
    };
    assert!(holds("secret-after"), "the test looks in the wrong place");

    assert_eq!(block_on(journal.erase(&seller(), &[stream("jane")])).unwrap(), 1);

    assert!(!holds("secret-after"), "the fact is still on the disk");
    assert!(!holds("secret-before"), "the value that was replaced is still on the disk");
    assert_eq!(block_on(journal.scan(&seller(), 0, 10)).unwrap().len(), 2);
}
