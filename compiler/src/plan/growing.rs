//! Aggregates inside their own recursion, put into rules that need no new
//! kind of evaluation: the finished rows of such a collection, and the rows as
//! far as they have grown, become two relations. The second merges like a
//! lattice; whoever stands in the circle reads it. This room must not know how
//! rules are planned, nor what makes two matches different.

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::plan::matches;
use crate::types::typed::Atom;
use crate::types::typed::Body;
use crate::types::typed::Col;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;
use crate::types::typed::Rule;
use crate::types::typed::Var;

/// A program whose growing aggregates stand apart from what they result in.
pub struct Unfolded {
    /// With hidden relations after its own, and rules for them.
    pub program: Program,
    /// The strata with the hidden relations.
    pub strata: Strata,
    /// For each rule the rule of the source that it belongs to.
    pub sources: Vec<u32>,
}

/// What a relation became while it grows.
struct Grown {
    rel: RelId,
    grown: RelId,
    /// Variables of the group that are no column of the head, and make columns
    /// of their own: two groups may give rows with equal keys.
    extra: Vec<VarId>,
}

/// Takes the growing aggregates of a program apart; `None` when it has none.
pub fn unfold(program: &Program, strata: &Strata) -> Option<Unfolded> {
    if !program.rules.iter().any(|rule| rule.grows) {
        return None;
    }
    let mut out = Unfolded {
        program: program.clone(),
        strata: strata.clone(),
        sources: (0..program.rules.len() as u32).collect(),
    };
    let mut grown: Vec<Grown> = Vec::new();
    for rule in program.rules.iter().filter(|rule| rule.grows) {
        if program.rels[rule.head.index()].has_growth() {
            grown.push(out.split(rule));
        }
    }
    for index in 0..program.rules.len() {
        let own = strata.scc_of_rel[program.rules[index].head.index()];
        let inside = |g: &&Grown| strata.scc_of_rel[g.rel.index()] == own;
        let here: Vec<&Grown> = grown.iter().filter(inside).collect();
        let rule = &mut out.program.rules[index];
        rule.body.lits.iter_mut().for_each(|lit| redirect(lit, &here));
        if rule.grows
            && let Some(g) = here.iter().find(|g| g.rel == rule.head)
        {
            rule.head = g.grown;
            for var in &g.extra {
                let of = &rule.vars[var.index()];
                let (ty, span) = (of.ty.clone(), of.span);
                rule.args.push(Expr { kind: ExprKind::Var(*var), ty, span });
            }
        }
    }
    for index in 0..program.rules.len() {
        if program.rules[index].grows {
            matches::gathered(&mut out, index);
        }
    }
    Some(out)
}

impl Unfolded {
    /// Adds a hidden relation that is completed together with another one.
    pub fn add(&mut self, name: String, cols: Vec<Col>, beside: RelId, like: &Rule) -> RelId {
        let id = RelId(self.program.rels.len() as u32);
        self.program.rels.push(Rel {
            name,
            kind: RelKind::View,
            reach: Reach::Private,
            cols,
            doc: None,
            span: like.span,
            name_span: like.head_span,
        });
        let of = beside.index();
        self.strata.of_rel.push(self.strata.of_rel[of]);
        self.strata.scc_of_rel.push(self.strata.scc_of_rel[of]);
        self.strata.recursive.push(true);
        let at = self.strata.order.iter().position(|rel| *rel == beside).unwrap_or(0);
        self.strata.order.insert(at, id);
        id
    }

    /// Adds a rule that belongs to a rule of the source.
    pub fn rule(&mut self, source: usize, rule: Rule) {
        self.sources.push(self.sources[source]);
        self.strata.of_rule.push(self.strata.of_rel[rule.head.index()]);
        self.program.rules.push(rule);
    }

