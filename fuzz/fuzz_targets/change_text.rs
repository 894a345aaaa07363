//! A change list: every line is a change, blank, or named; what is read makes changes that come back from their bytes, and
//! the same bytes read as a stored list of changes are refused or written the same again.
#![no_main]

use fixedops_consent::list::{Changes, ListKind, changes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let read: Vec<_> = changes(text).filter_map(Result::ok).collect();
    let days = || read.iter().filter_map(|change| change.at).map(|at| at.date());
    if let (Some(since), Some(date)) = (days().min(), days().max())
        && since < date
    {
        let made =
            Changes::new(ListKind::National, since, date, read.iter().copied()).expect("within its days");
        assert!(made.added().len() + made.removed().len() <= read.len());
        assert_eq!(Changes::from_bytes(&made.to_bytes()).as_ref(), Ok(&made));
    }
    if let Ok(stored) = Changes::from_bytes(text) {
        assert_eq!(stored.to_bytes(), text);
    }
});
