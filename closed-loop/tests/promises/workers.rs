//! Several workers on one journal: where two meet, the journal's versions decide.

use std::sync::Arc;

use chrono::TimeDelta;
use fixedops_closed_loop::{Happened, Inbound, LoopErrorKind, ReadingRecorded};
use fixedops_connectors_traits::MemoryJournal;
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_odometer_core::ReadingKind;
use fixedops_vocab::{DistanceUnit, RawOdometer, Scope};
use futures_lite::future::block_on;

use crate::judge::{conserved, holds};
use crate::outside::held;
use crate::story::{Driver, Story, World, id};

/// Cars that are due, in as many households, and in one.
const CARS: usize = 12;

/// Two workers turn at once while readings and a STOP come in through either.
fn two_workers(worlds: [World; 2]) {
    let mut story = Story::driven(worlds[0].clone(), Driver::BlockOn);
    // Both hand over to one carrier, which keeps its promise to bring a key out once.
    *held(&story.world.carrier.once) = true;
    story.store();
    for n in 0..CARS {
        let (person, household) = (format!("p{n:02}"), format!("h{}", n / 2));
        story.owner(&person, &household, &format!("+140455503{n:02}"));
        story.due_car(&format!("c{n:02}"), &person);
    }
    let stop = story.revocation("+14045550303", Scope::All);
    let start = story.now;
    std::thread::scope(|scope| {
        for (worker, world) in worlds.iter().enumerate() {
            let (engine, stop) = (world.engine(), stop.clone());
            scope.spawn(move || {
                for day in 0..40_i64 {
                    let now = start + TimeDelta::days(day);
                    handled(|| block_on(engine.turn(now, 1_000)).map(drop));
                    let car = (usize::try_from(day).unwrap() + worker) % CARS;
                    let reading = ReadingRecorded {
                        key: format!("worker/{worker}/{day}"),
                        vehicle: id(&format!("c{car:02}")),
                        odometer: RawOdometer::parse(&(47_700 + day * 60).to_string(), DistanceUnit::Miles)
                            .unwrap(),
                        kind: ReadingKind::Reported,
                        occurred_at: now,
                        source: "repair_order".to_owned(),
                        wake_at: fixedops_closed_loop::Alarm::Keep,
                    };
                    let reading = Inbound::new(Happened::ReadingRecorded(reading), Vec::new()).unwrap();
                    handled(|| block_on(engine.ingest(&reading, now)).map(drop));
                    if day == 3 {
                        // Both are told of the same STOP.
                        let stop = Inbound::new(stop.clone(), Vec::new()).unwrap();
                        handled(|| block_on(engine.ingest(&stop, now)).map(drop));
                    }
                }
            });
        }
    });
    story.now = start + TimeDelta::days(60);
    story.turn();

    holds(&story.world);
    let events = story.events();
    let outcomes = conserved(&events);
    assert_eq!(outcomes.len(), CARS, "each service came due once, whoever saw it first");
    assert_eq!(story.count("consent_revoked"), 1, "the STOP was taken in once");
    assert_eq!(story.count("reading_recorded"), CARS * 4 + 80);
    let sent = outcomes.values().filter(|outcome| *outcome == "sent").count();
    assert_eq!(sent, CARS, "every first text went out before the STOP");
    // What the carrier has is what the journal says.
    assert_eq!(story.world.carrier.out().len(), story.count("touch_sent"));
}

/// What is left of conflicts is only that others were first every time: then it is done again.
fn handled(work: impl Fn() -> Result<(), fixedops_closed_loop::LoopError>) {
    for _ in 0..100 {
        match work() {
            Err(error) if error.kind() == LoopErrorKind::Contended => {}
            answer => return answer.unwrap(),
        }
    }
    panic!("never got through");
}

#[test]
fn workers_two_on_one_journal_in_memory_break_no_promise() {
    let world = World::over(MemoryJournal::new());
    two_workers([world.clone(), world]);
}

#[test]
fn workers_two_on_one_sqlite_file_break_no_promise() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    let one = World::over(SqliteJournal::open(&path).unwrap());
    // Each its own connection, as two processes have.
    let journal = Arc::new(SqliteJournal::open(&path).unwrap());
    let mut two = one.clone();
    two.journal = Arc::clone(&journal) as _;
    two.persons = journal;
    two_workers([one, two]);
}
