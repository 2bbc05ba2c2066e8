//! What a collection of each kind may hold: a table keeps what it was told, a
//! view follows the state, a scratch is gone at the end of the tick. A rule that
//! would break the promise of its head is refused here. Strata are not known.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::Given;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Atom;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

use super::clocks;
use super::updates;
use super::walk;
use super::walk::Sign;

/// Which heads may be written at all.
pub(super) fn heads(program: &Program, hir: &hir::Program, diags: &mut Vec<Diagnostic>) {
    for rule in &hir.rules {
        let Some(rel) = program.rels.get(rule.head.index()) else { continue };
        let name = &rel.name;
        match rel.kind {
            RelKind::Input | RelKind::InputTable | RelKind::InputView => diags.push(
                Diagnostic::error(
                    codes::READ_ONLY,
                    rule.head_span,
                    format!("`{name}` is an input and cannot be written by a rule"),
                )
                .at("rows come from outside only")
                .label(rel.name_span, format!("`{name}` is declared as an input here"))
                .help(format!(
                    "collect the rows of `{name}` and your own in a collection of its own, and \
                     read that"
                )),
            ),
            RelKind::StaticTable if !rule.is_fact => diags.push(
                Diagnostic::error(
                    codes::READ_ONLY,
                    rule.head_span,
                    format!("`{name}` is static and cannot be written by a rule"),
                )
                .at("it is loaded before the first tick and never changes")
                .label(rel.name_span, format!("`{name}` is declared `static` here"))
                .help("derive the rows in a view, which may read the static table"),
            ),
            RelKind::Scratch if rule.is_fact && rel.reach == Reach::Input => diags.push(
                Diagnostic::error(
                    codes::SCRATCH_FACT,
                    rule.head_span,
                    format!("`{name}` takes in events, and a fact is none"),
                )
                .at("it would happen in every tick")
                .label(rel.name_span, "declared as an input here")
                .help("give it rows in a rule with an event, or declare it as an `input view`"),
            ),
            RelKind::Scratch if rule.is_fact => diags.push(
                Diagnostic::error(
                    codes::SCRATCH_FACT,
                    rule.head_span,
                    format!("`{name}` is a scratch and cannot hold facts"),
                )
                .at("a scratch holds what is derived from the events of a tick")
                .label(rel.name_span, format!("`{name}` is declared here"))
                .help(format!("declare `{name}` as a `view` or a `static table`")),
            ),
            _ => {}
        }
    }
}

/// What the rules of each head may read.
pub(super) fn bodies(program: &mut Program, hir: &hir::Program, diags: &mut Vec<Diagnostic>) {
    let kinds = Kinds::of(program, hir);
    program.rels.iter_mut().zip(&kinds.event).for_each(|(rel, event)| rel.event = *event);
    let program = &*program;
    let mut told = vec![false; program.rels.len()];
    for rule in &program.rules {
        let Some(rel) = program.rels.get(rule.head.index()) else { continue };
        let on_event = fires(program, &kinds.event, &rule.body.lits);
        if !on_event && !clocks::rule(program, rule, diags) || rule.is_fact {
            continue;
        }
        match rel.kind {
            RelKind::View | RelKind::OutputView | RelKind::Violation => {
                view(program, &kinds, rule, diags)
            }
            RelKind::Scratch if !on_event => scratch(program, &kinds, rule, diags),
            RelKind::Table | RelKind::OutputTable if !on_event => {
                match updates::taken_out(hir, rule.head) {
                    Some(out) => updates::restores(program, rule, out, diags),
                    None => table(program, &kinds, rule, diags),
                }
            }
            RelKind::Stage(Stage::Replace, target) => {
                updates::lost(program, &kinds.event, rule, target, diags);
            }
            RelKind::Stage(Stage::Next | Stage::Send, target)
                if !on_event && !program.rels[target.index()].kind.is_table() =>
            {
                sent(program, &kinds, rule, diags);
            }
            RelKind::Output => {
                if !std::mem::replace(&mut told[rule.head.index()], true) {
                    output(program, &kinds, rule.head, diags);
                }
            }
            RelKind::Scratch
            | RelKind::Table
            | RelKind::OutputTable
            | RelKind::Stage(..)
            | RelKind::StaticTable
            | RelKind::Input
            | RelKind::InputTable
            | RelKind::InputView
            | RelKind::Channel
            | RelKind::Timer
            | RelKind::Periodic
            | RelKind::Firing
            | RelKind::Expected => {}
        }
    }
}

/// What follows from declarations and rules together.
struct Kinds {
    /// Rows are events of a tick.
    event: Vec<bool>,
    /// Nothing can change after the load.
    closed: Vec<bool>,
}

