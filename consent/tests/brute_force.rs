//! `until` against brute force: an oracle that reads the law from `data/states.csv`, the table the rule book was written
//! from, steps minute by minute, and shares no code with the decision but the time-zone tables.

#![cfg(feature = "decide")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc, Weekday,
};
use chrono_tz::Tz;
use fixedops_consent::{
    BusinessRelationship, ContactFacts, ContentDigest, Decision, ReadVersions, Recipient, Request, RuleBook,
    Solicitation, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey};

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

/// Minutes after midnight, end exclusive; `None` is a closed day.
type Window = Option<(u32, u32)>;

/// One row of states.csv as far as it turns on time.
struct Row {
    days: [Window; 3],
    reaches: Reaches,
    no_holidays: bool,
}

/// Which channels a state's window reaches, in the words of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reaches {
    VoiceAndText,
    Voice,
    AutomatedVoice,
}

fn window(text: &str) -> Window {
    if text == "none" {
        return None;
    }
    let minutes = |part: &str| {
        let (hour, minute) = part.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    let (opens, closes) = text.split_once('-').unwrap();
    Some((minutes(opens), minutes(closes)))
}

/// The table, and what its columns of words say where a row is not what its hours column alone would be.
static TABLE: LazyLock<BTreeMap<String, Row>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(include_bytes!("../data/states.csv").as_slice());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (state, mon_fri, saturday, sunday, holidays, channels) = (
        column("state"),
        column("mon_fri"),
        column("saturday"),
        column("sunday"),
        column("holiday_rule"),
        column("channels"),
    );
    let mut table = BTreeMap::new();
    for record in reader.records() {
        let record = record.unwrap();
        let code = record[state].to_owned();
        // Alabama: the strict reading, text as well as voice. What is said of automated voices only is not of texts.
        let reaches = match code.as_str() {
            "MN" | "SD" | "NE" => Reaches::AutomatedVoice,
            "AL" => Reaches::VoiceAndText,
            // Washington: the window is one of conversations; texts have an act of their own, without hours.
            "WA" => Reaches::Voice,
            _ if record[channels].contains("text") => Reaches::VoiceAndText,
            _ => Reaches::Voice,
        };
        let days = [&record[mon_fri], &record[saturday], &record[sunday]].map(window);
        table.insert(code, Row { days, reaches, no_holidays: &record[holidays] == "none" });
    }
    assert_eq!(table.len(), 51);
    table
});

fn reaches(row: &Row, channel: Channel) -> bool {
    match row.reaches {
        Reaches::VoiceAndText => true,
        Reaches::Voice => channel == Channel::LiveCall,
        Reaches::AutomatedVoice => false,
    }
}

/// Whether a solicitation may reach `zone` under the law of `state`, on a day that is no holiday.
fn open(local: NaiveDateTime, row: Option<&Row>, channel: Channel) -> bool {
    let minute = local.hour() * 60 + local.minute();
    let inside = |window: Window| window.is_some_and(|(opens, closes)| opens <= minute && minute < closes);
    if !inside(Some((8 * 60, 21 * 60))) {
        return false;
    }
    let Some(row) = row.filter(|row| reaches(row, channel)) else { return true };
    inside(match local.weekday() {
        Weekday::Sat => row.days[1],
        Weekday::Sun => row.days[2],
        _ => row.days[0],
    })
}

const ZONES: [Tz; 8] = [
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Phoenix,
    Tz::America__Los_Angeles,
    Tz::America__Anchorage,
    Tz::America__Adak,
    Tz::Pacific__Honolulu,
];

fn facts(states: &[&str], zones: &[Tz]) -> ContactFacts {
    let consents = serde_json::from_str(
        r#"[{"level": "pewc", "channels": ["sms", "live_call"], "given_at": "2025-03-02T15:00:00Z",
             "in_writing": true, "signed": "esign_checkbox", "phone_matches": true,
             "disclosure": ["automated_technology", "not_condition_of_purchase", "seller_named"]}]"#,
    )
    .unwrap();
    ContactFacts {
        recipient: Recipient {
            states: states.iter().map(|state| (*state).to_owned()).collect(),
            candidate_zones: zones.iter().map(|zone| zone.name().to_owned()).collect(),
            ..Recipient::default()
        },
        consents,
        ..ContactFacts::default()
    }
}

