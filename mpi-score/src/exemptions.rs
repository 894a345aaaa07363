use core::fmt;
use std::collections::BTreeMap;

use fixedops_vocab::{PolicyVersion, RoId};

use crate::policy::policy_doors;
use crate::{Gate, Points, PolicyError};

/// When exemptions are asked for too often, as written: [`ExemptionPolicy::new`] checks it. Shares are ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct ExemptionPolicyDraft {
    /// Name and version.
    pub version: PolicyVersion,
    /// Where it comes from.
    pub source: String,
    /// So large a share of a person's orders may go without an inspection.
    pub most: u16,
    /// Below so many orders nobody is judged.
    pub least_orders: u32,
    /// Below so many exemptions there is no alarm.
    pub least_exemptions: u32,
    /// The share must lie above `most` with this certainty; above 5,000 and below 10,000.
    pub certainty: u16,
    /// Codes with a share of their own.
    #[cfg_attr(feature = "serde", serde(default))]
    pub code: Vec<CodeShare>,
}

/// How large a share of a person's orders one code may be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct CodeShare {
    /// The code.
    pub code: String,
    /// Its share at most, in ten-thousandths.
    pub most: u16,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptionPolicy(ExemptionPolicyDraft);

impl ExemptionPolicy {
    /// Checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: ExemptionPolicyDraft) -> Result<Self, PolicyError> {
        if draft.most > 10_000 || draft.code.iter().any(|code| code.most > 10_000) {
            return Err(PolicyError::at("most", "is above 10000"));
        }
        if !(5_001..10_000).contains(&draft.certainty) {
            return Err(PolicyError::at("certainty", "is not above 5000 and below 10000"));
        }
        for (index, code) in draft.code.iter().enumerate() {
            if draft.code.iter().take(index).any(|earlier| earlier.code == code.code) {
                return Err(PolicyError::at(format!("code[{index}] {:?}", code.code), "is there twice"));
            }
        }
        Ok(Self(draft))
    }
}

policy_doors!(ExemptionPolicy(ExemptionPolicyDraft) in 0, shipped "exemptions.toml");

/// What the gate said of one repair order in the end, and who had it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct GateRecord {
    /// The repair order; of several records of one the last counts.
    pub ro: RoId,
    /// The advisor, by his number.
    pub advisor: Option<String>,
    /// The technician, by his number.
    pub technician: Option<String>,
    /// What the gate said.
    pub gate: Gate,
}

/// Whose orders are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "an order has an advisor and a technician")]
pub enum Person {
    /// An advisor, by his number.
    Advisor(String),
    /// A technician, by his number.
    Technician(String),
}

/// How orders ended at the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "three answers of the gate")]
pub struct Completion {
    /// Complete inspections.
    pub completed: u32,
    /// Exempted: never a completion.
    pub exempt: u32,
    /// Still blocked.
    pub blocked: u32,
}

impl Completion {
    /// All orders.
    #[must_use]
    pub const fn orders(&self) -> u32 {
        self.completed.saturating_add(self.exempt).saturating_add(self.blocked)
    }

    /// The share of all orders with a complete inspection; `None` without an order. An exempted order is an order and no
    /// completion.
    #[must_use]
    pub fn rate(&self) -> Option<Points> {
        share(self.completed, self.orders())
    }
}

/// Counts orders by what the gate said in the end; of several records of one order the last counts.
#[must_use]
pub fn completion(records: &[GateRecord]) -> Completion {
    let mut all = Completion::default();
    last_of(records).values().for_each(|record| count(&mut all, &record.gate));
    all
}

/// A person whose exemptions outrun the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct ExemptionAlarm {
    /// Who.
    pub person: Person,
    /// The code that is used too often; none where it is all of them together.
    pub code: Option<String>,
    /// How many exemptions.
    pub exempt: u32,
    /// Of how many orders.
    pub orders: u32,
    /// Their share.
    pub share: Points,
    /// It is at least this, with the policy's certainty.
    pub at_least: Points,
    /// What the policy allows.
    pub most: Points,
}

impl fmt::Display for ExemptionAlarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match &self.person {
            Person::Advisor(number) => format!("advisor {number}"),
            Person::Technician(number) => format!("technician {number}"),
        };
        let of = self.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        let percent = |share: Points| f64::from(share.get()) / 100.0;
        write!(
            f,
            "{who}: {} of {} orders exempted{of}, {:.1} %, at least {:.1} %; {:.1} % are allowed",
            self.exempt,
            self.orders,
            percent(self.share),
            percent(self.at_least),
            percent(self.most)
        )
    }
}

