//! From the plan of a stratum to what a dataflow takes: relations by number,
//! steps that read no rows as numbers of code. What code means is next door.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::views::Flow;
use bloom_compiler::plan::views::Step;
use bloom_compiler::plan::views::Way;
use bloom_compiler::plan::views::registers;
use bloom_views::spec::Gather;
use bloom_views::spec::Head;
use bloom_views::spec::Prelude;
use bloom_views::spec::Rule;
use bloom_views::spec::Source;
use bloom_views::spec::Spec;
use bloom_views::spec::Step as Out;
use bloom_views::spec::Way as OutWay;

/// What a dataflow is to compute, and what its numbers stand for.
#[derive(Default)]
pub struct Translated {
    /// See above.
    pub spec: Spec,
    /// By number, steps that read no rows.
    pub codes: Vec<Vec<ir::Step>>,
    /// By number, how matches are gathered.
    pub groups: Vec<ir::Aggregate>,
    /// By rule of the dataflow, the rule of the stratum.
    pub rules: Vec<usize>,
}

/// Translates a stratum.
pub fn translate(plan: &ir::Program, number: usize, flow: &Flow) -> Translated {
    let width = |rel: &RelId| plan.rels[rel.index()].cols.len();
    let head = |rel: &RelId| {
        let of = &plan.rels[rel.index()];
        let fixed = of.keys + of.values;
        Head { width: of.cols.len(), merges: (fixed < of.cols.len()).then_some(fixed) }
    };
    let spec = Spec {
        inputs: flow.inputs.iter().map(width).collect(),
        heads: flow.heads.iter().map(head).collect(),
        rules: Vec::new(),
    };
    let mut translator = Translator { plan, flow, out: Translated { spec, ..Default::default() } };
    for (at, ways) in flow.rules.iter().enumerate() {
        translator.rule(&plan.strata[number].rules[at], at, ways);
    }
    translator.out
}

struct Translator<'a> {
    plan: &'a ir::Program,
    flow: &'a Flow,
    out: Translated,
}

impl Translator<'_> {
    fn rule(&mut self, rule: &ir::Rule, at: usize, ways: &[Way]) {
        let mut row = ways.first().map_or(Vec::new(), |way| way.row.clone());
        let gather = rule.aggregate.as_ref().map(|aggregate| {
            let (gather, finished) = self.gather(aggregate);
            row = finished;
            gather
        });
        let head = self.flow.heads.iter().position(|rel| *rel == rule.head).unwrap_or(0);
        let ways = ways.iter().map(|way| self.way(way)).collect();
        self.out.spec.rules.push(Rule { head, regs: rule.regs, ways, gather, row });
        self.out.rules.push(at);
    }

    fn way(&mut self, way: &Way) -> OutWay {
        let prelude = way.prelude.as_ref().map(|code| {
            let fails = self.may_fail(code);
            Prelude { code: self.code(vec![ir::Step::Eval(code.clone())]), fails }
        });
        OutWay { prelude, steps: self.steps(&way.steps) }
    }

    /// How matches are gathered, and the row of a finished group.
    fn gather(&mut self, aggregate: &ir::Aggregate) -> (Gather, Vec<ir::Reg>) {
        let parts = |agg: &ir::Agg| {
            let by: Vec<ir::Reg> = agg.by.iter().map(|(reg, _, _)| *reg).collect();
            agg.limit.into_iter().chain(by).chain(agg.arg).collect::<Vec<ir::Reg>>()
        };
        let mut row = Vec::new();
        let mut finish = Vec::new();
        for step in &aggregate.finish {
            match step {
                ir::Step::Emit(emit) => {
                    row = emit.row.clone();
                    let word = |cell: &ir::CellIn| match cell {
                        ir::CellIn::Word(reg) => Some(*reg),
                        _ => None,
                    };
                    row.extend(emit.cells.iter().filter_map(word));
                }
                other => finish.push(other.clone()),
            }
        }
        let then = if finish.is_empty() { Vec::new() } else { vec![self.run(finish)] };
        self.out.groups.push(aggregate.clone());
        let gather = Gather {
            number: self.out.groups.len() - 1,
            group: aggregate.group.clone(),
            of: aggregate.aggs.iter().flat_map(parts).collect(),
            to: aggregate.aggs.iter().map(|agg| agg.to).collect(),
            then,
        };
        (gather, row)
    }

    fn steps(&mut self, steps: &[Step]) -> Vec<Out> {
        let flow = self.flow;
        let of = |rel: &RelId| {
            let head = flow.heads.iter().position(|head| head == rel).map(Source::Head);
            let input = flow.inputs.iter().position(|input| input == rel).unwrap_or(0);
            head.unwrap_or(Source::Input(input))
        };
        let mut one = |step: &Step| match step {
            Step::Rows { rel, key, same, binds } => Out::Rows {
                of: of(rel),
                key: key.clone(),
                same: same.clone(),
                binds: binds.clone(),
            },
            Step::Absent(inner) => Out::Absent(self.steps(inner)),
            Step::Run(steps) => self.run(steps.clone()),
        };
        steps.iter().map(&mut one).collect()
    }

    fn run(&mut self, steps: Vec<ir::Step>) -> Out {
        let (reads, writes) = registers(&steps);
        let fails = steps.iter().any(|step| match step {
            ir::Step::Eval(code) | ir::Step::Test(code, _) => self.may_fail(code),
            ir::Step::EachInt { .. } => true,
            _ => false,
        });
        Out::Run { code: self.code(steps), reads, writes, fails }
    }

    fn code(&mut self, steps: Vec<ir::Step>) -> usize {
        self.out.codes.push(steps);
        self.out.codes.len() - 1
    }

    fn may_fail(&self, code: &ir::Code) -> bool {
        code.may_fail(&|f| {
            self.plan.fns.get(f as usize).is_none_or(|code| code.may_fail(&|_| true))
        })
    }
}
