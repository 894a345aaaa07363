//! A person took consent back: his open cases are told.

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::StreamId;
use fixedops_recovery::Event as Step;
use fixedops_vocab::{Purpose, Scope};

use super::Engine;
use crate::state::{CaseState, PersonState, Reach, VehicleState};
use crate::{Alarm, Happened, LoopError, RevocationApplied, streams};

impl Engine {
    /// Ends every open case that the revocation leaves nothing to say to. A case that has another way left (e-mail
    /// after a STOP to texts only) goes on, and is decided touch by touch.
    pub(super) async fn apply_revocations(
        &self,
        stream: &StreamId,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let person = self.load::<PersonState>(stream.clone()).await?;
        let mut turn = self.turn_at(now);
        let mut ended = Vec::new();
        for id in person.state.vehicles.keys() {
            let vehicle = self.load::<VehicleState>(streams::vehicle(id)?).await?;
            for case in &vehicle.state.cases {
                let case = self.load::<CaseState>(streams::case(case)?).await?;
                let (Some(open), Some((_, opened))) = (case.state.open(), &case.state.opened) else {
                    continue;
                };
                // A vehicle he sold is another's now, and so are its cases.
                if streams::person(&opened.person)? != *stream {
                    continue;
                }
                let plan = self.plan_of(open)?;
                // What is on its way or lies ahead: a recall that is being called about is no marketing.
                let left = plan.touches().iter().skip(open.next_touch());
                let only_marketing = left.clone().all(|touch| touch.purpose() == Purpose::Marketing)
                    && plan.touches().iter().any(|touch| touch.purpose() == Purpose::Marketing);
                let ends = person.state.untold.iter().any(|revocation| match revocation.scope {
                    Scope::All => true,
                    Scope::Marketing => only_marketing,
                    Scope::ThisVehicle => revocation.vehicle.as_ref().is_none_or(|v| *v == opened.vehicle),
                    // The number is gone; another way to the person may be left.
                    Scope::Number | Scope::Sms | Scope::Calls | Scope::Email => plan
                        .touches()
                        .iter()
                        .filter(|touch| !case.state.sent.contains_key(&touch.id))
                        .all(|touch| covered(revocation.scope, touch.channel.into())),
                });
                if ends {
                    ended.push(opened.case.clone());
                    self.step_case(&mut turn, &case, &vehicle, &Step::OptedOut, "opted_out").await?;
                }
            }
        }
        let last = person.state.untold.last();
        let applied = RevocationApplied {
            scope: last.map_or(Scope::All, |revocation| revocation.scope),
            vehicle: last.and_then(|revocation| revocation.vehicle.clone()),
            ended,
            wake_at: Alarm::Clear,
        };
        turn.push(&person, Happened::RevocationApplied(applied))?;
        turn.commit().await?;
        Ok(())
    }
}

fn covered(scope: Scope, reach: Reach) -> bool {
    match scope {
        Scope::Sms => reach == Reach::Text,
        Scope::Calls => reach == Reach::Call,
        Scope::Email => reach == Reach::Email,
        Scope::Number => reach != Reach::Email,
        Scope::All | Scope::Marketing | Scope::ThisVehicle => true,
    }
}
