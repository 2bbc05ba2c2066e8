//! The views of the bench as they would be written by hand, with types of their
//! own for every relation.

use std::cell::Cell;
use std::rc::Rc;

use differential_dataflow::VecCollection;
use differential_dataflow::input::InputSession;
use differential_dataflow::operators::iterate::Variable;
use timely::WorkerConfig;
use timely::communication::allocator::Allocator;
use timely::communication::allocator::thread::Thread;
use timely::dataflow::operators::probe::Handle;
use timely::order::Product;
use timely::worker::Worker;

use crate::Follows;

type Edge = (u32, u32);

/// A dataflow and what it holds.
struct ByHand {
    worker: Worker,
    edges: InputSession<u32, Edge, isize>,
    sources: InputSession<u32, u32, isize>,
    probe: Handle<u32>,
    rows: Rc<Cell<isize>>,
    time: u32,
}

impl Follows for ByHand {
    fn change(&mut self, come: &[Edge], gone: &[Edge]) -> usize {
        if self.time == 0 {
            self.sources.insert(0);
        }
        come.iter().for_each(|edge| self.edges.insert(*edge));
        gone.iter().for_each(|edge| self.edges.remove(*edge));
        self.time += 1;
        self.edges.advance_to(self.time);
        self.sources.advance_to(self.time);
        self.edges.flush();
        self.sources.flush();
        while self.probe.less_than(&self.time) {
            self.worker.step();
        }
        self.rows.get().unsigned_abs()
    }
}

fn count<D: Clone + 'static>(
    rows: VecCollection<'_, u32, D, isize>,
    to: &Rc<Cell<isize>>,
    probe: &Handle<u32>,
) {
    let to = to.clone();
    rows.inspect_batch(move |_, batch| {
        to.set(to.get() + batch.iter().map(|(_, _, n)| *n).sum::<isize>());
    })
    .probe_with(probe);
}

/// The dataflow of a view.
pub fn new(view: &str) -> Box<dyn Follows> {
    let allocator = Allocator::Thread(Thread::default());
    let mut worker = Worker::new(WorkerConfig::default(), allocator, None);
    let (mut edges, mut sources) = (InputSession::new(), InputSession::new());
    let (probe, rows) = (Handle::new(), Rc::new(Cell::new(0)));
    worker.dataflow::<u32, _, _>(|scope| {
        let edge: VecCollection<'_, u32, Edge, isize> = edges.to_collection(scope);
        let source: VecCollection<'_, u32, u32, isize> = sources.to_collection(scope);
        let step = || Product::new(Default::default(), 1);
        let by = edge.clone().arrange_by_key();
        match view {
            "reach" => {
                let found = scope.iterative::<u32, _, _>(|inner| {
                    let (variable, found) = Variable::new(inner, step());
                    let next =
                        found.arrange_by_self().join_core(by.enter(inner), |_, _, y| Some(*y));
                    let all = next.concat(source.enter(inner)).distinct();
                    variable.set(all.clone());
                    all.leave(scope)
                });
                count(found, &rows, &probe);
            }
            "tc" => {
                let found = scope.iterative::<u32, _, _>(|inner| {
                    let (variable, found) = Variable::new(inner, step());
                    let turned = found.map(|(x, y): Edge| (y, x)).arrange_by_key();
                    let next = turned.join_core(by.enter(inner), |_, x, y| Some((*x, *y)));
                    let all = next.concat(edge.enter(inner)).distinct();
                    variable.set(all.clone());
                    all.leave(scope)
                });
                count(found, &rows, &probe);
            }
            _ => {
                let base = by
                    .clone()
                    .join_core(by.clone(), |_, x, y| if x == y { None } else { Some((*x, *y)) });
                let found = scope.iterative::<u32, _, _>(|inner| {
                    let (variable, found) = Variable::new(inner, step());
                    let by = by.enter(inner);
                    let half =
                        found.arrange_by_key().join_core(by.clone(), |_, b, x| Some((*b, *x)));
                    let next = half.arrange_by_key().join_core(by, |_, x, y| Some((*x, *y)));
                    let all = next.concat(base.enter(inner)).distinct();
                    variable.set(all.clone());
                    all.leave(scope)
                });
                count(found, &rows, &probe);
            }
        }
    });
    Box::new(ByHand { worker, edges, sources, probe, rows, time: 0 })
}
