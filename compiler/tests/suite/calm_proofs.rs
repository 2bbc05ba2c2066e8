//! A checker of proofs that shares nothing with the analysis: what a verdict
//! claims of each collection and column must follow, rule by rule, from what it
//! claims of those the rule reads. The table of signs is written out here once
//! more, as short as it can be; how the claims were found is not known.

use std::collections::BTreeMap;

use bloom_compiler::calm::model::Variance;
use bloom_compiler::calm::proof::Dependence;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::types::builtins::Func;
use bloom_compiler::types::parts::parts;
use bloom_compiler::types::ty::Lattice;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::PatKind;
use bloom_compiler::types::typed::Program;

/// A collection of a role, or the value in a column of it.
type At = (usize, RelId, Option<usize>);

/// A value that moves: how it follows the input, seen upward in its order, and
/// whether that order is the one of the values or the reverse.
#[derive(Clone, Copy)]
struct Move {
    sign: Variance,
    down: bool,
}

/// The claims of one dependence, held against the rules of all roles.
struct Checker<'a> {
    programs: &'a [&'a Program],
    claims: BTreeMap<At, Variance>,
}

/// Steps of a proof that do not follow from the claims; none: it is a proof.
pub fn faults(programs: &[&Program], of: &Dependence) -> Vec<String> {
    let claims = of.between.iter().map(|c| ((c.role_at, c.rel, c.column), c.variance));
    let checker = Checker { programs, claims: claims.collect() };
    let mut out = Vec::new();
    for (role, program) in programs.iter().enumerate() {
        for rule in program.rules.iter().filter(|rule| !rule.is_fact) {
            let mut one = Reader { checker: &checker, role, rule, moves: BTreeMap::new() };
            one.rule(&mut out);
        }
    }
    out
}

fn within(small: Variance, large: Variance) -> bool {
    small.join(large) == large
}

impl Checker<'_> {
    fn claim(&self, at: At) -> Variance {
        self.claims.get(&at).copied().unwrap_or_default()
    }

    /// Where the rows of a head end up: a message in every role that hears it.
    fn targets(&self, role: usize, head: RelId) -> Vec<(usize, RelId)> {
        let own = self.programs[role];
        match own.rels[head.index()].kind {
            RelKind::Stage(Stage::Send, to) => {
                let name = &own.rels[to.index()].name;
                let each = self.programs.iter().enumerate();
                let heard = each.filter_map(|(at, program)| {
                    let rel = program.rels.iter().position(|rel| {
                        rel.name == *name && matches!(rel.kind, RelKind::Channel | RelKind::Timer)
                    });
                    rel.map(|rel| (at, RelId(rel as u32)))
                });
                heard.collect()
            }
            RelKind::Stage(_, to) => vec![(role, to)],
            _ => vec![(role, head)],
        }
    }
}

/// One rule.
struct Reader<'a> {
    checker: &'a Checker<'a>,
    role: usize,
    rule: &'a typed::Rule,
    moves: BTreeMap<usize, Move>,
}

