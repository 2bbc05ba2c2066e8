//! Rules to variants: one alternative at a time, one variant per atom that can
//! bring news, and an audit where something can fail. This room must not know
//! steps or register code.

use crate::ids::RelId;
use crate::plan::aggregate;
use crate::plan::alternatives::Simple;
use crate::plan::alternatives::alternatives;
use crate::plan::cells;
use crate::plan::cells::Head;
use crate::plan::context::Shared;
use crate::plan::cyclic;
use crate::plan::deltas;
use crate::plan::deltas::Matches;
use crate::plan::fallible;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::goals::reg;
use crate::plan::ir;
use crate::plan::ir::Reg;
use crate::plan::ir::Shape;
use crate::plan::ir::Step;
use crate::plan::ir::Variant;
use crate::plan::ir::Window;
use crate::plan::join::Planner;
use crate::plan::lower::Lower;
use crate::plan::normal::Normal;
use crate::plan::scalar::Prelude;
use crate::plan::upkeep::Kept;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;

/// The plan rules of a source rule.
pub fn rules(shared: &mut Shared, source: u32, rule: &typed::Rule) -> Vec<ir::Rule> {
    if !rule.aggs.is_empty() {
        return vec![aggregate::rule(shared, source, rule)];
    }
    alternatives(&rule.body)
        .iter()
        .flat_map(|lits| alternative(shared, source, rule, lits))
        .collect()
}

/// Registers of a rule: its variables have the first ones.
pub fn registers(rule: &typed::Rule) -> Regs {
    let next = reg(crate::ids::VarId(rule.vars.len() as u32));
    Regs { next, used: rule.vars.len() }
}

/// A plan rule without variants.
pub fn blank(shared: &mut Shared, source: u32, rule: &typed::Rule) -> ir::Rule {
    // Variables without a name are nobody's but the plan's.
    let named = rule.vars.iter().enumerate().filter(|(_, var)| !var.name.is_empty());
    let vars = named.map(|(index, var)| {
        let own = reg(crate::ids::VarId(index as u32));
        (var.name.clone(), shared.types.id(&var.ty), own)
    });
    ir::Rule {
        source,
        vars: vars.collect(),
        name: shared.program.rels[rule.head.index()].name.clone(),
        span: rule.span,
        head: rule.head,
        once: rule.is_fact && shared.program.rels[rule.head.index()].kind.is_table(),
        regs: 0,
        variants: Vec::new(),
        aggregate: None,
        audit: None,
        also_audit: Vec::new(),
        kept: None,
    }
}

fn alternative(
    shared: &mut Shared,
    source: u32,
    rule: &typed::Rule,
    lits: &[Simple],
) -> Vec<ir::Rule> {
    let mut regs = registers(rule);
    let rels = shared.layout.clone();
    let mut normal = Normal::new(shared.program, &rels, &mut regs, false, lits);
    let goals = normal.conjunction(lits);
    let heads = cells::heads(shared.program, rule, &mut normal);
    let places = normal.places;
    let mut out = Vec::new();
    for (more, head) in heads {
        let goals: Vec<Goal> = goals.iter().cloned().chain(more).collect();
        let body = Conjunction { goals, places: &places, head, fixed: &rule.order };
        let mut own = regs.clone();
        let mut plan = blank(shared, source, rule);
        plan.variants = body.variants(shared, &mut own);
        plan.kept = body.kept(shared, &mut own);
        plan.regs = own.used;
        out.push(plan);
    }
    // The audit looks at all of the source rule, whichever part met a failure.
    // It comes last, to make do with the indexes there are.
    let audit = audit(shared, &mut regs, rule, lits);
    for plan in &mut out {
        plan.audit = audit.clone();
        plan.regs = plan.regs.max(regs.used);
    }
    out
}

