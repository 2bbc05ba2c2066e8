//! How deep the tree of a text can become, told from its tokens alone, so that
//! a text too deep for the phases that walk the tree is stopped before there
//! is one. What nests are brackets and prefix operators; the operators of a
//! long sum stand side by side for a reader, but one above the other in the
//! tree, and so have a bound of their own. Knows no grammar.

use crate::syntax::limits::MAX_DEPTH;
use crate::syntax::limits::MAX_NESTING;
use crate::syntax::token::Token;

/// The depth at a place of a text.
#[derive(Default)]
pub struct Depth {
    levels: Vec<Level>,
    here: Level,
    /// `not`, `-` and the like right before this place.
    prefixes: usize,
}

/// What is known inside one bracket. Every operator since the last separator
/// may stand above all that was closed since then.
#[derive(Default, Clone, Copy)]
struct Level {
    operators: usize,
    deepest: usize,
    max: usize,
    outside: usize,
}

impl Level {
    fn restart(&mut self) {
        self.max = self.max.max(self.operators + self.deepest);
        self.operators = 0;
        self.deepest = 0;
    }
}

impl Depth {
    /// Takes a token; true when a limit is passed.
    pub fn step(&mut self, kind: Token, before: Option<Token>) -> bool {
        use Token::*;
        match kind {
            LParen | LBracket | LBrace => {
                self.here.operators += 1;
                let outside = self.here.outside + self.here.operators;
                self.levels.push(self.here);
                self.here = Level { outside, ..Level::default() };
            }
            RParen | RBracket | RBrace => {
                self.here.restart();
                let inner = self.here.max;
                if let Some(outer) = self.levels.pop() {
                    self.here = outer;
                    self.here.deepest = self.here.deepest.max(inner);
                }
            }
            Comma | Semi => self.here.restart(),
            // A word after `}` begins a statement: no operator joins the two.
            _ if before == Some(RBrace)
                && kind.is_word()
                && !matches!(kind, And | Or | In | Then | Else) =>
            {
                self.here.restart()
            }
            _ => {}
        }
        if before == Some(RBrace) && kind == AtSign {
            self.here.restart();
        }
        self.prefixes = if matches!(kind, Not | Minus | Bang) { self.prefixes + 1 } else { 0 };
        self.here.operators += usize::from(kind.deepens());
        let depth = self.here.outside + self.here.operators + self.here.deepest;
        self.levels.len() + self.prefixes > MAX_NESTING || depth > MAX_DEPTH
    }
}
