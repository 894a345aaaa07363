use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use fixedops_connectors_traits::Event;
use fixedops_mpi_score::{
    Block, Doubt, Earned, Evidence, EvidencePolicy, ExemptionPolicy, Flag, Gate, GateRecord, KnownPhoto,
    Medium, Sheet, SpiffLedger, SpiffPolicy, SpiffReason, completion, doubts, exemption_alarms,
};
use fixedops_vocab::{InspectionId, RoId, RooftopId, VehicleId};

use super::{Doubted, InspectionReview, ScoredInspection};
use crate::inspection::as_inspection;
use crate::{ExemptionAsked, Happened, InspectionCompleted, InspectionRanked, LoopError, VehicleRecorded};

/// What a review is made by.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct ReviewPolicies {
    /// When evidence is doubted.
    pub evidence: EvidencePolicy,
    /// When exemptions are too many.
    pub exemptions: ExemptionPolicy,
    /// What technicians are paid; none ships.
    pub spiff: Option<SpiffPolicy>,
}

impl ReviewPolicies {
    /// The shipped ones, which pay nothing.
    #[must_use]
    pub fn shipped() -> Self {
        Self { evidence: EvidencePolicy::shipped(), exemptions: ExemptionPolicy::shipped(), spiff: None }
    }
}

/// One order.
#[derive(Debug, Default)]
struct Order {
    vehicle: Option<VehicleId>,
    opened_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    voided: bool,
    inspected: Option<InspectionCompleted>,
    ranked: Option<InspectionRanked>,
    gate: Option<Gate>,
    /// Who asked to go without, the last to do so.
    asked: Option<ExemptionAsked>,
    flags: Vec<Flag>,
    /// How many photos were known before its inspection came in.
    photos_before: usize,
    /// What stands in the ledger for it.
    paid: Option<Paid>,
}

/// What a technician was credited for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Paid {
    inspection: InspectionId,
    technician: String,
    photos: u32,
}

/// Takes a journal in, event by event in the order of the positions, and reviews its inspections.
///
/// A photo is held against those that came in before it. Of an inspection that was completed again the version completed
/// last counts. An order earns once, however many inspections it has: what a technician earns is entered when the gate lets
/// it pass, by the store's day then, for photos of findings that nobody doubts. Where the gate takes that back, the order is
/// voided, or another version shows other photos, it is reversed, and entered anew where something is due. Where a store's
/// tablets tell of their photos, one they do not tell of earns nothing. Of an inspection without a technician nobody earns
/// anything.
///
/// ```
/// use fixedops_closed_loop::review::{ReviewBuilder, ReviewPolicies};
/// let review = ReviewBuilder::new(ReviewPolicies::shipped()).finish("2026-03-02T09:00:00Z".parse()?);
/// assert_eq!((review.completion.orders(), review.alarms.len()), (0, 0));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug)]
pub struct ReviewBuilder {
    policies: ReviewPolicies,
    first_at: Option<DateTime<Utc>>,
    zones: BTreeMap<RooftopId, Tz>,
    vehicles: BTreeMap<VehicleId, VehicleRecorded>,
    orders: BTreeMap<RoId, Order>,
    /// Orders in the order in which their inspections came in first.
    inspected: Vec<RoId>,
    photos: Vec<KnownPhoto>,
    /// Whether the store's tablets tell of their photos at all.
    tells_photos: bool,
    ledger: SpiffLedger,
}

