//! What the body of one rule does with what it reads: which collections its
//! matches follow, in which sign, and how the values in it move. A rule that an
//! event sets off looks once, so what it reads of the state has to be there and
//! final by then. What the head makes of it is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::calm::model::Variance;
use crate::ids::VarId;
use crate::source::Span;
use crate::types::judge::binders;
use crate::types::judge::reads;
use crate::types::ty::Lattice;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::exprs::Reader;
use super::growth::Growth;
use super::reading::default_of;
use super::reading::else_value;
use super::reading::pat_vars;
use super::reading::vars_of;
use super::rules::Rules;
use super::shifts::is_idle;
use super::system::Rel;
use super::system::Rels;
use super::value::Flow;
use super::value::Gate;
use super::value::Node;
use super::value::Order;
use super::value::Place;
use super::value::Val;
use super::value::turned;

/// A column whose value moves while the rest of its row stays.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Moving {
    pub(crate) order: Order,
    pub(crate) nonneg: bool,
}

/// By collection and column.
pub(crate) type Columns = BTreeMap<(Rel, usize), Moving>;

/// Something that the matches of a rule follow.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) node: Node,
    pub(crate) sign: Variance,
    pub(crate) place: Option<Place>,
}

/// What was found of a body.
pub(crate) struct Found<'a> {
    pub(crate) touches: Vec<Touch>,
    /// State that is read only as it grows, with the atoms that read it.
    pub(crate) state: Vec<(Rel, Span)>,
    /// Thresholds on what grows: the condition and what is compared.
    pub(crate) thresholds: Vec<(Span, Node)>,
    /// What is known from outside where a node is read.
    pub(crate) gates: BTreeMap<Node, Gate>,
    pub(crate) reader: Reader<'a>,
}

/// All rules, what grows, and the columns whose values hang on the order of arrival.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) growth: &'a Growth,
    pub(crate) fickle: &'a BTreeSet<(Rel, usize)>,
}

pub(crate) struct Walk<'a> {
    pub(crate) rels: &'a Rels<'a>,
    columns: &'a Columns,
    pub(crate) clause: &'a Clause,
    classes: Vec<usize>,
    uses: Vec<u32>,
    bound: BTreeSet<usize>,
    /// The collection that the rule changes, whose own row it may read.
    own: Option<Rel>,
    pub(crate) found: Found<'a>,
    pub(crate) around: Around<'a>,
}

/// In which sense something stands: plainly, or under `not`.
#[derive(Clone)]
pub(crate) struct Stand {
    pub(crate) sign: Variance,
    /// The negation around it, with the variables that are bound outside.
    under: Option<(Span, &'static str, BTreeSet<usize>)>,
}

impl Stand {
    fn plain() -> Stand {
        Stand { sign: Variance::Plus, under: None }
    }
}

/// Reads a body.
pub(crate) fn body<'a>(
    rels: &'a Rels<'a>,
    columns: &'a Columns,
    clause: &'a Clause,
    own: Option<Rel>,
    around: Around<'a>,
) -> Found<'a> {
    let place = Place {
        span: clause.head_span,
        operator: String::new(),
        code: Code::AggregateShown,
        gate: Vec::new(),
        mild: false,
    };
    let program = rels.part(clause.head).typed;
    let mut uses = vec![0; clause.vars];
    let mut count = |v: VarId| {
        if let Some(n) = uses.get_mut(v.index()) {
            *n += 1;
        }
    };
    vars_of(&clause.lits, &mut count);
    for arg in &clause.args {
        reads(arg, &mut |v, _| count(v));
    }
    for agg in &clause.aggs {
        agg.args.iter().for_each(|e| reads(e, &mut |v, _| count(v)));
    }
    let mut walk = Walk {
        rels,
        columns,
        clause,
        classes: clause.classes(),
        uses,
        bound: BTreeSet::new(),
        around,
        own,
        found: Found {
            touches: Vec::new(),
            state: Vec::new(),
            thresholds: Vec::new(),
            gates: BTreeMap::new(),
            reader: Reader::new(program, clause.vars, place),
        },
    };
    walk.lits(&clause.lits, &Stand::plain());
    walk.found
}

