//! Files that appear whole or not at all: written beside their place and
//! renamed at the end. What is no file (a pipe, a device) is written as it
//! stands, and a link is followed, so that nothing is replaced that was meant
//! to be written to. This room must not know what the content is.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use tempfile::NamedTempFile;

/// Files that are written and have no name yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A place that is being written.
pub struct Place {
    /// Where it ends, links followed.
    to: PathBuf,
    file: Writing,
}

enum Writing {
    Beside(NamedTempFile),
    Direct(File),
}

impl Place {
    /// Begins to write to a path.
    pub fn new(path: &Path) -> io::Result<Place> {
        let Ok(metadata) = path.metadata() else {
            return Ok(Place { to: path.to_path_buf(), file: Writing::Beside(beside(path)?) });
        };
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let to = path.canonicalize()?;
        if !metadata.is_file() {
            let file = OpenOptions::new().write(true).open(&to)?;
            return Ok(Place { to, file: Writing::Direct(file) });
        }
        let file = Writing::Beside(beside(&to)?);
        Ok(Place { to, file })
    }

    /// Gives the file its name.
    pub fn finish(self) -> io::Result<()> {
        match self.file {
            Writing::Direct(mut file) => file.flush(),
            Writing::Beside(file) => {
                let name = file.path().to_path_buf();
                file.persist(&self.to).map_err(|error| error.error)?;
                unfinished(|all| all.retain(|path| *path != name));
                Ok(())
            }
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Writing::Beside(file) => file.write(bytes),
            Writing::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Writing::Beside(file) => file.flush(),
            Writing::Direct(file) => file.flush(),
        }
    }
}

/// Gives an existing file new content, whole or not at all.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let permissions = path.metadata()?.permissions();
    let mut place = Place::new(path)?;
    place.write_all(content)?;
    if let Writing::Beside(file) = &place.file {
        file.as_file().set_permissions(permissions)?;
    }
    place.finish()
}

/// Whether files can be made in a folder.
pub fn can_write_into(dir: &Path) -> io::Result<()> {
    let name = beside(&dir.join("try"))?.path().to_path_buf();
    unfinished(|all| all.retain(|path| *path != name));
    Ok(())
}

/// Takes away what is half written: for a process that ends at once.
pub fn abandon() {
    unfinished(|all| {
        for path in all.drain(..) {
            // There is nobody left to tell.
            let _ = std::fs::remove_file(path);
        }
    });
}

/// What went wrong, without the names of files that nobody asked for.
pub fn why(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path \"").next().unwrap_or_default().to_owned()
}

/// A new file in the folder of `path`, to be renamed to it.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bloom-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file that a tool makes; the user's mask takes from it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(parent.unwrap_or(Path::new(".")))?;
    unfinished(|all| all.push(file.path().to_path_buf()));
    Ok(file)
}

fn unfinished<T>(with: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    with(&mut UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_and_files_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&file, &link).unwrap();
        #[cfg(not(unix))]
        let link = file.clone();
        let mut place = Place::new(&link).unwrap();
        place.write_all(b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        place.finish().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        drop(Place::new(&file).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1 + usize::from(cfg!(unix)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_stay_devices() {
        let mut place = Place::new(Path::new("/dev/full")).unwrap();
        assert!(place.write_all(b"x").is_err());
        assert!(place.finish().is_ok());
        assert!(!Path::new("/dev/full").metadata().unwrap().is_file());
    }

    #[test]
    fn reasons_name_no_file_of_ours() {
        let error = Place::new(Path::new("/nowhere/x")).err().unwrap();
        assert!(!why(&error).contains("bloom"), "{}", why(&error));
    }
}
