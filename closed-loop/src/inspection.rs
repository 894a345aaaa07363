//! What an inspection tablet writes, translated into what the loop takes in.

use fixedops_connectors_traits::{EvidenceMedium, EvidenceRecord, InspectionRecord, MeasurementRecord};
use fixedops_mpi_score::{Finding, ImageHash, Inspection, Measurement, Medium, Unit};
use fixedops_vocab::ServiceId;
use sha2::{Digest as _, Sha256};

use crate::dms::{inbound, stamp};
use crate::{
    ExemptionAsked, FieldSetAside, Happened, InspectedEvidence, InspectedFinding, InspectionCompleted,
    LoopError, Translated,
};

/// What an inspection means to the loop: nothing until it is completed, or somebody asks to go without.
///
/// Keys are made of what the record says, so that the same record again is taken in once. A measurement that does not
/// read is set aside, and its finding goes on; one without an id of its own gets one (`#3`, the third of the form); the price of a recall is left out, since a recall is free. Photos, their
/// addresses and the technician's words stay with the record; VINs are compared here and go no further.
///
/// # Errors
/// [`LoopError`] where an id has no form in the journal.
pub fn translate_inspection(record: &InspectionRecord) -> Result<Translated, LoopError> {
    let mut translated = Translated::default();
    let changed = stamp(record.changed_at);
    if let Some(completed_at) = record.completed_at {
        let mut findings: Vec<InspectedFinding> = Vec::new();
        for (place, found) in record.findings.iter().enumerate() {
            let taken = findings.iter().any(|known| known.id == found.id);
            let id = if found.id.trim().is_empty() || taken {
                // The finding may be what matters most: it goes on under a name of its own.
                let named = format!("{}#{}", found.id.trim(), place + 1);
                let fault = if taken { "another finding has its id" } else { "has no id" };
                let reason = format!("finding {} of the form: {fault}; it is known as {named}", place + 1);
                translated.set_aside.push(FieldSetAside { field: "finding", reason });
                named
            } else {
                found.id.clone()
            };
            let mut measurements = Vec::new();
            for measured in &found.measurements {
                match measurement(measured) {
                    Ok(measurement) => measurements.push(measurement),
                    Err(what) => translated.set_aside.push(FieldSetAside {
                        field: "measurement",
                        reason: format!("{} of finding {}: {what}", measured.name, found.id),
                    }),
                }
            }
            if found.recall && found.price.is_some() {
                let reason = format!("finding {} is a recall, which is free", found.id);
                translated.set_aside.push(FieldSetAside { field: "price", reason });
            }
            let photos = found.photos.iter().filter(|photo| !photo.trim().is_empty()).count();
            findings.push(InspectedFinding {
                id,
                section: found.section.clone(),
                item: found.item.clone(),
                code: found.code,
                photos: u32::try_from(photos).unwrap_or(u32::MAX),
                measurements,
                op_code: found.op_code.clone(),
                service: None,
                price: found.price.filter(|_| !found.recall),
                recall: found.recall,
            });
        }
        let completed = InspectionCompleted {
            key: format!("inspection/{}/{changed}", record.inspection),
            inspection: record.inspection.clone(),
            ro: record.ro.clone(),
            vehicle: record.vehicle.clone(),
            technician: record.technician.clone(),
            advisor: record.advisor.clone(),
            findings,
            evidence: evidence(record, &mut translated),
            occurred_at: completed_at,
        };
        translated.inbounds.push(inbound(Happened::InspectionCompleted(completed), Vec::new())?);
    }
    if let Some(exemption) = &record.exemption {
        let asked = ExemptionAsked {
            key: format!("inspection/{}/{changed}/exemption", record.inspection),
            ro: record.ro.clone(),
            vehicle: record.vehicle.clone(),
            inspection: Some(record.inspection.clone()),
            technician: record.technician.clone(),
            advisor: record.advisor.clone(),
            code: exemption.code.clone(),
            by: exemption.by.clone(),
            reason: exemption.reason.clone(),
            occurred_at: record.changed_at,
        };
        translated.inbounds.push(inbound(Happened::ExemptionAsked(asked), Vec::new())?);
    }
    Ok(translated)
}

/// The reason says nothing of the value.
fn measurement(record: &MeasurementRecord) -> Result<Measurement, &'static str> {
    let value = record.value.trim().parse().map_err(|_| "is not a number")?;
    let unit: Unit = serde_json::from_value(serde_json::Value::String(record.unit.trim().to_lowercase()))
        .map_err(|_| "has no unit known here")?;
    Ok(Measurement { name: record.name.clone(), place: record.place.clone(), value, unit })
}

/// What is known of photos, videos and voice notes. A hash that does not read is set aside, and the photo goes on.
fn evidence(record: &InspectionRecord, translated: &mut Translated) -> Vec<InspectedEvidence> {
    let mut known = Vec::new();
    for told in &record.evidence {
        let EvidenceRecord { finding, medium, href, taken_at, vin, image_hash } = told;
        let medium = match medium {
            EvidenceMedium::Photo => Medium::Photo,
            EvidenceMedium::Video => Medium::Video,
            EvidenceMedium::VoiceNote => Medium::VoiceNote,
            other => {
                let reason = format!("{other:?} is no kind of evidence known here");
                translated.set_aside.push(FieldSetAside { field: "evidence", reason });
                continue;
            }
        };
        let hash = image_hash.as_deref().map(str::parse::<ImageHash>).transpose().unwrap_or_else(|error| {
            let of = finding.as_deref().unwrap_or("the whole car");
            let reason = format!("image hash of a photo of {of}: {error}");
            translated.set_aside.push(FieldSetAside { field: "image_hash", reason });
            None
        });
        known.push(InspectedEvidence {
            finding: finding.clone(),
            medium,
            name: Sha256::digest(href.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
            taken_at: *taken_at,
            another_vehicle: vin.zip(record.vin).is_some_and(|(of, here)| of != here),
            hash,
        });
    }
    known
}

/// A completed inspection as the gate and the score take it.
pub(crate) fn as_inspection(inspected: &InspectionCompleted) -> Inspection {
    Inspection {
        inspection: inspected.inspection.clone(),
        ro: inspected.ro.clone(),
        vehicle: inspected.vehicle.clone(),
        completed_at: Some(inspected.occurred_at),
        findings: inspected.findings.iter().map(finding).collect(),
    }
}

/// By what the history of a finding is known: the service that would put it right; else its operation, written as a
/// service is (`op_code_brkf`, other characters by their code). None where its code is too long for that.
pub(crate) fn work_of(found: &InspectedFinding) -> Option<ServiceId> {
    let by_code = || {
        let mut id = "op_code_".to_owned();
        for byte in found.op_code.as_ref()?.as_str().bytes() {
            match byte {
                b'A'..=b'Z' | b'0'..=b'9' => id.push(char::from(byte.to_ascii_lowercase())),
                other => id.push_str(&format!("_{other:02x}")),
            }
        }
        ServiceId::new(id).ok()
    };
    found.service.clone().or_else(by_code)
}

/// The gate counts photos; it does not look at them.
fn finding(found: &InspectedFinding) -> Finding {
    Finding {
        id: found.id.clone(),
        section: found.section.clone(),
        item: found.item.clone(),
        code: found.code,
        measurements: found.measurements.clone(),
        photos: (1..=found.photos).map(|n| n.to_string()).collect(),
        note: None,
        service: work_of(found),
        op_code: found.op_code.clone(),
        price: found.price,
        recall: found.recall,
    }
}
