//! Data in and out: files of rows, their formats and their mistakes. These
//! rooms know schemas and values; they must not know who computes with the
//! rows: what is read goes to a [`load::Store`], what is written comes as words.
//!
//! | room | owns |
//! |---|---|
//! | `schema` | the columns of a relation as files see them |
//! | `files` | which file belongs to which relation, and its format |
//! | `compress` | gzip and zstd |
//! | `blocks` | reading a file in blocks that end with a record |
//! | `header` | the first record: names or data |
//! | `delimited` | CSV, TSV and `.facts` to words |
//! | `jsonl`, `json` | objects and arrays to words |
//! | `events` | lines of events, which name their relations |
//! | `piece` | what one thread makes of its part of a file |
//! | `load` | a file into a store, on all cores |
//! | `flow` | a file while it is being written |
//! | `rejects` | records that could not be read |
//! | `write` | rows to text |
//! | `parquet` | rows from and to Parquet files, where it is built in |
//! | `sort`, `ranks`, `deal` | rows in value order, on all cores |
//! | `export` | rows to the bytes of a file, on all cores |

pub mod blocks;
pub mod compress;
pub mod deal;
pub mod delimited;
pub mod events;
pub mod export;
pub mod files;
pub mod flow;
pub mod header;
pub mod json;
pub mod jsonl;
pub mod load;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod piece;
pub mod ranks;
pub mod rejects;
pub mod schema;
pub mod sort;
pub mod write;
