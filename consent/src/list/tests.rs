//! The promises of a list as a whole: nothing is answered from a damaged, stale or foreign one, and changes make the list
//! that building anew would.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn number(digits: u64) -> Nanp {
    Nanp::from_digits(digits).unwrap()
}

fn built(kind: ListKind, as_of: NaiveDate, numbers: impl IntoIterator<Item = Nanp>) -> Vec<u8> {
    let mut builder = ListBuilder::new(kind, as_of);
    builder.extend(numbers);
    builder.finish()
}

fn open(bytes: Vec<u8>) -> NumberList<Vec<u8>> {
    NumberList::open(bytes, &Accept::any()).unwrap()
}

/// An exchange in each of the forms, and numbers at the ends of the plan.
fn of_every_form() -> Vec<Nanp> {
    let exchange =
        |area, exchange, lines: u16| (0..lines).map(move |n| Nanp::new(area, exchange, n).unwrap());
    [2_002_000_000, 9_999_999_999]
        .map(number)
        .into_iter()
        .chain(exchange(404, 555, 30))
        .chain(exchange(404, 556, 200))
        .chain(exchange(404, 999, 700))
        .chain(exchange(405, 200, 5_000))
        .chain(exchange(612, 345, 10_000))
        .collect()
}

/// A small one, so that every byte and every bit of it can be tried.
fn small() -> Vec<u8> {
    built(ListKind::National, day(1), [4_045_550_123, 4_045_550_124, 4_045_569_999].map(number))
}

#[test]
fn what_was_built_is_listed_and_nothing_else() {
    let all = of_every_form();
    let list = open(built(ListKind::National, day(1), all.iter().rev().chain(&all).copied()));
    assert_eq!(list.len(), all.len() as u64, "in any order, each once");
    let set: BTreeSet<Nanp> = all.iter().copied().collect();
    let mut asked: Vec<Nanp> = all.clone();
    for (area, exchange) in
        [(200, 200), (404, 555), (404, 556), (404, 999), (405, 200), (612, 345), (999, 999), (201, 999)]
    {
        asked.extend((0..10_000).map(|line| Nanp::new(area, exchange, line).unwrap()));
    }
    let mut listed = vec![];
    list.contains_batch(&asked, &mut listed);
    for (number, listed) in asked.iter().zip(&listed) {
        assert_eq!(*listed, set.contains(number));
        assert_eq!(*listed, list.contains(*number), "one by one as in a batch");
    }
    list.verify().unwrap();
    let mut back = vec![];
    list.for_each(|number| back.push(number)).unwrap();
    assert_eq!(back, set.into_iter().collect::<Vec<_>>(), "and given back in order");
}

#[test]
fn a_batch_of_any_length_has_an_answer_for_every_number() {
    let list = open(built(ListKind::National, day(1), of_every_form()));
    let asked: Vec<Nanp> = (0..200).map(|line| Nanp::new(404, 555, line).unwrap()).collect();
    let mut listed = vec![true; 7];
    for length in [0, 1, 63, 64, 65, 127, 128, 129, 200] {
        list.contains_batch(&asked[..length], &mut listed);
        assert_eq!(listed, (0..length).map(|line| line < 30).collect::<Vec<_>>());
    }
}

#[test]
fn an_empty_list_lists_nobody() {
    let list = open(built(ListKind::Internal, day(1), []));
    assert!(list.is_empty() && !list.contains(number(4_045_550_123)));
    list.verify().unwrap();
    let mut listed = vec![];
    list.contains_batch(&[number(2_002_000_000), number(9_999_999_999)], &mut listed);
    assert_eq!(listed, [false, false]);
}

#[test]
fn a_list_cut_anywhere_or_with_something_behind_it_is_refused() {
    let bytes = small();
    for length in 0..bytes.len() {
        let error = NumberList::open(&bytes[..length], &Accept::any()).unwrap_err();
        assert!(
            matches!(error, ListError::Truncated { have, .. } if have == length as u64),
            "{length}: {error}"
        );
    }
    for extra in [1, 2, 8, 1_000] {
        let long = [bytes.clone(), vec![0; extra]].concat();
        let error = NumberList::open(long, &Accept::any()).unwrap_err();
        assert_eq!(error, ListError::TooLong { extra: extra as u64, needed: bytes.len() as u64 });
    }
}

