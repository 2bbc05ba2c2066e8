//! Lints: programs that run, and probably do not mean what they say. Each is a
//! warning with a code of its own; none looks at a program with errors, and
//! none changes anything.
//!
//! | room | owns |
//! |---|---|
//! | `unused` | declarations that nothing needs, collections that stay empty |
//! | `invented` | recursion that makes new values without a bound |
//! | `rules` | rules that repeat each other, aggregates that stand apart or count too much |
//! | `conditions` | conditions that are always true, or never |
//! | `otherwise` | equations that were meant to belong to an `else` |
//! | `walk` | every expression and pattern of a program |

mod conditions;
mod invented;
mod otherwise;
mod rules;
mod unused;
mod walk;

use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::names::hir;
use crate::source::SourceMap;
use crate::types::typed;

pub use unused::Elsewhere;

/// Looks at a program without errors.
pub fn lint(
    program: &typed::Program,
    hir: &hir::Program,
    strata: &Strata,
    elsewhere: &Elsewhere,
    sources: &SourceMap,
    diags: &mut Vec<Diagnostic>,
) {
    unused::lint(program, hir, elsewhere, sources, diags);
    invented::lint(program, strata, diags);
    rules::lint(program, sources, diags);
    conditions::lint(program, diags);
    otherwise::lint(program, sources, diags);
}
