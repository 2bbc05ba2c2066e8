//! Functions of options. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::Option;
use crate::types::functions::T;

functions! { Options
    OrElse "or_else" "The value of an option, or the second when there is none."
        { (Option(&T), T) -> T; Total Reveals }
        "or_else(Some(1), 2)" => "1", "or_else(None, 2)" => "2", "or_else(parse_int(\"x\"), -1)" => "-1";
    IsSome "is_some" "Whether an option has a value."
        { (Option(&T)) -> Bool; Total Reveals }
        "is_some(Some(1))" => "true", "is_some(None)" => "false", "is_some(parse_int(\"x\"))" => "false";
    IsNone "is_none" "Whether an option has no value."
        { (Option(&T)) -> Bool; Total Reveals }
        "is_none(None)" => "true", "is_none(Some(1))" => "false", "is_none(parse_int(\"x\"))" => "true";
}
