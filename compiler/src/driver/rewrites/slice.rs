//! The part of a program that a change can touch: all statements that hang
//! together with the changed ones by the collections they name. What the others
//! say stays as it is, so they need not be compiled again, which is what makes
//! large programs bearable. What is changed is not known here.

use std::collections::BTreeSet;

use crate::source::FileId;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;
use crate::syntax::lexer;
use crate::syntax::parse;

/// A statement with the collections that it names.
struct Statement {
    lo: usize,
    hi: usize,
    is_rule: bool,
    names: BTreeSet<String>,
}

/// A part of a program, before and after a change.
pub(super) struct Slice {
    /// The text before, what does not belong to it left blank.
    pub(super) before: String,
    /// The same after.
    pub(super) after: String,
    /// Rules that are left after.
    pub(super) rules: u64,
    /// The collections that belong to it.
    pub(super) names: BTreeSet<String>,
}

impl Slice {
    /// The part that a change of the text touches; none where modules or other
    /// files take part, since what they say stands elsewhere.
    pub(super) fn of(before: &str, after: &str) -> Option<Slice> {
        let (old, new) = (statements(before)?, statements(after)?);
        let texts: BTreeSet<&str> = old.iter().map(|one| &before[one.lo..one.hi]).collect();
        let changed: BTreeSet<&str> = new.iter().map(|one| &after[one.lo..one.hi]).collect();
        let mut names = BTreeSet::new();
        let gone = old.iter().filter(|one| !changed.contains(&before[one.lo..one.hi]));
        let come = new.iter().filter(|one| !texts.contains(&after[one.lo..one.hi]));
        gone.chain(come).for_each(|one| names.extend(one.names.iter().cloned()));
        loop {
            let known = names.len();
            for one in old.iter().chain(&new) {
                if !one.names.is_disjoint(&names) {
                    names.extend(one.names.iter().cloned());
                }
            }
            if names.len() == known {
                break;
            }
        }
        let is_part = |one: &&Statement| one.names.is_empty() || !one.names.is_disjoint(&names);
        let rules = new.iter().filter(is_part).filter(|one| one.is_rule).count() as u64;
        let blank = |text: &str, all: &[Statement]| {
            let mut out = text.to_string();
            for one in all.iter().filter(|one| !is_part(one)).rev() {
                let blank = text[one.lo..one.hi].chars().map(|c| if c == '\n' { c } else { ' ' });
                out.replace_range(one.lo..one.hi, &blank.collect::<String>());
            }
            out
        };
        let (before, after) = (blank(before, &old), blank(after, &new));
        Some(Slice { before, after, rules, names })
    }
}

/// The statements of a text that can be left out; none where it has parts that
/// stand elsewhere.
fn statements(text: &str) -> Option<Vec<Statement>> {
    let module = parse::parse(FileId(0), text).module;
    let mut items = Vec::new();
    flat(&module, &mut items).then_some(())?;
    let declared: BTreeSet<&str> = items.iter().filter_map(|item| declares(item)).collect();
    let statement = |item: &&Item| {
        let (lo, hi) = (item.span.lo as usize, item.span.hi as usize);
        let tokens = lexer::lex_range(FileId(0), text, lo, hi).tokens;
        // Most words of the language may be names as well.
        let words = tokens.iter().filter_map(|token| text.get(token.lo..token.hi));
        let names = words.filter(|word| declared.contains(word)).map(str::to_string).collect();
        Statement {
            lo,
            hi,
            is_rule: matches!(item.kind, ItemKind::Rule(_) | ItemKind::ViewRule { .. }),
            names,
        }
    };
    Some(items.iter().map(statement).collect())
}

/// All statements, those of roles too; `false` where there are modules or imports.
fn flat<'a>(module: &'a Module, out: &mut Vec<&'a Item>) -> bool {
    module.items.iter().all(|item| match &item.kind {
        ItemKind::Role(role) => flat(&role.body, out),
        ItemKind::Module(_)
        | ItemKind::Protocol { .. }
        | ItemKind::Import(_)
        | ItemKind::Use { .. }
        | ItemKind::Broken { .. } => false,
        _ => {
            out.push(item);
            true
        }
    })
}

fn declares(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Collection(found) => Some(&found.name.text),
        ItemKind::Like { name, .. }
        | ItemKind::ViewRule { name, .. }
        | ItemKind::Periodic { name, .. } => Some(&name.text),
        _ => None,
    }
}
