//! The small files people begin with are read without a complaint, but for the rows that show one.

use std::fs;
use std::path::Path;

use crate::Desk;

#[test]
fn every_sample_is_read() {
    let desk = Desk::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), desk.path(entry.file_name().to_str().unwrap())).unwrap();
    }
    for (call, rows, set_aside) in [
        ("estimate --readings readings.csv --queries queries.csv --out o", 7, 1),
        ("clean --readings readings.csv --out o", 10, 1),
        ("track --pings pings.csv --readings readings.csv --out o", 3, 2),
        (
            "due --readings readings.csv --services services.csv --schedule schedule.toml --at 2026-07-15 --out o",
            7,
            1,
        ),
        (
            "due --readings readings.csv --services operations.csv --op-codes op_codes.toml --schedule schedule.toml --schedule pack-crv.toml --vehicles vehicles.csv --countdowns countdowns.csv --due-policy due.toml --at 2026-07-15 --out o",
            7,
            1,
        ),
        ("consent decide --in scenarios.jsonl --out o", 3, 0),
        ("consent classify --in replies.csv --out o", 5, 0),
    ] {
        let said = desk.done(call);
        assert_eq!(said.last(), format!("set aside: {set_aside}"), "{call}");
        assert_eq!(desk.read("o").lines().count(), rows, "{call}");
    }
    desk.done("consent list build --in dnc.txt --as-of 2026-11-01 --out l.dnc");
    desk.done("consent list apply --list l.dnc --changes dnc_changes.txt --as-of 2026-11-03 --out l.dnc");
    let said = desk.done("consent list check --list l.dnc --in numbers.csv --today 2026-11-29 --out o");
    assert_eq!(
        said.err,
        "numbers.csv:6: phone: neither ten digits nor 1 and ten digits\nnational list as of 2026-11-03: 2 of 5 listed\nset aside: 1\n"
    );
    let said = desk.done("journal verify journal.jsonl");
    assert!(said.out.contains("the chain holds"), "{said:?}");
    desk.done("journal import journal.jsonl --store s.db");
    desk.done("journal export s.db --out again.jsonl");
    assert_eq!(desk.bytes("again.jsonl"), desk.bytes("journal.jsonl"));
    let said = desk.done("attribute verify receipts.jsonl");
    assert!(said.out.contains("4 receipts in 4 chains"), "{said:?}");
    let said = desk.done("journal replay journal.jsonl");
    assert!(said.out.contains("every hash the same"), "{said:?}");
    let said = desk.done("consent verify proof_bundle.json");
    assert!(
        said.out.contains("every link holds") && said.out.contains("3 of their decisions taken again"),
        "{said:?}"
    );
}
