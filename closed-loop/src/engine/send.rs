//! A send: decide on what was read, append the clearance at exactly those versions, hand over at once, append what
//! happened. And after a restart: settle what was cleared and not heard of again.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{
    JournalErrorKind, KnownOutcome, Message, PersonFact, PriceQuery, RefusalKind, SendOutcome, SlotQuery,
    StreamId,
};
use fixedops_consent::{Clearance, Decision, Effect, Means, decide};
use fixedops_mpi_score::Projection;
use fixedops_recovery::{Case, Command, Event as Step, Plan};
use fixedops_vocab::{Channel, ContactHash, Money, Scope, TouchKey};

use super::case::OUTCOME_UNKNOWN;
use super::rank::Ranks;
use super::touch::{Audience, Planned};
use super::turn::Turn;
use super::words::Said;
use super::{ATTEMPTS, CLEARANCE_LIFE, Engine};
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{
    CaseState, ClearedTouch, ContactState, HouseholdState, PersonState, RepairOrderState, Settled,
    VehicleState,
};
use crate::{
    Alarm, CallTaskOpened, CaseOpened, ConsentRevoked, ContactBudgetReleased, ContactBudgetUsed,
    DecisionRecord, DeclinedLine, DeliveryReported, Draft, Happened, Learned, LoopError, TouchAbout,
    TouchCleared, TouchDeferred, TouchFailed, TouchOutcomeUnknown, TouchSent, TouchSuppressed, Undeliverable,
    fact, streams,
};

/// A clearance and the words it is for, ready to be handed over.
struct Ready {
    about: TouchAbout,
    clearance: Clearance,
    draft: Draft,
}

/// What a decision comes to, before it is journalled.
enum Verdict {
    Allow { clearance: Clearance, draft: Draft, record: DecisionRecord },
    Deny { reason: String, ends_case: bool, record: Option<DecisionRecord> },
    Defer { until: DateTime<Utc>, reason: String, record: DecisionRecord },
}

impl Engine {
    /// Facts about the vehicle hold a touch back, until a day or for good.
    #[allow(clippy::too_many_arguments, reason = "one fact from each of the streams read")]
    pub(super) async fn hold_back(
        &self,
        mut turn: Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        sending: &Case,
        planned: &Planned,
        fact: &'static str,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), LoopError> {
        let opened = opened(case)?;
        let person = self.load::<PersonState>(streams::person(&opened.person)?).await?;
        let contact = person.state.contact_for(planned.channel);
        let about = self.about(opened, self.plan_of(sending)?, planned, contact);
        let verdict = match until {
            Some(until) => self.deferred(&mut turn, case, about, until, fact, None)?,
            None => self.suppressed(&mut turn, case, about, fact, false, None)?,
        };
        self.follow(&mut turn, case, vehicle, sending, &verdict, fact).await?;
        turn.commit().await?;
        Ok(())
    }

    /// Decides, and where it may go out, clears it and brings it out.
    pub(super) async fn try_to_send(
        &self,
        mut turn: Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        sending: &Case,
        planned: &Planned,
        template: &str,
    ) -> Result<(), LoopError> {
        let opened = opened(case)?;
        let plan = self.plan_of(sending)?;
        let Some(audience) = self.audience(opened, planned.channel).await? else {
            let about = self.about(opened, plan, planned, None);
            let step = self.suppressed(&mut turn, case, about, "no_contact", false, None)?;
            self.follow(&mut turn, case, vehicle, sending, &step, "no_contact").await?;
            turn.commit().await?;
            return Ok(());
        };
        let contact = hash_of(&audience)?;
        let about = self.about(opened, plan, planned, Some(contact));
        guard_all(&mut turn, case, vehicle, &audience);
        let versions = audience.versions();
        let now = turn.now;
        let wear = self.wear_to_tell(plan, opened, sending, &vehicle.state, now).await?;
        let ranks = self.ranks_of(opened, &vehicle.state).await?;
        let (price, advisor) = self.today(opened, sending, &vehicle.state, &ranks, now).await?;
        let said = Said {
            template,
            percent_off: percent_off(plan, &about),
            wear: wear.as_ref(),
            ranks,
            price,
            advisor,
            slot: None,
        };
        match self.judge(&about, contact, opened, sending, vehicle, &audience, versions, &said, now).await? {
            Verdict::Allow { clearance, draft, record } => {
                let cleared = self.cleared_event(&about, opened, &audience, versions, &draft, record, now)?;
                let version = audience.contact.version.saturating_add(1);
                turn.facts(&exact_words(&audience.contact.stream, &about.key(), &draft));
                turn.push(&audience.contact, Happened::TouchCleared(cleared))?;
                let used = budget(&about, opened, contact, now);
                turn.push(&audience.person, Happened::ContactBudgetUsed(used.clone()))?;
                turn.push(&audience.household, Happened::ContactBudgetUsed(used))?;
                turn.commit().await?;
                self.hand_over(Ready { about, clearance, draft }, version, now).await
            }
            Verdict::Deny { reason, ends_case, record } => {
                let step = self.suppressed(&mut turn, case, about, &reason, ends_case, record)?;
                self.follow(&mut turn, case, vehicle, sending, &step, &reason).await?;
                turn.commit().await?;
                Ok(())
            }
            Verdict::Defer { until, reason, record } => {
                let step = self.deferred(&mut turn, case, about, until, &reason, Some(record))?;
                self.follow(&mut turn, case, vehicle, sending, &step, &reason).await?;
                turn.commit().await?;
                Ok(())
            }
        }
    }

