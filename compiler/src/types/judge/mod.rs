//! Judgements on the typed program. Inference says what every value is; here
//! it is said whether the rules make sense with that: that every variable has
//! a value, in which order a body can run and what in it can fail, what may be
//! read while it still grows, and what each kind of collection may hold. This
//! room knows one rule at a time; cycles between rules are judged later.
//!
//! | room | owns |
//! |---|---|
//! | `walk` | going through expressions, patterns and literals |
//! | `fallible` | what can fail |
//! | `schedule` | an order in which a conjunction can run, safety with it |
//! | `binding` | which variables a literal needs and which it gives |
//! | `unbound` | the messages of safety |
//! | `growth` | which variables may be read while they grow |
//! | `growing` | aggregates that may be read in their own recursion |
//! | `behaviour` | staying and growing, and what flows into what |
//! | `monotone` | how an expression behaves on growing values |
//! | `order` | declarations after those that they name |
//! | `size` | what is too large once it is written out |
//! | `origin` | where growing values come from |
//! | `ready` | the same for one literal, asked from outside |
//! | `slack` | arithmetic that runs off towards bottom |
//! | `inline` | functions put in the place of their calls |
//! | `statics` | what a collection of each kind may hold |
//! | `clocks` | where `now`, `fresh()` and `random(e)` may stand |
//! | `updates` | tables that are changed |

mod behaviour;
mod binding;
mod clocks;
mod fallible;
mod growing;
mod growth;
mod inline;
mod monotone;
mod order;
mod origin;
mod ready;
mod schedule;
mod size;
mod slack;
mod statics;
mod unbound;
mod updates;
mod walk;

pub use growing::Obstacle;
pub use growing::obstacle;
pub use growth::Reason;
pub use growth::reasons;
pub use ready::Ready;
pub use ready::expr_vars;
pub use ready::lit_vars;
pub use walk::Sign;
pub use walk::atoms;
pub(crate) use walk::binders;
pub(crate) use walk::reads;

use crate::diag::Diagnostic;
use crate::names::hir;
use crate::source::Span;
use crate::types::lattices;
use crate::types::typed;

/// Judges every rule of an inferred program and completes it: literals come in
/// an order in which they can run, what can fail last; growing variables and
/// revealing atoms are marked. Rules in which a variable has no value are taken
/// out, so that nothing after this has to expect them.
pub fn judge(program: &mut typed::Program, hir: &hir::Program, diags: &mut Vec<Diagnostic>) {
    lattices::resolve(program, hir, diags);
    let sizes = size::Sizes::of(program, diags);
    fallible::functions(program);
    statics::heads(program, hir, diags);
    clocks::periods(program, diags);
    let rules = std::mem::take(&mut program.rules);
    let mut sound = Vec::with_capacity(rules.len());
    let told = Told::of(diags);
    for mut rule in rules {
        let judged = !told.within(rule.span)
            && sizes.rule(&rule, diags)
            && schedule::rule(program, &mut rule, diags);
        if judged {
            sound.push(rule);
        } else {
            program.bad_rules.push(rule.head);
        }
    }
    program.rules = sound;
    growth::program(program, &sizes, diags);
    statics::bodies(program, hir, diags);
}

/// Where errors were reported before: a rule with one is not judged, since what
/// is missing in it may be missing because of that.
struct Told(Vec<Span>);

impl Told {
    fn of(diags: &[Diagnostic]) -> Told {
        let errors = diags.iter().filter(|d| d.is_error());
        let mut spans: Vec<Span> = errors.map(|d| d.primary.span).collect();
        spans.sort();
        Told(spans)
    }

    fn within(&self, rule: Span) -> bool {
        let first = self.0.partition_point(|s| (s.file, s.lo) < (rule.file, rule.lo));
        self.0.get(first).is_some_and(|s| s.file == rule.file && s.hi <= rule.hi)
    }
}
