//! Where a household stands in the experiment of a programme: journalled before anything is decided by it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use fixedops_attribution::{ControlKey, Controls, Placement, Season, Withholdable};
use fixedops_recovery::{Command, Event as Step, Plan, Tone};
use fixedops_vocab::{CustomerId, HouseholdId, PolicyVersion, ProgramId, Purpose, SellerId};

use super::Engine;
use super::touch::Planned;
use super::turn::Turn;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{
    CaseState, HouseholdState, PersonState, Placed, VehicleState, household_of_one, memberships,
};
use crate::{Happened, HouseholdPlaced, LoopError, TouchWithheld, streams};

/// Says where a household stands.
///
/// # Contract
///
/// - The same question has the same answer, after a restart and on every machine.
/// - It is asked once for each household, programme and season; the journal keeps the answer.
pub trait Placing: Send + Sync {
    /// Where `household` stands in `programme` in `season`.
    fn place(
        &self,
        controls: &Controls,
        seller: &SellerId,
        household: &HouseholdId,
        programme: &Withholdable,
        season: Season,
    ) -> Placement;
}

impl Placing for ControlKey {
    fn place(
        &self,
        controls: &Controls,
        seller: &SellerId,
        household: &HouseholdId,
        programme: &Withholdable,
        season: Season,
    ) -> Placement {
        controls.place(self, seller, household, programme, season)
    }
}

/// The places a record has: where a household was placed in a programme at that very moment, if it was.
pub(crate) trait RecordedPlaces: Send + Sync {
    fn placed(&self, household: &HouseholdId, program: &ProgramId, at: DateTime<Utc>) -> Option<Placement>;
}

/// Where places come from.
#[derive(Clone)]
pub(crate) enum Places {
    Asked(Arc<dyn Placing>),
    Recorded(Arc<dyn RecordedPlaces>),
}

/// A place that was looked up.
pub(super) struct Place {
    household: HouseholdId,
    read: Loaded<HouseholdState>,
    person: Loaded<PersonState>,
    placement: Placement,
    /// Whether it stands in no journal yet.
    fresh: bool,
}

impl Engine {
    /// Where the household of `owner` stands in the experiment of `plan`'s programme now. `None` where there is no
    /// experiment, and for safety, which has none.
    async fn look_up(
        &self,
        turn: &Turn<'_>,
        owner: &CustomerId,
        plan: &Plan,
    ) -> Result<Option<Place>, LoopError> {
        if plan.tone() == Tone::Safety {
            return Ok(None);
        }
        let (program, controls) = (plan.program(), &self.policies.controls);
        // Where everyone is spoken to on one plan there is nothing to place; who stands in an experiment stays in it.
        let programme = controls
            .withholdable(program)
            .filter(|programme| programme.control_percent() > 0 || !programme.plans().is_empty());
        let person = self.load::<PersonState>(streams::person(owner)?).await?;
        let household = match &person.state.household {
            Some(household) => household.clone(),
            None => household_of_one(owner).map_err(LoopError::unwritable)?,
        };
        let runs = |placed: &&Placed| {
            placed.placement.program == *program
                && placed.at + self.policies.trial.outcome(program) > turn.now
        };
        // Who was placed keeps his place while what he does is counted for it, whatever household he is told to be of since. Placed
        // meanwhile with another household, he is not counted there.
        let mut own: Vec<(HouseholdId, Placed)> = Vec::new();
        for (told, former) in memberships(owner, &person.state.households) {
            let read = self.load::<HouseholdState>(streams::household(&former)?).await?;
            let his = read.state.placed.iter().filter(|placed| told.contains(&placed.position));
            let his = his.filter(|placed| placed.placement.program == *program);
            own.extend(his.map(|placed| (former.clone(), placed.clone())));
        }
        own.sort_by_key(|(_, placed)| placed.position);
        let days = self.policies.trial.outcome(program);
        let counted = own.into_iter().reduce(
            |counted, next| {
                if counted.1.at + days > next.1.at { counted } else { next }
            },
        );
        if let Some((former, placed)) = counted.filter(|(_, placed)| runs(&placed)) {
            let read = self.load::<HouseholdState>(streams::household(&former)?).await?;
            let placement = placed.placement;
            return Ok(Some(Place { household: former, read, person, placement, fresh: false }));
        }
        let read = self.load::<HouseholdState>(streams::household(&household)?).await?;
        let season = controls.season(turn.now.date_naive());
        // So does a household, when the season turns meanwhile.
        let known = read.state.placed.iter().rev().find(runs).map(|placed| &placed.placement);
        let of_season = || programme.and_then(|_| read.state.place(program, season));
        let known = known.or_else(of_season).cloned();
        let known = known.or_else(|| turn.placed(&read.stream, program));
        let fresh = known.is_none();
        // Without a key nobody new is placed; who stands in an experiment stays in it.
        let placement = known.or_else(|| match self.places.as_ref()? {
            Places::Recorded(record) => record.placed(&household, program, turn.now),
            Places::Asked(placing) => {
                Some(placing.place(controls, &self.seller, &household, programme?, season))
            }
        });
        Ok(placement.map(|placement| Place { household, read, person, placement, fresh }))
    }

