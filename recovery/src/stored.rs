use chrono::{DateTime, Utc};
use fixedops_vocab::{PolicyVersion, RoLineId};

use crate::{Case, Phase};

/// A case as it is kept. Every form ever shipped stays here, and has its golden file in `testdata`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "form")]
pub(crate) enum Stored {
    #[serde(rename = "case/1")]
    V1(CaseV1),
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseV1 {
    plan: PolicyVersion,
    opened_at: DateTime<Utc>,
    anchor: DateTime<Utc>,
    round: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<RoLineId>,
    phase: Phase,
}

impl TryFrom<Stored> for Case {
    type Error = &'static str;
    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored::V1(CaseV1 { plan, opened_at, anchor, round, lines, phase }) = stored;
        if round == 0 {
            return Err("rounds are counted from 1");
        }
        Ok(Self { plan, opened_at, anchor, round, lines, phase })
    }
}

impl From<Case> for Stored {
    fn from(case: Case) -> Self {
        let Case { plan, opened_at, anchor, round, lines, phase } = case;
        Self::V1(CaseV1 { plan, opened_at, anchor, round, lines, phase })
    }
}
