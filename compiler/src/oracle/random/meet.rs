//! Bodies of small programs about what grows: atoms that share variables, and
//! what is asked of them beside: that something is not there, that a number is
//! large enough, that a set holds something. What the bodies are for is not
//! known here.

use crate::oracle::random::dice::Dice;
use crate::oracle::random::small::Col;
use crate::oracle::random::small::Rel;

/// What a body has to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Needs {
    /// An event.
    Event,
    /// Nothing but state.
    State,
    /// State, and of that the newest.
    Late,
}

/// A body, and what it binds.
#[derive(Clone, Default, Debug)]
pub(super) struct Body {
    pub lits: Vec<String>,
    /// Whole numbers that stay.
    pub ints: Vec<String>,
    /// Numbers that an aggregate makes.
    pub made: Vec<String>,
    /// Values that merge.
    pub max: Vec<String>,
    pub min: Vec<String>,
    pub sets: Vec<String>,
    /// Sets that are carried.
    pub carried: Vec<String>,
    next: usize,
}

impl Body {
    fn fresh(&mut self, word: &str) -> String {
        self.next += 1;
        format!("{word}{}", self.next)
    }

    /// A number for a head.
    pub fn number(&self, dice: &mut Dice, made: bool) -> String {
        if made && !self.made.is_empty() && dice.chance(35) {
            return dice.pick(&self.made).cloned().unwrap_or_default();
        }
        if made && !self.max.is_empty() && dice.chance(20) {
            return dice.pick(&self.max).cloned().unwrap_or_default();
        }
        match dice.pick(&self.ints) {
            Some(var) if dice.chance(94) => var.clone(),
            _ => "1".into(),
        }
    }

    /// A value for a column that merges.
    pub fn cell(&self, dice: &mut Dice, col: Col) -> String {
        let (own, plain) = match col {
            Col::Max => (&self.max, self.number(dice, false)),
            Col::Min => (&self.min, self.number(dice, false)),
            _ => (&self.sets, format!("{{{}}}", self.number(dice, false))),
        };
        match dice.pick(own) {
            Some(var) if dice.chance(70) => var.clone(),
            _ if col == Col::Max && !self.made.is_empty() && dice.chance(60) => {
                dice.pick(&self.made).cloned().unwrap_or(plain)
            }
            _ => plain,
        }
    }
}

/// Makes bodies over these collections.
pub(super) struct Maker<'a> {
    pub dice: &'a mut Dice,
    pub rels: &'a [Rel],
}

