use std::collections::BTreeMap;

use fixedops_attribution::{Assignment, Evidence, Reason, RepairOrder, Sums, Totals};
use fixedops_vocab::Currency;
use rust_decimal::Decimal;

use super::fault::FaultKind;
use super::store::Consented;

/// Places for kinds of faults.
pub(super) const KINDS: usize = FaultKind::ALL.len();
/// The bases of a mileage.
pub(super) const BASES: usize = 4;
/// Stages of a service: unknown, not yet, soon, due, overdue.
pub(super) const STAGES: usize = 5;
/// Reasons why an owner cannot be texted, and that he can.
pub(super) const REACHED: usize = 11;

/// What was counted over some vehicles. Two tallies of neighbouring ranges make one; the order of merging is the order
/// of vehicles, so that any number of workers gives the same answer.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub(super) retail: u64,
    pub(super) active: u64,
    pub(super) lost: u64,
    pub(super) defected: u64,
    pub(super) in_play: u64,
    pub(super) with_customer: u64,
    pub(super) usable: u64,
    pub(super) by_basis: [u64; BASES],
    pub(super) by_age: Vec<u64>,
    pub(super) never_captured: u64,
    /// Half the width of the 80 % range, tenths of a mile.
    pub(super) half_widths: Vec<u32>,
    pub(super) back: Back,
    /// By service of the schedule, by stage.
    pub(super) stages: Vec<[u64; STAGES]>,
    pub(super) any_due: u64,
    pub(super) any_overdue: u64,
    pub(super) due_and_provable: u64,
    pub(super) reached: [u64; REACHED],
    pub(super) phone: [u64; 3],
    pub(super) email: [u64; 3],
    pub(super) mailable: u64,
    pub(super) path: PathTally,
    pub(super) declined: DeclinedTally,
    /// Readings by verdict.
    pub(super) readings: u64,
    pub(super) readings_at_fault: Counts,
    /// Vehicles with the fault, and of those in play the ones whose next reminder goes wrong by it.
    pub(super) vehicles_at_fault: Counts,
    pub(super) reminders_at_fault: Counts,
    pub(super) reading_examples: Vec<(FaultKind, u64)>,
    pub(super) appointments: AppointmentTally,
    pub(super) ladder: LadderTally,
}

/// One count for each kind of fault.
#[derive(Clone, Debug)]
pub(super) struct Counts([u64; KINDS]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; KINDS])
    }
}

impl Counts {
    pub(super) fn add(&mut self, kind: FaultKind) {
        if let Some(count) = usize::try_from(kind.place()).ok().and_then(|place| self.0.get_mut(place)) {
            *count += 1;
        }
    }

    pub(super) fn get(&self, kind: FaultKind) -> u64 {
        usize::try_from(kind.place()).ok().and_then(|place| self.0.get(place)).copied().unwrap_or(0)
    }
}

/// The last reading of each tested car against three rules; errors in tenths of a mile.
#[derive(Clone, Debug, Default)]
pub(super) struct Back {
    pub(super) covered: u64,
    /// Ours, flat, last two visits.
    pub(super) errors: [Vec<u32>; 3],
    /// The same in thousandths of the miles driven.
    pub(super) shares: [Vec<u32>; 3],
    pub(super) tested: u64,
    pub(super) without_estimate: u64,
}

/// The steps of the path: how many met the step and all before it; how many came anyway of those lost at it; how many
/// of the due met it whatever the other steps say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PathTally {
    pub(super) passed: [u64; 8],
    pub(super) came_anyway: [u64; 8],
}

