//! What stands around the cursor, told from words alone: while somebody types,
//! the statement at hand hardly ever parses. It finds the statement, the open
//! brackets and the words before; what may be written there is decided by
//! others.

use crate::ide::Analysis;
use crate::syntax::token::KEYWORDS;
use crate::syntax::token::Token;

/// An open bracket before the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Open {
    /// Number of the bracket's word.
    pub(super) at: usize,
    /// Which one.
    pub(super) kind: Token,
    /// Commas between it and the cursor, on its own level.
    pub(super) commas: usize,
}

/// The surroundings of a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Around {
    /// Number of the first word of the statement.
    pub(super) first: usize,
    /// Number of the first word at or behind the cursor, what is being typed
    /// left out.
    pub(super) next: usize,
    /// Open brackets of the statement, the innermost first.
    pub(super) open: Vec<Open>,
    /// Whether an operator such as `<=` stands between head and cursor.
    pub(super) in_body: bool,
    /// What has been typed of a word, by its bytes.
    pub(super) typed: std::ops::Range<usize>,
}

impl Analysis {
    /// What stands around a place.
    pub(super) fn around(&self, at: usize) -> Around {
        let before = self.text.get(..at).unwrap_or("");
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let from = before.trim_end_matches(word).len();
        let mut around = Around { typed: from..at, ..Around::default() };
        // Words that end before what is being typed.
        let count = self.words.partition_point(|w| w.hi <= from);
        around.next = self.words.partition_point(|w| w.lo < at).max(count);
        around.first = self.read_back(count, &mut around.open);
        let ops = [Token::OpNow, Token::OpNext, Token::OpDelete, Token::OpReplace, Token::OpSend];
        let mut depth = 0usize;
        for word in &self.words[around.first..count] {
            match word.kind {
                kind if kind.closer().is_some() => depth += 1,
                kind if kind.closes() => depth = depth.saturating_sub(1),
                kind if depth == 0 && ops.contains(&kind) => around.in_body = true,
                _ => {}
            }
        }
        around
    }

    /// Goes back to the beginning of the statement; remembers what is open.
    fn read_back(&self, count: usize, open: &mut Vec<Open>) -> usize {
        let mut closed = 0usize;
        let mut commas = 0usize;
        for i in (0..count).rev() {
            let kind = self.words[i].kind;
            if kind == Token::Semi && closed == 0 {
                return i + 1;
            }
            if kind.closes() {
                // The block of a declaration that needs no `;`.
                if closed == 0 && kind == Token::RBrace && self.starts_statement(i + 1) {
                    return i + 1;
                }
                closed += 1;
            } else if kind.closer().is_some() {
                if closed > 0 {
                    closed -= 1;
                    continue;
                }
                if kind == Token::LBrace && self.opens_block(i) {
                    return i + 1;
                }
                open.push(Open { at: i, kind, commas });
                commas = 0;
            } else if kind == Token::Comma && closed == 0 {
                commas += 1;
            }
        }
        0
    }

    /// Whether a word that begins statements stands there, on a new line.
    fn starts_statement(&self, index: usize) -> bool {
        let Some(word) = self.words.get(index) else { return true };
        let before = self.text.get(..word.lo).unwrap_or("");
        let line = before.rfind('\n').map_or("", |i| &before[i..]);
        line.trim().is_empty() && word.kind.is_word()
    }

    /// Whether statements stand between this brace and its fellow.
    fn opens_block(&self, brace: usize) -> bool {
        let statement = self.words[..brace]
            .iter()
            .rposition(|w| matches!(w.kind, Token::Semi | Token::LBrace | Token::RBrace))
            .map_or(0, |i| i + 1);
        let first = self.words.get(statement).map(|w| w.kind);
        matches!(
            first,
            Some(Token::Role | Token::Module | Token::Protocol | Token::Test | Token::Tick)
        )
    }

    /// The kind of the word before what is being typed.
    pub(super) fn before(&self, around: &Around) -> Option<Token> {
        let index = self.words.partition_point(|w| w.hi <= around.typed.start);
        (index > around.first).then(|| self.words[index - 1].kind)
    }

    /// The name before an open bracket: what is called there.
    pub(super) fn callee(&self, open: &Open) -> Option<&str> {
        let word = self.words.get(open.at.checked_sub(1)?)?;
        let named = word.kind.is_name() || word.kind == Token::Upper;
        let text = self.word(word);
        (named && !KEYWORDS.contains(&text)).then_some(text)
    }

    /// The variables that the statement names, what is being typed left out;
    /// told by spelling, since it may not parse.
    pub(super) fn variables(&self, around: &Around) -> Vec<String> {
        let end = self.words[around.next..]
            .iter()
            .position(|w| w.kind == Token::Semi)
            .map_or(self.words.len(), |i| around.next + i);
        let mut found: Vec<String> = Vec::new();
        for i in around.first..end {
            let word = &self.words[i];
            let typed = word.lo <= around.typed.end && around.typed.start < word.hi;
            let called = self.words.get(i + 1).map(|w| w.kind);
            let after_dot = i > 0 && matches!(self.words[i - 1].kind, Token::Dot | Token::AtSign);
            if !word.kind.is_name()
                || typed && word.hi == around.typed.end
                || after_dot
                || matches!(called, Some(Token::LParen | Token::LBrace | Token::Colon))
            {
                continue;
            }
            let text = self.word(word);
            if !self.is_declared(text) && !found.iter().any(|f| f == text) {
                found.push(text.to_string());
            }
        }
        found
    }

    /// Whether a collection, function or constant has this name.
    fn is_declared(&self, name: &str) -> bool {
        self.hir.rels.iter().any(|r| r.name == name)
            || self.hir.fns.iter().any(|f| f.name == name)
            || self.hir.consts.iter().any(|c| c.name == name)
    }
}
