use fixedops_vocab::PayType;

use super::ladder::is_paid;
use super::prepare::{Prepared, months_before};
use super::store::{Operation, Order};
use super::tally::DeclinedTally;

/// Recommended on an order and not done since.
#[derive(Clone, Copy)]
struct Open {
    code: u32,
    first: i64,
    last: i64,
    /// Place of the order that recommended it last.
    order: usize,
    cents: Option<i64>,
}

const DAY: i64 = 86_400;

/// Whether the customer paid for an operation: as its pay type says; where none is known, whether he paid for any of the
/// order.
fn customer_paid(done: &Operation, order: &Order) -> bool {
    done.pay_type.map_or_else(|| is_paid(order), |pay_type| pay_type == PayType::CustomerPay)
}

/// Follows what was recommended for one car: sold at once, done later, or open.
pub(super) fn of_car(audit: &Prepared, orders: &[&Order], end: i64, tally: &mut DeclinedTally) {
    let policy = &audit.data.policy.declined;
    let since = audit.last_day.map_or(i64::MIN, |last| months_before(last, policy.lookback_months));
    let in_time = i64::from(policy.recovery_days) * DAY;
    // A car has a handful of open items: a list is looked through faster than a map.
    let mut open: Vec<Open> = Vec::new();
    for (place, order) in orders.iter().enumerate() {
        let operations = || audit.data.chain(order.last_line);
        for done in operations().filter(|operation| !operation.declined) {
            // Done on the order that recommended it is sold at once, and was never open.
            let Some(found) = open.iter().position(|item| item.code == done.code) else { continue };
            let item = open.swap_remove(found);
            if item.first <= since {
                continue;
            }
            let is_old = end - item.first >= in_time;
            tally.mature += u64::from(is_old);
            // The same work may stand there twice: the customer's part of it and the maker's.
            let same = operations().filter(|other| !other.declined && other.code == done.code);
            let mut by_customer = same.filter(|other| customer_paid(other, order)).peekable();
            if by_customer.peek().is_none() {
                tally.done_by_others += 1;
                continue;
            }
            tally.recovered += 1;
            let charged = by_customer.filter_map(|other| other.cents.map(i64::from));
            let paid = charged.reduce(i64::saturating_add).or(item.cents).unwrap_or(0);
            tally.recovered_cents = tally.recovered_cents.saturating_add(paid);
            tally.recovered_in_time += u64::from(is_old && order.opened - item.first <= in_time);
        }
        for declined in operations().filter(|operation| operation.declined) {
            let counts = order.opened > since;
            tally.recommended += u64::from(counts);
            if operations().any(|other| !other.declined && other.code == declined.code) {
                tally.sold_at_once += u64::from(counts);
                continue;
            }
            let cents = declined.cents.map(i64::from);
            match open.iter_mut().find(|item| item.code == declined.code) {
                Some(item) => {
                    tally.repeats += u64::from(counts);
                    (item.last, item.order, item.cents) = (order.opened, place, cents.or(item.cents));
                }
                None => {
                    let opened = order.opened;
                    open.push(Open { code: declined.code, first: opened, last: opened, order: place, cents });
                }
            }
        }
    }
    tally.by_age.resize(tally.by_age.len().max(policy.ages.len() + 1), Default::default());
    let mut tickets: Vec<usize> = Vec::new();
    for item in open.iter().filter(|item| item.last > since) {
        tally.open += 1;
        tally.priced += u64::from(item.cents.is_some());
        tally.cents = tally.cents.saturating_add(item.cents.unwrap_or(0));
        let age = (end - item.last) / DAY;
        let class = policy.ages.iter().filter(|limit| age > i64::from(**limit)).count();
        if let Some(group) = tally.by_age.get_mut(class) {
            group.add(item.cents);
        }
        tally.by_code.entry(item.code).or_default().add(item.cents);
        if end - item.first >= in_time && item.first > since {
            tally.mature += 1;
        }
        if !tickets.contains(&item.order) {
            tickets.push(item.order);
        }
    }
    tally.tickets += tickets.len() as u64;
}
