//! The resolved program as text, for people who want to see what became of
//! the names: collections `#0`, functions `f0`, constants `k0`, variables
//! `v0`, each with the word it had.

use std::fmt::Write as _;

use super::hir;
use super::hir::ExprKind;
use super::hir::LitKind;
use super::hir::PatKind;
use super::hir::TypeKind;
use crate::ids::RelId;
use crate::ids::VarId;

/// The program, one declaration or rule on a line, in order of ids.
pub fn names_text(program: &hir::Program) -> String {
    let cx = Text { program, vars: &[] };
    let mut out = String::new();
    // Writing into a string cannot fail.
    for (i, rel) in program.rels.iter().enumerate() {
        let _ = writeln!(out, "#{i} {}", cx.rel(rel));
    }
    for record in &program.records {
        let fields: Vec<String> =
            record.fields.iter().map(|(n, t)| format!("{n}: {}", cx.ty(t))).collect();
        let _ = writeln!(out, "type {} = {{ {} }}", record.name, fields.join(", "));
    }
    for item in &program.enums {
        let variants: Vec<String> = item
            .variants
            .iter()
            .map(|v| match v.payload.is_empty() {
                true => v.name.clone(),
                false => format!("{}({})", v.name, cx.types(&v.payload)),
            })
            .collect();
        let params = match item.params.is_empty() {
            true => String::new(),
            false => format!("<{}>", item.params.join(", ")),
        };
        let _ = writeln!(out, "enum {}{params} {{ {} }}", item.name, variants.join(", "));
    }
    for (i, c) in program.consts.iter().enumerate() {
        let ty = c.ty.as_ref().map_or(String::new(), |t| format!(": {}", cx.ty(t)));
        let _ = writeln!(out, "k{i} {}{ty} = {}", c.name, cx.expr(&c.value));
    }
    for (i, f) in program.fns.iter().enumerate() {
        let cx = Text { program, vars: &f.vars };
        let params: Vec<String> =
            f.params.iter().map(|(v, t)| format!("{}: {}", cx.var(*v), cx.ty(t))).collect();
        let (ret, body) = (cx.ty(&f.ret), cx.expr(&f.body));
        let _ = writeln!(out, "f{i} {}({}): {ret} = {body}", f.name, params.join(", "));
    }
    for (i, rule) in program.rules.iter().enumerate() {
        let cx = Text { program, vars: &rule.vars };
        let head = format!("{}({})", cx.rel_name(rule.head), cx.exprs(&rule.args));
        let _ = match rule.is_fact {
            true => writeln!(out, "r{i} {head}"),
            false => writeln!(out, "r{i} {head} <= {}", cx.lits(&rule.body)),
        };
    }
    out
}

struct Text<'p> {
    program: &'p hir::Program,
    vars: &'p [hir::Var],
}

