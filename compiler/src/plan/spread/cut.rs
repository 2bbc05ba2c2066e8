//! Bodies whose large relations have no variable in common, in steps: what the
//! first ones have in common is found and kept, divided by that; the rest is
//! joined with it. Where the steps run is not known here.

use std::collections::BTreeSet;

use crate::ids::VarId;
use crate::plan::fallible;
use crate::plan::growing::Unfolded;
use crate::plan::growing::atom;
use crate::plan::growing::key;
use crate::plan::spread::sites::Rows;
use crate::plan::spread::sites::columns;
use crate::plan::spread::vars;
use crate::plan::spread::vars::Vars;
use crate::types::typed::Atom;
use crate::types::typed::Body;
use crate::types::typed::Col;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Steps of one rule at most: as many atoms as can be cut off.
const STEPS_MAX: usize = 16;
/// A relation that is not larger than this part of the largest one of its rule
/// is better copied to every worker.
const LIGHT: f64 = 0.5;

/// Cuts what has to be cut.
pub fn cut(draft: &mut Unfolded, sizes: &Rows) {
    for index in 0..draft.program.rules.len() {
        let rule = &draft.program.rules[index];
        if !rule.aggs.is_empty() || rule.is_fact {
            continue;
        }
        // A step makes the body shorter by one large atom at least.
        for _ in 0..STEPS_MAX {
            let rule = &draft.program.rules[index];
            let Some(first) = first_step(&draft.program, rule, sizes) else { break };
            let Some(step) = Step::of(&draft.program, rule, &first) else { break };
            step.apply(draft, index);
        }
    }
}

/// The literals that are joined first; `None` where all large atoms of a rule
/// meet, or none do.
fn first_step(program: &Program, rule: &Rule, sizes: &Rows) -> Option<BTreeSet<usize>> {
    let atoms: Vec<(usize, &Atom)> = rule
        .body
        .lits
        .iter()
        .enumerate()
        .filter_map(|(at, lit)| match &lit.kind {
            LitKind::Atom(atom) => Some((at, atom)),
            _ => None,
        })
        .collect();
    let rows = |atom: &Atom| sizes.rows.get(atom.rel.index()).copied().unwrap_or(f64::MAX);
    let most = atoms.iter().map(|(_, atom)| rows(atom)).fold(0.0, f64::max);
    let (heavy, light): (Vec<_>, Vec<_>) =
        atoms.into_iter().partition(|(_, atom)| rows(atom) > most * LIGHT);
    let narrowed = || match fails(program, rule) {
        true => None,
        false => narrowed(rule, &heavy, &light),
    };
    if heavy.len() < 2 {
        return narrowed();
    }
    let named: Vars = heavy.iter().flat_map(|(_, atom)| vars::of_atom(atom).0).collect();
    let with = |var: &VarId| -> BTreeSet<usize> {
        let has = heavy.iter().filter(|(_, atom)| !columns(program, atom, *var).is_empty());
        has.map(|(at, _)| *at).collect()
    };
    let groups: Vec<BTreeSet<usize>> = named.iter().map(with).collect();
    let widest = groups
        .into_iter()
        .max_by_key(|group| (group.len(), std::cmp::Reverse(group.first().copied())))?;
    match widest.len() {
        n if n == heavy.len() => narrowed(),
        0 | 1 => through_light(&heavy, &light),
        _ => Some(widest),
    }
}

/// Whether a match of a rule may fail: which one is told hangs on the values of
/// all variables, so none may be left out.
fn fails(program: &Program, rule: &Rule) -> bool {
    rule.body.early < rule.body.lits.len()
        || rule.args.iter().any(|arg| fallible::expr(arg, program))
}

/// A large atom of the head's own relation with a small one, where what they
/// have in common is not needed any more: many matches become one row, which is
/// joined and sent once instead of as often as it was found.
fn narrowed(
    rule: &Rule,
    heavy: &[(usize, &Atom)],
    light: &[(usize, &Atom)],
) -> Option<BTreeSet<usize>> {
    if heavy.len() + light.len() < 3 {
        return None;
    }
    let pairs = heavy.iter().flat_map(|large| light.iter().map(move |small| (large, small)));
    let mut found = pairs.filter(|((at, large), (other, small))| {
        let (of_large, of_small) = (vars::of_atom(large).0, vars::of_atom(small).0);
        let mut needed = Vars::new();
        rule.args.iter().for_each(|e| vars::of_expr(e, &mut needed));
        let rest = rule.body.lits.iter().enumerate();
        rest.filter(|(nth, _)| nth != at && nth != other)
            .for_each(|(_, lit)| needed.extend(vars::of_lit(lit)));
        let all = of_large.union(&of_small).count();
        let live = of_large.union(&of_small).filter(|var| needed.contains(var)).count();
        let shared = of_large.intersection(&of_small).any(|var| !needed.contains(var));
        large.rel == rule.head && shared && live < all && live <= of_large.len()
    });
    found.next().map(|((at, _), (other, _))| BTreeSet::from([*at, *other]))
}

