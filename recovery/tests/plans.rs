//! Plans are data: what ships, and what the loader refuses.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use fixedops_recovery::{Fact, Plan, Plans, Relevance, Templates, Tone, Trigger};
use fixedops_vocab::Channel;
use story::{RECALL, RECALL_TEMPLATES, declined, mileage_due};

const DECLINED: &str = include_str!("../plans/declined_recovery_30_60_90_120.toml");
const CALENDAR: &str = include_str!("../plans/mileage_due_calendar.toml");
const WEAR: &str = include_str!("../plans/wear_timed_recovery.toml");
const APPOINTMENT: &str = include_str!("../plans/appointment_reminder.toml");
const TIRES: &str = include_str!("../plans/tire_offer.toml");
const INSPECTION: &str = include_str!("../plans/inspection_delivery.toml");

#[test]
fn declined_recovery_says_what_the_mission_says() {
    let told: Vec<_> = declined()
        .touches()
        .iter()
        .map(|t| (t.timing.whole_days(), t.channel, t.offer().map(|offer| offer.percent()), t.with_slot))
        .collect();
    assert_eq!(
        told,
        [
            (30, Channel::Sms, Some(10), false),
            (60, Channel::Email, None, false),
            (90, Channel::LiveCall, None, true),
            (120, Channel::Sms, None, false),
        ]
    );
}

#[test]
fn mileage_due_opens_when_due_is_as_likely_as_not() {
    assert!((mileage_due().level() - 0.5).abs() < 1e-12);
    assert!((declined().level() - 1.0).abs() < 1e-12, "a decline is certain");
}

#[test]
fn every_shipped_touch_has_a_reason_and_every_plan_a_source() {
    for plan in Plans::shipped().iter() {
        assert!(plan.source().len() > 40, "{}", plan.version());
        for touch in plan.touches() {
            assert!(touch.why.len() > 40, "{} {}", plan.version(), touch.id);
        }
    }
}

#[test]
fn relevance_is_a_table_of_programme_by_fact() {
    for (program, fact, answer) in [
        ("mileage_due", Fact::Booked, Relevance::Skip),
        ("mileage_due", Fact::RecentlyServiced, Relevance::Skip),
        ("mileage_due", Fact::RoOpen, Relevance::Wait),
        ("declined_recovery", Fact::Booked, Relevance::Wait),
        ("declined_recovery", Fact::RecentlyServiced, Relevance::Go),
        ("declined_recovery", Fact::RoOpen, Relevance::Wait),
    ] {
        let plan = story::shipped(program);
        assert_eq!(plan.relevance().judge(&[fact]), answer, "{program} {fact:?}");
        assert_eq!(plan.relevance().judge(&[]), Relevance::Go);
    }
    let strictest = mileage_due().relevance().judge(&[Fact::RoOpen, Fact::Booked]);
    assert_eq!(strictest, Relevance::Skip, "skip before wait");
}

/// The refusal of the declined plan after one change to its text.
fn refusal(from: &str, to: &str) -> String {
    assert!(DECLINED.contains(from), "{from:?} is not in the plan");
    Plan::from_toml(&DECLINED.replacen(from, to, 1)).expect_err(to).to_string()
}

