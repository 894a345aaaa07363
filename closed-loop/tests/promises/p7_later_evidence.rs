//! Promise 7, when evidence comes later: a credit moves whole, and where it ends does not depend on what was told first.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fixedops_closed_loop::{CreditAssigned, Happened, RoClosed};
use fixedops_connectors_traits::Event;
use fixedops_vocab::PayType;

use crate::judge::holds_and_replays;
use crate::story::{ANNA, Line, OIL, Story, id};

/// Anna was told that her oil service is due, and two orders of hers are still to be told.
fn told() -> Story {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(story.count("touch_sent"), 1);
    story.days(20);
    story
}

fn closing(story: &mut Story, ro: &str, day: &str, voided: bool, lines: &[Line<'_>]) -> RoClosed {
    let mut closed = story.closing("v1", ro, day, Some("47900"), lines);
    closed.voided = voided;
    closed
}

fn tell(story: &mut Story, closed: RoClosed) {
    story.tell(Happened::RoClosed(closed));
    story.turn();
    story.now += TimeDelta::minutes(7);
}

/// Dollars in force by order and line.
fn in_force(events: &[Event]) -> BTreeMap<(String, String), String> {
    let mut credits = BTreeMap::new();
    for event in events {
        let text = |key: &str| event.data[key].as_str().unwrap().to_owned();
        match event.event_type.as_str() {
            "credit_assigned" => {
                let before = credits.insert((text("ro"), text("line")), text("amount"));
                assert_eq!(before, None, "a line has one credit");
            }
            "credit_reversed" => {
                let before = credits.remove(&(text("ro"), text("line")));
                assert_eq!(before, Some(text("amount")), "what is reversed was in force");
            }
            _ => {}
        }
    }
    credits
}

#[test]
fn p7_a_voided_order_gives_its_credit_up_and_the_next_one_gets_it_in_the_same_batch() {
    let mut story = told();
    let first = closing(&mut story, "R-1", "2026-12-05", false, &[OIL]);
    tell(&mut story, first);
    let second =
        closing(&mut story, "R-2", "2026-12-15", false, &[("1", "LOF", 7_500, PayType::CustomerPay)]);
    tell(&mut story, second);
    let of = |ro: &str, line: &str| (ro.to_owned(), line.to_owned());
    assert_eq!(in_force(&story.events()), [(of("R-1", "1"), "89.95".to_owned())].into());

    let voided = closing(&mut story, "R-1", "2026-12-05", true, &[OIL]);
    tell(&mut story, voided);
    assert_eq!(in_force(&story.events()), [(of("R-2", "1"), "75.00".to_owned())].into());
    let [reversed] = &story.of("credit_reversed")[..] else { panic!("one reversal") };
    let assigned = story.of("credit_assigned").pop().unwrap();
    assert_eq!((&reversed.data["ro"], &assigned.data["ro"]), (&"R-1".into(), &"R-2".into()));
    assert_eq!(reversed.at, assigned.at, "both are told at once");
    let between = story.events().into_iter().filter(|event| {
        (reversed.position.min(assigned.position)..=reversed.position.max(assigned.position))
            .contains(&event.position)
    });
    for event in between {
        let kind = event.event_type.to_string();
        assert!(
            kind.starts_with("credit_") || kind.starts_with("write_back_") || kind == "ro_attributed",
            "{kind} stands between what was taken and what was given"
        );
    }
    holds_and_replays(&story.world);
}

#[test]
fn p7_the_credits_in_force_do_not_depend_on_what_was_told_first() {
    const ORDERS: [(&str, &str, bool, &[Line<'_>]); 4] = [
        ("R-1", "2026-12-05", false, &[OIL]),
        (
            "R-2",
            "2026-12-09",
            false,
            &[("1", "LOF", 7_500, PayType::CustomerPay), ("2", "DISC", -1_000, PayType::CustomerPay)],
        ),
        ("R-3", "2026-12-12", false, &[("1", "COOL", 19_900, PayType::CustomerPay)]),
        // The first one, once more: it was voided.
        ("R-1", "2026-12-05", true, &[OIL]),
    ];
    // Every order in which four records can come in which the two of R-1 keep theirs.
    let mut expected = None;
    for sequence in [
        [0, 3, 1, 2],
        [0, 1, 3, 2],
        [0, 1, 2, 3],
        [0, 2, 1, 3],
        [0, 2, 3, 1],
        [0, 3, 2, 1],
        [1, 0, 3, 2],
        [1, 0, 2, 3],
        [1, 2, 0, 3],
        [2, 0, 3, 1],
        [2, 0, 1, 3],
        [2, 1, 0, 3],
    ] {
        let mut story = told();
        for place in sequence {
            let (ro, day, voided, lines) = ORDERS[place];
            let closed = closing(&mut story, ro, day, voided, lines);
            tell(&mut story, closed);
        }
        let found = in_force(&story.events());
        assert!(!found.is_empty());
        assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "told as {sequence:?}");
        holds_and_replays(&story.world);
    }
    let told = expected.unwrap().into_iter();
    let lines: Vec<_> = told.map(|((ro, line), amount)| format!("{ro} {line} {amount}")).collect();
    assert_eq!(lines, ["R-2 1 65.00"], "less what the order's discount left");
}

#[test]
fn p7_the_receipt_of_declined_work_says_where_and_at_which_price_it_was_declined() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.declines("v1", "R-1", "9");
    story.days(31);
    assert_eq!(story.count("touch_sent"), 1);
    let today = story.now.format("%Y-%m-%d").to_string();
    story.days(1);
    let tomorrow = story.now.format("%Y-%m-%d").to_string();
    assert!(tomorrow > today);
    story.order("v1", "R-2", &tomorrow, Some("40100"), &[("1", "BRKF", 12_900, PayType::CustomerPay)]);
    story.days(1);
    let [event] = &story.of("credit_assigned")[..] else { panic!("one credit") };
    let Some(Happened::CreditAssigned(CreditAssigned { credit, .. })) = Happened::read(event).unwrap() else {
        panic!("a credit");
    };
    credit.receipt.verify().unwrap();
    let declined = credit.receipt.body.trigger.declined.as_ref().expect("it says so");
    assert_eq!((declined.ro.as_str(), declined.line.as_str()), ("R-1", "9"));
    assert_eq!(declined.price, Some(id("149.00 USD")));
    holds_and_replays(&story.world);
}
