//! Types of patterns: what is known of the value flows into the pattern, and
//! what the pattern says flows back.

use crate::names::hir;
use crate::types::context::Cx;
use crate::types::context::Why;
use crate::types::unify::T;

impl<'a> Cx<'_, 'a> {
    /// Types a pattern that stands against a value of type `t`.
    pub fn pattern(&mut self, p: &'a hir::Pat, t: &T, why: Why<'a>) {
        match &p.kind {
            hir::PatKind::Wild => {}
            hir::PatKind::Var(v) => {
                let var = self.var(*v);
                if self.uni.unify(&var, t) {
                    self.note_origin(*v, p.span, Some(why));
                } else {
                    self.mismatch_pattern(p.span, Some(*v), &var, t, why);
                }
            }
            hir::PatKind::Tuple(ps) => {
                let parts: Vec<T> = ps.iter().map(|_| self.uni.fresh()).collect();
                self.shape(p, T::Tuple(parts.clone()), t, why);
                for (p, part) in ps.iter().zip(&parts) {
                    self.pattern(p, part, why_inside(why));
                }
            }
            hir::PatKind::Construct(e, variant, ps) => {
                let args = self.type_arguments(*e);
                self.shape(p, T::Enum(*e, args.clone()), t, why);
                let payload = self.payload(*e, *variant, &args);
                if payload.len() != ps.len() {
                    self.scope().bad = true;
                }
                for (i, p) in ps.iter().enumerate() {
                    let t = payload.get(i).cloned().unwrap_or(T::Error);
                    self.pattern(p, &t, Why::Payload(*e, *variant, i));
                }
            }
            hir::PatKind::Record(id, ps) => {
                self.shape(p, T::Record(*id), t, why);
                let fields = self.env.records.get(id.index()).map(|r| &r.fields);
                let fields: Vec<T> =
                    fields.map(|f| f.iter().map(|(_, t)| T::from(t)).collect()).unwrap_or_default();
                for (i, p) in ps.iter().enumerate() {
                    let t = fields.get(i).cloned().unwrap_or(T::Error);
                    self.pattern(p, &t, why_inside(why));
                }
            }
            hir::PatKind::Some(inner) => {
                let part = self.uni.fresh();
                self.shape(p, T::option(part.clone()), t, why);
                self.pattern(inner, &part, why_inside(why));
            }
            hir::PatKind::None => {
                let part = self.uni.fresh();
                self.shape(p, T::option(part), t, why);
            }
            hir::PatKind::Expr(e) => {
                self.check(e, t, why);
            }
        }
    }

    /// New unknowns for the type parameters of an enum.
    pub fn type_arguments(&mut self, e: crate::ids::EnumId) -> Vec<T> {
        let count = self.env.enums.get(e.index()).map_or(0, |e| e.params);
        (0..count).map(|_| self.uni.fresh()).collect()
    }

    /// The payload types of a constructor.
    pub fn payload(&self, e: crate::ids::EnumId, variant: usize, args: &[T]) -> Vec<T> {
        let variants = self.env.enums.get(e.index()).map(|e| &e.variants);
        variants
            .and_then(|v| v.get(variant))
            .map(|(_, payload)| payload.iter().map(|t| T::instance(t, args)).collect())
            .unwrap_or_default()
    }

    fn shape(&mut self, p: &'a hir::Pat, shape: T, t: &T, why: Why<'a>) {
        if !self.uni.unify(&shape, t) {
            self.mismatch_pattern(p.span, None, &shape, t, why);
        }
    }
}

/// Inside a pattern the column as a whole is no longer what wants the type.
fn why_inside(why: Why<'_>) -> Why<'_> {
    match why {
        Why::Column(..) | Why::Payload(..) | Why::Field(..) => why_part(),
        other => other,
    }
}

fn why_part<'a>() -> Why<'a> {
    Why::Wanted("the part of the value that stands here")
}
