//! A point with what stands around it in the text: the declaration of what is
//! waited for, the statement where it happens, the output. What can be done
//! about it is not known here.

use std::collections::BTreeSet;

use super::Proposal;
use super::draft::Draft;
use super::draft::Written;
use crate::calm::System;
use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::calm::model::Report;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast::Column;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::print;
use crate::types::typed;

/// Words that are no variables.
const RESERVED: &[&str] = &["me", "now"];

/// A point and its surroundings.
pub(super) struct Site<'a> {
    pub(super) system: &'a System<'a>,
    pub(super) report: &'a Report,
    pub(super) point: &'a Point,
    pub(super) files: &'a [Written],
    /// All that is declared anywhere.
    pub(super) words: &'a BTreeSet<String>,
}

/// The words that the files of a program declare.
pub fn words(sources: &SourceMap, files: &[Written]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    Draft::of(sources, files).each(&mut |item| out.extend(declares(item).map(str::to_string)));
    out
}

impl<'a> Site<'a> {
    /// The program, to be changed.
    pub(super) fn draft(&self) -> Draft<'a> {
        Draft::of(self.system.sources, self.files)
    }

    /// The statement at which it happens.
    pub(super) fn item(&self) -> Option<Item> {
        self.draft().item(self.point.span).cloned()
    }

    /// A collection by the name that reports have for it.
    pub(super) fn rel(&self, name: &RelName) -> Option<&'a typed::Rel> {
        let mine = |role: Option<&str>| name.role.is_none() || name.role.as_deref() == role;
        let parts = self.system.parts.iter().filter(|part| mine(part.name));
        let mut rels = parts.flat_map(|part| &part.typed.rels);
        rels.find(|rel| rel.name == name.name && !rel.kind.is_hidden() && rel.given.is_none())
    }

    /// Where a collection is declared.
    pub(super) fn declared(&self, rel: &typed::Rel) -> Span {
        self.system.sources.written(rel.name_span)
    }

    /// The collection that is waited for, with its declaration.
    pub(super) fn source(&self) -> Option<(&'a typed::Rel, Span)> {
        let part = self.system.parts.get(self.point.role_at)?;
        let rel = part.typed.rels.get(self.point.rel.index())?;
        Some((rel, self.declared(rel)))
    }

    /// A collection that is declared beside a place or above it, by its word.
    pub(super) fn named(&self, word: &str) -> Option<(&'a typed::Rel, Span)> {
        let own = self.system.parts.get(self.point.role_at).into_iter();
        let parts = own.chain(&self.system.parts);
        let mut rels = parts.flat_map(|part| &part.typed.rels);
        let rel =
            rels.find(|rel| rel.name == word && !rel.kind.is_hidden() && rel.given.is_none())?;
        Some((rel, self.declared(rel)))
    }

    /// The same, seen from a place in the text: of several collections with one
    /// word the one whose role has the place.
    pub(super) fn named_in(&self, word: &str, at: Span) -> Option<(&'a typed::Rel, Span)> {
        let has = |rule: &typed::Rule| {
            let own = self.system.sources.written(rule.span);
            own.file == at.file && at.lo <= own.lo && own.hi <= at.hi
        };
        let part = self.system.parts.iter().find(|part| part.typed.rules.iter().any(has));
        let mut rels = part.into_iter().flat_map(|part| &part.typed.rels);
        let rel = rels.find(|rel| rel.name == word && !rel.kind.is_hidden() && rel.given.is_none());
        rel.map(|rel| (rel, self.declared(rel))).or_else(|| self.named(word))
    }

    /// Whether a word is that of no collection and of nothing else declared.
    pub(super) fn is_free(&self, word: &str) -> bool {
        !self.words.contains(word)
    }

    /// A word for a new collection.
    pub(super) fn fresh(&self, like: &str) -> String {
        if self.is_free(like) {
            return like.to_string();
        }
        let mut numbered = (2..).map(|n| format!("{like}{n}"));
        numbered.find(|word| self.is_free(word)).unwrap_or_else(|| like.to_string())
    }

    /// A variable like a column: a word that means nothing else.
    pub(super) fn variable(&self, column: &str) -> String {
        let mut word = column.to_string();
        while !self.is_free(&word) || RESERVED.contains(&word.as_str()) {
            word.push('_');
        }
        word
    }

    /// The invariant of the point.
    pub(super) fn invariant(&self) -> Option<Item> {
        let mut found = None;
        self.draft().each(&mut |item| {
            let mine = matches!(&item.kind, ItemKind::Invariant { name, .. }
                if name.text == self.point.output.name);
            if mine && found.is_none() {
                found = Some(item.clone());
            }
        });
        found
    }

    /// A proposal, if something changed.
    pub(super) fn proposal(
        &self,
        id: &'static str,
        title: String,
        draft: &Draft<'_>,
        by_design: Option<String>,
    ) -> Proposal {
        Proposal { id, title, files: draft.texts(), by_design, declares: false }
    }
}

/// The word that a statement declares.
fn declares(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Collection(found) => Some(&found.name.text),
        ItemKind::Like { name, .. }
        | ItemKind::ViewRule { name, .. }
        | ItemKind::Periodic { name, .. }
        | ItemKind::Fn { name, .. }
        | ItemKind::Const { name, .. } => Some(&name.text),
        ItemKind::Use { alias, .. } => Some(&alias.text),
        _ => None,
    }
}

/// `name: type`
pub(super) fn column(of: &Column) -> String {
    format!("{}: {}", of.name.text, print::print_type(&of.ty))
}

/// Columns parted by commas.
pub(super) fn columns(of: &[Column]) -> String {
    of.iter().map(column).collect::<Vec<_>>().join(", ")
}
