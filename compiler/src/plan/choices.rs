//! The ways in which the value of an expression gets into the cells of a
//! lattice: a collection that comes out of rows goes into rows again, element by
//! element. This room must not know heads or how bodies are executed.

use crate::ids::RelId;
use crate::plan::cells::CellExpr;
use crate::plan::cells::seed;
use crate::plan::cells::whole;
use crate::plan::cells::words;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Place;
use crate::plan::ir::Reg;
use crate::plan::ir::Shape;
use crate::plan::layout;
use crate::plan::normal::Normal;
use crate::plan::normal::var;
use crate::plan::normal::var_pat;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::parts::parts;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Slack;

/// One way in which a column takes something, with what must hold for it.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Choice {
    pub goals: Vec<Goal>,
    pub cells: Vec<CellExpr>,
}

/// The ways in which the value of an expression gets into a lattice's cells;
/// the first one makes sure of the row.
pub fn choices(lattice: &Lattice, e: &Expr, normal: &mut Normal) -> Vec<Choice> {
    match (lattice, &e.kind) {
        (Lattice::Pair(a, b), ExprKind::Tuple(parts)) if parts.len() == 2 => {
            let left = choices(a, &parts[0], normal);
            both(left, choices(b, &parts[1], normal))
        }
        (Lattice::Set(_), ExprKind::Set(elements)) if elements.len() < 2 => {
            let mut goals = Vec::new();
            let cell = match elements.first() {
                Some(element) => CellExpr::Element(normal.leaves(element, &mut goals)),
                None => CellExpr::Nothing,
            };
            vec![Choice { goals, cells: vec![cell] }]
        }
        (Lattice::Map(_, inner), ExprKind::Map(entries)) if entries.len() < 2 => {
            let Some((key, value)) = entries.first() else {
                return vec![Choice { goals: Vec::new(), cells: vec![CellExpr::Nothing] }];
            };
            let mut goals = Vec::new();
            let key = normal.leaves(key, &mut goals);
            let entry = |choice: Choice| Choice {
                goals: goals.iter().cloned().chain(choice.goals).collect(),
                cells: vec![CellExpr::Entry(key.clone(), choice.cells)],
            };
            choices(inner, value, normal).into_iter().map(entry).collect()
        }
        (Lattice::Set(_), ExprKind::Builtin(Func::Union, parts))
            if parts.len() == 2 && !parts.iter().any(|part| may_lack(part, normal)) =>
        {
            let left = choices(lattice, &parts[0], normal);
            united(left, choices(lattice, &parts[1], normal))
        }
        (Lattice::Set(t), ExprKind::Builtin(Func::Intersect, parts))
            if parts.iter().all(|part| normal.is_set(part)) =>
        {
            intersection(t, parts, e.span, normal).unwrap_or_else(|| as_word(lattice, e, normal))
        }
        (Lattice::Map(..) | Lattice::Pair(..), ExprKind::Join(of, a, b))
            if **of == *lattice
                && !lattice.can_clash()
                && !may_lack(a, normal)
                && !may_lack(b, normal) =>
        {
            let left = choices(lattice, a, normal);
            united(left, choices(lattice, b, normal))
        }
        (Lattice::Set(t), ExprKind::Builtin(Func::Keys, parts))
            if parts.len() == 1 && normal.is_place(&parts[0], true) =>
        {
            let mut goals = Vec::new();
            match normal.place_of(&parts[0], &mut goals) {
                Some(place) => under(goals, members(&place, t, e.span, normal)),
                None => as_word(lattice, e, normal),
            }
        }
        _ if normal.is_place(e, true) => {
            stored(lattice, e, normal).unwrap_or_else(|| as_word(lattice, e, normal))
        }
        _ => as_word(lattice, e, normal),
    }
}

