//! Rules whose bodies close a circle of atoms, over rows dense enough to have
//! matches, sometimes recursive and sometimes in a fixed order. This room
//! knows nothing of how they are run.

use crate::oracle::random::bodies::Body;
use crate::oracle::random::dice::Dice;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::program::Program;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::oracle::values::Value;
use crate::types::ty::Ty;

/// Values that arcs lead between.
const NODES: usize = 5;
/// Rows of a collection of arcs.
const ARCS: usize = 14;

/// Adds collections of arcs, and a collection of what circles over them give.
pub fn cyclic(program: &mut Program, group: usize) {
    let types = [Ty::Int, Ty::Int, Ty::Str, Ty::Float, Ty::Time, Ty::Bool];
    let Some(ty) = program.dice.pick(&types).cloned() else { return };
    let key = |ty: &Ty| (ty.clone(), Role::Key);
    let mut arcs = vec![program.load(vec![key(&ty), key(&ty)], Kind::Base)];
    if program.dice.chance(40) {
        arcs.push(program.load(vec![key(&ty), key(&Ty::Int), key(&ty)], Kind::Base));
    }
    let Program { dice, pieces, .. } = &mut *program;
    for arc in &arcs {
        for (_, rows) in pieces.facts.iter_mut().filter(|(name, _)| *name == arc.name) {
            *rows = dense(dice, rows);
        }
    }
    let head = program.declare(vec![key(&ty), key(&ty)], Kind::State, group);
    let recursive = program.dice.chance(40);
    if recursive {
        let body = vec![format!("{}(x, y)", arcs[0].name)];
        program.rule(format!("{}(x, y)", head.name), body);
    }
    for _ in 0..1 + program.dice.below(2) {
        circle(program, &ty, &head, &arcs, recursive);
    }
}

/// Rows between few values, so that circles close.
fn dense(dice: &mut Dice, rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let mut nodes: Vec<Value> =
        rows.iter().flat_map(|row| [row.first(), row.last()]).flatten().cloned().collect();
    nodes.truncate(NODES);
    let mut out: Vec<Vec<Value>> = Vec::new();
    for i in 0..ARCS {
        let Some(mut row) = rows.get(i % rows.len().max(1)).cloned() else { break };
        let last = row.len() - 1;
        for col in [0, last] {
            if let Some(node) = dice.pick(&nodes) {
                row[col] = node.clone();
            }
        }
        if !out.contains(&row) {
            out.push(row);
        }
    }
    out
}

/// A rule over a circle of three to five variables, with some chords.
fn circle(program: &mut Program, ty: &Ty, head: &Rel, arcs: &[Rel], recursive: bool) {
    let n = 3 + program.dice.below(3);
    let mut atoms = Vec::new();
    let mut body = Body::default();
    for _ in 0..n {
        program.next += 1;
        let name = format!("v{}", program.next);
        body.vars.push(Var { name, ty: ty.clone(), invented: false });
    }
    let vars = body.vars.clone();
    let mut pairs: Vec<(usize, usize)> = (0..n).map(|i| (i, (i + 1) % n)).collect();
    pairs.extend((0..program.dice.below(3)).map(|i| (i, (i + 2) % n)));
    for (a, b) in pairs {
        let (a, b) = if program.dice.chance(50) { (a, b) } else { (b, a) };
        let (a, b) = (&vars[a].name, &vars[b].name);
        let of = match program.dice.pick(arcs) {
            Some(arc) if !(recursive && program.dice.chance(30)) => arc.clone(),
            _ => head.clone(),
        };
        if of.name == head.name && !recursive {
            continue;
        }
        let name = of.name.clone();
        let text = match of.cols.len() {
            2 => format!("{name}({a}, {b})"),
            _ if program.dice.chance(50) => format!("{name}({a}, _, {b})"),
            _ => {
                program.next += 1;
                let between = format!("v{}", program.next);
                body.vars.push(Var { name: between.clone(), ty: Ty::Int, invented: false });
                format!("{name}({a}, {between}, {b})")
            }
        };
        atoms.push((name, text));
    }
    program.dice.shuffle(&mut atoms);
    body.lits = atoms.iter().map(|(_, text)| text.clone()).collect();
    for _ in 0..program.dice.below(3) {
        let before = body.clone();
        let mut bodies = program.bodies(&[]);
        if bodies.extend(&mut body, false).is_none() {
            body = before;
        }
    }
    let ends: Vec<&Var> = vars.iter().collect();
    let (Some(a), Some(b)) = (program.dice.pick(&ends).copied(), program.dice.pick(&ends).copied())
    else {
        return;
    };
    let mut text = format!("{}({}, {})", head.name, a.name, b.name);
    // Conditions that were added name no collection.
    if program.dice.chance(25) {
        let mut names: Vec<&str> = atoms.iter().map(|(name, _)| name.as_str()).collect();
        program.dice.shuffle(&mut names);
        text = format!("@plan({}) {text}", names.join(", "));
    }
    program.rule(text, body.lits);
}