/// Recommended work.
#[derive(Clone, Debug, Default)]
pub(super) struct DeclinedTally {
    pub(super) recommended: u64,
    pub(super) sold_at_once: u64,
    pub(super) repeats: u64,
    pub(super) open: u64,
    pub(super) priced: u64,
    pub(super) cents: i64,
    pub(super) tickets: u64,
    pub(super) by_age: Vec<Group>,
    /// By operation code.
    pub(super) by_code: std::collections::BTreeMap<u32, Group>,
    /// Items old enough to tell, those done within the time, those done at any time.
    pub(super) mature: u64,
    pub(super) recovered_in_time: u64,
    pub(super) recovered: u64,
    pub(super) recovered_cents: i64,
    /// Items done later that the customer did not pay for: warranty, internal, goodwill.
    pub(super) done_by_others: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub(super) items: u64,
    pub(super) priced: u64,
    pub(super) cents: i64,
}

impl Group {
    pub(super) fn add(&mut self, cents: Option<i64>) {
        self.items += 1;
        self.priced += u64::from(cents.is_some());
        self.cents = self.cents.saturating_add(cents.unwrap_or(0));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.items += other.items;
        self.priced += other.priced;
        self.cents = self.cents.saturating_add(other.cents);
    }
}

/// Orders tied back to what was sent before them.
#[derive(Clone, Debug, Default)]
pub(super) struct LadderTally {
    pub(super) touches: u64,
    /// Those that name a customer and no car.
    pub(super) touches_by_person: u64,
    /// Cars with orders of more than one customer.
    pub(super) cars_of_several: u64,
    /// Those that name a service of the schedule; those that name something else; and of all without a name that is
    /// known, those sent while something was coming due.
    pub(super) touches_named: u64,
    pub(super) touches_misnamed: u64,
    pub(super) touches_due: u64,
    /// Reasons to write, by service; of none: a visit as such.
    pub(super) triggers: BTreeMap<Option<usize>, u64>,
    /// Customer-pay orders by service on them; of none: with other work only.
    pub(super) rows: BTreeMap<Option<usize>, LadderRowTally>,
    /// Customer-pay orders, each once.
    pub(super) all: LadderRowTally,
    /// Customer-pay orders set aside: nobody knows whose car it was; nobody can read them.
    pub(super) owner_unknown: u64,
    pub(super) unreadable: u64,
    /// Lines left out: who pays or how much is not known.
    pub(super) lines_unknown: u64,
    /// Customer-pay orders of a department that the policy leaves out, and their dollars: they stand in no row.
    pub(super) excluded: (u64, Decimal),
    /// All lines of the orders, and where each of them went.
    pub(super) sums: Sums,
}

/// What ties an order to what was sent before it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tie {
    /// A touch was about work on it that earned a credit, by this evidence.
    Work(Evidence),
    /// The car came after a touch, for other work.
    OtherWork,
    /// Nothing, for this reason.
    Not(Reason),
}

/// Some orders: how they are tied back, or why not.
#[derive(Clone, Debug, Default)]
pub(super) struct LadderRowTally {
    pub(super) orders: u64,
    pub(super) dollars: Decimal,
    pub(super) credited: Decimal,
    pub(super) by_rung: BTreeMap<Evidence, (u64, Decimal)>,
    /// Visits for other work after a touch, and their dollars.
    pub(super) other_work: (u64, Decimal),
    pub(super) why_not: BTreeMap<Reason, u64>,
}

impl LadderTally {
    pub(super) fn add_totals(&mut self, assignment: &Assignment, orders: &[RepairOrder]) {
        let mut totals = Totals::of(assignment, orders);
        // An audit's money is in one currency.
        self.add_sums(totals.by_currency.remove(&Currency::USD).unwrap_or_default());
    }

    fn add_sums(&mut self, other: Sums) {
        fn merge<K: Ord>(
            mine: &mut BTreeMap<K, fixedops_attribution::LinesAndDollars>,
            other: BTreeMap<K, fixedops_attribution::LinesAndDollars>,
        ) {
            for (key, sums) in other {
                let known = mine.entry(key).or_default();
                known.lines += sums.lines;
                known.dollars = known.dollars.saturating_add(sums.dollars);
            }
        }
        merge(&mut self.sums.by_pay_type, other.by_pay_type);
        merge(&mut self.sums.credited, other.credited);
        merge(&mut self.sums.not_credited, other.not_credited);
        self.sums.discounted = self.sums.discounted.saturating_add(other.discounted);
    }

