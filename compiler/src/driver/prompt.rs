//! Texts typed at a prompt, read as parts of a program: statements, which stay;
//! rows from outside, which are checked as those that a test gives to a tick;
//! and questions, which are checked as a view of a test. Every text is a source
//! of its own, so that what is wrong is told at its place in what was typed.
//! What becomes of rows and answers is not known here.

use std::ops::Range;

use crate::diag::Diagnostic;
use crate::driver::variables;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::actions::Ctx;
use crate::syntax::actions::Entry;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TestKind;
use crate::syntax::lexer;
use crate::syntax::lexer::Tok;
use crate::syntax::messages;
use crate::syntax::parse;
use crate::syntax::token::Token;
use crate::types::typed;

/// No program can declare this name.
const QUESTION: &str = "(question)";

/// A text that is read after the program's own.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What messages call it.
    pub name: String,
    /// All that was typed.
    pub text: String,
    /// Which part of it counts, and as what.
    pub reads: Reads,
}

/// What a text is read as.
#[derive(Clone, Debug)]
pub enum Reads {
    /// Declarations and rules, in these ranges.
    Statements(Vec<Range<usize>>),
    /// Rows for one tick, `link("a", "b");` and `-link("a", _);`. They are the
    /// first step of the last test of the program.
    Rows(Vec<Range<usize>>),
    /// A body; see [`answers`].
    Question,
}

/// A part of what was typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// A declaration or rule.
    Statement(Range<usize>),
    /// A row that is given or taken out.
    Row(Range<usize>),
}

/// Adds a piece to a module.
pub(super) fn add(
    piece: &Piece,
    module: &mut ast::Module,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) {
    let file = sources.add(&piece.name, piece.text.as_str());
    match &piece.reads {
        Reads::Statements(ranges) => {
            let mut read = parse::parse(file, &only(&piece.text, ranges));
            diags.append(&mut read.diagnostics);
            module.items.append(&mut read.module.items);
        }
        Reads::Rows(ranges) => module.items.extend(rows(file, &piece.text, ranges, diags)),
        Reads::Question => module.items.extend(question(file, &piece.text, module, diags)),
    }
}

/// The text with nothing but these ranges; everything keeps its place.
fn only(text: &str, ranges: &[Range<usize>]) -> String {
    let kept = |at: usize| ranges.iter().any(|range| range.contains(&at));
    let blank = |(at, c): (usize, char)| match c {
        c if kept(at) || c == '\n' => c.to_string(),
        c => " ".repeat(c.len_utf8()),
    };
    text.char_indices().map(blank).collect()
}

fn test(file: FileId, text: &str, stmt: ast::TestStmt) -> ast::Item {
    let span = Span::new(file, 0, text.len());
    let title = ast::Literal::Str(vec![ast::StrPart::Text(QUESTION.to_owned())]);
    let kind = ItemKind::Test { title, title_span: span, body: vec![stmt] };
    ast::Item { doc: None, attrs: Vec::new(), kind, span }
}

/// Rows as the test `tick { … }`.
fn rows(
    file: FileId,
    text: &str,
    ranges: &[Range<usize>],
    diags: &mut Vec<Diagnostic>,
) -> Option<ast::Item> {
    let (lo, hi) = (ranges.first()?.start, ranges.last()?.end);
    let mark = |kind: Token, at: usize| Tok { kind, lo: at, hi: at };
    let mut tokens = vec![mark(Token::Tick, lo), mark(Token::LBrace, lo)];
    let mut found = Vec::new();
    for range in ranges {
        let lexed = lexer::lex_range(file, text, range.start, range.end);
        found.extend(lexed.diagnostics);
        tokens.extend(lexed.tokens);
    }
    tokens.push(mark(Token::RBrace, hi));
    statement(file, text, &tokens, (lo, hi), found, diags).map(|stmt| test(file, text, stmt))
}

/// A statement of a test, or messages why it is none.
fn statement(
    file: FileId,
    text: &str,
    tokens: &[Tok],
    range: (usize, usize),
    mut found: Vec<Diagnostic>,
    diags: &mut Vec<Diagnostic>,
) -> Option<ast::TestStmt> {
    let cx = Ctx::new(file, text);
    let stmt = match parse::run(&cx, Token::StartTest, tokens) {
        Ok(Entry::Test(stmt)) => Some(*stmt),
        Ok(_) => None,
        Err(failure) => {
            if found.is_empty() {
                // The last of them was not typed.
                let typed = tokens.split_last().map_or(tokens, |(_, typed)| typed);
                let mut message = messages::in_expression(&cx, typed, &failure, range);
                message.title = message.title.replace("found its end", "found the end");
                found.push(message);
            }
            None
        }
    };
    diags.append(&mut found);
    diags.append(&mut cx.diagnostics.borrow_mut());
    stmt
}

