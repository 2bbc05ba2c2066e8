//! Random expressions of a wanted type over variables that have values. This
//! room must not know collections or growth.

use crate::oracle::random::dice::Dice;
use crate::types::ty::Ty;

/// A variable with a fixed value.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    /// Computed, so that putting it into a recursive head could go on forever.
    pub invented: bool,
}

/// Makes expressions.
pub struct Maker<'a> {
    /// Chance.
    pub dice: &'a mut Dice,
    /// The variables.
    pub vars: &'a [Var],
    /// Whether divisions and the ends of ranges are wanted.
    pub wild: bool,
}

impl Maker<'_> {
    /// A variable of a type.
    pub fn var(&mut self, ty: &Ty) -> Option<String> {
        let fits = |v: &&Var| v.ty == *ty || (*ty == Ty::Int && v.ty == Ty::Nat);
        let fitting: Vec<&Var> = self.vars.iter().filter(fits).collect();
        self.dice.pick(&fitting).map(|v| v.name.clone())
    }

    /// A variable or a literal.
    pub fn atom(&mut self, ty: &Ty) -> Option<String> {
        if self.dice.chance(75)
            && let Some(var) = self.var(ty)
        {
            return Some(var);
        }
        self.literal(ty).or_else(|| self.var(ty))
    }

    /// A literal that is never empty, so that its type shows everywhere.
    pub fn literal(&mut self, ty: &Ty) -> Option<String> {
        let n = self.dice.below(4);
        let one_of = |of: [&str; 4]| Some(of[n].to_string());
        match ty {
            Ty::Int if self.wild && self.dice.chance(4) => Some("9223372036854775807".into()),
            Ty::Int => one_of(["0", "1", "-1", "two"]),
            Ty::Nat => one_of(["0", "1", "base", "3"]),
            Ty::Float => one_of(["0.0", "0.1", "2.5", "-1.5"]),
            Ty::Bool => one_of(["true", "false", "true", "false"]),
            Ty::Str => one_of(["\"a\"", "\"b\"", "\"ab\"", "\"\""]),
            Ty::Bytes => one_of(["b\"a\"", "b\"\"", "b\"\\xff\\0\"", "b\"a\""]),
            Ty::Node => one_of(["\"n1\"", "\"n2\"", "\"n3\"", "\"n1\""]),
            Ty::Time => one_of(["time(0s)", "time(30s)", "time(1m)", "time(90s)"]),
            Ty::Duration => one_of(["0s", "30s", "1m", "-30s"]),
            Ty::Json => {
                one_of(["json(1)", "json([1.5, 0.0])", "json({\"a\": \"b\"})", "json(None)"])
            }
            Ty::Uuid | Ty::Param(_) | Ty::Error => None,
            Ty::Tuple(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|t| self.atom(t)).collect();
                Some(format!("({})", parts?.join(", ")))
            }
            Ty::List(of) => Some(format!("[{}, {}]", self.atom(of)?, self.atom(of)?)),
            Ty::Option(of) => Some(format!("Some({})", self.atom(of)?)),
            Ty::Record(_) => {
                Some(format!("P{{x: {}, y: {}}}", self.atom(&Ty::Int)?, self.atom(&Ty::Str)?))
            }
            Ty::Enum(id, _) if id.0 == 0 => match n {
                0 => Some(format!("Put({}, {})", self.atom(&Ty::Str)?, self.atom(&Ty::Int)?)),
                1 => Some(format!("Get({})", self.atom(&Ty::Str)?)),
                _ => Some("Nop".into()),
            },
            Ty::Enum(_, of) if !of.is_empty() => {
                let of = self.atom(&of[0])?;
                let left = if n == 0 { format!("Fork(Tip, {of}, Tip)") } else { "Tip".into() };
                Some(format!("Fork({left}, {of}, Tip)"))
            }
            Ty::Enum(..) => one_of(["Red", "Green", "Blue", "Red"]),
            Ty::Set(of) => Some(format!("{{{}, {}}}", self.atom(of)?, self.atom(of)?)),
            Ty::Map(k, v) => Some(format!("{{{}: {}}}", self.atom(k)?, self.atom(v)?)),
            Ty::Bag(of) => Some(format!("{{{}: {}}}", self.atom(of)?, self.atom(&Ty::Nat)?)),
        }
    }

    /// An empty value, for a place that says its type.
    pub fn empty(&mut self, ty: &Ty) -> Option<String> {
        match ty {
            Ty::List(_) => Some("[]".into()),
            Ty::Set(_) | Ty::Map(..) | Ty::Bag(_) => Some("{}".into()),
            Ty::Option(_) => Some("None".into()),
            Ty::Enum(_, of) if !of.is_empty() => Some("Tip".into()),
            _ => None,
        }
    }

    /// An expression at most `depth` deep.
    pub fn expr(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if depth == 0 || self.dice.chance(40) {
            return self.atom(ty);
        }
        let found = match self.dice.below(12) {
            0 => {
                let cond = self.condition(depth - 1)?;
                let (yes, no) = (self.expr(ty, depth - 1)?, self.expr(ty, depth - 1)?);
                Some(format!("(if {cond} then {yes} else {no})"))
            }
            1 => self.unwrapped(ty, depth - 1),
            2 => self.projected(ty, depth - 1),
            _ => self.computed(ty, depth - 1),
        };
        found.or_else(|| self.atom(ty))
    }

    /// The value of an option, with another for `None`.
    fn unwrapped(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let option = self.var(&Ty::Option(Box::new(ty.clone())))?;
        let otherwise = self.expr(ty, depth)?;
        Some(match self.dice.below(3) {
            0 => format!("or_else({option}, {otherwise})"),
            1 => format!("{option}?"),
            _ => format!("(match ({option}) {{ Some(inner) => inner, None => {otherwise} }})"),
        })
    }

    /// A part of a compound variable.
    fn projected(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let var = self.dice.pick(self.vars)?.clone();
        match &var.ty {
            Ty::Tuple(parts) => {
                let at = parts.iter().position(|t| t == ty)?;
                Some(format!("{}.{at}", var.name))
            }
            Ty::List(of) if **of == *ty && self.wild => {
                let index = self.expr(&Ty::Int, depth)?;
                Some(format!("{}[{index}]", var.name))
            }
            Ty::Map(k, v) if **v == *ty => {
                let key = self.atom(k)?;
                let (m, other) = (&var.name, self.atom(v)?);
                Some(match self.dice.below(3) {
                    0 => format!("{m}[{key}]"),
                    1 => format!("get_or({m}, {key}, {other})"),
                    _ => format!("(if {key} in {m} then {m}[{key}] else {other})"),
                })
            }
            Ty::Bag(of) if *ty == Ty::Nat => Some(match self.dice.chance(50) {
                true => format!("size({})", var.name),
                false => format!("{}[{}]", var.name, self.atom(of)?),
            }),
            Ty::Record(_) if *ty == Ty::Int => Some(format!("{}.x", var.name)),
            Ty::Record(_) if *ty == Ty::Str => Some(format!("{}.y", var.name)),
            Ty::Enum(id, _) if id.0 == 0 && *ty == Ty::Str => Some(format!("key_of({})", var.name)),
            Ty::Enum(id, _) if id.0 == 0 && *ty == Ty::Int => Some(format!(
                "(match ({}) {{ Put(_, 0) => 7, Put(_, inner) => inner, _ => -1 }})",
                var.name
            )),
            _ => None,
        }
    }

    /// A computed value.
    fn computed(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let templates = match ty {
            Ty::Bool => return self.condition(depth),
            Ty::List(_) | Ty::Set(_) | Ty::Option(_) | Ty::Bag(_) => {
                return self.collection(ty, depth);
            }
            Ty::Int if self.wild && self.dice.chance(25) => WILD_INT,
            Ty::Nat if self.wild && self.dice.chance(20) => "nat(I); N * N * 3",
            _ => templates(ty),
        };
        if templates.is_empty() {
            return self.literal(ty);
        }
        let templates: Vec<&str> = templates.split("; ").collect();
        let template = *self.dice.pick(&templates)?;
        Some(format!("({})", self.fill(template, depth)?))
    }

    /// Puts expressions in the place of the capitals of a template.
    pub fn fill(&mut self, template: &str, depth: usize) -> Option<String> {
        let mut out = String::new();
        let mut chars = template.chars().peekable();
        while let Some(c) = chars.next() {
            let alone = !out.ends_with(|o: char| o.is_alphanumeric() || o == '_')
                && !chars.peek().is_some_and(|n| n.is_alphanumeric() || *n == '_');
            let ty = match c {
                'I' => Ty::Int,
                'N' => Ty::Nat,
                'F' => Ty::Float,
                'B' => Ty::Bool,
                'S' => Ty::Str,
                'X' => Ty::Bytes,
                'T' => Ty::Time,
                'D' => Ty::Duration,
                'J' => Ty::Json,
                _ => {
                    out.push(c);
                    continue;
                }
            };
            match alone {
                true => out.push_str(&self.expr(&ty, depth)?),
                false => out.push(c),
            }
        }
        Some(out)
    }

    fn collection(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let same = |maker: &mut Self| maker.expr(ty, depth);
        match (ty, self.dice.below(5)) {
            (Ty::List(_), 0) => Some(format!("append({}, {})", same(self)?, same(self)?)),
            (Ty::List(_), 1) => Some(format!("reverse({})", same(self)?)),
            (Ty::List(_), 2) => Some(format!("sort({})", same(self)?)),
            (Ty::List(of), 3) if **of == Ty::Int => Some("(0..two)".into()),
            (Ty::List(of), 3) if **of == Ty::Str => self.fill("split(S, S)", depth),
            (Ty::List(of), 4) => {
                let set = self.expr(&Ty::Set(of.clone()), depth)?;
                Some(format!("to_list({set})"))
            }
            (Ty::List(_), _) => Some(format!("slice({}, 1, 3)", same(self)?)),
            (Ty::Set(_), 0) => Some(format!("union({}, {})", same(self)?, same(self)?)),
            (Ty::Set(_), 1) => Some(format!("intersect({}, {})", same(self)?, same(self)?)),
            (Ty::Set(_), 2) => Some(format!("difference({}, {})", same(self)?, same(self)?)),
            (Ty::Set(of), 3) => {
                let list = self.expr(&Ty::List(of.clone()), depth)?;
                Some(format!("to_set({list})"))
            }
            (Ty::Set(_), 4) => Some(format!("join({}, {})", same(self)?, self.literal(ty)?)),
            (Ty::Bag(_), 0 | 1) => {
                let of = self.vars.iter().find(|v| v.ty == *ty)?.name.clone();
                let word = *self.dice.pick(&["union", "intersect", "join"])?;
                Some(format!("{word}({of}, {})", same(self)?))
            }
            (Ty::Option(of), 0) => {
                let list = self.expr(&Ty::List(of.clone()), depth)?;
                Some(format!("first({list})"))
            }
            (Ty::Option(of), 1) => {
                let list = self.expr(&Ty::List(of.clone()), depth)?;
                Some(format!("last({list})"))
            }
            (Ty::Option(of), 2) if **of == Ty::Int => self.fill("parse_int(S)", depth),
            (Ty::Option(of), 2) if **of == Ty::Time => self.fill("time(str(T))", depth),
            _ => self.literal(ty),
        }
    }

    /// A condition, over a variable when there is one.
    pub fn condition(&mut self, depth: usize) -> Option<String> {
        match self.dice.below(8) {
            0 if depth > 0 => {
                let word = if self.dice.chance(50) { "and" } else { "or" };
                Some(format!(
                    "({} {word} {})",
                    self.condition(depth - 1)?,
                    self.condition(depth - 1)?
                ))
            }
            1 if depth > 0 => Some(format!("(not ({}))", self.condition(depth - 1)?)),
            2 => {
                let templates =
                    ["contains(S, S)", "starts_with(S, S)", "ends_with(S, S)", "near(I, I)"];
                let template = self.dice.pick(&templates)?.to_string();
                self.fill(&template, depth.min(1))
            }
            3 => self.membership(),
            _ => {
                let of = self.dice.pick(self.vars)?.clone();
                let op = *self.dice.pick(&["==", "!=", "<", "<=", ">", ">="])?;
                let other = self.expr(&of.ty, depth)?;
                Some(format!("({} {op} {other})", of.name))
            }
        }
    }

    fn membership(&mut self) -> Option<String> {
        let of = self.dice.pick(self.vars)?.clone();
        match &of.ty {
            ty @ (Ty::Bag(_) | Ty::Set(_)) if self.dice.chance(25) => {
                Some(format!("leq({}, {})", self.literal(ty)?, of.name))
            }
            Ty::List(t) | Ty::Set(t) => Some(format!("({} in {})", self.atom(t)?, of.name)),
            Ty::Bag(t) => Some(format!("({} in {})", self.atom(t)?, of.name)),
            // As a literal `k in m` would want a pair.
            Ty::Map(k, _) => Some(format!("({} in keys({}))", self.atom(k)?, of.name)),
            Ty::Option(_) => Some(format!("is_some({})", of.name)),
            Ty::Bool => Some(of.name),
            ty => Some(format!("({} in [{}, {}])", of.name, self.atom(ty)?, self.atom(ty)?)),
        }
    }

    /// An expression for a column of a head: interpolations and empty values too.
    pub fn column(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if self.dice.chance(6)
            && let Some(empty) = self.empty(ty)
        {
            return Some(empty);
        }
        if *ty == Ty::Str && depth > 0 && self.dice.chance(15) {
            let a = self.dice.pick(self.vars)?.name.clone();
            let b = self.dice.pick(self.vars)?.name.clone();
            return Some(format!("\"{{{a}}}-{{{b}}}\""));
        }
        self.expr(ty, depth)
    }
}

