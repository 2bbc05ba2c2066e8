//! A checker of proofs that shares nothing with the analysis: what a verdict
//! claims of each collection and column must follow, rule by rule, from what it
//! claims of those the rule reads. The table of signs is written out here once
//! more, as short as it can be; how the claims were found is not known.

use std::collections::BTreeMap;

use bloom_compiler::calm::model::Variance as V;
use bloom_compiler::calm::proof::Dependence;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::types::builtins::Func;
use bloom_compiler::types::parts::parts;
use bloom_compiler::types::ty::Lattice;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed as ir;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::PatKind;

/// A collection of a role.
pub type At = (usize, RelId);

/// Proofs that rest on more than signs, by title, and on what.
pub const MORE_THAN_SIGNS: &[(&str, &str)] = &[
    ("Denied twice, with the guard again inside", "what is denied is looked into"),
    ("Denied twice, through two views", "what is denied is looked into"),
    ("A store of versions with vector clocks", "what is denied is looked into"),
    ("A store of versions with vector clocks, final", "what is denied is looked into"),
    ("A withdrawal that looks before", "what is denied is looked into"),
    ("Materialised view", "what is denied is looked into, and a key has one row"),
    ("All of them, counted", "no more can be counted than there are"),
    ("The greatest of one", "the group is a key"),
    ("A leader among fixed nodes", "the group knows all that grows"),
    ("The cart with a manifest, summed up", "all of the list is there, by key"),
    ("A retry while nothing was acknowledged", "one rule makes another superfluous"),
    ("Delivery with retries", "one rule makes another superfluous"),
];

/// A value that moves: how it follows the input along its own order, and
/// whether that order is the reverse of the one of the values.
#[derive(Clone, Copy, Default)]
struct Move(V, bool);

/// The claims of one dependence, held against one rule.
#[derive(Clone)]
struct Reader<'a> {
    programs: &'a [&'a ir::Program],
    program: &'a ir::Program,
    claims: &'a BTreeMap<(At, Option<usize>), V>,
    /// What is read at an event is read once; not where the event is kept.
    once: bool,
    role: usize,
    rule: &'a ir::Rule,
    /// The table that the rule writes, if its keys stay; whether it looks up its own key.
    own: (Option<RelId>, bool),
    moves: BTreeMap<usize, Move>,
}

/// Steps of a proof that do not follow from the claims; none: it is a proof.
pub fn faults(
    programs: &[&ir::Program],
    rules: &[(usize, &ir::Rule, Vec<At>)],
    of: &Dependence,
    once: bool,
) -> Vec<String> {
    let claims = of.between.iter().map(|c| (((c.role_at, c.rel), c.column), c.variance));
    let claims = &claims.collect();
    let mut out = Vec::new();
    for (role, rule, targets) in rules {
        let (program, role, own, moves) = (programs[*role], *role, (None, false), BTreeMap::new());
        Reader { programs, program, claims, once, role, rule, own, moves }.rule(targets, &mut out);
    }
    out
}

impl<'a> Reader<'a> {
    fn rule(&mut self, targets: &[At], out: &mut Vec<String>) {
        let how = self.program.rels[self.rule.head.index()].kind;
        self.own.0 = match how {
            // Rules that fire for it look into it themselves.
            RelKind::Firing => return,
            RelKind::Stage(Stage::Next | Stage::Replace, to) => Some(to),
            _ => Some(self.rule.head),
        };
        self.own.0 = self.own.0.filter(|rel| self.stays(*rel));
        let mut rows = self.lits(&self.rule.body.lits);
        let replaces = matches!(how, RelKind::Stage(Stage::Replace, _));
        if matches!(how, RelKind::Stage(Stage::Delete, _)) || replaces && self.own.0.is_none() {
            rows = V::Any.of(rows);
        }
        let sends = matches!(how, RelKind::Stage(Stage::Send, _));
        let all = self.rule.args.iter().fold(rows, |all, arg| all.join(self.expr(arg).0));
        for (role, rel) in targets {
            let to = &self.programs[*role].rels[rel.index()];
            let claim = |col| self.claims.get(&((*role, *rel), col)).copied();
            let keeps = (to.kind.is_table() || sends) && !rows.is_safe();
            let mut whole = if keeps { V::Any } else { rows };
            let mut made = Vec::new();
            for (at, (col, arg)) in to.cols.iter().zip(&self.rule.args).enumerate() {
                // Which of the values of a key stands there hangs on what came when.
                let fickle = (replaces || self.own.1) && col.role == ir::Role::Value;
                let mut sign = if fickle { V::Any.of(all) } else { self.expr(arg).0 };
                // What merges moves with every match.
                if matches!(col.role, ir::Role::Cell(_)) && !to.event {
                    sign = sign.join(rows);
                }
                match (claim(Some(at)), &col.role) {
                    (None, ir::Role::Key | ir::Role::Value) => whole = whole.join(V::Any.of(sign)),
                    (claimed, _) => made.push((&*col.name, sign, claimed.unwrap_or_default())),
                }
            }
            // What was sent is not unsent; where it is heard it comes from outside.
            let whole = if sends && whole == V::Plus { V::Zero } else { whole };
            made.push(("its rows", whole, claim(None).unwrap_or_default()));
            // Where anything may happen to rows, anything may to their values.
            made.retain(|one| claim(None) != Some(V::Any) && one.1.join(one.2) != one.2);
            for (what, made, claimed) in made {
                let (name, made, claimed) = (&to.name, made.sign(), claimed.sign());
                out.push(format!("a rule of `{name}`: {what} {made} and not {claimed}"));
            }
        }
    }

