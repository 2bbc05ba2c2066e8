//! Rows from one worker to another. A word that stands for a text or a compound
//! value means something to its own worker only, unless both began with the
//! same values; rows with others travel as bytes. How packets travel is not
//! known here.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use serde::Deserialize;
use serde::Serialize;

use crate::kernel::Engine;
use crate::kernel::share::Form;
use crate::kernel::share::Parcel;
use crate::value::codec;
use crate::value::codec::Malformed;
use crate::value::interner::Interner;
use crate::value::merge::Merge;
use crate::value::merge::Same;
use crate::value::merge::is_interned;

/// A parcel as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// The relation.
    pub rel: usize,
    /// The rule that derived the rows, by its place in the plan; none: they
    /// were read.
    pub rule: Option<usize>,
    /// How a row is written.
    pub form: Form,
    /// How many rows there are.
    pub rows: usize,
    /// Rows of words that mean the same to both.
    pub words: Vec<u64>,
    /// All others: for each row its length, then its bytes.
    pub bytes: Vec<u8>,
}

/// Values that several workers began with: their ids mean the same to all of
/// these, as long as nobody forgets one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Common {
    /// Ids of texts below this one.
    texts: u64,
    /// Ids of lists of words below this one.
    lists: u64,
}

impl Common {
    /// All values of an interner of which each worker gets a clone.
    pub fn of(interner: &Interner) -> Common {
        let (texts, lists) = interner.ids();
        Common { texts, lists }
    }

    /// Ids of texts below this one are the same to all of them.
    pub fn texts(&self) -> u64 {
        self.texts
    }
}

/// Bits of the second of two columns in one word.
const HALF: u32 = 32;
/// Bytes before each row: its length.
const LENGTH: usize = 4;

/// A parcel, ready to travel to a worker with which `common` values are shared.
pub fn pack(parcel: Parcel, engine: &Engine, common: Common) -> Packet {
    let Parcel { rel, rule, form, rows, mut words } = parcel;
    let types = engine.parcel_types(rel, form).unwrap_or_default();
    let all = &engine.plan().types;
    let mut bytes = Vec::new();
    let packed = form == Form::Packed;
    let interned: Vec<usize> =
        (0..types.len()).filter(|at| is_interned(&all[types[*at].0 as usize])).collect();
    if !interned.is_empty() {
        let mut same = Same::new(all, engine.interner(), (common.texts, common.lists));
        let (arity, mut kept) = (if packed { 1 } else { types.len() }, 0);
        for from in (0..words.len()).step_by(arity) {
            let halves = [words[from] >> HALF, words[from] & u64::from(u32::MAX)];
            let row = match (packed, types.len()) {
                (true, 2) => &halves[..],
                _ => &words[from..from + arity],
            };
            if interned.iter().all(|&at| same.holds(types[at], row[at])) {
                words.copy_within(from..from + arity, kept);
                kept += arity;
                continue;
            }
            let start = bytes.len();
            bytes.extend([0; LENGTH]);
            codec::encode(all, &types, row, engine.interner(), &mut bytes);
            let length = (bytes.len() - start - LENGTH) as u32;
            bytes[start..start + LENGTH].copy_from_slice(&length.to_le_bytes());
        }
        words.truncate(kept);
    }
    Packet { rel, rule, form, rows, words, bytes }
}

/// A parcel in the words of the engine that takes it in.
pub fn unpack(packet: Packet, engine: &mut Engine) -> Result<Parcel, Malformed> {
    let Packet { rel, rule, form, rows, words, bytes } = packet;
    let types = engine.parcel_types(rel, form).ok_or(Malformed::Wrong("a known relation"))?;
    let mut parcel = Parcel { rel, rule, form, rows, words };
    if !bytes.is_empty() {
        let all = engine.plan().types.clone();
        let mut rest = &bytes[..];
        while let Some((length, more)) = rest.split_first_chunk::<LENGTH>() {
            let length = u32::from_le_bytes(*length) as usize;
            let (row, more) = more.split_at_checked(length).ok_or(Malformed::Ends)?;
            let row = codec::decode(&all, &types, row, engine.interner_mut())?;
            match (form, &row[..]) {
                (Form::Packed, &[a, b]) => parcel.words.push(a << HALF | b & u64::from(u32::MAX)),
                _ => parcel.words.extend(row),
            }
            rest = more;
        }
        if !rest.is_empty() {
            return Err(Malformed::Rest(rest.len()));
        }
    }
    let width = if form == Form::Packed { 1 } else { types.len() };
    match parcel.words.len() == rows.saturating_mul(width) {
        true => Ok(parcel),
        false => Err(Malformed::Wrong("as many rows as were promised")),
    }
}

/// Puts rows of these columns into the words of another interner.
pub fn translate(
    merge: &mut Merge<'_>,
    all: &[Type],
    cols: &[TypeId],
    words: &mut [u64],
    to: &mut Interner,
) {
    for (at, &ty) in cols.iter().enumerate() {
        if is_interned(&all[ty.0 as usize]) {
            for word in words.iter_mut().skip(at).step_by(cols.len()) {
                *word = merge.word(ty, *word, to);
            }
        }
    }
}
