use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::outcome::CommandError;
use crate::whole_file::WholeFile;

/// A CSV file that appears whole or not at all.
pub struct Output {
    path: PathBuf,
    writer: csv::Writer<BufWriter<WholeFile>>,
}

impl Output {
    /// As [`Output::create`], but no file that is read from: it would be gone, with the columns that are not written.
    pub fn beside(path: &Path, inputs: &[&Path], header: &[&str]) -> Result<Self, CommandError> {
        let place = |path: &Path| std::fs::canonicalize(path).ok();
        let out = place(path);
        if let Some(input) = inputs.iter().find(|input| out.is_some() && place(input) == out) {
            return Err(CommandError::usage(format!(
                "--out {}: that is the file {} that is read",
                path.display(),
                input.display()
            )));
        }
        Self::create(path, header)
    }

    /// Begins the file with its header.
    pub fn create(path: &Path, header: &[&str]) -> Result<Self, CommandError> {
        let file = WholeFile::create(path)?;
        let mut output =
            Self { path: path.to_owned(), writer: csv::Writer::from_writer(BufWriter::new(file)) };
        output.row(header)?;
        Ok(output)
    }

    /// Adds a row; fields may be bytes in any encoding.
    pub fn row<F: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = F>) -> Result<(), CommandError> {
        let Self { path, writer } = self;
        writer.write_record(fields).map_err(|error| Self::failed(path, &error))
    }

    /// Moves the file to its place.
    pub fn finish(self) -> Result<(), CommandError> {
        let Self { path, writer } = self;
        let buffer = writer.into_inner().map_err(|error| Self::failed(&path, error.error()))?;
        let file = buffer.into_inner().map_err(|error| Self::failed(&path, error.error()))?;
        file.finish(false)
    }

    fn failed(path: &Path, error: &dyn std::error::Error) -> CommandError {
        CommandError::failed(format!("cannot write {}: {error}", path.display()))
    }
}
