use core::cmp::{Ordering, Reverse};

use super::{
    AppointmentRow, Batch, FIRST, Joined, LineCredit, Linked, NONE, NOT_PLAIN, OrderVisit, PAY, STATED,
    TouchRow, WORK,
};
use crate::Evidence;

/// A trigger as it is laid out: car, the touch that counts (`NOT_PLAIN`: look behind it), number, ask.
pub(super) type Trigger = [u32; 4];

/// A line as it is laid out: car, write-up, number, work with flags, cents.
pub(super) type Line = [u32; 5];

/// Settles one car after another, reusing its room.
pub(super) struct Desk<'a> {
    batch: &'a Batch,
    linked: &'a Linked,
    looked_back: Option<u32>,
    op_code: bool,
    visit_only: bool,
    orders: Vec<Order>,
    answers: Vec<Answer>,
    candidates: Vec<Answer>,
    best: Vec<Answer>,
    claimed: Vec<bool>,
    claims: Vec<Claim>,
    won: Vec<Won>,
    doubtful: Vec<u32>,
}

/// An order of the car: its lines, and the visit it belongs to.
#[derive(Clone, Copy)]
struct Order {
    opened: u32,
    begin: usize,
    end: usize,
    appointment: u32,
    /// The first order of its visit.
    visit: usize,
    /// From here back nobody knows: orders before this are a visit of their own, if this was looked at.
    run_began: u32,
}

/// A trigger that reached an order.
#[derive(Clone, Copy)]
struct Answer {
    order: usize,
    trigger: u32,
    ask: u32,
    /// Whether any line of the order is the work asked for.
    any_line: bool,
    reach: Reach,
}

#[derive(Clone, Copy)]
struct Reach {
    booked: Option<(Evidence, u32)>,
    responded: Option<u32>,
}

#[derive(Clone, Copy)]
struct Claim {
    evidence: Evidence,
    touched: u32,
    trigger: u32,
}

struct Won {
    best: Claim,
    line: u32,
    cents: i32,
    competing: usize,
}

/// How good an answer a visit is; least is best.
type Key = (bool, Evidence, Reverse<usize>, u32, usize);

impl<'a> Desk<'a> {
    pub(super) fn new(batch: &'a Batch, linked: &'a Linked, looked_back: u32) -> Self {
        Self {
            batch,
            linked,
            looked_back: Some(looked_back),
            op_code: batch.rules.rungs.contains(&Evidence::OpCodeGroupInWindow),
            visit_only: batch.rules.rungs.contains(&Evidence::VisitOnly),
            orders: Vec::new(),
            answers: Vec::new(),
            candidates: Vec::new(),
            best: Vec::new(),
            claimed: Vec::new(),
            claims: Vec::new(),
            won: Vec::new(),
            doubtful: Vec::new(),
        }
    }

