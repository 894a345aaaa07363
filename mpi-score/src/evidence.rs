use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{PolicyVersion, RoId};

use crate::policy::policy_doors;
use crate::{ImageHash, Medium, PolicyError, Sheet};

/// When a photo is no evidence, as written: [`EvidencePolicy::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct EvidencePolicyDraft {
    /// Name and version.
    pub version: PolicyVersion,
    /// Where it comes from.
    pub source: String,
    /// Photos that differ in at most so many of 64 bits are near-identical; up to 31.
    pub near_bits: u32,
    /// A photo with fewer bits set, or fewer not set, shows next to nothing; up to 31.
    pub least_detail: u32,
    /// A camera's clock may be off by so many minutes; up to a day.
    pub clock_slack_minutes: u32,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidencePolicy(EvidencePolicyDraft);

impl EvidencePolicy {
    /// Checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: EvidencePolicyDraft) -> Result<Self, PolicyError> {
        for (field, found, most) in [
            ("near_bits", draft.near_bits, 31),
            ("least_detail", draft.least_detail, 31),
            ("clock_slack_minutes", draft.clock_slack_minutes, 1_440),
        ] {
            if found > most {
                return Err(PolicyError::at(field, format!("{found} is above {most}")));
            }
        }
        Ok(Self(draft))
    }
}

policy_doors!(EvidencePolicy(EvidencePolicyDraft) in 0, shipped "evidence.toml");

/// A photo of an earlier inspection.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct KnownPhoto {
    /// The repair order it was shown on.
    pub ro: RoId,
    /// Where it is.
    pub href: String,
    /// What it looks like.
    pub hash: ImageHash,
}

impl fmt::Debug for KnownPhoto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownPhoto({} on {})", self.hash, self.ro)
    }
}

/// Something about a photo, video or voice note that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Flag {
    /// Its index in the sheet's evidence.
    pub evidence: usize,
    /// The finding it shows.
    pub finding: Option<String>,
    /// What is wrong.
    pub what: Doubt,
}

/// Why evidence is doubted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case", tag = "doubt"))]
#[non_exhaustive]
pub enum Doubt {
    /// Another piece of the same sheet looks the same.
    TwiceHere {
        /// Index of the earlier one.
        other: usize,
        /// Bits in which they differ; 0 is the same picture.
        bits: u32,
    },
    /// A photo of another repair order looks the same.
    UsedBefore {
        /// That order.
        ro: RoId,
        /// Bits in which they differ.
        bits: u32,
    },
    /// Taken before the repair order was opened.
    BeforeTheOrder {
        /// When it was taken.
        taken_at: DateTime<Utc>,
        /// When the order was opened.
        opened_at: DateTime<Utc>,
    },
    /// Taken after the inspection was completed.
    AfterCompletion {
        /// When it was taken.
        taken_at: DateTime<Utc>,
        /// When it was completed.
        completed_at: DateTime<Utc>,
    },
    /// Bound to another VIN than the sheet's.
    AnotherVehicle,
    /// It shows next to nothing.
    NothingToSee,
    /// It belongs to a finding that is not there.
    NoSuchFinding,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evidence[{}]: ", self.evidence)?;
        match &self.what {
            Doubt::TwiceHere { other, bits: 0 } => write!(f, "the same picture as evidence[{other}]"),
            Doubt::TwiceHere { other, bits } => {
                write!(f, "looks like evidence[{other}] ({bits} of 64 bits differ)")
            }
            Doubt::UsedBefore { ro, bits: 0 } => write!(f, "the same picture as on repair order {ro}"),
            Doubt::UsedBefore { ro, bits } => {
                write!(f, "looks like a picture of repair order {ro} ({bits} of 64 bits differ)")
            }
            Doubt::BeforeTheOrder { taken_at, opened_at } => {
                write!(
                    f,
                    "taken {}, before the order was opened {}",
                    taken_at.to_rfc3339(),
                    opened_at.to_rfc3339()
                )
            }
            Doubt::AfterCompletion { taken_at, completed_at } => {
                let (taken, completed) = (taken_at.to_rfc3339(), completed_at.to_rfc3339());
                write!(f, "taken {taken}, after the inspection was completed {completed}")
            }
            Doubt::AnotherVehicle => f.write_str("taken of another vehicle"),
            Doubt::NothingToSee => f.write_str("shows next to nothing"),
            Doubt::NoSuchFinding => f.write_str("belongs to a finding that is not there"),
        }
    }
}

