//! What a report says besides points and verdicts: what the program accepts, what
//! it waits for in vain, who has to say "no more", and what is kept for ever.
//! Nothing is decided here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::calm::model::Declared;
use crate::calm::model::Duty;
use crate::calm::model::Fault;
use crate::calm::model::Grows;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::names::hir::Closing;
use crate::names::hir::PromiseKind;
use crate::source::Span;

use super::growth::closing;
use super::points::Found;
use super::report::Teller;

impl Teller<'_> {
    /// What the user declared; an acceptance of nothing is a fault.
    pub(crate) fn declared(
        &self,
        points: &[(Found, Point)],
        faults: &mut Vec<Fault>,
    ) -> Vec<Declared> {
        let rels = self.builder.rels;
        let mut out: Vec<Declared> = Vec::new();
        let mut accepted: BTreeMap<Span, (RelName, String, BTreeSet<String>)> = BTreeMap::new();
        for (role, part) in self.system.parts.iter().enumerate() {
            for one in &part.hir.accepted {
                let head = part.typed.rules.iter().find(|rule| rule.span == one.rule);
                let on =
                    head.map(|rule| self.head(rels.number(role, rule.head))).unwrap_or_default();
                let slot = accepted.entry(rels.written(one.span)).or_insert((
                    on,
                    one.why.clone(),
                    BTreeSet::new(),
                ));
                for (_, point) in points {
                    let rule = part.typed.rules.get(point.rule_at);
                    if point.role_at == role && rule.is_some_and(|rule| rule.span == one.rule) {
                        slot.2.insert(point.id.clone());
                    }
                }
            }
        }
        for (span, (on, why, points)) in accepted {
            if points.is_empty() && self.system.complete {
                faults.push(Fault {
                    code: None,
                    title: "there is nothing here to accept".to_string(),
                    label: "nothing behind this hangs on the order of messages".to_string(),
                    help: "remove the `@nondet`, so that a point that comes later is seen"
                        .to_string(),
                    span,
                });
            }
            let points = points.into_iter().collect();
            out.push(Declared { attribute: "nondet".to_string(), on, why, points, span });
        }
        for observed in self.observed {
            let promise = rels.declared(observed.rel).and_then(|rel| rel.promise.as_ref());
            let Some(promise) = promise else { continue };
            let attribute = match promise.kind {
                PromiseKind::Eventually => continue,
                PromiseKind::Snapshot => "snapshot",
                PromiseKind::Assumed => "assume",
            };
            out.push(Declared {
                attribute: attribute.to_string(),
                on: rels.name(observed.rel),
                why: promise.why.clone().unwrap_or_default(),
                points: Vec::new(),
                span: rels.written(promise.span),
            });
        }
        out.sort_by_key(|declared| declared.span);
        out
    }

    /// Waiting for the end of a stream that never ends.
    pub(crate) fn endless(&self, points: &[(Found, Point)]) -> Vec<Fault> {
        let mut out = Vec::new();
        for (found, point) in points {
            let never = closing(self.builder.rels, found.source) == Some(&Closing::Endless);
            if found.kind != Kind::Seal || !never || point.accepted.is_some() {
                continue;
            }
            let name = &point.relation.name;
            out.push(Fault {
                code: Some(Code::WaitsForEndless),
                title: "this waits for the end of a stream that never ends".to_string(),
                label: format!("`{name}` is declared `endless`"),
                help: format!(
                    "show a threshold or an `@eventually` output, or declare by which column \
                     `{name}` is closed: `sealed by …`"
                ),
                span: point.span,
            });
        }
        out
    }

    pub(crate) fn duties(&self, points: &[(Found, Point)]) -> Vec<Duty> {
        let mut out = Vec::new();
        for (found, point) in points {
            let said = matches!(closing(self.builder.rels, found.source), Some(Closing::Sealed(_)));
            if found.kind == Kind::Seal && (!said || found.code == Code::SealOutsideGate) {
                out.push(Duty {
                    point: point.id.clone(),
                    relation: point.relation.clone(),
                    key: point.key.clone(),
                    who: self.senders(found.source),
                });
            }
        }
        out
    }

    /// Inputs of which every fact is kept, and the tables that keep them.
    pub(crate) fn grows(&self) -> Vec<Grows> {
        let builder = self.builder;
        let mut out = BTreeSet::new();
        for clause in builder.clauses.iter() {
            for &target in builder.rels.targets(clause.head) {
                if !builder.shifts.gains(target) || !builder.growth.grows[target] {
                    continue;
                }
                let mut came = false;
                super::clauses::atoms(&clause.lits, &mut |atom| {
                    let rel = builder.rels.number(clause.role, atom.rel);
                    if builder.growth.source[rel] && builder.rels.is_event(rel) {
                        out.insert(Grows { relation: builder.rels.name(rel) });
                        came = true;
                    }
                });
                if came {
                    out.insert(Grows { relation: builder.rels.name(target) });
                }
            }
        }
        out.into_iter().collect()
    }
}
