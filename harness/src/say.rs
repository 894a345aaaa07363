//! What the program says, also to somebody who has stopped listening (`| head`): that is no error, and no panic.

/// A line on standard output.
macro_rules! println {
    () => { $crate::say::line(std::io::stdout(), format_args!("")) };
    ($($said:tt)*) => { $crate::say::line(std::io::stdout(), format_args!($($said)*)) };
}

/// A line on standard error.
macro_rules! eprintln {
    ($($said:tt)*) => { $crate::say::line(std::io::stderr(), format_args!($($said)*)) };
}

/// Writes a line; what nobody reads is lost.
pub fn line(mut to: impl std::io::Write, said: std::fmt::Arguments<'_>) {
    // The one way this fails is that nobody listens any more.
    let _ = writeln!(to, "{said}");
}
