//! What a head puts into its columns. This room must not know how a body is
//! executed.
//!
//! A collection that comes out of rows goes into rows again: one rule derives
//! the head's row with nothing in it, and one more per collection derives an
//! element or entry for each that is there. So no collection is built while it
//! grows. What such a rule says of the other cells is only there for the case
//! that the row is new: a *seed*, which does not make the rule run again.

use crate::ids::RelId;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Place;
use crate::plan::goals::Places;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::ir::Leaf;
use crate::plan::ir::Path;
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
use crate::types::typed;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Role;
use crate::types::typed::Slack;

/// A head.
#[derive(Clone, Debug)]
pub struct Head {
    /// The relation.
    pub rel: RelId,
    /// Per declared column.
    pub args: Vec<HeadArg>,
}

/// What goes into a declared column.
#[derive(Clone, Debug)]
pub enum HeadArg {
    /// Into a key column.
    Key(Expr),
    /// Into a value column.
    Value(Expr),
    /// Into the cells of a lattice.
    Cells(Vec<CellExpr>),
}

/// What goes into a cell.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum CellExpr {
    Word(Expr),
    /// A word that another rule keeps up to date.
    Seed(Expr),
    Nothing,
    /// By the columns of the hidden relation, as all elements and keys.
    Element(Vec<Expr>),
    Elements(Expr),
    Entry(Vec<Expr>, Vec<CellExpr>),
    Entries(Expr, Vec<Path>),
}

/// One way in which a column takes something, with what must hold for it.
#[derive(Clone, Debug, Default)]
struct Choice {
    goals: Vec<Goal>,
    cells: Vec<CellExpr>,
}

impl Head {
    /// Variables that it needs.
    pub fn reads(&self, places: &Places, out: &mut Vars) {
        self.exprs(&mut |e| expr_vars(e, places, out));
    }

    /// The same without what is only there for new rows.
    pub fn reads_but_seeds(&self, places: &Places, out: &mut Vars) {
        let mut read = |e: &Expr| expr_vars(e, places, out);
        for arg in &self.args {
            match arg {
                HeadArg::Key(e) | HeadArg::Value(e) => read(e),
                HeadArg::Cells(cells) => {
                    cells.iter().for_each(|c| cell_exprs(c, false, &mut read));
                }
            }
        }
    }

    /// Its expressions, in the order of the columns.
    pub fn exprs(&self, f: &mut dyn FnMut(&Expr)) {
        for arg in &self.args {
            match arg {
                HeadArg::Key(e) | HeadArg::Value(e) => f(e),
                HeadArg::Cells(cells) => cells.iter().for_each(|c| cell_exprs(c, true, f)),
            }
        }
    }
}

fn cell_exprs(cell: &CellExpr, seeds: bool, f: &mut dyn FnMut(&Expr)) {
    match cell {
        CellExpr::Seed(e) if seeds => f(e),
        CellExpr::Seed(_) => {}
        CellExpr::Element(es) => es.iter().for_each(f),
        CellExpr::Word(e) | CellExpr::Elements(e) | CellExpr::Entries(e, _) => f(e),
        CellExpr::Nothing => {}
        CellExpr::Entry(key, cells) => {
            key.iter().for_each(&mut *f);
            cells.iter().for_each(|c| cell_exprs(c, seeds, f));
        }
    }
}

/// The head with every value as a word.
pub fn whole_head(program: &typed::Program, rule: &typed::Rule) -> Head {
    let cols = &program.rels[rule.head.index()].cols;
    let arg = |(col, e): (&typed::Col, &Expr)| match &col.role {
        Role::Key => HeadArg::Key(e.clone()),
        Role::Value => HeadArg::Value(e.clone()),
        Role::Cell(lattice) => HeadArg::Cells(whole(lattice, e)),
    };
    Head { rel: rule.head, args: cols.iter().zip(&rule.args).map(arg).collect() }
}

/// Arguments of a head that is never derived.
pub fn blank(program: &typed::Program, rel: RelId) -> Vec<HeadArg> {
    let zero = |ty: &Ty| Expr {
        kind: ExprKind::Literal(typed::Literal::Int(0)),
        ty: ty.clone(),
        span: Span::default(),
    };
    let cols = program.rels[rel.index()].cols.iter();
    let arg = |col: &typed::Col| match &col.role {
        Role::Key => HeadArg::Key(zero(&col.ty)),
        Role::Value => HeadArg::Value(zero(&col.ty)),
        Role::Cell(lattice) => HeadArg::Cells(blank_cells(lattice, &zero(&col.ty))),
    };
    cols.map(arg).collect()
}

/// The cells of a value that is one word: two where a point is in it.
fn words(lattice: &Lattice, e: &Expr) -> Vec<CellExpr> {
    let cell = CellExpr::Word(e.clone());
    if lattice.can_clash() { vec![cell.clone(), cell] } else { vec![cell] }
}

fn blank_cells(lattice: &Lattice, zero: &Expr) -> Vec<CellExpr> {
    match lattice {
        Lattice::Max(_)
        | Lattice::Min(_)
        | Lattice::Any
        | Lattice::All
        | Lattice::Point(_)
        | Lattice::Lex(..) => words(lattice, zero),
        Lattice::Set(_) | Lattice::Map(..) => vec![CellExpr::Nothing],
        Lattice::Pair(a, b) => [blank_cells(a, zero), blank_cells(b, zero)].concat(),
    }
}

