//! An order of declarations in which each comes after those that it names. A
//! chain of them may be longer than any stack, so nothing here recurses along
//! it. Circles were reported before; they are cut somewhere.

use crate::types::parts::parts;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;

/// Says which declaration of the kind an expression names itself, parts aside.
pub(super) type Names = dyn Fn(&Expr) -> Option<usize>;

/// The constant that an expression is.
pub(super) fn consts(e: &Expr) -> Option<usize> {
    match e.kind {
        ExprKind::Const(id) => Some(id.index()),
        _ => None,
    }
}

/// The function that an expression calls.
pub(super) fn fns(e: &Expr) -> Option<usize> {
    match e.kind {
        ExprKind::Call(id, _) => Some(id.index()),
        _ => None,
    }
}

/// The numbers of the declarations, named ones first.
pub(super) fn of<'a>(bodies: impl Iterator<Item = &'a Expr>, names: &Names) -> Vec<usize> {
    let named: Vec<Vec<usize>> = bodies
        .map(|body| {
            let mut found = Vec::new();
            collect(body, names, &mut found);
            found.sort_unstable();
            found.dedup();
            found
        })
        .collect();
    let mut out = Vec::with_capacity(named.len());
    let mut seen = vec![false; named.len()];
    for start in 0..named.len() {
        // What waits for those that it names, with how many of them were seen to.
        let mut waiting = Vec::new();
        if !std::mem::replace(&mut seen[start], true) {
            waiting.push((start, 0));
        }
        while let Some((at, next)) = waiting.pop() {
            let Some(&child) = named[at].get(next) else {
                out.push(at);
                continue;
            };
            waiting.push((at, next + 1));
            if seen.get(child) == Some(&false) {
                seen[child] = true;
                waiting.push((child, 0));
            }
        }
    }
    out
}

fn collect(e: &Expr, names: &Names, found: &mut Vec<usize>) {
    found.extend(names(e));
    parts(e, &mut |part| collect(part, names, found));
}
