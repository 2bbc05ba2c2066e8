//! The report of an analysis: what was found, told in the order of the text,
//! with names, ids and fingerprints. What there is to find is not decided here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::model::Alternative;
use crate::calm::model::Answer;
use crate::calm::model::AssumptionKind;
use crate::calm::model::Code;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::calm::model::Report;
use crate::calm::model::Severity;
use crate::calm::model::Status;
use crate::calm::model::Step;
use crate::calm::model::Threshold;
use crate::calm::model::Variance;
use crate::calm::model::Verdict;
use crate::calm::model::What;
use crate::calm::proof::Search;
use crate::names::hir::RelKind;
use crate::source::Span;

use super::edges::Builder;
use super::edges::Passed;
use super::graph::HARD;
use super::graph::HISTORY;
use super::graph::MINUS;
use super::invariant::Places;
use super::observe::Observed;
use super::points::Found;
use super::proofs;
use super::system::Rel;
use super::system::System;
use super::value::Node;
use super::words;
use super::words::Subject;

/// Tells what was found.
pub(crate) struct Teller<'a> {
    pub(crate) system: &'a System<'a>,
    pub(crate) builder: &'a Builder<'a>,
    pub(crate) observed: &'a [Observed],
    /// Rules that were left out because others say the same.
    pub(crate) rules: usize,
}

