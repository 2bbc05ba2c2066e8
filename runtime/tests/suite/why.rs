//! Explanations of random programs, checked by somebody who does not know how
//! they were found: every step is an instance of its rule by the oracle, what
//! it rests on came before it, no derivation is lower, and what is said to
//! fail fails.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom::kernel::Limits;
use bloom::why;
use bloom::why::Answer;
use bloom::why::Explanation;
use bloom::why::Failing;
use bloom::why::Node;
use bloom::why::Premise;
use bloom::why::Source;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Env;
use bloom_compiler::oracle::State;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan::Sizes;
use bloom_compiler::types::ty::Lattice;
use bloom_compiler::types::typed::Col;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Role;

use crate::oracle::LIMITS;
use crate::oracle::input;
use crate::oracle::loaded;
use crate::programs;
use crate::programs::Counts;

/// Rows explained of each collection.
const ROWS: usize = 12;
const WIDE: why::Options =
    why::Options { depth: 5_000, size: 100_000, matches: 5_000, rows: ROWS, effort: 50_000_000 };

/// A program that has run, by the oracle.
struct Played<'a> {
    program: &'a Program,
    strata: &'a Strata,
    input: oracle::Input,
    end: State,
    /// First rounds of rows, of collections whose recursion merges nothing.
    rounds: BTreeMap<(RelId, Vec<Value>), usize>,
}

/// How a column merges: always, or while the aggregate that feeds it grows.
fn merged(col: &Col) -> Option<&Lattice> {
    match &col.role {
        Role::Cell(lattice) => Some(lattice),
        _ => col.grows.as_ref(),
    }
}

fn all_rows(program: &Program, rel: usize) -> String {
    let rel = &program.rels[rel];
    format!("{}({})", rel.name, vec!["_"; rel.cols.len()].join(", "))
}

fn check_case(case: &Case, counts: &Counts) -> Result<(), String> {
    let options = driver::Options::default();
    let compiled = driver::check("random.bloom", &case.source, &options);
    let Compiled { typed: Some(program), strata: Some(strata), .. } = &compiled else {
        return Ok(());
    };
    let input = input(program, case);
    let run = oracle::run(program, &strata.of_rule, strata.count, &input, &LIMITS);
    let Ok(end) = run else { return Ok(()) };
    let mut checked = Played { program, strata, input, end, rounds: BTreeMap::new() };
    checked.rounds = checked.rounds();
    let mut engine = loaded(program, strata, &checked.input, &Sizes::default());
    engine.keep_ranks();
    engine.run(&Limits::default()).map_err(|failure| format!("{failure:?}"))?;
    for rel in 0..program.rels.len() {
        let asked = &program.rels[rel];
        // What is inside of an instance of a module cannot be named from outside.
        let is_shown = asked.kind.is_incoming()
            || matches!(asked.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView);
        let is_inside = asked.name.contains('.') && !is_shown;
        if asked.cols.is_empty() || is_inside {
            continue;
        }
        let ask = |query: &str| {
            let asked = driver::check_with_query("random.bloom", &case.source, &options, query);
            let question = asked.query.ok_or(format!("{query}: {:?}", asked.diagnostics))?;
            why::explain(program, &engine, &question, &WIDE).ok_or("no answer".to_owned())
        };
        let query = all_rows(program, rel);
        let explanation = ask(&query)?;
        checked.present(rel, &explanation, counts).map_err(|why| format!("{query}: {why}"))?;
        for row in checked.missing(rel) {
            let query = oracle::fact(&program.rels[rel], &row, program);
            // Some floats, times and JSON have no literal that a program reads back.
            let is_json = format!("{row:?}").contains("Json(");
            if is_json || query.contains("inf") || query.contains("nan") {
                continue;
            }
            let Ok(explanation) = ask(&query) else { continue };
            checked.absent(&explanation, counts).map_err(|why| format!("{query}: {why}"))?;
        }
    }
    Ok(())
}

