//! What is known about the thing at a place, as Markdown: its declaration with
//! inferred types, its documentation, who writes and who reads it.

use std::ops::Range;

use crate::ide::Analysis;
use crate::ide::words;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::names::occurrences::Thing;
use crate::names::occurrences::Use;
use crate::source::Span;
use crate::syntax::token::Token;
use crate::types::builtins;
use crate::types::ty;
use crate::types::typed;

/// Lines listed before the rest is only counted.
const LINES_MAX: usize = 8;

/// What to show, and about which range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The name or word.
    pub range: Range<usize>,
    /// Markdown.
    pub text: String,
}

impl Analysis {
    /// What is known about what stands at a place.
    pub fn hover(&self, at: usize) -> Option<Hover> {
        if self.in_comment(at) {
            return None;
        }
        let index = self.word_at(at)?;
        let word = self.words[index];
        let parts: Vec<String> = match self.things_at(at) {
            Some((_, things)) => things.iter().filter_map(|t| self.about(*t, word.lo)).collect(),
            None => self.about_word(index).into_iter().collect(),
        };
        (!parts.is_empty())
            .then(|| Hover { range: word.lo..word.hi, text: parts.join("\n\n---\n\n") })
    }

    /// About a word that the language gives its meaning.
    fn about_word(&self, index: usize) -> Option<String> {
        let word = &self.words[index];
        let text = self.word(word);
        let called = self.words.get(index + 1).is_some_and(|w| w.kind == Token::LParen);
        if called && let Some(help) = about_function(text) {
            return Some(help);
        }
        if let Some((form, help)) = words::value(text) {
            return Some(format!("{}\n{}", code(form), help));
        }
        let help = words::help(text)?;
        Some(format!("{}\n{}", code(text), help))
    }

    fn about(&self, thing: Thing, at: usize) -> Option<String> {
        match thing {
            Thing::Rel(rel) => self.about_rel(rel),
            Thing::Col(rel, index) => self.about_col(rel, index as usize),
            Thing::Var(_, var) => self.about_var(thing, var, at),
            Thing::Fn(id) => {
                let function = self.hir.fns.get(id.index())?;
                let text = code(&self.show_fn(function));
                Some(self.with_uses(text, function.doc.as_deref(), thing))
            }
            Thing::Const(_)
            | Thing::Record(_)
            | Thing::Enum(_)
            | Thing::Alias(_)
            | Thing::Variant(..) => {
                let declared = self.declared_at(thing)?;
                let item = self.item_at(declared)?;
                let text = code(&self.show_item(item));
                Some(self.with_uses(text, item.doc.as_deref(), thing))
            }
            Thing::Field(id, index) => {
                let record = self.typed.records.get(id.index())?;
                let (name, field) = record.fields.get(index as usize)?;
                let shown = format!("{name}: {}", ty::show(field, &self.typed));
                Some(format!("{}\nA field of `{}`.", code(&shown), record.name))
            }
        }
    }

    pub(super) fn declared_at(&self, thing: Thing) -> Option<Span> {
        self.all(thing).into_iter().find(|o| o.how == Use::Declares).map(|o| o.span)
    }

    fn with_uses(&self, mut text: String, doc: Option<&str>, thing: Thing) -> String {
        push_doc(&mut text, doc);
        let lines: Vec<usize> = self.lines(thing, |how| how != Use::Declares);
        text.push_str(&match lines.len() {
            0 => "\nNot used.".to_string(),
            n => format!("\nUsed {}{}.", times(n), listed(&lines)),
        });
        text
    }

    /// Lines of the uses of a thing, one for each use.
    fn lines(&self, thing: Thing, wanted: impl Fn(Use) -> bool) -> Vec<usize> {
        let uses = self.all(thing).into_iter().filter(|o| wanted(o.how));
        uses.map(|o| self.line(o.span.lo)).collect()
    }

    fn about_rel(&self, id: RelId) -> Option<String> {
        let declared = self.hir.rels.get(id.index())?;
        let mut text = code(&self.show_rel(id));
        push_doc(&mut text, declared.doc.as_deref());
        let lattices = self.lattice_columns(id);
        if !lattices.is_empty() {
            text.push_str(&format!("\nMerges: {}.\n", lattices.join(", ")));
        }
        let rules = |facts: bool| -> Vec<usize> {
            let into = |r: &RelId| match self.hir.rels.get(r.index()).map(|rel| rel.kind) {
                Some(RelKind::Stage(_, target)) => target == id,
                _ => *r == id,
            };
            let mine = self.hir.rules.iter().filter(|r| into(&r.head) && r.is_fact == facts);
            mine.map(|r| self.line(r.head_span.lo)).collect()
        };
        let (facts, written) = (rules(true), rules(false));
        let read = self.lines(Thing::Rel(id), |how| how == Use::Reads);
        let mut lines = Vec::new();
        if !facts.is_empty() {
            lines.push(count(facts.len(), "fact"));
        }
        let by = |n: usize, lines: &[usize]| format!("{}{}", count(n, "rule"), listed(lines));
        lines.push(match written.len() {
            0 => "written by no rule".to_string(),
            n => format!("written by {}", by(n, &written)),
        });
        lines.push(match read.len() {
            0 => "read by none".to_string(),
            n => format!("read {}{}", times(n), listed(&read)),
        });
        if let Some(strata) = &self.compiled.strata {
            let stratum = strata.of_rel.get(id.index()).copied().unwrap_or_default();
            let recursive = strata.recursive.get(id.index()).copied().unwrap_or_default();
            let recursive = if recursive { ", recursive" } else { "" };
            lines.push(format!("stratum {stratum}{recursive}"));
        }
        let line = lines.join("; ");
        text.push_str(&format!("\n{}{}.", line[..1].to_uppercase(), &line[1..]));
        Some(text)
    }

