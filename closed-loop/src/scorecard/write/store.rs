//! The store as a whole, whoever caused what.

use chrono::{Days, TimeDelta};
use fixedops_vocab::Purpose;
use rust_decimal::Decimal;

use super::pen::{many, of};
use crate::figure::rounded;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Appointment, CaseTally, Order, Standing};
use crate::scorecard::{Satisfaction, Store};
use crate::{Figure, Unit};

pub(super) fn section(facts: &Facts<'_>, satisfaction: Option<&Satisfaction>) -> Store {
    let cars = &facts.tally.cars;
    let known = many(cars.values().filter(|car| car.record.is_some()).count());
    let in_play = many(cars.values().filter(|car| car.owner_in_play().is_some()).count());
    let orders: Vec<_> = facts.orders().collect();
    let closed = many(orders.len());
    let paid: Vec<Decimal> =
        orders.iter().filter_map(|(_, order)| order.customer_pay(facts.currency)).collect();
    let (paid_orders, paid_sum) =
        (many(paid.len()), paid.into_iter().fold(Decimal::ZERO, Decimal::saturating_add));
    let set: Vec<&Appointment> =
        facts.tally.appointments.values().filter(|a| a.set_at >= facts.from).collect();
    let standing = |wanted: &str| {
        let rows = set.iter().filter(|appointment| standing_word(facts, appointment) == wanted);
        (wanted.to_owned(), many(rows.count()), None)
    };
    let due = set.iter().filter(|appointment| facts.is_due(appointment));
    let shown = many(set.iter().filter(|appointment| appointment.standing == Standing::Shown).count());
    let show_rate = facts.rate(
        "store.show_rate",
        "Show rate",
        shown,
        &of(many(due.count()), "appointments whose day has come, those called off left out"),
        "Customers who came, of the appointments whose day has come and that were not called off. All appointments of the store set in the period, whoever caused them.",
    );
    let before = orders_before(facts);
    let (contacted, others): (Vec<_>, Vec<_>) = orders
        .iter()
        .filter_map(|(_, order)| Some((written_to(facts, order), order.customer_pay(facts.currency)?)))
        .partition(|(written, _)| *written);
    let mean_of = |id: &str, label: &str, orders: &[(bool, Decimal)], of_what: &str, definition: &str| {
        let sum = orders.iter().map(|(_, paid)| *paid).fold(Decimal::ZERO, Decimal::saturating_add);
        facts.mean(id, label, sum, &of(many(orders.len()), of_what), definition)
    };
    let days = facts.policy.file.before.days;
    Store {
        mean_order_before: facts
            .mean(
                "store.mean_order_before",
                "Average customer-pay repair order before the loop",
                before.iter().copied().fold(Decimal::ZERO, Decimal::saturating_add),
                &of(many(before.len()), "customer-pay repair orders closed before the loop began"),
                &format!("The same of the orders closed in the {days} days before the first event, as far as the store's records were taken over."),
            )
            .from_source(&facts.policy.file.before.source),
        order_lift: order_lift(facts, "store.order_lift", "Average order: the period beside the time before", (paid_sum, paid_orders), &before),
        mean_order_contacted: mean_of("store.mean_order_contacted", "Average order of cars written to", &contacted, "customer-pay repair orders of cars written to", &format!("Customer-pay orders of the period whose car was written to in the {} days before, by a message of marketing: what is due, declined work, offers. The reminder of an appointment, the link of an inspection, a question about the mileage and a recall are no such message. This is no effect of the messages: who is written to is due for work, and is another customer than who is not.", facts.policy.file.response_days.value)),
        mean_order_not_contacted: mean_of("store.mean_order_not_contacted", "Average order of the other cars", &others, "customer-pay repair orders of cars not written to", "The other customer-pay orders of the period. The difference says nothing of what the messages did: the two kinds of customers differ anyway."),
        satisfaction: satisfied(facts, satisfaction),
        vehicles: facts.total("store.vehicles", "Vehicles", known, "vehicles", "Vehicles the store knows, of every kind."),
        vehicles_in_play: facts.count(
            "store.vehicles_in_play",
            "Vehicles in play",
            in_play,
            &of(known, "vehicles"),
            "Retail vehicles that have an owner. Stock, loaner, fleet, employee and wholesale units never trigger outreach.",
        ),
        orders_closed: facts.total(
            "store.orders_closed",
            "Repair orders closed",
            closed,
            "repair orders closed in the period",
            "Repair orders closed since the journal began, voided ones left out. What was closed before is history that was taken over.",
        ),
        customer_pay_orders: facts.count(
            "store.customer_pay_orders",
            "Customer-pay repair orders",
            paid_orders,
            &of(closed, "repair orders closed in the period"),
            "Of those, the ones with at least one customer-pay line.",
        ),
        customer_pay_amount: facts.money(
            "store.customer_pay_amount",
            "Customer-pay dollars",
            paid_sum,
            &of(paid_orders, "customer-pay repair orders"),
            "All customer-pay lines of those orders, discounts taken off.",
        ),
        mean_customer_pay_order: facts.mean(
            "store.mean_customer_pay_order",
            "Average customer-pay repair order (CP ARO)",
            paid_sum,
            &of(paid_orders, "customer-pay repair orders"),
            "Customer-pay dollars divided by customer-pay orders. All of the store, whoever caused them.",
        ),
        appointments_set: facts.total(
            "store.appointments_set",
            "Appointments set",
            many(set.len()),
            "appointments set in the period",
            "Appointments set since the journal began, whoever caused them; one that was moved counts once.",
        ),
        appointments: facts.table(
            ("store.appointments", "Where the appointments stand", "standing"),
            ["shown", "no_show", "cancelled", "to_come", "no_word"].map(standing),
            &of(many(set.len()), "appointments set in the period"),
            "Each appointment once: the customer came, did not, called it off, is still to come, or the day is over and nobody said what became of it.",
        ),
        show_rate: facts.aimed(show_rate, TargetName::ShowRate),
    }
}

