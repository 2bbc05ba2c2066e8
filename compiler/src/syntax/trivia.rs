//! What stands between tokens: comments, by span. They are kept aside while
//! parsing; the printer and the documentation of items find them again here.

use crate::source::Span;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;

/// A comment as written, with its slashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where; the text is the source's.
    pub span: Span,
    /// What sort.
    pub kind: CommentKind,
}

/// Sorts of comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentKind {
    /// `// …`
    Line,
    /// `/// …`: documents what follows.
    Doc,
    /// `/* … */`
    Block,
}

/// Gives every item the `///` lines that stand before it, after whatever
/// token ends before the comment.
pub fn attach_docs(module: &mut Module, comments: &[Comment], text: &str) {
    let docs: Vec<Comment> = comments
        .iter()
        .copied()
        .filter(|c| c.kind == CommentKind::Doc && starts_line(text, c.span.lo as usize))
        .collect();
    if !docs.is_empty() {
        items(module, &docs, text, 0);
    }
}

fn items(module: &mut Module, docs: &[Comment], text: &str, start: u32) {
    let mut before = start;
    for item in &mut module.items {
        let from = docs.partition_point(|c| c.span.lo < before);
        let to = docs.partition_point(|c| c.span.lo < item.span.lo);
        if let Some(lines) = docs.get(from..to).filter(|lines| !lines.is_empty()) {
            let lines: Vec<&str> =
                lines.iter().map(|c| content(text.get(c.span.range()).unwrap_or(""))).collect();
            item.doc = Some(lines.join("\n"));
        }
        before = item.span.hi;
        inside(item, docs, text);
    }
}

fn inside(item: &mut Item, docs: &[Comment], text: &str) {
    let start = item.span.lo;
    match &mut item.kind {
        ItemKind::Role(role) => items(&mut role.body, docs, text, start),
        ItemKind::Module(module) => items(&mut module.body, docs, text, start),
        ItemKind::Protocol { body, .. } => items(body, docs, text, start),
        _ => {}
    }
}

/// The text of a `///` line without the slashes and one space.
fn content(line: &str) -> &str {
    let line = line.strip_prefix("///").unwrap_or(line).trim_end();
    line.strip_prefix(' ').unwrap_or(line)
}

/// Whether only blanks stand before a byte on its line.
pub fn starts_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    let line = before.rfind('\n').map_or(0, |i| i + 1);
    before[line..].trim_start_matches('\u{feff}').trim().is_empty()
}
