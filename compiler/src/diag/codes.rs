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

    TYPE_MISMATCH = 201, "type-mismatch", "B0201";
    INT_FLOAT = 202, "int-float", "B0202";
    COMPARISON = 203, "comparison", "B0203";
    UNKNOWN_FUNCTION = 204, "unknown-function", "B0204";
    UNKNOWN_TYPE = 205, "unknown-type", "B0205";
    MAY_BE_NEGATIVE = 206, "may-be-negative", "B0206";
    ARGUMENTS = 207, "arguments", "B0207";
    MATCH_NOT_EXHAUSTIVE = 208, "match-not-exhaustive", "B0208";
    UNREACHABLE_ARM = 209, "unreachable-arm", "B0209";
    NO_SUCH_FIELD = 210, "no-such-field", "B0210";
    NOT_ENUMERABLE = 211, "not-enumerable", "B0211";
    AGGREGATE_PLACE = 212, "aggregate-place", "B0212";
    AGGREGATE_OR = 213, "aggregate-or", "B0213";
    NOT_A_LATTICE = 214, "not-a-lattice", "B0214";
    CONSTANT_CIRCLE = 215, "constant-circle", "B0215";
    NOT_CONSTANT = 216, "not-constant", "B0216";
    OPERATOR = 217, "operator", "B0217";
    AGGREGATE_TYPE = 218, "aggregate-type", "B0218";
    NAME_OF_THE_LANGUAGE = 219, "name-of-the-language", "B0219";
    LINE_DEFAULT = 220, "line-default", "B0220";
}

/// The table's row of a code given as text, with or without the leading `B`.
pub fn find(text: &str) -> Option<&'static Entry> {
    let digits = text.trim_start_matches(['B', 'b']);
    let number: u16 = digits.parse().ok()?;
    TABLE.iter().find(|entry| entry.code.0 == number)
}
