//! `fixedops attribute`.

use std::collections::{BTreeMap, BTreeSet};

use fixedops_attribution::{
    Change, Delivery, Department, Policy, Receipt, RepairOrder, RoLine, TouchFact, Trigger, assign, chain,
    reconcile,
};
use fixedops_vocab::{Channel, OwnershipSpan, PayType, TouchKey};
use serde_json::Value;

use crate::Desk;

/// The receipts of three credits, chained: one oil service on each of three vehicles.
fn receipts() -> Vec<Receipt> {
    let (mut triggers, mut orders) = (Vec::new(), Vec::new());
    for vehicle in ["v1", "v2", "v3"] {
        let opened = "2026-03-02T15:00:00Z".parse().unwrap();
        let mut due = Trigger::new(
            format!("main-street/{vehicle}/1/oil_service/3"),
            vehicle.parse().unwrap(),
            OwnershipSpan(1),
            opened,
        );
        due.service = Some("oil_service".parse().unwrap());
        due.touches.push(TouchFact {
            sent_at: "2026-03-03T15:00:00Z".parse().unwrap(),
            key: TouchKey {
                case: format!("mileage_due/{vehicle}").parse().unwrap(),
                touch: "1".parse().unwrap(),
            },
            channel: Channel::Sms,
            delivery: Delivery::Delivered,
            token: None,
            clicked_at: None,
            human_click: None,
            replied_at: None,
        });
        triggers.push(due);
        orders.push(RepairOrder {
            ro: format!("north/{vehicle}").parse().unwrap(),
            vehicle: vehicle.parse().unwrap(),
            owner_span: OwnershipSpan(1),
            opened_at: "2026-03-12T13:30:00Z".parse().unwrap(),
            closed_at: Some("2026-03-12T17:00:00Z".parse().unwrap()),
            voided: false,
            department: Department::Service,
            initiated_from: None,
            lines: vec![RoLine {
                line: "1".parse().unwrap(),
                op_code: None,
                service: Some("oil_service".parse().unwrap()),
                name: None,
                pay_type: PayType::CustomerPay,
                amount: "89.95 USD".parse().unwrap(),
            }],
        });
    }
    let wanted = assign(&triggers, &orders, &Policy::shipped());
    let (changes, _) = chain(reconcile(&[], &wanted), None);
    let receipt = |change| match change {
        Change::Assign(credit) => credit.receipt,
        Change::Reverse(_) => panic!("nothing to reverse"),
    };
    changes.into_iter().map(receipt).collect()
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn values() -> Vec<Value> {
    receipts().iter().map(|receipt| serde_json::to_value(receipt).unwrap()).collect()
}

#[test]
fn receipts_are_verified_with_nothing_but_themselves() {
    let values = values();
    let desk = Desk::with(&[("r.jsonl", &lines(&values)), ("none.jsonl", "\n")]);
    let said = desk.done("attribute verify r.jsonl");
    assert!(said.out.starts_with("3 receipts in 1 chains: each follows"), "{said:?}");
    assert!(said.out.contains(values[2]["id"].as_str().unwrap()), "{said:?}");
    assert!(said.err.is_empty());
    assert!(desk.done("attribute verify none.jsonl").out.starts_with("0 receipts in 0 chains"));
}

#[test]
fn the_first_receipt_that_does_not_hold_is_named() {
    type Forgery = (&'static str, fn(&mut Vec<Value>), usize, &'static str);
    let table: [Forgery; 8] = [
        ("more dollars", |r| r[1]["body"]["amount"]["amount"] = "99.95".into(), 2, "not the hash"),
        ("another order", |r| r[2]["body"]["ro"]["ro"] = "south/1".into(), 3, "not the hash"),
        ("one left out", |r| drop(r.remove(1)), 2, "does not name the receipt before it"),
        ("two changed places", |r| r.swap(1, 2), 2, "does not name the receipt before it"),
        ("told twice", |r| r.push(r[1].clone()), 4, "does not name the receipt before it"),
        ("a word beside it", |r| r[0]["body"]["paid"] = true.into(), 1, "not under its hash"),
        ("a word deeper", |r| r[1]["body"]["ro"]["approved_by"] = "Ann".into(), 2, "not under its hash"),
        (
            "a field gone",
            |r| drop(r[1]["body"].as_object_mut().unwrap().remove("policy")),
            2,
            "missing field",
        ),
    ];
    for (case, forge, line, words) in table {
        let mut values = values();
        forge(&mut values);
        let desk = Desk::with(&[("r.jsonl", &lines(&values))]);
        let id = values[line - 1]["id"].as_str().unwrap();
        desk.refused(case, "attribute verify r.jsonl", 1, &[words, id]);
        let said = desk.run("attribute verify r.jsonl");
        assert!(said.err.contains(&format!("r.jsonl:{line}: receipt {id}")), "{case}: {said:?}");
        assert!(said.out.starts_with(&format!("{} receipts before it hold", line - 1)), "{case}: {said:?}");
    }
}

/// A forger who hashes anew, and chains anew, is found out by the facts.
#[test]
fn a_new_hash_does_not_make_a_false_credit_true() {
    let mut receipts = receipts();
    let mut body = *receipts[1].body.clone();
    body.ro.lines[0].pay_type = PayType::Warranty;
    receipts[1] = Receipt::new(body);
    receipts[2] = receipts[2].clone().after(Some(receipts[1].id));
    let values: Vec<Value> = receipts.iter().map(|receipt| serde_json::to_value(receipt).unwrap()).collect();
    let desk = Desk::with(&[("r.jsonl", &lines(&values))]);
    desk.refused("a warranty line", "attribute verify r.jsonl", 1, &["r.jsonl:2", "not_customer_pay"]);
}

#[test]
fn what_is_no_receipt_is_refused_with_its_line() {
    let good = lines(&values());
    for (case, text, words) in [
        ("no JSON", "{\n".to_owned(), "bad.jsonl:1: not a receipt"),
        ("cut off", format!("{good}{}", &good[..400]), "bad.jsonl:4: not a receipt"),
        ("another object", "{\"a\":1}\n".to_owned(), "bad.jsonl:1: receipt without id"),
        ("a number", "7\n".to_owned(), "bad.jsonl:1: receipt without id"),
        (
            "a credit without receipt",
            "{\"type\":\"credit_assigned\"}\n".to_owned(),
            "bad.jsonl:1: a credit without",
        ),
    ] {
        let desk = Desk::with(&[("bad.jsonl", &text)]);
        desk.refused(case, "attribute verify bad.jsonl", 1, &[words]);
    }
    let desk = Desk::new();
    desk.put("bytes.jsonl", [0xff, 0xfe, 0x0a]);
    desk.refused("no text", "attribute verify bytes.jsonl", 1, &["bytes.jsonl:1"]);
    desk.refused("no file", "attribute verify gone.jsonl", 1, &["gone.jsonl"]);
}

/// The journal of a store that ran holds the receipts of its credits.
#[test]
fn the_receipts_of_a_journal_are_verified_too() {
    let desk = Desk::new();
    desk.done("demo --vehicles 60 --days 200 --seed 3 --out d");
    let journal = desk.read("d/journal.jsonl");
    let credits = journal.lines().filter(|line| line.contains("\"type\":\"credit_assigned\"")).count();
    assert!(credits > 0, "the store earned nothing");
    let said = desk.done("attribute verify d/journal.jsonl");
    assert!(said.out.starts_with(&format!("{credits} receipts in ")), "{said:?}");
    let place = journal.lines().position(|line| line.contains("\"type\":\"credit_assigned\"")).unwrap();
    let forged: Vec<String> = journal
        .lines()
        .map(str::to_owned)
        .enumerate()
        .map(
            |(at, line)| {
                if at == place { line.replacen("\"customer_pay\"", "\"warranty\"", 1) } else { line }
            },
        )
        .collect();
    desk.put("forged.jsonl", forged.join("\n"));
    desk.refused("forged", "attribute verify forged.jsonl", 1, &[&format!("forged.jsonl:{}", place + 1)]);
}

/// Cents of a decimal text.
fn cents(amount: &Value) -> i64 {
    let amount: rust_decimal::Decimal = amount.as_str().unwrap().parse().unwrap();
    i64::try_from(amount.checked_mul(rust_decimal::Decimal::ONE_HUNDRED).unwrap().round()).unwrap()
}

/// The credits in force by order and line, as the journal file has them.
fn in_force(journal: &[Value]) -> BTreeMap<(String, String), &Value> {
    let mut credits = BTreeMap::new();
    for event in journal {
        let data = &event["data"];
        let line = (text(&data["ro"]), text(&data["line"]));
        match event["type"].as_str().unwrap() {
            "credit_assigned" => drop(credits.insert(line, data)),
            "credit_reversed" => drop(credits.remove(&line)),
            _ => {}
        }
    }
    credits
}

/// A store whose records come late and twice: with competing claims, and a credit that was taken back.
fn store() -> (Desk, Vec<Value>) {
    let desk = Desk::new();
    desk.done("simulate --vehicles 60 --days 200 --seed 20 --faults late,repeats --out d");
    let journal =
        desk.read("d/journal.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (desk, journal)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_credits_in_force_are_listed_under_each_view_and_add_up_to_what_the_journal_says() {
    let (desk, journal) = store();
    let credits = in_force(&journal);
    let whole: i64 = credits.values().map(|credit| cents(&credit["amount"])).sum();
    let assigned = journal.iter().filter(|event| event["type"] == "credit_assigned").count();
    assert!(credits.len() > 10 && assigned > credits.len(), "{} of {assigned} credits stand", credits.len());
    let programs: BTreeMap<String, String> = journal
        .iter()
        .filter(|event| event["type"] == "case_opened")
        .map(|event| (text(&event["data"]["case"]), text(&event["data"]["program"])))
        .collect();
    let mut competing = 0;
    for (call, view) in [
        ("", Value::Null),
        (" --view last", "last_touch".into()),
        (" --view first", "first_touch".into()),
        (" --view even", "even_split".into()),
    ] {
        let said = desk.done(&format!("attribute credits d/fixedops.db{call} --json a.json"));
        let account: Value = serde_json::from_str(&desk.read("a.json")).unwrap();
        assert_eq!((&account["view"], &account["credits"]), (&view, &credits.len().into()));
        let head = format!("{} lines credited, {}.{:02} USD;", credits.len(), whole / 100, whole % 100);
        assert!(said.out.contains(&head), "{head}: {}", said.out);
        // The shares of each line add up to its credit, and go to those who claim it.
        let mut shares: BTreeMap<(String, String), Vec<(String, i64)>> = BTreeMap::new();
        for share in account["shares"].as_array().unwrap() {
            let of = shares.entry((text(&share["ro"]), text(&share["line"]))).or_default();
            of.push((text(&share["trigger"]), cents(&share["amount"]["amount"])));
            let line = (text(&share["ro"]), text(&share["line"]));
            assert_eq!(share["receipt"], credits[&line]["receipt"]);
        }
        assert_eq!(shares.keys().collect::<Vec<_>>(), credits.keys().collect::<Vec<_>>());
        for (line, credit) in &credits {
            let of = &shares[line];
            assert_eq!(of.iter().map(|(_, cents)| cents).sum::<i64>(), cents(&credit["amount"]), "{line:?}");
            let others = credit["credit"]["competing"].as_array().unwrap();
            let claimants: BTreeSet<String> = others
                .iter()
                .map(|claim| text(&claim["trigger"]))
                .chain([text(&credit["trigger"])])
                .collect();
            competing += others.len();
            let named: BTreeSet<String> = of.iter().map(|(trigger, _)| trigger.clone()).collect();
            match view.as_str() {
                None => assert_eq!(named, BTreeSet::from([text(&credit["trigger"])])),
                Some("even_split") => assert_eq!(named, claimants),
                Some(_) => {
                    assert!(named.len() == 1 && named.is_subset(&claimants), "{named:?} {claimants:?}")
                }
            }
        }
        // By trigger and by programme they add up to the same.
        for groups in ["by_program", "by_trigger"] {
            let groups = account[groups].as_array().unwrap();
            assert_eq!(groups.iter().map(|group| cents(&group["amounts"]["USD"])).sum::<i64>(), whole);
        }
        if view.is_null() {
            let mut told: BTreeMap<String, (u64, i64)> = BTreeMap::new();
            for credit in credits.values() {
                let case = text(&credit["credit"]["receipt"]["body"]["trigger"]["case"]);
                let (lines, sum) = told.entry(programs[&case].clone()).or_default();
                (*lines, *sum) = (*lines + 1, *sum + cents(&credit["amount"]));
            }
            let listed = account["by_program"].as_array().unwrap().iter().map(|group| {
                (text(&group["program"]), (group["lines"].as_u64().unwrap(), cents(&group["amounts"]["USD"])))
            });
            assert_eq!(listed.collect::<BTreeMap<_, _>>(), told);
            assert!(told.len() > 1, "{told:?}");
        }
    }
    assert!(competing > 0, "nobody competes: the views show nothing");
}

#[test]
fn declined_work_is_told_by_the_order_it_was_declined_on() {
    let (desk, journal) = store();
    let mut paid: BTreeMap<String, i64> = BTreeMap::new();
    for credit in in_force(&journal).values() {
        *paid.entry(text(&credit["trigger"])).or_default() += cents(&credit["amount"]);
    }
    // Of each order: its declined lines, and those of them that a case speaks of, with price and what was paid later.
    type Lines = BTreeMap<String, Option<(Option<i64>, i64)>>;
    let mut told: BTreeMap<String, Lines> = BTreeMap::new();
    for event in journal
        .iter()
        .filter(|event| ["line_declined", "deferral_ended"].contains(&event["type"].as_str().unwrap()))
    {
        let data = &event["data"];
        let spoken = data["case"].as_str().map(|case| {
            let price = data["price"].is_object().then(|| cents(&data["price"]["amount"]));
            let trigger = format!("{case}#{}", text(&data["line"]));
            (price, paid.get(&trigger).copied().unwrap_or_default())
        });
        if event["type"] == "line_declined" || spoken.is_some() {
            let of = told.entry(text(&data["ro"])).or_default().entry(text(&data["line"])).or_default();
            *of = of.or(spoken);
        }
    }
    desk.done("attribute credits d/fixedops.db --json a.json");
    let account: Value = serde_json::from_str(&desk.read("a.json")).unwrap();
    let originals = account["originals"].as_array().unwrap();
    let orders: Vec<String> = originals.iter().map(|original| text(&original["ro"])).collect();
    assert_eq!(orders, told.keys().cloned().collect::<Vec<_>>());
    let mut outcomes = BTreeSet::new();
    for original in originals {
        let lines = &told[&text(&original["ro"])];
        let spoken: Vec<_> = lines.values().flatten().collect();
        let count = |name: &str| usize::try_from(original[name].as_u64().unwrap()).unwrap();
        let sum = |name: &str| {
            original[name].as_array().unwrap().iter().map(|money| cents(&money["amount"])).sum::<i64>()
        };
        assert_eq!(count("declined"), spoken.len(), "{original}");
        assert_eq!(count("without_case"), lines.len() - spoken.len(), "{original}");
        assert_eq!(count("recovered"), spoken.iter().filter(|(_, paid)| *paid > 0).count(), "{original}");
        assert_eq!(sum("asked"), spoken.iter().filter_map(|(price, _)| *price).sum::<i64>(), "{original}");
        assert_eq!(sum("credited"), spoken.iter().map(|(_, paid)| paid).sum::<i64>(), "{original}");
        for line in original["lines"].as_array().unwrap() {
            let (price, paid) = lines[&text(&line["declined"]["line"])].unwrap();
            let outcome = match price {
                _ if paid == 0 => "not_recovered",
                None => "not_priced",
                Some(price) if paid < price => "in_part",
                Some(_) => "in_full",
            };
            assert_eq!(line["outcome"], outcome, "{line}");
            outcomes.insert(outcome);
        }
    }
    assert!(outcomes.len() > 1, "{outcomes:?}");
}

#[test]
fn what_is_no_store_or_no_view_is_refused() {
    let desk = Desk::with(&[("r.csv", "vehicle_id\n")]);
    desk.done("demo --vehicles 3 --days 20 --out d");
    desk.refused("a view nobody has", "attribute credits d/fixedops.db --view best", 2, &["--view"]);
    desk.refused(
        "a seller nobody is",
        "attribute credits d/fixedops.db --seller nobody",
        2,
        &["no seller nobody"],
    );
    desk.refused("no store", "attribute credits none.db", 1, &["none.db"]);
    let said = desk.done("attribute credits d/fixedops.db");
    assert!(said.out.contains("lines credited"), "{said:?}");
    // Whoever stops listening is no error.
    let mut child = desk
        .command()
        .args(["attribute", "credits", "d/fixedops.db"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
