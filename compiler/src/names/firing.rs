//! Rules over state alone that make events. They fire when what they say of
//! the state begins to hold, and not again while it holds: each becomes two
//! rules, one that derives what holds, and one that reads what is new of it.
//! How it is known what is new is not known here.

use super::hir;
use super::hir::ExprKind;
use super::hir::Given;
use super::hir::LitKind;
use super::hir::PatKind;
use super::hir::RelKind;
use super::hir::Stage;
use super::walk::free_vars;
use super::walk::lit_vars;
use super::walk::pat_vars;
use crate::ids::RelId;
use crate::ids::VarId;

/// Which collections hold events of one tick. An output does if one of its
/// rules needs an event.
pub fn events(program: &hir::Program) -> Vec<bool> {
    let of = |rel: &hir::Rel| rel.kind.is_incoming() || rel.kind == RelKind::Scratch;
    let mut events: Vec<bool> = program.rels.iter().map(of).collect();
    loop {
        let mut news = false;
        for rule in &program.rules {
            let head = rule.head.index();
            if !events[head]
                && program.rels[head].kind == RelKind::Output
                && needs_event(program, &events, &rule.body)
            {
                events[head] = true;
                news = true;
            }
        }
        if !news {
            return events;
        }
    }
}

/// Whether every match of the conjunction has an event in it. That a tick has
/// an instant is no event.
fn needs_event(program: &hir::Program, events: &[bool], lits: &[hir::Lit]) -> bool {
    lits.iter().any(|lit| match &lit.kind {
        LitKind::Atom(atom) => events[atom.rel.index()] && !is_clock(program, atom.rel),
        LitKind::Or(branches) => branches.iter().all(|b| needs_event(program, events, b)),
        _ => false,
    })
}

fn is_clock(program: &hir::Program, rel: RelId) -> bool {
    matches!(program.rels[rel.index()].given, Some(Given::Now | Given::Seed))
}

/// Takes rules over state that make events apart.
pub(super) fn split(program: &mut hir::Program) {
    let events = events(program);
    for at in 0..program.rules.len() {
        let rule = &program.rules[at];
        let fires = match program.rels[rule.head.index()].kind {
            RelKind::Stage(Stage::Send, _) => true,
            RelKind::Stage(Stage::Next, target) => events[target.index()],
            _ => false,
        };
        // What asks for an event without needing it is judged with the types.
        let asks = |lit: &hir::Lit| mentions(&lit.kind, &|rel| events[rel.index()]);
        let (clocks, rest): (Vec<hir::Lit>, Vec<hir::Lit>) =
            rule.body.iter().cloned().partition(|lit| match &lit.kind {
                LitKind::Atom(atom) => is_clock(program, atom.rel),
                _ => false,
            });
        // So is what reads the clock where no event says when.
        let timely = clock_vars(&clocks);
        let early = rest.iter().any(|lit| reads(&lit.kind, &timely));
        if fires && !early && !rest.iter().any(asks) {
            let (holds, fire) = halves(program, &rule.clone(), clocks, rest);
            program.rules[at] = holds;
            program.rules.push(fire);
        }
    }
}

fn mentions(lit: &LitKind, wanted: &dyn Fn(RelId) -> bool) -> bool {
    let any = |lits: &[hir::Lit]| lits.iter().any(|lit| mentions(&lit.kind, wanted));
    match lit {
        LitKind::Atom(atom) => wanted(atom.rel),
        LitKind::Not(lits) | LitKind::All { lits, .. } => any(lits),
        LitKind::Or(branches) => branches.iter().any(|lits| any(lits)),
        LitKind::Else { atom, otherwise } => wanted(atom.rel) || any(otherwise),
        LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) | LitKind::Error => false,
    }
}

/// The rule that derives what holds, and the one that fires for what is new.
fn halves(
    program: &mut hir::Program,
    rule: &hir::Rule,
    clocks: Vec<hir::Lit>,
    rest: Vec<hir::Lit>,
) -> (hir::Rule, hir::Rule) {
    let timely = clock_vars(&clocks);
    let target = program.rels[rule.head.index()].clone();
    let firing = RelId(program.rels.len() as u32);
    let mut held = hir::Rel {
        by_rule: true,
        span: rule.span,
        ..hir::Rel::new(&target.name, RelKind::Firing, rule.head_span)
    };
    let mut fire = hir::Rule { body: clocks, order: Vec::new(), doc: None, ..rule.clone() };
    let mut holds = hir::Rule { head: firing, args: Vec::new(), body: rest, ..rule.clone() };
    let mut pats = Vec::new();
    let mut column = |held: &mut hir::Rel, value: hir::Expr, ty: Option<hir::Type>, var: VarId| {
        let (span, name) = (value.span, format!("c{}", held.cols.len() + 1));
        held.cols.push(hir::Col { name, ty, default: None, span });
        holds.args.push(value);
        pats.push(hir::Pat { kind: PatKind::Var(var), span });
    };
    let mut carried: Vec<VarId> = Vec::new();
    for (at, arg) in rule.args.iter().enumerate() {
        let mut vars = Vec::new();
        free_vars(arg, &mut vars);
        let span = arg.span;
        if vars.iter().any(|v| timely.contains(v)) {
            vars.retain(|v| !timely.contains(v) && !carried.contains(v));
            vars.sort();
            vars.dedup();
            for var in vars {
                carried.push(var);
                let value = hir::Expr { kind: ExprKind::Var(var), span };
                column(&mut held, value, None, var);
            }
        } else if !is_literal(arg) {
            let var = VarId(fire.vars.len() as u32);
            fire.vars.push(hir::Var { name: target.cols[at].name.clone(), span, uses: 2 });
            fire.args[at] = hir::Expr { kind: ExprKind::Var(var), span };
            column(&mut held, arg.clone(), target.cols[at].ty.clone(), var);
        }
    }
    let span = rule.head_span;
    let atom = hir::Atom { rel: firing, args: pats, news: true, span };
    fire.body.insert(0, hir::Lit { kind: LitKind::Atom(atom), span });
    // Rows differ in what they say, whatever merges elsewhere.
    held.keys = Some(held.cols.len());
    program.rels.push(held);
    (holds, fire)
}

/// Variables that are other values in every tick.
fn clock_vars(clocks: &[hir::Lit]) -> Vec<VarId> {
    let mut vars = Vec::new();
    for lit in clocks {
        if let LitKind::Atom(atom) = &lit.kind {
            atom.args.iter().for_each(|pat| pat_vars(pat, &mut vars));
        }
    }
    vars
}

/// Whether one of the variables stands in a literal.
fn reads(lit: &LitKind, wanted: &[VarId]) -> bool {
    let mut vars = Vec::new();
    lit_vars(lit, &mut vars);
    vars.iter().any(|var| wanted.contains(var))
}

/// Whether it is the same value always, and of whatever type its place has.
fn is_literal(arg: &hir::Expr) -> bool {
    let mut vars = Vec::new();
    arg.vars(&mut vars);
    let mut plain = vars.is_empty();
    arg.each(&mut |e| plain &= !matches!(e.kind, ExprKind::Builtin { .. }));
    plain
}
