//! Random bodies: atoms first, then literals over what they bind. This room
//! tracks which variables have values, and must not know heads.

use crate::oracle::random::dice::Dice;
use crate::oracle::random::exprs::Maker;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::growth;
use crate::oracle::random::growth::Grow;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;

/// A body in the making.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Body {
    pub lits: Vec<String>,
    pub vars: Vec<Var>,
    pub grows: Vec<Grow>,
}

/// Makes bodies.
pub struct Bodies<'a> {
    /// Chance.
    pub dice: &'a mut Dice,
    /// Whether things that fail are wanted.
    pub wild: bool,
    /// Number of the next variable.
    pub next: &'a mut usize,
    /// Collections that are complete before the head.
    pub below: Vec<&'a Rel>,
}

impl Bodies<'_> {
    /// Runs with a maker of expressions over these variables.
    pub fn with<T>(&mut self, vars: &[Var], f: impl FnOnce(&mut Maker<'_>) -> T) -> T {
        f(&mut Maker { dice: self.dice, vars, wild: self.wild })
    }

    fn fresh(&mut self) -> String {
        *self.next += 1;
        format!("v{}", *self.next)
    }

    fn bind(&mut self, body: &mut Body, ty: &Ty, invented: bool) -> String {
        let name = self.fresh();
        body.vars.push(Var { name: name.clone(), ty: ty.clone(), invented });
        name
    }

    /// An atom that may bind. With `growing` its cells are read as they grow.
    pub fn atom(&mut self, body: &mut Body, rel: &Rel, growing: bool) -> String {
        let mut args = Vec::new();
        for (ty, role) in &rel.cols {
            args.push(match role {
                Role::Cell(Lattice::Any) if growing && self.dice.chance(15) => "true".into(),
                Role::Cell(_) if growing && self.dice.chance(20) => "_".into(),
                Role::Cell(_) if growing && matches!(ty, Ty::Bag(_)) => self.bag(body, ty),
                Role::Cell(lattice) if growing => self.growing(body, lattice),
                Role::Cell(_) | Role::Key | Role::Value => self.pattern(body, ty, 2),
            });
        }
        format!("{}({})", rel.name, args.join(", "))
    }

    /// A bag that grows, by what a map of the same lattice has not got.
    fn bag(&mut self, body: &mut Body, ty: &Ty) -> String {
        let name = self.fresh();
        if let Ty::Bag(of) = ty {
            let (size, elements) = (Lattice::Max(Ty::Nat), Lattice::Set((**of).clone()));
            body.grows.push(Grow { text: format!("size({name})"), lattice: size });
            body.grows.push(Grow { text: format!("keys({name})"), lattice: elements });
        }
        name
    }

    /// A variable that grows, or for a pair sometimes one for each side.
    fn growing(&mut self, body: &mut Body, lattice: &Lattice) -> String {
        if let Lattice::Pair(l, m) = lattice
            && self.dice.chance(40)
        {
            let first = self.growing(body, l);
            return format!("({first}, {})", self.growing(body, m));
        }
        if let Lattice::Point(ty) = lattice {
            return self.bind(body, ty, false);
        }
        let text = self.fresh();
        body.grows.push(Grow { text: text.clone(), lattice: lattice.clone() });
        text
    }

    fn pattern(&mut self, body: &mut Body, ty: &Ty, depth: usize) -> String {
        let inner = |s: &mut Self, body: &mut Body, ty: &Ty| s.pattern(body, ty, depth - 1);
        let roll = self.dice.below(100);
        if roll < 30 {
            let equal: Vec<&Var> = body.vars.iter().filter(|v| v.ty == *ty).collect();
            if let Some(var) = self.dice.pick(&equal) {
                return var.name.clone();
            }
        }
        if (40..60).contains(&roll) && depth > 0 {
            match ty {
                Ty::Tuple(parts) => {
                    let parts: Vec<_> = parts.iter().map(|t| inner(self, body, t)).collect();
                    return format!("({})", parts.join(", "));
                }
                Ty::Option(_) if self.dice.chance(30) => return "None".into(),
                Ty::Option(of) => return format!("Some({})", inner(self, body, of)),
                Ty::Enum(id, _) if id.0 == 0 && self.dice.chance(60) => {
                    let key = inner(self, body, &Ty::Str);
                    return format!("Put({key}, {})", inner(self, body, &Ty::Int));
                }
                Ty::Enum(_, of) if !of.is_empty() && self.dice.chance(30) => return "Tip".into(),
                Ty::Enum(_, of) if !of.is_empty() => {
                    let left = inner(self, body, ty);
                    let of = inner(self, body, &of[0]);
                    return format!("Fork({left}, {of}, {})", inner(self, body, ty));
                }
                Ty::Enum(id, _) if id.0 == 0 => {
                    return format!("Get({})", inner(self, body, &Ty::Str));
                }
                _ => {}
            }
        }
        if (60..68).contains(&roll) {
            return "_".into();
        }
        if (68..73).contains(&roll)
            && let Some(text) = self.with(&[], |m| m.literal(ty))
        {
            return text;
        }
        self.bind(body, ty, false)
    }

    /// An atom that only looks: variables with values, literals, `_`.
    fn look(&mut self, body: &Body, rel: &Rel) -> String {
        let vars = body.vars.clone();
        let mut args = Vec::new();
        for (ty, _) in &rel.cols {
            let roll = self.dice.below(100);
            let known = if roll < 65 { self.with(&vars, |m| m.var(ty)) } else { None };
            let literal = if roll > 88 { self.with(&vars, |m| m.expr(ty, 1)) } else { None };
            args.push(known.or(literal).unwrap_or_else(|| "_".into()));
        }
        format!("{}({})", rel.name, args.join(", "))
    }

    fn below(&mut self) -> Option<Rel> {
        self.dice.pick(&self.below).map(|rel| (*rel).clone())
    }

    /// Adds one more literal, if the chosen kind is possible here.
    pub fn extend(&mut self, body: &mut Body, or_allowed: bool) -> Option<()> {
        let vars = body.vars.clone();
        match self.dice.below(14) {
            0..=2 => {
                let condition = self.with(&vars, |m| m.condition(2))?;
                body.lits.push(condition);
            }
            3 => self.assign(body)?,
            4 => self.enumerate(body)?,
            5 => self.take_apart(body)?,
            6 | 7 => {
                let rel = self.below()?;
                let atom = self.look(body, &rel);
                body.lits.push(format!("not {atom}"));
            }
            8 => self.not_conjunction(body)?,
            9 if or_allowed => self.alternatives(body)?,
            10 => self.otherwise(body)?,
            11 => self.every(body)?,
            12 if self.wild => {
                let condition = self.with(&vars, |m| m.fill("I / I < I", 1))?;
                body.lits.push(condition);
            }
            _ => self.grow(body)?,
        }
        Some(())
    }

    /// A threshold, or the elements of something that grows.
    pub fn grow(&mut self, body: &mut Body) -> Option<()> {
        let (vars, grows) = (body.vars.clone(), body.grows.clone());
        let inside = self.with(&vars, |m| growth::inside(m, &grows));
        let grow = self.dice.pick(&inside)?.clone();
        if self.dice.chance(40) {
            let name = self.fresh();
            if let Some((lit, var)) = growth::element(&grow, &name) {
                body.lits.push(lit);
                body.vars.push(var);
                return Some(());
            }
        }
        let condition = self.with(&vars, |m| growth::threshold(m, &grow))?;
        body.lits.push(condition);
        Some(())
    }

    fn assign(&mut self, body: &mut Body) -> Option<()> {
        let types = [Ty::Int, Ty::Str, Ty::Float, Ty::Bool, Ty::Nat, Ty::Duration, Ty::Time];
        let ty = self.dice.pick(&types)?.clone();
        let vars = body.vars.clone();
        let text = self.with(&vars, |m| m.expr(&ty, 2))?;
        let name = self.bind(body, &ty, true);
        body.lits.push(format!("{name} = {text}"));
        Some(())
    }

    fn enumerate(&mut self, body: &mut Body) -> Option<()> {
        let holds = |v: &&Var| matches!(v.ty, Ty::List(_) | Ty::Set(_) | Ty::Map(..) | Ty::Bag(_));
        let holders: Vec<Var> = body.vars.iter().filter(holds).cloned().collect();
        let Some(of) = self.dice.pick(&holders).cloned() else {
            let name = self.bind(body, &Ty::Int, false);
            let range = *self.dice.pick(&["0..3", "-1..two", "[1, 1, 2]", "{0, two}"])?;
            body.lits.push(format!("{name} in {range}"));
            return Some(());
        };
        match &of.ty {
            Ty::List(t) if self.dice.chance(40) => {
                let index = self.bind(body, &Ty::Nat, false);
                let pattern = self.pattern(body, t, 1);
                body.lits.push(format!("({index}, {pattern}) in enumerate({})", of.name));
            }
            Ty::List(t) | Ty::Set(t) | Ty::Bag(t) => {
                let pattern = self.pattern(body, t, 1);
                body.lits.push(format!("{pattern} in {}", of.name));
            }
            Ty::Map(k, v) => {
                let (key, value) = (self.pattern(body, k, 1), self.pattern(body, v, 1));
                body.lits.push(format!("({key}, {value}) in {}", of.name));
            }
            _ => return None,
        }
        Some(())
    }

    fn take_apart(&mut self, body: &mut Body) -> Option<()> {
        let apart = |v: &&Var| match &v.ty {
            Ty::Tuple(_) | Ty::Option(_) => true,
            Ty::Enum(_, of) => !of.is_empty(),
            _ => false,
        };
        let of: Vec<Var> = body.vars.iter().filter(apart).cloned().collect();
        let of = self.dice.pick(&of)?.clone();
        let text = match &of.ty {
            Ty::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|t| self.pattern(body, t, 1)).collect();
                format!("({})", parts.join(", "))
            }
            Ty::Option(t) => format!("Some({})", self.pattern(body, t, 1)),
            Ty::Enum(..) => self.pattern(body, &of.ty, 2),
            _ => return None,
        };
        body.lits.push(format!("{text} = {}", of.name));
        Some(())
    }

    fn not_conjunction(&mut self, body: &mut Body) -> Option<()> {
        let mut inner = Body { vars: body.vars.clone(), ..Body::default() };
        let rel = self.below()?;
        let mut lits = vec![self.atom(&mut inner, &rel, false)];
        if self.dice.chance(50) {
            let rel = self.below()?;
            lits.push(self.atom(&mut inner, &rel, false));
        }
        if self.dice.chance(60) {
            let vars = inner.vars.clone();
            lits.push(self.with(&vars, |m| m.condition(1))?);
        }
        if self.dice.chance(25) {
            let rel = self.below()?;
            lits.push(format!("not {}", self.look(&inner, &rel)));
        }
        // Alone under `not` an atom has no variables of its own.
        if lits.len() == 1 {
            lits.push("true".into());
        }
        body.lits.push(format!("not ({})", lits.join(" and ")));
        Some(())
    }

    fn alternatives(&mut self, body: &mut Body) -> Option<()> {
        let vars = body.vars.clone();
        let rel = self.below()?;
        if self.dice.chance(40) {
            let (first, second) = (self.look(body, &rel), self.with(&vars, |m| m.condition(1))?);
            body.lits.push(format!("({first} or {second})"));
            return Some(());
        }
        // Both sides bind one variable of the type of some column.
        let (ty, _) = self.dice.pick(&rel.cols)?.clone();
        let name = self.fresh();
        let first = self.only(&rel, &ty, &name)?;
        let second = match self.below().and_then(|rel| self.only(&rel, &ty, &name)) {
            Some(atom) if self.dice.chance(70) => atom,
            _ => format!("{name} = {}", self.with(&vars, |m| m.atom(&ty))?),
        };
        let third = self.with(&vars, |m| m.condition(0)).filter(|_| self.dice.chance(40));
        let third = third.map_or(String::new(), |c| format!(" and {c}"));
        body.vars.push(Var { name, ty, invented: false });
        body.lits.push(format!("({first} or {second}{third})"));
        Some(())
    }

    /// An atom with a variable in a column of its type and nothing else.
    fn only(&mut self, rel: &Rel, ty: &Ty, name: &str) -> Option<String> {
        let at = rel.cols.iter().position(|(t, _)| t == ty)?;
        let args = (0..rel.cols.len()).map(|i| if i == at { name } else { "_" });
        Some(format!("{}({})", rel.name, args.collect::<Vec<_>>().join(", ")))
    }

    fn otherwise(&mut self, body: &mut Body) -> Option<()> {
        let rel = self.below()?;
        let (ty, _) = rel.cols.last()?.clone();
        let vars = body.vars.clone();
        let otherwise = self.with(&vars, |m| m.atom(&ty))?;
        let name = self.fresh();
        let mut args = Vec::new();
        for (ty, _) in &rel.cols[..rel.cols.len() - 1] {
            let known = self.with(&vars, |m| if m.dice.chance(85) { m.var(ty) } else { None });
            args.push(known.unwrap_or_else(|| "_".into()));
        }
        args.push(name.clone());
        body.vars.push(Var { name: name.clone(), ty, invented: false });
        body.lits.push(format!("{}({}) else {name} = {otherwise}", rel.name, args.join(", ")));
        Some(())
    }

    fn every(&mut self, body: &mut Body) -> Option<()> {
        let holds = |v: &&Var| matches!(v.ty, Ty::List(_) | Ty::Set(_));
        let holders: Vec<Var> = body.vars.iter().filter(holds).cloned().collect();
        let of = self.dice.pick(&holders)?.clone();
        let (Ty::List(t) | Ty::Set(t)) = &of.ty else { return None };
        let name = self.fresh();
        let rel = self.below()?;
        let found = self.only(&rel, t, &name);
        let inner = match found.filter(|_| self.dice.chance(60)) {
            Some(atom) => atom,
            None => {
                let mut vars = body.vars.clone();
                vars.push(Var { name: name.clone(), ty: (**t).clone(), invented: false });
                let other = self.with(&vars, |m| m.atom(t))?;
                format!("{name} {} {other}", self.dice.pick(&["<=", "!=", ">="])?)
            }
        };
        body.lits.push(format!("all {name} in {}: {inner}", of.name));
        Some(())
    }
}
