//! What stands on a scorecard.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_vocab::{Currency, PolicyVersion, RooftopId, SellerId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CrossTable, Histogram, Table};
use crate::Figure;

/// What a store's loop did and what came of it: every figure with its base and its definition.
///
/// A pure projection of a journal. It names no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorecard {
    /// The form of this file: `scorecard/1`.
    pub format: String,
    /// Whose it is, and what it was computed from.
    pub header: Header,
    /// What a reader should know first, in sentences.
    pub headlines: Vec<String>,
    /// What misses its target, and where to look first.
    pub hints: Vec<Hint>,
    /// The store: vehicles, orders, appointments, whoever caused them.
    pub store: Store,
    /// Every crossing in exactly one outcome.
    pub crossings: Crossings,
    /// From a trigger to dollars, by programme.
    pub funnel: Funnels,
    /// Messages and answers.
    pub messages: Messages,
    /// Credits, visits, write-backs.
    pub attribution: Attribution,
    /// Declined work.
    pub declined: Declined,
    /// Inspections.
    pub inspections: Inspections,
    /// Who could be reached.
    pub reach: Reach,
    /// How right the mileage was.
    pub mileage: MileageAccuracy,
    /// How early or late the messages came.
    pub relevance: Relevance,
    /// How fast, and week by week.
    pub timings: Timings,
    /// Weeks since the loop began, and the targets of some of them; empty in a file of before they were counted.
    #[serde(default)]
    pub progress: Progress,
    /// The control group.
    pub control: Control,
}

/// Whose scorecard it is, and what it was computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The dealership: the partition of the journal.
    pub seller: SellerId,
    /// Its rooftops.
    pub rooftops: Vec<RooftopId>,
    /// Its name, as messages carry it.
    pub dealer_name: Option<String>,
    /// Where the journal is a simulated one: what it was made from.
    pub simulated: Option<Simulated>,
    /// When the first event was recorded: what happened before it is history that was taken over.
    pub from: Option<DateTime<Utc>>,
    /// Until when it counts.
    pub until: DateTime<Utc>,
    /// The currency of every amount.
    pub currency: Currency,
    /// Fewer than this is a small base.
    pub small_base: u64,
    /// Events read.
    pub events: u64,
    /// Position of the last one.
    pub last_position: u64,
    /// Its hash.
    pub last_hash: Option<String>,
    /// SHA-256 over the hashes of all events in order, in hexadecimal: another journal, another digest.
    pub digest: String,
    /// The policies that were in force last, by name.
    pub policies: BTreeMap<String, PolicyVersion>,
    /// The policy of this scorecard.
    pub policy: PolicyVersion,
    /// The mileage model its accuracy was measured with.
    pub model: PolicyVersion,
    /// What could not be counted.
    pub left_out: LeftOut,
}

/// What a simulated journal was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// Seed.
    pub seed: u64,
    /// Vehicles.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// Version of the simulated world.
    pub world: String,
}

/// What could not be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Events of types this version does not know.
    pub unknown_events: u64,
    /// Amounts in another currency.
    pub other_currency: u64,
}

/// A target that is missed, and where to look first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The figure.
    pub figure: String,
    /// In words.
    pub words: String,
    /// The figures that the words rest on.
    #[serde(default)]
    pub rests_on: Vec<String>,
}

/// Weeks since the loop began, each of seven days, and what is asked of some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is counted, in words.
    pub definition: String,
    /// Week by week, from the first.
    pub weeks: Vec<LoopWeek>,
    /// The weeks that have targets, whether they are over or not.
    pub milestones: Vec<Milestone>,
}

/// One week since the loop began: what it did, above and below the line of each share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopWeek {
    /// Its number, from 1.
    pub week: u32,
    /// Its first day (UTC).
    pub from: NaiveDate,
    /// Retail orders closed.
    pub orders_closed: u64,
    /// Of them those whose inspection passed the gate.
    pub inspections_passed: u64,
    /// Recommended lines answered.
    pub answered: u64,
    /// Of them those approved.
    pub approved: u64,
    /// Messages sent.
    pub sent: u64,
    /// Of them those a person followed or answered by now.
    pub responded: u64,
    /// Appointments whose day was in it, those called off left out.
    pub appointments_due: u64,
    /// Of them those that were kept.
    pub shown: u64,
    /// Customer-pay orders closed.
    pub customer_pay_orders: u64,
    /// Their dollars.
    pub customer_pay_amount: Decimal,
    /// Lines declined.
    pub declined: u64,
}