    /// How the matches of a conjunction follow the input.
    fn lits(&mut self, lits: &[ir::Lit]) -> V {
        let program = self.program;
        let event = |rel: RelId| program.rels[rel.index()].event;
        let fires =
            self.once && lits.iter().any(|l| matches!(&l.kind, LitKind::Atom(a) if event(a.rel)));
        let once = |lit: &ir::Lit| match &lit.kind {
            LitKind::Atom(atom) => fires && !event(atom.rel),
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => false,
            _ => fires,
        };
        lits.iter().fold(V::Zero, |all, lit| {
            let one = self.lit(lit);
            all.join(if once(lit) { V::Any.of(one) } else { one })
        })
    }

    fn lit(&mut self, lit: &ir::Lit) -> V {
        match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom),
            LitKind::Not(inner) => V::Minus.of(self.lits(inner)),
            LitKind::Cond(e) => self.up(e),
            LitKind::Bind(pat, e) => self.pat(pat, self.expr(e)),
            LitKind::In(pat, e) => {
                // Of a map keys come, and their values move.
                let (of, still) = (self.expr(e), Move::default());
                of.0.join(match (&pat.kind, &e.ty) {
                    (PatKind::Tuple(kv), Ty::Map(..)) => {
                        self.pat(&kv[0], still).join(self.pat(&kv[1], of))
                    }
                    _ => self.pat(pat, still),
                })
            }
            LitKind::Or(branches) => branches.iter().fold(V::Zero, |v, b| v.join(self.lits(b))),
            LitKind::All { range, lits, .. } => {
                V::Minus.of(self.expr(range).0).join(self.lits(lits))
            }
            LitKind::Else { atom, otherwise, outputs } => {
                let rows = self.atom(atom);
                if rows != V::Plus || !otherwise.iter().all(is_least) {
                    return V::Any.of(rows).join(self.lits(otherwise));
                }
                // The value moves with the row from the least one on.
                for var in outputs {
                    let moved = self.moves.entry(var.index()).or_default();
                    *moved = Move(moved.0.join(rows), moved.1);
                }
                V::Zero
            }
        }
    }

    /// Whether it is a table from which no key is taken, and in which nothing merges.
    fn stays(&self, rel: RelId) -> bool {
        let (of, taken) = (&self.program.rels[rel.index()], RelKind::Stage(Stage::Delete, rel));
        let takes = |rule: &ir::Rule| self.program.rels[rule.head.index()].kind == taken;
        let merges = of.cols.iter().any(|col| matches!(col.role, ir::Role::Cell(_)));
        of.kind.is_table() && !merges && !self.program.rules.iter().any(takes)
    }

    /// Whether an atom asks for the row that the rule itself writes: a key that is there
    /// stays whatever the rule does, so for the keys it counts only while it is not.
    fn is_own(&self, atom: &ir::Atom) -> bool {
        let cols = &self.program.rels[atom.rel.index()].cols;
        let same = |(pat, arg): (&ir::Pat, &ir::Expr)| match (&pat.kind, &arg.kind) {
            (PatKind::Var(a), ExprKind::Var(b)) => a == b,
            _ => false,
        };
        let mut pairs = cols.iter().zip(atom.args.iter().zip(&self.rule.args));
        self.own.0 == Some(atom.rel) && pairs.all(|(c, p)| c.role != ir::Role::Key || same(p))
    }

    fn atom(&mut self, atom: &ir::Atom) -> V {
        if self.is_own(atom) {
            self.own.1 = true;
            return atom.args.iter().fold(V::Zero, |v, pat| v.join(self.pat(pat, Move::default())));
        }
        let rel = &self.program.rels[atom.rel.index()];
        if rel.kind == RelKind::Firing {
            let held = self.program.rules.iter().find(|r| r.head == atom.rel);
            let Some(rule) = held else { return V::Zero };
            let (own, moves) = ((None, false), BTreeMap::new());
            let mut inner = Reader { rule, own, moves, ..self.clone() };
            let rows = inner.lits(&rule.body.lits);
            let pairs = atom.args.iter().zip(&rule.args);
            return pairs.fold(rows, |all, (pat, arg)| all.join(self.pat(pat, inner.expr(arg))));
        }
        let (claims, from) = (self.claims, (self.role, atom.rel));
        let claim = |col| claims.get(&(from, col)).copied().unwrap_or_default();
        let mut rows = claim(None);
        for (at, pat) in atom.args.iter().enumerate() {
            let moved = Move(claim(Some(at)), is_down(self.program, atom.rel, at));
            rows = rows.join(self.pat(pat, moved));
        }
        rows
    }

    /// Takes a value apart; what it is compared with decides on the rows.
    fn pat(&mut self, pat: &ir::Pat, value: Move) -> V {
        match &pat.kind {
            PatKind::Wild => V::Zero,
            PatKind::Var(var) => match self.moves.insert(var.index(), value) {
                Some(known) => V::Any.of(known.0.join(value.0)),
                None => V::Zero,
            },
            PatKind::Tuple(pats) => {
                let part = Move(V::Any.of(value.0), false);
                pats.iter().fold(V::Zero, |all, pat| all.join(self.pat(pat, part)))
            }
            PatKind::Expr(e) => V::Any.of(self.expr(e).0.join(value.0)),
            _ => V::Any.of(value.0),
        }
    }

    /// How a value goes up and down.
    fn up(&self, e: &ir::Expr) -> V {
        let Move(sign, down) = self.expr(e);
        if down { V::Minus.of(sign) } else { sign }
    }

    fn expr(&self, e: &ir::Expr) -> Move {
        let up = |e: &ir::Expr| self.up(e);
        let against = |e: &ir::Expr| V::Minus.of(up(e));
        let sign = match &e.kind {
            ExprKind::Var(var) => return self.moves.get(&var.index()).copied().unwrap_or_default(),
            ExprKind::Agg(at) => return self.aggregate(&self.rule.aggs[*at]),
            ExprKind::Field(a, 0) => return self.expr(a),
            ExprKind::Not(a) | ExprKind::Neg(a, _) => against(a),
            ExprKind::Logic(_, a, b) => up(a).join(up(b)),
            ExprKind::Compare(ir::Cmp::Ge | ir::Cmp::Gt, a, b) => up(a).join(against(b)),
            ExprKind::Compare(ir::Cmp::Le | ir::Cmp::Lt, a, b) => up(b).join(against(a)),
            ExprKind::Arith(ir::Arith::Add, a, b, _) => {
                let (Move(s, down), Move(t, under)) = (self.expr(a), self.expr(b));
                return Move(s.join(t), down || under);
            }
            ExprKind::Arith(ir::Arith::Sub, a, b, _) => up(a).join(against(b)),
            ExprKind::Arith(ir::Arith::Mul, a, b, _) if is_nat(a) && is_nat(b) => up(a).join(up(b)),
            ExprKind::Builtin(Func::Size, args) => self.expr(&args[0]).0,
            ExprKind::In(a, b) if self.expr(a).0 == V::Zero => self.expr(b).0,
            ExprKind::Leq(_, a, b) => self.expr(b).0.join(V::Minus.of(self.expr(a).0)),
            ExprKind::Join(_, a, b) => self.expr(a).0.join(self.expr(b).0),
            _ => {
                let mut all = V::Zero;
                parts(e, &mut |part| all = all.join(self.expr(part).0));
                V::Any.of(all)
            }
        };
        Move(sign, false)
    }

    fn aggregate(&self, agg: &ir::Agg) -> Move {
        let mut body = Reader { moves: BTreeMap::new(), ..self.clone() };
        let rows = body.lits(&self.rule.body.lits);
        let of = agg.args.iter().fold(V::Zero, |all, e| all.join(self.expr(e).0));
        let moved = rows.join(V::Any.of(of));
        use ir::AggFn as F;
        match agg.func {
            F::Count | F::CountDistinct | F::Collect | F::Max | F::Any => Move(moved, false),
            F::Sum if agg.ty == Ty::Nat => Move(moved, false),
            F::Min | F::All | F::Choose => Move(moved, true),
            _ => Move(V::Any.of(moved), false),
        }
    }
}

