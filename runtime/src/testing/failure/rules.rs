//! The rules to look at: those that gave what is wrong, or came nearest to what is
//! missing, the nearest first.

use std::collections::VecDeque;

use bloom_compiler::source::Span;

use crate::testing::failure::story::Attempt;
use crate::testing::failure::story::Failing;
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
            Premise::Fact(fact) => search.fact(fact),
            Premise::Gap(gap) => search.gap(gap),
            Premise::Nothing { .. } | Premise::Holds { .. } => {}
        }
    }
    search.found
}

struct Search<'s> {
    story: &'s Story,
    /// What was looked at.
    facts: Vec<bool>,
    gaps: Vec<bool>,
    open: VecDeque<Premise>,
    found: Vec<Span>,
}

impl Search<'_> {
    fn rule(&mut self, rule: Span) {
        let is_known = rule == Span::default() || self.found.contains(&rule);
        if !is_known && self.found.len() < RULES_MOST {
            self.found.push(rule);
        }
    }

    /// The rule that gave a fact, in whatever tick that was.
    fn fact(&mut self, number: usize) {
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
                        self.rule(given.rule);
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
                    self.fact(*fact);
                }
                _ => {}
            }
        }
        for Attempt { rule, failing, .. } in &gap.attempts {
            self.rule(*rule);
            match failing {
                Failing::Gap(gap) => self.open.push_back(Premise::Gap(*gap)),
                Failing::Present { premises, .. } => self.open.extend(premises.iter().cloned()),
                _ => {}
            }
        }
    }
}