/// All matches in the strict order, where something can fail.
fn audit(
    shared: &mut Shared,
    regs: &mut Regs,
    rule: &typed::Rule,
    lits: &[Simple],
) -> Option<Variant> {
    let head = cells::whole_head(shared.program, rule);
    let mut fails = false;
    head.exprs(&mut |e| fails |= fallible::expr(e, shared.program));
    let (goals, places) = strict_goals(shared, regs, lits);
    fails |= goals.iter().any(|g| fallible::goal(g, shared.program));
    if !fails {
        return None;
    }
    Some(strict_variant(shared, regs, &goals, &places, false, &mut |lower| lower.emit(&head)))
}

/// The goals of an alternative with every expression whole.
pub fn strict_goals(shared: &mut Shared, regs: &mut Regs, lits: &[Simple]) -> (Vec<Goal>, Places) {
    let rels = shared.layout.clone();
    let mut normal = Normal::new(shared.program, &rels, regs, true, lits);
    let goals = normal.conjunction(lits);
    (goals, normal.places)
}

/// A variant in the strict order: what cannot fail in a good order, then the
/// rest as it stands.
pub fn strict_variant(
    shared: &mut Shared,
    regs: &mut Regs,
    goals: &[Goal],
    places: &Places,
    multiple: bool,
    end: &mut dyn FnMut(&mut Lower),
) -> Variant {
    let (early, late): (Vec<&Goal>, Vec<&Goal>) = goals.iter().partition(|g| !g.late);
    let early: Vec<Goal> = early.into_iter().cloned().collect();
    let planner = Planner {
        shared,
        places,
        goals: &early,
        outer: &Vars::default(),
        fixed: &[],
        frugal: true,
    };
    let mut order = planner.order(None);
    let all: Vec<Goal> = early.iter().chain(late).cloned().collect();
    order.extend(early.len()..all.len());
    let mode = Mode { strict: true, multiple };
    let steps = write(shared, regs, places, mode, &mut |lower| {
        lower.goals(&all, &order, None, &Vars::default());
        end(lower);
    });
    Variant { delta: None, steps }
}

/// How steps are written.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Mode {
    pub strict: bool,
    pub multiple: bool,
}

/// Writes steps, with what they need computed once before them.
pub fn write(
    shared: &mut Shared,
    regs: &mut Regs,
    places: &Places,
    mode: Mode,
    body: &mut dyn FnMut(&mut Lower),
) -> Vec<Step> {
    let mut prelude = Prelude::default();
    // Variants do not run at the same time: they share temporaries.
    let first = regs.next;
    let mut lower = Lower {
        shared,
        regs,
        places,
        prelude: &mut prelude,
        steps: Vec::new(),
        bound: Vars::default(),
        words: Vars::default(),
        strict: mode.strict,
        multiple: mode.multiple,
    };
    body(&mut lower);
    let mut steps = lower.steps;
    regs.next = first;
    if !prelude.code.ops.is_empty() {
        steps.insert(0, Step::Eval(prelude.code));
    }
    steps
}

/// Goals that are met together, and what is derived then.
struct Conjunction<'a> {
    goals: Vec<Goal>,
    places: &'a Places,
    head: Head,
    /// The order of atoms that the program fixes.
    fixed: &'a [Span],
}

