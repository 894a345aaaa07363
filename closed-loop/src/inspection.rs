//! What an inspection tablet writes, translated into what the loop takes in.

use fixedops_connectors_traits::{InspectionRecord, MeasurementRecord};
use fixedops_mpi_score::{Measurement, Unit};

use crate::dms::{inbound, stamp};
use crate::{
    ExemptionAsked, FieldSetAside, Happened, InspectedFinding, InspectionCompleted, LoopError, Translated,
};

/// What an inspection means to the loop: nothing until it is completed, or somebody asks to go without.
///
/// Keys are made of what the record says, so that the same record again is taken in once. A measurement that does not
/// read is set aside, and its finding goes on; the price of a recall is left out, since a recall is free. Photos and
/// the technician's words stay with the record.
///
/// # Errors
/// [`LoopError`] where an id has no form in the journal.
pub fn translate_inspection(record: &InspectionRecord) -> Result<Translated, LoopError> {
    let mut translated = Translated::default();
    let changed = stamp(record.changed_at);
    if let Some(completed_at) = record.completed_at {
        let mut findings = Vec::new();
        for found in &record.findings {
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
                id: found.id.clone(),
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