impl ReviewBuilder {
    /// Nothing taken in yet.
    #[must_use]
    pub fn new(policies: ReviewPolicies) -> Self {
        Self {
            policies,
            first_at: None,
            zones: BTreeMap::new(),
            vehicles: BTreeMap::new(),
            orders: BTreeMap::new(),
            inspected: Vec::new(),
            photos: Vec::new(),
            tells_photos: false,
            ledger: SpiffLedger::default(),
        }
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read.
    pub fn apply(&mut self, event: &Event) -> Result<(), LoopError> {
        self.first_at.get_or_insert(event.at);
        let interesting = matches!(
            event.event_type.as_str(),
            "store_configured"
                | "vehicle_recorded"
                | "ro_opened"
                | "ro_closed"
                | "inspection_completed"
                | "inspection_ranked"
                | "exemption_asked"
                | "gate_passed"
                | "gate_blocked"
                | "gate_exempted"
        );
        if let Some(happened) = interesting.then(|| Happened::read(event)).transpose()?.flatten() {
            self.take_in(event.at, happened);
        }
        Ok(())
    }

    fn take_in(&mut self, at: DateTime<Utc>, happened: Happened) {
        match happened {
            Happened::StoreConfigured(store) => {
                let zone = store.timezone.as_deref().and_then(|name| name.parse::<Tz>().ok());
                self.zones.extend(zone.map(|zone| (store.rooftop, zone)));
            }
            Happened::VehicleRecorded(record) => {
                self.vehicles.insert(record.vehicle.clone(), record);
            }
            Happened::RoOpened(opened) => {
                let order = self.orders.entry(opened.ro.clone()).or_default();
                order.vehicle = Some(opened.vehicle);
                if order.opened_at.is_none() {
                    order.opened_at = Some(opened.occurred_at);
                    self.doubt(&opened.ro, at);
                }
            }
            Happened::RoClosed(closed) => {
                let order = self.orders.entry(closed.ro.clone()).or_default();
                order.vehicle = Some(closed.vehicle);
                order.opened_at = Some(closed.opened_at);
                order.closed_at = Some(closed.occurred_at);
                order.voided = closed.voided;
                self.doubt(&closed.ro, at);
            }
            Happened::InspectionCompleted(completed) => self.inspect(completed),
            Happened::InspectionRanked(ranked) => {
                let ro = ranked.ro.clone();
                self.orders.entry(ro.clone()).or_default().ranked = Some(ranked);
                // The last of what a completion brings: the gate has spoken.
                self.settle(&ro, at);
            }
            Happened::ExemptionAsked(asked) => {
                let order = self.orders.entry(asked.ro.clone()).or_default();
                order.vehicle.get_or_insert_with(|| asked.vehicle.clone());
                if !order.asked.as_ref().is_some_and(|known| known.is_newer_than(&asked)) {
                    order.asked = Some(asked);
                }
            }
            Happened::GatePassed(passed) => self.answered(&passed.ro, Gate::Pass, at),
            Happened::GateBlocked(blocked) => {
                let missing = blocked.missing.into_iter().map(|missing| missing.what).collect();
                self.answered(&blocked.ro, Gate::Block(missing), at);
            }
            Happened::GateExempted(exempted) => {
                let crate::GateExempted { ro, code, by, reason, .. } = exempted;
                self.answered(&ro, Gate::Exempt { code, by, reason }, at);
            }
            _ => {}
        }
    }

    fn inspect(&mut self, completed: InspectionCompleted) {
        let ro = completed.ro.clone();
        let order = self.orders.entry(ro.clone()).or_default();
        if order.inspected.as_ref().is_some_and(|known| known.is_newer_than(&completed)) {
            return;
        }
        if order.inspected.is_none() {
            self.inspected.push(ro.clone());
        }
        order.vehicle.get_or_insert_with(|| completed.vehicle.clone());
        self.tells_photos |= completed.evidence.iter().any(|known| known.medium == Medium::Photo);
        order.photos_before = self.photos.len();
        order.flags = flags(&completed, order.opened_at, &self.photos, &self.policies.evidence);
        let evidence = sheet(&completed, order.opened_at, None).evidence;
        // A version that comes again shows its photos again.
        let known: BTreeSet<String> =
            self.photos.iter().filter(|known| known.ro == ro).map(|known| known.href.clone()).collect();
        let fresh = evidence.into_iter().filter(|evidence| !known.contains(&evidence.href));
        self.photos.extend(fresh.filter(|evidence| evidence.medium == Medium::Photo).filter_map(
            |evidence| Some(KnownPhoto { ro: ro.clone(), href: evidence.href, hash: evidence.hash? }),
        ));
        order.inspected = Some(completed);
    }

    fn answered(&mut self, ro: &RoId, gate: Gate, at: DateTime<Utc>) {
        self.orders.entry(ro.clone()).or_default().gate = Some(gate);
        self.settle(ro, at);
    }

    /// Looks at the evidence of an order again: when it was opened is known better, or it was voided.
    fn doubt(&mut self, ro: &RoId, at: DateTime<Utc>) {
        let Some(order) = self.orders.get_mut(ro) else { return };
        let Some(inspected) = &order.inspected else { return };
        let earlier = self.photos.get(..order.photos_before).unwrap_or(&self.photos);
        order.flags = flags(inspected, order.opened_at, earlier, &self.policies.evidence);
        self.settle(ro, at);
    }

    /// Brings the ledger to what an order earns as it stands.
    fn settle(&mut self, ro: &RoId, at: DateTime<Utc>) {
        let Some(policy) = &self.policies.spiff else { return };
        let Some(order) = self.orders.get(ro) else { return };
        let due = order
            .inspected
            .as_ref()
            .filter(|_| order.gate == Some(Gate::Pass) && !order.voided)
            .and_then(|inspected| {
                let photos = good_photos(inspected, &order.flags, self.tells_photos);
                let (inspection, technician) = (inspected.inspection.clone(), inspected.technician.clone()?);
                Some(Paid { inspection, technician, photos })
            });
        let standing = order.paid.clone();
        if due == standing {
            return;
        }
        let vehicle = order.vehicle.as_ref();
        let on = vehicle.map_or_else(|| at.date_naive(), |vehicle| self.day(vehicle, at));
        let whole =
            |one: &Option<Paid>| one.as_ref().map(|paid| (paid.inspection.clone(), paid.technician.clone()));
        let same_work = whole(&due) == whole(&standing);
        if let Some(paid) = &standing {
            self.ledger.reverse(&paid.inspection, SpiffReason::Photos, on);
            if !same_work {
                self.ledger.reverse(&paid.inspection, SpiffReason::Completion, on);
            }
        }
        if let Some(Paid { inspection, technician, photos }) = due.clone() {
            let reason = SpiffReason::Completion;
            let completion = Earned { technician, inspection, ro: ro.clone(), reason, count: 1, on };
            let photos = Earned { reason: SpiffReason::Photos, count: photos, ..completion.clone() };
            if !same_work {
                self.ledger.credit(&completion, policy);
            }
            self.ledger.credit(&photos, policy);
        }
        if let Some(order) = self.orders.get_mut(ro) {
            order.paid = due;
        }
    }

    /// The day at the store of a vehicle; in UTC where its zone is not known.
    fn day(&self, vehicle: &VehicleId, at: DateTime<Utc>) -> NaiveDate {
        let rooftop = self.vehicles.get(vehicle).map(|record| &record.rooftop);
        let zone = rooftop.and_then(|rooftop| self.zones.get(rooftop));
        zone.map_or_else(|| at.date_naive(), |zone| at.with_timezone(zone).date_naive())
    }

    /// Every inspection that was scored, as it was scored, in the order in which they came in: what `fixedops score` reads.
    #[must_use]
    pub fn scored(&self) -> Vec<ScoredInspection> {
        let scored = |ro: &RoId| {
            let order = self.orders.get(ro)?;
            let (inspected, ranked) = (order.inspected.as_ref()?, order.ranked.as_ref()?);
            let rooftop = self.vehicles.get(&inspected.vehicle).map(|record| record.rooftop.to_string());
            Some(ScoredInspection {
                sheet: sheet(inspected, order.opened_at, rooftop),
                history: ranked.history.clone(),
                fit: ranked.fit.clone(),
            })
        };
        self.inspected.iter().filter_map(scored).collect()
    }

    /// The review of what was taken in.
    #[must_use]
    pub fn finish(&self, until: DateTime<Utc>) -> InspectionReview {
        let mut records = Vec::new();
        for (ro, order) in &self.orders {
            let record = order.vehicle.as_ref().and_then(|vehicle| self.vehicles.get(vehicle));
            let retail = record.is_some_and(|record| record.unit.may_trigger() && record.owner.is_some());
            let counts = match order.closed_at {
                Some(closed) => {
                    !order.voided && self.first_at.is_some_and(|from| closed >= from) && closed <= until
                }
                None => order.gate.is_some(),
            };
            if !retail || !counts {
                continue;
            }
            let (inspected, asked) = (order.inspected.as_ref(), order.asked.as_ref());
            records.push(GateRecord {
                ro: ro.clone(),
                advisor: inspected
                    .and_then(|known| known.advisor.clone())
                    .or_else(|| asked.and_then(|asked| asked.advisor.clone()))
                    // Where nobody says whose order it is, it is his who asked.
                    .or_else(|| asked.map(|asked| asked.by.clone())),
                technician: inspected
                    .and_then(|known| known.technician.clone())
                    .or_else(|| asked.and_then(|asked| asked.technician.clone())),
                gate: order.gate.clone().unwrap_or_else(|| Gate::Block(vec![Block::NotCompleted])),
            });
        }
        let mut doubted = Vec::new();
        let (mut evidence, mut compared) = (0, 0);
        for (order, inspected) in self.inspected.iter().filter_map(|ro| {
            let order = self.orders.get(ro)?;
            Some((order, order.inspected.as_ref()?))
        }) {
            evidence += inspected.evidence.len();
            compared += inspected.evidence.iter().filter(|known| known.hash.is_some()).count();
            doubted.extend(order.flags.iter().filter_map(|flag| {
                Some(Doubted {
                    ro: inspected.ro.clone(),
                    inspection: inspected.inspection.clone(),
                    technician: inspected.technician.clone(),
                    name: inspected.evidence.get(flag.evidence)?.name.clone(),
                    flag: flag.clone(),
                    words: flag.to_string(),
                })
            }));
        }
        let spiff = self.policies.spiff.as_ref().map(|policy| policy.table().version.clone());
        let policies = [
            self.policies.evidence.table().version.clone(),
            self.policies.exemptions.table().version.clone(),
        ];
        InspectionReview {
            from: self.first_at,
            until,
            policies: policies.into_iter().chain(spiff).collect(),
            completion: completion(&records),
            alarms: exemption_alarms(&records, &self.policies.exemptions),
            doubted,
            evidence,
            compared,
            entries: self.ledger.entries().to_vec(),
        }
    }
}

/// What is doubted of a completed inspection, beside the photos that came in before it.
fn flags(
    completed: &InspectionCompleted,
    opened_at: Option<DateTime<Utc>>,
    earlier: &[KnownPhoto],
    policy: &EvidencePolicy,
) -> Vec<Flag> {
    let mut flags = doubts(&sheet(completed, opened_at, None), earlier, policy);
    // The VINs were compared when the record came in; the journal holds none.
    for (index, evidence) in completed.evidence.iter().enumerate().filter(|(_, known)| known.another_vehicle)
    {
        flags.push(Flag { evidence: index, finding: evidence.finding.clone(), what: Doubt::AnotherVehicle });
    }
    flags.sort_by_key(|flag| flag.evidence);
    flags
}

/// Photos that are evidence of a finding and that nobody doubts; where no tablet of the store tells more than their number,
/// that.
fn good_photos(inspected: &InspectionCompleted, flags: &[Flag], tells_photos: bool) -> u32 {
    if !tells_photos {
        return inspected.findings.iter().map(|found| found.photos).fold(0, u32::saturating_add);
    }
    let photos = inspected.evidence.iter().enumerate().filter(|(_, known)| known.medium == Medium::Photo);
    let doubted = |index: usize| flags.iter().any(|flag| flag.evidence == index);
    let good: BTreeSet<&str> = photos
        .filter(|(index, known)| known.finding.is_some() && !doubted(*index))
        .map(|(_, known)| known.name.as_str())
        .collect();
    u32::try_from(good.len()).unwrap_or(u32::MAX)
}

/// The sheet of a completed inspection, as far as the journal has it: addresses are names, and there are no VINs.
fn sheet(inspected: &InspectionCompleted, opened_at: Option<DateTime<Utc>>, store: Option<String>) -> Sheet {
    let mut sheet = Sheet::of(as_inspection(inspected));
    sheet.technician.clone_from(&inspected.technician);
    sheet.advisor.clone_from(&inspected.advisor);
    sheet.store = store;
    sheet.ro_opened_at = opened_at;
    sheet.evidence = inspected
        .evidence
        .iter()
        .map(|known| Evidence {
            finding: known.finding.clone(),
            medium: known.medium,
            href: known.name.clone(),
            taken_at: known.taken_at,
            vin: None,
            hash: known.hash,
        })
        .collect();
    sheet
}
