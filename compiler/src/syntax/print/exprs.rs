//! Expressions, types, heads and bodies as documents. Parentheses of the
//! source are nodes of the tree; more are written only where a tree that was
//! never text needs them.

use crate::syntax::ast::Args;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Head;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Literal;
use crate::syntax::ast::NamedArg;
use crate::syntax::ast::StrPart;
use crate::syntax::ast::Type;
use crate::syntax::ast::TypeKind;
use crate::syntax::literals;
use crate::syntax::print::ast::Printer;
use crate::syntax::print::doc::Doc;

const IF: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const CMP: u8 = 4;
const RANGE: u8 = 5;
const SUM: u8 = 6;
const PROD: u8 = 7;
const UNARY: u8 = 8;
const POSTFIX: u8 = 9;
const PRIMARY: u8 = 10;

/// The level of an operator: its own, and those of its sides.
fn levels(op: BinOp) -> (u8, u8, u8) {
    match op {
        BinOp::Or => (OR, OR, AND),
        BinOp::And => (AND, AND, NOT),
        BinOp::Range => (RANGE, SUM, SUM),
        BinOp::Add | BinOp::Sub => (SUM, SUM, PROD),
        BinOp::Mul | BinOp::Div | BinOp::Rem => (PROD, PROD, UNARY),
        _ => (CMP, RANGE, RANGE),
    }
}

fn level(expr: &Expr) -> u8 {
    use ExprKind::*;
    match &expr.kind {
        If(..) => IF,
        // A choice reaches to the end, and so does what it defines.
        Binary(BinOp::Bind, _, _, b) if matches!(b.kind, If(..)) => IF,
        Binary(op, ..) => levels(*op).0,
        Not(_) => NOT,
        Neg(_) => UNARY,
        Field(..) | TupleField(..) | Index(..) | Call(..) | Named(..) | Try(_) => POSTFIX,
        _ => PRIMARY,
    }
}

/// The sign of an operator.
pub fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Or => "or",
        BinOp::And => "and",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::Bind => "=",
        BinOp::In => "in",
        BinOp::Range => "..",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Rem => "%",
    }
}

/// A constant as text.
pub fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Bool(value) => value.to_string(),
        Literal::Duration(nanos) => literals::duration_text(*nanos),
        Literal::Bytes(bytes) => format!("b\"{}\"", literals::escape_bytes(bytes)),
        Literal::Str(parts) => {
            let mut out = String::from("\"");
            for part in parts {
                match part {
                    StrPart::Text(text) => out.push_str(&literals::escape_text(text)),
                    StrPart::Expr(expr) => interpolate(expr, &mut out),
                }
            }
            out.push('"');
            out
        }
    }
}

fn interpolate(expr: &Expr, out: &mut String) {
    let text = super::print_expr(expr).replace('\n', " ");
    // `{{` would be a brace.
    out.push_str(if text.starts_with('{') { "{ " } else { "{" });
    out.push_str(&text);
    out.push('}');
}

impl<'a> Printer<'a> {
    /// An expression.
    pub fn expr(&mut self, expr: &Expr) {
        use ExprKind::*;
        match &expr.kind {
            Name(text) | Upper(text) => self.tok(text),
            Wildcard => self.tok("_"),
            Literal(value) => {
                let text = literal(value);
                self.tok(&text);
            }
            At(name) => {
                self.tok("@");
                self.name(name);
            }
            Seal(name, args) => {
                self.word("seal");
                self.name(name);
                self.exprs(("(", ")"), args);
            }
            Tuple(parts) => self.tuple(parts),
            Paren(inner) => self.list(("(", ")"), std::slice::from_ref(&**inner), Self::expr),
            List(parts) => self.exprs(("[", "]"), parts),
            Set(parts) => self.exprs(("{", "}"), parts),
            Map(entries) => self.map(entries),
            Match(subject, arms) => {
                self.word("match");
                self.list(("(", ")"), std::slice::from_ref(&**subject), Self::expr);
                self.push(Doc::Space);
                self.braced(arms, |p, (pattern, value)| {
                    p.expr(pattern);
                    p.spaced("=>");
                    p.push(Doc::Space);
                    p.expr(value);
                });
            }
            If(c, a, b) => self.conditional(c, a, b),
            Neg(inner) => {
                self.tok("-");
                self.operand(inner, UNARY);
            }
            Not(inner) => {
                self.word("not");
                self.operand(inner, NOT);
            }
            Binary(op, _, a, b) => self.binary(*op, a, b),
            _ => self.postfix(expr),
        }
    }

    pub(super) fn exprs(&mut self, brackets: (&str, &str), parts: &[Expr]) {
        self.list(brackets, parts, Self::expr);
    }

    fn operand(&mut self, expr: &Expr, least: u8) {
        // `1.0` would be another number, not a field.
        let number = least == POSTFIX && matches!(expr.kind, ExprKind::Literal(Literal::Int(_)));
        if level(expr) >= least && !(number && self.is_free()) {
            self.expr(expr);
        } else {
            self.list(("(", ")"), std::slice::from_ref(expr), Self::expr);
        }
    }

