//! A made-up scorecard, so that the page can be tested whatever a journal holds.

use fixedops_closed_loop::scorecard::{
    Accuracy, Attribution, Bin, ByPlan, CalendarPlan, Cohort, Control, CrossRow, CrossTable, Crossings,
    Declined, Funnel, FunnelStep, Funnels, Header, Hint, Histogram, Inspections, LeftOut, LoopWeek, Messages,
    MileageAccuracy, Milestone, PlanRow, Progress, Reach, Relevance, Row, Simulated, StaffRow, Store, Table,
    Timing, Timings, Week,
};
use fixedops_closed_loop::{Figure, Scorecard, Unit};
use fixedops_vocab::Currency;
use rust_decimal::Decimal;

/// An alarm as the scorecard words it.
const ALARM: &str = "advisor A-1: 12 of 40 orders exempted, 30.0 %, at least 19.6 %; 10.0 % are allowed";

fn count(id: &str, n: u64) -> Figure {
    Figure::count(id, &label(id), n, &format!("How {id} is counted")).over(None, n * 2, "things", 30)
}

fn rate(id: &str, n: u64, base: u64) -> Figure {
    Figure::rate(id, &label(id), n, base, "things", &format!("How {id} is divided"), 30)
}

fn money(id: &str, dollars: u64, n: u64) -> Figure {
    Figure::mean(
        id,
        &label(id),
        Decimal::from(dollars * n),
        n,
        Unit::Dollars,
        "visits",
        "sum over visits",
        30,
    )
}

fn median(id: &str, unit: Unit, value: i64, n: u64) -> Figure {
    let value = (n > 0).then(|| Decimal::new(value, 1));
    Figure::new(id, &label(id), value, unit, "the middle one").over(None, n, "messages", 30)
}

fn label(id: &str) -> String {
    crate::page::words::spoken(&id.replace('.', " "))
}

fn table(id: &str, row: &str, rows: &[(&str, u64)]) -> Table {
    let base: u64 = rows.iter().map(|(_, count)| count).sum();
    let percent = |count: u64| (Decimal::from(count * 100)).checked_div(Decimal::from(base));
    Table {
        id: id.into(),
        label: label(id),
        definition: format!("What {id} counts."),
        row_label: row.into(),
        base,
        base_label: "things".into(),
        adds_up: true,
        small_base: base < 30,
        rows: rows
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(key, count)| Row {
                key: (*key).into(),
                label: label(key),
                rule: (*key == "quiet_hours").then(|| "FED-<QUIET>".to_owned()),
                count: *count,
                percent: percent(*count),
                amount: None,
            })
            .collect(),
    }
}

fn cross(id: &str, rows: &[&str], n: u64) -> CrossTable {
    let columns = ["sent", "suppressed", "control"];
    let rows: Vec<CrossRow> = rows
        .iter()
        .filter(|_| n > 0)
        .map(|key| CrossRow {
            key: (*key).into(),
            label: (*key).into(),
            counts: vec![n, n / 3, 0],
            total: n + n / 3,
        })
        .collect();
    let sum = |at: usize| rows.iter().map(|row| row.counts[at]).sum();
    CrossTable {
        id: id.into(),
        label: label(id),
        definition: format!("What {id} counts."),
        row_label: "service".into(),
        columns: columns.map(str::to_owned).into(),
        totals: vec![sum(0), sum(1), sum(2)],
        adds_up: Some(true),
        rows,
    }
}

fn funnel(program: &str, n: u64) -> Funnel {
    let steps = ["triggers", "cases", "sent", "delivered", "engaged", "booked", "shown", "repair_order"];
    let steps = steps.iter().zip([20, 18, 15, 14, 6, 4, 3, 3]).map(|(key, of_20)| FunnelStep {
        key: (*key).into(),
        figure: count(&format!("funnel.{key}"), n * of_20 / 20),
        percent_of_cases: (n > 0).then(|| Decimal::new(of_20 as i64 * 1000 / 18, 1)),
        percent_of_previous: None,
        through: n * of_20 / 20,
    });
    Funnel {
        program: program.into(),
        label: label(program),
        steps: steps.collect(),
        visit_amount: money("visit_amount", 3 * n, 1),
        credited_amount: money("credited_amount", n, 1),
        set_rate: rate("set_rate", n / 5, n),
        show_rate: rate("show_rate", n / 7, n / 5),
    }
}

