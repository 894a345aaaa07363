use core::fmt;

use chrono::{DateTime, Utc};
use fixedops_vocab::{Miles, Money, OpCode, Vin};

use crate::{ImageHash, Inspection};

/// An inspection with everything a tablet says about it: what `gate` and `score` take, and beside it who, on which car,
/// with which evidence, and what each repair is made of.
///
/// As JSON it is the inspection with these fields beside its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Sheet {
    /// The inspection.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub inspection: Inspection,
    /// The technician, by his number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub technician: Option<String>,
    /// The advisor, by his number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub advisor: Option<String>,
    /// The store.
    #[cfg_attr(feature = "serde", serde(default))]
    pub store: Option<String>,
    /// The car's VIN, as the form says.
    #[cfg_attr(feature = "serde", serde(default))]
    pub vin: Option<Vin>,
    /// The odometer, as the form says.
    #[cfg_attr(feature = "serde", serde(default))]
    pub odometer: Option<Miles>,
    /// When the repair order was opened.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ro_opened_at: Option<DateTime<Utc>>,
    /// More about single findings.
    #[cfg_attr(feature = "serde", serde(default))]
    pub details: Vec<Detail>,
    /// Photos, videos and voice notes.
    #[cfg_attr(feature = "serde", serde(default))]
    pub evidence: Vec<Evidence>,
}

/// More about one finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Detail {
    /// The finding's id.
    pub finding: String,
    /// What is recommended, in words.
    #[cfg_attr(feature = "serde", serde(default))]
    pub recommendation: Option<String>,
    /// What was seen where nothing was measured: `LEAKING_FL`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub condition: Option<String>,
    /// Price of the parts.
    #[cfg_attr(feature = "serde", serde(default))]
    pub parts: Option<Money>,
    /// Price of the labor.
    #[cfg_attr(feature = "serde", serde(default))]
    pub labor: Option<Money>,
    /// Every operation that would be done, the finding's own first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub op_codes: Vec<OpCode>,
    /// The state of the line, as the form spells it: `PENDING_APPROVAL`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub status: Option<String>,
}

/// What kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Medium {
    /// A photo.
    Photo,
    /// A video.
    Video,
    /// The technician's voice.
    VoiceNote,
}

/// A photo, video or voice note.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Evidence {
    /// The finding it shows; none where it shows the whole car.
    #[cfg_attr(feature = "serde", serde(default))]
    pub finding: Option<String>,
    /// What it is.
    pub medium: Medium,
    /// Where it is; for a photo as the finding's `photos` spell it.
    pub href: String,
    /// When it was taken, by the camera.
    #[cfg_attr(feature = "serde", serde(default))]
    pub taken_at: Option<DateTime<Utc>>,
    /// The car it was taken of, where the tablet bound it to one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub vin: Option<Vin>,
    /// What it looks like, for photos.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hash: Option<ImageHash>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses of photos may tell of the customer.
        write!(f, "Evidence({:?} of {:?}, {:?})", self.medium, self.finding, self.hash)
    }
}

impl Sheet {
    /// A sheet with nothing but the inspection.
    #[must_use]
    pub const fn of(inspection: Inspection) -> Self {
        Self {
            inspection,
            technician: None,
            advisor: None,
            store: None,
            vin: None,
            odometer: None,
            ro_opened_at: None,
            details: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// More about a finding, if there is.
    #[must_use]
    pub fn detail(&self, finding: &str) -> Option<&Detail> {
        self.details.iter().find(|detail| detail.finding == finding)
    }

    /// Evidence of a finding the inspection does not have, by its index in `evidence`.
    #[must_use]
    pub fn stray_evidence(&self) -> Vec<usize> {
        let known = |id: &String| self.inspection.findings.iter().any(|finding| finding.id == *id);
        let stray = |evidence: &Evidence| evidence.finding.as_ref().is_some_and(|id| !known(id));
        self.evidence.iter().enumerate().filter(|(_, evidence)| stray(evidence)).map(|(at, _)| at).collect()
    }
}
