//! The same credits for millions of triggers and lines at once, receipts left for later.
//!
//! [`assign`](crate::assign) takes whole records and writes a receipt for every credit. Here the facts are numbers in
//! columns: a car (vehicle and owner), whole seconds, cents, the work a line holds and the work a trigger asks for.
//! [`Batch::join`] gives the credits and visits that `assign` gives; a test holds one against the other. The receipt of
//! a credit is made when somebody asks for it, by `assign` over the records of that one car.
//!
//! How it goes: the cars' triggers are marked in a mask of coarse time; orders that fall outside every mark of their
//! car are passed over; what is left is split into runs of neighbouring cars that fit the processor's cache, and
//! settled car by car.
//!
//! Whoever has [`Trigger`](crate::Trigger)s and [`RepairOrder`](crate::RepairOrder)s calls [`assign_deferred`], which
//! numbers them, and sends what does not fit a column (fractions of a second, two currencies, amounts above 20 million,
//! orders without lines) through `assign` itself.

mod car;
mod join;
mod records;

pub use records::{Deferred, DeferredCredit, assign_deferred};

use crate::{Delivery, Evidence, Policy};

/// Seconds since 1970; to the year 2106.
pub type Seconds = u32;

/// Triggers and orders as columns of numbers, under one policy. All amounts are of one currency.
///
/// Push triggers and orders in the order of their ids: it settles the last tie.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use fixedops_attribution::batch::{Batch, OrderRow};
/// use fixedops_attribution::{Evidence, Policy};
/// const DAY: u32 = 86_400;
/// let mut batch = Batch::new(&Policy::shipped());
/// batch.link(0, 0); // ask 0, an oil service, is what work 0 is
/// batch.text(7, 100 * DAY, 101 * DAY, 0)?;
/// batch.order(OrderRow { car: 7, opened: 120 * DAY, initiated_from: None })?;
/// batch.line(0, true, 8_995)?;
/// let joined = batch.join();
/// assert_eq!(joined.credits.len(), 1);
/// assert_eq!((joined.credits[0].evidence, joined.credits[0].cents), (Evidence::OpCodeGroupInWindow, 8_995));
/// # }
/// # Ok::<(), fixedops_attribution::batch::BatchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    rules: Numbers,
    links: Links,
    trigger_car: Vec<u32>,
    /// The touch that counts, of a trigger with one touch and no appointment; `NOT_PLAIN` for the others.
    trigger_sent: Vec<u32>,
    trigger_ask: Vec<u32>,
    trigger_opened: Vec<u32>,
    /// The place in `more`, of a trigger with several touches or an appointment.
    trigger_more: Vec<u32>,
    more: Vec<More>,
    touches: Vec<TouchRow>,
    order_car: Vec<u32>,
    order_opened: Vec<u32>,
    order_appointment: Vec<u32>,
    /// Where the lines of each order begin; one more than there are orders.
    order_first: Vec<u32>,
    line_work: Vec<u32>,
    line_cents: Vec<i32>,
    any_stated: bool,
    room: join::Room,
}

/// One touch of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct TouchRow {
    /// When it was sent.
    pub sent: Seconds,
    /// What is known of its arrival.
    pub delivery: Delivery,
    /// The number of its booking token.
    pub token: Option<u32>,
    /// When its link was first followed.
    pub clicked: Option<Seconds>,
    /// How likely a person followed it, in percent.
    pub human_click: Option<u8>,
    /// When the person first answered.
    pub replied: Option<Seconds>,
}

/// The appointment that followed a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct AppointmentRow {
    /// Its number.
    pub id: u32,
    /// When it was made.
    pub set: Seconds,
    /// When the car is expected.
    pub at: Seconds,
    /// The number of the token it carries.
    pub token: Option<u32>,
}

/// A closed order of a department that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct OrderRow {
    /// The number of vehicle and owner.
    pub car: u32,
    /// The write-up.
    pub opened: Seconds,
    /// The number of the appointment it was made from.
    pub initiated_from: Option<u32>,
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The number of a car, an ask, a work, a token or an appointment is beyond what a column holds.
    #[error("number beyond the column: {0}")]
    TooLarge(&'static str),
    /// More rows than a column counts.
    #[error("too many rows")]
    TooMany,
    /// A line before any order.
    #[error("a line before its order")]
    NoOrder,
}

/// What a batch found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Joined {
    /// The credits, by line.
    pub credits: Vec<LineCredit>,
    /// The orders that answered a trigger, by order.
    pub visits: Vec<OrderVisit>,
    /// Customer-pay lines above zero that at least one trigger names and reached, credited or not, and their cents.
    pub claimed: (u64, i64),
    /// The credited cents.
    pub credited_cents: i64,
}

