//! The lists that completion takes from: what the program declares and what the
//! language knows. Which list fits a place is not known here.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::ide::Analysis;
use crate::ide::complete::Offer;
use crate::ide::complete::OfferKind;
use crate::ide::hover;
use crate::ide::words;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::words as names;
use crate::syntax::token::Token;
use crate::types::builtins;
use crate::types::ty;

/// Words that begin a declaration, and what follows them.
const DECLARATIONS: &[(&str, &str)] = &[
    ("table", "table ${1:name}(${2:column}: ${3:str});$0"),
    ("static table", "static table ${1:name}(${2:column}: ${3:str});$0"),
    ("view", "view ${1:name}(${2:column}: ${3:str});$0"),
    ("scratch", "scratch ${1:name}(${2:column}: ${3:str});$0"),
    ("input", "input ${1:name}(${2:column}: ${3:str});$0"),
    ("output", "output ${1:name}(${2:column}: ${3:str});$0"),
    ("channel", "channel ${1:name}(@${2:to}: node, ${3:column}: ${4:str});$0"),
    ("timer", "timer ${1:name}(@${2:at}: time, ${3:column}: ${4:str});$0"),
    ("periodic", "periodic ${1:name} every ${2:1s};$0"),
    ("invariant", "invariant ${1:name}: not ${2:row}(${3:_});$0"),
    ("const", "const ${1:name}: ${2:int} = ${3:0};$0"),
    ("fn", "fn ${1:name}(${2:a}: ${3:int}): ${4:int} = ${5:a};$0"),
    ("type", "type ${1:Name} = ${2:int};$0"),
    ("enum", "enum ${1:Name} { ${2:First}, ${3:Second} }$0"),
    ("lattice", "lattice ${1:Name} = ${2:Max<int>};$0"),
];

/// Collections of every program: how they are declared, how they are written.
const GIVEN: &[(&str, &str, &str)] = &[
    ("startup", "input startup(boot: int)", "startup(${1:boot})"),
    ("stdin", "input stdin(line: str, n: int)", "stdin(${1:line}, ${2:n})"),
    ("stdout", "output stdout(line: str)", "stdout(${1:line})"),
    ("stderr", "output stderr(line: str)", "stderr(${1:line})"),
    ("halt", "output halt(code: int)", "halt(${1:code})"),
    ("members", "input view members(n: node, role: str)", "members(${1:n}, ${2:role})"),
];

/// Words that stand in bodies and values.
const VALUE_WORDS: &[(&str, Option<&str>)] = &[
    ("not", None),
    ("and", None),
    ("or", None),
    ("in", None),
    ("if", Some("if ${1:condition} then ${2:a} else ${3:b}")),
    ("else", None),
    ("match", Some("match (${1:e}) { ${2:_} => $3 }")),
    ("true", None),
    ("false", None),
];

const ATTRIBUTES: &[(&str, &str)] = &[
    ("plan", "Fixes the order in which the body of a rule is joined."),
    ("nondet", "Accepts that the result depends on the order of messages, and says why."),
    ("assume", "Takes an output on trust, and says why."),
    ("eventually", "Shows the rows of an output as they come and go."),
    ("snapshot", "Shows the rows of an output at certain times."),
];

/// Offers being gathered.
pub(super) struct List<'a> {
    analysis: &'a Analysis,
    range: Range<usize>,
    found: Vec<Offer>,
}

