//! The second look at expressions, when all types are known: it builds the
//! typed tree and finds the sign of every number, so that a `nat` is wanted
//! only where one is. Types up to `nat` are settled before and not judged.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::names::hir;
use crate::names::hir::BinOp;
use crate::names::hir::ExprKind as E;
use crate::types::builtins;
use crate::types::builtins::Func;
use crate::types::builtins::Scheme;
use crate::types::context::Env;
use crate::types::context::Scope;
use crate::types::context::Solved;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::forms;
use crate::types::matches;
use crate::types::precise::fits;
use crate::types::precise::lub;
use crate::types::precise::narrowest;
use crate::types::report;
use crate::types::schema::Names;
use crate::types::ty;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::ExprKind as K;
use crate::types::typed::Slack;

/// One rule, function, constant or default on its second look.
pub(crate) struct Elab<'e, 'a> {
    pub env: &'e Env<'a>,
    pub solved: &'e Solved<'a>,
    pub scope: &'e Scope<'a>,
    /// Types of the variables, with signs.
    pub vars: Vec<Ty>,
    pub aggs: Vec<typed::Agg>,
    pub diags: Vec<Diagnostic>,
}

impl<'e, 'a> Elab<'e, 'a> {
    pub fn new(env: &'e Env<'a>, solved: &'e Solved<'a>, scope: &'e Scope<'a>) -> Elab<'e, 'a> {
        let vars = scope.vars.iter().map(|t| solved.uni.ground(t)).collect();
        Elab { env, solved, scope, vars, aggs: Vec::new(), diags: Vec::new() }
    }

    /// The type found by inference, without signs.
    pub fn base(&self, e: &hir::Expr) -> Ty {
        let known = self.solved.nodes.get(&std::ptr::from_ref(e));
        known.map_or(Ty::Error, |t| self.solved.uni.ground(t))
    }

    pub fn var(&self, v: VarId) -> Ty {
        self.vars.get(v.index()).cloned().unwrap_or(Ty::Error)
    }

    /// Variables for the typed program.
    pub fn typed_vars(&self) -> Vec<typed::Var> {
        let var = |(v, ty): (&hir::Var, &Ty)| typed::Var {
            name: v.name.clone(),
            ty: ty.clone(),
            grows: None,
            span: v.span,
        };
        self.scope.names.iter().zip(&self.vars).map(var).collect()
    }

    /// An expression whose place wants type `want`.
    pub fn fitted(&mut self, e: &hir::Expr, want: &Ty, why: Why<'_>) -> typed::Expr {
        let typed = self.expr(e);
        if !fits(&typed.ty, want) {
            self.may_be_negative(e, &typed.ty, want, why);
        }
        typed
    }

    /// Says that a number may be negative where a `nat` is wanted.
    pub fn may_be_negative(&mut self, e: &hir::Expr, got: &Ty, want: &Ty, why: Why<'_>) {
        let name = as_var(e).and_then(|v| self.scope.names.get(v.index())).map(|v| &v.name);
        let names = Names(self.env.hir);
        let what = name.map_or("this".to_string(), |n| format!("`{n}`"));
        let place = report::place(self.env.hir, self.scope.names, why);
        let wanted = report::with_article(&ty::show(want, &names));
        let mut d = Diagnostic::error(
            codes::MAY_BE_NEGATIVE,
            e.span,
            format!("{what} may be negative, but {place} is {wanted}"),
        )
        .at(format!("this is {}", report::with_article(&ty::show(got, &names))));
        if let Some(at) = report::declared(self.env.hir, why) {
            d = d.label(at, format!("{place} is {wanted}"));
        }
        if *want == Ty::Nat {
            d = d.help(match name {
                Some(n) => format!("write `nat({n})`, which fails below zero"),
                None => "write `nat(…)` around it, which fails below zero".into(),
            });
            if let Some(n) = name {
                d = d.fix("say that it is never negative", e.span, format!("nat({n})"));
            }
        }
        self.diags.push(d);
    }

    /// An expression with its type.
    pub fn expr(&mut self, e: &hir::Expr) -> typed::Expr {
        let (kind, ty) = self.kind(e);
        typed::Expr { kind, ty, span: e.span }
    }

