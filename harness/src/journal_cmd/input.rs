use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::CommandError;

/// Opens a file to be read from its beginning, with a progress bar where a person looks on.
pub fn open(path: &Path) -> io::Result<impl BufRead + use<>> {
    let file = File::open(path)?;
    let bar = ProgressBar::new(file.metadata()?.len());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    Ok(BufReader::with_capacity(1 << 16, bar.wrap_read(file)))
}

/// Whether a file begins as SQLite files do.
pub fn is_sqlite(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut start)?;
    Ok(start == b"SQLite format 3\0")
}

/// A file that could not be read or written.
pub fn file_error(path: &Path, error: &io::Error) -> CommandError {
    CommandError::failed(format!("{}: {error}", path.display()))
}