impl Kinds {
    fn of(program: &Program, hir: &hir::Program) -> Kinds {
        let mut event: Vec<bool> = program
            .rels
            .iter()
            .map(|rel| rel.kind.is_incoming() || rel.kind == RelKind::Scratch)
            .collect();
        until_still(program, |rule| {
            let head = rule.head.index();
            let is_output = program.rels.get(head).is_some_and(|r| r.kind == RelKind::Output);
            let needs = fires(program, &event, &rule.body.lits);
            let news = is_output && !event[head] && needs;
            event[head] |= news;
            news
        });
        let mut closed: Vec<bool> = program
            .rels
            .iter()
            .zip(&event)
            .map(|(rel, event)| {
                let outside = matches!(rel.kind, RelKind::InputTable | RelKind::InputView)
                    && rel.given != Some(Given::Me);
                !outside && !event
            })
            .collect();
        let mut written = vec![false; program.rels.len()];
        // A table that is changed otherwise is not closed.
        for rule in hir.rules.iter().filter(|rule| !rule.is_fact) {
            written[rule.head.index()] = true;
            if let RelKind::Stage(_, target) = hir.rels[rule.head.index()].kind {
                written[target.index()] = true;
                closed[target.index()] = false;
            }
        }
        until_still(program, |rule| {
            let head = rule.head.index();
            let mut open = false;
            walk::atoms(&rule.body.lits, &mut |atom, _| open |= !closed[atom.rel.index()]);
            let news = closed[head] && written[head] && open;
            closed[head] &= !news;
            news
        });
        Kinds { event, closed }
    }

    fn is_event(&self, rel: RelId) -> bool {
        self.event.get(rel.index()).copied().unwrap_or(false)
    }

    fn is_closed(&self, rel: RelId) -> bool {
        self.closed.get(rel.index()).copied().unwrap_or(false)
    }
}

/// Goes through all rules again and again until no rule has news.
fn until_still(program: &Program, mut news: impl FnMut(&Rule) -> bool) {
    loop {
        let mut any = false;
        for rule in &program.rules {
            any |= news(rule);
        }
        if !any {
            return;
        }
    }
}

/// Whether every match of the conjunction has an event in it. That a tick has
/// an instant is none.
fn fires(program: &Program, event: &[bool], lits: &[Lit]) -> bool {
    lits.iter().any(|lit| match &lit.kind {
        LitKind::Atom(atom) => {
            event.get(atom.rel.index()).copied().unwrap_or(false) && !is_clock(program, atom)
        }
        LitKind::Or(branches) => branches.iter().all(|branch| fires(program, event, branch)),
        _ => false,
    })
}

/// Whether an atom reads what every tick has.
fn is_clock(program: &Program, atom: &Atom) -> bool {
    let given = program.rels.get(atom.rel.index()).and_then(|rel| rel.given);
    matches!(given, Some(Given::Now | Given::Seed))
}

/// The first atom that stands in a certain way.
fn find(rule: &Rule, wanted: impl Fn(&Atom, Sign) -> bool) -> Option<&Atom> {
    let mut found = None;
    walk::atoms(&rule.body.lits, &mut |atom, sign| {
        if found.is_none() && wanted(atom, sign) {
            found = Some(atom);
        }
    });
    found
}

fn name(program: &Program, rel: RelId) -> &str {
    program.rels.get(rel.index()).map_or("_", |rel| rel.name.as_str())
}

fn view(program: &Program, kinds: &Kinds, rule: &Rule, diags: &mut Vec<Diagnostic>) {
    let event = |atom: &Atom| kinds.is_event(atom.rel) && !is_clock(program, atom);
    let Some(atom) = find(rule, |atom, _| event(atom)) else { return };
    let (head, event) = (name(program, rule.head), name(program, atom.rel));
    if program.rels[rule.head.index()].kind == RelKind::Violation {
        diags.push(
            Diagnostic::error(
                codes::VIEW_READS_EVENT,
                atom.span,
                format!("the invariant `{head}` reads the event `{event}`"),
            )
            .at(format!("rows of `{event}` are gone at the end of the tick"))
            .label(program.rels[atom.rel.index()].name_span, format!("`{event}` holds events"))
            .note("An invariant is about the state, in this tick and in the next one.")
            .help(format!("keep what counts of `{event}` in a table, and read the table")),
        );
        return;
    }
    diags.push(
        Diagnostic::error(
            codes::VIEW_READS_EVENT,
            atom.span,
            format!("the view `{head}` reads the event `{event}`"),
        )
        .at(format!("rows of `{event}` are gone at the end of the tick"))
        .label(program.rels[rule.head.index()].name_span, format!("`{head}` is a view"))
        .label(program.rels[atom.rel.index()].name_span, format!("`{event}` holds events"))
        .note("A view shows what is true of the state at any time, so it reads no events.")
        .help(format!(
            "declare `{head}` as a `scratch` if it is about this tick, or keep `{event}` in a \
             table and read the table"
        )),
    );
}

