//! `--expect DIR`: results compared with files. Rows are compared as text, as
//! files of results hold them; this room must not know what they mean.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::talk::Talk;

/// Rows of each kind that a message lists.
const ROWS_LISTED: usize = 5;

/// A result: the name of its file, and its content.
pub struct Found {
    /// Such as `route.csv`.
    pub file: String,
    /// The whole file.
    pub text: Vec<u8>,
}

/// Compares results with the files of the same names. Every difference is
/// told; a result without a file is one, a file without a result too.
pub fn compare(found: &[Found], dir: &Path, talk: &Talk) -> Result<(), Exit> {
    if !dir.is_dir() {
        return Err(talk.refuse(paths::absent(dir)));
    }
    let mut wrong = 0;
    for result in found {
        let path = dir.join(&result.file);
        match std::fs::read(&path) {
            Ok(expected) => {
                if let Some(text) = difference(&expected, &result.text) {
                    wrong += 1;
                    talk.error(&format!("{} is not as expected\n{text}", result.file));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                wrong += 1;
                talk.error(&format!("nothing is expected of {}: no such file", path.display()));
            }
            Err(error) => {
                return Err(talk.refuse(format!("cannot read {}: {error}", path.display())));
            }
        }
    }
    for file in strangers(found, dir) {
        wrong += 1;
        talk.error(&format!("{} is expected, but no output of the program", file));
    }
    if wrong > 0 {
        return Err(Exit::Program);
    }
    let all = match found.len() {
        1 => "the output is".to_owned(),
        n => format!("all {n} outputs are"),
    };
    talk.report(&format!("{all} as expected\n"));
    Ok(())
}

/// Files of the folder with the form of results that no result has.
fn strangers(found: &[Found], dir: &Path) -> Vec<String> {
    let Some(extension) = found.first().and_then(|one| one.file.rsplit_once('.')) else {
        return Vec::new();
    };
    let entries = dir.read_dir().into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| name.rsplit_once('.').is_some_and(|(_, e)| e == extension.1))
        .filter(|name| found.iter().all(|one| one.file != *name))
        .collect();
    names.sort();
    names
}

/// The lines that only one side has, in words; `None` if there are none.
fn difference(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut expected, mut found) = (lines(expected), lines(found));
    if expected.first() != found.first() && !expected.is_empty() && !found.is_empty() {
        return Some(format!(
            "  its header is {}\n  expected was  {}",
            text(found[0]),
            text(expected[0])
        ));
    }
    let mut out = Vec::new();
    let missing = without(&mut expected, &found);
    let more = without(&mut found, &expected);
    list(&mut out, '-', "missing", &missing);
    list(&mut out, '+', "too many", &more);
    if out.is_empty() {
        out.push("  the rows are the same, in another order".to_owned());
    }
    Some(out.join("\n"))
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let lines = bytes.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty()).collect()
}

/// The lines of `all` that `others` lacks, counting repeats.
fn without<'a>(all: &mut [&'a [u8]], others: &[&[u8]]) -> Vec<&'a [u8]> {
    let mut sorted = others.to_vec();
    sorted.sort_unstable();
    let mut mine = all.to_vec();
    mine.sort_unstable();
    let mut at = 0;
    let lacks = |line: &&[u8]| {
        while at < sorted.len() && sorted[at] < *line {
            at += 1;
        }
        let has = at < sorted.len() && sorted[at] == *line;
        at += usize::from(has);
        !has
    };
    mine.into_iter().filter(lacks).collect()
}

fn list(out: &mut Vec<String>, sign: char, what: &str, lines: &[&[u8]]) {
    for line in lines.iter().take(ROWS_LISTED) {
        out.push(format!("  {sign} {}", text(line)));
    }
    if lines.len() > ROWS_LISTED {
        out.push(format!("  {sign} and {} more {what}", lines.len() - ROWS_LISTED));
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_rows() {
        assert_eq!(difference(b"a\n1\n", b"a\n1\n"), None);
        assert_eq!(difference(b"a\n1\n2\n", b"a\n2\n3\n").unwrap(), "  - 1\n  + 3");
        assert_eq!(
            difference(b"a\n2\n1\n", b"a\n1\n2\n").unwrap(),
            "  the rows are the same, in another order"
        );
        assert_eq!(difference(b"a\n1\n1\n", b"a\n1\n").unwrap(), "  - 1");
        assert!(difference(b"a\n", b"b\n").unwrap().contains("header"));
        let many: Vec<u8> = (1..9).flat_map(|i| format!("{i}\n").into_bytes()).collect();
        let shown = difference(&[b"a\n".as_slice(), &many].concat(), b"a\n").unwrap();
        assert!(shown.ends_with("- and 3 more missing"), "{shown}");
    }
}
