//! The rules to look at: those that gave what is wrong, or came nearest to what is
//! missing, the nearest first. A rule that only hands on what it finds is seldom
//! at fault, so those that decide something come before it.

use std::collections::VecDeque;

use bloom_compiler::source::Span;

use crate::testing::failure::story::Attempt;
use crate::testing::failure::story::Failing;
use crate::testing::failure::story::Given;
use crate::testing::failure::story::How;
use crate::testing::failure::story::Premise;
use crate::testing::failure::story::Remark;
use crate::testing::failure::story::Story;

/// Rules that are named.
const RULES_MOST: usize = 3;

/// The rules of a story.
pub fn of(story: &Story) -> Vec<Span> {
    let mut search = Search {
        story,
        facts: vec![false; story.facts.len()],
        gaps: vec![false; story.gaps.len()],
        open: story.roots.iter().cloned().collect(),
        found: Vec::new(),
    };
    while let Some(premise) = search.open.pop_front() {
        match premise {
            Premise::Fact(fact) => search.fact(fact, None),
            Premise::Gap(gap) => search.gap(gap),
            Premise::Nothing { .. } | Premise::Holds { .. } => {}
        }
    }
    let mut found = search.found;
    found.sort_by_key(|(weight, _)| *weight);
    found.truncate(RULES_MOST);
    found.into_iter().map(|(_, rule)| rule).collect()
}

/// How likely a rule is at fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It gave what is wrong, because of what is not there or of how much there is.
    Decides,
    /// It could have given what is missing, or what did not arrive.
    Lacks,
    /// It handed on what is wrong.
    Copies,
}

/// Whether a rule asks for more than that some rows are there.
fn decides(given: &Given) -> bool {
    let decides = |premise: &Premise| !matches!(premise, Premise::Fact(_));
    given.is_group || given.matches.iter().flatten().any(decides)
}

struct Search<'s> {
    story: &'s Story,
    /// What was looked at.
    facts: Vec<bool>,
    gaps: Vec<bool>,
    open: VecDeque<Premise>,
    found: Vec<(Weight, Span)>,
}

impl Search<'_> {
    fn rule(&mut self, weight: Weight, rule: Span) {
        let known = self.found.iter().any(|(_, found)| *found == rule);
        if rule != Span::default() && !known {
            self.found.push((weight, rule));
        }
    }

    /// The rule that gave a fact, in whatever tick that was.
    fn fact(&mut self, number: usize, weight: Option<Weight>) {
        let story = self.story;
        let mut next = Some(number);
        while let Some(number) = next.take() {
            let (Some(fact), Some(seen)) = (story.facts.get(number), self.facts.get_mut(number))
            else {
                return;
            };
            if std::mem::replace(seen, true) {
                return;
            }
            match fact.origins.first().map(|origin| &origin.how) {
                Some(How::Rule(given)) if !given.is_stated => {
                    // Rules of the test itself are right.
                    if fact.moment.is_some() {
                        let own = if decides(given) { Weight::Decides } else { Weight::Copies };
                        self.rule(weight.unwrap_or(own), given.rule);
                    }
                    self.open.extend(given.matches.iter().flatten().cloned());
                }
                Some(How::Message { fact, .. }) => next = *fact,
                Some(
                    How::ToItself(fact)
                    | How::PutOff { fact, .. }
                    | How::Since(fact)
                    | How::Timer(fact),
                ) => next = Some(*fact),
                _ => {}
            }
        }
    }

    /// The rules that could have given what is missing, and those that sent what
    /// did not arrive.
    fn gap(&mut self, number: usize) {
        let story = self.story;
        let (Some(gap), Some(seen)) = (story.gaps.get(number), self.gaps.get_mut(number)) else {
            return;
        };
        if std::mem::replace(seen, true) {
            return;
        }
        for remark in &gap.remarks {
            match remark {
                Remark::Lost { fact: Some(fact), .. } | Remark::Gone { by: Some(fact), .. } => {
                    self.fact(*fact, Some(Weight::Lacks));
                }
                _ => {}
            }
        }
        for Attempt { rule, failing, .. } in &gap.attempts {
            self.rule(Weight::Lacks, *rule);
            match failing {
                Failing::Gap(gap) => self.open.push_back(Premise::Gap(*gap)),
                Failing::Present { premises, .. } => self.open.extend(premises.iter().cloned()),
                _ => {}
            }
        }
    }
}
