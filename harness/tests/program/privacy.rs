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

/// Whether a number as carriers write it stands there, of whatever area.
fn telephone(text: &str) -> bool {
    text.split("+1").skip(1).any(|rest| rest.chars().take(10).filter(char::is_ascii_digit).count() == 10)
}

#[test]
fn nothing_the_demo_prints_or_journals_names_a_customer() {
    let desk = Desk::new();
    let said = desk.done("demo --out d --vehicles 10 --days 120");
    // All that is written but the store itself, which holds the persons.
    let mut shown = vec![("standard output".to_owned(), said.out), ("standard error".to_owned(), said.err)];
    for file in std::fs::read_dir(desk.path("d")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.starts_with("fixedops.db") {
            shown.push((name.clone(), desk.read(&format!("d/{name}"))));
        }
    }
    for wanted in ["journal.jsonl", "scorecard.html", "scorecard.json", "truth.json"] {
        assert!(shown.iter().any(|(name, _)| name == wanted), "{wanted} is not there to be looked at");
    }
    for (place, text) in &shown {
        for word in CUSTOMERS {
            assert!(!text.contains(word), "{word} is in {place}");
        }
        assert!(!telephone(text), "a telephone number is in {place}");
        // Their words neither.
        assert!(!text.contains("How much is that"), "a reply is in {place}");
    }
    // The words looked for are those of this world: the store holds them.
    let store = desk.bytes("d/fixedops.db");
    let holds = |word: &str| store.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(CUSTOMERS.iter().take(10).any(|name| holds(name)), "no customer has a name");
    assert!(holds("@mail.example"));
    assert!(telephone(&String::from_utf8_lossy(&store)), "no customer has a telephone");
}