impl<'a> List<'a> {
    pub(super) fn new(analysis: &'a Analysis, range: Range<usize>) -> List<'a> {
        List { analysis, range, found: Vec::new() }
    }

    /// The offers, each label once, in order of their sorts and of the program.
    pub(super) fn finish(mut self) -> Vec<Offer> {
        self.found.sort_by_key(|o| o.kind);
        let mut seen = BTreeSet::new();
        self.found.retain(|offer| seen.insert(offer.label.clone()));
        self.found
    }

    fn push(
        &mut self,
        kind: OfferKind,
        label: &str,
        detail: String,
        doc: String,
        snippet: Option<String>,
    ) {
        let (label, range) = (label.to_string(), self.range.clone());
        self.found.push(Offer { label, kind, detail, doc, snippet, range });
    }

    fn word(&mut self, kind: OfferKind, label: &str, snippet: Option<String>) {
        let help = words::help(label.split(' ').next().unwrap_or(label)).unwrap_or("");
        self.push(kind, label, String::new(), help.to_string(), snippet);
    }

    pub(super) fn declarations(&mut self) {
        for (label, snippet) in DECLARATIONS {
            self.word(OfferKind::Keyword, label, Some(snippet.to_string()));
        }
    }

    /// `input` and `output` may be followed by what they are.
    pub(super) fn kinds_after(&mut self, before: Token) {
        let more: &[&str] = match before {
            Token::Input | Token::Output => &["table", "view"],
            Token::Static => &["table"],
            _ => &[],
        };
        more.iter().for_each(|word| self.word(OfferKind::Keyword, word, None));
    }

    pub(super) fn attributes(&mut self) {
        for (label, doc) in ATTRIBUTES {
            self.push(OfferKind::Attribute, label, String::new(), doc.to_string(), None);
        }
    }

    /// Collections, with places for their columns where rows are meant.
    pub(super) fn collections(&mut self, rows: bool) {
        for (i, rel) in self.analysis.hir.rels.iter().enumerate() {
            // What rules over time are made of has no name of its own.
            if rel.kind.is_hidden() || rel.given.is_some() {
                continue;
            }
            let id = RelId(i as u32);
            let names: Vec<String> = rel
                .cols
                .iter()
                .enumerate()
                .map(|(i, c)| format!("${{{}:{}}}", i + 1, c.name))
                .collect();
            let snippet = rows.then(|| format!("{}({})", rel.name, names.join(", ")));
            let detail = self.analysis.show_rel(id);
            let doc = rel.doc.clone().unwrap_or_default();
            self.push(OfferKind::Collection, &rel.name, detail, doc, snippet);
        }
    }

    /// The collections that every program has.
    pub(super) fn given_collections(&mut self) {
        for (word, shape, snippet) in GIVEN {
            let doc = names::purpose(word).unwrap_or_default().to_string();
            let (shape, snippet) = (shape.to_string(), Some(snippet.to_string()));
            self.push(OfferKind::Collection, word, shape, doc, snippet);
        }
    }

    /// The columns of a collection, or the fields of a record, that are not
    /// given yet; false when there is neither.
    pub(super) fn columns_of(&mut self, callee: &str, given: &[String]) -> bool {
        let named = |r: &hir::Rel| r.name == callee && !r.kind.is_hidden();
        let rel = self.analysis.hir.rels.iter().position(named);
        if let Some(rel) = rel {
            let Some(typed) = self.analysis.typed.rels.get(rel) else { return false };
            for col in typed.cols.iter().filter(|c| !given.contains(&c.name)) {
                let detail = format!("{}: {}", col.name, self.analysis.show_column_type(col));
                self.push(OfferKind::Column, &col.name, detail, String::new(), None);
            }
            return true;
        }
        let record = self.analysis.typed.records.iter().find(|r| r.name == callee);
        let Some(record) = record else { return false };
        for (name, field) in record.fields.iter().filter(|(n, _)| !given.contains(n)) {
            let detail = format!("{name}: {}", ty::show(field, &self.analysis.typed));
            self.push(OfferKind::Column, name, detail, String::new(), None);
        }
        true
    }

    /// Fields of all records: the type of what stands before the `.` is often
    /// unknown while a statement is typed.
    pub(super) fn fields(&mut self) {
        for record in &self.analysis.typed.records {
            for (name, field) in &record.fields {
                let shown = ty::show(field, &self.analysis.typed);
                let detail = format!("{}.{name}: {shown}", record.name);
                self.push(OfferKind::Column, name, detail, String::new(), None);
            }
        }
    }

    pub(super) fn variables(&mut self, names: &[String]) {
        for name in names {
            self.push(OfferKind::Variable, name, String::new(), String::new(), None);
        }
    }

    /// What values are made of; aggregates where they may stand.
    pub(super) fn values(&mut self, aggregates: bool) {
        let analysis = self.analysis;
        for (constant, hir) in analysis.typed.consts.iter().zip(&analysis.hir.consts) {
            let detail = format!("{}: {}", hir.name, ty::show(&constant.value.ty, &analysis.typed));
            let doc = analysis.item_at(hir.name_span).and_then(|i| i.doc.clone());
            let doc = doc.unwrap_or_default();
            self.push(OfferKind::Constant, &hir.name, detail, doc, None);
        }
        for function in &analysis.hir.fns {
            let detail = analysis.show_fn(function);
            let doc = function.doc.clone().unwrap_or_default();
            let snippet = format!("{}($1)", function.name);
            self.push(OfferKind::Function, &function.name, detail, doc, Some(snippet));
        }
        for item in &analysis.typed.enums {
            for (name, payload) in &item.variants {
                let parts: Vec<String> =
                    payload.iter().map(|t| ty::show(t, &analysis.typed)).collect();
                let (detail, snippet) = match parts.is_empty() {
                    true => (item.name.clone(), None),
                    false => {
                        let detail = format!("{name}({}): {}", parts.join(", "), item.name);
                        (detail, Some(format!("{name}($1)")))
                    }
                };
                self.push(OfferKind::Constructor, name, detail, String::new(), snippet);
            }
        }
        self.push(OfferKind::Constructor, "None", "T?".into(), String::new(), None);
        self.push(
            OfferKind::Constructor,
            "Some",
            "T?".into(),
            String::new(),
            Some("Some($1)".into()),
        );
        for (word, form, help) in names::VALUES {
            let snippet = match *word {
                "fresh" => Some("fresh()".to_string()),
                "random" => Some("random($1)".to_string()),
                _ => None,
            };
            let kind = if snippet.is_some() { OfferKind::Function } else { OfferKind::Constant };
            self.push(kind, word, form.to_string(), help.to_string(), snippet);
        }
        self.functions(aggregates);
        for (label, snippet) in VALUE_WORDS {
            self.word(OfferKind::Keyword, label, snippet.map(str::to_string));
        }
    }

    fn functions(&mut self, aggregates: bool) {
        for function in builtins::TABLE {
            let detail = function.signatures().first().cloned().unwrap_or_default();
            let doc = hover::about_function(function.name).unwrap_or_default();
            let snippet = format!("{}($1)", function.name);
            self.push(OfferKind::Function, function.name, detail, doc, Some(snippet));
        }
        for one in words::AGGREGATES.iter().filter(|_| aggregates) {
            let snippet = format!("{}($1)", one.name);
            self.push(
                OfferKind::Function,
                one.name,
                one.form.into(),
                one.doc.into(),
                Some(snippet),
            );
        }
    }

    pub(super) fn types(&mut self) {
        for (name, help) in words::TYPES.iter().filter(|(n, _)| *n != "Some" && *n != "None") {
            let snippet = match *name {
                "Max" | "Min" | "Set" | "Bag" | "Point" => Some(format!("{name}<$1>")),
                "Map" | "Pair" | "Lex" => Some(format!("{name}<$1, $2>")),
                _ => None,
            };
            self.push(OfferKind::Type, name, String::new(), help.to_string(), snippet);
        }
        let analysis = self.analysis;
        use crate::syntax::ast::ItemKind;
        for item in &analysis.module.items {
            let name = match &item.kind {
                ItemKind::TypeAlias { name, .. }
                | ItemKind::Record { name, .. }
                | ItemKind::Lattice { name, .. }
                | ItemKind::Enum { name, .. } => name,
                _ => continue,
            };
            let doc = item.doc.clone().unwrap_or_default();
            self.push(OfferKind::Type, &name.text, analysis.show_item(item), doc, None);
        }
    }
}
