use std::collections::BTreeMap;

use chrono::NaiveDate;
use fixedops_vocab::{PolicyVersion, ServiceId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::FaultKind;
use super::record::ExtractFile;
use crate::Figure;

/// What a store's own extract says about it. Holds counts, dollars and row numbers, no name, number or VIN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The shape of this document: `fixedops-audit/1`.
    pub schema: String,
    /// The policies it was made with: name to version.
    pub policies: BTreeMap<String, PolicyVersion>,
    /// What was looked at.
    pub extract: Extract,
    /// The answers in short, a sentence each.
    pub headlines: Vec<String>,
    /// What to put right first: three sentences.
    pub fix_first: Vec<String>,
    /// What was read and what was left out.
    pub read: ReadBack,
    /// Vehicles in play and how well their mileage is known.
    pub vehicles: Vehicles,
    /// What is due.
    pub intervals: Intervals,
    /// Who could be reached.
    pub reach: Reach,
    /// From the mileage to the booked repair order.
    pub path: Path,
    /// Customer-pay repair orders tied back to what was sent; empty in an audit of before it was made.
    #[serde(default)]
    pub ladder: Ladder,
    /// Recommended and not done.
    pub declined: Declined,
    /// Everything wrong in the records and the odometers, the dearest first.
    pub faults: Vec<RankedFault>,
    /// Retention, repair orders and appointments.
    pub measures: Vec<Figure>,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extract {
    /// The mapping that was used, in words.
    pub mapping: String,
    /// IANA zone of the store: all dates are its own.
    pub timezone: String,
    /// A note of the mapping, shown on the page (`simulated store`).
    pub note: Option<String>,
    /// Day of the first repair order.
    pub first_day: Option<NaiveDate>,
    /// The day the audit speaks of.
    pub last_day: Option<NaiveDate>,
    /// How that day was found.
    pub last_day_how: String,
}

/// What was read and what was left out. Rows and dollars add up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadBack {
    /// Every file of an extract, there or not.
    pub files: Vec<FileRead>,
    /// Rows set aside, by file and reason.
    pub left_out: Vec<LeftOut>,
    /// Customer-pay dollars: read, used, set aside.
    pub dollars: Vec<Figure>,
    /// Rows used and set aside are the rows read, in every file, and so are the dollars.
    pub adds_up: bool,
}

/// One file of an extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    /// Which.
    pub file: ExtractFile,
    /// Whether it was there.
    pub present: bool,
    /// Rows behind the header.
    pub rows: u64,
    /// Rows that count.
    pub used: u64,
    /// Rows that do not.
    pub set_aside: u64,
    /// What cannot be said without it; empty where it is there.
    pub missing: String,
    /// Fields of the mapping without a column in the file.
    pub absent_fields: Vec<String>,
}

/// Rows of one file that were set aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The file.
    pub file: ExtractFile,
    /// The reason.
    pub kind: FaultKind,
    /// The reason in words.
    pub label: String,
    /// How many rows.
    pub rows: u64,
    /// Customer-pay dollars on them, as far as they can be read.
    pub dollars: Decimal,
    /// Line numbers of the first few.
    pub examples: Vec<u64>,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its name in data.
    pub id: String,
    /// Its name on a page.
    pub label: String,
    /// How many.
    pub count: u64,
    /// Of how many.
    pub base: u64,
}

/// Vehicles in play.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vehicles {
    /// Vehicles, with customer, with a usable mileage, width of the range.
    pub figures: Vec<Figure>,
    /// The basis of each vehicle's mileage.
    pub by_basis: Vec<Share>,
    /// How old the last capture is.
    pub by_age: Vec<Share>,
    /// How good the estimates are.
    pub backtest: Backtest,
}

/// The last reading of each car, estimated from the earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// How it was done, in words; a sample says so.
    pub definition: String,
    /// Share of the truths that lay within the 80 % range.
    pub coverage: Option<Figure>,
    /// What the coverage says of the ranges, in words.
    #[serde(default)]
    pub verdict: Option<String>,
    /// The rules side by side, ours first.
    pub rules: Vec<BacktestRule>,
}