#[test]
fn a_list_with_any_bit_turned_is_refused_when_it_is_opened() {
    let bytes = small();
    for bit in 0..8 * bytes.len() {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        let error = NumberList::open(turned, &Accept::any()).unwrap_err();
        let right = match bit / 8 {
            0..8 => matches!(error, ListError::NotAList),
            8..10 => matches!(error, ListError::Version { known: 1, .. }),
            10..64 => matches!(error, ListError::Checksum { part: "header", .. }),
            _ => matches!(error, ListError::Checksum { part: "body", .. }),
        };
        assert!(right, "bit {bit}: {error}");
    }
}

#[test]
fn what_went_through_a_text_transfer_is_no_list() {
    let text = String::from_utf8_lossy(&small()).replace("\r\n", "\n").into_bytes();
    assert_eq!(NumberList::open(text, &Accept::any()).unwrap_err(), ListError::NotAList);
    let error = NumberList::open(b"404,5550123\n", &Accept::any()).unwrap_err();
    assert_eq!(error.to_string(), "not a list: it begins with other bytes");
}

/// With checksums that are right: what a careless or hostile writer could hand in.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = crc32fast::hash(&bytes[64..]);
    bytes[56..60].copy_from_slice(&body.to_le_bytes());
    let header = crc32fast::hash(&bytes[..60]);
    bytes[60..64].copy_from_slice(&header.to_le_bytes());
    bytes
}

#[test]
fn content_that_contradicts_itself_is_refused_though_the_checksums_hold() {
    let bytes = small();
    // Area code 404 has the only page; exchange 555 has two lines at 0, exchange 556 one at 4.
    let page = 64 + 1_600;
    let entry = |exchange: usize| page + 6 * (exchange - 200);
    let of = |field: &'static str| move |error: &ListError| matches!(error, ListError::Content { field: f, .. } if *f == field);
    for (case, at, byte, right) in [
        ("another kind", 10, 7, of("kind")),
        ("a state without letters", 10, 2, of("kind")),
        ("a reserved byte", 11, 1, of("reserved field")),
        ("a date beyond all", 19, 0x7f, of("date")),
        ("another count", 24, 4, of("count")),
        ("more pages than area codes", 41, 4, of("number of area codes")),
        ("a page too few", 40, 0, of("length")),
        ("a length that does not add up", 48, 7, of("length")),
        ("a second page that is not there", 64 + 2 * 205, 2, of("page of an area code")),
        ("a page of 211", 64 + 2 * 11, 1, of("page of an area code")),
        ("a block with a gap before it", entry(556), 5, of("entry of an exchange")),
        ("a block upon another", entry(556), 2, of("entry of an exchange")),
        ("lines in 411", entry(411) + 4, 1, of("entry of an exchange")),
        ("more lines than an exchange has", entry(556) + 5, 0x28, of("entry of an exchange")),
        ("an empty entry that points", entry(557), 6, of("entry of an exchange")),
        ("lines without bytes", entry(556) + 4, 2, of("count")),
        ("bytes behind the end", bytes.len() - 1, 1, of("end of the blocks")),
    ] {
        let mut other = bytes.clone();
        assert_ne!(other[at], byte, "{case}");
        other[at] = byte;
        let error = NumberList::open(sealed(other), &Accept::any()).expect_err(case);
        assert!(right(&error), "{case}: {error}");
    }
    let mut other = bytes.clone();
    let data = bytes.len() - 8 - 6;
    other.swap(data, data + 2);
    let list = NumberList::open(sealed(other), &Accept::any()).expect("the directory holds");
    assert_eq!(
        list.verify(),
        Err(ListError::Content { field: "block", value: (404 - 200) * 800 + 555 - 200 })
    );
}