fn accuracy(key: &str, n: u64) -> Accuracy {
    Accuracy {
        key: key.into(),
        label: label(key),
        said: rate("mileage.said", n, n),
        median_abs_error: median("mileage.abs_error", Unit::Miles, 1820, n),
        median_error: median("mileage.error", Unit::Miles, -120, n),
        coverage: rate("mileage.coverage", n * 4 / 5, n).with_target(Decimal::from(80)),
    }
}

fn timing(key: &str, n: u64, shift: usize) -> Timing {
    let histogram = |unit, wide: i64| Histogram {
        unit,
        bins: (0..=12)
            .map(|at: i64| Bin {
                from: (at > 0).then(|| (at - 7) * wide),
                to: (at < 12).then(|| (at - 6) * wide),
                count: n / (1 + (at.unsigned_abs()).abs_diff(6 + shift as u64)),
            })
            .collect(),
    };
    Timing {
        key: key.into(),
        label: label(key),
        median_days: median("days", Unit::Days, -35, n),
        median_abs_days: median("abs_days", Unit::Days, 62, n),
        median_miles: median("miles", Unit::Miles, -1100, n),
        within_days: rate("within_days", n / 2, n),
        within_miles: rate("within_miles", n / 3, n),
        days: histogram(Unit::Days, 15),
        miles: histogram(Unit::Miles, 250),
    }
}

fn staff(who: &str, n: u64) -> StaffRow {
    StaffRow {
        who: who.into(),
        inspected: n,
        passed: n / 2,
        percent_passed: (n > 0).then_some(Decimal::from(50)),
        findings: n,
        with_photo: n / 2,
        percent_with_photo: (n > 0).then_some(Decimal::from(50)),
        small_base: n < 30,
    }
}