impl Conjunction<'_> {
    fn variants(&self, shared: &mut Shared, regs: &mut Regs) -> Vec<Variant> {
        let component = shared.component[self.head.rel.index()];
        let recursive = |goal: &Goal| match &goal.kind {
            GoalKind::Atom(atom) if shared.component[atom.rel.index()] == component => {
                Some(atom.clone())
            }
            _ => None,
        };
        let news: Vec<(usize, AtomGoal)> = self
            .goals
            .iter()
            .enumerate()
            .filter_map(|(index, goal)| Some((index, recursive(goal)?)))
            .collect();
        let mut out = Vec::new();
        // Where all that is new is read from other strata, once is enough; so
        // it is for events that a stratum with state in it only reads.
        let is_event = |goal: &Goal| match &goal.kind {
            GoalKind::Atom(atom) => shared.is_event(atom.rel),
            _ => false,
        };
        let has_event = self.goals.iter().any(is_event);
        let derives_event = news.iter().any(|(_, atom)| shared.is_event(atom.rel));
        if news.is_empty() || has_event && !derives_event {
            out.push(self.variant(shared, regs, &self.goals, None));
        }
        if shared.sizes.ticks && !has_event {
            out.extend(self.gains(shared, regs, component));
        }
        for (index, atom) in &news {
            out.extend(self.failures_before(shared, regs, *index));
            let window = self.window(shared, *index, atom);
            out.push(self.variant(shared, regs, &self.goals, Some((*index, window))));
            for chain in self.entries(shared, regs, atom) {
                // The entry leads to its owner, whose row it knows.
                let goals: Vec<Goal> = self.goals.iter().cloned().chain(chain).collect();
                let last = goals.len() - 1;
                out.push(self.variant(shared, regs, &goals, Some((last, Window::Changed))));
            }
        }
        out
    }

    /// Variants for what is new in relations that other strata complete.
    fn gains(&self, shared: &mut Shared, regs: &mut Regs, component: u32) -> Vec<Variant> {
        let outside = |goal: &Goal| match &goal.kind {
            GoalKind::Atom(atom) => shared.component[atom.rel.index()] != component,
            _ => false,
        };
        let all = 0..self.goals.len();
        let from: Vec<usize> = all.filter(|index| outside(&self.goals[*index])).collect();
        let delta = |index: usize| Some((index, Window::New));
        from.into_iter()
            .map(|index| self.variant(shared, regs, &self.goals, delta(index)))
            .collect()
    }

    fn variant(
        &self,
        shared: &mut Shared,
        regs: &mut Regs,
        goals: &[Goal],
        delta: Option<(usize, Window)>,
    ) -> Variant {
        let places = self.places;
        let fixed = self.fixed;
        let goals = &cyclic::with_meets(shared, goals.to_vec(), fixed, false);
        let outer = &Vars::default();
        let planner = Planner { shared, places, goals, outer, fixed, frugal: false };
        let order = planner.order(delta.map(|(index, _)| index));
        let mut wanted = Vars::default();
        self.head.reads(places, &mut wanted);
        let mode = Mode { strict: false, multiple: false };
        let steps = write(shared, regs, places, mode, &mut |lower| {
            lower.goals(goals, &order, delta, &wanted);
            lower.emit(&self.head);
        });
        let of = delta.and_then(|(index, window)| match &goals[index].kind {
            GoalKind::Atom(atom) => Some((atom.rel, window)),
            _ => None,
        });
        Variant { delta: of, steps }
    }

    /// How its matches are kept counted.
    fn kept(&self, shared: &mut Shared, regs: &mut Regs) -> Option<Kept> {
        let mut wanted = Vars::default();
        self.head.reads(self.places, &mut wanted);
        let of = Matches {
            head: self.head.rel,
            goals: &self.goals,
            places: self.places,
            wanted: &wanted,
            fixed: self.fixed,
        };
        deltas::kept(shared, regs, &of, &mut |lower| lower.emit(&self.head))
    }

    /// News of an atom come first in their variant, even where something that
    /// can fail stands before the atom. So that is tried on its own: for what
    /// it must not miss is a failure while the atom has no row.
    fn failures_before(&self, shared: &mut Shared, regs: &mut Regs, atom: usize) -> Vec<Variant> {
        let can_fail = |goal: &Goal| goal.late && fallible::goal(goal, shared.program);
        if !self.goals[atom].late || !self.goals[..atom].iter().any(can_fail) {
            return Vec::new();
        }
        let before = |(index, goal): &(usize, &Goal)| *index < atom || !goal.late;
        let goals = self.goals.iter().enumerate().filter(before).map(|(_, goal)| goal.clone());
        let mut goals: Vec<Goal> = goals.collect();
        let span = Span::default();
        let never = ExprKind::Literal(Literal::Bool(false));
        let never = Expr { kind: never, ty: Ty::Bool, span };
        goals.push(Goal { kind: GoalKind::Test(never), late: true });
        let head = Head { rel: self.head.rel, args: cells::blank(shared.program, self.head.rel) };
        Conjunction { goals, places: self.places, head, fixed: self.fixed }.variants(shared, regs)
    }

    /// New rows are enough unless the rule reads what grows in them.
    fn window(&self, shared: &Shared, index: usize, atom: &AtomGoal) -> Window {
        let mut others = Vars::default();
        self.head.reads_but_seeds(self.places, &mut others);
        for (_, goal) in self.goals.iter().enumerate().filter(|(i, _)| *i != index) {
            goal.mentions(self.places, &mut others);
        }
        let ordinary = shared.ordinary(atom.rel);
        let reads_cell = atom.args.iter().any(|(col, var)| {
            let twice = atom.args.iter().filter(|(_, v)| v == var).count() > 1;
            *col >= ordinary && (twice || others.has(*var))
        });
        let collects = atom.row.is_some_and(|row| self.in_exprs().has(row));
        if reads_cell || collects { Window::Changed } else { Window::New }
    }

    /// What expressions read: a row's id stands there only where one of its
    /// collections is read as a value.
    fn in_exprs(&self) -> Vars {
        let mut out = Vars::default();
        self.head.exprs(&mut |e| expr_vars(e, self.places, &mut out));
        expr_reads(&self.goals, self.places, &mut out);
        out
    }

    /// Ways in which an entry of a map can change unseen by the row that owns
    /// the map, where the rule reads the map as a value: the hidden relations'
    /// goals, outermost first.
    fn entries(&self, shared: &Shared, regs: &mut Regs, atom: &AtomGoal) -> Vec<Vec<Goal>> {
        let Some(row) = atom.row else { return Vec::new() };
        if !self.in_exprs().has(row) {
            return Vec::new();
        }
        let mut maps: Vec<Vec<RelId>> = Vec::new();
        for place in self.places.values().filter(|place| place.row == row) {
            hidden_maps(&place.shape, &mut Vec::new(), &mut maps);
        }
        maps.sort();
        maps.dedup();
        debug_assert!(maps.iter().flatten().all(|rel| shared.rels[rel.index()].hidden));
        maps.iter().map(|path| chain(path, row, regs)).collect()
    }
}