/// Whether it binds the least value there is.
fn is_least(lit: &ir::Lit) -> bool {
    let LitKind::Bind(_, e) = &lit.kind else { return false };
    matches!(&e.kind, ExprKind::Literal(ir::Literal::Int(0)))
        || matches!(&e.kind, ExprKind::Set(es) if es.is_empty())
}

fn is_nat(e: &ir::Expr) -> bool {
    e.ty == Ty::Nat || matches!(e.kind, ExprKind::Literal(ir::Literal::Int(0..)))
}

/// Whether what moves in a column becomes less: a least value, a conjunction.
fn is_down(program: &ir::Program, rel: RelId, at: usize) -> bool {
    let least = |lattice: &Lattice| matches!(lattice, Lattice::Min(_) | Lattice::All);
    let col = &program.rels[rel.index()].cols[at];
    match (&col.role, &col.grows) {
        (ir::Role::Cell(lattice), _) | (_, Some(lattice)) => least(lattice),
        _ => program.rules.iter().filter(|rule| rule.head == rel).any(|rule| {
            let agg = rule.args.get(at).map(|arg| &arg.kind);
            let Some(ExprKind::Agg(i)) = agg else { return false };
            matches!(rule.aggs[*i].func, ir::AggFn::Min | ir::AggFn::All | ir::AggFn::Choose)
        }),
    }
}
