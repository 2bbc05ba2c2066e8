//! Absences: antijoins where one look-up decides, else the steps of a nested
//! search. This room must not know strata: what is absent is finished.

use crate::plan::fallible;
use crate::plan::goals::Goal;
use crate::plan::goals::Vars;
use crate::plan::ir::Step;
use crate::plan::join::Planner;
use crate::plan::lower::Lower;

impl Lower<'_, '_> {
    /// Cuts if the goals have a match.
    pub(super) fn absent(&mut self, goals: &[Goal]) {
        // Where nothing fails, the order of the search is nobody's business.
        // Where something can, a failure that the strict order would not meet
        // must not stand for a match or for its absence.
        let strict = self.strict;
        let fails = goals.iter().any(|g| fallible::goal(g, self.shared.program));
        self.strict &= fails;
        let order = match fails {
            true => (0..goals.len()).collect(),
            false => Planner {
                shared: self.shared,
                places: self.places,
                goals,
                outer: &self.bound,
                fixed: &[],
                frugal: false,
            }
            .order(None),
        };
        let (bound, words) = (self.bound.clone(), self.words.clone());
        let before = std::mem::take(&mut self.steps);
        let multiple = std::mem::replace(&mut self.multiple, false);
        self.goals(goals, &order, None, &Vars::default());
        self.multiple = multiple;
        let inner = std::mem::replace(&mut self.steps, before);
        // What the search bound is nothing to those outside.
        self.bound = bound;
        self.words = words;
        self.antijoin(inner);
        self.strict = strict;
    }

    /// A search that computes and then looks up once is an antijoin, unless
    /// computing can end it: that means absence here, but would cut outside.
    fn antijoin(&mut self, mut inner: Vec<Step>) {
        let last = inner.pop();
        let plain = inner.iter().all(|step| match step {
            Step::Eval(code) => !(self.shared.cuts(code) || self.strict && self.shared.fails(code)),
            _ => false,
        });
        let anti = match &last {
            Some(Step::Find { rel, key, checks, binds })
                if checks.is_empty() && binds.is_empty() =>
            {
                Some(Step::AntiFind { rel: *rel, key: key.clone() })
            }
            Some(Step::Semi { rel, index, key }) => {
                Some(Step::AntiProbe { rel: *rel, index: *index, key: key.clone() })
            }
            Some(Step::Any { rel }) => Some(Step::AntiAny { rel: *rel }),
            _ => None,
        };
        match anti {
            Some(anti) if plain => {
                for step in inner {
                    if let Step::Eval(code) = step {
                        self.push_code(code);
                    }
                }
                self.steps.push(anti);
            }
            _ => {
                inner.extend(last);
                self.steps.push(Step::Absent { steps: inner });
            }
        }
    }
}
