//! A text that does not parse, statement by statement: each is parsed by
//! itself, mended where the slip is plain, else kept as broken with the words
//! it mentions. Blocks are opened, so that one bad line in a role costs one
//! line. What a message says is `messages`' and `slips`' business.

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::syntax::actions::Ctx;
use crate::syntax::actions::Entry;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;
use crate::syntax::ast::TestStmt;
use crate::syntax::lexer::Tok;
use crate::syntax::limits::MAX_ERRORS;
use crate::syntax::limits::MAX_REPAIRS;
use crate::syntax::messages;
use crate::syntax::parse;
use crate::syntax::slips;
use crate::syntax::slips::Mend;
use crate::syntax::token::Token;

/// Parses a file as far as it can be parsed; messages go to the context.
pub fn module(cx: &Ctx, tokens: &[Tok]) -> Module {
    let mut recover = Recover { cx, tokens, pos: 0, found: Vec::new(), misspelt: BTreeSet::new() };
    let items = recover.items(None);
    cx.diagnostics.borrow_mut().append(&mut recover.found);
    Module { items }
}

struct Recover<'c, 't> {
    cx: &'c Ctx<'t>,
    tokens: &'c [Tok],
    pos: usize,
    found: Vec<Diagnostic>,
    /// Names whose case was reported already.
    misspelt: BTreeSet<String>,
}

