//! What the analysis of coordination looks at: the program, or the programs of
//! its roles. What is found is not known here.

use super::Compiled;
use crate::calm::Part;
use crate::calm::System;
use crate::calm::analyse;
use crate::calm::model::Assume;
use crate::calm::model::Report;
use crate::source::Span;

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

    /// The report on coordination.
    pub fn report(&self, assume: &Assume) -> Report {
        self.system(assume).map(|system| analyse(&system)).unwrap_or_default()
    }
}
