//! Values as words: how they are encoded, interned and ordered.
//!
//! | room | owns |
//! |---|---|
//! | `word` | scalars in 64 bits |
//! | `interner` | texts and compound values behind ids |
//! | `reached` | which values are still held |
//! | `prefetch` | looking at memory ahead of time |
//! | `order` | the value order of every type |
//! | `collections` | sets and maps from their elements, and looking into them |
//! | `json` | JSON values |
//! | `merge` | words of one interner into another |
//! | `lattice` | how two whole values merge |
//! | `text` | values as text, for people and for programs |
//! | `codec` | rows as bytes, for messages and logs |
//! | `literal` `parse` | values from text: as programs write them, as files do |
//!
//! Ids are never shown, sorted by or stored: what leaves is ordered by value.

pub mod codec;
pub mod collections;
pub mod depth;
pub mod interner;
pub mod json;
pub mod lattice;
pub mod literal;
pub mod merge;
pub mod order;
pub mod parse;
pub mod prefetch;
pub mod reached;
pub mod text;
pub mod word;
