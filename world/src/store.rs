//! The store: who it is, where, and when its DMS answers.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use fixedops_vocab::{RooftopId, SellerId};

use crate::clock::{DAY, days, instant, named, on_day};
use crate::draw::Draw;
use crate::parameters::{Parameters, StoreSeat};

/// The store as its messages and pages name it. All made up; the number is kept for fiction.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreProfile {
    /// In whose name messages go out.
    pub seller: SellerId,
    /// The rooftop.
    pub rooftop: RooftopId,
    /// The dealer's name.
    pub dealer_name: String,
    /// His telephone, as printed.
    pub dealer_phone: String,
    /// His postal address, in one line.
    pub postal_address: String,
    /// Two letters.
    pub state: String,
    /// The time zone of the store.
    pub zone: Tz,
    /// Where the link of a message leads, without its token.
    pub book_url: String,
    /// Where the unsubscribe link of an e-mail leads, without its token.
    pub unsubscribe_url: String,
}

impl StoreProfile {
    pub(crate) fn new(seat: &StoreSeat, round: usize) -> Self {
        // A second round over the list of stores opens branches.
        let (mut seller, mut dealer_name) = (seat.seller.clone(), seat.dealer_name.clone());
        if round > 0 {
            let branch = format!("{seller}-{}", round + 1);
            seller = SellerId::new(branch).unwrap_or(seller);
            dealer_name = format!("{dealer_name} {}", round + 1);
        }
        let area = seat.area_codes.first().copied().unwrap_or(404);
        Self {
            seller,
            rooftop: seat.rooftop.clone(),
            dealer_name,
            dealer_phone: format!("{area}-555-0199"),
            postal_address: format!("{}, {}, {} {}", seat.street, seat.city, seat.state, seat.zip),
            state: seat.state.clone(),
            zone: seat.zone.0,
            book_url: "https://service.example/b".to_owned(),
            unsubscribe_url: "https://service.example/u".to_owned(),
        }
    }
}

/// None where the DMS answers at `at`, otherwise when it will: every night it is down for a while, and some days.
pub(crate) fn down_until(
    parameters: &Parameters,
    draw: Draw,
    zone: Tz,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let (at, dms) = (at.timestamp(), &parameters.dms);
    let mut until = at;
    // A night window may reach into the next day, and an outage may end in a window.
    for _ in 0..4 {
        let before = until;
        for day in [until - DAY, until] {
            let from = on_day(zone, day, dms.down_from_hour.value);
            let night = (from, from + days(dms.down_hours.value / 24.0));
            let number = named(from.div_euclid(DAY));
            let begin = on_day(zone, day, draw.between(6.0, 18.0, "outage from", number));
            let length = draw.between(1.0, 5.0, "outage hours", number) / 24.0;
            let outage = (begin, begin + days(length));
            if (night.0..night.1).contains(&until) {
                until = night.1;
            }
            if draw.chance(dms.outage.value, "outage", number) && (outage.0..outage.1).contains(&until) {
                until = outage.1;
            }
        }
        if until == before {
            break;
        }
    }
    (until > at).then(|| instant(until))
}
