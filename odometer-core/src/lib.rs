#![doc = include_str!("../README.md")]

mod assess;
mod bank;
mod device;
mod fix;
mod geodesy;
mod judge;
mod model;
mod normal;
pub mod ports;
mod posterior;
mod reading;
mod repair;
mod scale;
mod schedule;
mod track;
mod verdict;

pub use assess::{Assessment, Baseline, Leg, Stage, assess, assess_crossing};
pub use device::{DeviceOdometer, DeviceVerdict};
pub use fix::{Fix, FixFault};
pub use judge::judge;
pub use model::{DueModel, HabitModel, JudgeModel, Model, ModelError, RepairModel, TrackModel};
pub use posterior::Posterior;
pub use reading::{Reading, ReadingKind};
pub use scale::Scale;
pub use schedule::{Grid, IntervalRule, Schedule, ScheduleError};
pub use track::{Columns, ColumnsError, MergeError, Track, TrackSummary};
pub use verdict::{Confidence, ConfidenceError, Judgement, Reason, Repair, Verdict};
