//! How a customer answers a touch: not at all, by a click, in his own words, by booking.

use fixedops_vocab::{Channel, IdError, Purpose};

use crate::booking::Through;
use crate::car::Car;
use crate::clock::{DAY, HOUR, MINUTE, YEAR, in_days, instant};
use crate::content::Wear;
use crate::draw::Draw;
use crate::input::{CallOutcome, ClickSeen, Input, Outreach, What};
use crate::memory::Touched;
use crate::records::source;
use crate::replies::Fits;
use crate::world::World;

/// What a touch meets.
struct Met {
    car: u32,
    person: Option<u32>,
    draw: Draw,
    at: i64,
    /// Touches of the last sixty days.
    before: usize,
    /// How much of the full response is left.
    response: f64,
    /// To whom words fit, besides anyone.
    fits: Vec<Fits>,
    /// Whether he could book at all.
    may_book: bool,
}

/// A telephone that fetches a preview of a link in a text: Apple's names itself so.
const PREVIEW: ClickSeen = ClickSeen {
    head_request: false,
    agent: "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    hosting_network: false,
    script_ran: false,
    seconds_since_sent: 0,
};
/// A mail gateway that looks at where a link leads before it lets the mail in.
const GATEWAY: ClickSeen = ClickSeen {
    head_request: true,
    agent: DESKTOP.agent,
    hosting_network: true,
    script_ran: false,
    seconds_since_sent: 0,
};
/// A person at his telephone.
const TELEPHONE: ClickSeen = ClickSeen {
    head_request: false,
    agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    hosting_network: false,
    script_ran: true,
    seconds_since_sent: 0,
};
/// A person at his desk.
const DESKTOP: ClickSeen = ClickSeen {
    agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    ..TELEPHONE
};

/// A link that is opened so many seconds after its message went out.
fn opened(to: &Outreach, seen: ClickSeen, after: i64) -> What {
    let seen = ClickSeen { seconds_since_sent: u64::try_from(after).unwrap_or(0), ..seen };
    What::Click { key: to.key.clone(), seen, by_person: seen.script_ran }
}

impl World {
    /// The answers to a touch that went out. The world remembers what follows from it (a visit that takes the place
    /// of the owner's own), so it must be told of every touch, in the order they went out; told again of the same
    /// touch it says nothing more.
    ///
    /// # Errors
    /// [`IdError`] where a parameter makes an id that is none.
    pub fn react(&mut self, to: &Outreach) -> Result<Vec<Input>, IdError> {
        let Some(car) = self.car_of(&to.vehicle).map(|car| car.index) else {
            return Ok(Vec::new());
        };
        if !self.touched.insert(to.key.clone()) {
            return Ok(Vec::new());
        }
        let Some(met) = self.meet(car, to) else {
            return Ok(Vec::new());
        };
        // Who waits for his car, or for his day, is not tired by being told of it.
        if let Some(person) = met.person.filter(|_| to.purpose != Purpose::Transactional) {
            self.heard.entry(person).or_default().push(met.at);
        }
        match to.channel {
            Channel::Sms | Channel::Mms => self.text(to, &met),
            Channel::Email => self.mail(to, &met),
            Channel::LiveCall | Channel::AiCall | Channel::PrerecordedCall => self.call(to, &met),
        }
    }