    fn boxed(&mut self, e: &hir::Expr) -> Box<typed::Expr> {
        Box::new(self.expr(e))
    }

    /// Several in order.
    pub fn many(&mut self, es: &[hir::Expr]) -> Vec<typed::Expr> {
        es.iter().map(|e| self.expr(e)).collect()
    }

    fn kind(&mut self, e: &hir::Expr) -> (K, Ty) {
        match &e.kind {
            E::Var(v) => (K::Var(*v), self.var(*v)),
            E::Const(c) => {
                (K::Const(*c), self.env.consts.get(c.index()).cloned().unwrap_or(Ty::Error))
            }
            E::Literal(literal) => self.literal(e, literal),
            E::Interp(parts) => (K::Interp(self.parts(parts)), Ty::Str),
            E::Tuple(es) => {
                let es = self.many(es);
                let ty = Ty::Tuple(es.iter().map(|e| e.ty.clone()).collect());
                (K::Tuple(es), ty)
            }
            E::List(..) | E::Set(..) | E::Map(..) => self.collection(e),
            E::Record(id, es) => {
                let fields = self.env.records.get(id.index()).map_or(&[][..], |r| &r.fields[..]);
                let es = es.iter().enumerate().map(|(i, e)| {
                    let want = fields.get(i).map_or(Ty::Error, |(_, t)| t.clone());
                    self.fitted(e, &want, Why::Field(*id, i))
                });
                (K::Record(*id, es.collect()), Ty::Record(*id))
            }
            E::Construct(id, variant, es) => self.construct(e, *id, *variant, es),
            E::Try(e) => {
                let e = self.boxed(e);
                let ty = match &e.ty {
                    Ty::Option(t) => (**t).clone(),
                    _ => Ty::Error,
                };
                (K::Try(e), ty)
            }
            E::Some(e) => {
                let e = self.boxed(e);
                let ty = Ty::Option(Box::new(e.ty.clone()));
                (K::Some(e), ty)
            }
            E::None => (K::None, narrowest(&self.base(e))),
            E::Neg(inner) => (K::Neg(self.boxed(inner), Slack::Fail), self.base(e)),
            E::Not(inner) => (K::Not(self.boxed(inner)), Ty::Bool),
            E::Binary(op, a, b) => self.binary(e, *op, a, b),
            E::If(c, a, b) => {
                let (c, a, b) = (self.boxed(c), self.boxed(a), self.boxed(b));
                let ty = lub(&a.ty, &b.ty);
                (K::If(c, a, b), ty)
            }
            E::Match(value, arms) => self.match_of(e, value, arms),
            E::Field(base, name, _) => self.field(base, name),
            E::TupleField(base, n) => {
                let base = self.boxed(base);
                let ty = match &base.ty {
                    Ty::Tuple(ts) => ts.get(*n as usize).cloned().unwrap_or(Ty::Error),
                    _ => Ty::Error,
                };
                (K::Field(base, *n as usize), ty)
            }
            E::Index(base, index) => self.index(base, index),
            E::Call(f, args) => self.call(*f, args),
            E::Builtin { name, args, .. } => self.builtin(e, name, args),
            E::Native(native, args) => {
                // The first functions of a program are the natives.
                let ret = self.env.fns.get(native.id.index()).map_or(Ty::Error, |f| f.1.clone());
                (K::Native(native.clone(), self.many(args)), ret)
            }
            // Rules with errors do not come here.
            E::Error => (K::Tuple(Vec::new()), Ty::Error),
        }
    }

    fn literal(&self, e: &hir::Expr, literal: &hir::Literal) -> (K, Ty) {
        let (literal, ty) = match literal {
            hir::Literal::Int(n) => {
                (typed::Literal::Int(*n), if *n >= 0 { Ty::Nat } else { Ty::Int })
            }
            hir::Literal::Float(x) => (typed::Literal::Float(*x), Ty::Float),
            hir::Literal::Bool(b) => (typed::Literal::Bool(*b), Ty::Bool),
            hir::Literal::Str(s) if self.base(e) == Ty::Node => {
                (typed::Literal::Node(s.clone()), Ty::Node)
            }
            hir::Literal::Str(s) => (typed::Literal::Str(s.clone()), Ty::Str),
            hir::Literal::Bytes(b) => (typed::Literal::Bytes(b.clone()), Ty::Bytes),
            hir::Literal::Duration(d) => (typed::Literal::Duration(*d), Ty::Duration),
            hir::Literal::Nil => (typed::Literal::Uuid([0; 16]), Ty::Uuid),
        };
        (K::Literal(literal), ty)
    }

