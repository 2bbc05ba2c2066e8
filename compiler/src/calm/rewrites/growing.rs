//! A value that is shown as one that grows. An output may have a column that
//! merges: that the number in it grows takes nothing back, and whoever reads it
//! knows that it may. What came of the change is not known here.

use super::Proposal;
use super::site::Site;
use crate::calm::model::Code;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::Type;
use crate::syntax::ast::TypeKind;
use crate::syntax::print;

/// Types whose greatest or least value may be shown while it moves.
const ORDERED: &[&str] = &["int", "nat", "float", "time", "duration"];

/// Proposes to show what grows as growing.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    let point = site.point;
    let may = matches!(point.code, Code::AggregateShown | Code::LatticeRevealed);
    if !may || point.kind != Kind::Seal || point.goal != Goal::Final {
        return;
    }
    let Some(rel) = site.rel(&point.output) else { return };
    let at = site.declared(rel);
    let Some(output) = site.draft().collection(at).cloned() else { return };
    let shown = matches!(
        output.kind,
        CollectionKind::Output | CollectionKind::OutputView | CollectionKind::OutputTable
    );
    let values = output.values.as_ref().map_or(output.columns.len(), Vec::len);
    // From the right: what is counted stands behind what it is counted by.
    for col in (0..values).rev().filter(|_| shown) {
        for lattice in lattices(&point.operator) {
            out.extend(grown(site, &output, col, lattice));
        }
    }
}

/// In which direction what an operator gives may move.
fn lattices(operator: &str) -> &'static [&'static str] {
    match operator {
        "count" | "sum" | "max" => &["Max"],
        "min" => &["Min"],
        _ => &["Max", "Min"],
    }
}

fn columns(of: &mut Collection) -> &mut Vec<Column> {
    match &mut of.values {
        Some(values) => values,
        None => &mut of.columns,
    }
}

fn grown(site: &Site<'_>, output: &Collection, col: usize, lattice: &str) -> Option<Proposal> {
    let mut output = output.clone();
    let (at, shown) = (output.name.span, output.name.text.clone());
    let column = columns(&mut output).get_mut(col)?;
    let plain = print::print_type(&column.ty);
    ORDERED.contains(&plain.as_str()).then_some(())?;
    let mut name = column.name.clone();
    name.text = lattice.to_string();
    let inner = column.ty.clone();
    column.ty = Type { kind: TypeKind::Named(name, vec![inner]), span: column.ty.span };
    let column = column.name.text.clone();
    let mut draft = site.draft();
    draft.declare(at, |found| *found = output)?;
    let more = if lattice == "Max" { "greater" } else { "smaller" };
    Some(site.proposal(
        "growing",
        format!("show `{column}` as a value that only moves one way: `{lattice}<{plain}>`"),
        &draft,
        Some(format!(
            "`{shown}` promises less: of the same key it may be followed by a {more} `{column}`"
        )),
    ))
}