    fn lattice_columns(&self, id: RelId) -> Vec<String> {
        let Some(rel) = self.typed.rels.get(id.index()) else { return Vec::new() };
        let merged = rel.cols.iter().filter_map(|c| match &c.role {
            typed::Role::Cell(lattice) => {
                Some(format!("`{}` in `{}`", c.name, ty::show_lattice(lattice, &self.typed)))
            }
            typed::Role::Key | typed::Role::Value => None,
        });
        merged.collect()
    }

    fn about_col(&self, rel: RelId, index: usize) -> Option<String> {
        let typed = self.typed.rels.get(rel.index())?;
        let col = typed.cols.get(index)?;
        let shown = format!("{}: {}", col.name, self.show_column_type(col));
        let role = match &col.role {
            typed::Role::Key if typed.has_values() || typed.has_cells() => "A key column",
            typed::Role::Key => "A column",
            typed::Role::Value => "A value column",
            typed::Role::Cell(_) => "A column that merges, and only grows,",
        };
        Some(format!("{}\n{role} of `{}`.", code(&shown), typed.name))
    }

    fn about_var(&self, thing: Thing, id: VarId, at: usize) -> Option<String> {
        let Thing::Var(..) = thing else { return None };
        let span = Span::new(super::analysis::FILE, at, at);
        let holds = |s: Span| s.file == span.file && s.lo <= span.lo && span.hi <= s.hi;
        let rule = self.typed.rules.iter().find(|r| holds(r.span)).map(|r| &r.vars);
        let vars = rule.or_else(|| self.typed.fns.iter().find(|f| holds(f.span)).map(|f| &f.vars));
        let first = self.all(thing).first().map(|o| self.slice(o.span).to_string())?;
        let known = vars.and_then(|vars| vars.get(id.index())).filter(|v| v.name == first);
        let Some(var) = known else {
            return Some(format!("{}\nA variable of this rule.", code(&first)));
        };
        let mut text = code(&format!("{}: {}", var.name, ty::show(&var.ty, &self.typed)));
        if let Some(lattice) = &var.grows {
            let lattice = ty::show_lattice(lattice, &self.typed);
            text.push_str(&format!("\nIt is read while it still grows, in `{lattice}`."));
        }
        Some(text)
    }
}

/// About a function or aggregate of the language.
pub(super) fn about_function(name: &str) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(function) = builtins::find(name).filter(|f| f.name == name) {
        let mut text = code(&function.signatures().join("\n"));
        text.push_str(&format!("\n{}", words::sentence(function.doc)));
        let examples: Vec<String> =
            function.examples.iter().map(|(e, r)| format!("{e}  // {r}")).collect();
        text.push_str(&format!("\n{}", code(&examples.join("\n"))));
        parts.push(text);
    }
    let forms: Vec<_> = words::AGGREGATES.iter().filter(|a| a.name == name).collect();
    if !forms.is_empty() {
        let shown: Vec<&str> = forms.iter().map(|a| a.form).collect();
        let doc: Vec<&str> = forms.iter().map(|a| a.doc).collect();
        parts.push(format!(
            "{}\nIn the head of a rule: {}",
            code(&shown.join("\n")),
            doc.join(" ")
        ));
    }
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}

fn push_doc(text: &mut String, doc: Option<&str>) {
    if let Some(doc) = doc {
        text.push('\n');
        text.push_str(doc);
        text.push('\n');
    }
}

fn code(text: &str) -> String {
    format!("```bloom\n{text}\n```")
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn times(n: usize) -> String {
    match n {
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n} times"),
    }
}

/// ` (line 3)`, ` (lines 3, 5, …)`
fn listed(lines: &[usize]) -> String {
    let mut distinct: Vec<usize> = lines.to_vec();
    distinct.dedup();
    let more = if distinct.len() > LINES_MAX { ", …" } else { "" };
    let shown: Vec<String> = distinct.iter().take(LINES_MAX).map(usize::to_string).collect();
    let word = if shown.len() == 1 { "line" } else { "lines" };
    format!(" ({word} {}{more})", shown.join(", "))
}
