//! The pages in a real browser: a telephone and a desk, light and dark, and on paper.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "in tests a panic is the way to fail"
)]

mod chromium;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chromium::{Chromium, View};
use serde_json::Value;
use tempfile::TempDir;

const LOOK: &str = include_str!("look.js");
const PHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1280, 900);

/// What there is to say against a page as it is open now.
fn look(browser: &mut Chromium, view: View) -> (Vec<String>, Value) {
    let said = browser.evaluate(LOOK);
    let mut faults: Vec<String> =
        said["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect();
    if said["width"] != view.width || said["dark"] != view.dark {
        faults.push(format!("not looked at as {view:?}"));
    }
    faults.extend(browser.heard());
    (faults, said)
}

/// A page that is as it should be at both widths, in both schemes and on paper; `sections` stand on it in this order.
fn stands(page: &Path, sections: &[&str]) {
    stands_with(page, sections, [20, 5, 5, 200], 3);
}

/// The same of a page with so many figures, charts, tables and texts in charts at least, on so many sheets.
fn stands_with(page: &Path, sections: &[&str], least: [u64; 4], least_sheets: usize) {
    let mut browser = Chromium::start();
    let mut backgrounds = Vec::new();
    for (width, height) in [PHONE, DESK] {
        for dark in [false, true] {
            let view = View { width, height, dark, print: false };
            browser.open(page, view);
            keep(page, &format!("{width}-{}.png", if dark { "dark" } else { "light" }), || browser.picture());
            let (faults, said) = look(&mut browser, view);
            assert!(faults.is_empty(), "{view:?}:\n{}", faults.join("\n"));
            assert_eq!(said["sections"], serde_json::json!(sections), "{view:?}");
            for (what, least) in ["figures", "charts", "tables", "texts"].into_iter().zip(least) {
                assert!(said[what].as_u64().unwrap() >= least, "{view:?}: {} {what}", said[what]);
            }
            backgrounds.push(said["background"].as_str().unwrap().to_owned());
        }
    }
    assert_ne!(backgrounds[0], backgrounds[1], "light and dark look the same");

    // Paper: nothing stays folded, a dark screen prints light, and there is something on it.
    let view = View { width: DESK.0, height: DESK.1, dark: true, print: true };
    browser.open(page, view);
    let said = browser.evaluate(LOOK);
    assert_eq!(said["folded"], 0, "folded on paper");
    assert!(said["foldedInAll"].as_u64().unwrap() > 0);
    assert_eq!(said["background"], backgrounds[0].as_str(), "dark on paper");
    for (paper, width, height) in [("letter", 8.5, 11.0), ("a4", 8.27, 11.69)] {
        let pdf = browser.print(width, height);
        assert!(pdf.starts_with(b"%PDF-"));
        let sheets = sheets(&pdf);
        assert!((least_sheets..=40).contains(&sheets), "{paper}: {sheets} sheets");
        keep(page, &format!("{paper}.pdf"), || pdf);
    }
}

/// Keeps a picture for a person to look at, where a folder for them is named.
fn keep(page: &Path, name: &str, picture: impl FnOnce() -> Vec<u8>) {
    if let Some(folder) = std::env::var_os("FIXEDOPS_PICTURES") {
        let stem = page.file_stem().unwrap().to_string_lossy();
        fs::write(PathBuf::from(folder).join(format!("{stem}-{name}")), picture()).unwrap();
    }
}

fn sheets(pdf: &[u8]) -> usize {
    let kind = b"/Type /Page";
    let ends = |at: usize| pdf.get(at + kind.len()).is_some_and(|next| !next.is_ascii_alphanumeric());
    pdf.windows(kind.len()).enumerate().filter(|(at, window)| window == kind && ends(*at)).count()
}

#[test]
fn the_look_finds_what_is_wrong_with_a_page() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("bad.html");
    fs::write(&page, include_str!("bad.html")).unwrap();
    let mut browser = Chromium::start();
    let view = View { width: PHONE.0, height: PHONE.1, dark: false, print: false };
    browser.open(&page, view);
    let (faults, said) = look(&mut browser, view);
    for fault in [
        "the page is 900 wide in a window of 390",
        "heading \"Skipped\" skips a level",
        "section nameless has no heading of its own",
        "id twice stands twice",
        "link https://dealer.example/ leads nowhere",
        "a table without a caption",
        "th without scope",
        "a row of 1 cells under 2 heads",
        "figure lonely has no definition",
        "figure lonely has no base in sight",
        "figure lonely has no value",
        "a chart without a text alternative",
        "a chart without a caption",
        "\"out of it\" runs out of its chart",
        "\"one\" runs into \"two\"",
        "\"tiny\" is 4.0 px small",
        "contrast 1.61 of rgb(204, 204, 204), 4.5 needed",
        "asked for http://127.0.0.1:9/pixel.png",
        "console: ",
    ] {
        assert!(
            faults.iter().any(|found| found.contains(fault)),
            "not found: {fault}\n{}",
            faults.join("\n")
        );
    }
    assert_eq!(said["folded"], 1);
}

const SCORECARD: [&str; 14] = [
    "in-short",
    "came-due",
    "funnel",
    "dollars",
    "messages",
    "declined",
    "inspections",
    "relevance",
    "mileage",
    "reach",
    "weeks",
    "progress",
    "store",
    "computed-from",
];

#[test]
fn the_scorecard_of_the_demo_stands() {
    let folder = TempDir::new().unwrap();
    let call = ["demo", "--vehicles", "40", "--days", "150", "--out"];
    let said = Command::new(env!("CARGO_BIN_EXE_fixedops")).args(call).arg(folder.path()).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    stands(&folder.path().join("scorecard.html"), &SCORECARD);
    // And the same store's click report.
    let page = folder.path().join("clicks.html");
    let mut call = Command::new(env!("CARGO_BIN_EXE_fixedops"));
    call.arg("clicks").arg(folder.path().join("fixedops.db")).arg("--html");
    let said = call.arg(&page).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    stands_with(&page, &["in-short", "leads", "waiting", "others", "computed-from"], [5, 1, 2, 7], 1);
}

const AUDIT: [&str; 11] = [
    "in-short",
    "path",
    "ladder",
    "vehicles",
    "intervals",
    "reach",
    "declined",
    "faults",
    "measures",
    "read",
    "computed-from",
];

#[test]
fn the_audit_of_the_sample_store_stands() {
    let folder = TempDir::new().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-store");
    let call = ["audit", sample, "--out"];
    let said = Command::new(env!("CARGO_BIN_EXE_fixedops")).args(call).arg(folder.path()).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    stands(&folder.path().join("audit.html"), &AUDIT);
}
