//! One text, checked, with its words. Everything that editors ask is answered
//! from this value, so that a text is read once for many questions; it is never
//! changed, a new text makes a new one.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::driver;
use crate::driver::Compiled;
use crate::ide::fields;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::occurrences::Occurrence;
use crate::names::occurrences::Thing;
use crate::source::FileId;
use crate::source::Span;
use crate::stack;
use crate::syntax::ast;
use crate::syntax::lexer;
use crate::syntax::lexer::Tok;
use crate::syntax::literals;
use crate::syntax::token::Token;
use crate::syntax::trivia::Comment;
use crate::types::typed;

/// The file of the program; options have others.
pub(super) const FILE: FileId = FileId(0);

/// A text and what is known about it.
#[derive(Debug)]
pub struct Analysis {
    pub(super) text: String,
    pub(super) compiled: Compiled,
    /// Words and marks; texts with values in them are taken apart.
    pub(super) words: Vec<Tok>,
    pub(super) comments: Vec<Comment>,
    /// Names that were understood, in order of the text.
    pub(super) names: Vec<Occurrence>,
    /// Of each column's place the collection that is declared there.
    origins: BTreeMap<Span, Thing>,
    pub(super) hir: hir::Program,
    pub(super) typed: typed::Program,
    pub(super) module: ast::Module,
    /// How it was checked.
    pub(super) options: driver::Options,
}

impl Analysis {
    /// Checks a text. It never fails.
    pub fn new(name: &str, text: &str, options: &driver::Options) -> Analysis {
        stack::deep(|| {
            let mut compiled = driver::check(name, text, options);
            told_here(&mut compiled);
            // Who has to wait is asked later, of the program without its tests.
            let hir = compiled.hir.clone().unwrap_or_default();
            let typed = compiled.typed.clone().unwrap_or_default().with_tests();
            let module = compiled.ast.take().unwrap_or_default();
            let mut names: Vec<Occurrence> =
                hir.occurrences.iter().copied().filter(|o| o.span.file == FILE).collect();
            names.extend(fields::uses(&typed, text));
            names.sort_by_key(|o| (o.span, o.thing, o.how));
            names.dedup_by_key(|o| (o.span, o.thing));
            let lexed = lexer::lex(FILE, text);
            let words = words(text, &lexed.tokens);
            let text = text.to_string();
            let (comments, origins) = (lexed.comments, origins(&hir));
            let options = options.clone();
            Analysis {
                text,
                compiled,
                words,
                comments,
                names,
                origins,
                hir,
                typed,
                module,
                options,
            }
        })
    }

    /// The text that was checked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Everything that is wrong with it, in the order of the text. Places in
    /// other files than the first are those of options.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.compiled.diagnostics
    }

    /// Whether the program cannot run.
    pub fn has_errors(&self) -> bool {
        self.compiled.has_errors()
    }

    /// Line (from 1) of a byte.
    pub(super) fn line(&self, byte: u32) -> usize {
        self.compiled.sources.file(FILE).line_col(byte).0
    }

    /// The text of a range.
    pub(super) fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The text of a word.
    pub(super) fn word(&self, word: &Tok) -> &str {
        self.text.get(word.lo..word.hi).unwrap_or("")
    }

    /// The number of the word that holds a byte or ends there; letters are
    /// preferred to marks.
    pub(super) fn word_at(&self, at: usize) -> Option<usize> {
        let next = self.words.partition_point(|w| w.hi < at);
        let touching = |i: &usize| self.words.get(*i).is_some_and(|w| w.lo <= at && at <= w.hi);
        let found: Vec<usize> = [next, next + 1].into_iter().filter(touching).collect();
        let lettered = found.iter().copied().find(|&i| self.words[i].kind.is_word());
        lettered.or_else(|| found.last().copied())
    }

    /// The comment that holds a byte.
    pub(super) fn in_comment(&self, at: usize) -> bool {
        self.comments.iter().any(|c| {
            let range = c.span.range();
            let open = self.text.get(range.clone()).is_some_and(|t| t.starts_with("//"));
            range.start < at && (at < range.end || open && at == range.end)
        })
    }

    /// What the name at exactly this range means. A column that is read into a
    /// variable of its own name means two things.
    pub(super) fn meaning(&self, lo: usize, hi: usize) -> &[Occurrence] {
        let from = self.names.partition_point(|o| (o.span.lo as usize) < lo);
        let len = self.names[from..]
            .iter()
            .take_while(|o| o.span.lo as usize == lo && o.span.hi as usize == hi)
            .count();
        &self.names[from..from + len]
    }

    /// The same thing under one name: columns that were copied are those of
    /// the collection where they are written.
    pub(super) fn canonical(&self, thing: Thing) -> Thing {
        let Thing::Col(rel, index) = thing else { return thing };
        let col = self.hir.rels.get(rel.index()).and_then(|r| r.cols.get(index as usize));
        col.and_then(|c| self.origins.get(&c.span)).copied().unwrap_or(thing)
    }
}

/// Puts what is said of an imported file at its import: an editor shows one
/// file. Places beside are named, since they cannot be shown.
fn told_here(compiled: &mut Compiled) {
    for diagnostic in &mut compiled.diagnostics {
        let place = diagnostic.primary.span;
        let Some(import) = compiled.copies.import_of(place.file) else { continue };
        let file = compiled.sources.file(place.file);
        let (line, column) = file.line_col(place.lo);
        diagnostic.title = format!("{}:{line}:{column}: {}", file.name, diagnostic.title);
        diagnostic.primary.span = import;
        diagnostic.fix = None;
    }
    compiled.diagnostics.sort_by_key(|d| (d.primary.span, d.code));
}

/// The first column that is written at each place: copies share it.
fn origins(hir: &hir::Program) -> BTreeMap<Span, Thing> {
    let mut origins = BTreeMap::new();
    for (rel, declared) in hir.rels.iter().enumerate() {
        for (index, col) in declared.cols.iter().enumerate() {
            let thing = Thing::Col(RelId(rel as u32), index as u32);
            origins.entry(col.span).or_insert(thing);
        }
    }
    origins
}

/// The words of a text, with those inside of interpolated texts.
fn words(text: &str, tokens: &[Tok]) -> Vec<Tok> {
    let mut out = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token.kind {
            Token::Str => interpolated(text, token, &mut out),
            Token::TooDeep => {}
            _ => out.push(*token),
        }
    }
    out
}

fn interpolated(text: &str, token: &Tok, out: &mut Vec<Tok>) {
    let inside = text.get(token.lo + 1..token.hi - 1).unwrap_or("");
    let mut said = Vec::new();
    let mut sink = literals::Sink { file: FILE, diagnostics: &mut said };
    let mut from = token.lo;
    for piece in literals::pieces(&mut sink, token.lo + 1, inside) {
        if let literals::Piece::Expr(lo, hi) = piece {
            out.push(Tok { kind: Token::Str, lo: from, hi: lo });
            let inner = lexer::lex_range(FILE, text, lo, hi).tokens;
            out.extend(inner.into_iter().filter(|t| t.kind != Token::TooDeep));
            from = hi;
        }
    }
    out.push(Tok { kind: Token::Str, lo: from, hi: token.hi });
}
