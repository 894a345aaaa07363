use core::fmt;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::nanp::PLACES;
use super::write::Writer;
use super::{Accept, Changes, ListBuilder, ListError, ListKind, Nanp, NumberList};

/// Why changes do not go on top of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// They are of another kind of list.
    #[error("changes of the kind {changes} do not go on top of a list of the kind {list}")]
    Kind {
        /// Kind of the list.
        list: ListKind,
        /// Kind of the changes.
        changes: ListKind,
    },
    /// Changes between the two dates are missing.
    #[error("gap: the list is as of {list}, the changes go on from {since}; those in between are missing")]
    Gap {
        /// Date of the list.
        list: NaiveDate,
        /// Date the changes go on from.
        since: NaiveDate,
    },
    /// They were applied already, or others that are later.
    #[error("out of order: the list is as of {list} already, the changes go on from {since}")]
    OutOfOrder {
        /// Date of the list.
        list: NaiveDate,
        /// Date the changes go on from.
        since: NaiveDate,
    },
    /// The list itself is at fault.
    #[error(transparent)]
    List(#[from] ListError),
}

/// A list with its changes in it, and what they did.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The list as bytes: the same as one built anew from the numbers it holds.
    pub bytes: Vec<u8>,
    /// Numbers it holds that the list before did not.
    pub added: u64,
    /// Numbers that were to be added and stood on it.
    pub listed_already: u64,
    /// Numbers the list before held that it does not.
    pub removed: u64,
    /// Numbers that were to be removed and did not stand on it.
    pub not_listed: u64,
}

impl fmt::Debug for Applied {
    /// Counts; no number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, added, listed_already, removed, not_listed } = self;
        write!(
            f,
            "Applied({} bytes, {added} added, {listed_already} listed already, {removed} removed, {not_listed} not listed)",
            bytes.len()
        )
    }
}

fn follows(kind: ListKind, list: NaiveDate, changes: &Changes) -> Result<(), ApplyError> {
    let since = changes.since();
    if kind != changes.kind() {
        return Err(ApplyError::Kind { list: kind, changes: changes.kind() });
    }
    match since.cmp(&list) {
        core::cmp::Ordering::Greater => Err(ApplyError::Gap { list, since }),
        core::cmp::Ordering::Less => Err(ApplyError::OutOfOrder { list, since }),
        core::cmp::Ordering::Equal => Ok(()),
    }
}

impl<B: AsRef<[u8]>> NumberList<B> {
    /// A new list with the changes in it. Exchanges without a change are copied as they stand.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use fixedops_consent::list::{Accept, ApplyError, Changes, ListBuilder, ListKind, NumberList, changes};
    /// let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
    /// let list = NumberList::open(ListBuilder::new(ListKind::National, day(1)).finish(), &Accept::any())?;
    /// let read = changes(b"404,5550123,A").collect::<Result<Vec<_>, _>>()?;
    /// let second = Changes::new(ListKind::National, day(1), day(2), read.clone())?;
    /// let next = NumberList::open(list.apply(&second)?.bytes, &Accept::any())?;
    /// assert_eq!((next.date(), next.len()), (day(2), 1));
    ///
    /// assert!(matches!(next.apply(&second), Err(ApplyError::OutOfOrder { .. })), "not twice");
    /// let fourth = Changes::new(ListKind::National, day(3), day(4), read)?;
    /// assert!(matches!(next.apply(&fourth), Err(ApplyError::Gap { .. })), "the third day is missing");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApplyError`]: another kind, a gap, out of order.
    pub fn apply(&self, changes: &Changes) -> Result<Applied, ApplyError> {
        follows(self.kind(), self.date(), changes)?;
        Ok(merge(self, changes.added(), changes.removed(), changes.date())?)
    }
}

/// Both in order.
fn merge<'a, B: AsRef<[u8]>>(
    list: &NumberList<B>,
    added: impl IntoIterator<Item = &'a Nanp>,
    removed: impl IntoIterator<Item = &'a Nanp>,
    date: NaiveDate,
) -> Result<Applied, ListError> {
    let (mut added, mut removed) = (added.into_iter().peekable(), removed.into_iter().peekable());
    let mut writer = Writer::default();
    let mut applied = Applied { bytes: vec![], added: 0, listed_already: 0, removed: 0, not_listed: 0 };
    let mut lines = Vec::new();
    for area in 0..PLACES {
        let mut next = added.peek().into_iter().chain(removed.peek());
        if !list.has_area(area) && !next.any(|number| number.places().0 == area) {
            continue;
        }
        for exchange in 0..PLACES {
            let here = |number: &&Nanp| number.places() == (area, exchange);
            if added.peek().is_none_or(|number| !here(number))
                && removed.peek().is_none_or(|number| !here(number))
            {
                let (count, block) = list.block(area, exchange);
                writer.copy(area, exchange, count, block);
                continue;
            }
            list.lines(area, exchange, &mut lines)?;
            while let Some(number) = removed.next_if(here) {
                match lines.binary_search(&number.line()) {
                    Ok(at) => {
                        lines.remove(at);
                        applied.removed += 1;
                    }
                    Err(_) => applied.not_listed += 1,
                }
            }
            while let Some(number) = added.next_if(here) {
                match lines.binary_search(&number.line()) {
                    Ok(_) => applied.listed_already += 1,
                    Err(at) => {
                        lines.insert(at, number.line());
                        applied.added += 1;
                    }
                }
            }
            writer.lines(area, exchange, &lines);
        }
    }
    applied.bytes = writer.finish(list.kind(), date);
    Ok(applied)
}

