//! What outputs promise and what is accepted: `@eventually`, `@snapshot("why")`
//! and `@assume("why")` before an output, `@nondet("why")` before a rule, a role
//! or a module. A reason is a text that reports repeat. Whether there is anything
//! to accept is judged elsewhere.

use super::hir;
use super::hir::PromiseKind;
use super::hir::RelKind;
use super::resolve::Cx;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Literal;
use crate::syntax::ast::StrPart;

/// All attributes.
const WORDS: [&str; 7] =
    ["assume", "eventually", "incremental", "nondet", "plan", "recompute", "snapshot"];

/// The attribute that accepts what hangs on the order of messages.
const NONDET: &str = "nondet";

/// An item of a role or module, with what is accepted of the whole of it.
pub(super) fn inherited(mut item: ast::Item, attrs: &[ast::Attr]) -> ast::Item {
    if is_rule(&item) && !item.attrs.iter().any(|attr| attr.name.text == NONDET) {
        item.attrs.extend(attrs.iter().filter(|attr| attr.name.text == NONDET).cloned());
    }
    item
}

/// Only `@nondet` stands before what has rules inside.
pub(super) fn around(attrs: &[ast::Attr], what: &str, diags: &mut Vec<Diagnostic>) {
    for attr in attrs.iter().filter(|attr| attr.name.text != NONDET) {
        let title = format!("`@{}` does not stand before {what}", attr.name.text);
        diags.push(
            Diagnostic::error(codes::ATTRIBUTE, attr.span, title)
                .at("not here")
                .help("`@nondet(\"why\")` may stand here; all others belong to what is inside"),
        );
    }
}

fn is_rule(item: &ast::Item) -> bool {
    matches!(item.kind, ItemKind::Rule(_) | ItemKind::ViewRule { .. } | ItemKind::Invariant { .. })
}

fn promised(word: &str) -> Option<PromiseKind> {
    Some(match word {
        "eventually" => PromiseKind::Eventually,
        "snapshot" => PromiseKind::Snapshot,
        "assume" => PromiseKind::Assumed,
        _ => return None,
    })
}

impl Cx<'_> {
    /// Notes that a rule is accepted; says which attributes do not stand here.
    pub(super) fn acceptances(&mut self, item: &ast::Item) {
        for attr in &item.attrs {
            let word = attr.name.text.as_str();
            if !WORDS.contains(&word) {
                self.unknown_attribute(attr);
            } else if word == NONDET {
                match is_rule(item) {
                    true => {
                        let why = self.reason(attr).unwrap_or_default();
                        let (rule, span) = (item.span, attr.span);
                        self.program.accepted.push(hir::Accepted { rule, why, span });
                    }
                    false => {
                        let what = "`@nondet` stands before a rule, a role or a module";
                        self.wrong_attribute(attr, what, "nothing here hangs on an order");
                    }
                }
            } else if promised(word).is_some() && !is_output(item) {
                let what = format!("`@{word}` stands before an output");
                self.wrong_attribute(attr, &what, "what follows is not shown to anybody");
            }
        }
    }

    /// What an output promises.
    pub(super) fn promise(&mut self, kind: RelKind, item: &ast::Item) -> Option<hir::Promise> {
        if !matches!(kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView) {
            return None;
        }
        let mut found: Option<hir::Promise> = None;
        for attr in &item.attrs {
            let Some(kind) = promised(&attr.name.text) else { continue };
            let why = match kind {
                PromiseKind::Eventually => {
                    if attr.args.is_some() {
                        let what = "`@eventually` takes nothing in parentheses";
                        self.wrong_attribute(attr, what, "write `@eventually`");
                    }
                    None
                }
                PromiseKind::Snapshot | PromiseKind::Assumed => self.reason(attr),
            };
            match &found {
                None => found = Some(hir::Promise { kind, why, span: attr.span }),
                Some(first) => {
                    let first = first.span;
                    self.report(
                        Diagnostic::error(
                            codes::ATTRIBUTE,
                            attr.span,
                            "an output makes one promise",
                        )
                        .at("this is a second one")
                        .label(first, "the first one")
                        .help("keep the one that is meant"),
                    );
                }
            }
        }
        found
    }

    /// The text in the parentheses of an attribute.
    fn reason(&mut self, attr: &ast::Attr) -> Option<String> {
        if let Some([only]) = attr.args.as_deref()
            && let ExprKind::Literal(Literal::Str(parts)) = &only.kind
        {
            let text = |part: &StrPart| match part {
                StrPart::Text(text) => Some(text.clone()),
                _ => None,
            };
            let whole: Option<String> = parts.iter().map(text).collect();
            if whole.as_ref().is_some_and(|text| !text.trim().is_empty()) {
                return whole;
            }
        }
        let word = &attr.name.text;
        let title = format!("`@{word}` gives its reason as a text");
        self.report(
            Diagnostic::error(codes::ATTRIBUTE, attr.span, title)
                .at("no reason is given")
                .help(format!("write `@{word}(\"why\")`; every report repeats it")),
        );
        None
    }

    fn unknown_attribute(&mut self, attr: &ast::Attr) {
        let word = &attr.name.text;
        let title = format!("there is no attribute `@{word}`");
        let help = match suggest::closest(word, WORDS.iter().copied()) {
            Some(nearest) => format!("did you mean `@{nearest}`?"),
            None => {
                let known = WORDS.map(|word| format!("@{word}"));
                format!("attributes are {}", suggest::and_list(&known))
            }
        };
        self.report(Diagnostic::error(codes::ATTRIBUTE, attr.span, title).at("unknown").help(help));
    }

    fn wrong_attribute(&mut self, attr: &ast::Attr, title: &str, at: &str) {
        self.report(Diagnostic::error(codes::ATTRIBUTE, attr.span, title).at(at));
    }
}

fn is_output(item: &ast::Item) -> bool {
    use ast::CollectionKind as K;
    let of = |kind: ast::CollectionKind| matches!(kind, K::Output | K::OutputTable | K::OutputView);
    match &item.kind {
        ItemKind::Collection(c) => of(c.kind),
        ItemKind::Like { kind, .. } => of(*kind),
        _ => false,
    }
}
