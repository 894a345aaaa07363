//! The tally put into words and figures.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::answer::{
    Audit, Extract, FileRead, IntervalStanding, Intervals, LeftOut, Reach, ReadBack, Share, Vehicles,
};
use super::prepare::Prepared;
use super::record::ExtractFile;
use super::tally::{Reached, Tally};
use super::{appointments, doubts, path, words};
use crate::{Figure, Unit};

/// Dollars of cents.
pub(super) fn dollars(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

pub(super) fn share(id: &str, label: &str, count: u64, base: u64) -> Share {
    Share { id: id.to_owned(), label: label.to_owned(), count, base }
}

/// The middle of some values: half are smaller. The list is sorted in passing.
pub(super) fn quantile(values: &mut [u32], tenths: usize) -> Option<u32> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)?.saturating_mul(tenths) / 10).copied()
}

impl Prepared {
    /// The store's own mean customer-pay visit.
    pub(super) fn mean_visit(&self) -> Figure {
        let months = self.data.policy.visit.mean_months;
        Figure::mean(
            "mean_visit",
            "Mean customer-pay visit",
            dollars(self.visits.cents),
            self.visits.visits,
            Unit::Dollars,
            &format!("customer-pay repair orders of the last {months} months"),
            "Customer-pay dollars of all repair orders with any, divided by their number: the store's own CP ARO.",
            self.data.policy.small_base,
        )
    }

    /// The audit of the whole extract: `tally` is over all vehicles. `mapping`: what was read it with.
    #[must_use]
    pub fn finish(&self, tally: Tally, extract: Extract) -> Audit {
        let mut tally = tally;
        let visit = self.mean_visit();
        let extract = Extract {
            first_day: self.first_day,
            last_day: self.last_day,
            last_day_how: self.last_day_how.clone(),
            ..extract
        };
        let faults = self.ranked_faults(&tally, &visit);
        let path = path::of(self, &tally, &visit);
        let ladder = self.ladder_answer(&tally.ladder);
        let declined = self.declined(&tally, &visit);
        let mut audit = Audit {
            schema: "fixedops-audit/1".to_owned(),
            policies: BTreeMap::from([
                ("attribution".to_owned(), self.ladder_policy.version().clone()),
                ("audit".to_owned(), self.data.policy.version.clone()),
                ("due".to_owned(), self.due.version().clone()),
                ("model".to_owned(), self.model.version().clone()),
                ("op_codes".to_owned(), self.op_codes_version.clone()),
                ("schedule".to_owned(), self.schedule.version().clone()),
            ]),
            extract,
            headlines: Vec::new(),
            fix_first: Vec::new(),
            read: self.read_back(),
            vehicles: self.vehicle_figures(&mut tally),
            intervals: self.intervals(&tally),
            reach: self.reach(&tally),
            path,
            ladder,
            declined,
            faults,
            measures: self.measures(&tally, visit),
        };
        audit.headlines = doubts::of(&audit, &self.data.policy.doubts);
        audit.headlines.extend(words::headlines(&audit));
        audit.fix_first = words::fix_first(&audit);
        audit
    }

    fn read_back(&self) -> ReadBack {
        let files: Vec<FileRead> = ExtractFile::ALL
            .iter()
            .zip(&self.data.files)
            .map(|(file, counted)| FileRead {
                file: *file,
                present: counted.present,
                rows: counted.rows,
                used: counted.rows.saturating_sub(counted.aside),
                set_aside: counted.aside,
                missing: if counted.present { String::new() } else { file.without_it().to_owned() },
                absent_fields: absent(&counted.absent_fields),
            })
            .collect();
        let left_out: Vec<LeftOut> = self
            .data
            .faults
            .iter()
            .filter(|((.., aside), _)| *aside)
            .map(|((file, kind, _), found)| LeftOut {
                file: *file,
                kind: *kind,
                label: kind.label().to_owned(),
                rows: found.count,
                dollars: dollars(found.cents),
                examples: found.examples.clone(),
            })
            .collect();
        let used: i64 = self
            .data
            .orders
            .iter()
            .filter(|order| !order.aside)
            .filter_map(|order| order.customer_pay)
            .fold(0, i64::saturating_add);
        let rows_of =
            |file| left_out.iter().filter(|left| left.file == file).map(|left| left.rows).sum::<u64>();
        let adds_up = files.iter().all(|file| rows_of(file.file) == file.set_aside)
            && used.checked_add(self.data.cents_aside) == Some(self.data.cents_read);
        let figure = |id, label, cents, definition| {
            Figure::new(id, label, Some(dollars(cents)), Unit::Dollars, definition)
        };
        let dollars = vec![
            figure(
                "dollars_read",
                "Customer-pay dollars read",
                self.data.cents_read,
                "On every row of the repair orders whose amount can be read.",
            ),
            figure("dollars_used", "Customer-pay dollars used", used, "On the repair orders that count."),
            figure(
                "dollars_set_aside",
                "Customer-pay dollars set aside",
                self.data.cents_aside,
                "On the rows that do not count; a row that stands there twice counts once.",
            ),
        ];
        ReadBack { files, left_out, dollars, adds_up }
    }