/// About `n` of everything; 0 is a store in which nothing has happened.
pub(super) fn scorecard(n: u64) -> Scorecard {
    let dollars = |n: u64| Decimal::from(n);
    Scorecard {
        format: "scorecard/1".into(),
        header: Header {
            seller: "main-street-motors".parse().unwrap(),
            rooftops: vec!["main-street".parse().unwrap()],
            dealer_name: Some("Main <Street> Motors & Sons".into()),
            simulated: Some(Simulated { seed: 1, vehicles: 1_200, days: 180, world: "world/1".into() }),
            from: None,
            until: "2027-05-31T00:00:00Z".parse().unwrap(),
            currency: Currency::USD,
            small_base: 30,
            events: n,
            last_position: n,
            last_hash: None,
            digest: "d".repeat(64),
            policies: [("consent".to_owned(), "federal/1".parse().unwrap())].into(),
            policy: "scorecard/4".parse().unwrap(),
            model: "odometer/1".parse().unwrap(),
            left_out: LeftOut::default(),
        },
        headlines: (n > 0).then(|| format!("{n} cars came <due>.")).into_iter().collect(),
        hints: vec![Hint {
            figure: "show_rate".into(),
            words: "The show rate is below its target.".into(),
            rests_on: vec!["store.appointments".into()],
        }],
        store: Store {
            vehicles: count("vehicles", n),
            vehicles_in_play: count("vehicles_in_play", n),
            orders_closed: count("orders", n),
            customer_pay_orders: count("cp_orders", n),
            customer_pay_amount: money("cp_amount", n, 1),
            mean_customer_pay_order: money("cp_aro", 311, n),
            mean_order_before: money("cp_aro_before", 290, n),
            order_lift: rate("order_lift", n / 14, n),
            mean_order_contacted: money("cp_aro_contacted", 330, n),
            mean_order_not_contacted: money("cp_aro_others", 300, n),
            satisfaction: rate("csi", n * 9 / 10, n),
            appointments_set: count("set", n),
            appointments: table("appointments", "state", &[("shown", n), ("missed", n / 5)]),
            show_rate: rate("store.show_rate", n * 4 / 5, n)
                .with_sourced_target(Decimal::from(80), "DealerMine"),
        },
        crossings: Crossings {
            total: count("crossings", n),
            adds_up: true,
            by_outcome: table(
                "outcomes",
                "outcome",
                &[("sent", n), ("suppressed", n / 3), ("waiting", n / 9)],
            ),
            by_reason: table("reasons", "reason", &[("booked", n / 4), ("no_consent", n / 12)]),
            by_leg: table("legs", "leg", &[("distance", n), ("time", n / 3)]),
            by_basis: table("bases", "basis", &[("read", n), ("estimated", n / 3)]),
            by_service: cross("by_service", &["oil_and_filter", "tire_rotation"], n),
            by_month: cross("by_month", &["2026-12", "2027-01"], n),
            by_day: cross("by_day", &["2026-12-01"], n),
        },
        funnel: Funnels {
            total: funnel("all", n),
            programs: vec![funnel("mileage_due", n / 2), funnel("declined_recovery", n / 2)],
        },
        messages: Messages {
            sent: count("sent", n),
            delivered: count("delivered", n),
            not_delivered: count("not_delivered", n / 20),
            failed: count("failed", n / 50),
            outcome_unknown: count("outcome_unknown", 0),
            suppressed: count("suppressed", n / 3),
            deferred: count("deferred", n / 3),
            crossed_revocation: count("crossed_revocation", 0),
            by_channel: cross("by_channel", &["sms", "email", "voice"], n),
            by_program: cross("by_program", &["mileage_due", "declined_recovery"], n),
            suppressed_by_reason: table(
                "suppressed_by_reason",
                "reason",
                &[("booked", n), ("quiet_hours", n / 2)],
            ),
            deferred_by_reason: table("deferred_by_reason", "reason", &[("quiet_hours", n)]),
            failed_by_reason: table("failed_by_reason", "reason", &[]),
            link_openings: count("link_openings", n),
            human_clicks: count("human_clicks", n / 6),
            scanner_clicks: count("scanner_clicks", n / 8),
            opened: Figure::new("opened", "Opened", None, Unit::Count, "Nobody tells."),
            replied: count("replied", n / 7),
            response_rate: rate("response_rate", n / 5, n),
            replies_by_label: table(
                "replies",
                "label",
                &[
                    ("yes", n),
                    ("no", n),
                    ("stop", n / 9),
                    ("call_me", n),
                    ("a", n),
                    ("b", n),
                    ("c", n),
                    ("d", n),
                    ("e", n),
                ],
            ),
            opted_out: count("opted_out", n / 90),
            opt_out_rate: rate("opt_out_rate", n / 90, n),
            opt_out_rate_per_message: rate("opt_out_rate_per_message", n / 90, n),
            revocations_by_source: table("revocations", "source", &[("reply", n / 90)]),
            revocations_by_scope: table("scopes", "scope", &[("all", n / 90)]),
            call_tasks: count("call_tasks", n / 5),
        },
        attribution: Attribution {
            credited_lines: count("credited_lines", n / 5),
            credited_amount: money("credited_amount", n * 20, 1),
            credited_visits: count("credited_visits", n / 6),
            visit_amount: money("visit_amount", n * 70, 1),
            mean_visit: money("mean_visit", 420, n / 6),
            benchmark: money("benchmark", 494, 1).from_source("NADA 2025, as quoted by Ikon"),
            difference: Figure::new(
                "difference",
                "Difference",
                (n > 0).then(|| Decimal::from(-74)),
                Unit::Dollars,
                "-",
            ),
            mean_other_order: money("mean_other_order", 390, n),
            by_evidence: table("evidence", "evidence", &[("booked_from_link", n / 9), ("reply", n / 10)]),
            by_program: table("by_program", "program", &[("mileage_due", n / 9)]),
            not_credited: table("not_credited", "reason", &[("no_trigger", n)]),
            reversed: count("reversed", 1),
            reversed_by_reason: table("reversed_by_reason", "reason", &[("voided", 1)]),
            write_backs: table("write_backs", "state", &[("confirmed", n), ("parked", n / 50)]),
            write_backs_by_kind: cross("write_backs_by_kind", &["decline_reason"], n),
        },
        declined: Declined {
            lines: count("declined.lines", n),
            in_period: count("declined.in_period", n),
            taken_over: count("declined.taken_over", n * 2),
            taken_over_open: money("declined.taken_over_open", n * 500, 1),
            amount: money("declined.amount", n * 300, 1),
            unpriced: count("unpriced", 0),
            contacted: count("contacted", n / 2),
            booked: count("booked", n / 6),
            completed: count("completed", n / 10),
            done_uncredited: count("done_uncredited", n / 20),
            recovered_amount: money("recovered", n * 30, 1),
            recovery_rate: rate("recovery_rate", n / 10, n),
            recovery_rate_amount: rate("recovery_rate_amount", n / 12, n),
            by_reason: table("declined_by_reason", "reason", &[("price", n), ("time", n / 2)]),
            cohorts: ["2026-12", "2027-01"]
                .iter()
                .map(|month| Cohort {
                    month: (*month).into(),
                    lines: n,
                    amount: dollars(n * 300),
                    contacted: n / 2,
                    booked: n / 6,
                    completed: n / 10,
                    recovered_amount: dollars(n * 30),
                    percent_lines: (n > 0).then_some(Decimal::TEN),
                    percent_amount: (n > 0).then(|| dollars(8)),
                    small_base: n < 30,
                })
                .collect(),
            by_plan: ByPlan {
                definition: "made up".into(),
                rows: ["declined_recovery_30_60_90_120/2", "declined_recovery_warm/1"]
                    .iter()
                    .map(|plan| PlanRow {
                        plan: plan.parse().unwrap(),
                        cases: n,
                        contacted: n / 2,
                        texts: n,
                        emails: n / 3,
                        calls: n / 4,
                        opt_outs: n / 50,
                        opt_outs_per_1000: (n > 0).then_some(Decimal::TEN),
                        recovered: n / 10,
                        recovered_amount: dollars(n * 30),
                        percent_recovered: (n > 0).then_some(Decimal::TEN),
                        touches_per_recovered: (n > 9).then(|| dollars(16)),
                        small_base: n < 30,
                    })
                    .collect(),
            },
            deferred: count("deferred_lines", n / 9),
            approved: count("approved", n),
            accepted_of_presented: rate("accepted_of_presented", n / 4, n),
            never_answered: count("never_answered", n / 9),
            own_worth: money("own_worth", n * 9, 1),
            worth: [6, 12, 20].map(|p| money(&format!("worth_{p}"), n * p, 1)).into(),
        },
        inspections: Inspections {
            told: n > 0,
            orders_closed: count("inspections.orders", n),
            inspected: count("inspected", n),
            passed: count("passed", n),
            blocked: count("blocked", n / 9),
            exempted: count("exempted", n / 9),
            without: count("without", n / 20),
            closed_held: count("closed_held", n / 50),
            completion_rate: rate("completion", n * 9 / 10, n).with_target(Decimal::from(95)),
            completion_rate_without_exempted: rate("completion_without", n, n),
            links: count("links", n),
            links_in_time: rate("links_in_time", n * 9 / 10, n),
            photos: rate("photos", n / 2, n),
            findings: table("findings", "color", &[("red", n), ("yellow", n), ("green", n * 8)]),
            exemptions: table("exemptions", "code", &[("fleet", n / 9)]),
            acceptance: rate("acceptance", n / 3, n),
            acceptance_above_fold: rate("acceptance_above_fold", n / 2, n),
            acceptance_additional: rate("acceptance_additional", n / 5, n),
            alarms: if n > 0 { vec![ALARM.to_owned()] } else { Vec::new() },
            by_technician: vec![staff("T-1", n), staff("T-2", n / 20)],
            by_advisor: vec![staff("A-1", n)],
        },
        reach: Reach {
            owners: count("owners", n),
            with_phone: count("with_phone", n),
            with_mail: count("with_mail", n / 2),
            provable: rate("provable", n / 2, n),
            opted_out: count("reach.opted_out", n / 50),
            by_channel: vec![count("reach.sms", n / 2), count("reach.email", n / 3)],
            denied_by_rule: table("denied", "rule", &[("tcpa_written_consent", n / 3)]),
        },
        mileage: MileageAccuracy {
            against_readings: accuracy("all", n),
            by_basis: vec![accuracy("estimated", n), accuracy("gps", n / 20)],
            by_age: vec![accuracy("30_days", n), accuracy("90_days", n)],
            against_truth: Some(accuracy("truth", n)),
            basis_now: table("basis_now", "basis", &[("estimated", n)]),
            readings: table("readings", "verdict", &[("accepted", n), ("set_aside", n / 9)]),
        },
        relevance: Relevance {
            measured_by: "readings".into(),
            backlog: count("backlog", n / 9),
            considered: count("considered", n),
            reached: count("reached", n),
            not_reached: count("not_reached", 0),
            unknown: count("unknown", 0),
            first_touch: timing("first_touch", n, 0),
            every_touch: timing("every_touch", n, 1),
            calendar: timing("calendar", n, 3),
            calendar_plan: (n > 0).then(|| CalendarPlan {
                considered: count("calendar_plan_considered", n / 2),
                backlog: count("calendar_plan_backlog", n / 18),
                reached: count("calendar_plan_reached", n / 2),
                not_reached: count("calendar_plan_not_reached", 0),
                unknown: count("calendar_plan_unknown", 0),
                first_touch: timing("calendar_plan_first", n / 2, 3),
                every_touch: timing("calendar_plan_every", n / 2, 4),
            }),
        },
        timings: Timings {
            crossing_to_send: median("crossing_to_send", Unit::Hours, 95, n),
            decline_to_send: median("decline_to_send", Unit::Days, 305, n),
            response_time: median("response_time", Unit::Hours, 31, n),
            response_first_third: median("response_first_third", Unit::Hours, 12, n),
            response_second_third: median("response_second_third", Unit::Hours, 70, n),
            booking_time: median("booking_time", Unit::Days, 12, n),
            weekly: (0..26)
                .filter(|_| n > 0)
                .map(|at| Week {
                    week: "2026-12-07".parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(7 * at),
                    crossings: n / 20,
                    sent: n / 25 + at,
                    booked: n / 90 + at / 5,
                    orders_closed: n / 10,
                    customer_pay_amount: dollars(n * 30),
                    credited_visits: n / 99,
                    visit_amount: dollars(n * 5 + 137 * at),
                    declined: n / 20,
                })
                .collect(),
        },
        progress: progress(n),
        control: Control {
            crossings: count("control.crossings", 0),
            touches: count("control.touches", 0),
            placed: count("control.placed", 0),
            left_alone: count("control.left_alone", 0),
            earlier: count("control.earlier", 0),
            counted: count("control.counted", 0),
            other_currency: count("control.other_currency", 0),
            lift: Vec::new(),
            note: "No control group is kept.".into(),
        },
    }
}

