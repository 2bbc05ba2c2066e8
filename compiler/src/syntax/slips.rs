//! Common slips: what was probably meant, and how to go on as if it had been
//! written. Looks at tokens around the place where the grammar stopped and at
//! nothing else; a mend that does not help is only a message.

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::actions::Ctx;
use crate::syntax::lexer::Tok;
use crate::syntax::messages;
use crate::syntax::parse::Failure;
use crate::syntax::token::Token;

mod spelling;

/// How to go on.
pub enum Mend {
    /// Put other tokens in the place of some.
    Replace {
        /// The first token replaced.
        at: usize,
        /// How many.
        len: usize,
        /// By these.
        with: Vec<Tok>,
    },
    /// The statement ends here; the next one begins at `resume`.
    Cut {
        /// Tokens kept.
        at: usize,
        /// Tokens added to end it.
        with: Vec<Tok>,
        /// The first token of what follows.
        resume: usize,
    },
    /// The statement is lost.
    GiveUp,
}

/// What to do and what to say.
pub type Verdict = (Mend, Option<Diagnostic>);

/// A statement and the place where it stopped making sense.
pub struct Slip<'s, 'c, 't> {
    /// The text.
    pub cx: &'c Ctx<'t>,
    /// The statement's tokens.
    pub work: &'s [Tok],
    /// Where and what was expected.
    pub failure: &'s Failure,
    /// Names whose case was reported already.
    pub misspelt: &'s mut BTreeSet<String>,
}

/// How far the line of a token is indented, in bytes.
pub fn column(cx: &Ctx, tok: &Tok) -> usize {
    let before = cx.slice(0, tok.lo);
    let line = &before[before.rfind('\n').map_or(0, |i| i + 1)..];
    line.len() - line.trim_start().len()
}

fn leads_line(cx: &Ctx, tokens: &[Tok], at: usize) -> bool {
    match at.checked_sub(1).and_then(|i| tokens.get(i)) {
        Some(before) => cx.slice(before.hi, tokens[at].lo).contains('\n'),
        None => true,
    }
}

/// Whether a statement begins at this token: by its words, and by standing
/// first on a line that is not indented deeper than `indent`.
pub fn begins_statement(cx: &Ctx, tokens: &[Tok], at: usize, indent: usize) -> bool {
    if at >= tokens.len() || !leads_line(cx, tokens, at) {
        return false;
    }
    if declares(tokens, at) {
        return true;
    }
    let next = tokens.get(at + 1).map(|t| t.kind);
    let rule = match tokens[at].kind {
        Token::AtSign => next.is_some_and(Token::is_name),
        Token::Seal => true,
        kind if kind.is_name() || kind == Token::Upper => {
            matches!(next, Some(Token::LParen | Token::LBrace | Token::Dot))
        }
        _ => false,
    };
    rule && column(cx, &tokens[at]) <= indent
}

/// Whether the words here can only begin a declaration or a test statement.
fn declares(tokens: &[Tok], at: usize) -> bool {
    use Token::*;
    let next = tokens.get(at + 1).map(|t| t.kind);
    let name = next.is_some_and(|t| t.is_name() || t == Upper);
    match tokens[at].kind {
        Table | View => name,
        Static => next == Some(Table),
        Input | Output => name || matches!(next, Some(Table | View)),
        Scratch | Channel | Timer | Periodic | Role | Fn | Const | Invariant | Use => name,
        Module | Protocol | Type | Lattice | Enum => name,
        Import => name || next == Some(Str),
        Test => next == Some(Str),
        Expect => true,
        Tick => matches!(next, Some(LBrace | Semi | At)),
        Network | Always | Sometimes => next == Some(LBrace),
        Eventually => matches!(next, Some(LBrace | Within)),
        _ => false,
    }
}

