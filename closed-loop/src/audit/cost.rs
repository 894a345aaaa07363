//! The declined list and the faults with what they cost.

use rust_decimal::Decimal;

use super::answer::{Declined, DeclinedGroup, OwnWorth, RankedFault, Worth};
use super::fault::{Cost, FaultKind, Stands};
use super::finish::{classes, dollars};
use super::prepare::Prepared;
use super::record::ExtractFile;
use super::tally::{Group, Tally};
use crate::figure::rounded;
use crate::{Figure, Unit};

/// Whether it looks like an operation code: free words may hold a name or a number and are not shown of a single car.
fn is_code(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./&+*#".contains(&byte);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 16 && digits < 7 && text.bytes().all(sign)
}

/// A share in percent, to the tenth.
fn percent(part: u64, whole: u64) -> Option<Decimal> {
    let share = Decimal::from(part).checked_mul(Decimal::ONE_HUNDRED)?.checked_div(Decimal::from(whole))?;
    Some(rounded(share, Unit::Percent))
}

/// The Wilson score interval (Wilson 1927) of a share, in percent to the tenth; `certainty` as the policy allows it.
fn wilson(part: u64, whole: u64, certainty: u8) -> Option<(Decimal, Decimal)> {
    let z = match certainty {
        90 => 1.644_854,
        99 => 2.575_829,
        _ => 1.959_964,
    };
    if whole == 0 {
        return None;
    }
    // Counts of jobs are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let (share, n) = (part as f64 / whole as f64, whole as f64);
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let end = |value: f64| {
        let percent = (value / (1.0 + z * z / n) * 100.0).clamp(0.0, 100.0);
        Decimal::from_f64_retain(percent).map(|percent| rounded(percent, Unit::Percent))
    };
    end(middle - half).zip(end(middle + half))
}

impl Prepared {
    pub(super) fn declined(&self, tally: &Tally, visit: &Figure) -> Declined {
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
                "Declined jobs still open",
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
                "Listed price of these jobs",
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
        let mut by_op_code = Vec::new();
        let mut in_words = Group::default();
        for (code, found) in codes {
            let code = self.data.codes.get(*code).unwrap_or_default();
            if !is_code(code) && found.items < policy.free_text_vehicles {
                in_words.merge(*found);
            } else if by_op_code.len() < policy.most_op_codes {
                by_op_code.push(group(code, found));
            }
        }
        if in_words.items > 0 {
            by_op_code.push(group("In free words, on a few vehicles each", &in_words));
        }
        let at = |percent: Decimal, source: &str| {
            let part = |of: Decimal| {
                of.checked_mul(percent).map(|of| (of / Decimal::ONE_HUNDRED).round_dp(2)).unwrap_or_default()
            };
            Worth {
                percent,
                source: source.to_owned(),
                tickets: found.tickets,
                by_visit: visit
                    .value
                    .and_then(|visit| visit.checked_mul(Decimal::from(found.tickets)))
                    .map(part),
                by_price: part(dollars(found.cents)),
            }
        };
        let worth = policy.recovery.iter().map(|rate| at(rate.percent, &rate.source)).collect();
        let range = wilson(found.recovered_in_time, found.mature, policy.certainty_percent);
        let rate = percent(found.recovered_in_time, found.mature);
        let known = rate.zip(range).filter(|_| found.mature >= small);
        let own_worth = known.map(|(rate, (low, high))| OwnWorth {
            definition: format!(
                "{} of {} jobs of this store that were first declined at least {} days ago were done here within {} days and paid by the customer: {rate} % (range {low} to {high} %, Wilson {} %). It counts whoever came back, for whatever reason, and is applied to the whole open list as if each job had been declined today: the older a job, the less likely.",
                found.recovered_in_time,
                found.mature,
                policy.recovery_days,
                policy.recovery_days,
                policy.certainty_percent
            ),
            base: found.mature,
            at: [
                at(rate, "This store's own repair orders"),
                at(low, "Lower end of the range of the store's own rate"),
                at(high, "Upper end of the range of the store's own rate"),
            ],
        });
        let certainty = policy.certainty_percent;
        let bound = |id: &str, label: &str, value: Option<Decimal>| {
            Figure::new(
                id,
                label,
                value,
                Unit::Percent,
                &format!("Wilson range ({certainty} %) of the share above: what the true share may be, as far as so many items can tell."),
            )
            .over(
                None,
                found.mature,
                &format!("items first declined at least {} days ago", policy.recovery_days),
                small,
            )
        };
        let own_recovery = vec![
            Figure::rate(
                "own_recovery",
                &format!("Recovered within {} days", policy.recovery_days),
                found.recovered_in_time,
                found.mature,
                &format!("items first declined at least {} days ago", policy.recovery_days),
                "Done on a later repair order of the same VIN within that time and paid by the customer (where no pay type is known: on an order he paid for), whatever brought him back. What was done under warranty or internally stays in the base and is not recovered.",
                small,
            ),
            bound("own_recovery_low", "Lower end of that", range.map(|(low, _)| low)),
            bound("own_recovery_high", "Upper end of that", range.map(|(_, high)| high)),
            Figure::count(
                "recovered",
                "Done later at any time, paid by the customer",
                found.recovered,
                "Items done on a later repair order of the same VIN and paid by the customer.",
            ),
            Figure::count(
                "done_by_others",
                "Done later, not paid by the customer",
                found.done_by_others,
                "Items done on a later repair order of the same VIN under warranty, internally, or otherwise not paid by the customer: no longer open, and not recovered.",
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
            own_worth,
            worth,
            own_recovery,
        }
    }

    pub(super) fn ranked_faults(&self, tally: &Tally, visit: &Figure) -> Vec<RankedFault> {
        let (no_visit, visit) = (visit.value.is_none(), visit.value.unwrap_or_default());
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
            let how = match kind.cost() {
                Cost::Visits if no_visit => "not known: no customer-pay visit to take a mean of",
                cost => cost.how(),
            };
            ranked.push(RankedFault {
                kind,
                file,
                label: kind.label().to_owned(),
                count,
                counted: counted.to_owned(),
                vehicles: vehicles(kind),
                dollars: dollars.round_dp(2),
                how: how.to_owned(),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_share_is_wilsons() {
        let ends = |part, whole, certainty| {
            wilson(part, whole, certainty).map(|(low, high)| format!("{low} {high}"))
        };
        // 85 of 100: 0.767 to 0.907 (Newcombe 1998 gives the formula).
        assert_eq!(ends(85, 100, 95).as_deref(), Some("76.7 90.7"));
        assert_eq!(ends(0, 10, 95).as_deref(), Some("0.0 27.8"));
        assert_eq!(ends(10, 10, 95).as_deref(), Some("72.2 100.0"));
        assert_eq!(ends(85, 100, 99).as_deref(), Some("73.7 92.0"));
        assert_eq!(ends(0, 0, 95), None, "no range of nothing");
    }
}