/// The elements that sets in rows have in common, element by element.
fn intersection(ty: &Ty, parts: &[Expr], span: Span, normal: &mut Normal) -> Option<Vec<Choice>> {
    let mut goals = Vec::new();
    let places = parts.iter().map(|part| normal.place_of(part, &mut goals));
    let places = places.collect::<Option<Vec<Place>>>()?;
    Some(under(goals, common(&places, ty, span, normal)))
}

/// What an expression finds in rows, row by row.
fn stored(lattice: &Lattice, e: &Expr, normal: &mut Normal) -> Option<Vec<Choice>> {
    let mut goals = Vec::new();
    let place = normal.place_of(e, &mut goals)?;
    let choices = rows(lattice, &place, e.span, normal)?;
    Some(under(goals, choices))
}

/// Whether an expression may have no value and no goal says so: then it must be
/// evaluated wherever its value is asked for.
fn may_lack(e: &Expr, normal: &Normal) -> bool {
    if normal.is_place(e, true) {
        return false;
    }
    let mut found = match &e.kind {
        ExprKind::Index(of, _) => matches!(of.ty, Ty::Map(..) | Ty::Bag(_)),
        ExprKind::Builtin(Func::Intersect, _) | ExprKind::Call(..) => true,
        ExprKind::Arith(_, _, _, slack) | ExprKind::Neg(_, slack) => *slack != Slack::Fail,
        _ => false,
    };
    parts(e, &mut |part| found = found || may_lack(part, normal));
    found
}

/// The value as one word.
fn as_word(lattice: &Lattice, e: &Expr, normal: &mut Normal) -> Vec<Choice> {
    let mut goals = Vec::new();
    let mut e = normal.lift(e, true, &mut goals);
    let twice = matches!(lattice, Lattice::Pair(..)) || lattice.can_clash();
    if twice && !matches!(e.kind, ExprKind::Var(_)) {
        // More than one cell takes something of it: compute it once.
        let own = normal.regs.fresh();
        let value = var(own, &e.ty, e.span);
        let pat = var_pat(own, &e.ty, e.span);
        goals.push(Goal { kind: GoalKind::Unify(pat, e), late: true });
        e = value;
    }
    vec![Choice { goals, cells: whole(lattice, &e) }]
}

/// What stands at a place, row by row; none where the kinds do not fit.
fn rows(lattice: &Lattice, place: &Place, span: Span, normal: &mut Normal) -> Option<Vec<Choice>> {
    match (lattice, &place.shape) {
        (
            Lattice::Max(_)
            | Lattice::Min(_)
            | Lattice::Any
            | Lattice::All
            | Lattice::Point(_)
            | Lattice::Lex(..),
            Shape::Word(col),
        ) => {
            let value = var(place.word(*col), &lattice.plain(), span);
            Some(vec![Choice { goals: Vec::new(), cells: words(lattice, &value) }])
        }
        (Lattice::Pair(l, m), Shape::Tuple(_, parts)) if parts.len() == 2 => {
            let left = rows(l, &place.part(&parts[0]), span, normal)?;
            Some(both(left, rows(m, &place.part(&parts[1]), span, normal)?))
        }
        (Lattice::Set(t), Shape::Set { .. }) => Some(members(place, t, span, normal)),
        (Lattice::Map(t, inner), Shape::Map { rel, value, .. }) => {
            let row = normal.regs.fresh();
            let (keys, key) = fresh(t, span, normal);
            let mut cols = Vec::new();
            layout::words(normal.rels, value, &mut cols);
            let words: Vec<(usize, Reg)> =
                cols.into_iter().map(|col| (col, normal.regs.fresh())).collect();
            let args = std::iter::once((0, place.row)).chain(keys).chain(words.iter().copied());
            let goal = atom(*rel, Some(row), args.collect());
            let at = Place { row, shape: (**value).clone(), words };
            let inner = rows(inner, &at, span, normal)?;
            let mut out = vec![Choice { goals: Vec::new(), cells: vec![CellExpr::Nothing] }];
            out.extend(inner.into_iter().map(|choice| Choice {
                goals: std::iter::once(goal.clone()).chain(choice.goals).collect(),
                cells: vec![CellExpr::Entry(key.clone(), choice.cells)],
            }));
            Some(out)
        }
        _ => None,
    }
}

