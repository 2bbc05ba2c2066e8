//! The one table of codes. A code is never used again for something else.
//! Ranges: B00xx text and syntax, B01xx names and declarations, B02xx types,
//! B03xx rules (safety, keys, aggregates), B04xx strata and lattices,
//! B05xx failures of a run, B06xx data and limits, B09xx "not supported yet".

use super::diagnostic::Code;

/// A row of the table.
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Short name in kebab case.
    pub slug: &'static str,
    /// The page shown by `bloom explain`.
    pub page: &'static str,
}

macro_rules! codes {
    ($($name:ident = $number:literal, $slug:literal, $page:literal;)*) => {
        $(#[doc = $slug] pub const $name: Code = Code($number);)*
        /// Every code, ascending.
        pub static TABLE: &[Entry] = &[
            $(Entry { code: $name, slug: $slug, page: include_str!(concat!("../../errors/", $page, ".md")) },)*
        ];
    };
}

codes! {
    SYNTAX = 1, "syntax", "B0001";
    UNBOUND = 301, "variable-without-value", "B0301";
    CIRCULAR = 302, "circular-definition", "B0302";
    OR_UNBOUND = 303, "or-without-value", "B0303";
    ELSE_UNBOUND = 304, "else-without-value", "B0304";
    READ_ONLY = 310, "rule-writes-input", "B0310";
    VIEW_READS_EVENT = 311, "view-reads-event", "B0311";
    SCRATCH_WITHOUT_EVENT = 312, "no-event", "B0312";
    TABLE_STORES_CHANGE = 313, "table-stores-change", "B0313";
    OUTPUT_KINDS = 314, "output-event-or-view", "B0314";
    SCRATCH_FACT = 315, "fact-in-scratch", "B0315";
    NEGATIVE_CYCLE = 401, "recursion-through-negation", "B0401";
    AGGREGATE_CYCLE = 402, "recursion-through-aggregate", "B0402";
    REVEAL_CYCLE = 403, "recursion-through-revealed-lattice", "B0403";
}

/// The table's row of a code given as text, with or without the leading `B`.
pub fn find(text: &str) -> Option<&'static Entry> {
    let digits = text.trim_start_matches(['B', 'b']);
    let number: u16 = digits.parse().ok()?;
    TABLE.iter().find(|entry| entry.code.0 == number)
}
