//! How large things become once they are written out: rules by their `or`s,
//! constants and functions by those they name. A short program can ask for more
//! than any machine has; here it is refused before anything is written out.
//! What is done with the parts is not known here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::limits;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

use super::order;
use super::walk;

/// Most registers that a part takes: a value, its copy in the audit, and what
/// a pattern compares it with.
const PER_EXPR: u64 = 3;
const PER_PATTERN: u64 = 6;
/// `or`s shown in a message.
const SHOWN_MAX: usize = 4;

/// What constants and functions weigh.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    consts: Vec<Size>,
    fns: Vec<Size>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Registers.
    weight: u64,
    /// How deep it is, with all that it names.
    depth: u64,
}

impl Size {
    fn add(&mut self, part: Size) {
        self.weight = self.weight.saturating_add(part.weight);
        self.depth = self.depth.max(part.depth);
    }
}

impl Sizes {
    /// Measures the declarations of a program and reports those that are too
    /// large.
    pub(super) fn of(program: &Program, diags: &mut Vec<Diagnostic>) -> Sizes {
        for rel in program.rels.iter().filter(|rel| rel.cols.len() > limits::COLUMNS_MAX) {
            let title = format!("`{}` has {} columns", rel.name, rel.cols.len());
            diags.push(
                Diagnostic::error(codes::TOO_LARGE, rel.name_span, title)
                    .at(format!("a collection may have {}", limits::COLUMNS_MAX))
                    .help("put columns that belong together into a record, or split it by key"),
            );
        }
        let mut sizes = Sizes::default();
        sizes.consts.resize(program.consts.len(), Size::default());
        sizes.fns.resize(program.fns.len(), Size::default());
        for i in order::of(program.consts.iter().map(|c| &c.value), &order::consts) {
            let constant = &program.consts[i];
            sizes.consts[i] = sizes.judged(&constant.value, &constant.name, constant.span, diags);
        }
        for i in order::of(program.fns.iter().map(|f| &f.body), &order::fns) {
            let function = &program.fns[i];
            let vars = function.vars.len() as u64;
            let own = sizes.judged(&function.body, &function.name, function.span, diags);
            sizes.fns[i] = Size { weight: own.weight.saturating_add(vars), ..own };
        }
        sizes
    }

    /// The size of a declaration. One that was reported is small from then on,
    /// so that what names it is not reported too.
    fn judged(&self, e: &Expr, name: &str, span: Span, diags: &mut Vec<Diagnostic>) -> Size {
        let size = self.expr(e);
        let deep = size.depth > limits::DEPTH_MAX;
        if !deep && size.weight <= limits::REGISTERS_MAX {
            return size;
        }
        let (title, label) = match deep {
            true => (
                format!("`{name}` goes too deep"),
                "with what it names it is too deep to be evaluated".to_string(),
            ),
            false => (
                format!("`{name}` is too large"),
                "with the constants that it names it is too large to be evaluated".to_string(),
            ),
        };
        diags.push(
            Diagnostic::error(codes::TOO_LARGE, span, title)
                .at(label)
                .note("A constant stands for its expression wherever it is named.")
                .help("write the value itself, or put large data into a table"),
        );
        Size { weight: 1, depth: 1 }
    }

    fn expr(&self, e: &Expr) -> Size {
        match &e.kind {
            ExprKind::Literal(_) | ExprKind::Var(_) => Size { weight: 1, depth: 1 },
            ExprKind::Const(id) => {
                let of = self.consts.get(id.index()).copied().unwrap_or_default();
                Size { weight: of.weight.saturating_add(1), depth: of.depth + 1 }
            }
            kind => {
                let mut size = Size { weight: PER_EXPR, depth: 0 };
                if let ExprKind::Call(id, _) = kind {
                    size.depth = self.fns.get(id.index()).copied().unwrap_or_default().depth;
                }
                if let ExprKind::Match(_, arms) = kind {
                    arms.iter().for_each(|(pat, _)| self.pattern(pat, &mut size));
                }
                parts(e, &mut |part| size.add(self.expr(part)));
                Size { depth: size.depth + 1, ..size }
            }
        }
    }

