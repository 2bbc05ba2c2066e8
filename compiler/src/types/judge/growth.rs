//! Which variables of a rule may be read while they grow, and which atoms
//! reveal. It starts from the hope that every variable at a merging column
//! grows, and gives the hope up variable by variable until all uses of the rest
//! are monotone. Strata are not known here: a reveal is no error in itself.

use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::Span;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

use super::behaviour::Behaviour;
use super::growing;
use super::inline;
use super::monotone::Reader;
use super::monotone::Reveal;
use super::origin::Circles;
use super::size;
use super::size::Sizes;
use super::slack;
use super::walk;

/// Why a variable has to be read finished.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The variable.
    pub var: VarId,
    /// The use that is not monotone.
    pub span: Span,
    /// To be read after the name of the variable: "is compared with a value".
    pub why: &'static str,
}

/// Marks growing variables, revealing atoms and slack in all rules. Those that
/// become too large by that are taken out.
pub(super) fn program(program: &mut Program, sizes: &Sizes, diags: &mut Vec<Diagnostic>) {
    let circles = Circles::of(program);
    growing::mark(program, &circles);
    let mut large = Vec::new();
    for index in 0..program.rules.len() {
        let rule = &program.rules[index];
        let into_cells = program.rels.get(rule.head.index()).is_some_and(|r| r.has_cells());
        let (mut from_cells, mut from_growth) = (false, false);
        walk::atoms(&rule.body.lits, &mut |atom, _| {
            let Some(rel) = program.rels.get(atom.rel.index()) else { return };
            let inside = circles.together(atom.rel, rule.head);
            from_cells |= rel.has_cells() || rel.has_growth() && inside;
            from_growth |= rel.has_growth();
        });
        if !into_cells && !from_cells && !from_growth && !rule.grows {
            continue;
        }
        let mut rule = rule.clone();
        if !inline::calls(program, &mut rule) {
            diags.push(size::too_large(&rule, "large"));
            large.push(index);
            continue;
        }
        if !sizes.evaluated(&rule, diags) {
            large.push(index);
            continue;
        }
        let (env, _) = read(program, &circles, &rule);
        let open = rule.aggs.is_empty() || rule.grows;
        let circle = Circle { program, circles: &circles, head: rule.head };
        mark(&circle, &mut rule.body.lits, &env, open);
        slack::rule(program, &mut rule, &env);
        for (var, grows) in rule.vars.iter_mut().zip(env) {
            var.grows = grows;
        }
        program.rules[index] = rule;
    }
    for index in large.into_iter().rev() {
        let rule = program.rules.remove(index);
        program.bad_rules.push(rule.head);
    }
}

/// The circle of a rule's head.
struct Circle<'a> {
    program: &'a Program,
    circles: &'a Circles,
    head: RelId,
}

impl Circle<'_> {
    fn has(&self, rel: RelId) -> bool {
        self.circles.together(rel, self.head)
    }
}

/// Why the atoms of a rule reveal, for messages: the uses that are not
/// monotone, at most one for each variable.
pub fn reasons(program: &Program, rule: &Rule) -> Vec<Reason> {
    read(program, &Circles::of(program), rule).1
}

/// The growing variables of a rule, and why the others do not grow. Where two
/// values do not grow together, what can be had finished gives way first: often
/// the other one may then go on growing.
pub(super) fn read(
    program: &Program,
    circles: &Circles,
    rule: &Rule,
) -> (Vec<Option<Lattice>>, Vec<Reason>) {
    let own = circles.own(program, rule);
    let mut revealed: Vec<Option<Reason>> = vec![None; rule.vars.len()];
    loop {
        let env = vec![None; rule.vars.len()];
        let mut pass = Pass {
            reader: Reader::new(program, env),
            revealed: &revealed,
            bound: vec![false; rule.vars.len()],
            sealed: !rule.aggs.is_empty() && !rule.grows,
            circle: Circle { program, circles, head: rule.head },
        };
        pass.lits(&rule.body.lits);
        pass.head(rule);
        let Pass { reader, .. } = pass;
        let Reader { env, reveals, .. } = reader;
        let news = |reveal: &Reveal| revealed[reveal.var.index()].is_none();
        let mut reveals: Vec<Reveal> = reveals.into_iter().filter(news).collect();
        if reveals.is_empty() {
            return (env, revealed.into_iter().flatten().collect());
        }
        if reveals.iter().any(|reveal| !own[reveal.var.index()]) {
            reveals.retain(|reveal| !own[reveal.var.index()]);
        }
        for Reveal { var, span, why } in reveals {
            revealed[var.index()].get_or_insert(Reason { var, span, why });
        }
    }
}

