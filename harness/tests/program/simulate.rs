use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Desk;

/// One small store, and three of them.
const ONE: &str = "simulate --vehicles 5 --days 60 --out";
const THREE: &str = "simulate --rooftops 3 --vehicles 4 --days 60 --out";

/// Names of the files in a folder of the desk, in order.
fn files(desk: &Desk, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(desk.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A journal without what is said of the run itself.
fn without_the_run(journal: &str) -> Vec<&str> {
    let lines: Vec<&str> =
        journal.lines().filter(|line| !line.contains("\"stream\":\"simulation/run\"")).collect();
    assert_eq!(journal.lines().count(), lines.len() + 2);
    lines
}

#[test]
fn several_rooftops_are_several_partitions_whatever_the_workers() {
    let desk = Desk::new();
    let one = desk.done(&format!("{THREE} one"));
    let more = desk.done(&format!("{THREE} more --workers 3"));
    assert_eq!(one.out, more.out);
    assert!(one.err.is_empty() && more.err.is_empty(), "{one:?} {more:?}");
    let names = files(&desk, "one");
    assert_eq!(names, files(&desk, "more"));
    assert_eq!(names.iter().filter(|name| name.starts_with("scorecard-")).count(), 6, "{names:?}");
    for name in names.iter().filter(|name| !name.contains(".db")) {
        assert!(desk.bytes(&format!("one/{name}")) == desk.bytes(&format!("more/{name}")), "{name}");
    }

    let mut sellers: Vec<(String, u64)> = Vec::new();
    for line in desk.read("one/journal.jsonl").lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if event["type"] == "simulation_started" {
            assert_eq!(event["data"]["rooftops"], 3);
            let seller = event["partition"].as_str().unwrap().to_owned();
            sellers.push((seller, event["data"]["rooftop"].as_u64().unwrap()));
        }
    }
    assert!(sellers.is_sorted(), "{sellers:?}");
    let mut rooftops: Vec<u64> = sellers.iter().map(|(_, rooftop)| *rooftop).collect();
    rooftops.sort_unstable();
    assert_eq!(rooftops, [0, 1, 2]);
    let truth: Value = serde_json::from_str(&desk.read("one/truth.json")).unwrap();
    for (seller, _) in &sellers {
        assert_eq!(truth[seller]["vehicles"].as_array().unwrap().len(), 4, "{seller}");
        assert!(one.out.contains(&format!("seed 1, {seller}:")), "{}", one.out);
    }
    desk.done("journal verify one/journal.jsonl");
    desk.done("journal replay one/journal.jsonl");
}

#[test]
fn one_rooftop_without_faults_is_the_demo() {
    let desk = Desk::new();
    desk.done(&format!("{ONE} s"));
    desk.done("demo --vehicles 5 --days 60 --out d");
    assert_eq!(files(&desk, "s"), files(&desk, "d"));
    for name in ["journal.jsonl", "truth.json", "scorecard.json", "scorecard.html"] {
        assert!(desk.bytes(&format!("s/{name}")) == desk.bytes(&format!("d/{name}")), "{name}");
    }
}

#[test]
fn each_seed_is_the_run_it_would_be_alone() {
    let desk = Desk::new();
    desk.done(&format!("{ONE} many --seed 5 --seeds 2"));
    assert_eq!(files(&desk, "many"), ["seed-5", "seed-6"]);
    desk.done(&format!("{ONE} alone --seed 6"));
    assert!(desk.bytes("many/seed-6/journal.jsonl") == desk.bytes("alone/journal.jsonl"));
    assert!(desk.bytes("many/seed-5/journal.jsonl") != desk.bytes("alone/journal.jsonl"));
    for seed in [5, 6] {
        desk.done(&format!("journal verify many/seed-{seed}/journal.jsonl"));
    }
}

#[test]
fn under_every_fault_the_promises_hold_for_each_seed() {
    let desk = Desk::new();
    let said = desk.done("simulate --vehicles 10 --days 120 --seed 20 --seeds 3 --faults all --out f");
    assert!(said.err.is_empty(), "something was refused: {said:?}");
    for seed in 20..23 {
        let journal = desk.read(&format!("f/seed-{seed}/journal.jsonl"));
        desk.done(&format!("journal verify f/seed-{seed}/journal.jsonl"));
        desk.done(&format!("journal verify f/seed-{seed}/fixedops.db"));
        desk.done(&format!("journal replay f/seed-{seed}/journal.jsonl"));
        assert!(
            journal.contains("\"faults\":[\"crash\",\"carrier\",\"repeats\",\"late\",\"dms\",\"journal\"]")
        );
        assert!(journal.contains("\"type\":\"write_back_delayed\""), "seed {seed}: the DMS was never down");
    }
}

#[test]
fn p9_a_process_that_dies_again_and_again_changes_only_what_is_said_of_the_run() {
    let desk = Desk::new();
    let size = "simulate --vehicles 12 --days 120 --out";
    let calm = desk.done(&format!("{size} calm"));
    let shaken = desk.done(&format!("{size} shaken --faults crash"));
    assert!(calm.out.contains(": 1 life\n"), "{calm:?}");
    assert!(shaken.out.contains(" lives\n"), "it never died: {shaken:?}");
    let (calm, shaken) = (desk.read("calm/journal.jsonl"), desk.read("shaken/journal.jsonl"));
    assert!(without_the_run(&calm) == without_the_run(&shaken));
    assert!(desk.bytes("calm/truth.json") == desk.bytes("shaken/truth.json"));
    // The scorecard names the journal it was made from by its last hash.
    let [calm, shaken] = ["calm", "shaken"].map(|folder| {
        let mut card: Value = serde_json::from_str(&desk.read(&format!("{folder}/scorecard.json"))).unwrap();
        assert!(card.as_object_mut().unwrap().remove("header").is_some());
        card
    });
    assert!(calm == shaken);
}

#[test]
fn the_store_may_lie_elsewhere() {
    let desk = Desk::new();
    desk.done(&format!("{ONE} here"));
    desk.done(&format!("{ONE} files --store sqlite:kept.db"));
    assert!(desk.path("kept.db").exists() && !desk.path("files/fixedops.db").exists());
    assert!(desk.bytes("here/journal.jsonl") == desk.bytes("files/journal.jsonl"));
    desk.done("journal verify kept.db");
}

#[test]
fn a_finished_run_is_left_as_it_is_and_another_is_refused() {
    let desk = Desk::new();
    let first = desk.done(&format!("{THREE} d"));
    let all: Vec<(String, Vec<u8>)> =
        files(&desk, "d").into_iter().map(|name| (name.clone(), desk.bytes(&format!("d/{name}")))).collect();
    for (name, _) in all.iter().filter(|(name, _)| !name.ends_with(".db")) {
        fs::remove_file(desk.path(&format!("d/{name}"))).unwrap();
    }
    assert_eq!(desk.done(&format!("{THREE} d")).out, first.out);
    for (name, bytes) in all.iter().filter(|(name, _)| !name.starts_with("carrier-")) {
        assert!(desk.bytes(&format!("d/{name}")) == *bytes, "{name}");
    }

    for (case, call, says) in [
        (
            "fewer rooftops",
            "simulate --rooftops 2 --vehicles 4 --days 60 --out d",
            ["3 rooftops", "2 rooftops"],
        ),
        (
            "one rooftop",
            "demo --vehicles 4 --days 60 --out d",
            ["3 rooftops", "asked for seed 1, 4 vehicles"],
        ),
        (
            "more rooftops",
            "simulate --rooftops 4 --vehicles 4 --days 60 --out d",
            ["3 rooftops", "4 rooftops"],
        ),
        (
            "more vehicles",
            "simulate --rooftops 3 --vehicles 5 --days 60 --out d",
            ["4 vehicles", "5 vehicles"],
        ),
        (
            "other faults",
            "simulate --rooftops 3 --vehicles 4 --days 60 --faults late,dms --out d",
            ["faults none", "faults late,dms"],
        ),
        (
            "another seed",
            "simulate --rooftops 3 --vehicles 4 --days 60 --seed 2 --out d",
            ["seed 1", "seed 2"],
        ),
    ] {
        desk.refused(case, call, 2, &says);
        assert!(desk.bytes("d/fixedops.db") == all.iter().find(|(name, _)| name == "fixedops.db").unwrap().1);
    }
}

#[test]
fn a_book_of_a_store_that_is_gone_says_nothing_of_a_new_one() {
    let desk = Desk::new();
    let call = "simulate --vehicles 10 --days 120 --faults carrier --out d";
    desk.done(call);
    let journal = desk.bytes("d/journal.jsonl");
    let book = files(&desk, "d").into_iter().find(|name| name.starts_with("carrier-")).unwrap();
    let taken = desk.bytes(&format!("d/{book}"));
    assert!(String::from_utf8_lossy(&taken).contains("tried"), "the carrier had no trouble");
    fs::remove_file(desk.path("d/fixedops.db")).unwrap();
    desk.done(call);
    assert!(desk.bytes("d/journal.jsonl") == journal);
    assert!(desk.bytes(&format!("d/{book}")) == taken);
}

#[test]
fn a_wrong_call_is_exit_2_and_makes_nothing() {
    let desk = Desk::with(&[("file", "mine")]);
    for (case, call, says) in [
        ("no --out", "simulate", "--out"),
        ("a fault that is none", "simulate --faults rust --out x", "\"rust\" is no fault"),
        ("none with others", "simulate --faults none,late --out x", "\"none\" is no fault"),
        ("an empty list", "simulate --faults crash,,late --out x", "\"\" is no fault"),
        ("no rooftop", "simulate --rooftops 0 --out x", "0"),
        ("no day", "simulate --days 0 --out x", "0"),
        ("no worker", "simulate --workers 0 --out x", "0"),
        ("no seed", "simulate --seeds 0 --out x", "0"),
        ("too many vehicles", "simulate --vehicles 100001 --out x", "100001"),
        ("one store for two runs", "simulate --seeds 2 --store sqlite:s.db --out x", "--store holds one run"),
        ("a store of another kind", "simulate --store postgres://host/db --out x", "only sqlite:PATH"),
        ("a store without its kind", "simulate --store s.db --out x", "only sqlite:PATH"),
        ("a store without a name", "simulate --store sqlite: --out x", "names no file"),
        ("a file for the folder", "simulate --vehicles 1 --days 1 --out file", "is a file, not a folder"),
        ("a file for the demo's folder", "demo --vehicles 1 --days 1 --out file", "is a file, not a folder"),
    ] {
        desk.refused(case, call, 2, &[says]);
    }
    desk.refused(
        "a store where none can be",
        "simulate --vehicles 1 --days 1 --store sqlite:no/where.db --out x",
        1,
        &["cannot open the store"],
    );
    assert_eq!(desk.read("file"), "mine");
    assert_eq!(files(&desk, "x"), Vec::<String>::new());
    assert_eq!(desk.names(), ["file", "x"]);
}

#[test]
fn a_run_of_several_rooftops_killed_again_and_again_ends_as_if_undisturbed() {
    let desk = Desk::new();
    let size = "simulate --rooftops 2 --workers 2 --vehicles 8 --days 90 --out";
    let began = Instant::now();
    desk.done(&format!("{size} whole"));
    let step = began.elapsed() / 12;
    let mut midway = 0;
    for kill in 1..=8_u32 {
        let call = format!("{size} cut");
        let mut child =
            desk.command().args(call.split(' ')).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(step / 2 + Duration::from_millis(3) * kill);
        child.kill().unwrap();
        child.wait().unwrap();
        midway +=
            u32::from(desk.path("cut/fixedops.db").exists() && !desk.path("cut/journal.jsonl").exists());
    }
    assert!(midway > 0, "no kill met a run at work");
    desk.done(&format!("{size} cut"));
    for name in files(&desk, "whole").iter().filter(|name| !name.contains(".db")) {
        assert!(desk.bytes(&format!("cut/{name}")) == desk.bytes(&format!("whole/{name}")), "{name}");
    }
}