impl Maker<'_> {
    /// A body, where there is something to read.
    pub fn body(&mut self, needs: Needs) -> Option<Body> {
        let events: Vec<Rel> = self.rels.iter().filter(|rel| rel.is_event).cloned().collect();
        let states: Vec<Rel> = self.rels.iter().filter(|rel| !rel.is_event).cloned().collect();
        let mut body = Body::default();
        match needs {
            Needs::Event => self.atom(&events, &mut body)?,
            Needs::State => self.atom(&states, &mut body)?,
            Needs::Late => {
                let from = states.len().saturating_sub(2);
                self.atom(&states[from..], &mut body)?;
            }
        }
        for _ in 0..2 {
            if self.dice.chance(30) {
                let of =
                    if needs == Needs::Event && self.dice.chance(20) { &events } else { &states };
                let _nothing_to_read = self.atom(of, &mut body);
            }
        }
        let seen = if needs == Needs::Event { self.rels.to_vec() } else { states };
        for _ in 0..1 + self.dice.below(2) {
            if self.dice.chance(55) {
                self.asked(&seen, &mut body);
            }
        }
        Some(body)
    }

    /// An atom that binds.
    fn atom(&mut self, of: &[Rel], body: &mut Body) -> Option<()> {
        // What was made last is read most.
        let late = of.len() - of.len().min(3);
        let from = if self.dice.chance(65) { &of[late..] } else { of };
        let rel = self.dice.pick(from)?.clone();
        let known = body.ints.clone();
        let mut args = Vec::new();
        for col in &rel.cols {
            let (word, list) = match col {
                Col::Node => {
                    args.push("_".to_string());
                    continue;
                }
                Col::Int if !known.is_empty() && self.dice.chance(55) => {
                    args.push(self.dice.pick(&known).cloned().unwrap_or_default());
                    continue;
                }
                Col::Int if self.dice.chance(6) => {
                    args.push("1".into());
                    continue;
                }
                _ if self.dice.chance(12) => {
                    args.push("_".into());
                    continue;
                }
                Col::Int => ("x", 0),
                Col::Made => ("n", 1),
                Col::Max => ("u", 2),
                Col::Min => ("d", 3),
                Col::Set => ("s", 4),
                Col::Carried => ("q", 5),
            };
            let var = body.fresh(word);
            let lists = [
                &mut body.ints,
                &mut body.made,
                &mut body.max,
                &mut body.min,
                &mut body.sets,
                &mut body.carried,
            ];
            lists.into_iter().nth(list)?.push(var.clone());
            args.push(var);
        }
        body.lits.push(format!("{}({})", rel.name, args.join(", ")));
        Some(())
    }

    /// That a row is not there.
    pub fn denied(&mut self, known: &[String]) -> Option<String> {
        let rel = self.dice.pick(self.rels)?.clone();
        let mut is_bound = false;
        let mut args = Vec::new();
        for col in &rel.cols {
            let number = matches!(col, Col::Int) || *col == Col::Made && self.dice.chance(30);
            match self.dice.pick(known).filter(|_| number) {
                Some(var) if self.dice.chance(if is_bound { 60 } else { 90 }) => {
                    is_bound = true;
                    args.push(var.clone());
                }
                _ => args.push("_".into()),
            }
        }
        Some(format!("not {}({})", rel.name, args.join(", ")))
    }

    /// One more thing that is asked.
    fn asked(&mut self, seen: &[Rel], body: &mut Body) {
        let lit = match self.dice.below(100) {
            0..=34 => {
                let known = body.ints.clone();
                Maker { dice: self.dice, rels: seen }.denied(&known)
            }
            35..=46 => self.otherwise(seen, body),
            47..=54 => self.compared(body),
            55..=60 => self.all(seen, body),
            _ => self.enough(body),
        };
        body.lits.extend(lit.or_else(|| self.compared(body)));
    }

    fn otherwise(&mut self, seen: &[Rel], body: &mut Body) -> Option<String> {
        let of: Vec<Rel> = seen
            .iter()
            .filter(|rel| {
                let (last, front) =
                    rel.cols.split_last().map_or((None, &[][..]), |(l, f)| (Some(*l), f));
                matches!(last, Some(Col::Int | Col::Made | Col::Set | Col::Max))
                    && front.iter().all(|col| *col == Col::Int)
                    && (!rel.is_event || self.dice.chance(20))
            })
            .cloned()
            .collect();
        let rel = self.dice.pick(&of)?.clone();
        let mut args: Vec<String> = Vec::new();
        for _ in 1..rel.cols.len() {
            args.push(self.dice.pick(&body.ints)?.clone());
        }
        let last = *rel.cols.last()?;
        let (var, bottom) = match last {
            Col::Set => (body.fresh("s"), "{}"),
            Col::Max => (body.fresh("u"), "0"),
            _ => (body.fresh("n"), if self.dice.chance(75) { "0" } else { "2" }),
        };
        match last {
            Col::Set => body.sets.push(var.clone()),
            Col::Max => body.max.push(var.clone()),
            _ => body.made.push(var.clone()),
        }
        args.push(var.clone());
        Some(format!("{}({}) else {var} = {bottom}", rel.name, args.join(", ")))
    }

    fn compared(&mut self, body: &Body) -> Option<String> {
        let a = self.dice.pick(&body.ints)?.clone();
        let op = ["==", "!=", "<", ">="][self.dice.below(4)];
        let others: Vec<&String> = body.ints.iter().filter(|b| **b != a).collect();
        let b = match self.dice.pick(&others) {
            Some(b) if self.dice.chance(50) => (*b).clone(),
            _ => "1".into(),
        };
        Some(format!("{a} {op} {b}"))
    }

    /// All that a carried set holds is there.
    fn all(&mut self, seen: &[Rel], body: &mut Body) -> Option<String> {
        let set = self.dice.pick(&body.carried)?.clone();
        let of: Vec<&Rel> = seen
            .iter()
            .filter(|rel| !rel.is_event && rel.cols.iter().all(|c| *c == Col::Int))
            .collect();
        let rel = (*self.dice.pick(&of)?).clone();
        let var = body.fresh("y");
        let place = self.dice.below(rel.cols.len());
        let mut args = Vec::new();
        for at in 0..rel.cols.len() {
            args.push(match self.dice.pick(&body.ints) {
                _ if at == place => var.clone(),
                Some(known) if self.dice.chance(60) => known.clone(),
                _ => "_".into(),
            });
        }
        Some(format!("all {var} in {set}: {}({})", rel.name, args.join(", ")))
    }

    /// A number or a set that is large enough, or not yet.
    fn enough(&mut self, body: &mut Body) -> Option<String> {
        let mut all: Vec<(String, Col)> = Vec::new();
        for (list, col) in [
            (&body.made, Col::Made),
            (&body.max, Col::Max),
            (&body.min, Col::Min),
            (&body.sets, Col::Set),
            (&body.carried, Col::Carried),
        ] {
            all.extend(list.iter().map(|var| (var.clone(), col)));
        }
        let (var, col) = self.dice.pick(&all)?.clone();
        let bound = 1 + self.dice.below(3);
        if matches!(col, Col::Set | Col::Carried) {
            return Some(match (self.dice.below(5), self.dice.pick(&body.ints).cloned()) {
                (0, Some(x)) => format!("{x} in {var}"),
                (1, Some(x)) => format!("not ({x} in {var})"),
                (2, _) => format!("size({var}) < {bound}"),
                (3, _) => format!("size({var}) >= {bound}"),
                _ => {
                    let x = body.fresh("x");
                    body.ints.push(x.clone());
                    format!("{x} in {var}")
                }
            });
        }
        let numbers: Vec<&String> =
            body.made.iter().chain(&body.max).filter(|other| **other != var).collect();
        let other = match self.dice.pick(&numbers) {
            Some(other) if self.dice.chance(40) => (*other).clone(),
            _ => bound.to_string(),
        };
        let op = match (col, self.dice.below(100)) {
            (Col::Min, 0..=59) => "<=",
            (_, 0..=49) => ">=",
            (_, 50..=62) => ">",
            (_, 63..=79) => "<",
            (_, 80..=92) => "==",
            _ => "!=",
        };
        Some(format!("{var} {op} {other}"))
    }
}