    fn merge(&mut self, next: Self) {
        for (mine, other) in [
            (&mut self.touches, next.touches),
            (&mut self.touches_by_person, next.touches_by_person),
            (&mut self.cars_of_several, next.cars_of_several),
            (&mut self.touches_named, next.touches_named),
            (&mut self.touches_misnamed, next.touches_misnamed),
            (&mut self.touches_due, next.touches_due),
            (&mut self.owner_unknown, next.owner_unknown),
            (&mut self.unreadable, next.unreadable),
            (&mut self.lines_unknown, next.lines_unknown),
        ] {
            *mine += other;
        }
        for (service, count) in next.triggers {
            *self.triggers.entry(service).or_default() += count;
        }
        for (service, row) in next.rows {
            self.rows.entry(service).or_default().merge(row);
        }
        self.all.merge(next.all);
        add_pair(&mut self.excluded, next.excluded);
        self.add_sums(next.sums);
    }
}

impl LadderRowTally {
    fn merge(&mut self, next: Self) {
        self.orders += next.orders;
        self.dollars = self.dollars.saturating_add(next.dollars);
        self.credited = self.credited.saturating_add(next.credited);
        for (evidence, (orders, dollars)) in next.by_rung {
            add_pair(self.by_rung.entry(evidence).or_default(), (orders, dollars));
        }
        add_pair(&mut self.other_work, next.other_work);
        for (reason, count) in next.why_not {
            *self.why_not.entry(reason).or_default() += count;
        }
    }
}

fn add_pair(mine: &mut (u64, Decimal), next: (u64, Decimal)) {
    mine.0 += next.0;
    mine.1 = mine.1.saturating_add(next.1);
}

/// Appointments that should have been kept by the last day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AppointmentTally {
    pub(super) set: u64,
    pub(super) cancelled: u64,
    pub(super) shown: u64,
    pub(super) missed: u64,
}

/// Lines of faulty readings that are kept, by kind.
const EXAMPLES: usize = 5;

impl Tally {
    pub(super) fn example(&mut self, kind: FaultKind, line: u64) {
        if self.reading_examples.iter().filter(|(known, _)| *known == kind).count() < EXAMPLES {
            self.reading_examples.push((kind, line));
        }
    }

    /// Adds what was counted over the vehicles that follow.
    pub fn merge(&mut self, next: Self) {
        let sum = |mine: &mut u64, other: u64| *mine += other;
        for (mine, other) in [
            (&mut self.retail, next.retail),
            (&mut self.active, next.active),
            (&mut self.lost, next.lost),
            (&mut self.defected, next.defected),
            (&mut self.in_play, next.in_play),
            (&mut self.with_customer, next.with_customer),
            (&mut self.usable, next.usable),
            (&mut self.never_captured, next.never_captured),
            (&mut self.any_due, next.any_due),
            (&mut self.any_overdue, next.any_overdue),
            (&mut self.due_and_provable, next.due_and_provable),
            (&mut self.mailable, next.mailable),
            (&mut self.readings, next.readings),
            (&mut self.back.covered, next.back.covered),
            (&mut self.back.tested, next.back.tested),
            (&mut self.back.without_estimate, next.back.without_estimate),
            (&mut self.appointments.set, next.appointments.set),
            (&mut self.appointments.cancelled, next.appointments.cancelled),
            (&mut self.appointments.shown, next.appointments.shown),
            (&mut self.appointments.missed, next.appointments.missed),
        ] {
            sum(mine, other);
        }
        add_all(&mut self.by_basis, &next.by_basis);
        add_all(&mut self.reached, &next.reached);
        add_all(&mut self.phone, &next.phone);
        add_all(&mut self.email, &next.email);
        add_all(&mut self.path.passed, &next.path.passed);
        add_all(&mut self.path.came_anyway, &next.path.came_anyway);
        add_all(&mut self.readings_at_fault.0, &next.readings_at_fault.0);
        add_all(&mut self.vehicles_at_fault.0, &next.vehicles_at_fault.0);
        add_all(&mut self.reminders_at_fault.0, &next.reminders_at_fault.0);
        self.by_age.resize(self.by_age.len().max(next.by_age.len()), 0);
        add_all(&mut self.by_age, &next.by_age);
        self.half_widths.extend(next.half_widths);
        self.stages.resize(self.stages.len().max(next.stages.len()), [0; STAGES]);
        for (mine, other) in self.stages.iter_mut().zip(&next.stages) {
            add_all(mine, other);
        }
        for (mine, other) in self.back.errors.iter_mut().zip(next.back.errors) {
            mine.extend(other);
        }
        for (mine, other) in self.back.shares.iter_mut().zip(next.back.shares) {
            mine.extend(other);
        }
        for (kind, line) in next.reading_examples {
            self.example(kind, line);
        }
        self.declined.merge(next.declined);
        self.ladder.merge(next.ladder);
    }
}