impl Slip<'_, '_, '_> {
    /// Finds out what was meant.
    pub fn mend(&mut self) -> Verdict {
        if let Some(verdict) = self.unreadable() {
            return verdict;
        }
        let found = self
            .sign()
            .or_else(|| self.less_minus())
            .or_else(|| self.trailing_comma())
            .or_else(|| self.unfinished())
            .or_else(|| self.letter_case())
            .or_else(|| self.column())
            .or_else(|| self.bracket())
            .or_else(|| self.reserved());
        found.unwrap_or_else(|| {
            (Mend::GiveUp, Some(messages::unexpected(self.cx, self.work, self.failure)))
        })
    }

    fn at(&self) -> usize {
        self.failure.at
    }

    fn kind(&self, at: usize) -> Option<Token> {
        self.work.get(at).map(|t| t.kind)
    }

    fn here(&self) -> Option<Token> {
        self.kind(self.at())
    }

    fn before(&self) -> Option<Token> {
        self.at().checked_sub(1).and_then(|i| self.kind(i))
    }

    fn text(&self, at: usize) -> &str {
        self.work.get(at).map_or("", |t| self.cx.slice(t.lo, t.hi))
    }

    fn span(&self, at: usize) -> Span {
        messages::span_at(self.cx, self.work, at)
    }

    fn expects(&self, terminal: &str) -> bool {
        self.failure.expects(terminal)
    }

    fn made(&self, kind: Token, at: usize) -> Tok {
        let lo = at.checked_sub(1).and_then(|i| self.work.get(i)).map_or(0, |t| t.hi);
        Tok { kind, lo, hi: lo }
    }

    fn retagged(&self, at: usize, kind: Token) -> Mend {
        Mend::Replace { at, len: 1, with: vec![Tok { kind, ..self.work[at] }] }
    }

    /// Whether the tokens `at` and `at + 1` touch.
    fn touch(&self, at: usize) -> bool {
        matches!((self.work.get(at), self.work.get(at + 1)), (Some(a), Some(b)) if a.hi == b.lo)
    }

    fn unreadable(&self) -> Option<Verdict> {
        match self.here()? {
            Token::TooDeep => Some((Mend::GiveUp, None)),
            Token::Error => {
                let at = self.at();
                let text = self.text(at);
                // An unclosed string has swallowed the rest of its line.
                let lost = text.starts_with(['"', '\''])
                    || text.starts_with("b\"")
                    || text.starts_with("r\"");
                let mend =
                    if lost { Mend::GiveUp } else { Mend::Replace { at, len: 1, with: vec![] } };
                Some((mend, None))
            }
            _ => None,
        }
    }

    fn trailing_comma(&self) -> Option<Verdict> {
        let last = self.at().checked_sub(1)?;
        let ends =
            self.here().is_some_and(|t| t.closes() || t == Token::Semi || t == Token::FatArrow);
        if self.before()? != Token::Comma || !ends {
            return None;
        }
        let after = self.here().map(Token::name).unwrap_or_default();
        let message = Diagnostic::error(
            codes::SYNTAX,
            self.span(last),
            format!("nothing stands between `,` and {after}"),
        )
        .at("this comma is one too many")
        .fix("take it away", self.span(last), "");
        Some((Mend::Replace { at: last, len: 1, with: vec![] }, Some(message)))
    }

    /// A statement without its `;`, before another one or at the end.
    fn unfinished(&self) -> Option<Verdict> {
        let at = self.at();
        let start = self.work.first().map_or(0, |t| column(self.cx, t));
        let next = at >= self.work.len()
            || self.here() == Some(Token::RBrace)
            || begins_statement(self.cx, self.work, at, start)
            || (matches!(self.here(), Some(Token::Table | Token::View | Token::Expect))
                && !self.stands_as_name(at));
        if !next || at == 0 {
            return None;
        }
        let open = messages::open_brackets(&self.work[..at.min(self.work.len())]);
        if self.expects(";") {
            let message = messages::missing_semicolon(self.cx, self.work, at);
            let with = vec![self.made(Token::Semi, at)];
            let mend = match (open.is_empty(), self.here()) {
                // The last fact of `tick { … }`.
                (false, Some(Token::RBrace)) => Mend::Replace { at, len: 0, with },
                _ => Mend::Cut { at, with, resume: at },
            };
            return Some((mend, Some(message)));
        }
        let opener = open.last()?;
        let closer = opener.kind.closer()?;
        if !self.expects(closer.text()?) {
            return None;
        }
        let message = messages::never_closed(self.cx, opener, self.work[at - 1].hi);
        let closing = format!("{};", closer.text()?);
        let end = self.cx.span(self.work[at - 1].hi, self.work[at - 1].hi);
        let message = message.fix(format!("write `{closing}`"), end, closing);
        let with = vec![self.made(closer, at), self.made(Token::Semi, at)];
        Some((Mend::Cut { at, with, resume: at }, Some(message)))
    }

    /// `table t(a int)`, `table t(a)`.
    fn column(&self) -> Option<Verdict> {
        let at = self.at();
        let name = at.checked_sub(1)?;
        let lead = name.checked_sub(1).and_then(|i| self.kind(i))?;
        let listed = matches!(
            lead,
            Token::LParen | Token::Comma | Token::FatArrow | Token::AtSign | Token::LBrace
        );
        if !self.expects(":") || !listed || !self.kind(name)?.is_name() || !self.declaration() {
            return None;
        }
        let column = self.text(name).to_string();
        let span = self.span(name);
        let message =
            Diagnostic::error(codes::COLUMN_WITHOUT_TYPE, span, format!("`{column}` has no type"))
                .at("expected `name: type`");
        let typed =
            self.here().is_some_and(|t| t.is_name() || matches!(t, Token::Upper | Token::LBracket));
        if !typed {
            let message = message.help(format!("give it a type, as in `{column}: int`"));
            return Some((Mend::GiveUp, Some(message)));
        }
        let message = message.fix("write `:` before the type", span.end(), ":");
        let colon = self.made(Token::Colon, at);
        Some((Mend::Replace { at, len: 0, with: vec![colon] }, Some(message)))
    }

    /// Whether names in the brackets here are declared, not used.
    fn declaration(&self) -> bool {
        use Token::*;
        let first = self.work.iter().map(|t| t.kind).find(|k| *k != AtSign);
        matches!(
            first,
            Some(
                Table
                    | View
                    | Static
                    | Scratch
                    | Input
                    | Output
                    | Channel
                    | Timer
                    | Role
                    | Module
                    | Fn
                    | Type
            )
        )
    }

    /// Brackets that do not fit together.
    fn bracket(&self) -> Option<Verdict> {
        let at = self.at();
        let open = messages::open_brackets(&self.work[..at.min(self.work.len())]);
        let here = self.here();
        let Some(opener) = open.last() else {
            let tok = self.work.get(at).filter(|t| t.kind.closes())?;
            let message = messages::stray(self.cx, tok);
            return Some((Mend::Replace { at, len: 1, with: vec![] }, Some(message)));
        };
        let closer = opener.kind.closer()?;
        let ready = self.expects(closer.text()?);
        match here {
            Some(other) if other.closes() && other != closer => {
                let message = messages::mismatched(self.cx, opener, &self.work[at]);
                let outer = open.len() > 1 && open[open.len() - 2].kind.closer() == Some(other);
                let mend = match (ready, outer) {
                    (false, _) => Mend::GiveUp,
                    (true, true) => Mend::Replace { at, len: 0, with: vec![self.made(closer, at)] },
                    (true, false) => self.retagged(at, closer),
                };
                Some((mend, Some(message)))
            }
            Some(Token::Semi) | None if ready || here.is_none() => {
                let message = messages::never_closed(self.cx, opener, self.work[at - 1].hi);
                let closer = self.made(closer, at);
                let mend = match ready {
                    true => Mend::Replace { at, len: 0, with: vec![closer] },
                    false => Mend::GiveUp,
                };
                Some((mend, Some(message)))
            }
            // `p(a <= q(a);`: the list was to end before the rule's sign.
            Some(Token::OpNext | Token::OpDelete | Token::OpReplace | Token::OpSend) if ready => {
                let message = messages::never_closed(self.cx, opener, self.work[at - 1].hi);
                let closer = self.made(closer, at);
                Some((Mend::Replace { at, len: 0, with: vec![closer] }, Some(message)))
            }
            _ => None,
        }
    }

    /// Whether what follows a word follows names.
    fn stands_as_name(&self, at: usize) -> bool {
        matches!(
            self.kind(at + 1),
            Some(Token::Colon | Token::Comma | Token::RParen | Token::Assign)
        )
    }

    /// A reserved word in the place of a name.
    fn reserved(&self) -> Option<Verdict> {
        let at = self.at();
        let word = self.here()?;
        let text = word
            .text()
            .filter(|_| word.is_word() && !word.is_name() && word != Token::ExpectError)?;
        let called = self.kind(at + 1) == Some(Token::LParen);
        let as_name = called || self.stands_as_name(at);
        if !self.expects("ident") || !as_name || word == Token::Underscore {
            return None;
        }
        let message = Diagnostic::error(
            codes::SYNTAX,
            self.span(at),
            format!("`{text}` is reserved and cannot be a name"),
        )
        .at("choose another name");
        Some((self.retagged(at, Token::Ident), Some(message)))
    }
}
