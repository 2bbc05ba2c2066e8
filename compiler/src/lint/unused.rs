//! What a program declares and nothing needs: functions, constants and types
//! that are not used, collections that nobody reads, and those that no rule
//! fills. A name that starts with `_` says that this is meant.

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::Expectation;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::names::hir::TestStepKind;
use crate::source::SourceMap;
use crate::source::Span;
use crate::types::judge::atoms;
use crate::types::ty::Ty;
use crate::types::typed::ExprKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;

use super::walk;
use super::walk::Found;

/// Reports what is not needed.
pub(super) fn lint(
    program: &Program,
    hir: &hir::Program,
    elsewhere: &Elsewhere,
    sources: &SourceMap,
    diags: &mut Vec<Diagnostic>,
) {
    let used = Used::of(program, hir);
    for (f, _) in hir.fns.iter().zip(&used.fns).filter(|(_, used)| !**used) {
        report("the function", &f.name, f.name_span, diags);
    }
    for (c, _) in hir.consts.iter().zip(&used.consts).filter(|(_, used)| !**used) {
        report("the constant", &c.name, c.name_span, diags);
    }
    for (e, _) in hir.enums.iter().zip(&used.enums).filter(|(_, used)| !**used) {
        report("the enum", &e.name, e.span, diags);
    }
    for (r, _) in hir.records.iter().zip(&used.records).filter(|(_, used)| !**used) {
        report("the record", &r.name, r.span, diags);
    }
    collections(program, hir, elsewhere, sources, diags);
}

fn report(what: &str, name: &str, span: Span, diags: &mut Vec<Diagnostic>) {
    if name.starts_with('_') {
        return;
    }
    let title = format!("{what} `{name}` is never used");
    let diagnostic = Diagnostic::warning(codes::UNUSED, span, title);
    diags.push(match name.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => diagnostic.help(format!("take it out, or call it `_{name}` if it is to stay")),
        false => diagnostic.help("take it out"),
    });
}

#[derive(Default)]
struct Used {
    fns: Vec<bool>,
    consts: Vec<bool>,
    enums: Vec<bool>,
    records: Vec<bool>,
}

impl Used {
    fn of(program: &Program, hir: &hir::Program) -> Used {
        let mut used = Used {
            fns: vec![false; hir.fns.len()],
            consts: vec![false; hir.consts.len()],
            enums: vec![false; hir.enums.len()],
            records: vec![false; hir.records.len()],
        };
        walk::program(program, &mut |found| match found {
            Found::Expr(e) => {
                match &e.kind {
                    ExprKind::Call(id, _) => used.fns[id.index()] = true,
                    ExprKind::Const(id) => used.consts[id.index()] = true,
                    ExprKind::Construct(id, ..) => used.enums[id.index()] = true,
                    ExprKind::Record(id, _) => used.records[id.index()] = true,
                    _ => {}
                }
                used.ty(&e.ty);
            }
            Found::Pat(p) => {
                if let PatKind::Construct(id, ..) = &p.kind {
                    used.enums[id.index()] = true;
                }
                used.ty(&p.ty);
            }
        });
        program.rels.iter().flat_map(|r| &r.cols).for_each(|c| used.ty(&c.ty));
        for ty in hir.fns.iter().flat_map(|f| f.params.iter().map(|p| &p.1).chain([&f.ret])) {
            used.written(ty);
        }
        for (i, e) in program.enums.iter().enumerate() {
            let own = used.enums[i];
            e.variants.iter().flat_map(|v| &v.1).for_each(|t| used.ty(t));
            // What it says of itself does not count.
            used.enums[i] = own;
        }
        for (_, ty) in program.records.iter().flat_map(|r| &r.fields) {
            used.ty(ty);
        }
        used
    }

    fn ty(&mut self, ty: &Ty) {
        match ty {
            Ty::Enum(id, args) => {
                self.enums[id.index()] = true;
                args.iter().for_each(|t| self.ty(t));
            }
            Ty::Record(id) => self.records[id.index()] = true,
            Ty::Tuple(ts) => ts.iter().for_each(|t| self.ty(t)),
            Ty::List(t) | Ty::Option(t) | Ty::Set(t) => self.ty(t),
            Ty::Map(k, v) => {
                self.ty(k);
                self.ty(v);
            }
            _ => {}
        }
    }

    fn written(&mut self, ty: &hir::Type) {
        match &ty.kind {
            hir::TypeKind::Enum(id, args) => {
                self.enums[id.index()] = true;
                args.iter().for_each(|t| self.written(t));
            }
            hir::TypeKind::Record(id) => self.records[id.index()] = true,
            hir::TypeKind::Tuple(ts) => ts.iter().for_each(|t| self.written(t)),
            hir::TypeKind::List(t)
            | hir::TypeKind::Option(t)
            | hir::TypeKind::Set(t)
            | hir::TypeKind::Max(t)
            | hir::TypeKind::Min(t) => self.written(t),
            hir::TypeKind::Map(a, b) | hir::TypeKind::Pair(a, b) => {
                self.written(a);
                self.written(b);
            }
            _ => {}
        }
    }
}

/// What the programs of other roles do with the collections of all, each by
/// the place of its name.
#[derive(Default)]
pub struct Elsewhere {
    reads: BTreeSet<Span>,
    writes: BTreeSet<Span>,
    /// Whether one of them shows anything.
    shows: bool,
}