    fn tuple(&mut self, parts: &[Expr]) {
        let [one] = parts else { return self.exprs(("(", ")"), parts) };
        self.tok("(");
        self.expr(one);
        self.tok(",");
        self.tok(")");
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) {
        self.group(|p| {
            p.tok("{");
            p.nest(|p| {
                p.push(Doc::SoftLine);
                p.commas(entries, |p, (key, value)| {
                    p.expr(key);
                    p.tok(":");
                    p.push(Doc::Space);
                    p.expr(value);
                });
                p.trailing_comma();
                p.before_closing();
            });
            p.push(Doc::SoftLine);
            p.tok("}");
        });
    }

    fn conditional(&mut self, c: &Expr, a: &Expr, b: &Expr) {
        self.group(|p| {
            p.word("if");
            p.expr(c);
            p.nest(|p| {
                p.push(Doc::Line);
                p.word("then");
                p.expr(a);
                p.push(Doc::Line);
                p.word("else");
            });
            p.expr(b);
        });
    }

    /// A chain of one level is one group, so that it breaks at every sign or
    /// at none.
    fn binary(&mut self, op: BinOp, a: &Expr, b: &Expr) {
        let (_, left, mut right) = levels(op);
        if op == BinOp::Bind && matches!(b.kind, ExprKind::If(..)) {
            right = IF;
        }
        self.group(|p| {
            p.chain(a, left, op);
            p.nest(|p| {
                if op == BinOp::Range {
                    p.tok("..");
                } else {
                    p.push(Doc::Line);
                    p.word(sign(op));
                }
                p.operand(b, right);
            });
        });
    }

    fn chain(&mut self, expr: &Expr, least: u8, outer: BinOp) {
        match &expr.kind {
            ExprKind::Binary(op, _, a, b)
                if levels(*op).0 == levels(outer).0 && levels(*op).0 >= least =>
            {
                let (_, left, right) = levels(*op);
                self.chain(a, left, *op);
                self.nest(|p| {
                    p.push(Doc::Line);
                    p.word(sign(*op));
                    p.operand(b, right);
                });
            }
            _ => self.operand(expr, least),
        }
    }

    fn postfix(&mut self, expr: &Expr) {
        use ExprKind::*;
        match &expr.kind {
            Field(base, name) => {
                self.operand(base, POSTFIX);
                self.tok(".");
                self.name(name);
            }
            TupleField(base, index, _) => {
                self.operand(base, POSTFIX);
                self.tok(".");
                self.tok(&index.to_string());
            }
            Index(base, index) => {
                self.operand(base, POSTFIX);
                self.exprs(("[", "]"), std::slice::from_ref(&**index));
            }
            Call(base, args) => {
                self.operand(base, POSTFIX);
                self.exprs(("(", ")"), args);
            }
            Named(base, args) => {
                self.operand(base, POSTFIX);
                self.list(("{", "}"), args, Self::named);
            }
            Try(base) => {
                self.operand(base, POSTFIX);
                self.tok("?");
            }
            _ => {}
        }
    }

    pub(super) fn named(&mut self, arg: &NamedArg) {
        self.name(&arg.name);
        if let Some(value) = &arg.value {
            self.tok(":");
            self.push(Doc::Space);
            self.expr(value);
        }
    }

    pub(super) fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named(name, args) => {
                self.name(name);
                if !args.is_empty() {
                    self.list(("<", ">"), args, Self::ty);
                }
            }
            TypeKind::List(of) => self.list(("[", "]"), std::slice::from_ref(&**of), Self::ty),
            TypeKind::Tuple(parts) => self.list(("(", ")"), parts, Self::ty),
            TypeKind::Option(of) => {
                self.ty(of);
                self.tok("?");
            }
        }
    }

    pub(super) fn args(&mut self, args: &Args) {
        match args {
            Args::Positional(args) => self.exprs(("(", ")"), args),
            Args::Named(args) => self.list(("{", "}"), args, Self::named),
        }
    }

    pub(super) fn head(&mut self, head: &Head) {
        self.path(&head.path);
        self.args(&head.args);
    }

    /// `head <= a, b`: on one line, or a line for each part of the body.
    pub(super) fn body(&mut self, body: &[Lit]) {
        self.nest(|p| {
            p.push(Doc::Line);
            p.commas(body, Self::lit);
        });
    }

    fn lit(&mut self, lit: &Lit) {
        match lit {
            Lit::Plain { expr, otherwise } => {
                self.expr(expr);
                if let Some(other) = otherwise {
                    self.nest(|p| {
                        p.push(Doc::Line);
                        p.word("else");
                        p.expr(other);
                    });
                }
            }
            Lit::All { var, range, lit, .. } => {
                self.word("all");
                self.name(var);
                self.push(Doc::Space);
                self.word("in");
                self.operand(range, RANGE);
                self.tok(":");
                self.push(Doc::Space);
                self.lit(lit);
            }
        }
    }
}
