//! The file as bytes: what stands where, and its writing.

use chrono::NaiveDate;

use super::ListKind;
use super::block::{self, SLACK};
use super::nanp::{FIRST, PLACES};

pub(super) const MAGIC: [u8; 8] = [0x8F, b'D', b'N', b'C', b'L', b'\r', b'\n', 0x1A];
pub(super) const VERSION: u16 = 1;
/// Bytes of the header; its last eight are its own checksum and that of the body.
pub(super) const HEADER: usize = 64;
/// Bytes of the table of area codes: a page number of two bytes each, 0 for none.
pub(super) const AREAS: usize = 2 * PLACES;
/// Bytes of an entry of a page: where the block begins (four), and how many lines it holds (two).
pub(super) const ENTRY: usize = 6;
/// Bytes of a page: an entry for each exchange of an area code.
pub(super) const PAGE: usize = ENTRY * PLACES;

/// Days from 0001-01-01 to 1970-01-01, as chrono counts them.
const EPOCH: i32 = 719_163;

/// A date as days since 1970-01-01.
pub(super) fn days(date: NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&date) - EPOCH
}

pub(super) fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH)?)
}

/// Takes the blocks in the order of their exchanges and writes the list.
#[derive(Default)]
pub(super) struct Writer {
    areas: Vec<u8>,
    pages: Vec<u8>,
    data: Vec<u8>,
    /// The area whose page is the last one.
    area: Option<usize>,
    count: u64,
}

impl Writer {
    /// Lines of an exchange: ascending, each once.
    pub(super) fn lines(&mut self, area: usize, exchange: usize, lines: &[u16]) {
        self.entry(area, exchange, u16::try_from(lines.len()).unwrap_or(u16::MAX));
        block::encode(lines, &mut self.data);
    }

    /// A block as it stands in another list.
    pub(super) fn copy(&mut self, area: usize, exchange: usize, count: u16, block: &[u8]) {
        self.entry(area, exchange, count);
        self.data.extend_from_slice(block);
    }

    fn entry(&mut self, area: usize, exchange: usize, count: u16) {
        if count == 0 {
            return;
        }
        if self.area != Some(area) {
            self.area = Some(area);
            self.areas.resize(2 * area, 0);
            self.pages.resize(self.pages.len() + PAGE, 0);
            let page = u16::try_from(self.pages.len() / PAGE).unwrap_or(u16::MAX);
            self.areas.extend_from_slice(&page.to_le_bytes());
        }
        // 640,000 blocks of at most 1,250 bytes: far below four gigabytes.
        let from = u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_le_bytes();
        let at = self.pages.len() - PAGE + ENTRY * exchange;
        let entry = self.pages.get_mut(at..at + ENTRY).unwrap_or_default();
        entry.iter_mut().zip(from.iter().chain(&count.to_le_bytes())).for_each(|(to, byte)| *to = *byte);
        self.count += u64::from(count);
    }

    /// The file.
    pub(super) fn finish(self, kind: ListKind, as_of: NaiveDate) -> Vec<u8> {
        let Self { mut areas, pages, data, count, .. } = self;
        areas.resize(AREAS, 0);
        let length = HEADER + AREAS + pages.len() + data.len() + SLACK;
        let (code, state) = kind.code();
        let mut file = Vec::with_capacity(length);
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&[code, 0]);
        file.extend_from_slice(&state);
        file.extend_from_slice(&FIRST.to_le_bytes());
        file.extend_from_slice(&days(as_of).to_le_bytes());
        file.extend_from_slice(&[0; 4]);
        file.extend_from_slice(&count.to_le_bytes());
        file.extend_from_slice(&(length as u64).to_le_bytes());
        file.extend_from_slice(&((pages.len() / PAGE) as u64).to_le_bytes());
        file.extend_from_slice(&(data.len() as u64).to_le_bytes());
        let mut body = crc32fast::Hasher::new();
        [&areas, &pages, &data, &vec![0; SLACK]].into_iter().for_each(|section| body.update(section));
        file.extend_from_slice(&body.finalize().to_le_bytes());
        let header = crc32fast::hash(&file);
        file.extend_from_slice(&header.to_le_bytes());
        file.extend_from_slice(&areas);
        file.extend_from_slice(&pages);
        file.extend_from_slice(&data);
        file.resize(length, 0);
        file
    }
}
