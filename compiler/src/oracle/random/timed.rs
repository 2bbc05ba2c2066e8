//! Random programs over time: tables that rules write with every operator,
//! events that come back, messages, what follows from all of these. This room
//! decides what may write what, so that most ticks go well.

use crate::oracle::random::bodies::Body;
use crate::oracle::random::case::Pieces;
use crate::oracle::random::case::RuleText;
use crate::oracle::random::dice::Dice;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::groups;
use crate::oracle::random::growth;
use crate::oracle::random::growth::Grow;
use crate::oracle::random::program::Program;
use crate::oracle::random::schema;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::oracle::random::taken;
use crate::types::ty::Ty;

/// The program of a seed, with the rows that it begins with and what its ticks
/// take in. One in ten may fail when it runs.
pub fn timed(seed: u64) -> Pieces {
    let mut dice = Dice::new(seed ^ 0x0071_6d65);
    let wild = dice.chance(10);
    let decls = schema::PRELUDE.iter().map(|s| s.to_string()).collect();
    let pieces = Pieces { decls, ..Pieces::default() };
    let program = Program { dice, wild, next: 0, rels: Vec::new(), pieces };
    let mut timed = Timed { program, tables: Vec::new(), scratches: Vec::new(), sent: Vec::new() };
    let mut outside = timed.declare();
    for group in 1..=1 + timed.program.dice.below(3) {
        timed.program.group(group);
    }
    timed.write();
    let Timed { mut program, .. } = timed;
    // Tables that a group brought along may be given rows too.
    let known = |rel: &Rel| outside.iter().any(|other| other.name == rel.name);
    let more: Vec<Rel> =
        program.rels.iter().filter(|r| r.kind == Kind::Base && !known(r)).cloned().collect();
    outside.extend(more);
    program.pieces.ticks = taken::ticks(&mut program.dice, &outside, &program.pieces.facts, wild);
    program.dice.shuffle(&mut program.pieces.rules);
    program.pieces
}

/// A program over time in the making.
struct Timed {
    program: Program,
    /// Tables that rules write.
    tables: Vec<Rel>,
    /// Scratches that rules put events into for the next tick.
    scratches: Vec<Rel>,
    /// Channels and timers.
    sent: Vec<Rel>,
}

/// What a body is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// Needs an event.
    Event,
    /// Reads state alone.
    State,
}

impl Timed {
    /// Declares what is there before any rule; returns what outside gives rows to.
    fn declare(&mut self) -> Vec<Rel> {
        let mut outside = Vec::new();
        for at in 0..1 + self.program.dice.below(2) {
            let mut cols = self.program.columns(Kind::Base);
            if at == 0 || self.program.dice.chance(30) {
                cols.retain(|(_, role)| *role == Role::Key);
                let ty = schema::any_type(&mut self.program.dice, 1);
                cols.extend(schema::value_role(&ty).map(|role| (ty, role)));
            }
            let word = if self.program.dice.chance(20) { "output table" } else { "table" };
            let rel = self.program.declare_as(word, cols, Kind::Base, 0);
            self.program.fill(&rel);
            self.tables.push(rel);
        }
        outside.extend(self.tables.clone());
        for word in ["static table", "input table", "input view"] {
            if self.program.dice.chance(35) {
                let cols = self.program.columns(Kind::Base);
                let rel = self.program.declare_as(word, cols, Kind::Base, 0);
                self.program.fill(&rel);
                outside.extend((word != "static table").then_some(rel));
            }
        }
        for _ in 0..1 + self.program.dice.below(2) {
            let cols = self.program.columns(Kind::Input);
            let rel = self.program.declare_as("input", cols, Kind::Input, 0);
            self.program.fill(&rel);
            outside.push(rel);
        }
        for (word, ty) in [("channel", Ty::Node), ("timer", Ty::Time)] {
            if self.program.dice.chance(50) {
                outside.push(self.sent(word, ty));
            }
        }
        outside.extend(self.given());
        if self.program.dice.chance(60) {
            let cols = self.program.columns(Kind::Event);
            let rel = self.program.declare_as("scratch", cols, Kind::Event, 0);
            self.scratches.push(rel);
        }
        outside
    }

    /// A channel or a timer.
    fn sent(&mut self, word: &str, marked: Ty) -> Rel {
        let mut cols = self.program.columns(Kind::Input);
        cols.insert(0, (marked, Role::Key));
        let rel = self.program.declare_as(word, cols, Kind::Input, 0);
        if let Some(decl) = self.program.pieces.decls.last_mut() {
            *decl = decl.replacen("(c0:", "(@c0:", 1);
        }
        self.sent.push(rel.clone());
        rel
    }