/// What is asked of a week after the loop began, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The week.
    pub week: u32,
    /// First day of the weeks that are looked at.
    pub from: NaiveDate,
    /// Their last day.
    pub until: NaiveDate,
    /// Whether these weeks are over.
    pub over: bool,
    /// The figures with their targets; those without a base have no value.
    pub figures: Vec<Figure>,
    /// What was missed on a base that is not small, and where to look first.
    pub hints: Vec<Hint>,
}

/// What customers said of the store, measured by somebody else and handed in: no event of the loop tells it.
///
/// ```
/// use fixedops_closed_loop::scorecard::{ScorecardBuilder, ScorecardPolicy, Satisfaction};
/// use fixedops_odometer_core::Model;
/// let policy = ScorecardPolicy::shipped();
/// let csi = Satisfaction::from_toml("score = \"912.5\"\nout_of = \"1000\"\nanswers = 84\nas_of = 2026-11-30\nsource = \"maker's survey\"")?;
/// let builder = ScorecardBuilder::new("north".parse()?, Model::shipped(), &policy).satisfaction(csi);
/// let card = builder.finish("2026-12-01T00:00:00Z".parse()?, &policy, None);
/// assert_eq!(card.store.satisfaction.value.map(|value| value.to_string()), Some("91.3".to_owned()));
/// assert_eq!(card.store.satisfaction.base, Some(84));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Satisfaction {
    /// The score.
    pub score: Decimal,
    /// The best score there is.
    pub out_of: Decimal,
    /// How many customers answered: a score without them says nothing.
    pub answers: u64,
    /// When it was measured.
    pub as_of: NaiveDate,
    /// Who measured it, and how.
    pub source: String,
}

/// The store as a whole, whoever caused what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Vehicles known.
    pub vehicles: Figure,
    /// Retail vehicles with an owner: those in play.
    pub vehicles_in_play: Figure,
    /// Orders closed in the period.
    pub orders_closed: Figure,
    /// Of them those a customer paid for.
    pub customer_pay_orders: Figure,
    /// What customers paid.
    pub customer_pay_amount: Figure,
    /// The mean of those orders (CP ARO).
    pub mean_customer_pay_order: Figure,
    /// The mean before the loop began.
    #[serde(default = "not_counted")]
    pub mean_order_before: Figure,
    /// How much larger the orders of the period are than those before, in percent.
    #[serde(default = "not_counted")]
    pub order_lift: Figure,
    /// The mean order of cars that were written to before.
    #[serde(default = "not_counted")]
    pub mean_order_contacted: Figure,
    /// The mean order of the other cars.
    #[serde(default = "not_counted")]
    pub mean_order_not_contacted: Figure,
    /// Customer satisfaction, where it was handed in.
    #[serde(default = "not_counted")]
    pub satisfaction: Figure,
    /// Appointments set in the period.
    pub appointments_set: Figure,
    /// Where they stand.
    pub appointments: Table,
    /// Shown of those whose day has come.
    pub show_rate: Figure,
}

/// Every crossing in exactly one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossings {
    /// Thresholds crossed.
    pub total: Figure,
    /// Whether every crossing is in exactly one outcome, and every table adds up to the total.
    pub adds_up: bool,
    /// By outcome.
    pub by_outcome: Table,
    /// Suppressed, failed and withdrawn, by reason.
    pub by_reason: Table,
    /// By the leg that made it due.
    pub by_leg: Table,
    /// By where the mileage came from.
    pub by_basis: Table,
    /// By service and outcome.
    pub by_service: CrossTable,
    /// By month (UTC) and outcome.
    pub by_month: CrossTable,
    /// By day (UTC) and outcome.
    pub by_day: CrossTable,
}

/// Funnels by programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnels {
    /// All programmes together.
    pub total: Funnel,
    /// One by one.
    pub programs: Vec<Funnel>,
}

