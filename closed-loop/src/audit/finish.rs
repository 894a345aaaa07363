//! The tally put into words and figures.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::answer::{
    Audit, Backtest, BacktestRule, Declined, DeclinedGroup, Extract, FileRead, IntervalStanding, Intervals,
    LeftOut, RankedFault, Reach, ReadBack, Share, Vehicles, Worth,
};
use super::fault::{Cost, FaultKind, Stands};
use super::prepare::Prepared;
use super::record::ExtractFile;
use super::tally::{Group, Reached, Tally};
use super::{appointments, path, words};
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
        let declined = self.declined(&tally, &visit);
        let mut audit = Audit {
            schema: "fixedops-audit/1".to_owned(),
            policies: BTreeMap::from([
                ("audit".to_owned(), self.data.policy.version.clone()),
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
            declined,
            faults,
            measures: self.measures(&tally, visit),
        };
        audit.headlines = words::headlines(&audit);
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
                absent_fields: counted.absent_fields.clone(),
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

    fn backtest_figures(&self, tally: &mut Tally) -> Backtest {
        let (policy, small) = (&self.data.policy, self.data.policy.small_base);
        let tested = tally.back.tested;
        let every = (self.vehicles() as u64).div_ceil(policy.backtest.most_cars.max(1)).max(1);
        let sample = if every > 1 { format!(" One car in {every} was tested.") } else { String::new() };
        let names = [
            ("ours", "Estimate from this car's own history".to_owned()),
            ("flat", format!("Last reading plus {} miles a month", policy.backtest.flat_miles_per_month)),
            ("last_two", "Rate between the last two visits".to_owned()),
        ];
        let mut rules = Vec::new();
        for (place, (id, label)) in names.into_iter().enumerate() {
            let errors = tally.back.errors.get_mut(place).map(core::mem::take).unwrap_or_default();
            let shares = tally.back.shares.get_mut(place).map(core::mem::take).unwrap_or_default();
            let (mut errors, mut shares) = (errors, shares);
            let miles = |id: &str, label: &str, value: Option<u32>, definition: &str| {
                Figure::new(
                    id,
                    label,
                    value.map(|tenths| Decimal::new(tenths.into(), 1)),
                    Unit::Miles,
                    definition,
                )
                .over(None, tested, "cars tested", small)
            };
            let share = quantile(&mut shares, 5).map(|thousandths| Decimal::new(thousandths.into(), 1));
            let (median, ninety) = (quantile(&mut errors, 5), quantile(&mut errors, 9));
            rules.push(BacktestRule {
                id: id.to_owned(),
                label,
                median_miles: miles(
                    &format!("{id}_median_miles"),
                    "Median error",
                    median,
                    "Half of the errors are smaller.",
                ),
                median_percent: Figure::new(
                    &format!("{id}_median_percent"),
                    "Median error of the miles driven",
                    share,
                    Unit::Percent,
                    "Half of the errors are a smaller share of the miles driven since the reading before.",
                )
                .over(None, shares.len() as u64, "cars tested that had moved", small),
                p90_miles: miles(
                    &format!("{id}_p90_miles"),
                    "Nine in ten within",
                    ninety,
                    "Nine in ten of the errors are smaller.",
                ),
            });
        }
        let coverage = Figure::rate(
            "coverage",
            "Truths within the 80 % range",
            tally.back.covered,
            tested,
            "cars tested",
            "The last reading lay between the tenth and the ninetieth percentile.",
            small,
        )
        .with_target(Decimal::from(80));
        Backtest {
            definition: format!(
                "The last accepted reading of each car is held out and estimated from those at least a day before it; all rules on the same cars, and only where all can speak. {} cars had too little history for an estimate of ours.{sample}",
                tally.back.without_estimate
            ),
            coverage: Some(coverage),
            rules,
        }
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

    fn declined(&self, tally: &Tally, visit: &Figure) -> Declined {
        let (policy, small) = (&self.data.policy.declined, self.data.policy.small_base);
        let found = &tally.declined;
        let figures = vec![
            Figure::count(
                "recommended",
                "Recommendations",
                found.recommended,
                &format!(
                    "Operations recommended on repair orders of the last {} months.",
                    policy.lookback_months
                ),
            ),
            Figure::rate(
                "sold_at_once",
                "Sold at once",
                found.sold_at_once,
                found.recommended,
                "recommendations",
                "Done on the same repair order.",
                small,
            ),
            Figure::count(
                "open_items",
                "Open items",
                found.open,
                "Recommended and not done on that or any later repair order of the same VIN; the same operation recommended again is one item, as old as its last recommendation.",
            ),
            Figure::count(
                "tickets",
                "Open tickets",
                found.tickets,
                "Repair orders that recommended an open item last.",
            ),
            Figure::new(
                "open_dollars",
                "Dollars on the list",
                Some(dollars(found.cents)),
                Unit::Dollars,
                "Prices of the open items that have one on record.",
            )
            .over(None, found.priced, "open items with a price", small),
            Figure::count(
                "repeats",
                "Recommended again",
                found.repeats,
                "Recommendations of something that was open already.",
            ),
        ];
        let group = |label: &str, group: &Group| DeclinedGroup {
            label: label.to_owned(),
            items: group.items,
            priced: group.priced,
            dollars: dollars(group.cents),
        };
        let by_age = classes(&policy.ages)
            .iter()
            .zip(found.by_age.iter().chain(core::iter::repeat(&Group { items: 0, priced: 0, cents: 0 })))
            .map(|(label, found)| group(label, found))
            .collect();
        let mut codes: Vec<(&u32, &Group)> = found.by_code.iter().collect();
        codes.sort_by_key(|(code, group)| {
            (core::cmp::Reverse(group.cents), core::cmp::Reverse(group.items), self.data.codes.get(**code))
        });
        let by_op_code = codes
            .into_iter()
            .take(policy.most_op_codes)
            .map(|(code, found)| group(self.data.codes.get(*code).unwrap_or_default(), found))
            .collect();
        let worth = policy
            .recovery
            .iter()
            .map(|rate| {
                let part = |of: Decimal| {
                    of.checked_mul(rate.percent)
                        .map(|of| (of / Decimal::ONE_HUNDRED).round_dp(2))
                        .unwrap_or_default()
                };
                Worth {
                    percent: rate.percent,
                    source: rate.source.clone(),
                    tickets: found.tickets,
                    by_visit: visit
                        .value
                        .and_then(|visit| visit.checked_mul(Decimal::from(found.tickets)))
                        .map(part),
                    by_price: part(dollars(found.cents)),
                }
            })
            .collect();
        let own_recovery = vec![
            Figure::rate(
                "own_recovery",
                &format!("Recovered within {} days", policy.recovery_days),
                found.recovered_in_time,
                found.mature,
                &format!("items first declined at least {} days ago", policy.recovery_days),
                "Done on a later repair order of the same VIN within that time, whatever brought the customer back.",
                small,
            ),
            Figure::count(
                "recovered",
                "Done later at any time",
                found.recovered,
                "Items done on a later repair order of the same VIN.",
            ),
            Figure::new(
                "recovered_dollars",
                "Dollars of those",
                Some(dollars(found.recovered_cents)),
                Unit::Dollars,
                "What the later repair order charged for them, or the price quoted where it does not say.",
            )
            .over(None, found.recovered, "items done later", small),
        ];
        Declined {
            definition: format!(
                "Operations recommended and not done, by VIN, of the last {} months, on the last day.",
                policy.lookback_months
            ),
            figures,
            by_age,
            by_op_code,
            worth,
            own_recovery,
        }
    }

    fn ranked_faults(&self, tally: &Tally, visit: &Figure) -> Vec<RankedFault> {
        let visit = visit.value.unwrap_or_default();
        let vehicles = |kind| tally.vehicles_at_fault.get(kind);
        let mut ranked: Vec<RankedFault> = Vec::new();
        let mut push = |file, kind: FaultKind, count, counted: &str, cents, examples: Vec<u64>| {
            let dollars = match kind.cost() {
                Cost::Rows | Cost::Amount => dollars(cents),
                Cost::Visits => {
                    visit.checked_mul(Decimal::from(tally.reminders_at_fault.get(kind))).unwrap_or_default()
                }
                Cost::Nothing => Decimal::ZERO,
            };
            ranked.push(RankedFault {
                kind,
                file,
                label: kind.label().to_owned(),
                count,
                counted: counted.to_owned(),
                vehicles: vehicles(kind),
                dollars: dollars.round_dp(2),
                how: kind.cost().how().to_owned(),
                fix: kind.fix().to_owned(),
                examples,
            });
        };
        for ((file, kind, _), found) in &self.data.faults {
            push(*file, *kind, found.count, "rows", found.cents, found.examples.clone());
        }
        for kind in FaultKind::ALL.iter().filter(|kind| kind.stands() == Stands::Reading) {
            let count = tally.readings_at_fault.get(*kind);
            if count > 0 {
                let lines = tally.reading_examples.iter().filter(|(of, _)| of == kind).map(|(_, line)| *line);
                push(ExtractFile::RepairOrders, *kind, count, "readings", 0, lines.collect());
            }
        }
        ranked.sort_by(|one, other| {
            let key = |fault: &RankedFault| (fault.dollars, fault.count);
            key(other).cmp(&key(one)).then(one.kind.cmp(&other.kind)).then(one.file.cmp(&other.file))
        });
        ranked
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
                    "appointments up to the last day, not cancelled",
                    "The appointment says that the customer came, names a repair order, or the vehicle has a repair order opened within a day of it.")
                    .with_target(Decimal::from(80))
                    .from_source("DealerMine: 80 % norm; Xtime average 81 %"),
            );
            measures.push(rate(
                "cancelled",
                "Cancelled",
                made.cancelled,
                made.set,
                "appointments up to the last day",
                "Called off before the day.",
            ));
        }
        measures
    }
}

/// Words for the classes that some limits make, in days.
fn classes(limits: &[u32]) -> Vec<String> {
    let mut from = 0;
    let mut classes: Vec<String> = Vec::new();
    for limit in limits {
        classes.push(format!("{from} to {limit} days"));
        from = limit.saturating_add(1);
    }
    classes.push(format!("{from} days or more"));
    classes
}
