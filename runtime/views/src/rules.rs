//! The operators of one rule, from its steps. How what rules derive comes
//! together, and when anything runs, is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use differential_dataflow::VecCollection;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::arrange::TraceAgent;
use differential_dataflow::trace::implementations::ValSpine;
use differential_dataflow::trace::wrappers::enter::TraceEnter;
use timely::dataflow::scope::Iterative;

use crate::code::Codec;
use crate::code::NONE;
use crate::format::Format;
use crate::format::wanted;
use crate::format::writes;
use crate::host::Shared;
use crate::host::Went;
use crate::keys::Keyed;
use crate::keys::Rows;
use crate::keys::Time;
use crate::keys::distinct;
use crate::keys::grouped;
use crate::spec::Prelude;
use crate::spec::Reg;
use crate::spec::Rule;
use crate::spec::Source;
use crate::spec::Spec;
use crate::spec::Step;
use crate::spec::Way;
use crate::stage::Pair;
use crate::stage::Row;
use crate::stage::Stage;

/// Rows of an input, outside of the loop.
pub type Given<'o> = VecCollection<'o, u32, Pair, isize>;
/// Matches by the first word.
pub type ByKey<'s> = Arranged<'s, TraceAgent<ValSpine<u64, u64, Time, isize>>>;
/// Rows of an input by the first word: arranged outside of the loop, so that rounds
/// do not touch them.
pub type Entered<'s> = Arranged<'s, TraceEnter<TraceAgent<ValSpine<u64, u64, u32, isize>>, Time>>;
/// Writes operators.
pub struct Writer<'s, 'o, 'a> {
    /// The loop.
    pub scope: Iterative<'s, u32, u32>,
    /// What is written.
    pub spec: &'a Spec,
    /// What operators share.
    pub shared: &'a Shared,
    /// Likewise.
    pub codec: &'a Codec,
    /// By input; the last one is the match of nothing.
    pub inputs: Vec<Given<'o>>,
    /// By head, what was derived in the round before.
    pub heads: Vec<Rows<'s>>,
    /// Relations by some of their columns.
    pub by: BTreeMap<(Source, Vec<usize>), By<'s>>,
    /// Failures of the present rule.
    pub failures: Vec<Rows<'s>>,
}

/// What all stages of a way have.
#[derive(Clone, Copy)]
struct Own {
    regs: usize,
    prelude: Option<Prelude>,
}

impl Own {
    /// Whether every match may fail.
    fn fails(self) -> bool {
        self.prelude.is_some_and(|prelude| prelude.fails)
    }
}