impl DeclinedTally {
    fn merge(&mut self, next: Self) {
        for (mine, other) in [
            (&mut self.recommended, next.recommended),
            (&mut self.sold_at_once, next.sold_at_once),
            (&mut self.repeats, next.repeats),
            (&mut self.open, next.open),
            (&mut self.priced, next.priced),
            (&mut self.tickets, next.tickets),
            (&mut self.mature, next.mature),
            (&mut self.recovered_in_time, next.recovered_in_time),
            (&mut self.recovered, next.recovered),
            (&mut self.done_by_others, next.done_by_others),
        ] {
            *mine += other;
        }
        self.cents = self.cents.saturating_add(next.cents);
        self.recovered_cents = self.recovered_cents.saturating_add(next.recovered_cents);
        self.by_age.resize(self.by_age.len().max(next.by_age.len()), Group::default());
        for (mine, other) in self.by_age.iter_mut().zip(next.by_age) {
            mine.merge(other);
        }
        for (code, group) in next.by_code {
            self.by_code.entry(code).or_default().merge(group);
        }
    }
}

fn add_all(mine: &mut [u64], other: &[u64]) {
    for (mine, other) in mine.iter_mut().zip(other) {
        *mine += other;
    }
}

/// Whether an owner can be texted marketing with provable consent, or the first reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    Yes,
    NoOwner,
    OptedOut,
    PhoneBlocked,
    NoPhone,
    BadPhone,
    NoConsent(Consented),
}

impl Reached {
    /// Its place, name and words.
    pub(super) const fn place(self) -> (usize, &'static str, &'static str) {
        match self {
            Self::Yes => (0, "reachable", "Reachable by text with provable written consent"),
            Self::NoOwner => (1, "no_owner", "No customer on record"),
            Self::OptedOut => (2, "opted_out", "Opted out"),
            Self::PhoneBlocked => (3, "phone_blocked", "Telephone blocked in the DMS"),
            Self::NoPhone => (4, "no_phone", "No telephone number"),
            Self::BadPhone => (5, "bad_phone", "A telephone number that is none"),
            Self::NoConsent(Consented::Revoked) => (6, "revoked", "Consent revoked"),
            Self::NoConsent(Consented::NoProof) => (7, "no_proof", "Consent without anything that proves it"),
            Self::NoConsent(Consented::NoDate) => (8, "no_date", "Consent without a date"),
            Self::NoConsent(Consented::NotWritten) => (9, "not_written", "Consent that is not a written one"),
            Self::NoConsent(_) => (10, "no_consent", "No consent for texts on record"),
        }
    }

    pub(super) const ALL: [Self; REACHED] = [
        Self::Yes,
        Self::NoOwner,
        Self::OptedOut,
        Self::PhoneBlocked,
        Self::NoPhone,
        Self::BadPhone,
        Self::NoConsent(Consented::Revoked),
        Self::NoConsent(Consented::NoProof),
        Self::NoConsent(Consented::NoDate),
        Self::NoConsent(Consented::NotWritten),
        Self::NoConsent(Consented::NoRecord),
    ];
}