    /// A call is cleared when it is dialled; a task that could not be dialled now is not put on anybody's list.
    pub(super) async fn try_to_call(
        &self,
        mut turn: Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        calling: &Case,
        planned: &Planned,
        (template, task): (&str, &Command),
    ) -> Result<(), LoopError> {
        let opened = opened(case)?;
        let plan = self.plan_of(calling)?;
        let Some(audience) = self.audience(opened, planned.channel).await? else {
            let about = self.about(opened, plan, planned, None);
            let step = self.suppressed(&mut turn, case, about, "no_contact", false, None)?;
            self.follow(&mut turn, case, vehicle, calling, &step, "no_contact").await?;
            turn.commit().await?;
            return Ok(());
        };
        let contact = hash_of(&audience)?;
        let about = self.about(opened, plan, planned, Some(contact));
        guard_all(&mut turn, case, vehicle, &audience);
        let (versions, now) = (audience.versions(), turn.now);
        let slot = match task {
            Command::CallTask { with_slot: true, .. } => self.free_slot(opened, &vehicle.state, now).await,
            _ => None,
        };
        let wear = self.wear_to_tell(plan, opened, calling, &vehicle.state, now).await?;
        let ranks = self.ranks_of(opened, &vehicle.state).await?;
        let (price, advisor) = self.today(opened, calling, &vehicle.state, &ranks, now).await?;
        let said = Said { template, percent_off: None, wear: wear.as_ref(), ranks, price, advisor, slot };
        match self.judge(&about, contact, opened, calling, vehicle, &audience, versions, &said, now).await? {
            // The clearance is let go: another is asked for at the telephone.
            Verdict::Allow { .. } => {
                self.list_call(&mut turn, case, opened, task, slot)?;
                self.keep_crossing(&mut turn, case, vehicle, &Step::Wake, calling, "call")?;
            }
            Verdict::Deny { reason, ends_case, record } => {
                let step = self.suppressed(&mut turn, case, about, &reason, ends_case, record)?;
                self.follow(&mut turn, case, vehicle, calling, &step, &reason).await?;
            }
            Verdict::Defer { until, reason, record } => {
                let step = self.deferred(&mut turn, case, about, until, &reason, Some(record))?;
                self.follow(&mut turn, case, vehicle, calling, &step, &reason).await?;
            }
        }
        turn.commit().await?;
        Ok(())
    }

    /// Puts a call on the advisors' list.
    fn list_call(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        opened: &CaseOpened,
        task: &Command,
        slot: Option<DateTime<Utc>>,
    ) -> Result<(), LoopError> {
        let Command::CallTask { touch, purpose, with_slot, .. } = task else { return Ok(()) };
        let (touch, purpose, with_slot) = (touch.clone(), *purpose, *with_slot);
        let task = CallTaskOpened { case: opened.case.clone(), touch, purpose, with_slot, slot };
        turn.push(case, Happened::CallTaskOpened(task))
    }