    fn vehicle_figures(&self, tally: &mut Tally) -> Vehicles {
        let (policy, small) = (&self.data.policy, self.data.policy.small_base);
        let in_play = tally.in_play;
        let rate = |id, label, count, definition| {
            Figure::rate(id, label, count, in_play, "vehicles in play", definition, small)
        };
        let width = quantile(&mut tally.half_widths, 5);
        let figures = vec![
            Figure::count(
                "in_play",
                "Vehicles in play",
                in_play,
                &format!(
                    "Customers' vehicles with a VIN and a repair order within {} months of the last day; stock and loaners are not counted.",
                    policy.vehicles.in_play_months
                ),
            ),
            rate(
                "with_customer",
                "With a customer",
                tally.with_customer,
                "The latest repair order, or the vehicle file, names a customer.",
            ),
            rate(
                "usable_mileage",
                "With a usable mileage",
                tally.usable,
                "On the last day the odometer was read within a day, tracked by GPS, or can be estimated with a range from a learned habit; never a calendar guess.",
            ),
            Figure::new(
                "half_width",
                "Typical half width of an estimate",
                width.map(|tenths| Decimal::new(tenths.into(), 1)),
                Unit::Miles,
                "Half of the estimated mileages have an 80 % range narrower than plus or minus this.",
            )
            .over(None, tally.half_widths.len() as u64, "estimated mileages", small),
        ];
        let bases = ["read", "gps", "estimated", "unknown"];
        let labels = ["Read within a day", "Tracked by GPS", "Estimated", "Unknown"];
        let by_basis = bases
            .iter()
            .zip(labels)
            .zip(tally.by_basis)
            .map(|((id, label), count)| share(id, label, count, in_play))
            .collect();
        let mut by_age: Vec<Share> = classes(&policy.vehicles.capture_ages)
            .into_iter()
            .zip(&tally.by_age)
            .map(|(label, count)| share(&label.replace(' ', "_"), &label, *count, in_play))
            .collect();
        by_age.push(share("never", "never", tally.never_captured, in_play));
        Vehicles { figures, by_basis, by_age, backtest: self.backtest_figures(tally) }
    }

    fn intervals(&self, tally: &Tally) -> Intervals {
        let services = self
            .schedule
            .rules()
            .iter()
            .zip(&tally.stages)
            .map(|(rule, &[unknown, not_yet, soon, due, overdue])| IntervalStanding {
                service: rule.service.clone(),
                overdue,
                due,
                soon,
                not_yet,
                unknown,
            })
            .collect();
        Intervals {
            definition: format!(
                "Vehicles in play on the last day, by miles or months, whichever comes first, counted from the last such service on a repair order or the delivery; schedule {}. Unknown: nothing to count from, or neither a mileage nor a date speaks.",
                self.schedule.version()
            ),
            services,
            any_due: vec![
                share("any_due", "Any service due or overdue", tally.any_due, tally.in_play),
                share("any_overdue", "Any service overdue", tally.any_overdue, tally.in_play),
            ],
        }
    }

