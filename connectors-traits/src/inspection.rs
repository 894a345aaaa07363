use core::fmt;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use fixedops_vocab::{InspectionCode, InspectionId, Money, OpCode, RoId, RoLineId, VehicleId, Vin};
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
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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

impl fmt::Debug for FindingRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The technician's words and the addresses of photos may tell of the customer.
        write!(f, "FindingRecord({} {}, {} photos)", self.id, self.code, self.photos.len())
    }
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
    /// The technician who did it, by his number.
    pub technician: Option<String>,
    /// The advisor the order is with, by his number.
    pub advisor: Option<String>,
    /// Asked to go without a complete inspection.
    pub exemption: Option<ExemptionRecord>,
    /// The findings.
    pub findings: Vec<FindingRecord>,
    /// The car's VIN, as the tablet has it.
    #[serde(default)]
    pub vin: Option<Vin>,
    /// More about photos, and videos and voice notes, as far as the tablet tells.
    #[serde(default)]
    pub evidence: Vec<EvidenceRecord>,
    /// When the record was written.
    pub changed_at: DateTime<Utc>,
}

/// What kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceMedium {
    /// A photo.
    Photo,
    /// A video.
    Video,
    /// The technician's voice.
    VoiceNote,
}

/// A photo, video or voice note as a tablet writes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// The finding it shows; none where it shows the whole car.
    pub finding: Option<String>,
    /// What it is.
    pub medium: EvidenceMedium,
    /// Where it is; of a photo as the finding spells it.
    pub href: String,
    /// When it was taken, by the camera.
    pub taken_at: Option<DateTime<Utc>>,
    /// The car it was taken of, where the tablet bound it to one.
    pub vin: Option<Vin>,
    /// What a photo looks like: 64 bits of a perceptual hash as 16 hexadecimal digits, all of a store by one method.
    pub image_hash: Option<String>,
}

impl fmt::Debug for EvidenceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses of photos may tell of the customer.
        write!(f, "EvidenceRecord({:?} of {:?})", self.medium, self.finding)
    }
}

/// A request to let an order go without a complete inspection, as a tablet or an advisor's screen writes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemptionRecord {
    /// The code (`warranty_only`, `declined_at_write_up`, ...).
    pub code: String,
    /// Who asks, by his number.
    pub by: String,
    /// Why, in words.
    pub reason: String,
}

impl fmt::Debug for ExemptionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExemptionRecord({} by {}: ***)", self.code, self.by)
    }
}

/// What a customer said to one recommended line. STAR's `RepairAuthorizationStatusTypes`, as far as they are an
/// answer; `Deferred` is the line state of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthorizationStatus {
    /// Do it.
    Approved,
    /// No.
    Declined,
    /// Not now.
    Deferred,
}

/// How it was said. STAR's authorization methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthorizationMethod {
    /// Signed on paper at the counter.
    InPersonPhysicalSignature,
    /// Signed on a tablet at the counter.
    InPersonDigitalSignature,
    /// On the customer's page.
    DigitalPortal,
    /// From the link of a text, or by answering it.
    SmsTextLink,
    /// From the link of an e-mail.
    EmailLink,
    /// Told the advisor on the telephone.
    VerbalPhone,
    /// Not known.
    Unknown,
}

/// A customer's answer to one recommended line (STAR `RepairAuthorization`), as a tablet, a page or a DMS writes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRecord {
    /// The repair order.
    pub ro: RoId,
    /// The line of the estimate; where it is done, the same line of the order.
    pub line: RoLineId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The finding it answers, where an inspection recommended it.
    pub finding: Option<String>,
    /// The operation.
    pub op_code: Option<OpCode>,
    /// What it is, in words.
    pub description: Option<String>,
    /// What it would cost.
    pub price: Option<Money>,
    /// The answer.
    pub status: AuthorizationStatus,
    /// Until when, where it was deferred to a day; None: until the next visit.
    pub deferred_until: Option<NaiveDate>,
    /// Why, in the customer's or the advisor's words or a code.
    pub reason: Option<String>,
    /// How it was said.
    pub method: AuthorizationMethod,
    /// When it was said.
    pub answered_at: DateTime<Utc>,
}

impl fmt::Debug for AuthorizationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The reason is in the customer's own words.
        let Self { ro, line, status, method, answered_at, .. } = self;
        write!(f, "AuthorizationRecord({ro} line {line}: {status:?}, {method:?}, at {answered_at})")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_customers_and_staff_stay_out_of_logs() {
        let words = "ask Mr Carter at 404-555-0101".to_owned();
        let found = FindingRecord {
            id: "f-3".to_owned(),
            section: "brakes".to_owned(),
            item: "front pads".to_owned(),
            code: InspectionCode::Red,
            measurements: Vec::new(),
            photos: vec![words.clone()],
            note: Some(words.clone()),
            op_code: None,
            price: None,
            recall: false,
        };
        let exemption =
            ExemptionRecord { code: "fleet".to_owned(), by: "a-2".to_owned(), reason: words.clone() };
        let at = DateTime::UNIX_EPOCH;
        let authorization = AuthorizationRecord {
            ro: "R-1".parse().unwrap(),
            line: "9".parse().unwrap(),
            vehicle: "v1".parse().unwrap(),
            finding: None,
            op_code: None,
            description: Some(words.clone()),
            price: None,
            status: AuthorizationStatus::Declined,
            deferred_until: None,
            reason: Some(words),
            method: AuthorizationMethod::VerbalPhone,
            answered_at: at,
        };
        let inspection = InspectionRecord {
            inspection: "i-1".parse().unwrap(),
            ro: "R-1".parse().unwrap(),
            vehicle: "v1".parse().unwrap(),
            completed_at: None,
            technician: None,
            advisor: None,
            exemption: Some(exemption),
            findings: vec![found],
            vin: Some("1HGCM82633A004352".parse().unwrap()),
            evidence: vec![EvidenceRecord {
                finding: Some("f-1".to_owned()),
                medium: EvidenceMedium::Photo,
                href: "https://photos.example/carter".to_owned(),
                taken_at: None,
                vin: None,
                image_hash: None,
            }],
            changed_at: at,
        };
        for shown in [format!("{inspection:?}"), format!("{authorization:?}")] {
            assert!(shown.contains("R-1") && !shown.contains("Carter") && !shown.contains("555"), "{shown}");
            assert!(!shown.contains("carter") && !shown.contains("1HGCM"), "{shown}");
        }
    }
}
