//! Slips of spelling: signs and words of other languages, quotes, letter case.

use super::Mend;
use super::Slip;
use super::Verdict;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::lexer::Tok;
use crate::syntax::messages;
use crate::syntax::token::Token;

const RULE: &str = "a rule is written with";

impl Slip<'_, '_, '_> {
    /// Signs of other languages.
    pub(super) fn sign(&mut self) -> Option<Verdict> {
        let at = self.at();
        let rule = self.expects("<=") && !self.expects("or");
        let second = self.kind(at + 1).filter(|_| self.touch(at));
        let (len, kind, text, why) = match self.here()? {
            Token::Colon if rule && second == Some(Token::Minus) => (2, Token::OpNow, "<=", RULE),
            Token::Colon if rule && second == Some(Token::Assign) => (2, Token::OpNow, "<=", RULE),
            Token::LongArrow | Token::Arrow if rule => (1, Token::OpNow, "<=", RULE),
            Token::Assign | Token::EqLess | Token::FatArrow if rule => {
                (1, Token::OpNow, "<=", RULE)
            }
            Token::EqLess if self.expects("<") => {
                (1, Token::OpNow, "<=", "less or equal is written")
            }
            Token::FatArrow if self.expects("or") => {
                (1, Token::GreaterEq, ">=", "greater or equal is written")
            }
            Token::LessGreater if self.expects("!=") => {
                (1, Token::NotEq, "!=", "unequal is written")
            }
            Token::Bang if self.expects("not") => (1, Token::Not, "not", "a negation is written"),
            Token::AmpAmp if self.expects("and") && self.expects(";") => {
                (1, Token::Comma, ",", "the parts of a body are joined by")
            }
            Token::AmpAmp if self.expects("and") => {
                (1, Token::And, "and", "conditions are joined by")
            }
            Token::BarBar if self.expects("or") => {
                (1, Token::Or, "or", "alternatives are joined by")
            }
            Token::EqEq if self.expects("=") => {
                (1, Token::Assign, "=", "a definition is written with")
            }
            Token::DotEnd => return Some(self.full_stop()),
            Token::Quote if self.expects("string") => return Some(self.single_quotes()),
            _ => return self.word(),
        };
        let span = self.span(at).to(self.span(at + len - 1));
        let written = self.cx.slice(span.lo as usize, span.hi as usize);
        let message = Diagnostic::error(
            codes::FOREIGN_OPERATOR,
            span,
            format!("{why} `{text}`, not `{written}`"),
        )
        .at(format!("write `{text}`"));
        let glue =
            kind == Token::Not && self.work.get(at + 1).is_some_and(|t| t.lo == self.work[at].hi);
        let comma = kind == Token::Comma
            && span.lo > 0
            && self.cx.slice(span.lo as usize - 1, span.lo as usize) == " ";
        let (fix, span) = match (glue, comma) {
            (true, _) => ("not ", span),
            (_, true) => (",", Span { lo: span.lo - 1, ..span }),
            _ => (text, span),
        };
        let message = message.fix(format!("write `{text}`"), span, fix);
        let tok = Tok { kind, lo: self.work[at].lo, hi: self.work[at + len - 1].hi };
        Some((Mend::Replace { at, len, with: vec![tok] }, Some(message)))
    }

    /// `notin`, `var` and their like: words of other languages.
    fn word(&self) -> Option<Verdict> {
        let at = self.at();
        if self.text(at) == "notin" {
            let message =
                Diagnostic::error(codes::FOREIGN_OPERATOR, self.span(at), "there is no `notin`")
                    .at("not an operator")
                    .help("write `not x in s`");
            return Some((Mend::GiveUp, Some(message)));
        }
        let last = at.checked_sub(1)?;
        if self.text(last) == "notin" {
            let message = Diagnostic::error(
                codes::FOREIGN_OPERATOR,
                self.span(last),
                "a negation is written `not`, not `notin`",
            )
            .at("write `not`")
            .fix("write `not`", self.span(last), "not");
            return Some((self.retagged(last, Token::Not), Some(message)));
        }
        if last == 0 && matches!(self.text(0), "var" | "let" | "def" | "decl" | "relation" | "rel")
        {
            let word = self.text(0).to_string();
            let message = Diagnostic::error(codes::SYNTAX, self.span(0), format!("no statement begins with `{word}`"))
                .at("expected a declaration or a rule")
                .help("a collection is declared by `table name(column: type);`, a constant by `const name = value;`; the variables of a rule need no declaration");
            return Some((Mend::GiveUp, Some(message)));
        }
        None
    }

    fn full_stop(&self) -> Verdict {
        let at = self.at();
        let message = Diagnostic::error(
            codes::MISSING_SEMICOLON,
            self.span(at),
            "a statement ends with `;`, not `.`",
        )
        .at("write `;`")
        .fix("write `;`", self.span(at), ";");
        let semi = Tok { kind: Token::Semi, ..self.work[at] };
        let open = messages::open_brackets(&self.work[..at]);
        if open.is_empty() {
            return (Mend::Cut { at, with: vec![semi], resume: at + 1 }, Some(message));
        }
        (Mend::Replace { at, len: 1, with: vec![semi] }, Some(message))
    }

    fn single_quotes(&self) -> Verdict {
        let at = self.at();
        let text = self.text(at);
        let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
        let message = Diagnostic::error(
            codes::MALFORMED_STRING,
            self.span(at),
            "a string stands in double quotes",
        )
        .at("in single quotes")
        .fix("write double quotes", self.span(at), format!("\"{inside}\""));
        (self.retagged(at, Token::Str), Some(message))
    }

    /// `x <-3` in a body.
    pub(super) fn less_minus(&self) -> Option<Verdict> {
        let at = self.at();
        if self.here()? != Token::OpDelete || !self.expects("<") {
            return None;
        }
        let tok = self.work[at];
        let message =
            Diagnostic::error(codes::LESS_MINUS, self.span(at), "`<-` is the sign of a deletion")
                .at("read as one sign")
                .help("write `x < -3`")
                .fix("write `< -`", self.span(at), if self.spaced(at) { "< -" } else { " < -" });
        let less = Tok { kind: Token::Less, lo: tok.lo, hi: tok.lo + 1 };
        let minus = Tok { kind: Token::Minus, lo: tok.lo + 1, hi: tok.hi };
        Some((Mend::Replace { at, len: 1, with: vec![less, minus] }, Some(message)))
    }

    fn spaced(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|i| self.work.get(i)).is_some_and(|t| t.hi < self.work[at].lo)
    }

    /// `table Link(…)`, `enum op { … }`, `table t(A: int)`.
    pub(super) fn letter_case(&mut self) -> Option<Verdict> {
        let at = self.at();
        let here = self.here()?;
        let (what, lower) = match (here, self.before()) {
            (Token::Upper, before) if self.expects("ident") => (self.lower_role(before)?, true),
            (kind, Some(before)) if kind.is_name() && self.expects("Upper") => {
                (upper_role(before)?, false)
            }
            _ => return None,
        };
        let text = self.text(at).to_string();
        let new = match lower {
            true => text[..1].to_ascii_lowercase() + &text[1..],
            false => text[..1].to_ascii_uppercase() + &text[1..],
        };
        let letter = if lower { "a lower-case" } else { "a capital" };
        let message = Diagnostic::error(
            codes::LETTER_CASE,
            self.span(at),
            format!("{what} start with {letter} letter"),
        )
        .at(format!("write `{new}`"))
        .fix(format!("write `{new}`"), self.span(at), new.clone());
        let first = self.misspelt.insert(text);
        let kind = if lower { Token::Ident } else { Token::Upper };
        Some((self.retagged(at, kind), Some(message).filter(|_| first)))
    }

    fn lower_role(&self, before: Option<Token>) -> Option<&'static str> {
        use Token::*;
        let next = self.kind(self.at() + 1);
        match before {
            Some(Table | View | Scratch | Input | Output | Channel | Timer | Periodic) => {
                Some("collections")
            }
            Some(Role) => Some("roles"),
            Some(Fn) => Some("functions"),
            Some(Const) => Some("constants"),
            Some(Invariant) => Some("invariants"),
            Some(As) => Some("instances"),
            Some(LParen | Comma | FatArrow | AtSign | LBrace) if next == Some(Colon) => {
                Some("columns")
            }
            None | Some(Semi | Minus) if matches!(next, Some(LParen | LBrace)) => {
                Some("collections")
            }
            _ => None,
        }
    }
}

fn upper_role(before: Token) -> Option<&'static str> {
    match before {
        Token::Type | Token::Lattice | Token::Enum => Some("declared types"),
        Token::Module => Some("modules"),
        Token::Protocol => Some("protocols"),
        _ => None,
    }
}