/// One line put down to one trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct LineCredit {
    /// The line, counted over all orders in the order of pushing.
    pub line: u32,
    /// The trigger, counted likewise.
    pub trigger: u32,
    /// The cents credited.
    pub cents: i32,
    /// How many other triggers claimed the line.
    pub competing: u16,
    /// The rung.
    pub evidence: Evidence,
}

/// One order that answered a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct OrderVisit {
    /// The first line of the order ([`Batch::order_of`] tells the order).
    pub first_line: u32,
    /// The trigger with the best claim to the visit.
    pub trigger: u32,
    /// Its rung.
    pub evidence: Evidence,
}

const NOT_PLAIN: u32 = 0;
const NONE: u32 = u32::MAX;

/// In a line's `work`: the customer pays.
const PAY: u32 = 1 << 31;
/// In a line's `work`, once it is laid out: the first of its order.
const FIRST: u32 = 1 << 30;
/// In a line's `work`, once it is laid out: the order names an appointment.
const STATED: u32 = 1 << 29;
const WORK: u32 = STATED - 1;

/// The rules as numbers.
#[derive(Clone, Debug)]
struct Numbers {
    rungs: Vec<Evidence>,
    response: u32,
    booking: u32,
    appointment: u32,
    by_window: bool,
    human_click: u8,
    split: u32,
    booked_last: bool,
    response_last: bool,
}

/// What is behind a trigger with several touches or an appointment.
#[derive(Clone, Copy, Debug)]
struct More {
    first: u32,
    end: u32,
    appointment: Option<AppointmentRow>,
}

impl Batch {
    /// Nothing yet, under the rules of `policy`.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        use crate::{Initiation, Tie};
        let rules = policy.rules();
        let days = |days: u16| u32::from(days) * 86_400;
        Self {
            rules: Numbers {
                rungs: rules.rungs.iter().copied().collect(),
                response: days(rules.response_days),
                booking: days(rules.booking_days),
                appointment: days(rules.appointment_days),
                by_window: rules.initiation == Initiation::ByWindow,
                human_click: rules.human_click_percent,
                split: u32::from(rules.split_ro_hours) * 3_600,
                booked_last: rules.booked_tie == Tie::LastTouch,
                response_last: rules.response_tie == Tie::LastTouch,
            },
            links: Links::default(),
            trigger_car: Vec::new(),
            trigger_sent: Vec::new(),
            trigger_ask: Vec::new(),
            trigger_opened: Vec::new(),
            trigger_more: Vec::new(),
            more: Vec::new(),
            touches: Vec::new(),
            order_car: Vec::new(),
            order_opened: Vec::new(),
            order_appointment: Vec::new(),
            order_first: vec![0],
            line_work: Vec::new(),
            line_cents: Vec::new(),
            any_stated: false,
            room: join::Room::default(),
        }
    }

    /// Makes room for so many triggers, orders and lines.
    pub fn reserve(&mut self, triggers: usize, orders: usize, lines: usize) {
        for column in [
            &mut self.trigger_car,
            &mut self.trigger_sent,
            &mut self.trigger_ask,
            &mut self.trigger_opened,
            &mut self.trigger_more,
        ] {
            column.reserve(triggers);
        }
        for column in
            [&mut self.order_car, &mut self.order_opened, &mut self.order_appointment, &mut self.order_first]
        {
            column.reserve(orders);
        }
        self.line_work.reserve(lines);
        self.line_cents.reserve(lines);
    }

    /// Says that a trigger with this `ask` names the work of a line with this `work`.
    pub fn link(&mut self, ask: u32, work: u32) {
        self.links.link(ask, work);
    }

    /// Adds a trigger with one touch that is not known to have failed, and no appointment; returns its number.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn text(&mut self, car: u32, opened: Seconds, sent: Seconds, ask: u32) -> Result<u32, BatchError> {
        let touch = TouchRow {
            sent,
            delivery: Delivery::NotReported,
            token: None,
            clicked: None,
            human_click: None,
            replied: None,
        };
        self.trigger(car, opened, ask, &[touch], None)
    }

    /// Adds a trigger with its touches and the appointment that followed; returns its number.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn trigger(
        &mut self,
        car: u32,
        opened: Seconds,
        ask: u32,
        touches: &[TouchRow],
        appointment: Option<AppointmentRow>,
    ) -> Result<u32, BatchError> {
        if appointment.is_some_and(|appointment| appointment.id == NONE) {
            return Err(BatchError::TooLarge("appointment"));
        }
        let arrived = |touch: &&TouchRow| touch.delivery != Delivery::Failed && touch.sent >= opened;
        if let ([only], None) = (touches, appointment)
            && arrived(&only)
            && only.sent != NOT_PLAIN
        {
            return self.push_trigger(car, opened, only.sent, ask, NONE);
        }
        let mut counted: Vec<TouchRow> = touches.iter().filter(arrived).copied().collect();
        counted.sort_unstable();
        if let ([only], None) = (counted.as_slice(), appointment)
            && only.sent != NOT_PLAIN
        {
            return self.push_trigger(car, opened, only.sent, ask, NONE);
        }
        let first = number(self.touches.len())?;
        let end = number(self.touches.len() + counted.len())?;
        let more = number(self.more.len())?;
        let trigger = self.push_trigger(car, opened, NOT_PLAIN, ask, more)?;
        self.touches.append(&mut counted);
        self.more.push(More { first, end, appointment });
        Ok(trigger)
    }

    fn push_trigger(
        &mut self,
        car: u32,
        opened: u32,
        sent: u32,
        ask: u32,
        more: u32,
    ) -> Result<u32, BatchError> {
        if car >= CARS {
            return Err(BatchError::TooLarge("car"));
        }
        let trigger = number(self.trigger_car.len())?;
        self.trigger_car.push(car);
        self.trigger_sent.push(sent);
        self.trigger_ask.push(ask);
        self.trigger_opened.push(opened);
        self.trigger_more.push(more);
        Ok(trigger)
    }

    /// Adds an order, whose lines follow; returns its number. What is voided, open or of an excluded department has no
    /// place here; an order without lines is passed over.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn order(&mut self, order: OrderRow) -> Result<u32, BatchError> {
        if order.car >= CARS {
            return Err(BatchError::TooLarge("car"));
        }
        if order.initiated_from == Some(NONE) {
            return Err(BatchError::TooLarge("appointment"));
        }
        let place = number(self.order_car.len())?;
        self.any_stated |= order.initiated_from.is_some();
        self.order_car.push(order.car);
        self.order_opened.push(order.opened);
        self.order_appointment.push(order.initiated_from.unwrap_or(NONE));
        self.order_first.push(number(self.line_work.len())?);
        Ok(place)
    }

    /// Adds a line to the last order, in the order of line ids; returns its number.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn line(&mut self, work: u32, customer_pay: bool, cents: i32) -> Result<u32, BatchError> {
        if work > WORK {
            return Err(BatchError::TooLarge("work"));
        }
        if self.order_car.is_empty() {
            return Err(BatchError::NoOrder);
        }
        let line = number(self.line_work.len())?;
        self.line_work.push(if customer_pay { work | PAY } else { work });
        self.line_cents.push(cents);
        if let Some(end) = self.order_first.last_mut() {
            *end = line + 1;
        }
        Ok(line)
    }

    /// The order of a line.
    #[must_use]
    pub fn order_of(&self, line: u32) -> usize {
        self.order_first.partition_point(|first| *first <= line).saturating_sub(1)
    }
}

