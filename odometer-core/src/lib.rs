#![doc = include_str!("../README.md")]

mod assess;
mod bank;
mod columns;
mod device;
mod fix;
mod forecast;
mod fusion;
mod geodesy;
mod judge;
mod known;
mod line;
mod model;
mod others;
pub mod ports;
mod posterior;
mod reading;
mod repair;
mod scale;
mod schedule;
mod season;
mod stale;
mod track;
mod verdict;

pub use assess::{Assessment, Baseline, Leg, Stage, assess, assess_crossing};
pub use columns::{Estimate, ReadingColumns, ReadingColumnsError, estimate_columns};
pub use device::{DeviceOdometer, DeviceVerdict};
pub use fix::{Fix, FixFault};
pub use judge::judge;
pub use model::{DueModel, HabitModel, JudgeModel, Memory, Model, ModelError, RepairModel, TrackModel};
pub use posterior::{Posterior, WhyUnknown};
pub use reading::{Reading, ReadingKind};
pub use scale::Scale;
pub use schedule::{Grid, IntervalRule, Schedule, ScheduleError};
pub use track::{FixColumns, FixColumnsError, MergeError, Track, TrackSummary};
pub use verdict::{Confidence, ConfidenceError, Judgement, Reason, Repair, Verdict};
