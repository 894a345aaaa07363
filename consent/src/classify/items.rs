//! Items of work named in a reply.

use super::grammar::Grammar;
use super::text::Reduced;
use super::words::WordId;
use super::{Item, Mention};

/// Words for work, as the grammar's class @item has them, in the form an inspection line would use.
const ITEMS: &[(&str, &str)] = &[
    ("brake", "brakes"),
    ("brakes", "brakes"),
    ("frenos", "brakes"),
    ("pads", "brake_pads"),
    ("rotors", "rotors"),
    ("tire", "tires"),
    ("tires", "tires"),
    ("llantas", "tires"),
    ("alignment", "alignment"),
    ("battery", "battery"),
    ("bateria", "battery"),
    ("filter", "filter"),
    ("filters", "filter"),
    ("filtro", "filter"),
    ("flush", "flush"),
    ("fluid", "fluid"),
    ("fluids", "fluid"),
    ("wiper", "wipers"),
    ("wipers", "wipers"),
    ("limpiadores", "wipers"),
    ("belt", "belt"),
    ("belts", "belt"),
    ("struts", "struts"),
    ("shocks", "shocks"),
    ("oil", "oil"),
    ("aceite", "oil"),
    ("transmission", "transmission"),
    ("coolant", "coolant"),
    ("plugs", "spark_plugs"),
    ("rotation", "rotation"),
    ("reds", "red"),
    ("red", "red"),
    ("yellows", "yellow"),
    ("yellow", "yellow"),
];

const DECLINING: &[&str] = &[
    "no", "skip", "not", "dont", "pass", "hold", "wait", "decline", "without", "forget", "cant", "wont",
    "nix",
];
const APPROVING: &[&str] = &[
    "yes", "do", "just", "only", "approve", "replace", "fix", "go", "ok", "si", "hagan", "solo", "yep",
    "yeah", "add",
];

/// Every item in the order of the text; each takes the nearest word before it that approves or declines, in its clause.
pub(super) fn named(reduced: &Reduced, grammar: &Grammar) -> Vec<Item> {
    let mut items: Vec<Item> = vec![];
    for clause in reduced.clauses() {
        let mut mention = Mention::Named;
        let mut number_next = false;
        for word in clause {
            let text = if word.id == WordId::UNKNOWN { reduced.text(word) } else { grammar.words.text(word.id) };
            if DECLINING.contains(&text) {
                mention = Mention::Declined;
            } else if APPROVING.contains(&text) && !(text == "do" && mention == Mention::Declined) {
                mention = Mention::Approved;
            }
            let number = number_next && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            number_next =
                text == "#" || (number_next && text == "and") || (mention != Mention::Named && !number);
            let name = if number {
                Some(text)
            } else {
                ITEMS.iter().find(|(word, _)| *word == text).map(|(_, name)| *name)
            };
            if let Some(name) = name.filter(|name| !items.iter().any(|item| item.name == *name)) {
                items.push(Item { name: name.to_owned(), mention });
            }
        }
    }
    items
}