impl Elsewhere {
    /// Adds what one program does.
    pub fn add(&mut self, program: &Program, hir: &hir::Program, sources: &SourceMap) {
        let (written, read) = touched(program, hir);
        for (i, rel) in program.rels.iter().enumerate() {
            let place = sources.written(rel.name_span);
            if rel.given.is_some() {
                continue;
            }
            if read[i] {
                self.reads.insert(place);
            }
            if written[i] {
                self.writes.insert(place);
            }
        }
        self.shows |= program.rels.iter().any(|rel| rel.is_shown());
    }

    /// A test of many nodes reads this.
    pub fn read(&mut self, place: Span) {
        self.reads.insert(place);
    }
}

/// Which collections the rules of a program write, and which they read.
fn touched(program: &Program, hir: &hir::Program) -> (Vec<bool>, Vec<bool>) {
    let mut written = vec![false; hir.rels.len().max(program.rels.len())];
    for rule in &hir.rules {
        written[rule.head.index()] = true;
        if let RelKind::Stage(_, target) = hir.rels[rule.head.index()].kind {
            written[target.index()] = true;
        }
    }
    let mut read = vec![false; program.rels.len()];
    for rule in &program.rules {
        let head = match program.rels[rule.head.index()].kind {
            RelKind::Stage(_, target) => target,
            _ => rule.head,
        };
        atoms(&rule.body.lits, &mut |atom, _| {
            // A recursion alone shows nothing to anybody, nor does a change.
            read[atom.rel.index()] |= atom.rel != head;
        });
    }
    tests(program, &mut read);
    (written, read)
}

/// Collections that stay empty, and those that nobody reads.
fn collections(
    program: &Program,
    hir: &hir::Program,
    elsewhere: &Elsewhere,
    sources: &SourceMap,
    diags: &mut Vec<Diagnostic>,
) {
    let (mut written, mut read) = touched(program, hir);
    for (i, rel) in program.rels.iter().enumerate() {
        let place = sources.written(rel.name_span);
        written[i] |= elsewhere.writes.contains(&place);
        read[i] |= elsewhere.reads.contains(&place);
    }
    let shows = elsewhere.shows || program.rels.iter().any(|rel| rel.is_shown());
    for (i, rel) in program.rels.iter().enumerate() {
        let name = &rel.name;
        if name.starts_with('_') || rel.given.is_some() || rel.kind.is_hidden() {
            continue;
        }
        let kind = match rel.reach {
            Reach::Input => "input",
            _ => kind(rel.kind),
        };
        // A user of a module need not give it everything it takes in.
        if rel.reach == Reach::Input && !written[i] && read[i] {
            continue;
        }
        if !written[i] && only_by_rules(rel.kind) {
            let (title, help) = match rel.kind {
                RelKind::Channel => (
                    format!("no rule sends to the channel `{name}`, so nothing ever comes"),
                    "write a rule with `<~`, or declare an `input` for events from outside",
                ),
                RelKind::Timer => (
                    format!("no rule sets the timer `{name}`, so it never rings"),
                    "write a rule with `<~`, or declare a `periodic` for events at even intervals",
                ),
                _ => (
                    format!("no rule writes the {kind} `{name}`, so it is always empty"),
                    "write a rule for it, or declare a `table` if its rows come from a file",
                ),
            };
            let diagnostic = Diagnostic::warning(codes::NEVER_WRITTEN, rel.name_span, title);
            diags.push(diagnostic.help(help));
        } else if !read[i] && shows && !is_output(rel.kind) {
            let title = format!("nothing reads the {kind} `{name}`");
            let output = match rel.kind.is_incoming() {
                true => "",
                false => " declare it as an output,",
            };
            let help = format!("read it in a rule,{output} or call it `_{name}` if it is to stay");
            let diagnostic = Diagnostic::warning(codes::NEVER_READ, rel.name_span, title);
            diags.push(diagnostic.help(help));
        }
    }
}

/// A test is a reader.
fn tests(program: &Program, read: &mut [bool]) {
    let mut reads = |rel: RelId| {
        if let Some(read) = read.get_mut(rel.index()) {
            *read = true;
        }
        let all = program.rels.iter().chain(&program.tests.rels);
        if let Some(RelKind::Stage(_, of)) = all.map(|rel| rel.kind).nth(rel.index()) {
            read[of.index()] = true;
        }
    };
    for rule in &program.tests.rules {
        atoms(&rule.body.lits, &mut |atom, _| reads(atom.rel));
    }
    for step in program.tests.list.iter().flat_map(|test| &test.steps) {
        if let TestStepKind::Expect(Expectation::Rows { rel, .. }) = &step.kind {
            reads(*rel);
        }
    }
}

fn is_output(kind: RelKind) -> bool {
    matches!(kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView)
}

/// Whether rows come from rules alone.
fn only_by_rules(kind: RelKind) -> bool {
    matches!(kind, RelKind::View | RelKind::Scratch | RelKind::Output | RelKind::OutputView)
        || matches!(kind, RelKind::Channel | RelKind::Timer)
}

fn kind(kind: RelKind) -> &'static str {
    match kind {
        RelKind::Table | RelKind::StaticTable => "table",
        RelKind::Input | RelKind::InputTable | RelKind::InputView => "input",
        RelKind::Output | RelKind::OutputTable | RelKind::OutputView => "output",
        other => other.words(),
    }
}