impl Walk<'_> {
    fn lits(&mut self, lits: &[Lit], stand: &Stand) {
        for lit in lits {
            self.lit(lit, stand);
        }
    }

    fn lit(&mut self, lit: &Lit, stand: &Stand) {
        match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom, stand),
            LitKind::Not(lits) => {
                let outside = stand.under.as_ref().map_or(&self.bound, |(.., outside)| outside);
                let under = Some((lit.span, "not", outside.clone()));
                let before = self.bound.clone();
                let sign = Variance::Minus.of(stand.sign);
                self.lits(lits, &Stand { sign, under });
                self.bound = before;
            }
            LitKind::Cond(e) => self.cond(e, stand),
            LitKind::Bind(pat, e) => {
                let val = self.found.reader.expr(e);
                let place = self.place(lit.span, "=", Code::AggregateShown);
                self.pattern(pat, val, &place, stand);
            }
            LitKind::In(pat, e) => self.element(lit.span, pat, e, stand),
            LitKind::Or(branches) => {
                let before = self.bound.clone();
                let mut after = before.clone();
                for branch in branches {
                    self.bound.clone_from(&before);
                    self.lits(branch, stand);
                    after.extend(self.bound.iter().copied());
                }
                self.bound = after;
            }
            LitKind::Else { atom, otherwise, outputs } => {
                self.otherwise(atom, otherwise, outputs, stand);
            }
            LitKind::All { var, range, lits } => {
                let val = self.found.reader.expr(range);
                let place = self.place(lit.span, "all", Code::NegatedGrowing);
                // Every element that comes is one more to ask.
                let flows = turned(val.flows(), Variance::Minus, &place);
                flows.into_iter().for_each(|flow| self.touch(flow, stand, &place));
                let before = self.bound.clone();
                self.bound.insert(var.index());
                self.lits(lits, stand);
                self.bound = before;
            }
        }
    }

    pub(crate) fn place(&self, span: Span, operator: &str, code: Code) -> Place {
        Place { span, operator: operator.to_string(), code, gate: Vec::new(), mild: false }
    }

    /// The columns of an atom that are known outside of it.
    fn known(&self, atom: &Atom, outside: &dyn Fn(usize) -> bool) -> Gate {
        let rel = self.rels.number(self.clause.role, atom.rel);
        let mut out = Vec::new();
        for (col, pat) in atom.args.iter().enumerate() {
            match &pat.kind {
                PatKind::Var(v) if outside(v.index()) => {
                    out.push((self.class(v.index()), col));
                }
                PatKind::Expr(e) => {
                    let mut vars = Vec::new();
                    reads(e, &mut |v, _| vars.push(v));
                    if !vars.is_empty() && vars.iter().all(|v| outside(v.index())) {
                        out.push((self.clause.vars + col, col));
                    }
                }
                _ => {}
            }
        }
        vec![(rel, out)]
    }

    fn class(&self, var: usize) -> usize {
        self.classes.get(var).copied().unwrap_or(var)
    }

    /// Follows a flow at a place.
    pub(crate) fn touch(&mut self, flow: Flow, stand: &Stand, place: &Place) {
        let sign = stand.sign.of(flow.sign);
        let mut at = match (&stand.under, &flow.via) {
            (_, Some(via)) if stand.sign == Variance::Plus => Some(via.clone()),
            (Some((span, word, _)), _) if !sign.is_safe() => {
                Some(Place { operator: (*word).to_string(), span: *span, ..place.clone() })
            }
            (_, Some(via)) => Some(via.clone()),
            _ if !sign.is_safe() => Some(place.clone()),
            _ => None,
        };
        if let Some(at) = &mut at {
            let (Node::Rows(rel) | Node::Col(rel, _) | Node::Matches(rel) | Node::Counted(rel)) =
                flow.node;
            if !at.gate.iter().any(|(of, _)| *of == rel) {
                at.gate = self.found.gates.get(&flow.node).cloned().unwrap_or_default();
            }
            if let Node::Col(rel, col) = flow.node
                && at.code == Code::AggregateShown
                && matches!(self.rels.get(rel).cols[col].role, Role::Cell(_))
            {
                at.code = Code::LatticeRevealed;
            }
        }
        self.found.touches.push(Touch { node: flow.node, sign, place: at });
    }

    fn element(&mut self, span: Span, pat: &Pat, e: &Expr, stand: &Stand) {
        let val = self.found.reader.expr(e);
        let place = self.place(span, "in", Code::LatticeRevealed);
        let (inner, flows) = match val.order() {
            _ if val.is_fixed() => (Val::Fixed, Vec::new()),
            Order::Lat(Lattice::Set(_)) => (Val::Fixed, val.flows()),
            Order::Lat(Lattice::Map(_, l)) => {
                let entry = Val::moves(super::value::order_of(&l), val.flows());
                (Val::Parts(vec![Val::Fixed, entry]), val.flows())
            }
            _ => (Val::Fixed, turned(val.flows(), Variance::Any, &place)),
        };
        flows.into_iter().for_each(|flow| self.touch(flow, stand, &place));
        self.pattern(pat, inner, &place, stand);
    }

    /// A value against a pattern: new variables take it, the rest is compared.
    fn pattern(&mut self, pat: &Pat, val: Val, place: &Place, stand: &Stand) {
        if let PatKind::Var(v) = pat.kind
            && self.bound.contains(&v.index())
        {
            let known = self.found.reader.env.get(v.index()).cloned().unwrap_or(Val::Fixed);
            let mut flows = val.flows();
            flows.extend(known.flows());
            for flow in turned(flows, Variance::Any, place) {
                self.touch(flow, stand, place);
            }
            return;
        }
        for flow in self.found.reader.bind(pat, val, place) {
            self.touch(flow, stand, place);
        }
        let mut new = Vec::new();
        binders(pat, &mut |v, _| new.push(v.index()));
        self.bound.extend(new);
    }

    fn atom(&mut self, atom: &Atom, stand: &Stand) {
        let rel = self.rels.number(self.clause.role, atom.rel);
        let event = self.rels.is_event(rel);
        let outside = stand.under.as_ref().map(|(.., outside)| outside.clone());
        let gate = match &outside {
            Some(outside) => self.known(atom, &|v| outside.contains(&v)),
            None => {
                let gate = self.known(atom, &|v| self.uses.get(v).is_some_and(|n| *n > 1));
                let joined = self.joined(atom);
                let others = self.known(atom, &|v| joined.contains(&v));
                let tied = others.iter().any(|(_, cols)| !cols.is_empty());
                self.fixed_only(rel, if tied { others } else { gate })
            }
        };
        let of = self.rels.get(rel);
        let node = Node::Rows(rel);
        self.found.gates.insert(node, gate.clone());
        for col in 0..of.cols.len() {
            self.found.gates.insert(Node::Col(rel, col), gate.clone());
        }
        if self.own == Some(rel) {
            self.bind_fixed(atom);
            return;
        }
        let code =
            if event || self.plain(rel) { Code::NegatedGrowing } else { Code::AggregateShown };
        let place = Place { gate, ..self.place(atom.span, "not", code) };
        // Of values that hang on the order of arrival there is one history, and rows
        // that are asked for by them come and go with it.
        if !self.asks_history(rel, atom) {
            self.touch(Flow { node, sign: Variance::Plus, via: None }, stand, &place);
        }
        let before = self.found.touches.len();
        self.args(rel, atom, stand);
        let turns = self.found.touches[before..].iter().any(|t| !t.sign.is_safe());
        if !event && stand.sign == Variance::Plus && !turns {
            self.found.state.push((rel, atom.span));
        }
    }

    fn asks_history(&self, rel: Rel, atom: &Atom) -> bool {
        atom.args.iter().enumerate().any(|(col, pat)| {
            self.around.fickle.contains(&(rel, col))
                && !matches!(pat.kind, PatKind::Wild)
                && !is_idle(self.clause, &pat.kind)
        })
    }

    /// The variables of an atom that other atoms of the body have too.
    fn joined(&self, atom: &Atom) -> BTreeSet<usize> {
        let mut out = BTreeSet::new();
        for lit in &self.clause.lits {
            if let LitKind::Atom(other) = &lit.kind
                && other.span != atom.span
            {
                other.args.iter().for_each(|p| {
                    pat_vars(p, &mut |v| {
                        out.insert(v.index());
                    })
                });
            }
        }
        out
    }

    /// Whether no column of it moves.
    fn plain(&self, rel: Rel) -> bool {
        self.columns.range((rel, 0)..(rel + 1, 0)).next().is_none()
    }

    fn fixed_only(&self, rel: Rel, gate: Gate) -> Gate {
        let fixed = |c: &(usize, usize)| !self.columns.contains_key(&(rel, c.1));
        gate.into_iter().map(|(r, cols)| (r, cols.into_iter().filter(fixed).collect())).collect()
    }

    fn args(&mut self, rel: Rel, atom: &Atom, stand: &Stand) {
        for (col, pat) in atom.args.iter().enumerate() {
            let moving = self.columns.get(&(rel, col));
            let cell = matches!(self.rels.get(rel).cols[col].role, Role::Cell(_));
            let code = if cell { Code::LatticeRevealed } else { Code::AggregateShown };
            let gate = self.found.gates.get(&Node::Rows(rel)).cloned().unwrap_or_default();
            let place = Place { gate, ..self.place(pat.span, "=", code) };
            if self.around.fickle.contains(&(rel, col))
                && !matches!(pat.kind, PatKind::Wild)
                && !is_idle(self.clause, &pat.kind)
            {
                let flow = Flow { node: Node::Col(rel, col), sign: Variance::Plus, via: None };
                self.touch(flow, stand, &place);
            }
            if let (Some(_), PatKind::Var(v)) = (moving, &pat.kind)
                && self.is_bound_by((rel, col), *v)
            {
                // It is asked for the most that it can be.
                let flow = Flow { node: Node::Col(rel, col), sign: Variance::Plus, via: None };
                self.found.thresholds.push((pat.span, flow.node));
                self.touch(flow, stand, &place);
                continue;
            }
            let val = match moving {
                None => Val::Fixed,
                Some(moving) => {
                    let node = Node::Col(rel, col);
                    let flows = vec![Flow { node, sign: Variance::Plus, via: None }];
                    let order = moving.order.clone();
                    Val::Moves { order, flows, nonneg: moving.nonneg }
                }
            };
            self.pattern(pat, val, &place, stand);
        }
    }

    fn bind_fixed(&mut self, atom: &Atom) {
        for pat in &atom.args {
            let mut new = Vec::new();
            binders(pat, &mut |v, _| new.push(v.index()));
            self.bound.extend(new);
        }
    }

    /// `atom else …`: the variables that both sides give move from the value on
    /// the right to that in the row, once there is one.
    fn otherwise(&mut self, atom: &Atom, otherwise: &[Lit], outputs: &[VarId], stand: &Stand) {
        let rel = self.rels.number(self.clause.role, atom.rel);
        if self.own == Some(rel) {
            self.bind_fixed(atom);
            return;
        }
        let bound = self.bound.clone();
        let gate = match &stand.under {
            Some((.., outside)) => self.known(atom, &|v| outside.contains(&v)),
            None => self.known(atom, &|v| bound.contains(&v)),
        };
        let cells = !self.plain(rel);
        let code = if cells { Code::AggregateShown } else { Code::NegatedGrowing };
        let place = Place { gate: gate.clone(), mild: true, ..self.place(atom.span, "else", code) };
        self.found.gates.insert(Node::Rows(rel), gate.clone());
        let rows = |sign| Flow { node: Node::Rows(rel), sign, via: Some(place.clone()) };
        let mut covered = false;
        for (col, pat) in atom.args.iter().enumerate() {
            self.found.gates.insert(Node::Col(rel, col), gate.clone());
            let PatKind::Var(v) = pat.kind else { continue };
            if !outputs.contains(&v) {
                continue;
            }
            covered = true;
            let moving = self.columns.get(&(rel, col)).cloned();
            let ty = &self.rels.get(rel).cols[col].ty;
            let val = else_value(&moving, ty, default_of(otherwise, v), Node::Col(rel, col), &rows);
            if let Some(slot) = self.found.reader.env.get_mut(v.index()) {
                *slot = val;
            }
            self.bound.insert(v.index());
            // What is replaced is shown as it was last. Events ask at their own time.
            if self.around.fickle.contains(&(rel, col)) && !self.clause.on_event(self.rels) {
                let flow = Flow { node: Node::Col(rel, col), sign: Variance::Plus, via: None };
                self.touch(flow, stand, &place);
            }
        }
        // What is given in another way than by one value hangs on whether there is a row;
        // so does what is counted where there may be many rows, or what an event counts of them.
        let counts = super::bounds::counts(self.rels, self.clause, rel, atom, outputs);
        if !covered || counts || outputs.len() > 1 && self.plain(rel) {
            let strict = Place { mild: false, ..place.clone() };
            let flow = Flow { via: Some(strict.clone()), ..rows(Variance::Any) };
            self.touch(flow, stand, &strict);
        }
        self.bind_fixed(atom);
        for lit in otherwise {
            if !matches!(lit.kind, LitKind::Bind(..)) {
                self.lit(lit, stand);
            }
        }
        self.bound.extend(outputs.iter().map(|v| v.index()));
    }
}