    /// What every program has, and a periodic.
    fn given(&mut self) -> Vec<Rel> {
        let mut out = Vec::new();
        let rel = |name: &str, types: &[Ty]| Rel {
            name: name.into(),
            kind: Kind::Input,
            cols: types.iter().map(|ty| (ty.clone(), Role::Key)).collect(),
            group: 0,
        };
        if self.program.dice.chance(20) {
            self.program.pieces.decls.push("periodic beat every 30s;".into());
            out.push(rel("beat", &[Ty::Time]));
        }
        if self.program.dice.chance(10) {
            out.push(rel("startup", &[Ty::Int]));
        }
        if self.program.dice.chance(10) {
            out.push(rel("stdin", &[Ty::Str, Ty::Int]));
        }
        if self.program.dice.chance(10) {
            let members = Rel { kind: Kind::Base, ..rel("members", &[Ty::Node, Ty::Str]) };
            out.push(members);
        }
        self.program.rels.extend(out.clone());
        out
    }

    /// Adds the rules over time, which may read everything.
    fn write(&mut self) {
        for rel in self.tables.clone() {
            let cells = rel.cols.iter().any(|(_, role)| *role != Role::Key);
            if !rel.has_values() {
                self.some(2, |timed| timed.at_once(&rel));
                self.some(2, |timed| timed.put(&rel, "<+"));
                if self.program.dice.chance(20) {
                    self.program.fact(&rel);
                }
            }
            if cells {
                self.some(1, |timed| timed.put(&rel, "<+-"));
            }
            self.some(2, |timed| timed.delete(&rel));
        }
        for rel in self.scratches.clone() {
            self.some(1, |timed| timed.at_once(&rel));
            self.put(&rel, "<+");
            self.some(1, |timed| timed.put(&rel, "<+"));
        }
        for rel in self.sent.clone() {
            self.put(&rel, "<~");
            self.some(1, |timed| timed.put(&rel, "<~"));
        }
        self.some(1, Timed::counted);
        if self.program.dice.chance(12) {
            self.invariant();
        }
    }

    fn some(&mut self, most: usize, mut add: impl FnMut(&mut Timed)) {
        for _ in 0..self.program.dice.below(most + 1) {
            add(self);
        }
    }

    /// What a rule of this kind may read; `but` is left out.
    fn readable(&self, about: About, but: Option<&Rel>) -> Vec<Rel> {
        let kind = if about == About::Event { Kind::Event } else { Kind::State };
        let mut all = self.program.below(kind, usize::MAX);
        all.retain(|rel| but.is_none_or(|but| but.name != rel.name));
        all
    }

    fn about(&mut self) -> About {
        if self.program.dice.chance(60) { About::Event } else { About::State }
    }

    /// A body, with the instant and the node where they may stand.
    fn body(&mut self, about: About, below: &[Rel]) -> Option<Body> {
        let kind = if about == About::Event { Kind::Event } else { Kind::State };
        let mut body = self.program.body(below, &[], kind, true)?;
        if self.program.dice.chance(15) {
            body.vars.push(Var { name: "me".into(), ty: Ty::Node, invented: false });
        }
        if about == About::Event && self.program.dice.chance(25) {
            body.vars.push(Var { name: "now".into(), ty: Ty::Time, invented: false });
        }
        if self.program.dice.chance(25) {
            let before = body.clone();
            if self.program.bodies(below).extend(&mut body, true).is_none() {
                body = before;
            }
        }
        Some(body)
    }

    /// A rule with `<=` from what comes from outside and what no rule writes.
    fn at_once(&mut self, rel: &Rel) {
        let written = |other: &Rel| {
            self.tables.iter().chain(&self.scratches).any(|table| table.name == other.name)
        };
        let mut below = self.program.below(Kind::Event, 1);
        below.retain(|other| !written(other));
        for _ in 0..8 {
            let Some(body) = self.body(About::Event, &below) else { continue };
            if let Some(args) = self.args(rel, &body, &below) {
                let head = format!("{}({})", rel.name, args.join(", "));
                self.program.pieces.rules.push(RuleText::new(head, body.lits));
                return;
            }
        }
    }

    /// A rule about the next tick, or one that sends.
    fn put(&mut self, rel: &Rel, op: &'static str) {
        let about = self.about();
        // What replaces must not hang on what it replaces and on how many events.
        let but = (op == "<+-").then_some(rel);
        let below = self.readable(about, but);
        for _ in 0..8 {
            let Some(mut body) = self.body(about, &below) else { continue };
            // In heads that fire it is evaluated when they do.
            let fires = about == About::State && (op == "<~" || rel.kind == Kind::Event);
            if fires && self.program.dice.chance(20) {
                body.vars.push(Var { name: "now".into(), ty: Ty::Time, invented: false });
            }
            let Some(args) = self.args(rel, &body, &below) else { continue };
            let head = match op == "<+-" && self.program.dice.chance(25) {
                true => self.partial(rel, &args),
                false => format!("{}({})", rel.name, args.join(", ")),
            };
            self.program.pieces.rules.push(RuleText { head, op, body: body.lits });
            return;
        }
    }

