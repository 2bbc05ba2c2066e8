//! What tests add to a typed program, taken apart from it and put to it again.
//! A program runs without its tests; a test looks at the rows of a tick that
//! has been, so what it expects is a small program of its own over these rows.
//! How tests run is not known here.

use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::names::hir;
use crate::types::judge::atoms;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Rule;

/// The tests of a program, with what they need beside it.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// In source order.
    pub list: Vec<hir::Test>,
    /// Collections that only tests need: their numbers go on where those of
    /// the program end.
    pub rels: Vec<Rel>,
    /// Rules of these.
    pub rules: Vec<Rule>,
}

impl Program {
    /// Takes the tests apart from a program that was typed with them.
    pub fn part_from_tests(&mut self, tests: &hir::Tests) {
        let first = tests.first_rel.min(self.rels.len());
        let is_test = |rel: RelId| rel.index() >= first;
        self.tests.list.clone_from(&tests.list);
        self.tests.rels = self.rels.split_off(first);
        let (rules, own) =
            std::mem::take(&mut self.rules).into_iter().partition(|rule| is_test(rule.head));
        (self.tests.rules, self.rules) = (rules, own);
        self.bad_rules.retain(|rel| !is_test(*rel));
    }

    /// The program with everything that tests need.
    pub fn with_tests(&self) -> Program {
        let mut whole = self.clone();
        let tests = std::mem::take(&mut whole.tests);
        whole.rels.extend(tests.rels);
        whole.rules.extend(tests.rules);
        whole
    }

    /// The program with what these collections of tests need.
    pub fn with_expected(&self, wanted: &[RelId]) -> Program {
        let mut program = self.clone();
        let tests = std::mem::take(&mut program.tests);
        program.rules.extend(tests.needed(wanted).cloned());
        program.rels.extend(tests.rels);
        program
    }

    /// A program of these collections of tests and nothing else: all other
    /// collections have the rows that they are given.
    pub fn only_expected(&self, wanted: &[RelId]) -> Program {
        let mut rels = self.rels.clone();
        rels.extend(self.tests.rels.iter().cloned());
        Program {
            rels,
            rules: self.tests.needed(wanted).cloned().collect(),
            fns: self.fns.clone(),
            consts: self.consts.clone(),
            enums: self.enums.clone(),
            records: self.records.clone(),
            ..Program::default()
        }
    }
}

impl Tests {
    /// The rules that fill these collections, and those that they read of the
    /// views of tests.
    fn needed(&self, wanted: &[RelId]) -> impl Iterator<Item = &Rule> {
        let mut needed: BTreeSet<RelId> = wanted.iter().copied().collect();
        let mut before = 0;
        while before < needed.len() {
            before = needed.len();
            for rule in &self.rules {
                if needed.contains(&rule.head) {
                    atoms(&rule.body.lits, &mut |atom, _| {
                        needed.insert(atom.rel);
                    });
                }
            }
        }
        self.rules.iter().filter(move |rule| needed.contains(&rule.head))
    }
}
