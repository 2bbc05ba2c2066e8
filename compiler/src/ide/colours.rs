//! What kind of word each word is, for colouring: from the lexer, and for names
//! from what they mean. Words that mean nothing yet (a statement is being
//! typed) get the kind that their form suggests, or none.

use crate::ide::Analysis;
use crate::names::occurrences::Occurrence;
use crate::names::occurrences::Thing;
use crate::names::occurrences::Use;
use crate::names::words;
use crate::source::Span;
use crate::syntax::lexer::Tok;
use crate::syntax::token::KEYWORDS;
use crate::syntax::token::Token;
use crate::syntax::trivia::CommentKind;

/// Kinds of words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum Colour {
    Relation,
    Column,
    Variable,
    Parameter,
    Function,
    Constant,
    Type,
    Lattice,
    Constructor,
    Keyword,
    Attribute,
    Text,
    Number,
    Comment,
    Operator,
}

/// A word with its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Coloured {
    pub span: Span,
    pub colour: Colour,
    pub declares: bool,
    /// The language itself declares it.
    pub given: bool,
    /// A comment that documents.
    pub documents: bool,
}

/// Lattices of the language.
const LATTICES: &[&str] =
    &["All", "Any", "Bag", "Lex", "Map", "Max", "Min", "Pair", "Point", "Set"];

impl Analysis {
    /// All words that have a kind, in the order of the text, none of them
    /// overlapping.
    pub fn colours(&self) -> Vec<Coloured> {
        let mut out: Vec<Coloured> = Vec::with_capacity(self.words.len());
        for index in 0..self.words.len() {
            let word = self.words[index];
            if let Some((colour, declares, given)) = self.colour(index) {
                let span = Span::new(super::analysis::FILE, word.lo, word.hi);
                out.push(Coloured { span, colour, declares, given, documents: false });
            }
        }
        out.extend(self.comments.iter().map(|c| Coloured {
            span: c.span,
            colour: Colour::Comment,
            declares: false,
            given: false,
            documents: c.kind == CommentKind::Doc,
        }));
        out.sort_by_key(|c| c.span);
        out
    }

    fn colour(&self, index: usize) -> Option<(Colour, bool, bool)> {
        let word = &self.words[index];
        // Of a column and a variable at one place the variable is the news.
        if let Some(meant) = self.meaning(word.lo, word.hi).last() {
            return Some((self.of_thing(meant), meant.how == Use::Declares, false));
        }
        let text = self.word(word);
        let colour = match word.kind {
            Token::Str | Token::RawStr | Token::Bytes | Token::Quote => Colour::Text,
            Token::Int | Token::Float | Token::Duration => Colour::Number,
            Token::Error | Token::TooDeep => return None,
            Token::Underscore => Colour::Variable,
            kind if kind.is_word() && self.kind_before(index) == Some(Token::Dot) => {
                return self.of_word(index, text);
            }
            kind if KEYWORDS.contains(&text) && kind != Token::Ident => Colour::Keyword,
            Token::Upper if LATTICES.contains(&text) => {
                return Some((Colour::Lattice, false, true));
            }
            Token::Upper if matches!(text, "Some" | "None") => {
                return Some((Colour::Constructor, false, true));
            }
            Token::Upper => Colour::Type,
            kind if kind.is_word() => return self.of_word(index, text),
            _ => return sign(word),
        };
        Some((colour, false, false))
    }

    fn kind_before(&self, index: usize) -> Option<Token> {
        index.checked_sub(1).map(|i| self.words[i].kind)
    }

    fn of_thing(&self, meant: &Occurrence) -> Colour {
        match meant.thing {
            Thing::Rel(_) => Colour::Relation,
            Thing::Col(..) | Thing::Field(..) => Colour::Column,
            Thing::Fn(_) => Colour::Function,
            Thing::Const(_) => Colour::Constant,
            Thing::Record(_) | Thing::Enum(_) => Colour::Type,
            Thing::Alias(_) => Colour::Type,
            Thing::Variant(..) => Colour::Constructor,
            Thing::Var(..) => {
                let inside = |s: Span| s.lo <= meant.span.lo && meant.span.hi <= s.hi;
                match self.hir.fns.iter().any(|f| inside(f.span)) {
                    true => Colour::Parameter,
                    false => Colour::Variable,
                }
            }
        }
    }

    /// A lower-case word that was not resolved.
    fn of_word(&self, index: usize, text: &str) -> Option<(Colour, bool, bool)> {
        let word = &self.words[index];
        let before = self.kind_before(index);
        let after = self.words.get(index + 1).map(|w| w.kind);
        if before == Some(Token::Dot) && !matches!(after, Some(Token::LParen | Token::LBrace)) {
            return Some((Colour::Column, false, false));
        }
        if before == Some(Token::AtSign) {
            return Some((Colour::Attribute, false, true));
        }
        if after == Some(Token::LParen) && words::is_function(text) {
            return Some((Colour::Function, false, true));
        }
        let called = matches!(after, Some(Token::LParen | Token::LBrace));
        match text {
            "fresh" | "random" if called => return Some((Colour::Function, false, true)),
            _ if called && words::is_collection(text) => {
                return Some((Colour::Relation, false, true));
            }
            _ if !called && words::is_value(text) => return Some((Colour::Constant, false, true)),
            _ => {}
        }
        if super::words::TYPES.iter().any(|(name, _)| *name == text) {
            return Some((Colour::Type, false, true));
        }
        if word.kind != Token::Ident {
            return Some((Colour::Keyword, false, false));
        }
        match after {
            Some(Token::LParen | Token::LBrace) => Some((Colour::Relation, false, false)),
            _ => Some((Colour::Variable, false, false)),
        }
    }
}

/// Brackets and separators have no colour of their own.
fn sign(word: &Tok) -> Option<(Colour, bool, bool)> {
    use Token::*;
    let plain = matches!(word.kind, LParen | RParen | LBracket | RBracket | LBrace | RBrace)
        || matches!(word.kind, Comma | Semi | Colon | Dot | DotEnd);
    let attribute = word.kind == AtSign;
    match (plain, attribute) {
        (true, _) => None,
        (_, true) => Some((Colour::Attribute, false, true)),
        _ => Some((Colour::Operator, false, false)),
    }
}
