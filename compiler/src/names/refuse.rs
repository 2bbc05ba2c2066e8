//! What the language has and this version does not run: one message each,
//! saying what it will be. What such a thing declares is known all the same,
//! so that nothing else is reported because of it. When a feature starts to
//! run, its line here goes, and nothing else in this folder must.

use super::attributes;
use super::resolve::Cx;
use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// "not supported yet: …", with a sentence on what it will be.
pub(super) fn not_yet(code: Code, span: Span, what: &str, will: &str) -> Diagnostic {
    Diagnostic::error(code, span, format!("not supported yet: {what}"))
        .at("this version does not run it")
        .note(will.to_string())
}

/// The refusal of an operator other than `<=`.
pub(super) fn operator(op: ast::Op, span: Span) -> Option<Diagnostic> {
    let (what, will) = match op {
        ast::Op::Now => return None,
        ast::Op::Next => ("rules with `<+`", "`<+` will put the row into the next tick."),
        ast::Op::Delete => ("rules with `<-`", "`<-` will take the row out from the next tick on."),
        ast::Op::Replace => {
            ("rules with `<+-`", "`<+-` will replace the row of the same key in the next tick.")
        }
        ast::Op::Send => ("rules with `<~`", "`<~` will send the row to another node."),
    };
    Some(not_yet(codes::LATER_OPERATORS, span, what, will).help("today every rule is written `<=`"))
}

/// The refusal of a value that needs more than one tick or node.
pub(super) fn value(word: &str, span: Span) -> Option<Diagnostic> {
    let (what, will) = match word {
        "me" => ("`me`", "`me` will be the node that runs the rule."),
        "now" => ("`now`", "`now` will be the instant of the tick."),
        "fresh" => ("`fresh()`", "`fresh()` will be a new uuid for every row."),
        "random" => ("`random`", "`random(e)` will be a reproducible random number below `e`."),
        _ => return None,
    };
    Some(not_yet(codes::LATER_VALUES, span, what, will))
}

/// The refusal of a collection that every program has.
pub(super) fn given_collection(name: &str, span: Span) -> Diagnostic {
    let will = match name {
        "startup" => "`startup(boot)` will hold in the first tick after each start.",
        "stdin" => "`stdin(line, n)` will be the lines of the standard input.",
        "stdout" => "`stdout(line)` will write lines to the standard output.",
        "stderr" => "`stderr(line)` will write lines to the standard error.",
        "halt" => "`halt(code)` will end the program with an exit code.",
        _ => "`members(n, role)` will be the nodes that take part.",
    };
    not_yet(codes::LATER_COLLECTIONS, span, &format!("the collection `{name}`"), will)
        .help("today rows come from `table` and `input`, and go to `output`")
}

impl<'a> Cx<'a> {
    /// Refuses the item if this version does not run it. True: leave it out.
    pub(super) fn refuse_item(&mut self, item: &ast::Item) -> bool {
        self.attributes_in_place(item);
        for attr in item.attrs.iter().filter(|attr| !attributes::is_known(attr)) {
            let what = format!("the attribute `@{}`", attr.name.text);
            self.report(not_yet(
                codes::LATER_ATTRIBUTES,
                attr.span,
                &what,
                "Attributes will say how outputs are shown, what is assumed and what is accepted.",
            ));
        }
        if let ItemKind::Import(_) = item.kind {
            // What was found of it stands in the program; this was not.
            self.scope.open();
            return true;
        }
        match refusal(item) {
            Some(diagnostic) => {
                self.report(diagnostic);
                self.poison_item(item);
                true
            }
            None => false,
        }
    }

