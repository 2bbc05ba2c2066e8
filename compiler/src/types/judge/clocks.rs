//! Where `now`, `fresh()` and `random(e)` may stand: in rules that an event
//! sets off, and in the heads of rules that fire. Anywhere else they would make
//! a rule over state hold anew in every tick. What an event is, is known
//! elsewhere.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Atom;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Program;
use crate::types::typed::Rule;

use super::walk;

/// Judges a rule that no event sets off. True: it reads no clock where it may
/// not.
pub(super) fn rule(program: &Program, rule: &Rule, diags: &mut Vec<Diagnostic>) -> bool {
    let mut clock: Option<(&Atom, Given)> = None;
    let mut fired = false;
    walk::atoms(&rule.body.lits, &mut |atom, _| {
        fired |= atom.news;
        let given = program.rels.get(atom.rel.index()).and_then(|rel| rel.given);
        if let Some(given @ (Given::Now | Given::Seed)) = given {
            clock = clock.or(Some((atom, given)));
        }
    });
    let Some((atom, given)) = clock else { return true };
    let Some(head) = program.rels.get(rule.head.index()) else { return true };
    if fired || head.kind == RelKind::Expected {
        return true;
    }
    let word = match given {
        Given::Now => "`now`",
        _ => "a value drawn anew",
    };
    let name = &head.name;
    let (title, at, help) = if rule.is_fact {
        (
            format!("a fact cannot hold {word}"),
            "a fact holds always, and this differs from tick to tick".to_string(),
            "say when: write `<= startup(_)` behind it, or another event".to_string(),
        )
    } else {
        match head.kind {
            RelKind::View | RelKind::OutputView | RelKind::Output => (
                format!("the view `{name}` would hang on {word}"),
                "this differs from tick to tick, though the state stays".to_string(),
                format!(
                    "read an event in the body and make `{name}` a `scratch`, or keep the time of \
                     a `periodic` in a table and compare with that"
                ),
            ),
            RelKind::Stage(Stage::Send, _) => fires(name, word),
            RelKind::Stage(Stage::Next, target) if !is_table(program, target) => fires(name, word),
            RelKind::Violation => (
                format!("the invariant `{name}` would hang on {word}"),
                "an invariant is about the state, which stays while this goes on".to_string(),
                "keep the time that counts in a table, and compare with that".to_string(),
            ),
            _ => (
                format!("a rule of `{name}` reads {word} and no event"),
                "over state alone the rule would hold anew in every tick".to_string(),
                "read an event in the body that says when: an input, a channel, a `periodic`, a \
                 `timer`"
                    .to_string(),
            ),
        }
    };
    let mut diagnostic = Diagnostic::error(codes::CLOCK_WITHOUT_EVENT, atom.span, title).at(at);
    if !rule.is_fact {
        diagnostic = diagnostic.label(rule.head_span, "no event sets this rule off");
    }
    diags.push(diagnostic.help(help));
    false
}

/// Periods that are known without running and are none.
pub(super) fn periods(program: &Program, diags: &mut Vec<Diagnostic>) {
    for rel in &program.rels {
        let Some(every) = &rel.every else { continue };
        let value = match &every.kind {
            ExprKind::Const(id) => program.consts.get(id.index()).map_or(every, |c| &c.value),
            _ => every,
        };
        if let ExprKind::Literal(Literal::Duration(..=0)) = value.kind {
            let title = format!("the periodic `{}` needs a time between its events", rel.name);
            diags.push(
                Diagnostic::error(codes::PERIOD, every.span, title)
                    .at("this is not above zero")
                    .help("write a duration such as `1s` or `100ms`"),
            );
        }
    }
}

fn is_table(program: &Program, rel: crate::ids::RelId) -> bool {
    program.rels.get(rel.index()).is_some_and(|rel| rel.kind.is_table())
}

/// A rule over state that makes events: only its head may have the clock.
fn fires(name: &str, word: &str) -> (String, String, String) {
    (
        format!("a rule of `{name}` over state alone reads {word} in its body"),
        "a rule over state fires when its body begins to hold, and this goes on all the time"
            .to_string(),
        format!(
            "{word} may stand in the head of this rule; to ask for it in the body, read a \
             `periodic`, a `timer` or another event there"
        ),
    )
}
