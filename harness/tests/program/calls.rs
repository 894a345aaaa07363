//! Help is exit 0, a wrong call exit 2, work that failed exit 1.

use crate::Desk;

const COMMANDS: [&str; 40] = [
    "demo",
    "simulate",
    "audit",
    "backtest",
    "extract",
    "estimate",
    "clean",
    "track",
    "due",
    "consent",
    "consent decide",
    "consent classify",
    "consent list",
    "consent list build",
    "consent list apply",
    "consent list check",
    "consent list verify",
    "plan",
    "plan list",
    "plan lint",
    "plan show",
    "plan preview",
    "score",
    "score validate",
    "score fit",
    "score drift",
    "inspection",
    "inspection show",
    "inspection review",
    "scorecard",
    "clicks",
    "attribute",
    "attribute credits",
    "attribute verify",
    "journal",
    "journal export",
    "journal import",
    "journal verify",
    "journal repair",
    "journal replay",
];

#[test]
fn help_is_there_for_every_command() {
    let desk = Desk::new();
    let top = desk.done("--help");
    for command in COMMANDS {
        let said = desk.done(&format!("{command} --help"));
        assert!(said.out.contains("Usage: fixedops"), "{command}: {said:?}");
        assert!(said.err.is_empty(), "{command}: {said:?}");
        assert!(top.out.contains(command.split(' ').next().unwrap()), "{command} is not in the list");
    }
    // And the list names none that is not tested here.
    let listed =
        top.out.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for command in listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        assert!(COMMANDS.contains(&command), "{command} is not tested");
    }
    assert!(desk.done("--version").out.starts_with("fixedops "));
}

#[test]
fn a_wrong_call_is_exit_2_and_does_nothing() {
    let desk = Desk::with(&[("r.csv", "vehicle_id,date,odometer,unit\n")]);
    for (case, call) in [
        ("an unknown command", "forecast"),
        ("an unknown flag", "clean --readings r.csv --out o.csv --loud"),
        ("no --out", "clean --readings r.csv"),
        ("no --readings", "clean --out o.csv"),
        ("no --in", "score --out o.jsonl"),
        ("nobody's judgement", "score validate --inspections i.jsonl"),
        ("no subcommand of consent", "consent"),
        ("no subcommand of inspection", "inspection"),
        ("no order", "inspection show s.db"),
        ("an order that is none", "inspection show s.db --ro="),
        ("rows for payroll nobody pays", "inspection review s.db --payroll p.csv"),
        ("no subcommand of attribute", "attribute"),
        ("no receipts", "attribute verify"),
        ("no subcommand of journal", "journal"),
        ("no subcommand of plan", "plan"),
        ("a plan nobody has", "plan show winter_sale"),
        ("a language without words", "plan preview recall --language fr"),
        ("a list of no day", "consent list build --in r.csv --out l.dnc"),
        ("a day that is none", "consent list build --in r.csv --as-of 2026-02-30 --out l.dnc"),
        (
            "a kind that is none",
            "consent list build --in r.csv --as-of 2026-02-28 --kind state:ZZ --out l.dnc",
        ),
        ("no vehicles", "demo --vehicles 0"),
        ("a seed that is none", "demo --seed first"),
        ("a folder for a file", "clean --readings r.csv --out ."),
        ("a store for a journal file", "journal export r.csv"),
    ] {
        desk.refused(case, call, 2, &[]);
    }
    let said = desk.command().output().unwrap();
    assert_eq!(said.status.code(), Some(2), "no command at all");
    assert_eq!(desk.names(), ["r.csv"]);
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let desk = Desk::new();
    desk.put("journal.jsonl", include_bytes!("../../samples/journal.jsonl"));
    for call in
        ["journal verify journal.jsonl", "demo --vehicles 1 --days 5 --out d", "journal verify nowhere.jsonl"]
    {
        let mut child = desk
            .command()
            .args(call.split(' '))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        let status = child.wait().unwrap();
        let asked = if call.ends_with("nowhere.jsonl") { Some(1) } else { Some(0) };
        assert_eq!(status.code(), asked, "{call}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_makes_the_work_fail() {
    let desk = Desk::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status =
        desk.command().args(["simulate", "--seeds", "1", "--vehicles", "5"]).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