#[test]
fn the_loader_names_line_touch_field_and_reason() {
    for (case, from, to, told) in [
        (
            "two touches on one day",
            "day = 60",
            "day = 30",
            "touch \"day-60-email\", field day: another touch is due 30 days after too",
        ),
        (
            "a touch before its time",
            "day = 60",
            "day = 20",
            "touch \"day-60-email\", field day: cannot be reached: the touch before it is due 30 days after",
        ),
        (
            "two touches inside the spacing",
            "day = 60",
            "day = 33",
            "touch \"day-60-email\", field day: comes 3 days after the touch before it, the plan keeps 7 days between touches",
        ),
        (
            "a day beyond the horizon",
            "day = 120",
            "day = 127",
            "touch \"day-120-sms\", field day: is not before the horizon of 127 days",
        ),
        (
            "an unknown channel",
            "channel = \"email\"",
            "channel = \"fax\"",
            "touch \"day-60-email\", field channel: unknown channel: \"fax\" is none of: sms, mms, email, live_call, ai_call, prerecorded_call",
        ),
        (
            "an unknown purpose",
            "purpose = \"marketing\"",
            "purpose = \"fun\"",
            "touch \"day-30-sms\", field purpose: unknown purpose: \"fun\" is none of: marketing, informational, transactional, recall, reply, revocation_confirmation",
        ),
        (
            "a template nobody wrote",
            "\"declined_last\"",
            "\"declined_lost\"",
            "touch \"day-120-sms\", field template: there is no template \"declined_lost\" for sms",
        ),
        (
            "a template of another channel",
            "\"declined_miles_since\"",
            "\"declined_photo\"",
            "touch \"day-60-email\", field template: there is no template \"declined_photo\" for email",
        ),
        (
            "a recall among offers",
            "purpose = \"marketing\"",
            "purpose = \"recall\"",
            "touch \"day-30-sms\", field purpose: purpose recall does not belong in a Service plan",
        ),
        (
            "everything free",
            "percent_off = 10",
            "percent_off = 100",
            "touch \"day-30-sms\", field percent_off: 100 is not between 1 and 99",
        ),
        (
            "a discount on a call",
            "with_slot = true",
            "percent_off = 5",
            "touch \"day-90-call\", field percent_off: a live call carries no discount",
        ),
        (
            "a slot without a call",
            "percent_off = 10",
            "with_slot = true",
            "touch \"day-30-sms\", field with_slot: only a live call has a slot to offer",
        ),
        (
            "a name twice",
            "id = \"day-60-email\"",
            "id = \"day-30-sms\"",
            "touch \"day-30-sms\", field id: another touch has this name",
        ),
        (
            "a name like a round",
            "id = \"day-60-email\"",
            "id = \"email-r2\"",
            "touch \"email-r2\", field id: is longer than 48 bytes or ends like a round (-r2)",
        ),
        (
            "a planned answer",
            "purpose = \"marketing\"",
            "purpose = \"reply\"",
            "touch \"day-30-sms\", field purpose: purpose reply cannot be planned ahead",
        ),
        (
            "no rest after a no-show",
            "news_days = 3",
            "news_days = 0",
            "plan, field news_days: 0 is not between 1 and 365",
        ),
        (
            "a day that is no number",
            "day = 60",
            "day = \"sixty\"",
            "invalid type: string \"sixty\", expected u32",
        ),
        ("a field nobody knows", "day = 60", "day = 60\ncolour = 1", "unknown field `colour`"),
        (
            "no effective date",
            "2026-11-29",
            "soon",
            "plan, field effective: \"soon\" is not a date (YYYY-MM-DD)",
        ),
    ] {
        let found = refusal(from, to);
        assert!(found.contains(told), "{case}: {found}");
    }
}

#[test]
fn the_line_in_an_error_is_the_line_of_the_field() {
    let line = |text: &str, part: &str| 1 + text.lines().position(|line| line.contains(part)).unwrap();
    for (from, to) in [
        ("day = 60", "day = 30"),
        ("channel = \"email\"", "channel = \"fax\""),
        ("news_days = 3", "news_days = 0"),
    ] {
        let text = DECLINED.replacen(from, to, 1);
        let error = Plan::from_toml(&text).unwrap_err();
        let expected = if from.starts_with("news") { line(&text, "[pace]") } else { line(DECLINED, from) };
        assert_eq!(error.place.line, Some(expected), "{error}");
    }
}

#[test]
fn a_plan_without_a_touch_is_no_plan() {
    let (head, _) = DECLINED.split_once("[[touch]]").unwrap();
    assert_eq!(Plan::from_toml(head).unwrap_err().to_string(), "plan, field touch: has no touch");
}

/// Promise 8.
#[test]
fn p8_a_safety_plan_with_an_offer_or_a_price_is_refused() {
    let words = Templates::from_toml(RECALL_TEMPLATES).unwrap();
    let plan = Plan::from_toml_with(RECALL, &words).unwrap();
    assert_eq!(plan.tone(), Tone::Safety);
    assert!(plan.touches().iter().all(|touch| touch.offer().is_none()));

    let offered = RECALL.replacen("purpose = \"recall\"", "purpose = \"recall\"\npercent_off = 10", 1);
    let refused = Plan::from_toml_with(&offered, &words).unwrap_err().to_string();
    assert!(
        refused.ends_with("touch \"day-0-sms\", field percent_off: a safety plan makes no offer"),
        "{refused}"
    );

    let priced =
        Templates::from_toml(&RECALL_TEMPLATES.replacen("is free", "costs {{ line_price }}", 1)).unwrap();
    let refused = Plan::from_toml_with(RECALL, &priced).unwrap_err().to_string();
    assert!(
        refused.ends_with("a safety plan cannot use template \"recall_open\": it speaks of line_price"),
        "{refused}"
    );

    let sold = RECALL.replacen("purpose = \"recall\"", "purpose = \"marketing\"", 1);
    let refused = Plan::from_toml_with(&sold, &words).unwrap_err().to_string();
    assert!(refused.ends_with("purpose marketing does not belong in a Safety plan"), "{refused}");
}

