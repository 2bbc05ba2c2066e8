//! The way in: text to tree, with all messages. A whole text is tried at
//! once; only when that fails is it taken statement by statement, so that
//! correct programs pay nothing for the help given to incorrect ones.

use std::cell::Cell;

use lalrpop_util::ParseError;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::actions::Ctx;
use crate::syntax::actions::Entry;
use crate::syntax::ast;
use crate::syntax::grammar::EntryParser;
use crate::syntax::lexer;
use crate::syntax::lexer::Tok;
use crate::syntax::limits::MAX_FILE_BYTES;
use crate::syntax::messages;
use crate::syntax::recover;
use crate::syntax::token::Token;
use crate::syntax::trivia;

/// What a text says.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree; broken statements stand in it as such.
    pub module: ast::Module,
    /// Comments in source order.
    pub comments: Vec<trivia::Comment>,
    /// Everything that is wrong with the text, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file. Never fails: what cannot be read is told in the
/// diagnostics and marked in the tree.
pub fn parse(file: FileId, text: &str) -> Parsed {
    if text.len() > MAX_FILE_BYTES {
        return Parsed { diagnostics: vec![too_large(file, text.len())], ..Parsed::default() };
    }
    let lexed = lexer::lex(file, text);
    let cx = Ctx::new(file, text);
    let mut diagnostics = lexed.diagnostics;
    let whole = match diagnostics.is_empty() {
        true => run(&cx, Token::StartModule, &lexed.tokens).ok(),
        false => None,
    };
    let mut module = match whole {
        Some(Entry::Module(module)) => module,
        _ => {
            cx.diagnostics.borrow_mut().clear();
            recover::module(&cx, &lexed.tokens)
        }
    };
    diagnostics.append(&mut cx.diagnostics.borrow_mut());
    diagnostics.sort_by_key(|d| (d.primary.span.lo, d.primary.span.hi, d.code));
    trivia::attach_docs(&mut module, &lexed.comments, text);
    Parsed { module, comments: lexed.comments, diagnostics }
}

/// Parses one expression, as given on a command line.
pub fn parse_expr(file: FileId, text: &str) -> (Option<ast::Expr>, Vec<Diagnostic>) {
    if text.len() > MAX_FILE_BYTES {
        return (None, vec![too_large(file, text.len())]);
    }
    expression(file, text, 0, text.len())
}

/// Parses the expression in a part of a text.
pub fn expression(
    file: FileId,
    text: &str,
    lo: usize,
    hi: usize,
) -> (Option<ast::Expr>, Vec<Diagnostic>) {
    let lexed = lexer::lex_range(file, text, lo, hi);
    let cx = Ctx::new(file, text);
    let mut diagnostics = lexed.diagnostics;
    let expr = match run(&cx, Token::StartExpr, &lexed.tokens) {
        Ok(Entry::Expr(expr)) => Some(*expr),
        Ok(_) => None,
        Err(failure) => {
            if diagnostics.is_empty() {
                diagnostics.push(messages::in_expression(&cx, &lexed.tokens, &failure, (lo, hi)));
            }
            None
        }
    };
    diagnostics.append(&mut cx.diagnostics.borrow_mut());
    (expr, diagnostics)
}

fn too_large(file: FileId, len: usize) -> Diagnostic {
    let title = format!("file of {} MiB is too large", len >> 20);
    Diagnostic::error(codes::TEXT_LIMITS, Span::new(file, 0, 0), title)
        .help(format!("a file may have {} MiB; facts belong into data files", MAX_FILE_BYTES >> 20))
}

/// Where the grammar had no way on.
pub struct Failure {
    /// Index of the unexpected token; the number of tokens at their end.
    pub at: usize,
    /// Names of terminals that would have been right.
    pub expected: Vec<String>,
}

impl Failure {
    /// Whether a terminal, by its name in the grammar, would have been right.
    pub fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|e| e.trim_matches('"') == terminal)
    }
}

/// Runs the grammar over tokens, beginning with a marker.
pub fn run(cx: &Ctx, marker: Token, tokens: &[Tok]) -> Result<Entry, Failure> {
    let taken = Cell::new(0usize);
    let start = tokens.first().map_or(0, |t| t.lo);
    let stream = tokens.iter().map(|t| {
        taken.set(taken.get() + 1);
        (t.lo, t.kind, t.hi)
    });
    let marked = std::iter::once((start, marker, start)).chain(stream);
    EntryParser::new().parse(cx, marked).map_err(|error| match error {
        ParseError::UnrecognizedToken { expected, .. } => {
            Failure { at: taken.get().saturating_sub(1), expected }
        }
        ParseError::UnrecognizedEof { expected, .. } => Failure { at: tokens.len(), expected },
        _ => Failure { at: taken.get().saturating_sub(1), expected: Vec::new() },
    })
}
