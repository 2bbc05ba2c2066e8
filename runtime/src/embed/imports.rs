//! Files that programs import: from the disk, beside the file that imports
//! them, and from the standard library, which is a part of this binary. What
//! the text means is not known here.

use std::collections::BTreeMap;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::limits::SOURCE_BYTES_MAX;
use bloom_compiler::source::Import;
use bloom_compiler::source::Loaded;
use bloom_compiler::source::Loader;

/// In front of the ids of the library's parts: no path begins like this.
const LIBRARY: &str = "library:";

/// Where the imports of one program come from.
#[derive(Debug, Default)]
pub struct Imports {
    /// Its folder, if it has one.
    folder: Option<PathBuf>,
    /// Its file, if it has one.
    root: Option<String>,
    /// Texts that are newer than the disk, by canonical path.
    open: BTreeMap<PathBuf, String>,
    /// Parts of the library: name and text.
    library: &'static [(&'static str, &'static str)],
    /// Of each file that was read, the path to show.
    shown: Mutex<BTreeMap<String, PathBuf>>,
}

impl Imports {
    /// Of a text without a place: the library only.
    pub fn library() -> Imports {
        Imports { library: bloom_stdlib::FILES, ..Imports::default() }
    }

    /// Of a text that stands for a file of this folder.
    pub fn beside(folder: &Path) -> Imports {
        Imports { folder: Some(folder.to_path_buf()), ..Imports::library() }
    }

    /// Of a file.
    pub fn of(file: &Path) -> Imports {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let root = file.canonicalize().ok().map(|path| path.display().to_string());
        Imports { root, ..Imports::beside(folder.unwrap_or(Path::new("."))) }
    }

    /// Takes texts that are newer than those on the disk.
    pub fn with_open(mut self, open: impl IntoIterator<Item = (PathBuf, String)>) -> Imports {
        self.open.extend(
            open.into_iter().map(|(path, text)| (path.canonicalize().unwrap_or(path), text)),
        );
        self
    }

    /// As an option of the compiler.
    pub fn shared(self) -> Option<Arc<dyn Loader>> {
        Some(Arc::new(self))
    }

    fn part(&self, name: &str) -> Result<Loaded, String> {
        let found = self.library.iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or("the library has no such part")?;
        Ok(Loaded {
            id: format!("{LIBRARY}{name}"),
            name: format!("{}.bloom", name.replace('.', "/")),
            text: text.to_string(),
        })
    }

    /// The file that `from` calls `path`.
    fn file(&self, from: Option<&str>, path: &str) -> Result<Loaded, String> {
        let shown = {
            let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            from.and_then(|from| shown.get(from).cloned())
        };
        let folder = match (from, &shown) {
            (Some(from), _) if from.starts_with(LIBRARY) => {
                return Err("the library imports its own parts by name".into());
            }
            (Some(_), Some(shown)) => shown.parent().map(Path::to_path_buf),
            _ => self.folder.clone(),
        };
        let folder =
            folder.ok_or("this program has no folder, so it can import only the library")?;
        if Path::new(path).is_absolute() {
            return Err("a path is counted from the file that imports it: begin with `./`".into());
        }
        let place = plain(&folder.join(path));
        let real = place.canonicalize().map_err(|_| absent(&place))?;
        let text = match self.open.get(&real) {
            Some(text) => text.clone(),
            None => read(&real, &place)?,
        };
        let id = real.display().to_string();
        let name = place.display().to_string();
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), place);
        Ok(Loaded { id, name, text })
    }
}

impl Loader for Imports {
    fn load(&self, from: Option<&str>, what: Import<'_>) -> Result<Loaded, String> {
        match what {
            Import::Library(name) => self.part(name),
            Import::File(path) => self.file(from, path),
        }
    }

    fn root(&self) -> Option<String> {
        self.root.clone()
    }

    fn library(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.library.iter().map(|(name, _)| name.to_string()).collect();
        names.sort();
        names
    }
}

/// A path without `.`, at its beginning and inside.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

fn read(real: &Path, shown: &Path) -> Result<String, String> {
    let unreadable = |why: std::io::Error| format!("cannot read {}: {why}", shown.display());
    let about = std::fs::metadata(real).map_err(unreadable)?;
    if about.is_dir() {
        return Err(format!("{} is a folder", shown.display()));
    }
    if about.len() > SOURCE_BYTES_MAX as u64 {
        let most = SOURCE_BYTES_MAX >> 20;
        return Err(format!("{} has more than {most} MiB", shown.display()));
    }
    let bytes = std::fs::read(real).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_| format!("{} is no text in UTF-8", shown.display()))
}

/// What is said of a file that is not there, with what is near.
fn absent(place: &Path) -> String {
    let said = format!("there is no {}", place.display());
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else { return said };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".bloom"))
        .collect();
    names.sort();
    let wanted =
        place.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let with_extension = format!("{wanted}.bloom");
    let exact = names.iter().find(|name| **name == with_extension).map(String::as_str);
    match exact.or_else(|| closest(&wanted, names.iter().map(String::as_str))) {
        Some(near) => format!("{said}; did you mean {near}?"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PARTS: &[(&str, &str)] = &[("std.one", "const one = 1;")];

    fn imports() -> Imports {
        Imports { library: PARTS, ..Imports::default() }
    }

    #[test]
    fn parts_are_found_by_name() {
        let found = imports().load(None, Import::Library("std.one"));
        let found = found.expect("the part is there");
        assert_eq!(found.name, "std/one.bloom");
        assert_eq!(found.text, "const one = 1;");
        assert!(imports().load(None, Import::Library("std.two")).is_err());
        assert_eq!(Loader::library(&imports()), ["std.one"]);
    }

    #[test]
    fn the_library_reads_no_files() {
        let said = imports().load(Some("library:std.one"), Import::File("./x.bloom"));
        assert_eq!(said, Err("the library imports its own parts by name".to_string()));
        let said = imports().load(None, Import::File("./x.bloom"));
        assert!(said.is_err_and(|why| why.contains("no folder")));
    }
}