    fn reach(&self, tally: &Tally) -> Reach {
        let small = self.data.policy.small_base;
        let owners = tally.with_customer;
        let place = |list: &[u64; 3], place: usize| list.get(place).copied().unwrap_or(0);
        let rate = |id, label, count, base, base_label, definition| {
            Figure::rate(id, label, count, base, base_label, definition, small)
        };
        const OWNED: &str = "vehicles in play with a customer";
        let figures = vec![
            rate("phone", "A well-formed telephone number", place(&tally.phone, 0), owners, OWNED,
                "The owner's number reads as a telephone number; whether it answers nobody knows."),
            rate("email", "A well-formed e-mail address", place(&tally.email, 0), owners, OWNED,
                "The owner's address has the form of one."),
            rate("provable_text", "Reachable by text with provable written consent",
                tally.reached.first().copied().unwrap_or(0), tally.in_play, "vehicles in play",
                "The owner has a well-formed number, is not opted out, and gave written consent (PEWC) for texts with a date and something that proves it, not revoked since. What law asks beyond that is asked again at every sending.")
                .from_source("47 CFR 64.1200(a)(2), (f)(9)"),
            rate("mailable", "Could be e-mailed", tally.mailable, owners, OWNED,
                "A well-formed address, not opted out and mail not blocked: e-mail needs no consent beforehand but an opt-out in every message.")
                .from_source("15 U.S.C. 7704 (CAN-SPAM)"),
            rate("due_and_provable", "Due now and reachable by text", tally.due_and_provable, tally.any_due,
                "vehicles in play with any service due", "As above, of those with any service due or overdue."),
        ];
        let why_not = Reached::ALL
            .iter()
            .map(|reached| {
                let (place, id, label) = reached.place();
                share(id, label, tally.reached.get(place).copied().unwrap_or(0), tally.in_play)
            })
            .collect();
        let note = (!self.is_there(ExtractFile::Consents)).then(|| {
            "consents.csv is not there: no consent can be proven, so nobody may be sent marketing by text. A telephone number in a DMS is not a consent.".to_owned()
        });
        Reach { note, figures, why_not }
    }

    fn measures(&self, tally: &Tally, visit: Figure) -> Vec<Figure> {
        let (policy, small) = (&self.data.policy, self.data.policy.small_base);
        let rate = |id: &str, label: &str, count, base, base_label: &str, definition: &str| {
            Figure::rate(id, label, count, base, base_label, definition, small)
        };
        const SEEN: &str = "customers' vehicles with a VIN ever seen here";
        let (active, lost) = (policy.vehicles.active_months, policy.vehicles.lost_months);
        let mut measures = vec![
            visit,
            rate(
                "active",
                "Active",
                tally.active,
                tally.retail,
                SEEN,
                &format!("Last repair order within {active} months of the last day."),
            ),
            rate(
                "recently_lost",
                "Recently lost",
                tally.lost,
                tally.retail,
                SEEN,
                &format!("Last repair order {active} to {lost} months before the last day."),
            ),
            rate(
                "defected",
                "Defected",
                tally.defected,
                tally.retail,
                SEEN,
                &format!("Last repair order more than {lost} months before the last day."),
            ),
            rate(
                "one_line",
                "One-line repair orders",
                self.visits.one_line,
                self.visits.with_lines,
                "customer-pay repair orders whose operations are known",
                &format!("With one operation only, of the last {} months.", policy.visit.mean_months),
            ),
        ];
        if self.is_there(ExtractFile::Appointments) {
            let (mut made, nobody) = (tally.appointments, appointments::of_nobody(self));
            made.set += nobody.set;
            made.cancelled += nobody.cancelled;
            made.shown += nobody.shown;
            made.missed += nobody.missed;
            measures.push(
                rate("show_rate", "Show rate", made.shown, made.shown + made.missed,
                    "appointments up to the last day, not canceled",
                    "The appointment says that the customer came, names a repair order, or the vehicle has a repair order opened within a day of it.")
                    .with_target(Decimal::from(80))
                    .from_source("DealerMine: 80 % norm; Xtime average 81 %"),
            );
            measures.push(rate(
                "cancelled",
                "Canceled",
                made.cancelled,
                made.set,
                "appointments up to the last day",
                "Called off before the day.",
            ));
        }
        measures
    }
}

/// Fields without a column, and without another that says the same.
fn absent(fields: &[String]) -> Vec<String> {
    let is_there = |field: &str| !fields.iter().any(|absent| absent == field);
    let instead = |field: &str| match field {
        "customer_pay" => is_there("customer_pay_parts"),
        "customer_pay_parts" => is_there("customer_pay"),
        "recommended" => is_there("recommendations"),
        "recommendations" => is_there("recommended"),
        _ => false,
    };
    fields.iter().filter(|field| !instead(field)).cloned().collect()
}

/// Words for the classes that some limits make, in days.
pub(super) fn classes(limits: &[u32]) -> Vec<String> {
    let mut from = 0;
    let mut classes: Vec<String> = Vec::new();
    for limit in limits {
        classes.push(format!("{from} to {limit} days"));
        from = limit.saturating_add(1);
    }
    classes.push(format!("{from} days or more"));
    classes
}