fn request(channel: Channel) -> Request {
    Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel,
        purpose: Purpose::Marketing,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new("vector").unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

/// The zones that the state adds where none of those handed in is one of its own; and Texas' second clock.
fn all_zones(state: &str, zone: Tz) -> Vec<Tz> {
    let own: &[Tz] = match state {
        "AL" | "AR" | "IL" | "IA" | "LA" | "MN" | "MS" | "MO" | "OK" | "WI" => &[Tz::America__Chicago],
        "AK" => &[Tz::America__Anchorage, Tz::America__Adak],
        "AZ" => &[Tz::America__Phoenix, Tz::America__Denver],
        "CA" | "WA" => &[Tz::America__Los_Angeles],
        "CO" | "MT" | "NM" | "UT" | "WY" => &[Tz::America__Denver],
        "FL" | "IN" | "KY" | "MI" | "TN" => &[Tz::America__New_York, Tz::America__Chicago],
        "HI" => &[Tz::Pacific__Honolulu],
        "ID" | "NV" | "OR" => &[Tz::America__Denver, Tz::America__Los_Angeles],
        "KS" | "NE" | "ND" | "SD" | "TX" => &[Tz::America__Chicago, Tz::America__Denver],
        _ => &[Tz::America__New_York],
    };
    let mut zones = vec![zone];
    if !own.contains(&zone) {
        zones.extend(own);
    }
    zones
}

const YEAR: i64 = 366 * 24 * 60;

/// For every minute of the year from `start`: the clock of a zone.
fn clock(zone: Tz, start: DateTime<Utc>) -> Vec<NaiveDateTime> {
    (0..YEAR + 10 * 24 * 60)
        .map(|minute| {
            let utc = start + TimeDelta::minutes(minute);
            utc.naive_utc()
                + TimeDelta::seconds(i64::from(
                    zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc(),
                ))
        })
        .collect()
}

/// Every hour of a year, in every state, with every zone handed in for it: `until` is the first minute that is open. States
/// that keep holidays are in the test of random facts, which has a calendar of its own.
#[test]
fn every_hour_of_a_year_in_every_state_and_zone_agrees_with_stepping_minute_by_minute() {
    let start = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    let clocks: Vec<(Tz, Vec<NaiveDateTime>)> =
        ZONES.iter().map(|zone| (*zone, clock(*zone, start))).collect();
    let shows = |zone: Tz| &clocks.iter().find(|(known, _)| *known == zone).unwrap().1;
    let mut compared = 0_u64;
    for (state, row) in TABLE.iter().filter(|(_, row)| row.no_holidays) {
        for channel in [Channel::Sms, Channel::LiveCall] {
            // Connecticut asks for written consent, which is there; Nebraska's holidays bind automated voices only.
            for zone in ZONES {
                let zones = all_zones(state, zone);
                let mut next_open = vec![i64::MAX; usize::try_from(YEAR).unwrap() + 10 * 24 * 60];
                let mut next = i64::MAX;
                for minute in (0..next_open.len()).rev() {
                    let central = state == "TX" && reaches(row, channel);
                    let now_open = zones.iter().all(|zone| open(shows(*zone)[minute], Some(row), channel))
                        && (!central || state_window(row, shows(Tz::America__Chicago)[minute]));
                    if now_open {
                        next = i64::try_from(minute).unwrap();
                    }
                    next_open[minute] = next;
                }
                let (facts, request) = (facts(&[state], &[zone]), request(channel));
                for hour in 0..YEAR / 60 {
                    let minute = hour * 60;
                    let now = start + TimeDelta::minutes(minute);
                    let until = match decide(&facts, &request, now, &BOOK).decision {
                        Decision::Allow(_) => now,
                        Decision::Defer(until) => until,
                        Decision::Deny => panic!("{state} {zone} {channel} {now}: denied"),
                    };
                    let expected = start + TimeDelta::minutes(next_open[usize::try_from(minute).unwrap()]);
                    assert_eq!(until, expected, "{state} {zone} {channel} at {now}");
                    compared += 1;
                }
            }
        }
    }
    // 45 states without holidays, two channels, eight zones, 8,784 hours.
    assert!(compared > 6_000_000, "{compared}");
}

/// Texas is read by Central time as well.
fn state_window(row: &Row, local: NaiveDateTime) -> bool {
    let minute = local.hour() * 60 + local.minute();
    let window = match local.weekday() {
        Weekday::Sat => row.days[1],
        Weekday::Sun => row.days[2],
        _ => row.days[0],
    };
    window.is_some_and(|(opens, closes)| opens <= minute && minute < closes)
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    fn yes(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Easter, by the table method of Gauss, for the years of the test.
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year % 4, year % 7);
    let d = (19 * a + 24) % 30;
    let e = (2 * b + 4 * c + 6 * d + 5) % 7;
    NaiveDate::from_ymd_opt(year, 3, 22).unwrap() + TimeDelta::days(i64::from(d + e))
}

/// Holidays by state, written out from the words of the table and, where it names a list only, from the list that the
/// rule book states.
fn is_holiday(state: &str, date: NaiveDate) -> bool {
    let year = date.year();
    let on = |month, day| date == NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let nth = |n: u32, weekday: Weekday, month: u32| {
        date.month() == month && date.weekday() == weekday && (date.day() - 1) / 7 + 1 == n
    };
    let last_monday = |month: u32| {
        date.month() == month
            && date.weekday() == Weekday::Mon
            && (date + TimeDelta::days(7)).month() != month
    };
    let thanksgiving = nth(4, Weekday::Thu, 11);
    let election = date.month() == 11 && date.weekday() == Weekday::Tue && (2..=8).contains(&date.day());
    // A fixed day is kept on Friday or Monday too, where it falls on a weekend.
    let fixed = |month: u32, day: u32, saturday_too: bool| {
        on(month, day)
            || (date.weekday() == Weekday::Mon && {
                let sunday = date - TimeDelta::days(1);
                (sunday.month(), sunday.day()) == (month, day)
            })
            || (saturday_too && date.weekday() == Weekday::Fri && {
                let saturday = date + TimeDelta::days(1);
                (saturday.month(), saturday.day()) == (month, day)
            })
    };
    let common = nth(3, Weekday::Mon, 1) || nth(1, Weekday::Mon, 9) || thanksgiving;
    let presidents = nth(3, Weekday::Mon, 2);
    let columbus = nth(2, Weekday::Mon, 10);
    let good_friday = date == easter(year) - TimeDelta::days(2);
    match state {
        "PA" => {
            common
                || presidents
                || columbus
                || last_monday(5)
                || good_friday
                || election
                || [(1, 1), (6, 14), (7, 4), (11, 11), (12, 25)].iter().any(|(m, d)| fixed(*m, *d, false))
        }
        "AL" => {
            common
                || presidents
                || columbus
                || last_monday(5)
                || nth(4, Weekday::Mon, 4)
                || nth(1, Weekday::Mon, 6)
                || [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)].iter().any(|(m, d)| fixed(*m, *d, true))
        }
        "RI" => {
            common
                || presidents
                || columbus
                || last_monday(5)
                || nth(2, Weekday::Mon, 8)
                || election
                || [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)].iter().any(|(m, d)| fixed(*m, *d, true))
        }
        "UT" => {
            common
                || presidents
                || columbus
                || last_monday(5)
                || [(1, 1), (6, 19), (7, 4), (7, 24), (11, 11), (12, 25)]
                    .iter()
                    .any(|(m, d)| fixed(*m, *d, true))
        }
        "LA" => {
            common
                || presidents
                || last_monday(5)
                || good_friday
                || date == easter(year) - TimeDelta::days(47)
                || (date.weekday() == Weekday::Fri
                    && (date - TimeDelta::days(1)).weekday() == Weekday::Thu
                    && {
                        let thursday = date - TimeDelta::days(1);
                        thursday.month() == 11 && (thursday.day() - 1) / 7 + 1 == 4
                    })
                || [(1, 1), (6, 19), (7, 4), (11, 1), (11, 11), (12, 25)]
                    .iter()
                    .any(|(m, d)| fixed(*m, *d, true))
        }
        _ => false,
    }
}

