//! Changes of the text: the whole of it put into the one style, in few small
//! steps so that cursors and folds stay, and the fixes that messages offer.

use std::ops::Range;

use crate::ide::Analysis;
use crate::ide::analysis::FILE;
use crate::syntax::print;

/// Lines of the part that differs beyond which no smallest change is sought.
const LINES_COMPARED_MAX: usize = 2_000;

/// A range and what comes in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// Bytes that go.
    pub range: Range<usize>,
    /// What comes.
    pub text: String,
}

/// A change that mends what a message is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// What it does, as an imperative.
    pub title: String,
    /// The change.
    pub edit: Edit,
    /// Number of the message.
    pub diagnostic: usize,
}

impl Analysis {
    /// Fixes of the messages that touch a range.
    pub fn actions(&self, range: &Range<usize>) -> Vec<Action> {
        let mut actions = Vec::new();
        for (number, diagnostic) in self.diagnostics().iter().enumerate() {
            let Some(fix) = &diagnostic.fix else { continue };
            let place = diagnostic.primary.span;
            let touches = |r: Range<usize>| r.start <= range.end && range.start <= r.end;
            if fix.span.file == FILE
                && place.file == FILE
                && (touches(place.range()) || touches(fix.span.range()))
            {
                let edit = Edit { range: fix.span.range(), text: fix.replacement.clone() };
                actions.push(Action { title: fix.title.clone(), edit, diagnostic: number });
            }
        }
        actions
    }

    /// The changes that put the text into the one style; `Err` is the number of
    /// mistakes that keep it from being read.
    pub fn format(&self) -> Result<Vec<Edit>, usize> {
        match print::format(FILE, &self.text) {
            Ok(new) => Ok(changes(&self.text, &new)),
            Err(mistakes) => Err(mistakes.iter().filter(|d| d.is_error()).count()),
        }
    }
}

/// A text with changes made, which are in order and do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        out.push_str(text.get(from..edit.range.start).unwrap_or(""));
        out.push_str(&edit.text);
        from = edit.range.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

/// Changes, line by line, that make one text of another.
pub fn changes(old: &str, new: &str) -> Vec<Edit> {
    let before: Vec<&str> = old.split_inclusive('\n').collect();
    let after: Vec<&str> = new.split_inclusive('\n').collect();
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before[same..].iter().rev().zip(after[same..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let (mid_old, mid_new) = (&before[same..before.len() - end], &after[same..after.len() - end]);
    let start: usize = before[..same].iter().map(|l| l.len()).sum();
    if mid_old.is_empty() && mid_new.is_empty() {
        return Vec::new();
    }
    if mid_old.len().max(mid_new.len()) > LINES_COMPARED_MAX {
        let len: usize = mid_old.iter().map(|l| l.len()).sum();
        return vec![Edit { range: start..start + len, text: mid_new.concat() }];
    }
    hunks(mid_old, mid_new, start)
}

/// The changes between two runs of lines, by their longest common subsequence.
fn hunks(old: &[&str], new: &[&str], start: usize) -> Vec<Edit> {
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = match old[i] == new[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let mut edits: Vec<Edit> = Vec::new();
    let (mut i, mut j, mut at) = (0, 0, start);
    let mut open: Option<Edit> = None;
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            edits.extend(open.take());
            (at, i, j) = (at + old[i].len(), i + 1, j + 1);
            continue;
        }
        let edit = open.get_or_insert_with(|| Edit { range: at..at, text: String::new() });
        let goes = j == new.len()
            || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1];
        if goes {
            at += old[i].len();
            edit.range.end = at;
            i += 1;
        } else {
            edit.text.push_str(new[j]);
            j += 1;
        }
    }
    edits.extend(open);
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_make_the_one_text_of_the_other_and_are_small() {
        let old = "a\nb\nc\nd\ne\n";
        for new in ["a\nB\nc\nd\nE\n", "", "a\nb\nc\nd\ne\n", "x\na\nb\nd\ne\nf", "e\nd\nc\n"] {
            let edits = changes(old, new);
            assert_eq!(apply(old, &edits), new);
        }
        assert_eq!(changes(old, "a\nB\nc\nd\nE\n").len(), 2);
        assert!(changes(old, old).is_empty());
    }
}