impl Teller<'_> {
    pub(crate) fn report(&self, found: Vec<Found>, broken: &Places) -> Report {
        let mut points: Vec<(Found, Point)> =
            found.into_iter().map(|f| (f.clone(), self.told(&f, broken))).collect();
        points.sort_by(|(_, a), (_, b)| {
            (a.span, a.role_at, &a.relation, a.kind, &a.key).cmp(&(
                b.span,
                b.role_at,
                &b.relation,
                b.kind,
                &b.key,
            ))
        });
        points.dedup_by(|(_, b), (_, a)| {
            a.span == b.span && a.relation == b.relation && a.kind == b.kind && a.key == b.key
        });
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (at, (_, point)) in points.iter_mut().enumerate() {
            point.id = format!("P{}", at + 1);
            let twins = known.entry(point.fingerprint.clone()).or_default();
            *twins += 1;
            if *twins > 1 {
                point.fingerprint = hash(&[&point.fingerprint, &twins.to_string()]);
            }
        }
        let mut report = Report { complete: self.system.complete, ..Report::default() };
        report.thresholds = self.thresholds();
        report.verdicts = self.verdicts(&points, &report.thresholds);
        report.declared = self.declared(&points, &mut report.faults);
        report.faults.extend(self.endless(&points));
        report.duties = self.duties(&points);
        report.grows = self.grows();
        report.assumptions = self.builder.growth.assumptions.clone();
        report.points = points.into_iter().map(|(_, point)| point).collect();
        report.rules = self.rules;
        let open = report.points.iter().filter(|p| p.accepted.is_none());
        let stuck: BTreeSet<Span> = open.filter_map(|p| self.rule_span(p)).collect();
        report.free_rules = report.rules.saturating_sub(stuck.len());
        report
    }

    fn rule_span(&self, point: &Point) -> Option<Span> {
        let part = self.system.parts.get(point.role_at)?;
        part.typed.rules.get(point.rule_at).map(|rule| self.builder.rels.written(rule.span))
    }

    fn col_names(&self, rel: Rel, cols: &[usize]) -> Vec<String> {
        let of = self.builder.rels.get(rel);
        cols.iter().filter_map(|col| of.cols.get(*col)).map(|col| col.name.clone()).collect()
    }

    /// The collection that a rule is about, where its head is a stage of it.
    pub(crate) fn head(&self, rel: Rel) -> RelName {
        let rels = self.builder.rels;
        match rels.get(rel).kind {
            RelKind::Stage(_, target) => rels.name(rels.number(rels.role(rel), target)),
            _ => rels.name(rel),
        }
    }

    /// A point, and where operations break an invariant the place of that.
    fn told(&self, found: &Found, broken: &Places) -> Point {
        let mut point = self.point(found);
        let Some(place) = broken.get(&found.source).filter(|_| found.kind == Kind::Exclusive)
        else {
            return point;
        };
        let rels = self.builder.rels;
        let part = &self.system.parts[place.role];
        if let Some(rule) = part.typed.rules.get(place.rule) {
            point.rule = self.head(rels.number(place.role, rule.head));
            point.accepted = self.accepted(place.role, rule.span);
        }
        point.span = rels.written(place.span);
        point.operator.clone_from(&place.operator);
        (point.role_at, point.rule_at) = (place.role, place.rule);
        point.no_key = point.key.is_empty().then(|| place.no_key.clone()).flatten();
        if place.escrow {
            point.alternatives.push(Alternative {
                kind: Kind::Escrow,
                key: point.key.clone(),
                why_not: "shares have to be split before, and the split is the program's to choose"
                    .to_string(),
            });
        }
        let key = point.key.join(",");
        let relation = point.relation.text();
        point.fingerprint =
            hash(&[&point.rule.text(), &point.operator, &relation, &key, found.kind.word()]);
        point
    }

    fn point(&self, found: &Found) -> Point {
        let rels = self.builder.rels;
        let spot = found.spot.map(|at| &self.builder.graph.spots[at]);
        let clause = spot.map(|spot| &self.builder.clauses[spot.clause]);
        let first = found.outputs.iter().next().map(|at| &self.observed[*at]);
        let outputs: Vec<RelName> =
            found.outputs.iter().map(|at| rels.name(self.observed[*at].rel)).collect();
        let goal = found.outputs.iter().map(|at| self.observed[*at].goal).min().unwrap_or_default();
        let output = outputs.first().cloned().unwrap_or_default();
        let relation = rels.name(found.source);
        let key = self.col_names(found.source, &found.key);
        let rule = clause.map_or(output.clone(), |clause| self.head(clause.head));
        let operator = spot.map_or("shown".to_string(), |spot| spot.place.operator.clone());
        let span = match (spot, first) {
            (Some(spot), _) => spot.place.span,
            (None, Some(first)) => rels.get(first.rel).name_span,
            (None, None) => Span::default(),
        };
        let senders = self.senders(found.source);
        let subject = Subject {
            kind: found.kind,
            code: found.code,
            relation: &relation.name,
            key: &key,
            output: &rule.name,
            senders: &senders,
        };
        let of_key = key.join(",");
        let fingerprint =
            hash(&[&rule.text(), &operator, &relation.text(), &of_key, found.kind.word()]);
        let severity = match found.kind {
            Kind::Order | Kind::Exclusive | Kind::Escrow => Severity::Diverge,
            Kind::Seal if goal == Goal::Eventually => Severity::Diverge,
            Kind::Seal => Severity::Replica,
            Kind::Persist | Kind::Local | Kind::Frontier => Severity::Run,
        };
        let accepted = clause.and_then(|clause| self.accepted(clause.role, clause.span));
        let (waits, cost, alternatives) = (subject.waits(), subject.cost(), subject.alternatives());
        Point {
            id: String::new(),
            code: self.code(found),
            fingerprint,
            kind: found.kind,
            rel: rels.id(found.source),
            role_at: clause.map_or(rels.role(found.source), |clause| clause.role),
            no_key: key.is_empty().then(|| words::no_key(found.kind, &relation.name)),
            gate: self.col_names(found.source, &found.gate),
            key,
            span: rels.written(span),
            rule,
            rule_at: clause.map_or(0, |clause| clause.rule),
            operator,
            output,
            outputs,
            goal,
            severity,
            path: found.path.iter().filter_map(|(edge, state)| self.step(*edge, *state)).collect(),
            witness: Search::NotAsked,
            waits,
            cost,
            alternatives,
            rewrites: Vec::new(),
            assumptions: self.assumed(found),
            status: if accepted.is_some() { Status::Accepted } else { Status::New },
            accepted,
            relation,
        }
    }

    /// Who takes part is known by nodes: waiting for all of a set of nodes that grows.
    fn code(&self, found: &Found) -> Code {
        use crate::types::ty::Ty;
        let of = self.builder.rels.get(found.source);
        let nodes = of
            .cols
            .iter()
            .enumerate()
            .filter(|(col, _)| Some(*col) != of.at)
            .all(|(_, col)| col.ty == Ty::Node);
        let some = of.cols.len() > usize::from(of.at.is_some());
        match found.code {
            Code::NegatedGrowing if nodes && some && found.key.is_empty() => {
                Code::GrowingMembership
            }
            code => code,
        }
    }

    fn accepted(&self, role: usize, span: Span) -> Option<String> {
        let accepted = &self.system.parts[role].hir.accepted;
        accepted.iter().find(|a| a.rule == span).map(|a| a.why.clone())
    }

    fn assumed(&self, found: &Found) -> Vec<String> {
        let rels = self.builder.rels;
        let name = rels.name(found.source);
        self.builder
            .growth
            .assumptions
            .iter()
            .filter(|a| a.relation == name || a.kind == AssumptionKind::Asked)
            .map(|a| a.text.clone())
            .collect()
    }

    pub(crate) fn senders(&self, source: Rel) -> String {
        let rels = self.builder.rels;
        let mut roles: Vec<&str> = Vec::new();
        for at in self.builder.clauses.makers(source) {
            let clause = &self.builder.clauses[*at];
            let is_stage = matches!(rels.get(clause.head).kind, RelKind::Stage(..));
            if is_stage
                && let Some(name) = rels.part(clause.head).name
                && !roles.contains(&name)
            {
                roles.push(name);
            }
        }
        match roles.as_slice() {
            [] => format!("producers of {}", rels.get(source).name),
            roles => format!("the nodes of {}", roles.join(", ")),
        }
    }

    fn step(&self, edge: usize, state: usize) -> Option<Step> {
        let rels = self.builder.rels;
        let edge = &self.builder.graph.edges[edge];
        let clause = &self.builder.clauses[edge.clause?];
        let (Node::Rows(rel) | Node::Col(rel, _)) = edge.from else { return None };
        let mut span = edge.spot.map(|at| self.builder.graph.spots[at].place.span);
        super::clauses::atoms(&clause.lits, &mut |atom| {
            if rels.number(clause.role, atom.rel) == rel {
                span = span.or(Some(atom.span));
            }
        });
        Some(Step {
            rule: self.head(clause.head),
            reads: rels.name(rel),
            operator: edge.word.clone(),
            variance: variance(state),
            span: rels.written(span.unwrap_or(clause.head_span)),
            role_at: clause.role,
            rule_at: clause.rule,
        })
    }

    fn verdicts(&self, points: &[(Found, Point)], thresholds: &[Threshold]) -> Vec<Verdict> {
        let rels = self.builder.rels;
        let prover = proofs::Prover::new(self.builder);
        let one = |(at, observed): (usize, &Observed)| {
            let mine: Vec<&Point> = points
                .iter()
                .filter(|(found, _)| found.outputs.contains(&at))
                .map(|(_, point)| point)
                .collect();
            let name = rels.name(observed.rel);
            let declared = observed.trusted || observed.goal == Goal::Snapshot;
            // Who may see values on the way waits for none of them.
            let waits = observed.goal == Goal::Final;
            let passes: Vec<&Threshold> =
                thresholds.iter().filter(|t| waits && t.outputs.contains(&name)).collect();
            let (answer, because) = match (declared, mine.as_slice(), passes.first()) {
                (true, ..) => (Answer::Declared, self.why(observed.rel)),
                (_, [], Some(t)) => (
                    Answer::Threshold,
                    format!("waits for `{}`; a late fact cannot change it", t.condition),
                ),
                (_, [], None) => (Answer::Free, self.because(observed)),
                (_, [one, ..], _) => {
                    (Answer::Waits, format!("`{}` may still change it", one.relation.name))
                }
            };
            Verdict {
                proof: prover.proof(observed, &mine),
                name,
                rel: rels.id(observed.rel),
                role_at: rels.role(observed.rel),
                what: observed.what,
                goal: observed.goal,
                answer,
                points: mine.iter().map(|point| point.id.clone()).collect(),
                because,
                span: rels.written(rels.get(observed.rel).name_span),
            }
        };
        self.observed.iter().enumerate().map(one).collect()
    }

    fn why(&self, rel: Rel) -> String {
        let promise = self.builder.rels.declared(rel).and_then(|rel| rel.promise.as_ref());
        promise.and_then(|promise| promise.why.clone()).unwrap_or_default()
    }

    fn because(&self, observed: &Observed) -> String {
        let grows = self.builder.growth.grows[observed.rel];
        match (grows, observed.goal, observed.what) {
            (false, _, _) => "what is read here does not change after the start".to_string(),
            (_, Goal::Eventually, _) => "all replicas come to the same in the end".to_string(),
            (_, _, What::Invariant) => "no two events break it together".to_string(),
            _ => "every rule only adds facts".to_string(),
        }
    }

    fn thresholds(&self) -> Vec<Threshold> {
        let rels = self.builder.rels;
        let mut out: Vec<Threshold> = Vec::new();
        for Passed { clause: at, span, node } in &self.builder.passed {
            let clause = &self.builder.clauses[*at];
            let behind = proofs::behind(self.builder, Node::Matches(*at));
            let outputs: Vec<RelName> = self
                .observed
                .iter()
                .filter(|o| behind.contains(&o.rel))
                .map(|o| rels.name(o.rel))
                .collect();
            let written = rels.written(*span);
            if outputs.is_empty() || out.iter().any(|t| t.span == written) {
                continue;
            }
            let of = match node {
                Node::Rows(rel) => rels.get(*rel).name.clone(),
                Node::Col(rel, col) => {
                    let of = rels.get(*rel);
                    format!("{}.{}", of.name, of.cols[*col].name)
                }
                Node::Matches(_) | Node::Counted(_) => String::new(),
            };
            out.push(Threshold {
                rule: self.head(clause.head),
                outputs,
                condition: rels.sources().text(written).to_string(),
                of,
                span: written,
                role_at: clause.role,
                rule_at: clause.rule,
            });
        }
        out.sort_by_key(|t| t.span);
        out
    }
}

/// A state as one of the four answers.
pub(crate) fn variance(state: usize) -> Variance {
    match state {
        MINUS => Variance::Minus,
        HISTORY | HARD => Variance::Any,
        _ => Variance::Plus,
    }
}

/// The first sixteen digits of a hash of the texts.
pub(crate) fn hash(parts: &[&str]) -> String {
    // FNV-1a over the texts with a mark between them: short, fixed, and enough to
    // tell the points of a program apart.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}