#[test]
fn a_plan_never_changes_under_its_version() {
    let mut plans = Plans::shipped();
    plans.add(declined()).expect("the very same plan is there already");
    let changed = DECLINED.replacen("percent_off = 10", "percent_off = 15", 1);
    assert!(plans.add_toml(&changed).is_err());

    let next = changed.replacen("_120/2\"", "_120/3\"", 1);
    plans.add_toml(&next).expect("a new version");
    let program = "declined_recovery".parse().unwrap();
    assert_eq!(plans.for_program(&program).unwrap().version().as_str(), "declined_recovery_30_60_90_120/3");
    assert!(plans.plan(declined().version()).is_some(), "open cases keep theirs");
}

#[test]
fn a_touch_is_found_under_the_name_of_any_round() {
    let plan = declined();
    for (name, found) in [
        ("day-30-sms", Some(30)),
        ("day-30-sms-r2", Some(30)),
        ("day-30-sms-r17", Some(30)),
        ("day-30-sms-r1", None),
        ("day-30-sms-rx", None),
        ("day-30-sms2", None),
        ("day-31-sms", None),
    ] {
        assert_eq!(
            plan.touch(&name.parse().unwrap()).map(|touch| touch.timing.whole_days()),
            found,
            "{name}"
        );
    }
}

/// What the terms of the later programmes may not say.
#[test]
fn the_loader_refuses_what_a_target_a_reason_a_photo_or_an_upsell_may_not_say() {
    for (plan, from, to, told) in [
        (
            CALENDAR,
            "annual_miles = 13476",
            "annual_miles = 900",
            "plan, field calendar: 900 is not between 1000 and 100000",
        ),
        (
            CALENDAR,
            "opened_by = \"crossing\"",
            "opened_by = \"click\"",
            "plan, field calendar: times what comes due, and the plan is opened by something else",
        ),
        (
            WEAR,
            "otherwise_days = 60",
            "otherwise_days = 0",
            "touch \"wear-early-sms\", field timed_by: is timed by a target, and the plan has no [target]",
        ),
        (
            WEAR,
            "soonest_days = 14",
            "soonest_days = 180",
            "plan, field target: soonest_days is not before latest_days",
        ),
        (
            WEAR,
            "timed_by = \"late\"",
            "timed_by = \"early\"",
            "touch \"wear-late-sms\", field day: cannot be reached: the touch before it is due at once at the target",
        ),
        (
            WEAR,
            "photo_days = 240",
            "photo_days = 209",
            "plan, field photo_days: photos are kept 209 days, and the case may run 210",
        ),
        (WEAR, "time = \"wait\"", "time = \"ponder\"", "unknown variant `ponder`"),
        (
            WEAR,
            "wait_days = 14",
            "wait_days = 0",
            "plan, field reasons: a plan opened by a decline says what reasons do, and wait_days is missing for one that waits",
        ),
        (
            DECLINED,
            "day-30-sms = \"day-30-sms\"",
            "day-30-sms = \"day-31-sms\"",
            "plan, field replaces: day-31-sms is no touch of this plan",
        ),
        (
            DECLINED,
            "day-30-sms = \"day-30-sms\"",
            "day-30-sms = \"day-60-email\"",
            "plan, field replaces: the touches of the retired plan have another order here",
        ),
        (
            DECLINED,
            "percent_off = 10",
            "percent_off = 10\nwithin = \"soon\"",
            "touch \"day-30-sms\", field within: \"soon\" is no time (5m, 2h or 30d)",
        ),
        (
            DECLINED,
            "day = 30",
            "after = \"thirty\"",
            "touch \"day-30-sms\", field day: \"thirty\" is no time (5m, 2h or 30d)",
        ),
        (
            DECLINED,
            "day = 30",
            "day = 30\nafter = \"30d\"",
            "touch \"day-30-sms\", field day: has to be due by one of day, after and before",
        ),
        (
            DECLINED,
            "day = 30\n",
            "",
            "touch \"day-30-sms\", field day: has to be due by one of day, after and before",
        ),
        (
            DECLINED,
            "day = 30",
            "before = \"2d\"\ntimed_by = \"opening\"",
            "touch \"day-30-sms\", field day: is due before the case opens",
        ),
        (
            APPOINTMENT,
            "opened_by = \"appointment\"",
            "opened_by = \"no_show\"",
            "a plan that follows an appointment is opened by one and has a touch before it",
        ),
        (
            TIRES,
            "template = \"tire_offer\"",
            "template = \"declined_miles_since\"",
            "touch \"day-0-email\", field template: an upsell cannot use template \"declined_miles_since\": it speaks of declined work (line_name)",
        ),
        (
            INSPECTION,
            "within = \"5m\"",
            "within = \"5m\"\npercent_off = 5",
            "touch \"link-sms\", field percent_off: an offer makes it marketing, and the purpose is transactional",
        ),
        (INSPECTION, "opened_by = \"inspection\"", "opened_by = \"whim\"", "unknown variant `whim`"),
    ] {
        assert!(plan.contains(from), "{from:?}");
        let text = plan.replacen(from, to, 1);
        let refused = Plan::from_toml(&text).expect_err(to).to_string();
        assert!(refused.contains(told), "{told:?}: {refused}");
        let line = refused.strip_prefix("line ").and_then(|rest| rest.split(':').next()).unwrap_or_default();
        assert!(line.parse::<usize>().is_ok(), "no line: {refused}");
    }
}

