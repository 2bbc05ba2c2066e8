//! What makes one match of an aggregated body different from another. Within a
//! recursion a match may be met more than once, so the matches of a growing
//! aggregate are rows of a hidden relation: what identifies a match, its group
//! and what it gives. Rows are new once, and so each match counts once. How
//! rows are kept, and what is done with a new one, is not known here.

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::alternatives::Simple;
use crate::plan::alternatives::SimpleKind;
use crate::plan::alternatives::alternatives;
use crate::plan::growing::Unfolded;
use crate::plan::growing::atom;
use crate::plan::growing::key;
use crate::plan::growing::nameless;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::Atom;
use crate::types::typed::Body;
use crate::types::typed::Col;
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
use crate::types::typed::Var;

/// Lets a growing rule range over relations of matches, unless the rows it
/// reads are as good: each of them is new once and makes its matches once.
pub fn gathered(out: &mut Unfolded, index: usize) {
    let rule = out.program.rules[index].clone();
    let ways = alternatives(&rule.body);
    if let [way] = ways.as_slice()
        && is_scan(&out.program, way)
    {
        return;
    }
    apart(out, index);
}

/// Lets an aggregating rule range over relations of matches.
pub fn apart(out: &mut Unfolded, index: usize) {
    let rule = out.program.rules[index].clone();
    let ways = alternatives(&rule.body);
    let counted = rule.aggs.iter().any(|agg| agg.func.counts_matches());
    let bodies: Vec<Body> = if counted {
        ways.iter().map(|way| body(way, rule.span)).collect()
    } else {
        vec![rule.body.clone()]
    };
    // What the aggregates read becomes a variable each.
    let mut reader = rule.clone();
    let mut given: Vec<VarId> = Vec::new();
    for e in reader.aggs.iter_mut().flat_map(read_mut) {
        let var = fresh(&mut reader.vars, &e.ty, e.span);
        given.push(var);
        e.kind = ExprKind::Var(var);
    }
    let mut branches: Vec<Vec<Lit>> = Vec::new();
    for body in bodies {
        branches.push(vec![matches_of(out, index, &rule, &given, body, counted)]);
    }
    let span = rule.span;
    let lits = match branches.as_slice() {
        [one] => one.clone(),
        _ => vec![Lit { kind: LitKind::Or(branches), span }],
    };
    reader.body = Body { early: lits.len(), lits };
    out.program.rules[index] = reader;
}

/// Whether the body goes through the rows of one relation of the circle and
/// reads nothing in them that grows.
fn is_scan(program: &Program, way: &[Simple]) -> bool {
    let mut atoms = way.iter().filter_map(|lit| match &lit.kind {
        SimpleKind::Atom(atom) => Some(atom),
        _ => None,
    });
    let (Some(atom), None) = (atoms.next(), atoms.next()) else { return false };
    let cols = &program.rels[atom.rel.index()].cols;
    let wild = |pat: &Pat| matches!(pat.kind, PatKind::Wild);
    cols.iter().zip(&atom.args).all(|(col, pat)| !matches!(col.role, Role::Cell(_)) || wild(pat))
}

/// Adds the relation of the matches of a body and the rule that finds them.
/// Returns the literal that reads it.
fn matches_of(
    out: &mut Unfolded,
    index: usize,
    rule: &Rule,
    given: &[VarId],
    body: Body,
    counted: bool,
) -> Lit {
    let mut finder = rule.clone();
    finder.body = body;
    let mut identity: Vec<VarId> = rule.group.clone();
    if counted {
        finder.body = identified(&out.program, &mut finder, &mut identity);
    }
    let mut cols: Vec<Col> = Vec::new();
    let mut args: Vec<Expr> = Vec::new();
    let mut reads: Vec<Option<VarId>> = Vec::new();
    for var in &identity {
        let of = &finder.vars[var.index()];
        cols.push(key(of));
        args.push(Expr { kind: ExprKind::Var(*var), ty: of.ty.clone(), span: rule.span });
        reads.push(rule.group.contains(var).then_some(*var));
    }
    let exprs = rule.aggs.iter().flat_map(read);
    for (e, var) in exprs.zip(given) {
        let own = Var { name: String::new(), ty: e.ty.clone(), grows: None, span: e.span };
        cols.push(key(&own));
        args.push(e.clone());
        reads.push(Some(*var));
    }
    let name = format!("{}.matches", base(&out.program, rule.head));
    let rel = out.add(name, cols.clone(), rule.head, rule);
    finder.head = rel;
    finder.args = args;
    finder.aggs = Vec::new();
    finder.group = Vec::new();
    finder.grows = false;
    out.rule(index, finder);
    atom(rel, &cols, &reads, rule)
}

/// What an aggregate reads: its arguments, and what they are ordered by.
fn read(agg: &Agg) -> impl Iterator<Item = &Expr> {
    agg.args.iter().chain(agg.by.iter().map(|(e, _)| e))
}

/// The same, to change it.
fn read_mut(agg: &mut Agg) -> impl Iterator<Item = &mut Expr> {
    agg.args.iter_mut().chain(agg.by.iter_mut().map(|(e, _)| e))
}

/// The name of a collection without what was added while it grows.
fn base(program: &Program, rel: RelId) -> &str {
    let name = &program.rels[rel.index()].name;
    name.strip_suffix(".growing").unwrap_or(name)
}

fn fresh(vars: &mut Vec<Var>, ty: &Ty, span: Span) -> VarId {
    let col = key(&Var { name: String::new(), ty: ty.clone(), grows: None, span });
    vars.push(nameless(&col));
    VarId(vars.len() as u32 - 1)
}

