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
#[derive(Clone)]
struct Statement {
    lo: usize,
    hi: usize,
    is_rule: bool,
    names: BTreeSet<String>,
}

/// A text taken apart.
pub(super) struct Apart {
    text: String,
    statements: Vec<Statement>,
    declared: BTreeSet<String>,
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

impl Apart {
    /// Takes a text apart; none where modules or other files take part, since what
    /// they say stands elsewhere.
    pub(super) fn of(text: &str) -> Option<Apart> {
        let (statements, declared) = statements(text, 0, &BTreeSet::new())?;
        Some(Apart { text: text.to_string(), statements, declared })
    }

    /// The statements of a text that differs from this one in one place: only what
    /// stands there is read.
    fn changed(&self, after: &str) -> Option<Vec<Statement>> {
        let before = &self.text;
        let (old, new) = (before.as_bytes(), after.as_bytes());
        let same =
            |all: &mut dyn Iterator<Item = (&u8, &u8)>| all.take_while(|(a, b)| a == b).count();
        let front = same(&mut old.iter().zip(new));
        let back = same(&mut old.iter().rev().zip(new.iter().rev()));
        let first = self.statements.iter().take_while(|one| one.hi < front);
        let head: Vec<Statement> = first.cloned().collect();
        let start = head.last().map_or(0, |one| one.hi);
        let shared = (old.len() - back).max(front);
        let tail = self.statements.iter().skip(head.len()).filter(|one| one.lo > shared);
        let tail: Vec<Statement> = tail.cloned().collect();
        let from_end = tail.first().map_or(0, |one| old.len() - one.lo);
        let end = new.len().checked_sub(from_end).filter(|end| start <= *end)?;
        let middle = after.get(start..end)?;
        let (middle, _) = statements(middle, start, &self.declared)?;
        let shifted = |one: Statement| Statement {
            lo: one.lo + new.len() - old.len(),
            hi: one.hi + new.len() - old.len(),
            ..one
        };
        Some(head.into_iter().chain(middle).chain(tail.into_iter().map(shifted)).collect())
    }
}

impl Slice {
    /// The part that a change of the text touches.
    pub(super) fn of(apart: &Apart, after: &str) -> Option<Slice> {
        let (before, old) = (&apart.text, &apart.statements);
        let new = match apart.changed(after) {
            Some(new) => new,
            None => statements(after, 0, &BTreeSet::new())?.0,
        };
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
        let (before, after) = (blank(before, old), blank(after, &new));
        Some(Slice { before, after, rules, names })
    }
}

/// The statements of a text that can be left out, moved by `by`, and what they
/// declare; `known` is declared elsewhere. None where the text has parts that stand
/// elsewhere, or is no whole one.
fn statements(
    text: &str,
    by: usize,
    known: &BTreeSet<String>,
) -> Option<(Vec<Statement>, BTreeSet<String>)> {
    let parsed = parse::parse(FileId(0), text);
    parsed.diagnostics.is_empty().then_some(())?;
    let mut items = Vec::new();
    flat(&parsed.module, &mut items).then_some(())?;
    let declared: BTreeSet<String> =
        items.iter().filter_map(|item| declares(item)).map(str::to_string).collect();
    let statement = |item: &&Item| {
        let (lo, hi) = (item.span.lo as usize, item.span.hi as usize);
        let tokens = lexer::lex_range(FileId(0), text, lo, hi).tokens;
        // Most words of the language may be names as well.
        let words = tokens.iter().filter_map(|token| text.get(token.lo..token.hi));
        let named = words.filter(|word| declared.contains(*word) || known.contains(*word));
        let names = named.map(str::to_string).collect();
        let is_rule = matches!(item.kind, ItemKind::Rule(_) | ItemKind::ViewRule { .. });
        Statement { lo: lo + by, hi: hi + by, is_rule, names }
    };
    Some((items.iter().map(statement).collect(), declared))
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
