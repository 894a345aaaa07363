//! What must be said before any answer: that the extract was read only in part, or not as it is meant.

use super::answer::{Audit, FileRead};
use super::fault::FaultKind;
use super::policy::DoubtPolicy;
use super::record::ExtractFile;
use super::words::number;

/// Fields of the repair orders without which an answer is missing, and the answer.
const NEEDED: [(&str, &str, &str); 5] = [
    ("vin", "the VIN", "no car can be followed"),
    ("mileage", "the mileage", "nothing is due by miles"),
    ("customer", "the customer number", "nobody can be reached"),
    ("operations", "the operation codes", "no service is known to be done"),
    ("customer_pay", "what the customer paid", "no dollars can be said"),
];

fn orders(audit: &Audit) -> Option<&FileRead> {
    audit.read.files.iter().find(|file| file.file == ExtractFile::RepairOrders)
}

/// Fields whose column was not found, with what it is in words.
pub(super) fn without_column(audit: &Audit) -> Vec<(&'static str, &'static str, &'static str)> {
    let absent = |field: &str| {
        orders(audit).is_some_and(|file| file.absent_fields.iter().any(|absent| absent == field))
    };
    let paid_by_line = !absent("amounts") && !absent("pay_types");
    NEEDED
        .into_iter()
        .filter(|(field, ..)| absent(field) && !(*field == "customer_pay" && paid_by_line))
        .collect()
}

/// The doubts, a sentence or two each; none about an extract that was read as it is meant.
pub(super) fn of(audit: &Audit, policy: &DoubtPolicy) -> Vec<String> {
    let mut said = Vec::new();
    let Some(file) = orders(audit) else { return said };
    let many = |count: u64, of: u64| count.saturating_mul(100) > of.saturating_mul(policy.rows_percent);
    if file.rows == 0 {
        said.push("repair_orders.csv holds a header and no row: there is nothing to audit.".to_owned());
        return said;
    }
    let left = audit.read.left_out.iter().filter(|left| left.file == ExtractFile::RepairOrders);
    if let Some(worst) = left.max_by_key(|left| left.rows).filter(|_| many(file.set_aside, file.rows)) {
        let advice = match worst.kind {
            FaultKind::DuplicateDifferent => {
                "If the file has a row for each line of a repair order, say rows = \"line\" in the mapping."
            }
            kind => kind.fix(),
        };
        said.push(format!(
            "Read with care: {} of {} rows of repair orders were set aside, most of them as \"{}\" ({}). What follows speaks of the rest only. {advice}",
            number(file.set_aside),
            number(file.rows),
            worst.label,
            number(worst.rows),
        ));
    }
    for (_, what, lost) in without_column(audit) {
        said.push(format!(
            "No column of repair_orders.csv was found to hold {what}, so {lost}. Name its heading in the mapping."
        ));
    }
    for fault in &audit.faults {
        let rows = audit.read.files.iter().find(|file| file.file == fault.file).map_or(0, |file| file.rows);
        let grave = matches!(
            fault.kind,
            FaultKind::LineTotal
                | FaultKind::MoneyUnreadable
                | FaultKind::RaggedList
                | FaultKind::PayTypeUnknown
                | FaultKind::CustomerUnknown
                | FaultKind::MixedDateFormat
        );
        if grave && fault.file != ExtractFile::Customers && many(fault.count, rows) {
            said.push(format!(
                "Read with care: {} of {} rows of {}: {}. {}",
                number(fault.count),
                number(rows),
                fault.file.file_name(),
                lower(&fault.label),
                fault.fix
            ));
        }
    }
    said
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
