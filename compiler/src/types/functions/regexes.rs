//! Functions of regular expressions. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Str;

functions! { Regex
    Matches "matches" "Whether a regular expression matches somewhere in the text."
        { (Str, Str) -> Bool; Fails Reveals }
        "matches(\"bloom 42\", r\"\\d+\")" => "true", "matches(\"bloom\", r\"^\\d\")" => "false", "matches(\"BLOOM\", \"(?i)bloom\")" => "true";
    Find "find" "The first match of a regular expression."
        { (Str, Str) -> Option(&Str); Fails Reveals }
        "find(\"a12b3\", r\"\\d+\")" => "Some(\"12\")", "find(\"abc\", r\"\\d+\")" => "None", "find(\"aaa\", \"a+?\")" => "Some(\"a\")";
    Captures "captures" "The first match of a regular expression, then its groups; a group that takes no part is empty."
        { (Str, Str) -> Option(&List(&Str)); Fails Reveals }
        "captures(\"k=v\", r\"(\\w)=(\\w)\")" => "Some([\"k=v\", \"k\", \"v\"])", "captures(\"b\", \"(a)|(b)\")" => "Some([\"b\", \"\", \"b\"])", "captures(\"x\", \"y\")" => "None";
    FindAll "find_all" "All matches of a regular expression that do not overlap."
        { (Str, Str) -> List(&Str); Fails Reveals }
        "find_all(\"a12b3\", r\"\\d+\")" => "[\"12\", \"3\"]", "length(find_all(\"abc\", r\"\\d\"))" => "0", "find_all(\"aaaa\", \"aa\")" => "[\"aa\", \"aa\"]";
    ReplaceAll "replace_all" "Every match of a regular expression replaced; `$1` and `${name}` stand for groups, `$$` for `$`."
        { (Str, Str, Str) -> Str; Fails Reveals }
        "replace_all(\"a1b22\", r\"\\d+\", \"#\")" => "\"a#b#\"", "replace_all(\"k=v\", r\"(\\w)=(\\w)\", \"$2=$1\")" => "\"v=k\"", "replace_all(\"a\", \"b\", \"c\")" => "\"a\"";
    SplitRegex "split_regex" "The parts of a text between the matches of a regular expression."
        { (Str, Str) -> List(&Str); Fails Reveals }
        "split_regex(\"a, b;c\", r\"[,;]\\s*\")" => "[\"a\", \"b\", \"c\"]", "split_regex(\"abc\", r\"\\d\")" => "[\"abc\"]", "split_regex(\",a\", \",\")" => "[\"\", \"a\"]";
}
