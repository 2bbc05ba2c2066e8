//! Random programs: collections in groups, each group over those below it,
//! with rules that are well typed and safe by the way they are made. This
//! room decides what may read what, so that programs stratify and end.

use crate::oracle::random::bodies::Bodies;
use crate::oracle::random::bodies::Body;
use crate::oracle::random::case::Pieces;
use crate::oracle::random::case::RuleText;
use crate::oracle::random::cycles;
use crate::oracle::random::dice::Dice;
use crate::oracle::random::exprs::Var;
use crate::oracle::random::groups;
use crate::oracle::random::growing;
use crate::oracle::random::growth;
use crate::oracle::random::schema;
use crate::oracle::random::schema::Kind;
use crate::oracle::random::schema::Rel;
use crate::oracle::random::schema::Role;
use crate::types::ty::Ty;

/// A program in the making.
pub struct Program {
    pub(super) dice: Dice,
    pub(super) wild: bool,
    pub(super) next: usize,
    pub(super) rels: Vec<Rel>,
    pub(super) pieces: Pieces,
}

/// The program of a seed. One in five may fail when it runs.
pub fn program(seed: u64) -> Pieces {
    let mut dice = Dice::new(seed);
    let wild = dice.chance(20);
    let decls = schema::PRELUDE.iter().map(|s| s.to_string()).collect();
    let pieces = Pieces { decls, ..Pieces::default() };
    let mut program = Program { dice, wild, next: 0, rels: Vec::new(), pieces };
    program.loaded();
    for group in 1..=2 + program.dice.below(3) {
        program.group(group);
    }
    let Program { mut dice, mut pieces, .. } = program;
    dice.shuffle(&mut pieces.rules);
    pieces
}

impl Program {
    /// Adds a group of collections over those that are there.
    pub(super) fn group(&mut self, group: usize) {
        match self.dice.below(12) {
            0..=3 => self.recursive(group),
            4..=5 => self.plain(group, Kind::State),
            6 => self.plain(group, Kind::Event),
            7 => self.declared_by_rule(group),
            8 | 9 => growing::circle(self, group),
            10 => cycles::cyclic(self, group),
            _ => groups::aggregated(self, group),
        }
    }

    pub(super) fn columns(&mut self, kind: Kind) -> Vec<(Ty, Role)> {
        let arity = 1 + self.dice.below(3);
        let mut cols: Vec<(Ty, Role)> = Vec::new();
        for _ in 0..arity {
            let ty = match self.dice.pick(&cols) {
                Some((ty, _)) if self.dice.chance(40) => ty.clone(),
                _ => schema::any_type(&mut self.dice, 2),
            };
            cols.push((ty, Role::Key));
        }
        if kind != Kind::Input && self.dice.chance(30) {
            for _ in 0..1 + self.dice.below(2) {
                let lattice = schema::any_lattice(&mut self.dice, 2);
                cols.push((lattice.plain(), Role::Cell(lattice)));
            }
        }
        cols
    }

    /// Adds a collection and its declaration.
    pub(super) fn declare(&mut self, cols: Vec<(Ty, Role)>, kind: Kind, group: usize) -> Rel {
        let words: &[&str] = match kind {
            Kind::Base => &["table", "static table"],
            Kind::Input => &["input"],
            Kind::State => &["view", "output", "output view"],
            Kind::Event => &["scratch", "output"],
        };
        let word = words[self.dice.below(words.len())];
        self.declare_as(word, cols, kind, group)
    }

    /// Likewise, with the words that declare it.
    pub(super) fn declare_as(
        &mut self,
        word: &str,
        cols: Vec<(Ty, Role)>,
        kind: Kind,
        group: usize,
    ) -> Rel {
        let name = format!("r{}", self.rels.len());
        let rel = Rel { name, kind, cols, group };
        self.pieces.decls.push(rel.declare(word));
        self.rels.push(rel.clone());
        rel
    }

    fn loaded(&mut self) {
        for _ in 0..2 + self.dice.below(3) {
            let mut cols = self.columns(Kind::Base);
            if self.dice.chance(25) {
                cols.retain(|(_, role)| *role == Role::Key);
                let ty = schema::any_type(&mut self.dice, 1);
                cols.extend(schema::value_role(&ty).map(|role| (ty, role)));
            }
            self.load(cols, Kind::Base);
        }
        for _ in 0..1 + self.dice.below(2) {
            let cols = self.columns(Kind::Input);
            self.load(cols, Kind::Input);
        }
    }

    /// Adds a collection with rows.
    pub(super) fn load(&mut self, cols: Vec<(Ty, Role)>, kind: Kind) -> Rel {
        let rel = self.declare(cols, kind, 0);
        self.fill(&rel);
        rel
    }

    /// Gives rows to a collection.
    pub(super) fn fill(&mut self, rel: &Rel) {
        let rows = schema::rows(&mut self.dice, rel, self.wild);
        self.pieces.facts.push((rel.name.clone(), rows));
    }

    /// What a rule of this kind may read that is complete before the group.
    pub(super) fn below(&self, kind: Kind, group: usize) -> Vec<Rel> {
        let visible = |rel: &&Rel| {
            let event = matches!(rel.kind, Kind::Input | Kind::Event);
            rel.group < group && (!event || kind == Kind::Event)
        };
        self.rels.iter().filter(visible).cloned().collect()
    }

    fn plain(&mut self, group: usize, kind: Kind) {
        let cols = self.columns(kind);
        let rel = self.declare(cols, kind, group);
        for _ in 0..1 + self.dice.below(3) {
            self.add(&rel, &[]);
        }
        if kind == Kind::State && self.dice.chance(30) {
            self.fact(&rel);
        }
    }