/// How well one rule did, on the same cars as the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestRule {
    /// Its name in data.
    pub id: String,
    /// The rule in words.
    pub label: String,
    /// Half of the errors are smaller, miles.
    pub median_miles: Figure,
    /// Half of the errors are smaller, as a share of the miles driven since the reading before.
    pub median_percent: Figure,
    /// Nine in ten of the errors are smaller, miles.
    pub p90_miles: Figure,
}

/// What is due on the last day of the extract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervals {
    /// What is counted.
    pub definition: String,
    /// The services of the schedule.
    pub services: Vec<IntervalStanding>,
    /// Vehicles in play with any service due or overdue.
    pub any_due: Vec<Share>,
}

/// Where the vehicles in play stand towards one service. The five add up to the vehicles in play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntervalStanding {
    /// The service.
    pub service: ServiceId,
    /// Past the grace window.
    pub overdue: u64,
    /// Due.
    pub due: u64,
    /// Within the lead window.
    pub soon: u64,
    /// Not yet.
    pub not_yet: u64,
    /// Nothing to count from, or no mileage.
    pub unknown: u64,
}

/// Who could be reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// What is missing, said plainly.
    pub note: Option<String>,
    /// Owners, contact points, provable consent.
    pub figures: Vec<Figure>,
    /// Why owners cannot be texted: the first reason of each.
    pub why_not: Vec<Share>,
}

/// From the mileage source to the repair order the customer paid for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// First day of the window.
    pub from: Option<NaiveDate>,
    /// Last day of the window.
    pub until: Option<NaiveDate>,
    /// The interval that is followed.
    pub service: ServiceId,
    /// What is counted, and how dollars come about.
    pub definition: String,
    /// The store's own mean customer-pay visit, its base, and the benchmark beside it.
    pub visit: Vec<Figure>,
    /// The steps, each a part of the one before.
    pub steps: Vec<PathStep>,
    /// Id of the step at which most dollars are lost.
    pub biggest_leak: Option<String>,
}

/// One step of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// Its name in data.
    pub id: String,
    /// Its name on a page.
    pub label: String,
    /// Vehicles that passed this step and all before it.
    pub vehicles: u64,
    /// Vehicles that passed the step before and not this one.
    pub lost: u64,
    /// Of the lost, those with a customer-pay visit in the window all the same.
    pub came_anyway: u64,
    /// Dollars of the others: count times mean visit (see `how`). Zero where the step is no leak; `None` where the store
    /// has no customer-pay visit to take a mean of.
    pub dollars: Option<Decimal>,
    /// How the dollars are computed.
    pub how: String,
    /// Losing a vehicle here is a loss; at "not due" it is not.
    pub leak: bool,
    /// The file this step rests on is not there: nothing can be said, and nobody is lost here. (Without a file of
    /// consents something can be said: nobody's is provable.)
    pub unknown: bool,
}

/// Customer-pay repair orders tied back to what was sent before them, interval by interval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Why nothing can be said, where nothing can.
    pub note: Option<String>,
    /// Orders opened from this day on.
    pub from: Option<NaiveDate>,
    /// Up to this one.
    pub until: Option<NaiveDate>,
    /// What is counted.
    pub definition: String,
    /// What these files cannot tell, and which way it errs.
    pub caveats: Vec<String>,
    /// Orders tied back, their dollars, credited dollars.
    pub figures: Vec<Figure>,
    /// By service of the schedule, then orders with other work only. An order with two services stands in two rows.
    pub intervals: Vec<LadderRow>,
    /// Every customer-pay order once.
    pub all: Option<LadderRow>,
    /// All lines of these orders: credited, or why not.
    pub lines: Vec<LadderLines>,
    /// Every order is tied back, was a visit for other work, or has a reason; and lines and dollars by payer are those credited, taken off by
    /// discounts, and not credited.
    pub adds_up: bool,
}

