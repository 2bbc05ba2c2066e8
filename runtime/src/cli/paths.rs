//! From PATH to the text of a program: a file, or a folder with `main.bloom`.
//! What is not there is told with what is near. This room must not know what
//! the text means.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::suggest::closest;

/// The file that a folder's program starts in.
const MAIN: &str = "main.bloom";

/// A program's text and the name to show.
pub struct Program {
    /// As given, shortened to the file.
    pub name: String,
    /// The source text.
    pub text: String,
    /// Its file; none of the standard input.
    pub file: Option<PathBuf>,
}

/// Whether a path stands for the standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads the program at a path; `-` is the standard input.
pub fn read(path: &Path) -> Result<Program, String> {
    if is_stdin(path) {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        return program("<stdin>".into(), None, read);
    }
    let file = locate(path)?;
    let read = std::fs::read(&file);
    program(file.display().to_string(), Some(file), read)
}

fn program(
    name: String,
    file: Option<PathBuf>,
    read: std::io::Result<Vec<u8>>,
) -> Result<Program, String> {
    match read {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Program { name, text, file }),
            Err(error) => {
                let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = memchr::memchr_iter(b'\n', before).count() + 1;
                Err(format!("{name} is no text in UTF-8 (line {line})"))
            }
        },
        Err(error) => Err(format!("cannot read {name}: {error}")),
    }
}

/// The file of the program at a path.
fn locate(path: &Path) -> Result<PathBuf, String> {
    if path.is_dir() {
        let main = path.join(MAIN);
        if main.is_file() {
            return Ok(main);
        }
        let found = bloom_files(path);
        let shown = path.display();
        return Err(match found.as_slice() {
            [] => format!("the folder {shown} has no {MAIN}"),
            [one] => format!(
                "the folder {shown} has no {MAIN}; did you mean {}?",
                path.join(one).display()
            ),
            many => format!("the folder {shown} has no {MAIN}, but {}", many.join(", ")),
        });
    }
    if path.exists() {
        return Ok(path.to_path_buf());
    }
    let with_extension = path.with_extension("bloom");
    if path.extension().is_none() && with_extension.is_file() {
        return Err(format!(
            "there is no {}; did you mean {}?",
            path.display(),
            with_extension.display()
        ));
    }
    Err(absent(path))
}

/// What to say about a path that does not exist.
pub fn absent(path: &Path) -> String {
    let shown = path.display();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return format!("there is no {shown}: the folder {} does not exist", folder.display());
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    match near(name, &entries(folder)) {
        Some(near) => {
            let near = parent.map_or(PathBuf::from(&near), |parent| parent.join(&near));
            format!("there is no {shown}; did you mean {}?", near.display())
        }
        None => format!("there is no {shown}"),
    }
}

/// The name in a folder that a mistyped one probably means. A common extension
/// makes no two names alike.
fn near(name: &str, names: &[String]) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let alike = names.iter().filter_map(|known| match known.rsplit_once('.') {
        Some((known, same)) if same == extension => Some(known),
        None if extension.is_empty() => Some(known.as_str()),
        _ => None,
    });
    match closest(stem, alike) {
        Some(near) if extension.is_empty() => Some(near.to_owned()),
        Some(near) => Some(format!("{near}.{extension}")),
        None => closest(name, names.iter().map(String::as_str))
            .filter(|near| near.rsplit_once('.').map(|(stem, _)| stem) == Some(stem))
            .map(str::to_owned),
    }
}

/// Names in a folder, sorted; none if it cannot be read.
pub fn entries(folder: &Path) -> Vec<String> {
    listed(folder).unwrap_or_default()
}

/// The same, or why it cannot be read. What is no text is passed over.
pub fn listed(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn bloom_files(folder: &Path) -> Vec<String> {
    let mut names = entries(folder);
    names.retain(|name| name.ends_with(".bloom"));
    names
}