/// From a trigger to dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// The programme; `all` for all together.
    pub program: String,
    /// For a reader.
    pub label: String,
    /// The steps in order: `triggers`, `cases`, `sent`, `delivered`, `engaged`, `booked`, `shown`, `repair_order`.
    pub steps: Vec<FunnelStep>,
    /// Customer-pay dollars of the credited visits.
    pub visit_amount: Figure,
    /// Dollars of the credited lines.
    pub credited_amount: Figure,
    /// Appointments set of cases contacted.
    pub set_rate: Figure,
    /// Shown of appointments whose day has come.
    pub show_rate: Figure,
}

/// One step of a [`Funnel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelStep {
    /// The step.
    pub key: String,
    /// How many reached it, of the cases opened.
    pub figure: Figure,
    /// Of the cases opened, in percent.
    pub percent_of_cases: Option<Decimal>,
    /// Of the step before, in percent; above 100 where some came without it.
    pub percent_of_previous: Option<Decimal>,
    /// How many reached it and every step before it.
    pub through: u64,
}

/// Messages and answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Went out.
    pub sent: Figure,
    /// Reported delivered.
    pub delivered: Figure,
    /// Reported not delivered.
    pub not_delivered: Figure,
    /// Did not go out.
    pub failed: Figure,
    /// Nobody can say whether they went out.
    pub outcome_unknown: Figure,
    /// Not sent, for a reason.
    pub suppressed: Figure,
    /// Put off, once or more.
    pub deferred: Figure,
    /// In flight when a revocation landed.
    pub crossed_revocation: Figure,
    /// By channel.
    pub by_channel: CrossTable,
    /// By programme.
    pub by_program: CrossTable,
    /// Why not sent.
    pub suppressed_by_reason: Table,
    /// Why put off.
    pub deferred_by_reason: Table,
    /// Why it did not go out.
    pub failed_by_reason: Table,
    /// Links opened, by anyone.
    pub link_openings: Figure,
    /// Messages whose link a person opened.
    pub human_clicks: Figure,
    /// Messages whose link only machines opened.
    pub scanner_clicks: Figure,
    /// Messages opened or read, as their carrier reports it: no door brings such reports yet.
    #[serde(default = "not_counted")]
    pub opened: Figure,
    /// Messages that were answered.
    pub replied: Figure,
    /// Messages followed or answered by a person, of those sent.
    pub response_rate: Figure,
    /// Replies by what they mean.
    pub replies_by_label: Table,
    /// Contact points whose owner opted out by reply.
    pub opted_out: Figure,
    /// Of the contact points written to, in percent.
    pub opt_out_rate: Figure,
    /// Of the messages sent, in percent.
    pub opt_out_rate_per_message: Figure,
    /// Revocations by where they came from.
    pub revocations_by_source: Table,
    /// Revocations by what they reach.
    pub revocations_by_scope: Table,
    /// Calls put on an advisor's list.
    pub call_tasks: Figure,
}

/// Credits, visits, write-backs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// Lines with a credit in force.
    pub credited_lines: Figure,
    /// Their dollars.
    pub credited_amount: Figure,
    /// Orders with a credited line.
    pub credited_visits: Figure,
    /// Their customer-pay dollars, other work included.
    pub visit_amount: Figure,
    /// Their mean.
    pub mean_visit: Figure,
    /// What it is compared with.
    pub benchmark: Figure,
    /// The mean less the benchmark.
    pub difference: Figure,
    /// The mean of the store's other customer-pay orders of the period.
    pub mean_other_order: Figure,
    /// By what tied line and trigger.
    pub by_evidence: Table,
    /// By programme.
    pub by_program: Table,
    /// Lines without credit, by reason.
    pub not_credited: Table,
    /// Credits taken back.
    pub reversed: Figure,
    /// By reason.
    pub reversed_by_reason: Table,
    /// What was to be written into the DMS, and where it stands.
    pub write_backs: Table,
    /// The same by kind.
    pub write_backs_by_kind: CrossTable,
}

