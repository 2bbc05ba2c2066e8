//! Rows from one worker to another. A word that stands for a text or a compound
//! value means something to its own worker only, so such rows travel as bytes.
//! How bytes travel is not known here.

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

/// A parcel as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// The relation.
    pub rel: usize,
    /// How a row is written.
    pub form: Form,
    /// How many rows there are.
    pub rows: usize,
    /// Rows of words that mean the same everywhere.
    pub words: Vec<u64>,
    /// All others: for each row its length, then its bytes.
    pub bytes: Vec<u8>,
}

/// Bytes before each row: its length.
const LENGTH: usize = 4;

/// A parcel, ready to travel.
pub fn pack(parcel: Parcel, engine: &Engine) -> Packet {
    let types = engine.parcel_types(&parcel);
    let Parcel { rel, form, rows, words } = parcel;
    let plan = engine.plan();
    if are_plain(&plan.types, &types) {
        return Packet { rel, form, rows, words, bytes: Vec::new() };
    }
    let mut bytes = Vec::new();
    for row in words.chunks_exact(types.len()) {
        let from = bytes.len();
        bytes.extend([0; LENGTH]);
        codec::encode(&plan.types, &types, row, engine.interner(), &mut bytes);
        let length = (bytes.len() - from - LENGTH) as u32;
        bytes[from..from + LENGTH].copy_from_slice(&length.to_le_bytes());
    }
    Packet { rel, form, rows, words: Vec::new(), bytes }
}

/// A parcel in the words of the engine that takes it in.
pub fn unpack(packet: Packet, engine: &mut Engine) -> Result<Parcel, Malformed> {
    let Packet { rel, form, rows, words, bytes } = packet;
    let mut parcel = Parcel { rel, form, rows, words };
    if bytes.is_empty() {
        return Ok(parcel);
    }
    let types = engine.parcel_types(&parcel);
    let all = engine.plan().types.clone();
    let mut rest = &bytes[..];
    while let Some((length, more)) = rest.split_first_chunk::<LENGTH>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((row, more)) = more.split_at_checked(length) else { return Err(Malformed::Ends) };
        parcel.words.extend(codec::decode(&all, &types, row, engine.interner_mut())?);
        rest = more;
    }
    Ok(parcel)
}

/// Rows in the words of one interner, in those of another.
pub fn translate(
    all: &[Type],
    types: &[TypeId],
    words: &[u64],
    from: &Interner,
    to: &mut Interner,
) -> Result<Vec<u64>, Malformed> {
    if are_plain(all, types) {
        return Ok(words.to_vec());
    }
    let (mut out, mut bytes) = (Vec::with_capacity(words.len()), Vec::new());
    for row in words.chunks_exact(types.len().max(1)) {
        bytes.clear();
        codec::encode(all, types, row, from, &mut bytes);
        out.extend(codec::decode(all, types, &bytes, to)?);
    }
    Ok(out)
}

/// Whether words of these types are the same for everybody.
pub fn are_plain(all: &[Type], types: &[TypeId]) -> bool {
    types.iter().all(|ty| {
        matches!(
            all[ty.0 as usize],
            Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration
        )
    })
}
