//! The ladder's tally put into words and figures.

use fixedops_attribution::{Evidence, LinesAndDollars, Reason};
use rust_decimal::Decimal;

use super::answer::{Ladder, LadderLines, LadderRow, Rung};
use super::finish::share;
use super::ladder::is_paid;
use super::prepare::{Prepared, day};
use super::record::ExtractFile;
use super::store::index;
use super::tally::{LadderRowTally, LadderTally};
use crate::scorecard::PlainWords;
use crate::{Figure, Unit};

const BASE: &str = "customer-pay repair orders of the window";

impl Prepared {
    /// What was sent, and the orders that followed.
    pub(super) fn ladder_answer(&self, tally: &LadderTally) -> Ladder {
        let Some(window) = self.ladder_window else {
            let what = if self.is_there(ExtractFile::Touches) {
                "touches.csv holds no touch up to the last day"
            } else {
                "touches.csv is not there"
            };
            return Ladder {
                note: Some(format!("{what}: no repair order can be tied back to a message or a call.")),
                ..Ladder::default()
            };
        };
        let words = PlainWords::shipped();
        let (policy, rules) = (&self.data.policy, self.ladder_policy.rules());
        let all = self.ladder_row(&words, "all", "All", &tally.all, tally.triggers.values().sum());
        let mut intervals: Vec<LadderRow> = Vec::new();
        let none = LadderRowTally::default();
        for (place, rule) in self.schedule.rules().iter().enumerate() {
            let row = tally.rows.get(&Some(place)).unwrap_or(&none);
            let triggers = tally.triggers.get(&Some(place)).copied().unwrap_or(0);
            if row.orders > 0 || triggers > 0 {
                let id = rule.service.as_str();
                intervals.push(self.ladder_row(&words, id, &id.replace('_', " "), row, triggers));
            }
        }
        let other = tally.rows.get(&None).unwrap_or(&none);
        let triggers = tally.triggers.get(&None).copied().unwrap_or(0);
        intervals.push(self.ladder_row(&words, "other_work", "other work only", other, triggers));
        let small = policy.small_base;
        let tied_dollars = sum(tally.all.by_rung.values().map(|(_, dollars)| *dollars));
        let booked = tally.all.by_rung.iter().filter(|(evidence, _)| evidence.is_booked());
        let booked: u64 = booked.map(|(_, (orders, _))| *orders).sum();
        let credited_lines: u64 = tally.sums.credited.values().map(|sums| sums.lines).sum();
        let money =
            |id: &str, label: &str, dollars: Decimal, base: u64, base_label: &str, definition: &str| {
                Figure::new(id, label, Some(dollars), Unit::Dollars, definition)
                    .over(None, base, base_label, small)
            };
        let figures = vec![
            Figure { id: "ladder_tied".to_owned(), label: "Orders tied back".to_owned(), ..all.tied.clone() },
            Figure::rate(
                "ladder_booked",
                "Of them through an appointment",
                booked,
                tied(&tally.all),
                "customer-pay repair orders tied back",
                "The appointment was made after the touch and the order came of it, or the customer answered and then booked: the stronger rungs of the ladder.",
                small,
            ),
            money(
                "ladder_tied_dollars",
                "Customer-pay dollars of these orders",
                tied_dollars,
                tied(&tally.all),
                "customer-pay repair orders tied back",
                "The whole orders, other work on them included: the lines that were earned are shown apart.",
            ),
            money(
                "ladder_credited_dollars",
                "Dollars of the credited lines",
                tally.all.credited,
                credited_lines,
                "credited lines",
                "Lines of the service that the touch was about, each credited once; never more than the customer paid.",
            ),
            Figure::rate(
                "ladder_other_work",
                "Visits for other work after a touch",
                tally.all.other_work.0,
                tally.all.orders,
                BASE,
                "The car came after a touch, and on none of the order's lines was work that the touch was about: not tied back, no line earned.",
                small,
            ),
            money(
                "ladder_other_work_dollars",
                "Customer-pay dollars of these visits",
                tally.all.other_work.1,
                tally.all.other_work.0,
                "visits for other work after a touch",
                "The whole orders. Nothing of it is credited.",
            ),
            money(
                "ladder_excluded_dollars",
                "Customer-pay dollars of departments left out",
                tally.excluded.1,
                tally.excluded.0,
                "customer-pay repair orders of departments left out",
                "Orders of the window that a department wrote which the attribution policy excludes (the body shop). They stand in no row above; their lines stand under that reason in the table of lines.",
            ),
        ];
        Ladder {
            note: None,
            from: day(window.from),
            until: self.last_day,
            definition: format!(
                "Customer-pay repair orders opened in the window (at most {} months, and not before the first touch), each tied back to what was sent before it by the ladder of {}: the strongest evidence first, up to {} days after a touch. In the row of a service stand the orders with a customer-pay line of it, and only a touch about that service ties them; an order with two services stands in two rows, and once in the last. An order is tied back where a line of it earned a credit; a visit for other work after a touch is counted apart. Tied back means that the visit followed, not that it would have stayed away.",
                policy.ladder.window_months,
                self.ladder_policy.version(),
                rules.response_days,
            ),
            caveats: self.caveats(tally),
            figures,
            adds_up: adds_up(tally) && intervals.iter().all(row_adds_up) && row_adds_up(&all),
            intervals,
            all: Some(all),
            lines: lines(&words, tally),
        }
    }

