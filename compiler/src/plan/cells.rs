//! What a head puts into its columns. This room must not know how a body is
//! executed.
//!
//! A collection that comes out of rows goes into rows again: one rule derives
//! the head's row with nothing in it, and one more per collection derives an
//! element or entry for each that is there. So no collection is built while it
//! grows. What such a rule says of the other cells is only there for the case
//! that the row is new: a *seed*, which does not make the rule run again.

use crate::ids::RelId;
use crate::plan::choices::Choice;
use crate::plan::choices::choices;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Places;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::ir::Leaf;
use crate::plan::ir::Path;
use crate::plan::normal::Normal;
use crate::source::Span;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Role;

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
pub fn words(lattice: &Lattice, e: &Expr) -> Vec<CellExpr> {
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

/// The same for a row that another rule derives and keeps up to date.
pub fn seed(cell: &CellExpr) -> CellExpr {
    match cell {
        CellExpr::Word(e) => CellExpr::Seed(e.clone()),
        CellExpr::Entry(key, cells) => {
            CellExpr::Entry(key.clone(), cells.iter().map(seed).collect())
        }
        other => other.clone(),
    }
}
