//! Do-not-call lists: the national registry, a state's, the seller's own.
//!
//! The registry's text goes into a [`ListBuilder`], which writes one immutable file; a [`NumberList`] reads it from any
//! bytes and answers some twenty million numbers a second on one core, from less than a byte and a third a number. What
//! changes from day to day goes on top as [`Changes`], chained by date. Nothing is answered from a list that is damaged,
//! of another kind, dated ahead or older than the caller allows.
//!
//! ```
//! use chrono::NaiveDate;
//! use fixedops_consent::list::{Accept, ListBuilder, ListKind, Nanp, NumberList, REGISTRY_MAX_AGE_DAYS, numbers};
//! let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
//!
//! // Once: the file as the registry gives it out.
//! let mut builder = ListBuilder::new(ListKind::National, day(1));
//! for line in numbers(b"404,5550123\n212,5550100\n911,5550100\n") {
//!     match line {
//!         Ok(number) => builder.add(number),
//!         Err(bad) => assert_eq!(bad.line, 3), // Named, set aside, never guessed.
//!     }
//! }
//! let file = builder.finish();
//!
//! // Every time: from the bytes of the file, or a mapping of it.
//! let list = NumberList::open(&file, &Accept::on(day(29), REGISTRY_MAX_AGE_DAYS).kind(ListKind::National))?;
//! let asked: Vec<Nanp> = vec!["(404) 555-0123".parse()?, "404-555-0124".parse()?];
//! let mut listed = Vec::new();
//! list.contains_batch(&asked, &mut listed);
//! assert_eq!(listed, [true, false]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `decide`, [`DncStatus::note`](crate::DncStatus::note) takes the answer over into the facts that a
//! message is decided from.
//!
//! # What the registry gives out
//!
//! The FTC publishes that full lists and change lists come as flat text or as XML, that the flat text of a full list has
//! one number a line, and that of a change list several items a line parted by commas (*Telemarketer Access
//! Information*, <https://webarchive.library.unt.edu/eot2008/20090118211551/http://www.ftc.gov/opa/2003/08/tmkraccessinfo.htm>).
//! It does not publish the layout of a line. A maker of scrubbing software says area code and number are parted by a
//! comma (<http://www.dontphoneme.com/howtoguides/downloadingdnc.html>); others show ten digits, and of the change list
//! number, date and `A` or `D`, with commas or in columns. So the readers here take all of these forms, tell the fields
//! of a change apart by their shape, and refuse a line that leaves a doubt. The XML form is refused by name: no layout
//! of it could be confirmed, and the flat file says the same.
//!
//! # What is checked when
//!
//! [`NumberList::open`] checks all of the file: its header and everything behind it have each a CRC-32, which finds every
//! single turned bit, every burst of up to 32 bits, and all but one in four billion other damages; the length must be
//! the one that the header gives; and the directory must describe blocks one behind the other without a gap, as many numbers
//! as the header says. That reads the file once: some milliseconds for 50 million numbers where the file is in memory,
//! the time of reading it where it is not. A checksum a block, looked at on first use, would save this and cost a
//! branch, a place to remember, and a list that is found damaged in the middle of a campaign; so there is none.
//! [`NumberList::verify`] checks on top that every block is one this crate writes: against a wrong writer, not against damage.
//! Neither is a signature; who can write the file can write another list.
//!
//! # The file
//!
//! Little-endian throughout. Header, 64 bytes:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `8F 44 4E 43 4C 0D 0A 1A`, so that a text transfer shows |
//! | 8 | 2 | format version, 1 |
//! | 10 | 1 + 1 | kind: 1 national, 2 a state's, 3 internal; zero |
//! | 12 | 2 | the state's letters, or zeros |
//! | 14 | 2 | the first area code and exchange of the tables, 200 |
//! | 16 | 4 | as of: days since 1970-01-01, signed |
//! | 20 | 4 | zeros |
//! | 24 | 8 | how many numbers |
//! | 32 | 8 | length of the file |
//! | 40 | 8 | how many pages |
//! | 48 | 8 | length of the blocks |
//! | 56 | 4 | CRC-32 of everything behind the header |
//! | 60 | 4 | CRC-32 of the 60 bytes before |
//!
//! Then a table of 800 area codes from 200 on, two bytes each: the number of its page, from 1, or 0. Then the pages, 800
//! exchanges from 200 on, six bytes each: where its block begins among the blocks (four bytes) and how many lines it
//! holds (two). Then the blocks, one for each exchange that has a number, in the order of the numbers; then eight zeros. The
//! form of a block follows from how many lines it holds, and is never more than two bytes a number:
//!
//! | lines | form | bytes |
//! |---|---|---|
//! | 10,000 | nothing | 0 |
//! | 1 to 40 | each in two bytes, ascending | 2 n |
//! | 41 to 255 | 40 buckets of 256 numbers: where each ends (one byte), then the low bytes | 40 + n |
//! | 256 to 624 | the same, ends in two bytes | 80 + n |
//! | 625 to 9,999 | a bit for each number, lowest first | 1,250 |
//!
//! One set of numbers of one kind and day has one file, to the byte.

mod accept;
mod apply;
mod block;
mod build;
mod changes;
mod error;
mod kind;
mod nanp;
mod open;
#[cfg(feature = "decide")]
mod status;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use accept::{Accept, REGISTRY_MAX_AGE_DAYS};
pub use apply::{Applied, ApplyError, UpdatedList};
pub use build::ListBuilder;
pub use changes::{Changes, ChangesError};
pub use error::ListError;
pub use kind::{ListKind, ListKindError, State};
pub use nanp::{Nanp, NanpError};
pub use open::NumberList;
pub use text::{Action, BadLine, Change, LineError, Lines, changes, numbers, read_change, read_number};
