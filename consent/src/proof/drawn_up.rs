//! The tables of a bundle, drawn up again from its streams and compared.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::account::Account;
use super::bundle::{Bundle, PlaceEntry, local, place_of, places};
use super::retention::Retention;
use super::story::Story;
use super::verdict::{BreakKind, Verdict};
use crate::RuleBook;

/// Account, places and retention.
pub(super) fn check(bundle: &Bundle, story: &Story, book: &RuleBook, verdict: &mut Verdict) {
    account(bundle, story, verdict);
    whereabouts(bundle, story, book, verdict);
    let retention = Retention::shipped();
    if bundle.retention_version == retention.version() {
        let again = retention.of(story);
        let own = format!("contact/{}", story.contact);
        for version in differing(&bundle.retention, &again, |entry| entry.version) {
            let what = "the retention table is not what the streams give";
            verdict.add(BreakKind::RetentionDiffers, Some(&own), version, what);
        }
    } else {
        verdict.remark(
            "the retention table is of another version than the one at hand: it was not computed again",
        );
    }
}

fn account(bundle: &Bundle, story: &Story, verdict: &mut Verdict) {
    let again = Account::of(story, &bundle.private);
    let account = &bundle.account;
    let own = format!("contact/{}", story.contact);
    let mut found = Vec::new();
    let mut table = |name: &'static str, versions: Vec<Option<u64>>| {
        found.extend(versions.into_iter().map(|version| (name, version)));
    };
    table("whose contact it was", differing(&account.links, &again.links, |entry| entry.version));
    table("the consents", differing(&account.grants, &again.grants, |entry| entry.version));
    table("the revocations", differing(&account.revocations, &again.revocations, |entry| entry.version));
    table("the replies", differing(&account.replies, &again.replies, |entry| entry.version));
    table("the sends", differing(&account.sends, &again.sends, |entry| entry.cleared_version));
    if account.rule_books != again.rule_books {
        table("the rule books", vec![None]);
    }
    for (part, version) in found {
        let what = format!("{part}: the account is not what the streams say");
        verdict.add(BreakKind::AccountDiffers, Some(&own), version, what);
    }
    if account.erasures != again.erasures {
        let mut entries = account.erasures.iter().chain(&again.erasures);
        let odd = entries.find(|entry| account.erasures.contains(entry) != again.erasures.contains(entry));
        let (stream, version) =
            odd.map_or((own.as_str(), None), |odd| (odd.stream.as_str(), Some(odd.version)));
        let what = "the erasures: the account is not what the streams say";
        verdict.add(BreakKind::AccountDiffers, Some(stream), version, what);
    }
}

/// The versions whose entries differ between two tables; where only their order does, one without a version.
fn differing<T: PartialEq>(stated: &[T], again: &[T], version: impl Fn(&T) -> u64) -> Vec<Option<u64>> {
    if stated == again {
        return Vec::new();
    }
    let of = |table: &[T], wanted: u64| -> Vec<usize> {
        table
            .iter()
            .enumerate()
            .filter(|(_, entry)| version(entry) == wanted)
            .map(|(place, _)| place)
            .collect()
    };
    let versions: BTreeSet<u64> = stated.iter().chain(again).map(&version).collect();
    let differs = |wanted: &u64| {
        let (left, right) = (of(stated, *wanted), of(again, *wanted));
        let same = |(l, r): (&usize, &usize)| stated.get(*l) == again.get(*r);
        left.len() != right.len() || !left.iter().zip(&right).all(same)
    };
    let found: Vec<Option<u64>> = versions.into_iter().filter(differs).map(Some).collect();
    if found.is_empty() { vec![None] } else { found }
}

/// Where the telephone was at each clearance, and what time it was there.
fn whereabouts(bundle: &Bundle, story: &Story, book: &RuleBook, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let mut odd = BTreeSet::new();
    for cleared in &story.cleared {
        let mut stated = bundle.places.iter().filter(|place| place.cleared_version == cleared.version);
        let (Some(place), None) = (stated.next(), stated.next()) else {
            odd.insert(cleared.version);
            continue;
        };
        let again = place_of(story, cleared, book);
        // Under another rule book the zones may have been others; the time in each, and the evidence, are as they are.
        let at_hand =
            cleared.data.decision.rule_book == *book.version() || cleared.data.decision.place.is_some();
        let right = place
            .local
            .iter()
            .all(|stated| stated.zone.parse::<Tz>().is_ok_and(|zone| local(zone, cleared.at) == *stated));
        let evidence =
            |place: &PlaceEntry| (place.area_code.clone(), place.states.clone(), place.zones_given.clone());
        if !right || evidence(place) != evidence(&again) || (at_hand && *place != again) {
            odd.insert(cleared.version);
        } else if !at_hand {
            verdict.remark(format!(
                "where the telephone may have been at version {} was worked out under another rule book: it was not done again",
                cleared.version
            ));
        }
    }
    let known = |version: u64| story.cleared.iter().any(|cleared| cleared.version == version);
    odd.extend(bundle.places.iter().map(|place| place.cleared_version).filter(|version| !known(*version)));
    for version in &odd {
        let what = "the local time or the evidence of the place is not what the streams, the instant and the rule book give";
        verdict.add(BreakKind::PlaceWrong, Some(&own), Some(*version), what);
    }
    // The same entries in another order.
    let order = |places: &[PlaceEntry]| places.iter().map(|place| place.cleared_version).collect::<Vec<_>>();
    if odd.is_empty() && order(&bundle.places) != order(&places(story, book)) {
        let what = "the places do not stand in the order of the clearances";
        verdict.add(BreakKind::PlaceWrong, Some(&own), None, what);
    }
}