impl Text<'_> {
    fn rel(&self, rel: &hir::Rel) -> String {
        let kind = rel.kind.words();
        let mut columns = String::new();
        for (i, col) in rel.cols.iter().enumerate() {
            let before = match (i, rel.keys) {
                (0, Some(0)) => "=> ",
                (0, _) => "",
                (i, Some(k)) if i == k => " => ",
                _ => ", ",
            };
            let ty = col.ty.as_ref().map_or("?".to_string(), |t| self.ty(t));
            let _ = write!(columns, "{before}{}: {ty}", col.name);
            match &col.default {
                Some(hir::Default::Line(_)) => columns.push_str(" = line"),
                Some(hir::Default::Value(e)) => {
                    let _ = write!(columns, " = {}", self.expr(e));
                }
                None => {}
            }
        }
        format!("{kind} {}({columns})", rel.name)
    }

    fn rel_name(&self, rel: RelId) -> String {
        format!("{}#{}", self.program.rels[rel.index()].name, rel.0)
    }

    fn types(&self, types: &[hir::Type]) -> String {
        types.iter().map(|t| self.ty(t)).collect::<Vec<_>>().join(", ")
    }

    fn ty(&self, ty: &hir::Type) -> String {
        match &ty.kind {
            TypeKind::Int => "int".into(),
            TypeKind::Nat => "nat".into(),
            TypeKind::Float => "float".into(),
            TypeKind::Bool => "bool".into(),
            TypeKind::Str => "str".into(),
            TypeKind::Bytes => "bytes".into(),
            TypeKind::Node => "node".into(),
            TypeKind::Time => "time".into(),
            TypeKind::Duration => "duration".into(),
            TypeKind::Uuid => "uuid".into(),
            TypeKind::Json => "json".into(),
            TypeKind::Tuple(ts) => format!("({})", self.types(ts)),
            TypeKind::List(t) => format!("[{}]", self.ty(t)),
            TypeKind::Option(t) => format!("{}?", self.ty(t)),
            TypeKind::Record(id) => self.program.records[id.index()].name.clone(),
            TypeKind::Enum(id, args) => {
                let name = &self.program.enums[id.index()].name;
                if args.is_empty() { name.clone() } else { format!("{name}<{}>", self.types(args)) }
            }
            TypeKind::Param(n) => format!("${n}"),
            TypeKind::Max(t) => format!("Max<{}>", self.ty(t)),
            TypeKind::Min(t) => format!("Min<{}>", self.ty(t)),
            TypeKind::Any => "Any".into(),
            TypeKind::All => "All".into(),
            TypeKind::Set(t) => format!("Set<{}>", self.ty(t)),
            TypeKind::Map(k, v) => format!("Map<{}, {}>", self.ty(k), self.ty(v)),
            TypeKind::Pair(l, m) => format!("Pair<{}, {}>", self.ty(l), self.ty(m)),
            TypeKind::Lex(l, m) => format!("Lex<{}, {}>", self.ty(l), self.ty(m)),
            TypeKind::Bag(t) => format!("Bag<{}>", self.ty(t)),
            TypeKind::Point(t) => format!("Point<{}>", self.ty(t)),
            TypeKind::Error => "<error>".into(),
        }
    }

    fn var(&self, id: VarId) -> String {
        let name = self.vars.get(id.index()).map_or("?", |v| v.name.as_str());
        format!("{name}.v{}", id.0)
    }

    fn lits(&self, lits: &[hir::Lit]) -> String {
        lits.iter().map(|l| self.lit(l)).collect::<Vec<_>>().join(", ")
    }

    fn lit(&self, lit: &hir::Lit) -> String {
        match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom),
            LitKind::Not(lits) => format!("not ({})", self.lits(lits)),
            LitKind::Cond(e) => format!("if {}", self.expr(e)),
            LitKind::Bind(p, e) => format!("{} = {}", self.pat(p), self.expr(e)),
            LitKind::In(p, e) => format!("{} in {}", self.pat(p), self.expr(e)),
            LitKind::Or(branches) => {
                let all: Vec<String> =
                    branches.iter().map(|b| format!("({})", self.lits(b))).collect();
                all.join(" or ")
            }
            LitKind::Else { atom, otherwise } => {
                format!("{} else ({})", self.atom(atom), self.lits(otherwise))
            }
            LitKind::All { var, range, lits, .. } => {
                format!("all {} in {}: ({})", self.var(*var), self.expr(range), self.lits(lits))
            }
            LitKind::Error => "<error>".into(),
        }
    }

    fn atom(&self, atom: &hir::Atom) -> String {
        format!("{}({})", self.rel_name(atom.rel), self.pats(&atom.args))
    }

    fn pats(&self, pats: &[hir::Pat]) -> String {
        pats.iter().map(|p| self.pat(p)).collect::<Vec<_>>().join(", ")
    }

    fn pat(&self, pat: &hir::Pat) -> String {
        match &pat.kind {
            PatKind::Wild => "_".into(),
            PatKind::Var(id) => self.var(*id),
            PatKind::Tuple(pats) => format!("({})", self.pats(pats)),
            PatKind::Construct(id, index, pats) if pats.is_empty() => {
                self.program.enums[id.index()].variants[*index].name.clone()
            }
            PatKind::Construct(id, index, pats) => {
                let name = &self.program.enums[id.index()].variants[*index].name;
                format!("{name}({})", self.pats(pats))
            }
            PatKind::Record(id, pats) => {
                let record = &self.program.records[id.index()];
                let fields = record.fields.iter().zip(pats);
                let fields: Vec<String> =
                    fields.map(|(f, p)| format!("{}: {}", f.0, self.pat(p))).collect();
                format!("{}{{{}}}", record.name, fields.join(", "))
            }
            PatKind::Some(pat) => format!("Some({})", self.pat(pat)),
            PatKind::None => "None".into(),
            PatKind::Expr(e) => self.expr(e),
        }
    }

    fn exprs(&self, exprs: &[hir::Expr]) -> String {
        exprs.iter().map(|e| self.expr(e)).collect::<Vec<_>>().join(", ")
    }

    fn expr(&self, e: &hir::Expr) -> String {
        match &e.kind {
            ExprKind::Var(id) => self.var(*id),
            ExprKind::Const(id) => format!("{}.k{}", self.program.consts[id.index()].name, id.0),
            ExprKind::Literal(literal) => text_of(literal),
            ExprKind::Interp(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|p| match p {
                        hir::Part::Text(text) => format!("{text:?}"),
                        hir::Part::Expr(e) => self.expr(e),
                    })
                    .collect();
                format!("text({})", parts.join(", "))
            }
            ExprKind::Tuple(es) => format!("({})", self.exprs(es)),
            ExprKind::List(es) => format!("[{}]", self.exprs(es)),
            ExprKind::Set(es) => format!("{{{}}}", self.exprs(es)),
            ExprKind::Map(entries) => {
                let all: Vec<String> = entries
                    .iter()
                    .map(|(k, v)| format!("{}: {}", self.expr(k), self.expr(v)))
                    .collect();
                format!("{{{}}}", all.join(", "))
            }
            ExprKind::Record(id, es) => {
                format!("{} {{ {} }}", self.program.records[id.index()].name, self.exprs(es))
            }
            ExprKind::Construct(id, index, es) => {
                let name = &self.program.enums[id.index()].variants[*index].name;
                match es.is_empty() {
                    true => name.clone(),
                    false => format!("{name}({})", self.exprs(es)),
                }
            }
            ExprKind::Some(e) => format!("Some({})", self.expr(e)),
            ExprKind::None => "None".into(),
            _ => self.operation(e),
        }
    }

    fn operation(&self, e: &hir::Expr) -> String {
        match &e.kind {
            ExprKind::Neg(e) => format!("-{}", self.expr(e)),
            ExprKind::Not(e) => format!("(not {})", self.expr(e)),
            ExprKind::Binary(op, a, b) => {
                format!("({} {} {})", self.expr(a), operator(*op), self.expr(b))
            }
            ExprKind::If(c, a, b) => {
                format!("(if {} then {} else {})", self.expr(c), self.expr(a), self.expr(b))
            }
            ExprKind::Match(subject, arms) => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|(p, e)| format!("{} => {}", self.pat(p), self.expr(e)))
                    .collect();
                format!("match ({}) {{ {} }}", self.expr(subject), arms.join(", "))
            }
            ExprKind::Field(e, name, _) => format!("{}.{name}", self.expr(e)),
            ExprKind::TupleField(e, index) => format!("{}.{index}", self.expr(e)),
            ExprKind::Try(e) => format!("{}?", self.expr(e)),
            ExprKind::Index(e, index) => format!("{}[{}]", self.expr(e), self.expr(index)),
            ExprKind::Call(id, args) => {
                format!("{}.f{}({})", self.program.fns[id.index()].name, id.0, self.exprs(args))
            }
            ExprKind::Builtin { name, args, .. } => format!("{name}({})", self.exprs(args)),
            ExprKind::Native(_, args) => format!("native({})", self.exprs(args)),
            _ => "<error>".into(),
        }
    }
}

fn text_of(literal: &hir::Literal) -> String {
    match literal {
        hir::Literal::Int(n) => n.to_string(),
        hir::Literal::Float(x) => format!("{x:?}"),
        hir::Literal::Bool(b) => b.to_string(),
        hir::Literal::Str(text) => format!("{text:?}"),
        hir::Literal::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        hir::Literal::Duration(ns) => format!("{ns}ns"),
        hir::Literal::Nil => "nil".into(),
    }
}

fn operator(op: hir::BinOp) -> &'static str {
    match op {
        hir::BinOp::Or => "or",
        hir::BinOp::And => "and",
        hir::BinOp::Eq => "==",
        hir::BinOp::Ne => "!=",
        hir::BinOp::Lt => "<",
        hir::BinOp::Le => "<=",
        hir::BinOp::Gt => ">",
        hir::BinOp::Ge => ">=",
        hir::BinOp::In => "in",
        hir::BinOp::Range => "..",
        hir::BinOp::Add => "+",
        hir::BinOp::Sub => "-",
        hir::BinOp::Mul => "*",
        hir::BinOp::Div => "/",
        hir::BinOp::Rem => "%",
    }
}
