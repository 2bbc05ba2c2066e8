//! Where fields of records are read by `e.f`. Which record is meant is known
//! only from the type of `e`, so these places are found in the typed program;
//! rules with errors are not in it.

use crate::ide::analysis::FILE;
use crate::ids::RecordId;
use crate::names::occurrences::Occurrence;
use crate::names::occurrences::Thing;
use crate::names::occurrences::Use;
use crate::source::Span;
use crate::types::parts;
use crate::types::ty::Ty;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;

/// All `.f` of a program.
pub(super) fn uses(program: &Program, text: &str) -> Vec<Occurrence> {
    if program.records.is_empty() {
        return Vec::new();
    }
    let mut walk = Walk { program, text, found: Vec::new() };
    for rule in &program.rules {
        rule.args.iter().for_each(|e| walk.expr(e));
        for agg in &rule.aggs {
            agg.args.iter().chain(agg.by.iter().map(|(e, _)| e)).for_each(|e| walk.expr(e));
        }
        walk.lits(&rule.body.lits);
    }
    program.fns.iter().for_each(|f| walk.expr(&f.body));
    program.consts.iter().for_each(|c| walk.expr(&c.value));
    walk.found
}

struct Walk<'p> {
    program: &'p Program,
    text: &'p str,
    found: Vec<Occurrence>,
}

impl Walk<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field(base, index) => {
                if let Ty::Record(id) = base.ty {
                    self.field(id, *index, expr.span);
                }
            }
            ExprKind::Match(_, arms) => arms.iter().for_each(|(pat, _)| self.pat(pat)),
            _ => {}
        }
        parts::parts(expr, &mut |part| self.expr(part));
    }

    /// The name is the last word of what is written.
    fn field(&mut self, id: RecordId, index: usize, span: Span) {
        let record = self.program.records.get(id.index());
        let Some((name, _)) = record.and_then(|r| r.fields.get(index)) else { return };
        let lo = (span.hi as usize).saturating_sub(name.len());
        if span.file == FILE && self.text.get(lo..span.hi as usize) == Some(name) {
            let span = Span::new(FILE, lo, span.hi as usize);
            let thing = Thing::Field(id, index as u32);
            self.found.push(Occurrence { span, thing, how: Use::Reads });
        }
    }

    fn atom(&mut self, atom: &Atom) {
        atom.args.iter().for_each(|p| self.pat(p));
    }

    fn pat(&mut self, pat: &Pat) {
        match &pat.kind {
            PatKind::Tuple(parts) | PatKind::Construct(_, _, parts) => {
                parts.iter().for_each(|p| self.pat(p));
            }
            PatKind::Some(inner) => self.pat(inner),
            PatKind::Expr(e) => self.expr(e),
            PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
        }
    }

    fn lits(&mut self, lits: &[Lit]) {
        for lit in lits {
            match &lit.kind {
                LitKind::Atom(atom) => self.atom(atom),
                LitKind::Not(lits) => self.lits(lits),
                LitKind::Cond(e) => self.expr(e),
                LitKind::Bind(pat, e) | LitKind::In(pat, e) => {
                    self.pat(pat);
                    self.expr(e);
                }
                LitKind::Or(branches) => branches.iter().for_each(|b| self.lits(b)),
                LitKind::Else { atom, otherwise, .. } => {
                    self.atom(atom);
                    self.lits(otherwise);
                }
                LitKind::All { range, lits, .. } => {
                    self.expr(range);
                    self.lits(lits);
                }
            }
        }
    }
}