const TWICE: &str = "is compared with another value";
const SEALED: &str = "is read under `not`, `all` or `else`";
const STORED: &str = "is stored in a column that does not grow with it";
/// What keeps an aggregate from growing.
pub(super) const AGGREGATED: &str = "is aggregated, which takes one value of each match";
const MATCHED: &str = "is taken apart by a pattern";

struct Pass<'a> {
    reader: Reader<'a>,
    revealed: &'a [Option<Reason>],
    bound: Vec<bool>,
    /// Under `not`, in rules with aggregates and the like nothing grows.
    sealed: bool,
    circle: Circle<'a>,
}

impl Pass<'_> {
    fn lits(&mut self, lits: &[Lit]) {
        for lit in lits {
            match &lit.kind {
                LitKind::Atom(atom) => self.atom(atom),
                LitKind::Not(_) | LitKind::All { .. } | LitKind::Else { .. } => self.seal(lit),
                LitKind::Cond(e) => match self.reader.expr(e) {
                    Behaviour::Fixed | Behaviour::Grows(Lattice::Any) => {}
                    _ => {
                        self.reader.reveal(
                            e,
                            "is read in a condition that may turn false again as it grows",
                        );
                    }
                },
                LitKind::Bind(p, e) => {
                    let behaviour = self.reader.expr(e);
                    if !self.pattern(p, &behaviour) {
                        self.reader.reveal(e, MATCHED);
                    }
                }
                LitKind::In(p, e) => self.element(p, e),
                LitKind::Or(branches) => self.or(lit, branches),
            }
        }
    }

    fn atom(&mut self, atom: &Atom) {
        let Some(rel) = self.reader.program.rels.get(atom.rel.index()) else { return };
        let mut monotone = true;
        let inside = self.circle.has(atom.rel);
        for (col, arg) in rel.cols.iter().zip(&atom.args) {
            let behaviour = match (&col.role, &col.grows) {
                (Role::Cell(lattice), _) => Behaviour::of(lattice.clone()),
                (_, Some(lattice)) if inside => Behaviour::Grows(lattice.clone()),
                _ => Behaviour::Fixed,
            };
            monotone &= self.pattern(arg, &behaviour);
        }
        // What one column of an atom reveals is finished in all of them.
        if !monotone {
            for arg in &atom.args {
                walk::binders(arg, &mut |v, _| self.give_up(v, arg.span, MATCHED));
            }
        }
    }

    fn give_up(&mut self, var: VarId, span: Span, why: &'static str) {
        if self.reader.env[var.index()].is_some() {
            self.reader.reveals.push(Reveal { var, span, why });
        }
    }

    /// Binds the variables of a pattern; `false` when the value matched must be
    /// finished for it.
    fn pattern(&mut self, pat: &Pat, value: &Behaviour) -> bool {
        match (&pat.kind, value) {
            (PatKind::Wild, _) => true,
            (PatKind::Var(v), _) => self.variable(*v, pat.span, value),
            (PatKind::Expr(e), Behaviour::Grows(lattice))
                if !self.sealed && reached(e, lattice) =>
            {
                true
            }
            (PatKind::Expr(e), _) => {
                self.reader.fixed(e, TWICE);
                *value == Behaviour::Fixed
            }
            (PatKind::None, _) => *value == Behaviour::Fixed,
            (PatKind::Tuple(ps), value) => self.tuple(ps, value),
            (PatKind::Construct(_, _, ps), _) => {
                ps.iter().for_each(|p| {
                    self.pattern(p, &Behaviour::Fixed);
                });
                *value == Behaviour::Fixed
            }
            (PatKind::Some(p), _) => {
                self.pattern(p, &Behaviour::Fixed);
                *value == Behaviour::Fixed
            }
        }
    }

    fn variable(&mut self, v: VarId, span: Span, value: &Behaviour) -> bool {
        let index = v.index();
        if self.bound[index] {
            self.give_up(v, span, TWICE);
            return *value == Behaviour::Fixed;
        }
        self.bound[index] = true;
        if *value == Behaviour::Fixed {
            return true;
        }
        let may = !self.sealed && self.revealed[index].is_none();
        self.reader.env[index] = value.lattice().filter(|_| may);
        self.reader.env[index].is_some()
    }

    fn tuple(&mut self, ps: &[Pat], value: &Behaviour) -> bool {
        let still = |n: usize| vec![Behaviour::Fixed; n];
        let (parts, whole) = match value {
            Behaviour::Fixed => (still(ps.len()), true),
            Behaviour::Parts(parts) if parts.len() == ps.len() => (parts.clone(), true),
            Behaviour::Grows(Lattice::Pair(l, m)) if ps.len() == 2 => {
                (vec![Behaviour::of((**l).clone()), Behaviour::of((**m).clone())], true)
            }
            // Of versioned values only the version grows.
            Behaviour::Grows(Lattice::Lex(version, _)) if ps.len() == 2 => {
                let alone = matches!(ps[1].kind, PatKind::Wild);
                let version = match alone {
                    true => Behaviour::of((**version).clone()),
                    false => Behaviour::Fixed,
                };
                (vec![version, Behaviour::Fixed], alone)
            }
            // Of what compares from the left only the first component grows.
            Behaviour::Grows(lattice @ (Lattice::Max(ty) | Lattice::Min(ty))) => {
                let rest = ps.iter().skip(1).all(|p| matches!(p.kind, PatKind::Wild));
                let mut parts = still(ps.len());
                if let (true, Ty::Tuple(tys)) = (rest && !ps.is_empty(), ty) {
                    parts[0] = Behaviour::Grows(match lattice {
                        Lattice::Max(_) => Lattice::Max(tys[0].clone()),
                        _ => Lattice::Min(tys[0].clone()),
                    });
                }
                (parts, rest)
            }
            _ => (still(ps.len()), false),
        };
        let mut monotone = whole;
        for (p, part) in ps.iter().zip(&parts) {
            monotone &= self.pattern(p, part);
        }
        monotone
    }

    fn element(&mut self, p: &Pat, e: &Expr) {
        let monotone = match self.reader.expr(e) {
            Behaviour::Fixed | Behaviour::Grows(Lattice::Set(_)) => {
                self.pattern(p, &Behaviour::Fixed)
            }
            Behaviour::Grows(Lattice::Map(_, entry)) => {
                self.pattern(p, &Behaviour::Parts(vec![Behaviour::Fixed, Behaviour::of(*entry)]))
            }
            _ => {
                self.pattern(p, &Behaviour::Fixed);
                false
            }
        };
        if !monotone {
            self.reader.reveal(e, MATCHED);
        }
    }

    /// A variable may grow in one branch and be fixed in another, but not grow
    /// in two lattices.
    fn or(&mut self, lit: &Lit, branches: &[Vec<Lit>]) {
        let (env, bound) = (self.reader.env.clone(), self.bound.clone());
        let (mut joined, mut given) = (env.clone(), bound.clone());
        for branch in branches {
            self.reader.env.clone_from(&env);
            self.bound.clone_from(&bound);
            self.lits(branch);
            for index in 0..joined.len() {
                given[index] |= self.bound[index];
                match (&joined[index], &self.reader.env[index]) {
                    (None, Some(l)) => joined[index] = Some(l.clone()),
                    (Some(l), Some(m)) if !super::behaviour::same(l, m) => {
                        let var = VarId(index as u32);
                        let why = "grows in different ways in the branches";
                        self.reader.reveals.push(Reveal { var, span: lit.span, why });
                    }
                    _ => {}
                }
            }
        }
        self.reader.env = joined;
        self.bound = given;
    }

    /// Everything inside is needed finished.
    fn seal(&mut self, lit: &Lit) {
        let mut used = Vec::new();
        walk::lit_vars(lit, &mut |v, span| used.push((v, span)));
        for (v, span) in used {
            self.give_up(v, span, SEALED);
            // The variables that an `else` gives are fixed.
            self.bound[v.index()] = true;
        }
    }

    fn head(&mut self, rule: &Rule) {
        if rule.grows {
            self.grouped(rule);
        }
        let rel = self.reader.program.rels.get(rule.head.index());
        for (index, arg) in rule.args.iter().enumerate() {
            let behaviour = self.reader.expr(arg);
            let fits = match rel.and_then(|r| r.cols.get(index)).map(|col| &col.role) {
                Some(Role::Cell(lattice)) => behaviour.flows_into(lattice),
                _ => behaviour == Behaviour::Fixed,
            };
            if !fits {
                self.reader.reveal(arg, STORED);
            }
        }
    }
}