/// Customer-pay repair orders with one service on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderRow {
    /// The service, `other_work`, or `all`.
    pub id: String,
    /// In words.
    pub label: String,
    /// Reasons to write: the car, the service and the interval in which something was sent about it.
    pub triggers: u64,
    /// Customer-pay orders.
    pub orders: u64,
    /// Their dollars: of a service its own lines, else the whole order.
    pub dollars: Decimal,
    /// Tied back: with a line that a touch was about, and that earned a credit.
    pub tied: Figure,
    /// By what ties them, strongest first; every rung of the ladder that earns a credit.
    pub by_rung: Vec<Rung>,
    /// Visits for other work after a touch: not tied back, and no reason of their own is needed.
    #[serde(default)]
    pub other_work: u64,
    /// Their dollars.
    #[serde(default)]
    pub other_work_dollars: Decimal,
    /// Dollars of the credited lines.
    pub credited: Decimal,
    /// The others, by reason.
    pub not_tied: Vec<Share>,
}

/// Orders tied back by one rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The rung: `op_code_group_in_window`.
    pub id: String,
    /// In words.
    pub label: String,
    /// Orders.
    pub orders: u64,
    /// Their dollars.
    pub dollars: Decimal,
}

/// Lines with one fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderLines {
    /// `credited`, or the reason.
    pub id: String,
    /// In words.
    pub label: String,
    /// How many.
    pub lines: u64,
    /// Their dollars; of credited lines what was credited.
    pub dollars: Decimal,
}

/// Recommended and not done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Declined {
    /// What is counted.
    pub definition: String,
    /// Recommendations, sold at once, open, dollars.
    pub figures: Vec<Figure>,
    /// Open items by age.
    pub by_age: Vec<DeclinedGroup>,
    /// Open items by operation code, the dearest first.
    pub by_op_code: Vec<DeclinedGroup>,
    /// What the list is worth at the store's own rate, where it is known on a base that is not small.
    #[serde(default)]
    pub own_worth: Option<OwnWorth>,
    /// What the list is worth at rates that others publish: for comparison where the store's own is known.
    pub worth: Vec<Worth>,
    /// What this store recovered in the past.
    pub own_recovery: Vec<Figure>,
}

/// Some open items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedGroup {
    /// Age or operation code.
    pub label: String,
    /// Items.
    pub items: u64,
    /// Of these, items with a price on record.
    pub priced: u64,
    /// Dollars of those with a price.
    pub dollars: Decimal,
}

/// What a declined list is worth at one rate of recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// Percent of the list recovered.
    pub percent: Decimal,
    /// Where the rate comes from.
    pub source: String,
    /// Repair orders with open items.
    pub tickets: u64,
    /// Tickets x the store's mean customer-pay visit x rate.
    pub by_visit: Option<Decimal>,
    /// Dollars of the priced items x rate.
    pub by_price: Decimal,
}

/// What a declined list is worth at the rate at which this store's own customers had declined work done later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWorth {
    /// How the rate was counted, and what it does not say.
    pub definition: String,
    /// Items the rate was counted over.
    pub base: u64,
    /// At the rate itself, at the lower and at the upper end of its range.
    pub at: [Worth; 3],
}

/// Something wrong, with what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedFault {
    /// The kind.
    pub kind: FaultKind,
    /// The file.
    pub file: ExtractFile,
    /// The kind in words.
    pub label: String,
    /// How many rows, readings or vehicles (`counted`).
    pub count: u64,
    /// What `count` counts.
    pub counted: String,
    /// Vehicles touched, as far as the rows name one.
    pub vehicles: u64,
    /// Dollars at stake.
    pub dollars: Decimal,
    /// How the dollars are computed.
    pub how: String,
    /// What to do about it.
    pub fix: String,
    /// Line numbers of the first few.
    pub examples: Vec<u64>,
}
