//! A result that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::outcome::CommandError;

/// A file written beside its place and moved there at the end. What was there stays until then.
pub struct WholeFile {
    path: PathBuf,
    /// Where a link leads.
    target: PathBuf,
    /// A pipe, a device or a descriptor of ours: it is written to at the end, not replaced.
    special: bool,
    /// For its owner only: it holds customer data.
    private: bool,
    part: NamedTempFile,
}

impl WholeFile {
    /// Begins.
    pub fn create(path: &Path) -> Result<Self, CommandError> {
        if path.is_dir() {
            return Err(CommandError::usage(format!("{} is a folder", path.display())));
        }
        let led = follow(path)
            .ok_or_else(|| CommandError::usage(format!("{}: links that lead nowhere", path.display())))?;
        let special = is_descriptor(&led) || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        let target = if special { led } else { fs::canonicalize(&led).unwrap_or(led) };
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let part = if special { NamedTempFile::new() } else { NamedTempFile::new_in(folder) };
        let part =
            part.map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), target, special, private: false, part })
    }

    /// Begins a file that only its owner may read.
    pub fn create_private(path: &Path) -> Result<Self, CommandError> {
        Ok(Self { private: true, ..Self::create(path)? })
    }

    /// Moves the file to its place; `durable` where it must be on the disk by then.
    pub fn finish(self, durable: bool) -> Result<(), CommandError> {
        let Self { path, target, special, private, mut part } = self;
        let failed =
            |error: io::Error| CommandError::failed(format!("cannot write {}: {error}", path.display()));
        if special {
            let mut whole = part.reopen().map_err(failed)?;
            return match descriptor(&target) {
                // Through the descriptor itself: what was said before and is said after stays where it belongs.
                Some("1") => io::copy(&mut whole, &mut io::stdout()),
                Some("2") => io::copy(&mut whole, &mut io::stderr()),
                Some(_) => File::options()
                    .append(true)
                    .open(&target)
                    .and_then(|mut straight| io::copy(&mut whole, &mut straight)),
                None => File::options()
                    .write(true)
                    .open(&target)
                    .and_then(|mut straight| io::copy(&mut whole, &mut straight)),
            }
            .map(drop)
            .map_err(failed);
        }
        if durable {
            part.as_file_mut().sync_all().map_err(failed)?;
        }
        if !private {
            readable_by_all_who_may(part.as_file());
        }
        part.persist(&target).map(drop).map_err(|error| failed(error.error))
    }
}

/// Where a path leads over its links, whether anything is there or not; a descriptor is not followed further. None for
/// links that lead to each other.
fn follow(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        if is_descriptor(&path) {
            return Some(path);
        }
        let Ok(next) = fs::read_link(&path) else { return Some(path) };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    None
}

fn is_descriptor(path: &Path) -> bool {
    descriptor(path).is_some()
}

/// The number of the descriptor that a path names.
fn descriptor(path: &Path) -> Option<&str> {
    match path.to_str()? {
        "/dev/stdout" => Some("1"),
        "/dev/stderr" => Some("2"),
        other => other.strip_prefix("/proc/self/fd/").or_else(|| other.strip_prefix("/dev/fd/")),
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.flush()
    }
}

/// A temporary file is for its owner only; a result holds no customer data of ours and is an ordinary file.
#[cfg(unix)]
fn readable_by_all_who_may(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    // Where it cannot be changed the file is still right for its owner.
    let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable_by_all_who_may(_file: &File) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_result_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "before").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        file.finish(true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&real, "before").unwrap();
        symlink(&real, &link).unwrap();
        symlink("/dev/null", folder.path().join("null")).unwrap();
        for path in [&link, &folder.path().join("null")] {
            let mut file = WholeFile::create(path).unwrap();
            file.write_all(b"whole").unwrap();
            file.finish(false).unwrap();
            assert!(fs::symlink_metadata(path).unwrap().is_symlink(), "{}", path.display());
        }
        assert_eq!(fs::read_to_string(&real).unwrap(), "whole");
        // A link to a file that is yet to be made makes it.
        let (new, early) = (folder.path().join("new.csv"), folder.path().join("early.csv"));
        symlink("new.csv", &early).unwrap();
        let mut file = WholeFile::create(&early).unwrap();
        file.write_all(b"whole").unwrap();
        file.finish(false).unwrap();
        assert!(fs::symlink_metadata(&early).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&new).unwrap(), "whole");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        symlink(&other, &one).unwrap();
        symlink(&one, &other).unwrap();
        assert!(WholeFile::create(&one).is_err());
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
