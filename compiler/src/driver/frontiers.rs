//! What waits inside of one node whose work many workers share: the gates of the
//! plan, as points of the report. Where gates are, is not decided here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Compiled;
use crate::calm::fingerprint;
use crate::calm::model::Code;
use crate::calm::model::Cost;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::calm::model::Report;
use crate::calm::model::Severity;
use crate::calm::model::Status;
use crate::calm::model::Step;
use crate::calm::model::Variance;
use crate::calm::model::Waits;
use crate::calm::proof::Search;
use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::plan::groups::Divided;
use crate::plan::groups::Gate;
use crate::plan::groups::Why;
use crate::plan::groups::text;
use crate::source::Span;
use crate::types::judge::atoms;
use crate::types::typed::Program;

impl Compiled {
    /// Each program divided among workers: that of each role, or the only one.
    /// Of a program with errors there is none.
    pub fn divided(&self, workers: usize) -> Vec<Divided> {
        let programs: Vec<(&Program, &Option<Strata>)> = match self.roles.is_empty() {
            true => self.typed.iter().map(|typed| (typed, &self.strata)).collect(),
            false => self.roles.iter().map(|role| (&role.typed, &role.strata)).collect(),
        };
        if self.has_errors() {
            return Vec::new();
        }
        let one = |(program, strata): (&Program, &Option<Strata>)| {
            strata.as_ref().map(|strata| Divided::new(program, strata, &[], workers))
        };
        programs.into_iter().filter_map(one).collect()
    }

    /// Adds the gates to a report, behind its other points.
    pub fn add_frontiers(&self, report: &mut Report, divided: &[Divided]) {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (role_at, divided) in divided.iter().enumerate() {
            let Some(program) = self.program(role_at) else { continue };
            for gate in &divided.gates {
                let teller = Teller { compiled: self, program, divided, role_at };
                let mut point = teller.point(gate, report);
                point.id = format!("P{}", report.points.len() + 1);
                let twins = known.entry(point.fingerprint.clone()).or_default();
                *twins += 1;
                if *twins > 1 {
                    point.fingerprint = fingerprint(&[&point.fingerprint, &twins.to_string()]);
                }
                report.points.push(point);
            }
        }
    }

    fn program(&self, role_at: usize) -> Option<&Program> {
        match self.roles.get(role_at) {
            Some(role) => Some(&role.typed),
            None => self.typed.as_ref(),
        }
    }
}

struct Teller<'a> {
    compiled: &'a Compiled,
    program: &'a Program,
    divided: &'a Divided,
    role_at: usize,
}

impl Teller<'_> {
    /// The collection that the user knows.
    fn known(&self, rel: RelId) -> RelId {
        match self.program.rels[rel.index()].kind {
            RelKind::Stage(_, target) => target,
            _ => rel,
        }
    }

    fn name(&self, rel: RelId) -> RelName {
        let of = &self.program.rels[self.known(rel).index()];
        let is_own = |span: Span| {
            let place = of.name_span;
            span.file == place.file && span.lo <= place.lo && place.hi <= span.hi
        };
        let role = self.compiled.roles.get(self.role_at).filter(|role| is_own(role.span));
        RelName { role: role.map(|role| role.name.clone()), name: of.name.clone() }
    }

    /// What is shown of all that follows from a relation.
    fn shown(&self, from: RelId, report: &Report) -> Vec<(RelName, Goal)> {
        let mut reached = BTreeSet::from([self.known(from)]);
        loop {
            let before = reached.len();
            for rule in &self.program.rules {
                let mut follows = false;
                atoms(&rule.body.lits, &mut |atom, _| {
                    follows |= reached.contains(&self.known(atom.rel));
                });
                if follows {
                    reached.insert(self.known(rule.head));
                }
            }
            if reached.len() == before {
                break;
            }
        }
        let mine = report.verdicts.iter().filter(|verdict| verdict.role_at == self.role_at);
        let shown = mine.filter(|verdict| reached.contains(&verdict.rel));
        shown.map(|verdict| (verdict.name.clone(), verdict.goal)).collect()
    }

    fn point(&self, gate: &Gate, report: &Report) -> Point {
        let (relation, head) = (self.name(gate.reads), self.name(gate.head));
        let shown = self.shown(gate.head, report);
        let first = shown.first().cloned().unwrap_or((head.clone(), Goal::Final));
        let operator = text::operator(gate, self.program).to_owned();
        let span = self.compiled.sources.written(gate.span);
        let variance = match gate.why {
            Why::Not | Why::All => Variance::Minus,
            _ => Variance::Any,
        };
        let step = Step {
            rule: head.clone(),
            reads: relation.clone(),
            operator: operator.clone(),
            variance,
            span,
            role_at: self.role_at,
            rule_at: gate.rule,
        };
        let kind = Kind::Frontier;
        let named = [head.text(), operator.clone(), relation.text()];
        let [rule, what, of] = named.each_ref().map(String::as_str);
        Point {
            id: String::new(),
            code: match gate.why {
                Why::Aggregate | Why::Finish => Code::AggregateShown,
                Why::Reveal => Code::LatticeRevealed,
                Why::Grows | Why::Not | Why::Else | Why::All => Code::NegatedGrowing,
            },
            fingerprint: fingerprint(&[rule, what, of, "", kind.word()]),
            kind,
            waits: self.waits(&head.text(), &relation.text()),
            cost: cost(gate),
            relation,
            rel: gate.reads,
            role_at: self.role_at,
            key: Vec::new(),
            gate: Vec::new(),
            no_key: None,
            span,
            rule: head,
            rule_at: gate.rule,
            operator,
            output: first.0,
            outputs: shown.into_iter().map(|(name, _)| name).collect(),
            goal: first.1,
            severity: Severity::Run,
            path: vec![step],
            witness: Search::NotAsked,
            alternatives: Vec::new(),
            rewrites: Vec::new(),
            assumptions: Vec::new(),
            accepted: None,
            status: Status::New,
        }
    }

    fn waits(&self, head: &str, relation: &str) -> Waits {
        Waits {
            who: head.to_owned(),
            whom: format!("the {} workers of its node", self.divided.workers),
            until: format!("no worker works on `{relation}` and no row of it is on its way"),
            if_down: "workers of one node live and end together, so nobody waits for one that is \
                      gone; other nodes are not asked"
                .to_owned(),
        }
    }
}

fn cost(gate: &Gate) -> Cost {
    let rows = text::number(gate.sent);
    Cost {
        messages: "0".to_owned(),
        round_trips: 0.0,
        words: format!(
            "one frontier round inside the node, no message to another node; about {rows} rows go \
             from worker to worker before it, if relations from outside have 1,000 rows each"
        ),
    }
}
