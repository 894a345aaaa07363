//! Notes that survive a DMS: whatever is written, in fields of any size, reads back with every letter or is known to be
//! damaged.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_connectors_traits::note::{Note, NoteError, NoteFault, SMALLEST_LIMIT, read, salvaged};
use proptest::prelude::*;

fn note(fields: &[(&str, &str)]) -> Note {
    Note::new(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// Names and values as nasty as keyboards allow.
fn any_note() -> impl Strategy<Value = Note> {
    let nasty = "[a-z =;%\\[\\]/0-9\u{e9}\u{1f697}\n\t]{0,40}";
    let long = prop::collection::vec(any::<char>(), 0..400).prop_map(|chars| chars.into_iter().collect());
    let value = prop_oneof![nasty.prop_map(String::from), long];
    prop::collection::vec((nasty.prop_map(String::from), value), 0..8).prop_map(Note::new)
}

/// What a DMS may do to a text and still be forgiven: ends are trimmed, runs of spaces become one, and what is longer
/// than the field is cut.
fn stored(text: &str, limit: usize) -> String {
    let cut: String = text.chars().take(limit).collect();
    cut.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_from_fields_of_any_size(
        note in any_note(), limit in prop_oneof![Just(255), Just(512), SMALLEST_LIMIT..64], seed in any::<u64>(),
    ) {
        let texts = match note.write(limit) {
            Ok(texts) => texts,
            Err(error) => {
                prop_assert_eq!(error, NoteError::TooLong);
                return Ok(());
            }
        };
        for text in &texts {
            prop_assert!(text.len() <= limit, "{} of {}: {}", text.len(), limit, text);
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", text);
        }
        // Other people's notes stand between them, in any order.
        let mut stored: Vec<String> = texts.iter().map(|text| stored(text, limit)).collect();
        let turn = usize::try_from(seed % 7).unwrap() % stored.len();
        stored.rotate_left(turn);
        stored.insert(0, "CUST STATES NOISE AT 45 MPH [fo".to_owned());
        prop_assert_eq!(read(&stored), vec![Ok(note)]);
    }

    #[test]
    fn what_was_cut_changed_or_lost_is_never_taken_for_whole(
        note in any_note(), limit in 40..300_usize, place in any::<prop::sample::Index>(), how in 0..3,
    ) {
        let Ok(mut texts) = note.write(limit) else { return Ok(()) };
        let place = place.index(texts.len());
        match how {
            0 => drop(texts.remove(place)),
            1 => {
                let last = texts[place].pop();
                prop_assume!(last != Some(' '));
            }
            _ => {
                let last = texts[place].pop().unwrap();
                texts[place].push(if last == 'x' { 'y' } else { 'x' });
            }
        }
        prop_assert!(!read(&texts).contains(&Ok(note)));
    }

    /// A note somebody cut or wrote into is written again, and what is damaged stays where it is.
    #[test]
    fn a_note_that_was_damaged_stands_when_it_is_written_again(
        note in any_note(), limit in 40..300_usize, place in any::<prop::sample::Index>(),
        added in "[ -~]{1,30}", cut in any::<bool>(), behind in any::<bool>(),
    ) {
        let Ok(texts) = note.write(limit) else { return Ok(()) };
        let mut damaged = texts.clone();
        let text = &mut damaged[place.index(texts.len())];
        if cut {
            text.truncate(text.len() - added.len().min(text.len().saturating_sub(21)));
        } else {
            text.push_str(&added);
        }
        let stored: Vec<_> =
            if behind { texts.iter().chain(&damaged).collect() } else { damaged.iter().chain(&texts).collect() };
        prop_assert_eq!(read(&stored), vec![Ok(note)]);
    }

    #[test]
    fn any_text_at_all_is_read_without_a_panic(texts in prop::collection::vec(".{0,60}|\\[fo [0-9]{2}/[0-9]{2} [0-9a-f]{8}\\].{0,20}", 0..6)) {
        drop(read(&texts));
        texts.iter().for_each(|text| drop(salvaged(text)));
    }
}

#[test]
fn the_first_fields_can_be_read_from_a_first_part_alone() {
    let whole =
        note(&[("kind", "decline_reason"), ("line", "9"), ("reason", &"thinks about it ".repeat(40))]);
    let texts = whole.write(255).unwrap();
    assert!(texts.len() > 1);
    assert_eq!(read(&texts[..1]), [Err(NoteFault::Missing(2))]);
    let known = [("kind".to_owned(), "decline_reason".to_owned()), ("line".to_owned(), "9".to_owned())];
    assert_eq!(salvaged(&texts[0]), known);
    assert_eq!(salvaged(&texts[1]), [], "a second part says nothing by itself");
}

#[test]
fn a_field_too_small_for_any_note_and_a_note_too_long_for_any_count_are_refused() {
    let short = note(&[("kind", "decline_reason")]);
    assert_eq!(short.write(SMALLEST_LIMIT - 1), Err(NoteError::LimitTooSmall(SMALLEST_LIMIT - 1)));
    assert!(short.write(SMALLEST_LIMIT).is_ok());
    let long = note(&[("reason", &"x".repeat(100_000))]);
    assert_eq!(long.write(255), Err(NoteError::TooLong));
}

#[test]
fn a_text_of_single_letters_is_cut_where_no_space_is_lost() {
    let letters = note(&[("n m", &"a b ".repeat(40)), ("x", " c  d ")]);
    for limit in SMALLEST_LIMIT..90 {
        let texts: Vec<_> = letters.write(limit).unwrap().iter().map(|text| stored(text, limit)).collect();
        assert_eq!(read(&texts), [Ok(letters.clone())], "{limit}");
    }
}

#[test]
fn two_notes_side_by_side_are_told_apart() {
    let notes = [
        note(&[("line", "1"), ("reason", &"a".repeat(300))]),
        note(&[("line", "2"), ("reason", &"b".repeat(300))]),
    ];
    let mut texts: Vec<String> = notes.iter().flat_map(|note| note.write(255).unwrap()).collect();
    texts.reverse();
    let mut found = read(&texts);
    found.reverse();
    assert_eq!(found, notes.map(Ok));
}
