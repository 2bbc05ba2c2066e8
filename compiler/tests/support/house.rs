//! The law of the house, for the tests of every crate: which folder may see
//! which, that every room says why it exists, its size, and words that have
//! no place in it. Each crate brings its own table of layers.

use std::path::Path;
use std::path::PathBuf;

const ROOM_MAX: usize = 500;
const FUNCTION_MAX: usize = 70;
/// Rust's own, then words that would hide a hole or an order of hashing.
const BANNED: &[&str] =
    &["dbg!(", "todo!(", "unimplemented!(", "collections::HashMap", "collections::HashSet"];

/// A name and names that belong to it.
pub type Table = &'static [(&'static str, &'static [&'static str])];

/// A crate and its own part of the law.
pub struct House {
    /// The folder of the crate.
    pub root: &'static str,
    /// Who may write `crate::X`, in the order of the pipeline.
    pub layers: Table,
    /// Of the crate `.0`, who may write `.0::X`; empty for a crate that names none.
    pub beside: (&'static str, Table),
    /// What may be named by all layers and names nobody.
    pub named_by_all: &'static [&'static str],
    /// A word and the only rooms, by the start of their path, that may say it.
    pub at_home: &'static [(&'static str, &'static str)],
}

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

fn rooms(house: &House, folder: &str) -> Vec<Room> {
    let root = Path::new(house.root).join(folder);
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

/// The first words behind every `crate::` of a line, or behind another name.
fn edges<'l>(line: &'l str, name: &str) -> Vec<&'l str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let found = line.match_indices(name).filter_map(|(at, name)| {
        // `bloom_crate::x` is another word, and `$crate::` is this crate again.
        let rest = line[at + name.len()..].strip_prefix("::")?;
        let end = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
        (!line[..at].chars().next_back().is_some_and(word)).then(|| &rest[..end])
    });
    found.collect()
}

/// Layers see only layers below, and of another crate what the table says.
pub fn layers_see_only_layers_below(house: &House) {
    let mut complaints = Vec::new();
    let (beside, table) = house.beside;
    let rooms = rooms(house, "src");
    for room in rooms.iter().filter(|r| r.layer() != "lib") {
        let layer = room.layer();
        let find = |table: Table| table.iter().find(|(name, _)| *name == layer).map(|(_, of)| *of);
        let Some(allowed) = find(house.layers) else {
            complaints.push(format!("{}: `{layer}` is not in the table of layers", room.path));
            continue;
        };
        for (number, line) in room.code() {
            let fine = |seen: &str| {
                seen == layer || allowed.contains(&seen) || house.named_by_all.contains(&seen)
            };
            for seen in edges(line, "crate").into_iter().filter(|seen| !fine(seen)) {
                complaints.push(format!("{}:{number}: `{layer}` may not see `{seen}`", room.path));
            }
            let Some(allowed) = find(table) else { continue };
            for seen in edges(line, beside).into_iter().filter(|seen| !allowed.contains(seen)) {
                let path = &room.path;
                complaints.push(format!("{path}:{number}: `{layer}` may not see {beside}::{seen}"));
            }
        }
    }
    hold(complaints);
}

/// Imports name one thing each.
pub fn imports_name_one_thing_each(house: &House) {
    let mut complaints = Vec::new();
    for room in rooms(house, "src") {
        for (number, line) in room.code() {
            if line.trim_start().contains("use crate::{") {
                complaints.push(format!("{}:{number}: a group hides who sees whom", room.path));
            }
        }
    }
    hold(complaints);
}

/// Rooms say why they exist and keep their size, those of tests too.
pub fn rooms_say_why_and_keep_their_size(house: &House) {
    let mut complaints = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for room in rooms(house, folder) {
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

/// Some words have no place anywhere.
pub fn banned_words_are_absent(house: &House) {
    let mut complaints = Vec::new();
    for room in rooms(house, "src") {
        for (number, line) in room.code() {
            for word in BANNED.iter().filter(|w| line.contains(**w)) {
                complaints.push(format!("{}:{number}: `{word}`", room.path));
            }
        }
    }
    hold(complaints);
}

/// What concerns the world outside is said in one room.
pub fn the_world_is_known_at_the_rim(house: &House) {
    let mut complaints = Vec::new();
    for room in rooms(house, "src") {
        for (number, line) in room.code() {
            for (word, home) in house.at_home {
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

/// Functions fit a screen.
pub fn functions_fit_a_screen(house: &House) {
    let mut complaints = Vec::new();
    for room in rooms(house, "src") {
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
