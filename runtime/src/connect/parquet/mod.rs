//! Parquet files: columns by name, checked against the declared types. Files
//! are read and written row by row through the library's record interface,
//! which knows all encodings; that is slower than CSV of the same rows. Only
//! these rooms name the library; they must not know where files are.
//!
//! | room | owns |
//! |---|---|
//! | `read` | a file into a store |
//! | `value` | a field to the word of a value |
//! | `write` | sorted rows to a file |

pub mod read;
mod value;
pub mod write;