/// A body as the view of a test whose columns are the body's variables.
fn question(
    file: FileId,
    text: &str,
    module: &ast::Module,
    diags: &mut Vec<Diagnostic>,
) -> Option<ast::Item> {
    let mark = |kind: Token, at: usize| Tok { kind, lo: at, hi: at };
    let lexed = lexer::lex(file, text);
    let mut body = lexed.tokens;
    while body.last().is_some_and(|last| last.kind == Token::Semi) {
        body.pop();
    }
    let (lo, hi) = (body.first().map_or(0, |t| t.lo), body.last().map_or(text.len(), |t| t.hi));
    let head = [Token::View, Token::Ident, Token::LParen, Token::RParen, Token::OpNow];
    let mut tokens: Vec<Tok> = head.into_iter().map(|kind| mark(kind, lo)).collect();
    tokens.append(&mut body);
    tokens.push(mark(Token::Semi, hi));
    let mut stmt = statement(file, text, &tokens, (lo, hi), lexed.diagnostics, diags)?;
    if let TestKind::View { name, args, body } = &mut stmt.kind {
        name.text = QUESTION.to_owned();
        name.span = Span::new(file, lo, hi);
        *args = variables::of(body, module);
    }
    Some(test(file, text, stmt))
}

/// The collection that holds the answers to the question that was read with a
/// program; its columns are the variables of the question. `None` where
/// something is wrong with it.
pub fn answers(program: &typed::Program) -> Option<RelId> {
    let at = program.tests.rels.iter().position(|rel| rel.name == QUESTION)?;
    let rel = RelId((program.rels.len() + at) as u32);
    program.tests.rules.iter().any(|rule| rule.head == rel).then_some(rel)
}

/// Whether rows of such a collection come from outside.
pub fn takes_rows(kind: RelKind) -> bool {
    let follows =
        matches!(kind, RelKind::View | RelKind::OutputView | RelKind::Scratch | RelKind::Output);
    !follows && !kind.is_hidden()
}

