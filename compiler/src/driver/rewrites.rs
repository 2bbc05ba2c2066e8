//! Rewrites as they are offered: each proposal is compiled and analysed again,
//! and offered only if there is less to wait for afterwards. Then both programs
//! are run on the same small inputs, to find out whether they say the same. How
//! proposals come about is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `files` | the program's own files, and the program with some of them changed |
//! | `slice` | the part of a program that a change can touch |
//! | `price` | what the points of a report cost, one against the other |
//! | `compare` | two programs on the same inputs |
//! | `chance` | small inputs |

mod chance;
mod compare;
mod files;
mod price;
mod slice;

use std::collections::BTreeMap;

use similar::TextDiff;

use super::Compiled;
use crate::calm::model::Assume;
use crate::calm::model::Kind;
use crate::calm::model::Meaning;
use crate::calm::model::Point;
use crate::calm::model::Report;
use crate::calm::model::Rewrite;
use crate::calm::rewrites::Proposal;
use crate::calm::rewrites::proposals;
use crate::calm::rewrites::words;
use crate::source::FileId;

use compare::Compared;
use slice::Slice;

/// Lines around a change.
const CONTEXT: usize = 1;

/// Rewrites that are offered at one point.
const OFFERED_MAX: usize = 3;

/// What may be spent on rewrites: steps, not time, so that the same program
/// always gets the same answer.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Rules that are compiled and analysed again, over all proposals.
    pub rules: u64,
    /// Rules that the oracle runs, over all comparisons.
    pub oracle: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { rules: 40_000, oracle: 400_000 }
    }
}

/// A rewrite, with the files as they would be.
#[derive(Clone, PartialEq, Debug)]
pub struct Applied {
    /// What is told of it.
    pub rewrite: Rewrite,
    /// The names of the files that change, with their new texts.
    pub files: Vec<(String, String)>,
}

/// What became of one proposal.
type Outcome = Option<(usize, Meaning)>;

struct Trials<'a> {
    compiled: &'a Compiled,
    assume: &'a Assume,
    own: &'a files::Own,
    report: &'a Report,
    left: Budget,
    /// Changes that were tried, for another point perhaps.
    known: BTreeMap<Vec<(FileId, String)>, Outcome>,
}

impl Compiled {
    /// Fills in what could be changed at the points of a report of this program.
    /// Of a program with errors nothing is offered.
    pub fn rewrites(&self, report: &mut Report, assume: &Assume, budget: Budget) {
        let all = self.applied(report, assume, budget);
        for (point, found) in report.points.iter_mut().zip(all) {
            point.rewrites = found.into_iter().map(|applied| applied.rewrite).collect();
        }
    }

    /// For each point of a report of this program what could be changed there,
    /// with the changed files.
    pub fn applied(&self, report: &Report, assume: &Assume, budget: Budget) -> Vec<Vec<Applied>> {
        let mut out = vec![Vec::new(); report.points.len()];
        let Some(system) = self.system(assume).filter(|_| !self.has_errors()) else { return out };
        let own = files::Own::of(self);
        let mut trials = Trials {
            compiled: self,
            assume,
            own: &own,
            report,
            left: budget,
            known: BTreeMap::new(),
        };
        let words = words(&self.sources, own.written());
        let open = |point: &Point| point.accepted.is_none() && point.kind != Kind::Local;
        let all = report.points.iter().map(|point| match open(point) {
            true => proposals(&system, report, point, own.written(), &words),
            false => Vec::new(),
        });
        let all: Vec<Vec<Proposal>> = all.collect();
        // The first of each point before the second of any.
        let most = all.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..most {
            for (proposals, offered) in all.iter().zip(&mut out) {
                if let Some(proposal) = proposals.get(at)
                    && offered.len() < OFFERED_MAX
                {
                    offered.extend(trials.tried(proposal));
                }
            }
        }
        out
    }
}