/// Arithmetic that fails for some values.
const WILD_INT: &str = "I / I; I % I; I * I * I; -(I); int(F); I - 9223372036854775807; div_floor(I, I); mod_floor(I, I); shift_left(I, I)";

/// Templates of a type, in which `I` stands for an int, `N` for a nat and so on.
fn templates(ty: &Ty) -> &'static str {
    match ty {
        Ty::Int => {
            "I + I; I - I; I * two; -(I); I / 2; I % 3; min(I, I); max(I, I); twice(I); int(B); \
             millis(D); or_else(parse_int(S), I); length(S); or_else(first([I, I]), 0); D / 30s; \
             pow(I, 2); or_else(index_of(S, S), 9); clamp(I, I, I); sign(I); bit_and(I, I); \
             bit_xor(I, I); sum_of([I, N]); or_else(int(J), I); or_else(int((J)[I]), I); year(T); hours(D); \
             or_else(get([I, I], I), I); min_of(I, I)"
        }
        Ty::Nat => {
            "N + N; length(S); N * 2; max(N, N); abs(I); size({I, I}); hash(S); hash((I, F)); weekday(T); bit_count(I)"
        }
        Ty::Float => {
            "F + F; F * F; F / F; F - F; float(I); sqrt(F); floor(F); ceil(F); round(F); \
             seconds(D); abs(F); -(F); or_else(parse_float(S), F); F % F; sum_of([F, F, F]); \
             or_else(float(J), F)"
        }
        Ty::Str => {
            "lower(S); upper(S); trim(S); replace(S, S, S); substr(S, I, I); str(I); str(F); \
             concat(split(S, S), S); str(T); str(D); reverse(S); or_else(utf8(X), S); \
             concat([S, S], \"-\"); str({S, S}); key_of(Get(S)); \
             pad_left(S, 3, \"-\"); replace_all(S, \"[ab]\", S); json_text(J); json_kind(J); date(T); \
             hex(X); base64(X); or_else(str(J), S); or_else(str((J).a), S); json_kind(get(J, I)); or_else(find(S, \"b+\"), S); concat(words(S), \"\")"
        }
        Ty::Bytes => "bytes(S); X; or_else(from_base64(S), X)",
        Ty::Json => {
            "json(I); json(F); json(S); json([J, J]); json({S: J}); json((T, Some(X))); \
             or_else(get(J, S), J); or_else(get(J, I), J); or_else((J).a[0], J); or_else(get(get(J, I), S), J); or_else(parse_json(json_text(J)), J)"
        }
        Ty::Time => "T + D; T - D; D + T; time(D); floor(T, 1m); max(T, T)",
        Ty::Duration => {
            "T - T; D + D; D - D; D * I; D / 2; since_epoch(T); floor(D, 1m); abs(D); -(D); \
             I * D; D % 1m"
        }
        _ => "",
    }
}
