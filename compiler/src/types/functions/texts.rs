//! Functions of texts and their characters. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::Bytes;
use crate::types::builtins::Scheme::Float;
use crate::types::builtins::Scheme::Int;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Str;
use crate::types::functions::LIST;
use crate::types::functions::MAP;
use crate::types::functions::SET;
use crate::types::functions::T;

functions! { Text
    Str "str" "The text of any value; the text in a JSON value."
        { (Json) -> Option(&Str); Total Reveals } { (T) -> Str; Total Reveals }
        "str(42)" => "\"42\"", "str(2.0)" => "\"2.0\"", "str(\"a\")" => "\"a\"", "str((1, true))" => "\"(1, true)\"", "str(json(\"a\"))" => "Some(\"a\")", "str(json(1))" => "None";
    Length "length" "Characters of a text, elements of a list, bytes; elements of a JSON array."
        { (Str) -> Nat; Total Reveals } { (LIST) -> Nat; Total Reveals } { (Bytes) -> Nat; Total Reveals } { (Json) -> Option(&Nat); Total Reveals }
        "length(\"caf\u{e9}\")" => "4", "length([1, 2, 3])" => "3", "length(json([1, 2]))" => "Some(2)", "length(bytes(\"\u{e9}\"))" => "2";
    IsEmpty "is_empty" "Whether a text, bytes, a list, a set or a map holds nothing."
        { (Str) -> Bool; Total Reveals } { (LIST) -> Bool; Total Reveals } { (SET) -> Bool; Total Reveals } { (MAP) -> Bool; Total Reveals } { (Bytes) -> Bool; Total Reveals }
        "is_empty(\"\")" => "true", "is_empty([1])" => "false", "is_empty({1: 2})" => "false", "is_empty(b\"\")" => "true";
    Lower "lower" "A text in lower case."
        { (Str) -> Str; Total Reveals }
        "lower(\"Ab\")" => "\"ab\"", "lower(\"\u{c9}\")" => "\"\u{e9}\"", "lower(\"\")" => "\"\"";
    Upper "upper" "A text in upper case."
        { (Str) -> Str; Total Reveals }
        "upper(\"Ab\")" => "\"AB\"", "upper(\"\u{e9}\")" => "\"\u{c9}\"", "upper(\"\")" => "\"\"";
    Trim "trim" "A text without white space at both ends."
        { (Str) -> Str; Total Reveals }
        "trim(\"  a b \")" => "\"a b\"", "trim(\"a\")" => "\"a\"", "trim(\"  \")" => "\"\"";
    Contains "contains" "Whether the second text stands in the first."
        { (Str, Str) -> Bool; Total Reveals }
        "contains(\"bloom\", \"loo\")" => "true", "contains(\"bloom\", \"z\")" => "false", "contains(\"a\", \"\")" => "true";
    StartsWith "starts_with" "Whether the first text begins with the second."
        { (Str, Str) -> Bool; Total Reveals }
        "starts_with(\"bloom\", \"blo\")" => "true", "starts_with(\"bloom\", \"oom\")" => "false", "starts_with(\"a\", \"\")" => "true";
    EndsWith "ends_with" "Whether the first text ends with the second."
        { (Str, Str) -> Bool; Total Reveals }
        "ends_with(\"bloom\", \"oom\")" => "true", "ends_with(\"bloom\", \"blo\")" => "false", "ends_with(\"a\", \"\")" => "true";
    StripPrefix "strip_prefix" "What follows the second text in the first; none where it does not begin with it."
        { (Str, Str) -> Option(&Str); Total Reveals }
        "strip_prefix(\"v1.2\", \"v\")" => "Some(\"1.2\")", "strip_prefix(\"1.2\", \"v\")" => "None", "strip_prefix(\"v\", \"v\")" => "Some(\"\")";
    StripSuffix "strip_suffix" "What precedes the second text in the first; none where it does not end with it."
        { (Str, Str) -> Option(&Str); Total Reveals }
        "strip_suffix(\"a.csv\", \".csv\")" => "Some(\"a\")", "strip_suffix(\"a.txt\", \".csv\")" => "None", "strip_suffix(\"a\", \"\")" => "Some(\"a\")";
    Replace "replace" "Every occurrence of the second text replaced by the third."
        { (Str, Str, Str) -> Str; Total Reveals }
        "replace(\"a-b-c\", \"-\", \"+\")" => "\"a+b+c\"", "replace(\"aaa\", \"aa\", \"b\")" => "\"ba\"", "replace(\"a\", \"z\", \"y\")" => "\"a\"";
    Split "split" "The parts of a text between the separators; all characters when it is empty."
        { (Str, Str) -> List(&Str); Total Reveals }
        "split(\"a,b,c\", \",\")" => "[\"a\", \"b\", \"c\"]", "split(\"ab\", \"\")" => "[\"a\", \"b\"]", "split(\"a\", \",\")" => "[\"a\"]";
    Words "words" "The parts of a text between white space."
        { (Str) -> List(&Str); Total Reveals }
        "words(\" a  b c \")" => "[\"a\", \"b\", \"c\"]", "length(words(\"\"))" => "0", "words(\"one\")" => "[\"one\"]";
    Lines "lines" "The lines of a text, without their ends (`\\n` or `\\r\\n`)."
        { (Str) -> List(&Str); Total Reveals }
        "lines(\"a\\nb\\n\")" => "[\"a\", \"b\"]", "lines(\"a\\r\\nb\")" => "[\"a\", \"b\"]", "length(lines(\"\"))" => "0";
    Concat "concat" "The texts of a list with the second text between them."
        { (List(&Str), Str) -> Str; Total Reveals }
        "concat([\"a\", \"b\"], \"-\")" => "\"a-b\"", "concat([], \"-\")" => "\"\"", "concat([\"a\"], \"-\")" => "\"a\"";
    Substr "substr" "From a position (the first is 0), at most so many characters."
        { (Str, Int, Int) -> Str; Total Reveals }
        "substr(\"bloom\", 1, 3)" => "\"loo\"", "substr(\"bloom\", 3, 9)" => "\"om\"", "substr(\"bloom\", -2, 2)" => "\"bl\"";
    IndexOf "index_of" "Where the second stands first: a text in a text, an element in a list."
        { (Str, Str) -> Option(&Nat); Total Reveals } { (LIST, T) -> Option(&Nat); Total Reveals }
        "index_of(\"bloom\", \"o\")" => "Some(2)", "index_of(\"bloom\", \"z\")" => "None", "index_of([5, 6], 6)" => "Some(1)", "index_of(\"a\", \"\")" => "Some(0)";
    PadLeft "pad_left" "A text made so many characters long by the third (one character, else it fails) in front of it."
        { (Str, Int, Str) -> Str; Fails Reveals }
        "pad_left(\"7\", 3, \"0\")" => "\"007\"", "pad_left(\"long\", 2, \" \")" => "\"long\"", "pad_left(\"\u{e9}\", 2, \"-\")" => "\"-\u{e9}\"";
    PadRight "pad_right" "A text made so many characters long by the third (one character, else it fails) behind it."
        { (Str, Int, Str) -> Str; Fails Reveals }
        "pad_right(\"7\", 3, \".\")" => "\"7..\"", "pad_right(\"long\", 2, \" \")" => "\"long\"", "pad_right(\"\", 2, \"-\")" => "\"--\"";
    Repeat "repeat" "A text so many times; negative counts as 0; fails when the result is too long."
        { (Str, Int) -> Str; Fails Reveals }
        "repeat(\"ab\", 3)" => "\"ababab\"", "repeat(\"ab\", 0)" => "\"\"", "repeat(\"-\", -1)" => "\"\"";
    Reverse "reverse" "A list or a text backwards."
        { (LIST) -> LIST; Total Reveals } { (Str) -> Str; Total Reveals }
        "reverse([1, 2, 3])" => "[3, 2, 1]", "reverse(\"abc\")" => "\"cba\"", "reverse([true])" => "[true]";
    ParseInt "parse_int" "The int that a text shows."
        { (Str) -> Option(&Int); Total Reveals }
        "parse_int(\"42\")" => "Some(42)", "parse_int(\"-7\")" => "Some(-7)", "parse_int(\"4x\")" => "None";
    ParseFloat "parse_float" "The float that a text shows."
        { (Str) -> Option(&Float); Total Reveals }
        "parse_float(\"2.5\")" => "Some(2.5)", "parse_float(\"3\")" => "Some(3.0)", "parse_float(\"x\")" => "None";
    CodePoint "code_point" "The number of the first character of a text."
        { (Str) -> Option(&Nat); Total Reveals }
        "code_point(\"A\")" => "Some(65)", "code_point(\"\u{e9}t\u{e9}\")" => "Some(233)", "code_point(\"\")" => "None";
    FromCodePoint "from_code_point" "The character with a number, as a text."
        { (Int) -> Option(&Str); Total Reveals }
        "from_code_point(65)" => "Some(\"A\")", "from_code_point(233)" => "Some(\"\u{e9}\")", "from_code_point(-1)" => "None";
    Bytes "bytes" "The bytes of a text in UTF-8."
        { (Str) -> Bytes; Total Reveals }
        "bytes(\"hi\") == b\"hi\"" => "true", "length(bytes(\"caf\u{e9}\"))" => "5", "utf8(bytes(\"a\"))" => "Some(\"a\")";
    Utf8 "utf8" "The text of bytes in UTF-8."
        { (Bytes) -> Option(&Str); Total Reveals }
        "utf8(b\"hi\")" => "Some(\"hi\")", "utf8(b\"\\xff\")" => "None", "is_some(utf8(b\"\"))" => "true";
}
