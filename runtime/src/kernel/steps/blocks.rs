//! The end of the nested loop in blocks: many rows at once from postings or a
//! group into the sink, without a step for each. What gives the same rows one
//! by one is in the room above, and serves where words are too wide.

use bloom_compiler::plan::ir::Bind;

use crate::kernel::group::grouped;
use crate::kernel::index::Postings;
use crate::kernel::link::Source;
use crate::kernel::rows::NARROW;
use crate::kernel::steps::Run;

impl Run<'_> {
    /// The rows of a window in groups that agree in the key.
    pub(super) fn scan_groups(
        &mut self,
        at: usize,
        rel: usize,
        key: &[Bind],
        regs: &mut [u64],
    ) -> bool {
        let (old, cur, _) = self.rels[rel].window();
        let mut rows = grouped(&self.rels[rel], old, cur, key);
        rows.retain(|&row| !self.rels[rel].is_dead(row as usize));
        let mut from = 0;
        while from < rows.len() {
            for bind in key {
                regs[bind.reg as usize] =
                    self.rels[rel].get(rows[from] as usize, bind.col as usize);
            }
            let same = |row: u32| {
                let word = |b: &Bind| self.rels[rel].get(row as usize, b.col as usize);
                key.iter().all(|b| word(b) == regs[b.reg as usize])
            };
            let to = from + rows[from..].iter().take_while(|&&row| same(row)).count();
            self.group.clear();
            self.group.extend_from_slice(&rows[from..to]);
            self.group_words.clear();
            from = to;
            if !self.budget.step() || !self.go(at + 1, regs) {
                return false;
            }
        }
        true
    }

    /// The rows of the present group.
    pub(super) fn group_rows(
        &mut self,
        at: usize,
        rel: usize,
        binds: &[Bind],
        fused: Option<&[Source]>,
        regs: &mut [u64],
    ) -> bool {
        let narrow = self.rels[rel].rows().is_narrow();
        if let (Some(sources), true, Some(_)) = (fused, narrow, &self.sink) {
            if self.group_words.is_empty() {
                let relation = &self.rels[rel];
                let word = |row: &u32, b: &Bind| relation.get(*row as usize, b.col as usize) as u32;
                let words = self.group.iter().flat_map(|r| binds.iter().map(move |b| word(r, b)));
                self.group_words.extend(words);
            }
            let words = std::mem::take(&mut self.group_words);
            let postings = Postings { words: &words, stride: binds.len() };
            let on = self.emit_postings(sources, postings, regs);
            self.group_words = words;
            if let Some(on) = on {
                return on;
            }
        }
        let rows = std::mem::take(&mut self.group);
        let on = rows.iter().all(|&row| self.row(at, rel, row as usize, &[], binds, regs));
        self.group = rows;
        on
    }

    /// All postings of a probe straight into the sink as packed rows. `None`:
    /// a word is too wide for that.
    #[inline(always)]
    pub(super) fn emit_postings(
        &mut self,
        sources: &[Source],
        postings: Postings,
        regs: &[u64],
    ) -> Option<bool> {
        let sink = self.sink.as_mut()?;
        if sink.takes_flat() {
            return Some(self.emit_words(sources, postings, regs));
        }
        if !sink.packs() {
            return None;
        }
        let fixed = |s: &Source| match *s {
            Source::Reg(r) => regs[r as usize],
            Source::Posting(_) => 0,
        };
        if sources.iter().any(|s| fixed(s) >= NARROW) {
            return None;
        }
        self.matches += (postings.words.len() / postings.stride) as u64;
        let stride = postings.stride;
        let place = |s: &Source| if let Source::Posting(p) = *s { Some(p) } else { None };
        for block in postings.words.chunks(stride * 1024) {
            let rows = block.chunks_exact(stride);
            let out = sink.packed();
            match sources {
                [a] => {
                    let word = fixed(a);
                    out.extend(rows.map(|w| place(a).map_or(word, |p| u64::from(w[p]))));
                }
                [a, b] => {
                    let (hi, lo) = (fixed(a) << 32, fixed(b));
                    match (place(a), place(b)) {
                        (None, Some(p)) if stride == 1 && p == 0 => {
                            out.extend(block.iter().map(|&w| hi | u64::from(w)));
                        }
                        (Some(p), None) if stride == 1 && p == 0 => {
                            out.extend(block.iter().map(|&w| u64::from(w) << 32 | lo));
                        }
                        (pa, pb) => out.extend(rows.map(|w| {
                            pa.map_or(hi, |p| u64::from(w[p]) << 32)
                                | pb.map_or(lo, |p| u64::from(w[p]))
                        })),
                    }
                }
                _ => return None,
            }
            if !sink.flush_packed_if_full(self.rels, &self.scalars, self.budget) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// All postings of a probe straight into the sink as flat rows with cells.
    #[inline(always)]
    fn emit_words(&mut self, sources: &[Source], postings: Postings, regs: &[u64]) -> bool {
        let Some(sink) = &mut self.sink else { return true };
        self.matches += (postings.words.len() / postings.stride) as u64;
        for block in postings.words.chunks(postings.stride * 1024) {
            let out = sink.flat();
            if let (&[Source::Posting(p), Source::Reg(r)], 1) = (sources, postings.stride) {
                debug_assert_eq!(p, 0);
                let cell = regs[r as usize];
                for &word in block {
                    out.extend([u64::from(word), cell]);
                }
            } else {
                for row in block.chunks_exact(postings.stride) {
                    out.extend(sources.iter().map(|s| match *s {
                        Source::Reg(r) => regs[r as usize],
                        Source::Posting(p) => u64::from(row[p]),
                    }));
                }
            }
            if !sink.flush_if_full(self.rels, &mut self.scalars, self.budget) {
                return false;
            }
        }
        true
    }
}