    fn ladder_row(
        &self,
        words: &PlainWords,
        id: &str,
        label: &str,
        row: &LadderRowTally,
        triggers: u64,
    ) -> LadderRow {
        LadderRow {
            id: id.to_owned(),
            label: label.to_owned(),
            triggers,
            orders: row.orders,
            dollars: row.dollars,
            tied: Figure::rate(
                &format!("ladder_tied_{id}"),
                &format!("Orders tied back: {label}"),
                tied(row),
                row.orders,
                BASE,
                "A touch about this work went out before the order, the ladder ties the two, and a line of that work earned a credit.",
                self.data.policy.small_base,
            ),
            by_rung: Evidence::ALL
                .iter()
                .filter(|evidence| **evidence != Evidence::VisitOnly)
                .map(|evidence| {
                    let (orders, dollars) = row.by_rung.get(evidence).copied().unwrap_or_default();
                    Rung {
                        id: evidence.as_str().to_owned(),
                        label: words.evidence(*evidence),
                        orders,
                        dollars,
                    }
                })
                .collect(),
            other_work: row.other_work.0,
            other_work_dollars: row.other_work.1,
            credited: row.credited,
            not_tied: row
                .why_not
                .iter()
                .map(|(reason, count)| share(reason.as_str(), &why(words, *reason), *count, row.orders))
                .collect(),
        }
    }

