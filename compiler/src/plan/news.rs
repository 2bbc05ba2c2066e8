//! Rules that fire for what is new read a relation of their own: what is new
//! in another one. Who fills it, and when, the plan says beside its strata. This
//! room must not know how rules are planned.

use std::collections::BTreeMap;

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;

/// A program in which nothing reads news of a relation but by another one.
pub struct Apart {
    /// With relations for news after its own.
    pub program: Program,
    /// The strata with these.
    pub strata: Strata,
    /// Relations, and those that hold what is new in them.
    pub news: Vec<(RelId, RelId)>,
}

/// Gives news relations of their own; `None` where nothing reads news.
pub fn apart(program: &Program, strata: &Strata) -> Option<Apart> {
    let mut news: BTreeMap<RelId, RelId> = BTreeMap::new();
    for rule in &program.rules {
        for lit in &rule.body.lits {
            if let LitKind::Atom(atom) = &lit.kind
                && atom.news
            {
                let next = RelId((program.rels.len() + news.len()) as u32);
                news.entry(atom.rel).or_insert(next);
            }
        }
    }
    if news.is_empty() {
        return None;
    }
    let mut out = Apart {
        program: program.clone(),
        strata: strata.clone(),
        news: news.iter().map(|(of, new)| (*of, *new)).collect(),
    };
    out.news.sort_by_key(|(_, new)| *new);
    for (of, new) in &out.news {
        out.program.rels.push(program.rels[of.index()].clone());
        let next = out.strata.scc_of_rel.iter().max().map_or(0, |most| most + 1);
        out.strata.scc_of_rel.push(next);
        out.strata.of_rel.push(strata.of_rel[of.index()]);
        out.strata.recursive.push(false);
        let at = out.strata.order.iter().position(|rel| rel == of);
        out.strata.order.insert(at.map_or(out.strata.order.len(), |at| at + 1), *new);
    }
    for rule in &mut out.program.rules {
        rule.body.lits.iter_mut().for_each(|lit| redirect(lit, &news));
    }
    Some(out)
}

fn redirect(lit: &mut Lit, news: &BTreeMap<RelId, RelId>) {
    if let LitKind::Atom(atom) = &mut lit.kind
        && atom.news
        && let Some(new) = news.get(&atom.rel)
    {
        atom.rel = *new;
        atom.news = false;
    }
}
