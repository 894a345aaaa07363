//! Names, numbers and addresses of customers stay in the person store.

use crate::Desk;

/// What the simulated customers are called and reached by; the dealer's own number is no secret.
const CUSTOMERS: [&str; 14] = [
    "Avery",
    "Blake",
    "Casey",
    "Devon",
    "Emery",
    "Finley",
    "Gray",
    "Harper",
    "Indigo",
    "Jules",
    "(404) 555-01",
    "+140455501",
    "40455501",
    "@mail.example",
];

#[test]
fn nothing_the_demo_prints_or_journals_names_a_customer() {
    let desk = Desk::new();
    let said = desk.done("demo --out d --vehicles 10 --days 120");
    // All that is written but the store itself, which holds the persons.
    let mut shown = vec![("standard output", said.out), ("standard error", said.err)];
    for name in ["journal.jsonl", "carrier.jsonl"] {
        shown.push((name, desk.read(&format!("d/{name}"))));
    }
    for (place, text) in &shown {
        for word in CUSTOMERS {
            assert!(!text.contains(word), "{word} is in {place}");
        }
        // Their words neither.
        assert!(!text.contains("How much is that"), "a reply is in {place}");
    }
    // The words looked for are those of this world: the store holds them.
    let store = desk.bytes("d/fixedops.db");
    for word in ["Avery", "+140455501", "@mail.example"] {
        assert!(
            store.windows(word.len()).any(|window| window == word.as_bytes()),
            "{word} is nowhere at all"
        );
    }
}
