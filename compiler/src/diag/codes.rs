//! The one table of codes. A code is never used again for something else.
//! Ranges: B00xx text and syntax, B01xx names and declarations, B02xx types,
//! B03xx rules (safety, keys, aggregates), B04xx strata, lattices and coordination,
//! B05xx failures of a run, B06xx data and limits, B08xx tests that fail, B09xx "not supported yet".

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
    UNKNOWN_COLLECTION = 101, "unknown-collection", "B0101";
    UNKNOWN_TYPE = 102, "unknown-type", "B0102";
    DUPLICATE_NAME = 103, "duplicate-name", "B0103";
    DUPLICATE_COLUMN = 104, "duplicate-column", "B0104";
    UNKNOWN_COLUMN = 105, "unknown-column", "B0105";
    WRONG_ARITY = 106, "wrong-arity", "B0106";
    MISSING_COLUMN = 107, "missing-column", "B0107";
    COLLECTION_AS_VALUE = 108, "collection-as-value", "B0108";
    NOT_A_COLLECTION = 109, "not-a-collection", "B0109";
    MISPLACED_EQUALS = 110, "misplaced-equals", "B0110";
    UPPER_CASE_VARIABLE = 111, "upper-case-variable", "B0111";
    UNKNOWN_CONSTRUCTOR = 112, "unknown-constructor", "B0112";
    WRONG_TYPE_ARGUMENTS = 113, "wrong-type-arguments", "B0113";
    WRONG_ARGUMENTS = 114, "wrong-arguments", "B0114";
    METHOD_CALL = 115, "method-call", "B0115";
    MISPLACED_WILDCARD = 116, "misplaced-wildcard", "B0116";
    INT_RANGE = 117, "int-range", "B0117";
    SINGLE_USE = 118, "single-use", "B0118";
    UNUSED_PARAMETER = 119, "unused-parameter", "B0119";
    SHADOWED_VARIABLE = 120, "shadowed-variable", "B0120";
    GIVEN_NAME = 121, "given-name", "B0121";
    MISPLACED_MARK = 122, "misplaced-mark", "B0122";
    CYCLIC_DEFINITION = 123, "cyclic-definition", "B0123";
    UNKNOWN_NAME = 124, "unknown-name", "B0124";
    UNKNOWN_SETTING = 125, "unknown-setting", "B0125";
    ELSE_WITHOUT_ATOM = 126, "else-without-atom", "B0126";
    GIVEN_TWICE = 127, "given-twice", "B0127";
    NOT_CALLABLE = 128, "not-callable", "B0128";
    LIKE_INFERRED = 129, "like-inferred", "B0129";
    TYPE_TOO_LARGE = 130, "type-too-large", "B0130";
    NOT_A_PATTERN = 131, "not-a-pattern", "B0131";
    WRONG_OPERATOR = 132, "wrong-operator", "B0132";
    MARKED_COLUMN = 133, "marked-column", "B0133";
    UNUSED = 140, "unused", "B0140";
    ENDLESS_TYPE = 141, "endless-type", "B0141";
    NO_FINITE_VALUE = 142, "no-finite-value", "B0142";
    RECURSIVE_RECORD = 143, "recursive-record", "B0143";
    IMPORT_NOT_FOUND = 150, "import-not-found", "B0150";
    IMPORT_CYCLE = 151, "import-cycle", "B0151";
    MISPLACED_ITEM = 152, "misplaced-item", "B0152";
    UNKNOWN_MODULE = 153, "unknown-module", "B0153";
    MODULE_ARGUMENTS = 154, "module-arguments", "B0154";
    MODULE_RECURSION = 155, "module-recursion", "B0155";
    TOO_MANY_INSTANCES = 156, "too-many-instances", "B0156";
    UNKNOWN_MEMBER = 157, "unknown-member", "B0157";
    PRIVATE_MEMBER = 158, "private-member", "B0158";
    MODULE_WRITE = 159, "module-write", "B0159";
    BROKEN_PROMISE = 160, "broken-promise", "B0160";
    OUTSIDE_MODULE = 161, "outside-module", "B0161";
    INSTANCE_AS_VALUE = 162, "instance-as-value", "B0162";
    ROLE_HEAD = 163, "role-head", "B0163";
    UNKNOWN_ROLE = 164, "unknown-role", "B0164";
    ROLE_ADDRESS = 165, "role-address", "B0165";
    TEST_STEP = 170, "test-step", "B0170";
    TEST_GIVES = 171, "test-gives", "B0171";
    TEST_NODES = 172, "test-nodes", "B0172";
    TEST_NETWORK = 173, "test-network", "B0173";
    TYPE_MISMATCH = 201, "type-mismatch", "B0201";
    INT_FLOAT = 202, "int-float", "B0202";
    COMPARISON = 203, "comparison", "B0203";
    UNKNOWN_FUNCTION = 204, "unknown-function", "B0204";
    NO_TYPE = 205, "no-type", "B0205";
    MAY_BE_NEGATIVE = 206, "may-be-negative", "B0206";
    ARGUMENTS = 207, "arguments", "B0207";
    MATCH_NOT_EXHAUSTIVE = 208, "match-not-exhaustive", "B0208";
    UNREACHABLE_ARM = 209, "unreachable-arm", "B0209";
    NO_SUCH_FIELD = 210, "no-such-field", "B0210";
    NOT_ENUMERABLE = 211, "not-enumerable", "B0211";
    AGGREGATE_PLACE = 212, "aggregate-place", "B0212";
    AGGREGATE_OR = 213, "aggregate-or", "B0213";
    NOT_A_LATTICE = 214, "not-a-lattice", "B0214";
    NOT_CONSTANT = 216, "not-constant", "B0216";
    OPERATOR = 217, "operator", "B0217";
    AGGREGATE_TYPE = 218, "aggregate-type", "B0218";
    NAME_OF_THE_LANGUAGE = 219, "name-of-the-language", "B0219";
    LINE_DEFAULT = 220, "line-default", "B0220";
    BAD_FORM = 221, "bad-form", "B0221";
    UNORDERED_VERSION = 222, "unordered-version", "B0222";
    UNKNOWN_LATTICE = 223, "unknown-lattice", "B0223";
    NATIVE_NAME = 224, "native-name", "B0224";
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
    ALTERNATIVES = 316, "too-many-alternatives", "B0316";
    TOO_LARGE = 317, "too-large", "B0317";
    RESTORED = 318, "rule-brings-back", "B0318";
    LOST_UPDATE = 319, "lost-update", "B0319";
    CLOCK_WITHOUT_EVENT = 320, "clock-without-event", "B0320";
    PERIOD = 321, "period-not-positive", "B0321";
    PLAN_ORDER = 330, "plan-order", "B0330";
    ATTRIBUTE = 331, "wrong-attribute", "B0331";
    NO_DATAFLOW = 332, "no-dataflow", "B0332";
    INVENTED_VALUES = 340, "invented-values", "B0340";
    AGGREGATED_APART = 341, "aggregated-apart", "B0341";
    NEVER_WRITTEN = 342, "never-written", "B0342";
    CONSTANT_CONDITION = 343, "constant-condition", "B0343";
    REPEATED_RULE = 344, "repeated-rule", "B0344";
    NEVER_READ = 345, "never-read", "B0345";
    COUNTED_ROWS = 346, "counted-rows", "B0346";
    OUTSIDE_ELSE = 347, "outside-else", "B0347";
    NEGATIVE_CYCLE = 401, "recursion-through-negation", "B0401";
    AGGREGATE_CYCLE = 402, "recursion-through-aggregate", "B0402";
    REVEAL_CYCLE = 403, "recursion-through-revealed-lattice", "B0403";
    NOTHING_TO_ACCEPT = 410, "nothing-to-accept", "B0410";
    ENDLESS_WAIT = 411, "endless-wait", "B0411";
    KEY_CONFLICT = 501, "key-conflict", "B0501";
    OVERFLOW = 502, "overflow", "B0502";
    DIVISION_BY_ZERO = 503, "division-by-zero", "B0503";
    NEGATIVE_NAT = 504, "negative-nat", "B0504";
    POSITION_OUT_OF_RANGE = 505, "position-out-of-range", "B0505";
    BAD_ARGUMENT = 506, "bad-argument", "B0506";
    VALUE_TOO_LONG = 507, "value-too-long", "B0507";
    POINT_CONFLICT = 508, "point-conflict", "B0508";
    INVARIANT_VIOLATED = 509, "invariant-violated", "B0509";
    WAIT_NOT_DECLARED = 510, "wait-not-declared", "B0510";
    VALUE_TOO_DEEP = 515, "value-too-deep", "B0515";
    LIMIT_REACHED = 601, "limit-reached", "B0601";
    BAD_RECORD = 602, "bad-record", "B0602";
    NATIVE_FAILED = 701, "native-failed", "B0701";
    EXPECTATION_FAILED = 801, "expectation-failed", "B0801";
    ERROR_EXPECTED = 802, "error-expected", "B0802";
    NOT_TO_BE_GIVEN = 803, "not-to-be-given", "B0803";
    EVALUATORS_DISAGREE = 804, "evaluators-disagree", "B0804";
    PROPERTY_FAILED = 805, "property-failed", "B0805";
    LATER_ROLES = 903, "later-roles", "B0903";
    LATER_MODULES = 904, "later-modules", "B0904";
    LATER_SEALS = 905, "later-seals", "B0905";
    LATER_LINE = 915, "later-line", "B0915";
    LATER_RECURSIVE_FUNCTIONS = 916, "later-recursive-functions", "B0916";
    LATER_COORDINATION = 917, "later-coordination", "B0917";
}

/// The table's row of a code given as text, with or without the leading `B`.
pub fn find(text: &str) -> Option<&'static Entry> {
    let digits = text.trim_start_matches(['B', 'b']);
    let number: u16 = digits.parse().ok()?;
    TABLE.iter().find(|entry| entry.code.0 == number)
}
