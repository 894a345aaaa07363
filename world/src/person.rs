//! Customers, as the DMS writes them: every number is kept for fiction, every mailbox ends in `.example`.

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{CustomerRecord, OptOutFlags};
use fixedops_vocab::{CustomerId, HouseholdId, IdError};

use crate::world::World;

/// Numbers kept for fiction in one area code: 555-0100 to 555-0198; 0199 is the store's.
const NUMBERS: usize = 99;

/// What a customer signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    Nothing,
    NumberOnly,
    Written,
}

impl World {
    /// The id of person `number`.
    pub(crate) fn customer_id(&self, number: u32) -> Result<CustomerId, IdError> {
        CustomerId::new(format!("c{:02}{number:05}", self.rooftop_number))
    }

    /// Whether the first of two neighbours gives the telephone of the second.
    fn phone_with_next(&self, number: u32) -> bool {
        let share = self.parameters.people.phone_with_next.value;
        number + 1 < self.people && self.draw.chance(share, "person/phone with next", u64::from(number))
    }

    fn lives_with_next(&self, number: u32) -> bool {
        let share = self.parameters.people.household_with_next.value;
        number + 1 < self.people
            && (self.phone_with_next(number)
                || self.draw.chance(share, "person/household with next", u64::from(number)))
    }

    /// The household, named after the last of those who live together.
    pub(crate) fn household_id(&self, number: u32) -> Result<HouseholdId, IdError> {
        let last = (number..).find(|number| !self.lives_with_next(*number)).unwrap_or(number);
        HouseholdId::new(format!("h{:02}{last:05}", self.rooftop_number))
    }

    /// Whether the number the store has is somebody else's by now.
    pub(crate) fn phone_is_of_another(&self, number: u32) -> bool {
        let share = self.parameters.people.phone_of_another.value;
        self.draw.chance(share, "person/phone of another", u64::from(number))
    }

    /// What he had signed by the first day.
    pub(crate) fn signed(&self, number: u32) -> Signed {
        let people = &self.parameters.people;
        let drawn = self.draw.unit("person/consent", u64::from(number));
        if drawn < people.consent_written.value {
            Signed::Written
        } else if drawn < people.consent_written.value + people.consent_number_only.value {
            Signed::NumberOnly
        } else {
            Signed::Nothing
        }
    }

    /// Area codes in use: all of the store's, then others', as many as the customers need to have a number each.
    pub(crate) fn area_codes(&self) -> Vec<u16> {
        let needed = (self.people as usize).div_ceil(NUMBERS).max(self.seat.area_codes.len() + 2);
        let away = self.parameters.away.iter().flat_map(|away| away.area_codes.iter());
        self.seat.area_codes.iter().chain(away).copied().take(needed).collect()
    }

    /// The telephone of a person, as ten digits. Past the last of all numbers kept for fiction it begins again.
    fn digits(&self, number: u32) -> (u16, usize) {
        let holder = (number..).find(|number| !self.phone_with_next(*number)).unwrap_or(number) as usize;
        let area = self.areas.get(holder % self.areas.len().max(1)).copied().unwrap_or(404);
        (area, holder / self.areas.len().max(1) % NUMBERS)
    }

    fn phone(&self, number: u32) -> Option<String> {
        let (people, n) = (&self.parameters.people, u64::from(number));
        let drawn = self.draw.unit("person/phone", n);
        if drawn < people.phone_missing.value {
            return None;
        }
        let (area, last) = self.digits(number);
        if drawn < people.phone_missing.value + people.phone_bad.value {
            let bad = ["ask at desk", "none", "N/A", "000-000-0000", "same as wife"];
            let typed = self.draw.pick(&bad, "person/bad phone", n).copied().unwrap_or("none");
            return Some(if typed == "N/A" { format!("{area}-555-01") } else { typed.to_owned() });
        }
        Some(match self.draw.below(6, "person/phone style", n) {
            0 => format!("{area}-555-01{last:02}"),
            1 => format!("{area}.555.01{last:02}"),
            2 => format!("{area}55501{last:02}"),
            3 => format!("1-{area}-555-01{last:02}"),
            4 => format!("+1 {area} 555 01{last:02}"),
            _ => format!("({area}) 555-01{last:02}"),
        })
    }

    /// The customer as the DMS writes him.
    pub(crate) fn customer(&self, number: u32, changed_at: DateTime<Utc>) -> Result<CustomerRecord, IdError> {
        let (people, n) = (&self.parameters.people, u64::from(number));
        let happens = |share: f64, name: &str| self.draw.chance(share, name, n);
        let names = &self.parameters.names;
        let first = self.draw.pick(&names.first, "person/first", n).cloned().unwrap_or_default();
        let last = self.draw.pick(&names.last, "person/last", n).cloned().unwrap_or_default();
        let mail = self.draw.unit("person/mail", n);
        let email = if mail < people.mail_missing.value {
            None
        } else if mail < people.mail_missing.value + people.mail_bad.value {
            let bad = ["declined", "none", "no email", "x"];
            self.draw.pick(&bad, "person/bad mail", n).map(|typed| (*typed).to_owned())
        } else {
            Some(format!("{first}.{last}{number}@mail.example").to_lowercase())
        };
        let away = happens(people.other_state.value, "person/away");
        let other = self.draw.pick(&self.parameters.away, "person/which state", n).filter(|_| away);
        let (state, prefix) = other
            .map_or((&self.seat.state, &self.seat.zip_prefix), |other| (&other.state, &other.zip_prefix));
        let zip = format!("{prefix}{:03}", self.draw.below(1_000, "person/zip", n));
        Ok(CustomerRecord {
            customer: self.customer_id(number)?,
            household: Some(self.household_id(number)?),
            first_name: Some(first),
            last_name: Some(last),
            phone: self.phone(number),
            email,
            zip: (!happens(people.zip_missing.value, "person/no zip")).then_some(zip),
            state: Some(state.clone()),
            opt_out: OptOutFlags {
                opt_out: happens(people.opt_out.value, "person/opt out"),
                block_automatic_messages: happens(people.block_automatic.value, "person/block automatic"),
                block_phone: happens(people.block_phone.value, "person/block phone"),
                block_mail: happens(people.block_mail.value, "person/block mail"),
            },
            changed_at,
        })
    }
}