    fn meet(&mut self, index: u32, to: &Outreach) -> Option<Met> {
        let at = to.sent_at.timestamp();
        let car = self.cars.get(index as usize)?;
        let person = car.owner;
        let heard = person.and_then(|person| self.heard.get(&person));
        let before = heard.map_or(0, |heard| heard.iter().filter(|when| **when > at - 60 * DAY).count());
        let wear = self.live(car, at, true, &mut |_, _, _| {});
        let oil_used = self.oil_used(car, &wear, at);
        let relevance = self.relevance(to, car, &wear, oil_used);
        let tired = i32::try_from(before).unwrap_or(i32::MAX).min(60);
        let response = relevance * self.parameters.touches.fatigue.value.min(1.0).powi(tired);
        let sold = car.is_sold(at);
        let another =
            person.is_some_and(|person| self.phone_is_of_another(person)) && to.channel != Channel::Email;
        let ours_ahead = self.memory.get(&index).is_some_and(|memory| {
            memory
                .caused
                .iter()
                .any(|caused| caused.shows && caused.booked_at <= at && at < caused.at + 10 * HOUR)
        });
        let ahead = ours_ahead || self.own_ahead(car, at);
        let last_oil = self.last_oil(&wear).1;
        let elsewhere = car.visits.iter().any(|visit| !visit.here && visit.at == last_oil);
        let mut fits = Vec::new();
        if another {
            fits.push(Fits::NumberOfAnother);
        } else if sold {
            fits.push(Fits::Sold);
        } else {
            fits.push(Fits::Anyone);
            if ahead {
                fits.push(Fits::Booked);
            }
            if elsewhere && oil_used < 0.5 {
                fits.push(Fits::DoneElsewhere);
            }
        }
        let may_book = !sold
            && !another
            && !ahead
            && !ANSWERED_OTHERWISE.contains(&to.program.as_str())
            && matches!(to.purpose, Purpose::Marketing | Purpose::Recall | Purpose::Informational);
        let touched = Touched { key: to.key.clone(), at, miles: car.drive.miles(at), oil_used, response };
        let draw = self.draw.under("touch", 0).under(&to.key.to_string(), 0);
        self.memory.entry(index).or_default().touched.push(touched);
        Some(Met { car: index, person, draw, at, before, response, fits, may_book })
    }

    /// Share of the oil interval that is used up, by miles or by months, whichever is more.
    pub(crate) fn oil_used(&self, car: &Car, wear: &Wear, at: i64) -> f64 {
        let (miles, last) = self.last_oil(wear);
        let by_miles = (car.drive.miles(at) - miles) / self.parameters.oil.miles.value;
        let by_months = in_days(at - last) / (self.parameters.oil.months.value * YEAR / 12.0);
        by_miles.max(by_months)
    }

    /// How much of the full response a touch meets: a car that is due, all of it.
    fn relevance(&self, to: &Outreach, car: &Car, wear: &Wear, oil_used: f64) -> f64 {
        let (least, at) = (self.parameters.touches.irrelevant.value.min(1.0), to.sent_at.timestamp());
        // A recall, a visit and an appointment of his own concern anyone.
        if matches!(to.purpose, Purpose::Recall | Purpose::Transactional) {
            return 1.0;
        }
        if !to.declined.is_empty() {
            let left = to.declined.iter().filter_map(|(ro, line)| {
                let (operation, declined_at) = self.declined_operation(ro, line)?;
                self.wants_declined(car, wear, operation, (declined_at, at))
            });
            return left.reduce(f64::max).unwrap_or(least);
        }
        match oil_used {
            used if used < 0.5 => least,
            used if used < 0.9 => least + (1.0 - least) * (used - 0.5) / 0.4,
            used if used < 1.3 => 1.0,
            used => (1.0 - (used - 1.3) * 0.6).max(0.5),
        }
    }

    /// How much of the full response declined work meets: the more the further the part is, the less the longer ago it
    /// was declined. None where it was done since, here or by somebody else.
    fn wants_declined(
        &self,
        car: &Car,
        wear: &Wear,
        operation: usize,
        (declined_at, at): (i64, i64),
    ) -> Option<f64> {
        if wear.renewed(operation) > declined_at {
            return None;
        }
        let law = self.parameters.declined.clone();
        let need = match self.left_of(car, wear, operation, at) {
            Some((part, left)) if left <= part.gone => return None,
            Some((part, left)) => {
                let gone_on = ((part.yellow - left) / (part.yellow - part.red)).clamp(0.0, 1.0);
                law.noticed.value + (1.0 - law.noticed.value) * gone_on
            }
            // Nothing that wears.
            None => 1.0,
        };
        let ago = in_days(at - declined_at).max(0.0);
        let faded = libm::exp2(-ago / law.half_days.value);
        let remembered = law.remembered.value + (1.0 - law.remembered.value) * faded;
        Some(need * remembered * law.response.value)
    }

