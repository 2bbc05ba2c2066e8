//! Functions of JSON values, beside those of the same name elsewhere. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Pair;
use crate::types::builtins::Scheme::Str;
use crate::types::functions::T;

functions! { Json
    Json "json" "Any value as JSON, in the form that JSON lines have; fails when it nests too deep."
        { (T) -> Json; Fails Reveals }
        "json({\"b\": 1, \"a\": 2})" => "{\"a\":2,\"b\":1}", "json([Some(1), None])" => "[1,null]", "json(\"a\")" => "\"a\"", "json(time(90s))" => "\"1970-01-01T00:01:30Z\"";
    ParseJson "parse_json" "The JSON value that a text shows; none where it is no JSON, or nests too deep."
        { (Str) -> Option(&Json); Total Reveals }
        "parse_json(\"[1, 2.50]\")" => "Some([1,2.5])", "parse_json(\"[1\")" => "None", "parse_json(r\"true\") == Some(json(true))" => "true";
    JsonText "json_text" "The text of a JSON value."
        { (Json) -> Str; Total Reveals }
        "json_text(json([1, 2]))" => "\"[1,2]\"", "json_text(json(None))" => "\"null\"", "json_text(json(1.0))" => "\"1.0\"";
    Kind "json_kind" "What a JSON value is: null, bool, int, float, str, array or object."
        { (Json) -> Str; Total Reveals }
        "json_kind(json({\"a\": 1}))" => "\"object\"", "json_kind(json(1.5))" => "\"float\"", "json_kind(json({1, 2}))" => "\"array\"";
    IsNull "is_null" "Whether a JSON value is null."
        { (Json) -> Bool; Total Reveals }
        "is_null(json(None))" => "true", "is_null(json(0))" => "false", "is_null(json([None]))" => "false", "is_null(json([1])[1])" => "true";
    Items "items" "The elements of a JSON array."
        { (Json) -> Option(&List(&Json)); Total Reveals }
        "items(json([1, 2]))" => "Some([1, 2])", "items(json(1))" => "None", "is_some(items(json({1})))" => "true";
    Entries "entries" "The entries of a JSON object, by ascending name."
        { (Json) -> Option(&List(&Pair(&Str, &Json))); Total Reveals }
        "entries(json({\"b\": 1, \"a\": 2}))" => "Some([(\"a\", 2), (\"b\", 1)])", "entries(json([1]))" => "None", "is_none(entries(json(None)))" => "true";
}
