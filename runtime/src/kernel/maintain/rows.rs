//! Rows with signs, gathered and then added up. What they are rows of is not
//! known here.

/// Rows of one width, each with how often it comes or goes.
#[derive(Clone, Default)]
pub struct Rows {
    width: usize,
    words: Vec<u64>,
    signs: Vec<i64>,
}

impl Rows {
    /// None, of this width; what they took is used again.
    pub fn clear(&mut self, width: usize) {
        self.width = width;
        self.words.clear();
        self.signs.clear();
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        (self.words.capacity() + self.signs.capacity()) * 8
    }

    /// One more.
    pub fn push(&mut self, row: impl Iterator<Item = u64>, sign: i64) {
        self.words.extend(row);
        self.signs.push(sign);
    }

    /// Number of rows, those with equal words each.
    pub fn len(&self) -> usize {
        self.signs.len()
    }

    /// The words of a row.
    pub fn row(&self, at: usize) -> &[u64] {
        &self.words[at * self.width..(at + 1) * self.width]
    }

    /// Each row once, by a number of it, with what its signs come to; those that
    /// come to nothing are left out.
    pub fn sums(&self) -> Vec<(usize, i64)> {
        let mut order: Vec<u32> = (0..self.signs.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.row(a as usize).cmp(self.row(b as usize)));
        let mut sums: Vec<(usize, i64)> = Vec::new();
        for at in order.into_iter().map(|at| at as usize) {
            match sums.last_mut() {
                Some((last, sum)) if self.row(*last) == self.row(at) => *sum += self.signs[at],
                _ => sums.push((at, self.signs[at])),
            }
        }
        sums.retain(|(_, sum)| *sum != 0);
        sums
    }
}