    /// Journals a place that is new.
    pub(super) fn journal_place(&self, turn: &mut Turn<'_>, place: Place) -> Result<Placement, LoopError> {
        let Place { household, read, person, placement, fresh } = place;
        // Decided by where he and his household stand: both must stand there still.
        turn.guard(&person);
        turn.guard(&read);
        if fresh && turn.placed(&read.stream, &placement.program).is_none() {
            let placed = HouseholdPlaced { household, placement: placement.clone() };
            turn.push(&read, Happened::HouseholdPlaced(placed))?;
        }
        Ok(placement)
    }

    /// Where the household of `owner` stands in the experiment of `plan`'s programme now; journalled where it is new.
    pub(super) async fn placement(
        &self,
        turn: &mut Turn<'_>,
        owner: &CustomerId,
        plan: &Plan,
    ) -> Result<Option<Placement>, LoopError> {
        let place = self.look_up(turn, owner, plan).await?;
        place.map(|place| self.journal_place(turn, place)).transpose()
    }

    /// The plan that the household of `owner` gets where several are tried, with its place, which is to be journalled;
    /// else `plan`.
    pub(super) async fn plan_in_trial<'e>(
        &'e self,
        turn: &Turn<'_>,
        owner: &CustomerId,
        plan: &'e Plan,
    ) -> Result<(&'e Plan, Option<Place>), LoopError> {
        let tried = self.policies.controls.withholdable(plan.program());
        if tried.is_none_or(|programme| programme.plans().is_empty()) {
            return Ok((plan, None));
        }
        let Some(place) = self.look_up(turn, owner, plan).await? else { return Ok((plan, None)) };
        let Some(name) = place.placement.plan.clone() else { return Ok((plan, Some(place))) };
        let tried = name.parse::<PolicyVersion>().ok().and_then(|version| self.policies.plans.plan(&version));
        tried
            .filter(|tried| tried.program() == plan.program() && tried.opened_by() == plan.opened_by())
            .map(|tried| (tried, Some(place)))
            .ok_or_else(|| {
                let message = format!("{name} is tried as a plan of {}, and is none", plan.program());
                LoopError::new(LoopErrorKind::Refused, message)
            })
    }

    /// A touch of the control group is not sent, and no call of it put on a list.
    pub(super) async fn withhold(
        &self,
        mut turn: Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        sending: &fixedops_recovery::Case,
        planned: &Planned,
    ) -> Result<(), LoopError> {
        let Some((_, opened)) = &case.state.opened else { return Ok(()) };
        let person = self.load::<PersonState>(streams::person(&opened.person)?).await?;
        let contact = person.state.contact_for(planned.channel);
        let about = self.about(opened, self.plan_of(sending)?, planned, contact);
        let step = Step::Withheld { touch: about.touch.clone() };
        turn.push(case, Happened::TouchWithheld(TouchWithheld { about }))?;
        self.follow(&mut turn, case, vehicle, sending, &step, "control").await?;
        turn.commit().await?;
        Ok(())
    }
}

/// Whether a touch may be withheld at all: safety and what belongs to a visit of the customer's own reach everyone.
pub(super) const fn may_be_withheld(command: Option<&Command>, planned: &Planned) -> bool {
    !matches!(command, Some(Command::SendSafety { .. }))
        && !matches!(planned.purpose, Purpose::Recall | Purpose::Transactional)
}
