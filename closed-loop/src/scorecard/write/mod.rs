//! The sections, written from the facts.

mod attribution;
mod control;
mod crossings;
mod declined;
mod funnel;
mod inspections;
mod messages;
mod mileage;
mod pen;
mod progress;
mod reach;
mod relevance;
mod store;
mod timings;
mod words;

use chrono::{DateTime, Utc};

use super::facts::Facts;
use super::{Header, LeftOut, Scorecard, ScorecardBuilder, ScorecardPolicy, TrueOdometers};

pub(super) fn scorecard(
    builder: &ScorecardBuilder,
    digest: String,
    as_of: DateTime<Utc>,
    policy: &ScorecardPolicy,
    truth: Option<&TrueOdometers>,
) -> Scorecard {
    let facts = Facts::new(&builder.tally, as_of, policy, truth);
    let courses = mileage::Courses::of(&facts, &builder.model);
    let mut card = Scorecard {
        format: "scorecard/1".to_owned(),
        header: header(builder, &facts, digest),
        headlines: Vec::new(),
        hints: Vec::new(),
        store: store::section(&facts, builder.satisfaction.as_ref()),
        crossings: crossings::section(&facts),
        funnel: funnel::section(&facts),
        messages: messages::section(&facts),
        attribution: attribution::section(&facts),
        declined: declined::section(&facts),
        inspections: inspections::section(&facts, &builder.exemptions),
        reach: reach::section(&facts),
        mileage: mileage::section(&facts, &courses),
        relevance: relevance::section(&facts, &courses, &builder.on_time, &builder.timed),
        timings: timings::section(&facts),
        control: control::section(&facts, &builder.trial.0, &builder.trial.1),
        progress: progress::section(&facts),
    };
    card.headlines = words::headlines(&card);
    card.hints = words::hints(&card);
    card
}

fn header(builder: &ScorecardBuilder, facts: &Facts<'_>, digest: String) -> Header {
    let tally = &builder.tally;
    let other = |money: &fixedops_vocab::Money| money.currency() != facts.currency;
    let lines = tally.orders.values().flat_map(|order| &order.lines).filter(|line| other(&line.money));
    let credits = tally.credits.values().filter(|credit| other(&credit.money));
    let declined = tally.declined.values().filter_map(|line| line.price).filter(other);
    let other_currency = lines.count() + credits.count() + declined.count();
    Header {
        seller: builder.seller.clone(),
        rooftops: tally.rooftops.iter().cloned().collect(),
        dealer_name: tally.dealer_name.clone(),
        simulated: tally.simulated.clone(),
        from: tally.first_at,
        until: facts.as_of,
        currency: facts.currency,
        small_base: facts.small,
        events: builder.events,
        last_position: builder.last_position,
        last_hash: builder.last_hash.clone(),
        digest,
        policies: tally.policies.clone(),
        policy: facts.policy.version().clone(),
        model: builder.model.version().clone(),
        left_out: LeftOut {
            unknown_events: builder.unknown_events,
            other_currency: u64::try_from(other_currency).unwrap_or(u64::MAX),
        },
    }
}
