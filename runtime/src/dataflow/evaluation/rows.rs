//! Rows that a worker takes from what its process read, and those that it gives
//! the first one when all is done. What is derived from them is not known here.

use std::sync::PoisonError;

use bloom_compiler::ids::RelId;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Post;

impl Evaluation {
    /// Takes this worker's rows from what its process read; those of workers of
    /// other processes are shared out among those of this one.
    pub(super) fn load(&mut self) -> Result<(), Broken> {
        let setup = self.setup.clone();
        let (me, here) = (self.me, setup.here());
        let reads = |worker: usize| {
            !here.contains(&worker) && worker % here.len().max(1) == me - here.start
        };
        let stock = setup.stock.read().unwrap_or_else(PoisonError::into_inner);
        let rels = setup.program.rels.len();
        let mut equal = vec![0; rels];
        let engine = self.engine()?;
        // Copies of what is read are read too.
        let copies = setup.spread().map_or(&[][..], |spread| &spread.loads);
        let own = (0..rels).map(|rel| (RelId(rel as u32), RelId(rel as u32)));
        for (of, to) in own.chain(copies.iter().copied()) {
            let same = match engine.plan().rels[to.index()].declared.is_empty() {
                true => (0..stock.len(of)).map(|_| engine.load_own_unit(to).equal as u64).sum(),
                false => {
                    let loaded =
                        stock.blocks(of).iter().map(|rows| engine.load_own(to, rows, &reads));
                    loaded.map(|loaded| loaded.equal as u64).sum::<u64>()
                }
            };
            equal.get_mut(to.index()).into_iter().for_each(|sum| *sum += same);
        }
        let bytes = engine.bytes() as u64;
        self.equal = equal;
        if let Some((all, _)) = &setup.limits.together {
            all.hold(me - here.start, bytes);
        }
        Ok(())
    }

    /// Gives the first worker the rows that were asked for.
    pub(super) fn give(&mut self, post: &mut Post) -> Result<(), Broken> {
        if self.setup.here.contains(&0) {
            return Ok(());
        }
        for rel in std::mem::take(&mut self.wanted) {
            let engine = self.engine()?;
            if rel >= engine.plan().rels.len() {
                return Err(Broken(format!("it was asked for relation {rel}")));
            }
            let parcel = engine.as_parcel(RelId(rel as u32));
            if parcel.rows > 0 {
                let packet = carry::pack(parcel, engine, Common::default());
                post.push((0, Mail::Rows(packet)));
            }
        }
        Ok(())
    }
}
