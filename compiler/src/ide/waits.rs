//! Who has to wait, by places of the text: what stands above outputs and rules, and
//! what could be changed at a point. A report takes longer than a check, and
//! examples longer than a report, so each is asked for by itself. How it is told is
//! not known here.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::calm::model::Answer;
use crate::calm::model::Assume;
use crate::calm::model::Point;
use crate::calm::model::Report;
use crate::calm::model::Threshold;
use crate::calm::model::Verdict;
use crate::diag::Diagnostic;
use crate::driver::Applied;
use crate::driver::Budget;
use crate::ide::Analysis;
use crate::ide::Edit;
use crate::ide::analysis::FILE;
use crate::ide::edits;
use crate::source::Span;
use crate::stack;

/// What a report says of a text.
#[derive(Clone, Debug)]
pub struct Coordination {
    /// The report; some of its places may be in files that are imported.
    pub report: Report,
    /// What stands above outputs, invariants, unread channels and rules, by place;
    /// one for each line.
    pub lenses: Vec<Lens>,
    /// What is wrong with waiting as a whole: acceptances of nothing, waits without end.
    pub faults: Vec<Diagnostic>,
    /// For each point of the report what could be changed there, once somebody
    /// looked.
    changes: Vec<Vec<Applied>>,
}

/// A verdict above something.
#[derive(Clone, PartialEq, Debug)]
pub struct Lens {
    /// The name of what is observed, or the rule.
    pub span: Span,
    /// Whether it stands at a rule.
    pub is_rule: bool,
    /// The verdict.
    pub said: Said,
}

/// What a lens says. Points and thresholds are numbers of those of the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// Nobody waits.
    Free,
    /// It waits for data only.
    Threshold(Vec<usize>),
    /// Somebody waits, at these points.
    Waits(Vec<usize>),
    /// It may change, and the user accepts it.
    Accepted(Vec<usize>),
    /// It is taken as the user declares it.
    Declared,
}

/// How long to look for examples and changes, in steps.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// For examples.
    pub examples: u64,
    /// For changes.
    pub changes: Budget,
}

impl Analysis {
    /// What has to be waited for.
    pub fn coordination(&self) -> Coordination {
        stack::deep(|| {
            let report = self.compiled.report(&Assume::default());
            let lenses = self.lenses(&report);
            let faults = self.compiled.faults(&report);
            Coordination { report, lenses, faults, changes: Vec::new() }
        })
    }

    /// The same with examples, and with what could be changed.
    pub fn deepened(&self, known: &Coordination, effort: Effort) -> Coordination {
        stack::deep(|| {
            let mut found = known.clone();
            let assume = Assume::default();
            found.changes = self.compiled.applied(&found.report, &assume, effort.changes);
            for (point, changes) in found.report.points.iter_mut().zip(&found.changes) {
                point.rewrites = changes.iter().map(|one| one.rewrite.clone()).collect();
            }
            self.compiled.examples(&mut found.report, effort.examples);
            found
        })
    }

    /// The changes that would help at the points in a range, each with its point.
    pub fn rewrites<'c>(
        &self,
        known: &'c Coordination,
        range: &Range<usize>,
    ) -> Vec<(&'c Point, &'c Applied, Vec<Edit>)> {
        let mut out = Vec::new();
        let main = &self.compiled.sources.file(FILE).name;
        for (point, changes) in known.report.points.iter().zip(&known.changes) {
            if !touches(point.span, range) {
                continue;
            }
            for applied in changes {
                // An editor changes the text that it asked about, and no other.
                if let [(name, text)] = applied.files.as_slice()
                    && name == main
                {
                    out.push((point, applied, edits::changes(&self.text, text)));
                }
            }
        }
        out
    }

    fn lenses(&self, report: &Report) -> Vec<Lens> {
        let mut found: BTreeMap<usize, Lens> = BTreeMap::new();
        let mut add = |lens: Lens| {
            if lens.span.file == FILE {
                found.entry(self.line(lens.span.lo)).or_insert(lens);
            }
        };
        for verdict in &report.verdicts {
            if let Some(said) = of_verdict(report, verdict) {
                add(Lens { span: verdict.span, is_rule: false, said });
            }
        }
        for span in self.rules() {
            if let Some(said) = of_rule(report, span) {
                add(Lens { span, is_rule: true, said });
            }
        }
        let mut lenses: Vec<Lens> = found.into_values().collect();
        lenses.sort_by_key(|lens| lens.span);
        lenses
    }

    /// The rules that are written in this text, facts aside.
    fn rules(&self) -> Vec<Span> {
        let roles = self.compiled.roles.iter().map(|role| &role.typed);
        let whole = self.compiled.typed.iter().filter(|_| self.compiled.roles.is_empty());
        let rules = roles.chain(whole).flat_map(|program| &program.rules);
        let written = rules
            .filter(|rule| !rule.is_fact)
            .map(|rule| self.compiled.sources.written(rule.span))
            .filter(|span| span.file == FILE);
        let mut spans: Vec<Span> = written.collect();
        spans.sort();
        spans.dedup();
        spans
    }
}

impl Coordination {
    /// The points that stand in a range of the text.
    pub fn points_at(&self, range: &Range<usize>) -> impl Iterator<Item = &Point> {
        self.report.points.iter().filter(move |point| touches(point.span, range))
    }

    /// A point by its number.
    pub fn point(&self, at: usize) -> Option<&Point> {
        self.report.points.get(at)
    }

    /// A threshold by its number.
    pub fn threshold(&self, at: usize) -> Option<&Threshold> {
        self.report.thresholds.get(at)
    }

    /// Whether there is something to find examples or changes for.
    pub fn can_be_deepened(&self) -> bool {
        self.report.complete && self.report.points.iter().any(|point| point.accepted.is_none())
    }
}

fn touches(span: Span, range: &Range<usize>) -> bool {
    let own = span.range();
    span.file == FILE && own.start <= range.end && range.start <= own.end
}

/// What is said of something that is observed; nothing while the program is wrong and
/// what it waits for may not be known yet.
fn of_verdict(report: &Report, verdict: &Verdict) -> Option<Said> {
    let at = |id: &String| report.points.iter().position(|point| point.id == *id);
    let points: Vec<usize> = verdict.points.iter().filter_map(at).collect();
    match verdict.answer {
        Answer::Waits => Some(waits(report, points)),
        Answer::Declared => Some(Said::Declared),
        _ if !report.complete => None,
        Answer::Free => Some(Said::Free),
        Answer::Threshold => {
            let shows = |one: &Threshold| one.outputs.contains(&verdict.name);
            Some(Said::Threshold(positions(&report.thresholds, shows)))
        }
    }
}

fn of_rule(report: &Report, rule: Span) -> Option<Said> {
    let within = |span: Span| span.file == rule.file && rule.lo <= span.lo && span.hi <= rule.hi;
    let points = positions(&report.points, |point| within(point.span));
    if !points.is_empty() {
        return Some(waits(report, points));
    }
    if !report.complete {
        return None;
    }
    let thresholds = positions(&report.thresholds, |one| within(one.span));
    Some(if thresholds.is_empty() { Said::Free } else { Said::Threshold(thresholds) })
}

fn waits(report: &Report, points: Vec<usize>) -> Said {
    let is_open = |at: &usize| report.points.get(*at).is_some_and(|one| one.accepted.is_none());
    let open: Vec<usize> = points.iter().copied().filter(is_open).collect();
    if open.is_empty() { Said::Accepted(points) } else { Said::Waits(open) }
}

fn positions<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    all.iter().enumerate().filter(|(_, one)| wanted(one)).map(|(at, _)| at).collect()
}
