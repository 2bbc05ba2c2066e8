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
    MISSING_SEMICOLON = 2, "missing-semicolon", "B0002";
    BRACKETS = 3, "unbalanced-brackets", "B0003";
    UNKNOWN_CHARACTER = 4, "unknown-character", "B0004";
    MALFORMED_NUMBER = 5, "malformed-number", "B0005";
    MALFORMED_STRING = 6, "malformed-string", "B0006";
    FOREIGN_OPERATOR = 7, "foreign-operator", "B0007";
    LESS_MINUS = 8, "less-minus", "B0008";
    LETTER_CASE = 9, "letter-case", "B0009";
    COLUMN_WITHOUT_TYPE = 10, "column-without-type", "B0010";
    TEXT_LIMITS = 11, "text-limits", "B0011";
    UNCLOSED_COMMENT = 12, "unclosed-comment", "B0012";
}

/// The table's row of a code given as text, with or without the leading `B`.
pub fn find(text: &str) -> Option<&'static Entry> {
    let digits = text.trim_start_matches(['B', 'b']);
    let number: u16 = digits.parse().ok()?;
    TABLE.iter().find(|entry| entry.code.0 == number)
}
