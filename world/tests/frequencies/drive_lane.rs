//! Orders, inspections and answers.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fixedops_connectors_traits::{AuthorizationRecord, AuthorizationStatus, InspectionRecord};
use fixedops_vocab::{InspectionCode, PayType};
use fixedops_world::{GateBlocked, Parameters};

use crate::scene::{Scene, number};
use crate::tally::Tally;

pub(crate) fn measure(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    orders(scene, p, tally);
    inspections(scene, p, tally);
    answers(scene, p, tally);
}

fn orders(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    for (number, records) in scene.orders() {
        let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
        let has = |id: &str| records.iter().any(|(input, _)| input.id == format!("{number}{id}"));
        let codes: BTreeSet<&str> = records
            .iter()
            .flat_map(|(_, record)| &record.lines)
            .filter_map(|line| line.op_code.as_ref().map(fixedops_vocab::OpCode::as_str))
            .collect();
        let opened = records.iter().map(|(_, record)| record.opened_at).min().unwrap();
        if opened > scene.before_end(12) {
            continue;
        }
        if !codes.contains("CMBK") {
            count("visits.inspected", p.visits.inspected.value, codes.contains("MPI"));
        }
        if codes.contains("LOF") {
            count("visits.rotation", p.visits.rotation.value, codes.contains("ROT"));
        }
        if codes.contains("LOF") && codes.contains("ROT") {
            count("orders.split", p.orders.split.value, has("S/import") || has("S/closed"));
        }
        let mistake = records.iter().any(|(_, record)| record.voided);
        count("orders.voided", p.orders.voided.value, mistake);
        let Some((input, record)) = records.iter().find(|(input, _)| input.id == format!("{number}/closed"))
        else {
            continue;
        };
        let back_dated = record.changed_at - record.closed_at.unwrap() > TimeDelta::hours(20);
        count("orders.back_dated", p.orders.back_dated.value, back_dated);
        if !back_dated {
            // A record that waits out a night of the DMS is not late.
            let late = input.at - record.changed_at > TimeDelta::hours(11);
            count("orders.late", p.orders.late.value, late);
        }
        count("orders.repeated", p.orders.repeated.value, has("/again"));
        count("orders.reopened", p.orders.reopened.value, has("/reopened"));
    }
}

fn inspections(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let mut world = scene.world.clone();
    for (_, record) in scene.inspections() {
        for photo in &record.evidence {
            let old = photo.taken_at.is_some_and(|taken| taken < record.changed_at - TimeDelta::days(1));
            tally.trial("inspection.photo_reused", p.inspection.photo_reused.value, old);
        }
        let measured: usize = record.findings.iter().map(|finding| finding.measurements.len()).sum();
        let incomplete = measured < 7;
        tally.trial("inspection.incomplete", p.inspection.incomplete.value, incomplete);
        let faults = record.findings.iter().filter(|finding| finding.code != InspectionCode::Green);
        let skipped = faults.clone().any(|finding| finding.photos.is_empty());
        if faults.count() > 0 && !incomplete {
            tally.trial("inspection.photos_skipped", p.inspection.photos_skipped.value, skipped);
        }
        if incomplete || skipped {
            let gate = GateBlocked {
                ro: record.ro.clone(),
                inspection: record.inspection.clone(),
                at: record.changed_at,
                missing: Vec::new(),
            };
            let back = world.blocked(&gate);
            tally.trial("inspection.left_blocked", p.inspection.left_blocked.value, back.is_empty());
            let exempt = back.iter().any(|input| match &input.what {
                fixedops_world::What::Inspection(record) => record.exemption.is_some(),
                _ => false,
            });
            tally.trial("inspection.exemption", p.inspection.exemption.value, exempt);
        }
    }
}

fn answers(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let (answers, orders) = (scene.answers(), scene.orders());
    let codes: BTreeSet<&str> = p.declines.iter().map(|reason| reason.code.as_str()).collect();
    let whole = |record: &InspectionRecord| record.changed_at < scene.before_end(12);
    for (order, inspection) in scene.inspections().into_iter().filter(|(_, record)| whole(record)) {
        let recommended = inspection.findings.iter().filter(|finding| finding.op_code.is_some());
        let many = recommended.clone().count();
        for finding in recommended {
            let answer = answers
                .iter()
                .find(|(number, answer)| *number == order && answer.finding.as_ref() == Some(&finding.id))
                .map(|(_, answer)| *answer);
            let (name, share) = match (finding.code, many) {
                (InspectionCode::Red, ..=3) => ("answers.red_few", &p.answers.red_few),
                (InspectionCode::Red, 4 | 5) => ("answers.red_some", &p.answers.red_some),
                (InspectionCode::Red, _) => ("answers.red_many", &p.answers.red_many),
                (_, ..=3) => ("answers.yellow_few", &p.answers.yellow_few),
                (_, 4 | 5) => ("answers.yellow_some", &p.answers.yellow_some),
                _ => ("answers.yellow_many", &p.answers.yellow_many),
            };
            let status = answer.map(|answer| answer.status);
            let approved = status == Some(AuthorizationStatus::Approved);
            tally.trial(name, share.value, approved);
            if !approved {
                let deferred = status == Some(AuthorizationStatus::Deferred);
                tally.trial("answers.deferred", p.answers.deferred.value, deferred);
                tally.trial("answers.never_answered", p.answers.never_answered.value, answer.is_none());
            }
            let Some(answer) = answer else {
                continue;
            };
            if let Some(reason) = &answer.reason {
                let words = !codes.contains(reason.as_str());
                tally.trial("answers.own_words", p.answers.own_words.value, words);
            }
            let closed = orders.get(&order).into_iter().flatten();
            let mut closed = closed.filter(|(input, _)| input.id == format!("{order}/closed"));
            if let Some((_, record)) = closed.next() {
                on_order(answer, &record.lines, p, tally);
            }
        }
    }
    assert!(scene.inspections().iter().all(|(id, _)| *id == number(id)));
}

fn on_order(
    answer: &AuthorizationRecord,
    lines: &[fixedops_connectors_traits::RepairOrderLine],
    p: &Parameters,
    tally: &mut Tally,
) {
    let line = lines.iter().find(|line| line.line == answer.line);
    match answer.status {
        AuthorizationStatus::Approved => {
            let goodwill = line.is_some_and(|line| line.pay_type == PayType::Dealer);
            tally.trial("orders.goodwill", p.orders.goodwill.value, goodwill);
        }
        AuthorizationStatus::Declined => {
            let noted = line.is_some_and(|line| line.declined);
            tally.trial("answers.noted_on_order", p.answers.noted_on_order.value, noted);
        }
        _ => {}
    }
}
