use chrono::{DateTime, Utc};
use fixedops_vocab::{PolicyVersion, RoLineId};

use crate::plan::PlanKey;
use crate::state::{NO_LINES, Span, State};
use crate::{Case, Moment, Phase, Target};

/// A case as it is kept. Every form ever shipped stays here, and has its golden file in `testdata`.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "form")]
pub(crate) enum Stored {
    #[serde(rename = "case/1")]
    V1(CaseV1),
    #[serde(rename = "case/2")]
    V2(CaseV2),
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

/// Since the timetable may be timed by a target, and a case remembers its rest and whether a line was done here.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseV2 {
    plan: PolicyVersion,
    opened_at: DateTime<Utc>,
    anchor: DateTime<Utc>,
    target: Target,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rests_until: Option<DateTime<Utc>>,
    round: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<RoLineId>>,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    done_here: bool,
    phase: Phase,
}

impl TryFrom<Stored> for Case {
    type Error = &'static str;
    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let CaseV2 { plan, opened_at, anchor, target, rests_until, round, lines, done_here, phase } =
            match stored {
                Stored::V1(CaseV1 { plan, opened_at, anchor, round, lines, phase }) => CaseV2 {
                    plan,
                    opened_at,
                    anchor,
                    target: Target::at(anchor),
                    rests_until: None,
                    round,
                    lines: (!lines.is_empty()).then_some(lines),
                    done_here: false,
                    phase,
                },
                Stored::V2(stored) => stored,
            };
        if round == 0 {
            return Err("rounds are counted from 1");
        }
        let (opened_at, anchor) = (Moment::from(opened_at), Moment::from(anchor));
        let after = |at: DateTime<Utc>| Moment::from(at).seconds_since(anchor);
        let minutes = rests_until.map_or(0, |until| Moment::from(until).minute() - opened_at.minute());
        let open = lines
            .as_ref()
            .map_or(NO_LINES, |lines| u16::try_from(lines.len()).unwrap_or(NO_LINES - 1).min(NO_LINES - 1));
        let state = State {
            plan: PlanKey::of(&plan),
            opened_at,
            anchor,
            stage: phase.into(),
            target: Span {
                early: after(target.early.min(target.likely)),
                likely: after(target.likely),
                late: after(target.late.max(target.likely)),
            },
            rest: u32::try_from(minutes.max(0)).unwrap_or(u32::MAX),
            round,
            lines: open,
            done_here,
        };
        Ok(Self { plan, lines: lines.unwrap_or_default(), state })
    }
}

impl From<Case> for Stored {
    fn from(case: Case) -> Self {
        let Case { plan, lines, state } = case;
        let at = |seconds: i32| state.anchor.plus_seconds(i64::from(seconds)).at();
        let rests_until = state.opened_at.plus_seconds(i64::from(state.rest) * 60).at();
        Self::V2(CaseV2 {
            plan,
            opened_at: state.opened_at.at(),
            anchor: state.anchor.at(),
            target: Target::between(at(state.target.early), at(state.target.likely), at(state.target.late)),
            rests_until: (state.rest > 0).then_some(rests_until),
            round: state.round,
            lines: (state.lines != NO_LINES).then_some(lines),
            done_here: state.done_here,
            phase: state.stage.into(),
        })
    }
}
