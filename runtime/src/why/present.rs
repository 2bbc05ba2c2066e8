//! The walk back from a row. Every row is explained by a match whose rows were
//! there before it: those of its own recursion came in earlier rounds, and the
//! round is the height of the least derivation within that recursion. Rows
//! that merge are explained part by part, each as of the round in which it
//! came. Facts met twice are explained once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use bloom_compiler::ids::VarId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Env;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::types::judge::Ready;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rule;

use crate::why::data::Asked;
use crate::why::data::Cut;
use crate::why::data::Derivation;
use crate::why::data::Node;
use crate::why::data::Options;
use crate::why::data::Origin;
use crate::why::data::Premise;
use crate::why::data::Source;
use crate::why::heads;
use crate::why::parts;
use crate::why::parts::Part;
use crate::why::solve::Solver;
use crate::why::solve::Trace;
use crate::why::solve::Used;
use crate::why::store::END;
use crate::why::store::RowId;
use crate::why::store::Store;
use crate::why::store::View;

/// An explanation under construction.
pub struct Walk<'a> {
    pub(super) program: &'a Program,
    pub(super) plan: &'a ir::Program,
    pub(super) store: &'a Store<'a>,
    /// By rule.
    pub(super) ready: &'a [Ready],
    pub(super) options: Options,
    pub(super) nodes: Vec<Node>,
    pub(super) cuts: BTreeSet<Cut>,
    /// Rows as of a round, with their nodes.
    numbers: BTreeMap<(RowId, u32), usize>,
    /// Where each node stands in the order of what came before what.
    places: Vec<(usize, u32)>,
    queue: VecDeque<(usize, RowId, u32, usize)>,
    queued: BTreeSet<usize>,
}

/// A match found for a part of a row.
struct Found {
    rule: usize,
    round: u32,
    view: View,
    row: Vec<Value>,
    env: Env,
    matches: Vec<(Env, Trace)>,
    more: usize,
}

/// What is sought: the columns that do not merge, and a part of those that do.
struct Sought<'p> {
    wanted: Vec<Option<Value>>,
    part: &'p Part,
}

impl Sought<'_> {
    fn is(&self, row: &[Value]) -> bool {
        let mut pairs = self.wanted.iter().zip(row);
        pairs.all(|(wanted, value)| wanted.as_ref().is_none_or(|wanted| wanted == value))
            && self.part.is_in(row)
    }
}