#[test]
fn a_stale_list_and_one_dated_ahead_are_refused_with_their_dates() {
    let bytes = small();
    let on = |today, days| NumberList::open(&bytes, &Accept::on(today, days)).map(drop);
    let (as_of, last) = (day(1), day(1) + Days::new(31));
    assert_eq!(on(as_of, REGISTRY_MAX_AGE_DAYS), Ok(()));
    assert_eq!(on(as_of, 0), Ok(()));
    assert_eq!(on(last, REGISTRY_MAX_AGE_DAYS), Ok(()), "31 days old is not more than 31");
    let (today, max_age_days) = (last + Days::new(1), REGISTRY_MAX_AGE_DAYS);
    let stale = on(today, max_age_days).unwrap_err();
    assert_eq!(stale, ListError::Stale { as_of, today, age_days: 32, max_age_days });
    assert_eq!(stale.to_string(), "stale: as of 2026-11-01 it is 32 days old on 2026-12-03, more than 31");
    let today = as_of - Days::new(1);
    assert_eq!(on(today, 31), Err(ListError::Future { as_of, today }));
}

#[test]
fn a_list_answers_for_its_own_kind_only() {
    let state = ListKind::State(State::new("FL").unwrap());
    for kind in [ListKind::National, state, ListKind::Internal] {
        let bytes = built(kind, day(1), []);
        for expected in
            [ListKind::National, state, ListKind::State(State::new("OK").unwrap()), ListKind::Internal]
        {
            let opened = NumberList::open(&bytes, &Accept::any().kind(expected)).map(|list| list.kind());
            let refused = Err(ListError::Kind { found: kind, expected });
            assert_eq!(opened, if kind == expected { Ok(kind) } else { refused });
        }
    }
}

#[test]
fn the_same_numbers_make_the_same_bytes_whatever_their_order() {
    let all = of_every_form();
    let one = built(ListKind::National, day(1), all.iter().copied());
    assert_eq!(one, built(ListKind::National, day(1), all.iter().rev().copied().chain(all.iter().copied())));
    assert_ne!(one, built(ListKind::National, day(2), all.iter().copied()), "another day");
}

/// The first version of the format stays readable: the bytes of [`small`] as they were first written.
#[test]
fn the_stored_form_is_what_it_was() {
    let bytes = small();
    assert_eq!(bytes.len(), 64 + 1_600 + 4_800 + 6 + 8);
    let header: String = bytes[..64].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header, include_str!("tests/header_v1.txt").trim());
    assert_eq!(bytes[bytes.len() - 14..], [0x7b, 0, 0x7c, 0, 0x0f, 0x27, 0, 0, 0, 0, 0, 0, 0, 0]);
}

fn change(digits: u64, action: Action, on: u32) -> Change {
    Change { number: number(digits), action, at: day(on).and_hms_opt(0, 0, 0) }
}

#[test]
fn of_several_changes_to_a_number_the_latest_counts_and_a_tie_is_listed() {
    use Action::{Added, Removed};
    let (a, b, c, d) = (4_045_550_001, 4_045_550_002, 4_045_550_003, 4_045_550_004);
    let undated = |digits, action| Change { at: None, ..change(digits, action, 1) };
    let all = [
        change(a, Removed, 3),
        change(a, Added, 2),
        change(b, Added, 3),
        change(b, Removed, 2),
        change(c, Added, 3),
        change(c, Removed, 3),
        undated(d, Removed),
        change(d, Added, 3),
    ];
    for order in [all.to_vec(), all.iter().rev().copied().collect()] {
        let made = Changes::new(ListKind::National, day(1), day(3), order).unwrap();
        assert_eq!(made.added(), [number(b), number(c)]);
        assert_eq!(made.removed(), [number(a), number(d)]);
    }
}

