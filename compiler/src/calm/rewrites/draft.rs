//! The texts of a program as trees that may be changed, and the texts that come
//! out: statements that changed are printed, every other byte stays. Why a
//! statement changes is not known here.

use std::collections::BTreeSet;

use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast::Collection;
use crate::syntax::ast::Expr;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;
use crate::syntax::ast::Rule;
use crate::syntax::lexer;
use crate::syntax::parse;
use crate::syntax::print;

/// A file of the program as it was parsed.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its number.
    pub file: FileId,
    /// Its tree.
    pub module: Module,
}

/// A program that is being changed.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    sources: &'a SourceMap,
    written: &'a [Written],
    files: Vec<Module>,
    /// New statements, each behind the one with this place.
    added: Vec<(Span, Item)>,
    removed: BTreeSet<Span>,
}

/// A part of a text with what takes its place.
struct Piece {
    lo: usize,
    hi: usize,
    text: String,
}

impl<'a> Draft<'a> {
    pub(super) fn of(sources: &'a SourceMap, written: &'a [Written]) -> Draft<'a> {
        let files = written.iter().map(|file| file.module.clone()).collect();
        Draft { sources, written, files, added: Vec::new(), removed: BTreeSet::new() }
    }

    /// The statement around a place as it is now: the innermost one.
    pub(super) fn item(&self, at: Span) -> Option<&Item> {
        let file = self.written.iter().position(|file| file.file == at.file)?;
        inner(&self.files[file].items, at)
    }

    /// The declaration around a place.
    pub(super) fn collection(&self, at: Span) -> Option<&Collection> {
        match &self.item(at)?.kind {
            ItemKind::Collection(found) => Some(found),
            _ => None,
        }
    }

    /// Changes the statement around a place.
    pub(super) fn edit(&mut self, at: Span, f: impl FnOnce(&mut Item)) -> Option<()> {
        let file = self.written.iter().position(|file| file.file == at.file)?;
        f(inner_mut(&mut self.files[file].items, at)?);
        Some(())
    }

    /// Changes the declaration around a place.
    pub(super) fn declare(&mut self, at: Span, f: impl FnOnce(&mut Collection)) -> Option<()> {
        self.collection(at)?;
        self.edit(at, |item| {
            if let ItemKind::Collection(found) = &mut item.kind {
                f(found);
            }
        })
    }

    /// Changes the rule around a place.
    pub(super) fn rule(&mut self, at: Span, f: impl FnOnce(&mut Rule)) -> Option<()> {
        matches!(self.item(at)?.kind, ItemKind::Rule(_)).then_some(())?;
        self.edit(at, |item| {
            if let ItemKind::Rule(rule) = &mut item.kind {
                f(rule);
            }
        })
    }

    /// Visits all statements that can name what is declared at a place: those
    /// beside it, and in roles beside it. A module sees nothing of what is outside.
    pub(super) fn beside(&mut self, declared: Span, f: &mut dyn FnMut(&mut Item)) {
        let at = self.written.iter().position(|file| file.file == declared.file);
        if let Some(at) = at {
            visit(around(&mut self.files[at].items, declared), f);
        }
    }

    /// Visits all statements, wherever they stand.
    pub(super) fn each(&mut self, f: &mut dyn FnMut(&mut Item)) {
        self.files.iter_mut().for_each(|file| visit_all(&mut file.items, f));
    }

    /// Puts statements behind the one at a place.
    pub(super) fn add(&mut self, behind: Span, text: &str) -> Option<()> {
        let behind = self.item(behind)?.span;
        let parsed = parse::parse(FileId(0), text);
        if !parsed.diagnostics.is_empty() {
            return None;
        }
        self.added.extend(parsed.module.items.into_iter().map(|item| (behind, item)));
        Some(())
    }

    /// Takes the statement at a place out.
    pub(super) fn remove(&mut self, at: Span) -> Option<()> {
        let span = self.item(at)?.span;
        self.removed.insert(span);
        Some(())
    }

    /// The files that changed, with their new texts.
    pub(super) fn texts(&self) -> Vec<(FileId, String)> {
        let mut out = Vec::new();
        for (written, now) in self.written.iter().zip(&self.files) {
            let old: &str = &self.sources.file(written.file).text;
            let mut pieces = Vec::new();
            self.pieces(&written.module.items, &now.items, old, &mut pieces);
            if pieces.is_empty() {
                continue;
            }
            pieces.sort_by_key(|piece| (piece.lo, piece.hi));
            let (mut text, mut upto) = (String::new(), 0);
            for piece in pieces {
                text.push_str(old.get(upto..piece.lo).unwrap_or(""));
                text.push_str(&piece.text);
                upto = piece.hi;
            }
            text.push_str(old.get(upto..).unwrap_or(""));
            out.push((written.file, text));
        }
        out
    }

    fn pieces(&self, before: &[Item], now: &[Item], text: &str, out: &mut Vec<Piece>) {
        for (was, is) in before.iter().zip(now) {
            let (lo, hi) = (was.span.lo as usize, was.span.hi as usize);
            if self.removed.contains(&was.span) {
                out.push(gone(text, lo, hi));
            } else if let (Some(was), Some(is)) = (inside(was), inside(is)) {
                self.pieces(was, is, text, out);
            } else if was != is {
                let kept = comments(was.span, text);
                out.push(Piece { lo, hi, text: kept + &printed(is, text, lo) });
            }
            let behind = self.added.iter().filter(|(span, _)| *span == was.span);
            for (_, item) in behind {
                let new = format!("\n{}{}", indent(text, lo), printed(item, text, lo));
                out.push(Piece { lo: hi, hi, text: new });
            }
        }
    }
}

