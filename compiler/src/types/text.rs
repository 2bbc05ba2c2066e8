//! The typed program as text, for people who ask what the compiler made of
//! theirs. The form is not stable and nothing reads it back.

use std::fmt::Write;

use crate::types::builtins;
use crate::types::ty::show;
use crate::types::ty::show_lattice;
use crate::types::typed::*;

/// Collections with the roles of their columns, then rules with the types of
/// their variables and what was judged about them.
pub fn types_text(program: &Program) -> String {
    let mut out = String::new();
    for rel in &program.rels {
        let cols: Vec<String> = rel.cols.iter().map(|c| column(program, c)).collect();
        let groups = match rel.groups.as_slice() {
            [] => String::new(),
            roles => format!("  // arrives at {}", roles.join(", ")),
        };
        let _ = writeln!(out, "{} {}({}){groups}", rel.kind.words(), rel.name, cols.join(", "));
    }
    for f in &program.fns {
        let params: Vec<String> = f
            .params
            .iter()
            .filter_map(|v| f.vars.get(v.index()))
            .map(|v| format!("{}: {}", v.name, show(&v.ty, program)))
            .collect();
        let fails = if f.fallible { "  // can fail" } else { "" };
        let printer = Printer { program, vars: &f.vars, aggs: &[] };
        let _ = writeln!(
            out,
            "fn {}({}): {} = {}{fails}",
            f.name,
            params.join(", "),
            show(&f.body.ty, program),
            printer.expr(&f.body)
        );
    }
    for c in &program.consts {
        let printer = Printer { program, vars: &[], aggs: &[] };
        let ty = show(&c.value.ty, program);
        let _ = writeln!(out, "const {}: {ty} = {}", c.name, printer.expr(&c.value));
    }
    for (i, rule) in program.rules.iter().enumerate() {
        rule_text(program, i, rule, &mut out);
    }
    out
}

fn rule_text(program: &Program, i: usize, rule: &Rule, out: &mut String) {
    let printer = Printer { program, vars: &rule.vars, aggs: &rule.aggs };
    let head = &program.rels[rule.head.index()].name;
    let _ = writeln!(out, "\nrule {i}: {head}({})", printer.exprs(&rule.args));
    for v in &rule.vars {
        let grows = v
            .grows
            .as_ref()
            .map_or(String::new(), |l| format!("  grows as {}", show_lattice(l, program)));
        let _ = writeln!(out, "    {}: {}{grows}", v.name, show(&v.ty, program));
    }
    if !rule.aggs.is_empty() {
        let group: Vec<String> = rule.group.iter().map(|v| printer.var(*v)).collect();
        let grows = if rule.grows { ", while it grows" } else { "" };
        let _ = writeln!(out, "    group by ({}){grows}", group.join(", "));
    }
    for (n, lit) in rule.body.lits.iter().enumerate() {
        let mark = if n < rule.body.early { "  " } else { "| " };
        let _ = writeln!(out, "  {mark}{}", printer.lit(lit));
    }
}

fn column(program: &Program, c: &Col) -> String {
    let grows = match &c.grows {
        Some(l) => format!(", grows as {}", show_lattice(l, program)),
        None => String::new(),
    };
    match &c.role {
        Role::Key => format!("{}: {} key{grows}", c.name, show(&c.ty, program)),
        Role::Value => format!("{}: {} value{grows}", c.name, show(&c.ty, program)),
        Role::Cell(l) => format!("{}: {} cell", c.name, show_lattice(l, program)),
    }
}

/// Prints what stands in one rule or function.
struct Printer<'p> {
    program: &'p Program,
    vars: &'p [Var],
    aggs: &'p [Agg],
}