    fn recursive(&mut self, group: usize) {
        let many = if self.dice.chance(30) { 2 } else { 1 };
        let mut rels = Vec::new();
        for _ in 0..many {
            let mut cols = self.columns(Kind::State);
            if cols.iter().all(|(_, r)| *r == Role::Key) && self.dice.chance(40) {
                let lattice = schema::any_lattice(&mut self.dice, 2);
                cols.push((lattice.plain(), Role::Cell(lattice)));
            }
            rels.push(self.declare(cols, Kind::State, group));
        }
        for rel in &rels {
            self.add(rel, &[]);
            for _ in 0..1 + self.dice.below(2) {
                self.add(rel, &rels);
            }
        }
    }

    /// Adds a rule as it is.
    pub(super) fn rule(&mut self, head: String, body: Vec<String>) {
        self.pieces.rules.push(RuleText::new(head, body));
    }

    pub(super) fn fact(&mut self, rel: &Rel) {
        let mut bodies = self.bodies(&[]);
        let args: Option<Vec<String>> =
            rel.cols.iter().map(|(ty, _)| bodies.with(&[], |m| m.column(ty, 0))).collect();
        if let Some(args) = args {
            let head = format!("{}({})", rel.name, args.join(", "));
            self.pieces.rules.push(RuleText::new(head, Vec::new()));
        }
    }

    pub(super) fn bodies<'a>(&'a mut self, below: &'a [Rel]) -> Bodies<'a> {
        let Program { dice, wild, next, .. } = self;
        let below = below.iter().collect();
        Bodies { dice, wild: *wild, next, below }
    }

    /// Adds a rule, if one is found in a few attempts. With `cycle` it reads
    /// one or more of these as they grow.
    pub(super) fn add(&mut self, rel: &Rel, cycle: &[Rel]) {
        let below = self.below(rel.kind, rel.group);
        for _ in 0..8 {
            let body = self.body(&below, cycle, rel.kind, true);
            if let Some(rule) = body.and_then(|body| self.finish(rel, body, &below, cycle)) {
                self.pieces.rules.push(rule);
                return;
            }
        }
    }

    /// A body over these collections.
    pub(super) fn body(
        &mut self,
        below: &[Rel],
        cycle: &[Rel],
        kind: Kind,
        or_allowed: bool,
    ) -> Option<Body> {
        let (atoms, extras) = (self.dice.below(2), self.dice.below(3));
        let mut bodies = self.bodies(below);
        let mut body = Body::default();
        let mut read = |bodies: &mut Bodies<'_>, from: &[&Rel], growing: bool| {
            let rel = (*bodies.dice.pick(from)?).clone();
            let atom = bodies.atom(&mut body, &rel, growing);
            body.lits.push(atom);
            Some(())
        };
        if !cycle.is_empty() {
            let cycle: Vec<&Rel> = cycle.iter().collect();
            read(&mut bodies, &cycle, true)?;
            if bodies.dice.chance(25) {
                read(&mut bodies, &cycle, true)?;
            }
        }
        if kind == Kind::Event {
            let events: Vec<&Rel> =
                below.iter().filter(|r| matches!(r.kind, Kind::Input | Kind::Event)).collect();
            read(&mut bodies, &events, false)?;
        }
        let all: Vec<&Rel> = below.iter().collect();
        for _ in 0..if cycle.is_empty() { 1 + atoms } else { atoms.max(1) } {
            let growing = bodies.dice.chance(40);
            read(&mut bodies, &all, growing)?;
        }
        for _ in 0..extras {
            // A kind of literal that is not possible here is left out.
            let before = body.clone();
            if bodies.extend(&mut body, or_allowed).is_none() {
                body = before;
            }
        }
        bodies.dice.shuffle(&mut body.lits);
        Some(body)
    }

    /// The head for a body.
    pub(super) fn finish(
        &mut self,
        rel: &Rel,
        body: Body,
        below: &[Rel],
        cycle: &[Rel],
    ) -> Option<RuleText> {
        let recursive = !cycle.is_empty();
        let Body { lits, vars, grows } = body;
        let plain: Vec<Var> = vars.into_iter().filter(|v| !recursive || !v.invented).collect();
        let mut bodies = self.bodies(below);
        let depth = if recursive { 0 } else { 2 };
        let inside = bodies.with(&plain, |m| growth::inside(m, &grows));
        let mut args = Vec::new();
        for (ty, role) in &rel.cols {
            args.push(match role {
                Role::Cell(lattice) => {
                    bodies.with(&plain, |m| growth::cell(m, lattice, &inside, depth))?
                }
                Role::Key | Role::Value => bodies.with(&plain, |m| m.column(ty, depth))?,
            });
        }
        Some(RuleText::new(format!("{}({})", rel.name, args.join(", ")), lits))
    }

    /// A view whose columns are given by its rule.
    fn declared_by_rule(&mut self, group: usize) {
        let below = self.below(Kind::State, group);
        let Some(body) = self.body(&below, &[], Kind::State, true) else { return };
        let mut vars: Vec<Var> = body.vars.iter().filter(|v| !v.invented).cloned().collect();
        self.dice.shuffle(&mut vars);
        vars.truncate(1 + self.dice.below(3));
        if vars.is_empty() {
            return;
        }
        let name = format!("r{}", self.rels.len());
        let args: Vec<&str> = vars.iter().map(|v| v.name.as_str()).collect();
        let head = format!("view {name}({})", args.join(", "));
        let cols = vars.iter().map(|v| (v.ty.clone(), Role::Key)).collect();
        self.rels.push(Rel { name, kind: Kind::State, cols, group });
        self.pieces.rules.push(RuleText::new(head, body.lits));
    }
}
