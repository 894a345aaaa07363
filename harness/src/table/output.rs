use std::io::BufWriter;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::outcome::CommandError;

/// A CSV file that appears whole or not at all: written beside its place, moved there at the end.
pub struct Output {
    path: PathBuf,
    writer: csv::Writer<BufWriter<NamedTempFile>>,
}

impl Output {
    /// Begins the file with its header.
    pub fn create(path: &Path, header: &[&str]) -> Result<Self, CommandError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if path.is_dir() {
            return Err(CommandError::usage(format!("{} is a folder", path.display())));
        }
        let file = NamedTempFile::new_in(folder).map_err(|error| {
            CommandError::failed(format!("cannot write in {}: {error}", folder.display()))
        })?;
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
        readable_by_all_who_may(file.as_file());
        file.persist(&path).map_err(|error| Self::failed(&path, &error.error))?;
        Ok(())
    }

    fn failed(path: &Path, error: &dyn std::error::Error) -> CommandError {
        CommandError::failed(format!("cannot write {}: {error}", path.display()))
    }
}

/// A temporary file is for its owner only; a result is an ordinary file.
#[cfg(unix)]
fn readable_by_all_who_may(file: &std::fs::File) {
    use std::os::unix::fs::PermissionsExt;
    // Where it cannot be changed the file is still right for its owner.
    let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable_by_all_who_may(_file: &std::fs::File) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_result_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        std::fs::write(&path, "before").unwrap();
        let mut output = Output::create(&path, &["a"]).unwrap();
        output.row(["1"]).unwrap();
        drop(output);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

        let output = Output::create(&path, &["a"]).unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n");
    }
}