/// The facts of one random case, as the oracle takes them.
struct World {
    zones: Vec<Tz>,
    states: Vec<&'static str>,
    channel: Channel,
    /// Days since the last transaction, at `now`.
    transaction: Option<i64>,
    consent: bool,
    history: Vec<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl World {
    /// Whether the message may go at `time`, the law of the day of `now` on business relationships and consents given.
    fn open(&self, time: DateTime<Utc>) -> bool {
        self.states_allow(time) && self.caps_allow(time)
    }

    fn months_ago(&self, months: u32) -> bool {
        // The latest date it may be where the telephone is.
        let today = self.zones.iter().map(|zone| self.now.with_timezone(zone).date_naive()).max().unwrap();
        self.transaction.is_some_and(|days| {
            let day = self.now.date_naive() - TimeDelta::days(days);
            day <= today && today < day + chrono::Months::new(months)
        })
    }

    fn states_allow(&self, time: DateTime<Utc>) -> bool {
        let locals: Vec<NaiveDateTime> =
            self.zones.iter().map(|zone| time.with_timezone(zone).naive_local()).collect();
        if !locals.iter().all(|local| open(*local, None, self.channel)) {
            return false;
        }
        self.states.iter().all(|state| {
            let row = &TABLE[*state];
            let reached = reaches(row, self.channel);
            let live = self.channel == Channel::LiveCall;
            let (hours_lifted, holidays_lifted) = match *state {
                "UT" => (self.consent, self.consent),
                // Oklahoma: the act does not reach callers with a business relationship.
                "OK" => (self.months_ago(18), false),
                "PA" => (false, self.months_ago(12)),
                _ => (false, false),
            };
            let hours = !reached
                || hours_lifted
                || (locals.iter().all(|local| open(*local, Some(row), self.channel))
                    && (*state != "TX"
                        || state_window(row, time.with_timezone(&Tz::America__Chicago).naive_local())));
            let keeps = match *state {
                "AL" | "LA" => true,
                "RI" | "UT" | "PA" => live,
                _ => false,
            };
            let holidays =
                !keeps || holidays_lifted || locals.iter().all(|local| !is_holiday(state, local.date()));
            hours && holidays
        })
    }

    fn caps_allow(&self, time: DateTime<Utc>) -> bool {
        let capped = self.states.iter().any(|state| match *state {
            "FL" | "MD" => true,
            "OK" => !self.months_ago(18),
            "OR" => !self.months_ago(18),
            _ => false,
        });
        let day = TimeDelta::hours(24);
        !capped || self.history.iter().filter(|sent| time - **sent < day).count() < 3
    }
}

/// A hundred thousand random facts: states that disagree, zones that disagree, holidays, Sundays, rolling caps to the
/// second, exemptions. No instant before `until` is open by the oracle, and `until` is.
#[test]
fn a_hundred_thousand_random_facts_agree_with_stepping_minute_by_minute() {
    const STATES: &[&str] = &[
        "AL", "LA", "RI", "UT", "PA", "MS", "TX", "FL", "MD", "OK", "OR", "WA", "CT", "KY", "NV", "MI", "WY",
        "SD", "GA", "CA", "NY", "OH", "TN", "AZ", "IN", "NE", "MN", "VA",
    ];
    let mut draw = Draw(5);
    let first = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    let (mut allowed, mut deferred, mut over_a_day) = (0, 0, 0);
    for case in 0..100_000 {
        let now = first + TimeDelta::seconds(i64::try_from(draw.below(400 * 86_400)).unwrap());
        let mut states = vec![STATES[usize::try_from(draw.below(STATES.len() as u64)).unwrap()]];
        if draw.yes(25) {
            states.push(STATES[usize::try_from(draw.below(STATES.len() as u64)).unwrap()]);
        }
        states.sort_unstable();
        states.dedup();
        let mut given = vec![ZONES[usize::try_from(draw.below(8)).unwrap()]];
        if draw.yes(25) {
            given.push(ZONES[usize::try_from(draw.below(8)).unwrap()]);
        }
        let mut zones = given.clone();
        for state in &states {
            let own = all_zones(state, Tz::Europe__London);
            if !own.iter().any(|zone| given.contains(zone)) {
                zones.extend(own.into_iter().filter(|zone| *zone != Tz::Europe__London));
            }
        }
        let channel = if draw.yes(50) { Channel::Sms } else { Channel::LiveCall };
        let transaction = draw.yes(40).then(|| i64::try_from(draw.below(700)).unwrap());
        let consent = channel == Channel::Sms || states.contains(&"CT") || draw.yes(50);
        let history: Vec<DateTime<Utc>> = (0..draw.below(6))
            .map(|_| now - TimeDelta::seconds(i64::try_from(draw.below(30 * 3600)).unwrap()))
            .collect();
        let world = World {
            zones,
            states: states.clone(),
            channel,
            transaction,
            consent,
            history: history.clone(),
            now,
        };

        let mut facts = facts(&states, &given);
        if !consent {
            facts.consents.clear();
        }
        facts.ebr = BusinessRelationship {
            last_transaction: transaction.map(|days| now.date_naive() - TimeDelta::days(days)),
            last_inquiry: None,
        };
        facts.history = history.iter().copied().map(Solicitation::at).collect();
        let describe = || {
            format!(
                "case {case}: {states:?} {given:?} {channel} consent {consent} transaction {transaction:?} history {history:?} at {now}"
            )
        };
        match decide(&facts, &request(channel), now, &BOOK).decision {
            Decision::Allow(_) => {
                allowed += 1;
                assert!(world.open(now), "allowed, and shut: {}", describe());
            }
            Decision::Deny => panic!("denied: {}", describe()),
            Decision::Defer(until) => {
                deferred += 1;
                over_a_day += usize::from(until - now > TimeDelta::hours(24));
                assert!(world.open(until), "shut at {until}: {}", describe());
                // Windows open on the minute; caps at the second at which the oldest leaves.
                let next_minute = now + TimeDelta::seconds(60 - i64::from(now.second()));
                let minutes = (0..)
                    .map(|minute| next_minute + TimeDelta::minutes(minute))
                    .take_while(|time| *time < until);
                let releases = history.iter().map(|sent| *sent + TimeDelta::hours(24));
                let earlier = core::iter::once(now)
                    .chain(minutes)
                    .chain(releases.filter(|time| now <= *time && *time < until));
                for time in earlier {
                    assert!(!world.open(time), "open at {time} already, not {until}: {}", describe());
                }
            }
        }
    }
    assert!(allowed > 20_000 && deferred > 40_000 && over_a_day > 2_000, "{allowed} {deferred} {over_a_day}");
}
