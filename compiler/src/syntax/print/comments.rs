//! The source as the printer sees it: its tokens in order, and for each the
//! comments that belong to it. The printer emits exactly these tokens, so a
//! comment finds its place by counting and none can be lost.

use crate::syntax::lexer::Tok;
use crate::syntax::print::doc::Doc;
use crate::syntax::token::Token;
use crate::syntax::trivia::Comment;
use crate::syntax::trivia::CommentKind;
use crate::syntax::trivia::starts_line;

/// A comment before a token.
#[derive(Clone, Copy, Debug)]
enum Placed {
    /// On its own line; after an empty one?
    Own(usize, bool),
    /// On the token's line.
    Inline(usize),
}

/// Tokens and comments of a text.
pub struct Source<'a> {
    text: &'a str,
    tokens: &'a [Tok],
    comments: &'a [Comment],
    before: Vec<Vec<Placed>>,
    after: Vec<Vec<usize>>,
    blank: Vec<bool>,
    next: usize,
}

impl<'a> Source<'a> {
    /// Gives every comment to a token.
    pub fn new(text: &'a str, tokens: &'a [Tok], comments: &'a [Comment]) -> Source<'a> {
        let count = tokens.len();
        let mut source = Source {
            text,
            tokens,
            comments,
            before: vec![Vec::new(); count + 1],
            after: vec![Vec::new(); count + 1],
            blank: vec![false; count + 1],
            next: 0,
        };
        let mut c = 0;
        for i in 0..=count {
            let limit = tokens.get(i).map_or(text.len(), |t| t.lo);
            let first = c;
            while comments.get(c).is_some_and(|comment| (comment.span.lo as usize) < limit) {
                c += 1;
            }
            source.place(i, first, c, limit);
        }
        source
    }

    /// Gives the comments `first..last`, which stand before token `i`, to it
    /// or to the token before.
    fn place(&mut self, i: usize, first: usize, last: usize, limit: usize) {
        let mut end = match i {
            0 => 0,
            _ => self.tokens[i - 1].hi,
        };
        for c in first..last {
            let span = self.comments[c].span;
            let gap = self.gap(end, span.lo as usize);
            // Comments on one line share what comes after the last of them.
            let mut stop = c;
            while stop + 1 < last && self.gap(self.hi(stop), self.lo(stop + 1)) == 0 {
                stop += 1;
            }
            let line = self.comments[stop].kind != CommentKind::Block;
            let next = if stop + 1 < last { self.lo(stop + 1) } else { limit };
            let ends = line || i == self.tokens.len() || self.gap(self.hi(stop), next) > 0;
            let leads = gap > 0 || i == 0;
            if !ends {
                self.before[i].push(Placed::Inline(c));
            } else if leads || !self.before[i].is_empty() {
                self.before[i].push(Placed::Own(c, gap > 1));
            } else {
                self.after[i - 1].push(c);
            }
            end = span.hi as usize;
        }
        self.blank[i] = self.gap(end, limit) > 1;
    }

    fn lo(&self, comment: usize) -> usize {
        self.comments[comment].span.lo as usize
    }

    fn hi(&self, comment: usize) -> usize {
        self.comments[comment].span.hi as usize
    }

    fn gap(&self, lo: usize, hi: usize) -> usize {
        self.text.get(lo..hi).map_or(0, |s| s.bytes().filter(|b| *b == b'\n').count())
    }

    fn comment(&self, c: usize) -> &'a str {
        self.text.get(self.comments[c].span.range()).unwrap_or("")
    }

    /// The kind of the next token.
    pub fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).map(|t| t.kind)
    }

    /// Whether blanks stand between the last token and the next.
    pub fn spaced(&self) -> bool {
        match (self.next.checked_sub(1), self.tokens.get(self.next)) {
            (Some(last), Some(next)) => self.tokens[last].hi < next.lo,
            _ => false,
        }
    }

    /// Comments before the next token; they are given out once.
    pub fn leading(&mut self, out: &mut Vec<Doc<'a>>) {
        for placed in std::mem::take(&mut self.before[self.next]) {
            match placed {
                Placed::Own(c, blank) => {
                    if blank {
                        out.push(Doc::Blank);
                    }
                    out.push(Doc::Own(self.comment(c)));
                }
                Placed::Inline(c) => {
                    if self.text[..self.lo(c)].ends_with(char::is_whitespace) {
                        out.push(Doc::Space);
                    }
                    out.push(Doc::Text(self.comment(c).into()));
                    out.push(Doc::Space);
                }
            }
        }
    }

    /// Comments before a closing bracket, which may come to stand at the end
    /// of a line or on one of their own.
    pub fn closing(&mut self, out: &mut Vec<Doc<'a>>) {
        for placed in std::mem::take(&mut self.before[self.next]) {
            match placed {
                Placed::Own(c, blank) => {
                    if blank {
                        out.push(Doc::Blank);
                    }
                    out.push(Doc::Own(self.comment(c)));
                }
                Placed::Inline(c) if starts_line(self.text, self.lo(c)) => {
                    out.push(Doc::Own(self.comment(c)));
                }
                Placed::Inline(c) => out.push(Doc::Closing(self.comment(c))),
            }
        }
    }

    /// What stands before a statement: comments, and at most one empty line
    /// where there was one.
    pub fn statement(&mut self, out: &mut Vec<Doc<'a>>) {
        let inline = matches!(self.before[self.next].last(), Some(Placed::Inline(_)));
        if inline && self.blank_at_start() {
            out.push(Doc::Blank);
        }
        self.leading(out);
        if self.blank[self.next] && !inline {
            out.push(Doc::Blank);
        }
    }

    fn blank_at_start(&self) -> bool {
        let end = match self.next {
            0 => return false,
            i => self.tokens[i - 1].hi,
        };
        match self.before[self.next].first() {
            Some(Placed::Inline(c)) => self.gap(end, self.lo(*c)) > 1,
            _ => false,
        }
    }

    /// The next token's text with what belongs to it.
    pub fn token(&mut self, out: &mut Vec<Doc<'a>>) {
        self.leading(out);
        if let Some(tok) = self.tokens.get(self.next) {
            out.push(Doc::Text(self.text[tok.lo..tok.hi].into()));
        }
        self.trailing(out);
    }

    /// Passes the next token and keeps its comments.
    pub fn skip(&mut self, out: &mut Vec<Doc<'a>>) {
        self.closing(out);
        self.trailing(out);
    }

    fn trailing(&mut self, out: &mut Vec<Doc<'a>>) {
        let after = std::mem::take(&mut self.after[self.next]);
        out.extend(after.into_iter().map(|c| Doc::Trailing(self.comment(c))));
        self.next = (self.next + 1).min(self.tokens.len());
    }
}
