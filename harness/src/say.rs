//! What the program says, also to somebody who has stopped listening (`| head`): that is no error, and no panic.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an answer could not be written, though somebody listens: a full disk.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line on standard output.
macro_rules! println {
    () => { $crate::say::line(format_args!("")) };
    ($($said:tt)*) => { $crate::say::line(format_args!($($said)*)) };
}

/// A line on standard error.
macro_rules! eprintln {
    ($($said:tt)*) => { $crate::say::aside(format_args!($($said)*)) };
}

/// Writes a line of an answer. What nobody reads is lost; what cannot be written makes the work fail ([`all_said`]).
pub fn line(said: std::fmt::Arguments<'_>) {
    note(writeln!(io::stdout(), "{said}"));
}

/// Writes a line beside the answer: there is nowhere to say that it was lost.
pub fn aside(said: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{said}");
}

/// Whether every line of the answer went out, or to somebody who had stopped listening.
pub fn all_said() -> bool {
    note(io::stdout().flush());
    !LOST.load(Ordering::Relaxed)
}

fn note(written: io::Result<()>) {
    if written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}