/// Looks for evidence that proves nothing: used twice, used before, taken before the order was opened, of another car.
///
/// `earlier` are photos of other inspections, in any order; those of the same repair order are left out, so that an
/// inspection completed again does not accuse itself. Of several that look the same the nearest is named, ties by repair
/// order. What is not known (no hash, no time, no VIN) is not held against anyone.
///
/// ```
/// use fixedops_mpi_score::{Doubt, EvidencePolicy, Evidence, KnownPhoto, Medium, Sheet, doubts};
/// # let inspection = serde_json::from_str(
/// #    r#"{"inspection": "i-1", "ro": "n/2", "vehicle": "v-7", "completed_at": null, "findings": []}"#)?;
/// let mut sheet = Sheet::of(inspection);
/// let hash = "3c7e1f0f8f83e0c1".parse().ok();
/// sheet.evidence.push(Evidence { finding: None, medium: Medium::Photo, href: "p2".into(), taken_at: None, vin: None, hash });
/// let earlier = KnownPhoto { ro: "n/1".parse()?, href: "p1".into(), hash: "3c7e1f0f8f83e0c3".parse()? };
/// let flags = doubts(&sheet, &[earlier], &EvidencePolicy::shipped());
/// assert_eq!(flags[0].to_string(), "evidence[0]: looks like a picture of repair order n/1 (1 of 64 bits differ)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn doubts(sheet: &Sheet, earlier: &[KnownPhoto], policy: &EvidencePolicy) -> Vec<Flag> {
    let table = policy.table();
    let slack = TimeDelta::minutes(i64::from(table.clock_slack_minutes));
    let mut flags = Vec::new();
    let mut seen = Vec::<(usize, ImageHash)>::new();
    let stray = sheet.stray_evidence();
    for (index, evidence) in sheet.evidence.iter().enumerate() {
        let mut flag = |what| {
            flags.push(Flag { evidence: index, finding: evidence.finding.clone(), what });
        };
        if stray.contains(&index) {
            flag(Doubt::NoSuchFinding);
        }
        if evidence.vin.zip(sheet.vin).is_some_and(|(of, here)| of != here) {
            flag(Doubt::AnotherVehicle);
        }
        if let Some(taken_at) = evidence.taken_at {
            if let Some(opened_at) =
                sheet.ro_opened_at.filter(|&opened| opened.signed_duration_since(taken_at) > slack)
            {
                flag(Doubt::BeforeTheOrder { taken_at, opened_at });
            }
            let completed = sheet.inspection.completed_at;
            if let Some(completed_at) = completed.filter(|&done| taken_at.signed_duration_since(done) > slack)
            {
                flag(Doubt::AfterCompletion { taken_at, completed_at });
            }
        }
        let Some(hash) = evidence.hash.filter(|_| evidence.medium == Medium::Photo) else { continue };
        let set = hash.bits().count_ones();
        if set.min(64 - set) < table.least_detail {
            flag(Doubt::NothingToSee);
            continue;
        }
        let near = |&(other, known): &(usize, ImageHash)| (known.distance(hash), other);
        if let Some((bits, other)) = seen.iter().map(near).min().filter(|&(bits, _)| bits <= table.near_bits)
        {
            flag(Doubt::TwiceHere { other, bits });
        }
        let others = earlier.iter().filter(|known| known.ro != sheet.inspection.ro);
        let nearest = others.map(|known| (known.hash.distance(hash), &known.ro)).min();
        if let Some((bits, ro)) = nearest.filter(|&(bits, _)| bits <= table.near_bits) {
            flag(Doubt::UsedBefore { ro: ro.clone(), bits });
        }
        seen.push((index, hash));
    }
    flags
}
