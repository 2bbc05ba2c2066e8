//! What was chosen, made true: copies of relations that are read at another
//! place than their home, the rules that fill them, and bodies that read them.

use std::collections::BTreeMap;

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::growing::Unfolded;
use crate::plan::growing::atom;
use crate::plan::growing::nameless;
use crate::plan::spread::Place;
use crate::plan::spread::Site;
use crate::plan::spread::Spread;
use crate::plan::spread::choose::Chosen;
use crate::plan::spread::choose::stays;
use crate::types::typed::Body;
use crate::types::typed::Col;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;
use crate::types::typed::Rule;
use crate::types::typed::Var;

/// Makes a choice true. `loaded` are the relations that only facts and files
/// fill.
pub fn apply(draft: Unfolded, chosen: Chosen, loaded: &[bool]) -> Spread {
    let Unfolded { program, strata, sources } = draft;
    let Chosen { homes, ways } = chosen;
    let mut copies: BTreeMap<(RelId, Place), RelId> = BTreeMap::new();
    let mut spread = Spread {
        copy_of: vec![None; program.rels.len()],
        sites: Vec::new(),
        sends: Vec::new(),
        rows: Vec::new(),
        loads: Vec::new(),
        number: None,
        own: 0,
        levels: Default::default(),
        places: homes,
        program,
        strata,
        sources,
    };
    for (index, way) in ways.into_iter().enumerate() {
        let rule = &spread.program.rules[index];
        let is_given = loaded[rule.head.index()];
        let stays = stays(rule, &way, &spread.places[rule.head.index()]);
        spread.sends.push(!is_given && !stays);
        spread.sites.push(match way.by {
            _ if is_given => Site::Each,
            Some(_) => Site::Meeting,
            None => Site::First,
        });
        let reads = way.reads.into_iter().map(|(rel, place)| {
            if spread.places[rel.index()] == place {
                return rel;
            }
            let known = copies.get(&(rel, place.clone())).copied();
            known.unwrap_or_else(|| {
                let copy = spread.copy(rel, place.clone());
                copies.insert((rel, place), copy);
                copy
            })
        });
        let mut reads: Vec<RelId> = reads.collect();
        reads.reverse();
        let body = &mut spread.program.rules[index].body;
        body.lits.iter_mut().for_each(|lit| redirect(lit, &mut reads));
    }
    for ((rel, _), copy) in copies {
        spread.fill(rel, copy, loaded[rel.index()]);
    }
    spread
}

impl Spread {
    /// Adds a relation with the same rows at another place.
    fn copy(&mut self, rel: RelId, place: Place) -> RelId {
        let of = &self.program.rels[rel.index()];
        let cols: Vec<Col> =
            of.cols.iter().map(|col| Col { default: None, ..col.clone() }).collect();
        let name = format!("{}@{}", of.name, at(&place, of));
        let mut view = Rel::view(name, cols, of.span, of.name_span);
        view.event = of.event;
        let copy = RelId(self.program.rels.len() as u32);
        self.program.rels.push(view);
        self.places.push(place);
        self.copy_of.push(Some(rel));
        copy
    }

    /// Lets a copy have its rows: what is loaded is loaded into it too, and its
    /// facts are its own; all else is sent.
    fn fill(&mut self, rel: RelId, copy: RelId, is_loaded: bool) {
        if !is_loaded {
            let filler = filler(&self.program, rel, copy, &self.program.rels[rel.index()]);
            return self.rule(filler, u32::MAX, Site::Meeting, true);
        }
        self.loads.push((rel, copy));
        let rules = self.program.rules.iter().enumerate();
        let facts: Vec<usize> =
            rules.filter(|(_, rule)| rule.head == rel).map(|(at, _)| at).collect();
        for at in facts {
            let fact = Rule { head: copy, ..self.program.rules[at].clone() };
            self.rule(fact, u32::MAX, Site::Each, false);
        }
    }

    fn rule(&mut self, rule: Rule, source: u32, site: Site, sends: bool) {
        self.program.rules.push(rule);
        self.sources.push(source);
        self.sites.push(site);
        self.sends.push(sends);
    }
}

/// A place, as part of a name.
fn at(place: &Place, of: &Rel) -> String {
    match place {
        Place::Hash(cols) => {
            let names: Vec<&str> = cols.iter().map(|col| of.cols[*col].name.as_str()).collect();
            names.join("+")
        }
        Place::Everywhere => "everywhere".to_owned(),
        Place::First => "first".to_owned(),
        Place::Own => "own".to_owned(),
    }
}

/// `copy(a, b) <= rel(a, b)`; what merges is copied while it grows.
fn filler(program: &Program, rel: RelId, copy: RelId, of: &Rel) -> Rule {
    let var = |col: &Col| {
        let grows = match &col.role {
            Role::Cell(lattice) => Some(lattice.clone()),
            Role::Key | Role::Value => None,
        };
        Var { grows, ..nameless(col) }
    };
    let vars: Vec<Var> = of.cols.iter().map(var).collect();
    let arg = |(at, var): (usize, &Var)| Expr {
        kind: ExprKind::Var(VarId(at as u32)),
        ty: var.ty.clone(),
        span: of.span,
    };
    let mut rule = Rule {
        head: copy,
        args: vars.iter().enumerate().map(arg).collect(),
        aggs: Vec::new(),
        group: Vec::new(),
        grows: false,
        body: Body::default(),
        order: Vec::new(),
        vars,
        is_fact: false,
        span: of.span,
        head_span: of.name_span,
    };
    let all: Vec<Option<VarId>> = (0..of.cols.len()).map(|at| Some(VarId(at as u32))).collect();
    let lit = atom(rel, &program.rels[rel.index()].cols, &all, &rule);
    rule.body = Body { lits: vec![lit], early: 1 };
    rule
}

/// Lets atoms read what is meant for them, taken from the end of a list.
fn redirect(lit: &mut Lit, reads: &mut Vec<RelId>) {
    match &mut lit.kind {
        LitKind::Atom(atom) => atom.rel = reads.pop().unwrap_or(atom.rel),
        LitKind::Not(lits) | LitKind::All { lits, .. } => {
            lits.iter_mut().for_each(|lit| redirect(lit, reads));
        }
        LitKind::Or(branches) => {
            branches.iter_mut().flatten().for_each(|lit| redirect(lit, reads));
        }
        LitKind::Else { atom, otherwise, .. } => {
            atom.rel = reads.pop().unwrap_or(atom.rel);
            otherwise.iter_mut().for_each(|lit| redirect(lit, reads));
        }
        LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
    }
}