/// Declined work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// Lines declined in the period, or that opened a case.
    pub lines: Figure,
    /// Of them those declined in the period; the others opened a case.
    pub in_period: Figure,
    /// Older lines without a case: history, in no rate.
    pub taken_over: Figure,
    /// Dollars of those that were not done here since.
    pub taken_over_open: Figure,
    /// Dollars of the lines declined.
    pub amount: Figure,
    /// Lines without a price.
    pub unpriced: Figure,
    /// Lines whose owner a message was sent to.
    pub contacted: Figure,
    /// Lines an appointment followed.
    pub booked: Figure,
    /// Lines done here with a credit.
    pub completed: Figure,
    /// Lines done here without one.
    pub done_uncredited: Figure,
    /// Dollars of the credits.
    pub recovered_amount: Figure,
    /// Completed of all declined lines.
    pub recovery_rate: Figure,
    /// Recovered dollars of all declined dollars.
    pub recovery_rate_amount: Figure,
    /// Why they were declined.
    pub by_reason: Table,
    /// By the month of the decline.
    pub cohorts: Vec<Cohort>,
    /// The plans it was followed up by, side by side; empty in a file of before they were told apart.
    #[serde(default)]
    pub by_plan: ByPlan,
    /// Lines put off by the customer: another state.
    pub deferred: Figure,
    /// Lines approved.
    pub approved: Figure,
    /// Of the findings presented at a price, those approved.
    #[serde(default = "not_counted")]
    pub accepted_of_presented: Figure,
    /// Recommended lines nobody answered: another state.
    pub never_answered: Figure,
    /// What the open ones are worth at the store's own recovery; none while its base is small.
    #[serde(default = "not_counted")]
    pub own_worth: Figure,
    /// What the open ones are worth at several recoveries that others publish.
    pub worth: Vec<Figure>,
}

/// The plans of the declined-work programme, side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByPlan {
    /// What is counted, in words.
    pub definition: String,
    /// One row for each version that a case was opened on, in the order of their names.
    pub rows: Vec<PlanRow>,
}

/// What one version of a plan did and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// The plan.
    pub plan: PolicyVersion,
    /// Cases opened on it: the base of the row.
    pub cases: u64,
    /// Of them those that wrote or called at least once.
    pub contacted: u64,
    /// Texts that went out.
    pub texts: u64,
    /// E-mails that went out.
    pub emails: u64,
    /// Calls put on an advisor's list.
    pub calls: u64,
    /// Customers who wanted to hear no more after one of these.
    pub opt_outs: u64,
    /// The same for each thousand texts, e-mails and calls.
    pub opt_outs_per_1000: Option<Decimal>,
    /// Cases that earned a credit in force.
    pub recovered: u64,
    /// Dollars of those credits.
    pub recovered_amount: Decimal,
    /// Recovered of the cases, in percent.
    pub percent_recovered: Option<Decimal>,
    /// Texts, e-mails and calls for each case recovered.
    pub touches_per_recovered: Option<Decimal>,
    /// Few cases: the rates say little.
    pub small_base: bool,
}

/// Lines declined in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// `YYYY-MM`, UTC.
    pub month: String,
    /// Lines declined.
    pub lines: u64,
    /// Their dollars.
    pub amount: Decimal,
    /// Contacted.
    pub contacted: u64,
    /// Booked.
    pub booked: u64,
    /// Completed with a credit.
    pub completed: u64,
    /// Dollars of those credits.
    pub recovered_amount: Decimal,
    /// Completed of the lines, in percent.
    pub percent_lines: Option<Decimal>,
    /// Recovered of the dollars, in percent.
    pub percent_amount: Option<Decimal>,
    /// Few lines: the percentages say little.
    pub small_base: bool,
}