    /// Everything the item names is known, though it means nothing.
    fn poison_item(&mut self, item: &ast::Item) {
        match &item.kind {
            ItemKind::Collection(c) => self.scope.poison(&c.name.text),
            ItemKind::Like { name, .. }
            | ItemKind::ViewRule { name, .. }
            | ItemKind::Periodic { name, .. }
            | ItemKind::Fn { name, .. }
            | ItemKind::Const { name, .. }
            | ItemKind::TypeAlias { name, .. }
            | ItemKind::Record { name, .. }
            | ItemKind::Lattice { name, .. }
            | ItemKind::Invariant { name, .. } => self.scope.poison(&name.text),
            ItemKind::Enum { name, variants, .. } => {
                self.scope.poison(&name.text);
                variants.iter().for_each(|v| self.scope.poison(&v.name.text));
            }
            ItemKind::Role(role) => {
                self.scope.poison(&role.name.text);
                role.params.iter().for_each(|p| self.scope.poison(&p.name.text));
                if let Some((key, _)) = &role.partitioned {
                    self.scope.poison(&key.text);
                }
                self.poison_module(&role.body);
            }
            ItemKind::Module(module) => {
                self.scope.poison(&module.name.text);
                self.poison_module(&module.body);
            }
            ItemKind::Protocol { name, body, .. } => {
                self.scope.poison(&name.text);
                self.poison_module(body);
            }
            ItemKind::Import(_) => self.scope.open(),
            ItemKind::Use { alias, .. } => self.scope.poison(&alias.text),
            ItemKind::Broken { words } => words.iter().for_each(|w| self.scope.poison(w)),
            ItemKind::Test { .. } | ItemKind::Rule(_) => {}
        }
    }

    fn poison_module(&mut self, module: &ast::Module) {
        module.items.iter().for_each(|item| self.poison_item(item));
    }

    /// Poisons the words of a statement that did not parse.
    pub(super) fn poison_broken(&mut self, words: &[String]) {
        words.iter().for_each(|w| self.scope.poison(w));
    }
}

fn refusal(item: &ast::Item) -> Option<Diagnostic> {
    Some(match &item.kind {
        ItemKind::Collection(c) => return collection(c),
        ItemKind::Like { kind, name, .. } => return travelling(*kind, name),
        ItemKind::Periodic { name, .. } => not_yet(
            codes::LATER_CHANNELS,
            name.span,
            "`periodic`",
            "A periodic will give an event at even intervals.",
        ),
        ItemKind::Role(role) => not_yet(
            codes::LATER_ROLES,
            role.name.span,
            "roles",
            "A role will hold the declarations and rules of one kind of node.",
        )
        .help("today a program runs on one node: write its rules outside of roles"),
        ItemKind::Invariant { name, .. } => not_yet(
            codes::LATER_INVARIANTS,
            name.span,
            "invariants",
            "An invariant will have to hold in every tick, or the tick fails.",
        ),
        ItemKind::Test { title_span, .. } => not_yet(
            codes::LATER_TESTS,
            *title_span,
            "tests in the language",
            "A test will run ticks and compare what they derive.",
        ),
        ItemKind::ViewRule { .. }
        | ItemKind::Fn { .. }
        | ItemKind::Const { .. }
        | ItemKind::TypeAlias { .. }
        | ItemKind::Lattice { .. }
        | ItemKind::Record { .. }
        | ItemKind::Enum { .. }
        | ItemKind::Rule(_)
        | ItemKind::Module(_)
        | ItemKind::Protocol { .. }
        | ItemKind::Import(_)
        | ItemKind::Use { .. }
        | ItemKind::Broken { .. } => return None,
    })
}

fn travelling(kind: ast::CollectionKind, name: &ast::Name) -> Option<Diagnostic> {
    let (what, will) = match kind {
        ast::CollectionKind::Channel => {
            ("channels", "A channel will carry messages from node to node.")
        }
        ast::CollectionKind::Timer => ("timers", "A timer will bring a fact back at a later time."),
        ast::CollectionKind::Table
        | ast::CollectionKind::StaticTable
        | ast::CollectionKind::View
        | ast::CollectionKind::Scratch
        | ast::CollectionKind::Input
        | ast::CollectionKind::InputTable
        | ast::CollectionKind::InputView
        | ast::CollectionKind::Output
        | ast::CollectionKind::OutputTable
        | ast::CollectionKind::OutputView => return None,
    };
    Some(not_yet(codes::LATER_CHANNELS, name.span, what, will))
}

fn collection(c: &ast::Collection) -> Option<Diagnostic> {
    if let Some(diagnostic) = travelling(c.kind, &c.name) {
        return Some(diagnostic);
    }
    let (what, will) = match (&c.closing, &c.serial) {
        (Some(ast::Closing::Sealed(_)), _) => (
            "`sealed`",
            "`sealed by k` will declare that a stream is closed partition by partition.",
        ),
        (Some(ast::Closing::Endless(_)), _) => {
            ("`endless`", "`endless` will declare that a stream never closes.")
        }
        (None, Some(_)) => ("`serial`", "A `serial` event will be alone in its tick."),
        (None, None) => return None,
    };
    Some(not_yet(codes::LATER_SEALS, c.name.span, what, will))
}
