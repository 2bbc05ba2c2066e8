//! The parameters of the call, or the columns of the atom, at the cursor, and
//! which of them is being written.

use crate::ide::Analysis;
use crate::ide::words;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast::ItemKind;
use crate::syntax::token::Token;
use crate::types::builtins;

/// One way to call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// All of it.
    pub label: String,
    /// The parameters; each is a part of the label.
    pub params: Vec<String>,
    /// Markdown; may be empty.
    pub doc: String,
}

/// The ways to call what is at the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signatures {
    /// All of them.
    pub all: Vec<Signature>,
    /// The parameter that is being written, from 0.
    pub parameter: usize,
    /// The way that fits what has been written, from 0.
    pub active: usize,
}

impl Analysis {
    /// How to write the call at a place.
    pub fn signatures(&self, at: usize) -> Option<Signatures> {
        if self.in_comment(at) {
            return None;
        }
        let mut around = self.around(at);
        // What stands directly behind a bracket is not yet read by it.
        around.open.retain(|o| self.words.get(o.at).is_some_and(|w| w.hi <= at));
        for open in &around.open {
            let Some(callee) = self.callee(open) else { continue };
            let named = open.kind == Token::LBrace;
            let rows =
                around.in_body || self.words.get(around.first).map(|w| w.lo) == self.head(open.at);
            let mut all = Vec::new();
            let rel = self.hir.rels.iter().position(|r| r.name == callee);
            if let Some(rel) = rel.filter(|_| rows || named || builtins::find(callee).is_none()) {
                all.push(self.of_rel(RelId(rel as u32)));
            }
            if !named && all.is_empty() {
                all.extend(self.of_function(callee));
                if !around.in_body {
                    all.extend(of_aggregate(callee));
                }
            }
            if all.is_empty() {
                continue;
            }
            let parameter = match named {
                true => self.named_parameter(&all, open.at, around.typed.end),
                false => open.commas,
            };
            let active = all.iter().position(|s| s.params.len() > parameter).unwrap_or(0);
            return Some(Signatures { all, parameter, active });
        }
        None
    }

    /// Where the name before a bracket begins.
    fn head(&self, open: usize) -> Option<usize> {
        open.checked_sub(1).and_then(|i| self.words.get(i)).map(|w| w.lo)
    }

    fn of_rel(&self, rel: RelId) -> Signature {
        let params = self.show_columns(rel);
        let doc = self.hir.rels.get(rel.index()).and_then(|r| r.doc.clone()).unwrap_or_default();
        Signature { label: self.show_rel(rel), params, doc }
    }

    fn of_function(&self, name: &str) -> Vec<Signature> {
        if let Some(function) = self.hir.fns.iter().find(|f| f.name == name) {
            let item = self.item_at(function.name_span);
            let params = match item.map(|i| &i.kind) {
                Some(ItemKind::Fn { params, .. }) => params
                    .iter()
                    .map(|p| self.slice(Span { hi: p.ty.span.hi, ..p.name.span }).to_string())
                    .collect(),
                _ => Vec::new(),
            };
            let doc = function.doc.clone().unwrap_or_default();
            return vec![Signature { label: self.show_fn(function), params, doc }];
        }
        if let Some((form, help)) = words::value(name) {
            let params = if name == "random" { vec!["e".to_string()] } else { Vec::new() };
            return vec![Signature { label: form.into(), params, doc: help.into() }];
        }
        let Some(function) = builtins::find(name) else { return Vec::new() };
        let labels = function.signatures().into_iter().zip(function.overloads);
        labels
            .map(|(label, overload)| Signature {
                label,
                params: overload.params.iter().map(ToString::to_string).collect(),
                doc: words::sentence(function.doc),
            })
            .collect()
    }

    /// The column whose name stands last before the cursor.
    fn named_parameter(&self, all: &[Signature], open: usize, at: usize) -> usize {
        let mut name = None;
        let mut start = true;
        let mut depth = 0usize;
        for word in self.words[open + 1..].iter().take_while(|w| w.lo < at) {
            match word.kind {
                kind if kind.closer().is_some() => depth += 1,
                kind if kind.closes() => depth = depth.saturating_sub(1),
                Token::Comma if depth == 0 => {
                    (start, name) = (true, None);
                    continue;
                }
                kind if start && kind.is_name() => name = Some(self.word(word)),
                _ => {}
            }
            start = false;
        }
        let Some(params) = all.first().map(|s| &s.params) else { return 0 };
        let named = |p: &String| name.is_some_and(|n| p.split(':').next() == Some(n));
        params.iter().position(named).unwrap_or(params.len())
    }
}

fn of_aggregate(name: &str) -> Vec<Signature> {
    let forms = words::AGGREGATES.iter().filter(|a| a.name == name);
    forms
        .map(|a| {
            let inside = a.form.split('(').nth(1).and_then(|r| r.split(')').next()).unwrap_or("");
            let params = inside.split(", ").filter(|p| !p.is_empty()).map(str::to_string).collect();
            Signature { label: a.form.into(), params, doc: a.doc.into() }
        })
        .collect()
}