    /// What these files cannot tell, and which way it errs.
    fn caveats(&self, tally: &LadderTally) -> Vec<String> {
        let touches = tally.touches;
        let mut said = vec![
            format!(
                "{} of {touches} touches name the service they were about. Of the others, {} went out while something was coming due or due as far as the records then knew, and are taken to have been about that; the rest can explain a visit and earn no line.",
                tally.touches_named, tally.touches_due
            ),
            "An extract has no booking token and nobody who judged whether a person clicked: those rungs stay empty, and orders that a journal would tie more firmly stand under weaker evidence.".to_owned(),
            "A text that goes out to everybody some months after the last visit reaches many who would have come anyway: without a control group nobody can tell how many.".to_owned(),
        ];
        let mut when = |applies: bool, words: String| {
            if applies {
                said.push(words);
            }
        };
        when(
            tally.touches_misnamed > 0,
            format!(
                "{} touches name something that is neither a service of the schedule nor a known operation code; they are judged by what was due.",
                tally.touches_misnamed
            ),
        );
        when(
            tally.touches_by_person > 0,
            format!(
                "{} touches name a customer and no car, and count for each car of his: too much may be tied back.",
                tally.touches_by_person
            ),
        );
        // Also where the person owns no car now, and none was counted.
        let by_person = self.ladder_window.is_some_and(|window| {
            let mut sent = self.data.touches_of_people.iter().map(|touch| touch.sent);
            sent.any(|sent| sent > window.touches_from && sent <= self.end)
        });
        when(
            by_person,
            "A touch that names a customer and no car counts for the cars he owns now only: no order on a car that he has given up is tied to it."
                .to_owned(),
        );
        when(
            tally.cars_of_several > 0,
            format!(
                "On {} of the cars there are orders of more than one customer. In an extract a customer's ownership begins with his first order, so a touch to a new owner before it falls to the former one.",
                tally.cars_of_several
            ),
        );
        when(
            !self.is_there(ExtractFile::Appointments),
            "appointments.csv is not there: no order can be tied through an appointment.".to_owned(),
        );
        let undated = self.data.appointments.iter().filter(|made| !made.made_known).count();
        when(
            undated > 0,
            format!(
                "{undated} appointments do not say when they were made, and prove nothing about what came before them."
            ),
        );
        when(
            tally.lines_unknown > 0,
            format!(
                "{} lines are left out: who pays for them or how much is not known.",
                tally.lines_unknown
            ),
        );
        when(
            self.lacks(ExtractFile::RepairOrders, "department"),
            "No column says which department wrote an order: orders of the body shop cannot be left out."
                .to_owned(),
        );
        when(
            tally.excluded.0 > 0,
            format!(
                "{} customer-pay orders of departments that the attribution policy excludes (the body shop) are left out.",
                tally.excluded.0
            ),
        );
        let left = tally.owner_unknown + tally.unreadable;
        when(
            left > 0,
            format!("{left} customer-pay orders are left out: nobody knows whose car it was then."),
        );
        let nobodys = self.data.orders.iter().filter(|order| {
            !order.aside
                && is_paid(order)
                && index(order.vehicle) >= self.data.vehicles.len()
                && self.ladder_window.is_some_and(|window| order.opened > window.from)
        });
        let nobodys = nobodys.count();
        when(
            nobodys > 0,
            format!("{nobodys} customer-pay orders of the window name no car and are left out."),
        );
        said
    }
}

fn sum(dollars: impl Iterator<Item = Decimal>) -> Decimal {
    dollars.fold(Decimal::ZERO, Decimal::saturating_add)
}

fn tied(row: &LadderRowTally) -> u64 {
    row.by_rung.values().map(|(orders, _)| *orders).sum()
}

fn row_adds_up(row: &LadderRow) -> bool {
    let tied: u64 = row.by_rung.iter().map(|rung| rung.orders).sum();
    let not: u64 = row.not_tied.iter().map(|share| share.count).sum();
    tied + row.other_work + not == row.orders
}

fn adds_up(tally: &LadderTally) -> bool {
    let all = |sums: &mut dyn Iterator<Item = &LinesAndDollars>| {
        sums.fold((0_u64, Decimal::ZERO), |(lines, dollars), next| {
            (lines + next.lines, dollars.saturating_add(next.dollars))
        })
    };
    let sums = &tally.sums;
    let (lines, dollars) = all(&mut sums.by_pay_type.values());
    let (placed, of_them) = all(&mut sums.credited.values().chain(sums.not_credited.values()));
    lines == placed && dollars == of_them.saturating_add(sums.discounted)
}

/// Every line's fate, the credited first.
fn lines(words: &PlainWords, tally: &LadderTally) -> Vec<LadderLines> {
    let line = |id: &str, label: String, sums: &LinesAndDollars| LadderLines {
        id: id.to_owned(),
        label,
        lines: sums.lines,
        dollars: sums.dollars,
    };
    let credited = tally.sums.credited.iter();
    let credited = credited.map(|(evidence, sums)| {
        line(evidence.as_str(), format!("credited: {}", words.evidence(*evidence)), sums)
    });
    let left = tally.sums.not_credited.iter();
    let left = left.map(|(reason, sums)| line(reason.as_str(), why(words, *reason), sums));
    let mut lines: Vec<LadderLines> = credited.chain(left).collect();
    if !tally.sums.discounted.is_zero() {
        lines.push(LadderLines {
            id: "discounted".to_owned(),
            label: "taken off credited lines by discounts".to_owned(),
            lines: 0,
            dollars: tally.sums.discounted,
        });
    }
    lines
}

/// In an extract nobody knows what was due but was never written about.
fn why(words: &PlainWords, reason: Reason) -> String {
    match reason {
        Reason::NoTrigger => "nothing was sent about this work of the car".to_owned(),
        Reason::NoTouch => "no touch before the visit".to_owned(),
        other => words.not_credited(other),
    }
}