    fn parts(&mut self, parts: &[hir::Part]) -> Vec<typed::Part> {
        let part = |p: &hir::Part| match p {
            hir::Part::Text(text) => typed::Part::Text(text.clone()),
            hir::Part::Expr(e) => typed::Part::Expr(self.expr(e)),
        };
        parts.iter().map(part).collect()
    }

    fn collection(&mut self, e: &hir::Expr) -> (K, Ty) {
        let base = narrowest(&self.base(e));
        let common = |es: &[typed::Expr]| {
            let tys = es.iter().map(|e| e.ty.clone());
            tys.reduce(|a, b| lub(&a, &b)).map(Box::new)
        };
        match &e.kind {
            E::List(es) => {
                let es = self.many(es);
                let ty = common(&es).map_or(base, Ty::List);
                (K::List(es), ty)
            }
            E::Set(es) if es.is_empty() && matches!(base, Ty::Map(..) | Ty::Bag(_)) => {
                (K::Map(vec![]), base)
            }
            E::Set(es) => {
                let es = self.many(es);
                let ty = common(&es).map_or(base, Ty::Set);
                (K::Set(es), ty)
            }
            E::Map(entries) => {
                let (mut ks, mut vs) = (Vec::new(), Vec::new());
                let bag = matches!(base, Ty::Bag(_));
                for (k, v) in entries {
                    ks.push(self.expr(k));
                    vs.push(match bag {
                        true => self.fitted(v, &Ty::Nat, Why::Wanted("a multiplicity")),
                        false => self.expr(v),
                    });
                }
                let ty = match (common(&ks), common(&vs)) {
                    (Some(k), _) if bag => Ty::Bag(k),
                    (Some(k), Some(v)) => Ty::Map(k, v),
                    _ => base,
                };
                (K::Map(ks.into_iter().zip(vs).collect()), ty)
            }
            _ => (K::Tuple(Vec::new()), Ty::Error),
        }
    }

    /// Payload types of a constructor of a value of type `ty`.
    pub fn payload(&self, id: crate::ids::EnumId, variant: usize, ty: &Ty) -> Vec<Ty> {
        let args = match ty {
            Ty::Enum(_, args) => &args[..],
            _ => &[],
        };
        self.env.enums.get(id.index()).map(|e| e.payload(variant, args)).unwrap_or_default()
    }

    /// The types of a record's fields.
    pub fn field_types(&self, id: crate::ids::RecordId) -> Vec<Ty> {
        let record = self.env.records.get(id.index());
        record.map(|r| r.fields.iter().map(|(_, t)| t.clone()).collect()).unwrap_or_default()
    }

    fn binary(&mut self, e: &hir::Expr, op: BinOp, a: &hir::Expr, b: &hir::Expr) -> (K, Ty) {
        let (a, b) = (self.boxed(a), self.boxed(b));
        let arith = |op, a: Box<typed::Expr>, b: Box<typed::Expr>, nat: bool, base| {
            let ty = if nat && base == Ty::Int { Ty::Nat } else { base };
            (K::Arith(op, a, b, Slack::Fail), ty)
        };
        let compare = |op, a, b| (K::Compare(op, a, b), Ty::Bool);
        let both = a.ty == Ty::Nat && b.ty == Ty::Nat;
        let left = a.ty == Ty::Nat;
        let base = self.base(e);
        match op {
            BinOp::Or => (K::Logic(typed::Logic::Or, a, b), Ty::Bool),
            BinOp::And => (K::Logic(typed::Logic::And, a, b), Ty::Bool),
            BinOp::Eq => compare(Cmp::Eq, a, b),
            BinOp::Ne => compare(Cmp::Ne, a, b),
            BinOp::Lt => compare(Cmp::Lt, a, b),
            BinOp::Le => compare(Cmp::Le, a, b),
            BinOp::Gt => compare(Cmp::Gt, a, b),
            BinOp::Ge => compare(Cmp::Ge, a, b),
            BinOp::In => (K::In(a, b), Ty::Bool),
            BinOp::Range => {
                let ty = Ty::List(Box::new(a.ty.clone()));
                (K::Range(a, b), ty)
            }
            BinOp::Add => arith(Arith::Add, a, b, both, base),
            BinOp::Sub => arith(Arith::Sub, a, b, false, base),
            BinOp::Mul => arith(Arith::Mul, a, b, both, base),
            BinOp::Div => arith(Arith::Div, a, b, both, base),
            // The remainder has the sign of the left side.
            BinOp::Rem => arith(Arith::Rem, a, b, left, base),
        }
    }

