//! Inspections: was the car looked at, with pictures, and did the gate hold.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fixedops_mpi_score::{ExemptionPolicy, Gate, GateRecord, exemption_alarms};

use super::pen::{many, of, percent_of};
use crate::Figure;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Answer, Counts, InspectionTally, more};
use crate::scorecard::{Inspections, StaffRow};

/// The programme that sends the link.
const INSPECTION_DELIVERY: &str = "inspection_delivery";

#[derive(Default)]
struct Staff {
    inspected: u64,
    passed: u64,
    findings: u64,
    with_photo: u64,
}

impl Staff {
    fn add(&mut self, inspection: &InspectionTally) {
        let (findings, with_photo) = photographed(inspection);
        self.inspected = self.inspected.saturating_add(1);
        self.passed = self.passed.saturating_add(u64::from(inspection.passed));
        self.findings = self.findings.saturating_add(findings);
        self.with_photo = self.with_photo.saturating_add(with_photo);
    }
}

/// Red and yellow findings, and those with a photo.
fn photographed(inspection: &InspectionTally) -> (u64, u64) {
    let grave =
        || inspection.findings.iter().filter(|finding| matches!(finding.code.as_str(), "red" | "yellow"));
    (many(grave().count()), many(grave().filter(|finding| finding.photos > 0).count()))
}

