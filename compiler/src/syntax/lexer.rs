//! Text to tokens. Comments are kept aside, unreadable places become
//! [`Token::Error`] with a message, nothing stops the scan. It copies no
//! text and knows no statement, except for how deep brackets and operators
//! stand inside each other: that is measured here, so that nobody after it
//! can overflow a stack.

use logos::Logos;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::depth::Depth;
use crate::syntax::limits::MAX_DEPTH;
use crate::syntax::limits::MAX_ERRORS;
use crate::syntax::limits::MAX_NESTING;
use crate::syntax::token::Token;
use crate::syntax::trivia::Comment;
use crate::syntax::trivia::CommentKind;

/// A token with its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tok {
    /// What it is.
    pub kind: Token,
    /// First byte.
    pub lo: usize,
    /// One past the last.
    pub hi: usize,
}

/// What a text consists of.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// In order.
    pub tokens: Vec<Tok>,
    /// In order.
    pub comments: Vec<Comment>,
    /// What was unreadable.
    pub diagnostics: Vec<Diagnostic>,
}

/// Scans a whole text.
pub fn lex(file: FileId, text: &str) -> Lexed {
    lex_range(file, text, 0, text.len())
}

/// Scans a part of a text; places are those in the whole.
pub fn lex_range(file: FileId, text: &str, lo: usize, hi: usize) -> Lexed {
    let part = text.get(lo..hi).unwrap_or("");
    let skip = if lo == 0 && part.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scan = Scan {
        file,
        base: lo + skip,
        lex: Token::lexer(&part[skip..]),
        out: Lexed::default(),
        depth: Depth::default(),
    };
    scan.out.tokens.reserve(part.len() / 4);
    scan.run();
    scan.out
}

struct Scan<'t> {
    file: FileId,
    base: usize,
    lex: logos::Lexer<'t, Token>,
    out: Lexed,
    depth: Depth,
}

impl<'t> Scan<'t> {
    fn run(&mut self) {
        while let Some(token) = self.lex.next() {
            let kind = match token {
                Ok(Token::LineComment) => {
                    self.line_comment();
                    continue;
                }
                Ok(Token::BlockComment) => {
                    self.block_comment();
                    continue;
                }
                Ok(Token::Int) => self.number(),
                Ok(Token::Str) => self.quoted(Token::Str, '"', true),
                Ok(Token::Bytes) => self.quoted(Token::Bytes, '"', true),
                Ok(Token::RawStr) => self.raw(),
                Ok(Token::Quote) => self.quoted(Token::Quote, '\'', true),
                Ok(Token::Dot) if self.at_line_end() => Token::DotEnd,
                Ok(kind) => kind,
                Err(()) => self.unreadable(),
            };
            self.retag_error(kind);
            let span = self.lex.span();
            let (lo, hi) = (self.base + span.start, self.base + span.end);
            if self.depth.step(kind, self.out.tokens.last().map(|t| t.kind)) {
                self.too_deep(lo, hi);
                return;
            }
            self.out.tokens.push(Tok { kind, lo, hi });
            if self.out.diagnostics.len() >= MAX_ERRORS {
                return;
            }
        }
    }

    fn span(&self) -> Span {
        let span = self.lex.span();
        Span::new(self.file, self.base + span.start, self.base + span.end)
    }

    fn line_comment(&mut self) {
        let text = self.lex.slice();
        let doc = text.starts_with("///") && !text.starts_with("////");
        let kind = if doc { CommentKind::Doc } else { CommentKind::Line };
        let mut span = self.span();
        span.hi = span.lo + text.trim_end().len() as u32;
        self.out.comments.push(Comment { span, kind });
    }

    fn block_comment(&mut self) {
        let rest = self.lex.remainder().as_bytes();
        let (mut open, mut i) = (1, 0);
        while open > 0 && i < rest.len() {
            match &rest[i..rest.len().min(i + 2)] {
                b"/*" => (open, i) = (open + 1, i + 2),
                b"*/" => (open, i) = (open - 1, i + 2),
                _ => i += 1,
            }
        }
        if open > 0 {
            self.out.diagnostics.push(
                Diagnostic::error(codes::UNCLOSED_COMMENT, self.span(), "comment is never closed")
                    .at("opened here")
                    .help("close it with `*/`; comments may stand inside each other"),
            );
        }
        self.lex.bump(i);
        self.out.comments.push(Comment { span: self.span(), kind: CommentKind::Block });
    }