/// Inspections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspections {
    /// Whether the journal tells of inspections at all.
    pub told: bool,
    /// Orders of retail vehicles closed in the period.
    pub orders_closed: Figure,
    /// Of them those with an inspection.
    pub inspected: Figure,
    /// Those whose gate passed.
    pub passed: Figure,
    /// Those the gate held back at least once.
    pub blocked: Figure,
    /// Those let go by an exemption.
    pub exempted: Figure,
    /// Those nobody inspected or exempted.
    pub without: Figure,
    /// Those that closed although the gate held them back.
    pub closed_held: Figure,
    /// Passed of all closed.
    pub completion_rate: Figure,
    /// Passed of those without an exemption.
    pub completion_rate_without_exempted: Figure,
    /// Inspections whose link went out.
    pub links: Figure,
    /// Of them those whose link was out in time.
    pub links_in_time: Figure,
    /// Red and yellow findings with at least one photo.
    pub photos: Figure,
    /// Findings by colour.
    pub findings: Table,
    /// Exemptions by code.
    pub exemptions: Table,
    /// Lines approved of those answered.
    pub acceptance: Figure,
    /// The same for findings shown above the fold.
    pub acceptance_above_fold: Figure,
    /// The same for additional recommendations.
    pub acceptance_additional: Figure,
    /// Advisors and technicians whose exemptions outrun the policy, in words.
    #[serde(default)]
    pub alarms: Vec<String>,
    /// By technician.
    pub by_technician: Vec<StaffRow>,
    /// By advisor.
    pub by_advisor: Vec<StaffRow>,
}

/// One technician or advisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRow {
    /// As the inspection names him.
    pub who: String,
    /// Orders inspected.
    pub inspected: u64,
    /// Of them those whose gate passed.
    pub passed: u64,
    /// Passed of inspected, in percent.
    pub percent_passed: Option<Decimal>,
    /// Red and yellow findings.
    pub findings: u64,
    /// Of them those with a photo.
    pub with_photo: u64,
    /// In percent.
    pub percent_with_photo: Option<Decimal>,
    /// Few orders: the percentages say little.
    pub small_base: bool,
}

/// Who could be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Owners of the vehicles in play.
    pub owners: Figure,
    /// With a telephone.
    pub with_phone: Figure,
    /// With a mailbox.
    pub with_mail: Figure,
    /// With a consent that can be proven, on any channel, not revoked.
    pub provable: Figure,
    /// With a revocation in force on a contact point.
    pub opted_out: Figure,
    /// With a consent that can be proven, not revoked, by channel.
    pub by_channel: Vec<Figure>,
    /// What consent denied, by rule.
    pub denied_by_rule: Table,
}

/// How right the mileage was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MileageAccuracy {
    /// Against the readings that came later.
    pub against_readings: Accuracy,
    /// By where the mileage came from.
    pub by_basis: Vec<Accuracy>,
    /// By how old the last capture was.
    pub by_age: Vec<Accuracy>,
    /// Against the simulated truth, where it was handed in.
    pub against_truth: Option<Accuracy>,
    /// Vehicles in play, by what is said of their mileage now.
    pub basis_now: Table,
    /// Readings taken in, by what is thought of them now.
    pub readings: Table,
}

/// What was said, against what came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accuracy {
    /// `all`, a basis, or an age.
    pub key: String,
    /// For a reader.
    pub label: String,
    /// How often a mileage was said, of the times it could be held against something.
    pub said: Figure,
    /// Median of the absolute error.
    pub median_abs_error: Figure,
    /// Median of the signed error: above zero where too much was said.
    pub median_error: Figure,
    /// How often the 80 % range held it.
    pub coverage: Figure,
}

/// How early or late the messages came, against the car's real use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relevance {
    /// `readings` or `truth`: what the real use is taken from.
    pub measured_by: String,
    /// Crossings by distance whose first message went out.
    pub considered: Figure,
    /// Of them those that were due before the loop was there: not measured.
    pub backlog: Figure,
    /// Those whose car had reached the mile by the end, as far as is known.
    pub reached: Figure,
    /// Those whose car had not.
    pub not_reached: Figure,
    /// Those of whose car too little is known.
    pub unknown: Figure,
    /// The first message of each.
    pub first_touch: Timing,
    /// Every message, reminders too.
    pub every_touch: Timing,
    /// What a calendar reminder would have done for the same.
    pub calendar: Timing,
    /// Messages of cases that a plan timed by the calendar, against the mile all the same; absent where there is no such plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_plan: Option<CalendarPlan>,
}

/// How early or late the messages came that the calendar timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPlan {
    /// Cases of a crossing that the calendar timed, whose first message went out.
    pub considered: Figure,
    /// Of them those that were due before the loop was there: not measured.
    pub backlog: Figure,
    /// Those whose car had reached the mile by the end, as far as is known.
    pub reached: Figure,
    /// Those whose car had not.
    pub not_reached: Figure,
    /// Those whose mile is not known, or of whose car too little is.
    pub unknown: Figure,
    /// The first message of each.
    pub first_touch: Timing,
    /// Every message, reminders too.
    pub every_touch: Timing,
}