    fn pattern(&self, pat: &Pat, size: &mut Size) {
        size.add(Size { weight: PER_PATTERN, depth: 1 });
        match &pat.kind {
            PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
            PatKind::Expr(e) => size.add(self.expr(e)),
            PatKind::Some(p) => self.pattern(p, size),
            PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
                ps.iter().for_each(|p| self.pattern(p, size));
            }
        }
    }

    fn lits(&self, lits: &[Lit], size: &mut Size) {
        let atom = |atom: &Atom, size: &mut Size| {
            let given = atom.args.iter().filter(|p| !matches!(p.kind, PatKind::Wild));
            given.for_each(|p| self.pattern(p, size));
        };
        for lit in lits {
            match &lit.kind {
                LitKind::Atom(a) => atom(a, size),
                LitKind::Cond(e) => size.add(self.expr(e)),
                LitKind::Bind(p, e) | LitKind::In(p, e) => {
                    self.pattern(p, size);
                    size.add(self.expr(e));
                }
                LitKind::Not(lits) => self.lits(lits, size),
                LitKind::Or(branches) => branches.iter().for_each(|b| self.lits(b, size)),
                LitKind::Else { atom: a, otherwise, .. } => {
                    atom(a, size);
                    atom(a, size);
                    self.lits(otherwise, size);
                }
                LitKind::All { range, lits, .. } => {
                    size.add(self.expr(range));
                    self.lits(lits, size);
                }
            }
        }
    }

    /// Whether a rule as written is small enough for what comes.
    pub(super) fn rule(&self, rule: &Rule, diags: &mut Vec<Diagnostic>) -> bool {
        let count = literals(&rule.body.lits);
        if count > limits::LITERALS_MAX {
            let title = format!("a rule with {count} literals");
            diags.push(
                Diagnostic::error(codes::TOO_LARGE, rule.head_span, title)
                    .at(format!("a rule may have {}", limits::LITERALS_MAX))
                    .help("give parts of the body a view of their own"),
            );
            return false;
        }
        let most = most_ways(&rule.body.lits);
        if most > limits::ALTERNATIVES_MAX {
            diags.push(alternatives(rule, most));
            return false;
        }
        self.evaluated(rule, diags)
    }

    /// Whether a rule can be evaluated: its registers have numbers, and its
    /// expressions are not too deep.
    pub(super) fn evaluated(&self, rule: &Rule, diags: &mut Vec<Diagnostic>) -> bool {
        let mut size = Size::default();
        walk::head_exprs(rule, &mut |e| size.add(self.expr(e)));
        self.lits(&rule.body.lits, &mut size);
        // With aggregates all alternatives share the registers of one rule.
        let times = if rule.aggs.is_empty() { 1 } else { most_ways(&rule.body.lits) };
        let weight = size.weight.saturating_mul(times).saturating_add(rule.vars.len() as u64);
        let deep = size.depth > limits::DEPTH_MAX;
        if deep || weight > limits::REGISTERS_MAX {
            diags.push(too_large(rule, if deep { "deep" } else { "large" }));
            return false;
        }
        true
    }
}

/// The message for a rule that cannot be evaluated.
pub(super) fn too_large(rule: &Rule, how: &str) -> Diagnostic {
    let title = format!("a rule too {how} to be evaluated");
    Diagnostic::error(codes::TOO_LARGE, rule.head_span, title)
        .at("with the constants and functions that it names, the rule of this head")
        .help("give parts of it a view of their own, or put large data into a table")
}

fn alternatives(rule: &Rule, most: u64) -> Diagnostic {
    let number = match most {
        u64::MAX => "more than 2^64".to_string(),
        n => n.to_string(),
    };
    let title = format!("a rule with {number} alternatives");
    let mut diagnostic = Diagnostic::error(codes::ALTERNATIVES, rule.head_span, title)
        .at(format!("a rule may be met in {} ways", limits::ALTERNATIVES_MAX));
    let several = rule.body.lits.iter().filter(|lit| most_ways(std::slice::from_ref(lit)) > 1);
    for lit in several.take(SHOWN_MAX) {
        let own = most_ways(std::slice::from_ref(lit));
        diagnostic = diagnostic.label(lit.span, format!("{own} ways"));
    }
    diagnostic
        .note(
            "Every branch of one `or` goes with every branch of the next: their numbers multiply.",
        )
        .help("define a view with one rule for each branch, and read the view here")
}

/// Literals, those inside of others included.
fn literals(lits: &[Lit]) -> usize {
    let inside = |lit: &Lit| match &lit.kind {
        LitKind::Not(lits) | LitKind::All { lits, .. } => literals(lits),
        LitKind::Or(branches) => branches.iter().map(|b| literals(b)).sum(),
        LitKind::Else { otherwise, .. } => 1 + literals(otherwise),
        LitKind::Atom(_) | LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => 0,
    };
    lits.iter().map(|lit| 1 + inside(lit)).sum()
}

/// The ways to meet a conjunction, or one under `not` in it if that has more.
fn most_ways(lits: &[Lit]) -> u64 {
    let mut most = 0;
    let own = ways(lits, &mut most);
    own.max(most)
}

fn ways(lits: &[Lit], most: &mut u64) -> u64 {
    lits.iter().fold(1u64, |product, lit| {
        product.saturating_mul(match &lit.kind {
            LitKind::Atom(_) | LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => 1,
            LitKind::Or(branches) => {
                branches.iter().fold(0u64, |sum, b| sum.saturating_add(ways(b, most)))
            }
            LitKind::Else { otherwise, .. } => ways(otherwise, most).saturating_add(1),
            LitKind::Not(lits) | LitKind::All { lits, .. } => {
                let inner = ways(lits, most);
                *most = (*most).max(inner);
                1
            }
        })
    })
}
