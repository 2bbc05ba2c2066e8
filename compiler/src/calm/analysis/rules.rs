//! All rules of a system, and which of them read and write a collection, so that
//! nobody has to look through all of them. What rules do is not known here.

use std::ops::Deref;

use super::clauses;
use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;

/// Rules by number, in source order.
pub(crate) struct Rules {
    all: Vec<Clause>,
    readers: Vec<Vec<usize>>,
    heads: Vec<Vec<usize>>,
    makers: Vec<Vec<usize>>,
}

impl Rules {
    pub(crate) fn of(rels: &Rels<'_>, all: Vec<Clause>) -> Rules {
        let none = || vec![Vec::new(); rels.len()];
        let (mut readers, mut heads, mut makers) = (none(), none(), none());
        for (at, clause) in all.iter().enumerate() {
            clauses::atoms(&clause.lits, &mut |atom| {
                let of: &mut Vec<usize> = &mut readers[rels.number(clause.role, atom.rel)];
                if of.last() != Some(&at) {
                    of.push(at);
                }
            });
            heads[clause.head].push(at);
            rels.targets(clause.head).iter().for_each(|target| makers[*target].push(at));
        }
        Rules { all, readers, heads, makers }
    }

    /// Rules that read a collection, wherever it stands in them.
    pub(crate) fn readers(&self, rel: Rel) -> &[usize] {
        &self.readers[rel]
    }

    /// Rules with this head.
    pub(crate) fn heads(&self, rel: Rel) -> &[usize] {
        &self.heads[rel]
    }

    /// Rules that put something into a collection or take it out, now or later,
    /// here or by a message.
    pub(crate) fn makers(&self, rel: Rel) -> &[usize] {
        &self.makers[rel]
    }

    /// The only rule with this head.
    pub(crate) fn only(&self, rel: Rel) -> Option<&Clause> {
        match self.heads(rel) {
            [at] => self.all.get(*at),
            _ => None,
        }
    }
}

impl Deref for Rules {
    type Target = [Clause];

    fn deref(&self) -> &[Clause] {
        &self.all
    }
}