    /// `12`, `0xff`, `2.5e3`, `1h30m`: decides the kind; the value is worked
    /// out (and judged) where it is used. After a `.` only digits are taken,
    /// so that `t.0.1` is two fields.
    fn number(&mut self) -> Token {
        let slice = self.lex.slice();
        let plain = slice.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        if plain && self.out.tokens.last().is_some_and(|t| t.kind == Token::Dot) {
            return Token::Int;
        }
        let rest = self.lex.remainder().as_bytes();
        if plain && rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit) {
            let tail = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            self.lex.bump(1 + rest[1..].iter().take_while(|b| tail(b)).count());
            self.exponent_sign();
            return Token::Float;
        }
        if slice.starts_with("0x") || plain {
            return Token::Int;
        }
        let digits = slice.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        if digits.starts_with(['e', 'E']) {
            self.exponent_sign();
            return Token::Float;
        }
        if digits.starts_with(['n', 'u', 'm', 's', 'h', 'd']) {
            Token::Duration
        } else {
            Token::Int
        }
    }

    /// Takes the `-9` of `1e-9`.
    fn exponent_sign(&mut self) {
        let rest = self.lex.remainder().as_bytes();
        let signed = matches!(rest.first(), Some(b'+' | b'-'))
            && rest.get(1).is_some_and(u8::is_ascii_digit)
            && self.lex.slice().ends_with(['e', 'E']);
        if signed {
            self.lex.bump(1 + rest[1..].iter().take_while(|b| b.is_ascii_digit()).count());
        }
    }

    fn quoted(&mut self, kind: Token, quote: char, escapes: bool) -> Token {
        let rest = self.lex.remainder();
        let mut chars = rest.char_indices();
        while let Some((i, c)) = chars.next() {
            if c == quote {
                self.lex.bump(i + 1);
                return kind;
            }
            if c == '\n' {
                return self.unclosed(i);
            }
            if c == '\\' && escapes && rest[i + 1..].starts_with([quote, '\\']) {
                chars.next();
            }
        }
        self.unclosed(rest.len())
    }

    fn raw(&mut self) -> Token {
        match self.lex.remainder().find('"') {
            Some(i) => {
                self.lex.bump(i + 1);
                Token::RawStr
            }
            None => {
                let line = self.lex.remainder().find('\n').unwrap_or(self.lex.remainder().len());
                self.unclosed(line)
            }
        }
    }

    fn unclosed(&mut self, len: usize) -> Token {
        let opening = self.span();
        self.lex.bump(len);
        self.out.diagnostics.push(
            Diagnostic::error(codes::MALFORMED_STRING, opening, "string is not closed on its line")
                .at("opened here")
                .label(self.span().end(), "the line ends here")
                .help("write `\\n` for a line break, or a raw string `r\"…\"` over several lines"),
        );
        Token::Error
    }

    fn unreadable(&mut self) -> Token {
        let rest = self.lex.remainder();
        let more = rest.chars().take_while(|c| !c.is_ascii() && !c.is_whitespace());
        self.lex.bump(more.map(char::len_utf8).sum());
        let slice = self.lex.slice();
        let first = slice.chars().next().unwrap_or(' ');
        let title = if first.is_control() || first.is_whitespace() {
            format!("character U+{:04X} does not belong here", first as u32)
        } else {
            format!("`{slice}` does not belong here")
        };
        let mut message = Diagnostic::error(codes::UNKNOWN_CHARACTER, self.span(), title)
            .at("not part of the language");
        message = match first {
            '“' | '”' | '„' => message.help("text stands in plain double quotes: `\"text\"`"),
            '≤' => message.help("write `<=`"),
            '≥' => message.help("write `>=`"),
            '≠' => message.help("write `!=`"),
            '¬' => message.help("write `not`"),
            '#' => message.help("comments begin with `//`"),
            c if c.is_alphabetic() => {
                message.help("names are made of the letters a to z, A to Z, digits and `_`")
            }
            _ => message,
        };
        self.out.diagnostics.push(message);
        Token::Error
    }

    /// Whether nothing but blanks or a comment follows on the line.
    fn at_line_end(&self) -> bool {
        let rest = self.lex.remainder().trim_start_matches([' ', '\t', '\r']);
        rest.is_empty() || rest.starts_with('\n') || rest.starts_with("//")
    }

    /// After `expect`, `error` followed by a code or `in` is the error form.
    fn retag_error(&mut self, next: Token) {
        if let [.., before, last] = &mut self.out.tokens[..]
            && before.kind == Token::Expect
            && last.kind == Token::ErrorWord
            && matches!(next, Token::In | Token::Upper)
        {
            last.kind = Token::ExpectError;
        }
    }

    fn too_deep(&mut self, lo: usize, hi: usize) {
        let span = Span::new(self.file, lo, hi);
        self.out.diagnostics.push(
            Diagnostic::error(codes::TEXT_LIMITS, span, "nested too deeply")
                .at(format!(
                    "more than {MAX_NESTING} brackets inside each other, or {MAX_DEPTH} with the \
                     operators between them"
                ))
                .note("What follows was not read.")
                .help("give parts of it a name: a view, a `fn` or a `const`"),
        );
        self.out.tokens.push(Tok { kind: Token::TooDeep, lo, hi });
    }
}
