//! What is no longer due is taken back: the service was done, or the mileage that made it due was wrong.

use std::collections::BTreeMap;

use fixedops_odometer_core::{Assessment, Baseline, Leg, Stage};
use fixedops_recovery::{Event as Step, Phase};
use fixedops_vocab::ServiceId;

use super::Engine;
use super::turn::Turn;
use super::vehicle::Fresh;
use crate::fold::Loaded;
use crate::state::{CaseState, CrossingState, VehicleState};
use crate::{CrossingOutcome, CrossingResolved, Happened, LoopError, VehicleRecorded, streams};

/// A later reading or a correction says that the miles were not reached.
const MILEAGE_CORRECTED: &str = "mileage_corrected";
/// The day or the service it was counted from was put right, and its months are not over.
const NOT_DUE_YET: &str = "not_due_yet";
/// It turned out that the service was done before it came due.
const SERVICED: &str = "serviced";

fn is_taken_back(outcome: &CrossingOutcome) -> bool {
    let CrossingOutcome::Withdrawn { reason } = outcome else { return false };
    [MILEAGE_CORRECTED, NOT_DUE_YET, SERVICED].contains(&reason.as_str())
}

/// A crossing that nobody was told of yet, or whose reminders go on, and what is thought of it now.
pub(super) struct Standing<'v> {
    pub(super) known: &'v CrossingState,
    pub(super) assessment: Assessment,
    pub(super) baseline: Baseline,
}

/// What taking back left.
#[derive(Default)]
pub(super) struct Taken {
    /// Crossings that were bundled into one that is taken back, and are due themselves.
    pub(super) orphans: Vec<Fresh>,
    /// A message is on its way: what it says is settled first.
    pub(super) in_flight: bool,
}

/// What became of taking back a case: it is over, now or before, or a message of it is on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Over,
    InFlight,
}

impl CrossingState {
    /// Whether another look can change anything: it waits, is bundled, was taken back, or was sent or withheld and its
    /// reminders may go on.
    pub(super) fn may_change(&self) -> bool {
        matches!(
            self.outcome,
            CrossingOutcome::Waiting { .. }
                | CrossingOutcome::Bundled { .. }
                | CrossingOutcome::Sent
                | CrossingOutcome::Control
        ) || self.is_taken_back()
    }

    /// Whether it was taken back because it was not due, or because of a service: it may come due again. A crossing that
    /// is asked about counts from the last service there is; where one was done since, its order was voided.
    pub(super) fn is_taken_back(&self) -> bool {
        is_taken_back(&self.outcome)
    }

    /// Why it is taken back where it is no longer due.
    fn not_due(&self) -> &'static str {
        match self.crossed.leg {
            Leg::Distance => MILEAGE_CORRECTED,
            Leg::Time => NOT_DUE_YET,
        }
    }
}

impl Engine {
    /// Takes back what is no longer due and was not sent. What was sent stays sent; its reminders stop where it is not
    /// even due soon. A probability never falls with time, so a crossing is only lost to better knowledge.
    pub(super) async fn withdraw_not_due(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        standing: Vec<Standing<'_>>,
        notes: &mut Vec<String>,
    ) -> Result<Taken, LoopError> {
        let mut taken = Taken::default();
        for stands in standing.iter().filter(|stands| !stands.assessment.crossed) {
            let known = stands.known;
            let ends = match known.outcome {
                CrossingOutcome::Waiting { .. } => true,
                // Where the miles are only silent now, they say nothing against what was sent.
                CrossingOutcome::Sent | CrossingOutcome::Control => {
                    let speaks = known.crossed.leg == Leg::Time || stands.assessment.p_due.is_some();
                    speaks && stands.assessment.stage == Stage::NotYet
                }
                _ => false,
            };
            if ends {
                taken.in_flight |=
                    self.end_case(turn, vehicle, known, known.not_due(), notes).await? == Ended::InFlight;
            }
        }
        // It turned out later that the service was done before it came due: another service is counted from now.
        for known in self.counted_wrongly(vehicle, record) {
            if matches!(
                known.outcome,
                CrossingOutcome::Waiting { .. } | CrossingOutcome::Sent | CrossingOutcome::Control
            ) {
                taken.in_flight |=
                    self.end_case(turn, vehicle, known, SERVICED, notes).await? == Ended::InFlight;
            } else if leading(turn, vehicle, known).is_some() {
                self.withdraw_bundled(turn, vehicle, known, SERVICED, notes)?;
            }
        }
        for stands in standing {
            let Some(leading) = leading(turn, vehicle, stands.known) else { continue };
            if !stands.assessment.crossed {
                self.withdraw_bundled(turn, vehicle, stands.known, stands.known.not_due(), notes)?;
            } else if leading == Leading::Gone {
                if self.leads_in_flight(vehicle, stands.known).await? {
                    taken.in_flight = true;
                    continue;
                }
                let Standing { known, assessment, baseline } = stands;
                let crossing = known.crossed.crossing.clone();
                let cycle = known.crossed.cycle;
                taken.orphans.push(Fresh { crossing, cycle, assessment, baseline, again: true });
            }
        }
        Ok(taken)
    }