#[test]
fn changes_dated_outside_their_days_or_that_lead_nowhere_are_refused() {
    let (since, date) = (day(2), day(4));
    let of = |on| {
        Changes::new(ListKind::National, since, date, [change(4_045_550_001, Action::Added, on)]).map(drop)
    };
    assert_eq!(of(1), Err(ChangesError::Outside { at: day(1), since, date }));
    assert_eq!(of(5), Err(ChangesError::Outside { at: day(5), since, date }));
    assert_eq!([of(2), of(3), of(4)], [Ok(()), Ok(()), Ok(())]);
    let none = Changes::new(ListKind::National, since, since, []);
    assert_eq!(none, Err(ChangesError::Backwards { since, date: since }));
}

#[test]
fn changes_of_another_kind_out_of_order_or_with_a_gap_are_refused() {
    let list = open(built(ListKind::National, day(10), []));
    let made = |kind, since, date| Changes::new(kind, day(since), day(date), []).unwrap();
    let mut current = UpdatedList::new(list.clone());
    for (changes, expected) in [
        (
            made(ListKind::Internal, 10, 11),
            ApplyError::Kind { list: ListKind::National, changes: ListKind::Internal },
        ),
        (made(ListKind::National, 11, 12), ApplyError::Gap { list: day(10), since: day(11) }),
        (made(ListKind::National, 9, 11), ApplyError::OutOfOrder { list: day(10), since: day(9) }),
    ] {
        assert_eq!(list.apply(&changes).unwrap_err(), expected);
        assert_eq!(current.update(&changes), Err(expected));
        assert_eq!(current.date(), day(10), "as it was");
    }
    let next = made(ListKind::National, 10, 11);
    current.update(&next).unwrap();
    assert_eq!(
        current.update(&next),
        Err(ApplyError::OutOfOrder { list: day(11), since: day(10) }),
        "not twice"
    );
    assert_eq!(
        current.accept(&Accept::on(day(10), 31)),
        Err(ListError::Future { as_of: day(11), today: day(10) })
    );
    assert_eq!(current.accept(&Accept::on(day(11), 0).kind(ListKind::National)), Ok(()));
}

#[test]
fn what_changes_did_is_counted() {
    let [a, b, c, d] = [4_045_550_001, 4_045_550_002, 6_125_550_003, 6_125_550_004];
    let list = open(built(ListKind::National, day(1), [a, c].map(number)));
    let all = [(a, Action::Added), (b, Action::Added), (c, Action::Removed), (d, Action::Removed)];
    let changes = all.map(|(digits, action)| change(digits, action, 2));
    let changes = Changes::new(ListKind::National, day(1), day(2), changes).unwrap();
    let done = list.apply(&changes).unwrap();
    assert_eq!((done.added, done.listed_already, done.removed, done.not_listed), (1, 1, 1, 1));
    assert_eq!(done.bytes, built(ListKind::National, day(2), [a, b].map(number)));
}

#[test]
fn a_number_that_went_off_and_came_back_is_counted_as_listed_already() {
    let digits = 4_045_550_001;
    let mut current = UpdatedList::new(open(built(ListKind::National, day(1), [number(digits)])));
    for (date, action, listed) in [(2, Action::Removed, false), (3, Action::Added, true)] {
        let changes = [change(digits, action, date)];
        current
            .update(&Changes::new(ListKind::National, day(date - 1), day(date), changes).unwrap())
            .unwrap();
        assert_eq!(current.contains(number(digits)), listed);
    }
    let done = current.compact().unwrap();
    assert_eq!((done.added, done.listed_already, done.removed, done.not_listed), (0, 1, 0, 0));
}