    fn text(&mut self, to: &Outreach, met: &Met) -> Result<Vec<Input>, IdError> {
        let p = &self.parameters.touches;
        let chance = |share: f64, name: &str| met.draw.chance(share, name, 0);
        let delivered = !chance(p.text_undelivered.value, "undelivered");
        let mut inputs = Vec::new();
        let mut push = |after: i64, source, what| {
            inputs.push(Input::new(instant(met.at + after), source, to.key.to_string(), what));
        };
        let status = if delivered { "delivered" } else { "undelivered" };
        push(4, source::CARRIER, What::Delivery { key: to.key.clone(), delivered, status });
        if !delivered {
            return Ok(inputs);
        }
        if chance(p.text_preview.value, "preview") {
            // The telephone fetches a preview of the link: a click that no person made.
            push(6, source::SCANNERS, opened(to, PREVIEW, 6));
        }
        if to.program.as_str() == MILEAGE_ASK
            && met.fits.contains(&Fits::Anyone)
            && chance(p.mileage_told.value, "tells his mileage")
        {
            let read = self.cars.get(met.car as usize).map_or(0.0, |car| car.drive.miles(met.at));
            let text = told_mileage(read, met.draw);
            push(reading_delay(met.draw), source::REPLIES, What::Reply { key: to.key.clone(), text });
            return Ok(inputs);
        }
        // Each further touch makes an opt-out likelier; a stranger asks to be left alone sooner than a customer.
        #[allow(clippy::cast_precision_loss, reason = "a handful of touches")]
        let tired = 1.0 + 0.5 * met.before as f64;
        let (stranger, gone) = (met.fits.contains(&Fits::NumberOfAnother), met.fits.contains(&Fits::Sold));
        let interest = if stranger || gone { 0.0 } else { met.response };
        let shares = [
            (p.text_opted_out.value * tired * if stranger { 4.0 } else { 1.0 }, Answer::OptOut),
            (p.text_clicked.value * interest, Answer::Click),
            (p.calls_in.value * interest, Answer::CallIn),
            (p.text_replied.value * if stranger || gone { 3.0 } else { 0.4 + 0.6 * interest }, Answer::Reply),
        ];
        let later = reading_delay(met.draw);
        match first_of(&shares, met.draw.unit("answer", 0)) {
            None => {}
            Some(Answer::OptOut) => {
                if let Some((_, text)) = self.replies.reply(&[Fits::OptingOut], met.draw) {
                    push(later, source::REPLIES, What::Reply { key: to.key.clone(), text: text.to_owned() });
                }
            }
            Some(Answer::Click) => {
                push(later, source::CLICKS, opened(to, TELEPHONE, later));
                if met.may_book && chance(p.click_books.value, "click books") {
                    inputs.extend(self.book(
                        met.car,
                        to,
                        met.draw,
                        met.at + later + 4 * MINUTE,
                        Through::Link,
                    )?);
                }
            }
            Some(Answer::CallIn) if met.may_book => {
                inputs.extend(self.book(met.car, to, met.draw, met.at + later, Through::Telephone)?);
            }
            Some(Answer::CallIn) => {}
            Some(Answer::Reply) => inputs.extend(self.reply(to, met, later)?),
        }
        Ok(inputs)
    }

    /// An answer in his own words, and the booking where he asks for one.
    fn reply(&mut self, to: &Outreach, met: &Met, later: i64) -> Result<Vec<Input>, IdError> {
        let Some((meaning, text)) = self.replies.reply(&met.fits, met.draw) else {
            return Ok(Vec::new());
        };
        let books = meaning == "book_me"
            && met.may_book
            && met.draw.chance(self.parameters.touches.reply_books.value, "reply books", 0);
        let what = What::Reply { key: to.key.clone(), text: text.to_owned() };
        let mut inputs = vec![Input::new(instant(met.at + later), source::REPLIES, to.key.to_string(), what)];
        if books {
            let advisor = MINUTE * 25;
            inputs.extend(self.book(met.car, to, met.draw, met.at + later + advisor, Through::Advisor)?);
        }
        Ok(inputs)
    }

