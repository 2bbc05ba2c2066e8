//! Variables of expressions, patterns and literals. What they are asked for is
//! not known here.

use std::collections::BTreeSet;

use crate::ids::VarId;
use crate::types::parts::parts;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// Variables.
pub type Vars = BTreeSet<VarId>;

/// Adds the variables of an expression.
pub fn of_expr(e: &Expr, out: &mut Vars) {
    if let ExprKind::Var(var) = e.kind {
        out.insert(var);
    }
    if let ExprKind::Match(_, arms) = &e.kind {
        arms.iter().for_each(|(pat, _)| of_pat(pat, out, &mut Vars::new()));
    }
    parts(e, &mut |part| of_expr(part, out));
}

/// Adds the variables that a pattern names, and those that its expressions read.
pub fn of_pat(pat: &Pat, named: &mut Vars, read: &mut Vars) {
    match &pat.kind {
        PatKind::Wild | PatKind::None => {}
        PatKind::Var(var) => {
            named.insert(*var);
        }
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            ps.iter().for_each(|p| of_pat(p, named, read));
        }
        PatKind::Some(p) => of_pat(p, named, read),
        PatKind::Expr(e) => of_expr(e, read),
    }
}

/// The variables that an atom names, and those that its expressions read.
pub fn of_atom(atom: &Atom) -> (Vars, Vars) {
    let (mut named, mut read) = (Vars::new(), Vars::new());
    atom.args.iter().for_each(|pat| of_pat(pat, &mut named, &mut read));
    (named, read)
}

/// All variables of a literal.
pub fn of_lit(lit: &Lit) -> Vars {
    let mut out = Vars::new();
    add_lit(lit, &mut out);
    out
}

fn add_lit(lit: &Lit, out: &mut Vars) {
    let pat = |pat: &Pat, out: &mut Vars| {
        let mut read = Vars::new();
        of_pat(pat, out, &mut read);
        out.extend(read);
    };
    match &lit.kind {
        LitKind::Atom(atom) => atom.args.iter().for_each(|p| pat(p, out)),
        LitKind::Cond(e) => of_expr(e, out),
        LitKind::Bind(p, e) | LitKind::In(p, e) => {
            pat(p, out);
            of_expr(e, out);
        }
        LitKind::Not(lits) => lits.iter().for_each(|lit| add_lit(lit, out)),
        LitKind::Or(branches) => branches.iter().flatten().for_each(|lit| add_lit(lit, out)),
        LitKind::Else { atom, otherwise, .. } => {
            atom.args.iter().for_each(|p| pat(p, out));
            otherwise.iter().for_each(|lit| add_lit(lit, out));
        }
        LitKind::All { var, range, lits } => {
            out.insert(*var);
            of_expr(range, out);
            lits.iter().for_each(|lit| add_lit(lit, out));
        }
    }
}