#[test]
fn stored_changes_cut_or_with_any_bit_turned_are_refused() {
    let changes = [change(4_045_550_001, Action::Added, 2), change(9_999_999_999, Action::Removed, 2)];
    let changes = Changes::new(ListKind::National, day(1), day(3), changes).unwrap();
    let bytes = changes.to_bytes();
    assert_eq!(Changes::from_bytes(&bytes).as_ref(), Ok(&changes));
    for length in 0..bytes.len() {
        let error = Changes::from_bytes(&bytes[..length]).unwrap_err();
        assert!(matches!(error, ListError::Truncated { .. }), "{length}: {error}");
    }
    for bit in 0..8 * bytes.len() {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        assert!(Changes::from_bytes(&turned).is_err(), "bit {bit}");
    }
    let long = [bytes.clone(), vec![0]].concat();
    assert_eq!(Changes::from_bytes(&long), Err(ListError::TooLong { extra: 1, needed: bytes.len() as u64 }));
    assert_eq!(Changes::from_bytes(b"404,5550123,A\n"), Err(ListError::NotAList));
}

#[test]
fn stored_changes_that_contradict_themselves_are_refused_though_the_checksum_holds() {
    let sealed = |at: usize, byte: u8, body: &[u8]| {
        let empty = Changes::new(ListKind::National, day(1), day(3), []).unwrap().to_bytes();
        let mut bytes = [&empty[..48], body].concat();
        let length = bytes.len() as u64 + 4;
        bytes[40..48].copy_from_slice(&length.to_le_bytes());
        bytes[at] = byte;
        let crc = crc32fast::hash(&bytes);
        Changes::from_bytes(&[bytes, crc.to_le_bytes().to_vec()].concat())
    };
    assert!(sealed(10, 1, &[]).is_ok());
    for (case, at, byte, body, field) in [
        ("another kind", 10, 9, &[][..], "kind"),
        ("a reserved byte", 14, 1, &[], "reserved field"),
        ("no later than it begins", 20, 0, &[], "date"),
        ("more than there are", 24, 1, &[], "numbers added"),
        ("a million more", 26, 255, &[0], "numbers added"),
        ("bytes nobody speaks of", 10, 1, &[0], "bytes behind the numbers"),
        ("a longer form of 0", 24, 1, &[0x80, 0], "numbers added"),
        ("no end", 24, 1, &[0x80; 12], "numbers added"),
        ("beyond the plan", 24, 1, &[0xff, 0xff, 0xff, 0xff, 0x7f], "numbers added"),
    ] {
        let error = sealed(at, byte, body).expect_err(case);
        assert!(matches!(error, ListError::Content { field: f, .. } if f == field), "{case}: {error}");
    }
    // 200-200-0000 removed and added.
    let mut both =
        Changes::new(ListKind::National, day(1), day(3), [change(2_002_000_000, Action::Added, 2)])
            .unwrap()
            .to_bytes();
    both.truncate(both.len() - 4);
    both.push(0);
    both[32] = 1;
    let length = both.len() as u64 + 4;
    both[40..48].copy_from_slice(&length.to_le_bytes());
    let crc = crc32fast::hash(&both);
    both.extend_from_slice(&crc.to_le_bytes());
    assert_eq!(
        Changes::from_bytes(&both),
        Err(ListError::Content { field: "number removed and added", value: 0 })
    );
}

#[test]
fn what_is_shown_of_a_list_names_nobody() {
    let list = open(small());
    assert_eq!(format!("{list:?}"), "NumberList(national, as of 2026-11-01, 3 numbers)");
    let changes =
        Changes::new(ListKind::National, day(1), day(2), [change(4_045_550_177, Action::Added, 2)]).unwrap();
    assert_eq!(format!("{changes:?}"), "Changes(national, 2026-11-01 to 2026-11-02, 1 added, 0 removed)");
    let mut current = UpdatedList::new(list);
    current.update(&changes).unwrap();
    let mut builder = ListBuilder::new(ListKind::National, day(1));
    builder.add(number(4_045_550_177));
    for shown in [format!("{current:?}"), format!("{:?}", current.compact()), format!("{builder:?}")] {
        assert!(!shown.contains("177") && !shown.contains("4045"), "{shown}");
    }
}