pub(super) fn section(facts: &Facts<'_>, policy: &ExemptionPolicy) -> Inspections {
    let mut records = Vec::new();
    let mut orders = 0_u64;
    let (mut inspected, mut passed, mut blocked, mut exempted) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut without, mut closed_held) = (0_u64, 0_u64);
    let (mut grave, mut with_photo) = (0_u64, 0_u64);
    let (mut findings, mut exemptions) = (Counts::new(), Counts::new());
    let (mut technicians, mut advisors) =
        (BTreeMap::<String, Staff>::new(), BTreeMap::<String, Staff>::new());
    for (ro, _) in facts.orders().filter(|(_, order)| facts.is_retail(order)) {
        orders = orders.saturating_add(1);
        let one = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
        let Some(inspection) = facts.tally.inspections.get(ro) else {
            one(&mut without, true);
            continue;
        };
        one(&mut without, !inspection.inspected && inspection.exempted.is_none());
        one(&mut closed_held, inspection.held);
        records.push(GateRecord {
            ro: ro.clone(),
            advisor: inspection.advisor.clone(),
            technician: inspection.technician.clone(),
            gate: match &inspection.exempted {
                // The figures ask how it stands, not why.
                Some(code) => Gate::Exempt { code: code.clone(), by: String::new(), reason: String::new() },
                None if inspection.passed => Gate::Pass,
                None => Gate::Block(Vec::new()),
            },
        });
        one(&mut inspected, inspection.inspected);
        // An exemption lets the order go: it never makes a completed inspection of it.
        one(&mut passed, inspection.passed);
        one(&mut blocked, inspection.blocked);
        one(&mut exempted, inspection.exempted.is_some());
        if let Some(code) = &inspection.exempted {
            more(&mut exemptions, code);
        }
        for finding in &inspection.findings {
            more(&mut findings, &finding.code);
        }
        let (found, pictured) = photographed(inspection);
        grave = grave.saturating_add(found);
        with_photo = with_photo.saturating_add(pictured);
        if inspection.inspected {
            for (staff, who) in
                [(&mut technicians, &inspection.technician), (&mut advisors, &inspection.advisor)]
            {
                staff
                    .entry(who.clone().unwrap_or_else(|| "not told".to_owned()))
                    .or_default()
                    .add(inspection);
            }
        }
    }
    let within = TimeDelta::minutes(i64::from(facts.policy.file.inspection_link_minutes.value));
    let delivered = facts.cases().filter(|(_, case)| case.program == INSPECTION_DELIVERY);
    let (mut links, mut in_time) = (0_u64, 0_u64);
    for (_, case) in delivered {
        let Some(sent_at) = case.sent().filter_map(|touch| touch.sent_at).min() else { continue };
        links = links.saturating_add(1);
        in_time = in_time.saturating_add(u64::from(sent_at - case.since <= within));
    }
    let closed = || of(orders, "retail repair orders closed in the period");
    let rows = |staff: BTreeMap<String, Staff>| {
        staff.into_iter().map(|(who, sums)| row(facts, who, &sums)).collect()
    };
    let (yes, all) = (facts.answered(Answer::Approved), facts.all_answered());
    Inspections {
        told: facts.tally.inspections_told,
        orders_closed: facts.total(
            "inspections.orders_closed",
            "Retail repair orders closed",
            orders,
            "retail repair orders closed in the period",
            "Repair orders of retail vehicles with an owner, closed since the journal began, voided ones left out.",
        ),
        inspected: facts.count("inspections.inspected", "Inspected", inspected, &closed(), "Of those, the ones an inspection was sent in for, whole or not."),
        passed: facts.count("inspections.passed", "Gate passed", passed, &closed(), "Of those, the ones whose inspection is complete by the gate's last word; one let go by an exemption is not."),
        blocked: facts.count("inspections.blocked", "Held back by the gate", blocked, &closed(), "Of those, the ones the gate held back at least once because something was missing."),
        exempted: facts.count("inspections.exempted", "Exempted", exempted, &closed(), "Of those, the ones let go by an exemption with a code, by the gate's last word. Never counted as completed."),
        without: facts.count("inspections.without", "Neither inspected nor exempted", without, &closed(), "Of those, the ones no inspection was sent in for and nobody exempted."),
        closed_held: facts.count("inspections.closed_held", "Closed although held back", closed_held, &closed(), "Of those, the ones the gate's last word keeps back: the DMS closed them all the same."),
        completion_rate: facts.aimed(
            facts.rate("inspections.completion_rate", "MPI completion rate", passed, &closed(), "Gate passed, of all retail orders closed. Exempted orders stay in the base, so that exemptions cannot lift the rate."),
            TargetName::InspectionCompletion,
        ),
        completion_rate_without_exempted: facts.rate(
            "inspections.completion_rate_without_exempted",
            "MPI completion rate, exempted orders left out",
            passed,
            &of(orders.saturating_sub(exempted), "retail repair orders closed in the period without an exemption"),
            "Gate passed, of the retail orders closed that were not exempted.",
        ),
        links: facts.total(
            "inspections.links",
            "Inspection links sent",
            links,
            "inspections sent to the customer",
            "Inspections that passed the gate and whose link went out to the owner.",
        ),
        links_in_time: facts.rate(
            "inspections.links_in_time",
            "Links out in time",
            in_time,
            &of(links, "inspections sent to the customer"),
            "First message within the policy's minutes (5) of the inspection's completion. Links sent outside quiet hours and with consent only: a later one waited for either.",
        ),
        photos: facts.rate(
            "inspections.photos",
            "Red and yellow findings with a photo",
            with_photo,
            &of(grave, "red and yellow findings"),
            "Red and yellow findings with at least one photo.",
        ),
        findings: facts.counts(("inspections.findings", "Findings by color", "color"), &findings, "findings", "Findings of the inspections of those orders, as sent in last."),
        exemptions: facts.counts(("inspections.exemptions", "Exemptions by code", "code"), &exemptions, "orders exempted", "Why orders were let go without a complete inspection."),
        acceptance: facts.aimed(
            facts.rate("inspections.acceptance", "Acceptance (closing ratio by count)", yes, &of(all, "recommended lines answered"), "Recommended lines whose last answer is yes, of those answered yes, no or later; a no of before the period counts only where it opened a case."),
            TargetName::Acceptance,
        ),
        acceptance_above_fold: in_rank(facts, true, "inspections.acceptance_above_fold", "Acceptance above the fold", "The same of findings that stood above the fold by the score: the first three, or more where more are at a safety limit."),
        acceptance_additional: in_rank(facts, false, "inspections.acceptance_additional", "Acceptance of additional recommendations", "The same of findings that stood below the fold."),
        alarms: exemption_alarms(&records, policy).iter().map(ToString::to_string).collect(),
        by_technician: rows(technicians),
        by_advisor: rows(advisors),
    }
}

/// Acceptance of what stood above the fold, or below it.
fn in_rank(facts: &Facts<'_>, above: bool, id: &str, label: &str, definition: &str) -> Figure {
    let (yes, all) = facts.answered_in_rank(above);
    facts.rate(id, label, yes, &of(all, "answered lines of ranked findings"), definition)
}

fn row(facts: &Facts<'_>, who: String, sums: &Staff) -> StaffRow {
    StaffRow {
        who,
        inspected: sums.inspected,
        passed: sums.passed,
        percent_passed: percent_of(sums.passed, sums.inspected),
        findings: sums.findings,
        with_photo: sums.with_photo,
        percent_with_photo: percent_of(sums.with_photo, sums.findings),
        small_base: sums.inspected < facts.small,
    }
}