    /// The last crossing of each service in this ownership, where it counts from a service before the last one.
    fn counted_wrongly<'v>(
        &self,
        vehicle: &'v Loaded<VehicleState>,
        record: &VehicleRecorded,
    ) -> Vec<&'v CrossingState> {
        let span = record.span;
        let wrong = move |known: &&CrossingState| {
            let crossed = &known.crossed;
            crossed.span == span
                && vehicle
                    .state
                    .services
                    .get(&crossed.service)
                    .and_then(|done| done.last())
                    .is_some_and(|last| last.occurred_at > crossed.counted_from)
        };
        let mut last: BTreeMap<&ServiceId, &CrossingState> = BTreeMap::new();
        for known in vehicle.state.crossings.values().filter(wrong) {
            let held = last.entry(&known.crossed.service).or_insert(known);
            if held.crossed.cycle < known.crossed.cycle {
                *held = known;
            }
        }
        last.into_values().collect()
    }

    /// Ends the case of a crossing because the crossing is not due.
    async fn end_case(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        known: &CrossingState,
        reason: &str,
        notes: &mut Vec<String>,
    ) -> Result<Ended, LoopError> {
        let Some(case) = &known.crossed.case else { return Ok(Ended::Over) };
        let case = self.load::<CaseState>(streams::case(case)?).await?;
        let Some(open) = case.state.open().filter(|_| !turn.ends(&case.stream)) else {
            return Ok(Ended::Over);
        };
        if matches!(open.phase(), Phase::Sending { .. }) {
            return Ok(Ended::InFlight);
        }
        notes.push(format!("{} is not due: {reason}", known.crossed.service));
        self.step_case(turn, &case, vehicle, &Step::Withdrawn, reason).await?;
        Ok(Ended::Over)
    }

    /// Whether a message about what leads a bundled crossing is on its way, and may yet tell of both.
    async fn leads_in_flight(
        &self,
        vehicle: &Loaded<VehicleState>,
        known: &CrossingState,
    ) -> Result<bool, LoopError> {
        let CrossingOutcome::Bundled { into } = &known.outcome else { return Ok(false) };
        let leads = vehicle.state.crossings.get(into).and_then(|leads| leads.crossed.case.as_ref());
        let Some(case) = leads else { return Ok(false) };
        let case = self.load::<CaseState>(streams::case(case)?).await?;
        Ok(case.state.open().is_some_and(|open| matches!(open.phase(), Phase::Sending { .. })))
    }

    fn withdraw_bundled(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        known: &CrossingState,
        reason: &str,
        notes: &mut Vec<String>,
    ) -> Result<(), LoopError> {
        notes.push(format!("{} is not due: {reason}", known.crossed.service));
        let outcome = CrossingOutcome::Withdrawn { reason: reason.to_owned() };
        let resolved = CrossingResolved::new(known.crossed.crossing.clone(), outcome);
        turn.push(vehicle, Happened::CrossingResolved(resolved))
    }

    /// Crossings whose service was done since: the case is won or withdrawn, the crossing no longer waits.
    pub(super) async fn withdraw_done(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        notes: &mut Vec<String>,
    ) -> Result<(), LoopError> {
        for case in &vehicle.state.cases {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let Some((opened_at, opened)) =
                case.state.opened.as_ref().filter(|_| case.state.open().is_some())
            else {
                continue;
            };
            let done_since = |service: &ServiceId| {
                vehicle
                    .state
                    .services
                    .get(service)
                    .is_some_and(|done| done.iter().any(|d| d.occurred_at >= *opened_at))
            };
            if opened.crossing.is_some() {
                // The main service is the one the case is about.
                if opened.services.first().is_some_and(done_since) {
                    notes.push(format!("{} was done", opened.services.first().map_or("", |s| s.as_str())));
                    self.step_case(turn, &case, vehicle, &Step::WorkDone, "serviced").await?;
                }
                continue;
            }
            for line in vehicle.state.lines_of(opened) {
                let still_open = turn.open(&case).is_some_and(|open| open.lines().contains(&line.line));
                // Done between the decline and the day it was told of, too.
                let done = line.service.as_ref().is_some_and(|service| {
                    let done = vehicle.state.services.get(service).map(Vec::as_slice).unwrap_or_default();
                    done.iter().any(|done| done.ro != line.ro && done.occurred_at >= line.declined_at)
                        || done_since(service)
                });
                if still_open && done {
                    notes.push(format!("{} was done", line.name));
                    let step = Step::ItemDone { line: line.line.clone() };
                    self.step_case(turn, &case, vehicle, &step, "serviced").await?;
                }
            }
        }
        Ok(())
    }
}

/// The crossing that another is bundled into, where nobody was told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leading {
    /// It may still go out, and name the bundled one.
    Waits,
    /// It was done or was not due: at this look, or before.
    Gone,
}

/// What leads a bundled crossing, where nobody was told of it: None where it was sent, or ended in another way.
fn leading(turn: &Turn<'_>, vehicle: &Loaded<VehicleState>, known: &CrossingState) -> Option<Leading> {
    let CrossingOutcome::Bundled { into } = &known.outcome else { return None };
    let before = || vehicle.state.crossings.get(into).map(|leads| leads.outcome.clone());
    let outcome = turn.outcome_of(into).or_else(before)?;
    match outcome {
        CrossingOutcome::Waiting { .. } => Some(Leading::Waits),
        outcome if is_taken_back(&outcome) => Some(Leading::Gone),
        _ => None,
    }
}
