//! What programs say of who keeps a view up, against what can be: a view that
//! asks for a dataflow has rules that one can follow, and views of one recursion
//! ask for the same. When views are kept up is not known here.

use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir::Followed;
use crate::plan::build::Sizes;
use crate::plan::build::build;
use crate::plan::ir;
use crate::plan::views::Unfit;
use crate::plan::views::flow;
use crate::types::typed;

/// Says what cannot be, of a program without errors.
pub fn check(program: &typed::Program, strata: &Strata, diags: &mut Vec<Diagnostic>) {
    if program.rels.iter().all(|rel| rel.followed.is_none()) {
        return;
    }
    let plan = build(program, strata, &Sizes { ticks: true, ..Sizes::default() });
    for (number, stratum) in plan.strata.iter().enumerate() {
        let mut said: Option<(&typed::Rel, Followed)> = None;
        for rel in &stratum.rels {
            let Some(rel) = program.rels.get(rel.index()) else { continue };
            let Some(own) = rel.followed else { continue };
            match said {
                None => {
                    said = Some((rel, own));
                    if own.dataflow {
                        diags.extend(refused(program, &plan, number, (rel, own)));
                    }
                }
                Some((first, other)) if other.dataflow != own.dataflow => {
                    let what = format!(
                        "`{}` and `{}` recur through each other and are kept up together",
                        first.name, rel.name
                    );
                    diags.push(
                        Diagnostic::error(codes::NO_DATAFLOW, own.span, what)
                            .at("this asks for something else")
                            .label(other.span, "than this")
                            .help("keep the one that is meant"),
                    );
                }
                Some(_) => {}
            }
        }
    }
}

fn refused(
    program: &typed::Program,
    plan: &ir::Program,
    number: usize,
    (rel, said): (&typed::Rel, Followed),
) -> Option<Diagnostic> {
    let (rule, why) = flow(plan, number).err()?;
    let name = |rel: crate::ids::RelId| {
        let of = &plan.rels[rel.index()];
        let owner = of.owner.map_or(rel, |(owner, _)| owner);
        program.rels.get(owner.index()).map_or(of.name.clone(), |rel| rel.name.clone())
    };
    let at = match why {
        Unfit::Collections(of) => {
            format!("a set, map or bag of `{}` grows row by row here", name(of))
        }
        Unfit::Point(of) => format!("a column of `{}` may have one value only", name(of)),
        Unfit::Grows => "this counts or sums inside of its own recursion".to_owned(),
        Unfit::Events(of) => format!("`{}` has events of one tick here", name(of)),
        Unfit::NoView => "this has no matches of state alone".to_owned(),
    };
    let span = plan.strata[number].rules.get(rule).map_or(rel.span, |rule| rule.span);
    let what = format!("no dataflow can follow `{}`", rel.name);
    Some(
        Diagnostic::error(codes::NO_DATAFLOW, span, what)
            .at(at)
            .label(said.span, "asked for here")
            .help("leave `@incremental` out: the view is kept up in another way"),
    )
}
