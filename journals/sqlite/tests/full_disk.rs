//! A real file system that fills up: 1 MB of memory, mounted. Needs the right to mount (root); where it is missing the
//! test fails and says so.
#![cfg(all(feature = "real-parts", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{batch, checked, seller, stream};
use fixedops_connectors_traits::{Journal, JournalErrorKind};
use fixedops_journal_sqlite::SqliteJournal;
use futures_lite::future::block_on;

/// A mounted file system; unmounted when dropped.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(at: &'a Path) -> Self {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at).output();
        let mounted = mounted.expect("the program mount is needed for this test");
        let said = String::from_utf8_lossy(&mounted.stderr).into_owned();
        assert!(
            mounted.status.success(),
            "cannot mount a file system of 1 MB (this test needs root): {said}"
        );
        Self(at)
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_journal_goes_on_with_room() {
    let folder = tempfile::tempdir().unwrap();
    let mount = Mount::new(folder.path());
    let path = folder.path().join("j.db");
    let ballast = folder.path().join("ballast");
    std::fs::write(&ballast, vec![0; 200_000]).unwrap();

    let journal = SqliteJournal::open(&path).unwrap();
    let mut version = 0;
    let refused = loop {
        match block_on(journal.append(&seller(), &batch("a", version, 20))) {
            Ok(_) => version += 20,
            Err(error) => break error,
        }
        assert!(version < 100_000, "1 MB cannot hold this");
    };
    let no_room = [JournalErrorKind::Full, JournalErrorKind::Unavailable].contains(&refused.kind());
    assert!(no_room && version > 0, "{version}: {refused}");

    // The same connection still reads; another one opens the file on the full disk or says why not.
    let head = block_on(journal.head(&seller(), &stream("a"))).unwrap();
    assert_eq!(head.version, version, "what was acknowledged is gone, or what was refused is there");
    drop(journal);

    std::fs::remove_file(ballast).unwrap();
    assert_eq!(checked(&path).len() as u64, version);
    let journal = SqliteJournal::open(&path).unwrap();
    block_on(journal.append(&seller(), &batch("a", version, 20))).unwrap();
    drop(journal);
    drop(mount);
}
