//! Sorts many keys on all cores: they are dealt out by their leading bits into
//! parts that are in order among themselves, and threads sort the parts, each
//! small enough for a cache. This room must not know what keys mean.

/// Keys that are sorted as they are.
const FEW: usize = 1 << 14;
/// Leading bits that say which part a key goes to.
const DIGIT: u32 = 11;

/// Threads to work with.
pub fn threads() -> usize {
    /// More than these would wait for memory.
    const MOST: usize = 16;
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

/// The keys in ascending order; `lead` gives a number of `bits` bits that
/// never falls as keys rise.
pub fn sorted<K: Ord + Copy + Send>(
    keys: impl ExactSizeIterator<Item = K> + Clone,
    bits: u32,
    lead: impl Fn(&K) -> u64,
) -> Vec<K> {
    let count = keys.len();
    let shift = bits.saturating_sub(DIGIT);
    let part = |key: &K| (lead(key) >> shift) as usize;
    let mut ends = vec![0usize; 1 << DIGIT];
    if count >= FEW {
        keys.clone().for_each(|key| ends[part(&key)] += 1);
    }
    // Parts that tell nothing apart are not worth a pass.
    if count < FEW || ends.contains(&count) {
        let mut all: Vec<K> = keys.collect();
        all.sort_unstable();
        return all;
    }
    let mut sum = 0;
    for end in &mut ends {
        (*end, sum) = (sum, sum + *end);
    }
    let Some(first) = keys.clone().next() else { return Vec::new() };
    let mut out = vec![first; count];
    for key in keys {
        let at = &mut ends[part(&key)];
        out[*at] = key;
        *at += 1;
    }
    sort_parts(&mut out, &ends);
    out
}

/// Sorts the parts that end at `ends`, shared out over threads.
fn sort_parts<K: Ord + Send>(mut keys: &mut [K], ends: &[usize]) {
    let share = keys.len().div_ceil(threads()).max(1);
    std::thread::scope(|scope| {
        let (mut base, mut next) = (0, 0);
        while next < ends.len() {
            let mut last = next;
            while last + 1 < ends.len() && ends[last] - base < share {
                last += 1;
            }
            let (mine, rest) = std::mem::take(&mut keys).split_at_mut(ends[last] - base);
            keys = rest;
            let (mine_ends, start) = (&ends[next..=last], base);
            let mut work = move || {
                let mut from = 0;
                for end in mine_ends {
                    mine[from..end - start].sort_unstable();
                    from = end - start;
                }
            };
            (base, next) = (ends[last], last + 1);
            if next < ends.len() {
                scope.spawn(work);
            } else {
                work();
            }
        }
    });
}