impl Trials<'_> {
    fn tried(&mut self, proposal: &Proposal) -> Option<Applied> {
        let outcome = match self.known.get(&proposal.files) {
            Some(known) => known.clone(),
            None => {
                let found = self.outcome(proposal);
                self.known.insert(proposal.files.clone(), found.clone());
                found
            }
        };
        let (points_after, meaning) = outcome?;
        let same = matches!(meaning, Meaning::Same(_));
        let files: Vec<(String, String)> = proposal
            .files
            .iter()
            .map(|(file, text)| (self.compiled.sources.file(*file).name.clone(), text.clone()))
            .collect();
        let rewrite = Rewrite {
            id: proposal.id.to_string(),
            title: proposal.title.clone(),
            machine_applicable: same,
            meaning,
            points_after,
            diff: self.diff(proposal),
        };
        Some(Applied { rewrite, files })
    }

    fn outcome(&mut self, proposal: &Proposal) -> Outcome {
        let part = self.part(proposal);
        let rules = part.as_ref().map_or_else(|| self.rules(), |part| 1 + part.rules);
        self.left.rules = self.left.rules.checked_sub(rules)?;
        let after = match &part {
            Some(part) => self.own.changed(self.compiled, &[(FileId(0), part.after.clone())])?,
            None => self.own.changed(self.compiled, &proposal.files)?,
        };
        if after.has_errors() {
            return None;
        }
        let report = after.report(self.assume);
        let touched = |name: &str| part.as_ref().is_none_or(|part| part.names.contains(name));
        let before: Vec<&Point> =
            self.report.points.iter().filter(|point| touched(&point.relation.name)).collect();
        let less = price::total(&report.points) < price::total(before.iter().copied());
        if !less && !proposal.declares || report.faults.len() > self.report.faults.len() {
            return None;
        }
        let points = self.report.points.len() + report.points.len() - before.len();
        Some((points, self.meaning(proposal, part.as_ref(), &after)))
    }

    /// The part of the program that is touched, if the rest can be left out.
    fn part(&self, proposal: &Proposal) -> Option<Slice> {
        let [(FileId(0), after)] = proposal.files.as_slice() else { return None };
        let before = self.compiled.sources.files().first()?;
        Slice::of(&before.text, after)
    }

    /// The size of the program: what compiling it again costs.
    fn rules(&self) -> u64 {
        let roles = self.compiled.roles.iter().map(|role| role.typed.rules.len());
        let whole = self.compiled.typed.iter().map(|typed| typed.rules.len());
        1 + roles.chain(whole).sum::<usize>() as u64
    }

    fn meaning(&mut self, proposal: &Proposal, part: Option<&Slice>, after: &Compiled) -> Meaning {
        let before = part
            .and_then(|part| self.own.changed(self.compiled, &[(FileId(0), part.before.clone())]));
        let before = before.as_ref().filter(|before| !before.has_errors());
        let before = before.unwrap_or(self.compiled);
        let compared = compare::compare(before, after, &mut self.left.oracle);
        match (&proposal.by_design, compared) {
            (None, Compared::Same(runs)) => Meaning::Same(runs),
            (None, Compared::Differs(example)) => Meaning::Changes(example),
            (None, Compared::Unknown(why)) => Meaning::Changes(why),
            (Some(words), Compared::Differs(example)) => {
                Meaning::Changes(format!("{words}. {example}"))
            }
            (Some(words), _) => Meaning::Changes(words.clone()),
        }
    }

    fn diff(&self, proposal: &Proposal) -> String {
        let mut out = String::new();
        for (file, text) in &proposal.files {
            let old = self.compiled.sources.file(*file);
            let diff = TextDiff::from_lines(&*old.text, text.as_str());
            let mut unified = diff.unified_diff();
            unified.context_radius(CONTEXT).header(&old.name, &old.name);
            out.push_str(&unified.to_string());
        }
        out
    }
}
