use std::collections::BTreeSet;
use std::path::Path;

use fixedops_odometer_core::Packs;
use fixedops_vocab::ServiceId;

/// The rows of one file whose service no schedule knows. They are not bad: there are more services than schedules have.
/// They may be misspelt all the same, so they are counted, and the first is named.
pub(super) struct Strangers<'a> {
    known: BTreeSet<&'a ServiceId>,
    rows: u64,
    first: Option<(ServiceId, u64)>,
}

impl<'a> Strangers<'a> {
    pub(super) fn to(packs: &'a Packs) -> Self {
        let known = packs.iter().flat_map(|pack| pack.rules()).map(|rule| &rule.service).collect();
        Self { known, rows: 0, first: None }
    }

    /// Notes the service of a row.
    pub(super) fn note(&mut self, service: &ServiceId, line: u64) {
        if !self.known.contains(service) {
            self.rows += 1;
            self.first.get_or_insert_with(|| (service.clone(), line));
        }
    }

    /// Says on standard error how many there were.
    pub(super) fn say(&self, path: &Path) {
        if let Some((service, line)) = &self.first {
            eprintln!(
                "{}: rows whose service no schedule knows: {}, the first {service} on line {line}",
                path.display(),
                self.rows
            );
        }
    }
}