    /// The cars that were left out because their visits may have begun before the orders that were looked at.
    pub(super) fn doubtful(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.doubtful)
    }

    /// From now on every order of a car is there.
    pub(super) const fn look_at_all(&mut self) {
        self.looked_back = None;
    }

    /// Settles one car: neither slice is empty, all rows are of one car.
    pub(super) fn settle(&mut self, triggers: &[Trigger], lines: &mut [Line], joined: &mut Joined) {
        if self.settle_simple(triggers, lines, joined) {
            return;
        }
        if !lines.is_sorted_by_key(|[_, opened, line, ..]| (*opened, *line)) {
            lines.sort_unstable_by_key(|[_, opened, line, ..]| (*opened, *line));
        }
        self.write_orders(lines);

        self.answers.clear();
        self.claimed.clear();
        self.claimed.resize(lines.len(), false);
        for trigger in triggers {
            self.answer(trigger, lines);
        }
        if self.answers.is_empty() {
            return;
        }
        if self.in_doubt() {
            self.doubtful.extend(lines.first().and_then(|line| line.first()));
            return;
        }
        for ([.., cents], claimed) in lines.iter().zip(&self.claimed) {
            if *claimed {
                joined.claimed.0 += 1;
                joined.claimed.1 += i64::from(cents.cast_signed());
            }
        }
        // By order, best for a car with few.
        self.answers.sort_by_key(|answer| answer.order);
        let answers = core::mem::take(&mut self.answers);
        for answers in answers.chunk_by(|a, b| a.order == b.order) {
            let order = answers.first().and_then(|answer| self.orders.get(answer.order));
            if let Some(own) = order.and_then(|order| lines.get(order.begin..order.end)) {
                self.credit(answers, own, joined);
            }
        }
        self.answers = answers;
    }

    /// Settles a car whose triggers have one touch each and reached one line each at most, as most have: then nothing
    /// is to be chosen, and it does not matter which orders are one visit. False: not such a car.
    #[inline]
    fn settle_simple(&mut self, triggers: &[Trigger], lines: &[Line], joined: &mut Joined) -> bool {
        if lines.len() > 64 {
            return false;
        }
        let window = self.batch.rules.response;
        let mut hits = [(0_usize, 0_usize); 4];
        let mut count = 0;
        for (trigger, &[_, sent, ..]) in triggers.iter().enumerate() {
            let mut reached = 0_u64;
            for (place, &[_, opened, ..]) in lines.iter().enumerate() {
                reached |= u64::from(within_after(opened, sent, window)) << place;
            }
            if sent == NOT_PLAIN || !(reached == 0 || reached.is_power_of_two()) {
                return false;
            }
            if reached != 0 {
                let Some(hit) = hits.get_mut(count) else { return false };
                *hit = (reached.trailing_zeros() as usize, trigger);
                count += 1;
            }
        }
        let hits = hits.get_mut(..count).unwrap_or_default();
        if hits.len() > 1 {
            hits.sort_unstable_by_key(|(line, trigger)| {
                let row = lines.get(*line).copied().unwrap_or_default();
                (row.get(1).copied(), row.get(2).copied(), *trigger)
            });
        }
        let mut answers = core::mem::take(&mut self.answers);
        for hits in hits.chunk_by(|(a, _), (b, _)| a == b) {
            let Some(&(line, _)) = hits.first() else { continue };
            let Some(&[_, _, _, work, cents]) = lines.get(line) else { continue };
            answers.clear();
            for (_, trigger) in hits {
                let Some(&[_, sent, number, ask]) = triggers.get(*trigger) else { continue };
                let any_line = self.linked.has(ask, work & WORK);
                if any_line && !self.op_code || !any_line && !self.visit_only {
                    continue;
                }
                let reach = Reach { booked: None, responded: Some(sent) };
                answers.push(Answer { order: 0, trigger: number, ask, any_line, reach });
            }
            if work & PAY != 0 && cents.cast_signed() > 0 && answers.iter().any(|answer| answer.any_line) {
                joined.claimed.0 += 1;
                joined.claimed.1 += i64::from(cents.cast_signed());
            }
            self.credit(&answers, lines.get(line..=line).unwrap_or_default(), joined);
        }
        self.answers = answers;
        true
    }

    fn write_orders(&mut self, lines: &[Line]) {
        self.orders.clear();
        let split = self.batch.rules.split;
        for (place, &[_, opened, line, work, _]) in lines.iter().enumerate() {
            if work & FIRST == 0 {
                if let Some(order) = self.orders.last_mut() {
                    order.end = place + 1;
                }
                continue;
            }
            let own = self.orders.len();
            let (visit, run_began) = match self.orders.last() {
                Some(last) if split > 0 => {
                    let began = self.orders.get(last.visit).map_or(0, |first| first.opened);
                    let run = if opened - last.opened <= split { last.run_began } else { opened };
                    (if opened - began <= split { last.visit } else { own }, run)
                }
                _ => (own, opened),
            };
            let appointment = if work & STATED == 0 {
                NONE
            } else {
                self.batch.order_appointment.get(self.batch.order_of(line)).copied().unwrap_or(NONE)
            };
            self.orders.push(Order { opened, begin: place, end: place + 1, appointment, visit, run_began });
        }
    }

    /// Whether a visit that answers may have begun before what was looked at.
    fn in_doubt(&self) -> bool {
        let (Some(looked_back), split) = (self.looked_back, self.batch.rules.split) else { return false };
        split > 0
            && self.answers.iter().any(|answer| {
                let order = self.orders.get(answer.order);
                order.is_some_and(|order| order.opened - order.run_began > looked_back.saturating_sub(split))
            })
    }

    /// Looks for the visit that answers the trigger, and keeps how each of its orders was reached.
    fn answer(&mut self, trigger: &Trigger, lines: &[Line]) {
        let &[_, sent, number, ask] = trigger;
        let (touches, appointment) = self.behind(sent, number);
        let mut best: Option<Key> = None;
        self.best.clear();
        let mut place = 0;
        while let Some(first) = self.orders.get(place) {
            let visit = first.visit;
            self.candidates.clear();
            let mut key: Option<Key> = None;
            while let Some(order) = self.orders.get(place).filter(|order| order.visit == visit).copied() {
                let reach = if sent == NOT_PLAIN {
                    self.reach(touches, appointment, &order)
                } else {
                    within_after(order.opened, sent, self.batch.rules.response)
                        .then_some(Reach { booked: None, responded: Some(sent) })
                };
                if let Some(reach) = reach {
                    let linked = self.count_linked(&order, ask, reach, lines);
                    if let Some((evidence, _)) = self.rung(reach, linked > 0) {
                        let (unlinked, strongest, Reverse(so_far), opened, of) =
                            key.unwrap_or((true, evidence, Reverse(0), order.opened, place));
                        key = Some((
                            unlinked && linked == 0,
                            strongest.min(evidence),
                            Reverse(so_far + linked),
                            opened,
                            of,
                        ));
                        let any_line = linked > 0;
                        self.candidates.push(Answer { order: place, trigger: number, ask, any_line, reach });
                    }
                }
                place += 1;
            }
            if let Some(key) = key
                && best.is_none_or(|best| key < best)
            {
                best = Some(key);
                core::mem::swap(&mut self.best, &mut self.candidates);
            }
        }
        self.answers.extend_from_slice(&self.best);
    }

    /// How many lines of the order are the work asked for; those that the trigger could claim are noted.
    #[inline]
    fn count_linked(&mut self, order: &Order, ask: u32, reach: Reach, lines: &[Line]) -> usize {
        let claims = reach.booked.is_some() || self.op_code;
        let own = lines.get(order.begin..order.end).unwrap_or_default();
        let claimed = self.claimed.get_mut(order.begin..order.end).unwrap_or_default();
        let mut linked = 0;
        for (&[.., work, cents], claimed) in own.iter().zip(claimed) {
            if self.linked.has(ask, work & WORK) {
                linked += 1;
                *claimed |= claims && work & PAY != 0 && cents.cast_signed() > 0;
            }
        }
        linked
    }

    fn behind(&self, sent: u32, trigger: u32) -> (&'a [TouchRow], Option<AppointmentRow>) {
        if sent != NOT_PLAIN {
            return (&[], None);
        }
        let place = self.batch.trigger_more.get(trigger as usize);
        let Some(more) = place.and_then(|place| self.batch.more.get(*place as usize)) else {
            return (&[], None);
        };
        let touches = self.batch.touches.get(more.first as usize..more.end as usize);
        (touches.unwrap_or_default(), more.appointment)
    }

    /// As `judge::reach`, in numbers; `touches` arrived after the trigger arose, in order of sending.
    fn reach(
        &self,
        touches: &[TouchRow],
        appointment: Option<AppointmentRow>,
        order: &Order,
    ) -> Option<Reach> {
        let rules = &self.batch.rules;
        let counted = touches.get(..touches.partition_point(|touch| touch.sent < order.opened))?;
        if counted.is_empty() {
            return None;
        }
        let booked = appointment.and_then(|appointment| self.booked(counted, appointment, order));
        let in_window =
            counted.iter().map(|touch| touch.sent).filter(|sent| order.opened - sent <= rules.response);
        let responded = settle(in_window, rules.response_last);
        (booked.is_some() || responded.is_some()).then_some(Reach { booked, responded })
    }

    /// As `judge::booked`, in numbers.
    fn booked(
        &self,
        counted: &[TouchRow],
        appointment: AppointmentRow,
        order: &Order,
    ) -> Option<(Evidence, u32)> {
        let rules = &self.batch.rules;
        let stated = order.appointment == appointment.id;
        let another = order.appointment != NONE && !stated;
        let near = order.opened.abs_diff(appointment.at) <= rules.appointment;
        if another || appointment.set >= order.opened || !(stated || near) {
            return None;
        }
        let initiated = stated || rules.by_window;
        let within =
            |since: u32, seconds: u32| since <= appointment.set && appointment.set - since <= seconds;
        let behind = |touch: &TouchRow, rung: Evidence| match rung {
            Evidence::AppointmentToken => touch.token.is_some() && touch.token == appointment.token,
            Evidence::InitiatedFromAppointment => initiated && within(touch.sent, rules.response),
            Evidence::ClickThenBooking => {
                let human = touch.human_click.is_some_and(|percent| percent >= rules.human_click);
                touch.clicked.is_some_and(|at| human && at >= touch.sent && within(at, rules.booking))
            }
            Evidence::ReplyThenBooking => {
                touch.replied.is_some_and(|at| at >= touch.sent && within(at, rules.booking))
            }
            Evidence::OpCodeGroupInWindow | Evidence::VisitOnly => false,
        };
        rules.rungs.iter().find_map(|&rung| {
            let touches = counted.iter().filter(|touch| touch.sent < appointment.set && behind(touch, rung));
            settle(touches.map(|touch| touch.sent), rules.booked_last).map(|touched| (rung, touched))
        })
    }

    #[inline]
    fn rung(&self, reach: Reach, linked: bool) -> Option<(Evidence, u32)> {
        reach.booked.or_else(|| {
            let touched = reach.responded?;
            match linked {
                true => self.op_code.then_some((Evidence::OpCodeGroupInWindow, touched)),
                false => self.visit_only.then_some((Evidence::VisitOnly, touched)),
            }
        })
    }

    fn claim(&self, answer: &Answer, linked: bool) -> Option<Claim> {
        let (evidence, touched) = self.rung(answer.reach, linked)?;
        Some(Claim { evidence, touched, trigger: answer.trigger })
    }

    /// As `Claim::compare`, in numbers.
    fn compare(&self, a: &Claim, b: &Claim) -> Ordering {
        let rules = &self.batch.rules;
        let last = if a.evidence.is_booked() { rules.booked_last } else { rules.response_last };
        let touched = if last { b.touched.cmp(&a.touched) } else { a.touched.cmp(&b.touched) };
        let opened = |claim: &Claim| self.batch.trigger_opened.get(claim.trigger as usize).copied();
        a.evidence
            .cmp(&b.evidence)
            .then(touched)
            .then_with(|| opened(a).cmp(&opened(b)))
            .then_with(|| a.trigger.cmp(&b.trigger))
    }

    /// Credits one order, whose lines are `own`: all of `answers` reached it.
    fn credit(&mut self, answers: &[Answer], own: &[Line], joined: &mut Joined) {
        let visit = answers.iter().filter_map(|answer| self.claim(answer, answer.any_line));
        if let (Some(claim), Some(&[_, _, first_line, ..])) =
            (visit.min_by(|a, b| self.compare(a, b)), own.first())
        {
            joined.visits.push(OrderVisit { first_line, trigger: claim.trigger, evidence: claim.evidence });
        }
        if !answers.iter().any(|answer| answer.any_line) {
            return;
        }

        let mut won = core::mem::take(&mut self.won);
        let mut claims = core::mem::take(&mut self.claims);
        won.clear();
        for &[_, _, line, work, cents] in own {
            let cents = cents.cast_signed();
            if work & PAY == 0 || cents <= 0 {
                continue;
            }
            claims.clear();
            let naming = answers.iter().filter(|answer| self.linked.has(answer.ask, work & WORK));
            claims.extend(naming.filter_map(|answer| self.claim(answer, true)));
            if let Some(best) = claims.iter().min_by(|a, b| self.compare(a, b)) {
                won.push(Won { best: *best, line, cents, competing: claims.len() - 1 });
            }
        }
        won.sort_by_key(|won| (won.best.evidence, won.line));

        let paid = own.iter().filter(|[.., work, _]| work & PAY != 0);
        let mut left: i64 = paid.map(|[.., cents]| i64::from(cents.cast_signed())).sum();
        for won in &won {
            let cents = i64::from(won.cents).min(left);
            if cents <= 0 {
                continue;
            }
            left -= cents;
            joined.credited_cents += cents;
            joined.credits.push(LineCredit {
                line: won.line,
                trigger: won.best.trigger,
                cents: i32::try_from(cents).unwrap_or(won.cents),
                competing: u16::try_from(won.competing).unwrap_or(u16::MAX),
                evidence: won.best.evidence,
            });
        }
        (self.won, self.claims) = (won, claims);
    }
}

/// Whether `opened` lies after `sent`, by at most `window`.
#[inline]
const fn within_after(opened: u32, sent: u32, window: u32) -> bool {
    opened > sent && opened - sent <= window
}

fn settle(touches: impl Iterator<Item = u32>, last: bool) -> Option<u32> {
    if last { touches.max() } else { touches.min() }
}
