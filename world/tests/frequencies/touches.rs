//! What touches do. The rare is made frequent where it is only the way to what is measured: draws are named, so that
//! what is measured stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{AppointmentRecord, AppointmentStatus, AuthorizationStatus, DmsChange};
use fixedops_vocab::{Channel, Purpose, TouchKey};
use fixedops_world::{CallOutcome, Input, Outreach, Parameters, What};

use crate::scene::{Scene, touch};
use crate::tally::Tally;

/// Texts of a meaning in the shipped replies.
fn texts(meaning: &str) -> BTreeSet<String> {
    let replies: toml::Value = toml::from_str(include_str!("../../replies.toml")).unwrap();
    let intents = replies["intent"].as_array().unwrap().iter();
    let of_meaning = intents.filter(|intent| intent["name"].as_str() == Some(meaning));
    of_meaning
        .flat_map(|intent| intent["texts"].as_array().unwrap())
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

fn appointments(inputs: &[Input]) -> Vec<&AppointmentRecord> {
    let records = inputs.iter().filter_map(|input| match &input.what {
        What::Dms(DmsChange::Appointment(record)) => Some(record),
        _ => None,
    });
    records.collect()
}

fn reply(inputs: &[Input]) -> Option<&str> {
    inputs.iter().find_map(|input| match &input.what {
        What::Reply { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

pub(crate) fn clicked(inputs: &[Input], by_a_person: bool) -> bool {
    inputs.iter().any(|input| matches!(input.what, What::Click { by_person, .. } if by_person == by_a_person))
}

/// Each reachable car touched once, in a world of its own; what came of it and what response was left.
fn touched(scene: &Scene, channel: Channel, at: DateTime<Utc>) -> Vec<(Vec<Input>, f64)> {
    let mut world = scene.world.clone();
    let mut answers = Vec::new();
    for vehicle in scene.reachable(at) {
        let touch = touch(&vehicle, channel, at);
        answers.push((touch.key.clone(), world.react(&touch).unwrap()));
    }
    // How much of the full response was left, as the world says afterwards.
    let responses: BTreeMap<TouchKey, f64> =
        world.truth().touches.into_iter().map(|touch| (touch.key, touch.response)).collect();
    answers.into_iter().map(|(key, inputs)| (inputs, responses[&key])).collect()
}

pub(crate) fn measure(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let at = scene.world.start() + TimeDelta::days(30);
    let (opt_outs, stranger) = (texts("opt_out"), p.people.phone_of_another.value);
    let t = &p.touches;
    for (inputs, left) in touched(scene, Channel::Sms, at) {
        let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
        let delivered =
            inputs.iter().any(|input| matches!(input.what, What::Delivery { delivered: true, .. }));
        count("touches.text_undelivered", t.text_undelivered.value, !delivered);
        if !delivered {
            continue;
        }
        count("touches.text_preview", t.text_preview.value, clicked(&inputs, false));
        let (said, friend) = (reply(&inputs), 1.0 - stranger);
        let stopped = said.is_some_and(|text| opt_outs.contains(text));
        count("touches.text_opted_out", t.text_opted_out.value * (friend + 4.0 * stranger), stopped);
        count("touches.text_clicked", t.text_clicked.value * left * friend, clicked(&inputs, true));
        let called = appointments(&inputs).iter().any(|record| record.token.is_none());
        count("touches.calls_in", t.calls_in.value * left * friend, called);
        let share = t.text_replied.value * ((0.4 + 0.6 * left) * friend + 3.0 * stranger);
        count("touches.text_replied", share, said.is_some() && !stopped);
    }
    mail(scene, p, at, tally);
    calls(scene, p, at, tally);
    asked(scene, p, at, tally);
}

fn mail(scene: &Scene, p: &Parameters, at: DateTime<Utc>, tally: &mut Tally) {
    let t = &p.touches;
    for (inputs, left) in touched(scene, Channel::Email, at) {
        let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
        let delivered =
            inputs.iter().any(|input| matches!(input.what, What::Delivery { delivered: true, .. }));
        count("touches.mail_bounced", t.mail_bounced.value, !delivered);
        if delivered {
            count("touches.mail_scanned", t.mail_scanned.value, clicked(&inputs, false));
            let left_us = inputs.iter().any(|input| matches!(input.what, What::Unsubscribe { .. }));
            count("touches.mail_unsubscribed", t.mail_unsubscribed.value, left_us);
            count("touches.mail_clicked", t.mail_clicked.value * left, clicked(&inputs, true));
            count("touches.mail_replied", t.mail_replied.value, reply(&inputs).is_some());
        }
    }
}

/// Whether a text tells an odometer, as a driver types it.
fn tells_mileage(text: &str) -> bool {
    let number = text.trim_start_matches("it's at ").trim_start_matches("about ").trim_end_matches(" miles");
    let number = number.trim_end_matches('k').replace(',', "");
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// Texts that ask for the odometer.
fn asked(scene: &Scene, p: &Parameters, at: DateTime<Utc>, tally: &mut Tally) {
    let mut world = scene.world.clone();
    for vehicle in scene.reachable(at) {
        let mut asks = touch(&vehicle, Channel::Sms, at);
        asks.program = "mileage_ask".parse().unwrap();
        asks.purpose = Purpose::Informational;
        let inputs = world.react(&asks).unwrap();
        assert!(appointments(&inputs).is_empty(), "who is asked for a number books nothing");
        if inputs.iter().any(|input| matches!(input.what, What::Delivery { delivered: true, .. })) {
            let share = p.touches.mileage_told.value * (1.0 - p.people.phone_of_another.value);
            tally.trial("touches.mileage_told", share, reply(&inputs).is_some_and(tells_mileage));
        }
    }
}

fn calls(scene: &Scene, p: &Parameters, at: DateTime<Utc>, tally: &mut Tally) {
    let t = &p.touches;
    for (inputs, left) in touched(scene, Channel::LiveCall, at) {
        let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
        let outcome = inputs.iter().find_map(|input| match input.what {
            What::Call { outcome, .. } => Some(outcome),
            _ => None,
        });
        let outcome = outcome.unwrap();
        count("touches.call_answered", t.call_answered.value, outcome != CallOutcome::NoAnswer);
        if outcome == CallOutcome::NoAnswer {
            continue;
        }
        let stranger = outcome == CallOutcome::WrongNumber;
        count("people.phone_of_another", p.people.phone_of_another.value, stranger);
        if !stranger {
            let stopped = outcome == CallOutcome::OptedOut;
            count("touches.call_opted_out", t.call_opted_out.value, stopped);
            if !stopped {
                count("touches.call_books", t.call_books.value * left, outcome == CallOutcome::Booked);
            }
        }
    }
}

/// Everybody answers in one way, so that what follows an answer can be counted.
pub(crate) fn eager(p: &Parameters, clicks: bool) -> Parameters {
    let mut eager = p.clone();
    let (touches, answers) = (&mut eager.touches, [1.0, 0.0]);
    touches.text_undelivered.value = 0.0;
    touches.text_opted_out.value = 0.0;
    touches.calls_in.value = 0.0;
    touches.irrelevant.value = 1.0;
    touches.text_clicked.value = answers[usize::from(!clicks)];
    touches.text_replied.value = answers[usize::from(clicks)];
    eager
}

/// In a world of eager customers: of clicks and of wishes, what is booked; of what is booked, what is kept.
pub(crate) fn bookings(p: &Parameters, seed: u64, tally: &mut Tally) {
    let at = |scene: &Scene| scene.world.start() + TimeDelta::days(30);
    let a = &p.appointments;
    let scene = Scene::new(eager(p, true), seed);
    for (inputs, _) in touched(&scene, Channel::Sms, at(&scene)) {
        let mut count = |name: &str, share: f64, happened: bool| tally.trial(name, share, happened);
        let (booked, by_link) = (appointments(&inputs), clicked(&inputs, true));
        if by_link {
            count("touches.click_books", p.touches.click_books.value, !booked.is_empty());
        }
        if booked.is_empty() {
            continue;
        }
        let stands = |status| booked.iter().any(|record| record.status == status);
        let cancelled = stands(AppointmentStatus::Cancelled);
        count("appointments.cancelled", a.cancelled.value, cancelled);
        if !cancelled {
            let set = booked.iter().filter(|record| record.status == AppointmentStatus::Scheduled).count();
            count("appointments.moved", a.moved.value, set > 1);
            count("appointments.confirmed", a.confirmed.value, stands(AppointmentStatus::Confirmed));
            count("appointments.shown", a.shown.value, stands(AppointmentStatus::Arrived));
        }
    }
    let scene = Scene::new(eager(p, false), seed);
    let wishes = texts("book_me");
    for (inputs, _) in touched(&scene, Channel::Sms, at(&scene)) {
        if reply(&inputs).is_some_and(|text| wishes.contains(text)) {
            let booked = !appointments(&inputs).is_empty();
            tally.trial("touches.reply_books", p.touches.reply_books.value, booked);
        }
    }
    recovered(p, seed, tally);
}

/// Declined work that somebody books for.
fn recovered(p: &Parameters, seed: u64, tally: &mut Tally) {
    let scene = Scene::new(eager(p, true), seed);
    let mut world = scene.world.clone();
    let mut cars = BTreeSet::new();
    let answers = scene.answers();
    let declined = answers.iter().filter(|(_, answer)| answer.status == AuthorizationStatus::Declined);
    for (_, answer) in declined.filter(|(_, answer)| cars.insert(answer.vehicle.clone())) {
        let mut touch: Outreach =
            touch(&answer.vehicle, Channel::Sms, answer.answered_at + TimeDelta::days(30));
        touch.services.clear();
        touch.declined.push((answer.ro.clone(), answer.line.clone()));
        for input in world.react(&touch).unwrap() {
            if let What::Dms(DmsChange::RepairOrder(record)) = &input.what
                && input.id.ends_with("/opened")
            {
                let done = record.lines.iter().any(|line| line.op_code == answer.op_code);
                tally.trial("answers.recovered", p.answers.recovered.value, done);
            }
        }
    }
}
