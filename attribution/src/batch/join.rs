use std::collections::BTreeMap;

use super::car::{Desk, Line, Trigger};
use super::{Batch, FIRST, Joined, NONE, NOT_PLAIN, STATED};

/// Cars that are settled together: their triggers and lines fit the processor's second cache.
const CARS_AT_ONCE: u32 = 12;

/// For each car in which of 64 stretches of time, taken round and round, an order could answer one of its triggers.
struct Marks {
    by_car: Vec<u64>,
    /// A stretch is two to this power in seconds. So far back of an order that answers, every order is looked at.
    shift: u32,
}

impl Marks {
    fn of(batch: &Batch) -> Self {
        let rules = &batch.rules;
        // Short against the window, and long against a visit written up in parts.
        let least = (rules.response / 8).max(rules.split.saturating_mul(4)).max(1 << 16);
        let shift = (u32::BITS - least.leading_zeros()).min(30);
        let cars = batch.trigger_car.iter().max().map_or(0, |car| *car as usize + 1);
        let mut marks = Self { by_car: vec![0; cars], shift };

        let plain = batch.trigger_car.iter().zip(&batch.trigger_sent);
        for (&car, &sent) in plain {
            if sent != NOT_PLAIN {
                marks.mark(car, sent, sent.saturating_add(rules.response));
            }
        }
        for (&car, &more) in batch.trigger_car.iter().zip(&batch.trigger_more) {
            let Some(more) = batch.more.get(more as usize) else { continue };
            let touches = batch.touches.get(more.first as usize..more.end as usize).unwrap_or_default();
            for touch in touches {
                marks.mark(car, touch.sent, touch.sent.saturating_add(rules.response));
            }
            if let Some(appointment) = more.appointment {
                let (at, around) = (appointment.at, rules.appointment);
                marks.mark(car, at.saturating_sub(around), at.saturating_add(around));
            }
        }
        // An order that names its appointment belongs to it, whenever it was opened.
        for (place, appointment) in batch.order_appointment.iter().enumerate() {
            if *appointment != NONE
                && let (Some(&car), Some(&opened)) =
                    (batch.order_car.get(place), batch.order_opened.get(place))
            {
                marks.mark(car, opened, opened);
            }
        }
        marks
    }

    /// Marks from `begin` to `end` and one stretch before: orders shortly before one that answers are looked at too,
    /// since together they may be one visit.
    #[inline]
    fn mark(&mut self, car: u32, begin: u32, end: u32) {
        let (begin, end) = ((begin >> self.shift).saturating_sub(1), end >> self.shift);
        let stretches = end.saturating_sub(begin) + 1;
        let bits =
            if stretches >= 64 { u64::MAX } else { ((1 << stretches) - 1_u64).rotate_left(begin % 64) };
        if let Some(mask) = self.by_car.get_mut(car as usize) {
            *mask |= bits;
        }
    }

    #[inline]
    fn has(&self, car: u32, opened: u32) -> bool {
        self.by_car.get(car as usize).is_some_and(|mask| mask >> ((opened >> self.shift) % 64) & 1 == 1)
    }
}

/// Rows laid out by group of cars: where each group begins, and the rows.
struct Groups<const N: usize> {
    begins: Vec<u32>,
    rows: Vec<[u32; N]>,
}

impl<const N: usize> Groups<N> {
    /// Room for so many rows of each car.
    fn of(groups: usize, rows: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut begins = vec![0_u32; groups + 1];
        for (car, count) in rows {
            if let Some(begin) = begins.get_mut((car >> CARS_AT_ONCE) as usize + 1) {
                *begin += count;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        Self { begins, rows: vec![[0; N]; sum as usize] }
    }

    fn group(&self, group: usize) -> &[[u32; N]] {
        match (self.begins.get(group), self.begins.get(group + 1)) {
            (Some(&begin), Some(&end)) => self.rows.get(begin as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

impl Batch {
    /// Credits lines to triggers. The order of the result is by car, then by write-up and line; the same rows give the
    /// same result.
    #[must_use]
    pub fn join(&self) -> Joined {
        let marks = Marks::of(self);
        let groups = marks.by_car.len().div_ceil(1 << CARS_AT_ONCE);
        let triggers = self.triggers_by_group(groups);
        let lines = self.lines_by_group(groups, &marks);
        drop(marks.by_car);

        let linked = self.links.laid_out();
        let mut desk = Desk::new(self, &linked, 1 << marks.shift);
        let mut joined = Joined::default();
        let (mut own_triggers, mut own_lines) = (Sorted::default(), Sorted::default());
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

    fn triggers_by_group(&self, groups: usize) -> Groups<4> {
        let mut laid = Groups::of(groups, self.trigger_car.iter().map(|car| (*car, 1)));
        let mut next = laid.begins.clone();
        let rows = self.trigger_car.iter().zip(&self.trigger_sent).zip(&self.trigger_ask);
        for (trigger, ((&car, &sent), &ask)) in (0_u32..).zip(rows) {
            place(&mut laid.rows, &mut next, car, [car, sent, trigger, ask]);
        }
        laid
    }

    fn lines_by_group(&self, groups: usize, marks: &Marks) -> Groups<5> {
        // The orders that may answer a trigger, written one after another without a branch.
        let mut kept = vec![0_u32; self.order_car.len() + 1];
        let mut count = 0;
        for (order, (&car, &opened)) in (0_u32..).zip(self.order_car.iter().zip(&self.order_opened)) {
            if let Some(slot) = kept.get_mut(count) {
                *slot = order;
            }
            count += usize::from(marks.has(car, opened));
        }
        kept.truncate(count);

        let sizes = kept.iter().filter_map(|order| self.order_at(*order));
        let mut laid = Groups::of(groups, sizes.map(|(car, _, begin, end)| (car, end - begin)));
        let mut next = laid.begins.clone();
        for &order in &kept {
            self.each_line(order, |car, row| place(&mut laid.rows, &mut next, car, row));
        }
        laid
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

#[inline]
fn place<const N: usize>(rows: &mut [[u32; N]], next: &mut [u32], car: u32, row: [u32; N]) {
    if let Some(next) = next.get_mut((car >> CARS_AT_ONCE) as usize) {
        if let Some(slot) = rows.get_mut(*next as usize) {
            *slot = row;
        }
        *next += 1;
    }
}

/// The rows of one group by car; rows of a car stay in the order they had.
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