    /// What the lines a message speaks of cost today, all of them or nothing; and who recommended the first.
    async fn today(
        &self,
        opened: &CaseOpened,
        case: &Case,
        vehicle: &VehicleState,
        ranks: &Ranks,
        now: DateTime<Utc>,
    ) -> Result<(Option<Money>, Option<String>), LoopError> {
        let lines = self.spoken_of(opened, case, vehicle, ranks, now);
        let (Some(first), Some(record)) = (lines.first(), &vehicle.record) else { return Ok((None, None)) };
        let order = self.load::<RepairOrderState>(streams::ro(&first.ro)?).await?;
        let number = order.state.inspected.as_ref().and_then(|inspected| inspected.advisor.as_ref());
        let store = self.store_of(vehicle).await?;
        let advisor = store.zip(number).and_then(|(store, number)| store.advisors.get(number).cloned());
        let Some(prices) = &self.prices else { return Ok((None, advisor)) };
        let mut sum: Option<Money> = None;
        for line in lines {
            let Some(op_code) = line.op_code.clone() else { return Ok((None, advisor)) };
            let query =
                PriceQuery { rooftop: record.rooftop.clone(), vehicle: record.vehicle.clone(), op_code };
            // Prices that do not answer are not known.
            let Some(price) = prices.price(&query).await.ok().flatten() else { return Ok((None, advisor)) };
            match sum.map_or(Some(price), |sum| sum.checked_add(price)) {
                None => return Ok((None, advisor)),
                all => sum = all,
            }
        }
        Ok((sum, advisor))
    }

    /// What a message of a plan that is timed by wear tells of it.
    async fn wear_to_tell(
        &self,
        plan: &Plan,
        opened: &CaseOpened,
        case: &Case,
        vehicle: &VehicleState,
        now: DateTime<Utc>,
    ) -> Result<Option<(Projection, DeclinedLine)>, LoopError> {
        if !plan.has_target() || opened.declined.is_empty() {
            return Ok(None);
        }
        // The one that is worn first is told of, whatever their order.
        let ranks = Ranks::default();
        let lines: Vec<_> = self.spoken_of(opened, case, vehicle, &ranks, now).into_iter().cloned().collect();
        self.wear_of(vehicle, &lines, now).await
    }

    /// The soonest slot that a call may offer. Where there is no scheduler, or it does not answer, the call offers none.
    async fn free_slot(
        &self,
        opened: &CaseOpened,
        vehicle: &VehicleState,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let window = self.policies.doors.slot();
        let query = SlotQuery {
            rooftop: vehicle.record.as_ref()?.rooftop.clone(),
            service: opened.services.first().cloned(),
            from: now + TimeDelta::hours(window.from_hours.into()),
            until: now + TimeDelta::days(window.within_days.into()),
            limit: 1,
        };
        let slots = self.scheduler.as_ref()?.slots(&query).await.ok()?;
        slots.first().map(|slot| slot.starts_at)
    }

