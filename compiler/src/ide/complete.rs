//! What may be written at the cursor, by what stands around it. Everything that
//! fits the place is offered; narrowing it down by what was typed is left to
//! the editor, except that the range of what was typed is given.

use std::ops::Range;

use crate::ide::Analysis;
use crate::ide::around::Around;
use crate::ide::offers;
use crate::syntax::token::Token;

/// Sorts of offers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)]
pub enum OfferKind {
    Variable,
    Column,
    Collection,
    Constant,
    Function,
    Constructor,
    Type,
    Keyword,
    Attribute,
}

/// Something that may be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What is shown and sought.
    pub label: String,
    /// Its sort.
    pub kind: OfferKind,
    /// A declaration or type, on one line.
    pub detail: String,
    /// Markdown; may be empty.
    pub doc: String,
    /// What is inserted; `$1`, `$2` and `$0` mark where the cursor goes next.
    /// `None`: the label.
    pub snippet: Option<String>,
    /// What it replaces.
    pub range: Range<usize>,
}

/// Kinds of statements that declare columns.
const DECLARE: &[Token] = &[
    Token::Table,
    Token::View,
    Token::Static,
    Token::Scratch,
    Token::Input,
    Token::Output,
    Token::Channel,
    Token::Timer,
];

impl Analysis {
    /// Everything that may be written at a place.
    pub fn complete(&self, at: usize) -> Vec<Offer> {
        if self.in_comment(at) || self.in_text(at) {
            return Vec::new();
        }
        let around = self.around(at);
        // A number is no beginning of a name.
        let typed = self.text.get(around.typed.clone()).unwrap_or("");
        if typed.starts_with(|c: char| c.is_ascii_digit()) {
            return Vec::new();
        }
        let mut offers = offers::List::new(self, around.typed.clone());
        self.fill(&around, &mut offers);
        offers.finish()
    }

    fn fill(&self, around: &Around, offers: &mut offers::List) {
        let before = self.before(around);
        let first = self.words.get(around.first).map(|w| w.kind).filter(|_| before.is_some());
        let Some(before) = before else {
            offers.declarations();
            offers.collections(true);
            offers.given_collections();
            return;
        };
        match before {
            Token::AtSign => return offers.attributes(),
            Token::Dot => return offers.fields(),
            // At the end of a line a dot may also be a slip for `;`.
            Token::DotEnd if self.text[..around.typed.start].ends_with('.') => {
                return offers.fields();
            }
            Token::Like => return offers.collections(false),
            // A name of the user's own comes here.
            _ if around.open.is_empty() && self.names_itself(before) => {
                return offers.kinds_after(before);
            }
            _ => {}
        }
        if self.wants_type(around, before, first) {
            return offers.types();
        }
        if !around.in_body && first.is_some_and(|f| DECLARE.contains(&f)) && !self.has_rule(around)
        {
            // Between the columns of a declaration nothing can be guessed.
            return;
        }
        if let Some(open) = around.open.first()
            && open.kind == Token::LBrace
            && matches!(before, Token::LBrace | Token::Comma)
            && let Some(callee) = self.callee(open)
            && offers.columns_of(callee, &self.given(around))
        {
            return;
        }
        offers.variables(&self.variables(around));
        // Rows stand in bodies only, not inside of an atom or call.
        let nested = around.open.iter().any(|o| self.callee(o).is_some());
        if around.in_body && !nested {
            offers.collections(true);
            offers.given_collections();
        }
        offers.values(!around.in_body);
    }

    /// Whether a new name follows: `table ‸`, `fn ‸`.
    fn names_itself(&self, before: Token) -> bool {
        use Token::*;
        matches!(before, Table | View | Scratch | Input | Output | Channel | Timer | Static)
            || matches!(before, Fn | Const | Type | Lattice | Enum | Role | Module | Periodic)
    }

    /// `view p(…)` may be a rule too, so its brackets may hold values.
    fn has_rule(&self, around: &Around) -> bool {
        self.words.get(around.first).map(|w| w.kind) == Some(Token::View)
    }

    fn wants_type(&self, around: &Around, before: Token, first: Option<Token>) -> bool {
        let declares = first.is_some_and(|f| {
            DECLARE.contains(&f)
                || matches!(f, Token::Fn | Token::Const | Token::Role | Token::Module)
        });
        let in_braces = around.open.first().is_some_and(|o| o.kind == Token::LBrace);
        match first {
            _ if around.in_body => false,
            Some(Token::Type | Token::Lattice) => {
                matches!(before, Token::Assign | Token::Less | Token::LParen | Token::LBracket)
                    || before == Token::Colon
                    || before == Token::Comma && !in_braces
            }
            Some(Token::Enum) => around.open.len() > 1,
            _ if declares => match before {
                Token::Colon => true,
                Token::Less | Token::LBracket => !self.behind_equals(around),
                Token::Comma => self.in_angles(around),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a value has begun: the body of a function, a default.
    fn behind_equals(&self, around: &Around) -> bool {
        let from = around.open.last().map_or(around.first, |o| o.at);
        let typed = around.typed.start;
        self.words[from..].iter().take_while(|w| w.hi <= typed).any(|w| w.kind == Token::Assign)
    }

    /// Whether a `<` of type arguments is open.
    fn in_angles(&self, around: &Around) -> bool {
        let typed = around.typed.start;
        let mut open = 0i32;
        for word in self.words[around.first..].iter().take_while(|w| w.hi <= typed) {
            match word.kind {
                Token::Less => open += 1,
                Token::Greater => open -= 1,
                _ => {}
            }
        }
        open > 0
    }

    /// Columns that the braces at hand name already.
    fn given(&self, around: &Around) -> Vec<String> {
        let Some(open) = around.open.first() else { return Vec::new() };
        let mut depth = 0usize;
        let mut names = Vec::new();
        let mut start = true;
        for word in &self.words[open.at + 1..] {
            match word.kind {
                kind if kind.closer().is_some() => depth += 1,
                kind if kind.closes() && depth == 0 => break,
                kind if kind.closes() => depth -= 1,
                Token::Semi => break,
                Token::Comma if depth == 0 => {
                    start = true;
                    continue;
                }
                kind if start && kind.is_name() && word.lo != around.typed.start => {
                    names.push(self.word(word).to_string());
                }
                _ => {}
            }
            start = false;
        }
        names
    }

    /// Whether a place is inside of a text, not of a value in it.
    fn in_text(&self, at: usize) -> bool {
        let quoted = [Token::Str, Token::RawStr, Token::Bytes, Token::Quote];
        self.words.iter().any(|w| {
            let open = w.lo < at && at < w.hi;
            // The part of a text before a value ends with `{`, behind it one may write.
            open && quoted.contains(&w.kind)
        })
    }
}