impl Recover<'_, '_> {
    fn kind(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).map(|t| t.kind)
    }

    /// Statements up to the `}` of the block, which is left, or the end.
    fn items(&mut self, opener: Option<Tok>) -> Vec<Item> {
        let mut items = Vec::new();
        while self.more(opener) {
            let before = self.misspelt.len();
            let body = self.block_brace();
            let item = match body {
                Some(brace) => self.block(brace),
                None => self.plain_item(),
            };
            items.push(item);
            if self.misspelt.len() > before {
                let words = self.misspelt.iter().cloned().collect();
                let span = self.cx.span(self.end_of(self.pos), self.end_of(self.pos));
                let kind = ItemKind::Broken { words };
                items.push(Item { doc: None, attrs: Vec::new(), kind, span });
            }
        }
        items
    }

    fn tests(&mut self, opener: Option<Tok>) -> Vec<TestStmt> {
        let mut body = Vec::new();
        while self.more(opener) {
            let start = self.pos;
            let end = self.extent(start, self.braced_test(start));
            if let Some(Entry::Test(stmt)) = self.statement(Token::StartTest, start, end) {
                body.push(*stmt);
            }
        }
        body
    }

    /// Whether a statement begins here; passes stray signs with a message.
    fn more(&mut self, opener: Option<Tok>) -> bool {
        loop {
            if self.found.len() >= MAX_ERRORS {
                self.pos = self.tokens.len();
                return false;
            }
            let Some(tok) = self.tokens.get(self.pos) else { return false };
            match tok.kind {
                Token::TooDeep => {
                    self.pos = self.tokens.len();
                    return false;
                }
                Token::RBrace if opener.is_some() => return false,
                Token::Semi | Token::RBrace | Token::RParen | Token::RBracket => {
                    self.found.push(messages::stray(self.cx, tok));
                    self.pos += 1;
                }
                Token::Error => self.pos += 1,
                _ => return true,
            }
        }
    }

    /// The `{` of a role, module, protocol or test that begins here.
    fn block_brace(&self) -> Option<usize> {
        let start = self.after_attributes(self.pos);
        let next = self.kind(start + 1)?;
        let begins = match self.kind(start)? {
            Token::Role => next.is_name() || next == Token::Upper,
            Token::Module | Token::Protocol => next == Token::Upper || next.is_name(),
            Token::Test => next == Token::Str,
            _ => false,
        };
        if !begins {
            return None;
        }
        let mut round = 0usize;
        for (i, tok) in self.tokens.iter().enumerate().skip(start) {
            match tok.kind {
                Token::LParen => round += 1,
                Token::RParen => round = round.saturating_sub(1),
                Token::LBrace if round == 0 => return Some(i),
                Token::Semi | Token::RBrace if round == 0 => return None,
                Token::TooDeep => return None,
                _ => {}
            }
        }
        None
    }

    fn block(&mut self, brace: usize) -> Item {
        let start = self.pos;
        let opener = self.tokens[brace];
        let is_test = self.kind(self.after_attributes(start)) == Some(Token::Test);
        let mut header = self.tokens[start..=brace].to_vec();
        header.push(Tok { kind: Token::RBrace, lo: opener.hi, hi: opener.hi });
        let head = self.settle(Token::StartItem, &mut header, &mut { brace + 1 });
        self.pos = brace + 1;
        let (mut items, mut tests) = (Vec::new(), Vec::new());
        match is_test {
            true => tests = self.tests(Some(opener)),
            false => items = self.items(Some(opener)),
        }
        if self.kind(self.pos) == Some(Token::RBrace) {
            self.pos += 1;
        } else if self.found.len() < MAX_ERRORS
            && self.tokens.last().is_none_or(|t| t.kind != Token::TooDeep)
        {
            let at = self.end_of(self.tokens.len());
            self.found.push(messages::never_closed(self.cx, &opener, at));
        }
        let Ok(Some(Entry::Item(mut item))) = head else { return self.broken(start, self.pos) };
        item.span.hi = self.end_of(self.pos) as u32;
        match &mut item.kind {
            ItemKind::Role(role) => role.body.items = items,
            ItemKind::Module(module) => module.body.items = items,
            ItemKind::Protocol { body, .. } => body.items = items,
            ItemKind::Test { body, .. } => *body = tests,
            _ => {}
        }
        *item
    }

    fn plain_item(&mut self) -> Item {
        let start = self.pos;
        let first = self.after_attributes(start);
        let is_enum = self.kind(first) == Some(Token::Enum)
            && self.kind(first + 1).is_some_and(|t| t == Token::Upper || t.is_name());
        let end = self.extent(start, is_enum);
        match self.statement(Token::StartItem, start, end) {
            Some(Entry::Item(item)) => *item,
            _ => self.broken(start, self.pos),
        }
    }

    /// Parses the tokens `start..end` as one statement and moves on.
    fn statement(&mut self, marker: Token, start: usize, end: usize) -> Option<Entry> {
        let mut work = self.tokens[start..end].to_vec();
        let mut end = end;
        let settled = self.settle(marker, &mut work, &mut end);
        match settled {
            Ok(entry) => {
                self.pos = end.max(start + 1);
                entry
            }
            Err(lo) => {
                let failed = self.tokens.partition_point(|t| t.lo < lo);
                let column = slips::column(self.cx, &self.tokens[start]);
                let from = failed.max(start + 1);
                self.pos = (from..end)
                    .find(|&i| slips::begins_statement(self.cx, self.tokens, i, column))
                    .unwrap_or(end.max(start + 1));
                None
            }
        }
    }

    /// Parses, mends and parses again. `Err` gives the place where it ended.
    fn settle(
        &mut self,
        marker: Token,
        work: &mut Vec<Tok>,
        end: &mut usize,
    ) -> Result<Option<Entry>, usize> {
        let mut seen = BTreeSet::new();
        let mut unreadable = false;
        for round in 0.. {
            let known = self.cx.diagnostics.borrow().len();
            let failure = match parse::run(self.cx, marker, work) {
                Ok(entry) => return Ok(Some(entry)),
                Err(failure) => failure,
            };
            self.cx.diagnostics.borrow_mut().truncate(known);
            let lo = work.get(failure.at).map_or(self.end_of(*end), |t| t.lo);
            if round == MAX_REPAIRS {
                return Err(lo);
            }
            let mut slip =
                slips::Slip { cx: self.cx, work, failure: &failure, misspelt: &mut self.misspelt };
            let (mend, message) = slip.mend();
            // After something unreadable, whatever else is missing is its doing.
            let here = work.get(failure.at).map(|t| t.kind);
            unreadable |= here == Some(Token::Error);
            let lost = unreadable && matches!(mend, Mend::GiveUp);
            let message = message.filter(|_| !lost);
            // One place is told about once, however often it is mended.
            self.found.extend(message.filter(|m| seen.insert(m.primary.span)));
            match mend {
                Mend::Replace { at, len, with } => {
                    work.splice(at..at + len, with);
                }
                Mend::Cut { at, with, resume } => {
                    let resume = work.get(resume).map(|t| t.lo);
                    work.truncate(at);
                    work.extend(with);
                    if let Some(lo) = resume {
                        *end = self.tokens.partition_point(|t| t.lo < lo).min(*end);
                    }
                }
                Mend::GiveUp => return Err(lo),
            }
        }
        Ok(None)
    }

    /// One past the last token of the statement that begins at `start`: its
    /// `;`, or with `braced` its `}`, or the end of the block around it.
    fn extent(&self, start: usize, braced: bool) -> usize {
        let mut open = 0usize;
        for (i, tok) in self.tokens.iter().enumerate().skip(start) {
            match tok.kind {
                Token::Semi if !braced || open == 0 => return i + 1,
                Token::LBrace => open += 1,
                Token::RBrace if open == 0 => return i,
                Token::RBrace => {
                    open -= 1;
                    if braced && open == 0 {
                        return i + 1;
                    }
                }
                Token::TooDeep => return i + 1,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// Whether the statement of a test that begins here ends with `}`.
    fn braced_test(&self, start: usize) -> bool {
        let kind = |i: usize| self.kind(start + i);
        match kind(0) {
            Some(Token::Tick) => matches!(kind(1), Some(Token::At | Token::LBrace)),
            Some(Token::Network | Token::Always | Token::Sometimes) => {
                kind(1) == Some(Token::LBrace)
            }
            Some(Token::Eventually) => matches!(kind(1), Some(Token::Within | Token::LBrace)),
            Some(Token::Expect) => kind(1) == Some(Token::ExpectError),
            Some(word) if word.is_name() => kind(1) == Some(Token::LBracket),
            _ => false,
        }
    }

    fn after_attributes(&self, mut at: usize) -> usize {
        while self.kind(at) == Some(Token::AtSign) && self.kind(at + 1).is_some_and(Token::is_name)
        {
            at += 2;
            if self.kind(at) != Some(Token::LParen) {
                continue;
            }
            let mut open = 0usize;
            while let Some(kind) = self.kind(at) {
                open += usize::from(kind == Token::LParen);
                open -= usize::from(kind == Token::RParen && open > 0);
                if kind == Token::Semi {
                    return at;
                }
                at += 1;
                if open == 0 {
                    break;
                }
            }
        }
        at
    }

    /// Where the token before `at` ends.
    fn end_of(&self, at: usize) -> usize {
        at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| t.hi)
    }

    fn broken(&self, start: usize, end: usize) -> Item {
        let tokens = self.tokens.get(start..end).unwrap_or(&[]);
        let words: BTreeSet<String> = tokens
            .iter()
            .filter(|t| t.kind.is_name() || t.kind == Token::Upper)
            .map(|t| self.cx.slice(t.lo, t.hi).to_string())
            .collect();
        let lo = tokens.first().map_or(0, |t| t.lo);
        Item {
            doc: None,
            attrs: Vec::new(),
            kind: ItemKind::Broken { words: words.into_iter().collect() },
            span: self.cx.span(lo, self.end_of(end)),
        }
    }
}