    /// Makes the words and asks consent about them.
    #[allow(clippy::too_many_arguments, reason = "a decision reads all of these")]
    async fn judge(
        &self,
        about: &TouchAbout,
        contact: ContactHash,
        opened: &CaseOpened,
        case: &Case,
        vehicle: &Loaded<VehicleState>,
        audience: &Audience,
        versions: fixedops_consent::ReadVersions,
        said: &Said<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verdict, LoopError> {
        let Some(store) = self.store_of(&vehicle.state).await? else {
            return Ok(Verdict::Deny { reason: "no_store".to_owned(), ends_case: false, record: None });
        };
        let order = self.order(about, contact, opened, case, &vehicle.state, &store, said, now)?;
        let draft = match self.courier.draft(&order).await {
            Ok(draft) => draft,
            Err(Undeliverable::Unavailable(why)) => {
                return Err(LoopError::new(LoopErrorKind::Journal(JournalErrorKind::Unavailable), why));
            }
            Err(undeliverable) => {
                let reason = undeliverable.as_str().to_owned();
                return Ok(Verdict::Deny { reason, ends_case: false, record: None });
            }
        };
        let facts =
            self.contact_facts(audience, &vehicle.state, &store, &about.key(), &opened.person, now).await?;
        let offers = said.percent_off.is_some();
        let request =
            self.request(audience, about, contact, versions, draft.digest, opened, offers, now).await?;
        let decided = decide(&facts, &request, now, &self.policies.rule_book);
        let record = DecisionRecord {
            outcome: decided.decision.as_str().to_owned(),
            rule_book: decided.rule_book.clone(),
            rules: decided.records(),
            place: Some(decided.whereabouts()),
        };
        let because = |effect: Effect| {
            let rule = record.rules.iter().find(|finding| finding.finding == effect);
            rule.map_or_else(|| "consent".to_owned(), |finding| finding.rule.clone())
        };
        Ok(match decided.decision {
            Decision::Allow(clearance) => Verdict::Allow { clearance, draft, record },
            Decision::Deny => {
                let revoked =
                    audience.contact.state.binds_now(about.purpose, &opened.vehicle, about.channel.into());
                let reason = if revoked { "opted_out".to_owned() } else { because(Effect::Blocks) };
                let ends_case = revoked && !self.another_way_left(audience, about, opened).await?;
                Verdict::Deny { reason, ends_case, record: Some(record) }
            }
            Decision::Defer(until) => {
                let reason = because(Effect::Defers);
                // A touch is never decided again at the very instant it was deferred at.
                let until = until.max(now + chrono::TimeDelta::seconds(1));
                Verdict::Defer { until, reason, record }
            }
        })
    }

    /// Whether a later touch of the plan may still reach the person: by e-mail, after a STOP to texts only.
    async fn another_way_left(
        &self,
        audience: &Audience,
        about: &TouchAbout,
        opened: &CaseOpened,
    ) -> Result<bool, LoopError> {
        let plan = self.plan_of(&opened.state)?;
        let current = plan.touch(&about.touch).map(|touch| &touch.id);
        let later = plan.touches().iter().skip_while(|touch| Some(&touch.id) != current).skip(1);
        for touch in later {
            let Some(hash) = audience.person.state.contact_for(touch.channel) else {
                continue;
            };
            let contact = self.load::<ContactState>(streams::contact(hash)?).await?;
            if !contact.state.binds_now(touch.purpose(), &opened.vehicle, touch.channel.into()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[allow(clippy::too_many_arguments, reason = "the event names all of these")]
    fn cleared_event(
        &self,
        about: &TouchAbout,
        opened: &CaseOpened,
        audience: &Audience,
        versions: fixedops_consent::ReadVersions,
        draft: &Draft,
        decision: DecisionRecord,
        now: DateTime<Utc>,
    ) -> Result<TouchCleared, LoopError> {
        let household = audience.person.state.household.clone();
        Ok(TouchCleared {
            about: about.clone(),
            vehicle: opened.vehicle.clone(),
            person: opened.person.clone(),
            household: household.ok_or_else(|| LoopError::refused("person has no household"))?,
            digest: draft.digest,
            read: versions,
            decision,
            wake_at: Alarm::At(now + CLEARANCE_LIFE),
        })
    }

    /// Uses the clearance up, at once, and journals what became of it.
    async fn hand_over(&self, ready: Ready, version: u64, now: DateTime<Utc>) -> Result<(), LoopError> {
        let Ready { about, clearance, draft } = ready;
        let now = self.clock.as_ref().map_or(now, |clock| clock().max(now));
        match self.courier.dispatch(clearance, draft, now).await {
            Some(outcome) => self.record_outcome(&about, version, &outcome, now).await,
            None => Ok(()),
        }
    }

    /// Journals the outcome of a touch: a fact, so it is tried until it stands.
    async fn record_outcome(
        &self,
        about: &TouchAbout,
        version: u64,
        outcome: &SendOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        for _ in 0..ATTEMPTS {
            match self.append_outcome(about, version, outcome, now).await {
                Err(error) if error.is_conflict() => {}
                answer => return answer,
            }
        }
        Err(self.contended())
    }

    async fn append_outcome(
        &self,
        about: &TouchAbout,
        version: u64,
        outcome: &SendOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let Some(contact_hash) = about.contact else {
            return Ok(());
        };
        let contact = self.load::<ContactState>(streams::contact(contact_hash)?).await?;
        let key = about.key();
        let still_open = |touch: &&ClearedTouch| match touch.settled {
            None => true,
            // A later proof of sending.
            Some(Settled::Unknown) => matches!(outcome, SendOutcome::Accepted(_)),
            Some(Settled::Sent | Settled::Failed) => false,
        };
        let Some(touch) = contact.state.touches.get(&key).filter(still_open) else {
            return Ok(());
        };
        let case = self.load::<CaseState>(streams::case(&about.case)?).await?;
        let vehicle = self.load::<VehicleState>(streams::vehicle(&touch.cleared.vehicle)?).await?;
        let mut turn = self.turn_at(now);
        let touch_id = about.touch.clone();
        let (step, reason) = match outcome {
            SendOutcome::Accepted(id) => {
                let crossed_revocation = contact.state.revoked_after(
                    version,
                    about.purpose,
                    &touch.cleared.vehicle,
                    about.channel.into(),
                );
                let sent = TouchSent {
                    about: about.clone(),
                    provider_id: id.0.clone(),
                    crossed_revocation,
                    learned: (now - touch.at >= CLEARANCE_LIFE).then_some(Learned::Settled),
                    wake_at: still_pending(&contact, &key),
                };
                turn.push(&contact, Happened::TouchSent(sent))?;
                (Step::Sent { touch: touch_id }, "sent".to_owned())
            }
            SendOutcome::Refused { kind, retry_at } => {
                let reason = TouchFailed::reason_of(*kind);
                // It stands for nothing but our own delay: it is decided anew.
                let expired = (*kind == RefusalKind::ClearanceExpired).then_some(now);
                let retry_at = retry_at.or(expired);
                let failed = TouchFailed {
                    about: about.clone(),
                    reason: reason.clone(),
                    retry_at,
                    wake_at: still_pending(&contact, &key),
                };
                turn.push(&contact, Happened::TouchFailed(failed))?;
                self.release_budget(&mut turn, touch, &key).await?;
                if *kind == RefusalKind::OptedOut {
                    // The carrier holds an opt-out that never came to us: it is one here too.
                    let revoked = ConsentRevoked {
                        key: format!("carrier/{key}"),
                        contact: contact_hash,
                        scope: scope_of(about.channel),
                        occurred_at: now,
                        source: "carrier".to_owned(),
                        vehicle: None,
                        means: Some(if about.channel.is_text() { Means::Sms } else { Means::Other }),
                        per_se: None,
                    };
                    self.revoke(&mut turn, &contact, revoked).await?;
                }
                (Step::Failed { touch: touch_id, retry_at }, reason)
            }
            SendOutcome::Unknown => {
                let unknown =
                    TouchOutcomeUnknown { about: about.clone(), wake_at: still_pending(&contact, &key) };
                turn.push(&contact, Happened::TouchOutcomeUnknown(unknown))?;
                (Step::OutcomeUnknown { touch: touch_id }, OUTCOME_UNKNOWN.to_owned())
            }
        };
        self.tell_case(&mut turn, &case, &vehicle, &step, &reason).await?;
        turn.commit().await?;
        Ok(())
    }

    /// Tells the case of an outcome. A case that was closed meanwhile is not moved, but its crossing is: a touch that
    /// went out, went out.
    async fn tell_case(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        step: &Step,
        reason: &str,
    ) -> Result<(), LoopError> {
        match case.state.open() {
            Some(open) => self.follow(turn, case, vehicle, open, step, reason).await,
            None => match case.state.case.as_ref() {
                Some(closed) => {
                    self.journal_step(turn, case, vehicle, step, None, closed)?;
                    self.keep_crossing(turn, case, vehicle, step, closed, reason)
                }
                None => Ok(()),
            },
        }
    }

    /// A report of delivery proves that a touch nobody could answer for did go out.
    pub(super) async fn prove_sent(
        &self,
        turn: &mut Turn<'_>,
        contact: &Loaded<ContactState>,
        report: &DeliveryReported,
    ) -> Result<(), LoopError> {
        let key = TouchKey { case: report.case.clone(), touch: report.touch.clone() };
        let Some(touch) =
            contact.state.touches.get(&key).filter(|touch| touch.settled == Some(Settled::Unknown))
        else {
            return Ok(());
        };
        let cleared = &touch.cleared;
        let (purpose, reach) = (cleared.about.purpose, cleared.about.channel.into());
        let sent = TouchSent {
            about: cleared.about.clone(),
            provider_id: report.key.clone(),
            crossed_revocation: contact.state.revoked_after(touch.version, purpose, &cleared.vehicle, reach),
            learned: Some(Learned::DeliveryReport),
            wake_at: still_pending(contact, &key),
        };
        turn.push(contact, Happened::TouchSent(sent))?;
        let case = self.load::<CaseState>(streams::case(&key.case)?).await?;
        let vehicle = self.load::<VehicleState>(streams::vehicle(&cleared.vehicle)?).await?;
        let step = Step::Sent { touch: key.touch };
        self.tell_case(turn, &case, &vehicle, &step, "delivery was reported").await
    }

    async fn release_budget(
        &self,
        turn: &mut Turn<'_>,
        touch: &ClearedTouch,
        key: &TouchKey,
    ) -> Result<(), LoopError> {
        let person = self.load::<PersonState>(streams::person(&touch.cleared.person)?).await?;
        let household = self.load::<HouseholdState>(streams::household(&touch.cleared.household)?).await?;
        let released = ContactBudgetReleased { case: key.case.clone(), touch: key.touch.clone() };
        turn.push(&person, Happened::ContactBudgetReleased(released.clone()))?;
        turn.push(&household, Happened::ContactBudgetReleased(released))
    }

    /// Steps a case from where it now stands, and journals what follows.
    pub(super) async fn follow(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        from: &Case,
        step: &Step,
        reason: &str,
    ) -> Result<(), LoopError> {
        let transition = from.clone().step(self.plan_of(from)?, step, turn.now);
        self.journal_step(turn, case, vehicle, step, None, &transition.case)?;
        for command in &transition.commands {
            self.carry_out(turn, case, vehicle, command, reason).await?;
        }
        self.keep_crossing(turn, case, vehicle, step, &transition.case, reason)
    }

    fn suppressed(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        about: TouchAbout,
        reason: &str,
        ends_case: bool,
        decision: Option<DecisionRecord>,
    ) -> Result<Step, LoopError> {
        let touch = about.touch.clone();
        turn.push(
            case,
            Happened::TouchSuppressed(TouchSuppressed { about, reason: reason.to_owned(), decision }),
        )?;
        Ok(if ends_case && reason == "opted_out" {
            Step::OptedOut
        } else {
            Step::Suppressed { touch, ends_case }
        })
    }

    pub(super) fn deferred(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        about: TouchAbout,
        until: DateTime<Utc>,
        reason: &str,
        decision: Option<DecisionRecord>,
    ) -> Result<Step, LoopError> {
        let touch = about.touch.clone();
        let deferred = TouchDeferred { about, until, reason: reason.to_owned(), decision };
        turn.push(case, Happened::TouchDeferred(deferred))?;
        Ok(Step::Deferred { touch, until })
    }

    /// Settles the oldest touch of a contact that was cleared and not heard of again.
    pub(super) async fn settle_contact(
        &self,
        stream: &StreamId,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        for _ in 0..ATTEMPTS {
            match self.settle_once(stream, now).await {
                Err(error) if error.is_conflict() => {}
                answer => return answer,
            }
        }
        Err(self.contended())
    }

    async fn settle_once(&self, stream: &StreamId, now: DateTime<Utc>) -> Result<(), LoopError> {
        let contact = self.load::<ContactState>(stream.clone()).await?;
        let Some((key, touch)) =
            contact.state.pending.first().and_then(|key| contact.state.touches.get_key_value(key))
        else {
            return Ok(());
        };
        let about = touch.cleared.about.clone();
        let outcome = match self.courier.outcome(key).await {
            KnownOutcome::Accepted(id) => SendOutcome::Accepted(id),
            KnownOutcome::Refused { kind, retry_at } => SendOutcome::Refused { kind, retry_at },
            KnownOutcome::CannotSay => SendOutcome::Unknown,
            KnownOutcome::NeverSeen => return self.decide_anew(&contact, touch, now).await,
        };
        self.append_outcome(&about, touch.version, &outcome, now).await
    }

    /// The transport never saw a cleared touch: decided anew, as if its clearance were not there.
    async fn decide_anew(
        &self,
        contact: &Loaded<ContactState>,
        touch: &ClearedTouch,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let cleared = &touch.cleared;
        let case = self.load::<CaseState>(streams::case(&cleared.about.case)?).await?;
        let opened = opened(&case)?;
        let vehicle = self.load::<VehicleState>(streams::vehicle(&cleared.vehicle)?).await?;
        let person = self.load::<PersonState>(streams::person(&cleared.person)?).await?;
        let household = self.load::<HouseholdState>(streams::household(&cleared.household)?).await?;
        let audience = Audience {
            contact: Loaded {
                stream: contact.stream.clone(),
                version: contact.version,
                state: contact.state.clone(),
            },
            person,
            household,
        };
        let about = &cleared.about;
        let hash = hash_of(&audience)?;
        let mut turn = self.turn_at(now);
        guard_all(&mut turn, &case, &vehicle, &audience);
        let Some(open) = case.state.open() else {
            // The case ended meanwhile: nothing is sent any more.
            self.take_back(&mut turn, &audience, about, "case_closed")?;
            turn.commit().await?;
            return Ok(());
        };
        let plan = self.plan_of(open)?;
        if let Some((fact, until)) = self.irrelevant(plan, opened, open, &vehicle.state, now) {
            // The vehicle is booked, in the shop or just serviced: without the crash it would be held back too.
            self.take_back(&mut turn, &audience, about, "never_seen")?;
            let step = match until {
                Some(until) => self.deferred(&mut turn, &case, about.clone(), until, fact, None)?,
                None => self.suppressed(&mut turn, &case, about.clone(), fact, false, None)?,
            };
            self.follow(&mut turn, &case, &vehicle, open, &step, fact).await?;
            turn.commit().await?;
            return Ok(());
        }
        let template = plan.touch(&about.touch).map(|planned| planned.template.clone()).ok_or_else(|| {
            LoopError::new(LoopErrorKind::Corrupt, format!("plan has no touch {}", about.touch))
        })?;
        // "As if it were not there": a clearance moves each of the three streams by one.
        let unmoved = audience.contact.version == touch.version
            && audience.person.version == cleared.read.person.saturating_add(1)
            && audience.household.version == cleared.read.household.saturating_add(1);
        let fresh = now < touch.at + CLEARANCE_LIFE;
        let versions = if unmoved { cleared.read } else { audience.versions() };
        let wear = self.wear_to_tell(plan, opened, open, &vehicle.state, now).await?;
        let ranks = self.ranks_of(opened, &vehicle.state).await?;
        let (price, advisor) = self.today(opened, open, &vehicle.state, &ranks, now).await?;
        let said = Said {
            template: &template,
            percent_off: percent_off(plan, about),
            wear: wear.as_ref(),
            ranks,
            price,
            advisor,
            slot: None,
        };
        match self.judge(about, hash, opened, open, &vehicle, &audience, versions, &said, now).await? {
            Verdict::Allow { clearance, draft, record }
                if unmoved && fresh && record == cleared.decision && draft.digest == cleared.digest =>
            {
                let ready = Ready { about: about.clone(), clearance, draft };
                self.hand_over(ready, touch.version, now).await
            }
            Verdict::Allow { clearance, draft, record } => {
                let anew = self.cleared_event(about, opened, &audience, versions, &draft, record, now)?;
                turn.push(&audience.contact, Happened::TouchCleared(anew))?;
                turn.facts(&exact_words(&audience.contact.stream, &about.key(), &draft));
                turn.commit().await?;
                let version = audience.contact.version.saturating_add(1);
                self.hand_over(Ready { about: about.clone(), clearance, draft }, version, now).await
            }
            Verdict::Deny { reason, ends_case, record } => {
                self.take_back(&mut turn, &audience, about, "never_seen")?;
                let step = self.suppressed(&mut turn, &case, about.clone(), &reason, ends_case, record)?;
                self.follow(&mut turn, &case, &vehicle, open, &step, &reason).await?;
                turn.commit().await?;
                Ok(())
            }
            Verdict::Defer { until, reason, record } => {
                self.take_back(&mut turn, &audience, about, "never_seen")?;
                let step = self.deferred(&mut turn, &case, about.clone(), until, &reason, Some(record))?;
                self.follow(&mut turn, &case, &vehicle, open, &step, &reason).await?;
                turn.commit().await?;
                Ok(())
            }
        }
    }

    /// A cleared touch that was never handed over does not count.
    fn take_back(
        &self,
        turn: &mut Turn<'_>,
        audience: &Audience,
        about: &TouchAbout,
        reason: &str,
    ) -> Result<(), LoopError> {
        let failed = TouchFailed {
            about: about.clone(),
            reason: reason.to_owned(),
            retry_at: None,
            wake_at: still_pending(&audience.contact, &about.key()),
        };
        turn.push(&audience.contact, Happened::TouchFailed(failed))?;
        let released = ContactBudgetReleased { case: about.case.clone(), touch: about.touch.clone() };
        turn.push(&audience.person, Happened::ContactBudgetReleased(released.clone()))?;
        turn.push(&audience.household, Happened::ContactBudgetReleased(released))
    }
}

/// The alarm of a contact once `settled` is: the next pending touch, or none.
fn still_pending(contact: &Loaded<ContactState>, settled: &TouchKey) -> Alarm {
    let next = contact.state.pending.iter().find(|key| *key != settled);
    next.and_then(|key| contact.state.touches.get(key)).map(|touch| touch.at + CLEARANCE_LIFE).into()
}

/// The exact words of a message, for the person store: what the digest in the clearance commits to. None where the
/// courier only replays.
fn exact_words(contact: &StreamId, key: &TouchKey, draft: &Draft) -> Vec<PersonFact> {
    let fact = |message: &Message| PersonFact {
        subject: contact.clone(),
        name: format!("{}{key}", fact::SENT),
        value: serde_json::json!({
            "to": message.to().expose(),
            "subject": message.subject().unwrap_or(""),
            "body": message.body(),
            "media": message.media(),
            "html": message.html().unwrap_or(""),
            "headers": message.headers(),
        })
        .to_string(),
    };
    draft.message.as_deref().map(fact).into_iter().collect()
}

fn percent_off(plan: &Plan, about: &TouchAbout) -> Option<u8> {
    plan.touch(&about.touch).and_then(|touch| touch.offer()).map(fixedops_recovery::Offer::percent)
}

fn guard_all(
    turn: &mut Turn<'_>,
    case: &Loaded<CaseState>,
    vehicle: &Loaded<VehicleState>,
    audience: &Audience,
) {
    turn.guard(case);
    turn.guard(vehicle);
    turn.guard(&audience.contact);
    turn.guard(&audience.person);
    turn.guard(&audience.household);
}

fn opened(case: &Loaded<CaseState>) -> Result<&CaseOpened, LoopError> {
    case.state.opened.as_ref().map(|(_, opened)| opened).ok_or_else(|| {
        LoopError::new(LoopErrorKind::Corrupt, format!("stream {} holds no opened case", case.stream))
    })
}

fn hash_of(audience: &Audience) -> Result<ContactHash, LoopError> {
    audience.contact.state.linked.as_ref().map(|linked| linked.contact).ok_or_else(|| {
        let message = format!("stream {} was never linked to a person", audience.contact.stream);
        LoopError::new(LoopErrorKind::Corrupt, message)
    })
}

fn budget(
    about: &TouchAbout,
    opened: &CaseOpened,
    contact: ContactHash,
    now: DateTime<Utc>,
) -> ContactBudgetUsed {
    ContactBudgetUsed {
        case: about.case.clone(),
        touch: about.touch.clone(),
        contact,
        person: opened.person.clone(),
        channel: about.channel,
        purpose: about.purpose,
        program: about.program.clone(),
        subject: about.subject.clone(),
        occurred_at: now,
    }
}

/// What a carrier's opt-out reaches: messages of that kind to that number.
const fn scope_of(channel: Channel) -> Scope {
    match channel {
        Channel::Sms | Channel::Mms => Scope::Sms,
        Channel::Email => Scope::Email,
        Channel::LiveCall | Channel::AiCall | Channel::PrerecordedCall => Scope::Calls,
    }
}
