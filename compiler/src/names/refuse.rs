//! What the language has and this version does not run: one message each,
//! saying what it will be. What such a thing declares is known all the same,
//! so that nothing else is reported because of it. When a feature starts to
//! run, its line here goes, and nothing else in this folder must.

use super::resolve::Cx;
use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// "not supported yet: …", with a sentence on what it will be.
pub(super) fn not_yet(code: Code, span: Span, what: &str, will: &str) -> Diagnostic {
    Diagnostic::error(code, span, format!("not supported yet: {what}"))
        .at("this version does not run it")
        .note(will.to_string())
}

impl<'a> Cx<'a> {
    /// What stands before the item, and whether it is to be left out.
    pub(super) fn refuse_item(&mut self, item: &ast::Item) -> bool {
        self.plan_in_place(item);
        self.acceptances(item);
        self.upkeep_in_place(item);
        if let ItemKind::Import(_) = item.kind {
            // What was found of it stands in the program; this was not.
            self.scope.open();
            return true;
        }
        false
    }

    /// Poisons the words of a statement that did not parse.
    pub(super) fn poison_broken(&mut self, words: &[String]) {
        words.iter().for_each(|w| self.scope.poison(w));
    }
}