/// One way to match, as a body again.
pub fn body(way: &[Simple], span: Span) -> Body {
    let early = way.iter().filter(|lit| !lit.late).count();
    Body { lits: way.iter().map(|lit| literal(lit, span)).collect(), early }
}

fn literal(lit: &Simple, span: Span) -> Lit {
    let kind = match &lit.kind {
        SimpleKind::Atom(atom) => LitKind::Atom(atom.clone()),
        SimpleKind::Absent(inner) => {
            LitKind::Not(inner.iter().map(|lit| literal(lit, span)).collect())
        }
        SimpleKind::Cond(e) => LitKind::Cond(e.clone()),
        SimpleKind::Bind(p, e) => LitKind::Bind(p.clone(), e.clone()),
        SimpleKind::In(p, e) => LitKind::In(p.clone(), e.clone()),
    };
    Lit { kind, span }
}

/// The body with names for all that tells its matches apart: the keys of rows,
/// the elements of collections, and for lists their places.
fn identified(program: &Program, finder: &mut Rule, identity: &mut Vec<VarId>) -> Body {
    let Body { lits, early } = std::mem::take(&mut finder.body);
    let mut body = Body { lits: Vec::new(), early };
    let vars = &mut finder.vars;
    for (at, lit) in lits.into_iter().enumerate() {
        let Lit { kind, span } = lit;
        match kind {
            LitKind::Atom(mut atom) => {
                keys(program, &mut atom, vars, identity);
                body.lits.push(Lit { kind: LitKind::Atom(atom), span });
            }
            LitKind::In(pat, e) => {
                let before = body.lits.len();
                elements(pat, e, span, vars, identity, &mut body.lits);
                if at < early {
                    body.early += body.lits.len() - before - 1;
                }
            }
            kind => body.lits.push(Lit { kind, span }),
        }
    }
    body
}

/// Names the key columns of a row.
fn keys(program: &Program, atom: &mut Atom, vars: &mut Vec<Var>, identity: &mut Vec<VarId>) {
    let cols = &program.rels[atom.rel.index()].cols;
    for (col, pat) in cols.iter().zip(&mut atom.args).filter(|(col, _)| col.role == Role::Key) {
        // An open column that was added has no type of its own.
        if matches!(pat.kind, PatKind::Wild) {
            pat.ty = col.ty.clone();
        }
        named(pat, vars, identity);
    }
}

/// Names whatever a pattern leaves open.
fn named(pat: &mut Pat, vars: &mut Vec<Var>, identity: &mut Vec<VarId>) {
    match &mut pat.kind {
        PatKind::Wild => {
            let var = fresh(vars, &pat.ty, pat.span);
            pat.kind = PatKind::Var(var);
            identity.push(var);
        }
        PatKind::Var(v) => {
            if vars[v.index()].grows.is_none() && !identity.contains(v) {
                identity.push(*v);
            }
        }
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            ps.iter_mut().for_each(|p| named(p, vars, identity));
        }
        PatKind::Some(p) => named(p, vars, identity),
        PatKind::None | PatKind::Expr(_) => {}
    }
}

/// Names the elements that a literal goes through.
fn elements(
    mut pat: Pat,
    e: Expr,
    span: Span,
    vars: &mut Vec<Var>,
    identity: &mut Vec<VarId>,
    out: &mut Vec<Lit>,
) {
    match (&e.ty, &mut pat.kind) {
        (Ty::List(_), _) if !matches!(e.kind, ExprKind::Range(..)) => {
            return places(pat, e, span, vars, identity, out);
        }
        // The key of an entry tells it apart; its value may grow.
        (Ty::Map(..), PatKind::Tuple(ps)) if ps.len() == 2 => named(&mut ps[0], vars, identity),
        (Ty::Map(k, v), PatKind::Wild) => {
            let part = |ty: &Ty| Pat { kind: PatKind::Wild, ty: ty.clone(), span };
            let mut first = part(k);
            named(&mut first, vars, identity);
            pat.kind = PatKind::Tuple(vec![first, part(v)]);
        }
        _ => named(&mut pat, vars, identity),
    }
    out.push(Lit { kind: LitKind::In(pat, e), span });
}

/// A list by its places, since it may hold an element more than once:
/// `l = e, i in 0..length(l), pat = l[i]`.
fn places(
    pat: Pat,
    e: Expr,
    span: Span,
    vars: &mut Vec<Var>,
    identity: &mut Vec<VarId>,
    out: &mut Vec<Lit>,
) {
    let list = fresh(vars, &e.ty, span);
    let place = fresh(vars, &Ty::Int, span);
    identity.push(place);
    let of = |kind: ExprKind, ty: &Ty| Expr { kind, ty: ty.clone(), span };
    let var = |v: VarId, ty: &Ty| Pat { kind: PatKind::Var(v), ty: ty.clone(), span };
    let whole = of(ExprKind::Var(list), &e.ty);
    let length = of(ExprKind::Builtin(Func::Length, vec![whole.clone()]), &Ty::Nat);
    let first = of(ExprKind::Literal(Literal::Int(0)), &Ty::Int);
    let range = ExprKind::Range(Box::new(first), Box::new(length));
    let range = of(range, &Ty::List(Box::new(Ty::Int)));
    let at = of(ExprKind::Var(place), &Ty::Int);
    let element = of(ExprKind::Index(Box::new(whole), Box::new(at)), &pat.ty);
    let list = var(list, &e.ty);
    let kinds = [
        LitKind::Bind(list, e),
        LitKind::In(var(place, &Ty::Int), range),
        LitKind::Bind(pat, element),
    ];
    out.extend(kinds.into_iter().map(|kind| Lit { kind, span }));
}