/// Elements of a set, or keys of a map.
fn members(place: &Place, ty: &Ty, span: Span, normal: &mut Normal) -> Vec<Choice> {
    let (Shape::Set { rel, .. } | Shape::Map { rel, .. }) = &place.shape else {
        return Vec::new();
    };
    let (cols, element) = fresh(ty, span, normal);
    let args = std::iter::once((0, place.row)).chain(cols).collect();
    let goal = atom(*rel, None, args);
    let cell = CellExpr::Element(element);
    vec![
        Choice { goals: Vec::new(), cells: vec![CellExpr::Nothing] },
        Choice { goals: vec![goal], cells: vec![cell] },
    ]
}

/// New variables for the columns of an element or key.
fn fresh(ty: &Ty, span: Span, normal: &mut Normal) -> (Vec<(usize, Reg)>, Vec<Expr>) {
    let leaves = layout::leaves(ty).into_iter().enumerate();
    let one = |(i, (_, ty)): (usize, (Vec<usize>, Ty))| {
        let own = normal.regs.fresh();
        ((1 + i, own), var(own, &ty, span))
    };
    leaves.map(one).unzip()
}

/// Elements that all the sets have: without one there is no row.
fn common(places: &[Place], ty: &Ty, span: Span, normal: &mut Normal) -> Vec<Choice> {
    let (cols, element) = fresh(ty, span, normal);
    let goal = |place: &Place| match &place.shape {
        Shape::Set { rel, .. } => {
            let args = std::iter::once((0, place.row)).chain(cols.iter().copied()).collect();
            Some(atom(*rel, None, args))
        }
        _ => None,
    };
    let goals = places.iter().filter_map(goal).collect();
    vec![Choice { goals, cells: vec![CellExpr::Element(element)] }]
}

fn atom(rel: RelId, row: Option<Reg>, args: Vec<(usize, Reg)>) -> Goal {
    let kind = GoalKind::Atom(AtomGoal { rel, row, span: Span::default(), args });
    Goal { kind, late: true }
}

fn under(goals: Vec<Goal>, choices: Vec<Choice>) -> Vec<Choice> {
    let add = |choice: Choice| Choice {
        goals: goals.iter().cloned().chain(choice.goals).collect(),
        cells: choice.cells,
    };
    choices.into_iter().map(add).collect()
}

/// Cells of two columns side by side: each way of one with the first of the other.
fn both(left: Vec<Choice>, right: Vec<Choice>) -> Vec<Choice> {
    let join = |a: &Choice, b: &Choice| Choice {
        goals: a.goals.iter().chain(&b.goals).cloned().collect(),
        cells: a.cells.iter().chain(&b.cells).cloned().collect(),
    };
    let (Some(l), Some(r)) = (left.first(), right.first()) else { return Vec::new() };
    let lefts = left.iter().enumerate().map(|(i, a)| match i {
        0 => join(a, r),
        _ => join(a, &seeds(r)),
    });
    let rights = right.iter().skip(1).map(|b| join(&seeds(l), b));
    lefts.chain(rights).collect()
}

/// The same for rows that another rule derives and keeps up to date.
fn seeds(choice: &Choice) -> Choice {
    let cells = choice.cells.iter().map(seed).collect();
    Choice { goals: choice.goals.clone(), cells }
}

/// Two sets into one column: both must have a value.
fn united(left: Vec<Choice>, right: Vec<Choice>) -> Vec<Choice> {
    let (Some(l), Some(r)) = (left.first(), right.first()) else { return Vec::new() };
    let with = |a: &Choice, other: &Choice| Choice {
        goals: a.goals.iter().chain(&other.goals).cloned().collect(),
        cells: a.cells.clone(),
    };
    let lefts = left.iter().map(|a| with(a, r));
    let rights = right.iter().map(|b| with(b, l));
    lefts.chain(rights).collect()
}
