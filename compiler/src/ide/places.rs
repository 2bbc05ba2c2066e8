//! The name at a place, where it is declared and where it is used: all from
//! the table that `names` fills. Only in a statement that could not be read a
//! word is taken for the declaration of its spelling.

use crate::ide::Analysis;
use crate::names::occurrences::Occurrence;
use crate::names::occurrences::Thing;
use crate::names::occurrences::Use;
use crate::source::Span;

/// A use of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The name alone.
    pub span: Span,
    /// What is done with it there.
    pub how: Use,
}

impl Reference {
    /// Whether the thing is declared or made there.
    pub fn writes(&self) -> bool {
        matches!(self.how, Use::Declares | Use::Writes)
    }
}

impl Analysis {
    /// What the name at a place means; two things for a column that is read
    /// into a variable of its own name.
    pub(super) fn things_at(&self, at: usize) -> Option<(Span, Vec<Thing>)> {
        let index = self.word_at(at)?;
        let word = self.words[index];
        let found = self.meaning(word.lo, word.hi);
        let things: Vec<Thing> = match found.first() {
            Some(_) => found.iter().map(|o| self.canonical(o.thing)).collect(),
            None => self.by_spelling(index)?,
        };
        Some((Span::new(super::analysis::FILE, word.lo, word.hi), things))
    }

    /// What a word of a broken statement most likely means.
    fn by_spelling(&self, index: usize) -> Option<Vec<Thing>> {
        let word = &self.words[index];
        if !word.kind.is_word() || !self.is_broken(word.lo) {
            return None;
        }
        let text = self.word(word);
        let declared = self.names.iter().find(|o| {
            let top = !matches!(o.thing, Thing::Var(..) | Thing::Col(..) | Thing::Field(..));
            top && o.how == Use::Declares && self.slice(o.span) == text
        });
        declared.map(|o| vec![o.thing])
    }

    /// Whether a statement that could not be read stands there.
    pub(super) fn is_broken(&self, at: usize) -> bool {
        use crate::syntax::ast::ItemKind;
        self.module.items.iter().any(|item| {
            matches!(item.kind, ItemKind::Broken { .. }) && {
                let range = item.span.range();
                range.start <= at && at <= range.end
            }
        })
    }

    /// All places of a thing, in the order of the text.
    pub(super) fn all(&self, thing: Thing) -> Vec<Occurrence> {
        let wanted = self.canonical(thing);
        self.names.iter().copied().filter(|o| self.canonical(o.thing) == wanted).collect()
    }

    /// Where the name at a place is declared; a variable, where it stands first.
    pub fn definition(&self, at: usize) -> Vec<Span> {
        let Some((_, things)) = self.things_at(at) else { return Vec::new() };
        let mut spans: Vec<Span> = things
            .into_iter()
            .flat_map(|t| self.all(t))
            .filter(|o| o.how == Use::Declares)
            .map(|o| o.span)
            .collect();
        spans.sort();
        spans.dedup();
        spans
    }

    /// All places of the name at a place, in the order of the text.
    pub fn references(&self, at: usize, with_declaration: bool) -> Vec<Reference> {
        let Some((_, things)) = self.things_at(at) else { return Vec::new() };
        let mut found: Vec<Reference> = things
            .into_iter()
            .flat_map(|t| self.all(t))
            .filter(|o| with_declaration || o.how != Use::Declares)
            .map(|o| Reference { span: o.span, how: o.how })
            .collect();
        found.sort_by_key(|r| (r.span, r.how));
        found.dedup_by_key(|r| r.span);
        found
    }
}
