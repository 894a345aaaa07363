//! What a journal holds of credits, of those who claim them, and of declined work.

use std::collections::{BTreeMap, BTreeSet};

use fixedops_attribution::{Credit, DeclinedLine, Trigger};
use fixedops_closed_loop::{Happened, LoopError};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{CaseId, ProgramId, RoId, RoLineId};

/// Reads a journal.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Credits in force.
    pub credits: BTreeMap<(RoId, RoLineId), Credit>,
    /// Triggers as the receipts hold them: the last, and the last on each order.
    last: BTreeMap<String, Trigger>,
    on_order: BTreeMap<(RoId, String), Trigger>,
    programs: BTreeMap<CaseId, ProgramId>,
    cases: BTreeMap<String, CaseId>,
    /// Declined lines that a case speaks of, by trigger.
    pub declined: BTreeMap<String, Trigger>,
    /// Every declined line.
    pub lines: BTreeSet<(RoId, RoLineId)>,
}

impl Ledger {
    /// Takes in the next event.
    pub fn apply(&mut self, event: &Event) -> Result<(), LoopError> {
        let known = [
            "case_opened",
            "threshold_crossed",
            "crossing_resolved",
            "line_declined",
            "deferral_ended",
            "credit_assigned",
            "credit_reversed",
        ];
        if !known.contains(&event.event_type.as_str()) {
            return Ok(());
        }
        match Happened::read(event)? {
            Some(Happened::CaseOpened(opened)) => drop(self.programs.insert(opened.case, opened.program)),
            Some(Happened::ThresholdCrossed(crossed)) => {
                self.cases.extend(crossed.case.map(|case| (crossed.crossing.to_string(), case)));
            }
            Some(Happened::CrossingResolved(resolved)) => {
                let case = resolved.again.and_then(|again| again.case);
                self.cases.extend(case.map(|case| (resolved.crossing.to_string(), case)));
            }
            Some(Happened::LineDeclined(line)) => {
                self.lines.insert((line.declined.ro.clone(), line.declined.line.clone()));
                self.spoken_of(event, line.vehicle, &line.declined, line.case);
            }
            Some(Happened::DeferralEnded(ended)) => {
                self.spoken_of(event, ended.vehicle, &ended.deferred, ended.case);
            }
            Some(Happened::CreditAssigned(assigned)) => {
                let credit = assigned.credit;
                let trigger = &credit.receipt.body.trigger;
                self.cases.extend(trigger.case.clone().map(|case| (trigger.id.clone(), case)));
                self.last.insert(trigger.id.clone(), trigger.clone());
                self.on_order.insert((credit.ro.clone(), trigger.id.clone()), trigger.clone());
                self.credits.insert((credit.ro.clone(), credit.line.clone()), credit);
            }
            Some(Happened::CreditReversed(reversed)) => {
                self.credits.remove(&(reversed.ro, reversed.line));
            }
            _ => {}
        }
        Ok(())
    }

    /// A line that a case speaks of: a trigger, named as the loop names it, by its case and its number in it.
    fn spoken_of(
        &mut self,
        event: &Event,
        vehicle: fixedops_vocab::VehicleId,
        line: &fixedops_closed_loop::DeclinedLine,
        case: Option<CaseId>,
    ) {
        let Some(case) = case else { return };
        let id = format!("{case}#{}", line.line);
        self.cases.insert(id.clone(), case.clone());
        self.declined.entry(id).or_insert_with_key(|id| {
            // Whose the car was does not matter to what became of the line.
            let mut trigger = Trigger::new(id.as_str(), vehicle, fixedops_vocab::OwnershipSpan(1), event.at);
            trigger.case = Some(case);
            trigger.declined =
                Some(DeclinedLine { ro: line.ro.clone(), line: line.line.clone(), price: line.price });
            trigger
        });
    }

    /// The case and the programme of a trigger, as far as the journal tells.
    pub fn case_of(&self, trigger: &str) -> Option<(&CaseId, Option<&ProgramId>)> {
        let case = self.cases.get(trigger)?;
        Some((case, self.programs.get(case)))
    }

    /// The competing claimants of a credit, and how many of them no receipt holds: what is known of those is the touch that
    /// their claim rests on, which is then their first and their last.
    pub fn claimants(&self, credit: &Credit) -> (Vec<Trigger>, u64) {
        let mut stood_in = 0;
        let claimants = credit.competing.iter().map(|claim| {
            let held = self.on_order.get(&(credit.ro.clone(), claim.trigger.clone()));
            held.or_else(|| self.last.get(&claim.trigger)).cloned().unwrap_or_else(|| {
                stood_in += 1;
                let order = &credit.receipt.body.ro;
                Trigger::new(&*claim.trigger, order.vehicle.clone(), order.owner_span, claim.opened_at)
            })
        });
        (claimants.collect(), stood_in)
    }
}
