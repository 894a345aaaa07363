use std::collections::BTreeMap;

use super::car::{Desk, Line, Trigger};
use super::{Batch, FIRST, Joined, NONE, NOT_PLAIN, STATED};

/// Cars that are settled together: their triggers and lines fit the processor's second cache.
const CARS_AT_ONCE: u32 = 12;

/// Room to work in, kept from one join to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    triggers: Groups<4>,
    lines: Groups<5>,
    marks: Vec<u32>,
    kept: Vec<u32>,
    own_triggers: Sorted<4>,
    own_lines: Sorted<5>,
}

/// For each car in which of 32 stretches of time, taken round and round, an order could answer one of its triggers.
struct Marks<'a> {
    by_car: &'a mut [u32],
    /// A stretch is two to this power in seconds. So far back of an order that answers, every order is looked at.
    shift: u32,
}

impl Marks<'_> {
    /// Marks from `begin` to `end` and one stretch before: orders shortly before one that answers are looked at too,
    /// since together they may be one visit.
    #[inline]
    fn mark(&mut self, car: u32, begin: u32, end: u32) {
        let (begin, end) = ((begin >> self.shift).saturating_sub(1), end >> self.shift);
        let stretches = end.saturating_sub(begin) + 1;
        let bits =
            if stretches >= 32 { u32::MAX } else { ((1 << stretches) - 1_u32).rotate_left(begin % 32) };
        if let Some(mask) = self.by_car.get_mut(car as usize) {
            *mask |= bits;
        }
    }

    #[inline]
    fn has(&self, car: u32, opened: u32) -> bool {
        self.by_car.get(car as usize).is_some_and(|mask| mask >> ((opened >> self.shift) % 32) & 1 == 1)
    }
}

/// Rows laid out by group of cars: where each group begins, and the rows. What lies behind the last group is left over
/// from an earlier use.
#[derive(Clone, Debug)]
struct Groups<const N: usize> {
    begins: Vec<u32>,
    next: Vec<u32>,
    rows: Vec<[u32; N]>,
}

impl<const N: usize> Default for Groups<N> {
    fn default() -> Self {
        Self { begins: Vec::new(), next: Vec::new(), rows: Vec::new() }
    }
}

impl<const N: usize> Groups<N> {
    /// Makes room for so many rows of each car.
    fn clear(&mut self, groups: usize, rows: impl Iterator<Item = (u32, u32)>) {
        self.begins.clear();
        self.begins.resize(groups + 1, 0);
        for (car, count) in rows {
            if let Some(begin) = self.begins.get_mut((car >> CARS_AT_ONCE) as usize + 1) {
                *begin += count;
            }
        }
        let mut sum = 0;
        for begin in &mut self.begins {
            sum += *begin;
            *begin = sum;
        }
        self.next.clone_from(&self.begins);
        if self.rows.len() < sum as usize {
            self.rows = Vec::new();
            self.rows = vec![[0; N]; sum as usize];
        }
    }

    #[inline]
    fn place(&mut self, car: u32, row: [u32; N]) {
        if let Some(next) = self.next.get_mut((car >> CARS_AT_ONCE) as usize) {
            if let Some(slot) = self.rows.get_mut(*next as usize) {
                *slot = row;
            }
            *next += 1;
        }
    }

    /// The rows of all groups.
    fn group_rows(&self) -> &[[u32; N]] {
        let rows = self.begins.last().copied().unwrap_or_default() as usize;
        self.rows.get(..rows).unwrap_or_default()
    }

