//! The declined list and the faults with what they cost.

use rust_decimal::Decimal;

use super::answer::{Declined, DeclinedGroup, RankedFault, Worth};
use super::fault::{Cost, FaultKind, Stands};
use super::finish::{classes, dollars};
use super::prepare::Prepared;
use super::record::ExtractFile;
use super::tally::{Group, Tally};
use crate::{Figure, Unit};

/// Whether it looks like an operation code: free words may hold a name or a number and are not shown of a single car.
fn is_code(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./&+*#".contains(&byte);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 16 && digits < 7 && text.bytes().all(sign)
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