/// Customer-pay dollars of the orders closed in the policy's days before the journal began.
pub(super) fn orders_before(facts: &Facts<'_>) -> Vec<Decimal> {
    let days = Days::new(facts.policy.file.before.days.into());
    let Some(since) = facts.from.checked_sub_days(days) else { return Vec::new() };
    let before =
        facts.tally.orders.values().filter(|order| {
            !order.voided && order.closed_at.is_some_and(|at| at >= since && at < facts.from)
        });
    before.filter_map(|order| order.customer_pay(facts.currency)).collect()
}

/// How much larger some orders are on average than those before, in percent of those.
pub(super) fn order_lift(
    facts: &Facts<'_>,
    id: &str,
    label: &str,
    (sum, orders): (Decimal, u64),
    before: &[Decimal],
) -> Figure {
    let sum_before = before.iter().copied().fold(Decimal::ZERO, Decimal::saturating_add);
    let mean = sum.checked_div(Decimal::from(orders));
    let mean_before = sum_before.checked_div(Decimal::from(before.len()));
    let lift = mean.zip(mean_before).and_then(|(now, then)| {
        let share = now.checked_sub(then)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(then)?;
        Some(rounded(share, Unit::Percent))
    });
    let base = orders.min(many(before.len()));
    Figure::new(id, label, lift, Unit::Percent, "Average customer-pay order less that of before the loop, in percent of it; the base is the smaller number of the two. Prices, season and mix change too: it is no proof of what the loop did.")
        .over(None, base, "customer-pay repair orders, the fewer of the two times", facts.small)
}

/// Whether the car of an order was written to within the policy's days before it was opened, to bring it in: what belongs to
/// a visit that is arranged anyway does not count.
fn written_to(facts: &Facts<'_>, order: &Order) -> bool {
    let within = TimeDelta::days(facts.policy.file.response_days.value.into());
    let (Some(vehicle), Some(opened)) = (&order.vehicle, order.opened_at) else { return false };
    let Some(car) = facts.tally.cars.get(vehicle) else { return false };
    let cases = car.cases.iter().filter_map(|case| facts.tally.cases.get(case));
    cases
        .flat_map(CaseTally::sent)
        .filter(|touch| touch.purpose == Some(Purpose::Marketing))
        .filter_map(|touch| touch.sent_at)
        .any(|sent| sent < opened && opened - sent <= within)
}

fn satisfied(facts: &Facts<'_>, satisfaction: Option<&Satisfaction>) -> Figure {
    const DEFINITION: &str = "Score of customers' answers in percent of the best score, measured by somebody else and handed in with its source and day, not later than this page's; no event of the loop tells it.";
    let (id, label) = ("store.satisfaction", "Customer satisfaction (CSI)");
    let Some(csi) = satisfaction else {
        return Figure::new(id, label, None, Unit::Percent, DEFINITION);
    };
    if let Err(later) = csi.known_by(facts.as_of) {
        let why = format!("{}: left out, {later}", csi.source);
        return Figure::new(id, label, None, Unit::Percent, DEFINITION).from_source(&why);
    }
    let percent = csi.score.checked_mul(Decimal::ONE_HUNDRED).and_then(|score| score.checked_div(csi.out_of));
    let figure = Figure::new(id, label, percent, Unit::Percent, DEFINITION)
        .from_source(&format!("{}, {} of {}, {}", csi.source, csi.score, csi.out_of, csi.as_of));
    figure.over(None, csi.answers, "customers who answered", facts.small)
}

fn standing_word(facts: &Facts<'_>, appointment: &Appointment) -> &'static str {
    match appointment.standing {
        Standing::Shown => "shown",
        Standing::NoShow => "no_show",
        Standing::Cancelled => "cancelled",
        Standing::Set if appointment.starts_at > facts.as_of => "to_come",
        Standing::Set => "no_word",
    }
}
