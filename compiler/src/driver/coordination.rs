//! What the analysis of coordination looks at: the program, or the programs of
//! its roles. What is found is not known here.

use super::Compiled;
use super::Role;
use crate::calm::Named;
use crate::calm::Part;
use crate::calm::System;
use crate::calm::analyse;
use crate::calm::collections;
use crate::calm::model::Assume;
use crate::calm::model::Report;
use crate::calm::proof::Search;
use crate::calm::strata::Strata;
use crate::calm::witness;
use crate::calm::witness::Actor;
use crate::source::Span;
use crate::stack;
use crate::types::typed;

impl Compiled {
    /// The program as the analysis wants it; `None` where nothing could be read.
    pub fn system(&self, assume: &Assume) -> Option<System<'_>> {
        let mut parts: Vec<Part<'_>> = self
            .roles
            .iter()
            .map(|role| Part {
                name: Some(&role.name),
                span: role.span,
                replicated: role.replicated.is_some(),
                hir: &role.hir,
                typed: &role.typed,
            })
            .collect();
        if parts.is_empty() {
            let (hir, typed) = (self.hir.as_ref()?, self.typed.as_ref()?);
            parts.push(Part { name: None, span: Span::default(), replicated: true, hir, typed });
        }
        Some(System {
            parts,
            sources: &self.sources,
            instances: self.copies.instances(),
            complete: !self.has_errors(),
            assume: assume.clone(),
        })
    }

    /// The collections of which something can be assumed, by name.
    pub fn collections(&self) -> Vec<Named> {
        self.system(&Assume::default()).map(|system| collections(&system)).unwrap_or_default()
    }

    /// The report on coordination.
    pub fn report(&self, assume: &Assume) -> Report {
        self.system(assume).map(|system| analyse(&system)).unwrap_or_default()
    }

    /// Looks for the smallest example of every point of the report. `steps` is
    /// what the search may do, in steps of the judge: [`witness::STEPS`].
    pub fn examples(&self, report: &mut Report, steps: u64) {
        match self.actors() {
            Some(actors) => {
                stack::deep(|| witness::examples(&actors, &self.sources, report, steps));
            }
            None => {
                let why = "the program has mistakes";
                for point in &mut report.points {
                    point.witness = Search::CannotRun(why.into());
                }
            }
        }
    }

    /// The programs that examples are played with, by the numbers of their roles.
    pub fn played(&self) -> Vec<(typed::Program, Strata)> {
        let Some(actors) = self.actors() else { return Vec::new() };
        let one =
            |at: usize| (witness::played(&actors, &self.sources, at), actors[at].strata.clone());
        (0..actors.len()).map(one).collect()
    }

    /// Who plays examples; `None` of a program with errors.
    fn actors(&self) -> Option<Vec<Actor<'_>>> {
        if self.roles.is_empty() {
            let (typed, strata) = (self.typed.as_ref()?, self.strata.as_ref()?);
            return Some(vec![Actor { role: None, typed, strata }]);
        }
        self.roles.iter().map(actor).collect()
    }
}

fn actor(role: &Role) -> Option<Actor<'_>> {
    let strata = role.strata.as_ref()?;
    Some(Actor { role: Some(&role.name), typed: &role.typed, strata })
}
