use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::{InspectionCode, InspectionId, Money, OpCode, RoId, VehicleId};
use serde::{Deserialize, Serialize};

use crate::{ConnectorError, Cursor, Page};

/// A measurement as a tablet writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasurementRecord {
    /// What was measured (`tread`, `pad`).
    pub name: String,
    /// Where (`front_left`).
    pub place: Option<String>,
    /// The number, as decimal text.
    pub value: String,
    /// Its unit (`32nds`, `mm`).
    pub unit: String,
}

/// A finding as a tablet writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The finding, unique in its inspection.
    pub id: String,
    /// The section it stands in.
    pub section: String,
    /// What was looked at.
    pub item: String,
    /// Green, yellow or red.
    pub code: InspectionCode,
    /// What was measured.
    pub measurements: Vec<MeasurementRecord>,
    /// Addresses of photos.
    pub photos: Vec<String>,
    /// The technician's words.
    pub note: Option<String>,
    /// The operation recommended.
    pub op_code: Option<OpCode>,
    /// Its price.
    pub price: Option<Money>,
    /// Whether it is a safety recall.
    pub recall: bool,
}

/// An inspection as a tablet writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectionRecord {
    /// The inspection.
    pub inspection: InspectionId,
    /// The repair order it belongs to.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When it was completed, if it is.
    pub completed_at: Option<DateTime<Utc>>,
    /// The findings.
    pub findings: Vec<FindingRecord>,
}

/// Inspection tablets.
///
/// # Contract
///
/// - **Complete** and **repeatable**, as [`crate::DmsReader`]: every inspection that was completed or changed after
///   the cursor is given at least once, with everything it holds.
#[async_trait]
pub trait InspectionSource: Send + Sync {
    /// The page of inspections after `from`, at most `limit`.
    async fn inspections(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InspectionRecord>, ConnectorError>;
}
