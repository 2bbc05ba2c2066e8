//! The law of the house, as tests: which folder may see which, that every
//! room says why it exists, its size, and words that have no place in it.

use std::path::Path;
use std::path::PathBuf;

/// Who may write `crate::X`. Nothing may name the tool.
const LAYERS: &[(&str, &[&str])] = &[
    ("value", &[]),
    ("kernel", &["value"]),
    ("tick", &["value", "kernel"]),
    ("connect", &["value", "tick"]),
    ("cli", &["value", "kernel", "tick", "connect"]),
    // The binary has an allocator and calls the tool.
    ("main", &[]),
];
const NAMED_BY_ALL: &[&str] = &[];
const ROOM_MAX: usize = 500;
const FUNCTION_MAX: usize = 70;
/// Rust's own, then words that would hide a hole or an order of hashing.
const BANNED: &[&str] =
    &["dbg!(", "todo!(", "unimplemented!(", "collections::HashMap", "collections::HashSet"];
/// What may only be named in one folder: terminals, processes, files to load.
const AT_HOME: &[(&str, &str)] = &[
    ("clap::", "cli/"),
    ("indicatif::", "cli/"),
    ("println!", "cli/exit.rs"),
    ("libc::", "cli/stats.rs"),
];

struct Room {
    /// Path below `src`, with `/`.
    path: String,
    text: String,
}

impl Room {
    /// The folder or file of `src` that it belongs to.
    fn layer(&self) -> &str {
        self.path.split('/').next().unwrap_or("").trim_end_matches(".rs")
    }

    /// Lines of code with their numbers, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out.sort();
}

fn rooms(folder: &str) -> Vec<Room> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    let room = |path: &PathBuf| Room {
        path: path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/"),
        text: std::fs::read_to_string(path).expect("the file is text"),
    };
    paths.iter().map(room).collect()
}

fn hold(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The first words behind every `crate::` of a line.
fn edges(line: &str) -> impl Iterator<Item = &str> {
    let word_end =
        |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    line.match_indices("crate::").filter_map(move |(at, found)| {
        // `bloom_crate::x` is another word, and `$crate::` is this crate again.
        let before = line[..at].chars().next_back();
        let rest = &line[at + found.len()..];
        (!before.is_some_and(|c| c.is_alphanumeric() || c == '_')).then(|| &rest[..word_end(rest)])
    })
}

#[test]
fn layers_see_only_layers_below() {
    let mut complaints = Vec::new();
    for room in rooms("src").iter().filter(|r| r.layer() != "lib") {
        let layer = room.layer();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            complaints.push(format!("{}: `{layer}` is not in the table of layers", room.path));
            continue;
        };
        for (number, line) in room.code() {
            for seen in edges(line) {
                let fine = seen == layer || allowed.contains(&seen) || NAMED_BY_ALL.contains(&seen);
                if !fine {
                    complaints
                        .push(format!("{}:{number}: `{layer}` may not see `{seen}`", room.path));
                }
            }
        }
    }
    hold(complaints);
}

#[test]
fn imports_name_one_thing_each() {
    let mut complaints = Vec::new();
    for room in rooms("src") {
        for (number, line) in room.code() {
            if line.trim_start().contains("use crate::{") {
                complaints.push(format!("{}:{number}: a group hides who sees whom", room.path));
            }
        }
    }
    hold(complaints);
}

#[test]
fn rooms_say_why_and_keep_their_size() {
    let mut complaints = Vec::new();
    for folder in ["src", "tests"] {
        for room in rooms(folder) {
            let path = format!("{folder}/{}", room.path);
            if !room.text.starts_with("//!") {
                complaints.push(format!("{path}: the first line does not say why it exists"));
            }
            let lines = room.text.lines().count();
            if lines > ROOM_MAX {
                complaints.push(format!("{path}: {lines} lines, more than {ROOM_MAX}"));
            }
        }
    }
    hold(complaints);
}

#[test]
fn banned_words_are_absent() {
    let mut complaints = Vec::new();
    for room in rooms("src") {
        for (number, line) in room.code() {
            for word in BANNED.iter().filter(|w| line.contains(**w)) {
                complaints.push(format!("{}:{number}: `{word}`", room.path));
            }
        }
    }
    hold(complaints);
}

#[test]
fn the_world_is_known_at_the_rim() {
    let mut complaints = Vec::new();
    for room in rooms("src") {
        for (number, line) in room.code() {
            for (word, home) in AT_HOME {
                if line.contains(word) && !room.path.starts_with(home) {
                    complaints.push(format!("{}:{number}: `{word}` belongs to {home}", room.path));
                }
            }
        }
    }
    hold(complaints);
}

/// Whether a function starts on this line.
fn starts_function(line: &str) -> bool {
    const STARTS: &[&str] = &["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn ", "const fn "];
    STARTS.iter().any(|start| line.trim_start().starts_with(start))
}

/// The line that ends the item starting on `first`: the next one that is as
/// far indented and closes something.
fn end_of_item(lines: &[&str], first: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let closes = |line: &str| line.ends_with('}') || line.ends_with(';');
    let wanted = indent(lines[first]);
    let found = (first..lines.len()).find(|&i| indent(lines[i]) == wanted && closes(lines[i]));
    found.unwrap_or(first)
}

#[test]
fn functions_fit_a_screen() {
    let mut complaints = Vec::new();
    for room in rooms("src") {
        let lines: Vec<&str> = room.text.lines().collect();
        for first in (0..lines.len()).filter(|&i| starts_function(lines[i])) {
            let length = end_of_item(&lines, first) - first + 1;
            if length > FUNCTION_MAX {
                let name = lines[first].trim();
                complaints.push(format!("{}:{}: {length} lines: {name}", room.path, first + 1));
            }
        }
    }
    hold(complaints);
}