    fn match_of(
        &mut self,
        e: &hir::Expr,
        value: &hir::Expr,
        arms: &[(hir::Pat, hir::Expr)],
    ) -> (K, Ty) {
        let value = self.boxed(value);
        matches::check(self.env, e, &value, arms, &mut self.diags);
        let mut ty: Option<Ty> = None;
        let mut typed = Vec::new();
        for (p, body) in arms {
            self.assign(p, &value.ty);
            let p = self.pat(p, &value.ty);
            let body = self.expr(body);
            ty = Some(ty.map_or(body.ty.clone(), |t| lub(&t, &body.ty)));
            typed.push((p, body));
        }
        (K::Match(value, typed), ty.unwrap_or(Ty::Error))
    }

    fn field(&mut self, base: &hir::Expr, name: &str) -> (K, Ty) {
        let base = self.boxed(base);
        if base.ty.is_json() {
            let kind = K::Literal(typed::Literal::Str(name.into()));
            let name = typed::Expr { kind, ty: Ty::Str, span: base.span };
            return of_json(*base, name);
        }
        let Ty::Record(id) = base.ty else { return (K::Field(base, 0), Ty::Error) };
        let fields = self.env.records.get(id.index()).map_or(&[][..], |r| &r.fields[..]);
        let i = fields.iter().position(|(field, _)| field == name).unwrap_or(0);
        (K::Field(base, i), fields.get(i).map_or(Ty::Error, |(_, t)| t.clone()))
    }

    fn index(&mut self, base: &hir::Expr, index: &hir::Expr) -> (K, Ty) {
        let (base, index) = (self.boxed(base), self.boxed(index));
        match base.ty.clone() {
            t if t.is_json() => of_json(*base, *index),
            Ty::List(t) | Ty::Map(_, t) => (K::Index(base, index), *t),
            Ty::Bag(_) => (K::Index(base, index), Ty::Nat),
            _ => (K::Index(base, index), Ty::Error),
        }
    }

    fn call(&mut self, f: crate::ids::FnId, args: &[hir::Expr]) -> (K, Ty) {
        let (params, ret) = match self.env.fns.get(f.index()) {
            Some((params, ret)) => (&params[..], ret.clone()),
            None => (&[][..], Ty::Error),
        };
        let args = args.iter().enumerate().map(|(i, arg)| {
            let want = params.get(i).cloned().unwrap_or(Ty::Error);
            self.fitted(arg, &want, Why::Param(f, i))
        });
        (K::Call(f, args.collect()), ret)
    }

    fn builtin(&mut self, e: &hir::Expr, name: &str, args: &[hir::Expr]) -> (K, Ty) {
        let found = self.scope.aggs.iter().find(|a| std::ptr::eq(a.expr, e)).cloned();
        if let Some(agg) = found {
            return self.aggregate(&agg);
        }
        let Some(builtin) = builtins::find(name) else { return (K::None, Ty::Error) };
        let bases: Vec<Ty> = args.iter().map(|a| self.base(a)).collect();
        let args_typed = self.many(args);
        let of_arity = || builtin.overloads.iter().find(|o| o.params.len() == args.len());
        let Some(overload) = builtin.overload(&bases).or_else(of_arity) else {
            return (K::None, Ty::Error);
        };
        let mut letters = Vec::new();
        for ((scheme, typed), arg) in overload.params.iter().zip(&args_typed).zip(args) {
            learn(scheme, &typed.ty, &mut letters);
            if *scheme == Scheme::Nat && typed.ty == Ty::Int {
                self.may_be_negative(
                    arg,
                    &Ty::Int,
                    &Ty::Nat,
                    Why::Wanted("what the function takes here"),
                );
            }
        }
        let mut ty = instance(&overload.ret, &letters);
        // The greater of two is at least the one that is known.
        let greater = matches!(builtin.func, Func::Max | Func::MaxOf);
        if greater && args_typed.iter().any(|a| a.ty == Ty::Nat) {
            ty = Ty::Nat;
        }
        let nats = Ty::List(Box::new(Ty::Nat));
        if builtin.func == Func::SumOf && args_typed.iter().all(|a| a.ty == nats) {
            ty = Ty::Nat;
        }
        forms::check(builtin.func, &args_typed, &mut self.diags);
        (K::Builtin(builtin.func, args_typed), ty)
    }