    /// The relation that holds the rows of a rule's head while they grow, and
    /// the rule that takes them over when they are finished.
    fn split(&mut self, rule: &Rule) -> Grown {
        let rel = rule.head;
        let head = &self.program.rels[rel.index()];
        let mut cols: Vec<Col> = head.cols.clone();
        for col in &mut cols {
            match (&col.grows, &col.role) {
                (Some(lattice), _) => col.role = Role::Cell(lattice.clone()),
                // Two values of one key are a conflict only once they stay.
                (None, Role::Value) => col.role = Role::Key,
                (None, _) => {}
            }
            col.grows = None;
        }
        let plain =
            |v: &VarId| rule.args.iter().any(|e| matches!(e.kind, ExprKind::Var(w) if w == *v));
        let extra: Vec<VarId> = rule.group.iter().copied().filter(|v| !plain(v)).collect();
        cols.extend(extra.iter().map(|v| key(&rule.vars[v.index()])));
        let name = format!("{}.growing", head.name);
        let grown = self.add(name, cols.clone(), rel, rule);
        self.finished_after(rel);
        let source = self.program.rules.iter().position(|r| r.span == rule.span).unwrap_or(0);
        let arity = self.program.rels[rel.index()].cols.len();
        let copy = copy(rule, rel, grown, &cols, arity);
        self.rule(source, copy);
        Grown { rel, grown, extra }
    }

    /// Lets a relation be completed after the circle that it stood in.
    fn finished_after(&mut self, rel: RelId) {
        let own = self.strata.scc_of_rel[rel.index()];
        let last = self.strata.scc_of_rel.iter().max().map_or(0, |last| last + 1);
        let order = &mut self.strata.order;
        order.retain(|other| *other != rel);
        let circle = order.iter().rposition(|other| self.strata.scc_of_rel[other.index()] == own);
        order.insert(circle.map_or(0, |at| at + 1), rel);
        self.strata.scc_of_rel[rel.index()] = last;
        self.strata.recursive[rel.index()] = false;
    }
}

/// A key column for the values of a variable.
pub fn key(var: &Var) -> Col {
    Col {
        name: var.name.clone(),
        ty: var.ty.clone(),
        role: Role::Key,
        lattice: None,
        grows: None,
        default: None,
        span: var.span,
    }
}

/// A variable that no message shows.
pub fn nameless(col: &Col) -> Var {
    Var { name: String::new(), ty: col.ty.clone(), grows: None, span: col.span }
}

/// An atom whose columns are variables, or open.
pub fn atom(rel: RelId, cols: &[Col], vars: &[Option<VarId>], like: &Rule) -> Lit {
    let pat = |(col, var): (&Col, &Option<VarId>)| Pat {
        kind: var.map_or(PatKind::Wild, PatKind::Var),
        ty: col.ty.clone(),
        span: like.span,
    };
    let args = cols.iter().zip(vars).map(pat).collect();
    Lit {
        kind: LitKind::Atom(Atom { rel, args, reveals: false, span: like.span }),
        span: like.span,
    }
}

/// The rule that takes over what has grown.
fn copy(rule: &Rule, to: RelId, from: RelId, cols: &[Col], arity: usize) -> Rule {
    let vars: Vec<Var> = cols[..arity].iter().map(nameless).collect();
    let of = |i: usize| (i < arity).then_some(VarId(i as u32));
    let open: Vec<Option<VarId>> = (0..cols.len()).map(of).collect();
    let arg = |(i, var): (usize, &Var)| Expr {
        kind: ExprKind::Var(VarId(i as u32)),
        ty: var.ty.clone(),
        span: rule.span,
    };
    Rule {
        head: to,
        args: vars.iter().enumerate().map(arg).collect(),
        aggs: Vec::new(),
        group: Vec::new(),
        grows: false,
        order: Vec::new(),
        body: Body { lits: vec![atom(from, cols, &open, rule)], early: 1 },
        vars,
        is_fact: false,
        span: rule.span,
        head_span: rule.head_span,
    }
}

/// Lets the atoms of a rule in the circle read what has grown so far.
fn redirect(lit: &mut Lit, grown: &[&Grown]) {
    match &mut lit.kind {
        LitKind::Atom(atom) => redirect_atom(atom, grown),
        LitKind::Not(lits) | LitKind::All { lits, .. } => {
            lits.iter_mut().for_each(|lit| redirect(lit, grown));
        }
        LitKind::Or(branches) => {
            branches.iter_mut().flatten().for_each(|lit| redirect(lit, grown));
        }
        LitKind::Else { atom, otherwise, .. } => {
            redirect_atom(atom, grown);
            otherwise.iter_mut().for_each(|lit| redirect(lit, grown));
        }
        LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
    }
}

fn redirect_atom(atom: &mut Atom, grown: &[&Grown]) {
    let Some(g) = grown.iter().find(|g| g.rel == atom.rel) else { return };
    atom.rel = g.grown;
    let open = Pat { kind: PatKind::Wild, ty: crate::types::ty::Ty::Error, span: atom.span };
    atom.args.extend(g.extra.iter().map(|_| open.clone()));
}