fn progress(n: u64) -> Progress {
    let first: chrono::NaiveDate = "2026-12-04".parse().unwrap();
    let milestone = |week: u32, over: bool, missed: bool| Milestone {
        week,
        from: first + chrono::Days::new(u64::from(week - 4) * 7),
        until: first + chrono::Days::new(u64::from(week) * 7 - 1),
        over,
        figures: vec![
            rate(&format!("progress.week_{week}.show_rate"), n * 3 / 5, n)
                .with_sourced_target(Decimal::from(75), "a <decision>"),
        ],
        hints: missed
            .then(|| Hint {
                figure: format!("progress.week_{week}.show_rate"),
                words: format!("Week {week}: the show rate is low: {} did not come.", n / 5),
                rests_on: vec!["store.appointments".into()],
            })
            .into_iter()
            .collect(),
    };
    Progress {
        definition: "Weeks of seven days.".into(),
        weeks: (1..=26)
            .filter(|_| n > 0)
            .map(|week| LoopWeek {
                week,
                from: first + chrono::Days::new(u64::from(week - 1) * 7),
                orders_closed: n / 10,
                inspections_passed: n / 12,
                answered: n / 8,
                approved: n / 30,
                sent: n / 25,
                responded: n / 99,
                appointments_due: n / 60,
                shown: n / 80,
                customer_pay_orders: n / 12,
                customer_pay_amount: Decimal::from(n * 30),
                declined: n / 20,
            })
            .collect(),
        milestones: if n > 0 {
            vec![milestone(4, true, true), milestone(12, false, false)]
        } else {
            Vec::new()
        },
    }
}
