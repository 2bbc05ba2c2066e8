//! What happens to one match between two operators: it is taken apart into
//! registers, rows of another relation add theirs, the host computes, and what
//! the next operator wants is put together. Operators are not known here.

use crate::code::Codec;
use crate::code::NONE;
use crate::format::Format;
use crate::host::Shared;
use crate::host::Went;
use crate::spec::Reg;

/// A row or match: what it is looked up by, and the rest.
pub type Pair = (u64, u64);

/// What comes of one match.
pub enum Out {
    /// At most one.
    One(Option<Pair>),
    /// Several.
    Many(std::vec::IntoIter<Pair>),
}

impl Iterator for Out {
    type Item = Pair;

    #[inline]
    fn next(&mut self) -> Option<Pair> {
        match self {
            Out::One(pair) => pair.take(),
            Out::Many(pairs) => pairs.next(),
        }
    }
}

/// A row that a match takes words from.
#[derive(Clone, Default)]
pub struct Row {
    /// Which columns the first word of its pair holds.
    pub key: Vec<usize>,
    /// Which columns the second word holds.
    pub rest: Vec<usize>,
    /// Columns and registers that must be equal.
    pub equal: Vec<(usize, Reg)>,
    /// Columns that must be equal.
    pub same: Vec<(usize, usize)>,
    /// What columns give to registers.
    pub binds: Vec<(usize, Reg)>,
}

impl Row {
    fn width(&self) -> usize {
        self.key.len() + self.rest.len()
    }

    /// Whether words of the key are looked at.
    fn reads_key(&self) -> bool {
        let is_key = |col: &usize| self.key.contains(col);
        self.equal.iter().any(|(col, _)| is_key(col))
            || self.same.iter().any(|(a, b)| is_key(a) || is_key(b))
            || self.binds.iter().any(|(col, _)| is_key(col))
    }
}

/// What was found when the prelude ran.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Fine,
    /// There is no match.
    Never,
    /// Every match fails.
    Failed,
}

/// See above.
pub struct Stage {
    shared: Shared,
    codec: Codec,
    prelude: Option<usize>,
    turn: u32,
    begun: Begun,
    from: Format,
    row: Row,
    reads_key: bool,
    code: Option<usize>,
    to: Format,
    regs: Vec<u64>,
    words: Vec<u64>,
    cols: Vec<u64>,
}

impl Stage {
    /// A stage of a rule with so many registers and this prelude.
    pub fn new(shared: &Shared, codec: &Codec, (regs, prelude): (usize, Option<usize>)) -> Stage {
        Stage {
            shared: shared.clone(),
            codec: codec.clone(),
            prelude,
            turn: 0,
            begun: Begun::Fine,
            from: Format::default(),
            row: Row::default(),
            reads_key: false,
            code: None,
            to: Format::default(),
            regs: vec![0; regs],
            words: Vec::new(),
            cols: Vec::new(),
        }
    }

    /// What it is handed.
    pub fn from(mut self, from: &Format) -> Stage {
        self.from = from.clone();
        self
    }

    /// The row that is added.
    pub fn with(mut self, row: Row) -> Stage {
        self.cols = vec![0; row.width()];
        self.reads_key = row.reads_key();
        self.row = row;
        self
    }

    /// What the host computes then, and what comes of it.
    pub fn to(mut self, code: Option<usize>, to: &Format) -> Stage {
        self.code = code;
        self.to = to.clone();
        self
    }

    /// What comes of a match.
    pub fn alone(&mut self, (key, val): Pair) -> Out {
        if key == NONE || val == NONE {
            return Out::One(Some((NONE, 0)));
        }
        match self.begin() {
            Begun::Fine => {}
            Begun::Never => return Out::One(None),
            Begun::Failed => return Out::One(Some((NONE, 0))),
        }
        self.load(key, val);
        self.finish()
    }

    /// What comes of a match and a row that has what it is looked up by.
    #[inline]
    pub fn join(&mut self, key: u64, val: u64, row: u64) -> Out {
        match self.begin() {
            Begun::Fine => {}
            Begun::Never => return Out::One(None),
            Begun::Failed => return Out::One(Some((NONE, 0))),
        }
        self.load(key, val);
        match self.add(key, row) {
            true => self.finish(),
            false => Out::One(None),
        }
    }

    /// What comes of a row.
    pub fn scan(&mut self, (key, rest): Pair) -> Out {
        self.join(key, 0, rest)
    }

    #[inline]
    fn begin(&mut self) -> Begun {
        self.shared.matches.set(self.shared.matches.get() + 1);
        if self.prelude.is_some() && self.turn != self.shared.turn.get() {
            self.prepare();
        }
        self.begun
    }

    #[cold]
    fn prepare(&mut self) {
        self.turn = self.shared.turn.get();
        let Some(code) = self.prelude else { return };
        let mut reached = false;
        let mut host = self.shared.host.borrow_mut();
        let went = host.run(code, &mut self.regs, &mut |_| reached = true);
        self.begun = match (went, reached) {
            (Went::Failed, _) => Begun::Failed,
            (Went::On, true) => Begun::Fine,
            (Went::On, false) => Begun::Never,
        };
    }

    #[inline]
    fn load(&mut self, key: u64, val: u64) {
        let Stage { regs, from, codec, .. } = self;
        codec.unpack(key, from.key.len(), |at, word| regs[from.key[at] as usize] = word);
        codec.unpack(val, from.val.len(), |at, word| regs[from.val[at] as usize] = word);
    }

    /// Takes the words of a row; false: it does not fit.
    #[inline]
    fn add(&mut self, key: u64, rest: u64) -> bool {
        let Stage { regs, row, codec, cols, .. } = self;
        if self.reads_key {
            codec.unpack(key, row.key.len(), |at, word| cols[row.key[at]] = word);
        }
        codec.unpack(rest, row.rest.len(), |at, word| cols[row.rest[at]] = word);
        let fits = row.equal.iter().all(|(col, reg)| cols[*col] == regs[*reg as usize])
            && row.same.iter().all(|(a, b)| cols[*a] == cols[*b]);
        if fits {
            row.binds.iter().for_each(|(col, reg)| regs[*reg as usize] = cols[*col]);
        }
        fits
    }

    #[inline]
    fn finish(&mut self) -> Out {
        let Stage { regs, to, codec, words, .. } = self;
        let mut pair =
            |regs: &[u64]| (pack(codec, words, &to.key, regs), pack(codec, words, &to.val, regs));
        let Some(code) = self.code else { return Out::One(Some(pair(regs))) };
        let (mut first, mut more) = (None, Vec::new());
        let went = self.shared.host.borrow_mut().run(code, regs, &mut |regs| {
            let pair = pair(regs);
            match first {
                None => first = Some(pair),
                Some(_) => more.push(pair),
            }
        });
        if went == Went::Failed {
            more.push((NONE, 0));
        }
        if more.is_empty() {
            return Out::One(first);
        }
        more.extend(first);
        Out::Many(more.into_iter())
    }
}

#[inline]
fn pack(codec: &Codec, words: &mut Vec<u64>, of: &[Reg], regs: &[u64]) -> u64 {
    match *of {
        [] => 0,
        [a] => codec.pack(&[regs[a as usize]]),
        [a, b] => codec.pack(&[regs[a as usize], regs[b as usize]]),
        _ => {
            words.clear();
            words.extend(of.iter().map(|reg| regs[*reg as usize]));
            codec.pack(words)
        }
    }
}