    fn mail(&mut self, to: &Outreach, met: &Met) -> Result<Vec<Input>, IdError> {
        let p = &self.parameters.touches;
        let chance = |share: f64, name: &str| met.draw.chance(share, name, 0);
        let delivered = !chance(p.mail_bounced.value, "bounced");
        let mut inputs = Vec::new();
        let mut push = |after: i64, source, what| {
            inputs.push(Input::new(instant(met.at + after), source, to.key.to_string(), what));
        };
        let status = if delivered { "delivered" } else { "5.1.1" };
        push(9, source::CARRIER, What::Delivery { key: to.key.clone(), delivered, status });
        if !delivered {
            return Ok(inputs);
        }
        if chance(p.mail_scanned.value, "scanned") {
            push(20, source::SCANNERS, opened(to, GATEWAY, 20));
        }
        let interest = if met.fits.contains(&Fits::Sold) { 0.0 } else { met.response };
        let shares = [
            (p.mail_unsubscribed.value, Answer::OptOut),
            (p.mail_clicked.value * interest, Answer::Click),
            (p.mail_replied.value, Answer::Reply),
        ];
        let later = 3 * reading_delay(met.draw);
        match first_of(&shares, met.draw.unit("answer", 0)) {
            None | Some(Answer::CallIn) => {}
            Some(Answer::OptOut) => push(later, source::REPLIES, What::Unsubscribe { key: to.key.clone() }),
            Some(Answer::Click) => {
                push(later, source::CLICKS, opened(to, DESKTOP, later));
                if met.may_book && chance(p.click_books.value, "click books") {
                    inputs.extend(self.book(
                        met.car,
                        to,
                        met.draw,
                        met.at + later + 6 * MINUTE,
                        Through::Link,
                    )?);
                }
            }
            Some(Answer::Reply) => inputs.extend(self.reply(to, met, later)?),
        }
        Ok(inputs)
    }

    fn call(&mut self, to: &Outreach, met: &Met) -> Result<Vec<Input>, IdError> {
        let p = &self.parameters.touches;
        let chance = |share: f64, name: &str| met.draw.chance(share, name, 0);
        let answered = chance(p.call_answered.value, "answers the call");
        let stranger = met.fits.contains(&Fits::NumberOfAnother);
        let books = met.may_book && chance(p.call_books.value * met.response, "call books");
        let outcome = if !answered {
            CallOutcome::NoAnswer
        } else if stranger {
            CallOutcome::WrongNumber
        } else if chance(p.call_opted_out.value, "call opts out") {
            CallOutcome::OptedOut
        } else if books {
            CallOutcome::Booked
        } else {
            CallOutcome::Spoken
        };
        let words = match outcome {
            CallOutcome::NoAnswer | CallOutcome::Booked => None,
            CallOutcome::OptedOut => Some("please don't call me about this again".to_owned()),
            CallOutcome::WrongNumber => Some("you have the wrong number".to_owned()),
            CallOutcome::Spoken => self.replies.reply(&met.fits, met.draw).map(|(_, text)| text.to_owned()),
        };
        let over = met.at + 4 * MINUTE;
        let what = What::Call { key: to.key.clone(), outcome, words };
        let mut inputs = vec![Input::new(instant(over), source::CALLS, to.key.to_string(), what)];
        if outcome == CallOutcome::Booked {
            inputs.extend(self.book(met.car, to, met.draw, over, Through::Advisor)?);
        }
        Ok(inputs)
    }
}

/// Programmes that nobody answers with an appointment: their subject is the visit he is on, the one he has, or a number.
const ANSWERED_OTHERWISE: [&str; 3] = ["inspection_delivery", "appointment_reminder", MILEAGE_ASK];
/// The programme that asks for a reading.
const MILEAGE_ASK: &str = "mileage_ask";

/// A reading as a driver types it: in whole miles, most with a comma, some rounded.
fn told_mileage(read: f64, draw: Draw) -> String {
    // An odometer is far inside the range.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = read.max(0.0) as u64;
    match draw.pick(&[0, 1, 2], "how he types it", 0) {
        Some(1) => format!("it's at {}", whole),
        Some(2) => format!("about {}k", whole / 1_000),
        _ if whole >= 1_000 => format!("{},{:03}", whole / 1_000, whole % 1_000),
        _ => format!("{whole} miles"),
    }
}

#[derive(Clone, Copy)]
enum Answer {
    OptOut,
    Click,
    CallIn,
    Reply,
}

/// At most one of answers that exclude each other.
fn first_of(shares: &[(f64, Answer)], drawn: f64) -> Option<Answer> {
    let mut left = drawn;
    shares
        .iter()
        .find(|(share, _)| {
            left -= share;
            left < 0.0
        })
        .map(|(_, answer)| *answer)
}

/// Seconds until it is read and answered: minutes for most, two days at most.
fn reading_delay(draw: Draw) -> i64 {
    let minutes = (18.0 * libm::exp(1.3 * draw.normal("reads after", 0))).clamp(1.0, 2_880.0);
    // Two days of seconds.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (minutes * 60.0) as i64;
    seconds
}