    fn group(&self, group: usize) -> &[[u32; N]] {
        match (self.begins.get(group), self.begins.get(group + 1)) {
            (Some(&begin), Some(&end)) => self.rows.get(begin as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

impl Batch {
    /// Credits lines to triggers. By car, then by write-up and line, at the end the cars that came so often that all
    /// their orders had to be looked at; the same rows give the same result.
    ///
    /// Room to work in is kept for the next join: about 16 bytes for a trigger and up to 20 for a line.
    pub fn join(&mut self) -> Joined {
        let mut room = core::mem::take(&mut self.room);
        let joined = self.join_in(&mut room);
        self.room = room;
        joined
    }

    fn join_in(&self, room: &mut Room) -> Joined {
        let Room { triggers, lines, marks, kept, own_triggers, own_lines } = room;
        let cars = self.trigger_car.iter().max().map_or(0, |car| *car as usize + 1);
        let groups = cars.div_ceil(1 << CARS_AT_ONCE);
        self.lay_out_triggers(groups, triggers);

        marks.clear();
        marks.resize(cars, 0);
        let mut marks = Marks { by_car: marks, shift: self.shift() };
        self.mark(triggers.group_rows(), &mut marks);
        self.keep_orders(&marks, kept);
        self.lay_out_lines(groups, kept, lines);

        let linked = self.links.laid_out();
        let mut desk = Desk::new(self, &linked, 1 << marks.shift);
        let mut joined = Joined::default();
        for group in 0..groups {
            own_triggers.sort(triggers.group(group));
            own_lines.sort(lines.group(group));
            for (triggers, lines) in own_triggers.cars().zip(own_lines.cars_mut()) {
                if !triggers.is_empty() && !lines.is_empty() {
                    desk.settle(triggers, lines, &mut joined);
                }
            }
        }
        let doubtful = desk.doubtful();
        if !doubtful.is_empty() {
            self.settle_whole(&doubtful, &mut desk, &mut joined);
        }
        joined
    }

    /// Stretches are short against the window, and long against a visit written up in parts.
    fn shift(&self) -> u32 {
        let least = (self.rules.response / 4).max(self.rules.split.saturating_mul(4)).max(1 << 16);
        (u32::BITS - least.leading_zeros()).min(30)
    }

    fn lay_out_triggers(&self, groups: usize, laid: &mut Groups<4>) {
        laid.clear(groups, self.trigger_car.iter().map(|car| (*car, 1)));
        let rows = self.trigger_car.iter().zip(&self.trigger_sent).zip(&self.trigger_ask);
        for (trigger, ((&car, &sent), &ask)) in (0_u32..).zip(rows) {
            laid.place(car, [car, sent, trigger, ask]);
        }
    }

    fn mark(&self, triggers: &[Trigger], marks: &mut Marks<'_>) {
        let rules = &self.rules;
        for &[car, sent, trigger, _] in triggers {
            if sent != NOT_PLAIN {
                marks.mark(car, sent, sent.saturating_add(rules.response));
                continue;
            }
            let more = self.trigger_more.get(trigger as usize).and_then(|more| self.more.get(*more as usize));
            let Some(more) = more else { continue };
            let touches = self.touches.get(more.first as usize..more.end as usize).unwrap_or_default();
            for touch in touches {
                marks.mark(car, touch.sent, touch.sent.saturating_add(rules.response));
            }
            if let Some(appointment) = more.appointment {
                let (at, around) = (appointment.at, rules.appointment);
                marks.mark(car, at.saturating_sub(around), at.saturating_add(around));
            }
        }
        if !self.any_stated {
            return;
        }
        // An order that names its appointment belongs to it, whenever it was opened.
        let orders = self.order_car.iter().zip(&self.order_opened).zip(&self.order_appointment);
        for ((&car, &opened), _) in orders.filter(|(_, appointment)| **appointment != NONE) {
            marks.mark(car, opened, opened);
        }
    }

    /// The orders that may answer a trigger, written one after another without a branch.
    fn keep_orders(&self, marks: &Marks<'_>, kept: &mut Vec<u32>) {
        kept.clear();
        let mut chunk = [0_u32; 1_024];
        let orders = self.order_car.chunks(chunk.len()).zip(self.order_opened.chunks(chunk.len()));
        let mut order = 0_u32;
        for (cars, opened) in orders {
            let mut count = 0;
            for (&car, &opened) in cars.iter().zip(opened) {
                if let Some(slot) = chunk.get_mut(count) {
                    *slot = order;
                }
                count += usize::from(marks.has(car, opened));
                order += 1;
            }
            kept.extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
    }

    fn lay_out_lines(&self, groups: usize, kept: &[u32], laid: &mut Groups<5>) {
        let sizes = kept.iter().filter_map(|order| self.order_at(*order));
        laid.clear(groups, sizes.map(|(car, _, begin, end)| (car, end - begin)));
        for &order in kept {
            self.each_line(order, |car, row| laid.place(car, row));
        }
    }

    #[inline]
    fn order_at(&self, order: u32) -> Option<(u32, u32, u32, u32)> {
        let place = order as usize;
        Some((
            *self.order_car.get(place)?,
            *self.order_opened.get(place)?,
            *self.order_first.get(place)?,
            *self.order_first.get(place + 1)?,
        ))
    }

    /// The lines of an order as they are laid out.
    #[inline]
    fn each_line(&self, order: u32, mut take: impl FnMut(u32, Line)) {
        let Some((car, opened, begin, end)) = self.order_at(order) else { return };
        let stated = self.order_appointment.get(order as usize).is_some_and(|named| *named != NONE);
        let mut flags = if stated { FIRST | STATED } else { FIRST };
        for line in begin..end {
            let (Some(&work), Some(&cents)) =
                (self.line_work.get(line as usize), self.line_cents.get(line as usize))
            else {
                return;
            };
            take(car, [car, opened, line, work | flags, cents.cast_unsigned()]);
            flags &= !FIRST;
        }
    }

    /// Cars whose visits began before what was looked at: all their orders, and no marks.
    fn settle_whole(&self, cars: &[u32], desk: &mut Desk<'_>, joined: &mut Joined) {
        let mut rows: BTreeMap<u32, (Vec<Trigger>, Vec<Line>)> =
            cars.iter().map(|car| (*car, (Vec::new(), Vec::new()))).collect();
        let columns = self.trigger_car.iter().zip(&self.trigger_sent).zip(&self.trigger_ask);
        for (trigger, ((&car, &sent), &ask)) in (0_u32..).zip(columns) {
            if let Some((triggers, _)) = rows.get_mut(&car) {
                triggers.push([car, sent, trigger, ask]);
            }
        }
        for (order, car) in (0_u32..).zip(&self.order_car) {
            if let Some((_, lines)) = rows.get_mut(car) {
                self.each_line(order, |_, row| lines.push(row));
            }
        }
        desk.look_at_all();
        for (triggers, lines) in rows.values_mut() {
            desk.settle(triggers, lines, joined);
        }
    }
}

/// The rows of one group by car; rows of a car stay in the order they had.
#[derive(Clone, Debug)]
struct Sorted<const N: usize> {
    begins: Vec<u32>,
    rows: Vec<[u32; N]>,
}

impl<const N: usize> Default for Sorted<N> {
    fn default() -> Self {
        Self { begins: Vec::new(), rows: Vec::new() }
    }
}

impl<const N: usize> Sorted<N> {
    fn sort(&mut self, rows: &[[u32; N]]) {
        let own = |car: u32| (car % (1 << CARS_AT_ONCE)) as usize;
        // Two places ahead, so that after laying out each place holds the beginning of its car.
        self.begins.clear();
        self.begins.resize((1 << CARS_AT_ONCE) + 2, 0);
        for row in rows {
            let car = row.first().copied().unwrap_or_default();
            if let Some(count) = self.begins.get_mut(own(car) + 2) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut self.begins {
            sum += *begin;
            *begin = sum;
        }
        self.rows.clear();
        self.rows.resize(rows.len(), [0; N]);
        for row in rows {
            let car = row.first().copied().unwrap_or_default();
            if let Some(next) = self.begins.get_mut(own(car) + 1) {
                if let Some(slot) = self.rows.get_mut(*next as usize) {
                    *slot = *row;
                }
                *next += 1;
            }
        }
    }

    fn cars(&self) -> impl Iterator<Item = &[[u32; N]]> {
        let ends = self.begins.iter().skip(1).take(1 << CARS_AT_ONCE);
        self.begins
            .iter()
            .zip(ends)
            .map(|(&begin, &end)| self.rows.get(begin as usize..end as usize).unwrap_or_default())
    }

    fn cars_mut(&mut self) -> impl Iterator<Item = &mut [[u32; N]]> {
        let ends = self.begins.iter().skip(1).take(1 << CARS_AT_ONCE);
        let mut rest = self.rows.as_mut_slice();
        self.begins.iter().zip(ends).map(move |(&begin, &end)| {
            let (car, after) = core::mem::take(&mut rest).split_at_mut((end - begin) as usize);
            rest = after;
            car
        })
    }
}