fn expr_reads(goals: &[Goal], places: &Places, out: &mut Vars) {
    for goal in goals {
        match &goal.kind {
            GoalKind::Atom(_) | GoalKind::Meet(_) => {}
            GoalKind::Absent(inner) => expr_reads(inner, places, out),
            GoalKind::Test(e) | GoalKind::Unify(_, e) | GoalKind::Each(_, e) => {
                expr_vars(e, places, out);
            }
        }
    }
}

/// The hidden relations of maps in a shape, each with those around it.
fn hidden_maps(shape: &Shape, around: &mut Vec<RelId>, out: &mut Vec<Vec<RelId>>) {
    match shape {
        Shape::Word(_) | Shape::Set { .. } => {}
        Shape::Tuple(_, parts) => parts.iter().for_each(|p| hidden_maps(p, around, out)),
        Shape::Map { rel, value, .. } => {
            around.push(*rel);
            out.push(around.clone());
            hidden_maps(value, around, out);
            around.pop();
        }
    }
}

fn chain(path: &[RelId], owner: Reg, regs: &mut Regs) -> Vec<Goal> {
    let mut owner = owner;
    let goal = |rel: &RelId| {
        let row = regs.fresh();
        let kind = GoalKind::Atom(AtomGoal {
            rel: *rel,
            row: Some(row),
            span: Span::default(),
            args: vec![(0, owner)],
        });
        owner = row;
        Goal { kind, late: true }
    };
    path.iter().map(goal).collect()
}