    /// A head without some of the columns that are no part of the key.
    fn partial(&mut self, rel: &Rel, args: &[String]) -> String {
        let mut parts = Vec::new();
        for (at, ((_, role), arg)) in rel.cols.iter().zip(args).enumerate() {
            if *role == Role::Key || self.program.dice.chance(40) {
                parts.push(format!("c{at}: {arg}"));
            }
        }
        format!("{}{{{}}}", rel.name, parts.join(", "))
    }

    /// Arguments of a head. What its key determines is computed from the key
    /// alone, so that two matches seldom conflict; and little is computed, so
    /// that what goes round from tick to tick stays small.
    fn args(&mut self, rel: &Rel, body: &Body, below: &[Rel]) -> Option<Vec<String>> {
        let depth = if self.program.dice.chance(25) { 1 } else { 0 };
        let Body { vars, grows, .. } = body;
        let vars: Vec<Var> = vars.iter().filter(|v| depth > 0 || !v.invented).cloned().collect();
        let mut bodies = self.program.bodies(below);
        let inside: Vec<Grow> = bodies.with(&vars, |m| growth::inside(m, grows));
        let mut of_key: Vec<Var> = Vec::new();
        let mut args = Vec::new();
        for (ty, role) in &rel.cols {
            args.push(match role {
                Role::Key if rel.has_values() => {
                    let fitting: Vec<&Var> = vars.iter().filter(|v| v.ty == *ty).collect();
                    match bodies.dice.pick(&fitting) {
                        Some(var) if bodies.dice.chance(85) => {
                            of_key.push((*var).clone());
                            var.name.clone()
                        }
                        _ => bodies.with(&of_key, |m| m.column(ty, depth))?,
                    }
                }
                Role::Key => bodies.with(&vars, |m| m.column(ty, depth))?,
                Role::Value => bodies.with(&of_key, |m| m.column(ty, 1))?,
                Role::Cell(lattice) => {
                    bodies.with(&vars, |m| growth::cell(m, lattice, &inside, depth))?
                }
            });
        }
        Some(args)
    }

    /// A rule that deletes, mostly rows that its body reads.
    fn delete(&mut self, rel: &Rel) {
        let about = self.about();
        let below = self.readable(about, None);
        for _ in 0..8 {
            let Some(mut body) = self.body(about, &below) else { continue };
            if self.program.dice.chance(50) {
                let atom = self.program.bodies(&below).atom(&mut body, rel, false);
                body.lits.push(atom);
            }
            let mut bodies = self.program.bodies(&below);
            let mut args = Vec::new();
            for (ty, role) in &rel.cols {
                let any = if *role == Role::Key { 30 } else { 75 };
                let known = match bodies.dice.chance(any) {
                    true => None,
                    false => bodies.with(&body.vars, |m| m.var(ty)),
                };
                args.push(known.unwrap_or_else(|| "_".into()));
            }
            let head = format!("{}({})", rel.name, args.join(", "));
            self.program.pieces.rules.push(RuleText { head, op: "<-", body: body.lits });
            return;
        }
    }

    /// A table of what a rule that groups says of the next tick.
    fn counted(&mut self) {
        let about = self.about();
        let below = self.readable(about, None);
        let distinct = self.program.dice.chance(30);
        for _ in 0..8 {
            let kind = if about == About::Event { Kind::Event } else { Kind::State };
            let Some(body) = self.program.body(&below, &[], kind, distinct) else { continue };
            let Some((cols, args)) = groups::head(&mut self.program, &body.vars, distinct) else {
                continue;
            };
            let replaces = cols.iter().any(|(_, role)| *role != Role::Key);
            // Nothing reads it, so that what is counted stays small.
            let rel = self.program.declare_as("table", cols, Kind::Base, usize::MAX);
            let head = format!("{}({})", rel.name, args.join(", "));
            let op = if replaces { "<+-" } else { "<+" };
            self.program.pieces.rules.push(RuleText { head, op, body: body.lits });
            return;
        }
    }

    /// That some rows never come; which they sometimes do.
    fn invariant(&mut self) {
        let all = self.program.below(Kind::State, usize::MAX);
        let Some(rel) = self.program.dice.pick(&all).cloned() else { return };
        let mut bodies = self.program.bodies(&[]);
        let mut args = Vec::new();
        for (ty, role) in &rel.cols {
            let literal = match *role == Role::Key && bodies.dice.chance(80) {
                true => bodies.with(&[], |m| m.literal(ty)),
                false => None,
            };
            args.push(literal.unwrap_or_else(|| "_".into()));
        }
        let text = format!("invariant holds: not {}({});", rel.name, args.join(", "));
        self.program.pieces.decls.push(text);
    }
}