    /// Gives the variables of an arm's pattern their types.
    pub fn assign(&mut self, p: &hir::Pat, ty: &Ty) {
        match (&p.kind, ty) {
            (hir::PatKind::Var(v), _) => {
                if let Some(slot) = self.vars.get_mut(v.index()) {
                    *slot = ty.clone();
                }
            }
            (hir::PatKind::Tuple(ps), Ty::Tuple(ts)) => {
                for (p, t) in ps.iter().zip(ts) {
                    self.assign(p, t);
                }
            }
            (hir::PatKind::Construct(id, variant, ps), _) => {
                for (p, t) in ps.iter().zip(&self.payload(*id, *variant, ty)) {
                    self.assign(p, t);
                }
            }
            (hir::PatKind::Record(id, ps), _) => {
                for (p, t) in ps.iter().zip(&self.field_types(*id)) {
                    self.assign(p, t);
                }
            }
            (hir::PatKind::Some(p), Ty::Option(t)) => self.assign(p, t),
            _ => {}
        }
    }
}

/// A part of a JSON value, by name or by position, or of one that may be missing.
fn of_json(base: typed::Expr, part: typed::Expr) -> (K, Ty) {
    (K::Builtin(Func::Get, vec![base, part]), Ty::Option(Box::new(Ty::Json)))
}

/// Notes what the letters of a signature stand for.
fn learn(scheme: &Scheme, ty: &Ty, letters: &mut Vec<(char, Ty)>) {
    match (scheme, ty) {
        (Scheme::Any(letter), _) => match letters.iter_mut().find(|(l, _)| l == letter) {
            Some((_, t)) => *t = lub(t, ty),
            None => letters.push((*letter, ty.clone())),
        },
        (Scheme::List(s), Ty::List(t))
        | (Scheme::Option(s), Ty::Option(t))
        | (Scheme::Set(s), Ty::Set(t))
        | (Scheme::Bag(s), Ty::Bag(t)) => learn(s, t, letters),
        (Scheme::Map(k, v), Ty::Map(l, w)) => {
            learn(k, l, letters);
            learn(v, w, letters);
        }
        (Scheme::Pair(a, b), Ty::Tuple(ts)) if ts.len() == 2 => {
            learn(a, &ts[0], letters);
            learn(b, &ts[1], letters);
        }
        _ => {}
    }
}

fn instance(scheme: &Scheme, letters: &[(char, Ty)]) -> Ty {
    let one = |s: &Scheme| Box::new(instance(s, letters));
    match scheme {
        Scheme::Int => Ty::Int,
        Scheme::Nat => Ty::Nat,
        Scheme::Float => Ty::Float,
        Scheme::Bool => Ty::Bool,
        Scheme::Str => Ty::Str,
        Scheme::Bytes => Ty::Bytes,
        Scheme::Time => Ty::Time,
        Scheme::Duration => Ty::Duration,
        Scheme::Uuid => Ty::Uuid,
        Scheme::Json => Ty::Json,
        Scheme::Any(letter) => {
            letters.iter().find(|(l, _)| l == letter).map_or(Ty::Error, |(_, t)| t.clone())
        }
        Scheme::List(s) => Ty::List(one(s)),
        Scheme::Option(s) => Ty::Option(one(s)),
        Scheme::Set(s) => Ty::Set(one(s)),
        Scheme::Map(k, v) => Ty::Map(one(k), one(v)),
        Scheme::Bag(s) => Ty::Bag(one(s)),
        Scheme::Pair(a, b) => Ty::Tuple(vec![instance(a, letters), instance(b, letters)]),
    }
}
