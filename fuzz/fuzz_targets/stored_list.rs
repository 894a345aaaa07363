//! A stored do-not-call list: refused, or one that is asked, given back and brought up to date. Its checksums are put right,
//! so that what lies behind them is met.
#![no_main]

use fixedops_consent::list::{Accept, Changes, ListBuilder, ListKind, Nanp, NumberList};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u64>, Vec<(u16, u8)>, Vec<u64>, &[u8])| {
    let (numbers, turned, asked, changes) = input;
    let number = |digits: &u64| Nanp::from_digits(digits % 10_000_000_000).ok();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day");
    let mut builder = ListBuilder::new(ListKind::National, day);
    builder.extend(numbers.iter().filter_map(number));
    let mut bytes = builder.finish();
    for (at, byte) in turned {
        let at = usize::from(at) % bytes.len();
        bytes[at] = byte;
    }
    let _ = NumberList::open(&bytes, &Accept::any());
    let body = crc32fast::hash(&bytes[64..]);
    bytes[56..60].copy_from_slice(&body.to_le_bytes());
    let header = crc32fast::hash(&bytes[..60]);
    bytes[60..64].copy_from_slice(&header.to_le_bytes());
    let Ok(list) = NumberList::open(bytes, &Accept::any()) else { return };

    let asked: Vec<Nanp> = asked.iter().filter_map(number).collect();
    let mut listed = Vec::new();
    list.contains_batch(&asked, &mut listed);
    for (number, listed) in asked.iter().zip(&listed) {
        assert_eq!(list.contains(*number), *listed);
    }
    if list.verify().is_ok() {
        let mut builder = ListBuilder::new(list.kind(), list.date());
        list.for_each(|number| builder.add(number)).expect("it was verified");
        assert_eq!(builder.finish(), list.as_bytes(), "one form for one set");
    }
    if let Ok(changes) = Changes::from_bytes(changes) {
        let _ = list.apply(&changes);
    }
});
