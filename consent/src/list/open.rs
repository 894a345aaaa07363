use core::fmt;

use chrono::NaiveDate;

use super::block::{self, SLACK, Spot};
use super::nanp::{FIRST, PLACES, is_place};
use super::write::{AREAS, ENTRY, HEADER, MAGIC, PAGE, VERSION, date};
use super::{Accept, ListError, ListKind, Nanp};

/// Numbers looked at together by [`NumberList::contains_batch`].
const TOGETHER: usize = 64;

/// An immutable set of telephone numbers with its kind and its date, read from bytes that stay as they are: a vector,
/// or a file that the caller has mapped.
///
/// [`NumberList::open`] checks every byte, so that nothing is answered from a damaged list; the look-ups take no lock,
/// keep nothing and allocate nothing.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_consent::list::{Accept, ListBuilder, ListError, ListKind, NumberList};
/// let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
/// let mut builder = ListBuilder::new(ListKind::National, day(1));
/// builder.add("404-555-0123".parse()?);
/// let bytes = builder.finish();
///
/// let list = NumberList::open(&bytes, &Accept::on(day(29), 31).kind(ListKind::National))?;
/// let mut listed = Vec::new();
/// list.contains_batch(&["404-555-0123".parse()?, "404-555-0124".parse()?], &mut listed);
/// assert_eq!(listed, [true, false]);
///
/// let short = NumberList::open(&bytes[..bytes.len() - 1], &Accept::any());
/// assert!(matches!(short, Err(ListError::Truncated { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct NumberList<B> {
    bytes: B,
    kind: ListKind,
    as_of: NaiveDate,
    count: u64,
    /// By area code: where its page begins in the body, or beyond it.
    pages: Box<[usize; PLACES]>,
    /// Where the blocks begin in the body.
    data: usize,
}

/// The parts of the body that a look-up reads.
#[derive(Clone, Copy)]
struct View<'a> {
    pages: &'a [usize; PLACES],
    body: &'a [u8],
    data: &'a [u8],
}

/// A block and the line asked of it.
#[derive(Clone, Copy, Default)]
struct Place {
    from: u32,
    count: u16,
    line: u16,
}

impl View<'_> {
    #[inline]
    fn entry(&self, area: usize, exchange: usize) -> (u32, u16) {
        let page = self.pages.get(area).copied().unwrap_or(usize::MAX);
        let at = page.saturating_add(ENTRY * exchange);
        // Two bytes more than an entry has: behind the last there are blocks and zeros.
        let entry = self.body.get(at..).and_then(<[u8]>::first_chunk::<8>);
        entry.map_or((0, 0), |&[a, b, c, d, low, high, ..]| {
            (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([low, high]))
        })
    }

    #[inline]
    fn place(&self, number: Nanp) -> Place {
        let (area, exchange) = number.places();
        let (from, count) = self.entry(area, exchange);
        Place { from, count, line: number.line() }
    }

    #[inline]
    fn narrow(&self, Place { from, count, line }: Place) -> Spot {
        block::narrow(self.data, from, count, line)
    }
}

impl<B: AsRef<[u8]>> NumberList<B> {
    /// Opens a list: checks its header, its length, the checksum of every byte, the directory, and what `accept` asks.
    /// It reads the whole list once, some 10 GB a second.
    ///
    /// # Errors
    ///
    /// What is wrong, as a [`ListError`] with its values. A list that opened and fails later has been changed under its
    /// reader.
    pub fn open(bytes: B, accept: &Accept) -> Result<Self, ListError> {
        let file = bytes.as_ref();
        let Header { kind, as_of, count, pages, data, crc } = Header::read(file)?;
        accept.of(kind, as_of)?;
        let body = file.get(HEADER..).unwrap_or_default();
        let found = crc32fast::hash(body);
        if found != crc {
            return Err(ListError::Checksum { part: "body", found, stored: crc });
        }
        let begins = directory(body, pages, data, count)?;
        Ok(Self { kind, as_of, count, pages: begins, data: AREAS + pages * PAGE, bytes })
    }

    fn body(&self) -> &[u8] {
        self.bytes.as_ref().get(HEADER..).unwrap_or_default()
    }