/// How early or late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// `first_touch`, `every_touch`, `calendar`, `calendar_plan_first`, `calendar_plan_every`.
    pub key: String,
    /// For a reader.
    pub label: String,
    /// Median days after the car reached the mile; below zero: before.
    pub median_days: Figure,
    /// Median of the days off, whichever way.
    pub median_abs_days: Figure,
    /// Median miles past the mile; below zero: before.
    pub median_miles: Figure,
    /// Within the policy's days, either way.
    pub within_days: Figure,
    /// Within the policy's miles, either way.
    pub within_miles: Figure,
    /// Days, for a drawing.
    pub days: Histogram,
    /// Miles, for a drawing.
    pub miles: Histogram,
}

/// How fast, and week by week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// From crossing to the first message.
    pub crossing_to_send: Figure,
    /// From decline to the first message.
    pub decline_to_send: Figure,
    /// From the first message to the first click or answer of a person.
    pub response_time: Figure,
    /// Within this many hours the first third of those who responded did.
    #[serde(default = "not_counted")]
    pub response_first_third: Figure,
    /// Within this many hours two thirds of them did.
    #[serde(default = "not_counted")]
    pub response_second_third: Figure,
    /// From the first message to the appointment being set.
    pub booking_time: Figure,
    /// Week by week.
    pub weekly: Vec<Week>,
}

/// One week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its Monday (UTC).
    pub week: NaiveDate,
    /// Thresholds crossed.
    pub crossings: u64,
    /// Messages sent.
    pub sent: u64,
    /// Appointments set that follow a message.
    pub booked: u64,
    /// Orders closed.
    pub orders_closed: u64,
    /// Customer-pay dollars of them.
    pub customer_pay_amount: Decimal,
    /// Of the orders those with a credited line.
    pub credited_visits: u64,
    /// Their customer-pay dollars.
    pub visit_amount: Decimal,
    /// Lines declined.
    pub declined: u64,
}

/// The control group: those nothing was said to, on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Crossings withheld.
    pub crossings: Figure,
    /// Messages withheld.
    pub touches: Figure,
    /// Households placed.
    pub placed: Figure,
    /// Of these those left alone.
    pub left_alone: Figure,
    /// Of these those under shares that their program has changed since: they are not compared.
    #[serde(default = "not_counted")]
    pub earlier: Figure,
    /// Of the others those whose days are over: they are compared.
    pub counted: Figure,
    /// Customer-pay lines in another currency, which stand in no dollars of the comparison.
    #[serde(default = "not_counted")]
    pub other_currency: Figure,
    /// What can be said of the difference, by program, groups and measure.
    pub lift: Vec<Lift>,
    /// What can be said of it, in words.
    pub note: String,
}

/// Two groups of households of a program, by one measure: what came of them, or that nobody can say yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    /// The program.
    pub program: String,
    /// The one group, in words.
    pub one: String,
    /// The group it is compared with, in words.
    pub other: String,
    /// `visits`, `customer_pay`, `opt_outs`.
    pub measure: String,
    /// Days over which what a household did counts.
    pub outcome_days: i64,
    /// The version of the shares under which those compared were placed.
    #[serde(default)]
    pub shares: String,
    /// Households of the program placed under earlier versions: they are not compared.
    #[serde(default)]
    pub earlier: u64,
    /// Households placed in the one and the other, under that version.
    pub placed: [u64; 2],
    /// Households counted in the one and the other.
    pub counted: [u64; 2],
    /// The low end of the difference: visits and opt-outs for 100 households, dollars for one; `None` where nobody can say
    /// yet.
    pub low: Option<Decimal>,
    /// The best guess.
    pub estimate: Option<Decimal>,
    /// The high end.
    pub high: Option<Decimal>,
    /// The same in a sentence.
    pub says: String,
}

/// A figure of a file that was written before it was counted.
fn not_counted() -> Figure {
    Figure::new(
        "not_counted",
        "Not counted",
        None,
        crate::Unit::Count,
        "This file is of before this was counted.",
    )
}