/// The heads of a rule, each with the goals it adds to the body.
pub fn heads(
    program: &typed::Program,
    rule: &typed::Rule,
    normal: &mut Normal,
) -> Vec<(Vec<Goal>, Head)> {
    let cols = &program.rels[rule.head.index()].cols;
    let mut base = (Vec::new(), Head { rel: rule.head, args: Vec::new() });
    let mut more: Vec<(usize, Choice)> = Vec::new();
    normal.head();
    for (index, (col, e)) in cols.iter().zip(&rule.args).enumerate() {
        let arg = match &col.role {
            Role::Key => HeadArg::Key(normal.lift(e, true, &mut base.0)),
            Role::Value => HeadArg::Value(normal.lift(e, true, &mut base.0)),
            Role::Cell(lattice) => {
                let mut choices = choices(lattice, e, normal).into_iter();
                let first = choices.next().unwrap_or_default();
                base.0.extend(first.goals);
                more.extend(choices.map(|choice| (index, choice)));
                HeadArg::Cells(first.cells)
            }
        };
        base.1.args.push(arg);
        normal.passed(e);
    }
    let mut out = vec![base.clone()];
    for (index, choice) in more {
        let (mut goals, mut head) = base.clone();
        // What makes sure of the row is there already: asked twice, its words
        // would count as read, and the rule run again whenever they grow.
        let new = |goal: &Goal| !base.0.iter().any(|known| same_rows(known, goal));
        goals.extend(choice.goals.into_iter().filter(new));
        for arg in &mut head.args {
            if let HeadArg::Cells(cells) = arg {
                cells.iter_mut().for_each(|cell| *cell = seed(cell));
            }
        }
        head.args[index] = HeadArg::Cells(choice.cells);
        out.push((goals, head));
    }
    out
}

/// Whether two goals ask for the same rows in the same registers.
fn same_rows(a: &Goal, b: &Goal) -> bool {
    match (&a.kind, &b.kind) {
        (GoalKind::Atom(a), GoalKind::Atom(b)) => {
            a.rel == b.rel && a.row == b.row && a.args == b.args
        }
        _ => false,
    }
}

/// The ways in which the value of an expression gets into a lattice's cells;
/// the first one makes sure of the row.
fn choices(lattice: &Lattice, e: &Expr, normal: &mut Normal) -> Vec<Choice> {
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
            let mut goals = Vec::new();
            let places = parts.iter().map(|part| normal.place_of(part, &mut goals));
            match places.collect::<Option<Vec<_>>>() {
                Some(places) => under(goals, common(&places, t, e.span, normal)),
                None => as_word(lattice, e, normal),
            }
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
            let mut goals = Vec::new();
            let Some(place) = normal.place_of(e, &mut goals) else {
                return as_word(lattice, e, normal);
            };
            match rows(lattice, &place, e.span, normal) {
                Some(choices) => under(goals, choices),
                None => as_word(lattice, e, normal),
            }
        }
        _ => as_word(lattice, e, normal),
    }
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
        ExprKind::Native(native, _) => native.partial,
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

/// The cells for a value that is one word.
pub fn whole(lattice: &Lattice, e: &Expr) -> Vec<CellExpr> {
    match lattice {
        Lattice::Max(_)
        | Lattice::Min(_)
        | Lattice::Any
        | Lattice::All
        | Lattice::Point(_)
        | Lattice::Lex(..) => words(lattice, e),
        Lattice::Set(_) => vec![CellExpr::Elements(e.clone())],
        Lattice::Map(_, inner) => vec![CellExpr::Entries(e.clone(), paths(inner))],
        Lattice::Pair(a, b) => {
            if let ExprKind::Tuple(parts) = &e.kind
                && let [left, right] = parts.as_slice()
            {
                return [whole(a, left), whole(b, right)].concat();
            }
            let side = |field: usize, lattice: &Lattice| {
                let kind = ExprKind::Field(Box::new(e.clone()), field);
                whole(lattice, &Expr { kind, ty: lattice.plain(), span: e.span })
            };
            [side(0, a), side(1, b)].concat()
        }
    }
}

/// How a word of a lattice's type goes into cells.
fn paths(lattice: &Lattice) -> Vec<Path> {
    let leaf = |leaf| vec![Path { fields: Vec::new(), leaf }];
    match lattice {
        Lattice::Max(_)
        | Lattice::Min(_)
        | Lattice::Any
        | Lattice::All
        | Lattice::Point(_)
        | Lattice::Lex(..) => {
            let copies = if lattice.can_clash() { 2 } else { 1 };
            (0..copies).flat_map(|_| leaf(Leaf::Word)).collect()
        }
        Lattice::Set(_) => leaf(Leaf::Set),
        Lattice::Map(_, inner) => leaf(Leaf::Map(paths(inner))),
        Lattice::Pair(a, b) => {
            let side = |field: usize, lattice: &Lattice| {
                let mut paths = paths(lattice);
                paths.iter_mut().for_each(|path| path.fields.insert(0, field));
                paths
            };
            [side(0, a), side(1, b)].concat()
        }
    }
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
    let kind =
        GoalKind::Atom(crate::plan::goals::AtomGoal { rel, row, span: Span::default(), args });
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

fn seed(cell: &CellExpr) -> CellExpr {
    match cell {
        CellExpr::Word(e) => CellExpr::Seed(e.clone()),
        CellExpr::Entry(key, cells) => {
            CellExpr::Entry(key.clone(), cells.iter().map(seed).collect())
        }
        other => other.clone(),
    }
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
