use fixedops_closed_loop::scorecard::{Reach, Store};

use super::counts::{bars_of, table};
use crate::page::chart::Fill;
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart};
use crate::page::{PageError, Section};

pub(super) fn reach(reach: &Reach) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if reach.owners.value.is_some_and(|owners| !owners.is_zero()) {
        let bars = [
            (&reach.owners, Fill::Hatched),
            (&reach.with_phone, Fill::Hatched),
            (&reach.with_mail, Fill::Hatched),
            (&reach.provable, Fill::Solid),
            (&reach.opted_out, Fill::Dotted),
        ];
        let bars = bars.map(|(figure, fill)| words::count_bar(figure, fill)).into();
        let caption =
            "Owners of the vehicles in play. Having a telephone number is no permission to text it.";
        charts.push(bars_chart("reach", "Who could be written to", caption.to_owned(), bars, None, None)?);
    }
    if reach.by_channel.iter().any(|figure| figure.value.is_some_and(|value| !value.is_zero())) {
        let bars = reach.by_channel.iter().map(|figure| words::count_bar(figure, Fill::Solid)).collect();
        let caption = "With a consent that can be proven and is not revoked.";
        charts.push(bars_chart(
            "consent",
            "Provable consent, by channel",
            caption.to_owned(),
            bars,
            None,
            None,
        )?);
    }
    charts.extend(bars_of("denied", &reach.denied_by_rule, 7, |_| Fill::Hatched, "")?);
    let head = [&reach.owners, &reach.with_phone, &reach.with_mail, &reach.provable, &reach.opted_out];
    Ok(Section {
        id: "reach".to_owned(),
        title: "Who can be reached, with proof".to_owned(),
        lead: vec![
            "A marketing message goes only to an owner whose consent can be shown: what was agreed to, when, and by \
             which words."
                .to_owned(),
        ],
        key: figures([&reach.provable, &reach.opted_out]),
        charts,
        figures: figures(head.into_iter().chain(&reach.by_channel)),
        tables: table(&reach.denied_by_rule).into_iter().collect(),
    })
}

pub(super) fn section(store: &Store) -> Result<Section, PageError> {
    Ok(Section {
        id: "store".to_owned(),
        title: "The store as a whole".to_owned(),
        lead: vec![
            "Everything in the period, whoever caused it: our messages or the customer's own wish."
                .to_owned(),
        ],
        key: figures([
            &store.vehicles_in_play,
            &store.customer_pay_orders,
            &store.mean_customer_pay_order,
            &store.mean_order_before,
            &store.show_rate,
        ]),
        charts: bars_of("appointments", &store.appointments, 6, |_| Fill::Solid, "")?.into_iter().collect(),
        figures: figures([
            &store.vehicles,
            &store.vehicles_in_play,
            &store.orders_closed,
            &store.customer_pay_orders,
            &store.customer_pay_amount,
            &store.mean_customer_pay_order,
            &store.mean_order_before,
            &store.order_lift,
            &store.mean_order_contacted,
            &store.mean_order_not_contacted,
            &store.satisfaction,
            &store.appointments_set,
            &store.show_rate,
        ]),
        tables: table(&store.appointments).into_iter().collect(),
    })
}