impl<'a> Walk<'a> {
    /// Nothing explained yet.
    pub fn new(
        program: &'a Program,
        plan: &'a ir::Program,
        store: &'a Store<'a>,
        ready: &'a [Ready],
        options: Options,
    ) -> Walk<'a> {
        Walk {
            program,
            plan,
            store,
            ready,
            options,
            nodes: Vec::new(),
            cuts: BTreeSet::new(),
            numbers: BTreeMap::new(),
            places: Vec::new(),
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
        }
    }

    /// The number of a row's node, which is explained later. `depth`: rules
    /// between it and the question; without it the fact alone is wanted.
    pub fn node(&mut self, id: RowId, upto: u32, depth: Option<usize>) -> usize {
        let version = self.store.version(id, upto);
        let number = match self.numbers.get(&(id, version)) {
            Some(number) => *number,
            None => self.new_node(id, version),
        };
        if let Some(depth) = depth.filter(|_| version > 0)
            && self.queued.insert(number)
        {
            self.queue.push_back((number, id, version, depth));
        }
        number
    }

    fn new_node(&mut self, id: RowId, version: u32) -> usize {
        let number = self.nodes.len();
        self.numbers.insert((id, version), number);
        self.places.push((self.store.level(id.rel), version));
        let row = self.store.row(id, version, |_| true);
        let later = self.store.row(id, END, |_| true);
        let loaded = Origin { part: None, source: Source::Loaded };
        self.nodes.push(Node {
            rel: self.store.collection(id.rel),
            later: (later != row).then_some(later),
            row,
            origins: if version == 0 { vec![loaded] } else { Vec::new() },
            more: 0,
            cut: None,
            height: 0,
        });
        number
    }

    /// Explains what waits, nearest to the question first.
    pub fn run(&mut self) {
        while let Some((number, id, version, depth)) = self.queue.pop_front() {
            let cut = if depth >= self.options.depth {
                Some(Cut::Depth)
            } else if self.nodes.len() >= self.options.size {
                Some(Cut::Size)
            } else {
                self.expand(number, id, version, depth)
            };
            self.nodes[number].cut = cut;
            self.cuts.extend(cut);
        }
        self.heights();
    }

    fn expand(&mut self, number: usize, id: RowId, version: u32, depth: usize) -> Option<Cut> {
        let schema = &self.plan.rels[id.rel.index()];
        let all = parts::parts(self.store, schema, id, version);
        let shown = all.len().min(self.options.matches.max(1));
        let several = all.len() > 1;
        let mut cut = None;
        // Contributions with the parts that each of them brings.
        let mut sources: Vec<(Vec<String>, Option<Found>)> = Vec::new();
        for part in &all[..shown] {
            let rel = self.store.collection(id.rel).index();
            let label = part.text(rel, self.program).filter(|_| several);
            let brings = |found: &Option<Found>| match found {
                Some(found) => found.round == part.round && part.is_in(&found.row),
                None => part.round == 0,
            };
            if let Some((labels, _)) = sources.iter_mut().find(|(_, found)| brings(found)) {
                labels.extend(label);
                continue;
            }
            let found = if part.round == 0 { None } else { self.find(id, version, part) };
            match found {
                None if part.round > 0 => cut = Some(Cut::Effort),
                found => sources.push((label.into_iter().collect(), found)),
            }
        }
        let mut origins = Vec::new();
        for (labels, found) in sources {
            let part = (!labels.is_empty()).then(|| labels.join(", "));
            let source = match found {
                Some(found) => Source::Rule(self.derivation(found, depth)),
                None => Source::Loaded,
            };
            origins.push(Origin { part, source });
        }
        let node = &mut self.nodes[number];
        node.origins = origins;
        node.more = all.len() - shown;
        cut
    }

    fn find(&self, id: RowId, version: u32, part: &Part) -> Option<Found> {
        let fixed = |i| self.store.is_fixed(id.rel, i);
        let mut row = self.store.row(id, version, fixed).into_iter().map(Some).collect::<Vec<_>>();
        for (i, value) in row.iter_mut().enumerate().filter(|(i, _)| !fixed(*i)) {
            *value = part.column().filter(|(column, _)| *column == i).map(|(_, word)| word.clone());
        }
        let sought = Sought { wanted: row, part };
        let view = self.store.before(id.rel, part.round, 1);
        // What aggregates while it grows first notes the match, a round before.
        let earlier = self.store.before(id.rel, part.round, 2);
        let head = self.store.collection(id.rel);
        let rules = self.program.rules.iter().enumerate();
        let mut rules = rules.filter(|(_, rule)| rule.head == head);
        rules.find_map(|(number, rule)| {
            self.store.refuel(self.options.effort);
            match rule.aggs.is_empty() {
                true => self.one(number, rule, &sought, view),
                false if rule.grows => self
                    .group(number, rule, &sought, earlier)
                    .or_else(|| self.group(number, rule, &sought, view)),
                false => self.group(number, rule, &sought, view),
            }
        })
    }

    pub(super) fn solver(&self, rule: usize, view: View) -> Solver<'a> {
        Solver { program: self.program, store: self.store, ready: &self.ready[rule], view }
    }

    /// The least match, by values, that gives what is sought.
    fn one(&self, number: usize, rule: &'a Rule, sought: &Sought, view: View) -> Option<Found> {
        let env = heads::seed(self.program, rule, &sought.wanted)?;
        let mut best: Option<Found> = None;
        self.solver(number, view).matches(&rule.body.lits, &env, &mut |env, trace| {
            let Some(row) = heads::row(self.program, rule, env).filter(|row| sought.is(row)) else {
                return true;
            };
            let less = |best: &Found| {
                let rows = |trace: &Trace| self.rows(trace, view);
                let order = env.cmp(&best.env);
                order.then_with(|| rows(trace).cmp(&rows(&best.matches[0].1))).is_lt()
            };
            if best.as_ref().is_none_or(less) {
                let matches = vec![(env.clone(), trace.clone())];
                let (env, round) = (env.clone(), sought.part.round);
                best = Some(Found { rule: number, round, view, row, env, matches, more: 0 });
            }
            true
        });
        best
    }

    /// The rows that a match rests on, in the order of the body.
    fn rows(&self, trace: &Trace, view: View) -> Vec<Vec<Value>> {
        let row = |id: RowId| self.store.row(id, self.store.upto(id.rel, view), |_| true);
        let mut rows: Vec<(usize, Vec<Value>)> = Vec::new();
        for (number, _, used) in trace {
            if let Used::Row(id) = used {
                rows.push((*number, row(*id)));
            }
        }
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The group that gives what is sought.
    fn group(&self, number: usize, rule: &'a Rule, sought: &Sought, view: View) -> Option<Found> {
        let env = heads::seed(self.program, rule, &sought.wanted)?;
        let mut matches = Vec::new();
        self.solver(number, view).matches(&rule.body.lits, &env, &mut |env, trace| {
            matches.push((env.clone(), trace.clone()));
            true
        });
        if self.store.is_spent() {
            return None;
        }
        // Matches that differ in nameless columns only have an order too.
        matches.sort_by_cached_key(|(env, trace)| (env.clone(), self.rows(trace, view)));
        heads::groups(self.program, rule, matches).into_iter().find_map(|group| {
            let rows = group.rows(self.program, rule);
            let (row, aggs) = rows.into_iter().find(|(row, _)| sought.is(row))?;
            let (env, round) = (group.env.clone(), sought.part.round);
            let mut matches = group.ordered(rule, &aggs);
            let more = matches.len().saturating_sub(self.options.matches.max(1));
            matches.truncate(self.options.matches.max(1));
            Some(Found { rule: number, round, view, row, env, matches, more })
        })
    }

    fn derivation(&mut self, found: Found, depth: usize) -> Derivation {
        let rule = &self.program.rules[found.rule];
        let matches = found.matches.iter();
        let matches = matches
            .map(|(env, trace)| self.premises(rule, env, trace, found.view, Some(depth + 1)))
            .collect();
        Derivation {
            rule: found.rule,
            bindings: bindings(self.program, rule, &found.env),
            matches,
            more: found.more,
            is_group: !rule.aggs.is_empty(),
        }
    }

    /// What a match rests on, with nodes for its rows.
    pub(super) fn premises(
        &mut self,
        rule: &'a Rule,
        env: &Env,
        trace: &Trace,
        view: View,
        depth: Option<usize>,
    ) -> Vec<Premise> {
        let mut trace = trace.clone();
        trace.sort_by_key(|(number, span, _)| (*number, span.lo));
        let values = |vars: &[VarId]| {
            let mut seen = BTreeSet::new();
            let vars = vars.iter().filter(|var| seen.insert(**var));
            vars.filter_map(|var| binding(self.program, rule, env, *var)).collect::<Vec<_>>()
        };
        let premise = |(number, span, used): (usize, _, Used)| match used {
            Used::Row(id) => (Some(id), Premise::Row { node: 0, span }),
            Used::Absent => {
                let lit = rule.body.lits.get(number);
                let vars = lit.map(bloom_compiler::types::judge::lit_vars).unwrap_or_default();
                let asked = lit.and_then(|lit| self.asked(rule, lit, env, view));
                (None, Premise::Absent { span, values: values(&vars), asked })
            }
            Used::Holds(vars) => (None, Premise::Holds { span, values: values(&vars) }),
        };
        let found: Vec<(Option<RowId>, Premise)> = trace.into_iter().map(premise).collect();
        let mut out = Vec::with_capacity(found.len());
        for (id, premise) in found {
            out.push(match (id, premise) {
                (Some(id), Premise::Row { span, .. }) => {
                    let upto = self.store.upto(id.rel, view);
                    Premise::Row { node: self.node(id, upto, depth), span }
                }
                (_, other) => other,
            });
        }
        out
    }

    /// What a literal asks for that no row matches: its only atom, or the first
    /// one that has none beside those before it.
    fn asked(&self, rule: &Rule, lit: &'a Lit, env: &Env, view: View) -> Option<Asked> {
        let number = self.program.rules.iter().position(|other| std::ptr::eq(other, rule))?;
        let solver = self.solver(number, view);
        let bound = |atom: &Atom, env: &Env| {
            let mut columns = vec![None; atom.args.len()];
            for (column, value) in solver.bound(atom, env) {
                columns[column] = Some(value);
            }
            Some((atom.rel, columns))
        };
        match &lit.kind {
            LitKind::Else { atom, .. } => bound(atom, env),
            LitKind::Not(lits) => {
                let mut env = env.clone();
                for upto in 0..lits.len() {
                    self.store.refuel(self.options.effort);
                    match solver.any(&lits[..upto + 1], &env) {
                        Some((next, _)) if upto + 1 < lits.len() => env = next,
                        _ => {
                            return match &lits[upto].kind {
                                LitKind::Atom(atom) => bound(atom, &env),
                                _ => None,
                            };
                        }
                    }
                }
                None
            }
            _ => None,
        }
    }

    /// What a fact rests on came before it, so one pass in that order is enough.
    fn heights(&mut self) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_key(|number| self.places[*number]);
        for number in order {
            let mut height = 0;
            for origin in &self.nodes[number].origins {
                let Source::Rule(derivation) = &origin.source else { continue };
                let below =
                    derivation.matches.iter().flatten().filter_map(|premise| match premise {
                        Premise::Row { node, .. } => Some(self.nodes[*node].height),
                        _ => None,
                    });
                let stated = self.program.rules[derivation.rule].is_fact;
                height = height.max(below.max().unwrap_or(0) + usize::from(!stated));
            }
            self.nodes[number].height = height;
        }
    }
}

/// A variable with a name and a value, as text.
pub fn binding(program: &Program, rule: &Rule, env: &Env, var: VarId) -> Option<(String, String)> {
    let declared = rule.vars.get(var.index())?;
    let value = env.get(var.index())?.as_ref()?;
    let named = !declared.name.is_empty() && !declared.name.starts_with('_');
    named.then(|| (declared.name.clone(), oracle::show(value, &declared.ty, program)))
}

/// All of them.
pub fn bindings(program: &Program, rule: &Rule, env: &Env) -> Vec<(String, String)> {
    let vars = (0..rule.vars.len() as u32).map(VarId);
    vars.filter_map(|var| binding(program, rule, env, var)).collect()
}