impl Pass<'_> {
    /// A match counts once, with what it gives: neither that nor the group it
    /// belongs to may change afterwards.
    fn grouped(&mut self, rule: &Rule) {
        let mut found = Vec::new();
        for arg in &rule.args {
            walk::reads(arg, &mut |v, span| found.push((v, span)));
        }
        found.retain(|(v, _)| rule.group.contains(v));
        for (v, span) in found {
            self.give_up(v, span, AGGREGATED);
        }
        for agg in &rule.aggs {
            for e in agg.args.iter().chain(agg.by.iter().map(|(e, _)| e)) {
                self.reader.reveal(e, AGGREGATED);
            }
        }
    }
}

/// `true` of an `Any` and `false` of an `All` are reached and stay.
fn reached(e: &Expr, lattice: &Lattice) -> bool {
    match (&e.kind, lattice) {
        (ExprKind::Literal(Literal::Bool(value)), Lattice::Any) => *value,
        (ExprKind::Literal(Literal::Bool(value)), Lattice::All) => !*value,
        _ => false,
    }
}

/// Marks the atoms that reveal, knowing what grows.
fn mark(circle: &Circle, lits: &mut [Lit], env: &[Option<Lattice>], open: bool) {
    for lit in lits {
        match &mut lit.kind {
            LitKind::Atom(atom) => mark_atom(circle, atom, env, open),
            LitKind::Not(lits) | LitKind::All { lits, .. } => mark(circle, lits, env, false),
            LitKind::Or(branches) => {
                branches.iter_mut().for_each(|branch| mark(circle, branch, env, open));
            }
            LitKind::Else { atom, otherwise, .. } => {
                mark_atom(circle, atom, env, false);
                mark(circle, otherwise, env, false);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

fn mark_atom(circle: &Circle, atom: &mut Atom, env: &[Option<Lattice>], open: bool) {
    let Some(rel) = circle.program.rels.get(atom.rel.index()) else { return };
    let inside = circle.has(atom.rel);
    atom.reveals =
        rel.cols.iter().zip(&atom.args).any(|(col, arg)| match (&col.role, &col.grows) {
            (Role::Cell(lattice), _) => !grows_on(arg, lattice, env, open),
            (Role::Key | Role::Value, Some(lattice)) => {
                !inside || !grows_on(arg, lattice, env, open)
            }
            (Role::Key | Role::Value, None) => false,
        });
}

fn grows_on(pat: &Pat, lattice: &Lattice, env: &[Option<Lattice>], open: bool) -> bool {
    match (&pat.kind, lattice) {
        (PatKind::Wild, _) => true,
        // A point is fixed as soon as it is there.
        (_, Lattice::Point(_)) => open,
        (PatKind::Var(v), _) => open && env[v.index()].is_some(),
        (PatKind::Expr(e), lattice) => open && reached(e, lattice),
        (PatKind::Tuple(ps), Lattice::Pair(l, m)) => match ps.as_slice() {
            [p, q] => grows_on(p, l, env, open) && grows_on(q, m, env, open),
            _ => false,
        },
        (PatKind::Tuple(ps), Lattice::Lex(version, _)) => match ps.as_slice() {
            [p, q] => grows_on(p, version, env, open) && matches!(q.kind, PatKind::Wild),
            _ => false,
        },
        (PatKind::Tuple(ps), Lattice::Max(_) | Lattice::Min(_)) => {
            ps.iter().enumerate().all(|(i, p)| match &p.kind {
                PatKind::Wild => true,
                PatKind::Var(v) => i == 0 && open && env[v.index()].is_some(),
                _ => false,
            })
        }
        _ => false,
    }
}
