//! From the plan of a stratum to what a dataflow takes: relations by number,
//! steps that read no rows as numbers of code. What code means is next door.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::views::Flow;
use bloom_compiler::plan::views::Step;
use bloom_compiler::plan::views::Way;
use bloom_compiler::plan::views::registers;
use bloom_views::spec::Head;
use bloom_views::spec::Prelude;
use bloom_views::spec::Rule;
use bloom_views::spec::Source;
use bloom_views::spec::Spec;
use bloom_views::spec::Step as Out;

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
        for way in ways {
            let prelude = way.prelude.as_ref().map(|code| {
                let fails = self.may_fail(code);
                Prelude { code: self.code(vec![ir::Step::Eval(code.clone())]), fails }
            });
            let mut steps = self.steps(&way.steps);
            let mut row = way.row.clone();
            if let Some(aggregate) = &rule.aggregate {
                row = self.gathered(aggregate, &mut steps);
            }
            let head = self.flow.heads.iter().position(|rel| *rel == rule.head).unwrap_or(0);
            self.out.spec.rules.push(Rule { head, regs: rule.regs, prelude, steps, row });
            self.out.rules.push(at);
        }
    }

    /// Adds the gathering of matches; the row of a finished group.
    fn gathered(&mut self, aggregate: &ir::Aggregate, steps: &mut Vec<Out>) -> Vec<ir::Reg> {
        let parts = |agg: &ir::Agg| {
            let by: Vec<ir::Reg> = agg.by.iter().map(|(reg, _, _)| *reg).collect();
            agg.limit.into_iter().chain(by).chain(agg.arg).collect::<Vec<ir::Reg>>()
        };
        steps.push(Out::Gather {
            number: self.out.groups.len(),
            group: aggregate.group.clone(),
            of: aggregate.aggs.iter().flat_map(parts).collect(),
            to: aggregate.aggs.iter().map(|agg| agg.to).collect(),
        });
        self.out.groups.push(aggregate.clone());
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
        if !finish.is_empty() {
            steps.push(self.run(finish));
        }
        row
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
