//! Random aggregates inside their own recursion: a collection that is
//! aggregated, and thresholds on the aggregate that lead back to it. This room
//! must not know how bodies are made.

use crate::oracle::random::case::RuleText;
use crate::oracle::random::exprs::Maker;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::program::Program;
use crate::oracle::random::schema;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;

/// Adds a collection, an aggregate over it, and rules from there back to it.
pub fn circle(program: &mut Program, group: usize) {
    let below = program.below(Kind::State, group);
    let cols = program.columns(Kind::State);
    let around = program.declare(cols, Kind::State, group);
    program.add(&around, &[]);
    for _ in 0..8 {
        let distinct = program.dice.chance(25);
        let cycle = [around.clone()];
        let Some(body) = program.body(&below, &cycle, Kind::State, distinct) else { continue };
        let Some(head) = head(program, &body.vars, distinct) else { continue };
        let rel = program.declare(head.declared, Kind::State, group);
        let text = format!("{}({})", rel.name, head.args.join(", "));
        program.pieces.rules.push(RuleText::new(text, body.lits));
        // Inside the circle the columns of aggregates grow.
        let inside = Rel { cols: head.inside, ..rel };
        for _ in 0..1 + program.dice.below(2) {
            back(program, &around, &inside, &below);
        }
        if program.dice.chance(40) {
            program.add(&around, &[around.clone(), inside]);
        }
        return;
    }
}

/// A rule from the aggregate back to what is aggregated, mostly behind a
/// threshold.
fn back(program: &mut Program, around: &Rel, inside: &Rel, below: &[Rel]) {
    let cycle = [inside.clone()];
    for _ in 0..8 {
        let Some(mut body) = program.body(below, &cycle, Kind::State, true) else { continue };
        if program.dice.chance(70) {
            let mut more = body.clone();
            if program.bodies(below).grow(&mut more).is_some() {
                body = more;
            }
        }
        if let Some(rule) = program.finish(around, body, below, &cycle) {
            program.pieces.rules.push(rule);
            return;
        }
    }
}

/// The head of a growing aggregate.
#[derive(Default)]
struct Head {
    declared: Vec<(Ty, Role)>,
    inside: Vec<(Ty, Role)>,
    args: Vec<String>,
}

fn head(program: &mut Program, vars: &[Var], distinct: bool) -> Option<Head> {
    let mut order: Vec<&Var> = vars.iter().filter(|v| !v.invented).collect();
    program.dice.shuffle(&mut order);
    let mut head = Head::default();
    for var in order.into_iter().take(program.dice.below(3)) {
        let computed = var.ty == Ty::Int && program.dice.chance(15);
        head.declared.push((var.ty.clone(), Role::Key));
        head.inside.push((var.ty.clone(), Role::Key));
        // Two groups may then have rows that look alike.
        head.args.push(if computed { format!("{} % 2", var.name) } else { var.name.clone() });
    }
    let keyed = program.dice.chance(40) && !head.args.iter().any(|arg| arg.contains('%'));
    let merges = program.dice.chance(25);
    for _ in 0..1 + program.dice.below(2) {
        let (ty, lattice, text) = column(program, vars, distinct)?;
        let role = match keyed {
            _ if merges => Role::Cell(lattice.clone()),
            true => schema::value_role(&ty)?,
            false => Role::Key,
        };
        head.declared.push((ty.clone(), role));
        head.inside.push((ty, Role::Cell(lattice)));
        head.args.push(text);
    }
    Some(head)
}

/// A column with an aggregate that grows.
fn column(program: &mut Program, vars: &[Var], distinct: bool) -> Option<(Ty, Lattice, String)> {
    let wild = program.wild;
    let choice = program.dice.below(14);
    let given: Vec<Var> = vars.iter().filter(|v| !v.invented).cloned().collect();
    let of = schema::any_type(&mut program.dice, 1).widen();
    let nat = |text: String| (Ty::Nat, Lattice::Max(Ty::Nat), text);
    let mut maker = Maker { dice: &mut program.dice, vars, wild };
    Some(match choice {
        0 | 1 if !distinct => nat("count()".into()),
        2 | 3 if !distinct => nat(maker.fill("sum(N)", 1)?),
        4 if !distinct => (Ty::Int, Lattice::Max(Ty::Int), maker.fill("sum(N) + I", 0)?),
        5 if !distinct => {
            let least = maker.dice.below(4);
            (Ty::Bool, Lattice::Any, format!("count() >= {least}"))
        }
        6 => (Ty::Bool, Lattice::Any, maker.fill("any(B)", 1)?),
        7 => (Ty::Bool, Lattice::All, maker.fill("all(B)", 1)?),
        8 => (Ty::Bool, Lattice::All, maker.fill("not any(B)", 1)?),
        9 | 10 => {
            // What comes out of a set goes round: nothing is computed for it.
            let any = maker.dice.pick(&given)?.clone();
            let ty = any.ty.widen();
            (Ty::Set(Box::new(ty.clone())), Lattice::Set(ty), format!("collect({})", any.name))
        }
        11 => (of.clone(), Lattice::Min(of.clone()), format!("min({})", maker.expr(&of, 1)?)),
        12 => (of.clone(), Lattice::Max(of.clone()), format!("max({})", maker.expr(&of, 1)?)),
        _ => {
            let any = maker.dice.pick(vars)?.clone();
            nat(format!("count({})", maker.expr(&any.ty, 1)?))
        }
    })
}