/// An expression from its text.
pub(super) fn expr(text: &str) -> Option<Expr> {
    let (expr, wrong) = parse::parse_expr(FileId(0), text);
    expr.filter(|_| wrong.is_empty())
}

/// The statements of a role or module.
fn inside(item: &Item) -> Option<&[Item]> {
    match &item.kind {
        ItemKind::Role(role) => Some(&role.body.items),
        ItemKind::Module(module) => Some(&module.body.items),
        ItemKind::Protocol { body, .. } => Some(&body.items),
        _ => None,
    }
}

fn inside_mut(item: &mut Item) -> Option<&mut Vec<Item>> {
    match &mut item.kind {
        ItemKind::Role(role) => Some(&mut role.body.items),
        ItemKind::Module(module) => Some(&mut module.body.items),
        ItemKind::Protocol { body, .. } => Some(&mut body.items),
        _ => None,
    }
}

fn holds(item: &Item, at: Span) -> bool {
    item.span.file == at.file && item.span.lo <= at.lo && at.hi <= item.span.hi
}

fn inner(items: &[Item], at: Span) -> Option<&Item> {
    let item = items.iter().find(|item| holds(item, at))?;
    match inside(item) {
        Some(items) => inner(items, at),
        None => Some(item),
    }
}

fn inner_mut(items: &mut [Item], at: Span) -> Option<&mut Item> {
    let item = items.iter_mut().find(|item| holds(item, at))?;
    match inside(item).is_some() {
        true => inner_mut(inside_mut(item)?, at),
        false => Some(item),
    }
}

/// The statements among which a place is.
fn around(items: &mut [Item], at: Span) -> &mut [Item] {
    match items.iter().position(|item| holds(item, at) && inside(item).is_some()) {
        None => items,
        Some(deeper) => match inside_mut(&mut items[deeper]) {
            Some(found) => around(found, at),
            None => &mut [],
        },
    }
}

fn visit(items: &mut [Item], f: &mut dyn FnMut(&mut Item)) {
    for item in items {
        match &mut item.kind {
            ItemKind::Role(role) => visit(&mut role.body.items, f),
            ItemKind::Module(_) | ItemKind::Protocol { .. } => {}
            _ => f(item),
        }
    }
}

fn visit_all(items: &mut [Item], f: &mut dyn FnMut(&mut Item)) {
    for item in items {
        match inside_mut(item) {
            Some(items) => visit_all(items, f),
            None => f(item),
        }
    }
}

/// What stands before a statement on its line, if that is blank.
fn indent(text: &str, lo: usize) -> &str {
    let start = text[..lo].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[start..lo];
    if before.bytes().all(|b| b == b' ' || b == b'\t') { before } else { "" }
}

/// A statement as the printer writes it, as deep as its place.
fn printed(item: &Item, text: &str, lo: usize) -> String {
    let bare = Item { doc: None, ..item.clone() };
    let printed = print::print_module(&Module { items: vec![bare] });
    printed.trim_end().replace('\n', &format!("\n{}", indent(text, lo)))
}

/// The comments inside of a statement, which would be lost, each on a line of
/// its own before it.
fn comments(span: Span, text: &str) -> String {
    let lexed = lexer::lex_range(span.file, text, span.lo as usize, span.hi as usize);
    let mut out = String::new();
    for comment in &lexed.comments {
        out.push_str(text.get(comment.span.range()).unwrap_or("").trim_end());
        out.push('\n');
        out.push_str(indent(text, span.lo as usize));
    }
    out
}

/// A statement that goes: with its line, if nothing else stands there.
fn gone(text: &str, lo: usize, hi: usize) -> Piece {
    let start = lo - indent(text, lo).len();
    let alone = start == 0 || text[..start].ends_with('\n');
    let rest = text[hi..].find('\n').map_or(text.len(), |at| hi + at + 1);
    if alone && text[hi..rest].trim().is_empty() {
        Piece { lo: start, hi: rest, text: String::new() }
    } else {
        Piece { lo, hi, text: String::new() }
    }
}