impl Played<'_> {
    fn fixed<'r>(&self, rel: RelId, row: &'r [Value]) -> Vec<&'r Value> {
        let cols = self.program.rels[rel.index()].cols.iter().zip(row);
        cols.filter(|(col, _)| merged(col).is_none()).map(|(_, value)| value).collect()
    }

    fn join(&self, rel: RelId, a: &[Value], b: &[Value]) -> Vec<Value> {
        let cols = self.program.rels[rel.index()].cols.iter();
        cols.zip(a.iter().zip(b))
            .map(|(col, (a, b))| match merged(col) {
                Some(lattice) => oracle::join(lattice, a, b),
                None => a.clone(),
            })
            .collect()
    }

    fn scc(&self, rel: RelId) -> u32 {
        self.strata.scc_of_rel[rel.index()]
    }

    /// Rounds by applying all rules of a recursion to what there was before.
    fn rounds(&self) -> BTreeMap<(RelId, Vec<Value>), usize> {
        let mut rounds = BTreeMap::new();
        let rels = || (0..self.program.rels.len()).map(|rel| RelId(rel as u32));
        let sccs: BTreeSet<u32> = self.strata.scc_of_rel.iter().copied().collect();
        for scc in sccs {
            let members: Vec<RelId> = rels().filter(|rel| self.scc(*rel) == scc).collect();
            let merges = |rel: &RelId| {
                let rel = &self.program.rels[rel.index()];
                rel.has_cells() || rel.has_growth()
            };
            if members.iter().any(merges) {
                continue;
            }
            let mut now = self.end.clone();
            for rel in &members {
                let rows = self.input.rows.get(rel).into_iter().flatten().cloned();
                now.rows[rel.index()] = rows.collect();
                let rows = now.rows[rel.index()].iter();
                rows.for_each(|row| {
                    rounds.insert((*rel, row.clone()), 0);
                });
            }
            for round in 1.. {
                let mut next = now.clone();
                for rule in self.program.rules.iter().filter(|rule| members.contains(&rule.head)) {
                    for row in oracle::step(self.program, rule, &now) {
                        rounds.entry((rule.head, row.clone())).or_insert(round);
                        next.rows[rule.head.index()].insert(row);
                    }
                }
                if next == now {
                    break;
                }
                now = next;
            }
        }
        rounds
    }

    fn present(&self, rel: usize, told: &Explanation, counts: &Counts) -> Result<(), String> {
        let Answer::Present { rows, others } = &told.answer else {
            let none = self.end.rows[rel].is_empty();
            return if none { Ok(()) } else { Err("rows are said to be absent".into()) };
        };
        let wanted: Vec<_> = self.end.rows[rel].iter().take(ROWS).cloned().collect();
        let shown: Vec<_> = rows.iter().map(|node| told.nodes[*node].row.clone()).collect();
        if wanted != shown || others + rows.len() != self.end.rows[rel].len() {
            return Err(format!("other rows: {shown:?} and {others}, not {wanted:?}"));
        }
        if !told.cuts.is_empty() {
            return Err(format!("cut by {:?}", told.cuts));
        }
        self.well_founded(told)?;
        for (number, node) in told.nodes.iter().enumerate() {
            counts.add("facts");
            self.step(node, told).map_err(|why| format!("node {number}: {why}"))?;
        }
        Ok(())
    }

    /// A node is the join of what its origins give.
    fn step(&self, node: &Node, told: &Explanation) -> Result<(), String> {
        let shown = oracle::fact(&self.program.rels[node.rel.index()], &node.row, self.program);
        let mut sum: Option<Vec<Value>> = None;
        for origin in &node.origins {
            let given: Vec<Vec<Value>> = match &origin.source {
                Source::Loaded => self.input.rows.get(&node.rel).cloned().unwrap_or_default(),
                Source::Rule(derivation) => {
                    let rule = &self.program.rules[derivation.rule];
                    if rule.head != node.rel || derivation.more > 0 {
                        return Err(format!("{shown} is of another rule, or cut"));
                    }
                    let rows = derivation.matches.iter().flatten();
                    oracle::step(self.program, rule, &self.rows(&rule.body.lits, rows, told))
                }
            };
            let same =
                |row: &&Vec<Value>| self.fixed(node.rel, row) == self.fixed(node.rel, &node.row);
            let before = sum.clone();
            for row in given.iter().filter(same) {
                sum = Some(match sum {
                    Some(sum) => self.join(node.rel, &sum, row),
                    None => row.clone(),
                });
            }
            if sum.is_none() && before.is_none() {
                return Err(format!("{shown} does not follow from {origin:?}"));
            }
        }
        match sum {
            Some(sum) if sum == node.row => Ok(()),
            sum => Err(format!("{shown} is not the join of its origins, {sum:?}")),
        }
    }

    /// The rows of the premises; all rows of collections of which none is named,
    /// or that are asked about too.
    fn rows<'p>(
        &self,
        lits: &[Lit],
        premises: impl Iterator<Item = &'p Premise>,
        told: &Explanation,
    ) -> State {
        let mut rows = self.end.clone();
        let mut asked = BTreeSet::new();
        lits.iter().for_each(|lit| asked_about(lit, false, &mut asked));
        let mut named = BTreeSet::new();
        for premise in premises {
            let Premise::Row { node, .. } = premise else { continue };
            let node = &told.nodes[*node];
            if asked.contains(&node.rel) {
                continue;
            }
            if named.insert(node.rel) {
                rows.rows[node.rel.index()].clear();
            }
            rows.rows[node.rel.index()].insert(node.row.clone());
        }
        rows
    }

    /// Nothing rests on itself, and within a recursion no derivation is lower.
    fn well_founded(&self, told: &Explanation) -> Result<(), String> {
        let mut heights: Vec<Option<usize>> = vec![None; told.nodes.len()];
        let mut left: Vec<usize> = (0..told.nodes.len()).collect();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|number| {
                let height = self.height(&told.nodes[*number], told, &heights);
                heights[*number] = height;
                height.is_none()
            });
            if left.len() == before {
                return Err(format!("{left:?} rest on themselves"));
            }
        }
        for (node, height) in told.nodes.iter().zip(heights) {
            if let Some(round) = self.rounds.get(&(node.rel, node.row.clone()))
                && Some(*round) != height
            {
                let fact =
                    oracle::fact(&self.program.rels[node.rel.index()], &node.row, self.program);
                return Err(format!("{fact} has height {height:?} and could have {round}"));
            }
        }
        Ok(())
    }

    /// The height within the node's own recursion, when those below are known.
    fn height(&self, node: &Node, told: &Explanation, known: &[Option<usize>]) -> Option<usize> {
        let mut height = 0;
        for origin in &node.origins {
            let Source::Rule(derivation) = &origin.source else { continue };
            height = height.max(1);
            for premise in derivation.matches.iter().flatten() {
                let Premise::Row { node: below, .. } = premise else { continue };
                let of = known[*below]?;
                if self.scc(told.nodes[*below].rel) == self.scc(node.rel) {
                    height = height.max(of + 1);
                }
            }
        }
        Some(height)
    }

    /// Rows that are not there: the beginning of one row with the end of another.
    fn missing(&self, rel: usize) -> Vec<Vec<Value>> {
        let id = RelId(rel as u32);
        let rows: Vec<&Vec<Value>> = self.end.rows[rel].iter().collect();
        let there: BTreeSet<Vec<&Value>> = rows.iter().map(|row| self.fixed(id, row)).collect();
        let mixed = rows.iter().zip(rows.iter().rev()).map(|(a, b)| {
            let half = a.len().div_ceil(2);
            a.iter().take(half).chain(b.iter().skip(half)).cloned().collect::<Vec<Value>>()
        });
        mixed.filter(|row| !there.contains(&self.fixed(id, row))).take(8).collect()
    }

    /// The literals before the one that is named have a match, with it none.
    fn absent(&self, told: &Explanation, counts: &Counts) -> Result<(), String> {
        let Answer::Absent(absence) = &told.answer else { return Err("it is not there".into()) };
        let rules = self.program.rules.iter().filter(|r| r.head == absence.rel && !r.is_fact);
        if rules.count() != absence.attempts.len() {
            return Err("not all rules were tried".into());
        }
        for attempt in &absence.attempts {
            let rule = &self.program.rules[attempt.rule];
            let span = match &attempt.failing {
                Failing::Atom { span, .. }
                | Failing::Present { span, .. }
                | Failing::Test { span, .. } => *span,
                Failing::Head { .. } => continue,
                Failing::Effort => return Err("given up".into()),
            };
            let mut env: Env = vec![None; rule.vars.len()];
            let mut plain = true;
            let cols = &self.program.rels[absence.rel.index()].cols;
            for ((arg, value), col) in rule.args.iter().zip(&absence.wanted).zip(cols) {
                match (&arg.kind, value) {
                    _ if matches!(col.role, Role::Cell(_)) => {}
                    (_, None) | (ExprKind::Literal(_), _) => {}
                    (ExprKind::Var(var), Some(value)) => env[var.index()] = Some(value.clone()),
                    _ => plain = false,
                }
            }
            let Some(at) = rule.body.lits.iter().position(|lit| lit.span == span) else {
                return Err("the failing literal is none of the rule".into());
            };
            let holds = |lits| oracle::has_match(self.program, rule, lits, env.clone(), &self.end);
            if plain && (!holds(at) || holds(at + 1)) {
                return Err(format!("literal {at} of rule {} does not fail", attempt.rule));
            }
            if plain {
                counts.add("attempts");
            }
        }
        Ok(())
    }
}

/// The collections that stand under `not`, `all` and before `else`.
fn asked_about(lit: &Lit, inside: bool, out: &mut BTreeSet<RelId>) {
    let mut all = |lits: &[Lit], inside| lits.iter().for_each(|l| asked_about(l, inside, out));
    match &lit.kind {
        LitKind::Atom(atom) if inside => {
            out.insert(atom.rel);
        }
        LitKind::Not(lits) | LitKind::All { lits, .. } => all(lits, true),
        LitKind::Or(branches) => branches.iter().for_each(|lits| all(lits, inside)),
        LitKind::Else { atom, otherwise, .. } => {
            all(otherwise, inside);
            out.insert(atom.rel);
        }
        LitKind::Atom(_) | LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
    }
}

#[test]
fn explanations_of_random_programs_are_proofs() {
    let counts = programs::on_random(150, random::Programs, check_case);
    counts.at_least("facts", 2_001);
    counts.at_least("attempts", 20);
}

#[test]
fn explanations_of_the_pages_are_proofs() {
    let counts = programs::on_pages(check_case);
    assert!(counts.of("facts") > 200, "{counts:?}");
}
