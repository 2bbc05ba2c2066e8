//! Random rules with aggregates. This room chooses columns that some
//! aggregate can fill; it must not know recursion.

use crate::oracle::random::case::RuleText;
use crate::oracle::random::exprs::Maker;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::program::Program;
use crate::oracle::random::schema;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::types::ty::Ty;

/// Adds a collection with a rule that groups.
pub fn aggregated(program: &mut Program, group: usize) {
    let below: Vec<Rel> = program
        .rels
        .iter()
        .filter(|r| r.group < group && matches!(r.kind, Kind::Base | Kind::State))
        .cloned()
        .collect();
    for _ in 0..8 {
        // `or` may not stand where combinations of rows are counted.
        let distinct = program.dice.chance(30);
        let Some(body) = program.body(&below, &[], Kind::State, distinct) else { continue };
        if let Some((cols, args)) = head(program, &body.vars, distinct) {
            let rel = program.declare(cols, Kind::State, group);
            let head = format!("{}({})", rel.name, args.join(", "));
            program.pieces.rules.push(RuleText::new(head, body.lits));
            return;
        }
    }
}

type Columns = (Vec<(Ty, Role)>, Vec<String>);

/// Columns and arguments of a head that groups.
pub(super) fn head(program: &mut Program, vars: &[Var], distinct: bool) -> Option<Columns> {
    let keyed = program.dice.chance(40);
    let (mut cols, mut args) = (Vec::new(), Vec::new());
    let mut order: Vec<&Var> = vars.iter().collect();
    program.dice.shuffle(&mut order);
    for var in order.into_iter().take(program.dice.below(3)) {
        cols.push((var.ty.clone(), Role::Key));
        args.push(var.name.clone());
    }
    for _ in 0..1 + program.dice.below(2) {
        let (ty, text) = column(program, vars, distinct, keyed)?;
        let role = if keyed { schema::value_role(&ty)? } else { Role::Key };
        cols.push((ty, role));
        args.push(text);
    }
    Some((cols, args))
}

/// A column with an aggregate. Ties would break a key.
fn column(
    program: &mut Program,
    vars: &[Var],
    distinct: bool,
    keyed: bool,
) -> Option<(Ty, String)> {
    let wild = program.wild;
    let choice = program.dice.below(16);
    let of = schema::any_type(&mut program.dice, 1).widen();
    let mut maker = Maker { dice: &mut program.dice, vars, wild };
    let any = maker.dice.pick(vars)?.clone();
    let e = maker.expr(&any.ty, 1)?;
    let numbers = |maker: &mut Maker<'_>, template: &str| maker.fill(template, 1);
    Some(match choice {
        0 if !distinct => (Ty::Nat, "count()".into()),
        1 if !distinct => (Ty::Int, numbers(&mut maker, "sum(I)")?),
        2 if !distinct => (Ty::Float, numbers(&mut maker, "sum(F)")?),
        3 if !distinct => (Ty::Float, numbers(&mut maker, "avg(I)")?),
        4 if !distinct => (Ty::Float, numbers(&mut maker, "avg(F)")?),
        5 if !distinct => (Ty::Duration, numbers(&mut maker, "sum(D)")?),
        6 if !distinct => (Ty::Nat, numbers(&mut maker, "sum(N)")?),
        7 if !distinct => {
            let by = order(&mut maker)?;
            (Ty::List(Box::new(any.ty.widen())), format!("list({e}, {by})"))
        }
        8 if !distinct => {
            let by = order(&mut maker)?;
            let n = maker.dice.below(4);
            (Ty::List(Box::new(any.ty.widen())), format!("top({n}, {e}, {by})"))
        }
        9 if !keyed => {
            let by = order(&mut maker)?;
            let word = if maker.dice.chance(50) { "argmin" } else { "argmax" };
            (any.ty, format!("{word}({e}, {by})"))
        }
        10 => (Ty::Nat, format!("count({e})")),
        11 => (Ty::Set(Box::new(any.ty.widen())), format!("collect({e})")),
        12 => (Ty::Bool, numbers(&mut maker, "any(B)")?),
        13 => (Ty::Bool, numbers(&mut maker, "all(B)")?),
        14 => (Ty::Int, numbers(&mut maker, "max(I) - min(I)")?),
        _ => {
            let text = maker.expr(&of, 1)?;
            let word = ["min", "max", "choose"][maker.dice.below(3)];
            (of, format!("{word}({text})"))
        }
    })
}

/// One or two components, each up or down.
fn order(maker: &mut Maker<'_>) -> Option<String> {
    let mut one = || -> Option<String> {
        let var = maker.dice.pick(maker.vars)?.name.clone();
        Some(if maker.dice.chance(40) { format!("desc({var})") } else { var })
    };
    let first = one()?;
    let second = one()?;
    Some(if maker.dice.chance(50) { first } else { format!("({first}, {second})") })
}
