//! A random program in pieces that can be taken out one by one, so that a
//! failing one shrinks to what matters. This room must not know what the
//! pieces mean.

use std::fmt;

use crate::oracle::random::dice::Dice;
use crate::oracle::values::Value;

/// Rows by the name of their collection, which may be missing after shrinking.
pub type Named = Vec<(String, Vec<Vec<Value>>)>;

/// A program with rows from outside.
#[derive(Clone, Default)]
pub struct Case {
    /// Source text.
    pub source: String,
    /// Rows that are there before the first tick, and its events.
    pub facts: Named,
    /// What further ticks take in, tick by tick.
    pub ticks: Vec<Given>,
}

/// What a tick takes in: events, and rows of tables that come and go.
#[derive(Clone, Default, Debug)]
#[allow(missing_docs)]
pub struct Given {
    pub insert: Named,
    pub delete: Named,
}

/// A rule as text.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct RuleText {
    pub head: String,
    /// `<=`, or one of the operators over time.
    pub op: &'static str,
    pub body: Vec<String>,
}

impl RuleText {
    /// A rule about its own tick.
    pub fn new(head: String, body: Vec<String>) -> RuleText {
        RuleText { head, op: "<=", body }
    }
}

/// A program in pieces.
#[derive(Clone, Default)]
#[allow(missing_docs)]
pub struct Pieces {
    /// Each with its `;`.
    pub decls: Vec<String>,
    pub rules: Vec<RuleText>,
    pub facts: Named,
    pub ticks: Vec<Given>,
}

/// A piece, or several neighbours, that could be taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Cut {
    Rules { from: usize, many: usize },
    Literal { rule: usize, at: usize },
    Rows { rel: usize, from: usize, many: usize },
    Ticks { from: usize, many: usize },
    Inserted { tick: usize, rel: usize, at: usize },
    Deleted { tick: usize, rel: usize, at: usize },
    Decl(usize),
}

/// As a text that can be saved and run, with the rows as comments.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.source)?;
        named(f, "", &self.facts)?;
        for (number, given) in self.ticks.iter().enumerate() {
            writeln!(f, "// tick {number}")?;
            named(f, "", &given.insert)?;
            named(f, "without ", &given.delete)?;
        }
        Ok(())
    }
}

fn named(f: &mut fmt::Formatter<'_>, how: &str, rows: &Named) -> fmt::Result {
    for (rel, rows) in rows {
        for row in rows {
            writeln!(f, "// {how}{rel} {row:?}")?;
        }
    }
    Ok(())
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.case().fmt(f)
    }
}

impl Pieces {
    /// The program.
    pub fn case(&self) -> Case {
        let mut source = String::new();
        for decl in &self.decls {
            source.push_str(decl);
            source.push('\n');
        }
        for rule in &self.rules {
            source.push_str(&rule.head);
            if !rule.body.is_empty() {
                source.push_str(&format!(" {} ", rule.op));
                source.push_str(&rule.body.join(", "));
            }
            source.push_str(";\n");
        }
        Case { source, facts: self.facts.clone(), ticks: self.ticks.clone() }
    }

    /// The same program with its rules, its declarations and, if wanted, the
    /// literals of its bodies in another order.
    pub fn shuffled(&self, seed: u64, bodies: bool) -> Pieces {
        let mut dice = Dice::new(seed);
        let mut other = self.clone();
        dice.shuffle(&mut other.rules);
        dice.shuffle(&mut other.decls);
        for rule in other.rules.iter_mut().filter(|_| bodies) {
            dice.shuffle(&mut rule.body);
        }
        other
    }