/// Takes what was typed apart. A statement without an operator is a row if it
/// names a collection that rows are given to: one of the program, as `known`
/// says, or one that is declared in the same text.
pub fn parts(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<Part> {
    let tokens = lexer::lex(FileId::default(), text).tokens;
    let statements = statements(&tokens);
    let word = |tok: &Tok| text.get(tok.lo..tok.hi).unwrap_or("");
    let declared: Vec<&str> =
        statements.iter().filter_map(|of| declares_rows(of)).map(word).collect();
    let mut parts = Vec::new();
    let mut from = 0;
    for of in statements {
        let (Some(first), Some(last)) = (of.first(), of.last()) else { continue };
        let name: String = row_name(of).iter().map(&word).collect();
        let is_row = !name.is_empty() && (known(&name) || declared.contains(&name.as_str()));
        if first.kind == Token::Minus || is_row {
            parts.push(Part::Row(first.lo..last.hi));
        } else {
            // With the words that describe it.
            parts.push(Part::Statement(from..last.hi));
        }
        from = last.hi;
    }
    parts
}

/// Whether what was typed can be read, or more is to come: a bracket is open,
/// or the last statement has no end.
pub fn is_complete(text: &str) -> bool {
    let lexed = lexer::lex(FileId::default(), text);
    if lexed.tokens.iter().any(|tok| tok.kind == Token::TooDeep) {
        return true;
    }
    match statements(&lexed.tokens).last() {
        None => lexed.comments.is_empty() || !text.trim_start().starts_with("///"),
        Some(last) => ends(last),
    }
}

fn statements(tokens: &[Tok]) -> Vec<&[Tok]> {
    let mut all = Vec::new();
    let mut from = 0;
    for at in 0..tokens.len() {
        if ends(&tokens[from..=at]) {
            all.push(&tokens[from..=at]);
            from = at + 1;
        }
    }
    if from < tokens.len() {
        all.push(&tokens[from..]);
    }
    all
}

/// Whether these tokens are a whole statement: they end with `;`, or with the
/// `}` of a block.
fn ends(tokens: &[Tok]) -> bool {
    let Some(last) = tokens.last() else { return false };
    match last.kind {
        Token::Semi => messages::open_brackets(tokens).is_empty(),
        Token::RBrace => is_block(tokens) && messages::open_brackets(tokens).is_empty(),
        _ => false,
    }
}

fn is_block(tokens: &[Tok]) -> bool {
    let kind = |at: usize| tokens.get(at).map(|tok| tok.kind);
    let named = kind(1).is_some_and(|next| next == Token::Upper || next.is_name());
    match kind(0) {
        Some(Token::Role | Token::Module | Token::Protocol | Token::Enum) => named,
        Some(Token::Test) => kind(1) == Some(Token::Str),
        _ => false,
    }
}

/// The name in a declaration of a collection that takes rows.
fn declares_rows(tokens: &[Tok]) -> Option<&Tok> {
    use Token::*;
    let words = tokens.iter().take_while(|tok| {
        matches!(tok.kind, Static | Input | Output | Table | View | Channel | Timer | Periodic)
    });
    let words: Vec<Token> = words.map(|tok| tok.kind).collect();
    let name = tokens.get(words.len()).filter(|tok| tok.kind.is_name())?;
    let takes = matches!(
        words[..],
        [Table | Channel | Timer | Periodic]
            | [Static | Output, Table]
            | [Input]
            | [Input, Table | View]
    );
    takes.then_some(name)
}

/// The words of the name in `name(…);` or `q.name{…};`.
fn row_name(tokens: &[Tok]) -> &[Tok] {
    let is_word = |(at, tok): (usize, &Tok)| match at % 2 {
        0 => tok.kind.is_name(),
        _ => tok.kind == Token::Dot,
    };
    let words = tokens.iter().enumerate().take_while(|of| is_word(*of)).count();
    let (name, rest) = tokens.split_at(words);
    let [open, inside @ .., semi] = rest else { return &[] };
    let opens = matches!(open.kind, Token::LParen | Token::LBrace);
    // The bracket that opens here closes at the very end.
    let whole = inside.split_last().is_some_and(|(close, inside)| {
        Some(close.kind) == open.kind.closer() && messages::open_brackets(inside).is_empty()
    });
    let early = (0..inside.len().saturating_sub(1)).any(|at| {
        let upto = rest.get(..at + 2).unwrap_or(rest);
        messages::open_brackets(upto).is_empty()
    });
    if opens && whole && !early && semi.kind == Token::Semi { name } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::Part;
    use super::is_complete;
    use super::parts;

    fn shown(text: &str) -> Vec<String> {
        let known = |name: &str| name == "link";
        let one = |part: Part| match part {
            Part::Statement(range) => format!("statement {}", text[range].trim()),
            Part::Row(range) => format!("row {}", text[range].trim()),
        };
        parts(text, &known).into_iter().map(one).collect()
    }

    #[test]
    fn rows_are_told_from_statements() {
        assert_eq!(
            shown(
                "link(\"a\", f(1)); -link(_, _);\n/// why\nseen(1); link(a, b) <= seen(a), x(b);"
            ),
            [
                "row link(\"a\", f(1));",
                "row -link(_, _);",
                "statement /// why\nseen(1);",
                "statement link(a, b) <= seen(a), x(b);",
            ]
        );
    }

    #[test]
    fn what_is_declared_beside_a_row_takes_rows() {
        assert_eq!(
            shown("table t(x: int); t(1); view v(x: int); v(2); t{x: 3};"),
            [
                "statement table t(x: int);",
                "row t(1);",
                "statement view v(x: int);",
                "statement v(2);",
                "row t{x: 3};",
            ]
        );
    }

    #[test]
    fn a_text_is_complete_when_its_last_statement_is() {
        for text in [
            "",
            "// note",
            "p(1);",
            "enum A { B, C }",
            "p(x) <= q(x),\n r(x);",
            "type P = { x: int };",
        ] {
            assert!(is_complete(text), "{text}");
        }
        for text in
            ["p(1)", "p(x) <= q(x),", "module M {\n table t(x: int);", "/// what follows", "p(\"a"]
        {
            assert!(!is_complete(text) || text.ends_with("\"a"), "{text}");
        }
    }
}