/// Numbers that meet: few exchanges, few lines.
fn near() -> impl Strategy<Value = Nanp> {
    let area = prop_oneof![Just(200_u16), Just(404), Just(999)];
    let exchange = prop_oneof![Just(200_u16), Just(555), Just(999)];
    let line = prop_oneof![0_u16..60, 9_990_u16..10_000, 0_u16..10_000];
    (area, exchange, line).prop_map(|(area, exchange, line)| Nanp::new(area, exchange, line).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A list answers as a set does, for what is on it and for what is near it.
    #[test]
    fn a_list_answers_as_a_set_does(
        numbers in prop::collection::vec(near(), 0..3_000),
        others in prop::collection::vec(near(), 0..300),
    ) {
        let set: BTreeSet<Nanp> = numbers.iter().copied().collect();
        let list = open(built(ListKind::Internal, day(1), numbers.iter().copied()));
        prop_assert_eq!(list.len(), set.len() as u64);
        prop_assert_eq!(list.verify(), Ok(()));
        let asked: Vec<Nanp> = numbers.iter().chain(&others).copied().collect();
        let mut listed = vec![];
        list.contains_batch(&asked, &mut listed);
        let expected: Vec<bool> = asked.iter().map(|number| set.contains(number)).collect();
        prop_assert_eq!(&listed, &expected);
        prop_assert_eq!(asked.iter().map(|number| list.contains(*number)).collect::<Vec<_>>(), expected);
    }

    /// Days of changes, put on top or written into the file: the same list as one built anew from the numbers.
    #[test]
    fn changes_make_the_list_that_building_anew_would(
        first in prop::collection::btree_set(near(), 0..1_500),
        days in prop::collection::vec(prop::collection::vec((near(), any::<bool>()), 0..400), 1..5),
    ) {
        let mut set = first.clone();
        let mut list = open(built(ListKind::National, day(1), first));
        let mut current = UpdatedList::new(list.clone());
        for (date, changed) in (2..).zip(days) {
            let mut last = std::collections::BTreeMap::new();
            for (number, added) in changed {
                last.insert(number, added);
            }
            let changed = last.iter().map(|(number, added)| Change {
                number: *number,
                action: if *added { Action::Added } else { Action::Removed },
                at: None,
            });
            let changes = Changes::new(ListKind::National, day(date - 1), day(date), changed).unwrap();
            let changes = Changes::from_bytes(&changes.to_bytes()).unwrap();
            for (number, added) in &last {
                if *added { set.insert(*number) } else { set.remove(number) };
            }
            let done = list.apply(&changes).unwrap();
            prop_assert_eq!(list.len() + done.added - done.removed, set.len() as u64);
            prop_assert_eq!(&done.bytes, &built(ListKind::National, day(date), set.iter().copied()));
            list = open(done.bytes);
            current.update(&changes).unwrap();

            let asked: Vec<Nanp> = last.keys().chain(set.iter().step_by(7)).copied().collect();
            let expected: Vec<bool> = asked.iter().map(|number| set.contains(number)).collect();
            let mut listed = vec![];
            current.contains_batch(&asked, &mut listed);
            prop_assert_eq!(&listed, &expected);
            prop_assert_eq!(asked.iter().map(|n| current.contains(*n)).collect::<Vec<_>>(), expected);
        }
        prop_assert_eq!(&current.compact().unwrap().bytes, list.as_bytes());
        prop_assert_eq!(current.date(), list.date());
    }

    /// Bytes with right checksums and any content are refused or looked into; nothing panics, and `verify` says whether
    /// they are what building anew writes.
    #[test]
    fn any_content_is_refused_or_looked_into(
        turned in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        asked in prop::collection::vec(near(), 1..50),
    ) {
        let mut bytes = built(ListKind::National, day(1), of_every_form());
        for (at, byte) in turned {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(list) = NumberList::open(sealed(bytes), &Accept::any()) {
            let mut listed = vec![];
            list.contains_batch(&asked, &mut listed);
            let mut all = vec![];
            if list.verify().is_ok() {
                list.for_each(|number| all.push(number)).unwrap();
                prop_assert_eq!(built(list.kind(), list.date(), all), list.as_bytes());
            }
        }
    }
}