    fn view(&self) -> View<'_> {
        let body = self.body();
        View { pages: &self.pages, body, data: body.get(self.data..).unwrap_or_default() }
    }

    /// Whose list it is.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// The day it is complete as of: what `DncStatus::scrubbed_at` asks for.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        self.as_of
    }

    /// How many numbers are on it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether no number is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The list as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Whether the number is on the list.
    #[must_use]
    pub fn contains(&self, number: Nanp) -> bool {
        let view = self.view();
        let Place { from, count, line } = view.place(number);
        block::contains(view.data, from, count, line)
    }

    /// Whether each number is on the list: `listed` is emptied and gets an answer for every number, in their order.
    ///
    /// For more than a few numbers this is several times as fast as one by one: 64 of them are taken through each step
    /// together, so that the memory fetches for all at once. Keep `listed` from call to call, and nothing is allocated.
    pub fn contains_batch(&self, numbers: &[Nanp], listed: &mut Vec<bool>) {
        listed.clear();
        listed.reserve(numbers.len());
        let view = self.view();
        let mut places = [Place::default(); TOGETHER];
        let (mut touched, mut spots) = ([0; TOGETHER], [Spot::default(); TOGETHER]);
        for numbers in numbers.chunks(TOGETHER) {
            for ((place, touched), number) in places.iter_mut().zip(&mut touched).zip(numbers) {
                *place = view.place(*number);
                *touched = block::first_touched(place.from, place.count, place.line);
            }
            block::fetch(view.data, touched.iter().copied());
            for (spot, place) in spots.iter_mut().zip(&places).take(numbers.len()) {
                *spot = view.narrow(*place);
            }
            block::fetch(view.data, spots.iter().map(|spot| spot.touched()));
            listed.extend(spots.iter().take(numbers.len()).map(|spot| block::look(view.data, *spot)));
        }
    }

    /// Checks what [`open`](Self::open) leaves to the checksum: that every block is one this crate writes, its numbers
    /// in order and as many as the directory says. After it the bytes are the only ones that these numbers, this kind
    /// and this day can have. Takes some nanoseconds a number; worth its time where a list comes from elsewhere.
    ///
    /// # Errors
    ///
    /// [`ListError::Content`] with the place of the first block that is none.
    pub fn verify(&self) -> Result<(), ListError> {
        self.each_block(|_, _, _| {})
    }

    /// Hands every number to `each`, in order.
    ///
    /// # Errors
    ///
    /// [`ListError::Content`] at a block that is none; numbers before it have been handed over.
    pub fn for_each(&self, mut each: impl FnMut(Nanp)) -> Result<(), ListError> {
        self.each_block(|area, exchange, lines| {
            lines.iter().filter_map(|line| Nanp::at(area, exchange, *line)).for_each(&mut each);
        })
    }

    fn each_block(&self, mut each: impl FnMut(usize, usize, &[u16])) -> Result<(), ListError> {
        let mut lines = Vec::new();
        for area in (0..PLACES).filter(|area| self.has_area(*area)) {
            for exchange in 0..PLACES {
                self.lines(area, exchange, &mut lines)?;
                each(area, exchange, &lines);
            }
        }
        Ok(())
    }

    /// Whether any number has this area code.
    pub(super) fn has_area(&self, area: usize) -> bool {
        self.pages.get(area).is_some_and(|begin| *begin != usize::MAX)
    }

    /// A block as it stands: how many lines, and its bytes.
    pub(super) fn block(&self, area: usize, exchange: usize) -> (u16, &[u8]) {
        let view = self.view();
        let (from, count) = view.entry(area, exchange);
        let range = usize::try_from(from).ok().and_then(|from| {
            let size = usize::try_from(block::size(count)).ok()?;
            view.data.get(from..from.checked_add(size)?)
        });
        (count, range.unwrap_or_default())
    }

    /// The lines of an exchange, ascending.
    pub(super) fn lines(&self, area: usize, exchange: usize, lines: &mut Vec<u16>) -> Result<(), ListError> {
        let (count, block) = self.block(area, exchange);
        let place = (area * PLACES + exchange) as u64;
        block::decode(count, block, lines).ok_or(ListError::Content { field: "block", value: place })
    }
}

impl<B> fmt::Debug for NumberList<B> {
    /// Kind, date and count; no number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, as_of, count, .. } = self;
        write!(f, "NumberList({kind}, as of {as_of}, {count} numbers)")
    }
}

struct Header {
    kind: ListKind,
    as_of: NaiveDate,
    count: u64,
    pages: usize,
    data: usize,
    crc: u32,
}

