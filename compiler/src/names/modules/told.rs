//! What was said of an instance, said of the text its author wrote: places go
//! back from the copy to the file, names lose what stands in front of them,
//! the use is shown beside, and what several instances share is said once.

use std::collections::BTreeMap;

use super::scope::MARK;
use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::Label;
use crate::diag::codes;
use crate::names::hir;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;

/// Instances that one message shows.
const USES_SHOWN_MAX: usize = 3;

/// An instance, as far as messages need it.
#[derive(Clone, Debug)]
pub(super) struct Copied {
    /// What stands in front of its names: `q.`
    pub(super) prefix: String,
    /// The module.
    pub(super) module: String,
    /// The name that its use gives it; none of an instance that is no part of
    /// the program.
    pub(super) used: Option<Span>,
    /// The copy of the instance around it.
    pub(super) parent: Option<FileId>,
    /// No warnings are told of it.
    pub(super) quiet: bool,
}

/// All copies of texts, and which files are imported.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    pub(super) of: BTreeMap<FileId, Copied>,
    /// Each with the import of the program by which it came in.
    pub(super) imported: Vec<(FileId, Span)>,
    /// The program itself is there to be imported: it has no rules of its own.
    pub(super) shared: bool,
}

impl Copies {
    /// Whether the program is a single text.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty() && self.imported.is_empty()
    }

    /// Those of another role too; each has files of its own.
    pub fn add(&mut self, other: &Copies) {
        self.of.extend(other.of.iter().map(|(file, copied)| (*file, copied.clone())));
        self.imported.extend_from_slice(&other.imported);
        self.shared |= other.shared;
    }

    /// Every instance of the program, with the point behind its name, and its module.
    pub fn instances(&self) -> Vec<(String, String)> {
        let used = self.of.values().filter(|copied| copied.used.is_some());
        used.map(|copied| (copied.prefix.clone(), copied.module.clone())).collect()
    }

    /// The diagnostics as they are told.
    pub fn told(&self, diags: Vec<Diagnostic>, sources: &SourceMap) -> Vec<Diagnostic> {
        if self.is_empty() {
            return diags;
        }
        let mut out: Vec<Diagnostic> = Vec::with_capacity(diags.len());
        let mut known: BTreeMap<(Span, Code, String), (usize, usize)> = BTreeMap::new();
        for mut diagnostic in diags {
            if self.is_needless(&diagnostic) {
                continue;
            }
            let copy = diagnostic.primary.span.file;
            let instance = self.of.get(&copy);
            self.plain(&mut diagnostic, instance.map_or("", |i| &i.prefix), sources);
            let Some(instance) = instance else {
                out.push(diagnostic);
                continue;
            };
            let key = (diagnostic.primary.span, diagnostic.code, diagnostic.title.clone());
            let (at, shown) = match known.get(&key) {
                Some(&found) => found,
                None => {
                    out.push(diagnostic);
                    (out.len() - 1, 0)
                }
            };
            if shown < USES_SHOWN_MAX && instance.used.is_some() {
                self.show_use(&mut out[at], copy, shown, sources);
            }
            known.insert(key, (at, shown + 1));
        }
        out
    }

    /// Shows where an instance is made.
    fn show_use(&self, to: &mut Diagnostic, copy: FileId, shown: usize, sources: &SourceMap) {
        let mut next = self.of.get(&copy);
        let mut first = true;
        while let Some(Copied { prefix, used: Some(used), parent, .. }) = next {
            let name = prefix.trim_end_matches('.');
            let text = match (first, shown) {
                (true, 0) => format!("in the instance `{name}`, used here"),
                (true, _) => format!("and in `{name}`"),
                (false, _) => format!("inside of `{name}`"),
            };
            let label = Label { span: sources.written(*used), text };
            if !to.labels.contains(&label) && label.span != to.primary.span {
                to.labels.push(label);
            }
            first = false;
            next = parent.and_then(|parent| self.of.get(&parent));
        }
    }

    /// Warnings that nobody could do anything about.
    fn is_needless(&self, diagnostic: &Diagnostic) -> bool {
        let file = diagnostic.primary.span.file;
        let quiet = self.of.get(&file).is_some_and(|copied| copied.quiet);
        let shared = match file {
            FileId(0) => self.shared,
            _ => self.imported.iter().any(|(imported, _)| *imported == file),
        };
        let unused = diagnostic.code == codes::UNUSED && shared;
        !diagnostic.is_error() && (quiet || unused)
    }

    /// The import of the program by which a file came in.
    pub fn import_of(&self, file: FileId) -> Option<Span> {
        self.imported.iter().find(|(imported, _)| *imported == file).map(|(_, span)| *span)
    }

    /// Whether it is said of an instance that is no part of the program.
    pub fn is_idle(&self, diagnostic: &Diagnostic) -> bool {
        let copied = self.of.get(&diagnostic.primary.span.file);
        copied.is_some_and(|copied| copied.used.is_none())
    }

    fn plain(&self, diagnostic: &mut Diagnostic, prefix: &str, sources: &SourceMap) {
        let text = |text: &mut String| *text = without(text, prefix);
        diagnostic.primary.span = sources.written(diagnostic.primary.span);
        text(&mut diagnostic.title);
        text(&mut diagnostic.primary.text);
        for label in &mut diagnostic.labels {
            label.span = sources.written(label.span);
            text(&mut label.text);
        }
        diagnostic.notes.iter_mut().for_each(text);
        diagnostic.help.iter_mut().for_each(text);
        if let Some(fix) = &mut diagnostic.fix {
            fix.span = sources.written(fix.span);
            text(&mut fix.title);
            text(&mut fix.replacement);
        }
    }

    /// Puts the names that were understood where they are written, and gives
    /// equal things of several instances one meaning: that of the first.
    pub fn settle(&self, program: &mut hir::Program, sources: &SourceMap) {
        if !self.is_empty() {
            settle::settle(program, sources);
        }
    }
}

/// A text without what stands in front of the names of an instance, and
/// without the marks of variables.
fn without(text: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let inside =
            out.chars().next_back().is_some_and(|b| b.is_alphanumeric() || "_.".contains(b));
        if !prefix.is_empty() && !inside && rest.starts_with(prefix) {
            rest = &rest[prefix.len()..];
            continue;
        }
        if c != MARK {
            out.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[path = "settle.rs"]
mod settle;

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn names_lose_their_instance() {
        assert_eq!(without("`q.votes` has 2 columns", "q."), "`votes` has 2 columns");
        assert_eq!(
            without("write `q.votes`, not `seq.votes`", "q."),
            "write `votes`, not `seq.votes`"
        );
        assert_eq!(without("a.q.b n\u{2032}", "q."), "a.q.b n");
    }
}
