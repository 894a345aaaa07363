//! Replies to an open inspection, line by line.

#![cfg(feature = "classify")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use fixedops_consent::{LineAnswer, OpenLine, read_lines};
use fixedops_vocab::InspectionCode;

const LINES: [OpenLine<'static>; 6] = [
    OpenLine { id: "oil", name: "Oil change", code: Some(InspectionCode::Red) },
    OpenLine { id: "flush", name: "Coolant flush", code: Some(InspectionCode::Yellow) },
    OpenLine { id: "front", name: "Front brake pads and rotors", code: Some(InspectionCode::Red) },
    OpenLine { id: "rear", name: "Rear brake pads", code: Some(InspectionCode::Yellow) },
    OpenLine { id: "tires", name: "Four tires", code: None },
    OpenLine { id: "cabin", name: "Cabin air filter", code: None },
];

/// One letter a line: approved, declined, later, ?asked, unclear, - unsaid.
fn said(text: &str) -> String {
    read_lines(text, &LINES)
        .lines
        .iter()
        .map(|answer| match answer {
            LineAnswer::Approved => 'a',
            LineAnswer::Declined => 'd',
            LineAnswer::Deferred(_) => 'l',
            LineAnswer::Asked => '?',
            LineAnswer::Unclear(_) => 'u',
            _ => '-',
        })
        .collect()
}

#[test]
fn each_line_gets_what_the_reply_says_of_it() {
    for (text, expected) in [
        ("do the oil, skip the flush", "ad----"),
        ("yes to 1 and 3 no to 2", "ada---"),
        ("1 & 2 yes", "aa----"),
        ("yes to #2", "-a----"),
        ("numero 2 no, 3 si", "-da---"),
        ("approve 1, 2, and 4", "aa-a--"),
        ("just the front brakes", "ddaddd"),
        ("everything but the tires", "aaaada"),
        ("todo menos las llantas", "aaaada"),
        ("do all of it except the cabin filter", "aaaaad"),
        ("all but 2 and 3", "addaaa"),
        ("nothing but the oil change", "addddd"),
        ("only 2", "dadddd"),
        ("the first one only", "addddd"),
        ("last one no", "-----d"),
        ("do the oil and skip the rest", "addddd"),
        ("front and rear brakes yes", "--aa--"),
        ("both brakes please do", "--aa--"),
        ("hagan el aceite y los frenos delanteros", "a-a---"),
        ("no a las llantas", "----d-"),
        ("las llantas no", "----d-"),
        ("I want the tires but not the flush", "-d--a-"),
        ("oil yes, tires no", "a---d-"),
        ("do the reds skip the yellows", "adad--"),
        ("dont do the tires", "----d-"),
        ("I'll do the filter myself", "-----d"),
        ("yes go ahead and replace the cabin filter", "-----a"),
        ("do 4 tires", "----a-"),
        ("go ahead with #1, is #2 under warranty", "a?----"),
        ("how much for the tires", "----?-"),
        ("can you do the tires today?", "----?-"),
        ("yes do everything", "aaaaaa"),
        ("go ahead", "aaaaaa"),
        ("yes", "aaaaaa"),
        ("no thanks", "dddddd"),
        ("call me", "------"),
        ("42,300 miles", "------"),
        ("see you at 3", "------"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

/// Two brake lines are never guessed between; a refusal holds for both.
#[test]
fn words_that_fit_two_lines_are_said_to_be_unclear() {
    for (text, expected) in [
        ("do the brakes", "--uu--"),
        ("just the brakes", "dduudd"),
        ("solo los frenos", "dduudd"),
        ("si frenos no llantas", "--uud-"),
        ("no brakes", "--dd--"),
        ("brakes next time", "--ll--"),
        ("rear brakes yes", "---a--"),
        ("I just noticed the brakes squeak", "--uu--"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
    assert_eq!(read_lines("do the brakes", &LINES).lines[2], LineAnswer::Unclear("brakes".into()));
}

#[test]
fn a_deferral_keeps_its_words() {
    for (text, line, words) in [
        ("do the tires next time", 4, "next time"),
        ("next oil change do the cabin filter", 5, "next oil change"),
        ("oil now, tires in two weeks", 4, "in two weeks"),
        ("the tires when I get paid", 4, "when i get paid"),
        ("la proxima las llantas", 4, "proxima"),
        ("hold off on the rear brakes until payday", 3, "until payday"),
        ("wait on the tires please", 4, "wait"),
        ("skip the tires for now", 4, "for now"),
        ("maybe the flush next visit", 1, "next visit"),
        ("maybe next month", 0, "next month"),
    ] {
        let answers = read_lines(text, &LINES);
        assert_eq!(answers.lines[line], LineAnswer::Deferred(words.into()), "{text}");
    }
}

#[test]
fn work_that_no_line_offers_is_named_and_nothing_is_guessed() {
    let answers = read_lines("replace the timing belt", &LINES);
    assert!(answers.lines.iter().all(|answer| *answer == LineAnswer::Unsaid), "{answers:?}");
    assert_eq!(answers.unmatched, ["timing belt"]);
    assert_eq!(read_lines("yes to 9", &LINES).unmatched, ["9"]);
}

#[test]
fn nothing_is_approved_by_what_is_no_order() {
    for text in [
        "I just noticed the brakes squeak",
        "please call about the tires",
        "my brakes dont work",
        "I need to know more about the flush",
        "are the tires under warranty",
        "what oil do you use",
        "is it ok to drive with those brakes",
        "yes I got your message about the tires",
        "stop texting me about the brakes",
        "the front brakes were done last year",
        "Loved “Front brakes: 349.90. Reply YES”",
    ] {
        let answers = read_lines(text, &LINES);
        assert!(!answers.lines.contains(&LineAnswer::Approved), "{text}: {answers:?}");
    }
}

#[test]
fn no_lines_and_no_text_are_no_trouble() {
    assert!(read_lines("do it all", &[]).lines.is_empty());
    assert_eq!(said(""), "------");
}

proptest::proptest! {
    #[test]
    fn every_line_gets_one_answer(text in "\\PC{0,60}") {
        proptest::prop_assert_eq!(read_lines(&text, &LINES).lines.len(), LINES.len());
    }

    #[test]
    fn lines_are_read_whatever_they_are_called(name in "\\PC{0,30}", text in "(do|skip|yes) (the )?[a-z0-9]{1,6}( [a-z0-9]{1,6})?") {
        let lines = [OpenLine::new("x", &name)];
        proptest::prop_assert_eq!(read_lines(&text, &lines).lines.len(), 1);
    }
}
