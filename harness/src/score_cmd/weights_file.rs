//! Weights as a file that reads back.

use std::fmt::Write as _;

use fixedops_mpi_score::{Curve, WeightsDraft};

/// The text of a weights file; its first line says where it comes from.
pub fn written(draft: &WeightsDraft, about: &str) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, draft, about);
    text
}

fn write(text: &mut String, draft: &WeightsDraft, about: &str) -> std::fmt::Result {
    // A JSON string is a TOML string, but for the one control character JSON leaves as it is.
    let quoted = |words: &str| {
        serde_json::to_string(words).unwrap_or_else(|_| "\"\"".to_owned()).replace('\u{7f}', "\\u007f")
    };
    writeln!(text, "# {about} Shares are ten-thousandths.")?;
    writeln!(text, "version = {}", quoted(draft.version.as_str()))?;
    writeln!(text, "effective = \"{}\"", draft.effective)?;
    writeln!(text, "source = {}", quoted(&draft.source))?;
    writeln!(text, "above_fold = {}", draft.above_fold)?;
    writeln!(text, "safety_floor = {}", draft.safety_floor)?;
    writeln!(text, "other_section = {}", draft.other_section)?;
    writeln!(text, "other_floor_on_red = {}", draft.other_floor_on_red)?;
    let (parts, code) = (&draft.parts, &draft.code);
    writeln!(text, "\n[parts]\nsafety = {}\nhistory = {}\nfit = {}", parts.safety, parts.history, parts.fit)?;
    writeln!(text, "\n[code]\ngreen = {}\nyellow = {}\nred = {}", code.green, code.yellow, code.red)?;
    for section in &draft.section {
        writeln!(text, "\n[[section]]\nname = {}", quoted(&section.name))?;
        writeln!(text, "danger = {}\nfloor_on_red = {}", section.danger, section.floor_on_red)?;
    }
    for limit in &draft.limit {
        writeln!(text, "\n[[limit]]\nname = {}\nunit = \"{}\"", quoted(&limit.name), limit.unit.as_str())?;
        if let Some(section) = &limit.section {
            writeln!(text, "section = {}", quoted(section))?;
        }
        writeln!(text, "fresh = {:?}\ncaution = {:?}", limit.fresh, limit.caution)?;
        writeln!(text, "limit = {:?}\nmost = {:?}\nleast = {:?}", limit.limit, limit.most, limit.least)?;
        writeln!(text, "floor = {}", limit.floor)?;
        writeln!(text, "source = {}\nconfidence = {}", quoted(&limit.source), quoted(&limit.confidence))?;
    }
    let h = &draft.history;
    writeln!(text, "\n[history]\nmiles_weight = {}\nmiles = {}", h.miles_weight, table(&h.miles))?;
    writeln!(text, "missed_weight = {}\nmissed = {}", h.missed_weight, table(&h.missed))?;
    writeln!(text, "declined_weight = {}\ndeclined = {}", h.declined_weight, table(&h.declined))?;
    let f = &draft.fit;
    writeln!(text, "\n[fit]\nspend_weight = {}\nspend = {}", f.spend_weight, table(&f.spend))?;
    writeln!(text, "visits_weight = {}\nvisits = {}", f.visits_weight, table(&f.visits))?;
    writeln!(text, "warranty_weight = {}\nfinancing_weight = {}", f.warranty_weight, f.financing_weight)?;
    writeln!(text, "price_weight = {}\nprice = {}", f.price_weight, table(&f.price))
}

fn table(curve: &Curve) -> String {
    let rows: Vec<String> = curve.rows().iter().map(|(x, y)| format!("[{x}, {}]", y.get())).collect();
    format!("[{}]", rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixedops_mpi_score::Weights;

    #[test]
    fn what_is_written_reads_back() {
        let mut draft = Weights::shipped().table().clone();
        draft.source = "a \"quoted\" word\nand a second line \\ of it".to_owned();
        let read = Weights::from_toml(&written(&draft, "A test's.")).unwrap();
        assert_eq!(*read.table(), draft);
    }
}