    /// Everything that could be taken out, large pieces first.
    pub fn cuts(&self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        cuts.extend(pieces(self.ticks.len()).map(|(from, many)| Cut::Ticks { from, many }));
        cuts.extend(pieces(self.rules.len()).map(|(from, many)| Cut::Rules { from, many }));
        for (rel, (_, rows)) in self.facts.iter().enumerate() {
            cuts.extend(pieces(rows.len()).map(|(from, many)| Cut::Rows { rel, from, many }));
        }
        for (tick, given) in self.ticks.iter().enumerate() {
            for (rel, (_, rows)) in given.insert.iter().enumerate() {
                cuts.extend((0..rows.len()).map(|at| Cut::Inserted { tick, rel, at }));
            }
            for (rel, (_, rows)) in given.delete.iter().enumerate() {
                cuts.extend((0..rows.len()).map(|at| Cut::Deleted { tick, rel, at }));
            }
        }
        for (rule, text) in self.rules.iter().enumerate() {
            cuts.extend((0..text.body.len()).rev().map(|at| Cut::Literal { rule, at }));
        }
        cuts.extend((0..self.decls.len()).rev().map(Cut::Decl));
        cuts
    }

    /// The program without a piece; `None` when it is not there.
    pub fn without(&self, cut: Cut) -> Option<Pieces> {
        let mut other = self.clone();
        match cut {
            Cut::Rules { from, many } => remove(&mut other.rules, from, many)?,
            // A rule without a body is a fact, which is another thing.
            Cut::Literal { rule, at } => {
                let body = &mut other.rules.get_mut(rule)?.body;
                if body.len() < 2 {
                    return None;
                }
                remove(body, at, 1)?;
            }
            Cut::Rows { rel, from, many } => remove(&mut other.facts.get_mut(rel)?.1, from, many)?,
            Cut::Ticks { from, many } => remove(&mut other.ticks, from, many)?,
            Cut::Inserted { tick, rel, at } => {
                let rows = &mut other.ticks.get_mut(tick)?.insert;
                remove(&mut rows.get_mut(rel)?.1, at, 1)?;
            }
            Cut::Deleted { tick, rel, at } => {
                let rows = &mut other.ticks.get_mut(tick)?.delete;
                remove(&mut rows.get_mut(rel)?.1, at, 1)?;
            }
            Cut::Decl(at) => remove(&mut other.decls, at, 1)?,
        }
        Some(other)
    }

    /// The smallest program found that still `fails`.
    pub fn shrink(&self, fails: impl Fn(&Case) -> bool) -> Pieces {
        let mut least = self.clone();
        loop {
            let smaller = least
                .cuts()
                .into_iter()
                .filter_map(|cut| least.without(cut))
                .find(|smaller| fails(&smaller.case()));
            match smaller {
                Some(smaller) => least = smaller,
                None => return least,
            }
        }
    }
}

/// Neighbours of so many, all of them first, then halves and so on.
fn pieces(of: usize) -> impl Iterator<Item = (usize, usize)> {
    let sizes = std::iter::successors(Some(of), |many| Some(many / 2));
    let sizes = sizes.take_while(|many| *many > 0);
    sizes.flat_map(move |many| (0..of).step_by(many).rev().map(move |from| (from, many)))
}

fn remove<T>(of: &mut Vec<T>, from: usize, many: usize) -> Option<()> {
    if from >= of.len() {
        return None;
    }
    of.drain(from..(from + many).min(of.len()));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_what_matters() {
        let rule = |head: &str, body: &[&str]| {
            RuleText::new(head.into(), body.iter().map(|s| s.to_string()).collect())
        };
        let pieces = Pieces {
            decls: vec!["a;".into(), "b;".into()],
            rules: vec![rule("p", &["q", "r"]), rule("s", &["t"]), rule("u", &["v"])],
            facts: vec![("a".into(), (0..9).map(|i| vec![Value::Int(i)]).collect())],
            ticks: vec![Given::default(); 3],
        };
        let fails = |case: &Case| {
            case.source.contains("r;\n") && case.facts[0].1.contains(&vec![Value::Int(7)])
        };
        let least = pieces.shrink(fails);
        assert_eq!(least.case().source, "p <= r;\n");
        assert!(least.ticks.is_empty());
        assert_eq!(least.facts[0].1, vec![vec![Value::Int(7)]]);
    }
}
