//! `fixedops plan`.

use super::Desk;

const BROKEN: &str = include_str!("../../../recovery/plans/declined_recovery_warm.toml");

#[test]
fn every_shipped_plan_is_a_line_and_every_message_of_each_is_shown_in_both_languages() {
    let desk = Desk::new();
    let listed = desk.done("plan list").out;
    let plans: Vec<&str> = listed.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(plans.len(), 17, "{listed}");
    assert_eq!(
        desk.done("plan list --all").out.lines().filter(|line| line.contains("\tretired\t")).count(),
        2
    );
    for line in listed.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [version, _, _, _, touches] = cells[..] else { panic!("{line}") };
        for language in ["en", "es"] {
            for spare in ["", " --spare"] {
                let call = format!("plan preview {version} --language {language}{spare} --svg p.svg");
                let said = desk.done(&call).out;
                for touch in touches.split(", ") {
                    assert!(said.contains(&format!("--- {touch} · ")), "{call}: {touch}\n{said}");
                }
                assert!(!said.contains("{{") && !said.contains("None"), "{said}");
            }
        }
        let drawn = desk.read("p.svg");
        for touch in touches.split(", ") {
            assert!(drawn.contains(&format!("{touch} · ")), "{version}: {touch} is not in the picture");
        }
        assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
    }
    let english = desk.done("plan preview mileage_due").out;
    let spanish = desk.done("plan preview mileage_due --language es").out;
    assert!(english.contains("Reply STOP to opt out") && spanish.contains("STOP") && english != spanish);
}

#[test]
fn a_plan_is_shown_with_the_reason_for_each_touch() {
    let desk = Desk::new();
    let said = desk.done("plan show declined_recovery").out;
    for words in [
        "declined_recovery_30_60_90_120/2 (declined_recovery, opened by decline)",
        "day-30-sms: 30 days after, sms for marketing, words declined_photo, 10 % off that line",
        "A month on, the money may be there",
        "day-90-call: 90 days after, live_call for marketing, words declined_call, with a slot to offer",
        "ends after 127 days",
        "declined for trust: hands it to a person",
        "takes over the open cases of declined_recovery_30_60_90_120/1",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(desk.done("plan show inspection_delivery").out.contains("to be out within 5 minutes"));
    desk.refused("nobody's", "plan show winter_sale", 2, &["no plan \"winter_sale\"", "mileage_due/2"]);
}

#[test]
fn a_broken_plan_is_named_by_line_and_the_others_are_looked_at_too() {
    let desk = Desk::new();
    let said = desk.done("plan lint").out;
    assert!(said.contains("19 plans hold, 0 do not"), "{said}");
    desk.put("good.toml", BROKEN.replacen("declined_recovery_warm/1", "own/1", 1));
    desk.put("bad.toml", BROKEN.replacen("day = 60", "day = 95", 1));
    desk.put("torn.toml", "version = ");
    desk.done("plan lint good.toml");
    desk.refused(
        "two of three",
        "plan lint bad.toml good.toml torn.toml",
        1,
        &[
            "bad.toml: line ",
            "touch \"day-90-call\", field day: cannot be reached: the touch before it is due 95 days after",
            "torn.toml: line 1: ",
        ],
    );
    desk.refused("no file", "plan lint nowhere.toml", 1, &["nowhere.toml: "]);
}
