//! Data in and out: files of rows, their formats and their mistakes. These
//! rooms know schemas and values; they must not know who computes with the
//! rows: what is read goes to a [`load::Store`], what is written comes as words.
//!
//! | room | owns |
//! |---|---|
//! | `schema` | the columns of a relation as files see them |
//! | `files` | which file belongs to which relation, and its format |
//! | `blocks` | reading a file in blocks that end with a record |
//! | `header` | the first record: names or data |
//! | `delimited` | CSV, TSV and `.facts` to words |
//! | `jsonl`, `json` | objects and arrays to words |
//! | `piece` | what one thread makes of its part of a file |
//! | `merge` | words of one interner into another |
//! | `load` | a file into a store, on all cores |
//! | `rejects` | records that could not be read |
//! | `write` | rows to text |

pub mod blocks;
pub mod delimited;
pub mod files;
pub mod header;
pub mod json;
pub mod jsonl;
pub mod load;
pub mod merge;
pub mod piece;
pub mod rejects;
pub mod schema;
pub mod write;