impl Printer<'_> {
    fn var(&self, v: crate::ids::VarId) -> String {
        self.vars.get(v.index()).map_or("_".into(), |v| v.name.clone())
    }

    fn lits(&self, lits: &[Lit]) -> String {
        lits.iter().map(|l| self.lit(l)).collect::<Vec<_>>().join(", ")
    }

    fn lit(&self, lit: &Lit) -> String {
        match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom),
            LitKind::Not(lits) => format!("not ({})", self.lits(lits)),
            LitKind::Cond(e) => self.expr(e),
            LitKind::Bind(p, e) => format!("{} = {}", self.pat(p), self.expr(e)),
            LitKind::In(p, e) => format!("{} in {}", self.pat(p), self.expr(e)),
            LitKind::Or(branches) => {
                let all: Vec<String> =
                    branches.iter().map(|b| format!("({})", self.lits(b))).collect();
                all.join(" or ")
            }
            LitKind::Else { atom, otherwise, .. } => {
                format!("{} else {}", self.atom(atom), self.lits(otherwise))
            }
            LitKind::All { var, range, lits } => {
                format!("all {} in {}: {}", self.var(*var), self.expr(range), self.lits(lits))
            }
        }
    }

    fn atom(&self, atom: &Atom) -> String {
        let args: Vec<String> = atom.args.iter().map(|p| self.pat(p)).collect();
        let reveals = if atom.reveals { " revealed" } else { "" };
        format!("{}({}){reveals}", self.program.rels[atom.rel.index()].name, args.join(", "))
    }

    fn pat(&self, p: &Pat) -> String {
        let all = |ps: &[Pat]| ps.iter().map(|p| self.pat(p)).collect::<Vec<_>>().join(", ");
        match &p.kind {
            PatKind::Wild => "_".into(),
            PatKind::Var(v) => self.var(*v),
            PatKind::Tuple(ps) => format!("({})", all(ps)),
            PatKind::Construct(id, n, ps) => self.constructed(*id, *n, all(ps), ps.is_empty()),
            PatKind::Some(p) => format!("Some({})", self.pat(p)),
            PatKind::None => "None".into(),
            PatKind::Expr(e) => self.expr(e),
        }
    }

    fn constructed(&self, id: crate::ids::EnumId, n: usize, inside: String, bare: bool) -> String {
        let name = &self.program.enums[id.index()].variants[n].0;
        if bare { name.clone() } else { format!("{name}({inside})") }
    }

    fn exprs(&self, es: &[Expr]) -> String {
        es.iter().map(|e| self.expr(e)).collect::<Vec<_>>().join(", ")
    }

    fn expr(&self, e: &Expr) -> String {
        use ExprKind as K;
        match &e.kind {
            K::Var(v) => self.var(*v),
            K::Const(c) => self.program.consts[c.index()].name.clone(),
            K::Literal(l) => literal(l),
            K::Interp(parts) => {
                let part = |p: &Part| match p {
                    Part::Text(text) => text.replace('{', "{{").replace('}', "}}"),
                    Part::Expr(e) => format!("{{{}}}", self.expr(e)),
                };
                format!("\"{}\"", parts.iter().map(part).collect::<String>())
            }
            K::Tuple(es) => format!("({})", self.exprs(es)),
            K::List(es) => format!("[{}]", self.exprs(es)),
            K::Set(es) => format!("{{{}}}", self.exprs(es)),
            K::Map(entries) => {
                let entry = |(k, v): &(Expr, Expr)| format!("{}: {}", self.expr(k), self.expr(v));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            K::Record(id, es) => {
                let record = &self.program.records[id.index()];
                let fields = record.fields.iter().zip(es);
                let fields: Vec<String> =
                    fields.map(|((f, _), e)| format!("{f}: {}", self.expr(e))).collect();
                format!("{}{{{}}}", record.name, fields.join(", "))
            }
            K::Construct(id, n, es) => self.constructed(*id, *n, self.exprs(es), es.is_empty()),
            K::Some(e) => format!("Some({})", self.expr(e)),
            K::None => "None".into(),
            K::Neg(e, _) => format!("-{}", self.expr(e)),
            K::Not(e) => format!("not {}", self.expr(e)),
            K::Logic(op, a, b) => self.infix(a, if *op == Logic::And { "and" } else { "or" }, b),
            K::Compare(op, a, b) => self.infix(a, op.sign(), b),
            K::In(a, b) => self.infix(a, "in", b),
            K::Range(a, b) => format!("{}..{}", self.expr(a), self.expr(b)),
            K::Arith(op, a, b, _) => self.infix(a, op.sign(), b),
            K::If(c, a, b) => {
                format!("if {} then {} else {}", self.expr(c), self.expr(a), self.expr(b))
            }
            K::Match(value, arms) => {
                let arm = |(p, e): &(Pat, Expr)| format!("{} => {}", self.pat(p), self.expr(e));
                let arms: Vec<String> = arms.iter().map(arm).collect();
                format!("match ({}) {{ {} }}", self.expr(value), arms.join(", "))
            }
            K::Field(base, n) => format!("{}.{n}", self.expr(base)),
            K::Index(base, i) => format!("{}[{}]", self.expr(base), self.expr(i)),
            K::Call(f, args) => {
                format!("{}({})", self.program.fns[f.index()].name, self.exprs(args))
            }
            K::Builtin(f, args) => format!("{}({})", builtins::of(*f).name, self.exprs(args)),
            K::Native(_, args) => format!("native({})", self.exprs(args)),
            K::Try(e) => format!("{}?", self.expr(e)),
            K::Join(_, a, b) => format!("join({}, {})", self.expr(a), self.expr(b)),
            K::Leq(_, a, b) => format!("leq({}, {})", self.expr(a), self.expr(b)),
            K::Agg(n) => self.aggregate(*n),
        }
    }

    fn infix(&self, a: &Expr, sign: &str, b: &Expr) -> String {
        format!("({} {sign} {})", self.expr(a), self.expr(b))
    }

    fn aggregate(&self, n: usize) -> String {
        let Some(agg) = self.aggs.get(n) else { return "_".into() };
        let by = agg.by.iter().map(|(e, desc)| {
            let e = self.expr(e);
            if *desc { format!("desc({e})") } else { e }
        });
        let by: Vec<String> = by.collect();
        let order = if by.is_empty() { String::new() } else { format!(" by ({})", by.join(", ")) };
        format!("{}({}{order})", format!("{:?}", agg.func).to_lowercase(), self.exprs(&agg.args))
    }
}

fn literal(l: &Literal) -> String {
    match l {
        Literal::Int(n) => n.to_string(),
        Literal::Float(x) => format!("{x:?}"),
        Literal::Bool(b) => b.to_string(),
        Literal::Str(s) => format!("{s:?}"),
        Literal::Bytes(b) => format!("b\"{}\"", b.escape_ascii()),
        Literal::Node(n) => format!("node {n:?}"),
        Literal::Duration(ns) => format!("{ns}ns"),
        Literal::Uuid(_) => "nil".into(),
    }
}