/// Everyone whose exemptions outrun the policy, advisors first, by number; for each the sum of all codes first.
///
/// A share counts as too large only where the lower end of its one-sided Wilson interval (Wilson 1927) is above what is
/// allowed, so that two exemptions of three orders alarm nobody; below `least_orders` nobody is judged at all.
/// Of several records of one order the last counts.
///
/// ```
/// use fixedops_mpi_score::{ExemptionPolicy, Gate, GateRecord, exemption_alarms};
/// let records: Vec<GateRecord> = (0..30).map(|n| GateRecord {
///     ro: format!("n/{n}").parse().expect("an id"),
///     advisor: Some("17".to_owned()),
///     technician: None,
///     gate: if n < 10 {
///         Gate::Exempt { code: "warranty_only".into(), by: "17".into(), reason: "recall".into() }
///     } else {
///         Gate::Pass
///     },
/// }).collect();
/// let alarms = exemption_alarms(&records, &ExemptionPolicy::shipped());
/// assert_eq!(alarms[0].to_string(),
///     "advisor 17: 10 of 30 orders exempted, 33.3 %, at least 21.1 %; 10.0 % are allowed");
/// ```
#[must_use]
pub fn exemption_alarms(records: &[GateRecord], policy: &ExemptionPolicy) -> Vec<ExemptionAlarm> {
    let table = policy.table();
    let z = deviation(f64::from(table.certainty) / 10_000.0);
    let mut people = BTreeMap::<Person, (Completion, BTreeMap<&str, u32>)>::new();
    for record in last_of(records).into_values() {
        let advisor = record.advisor.clone().map(Person::Advisor);
        let technician = record.technician.clone().map(Person::Technician);
        for person in advisor.into_iter().chain(technician) {
            let (all, codes) = people.entry(person).or_default();
            count(all, &record.gate);
            if let Gate::Exempt { code, .. } = &record.gate {
                *codes.entry(code).or_default() += 1;
            }
        }
    }
    let mut alarms = Vec::new();
    for (person, (all, codes)) in people {
        let orders = all.orders();
        let of_code = |code: &CodeShare| {
            (Some(code.code.clone()), codes.get(code.code.as_str()).copied().unwrap_or(0), code.most)
        };
        let asked = core::iter::once((None, all.exempt, table.most)).chain(table.code.iter().map(of_code));
        for (code, exempt, most) in asked {
            let (Some(share), at_least) = (share(exempt, orders), wilson_lower(exempt, orders, z)) else {
                continue;
            };
            let enough = orders >= table.least_orders && exempt >= table.least_exemptions;
            if enough && at_least.get() > most {
                let (person, most) = (person.clone(), Points::clamped(i128::from(most)));
                alarms.push(ExemptionAlarm { person, code, exempt, orders, share, at_least, most });
            }
        }
    }
    alarms
}

fn last_of(records: &[GateRecord]) -> BTreeMap<&RoId, &GateRecord> {
    records.iter().map(|record| (&record.ro, record)).collect()
}

fn count(all: &mut Completion, gate: &Gate) {
    match gate {
        Gate::Pass => all.completed += 1,
        Gate::Block(_) => all.blocked += 1,
        Gate::Exempt { .. } => all.exempt += 1,
    }
}

fn share(part: u32, whole: u32) -> Option<Points> {
    (u64::from(part) * 10_000).checked_div(u64::from(whole)).map(|share| Points::clamped(i128::from(share)))
}

/// The lower end of the Wilson score interval, rounded down.
fn wilson_lower(part: u32, whole: u32, z: f64) -> Points {
    if whole == 0 {
        return Points::ZERO;
    }
    let (n, p) = (f64::from(whole), f64::from(part) / f64::from(whole));
    let middle = p + z * z / (2.0 * n);
    let half = z * libm::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
    let lower = (middle - half) / (1.0 + z * z / n);
    #[allow(clippy::cast_possible_truncation, reason = "a share of ten thousand")]
    Points::clamped((lower * 10_000.0) as i128)
}

/// How many standard deviations hold a share of a normal distribution below them; for shares from a half to 0.9999.
fn deviation(share: f64) -> f64 {
    let below = |z: f64| 0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2);
    let (mut low, mut high) = (0.0, 6.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if below(middle) < share { low = middle } else { high = middle }
    }
    high
}