/// A relation by some of its columns.
#[derive(Clone)]
pub enum By<'s> {
    /// Of what is computed.
    Inner(ByKey<'s>),
    /// Of an input.
    Outer(Entered<'s>),
}

/// Matches so far.
enum Cur<'s> {
    /// One match of nothing.
    Unit,
    /// All rows of a relation, by what comes next.
    Shared(By<'s>, Format),
    Rows(Rows<'s>, Format),
}

/// A step with what follows it.
struct Next {
    code: Option<usize>,
    fails: bool,
    to: Format,
}

impl<'s> Writer<'s, '_, '_> {
    /// What a rule derives.
    pub fn rule(&mut self, rule: &Rule) -> Rows<'s> {
        let split = self.spec.heads[rule.head].merges.unwrap_or(rule.row.len());
        let (key, val) = rule.row.split_at(split.min(rule.row.len()));
        let last = Format { key: key.to_vec(), val: val.to_vec() };
        let own = |prelude: Option<Prelude>| Own { regs: rule.regs, prelude };
        let Some(gather) = &rule.gather else { return self.ways(rule, &last) };
        let each = Format { key: gather.group.clone(), val: gather.of.clone() };
        let matches = self.ways(rule, &each);
        let rows = self.gathered(matches, gather.number, gather.of.len());
        let rows = self.sorted_out(
            rows.map(|(key, val)| match val {
                NONE => (NONE, 0),
                _ => (key, val),
            }),
            true,
        );
        let from = Format { key: gather.group.clone(), val: gather.to.clone() };
        self.flow(own(None), Cur::Rows(rows, from), &gather.then, &last)
    }

    /// Matches of all ways of a rule.
    fn ways(&mut self, rule: &Rule, last: &Format) -> Rows<'s> {
        let own = |way: &Way| Own { regs: rule.regs, prelude: way.prelude };
        let ways = rule.ways.iter();
        let mut all: Vec<Rows<'s>> =
            ways.map(|way| self.flow(own(way), Cur::Unit, &way.steps, last)).collect();
        let first = all.pop().unwrap_or_else(|| self.unit().filter(|_| false));
        if all.is_empty() { first } else { first.concatenate(all) }
    }

    fn stage(&self, own: Own) -> Stage {
        // One register more takes what nobody reads.
        let prelude = own.prelude.map(|prelude| prelude.code);
        Stage::new(self.shared, self.codec, (own.regs + 1, prelude))
    }

    /// Matches of steps, as `last` wants them.
    fn flow(&mut self, own: Own, start: Cur<'s>, steps: &[Step], last: &Format) -> Rows<'s> {
        let mut cur = start;
        let mut bound: BTreeSet<Reg> = match &cur {
            Cur::Rows(_, format) => format.key.iter().chain(&format.val).copied().collect(),
            _ => BTreeSet::new(),
        };
        let mut at = 0;
        loop {
            let now = wanted(steps, at, &bound, last);
            let is_scan = matches!((&cur, steps.get(at)), (Cur::Unit, Some(Step::Rows { .. })));
            if !is_scan {
                cur = self.as_wanted(own, cur, now);
            }
            let Some(step) = steps.get(at) else { break };
            let (code, fails) = match (step, steps.get(at + 1)) {
                (Step::Run { code, fails, .. }, _) => (Some(*code), *fails),
                (_, Some(Step::Run { code, fails, .. })) => (Some(*code), *fails),
                _ => (None, false),
            };
            let is_run = matches!(step, Step::Run { .. });
            let end = at + 1 + usize::from(code.is_some() && !is_run);
            bound.extend(writes(&steps[at..end]));
            let next = Next { code, fails, to: wanted(steps, end, &bound, last) };
            cur = self.step(own, cur, (step, steps.get(end)), next);
            at = end;
        }
        match cur {
            Cur::Rows(rows, _) => rows,
            _ => self.unit(),
        }
    }

    /// The same matches in another format.
    fn as_wanted(&mut self, own: Own, cur: Cur<'s>, to: Format) -> Cur<'s> {
        let (rows, from) = match cur {
            Cur::Rows(rows, from) if from == to => return Cur::Rows(rows, from),
            Cur::Shared(..) => return cur,
            Cur::Rows(rows, from) => (rows, from),
            Cur::Unit => (self.unit(), Format::default()),
        };
        let next = Next { code: None, fails: own.fails(), to };
        self.restaged(own, (rows, from), next)
    }

    fn restaged(&mut self, own: Own, (rows, from): (Rows<'s>, Format), next: Next) -> Cur<'s> {
        let mut stage = self.stage(own).from(&from).to(next.code, &next.to);
        let rows = rows.flat_map(move |pair| stage.alone(pair));
        Cur::Rows(self.sorted_out(rows, next.fails), next.to)
    }

    fn step(
        &mut self,
        own: Own,
        cur: Cur<'s>,
        (step, after): (&Step, Option<&Step>),
        next: Next,
    ) -> Cur<'s> {
        match (step, cur) {
            (Step::Rows { of, .. }, Cur::Unit) => {
                let shared = after.filter(|_| next.code.is_none()).and_then(|after| {
                    self.shareable(own.regs, step, after)
                        .map(|(cols, format)| (self.by(*of, &cols), format))
                });
                match shared {
                    Some((rows, format)) => Cur::Shared(rows, format),
                    None => self.scan(own, step, next),
                }
            }
            (Step::Rows { .. }, cur) => self.join(own, cur, step, next),
            (Step::Run { .. }, Cur::Rows(rows, from)) => self.restaged(own, (rows, from), next),
            (Step::Absent(inner), Cur::Rows(rows, from)) => {
                let rows = self.absent(own, rows, &from, inner);
                match next.code.is_none() && from == next.to {
                    true => Cur::Rows(rows, from),
                    false => self.restaged(own, (rows, from), next),
                }
            }
            (_, cur) => cur,
        }
    }

    /// Whether rows of a relation can be read as they are arranged for all: by
    /// which columns, and what is where then.
    fn shareable(&self, regs: usize, scan: &Step, after: &Step) -> Option<(Vec<usize>, Format)> {
        let (Step::Rows { of, key, same, binds }, Step::Rows { key: wanted, .. }) = (scan, after)
        else {
            return None;
        };
        if !key.is_empty() || !same.is_empty() {
            return None;
        }
        let col = |reg: &Reg| binds.iter().find(|(_, bound)| bound == reg).map(|(col, _)| *col);
        let cols: Vec<usize> = wanted.iter().map(|(_, reg)| col(reg)).collect::<Option<_>>()?;
        let mut once: Vec<usize> = binds.iter().map(|(col, _)| *col).collect();
        once.sort_unstable();
        let is_twice = |cols: &[usize]| cols.windows(2).any(|two| two[0] == two[1]);
        let mut sorted = cols.clone();
        sorted.sort_unstable();
        if is_twice(&once) || is_twice(&sorted) {
            return None;
        }
        let reg = |col: usize| {
            let bound = binds.iter().find(|(of, _)| *of == col);
            bound.map_or(regs as Reg, |(_, reg)| *reg)
        };
        let rest = (0..self.width(*of)).filter(|col| !cols.contains(col));
        let format = Format {
            key: wanted.iter().map(|(_, reg)| *reg).collect(),
            val: rest.map(reg).collect(),
        };
        Some((cols, format))
    }

    fn scan(&mut self, own: Own, step: &Step, next: Next) -> Cur<'s> {
        let Step::Rows { of, key, same, binds } = step else { return Cur::Unit };
        let (first, rest) = self.layout(*of);
        let (equal, same, binds) = (key.clone(), same.clone(), binds.clone());
        let row = Row { key: first, rest, equal, same, binds };
        let mut stage = self.stage(own).with(row).to(next.code, &next.to);
        let rows = self.source(*of).flat_map(move |pair| stage.scan(pair));
        let fails = next.fails || own.fails();
        Cur::Rows(self.sorted_out(rows, fails), next.to)
    }

    fn join(&mut self, own: Own, cur: Cur<'s>, step: &Step, next: Next) -> Cur<'s> {
        let Step::Rows { of, key, same, binds } = step else { return cur };
        let (left, from) = match cur {
            Cur::Shared(rows, format) => (rows, format),
            Cur::Rows(rows, format) => (By::Inner(rows.arrange_by_key()), format),
            Cur::Unit => return Cur::Unit,
        };
        let cols: Vec<usize> = key.iter().map(|(col, _)| *col).collect();
        let right = self.by(*of, &cols);
        let rest = (0..self.width(*of)).filter(|col| !cols.contains(col)).collect();
        let (same, binds) = (same.clone(), binds.clone());
        let row = Row { key: cols, rest, equal: Vec::new(), same, binds };
        let mut stage = self.stage(own).from(&from).with(row).to(next.code, &next.to);
        let rows = match (left, right) {
            (By::Inner(left), By::Inner(right)) => {
                left.join_core(right, move |key, val, row| stage.join(*key, *val, *row))
            }
            (By::Inner(left), By::Outer(right)) => {
                left.join_core(right, move |key, val, row| stage.join(*key, *val, *row))
            }
            (By::Outer(left), By::Inner(right)) => {
                right.join_core(left, move |key, row, val| stage.join(*key, *val, *row))
            }
            (By::Outer(left), By::Outer(right)) => {
                let left = left.as_collection(|key, val| (*key, *val)).arrange_by_key();
                left.join_core(right, move |key, val, row| stage.join(*key, *val, *row))
            }
        };
        let fails = next.fails || own.fails();
        Cur::Rows(self.sorted_out(rows, fails), next.to)
    }

    /// Matches for which steps have none.
    fn absent(&mut self, own: Own, rows: Rows<'s>, from: &Format, inner: &[Step]) -> Rows<'s> {
        let there = match self.projected(from, inner) {
            Some(there) => there,
            None => {
                let asked = distinct(rows.clone().map(|(key, _)| (key, 0)));
                let asked = asked.as_collection(|key, _| (*key, 0));
                let only = Format { key: from.key.clone(), val: Vec::new() };
                self.flow(own, Cur::Rows(asked, only.clone()), inner, &only)
            }
        };
        let there = distinct(there);
        let met = rows.clone().arrange_by_key();
        let met = met.join_core(there, |key, val, _| Some((*key, *val)));
        rows.concat(met.negate())
    }

    /// Where steps only ask for a row with what matches are looked up by: all
    /// there are.
    fn projected(&self, from: &Format, inner: &[Step]) -> Option<Rows<'s>> {
        let [Step::Rows { of, key, same, .. }] = inner else { return None };
        if !same.is_empty() || key.len() != from.key.len() {
            return None;
        }
        let col = |reg: &Reg| key.iter().find(|(_, other)| other == reg).map(|(col, _)| *col);
        let cols: Vec<usize> = from.key.iter().map(col).collect::<Option<_>>()?;
        let rows = self.source(*of);
        Some(self.keyed(*of, &cols, &[]).apply(rows))
    }

    fn gathered(&self, rows: Rows<'s>, number: usize, width: usize) -> Rows<'s> {
        let (host, codec) = (self.shared.host.clone(), self.codec.clone());
        let logic = move |_: &u64, given: &[(&u64, isize)], out: &mut Vec<(u64, isize)>| {
            let mut matches = Vec::with_capacity(given.len());
            for (code, n) in given {
                let mut words = vec![0; width];
                codec.unpack(**code, width, |at, word| words[at] = word);
                matches.push((words, *n as i64));
            }
            let mut tell = |words: &[u64]| out.push((codec.pack(words), 1));
            if host.borrow_mut().gather(number, &matches, &mut tell) == Went::Failed {
                out.push((NONE, 1));
            }
            out.sort_unstable();
            out.dedup();
        };
        grouped(rows, logic)
    }

    /// Takes failures out.
    fn sorted_out(&mut self, rows: Rows<'s>, fails: bool) -> Rows<'s> {
        if !fails {
            return rows;
        }
        self.failures.push(rows.clone().filter(|(key, _)| *key == NONE));
        rows.filter(|(key, _)| *key != NONE)
    }

    fn width(&self, of: Source) -> usize {
        match of {
            Source::Input(input) => self.spec.inputs[input],
            Source::Head(head) => self.spec.heads[head].width,
        }
    }

    /// Which columns the two words of a row hold.
    fn layout(&self, of: Source) -> (Vec<usize>, Vec<usize>) {
        let split = match of {
            Source::Input(_) => None,
            Source::Head(head) => self.spec.heads[head].merges,
        };
        let width = self.width(of);
        let split = split.unwrap_or(width);
        ((0..split).collect(), (split..width).collect())
    }

    fn source(&self, of: Source) -> Rows<'s> {
        match of {
            Source::Input(input) => self.inputs[input].clone().enter(self.scope),
            Source::Head(head) => self.heads[head].clone(),
        }
    }

    /// One match of nothing.
    fn unit(&self) -> Rows<'s> {
        self.source(Source::Input(self.spec.inputs.len()))
    }

    /// How rows become pairs of some columns and others.
    fn keyed(&self, of: Source, cols: &[usize], rest: &[usize]) -> Keyed {
        Keyed::new(self.codec, self.layout(of), cols, rest)
    }

    /// A relation by some of its columns, the same for all that ask.
    fn by(&mut self, of: Source, cols: &[usize]) -> By<'s> {
        if let Some(known) = self.by.get(&(of, cols.to_vec())) {
            return known.clone();
        }
        let rest: Vec<usize> = (0..self.width(of)).filter(|col| !cols.contains(col)).collect();
        let keyed = self.keyed(of, cols, &rest);
        let rows = match of {
            Source::Head(head) => By::Inner(keyed.apply(self.heads[head].clone()).arrange_by_key()),
            Source::Input(input) => {
                let rows = keyed.apply(self.inputs[input].clone()).arrange_by_key();
                By::Outer(rows.enter(self.scope))
            }
        };
        self.by.insert((of, cols.to_vec()), rows.clone());
        rows
    }
}