impl Header {
    /// Magic before version before checksum before the rest, so that the error names the true cause.
    fn read(file: &[u8]) -> Result<Self, ListError> {
        let have = file.len() as u64;
        if !file.starts_with(MAGIC.get(..file.len().min(MAGIC.len())).unwrap_or_default()) {
            return Err(ListError::NotAList);
        }
        let Some(header) = file.first_chunk::<HEADER>() else {
            return Err(ListError::Truncated { have, needed: HEADER as u64 });
        };
        let found = u16::from_le_bytes(bytes(header, 8));
        if found != VERSION {
            return Err(ListError::Version { found, known: VERSION });
        }
        let stored = u32::from_le_bytes(bytes(header, 60));
        let found = crc32fast::hash(header.get(..60).unwrap_or_default());
        if found != stored {
            return Err(ListError::Checksum { part: "header", found, stored });
        }
        let long = |at| u64::from_le_bytes(bytes(header, at));
        let content = |field, value| ListError::Content { field, value };
        let [code, zero, one, other] = bytes(header, 10);
        let kind = ListKind::from_code(code, [one, other]).ok_or(content("kind", u64::from(code)))?;
        if zero != 0 || u16::from_le_bytes(bytes(header, 14)) != FIRST || bytes(header, 20) != [0; 4] {
            return Err(content("reserved field", u64::from(zero)));
        }
        let day = i32::from_le_bytes(bytes(header, 16));
        let as_of = date(day).ok_or(content("date", u64::from(day.cast_unsigned())))?;
        let (count, needed, pages, data) = (long(24), long(32), long(40), long(48));
        if have < needed {
            return Err(ListError::Truncated { have, needed });
        }
        if have > needed {
            return Err(ListError::TooLong { extra: have - needed, needed });
        }
        let small = |field, value: u64, most: usize| {
            usize::try_from(value).ok().filter(|value| *value <= most).ok_or(content(field, value))
        };
        let pages = small("number of area codes", pages, PLACES)?;
        let data = small("length of the blocks", data, file.len())?;
        if HEADER + AREAS + pages * PAGE + data + SLACK != file.len() {
            return Err(content("length", needed));
        }
        Ok(Self { kind, as_of, count, pages, data, crc: u32::from_le_bytes(bytes(header, 56)) })
    }
}

fn bytes<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    header.get(at..).and_then(<[u8]>::first_chunk::<N>).copied().unwrap_or([0; N])
}

/// Walks the directory: pages in order, blocks one behind the other without a gap, as many numbers as the header says.
/// After it every look-up is within the data.
fn directory(body: &[u8], pages: usize, data: usize, count: u64) -> Result<Box<[usize; PLACES]>, ListError> {
    let content = |field, value: usize| ListError::Content { field, value: value as u64 };
    let mut begins = Box::new([usize::MAX; PLACES]);
    let (areas, rest) = body.split_at_checked(AREAS).ok_or(content("length", body.len()))?;
    let (mut page, mut end, mut numbers) = (0_usize, 0_usize, 0_u64);
    for ((area, number), begin) in areas.as_chunks::<2>().0.iter().enumerate().zip(begins.iter_mut()) {
        let number = usize::from(u16::from_le_bytes(*number));
        if number == 0 {
            continue;
        }
        if number != page + 1 || !is_place(u16::try_from(area).unwrap_or(u16::MAX).saturating_add(FIRST)) {
            return Err(content("page of an area code", area));
        }
        let entries = rest.get(page * PAGE..).and_then(|rest| rest.get(..PAGE));
        let entries = entries.ok_or(content("page of an area code", area))?;
        let before = numbers;
        for (exchange, entry) in entries.as_chunks::<ENTRY>().0.iter().enumerate() {
            let &[a, b, c, d, low, high] = entry;
            let (from, lines) = (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([low, high]));
            let right = if lines == 0 {
                from == 0
            } else {
                usize::try_from(from) == Ok(end)
                    && lines <= super::nanp::LINES
                    && is_place(u16::try_from(exchange).unwrap_or(u16::MAX).saturating_add(FIRST))
            };
            if !right {
                return Err(content("entry of an exchange", area * PLACES + exchange));
            }
            end = end.saturating_add(usize::try_from(block::size(lines)).unwrap_or(usize::MAX));
            numbers += u64::from(lines);
        }
        if numbers == before {
            return Err(content("page without numbers", area));
        }
        *begin = AREAS + page * PAGE;
        page += 1;
    }
    if page != pages {
        return Err(content("number of area codes", page));
    }
    if numbers != count {
        return Err(ListError::Content { field: "count", value: numbers });
    }
    let zeros = body.get(body.len().saturating_sub(SLACK)..).unwrap_or_default();
    if end != data || zeros.iter().any(|byte| *byte != 0) {
        return Err(content("end of the blocks", end));
    }
    Ok(begins)
}
