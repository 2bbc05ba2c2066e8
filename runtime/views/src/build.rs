//! A dataflow for relations that are computed together, from rules of operators
//! to a loop: what was derived in one round is read in the next. What is fed and
//! when is not known here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use differential_dataflow::input::InputSession;
use differential_dataflow::operators::iterate::VecVariable;
use timely::dataflow::operators::probe::Handle;
use timely::order::Product;
use timely::worker::Worker;

use crate::code::Codec;
use crate::host::Shared;
use crate::keys::Rows;
use crate::keys::Time;
use crate::keys::distinct;
use crate::keys::grouped;
use crate::rules::Writer;
use crate::spec::Spec;
use crate::stage::Pair;

/// Rows that came and went, in no order, some of them several times.
pub type Changes = Rc<RefCell<Vec<(Pair, i64)>>>;

/// The two ends of a dataflow.
pub struct Ends {
    /// By input; the last one is the match of nothing.
    pub inputs: Vec<InputSession<u32, Pair, isize>>,
    /// By head.
    pub heads: Vec<Changes>,
    /// By rule, how many matches fail.
    pub failures: Rc<RefCell<Vec<i64>>>,
    /// Up to when everything is known.
    pub probe: Handle<u32>,
}

/// Builds a dataflow.
pub fn build(worker: &mut Worker, spec: &Spec, shared: &Shared, codec: &Codec) -> Ends {
    worker.dataflow::<u32, _, _>(|scope| {
        let mut ends = Ends {
            inputs: Vec::new(),
            heads: spec.heads.iter().map(|_| Changes::default()).collect(),
            failures: Rc::new(RefCell::new(vec![0; spec.rules.len()])),
            probe: Handle::new(),
        };
        let mut outside = Vec::new();
        for _ in 0..spec.inputs.len() + 1 {
            let mut input = InputSession::new();
            outside.push(input.to_collection(scope));
            ends.inputs.push(input);
        }
        scope.iterative::<u32, _, _>(|inner| {
            let inputs = outside;
            let step = Product::new(Default::default(), 1);
            let (variables, heads): (Vec<VecVariable<Time, Pair, isize>>, Vec<Rows>) =
                spec.heads.iter().map(|_| VecVariable::new(inner, step)).unzip();
            let (by, failures) = (BTreeMap::new(), Vec::new());
            let mut writer =
                Writer { scope: inner, spec, shared, codec, inputs, heads, by, failures };
            let mut derived: Vec<Vec<Rows>> = spec.heads.iter().map(|_| Vec::new()).collect();
            for (number, rule) in spec.rules.iter().enumerate() {
                derived[rule.head].push(writer.rule(rule));
                for failures in writer.failures.drain(..) {
                    let counts = ends.failures.clone();
                    failures
                        .leave(scope)
                        .inspect_batch(move |_, changes| {
                            let sum: isize = changes.iter().map(|(_, _, n)| *n).sum();
                            counts.borrow_mut()[number] += sum as i64;
                        })
                        .probe_with(&ends.probe);
                }
            }
            for (head, (variable, derived)) in variables.into_iter().zip(derived).enumerate() {
                let mut derived = derived.into_iter();
                let Some(first) = derived.next() else { continue };
                let all = if derived.len() == 0 { first } else { first.concatenate(derived) };
                let rows = together(all, head, spec, shared, codec);
                variable.set(rows.clone());
                let changes = ends.heads[head].clone();
                rows.leave(scope)
                    .inspect_batch(move |_, batch| {
                        let batch = batch.iter().map(|(pair, _, n)| (*pair, *n as i64));
                        changes.borrow_mut().extend(batch);
                    })
                    .probe_with(&ends.probe);
            }
        });
        ends
    })
}

/// Each row once; of rows that merge, what they come to.
fn together<'s>(
    rows: Rows<'s>,
    head: usize,
    spec: &Spec,
    shared: &Shared,
    codec: &Codec,
) -> Rows<'s> {
    let of = &spec.heads[head];
    let Some(from) = of.merges else {
        return distinct(rows).as_collection(|key, _| (*key, 0));
    };
    let (host, codec, width) = (shared.host.clone(), codec.clone(), of.width - from);
    let (mut into, mut more) = (vec![0; width], vec![0; width]);
    grouped(rows, move |_, given, out| {
        let mut is_first = true;
        for (code, _) in given {
            let words = if is_first { &mut into } else { &mut more };
            codec.unpack(**code, width, |at, word| words[at] = word);
            if !is_first {
                host.borrow_mut().merge(head, &mut into, &more);
            }
            is_first = false;
        }
        out.push((codec.pack(&into), 1));
    })
}