impl<'a> Reader<'a> {
    fn program(&self) -> &'a Program {
        self.checker.programs[self.role]
    }

    fn rule(&mut self, out: &mut Vec<String>) {
        let mut rows = self.lits(&self.rule.body.lits);
        let kind = self.program().rels[self.rule.head.index()].kind;
        if matches!(kind, RelKind::Stage(Stage::Delete | Stage::Replace, _)) {
            rows = Variance::Any.of(rows);
        }
        for (role, rel) in self.checker.targets(self.role, self.rule.head) {
            let to = &self.checker.programs[role].rels[rel.index()];
            let mut whole = rows;
            if to.kind.is_table() && !within(rows, Variance::Plus) {
                whole = Variance::Any;
            }
            for (at, arg) in self.rule.args.iter().enumerate() {
                let Some(col) = to.cols.get(at) else { continue };
                let made = self.expr(arg).sign;
                let claimed = self.checker.claim((role, rel, Some(at)));
                let moving = matches!(col.role, typed::Role::Cell(_)) || claimed != Variance::Zero;
                match moving {
                    true if !within(made, claimed) => out.push(self.text(&col.name, made, claimed)),
                    true => {}
                    false => whole = whole.join(Variance::Any.of(made)),
                }
            }
            let claimed = self.checker.claim((role, rel, None));
            if !within(whole, claimed) {
                out.push(self.text("its rows", whole, claimed));
            }
        }
    }

    fn text(&self, what: &str, made: Variance, claimed: Variance) -> String {
        let name = &self.program().rels[self.rule.head.index()].name;
        format!("a rule of `{name}`: {what} {} and not {}", made.sign(), claimed.sign())
    }

    /// How the matches of a conjunction follow the input.
    fn lits(&mut self, lits: &[typed::Lit]) -> Variance {
        let program = self.program();
        let event = |rel: RelId| program.rels[rel.index()].event;
        let fires = lits.iter().any(|l| matches!(&l.kind, LitKind::Atom(a) if event(a.rel)));
        let mut all = Variance::Zero;
        for lit in lits {
            // What is read at an event is read once.
            let once = match &lit.kind {
                LitKind::Atom(atom) => fires && !event(atom.rel),
                LitKind::Not(_) | LitKind::Else { .. } | LitKind::All { .. } => fires,
                LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) | LitKind::Or(_) => false,
            };
            let one = self.lit(lit);
            all = all.join(if once { Variance::Any.of(one) } else { one });
        }
        all
    }

    fn lit(&mut self, lit: &typed::Lit) -> Variance {
        match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom),
            LitKind::Not(inner) => Variance::Minus.of(self.lits(inner)),
            LitKind::Cond(e) => self.expr(e).sign,
            LitKind::In(_, e) => self.expr(e).sign,
            LitKind::Bind(pat, e) => match pat.kind {
                PatKind::Var(var) => {
                    let value = self.expr(e);
                    self.moves.insert(var.index(), value);
                    Variance::Zero
                }
                _ => Variance::Any.of(self.expr(e).sign),
            },
            LitKind::Or(branches) => {
                branches.iter().fold(Variance::Zero, |all, lits| all.join(self.lits(lits)))
            }
            LitKind::Else { atom, otherwise, .. } => {
                let rows = self.atom(atom);
                let least = |lit: &typed::Lit| match &lit.kind {
                    LitKind::Bind(_, e) => match &e.kind {
                        ExprKind::Literal(typed::Literal::Int(0)) => true,
                        ExprKind::Set(es) => es.is_empty(),
                        _ => false,
                    },
                    _ => false,
                };
                let grow = self.moves.values().all(|m| !m.down);
                match otherwise.iter().all(least) && grow && within(rows, Variance::Plus) {
                    true => self.lower(atom, rows),
                    false => Variance::Any.of(rows).join(self.lits(otherwise)),
                }
            }
            LitKind::All { range, lits, .. } => {
                Variance::Minus.of(self.expr(range).sign).join(self.lits(lits))
            }
        }
    }

    /// The row of an atom with `else` and the least value: it is there always,
    /// and what it holds moves with the row as well.
    fn lower(&mut self, atom: &typed::Atom, rows: Variance) -> Variance {
        for (pat, col) in atom.args.iter().zip(&self.program().rels[atom.rel.index()].cols) {
            if let (PatKind::Var(var), typed::Role::Value | typed::Role::Cell(_)) =
                (&pat.kind, &col.role)
            {
                let sign = self.moves.get(&var.index()).map_or(Variance::Zero, |m| m.sign);
                self.moves.insert(var.index(), Move { sign: sign.join(rows), down: false });
            }
        }
        Variance::Zero
    }

    fn atom(&mut self, atom: &typed::Atom) -> Variance {
        let mut rows = self.checker.claim((self.role, atom.rel, None));
        for (at, pat) in atom.args.iter().enumerate() {
            let sign = self.checker.claim((self.role, atom.rel, Some(at)));
            let col = &self.program().rels[atom.rel.index()].cols[at];
            match &pat.kind {
                PatKind::Wild => {}
                PatKind::Var(var) if !self.moves.contains_key(&var.index()) => {
                    let down = is_down(self.program(), atom.rel, at, col.grows.as_ref());
                    self.moves.insert(var.index(), Move { sign, down });
                }
                PatKind::Var(var) => {
                    let met = self.moves[&var.index()].sign.join(sign);
                    rows = rows.join(Variance::Any.of(met));
                }
                PatKind::Expr(e) => {
                    rows = rows.join(Variance::Any.of(self.expr(e).sign.join(sign)));
                }
                _ => rows = rows.join(Variance::Any.of(sign)),
            }
        }
        rows
    }

    fn expr(&self, e: &typed::Expr) -> Move {
        let of = |e: &typed::Expr| self.expr(e);
        // How the value itself goes up or down.
        let up = |m: Move| if m.down { Variance::Minus.of(m.sign) } else { m.sign };
        let plain = |sign| Move { sign, down: false };
        match &e.kind {
            ExprKind::Var(var) => {
                self.moves.get(&var.index()).copied().unwrap_or(plain(Variance::Zero))
            }
            ExprKind::Agg(at) => self.aggregate(&self.rule.aggs[*at]),
            ExprKind::Not(a) | ExprKind::Neg(a, _) => plain(Variance::Minus.of(up(of(a)))),
            ExprKind::Logic(_, a, b) => plain(up(of(a)).join(up(of(b)))),
            ExprKind::Compare(cmp, a, b) => {
                let (a, b) = (up(of(a)), up(of(b)));
                plain(match cmp {
                    typed::Cmp::Ge | typed::Cmp::Gt => a.join(Variance::Minus.of(b)),
                    typed::Cmp::Le | typed::Cmp::Lt => b.join(Variance::Minus.of(a)),
                    typed::Cmp::Eq | typed::Cmp::Ne => Variance::Any.of(a.join(b)),
                })
            }
            ExprKind::Arith(typed::Arith::Add, a, b, _) => {
                let (a, b) = (of(a), of(b));
                let down = a.down || b.down;
                let sign = up(a).join(up(b));
                Move { sign: if down { Variance::Minus.of(sign) } else { sign }, down }
            }
            ExprKind::Arith(typed::Arith::Sub, a, b, _) => {
                plain(up(of(a)).join(Variance::Minus.of(up(of(b)))))
            }
            ExprKind::Arith(typed::Arith::Mul, a, b, _) if a.ty == Ty::Nat && b.ty == Ty::Nat => {
                plain(up(of(a)).join(up(of(b))))
            }
            ExprKind::Builtin(Func::Size | Func::Union | Func::Keys, args) => {
                plain(args.iter().fold(Variance::Zero, |all, arg| all.join(of(arg).sign)))
            }
            ExprKind::In(a, b) if of(a).sign == Variance::Zero => plain(of(b).sign),
            ExprKind::Leq(_, a, b) => plain(of(b).sign.join(Variance::Minus.of(of(a).sign))),
            ExprKind::Join(_, a, b) => plain(of(a).sign.join(of(b).sign)),
            ExprKind::Set(_) | ExprKind::Map(_) | ExprKind::Tuple(_) => {
                let mut all = Variance::Zero;
                parts(e, &mut |part| all = all.join(Variance::Any.of(of(part).sign)));
                plain(all)
            }
            _ => {
                let mut all = Variance::Zero;
                parts(e, &mut |part| all = all.join(of(part).sign));
                plain(Variance::Any.of(all))
            }
        }
    }

    fn aggregate(&self, agg: &typed::Agg) -> Move {
        let mut body = Reader {
            checker: self.checker,
            role: self.role,
            rule: self.rule,
            moves: BTreeMap::new(),
        };
        let rows = body.lits(&self.rule.body.lits);
        let of = agg.args.iter().fold(Variance::Zero, |all, e| all.join(self.expr(e).sign));
        let moved = rows.join(Variance::Any.of(of));
        match agg.func {
            typed::AggFn::Count
            | typed::AggFn::CountDistinct
            | typed::AggFn::Collect
            | typed::AggFn::Max
            | typed::AggFn::Any => Move { sign: moved, down: false },
            typed::AggFn::Sum if agg.ty == Ty::Nat => Move { sign: moved, down: false },
            typed::AggFn::Min | typed::AggFn::All => Move { sign: moved, down: true },
            _ => Move { sign: Variance::Any.of(moved), down: false },
        }
    }
}

/// Whether what moves in a column becomes less: a least value, a conjunction.
fn is_down(program: &Program, rel: RelId, at: usize, grows: Option<&Lattice>) -> bool {
    let least = |lattice: &Lattice| matches!(lattice, Lattice::Min(_) | Lattice::All);
    match &program.rels[rel.index()].cols[at].role {
        typed::Role::Cell(lattice) => least(lattice),
        typed::Role::Key | typed::Role::Value if grows.is_some() => grows.is_some_and(least),
        typed::Role::Key | typed::Role::Value => {
            program.rules.iter().filter(|rule| rule.head == rel).any(|rule| {
                let agg = rule.args.get(at).map(|arg| &arg.kind);
                matches!(agg, Some(ExprKind::Agg(i))
                if matches!(rule.aggs[*i].func, typed::AggFn::Min | typed::AggFn::All))
            })
        }
    }
}
