//! An answer as JSON, `bloom-why/1`. Facts are numbered and stand once in a
//! list; who rests on whom is said by number.

use serde::Serialize;

use crate::cli::why::outline::Scene;
use crate::why::Absence;
use crate::why::Answer;
use crate::why::Attempt;
use crate::why::Cut;
use crate::why::Derivation;
use crate::why::Failing;
use crate::why::Premise;
use crate::why::Source;

type Values = std::collections::BTreeMap<String, String>;

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    query: String,
    holds: bool,
    /// Numbers of the facts asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<AbsentItem>,
    facts: Vec<FactItem>,
    cut_by: Vec<&'static str>,
}

#[derive(Serialize)]
struct FactItem {
    fact: String,
    relation: String,
    height: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    finally: Option<String>,
    origins: Vec<OriginItem>,
    #[serde(skip_serializing_if = "is_zero")]
    more_parts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_by: Option<&'static str>,
}

#[derive(Serialize)]
struct OriginItem {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loaded_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<PlaceItem>,
    #[serde(skip_serializing_if = "Values::is_empty")]
    bindings: Values,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matches: Vec<Vec<PremiseItem>>,
    #[serde(skip_serializing_if = "is_zero")]
    more_matches: usize,
}

#[derive(Serialize)]
struct PlaceItem {
    file: String,
    line: usize,
    text: String,
}

#[derive(Serialize)]
struct PremiseItem {
    kind: &'static str,
    literal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<usize>,
    #[serde(skip_serializing_if = "Values::is_empty")]
    values: Values,
}

#[derive(Serialize)]
struct AbsentItem {
    fact: String,
    near: String,
    attempts: Vec<AttemptItem>,
}

#[derive(Serialize)]
struct AttemptItem {
    rule: PlaceItem,
    matches: usize,
    at_least: bool,
    bindings: Values,
    premises: Vec<PremiseItem>,
    failing: FailingItem,
}

#[derive(Serialize, Default)]
struct FailingItem {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    literal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<String>,
    #[serde(skip_serializing_if = "Values::is_empty")]
    values: Values,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    premises: Vec<PremiseItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<Box<AbsentItem>>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The answer as JSON.
pub fn show(scene: &Scene) -> String {
    let explanation = scene.explanation;
    let (rows, other_rows, absent) = match &explanation.answer {
        Answer::Present { rows, others } => (Some(rows.clone()), Some(*others), None),
        Answer::Absent(absence) => (None, None, Some(scene.absent(absence))),
    };
    let report = Report {
        schema: "bloom-why/1",
        query: scene.query.to_owned(),
        holds: rows.is_some(),
        rows,
        other_rows,
        absent,
        facts: (0..explanation.nodes.len()).map(|node| scene.item(node)).collect(),
        cut_by: explanation.cuts.iter().map(|cut| cut_name(*cut)).collect(),
    };
    // Numbers, texts and lists always have a JSON form.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn cut_name(cut: Cut) -> &'static str {
    match cut {
        Cut::Depth => "depth",
        Cut::Size => "size",
        Cut::Effort => "effort",
    }
}

fn values(pairs: &[(String, String)]) -> Values {
    pairs.iter().cloned().collect()
}

impl Scene<'_> {
    fn item(&self, number: usize) -> FactItem {
        let node = &self.explanation.nodes[number];
        let rel = &self.program.rels[node.rel.index()];
        let later = node.later.as_ref();
        let origin = |origin: &crate::why::Origin| {
            let part = origin.part.clone();
            match &origin.source {
                Source::Loaded => OriginItem {
                    kind: "loaded",
                    part,
                    loaded_from: self.loaded.get(&node.rel).cloned(),
                    rule: None,
                    bindings: Values::new(),
                    matches: Vec::new(),
                    more_matches: 0,
                },
                Source::Rule(derivation) => self.derived(part, derivation),
            }
        };
        FactItem {
            fact: self.fact(number),
            relation: rel.name.clone(),
            height: node.height,
            finally: later.map(|row| bloom_compiler::oracle::fact(rel, row, self.program)),
            origins: node.origins.iter().map(origin).collect(),
            more_parts: node.more,
            cut_by: node.cut.map(cut_name),
        }
    }

    fn derived(&self, part: Option<String>, derivation: &Derivation) -> OriginItem {
        let stated = self.program.rules[derivation.rule].is_fact;
        let premises = |of: &Vec<Premise>| self.premises(of);
        OriginItem {
            kind: match (stated, derivation.is_group) {
                (true, _) => "stated",
                (_, true) => "aggregate",
                _ => "rule",
            },
            part,
            loaded_from: None,
            rule: Some(self.place_item(derivation.rule)),
            bindings: values(&derivation.bindings),
            matches: match stated {
                true => Vec::new(),
                false => derivation.matches.iter().map(premises).collect(),
            },
            more_matches: derivation.more,
        }
    }

    fn place_item(&self, rule: usize) -> PlaceItem {
        let span = self.program.rules[rule].span;
        let (file, line) = self.place(span);
        PlaceItem { file, line, text: self.text(span) }
    }

    fn premises(&self, premises: &[Premise]) -> Vec<PremiseItem> {
        let item = |premise: &Premise| {
            let (kind, span, fact, pairs) = match premise {
                Premise::Row { node, span } => ("row", span, Some(*node), &[][..]),
                Premise::Absent { span, values, .. } => ("absent", span, None, &values[..]),
                Premise::Holds { span, values } => ("holds", span, None, &values[..]),
            };
            PremiseItem { kind, literal: self.text(*span), fact, values: values(pairs) }
        };
        premises.iter().map(item).collect()
    }

    fn absent(&self, absence: &Absence) -> AbsentItem {
        let rel = &self.program.rels[absence.rel.index()];
        let columns = rel.cols.iter().zip(&absence.wanted).map(|(col, value)| match value {
            Some(value) => bloom_compiler::oracle::show(value, &col.ty, self.program),
            None => "_".to_owned(),
        });
        AbsentItem {
            fact: format!("{}({})", rel.name, columns.collect::<Vec<_>>().join(", ")),
            near: absence.near.clone(),
            attempts: absence.attempts.iter().map(|attempt| self.attempt(attempt)).collect(),
        }
    }

    fn attempt(&self, attempt: &Attempt) -> AttemptItem {
        AttemptItem {
            rule: self.place_item(attempt.rule),
            matches: attempt.matches,
            at_least: attempt.at_least,
            bindings: values(&attempt.bindings),
            premises: self.premises(&attempt.premises),
            failing: self.failing(&attempt.failing),
        }
    }

    fn failing(&self, failing: &Failing) -> FailingItem {
        let none = FailingItem::default();
        match failing {
            Failing::Atom { span, fact, near, deeper, .. } => FailingItem {
                kind: "no-row",
                literal: Some(self.text(*span)),
                fact: Some(fact.clone()),
                near: Some(near.clone()),
                absent: deeper.as_ref().map(|absence| Box::new(self.absent(absence))),
                ..none
            },
            Failing::Present { span, premises } => FailingItem {
                kind: "row-present",
                literal: Some(self.text(*span)),
                premises: self.premises(premises),
                ..none
            },
            Failing::Test { span, values: pairs } => FailingItem {
                kind: "condition",
                literal: Some(self.text(*span)),
                values: values(pairs),
                ..none
            },
            Failing::Head { span, gives } => FailingItem {
                kind: "head",
                literal: Some(self.text(*span)),
                fact: gives.clone(),
                ..none
            },
            Failing::Effort => FailingItem { kind: "effort", ..none },
        }
    }
}