#[test]
fn every_programme_of_the_mission_ships_and_each_trigger_has_its_plan() {
    let plans = Plans::shipped();
    for (program, trigger, version) in [
        ("declined_recovery", Trigger::Decline, "declined_recovery_30_60_90_120/2"),
        ("mileage_due", Trigger::Crossing, "mileage_due/2"),
        ("first_service", Trigger::Delivery, "first_service/1"),
        ("recall", Trigger::Recall, "recall/1"),
        ("recall", Trigger::RecallWithoutRemedy, "recall_without_remedy/1"),
        ("inspection_delivery", Trigger::Inspection, "inspection_delivery/1"),
        ("appointment_reminder", Trigger::Appointment, "appointment_reminder/1"),
        ("no_show_follow_up", Trigger::NoShow, "no_show_follow_up/1"),
        ("click_follow_up", Trigger::Click, "click_follow_up/1"),
        ("mileage_ask", Trigger::Doubt, "mileage_ask/1"),
        ("seasonal_offer", Trigger::Offer, "seasonal_offer/1"),
        ("tire_offer", Trigger::Offer, "tire_offer/1"),
        ("add_on_offer", Trigger::Offer, "add_on_offer/1"),
        ("deferred_work", Trigger::Deferral, "deferred_work/1"),
    ] {
        let plan = plans.for_trigger(&program.parse().unwrap(), trigger).expect(program);
        assert_eq!(plan.version().as_str(), version);
    }
    for version in ["declined_recovery_warm/1", "wear_timed_recovery/1"] {
        let plan = plans.plan(&version.parse().unwrap()).expect(version);
        assert!(
            !plans.is_chosen(plan) && plan.program().as_str() == "declined_recovery",
            "{version} is an alternative"
        );
    }
    let mut keys: Vec<_> = plans.iter().map(Plan::key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), plans.iter().count(), "no two versions have one key");
}

/// Promise 8, by what the plans say: no recall touch can carry an offer, and no upsell speaks of declined work.
#[test]
fn p8_recalls_make_no_offer_and_upsells_stay_upsells() {
    for plan in Plans::shipped().iter() {
        for touch in plan.touches() {
            match plan.tone() {
                Tone::Safety => {
                    assert_eq!((touch.offer(), touch.purpose()), (None, fixedops_vocab::Purpose::Recall))
                }
                Tone::Upsell => assert_eq!(touch.purpose(), fixedops_vocab::Purpose::Marketing),
                Tone::Service => assert_ne!(touch.purpose(), fixedops_vocab::Purpose::Recall),
            }
        }
    }
}