/// A large atom with the small ones that lead from it to another large one.
fn through_light(heavy: &[(usize, &Atom)], light: &[(usize, &Atom)]) -> Option<BTreeSet<usize>> {
    let (first, rest) = heavy.split_first()?;
    let others: Vars = rest.iter().flat_map(|(_, atom)| vars::of_atom(atom).0).collect();
    let mut step = BTreeSet::from([first.0]);
    let mut known = vars::of_atom(first.1).0;
    loop {
        let meets = |(at, atom): &&(usize, &Atom)| {
            !step.contains(at) && !vars::of_atom(atom).0.is_disjoint(&known)
        };
        let (at, atom) = light.iter().find(meets)?;
        step.insert(*at);
        known.extend(vars::of_atom(atom).0);
        if !known.is_disjoint(&others) {
            return Some(step);
        }
    }
}

/// A rule in two: what comes first, and the rest over what that found.
struct Step {
    first: Vec<Lit>,
    rest: Vec<Lit>,
    /// What the rest, or the head, needs of the first.
    live: Vec<VarId>,
    /// Where the first stood.
    place: usize,
    early: usize,
}

impl Step {
    /// `None` where the literals cannot be joined by themselves.
    fn of(program: &Program, rule: &Rule, chosen: &BTreeSet<usize>) -> Option<Step> {
        let lits = &rule.body.lits;
        let mut named = Vars::new();
        for at in chosen {
            let LitKind::Atom(atom) = &lits[*at].kind else { return None };
            let (own, read) = vars::of_atom(atom);
            if *at >= rule.body.early || !read.is_subset(&named) {
                return None;
            }
            named.extend(own);
        }
        // Conditions over nothing else leave rows out before they are kept.
        let joins = |at: usize| {
            chosen.contains(&at)
                || at < rule.body.early
                    && matches!(lits[at].kind, LitKind::Cond(_))
                    && vars::of_lit(&lits[at]).is_subset(&named)
        };
        let mut needed = Vars::new();
        rule.args.iter().for_each(|e| vars::of_expr(e, &mut needed));
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (at, lit) in lits.iter().enumerate() {
            if joins(at) {
                first.push(lit.clone());
            } else {
                needed.extend(vars::of_lit(lit));
                rest.push(lit.clone());
            }
        }
        let all = fails(program, rule);
        let live = named.iter().filter(|var| all || needed.contains(var));
        let live: Vec<VarId> = live.copied().collect();
        // A value that still grows cannot be part of what tells rows apart.
        if live.is_empty() || named.iter().any(|var| rule.vars[var.index()].grows.is_some()) {
            return None;
        }
        let place = chosen.first().copied().unwrap_or(0);
        let early = rule.body.early - first.len() + 1;
        Some(Step { first, rest, live, place, early })
    }

    fn apply(self, draft: &mut Unfolded, index: usize) {
        let rule = draft.program.rules[index].clone();
        let cols: Vec<Col> = self.live.iter().map(|var| key(&rule.vars[var.index()])).collect();
        let head = &draft.program.rels[rule.head.index()].name;
        let name = format!("{}.step", head.trim_end_matches(".step"));
        let rel = draft.add(name, cols.clone(), rule.head, &rule);
        let arg = |var: &VarId| {
            let ty = rule.vars[var.index()].ty.clone();
            Expr { kind: ExprKind::Var(*var), ty, span: rule.span }
        };
        let early = self.first.len();
        let finder = Rule {
            head: rel,
            args: self.live.iter().map(arg).collect(),
            body: Body { lits: self.first, early },
            order: Vec::new(),
            ..rule.clone()
        };
        draft.rule(index, finder);
        let all: Vec<Option<VarId>> = self.live.iter().copied().map(Some).collect();
        let mut lits = self.rest;
        lits.insert(self.place.min(lits.len()), atom(rel, &cols, &all, &rule));
        let body = Body { lits, early: self.early };
        draft.program.rules[index] = Rule { body, order: Vec::new(), ..rule };
    }
}
