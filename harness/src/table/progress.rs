use std::io::{self, Read};

use indicatif::{ProgressBar, ProgressStyle};

/// A reader that moves a bar on a terminal and shows nothing in a pipe.
pub struct Watched<R> {
    inner: R,
    bar: ProgressBar,
}

impl<R> Watched<R> {
    /// Watches `inner`, of `bytes` in all.
    pub fn new(inner: R, bytes: u64, what: String) -> Self {
        let style = ProgressStyle::with_template("{msg} [{bar:40}] {bytes}/{total_bytes} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { inner, bar: ProgressBar::new(bytes).with_style(style).with_message(what) }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