/// A list with changes upon it that are not in its file yet: what a running program asks from one day to the next,
/// without writing the whole list anew.
///
/// Its date is that of the last changes. Once a week or so [`compact`](Self::compact) makes one list of it.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_consent::list::{Accept, Changes, ListBuilder, ListKind, Nanp, NumberList, UpdatedList, changes};
/// let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
/// let list = NumberList::open(ListBuilder::new(ListKind::National, day(1)).finish(), &Accept::any())?;
/// let mut current = UpdatedList::new(list);
/// let read = changes(b"404,5550123,A").collect::<Result<Vec<_>, _>>()?;
/// current.update(&Changes::new(ListKind::National, day(1), day(2), read)?)?;
/// assert!(current.contains("404-555-0123".parse()?));
/// current.accept(&Accept::on(day(2), 31).kind(ListKind::National))?;
/// assert_eq!(NumberList::open(current.compact()?.bytes, &Accept::any())?.date(), day(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct UpdatedList<B> {
    list: NumberList<B>,
    date: NaiveDate,
    added: BTreeSet<Nanp>,
    removed: BTreeSet<Nanp>,
    /// The two sets in the form that is looked up fast.
    upon: Option<Upon>,
}

/// Added, removed.
type Upon = (NumberList<Vec<u8>>, NumberList<Vec<u8>>);

impl<B: AsRef<[u8]>> UpdatedList<B> {
    /// Begins with the list as it is.
    #[must_use]
    pub fn new(list: NumberList<B>) -> Self {
        let date = list.date();
        Self { list, date, added: BTreeSet::new(), removed: BTreeSet::new(), upon: None }
    }

    /// Puts changes on top. After an error everything is as it was.
    ///
    /// # Errors
    ///
    /// [`ApplyError`]: another kind, a gap, out of order.
    pub fn update(&mut self, changes: &Changes) -> Result<(), ApplyError> {
        follows(self.kind(), self.date, changes)?;
        let (mut added, mut removed) = (self.added.clone(), self.removed.clone());
        for number in changes.added() {
            removed.remove(number);
            added.insert(*number);
        }
        for number in changes.removed() {
            added.remove(number);
            removed.insert(*number);
        }
        let fast = |numbers: &BTreeSet<Nanp>| {
            let mut builder = ListBuilder::new(self.kind(), changes.date());
            builder.extend(numbers.iter().copied());
            NumberList::open(builder.finish(), &Accept::any())
        };
        self.upon = Some((fast(&added)?, fast(&removed)?));
        (self.added, self.removed, self.date) = (added, removed, changes.date());
        Ok(())
    }

    /// Whose list it is.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.list.kind()
    }

    /// The day it is complete as of: that of the last changes.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Whether it may be answered from: open the list below with [`Accept::any`], put its changes on top, then ask.
    ///
    /// # Errors
    ///
    /// [`ListError::Kind`], [`ListError::Stale`], [`ListError::Future`].
    pub fn accept(&self, accept: &Accept) -> Result<(), ListError> {
        accept.of(self.kind(), self.date)
    }

    /// Whether the number is on the list.
    #[must_use]
    pub fn contains(&self, number: Nanp) -> bool {
        match &self.upon {
            Some((added, _)) if added.contains(number) => true,
            Some((_, removed)) if removed.contains(number) => false,
            _ => self.list.contains(number),
        }
    }

    /// Whether each number is on the list; as [`NumberList::contains_batch`].
    pub fn contains_batch(&self, numbers: &[Nanp], listed: &mut Vec<bool>) {
        self.list.contains_batch(numbers, listed);
        let Some((added, removed)) = &self.upon else { return };
        let (mut on, mut off) = (Vec::new(), Vec::new());
        added.contains_batch(numbers, &mut on);
        removed.contains_batch(numbers, &mut off);
        for ((listed, on), off) in listed.iter_mut().zip(on).zip(off) {
            *listed = on || (*listed && !off);
        }
    }

    /// One list of all of it, the same as one built anew.
    ///
    /// # Errors
    ///
    /// [`ListError::Content`] where a block of the list below is none.
    pub fn compact(&self) -> Result<Applied, ListError> {
        merge(&self.list, &self.added, &self.removed, self.date)
    }
}

impl<B> fmt::Debug for UpdatedList<B> {
    /// What lies upon what; no number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, date, added, removed, .. } = self;
        write!(f, "UpdatedList({list:?}, {} added and {} removed until {date})", added.len(), removed.len())
    }
}
