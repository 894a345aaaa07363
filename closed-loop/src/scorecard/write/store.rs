//! The store as a whole, whoever caused what.

use rust_decimal::Decimal;

use super::pen::{many, of};
use crate::scorecard::Store;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Appointment, Standing};

pub(super) fn section(facts: &Facts<'_>) -> Store {
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
    Store {
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

fn standing_word(facts: &Facts<'_>, appointment: &Appointment) -> &'static str {
    match appointment.standing {
        Standing::Shown => "shown",
        Standing::NoShow => "no_show",
        Standing::Cancelled => "cancelled",
        Standing::Set if appointment.starts_at > facts.as_of => "to_come",
        Standing::Set => "no_word",
    }
}