/// The greatest number of a car: a mask of four bytes is kept for each up to the greatest.
const CARS: u32 = 1 << 26;

fn number(count: usize) -> Result<u32, BatchError> {
    u32::try_from(count).ok().filter(|count| *count < NONE).ok_or(BatchError::TooMany)
}

/// Which works each ask names: a bit each where both are few, else the works in order.
#[derive(Clone, Debug, Default)]
struct Links {
    pairs: std::collections::BTreeSet<(u32, u32)>,
}

/// The same, laid out for asking.
enum Linked {
    Bits { width: usize, bits: Vec<u64> },
    Pairs(Vec<(u32, u32)>),
}

/// Eight megabytes of bits.
const MOST_BITS: u64 = 1 << 26;

impl Links {
    fn link(&mut self, ask: u32, work: u32) {
        self.pairs.insert((ask, work));
    }

    fn laid_out(&self) -> Linked {
        let asks = self.pairs.last().map_or(0, |(ask, _)| u64::from(*ask) + 1);
        let works = self.pairs.iter().map(|(_, work)| u64::from(*work) + 1).max().unwrap_or(0);
        let words = works.div_ceil(64);
        if asks * words * 64 > MOST_BITS {
            return Linked::Pairs(self.pairs.iter().copied().collect());
        }
        let width = words as usize;
        let mut bits = vec![0_u64; asks as usize * width];
        for (ask, work) in &self.pairs {
            if let Some(word) = bits.get_mut(*ask as usize * width + *work as usize / 64) {
                *word |= 1 << (work % 64);
            }
        }
        Linked::Bits { width, bits }
    }
}

impl Linked {
    #[inline]
    fn has(&self, ask: u32, work: u32) -> bool {
        match self {
            Self::Bits { width, bits } => {
                let word = work as usize / 64;
                let found = bits.get((ask as usize).wrapping_mul(*width).wrapping_add(word));
                word < *width && found.is_some_and(|bits| bits >> (work % 64) & 1 == 1)
            }
            Self::Pairs(pairs) => pairs.binary_search(&(ask, work)).is_ok(),
        }
    }
}