fn scratch(program: &Program, kinds: &Kinds, rule: &Rule, diags: &mut Vec<Diagnostic>) {
    let head = name(program, rule.head);
    let rel = &program.rels[rule.head.index()];
    let (kind, other) = match rel.reach {
        Reach::Input => ("input", "an `input view`"),
        _ => ("scratch", "a `view`"),
    };
    let mut diagnostic = Diagnostic::error(
        codes::SCRATCH_WITHOUT_EVENT,
        rule.head_span,
        format!("a rule of the {kind} `{head}` has no event in its body"),
    )
    .label(rel.name_span, format!("`{head}` is a {kind}: events of one tick"));
    diagnostic = match find(rule, |atom, _| kinds.is_event(atom.rel)) {
        Some(atom) => diagnostic.at("no match of this rule needs an event").label(
            atom.span,
            format!("`{}` is an event, but its rows are not needed here", name(program, atom.rel)),
        ),
        None => diagnostic.at("it would hold in every tick"),
    };
    diags.push(diagnostic.help(format!(
        "declare `{head}` as {other}, or add an input or a scratch to the body that says when"
    )));
}

/// A rule that makes events and asks for one without needing it; without any it
/// would fire for what is new of the state.
fn sent(program: &Program, kinds: &Kinds, rule: &Rule, diags: &mut Vec<Diagnostic>) {
    if let Some(atom) = find(rule, |atom, _| kinds.is_event(atom.rel) && !is_clock(program, atom)) {
        diags.push(needless(program, rule, atom));
    }
}

/// A rule asks for an event, and holds without one.
fn needless(program: &Program, rule: &Rule, atom: &Atom) -> Diagnostic {
    let (head, read) = (name(program, rule.head), name(program, atom.rel));
    Diagnostic::error(
        codes::SCRATCH_WITHOUT_EVENT,
        rule.head_span,
        format!("a rule of `{head}` asks for an event without needing one"),
    )
    .at("no match of this rule needs an event")
    .label(atom.span, format!("`{read}` is an event, but need not happen here"))
    .help("add an event to the body that says when")
}

fn table(program: &Program, kinds: &Kinds, rule: &Rule, diags: &mut Vec<Diagnostic>) {
    let aggregates = !rule.aggs.is_empty();
    let cause = find(rule, |atom, sign| {
        let changes = aggregates || sign != Sign::Positive || atom.reveals;
        changes && !kinds.is_closed(atom.rel)
    });
    let Some(atom) = cause else { return };
    let (head, read) = (name(program, rule.head), name(program, atom.rel));
    let mut sign = Sign::Positive;
    walk::atoms(&rule.body.lits, &mut |other, s| {
        if other.span == atom.span {
            sign = s;
        }
    });
    let how = match sign {
        Sign::Negated => format!("a row of `{read}` that comes later makes this false"),
        Sign::All | Sign::Else => format!("rows of `{read}` that come later change this"),
        Sign::Positive if aggregates => format!("rows of `{read}` that come later change it"),
        Sign::Positive => format!("`{read}` still grows, and its value now is used"),
    };
    diags.push(
        Diagnostic::error(
            codes::TABLE_STORES_CHANGE,
            rule.head_span,
            format!("the table `{head}` would keep what may become false"),
        )
        .at("rows of a table stay until they are deleted")
        .label(atom.span, how)
        .label(program.rels[rule.head.index()].name_span, format!("`{head}` is a table"))
        .note(
            "A table remembers; the rows of today's answer would stay beside those of tomorrow's. \
             A view is always up to date.",
        )
        .help(format!(
            "declare `{head}` as a `view`, or declare `{read}` as a `static table` if it never \
             changes"
        )),
    );
}

fn output(program: &Program, kinds: &Kinds, rel: RelId, diags: &mut Vec<Diagnostic>) {
    let head = name(program, rel);
    let mut event: Option<&Rule> = None;
    let mut state: Option<&Rule> = None;
    for rule in program.rules.iter().filter(|rule| rule.head == rel) {
        if fires(program, &kinds.event, &rule.body.lits) {
            event = event.or(Some(rule));
            continue;
        }
        match find(rule, |atom, _| kinds.is_event(atom.rel) && atom.rel != rel) {
            None => state = state.or(Some(rule)),
            Some(atom) => diags.push(needless(program, rule, atom)),
        }
    }
    let (Some(event), Some(state)) = (event, state) else { return };
    let said = |rule: &Rule| if rule.is_fact { "a fact" } else { "this rule" };
    let rule_help = "use two outputs, or make both rules about events or both about state";
    let help = match state.is_fact {
        true => "write `<= startup(_)` behind the fact: it is shown once, when the node starts",
        false => rule_help,
    };
    diags.push(
        Diagnostic::error(
            codes::OUTPUT_KINDS,
            state.head_span,
            format!("the rules of the output `{head}` disagree: event or view?"),
        )
        .at(format!("{} is about state, so it shows a view", said(state)))
        .label(event.head_span, "this rule needs an event, so it shows events")
        .label(program.rels[rel.index()].name_span, format!("`{head}` is declared here"))
        .help(help),
    );
}
