//! Regular expressions; the language has those of the library.

use regex::RegexBuilder;

use crate::limits::REGEX_BYTES_MAX;
use crate::oracle::exprs::bounded;
use crate::oracle::failure::Kind;
use crate::oracle::functions::Answer;
use crate::oracle::functions::fail;
use crate::oracle::functions::strings;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    func.form()?;
    let [Value::Str(s), Value::Str(pattern), rest @ ..] = values else { return None };
    let Ok(regex) = RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build() else {
        return fail(Kind::BadArgument, span);
    };
    Some(Ok(match (func, rest) {
        (Func::Matches, []) => Value::Bool(regex.is_match(s)),
        (Func::Find, []) => Value::option(regex.find(s).map(|m| Value::str(m.as_str()))),
        (Func::FindAll, []) => strings(regex.find_iter(s).map(|m| m.as_str())),
        (Func::SplitRegex, []) => strings(regex.split(s)),
        (Func::Captures, []) => Value::option(
            regex
                .captures(s)
                .map(|groups| strings(groups.iter().map(|group| group.map_or("", |m| m.as_str())))),
        ),
        (Func::ReplaceAll, [Value::Str(with)]) => {
            return Some(bounded(regex.replace_all(s, with.as_str()).into_owned(), span));
        }
        _ => return None,
    }))
}
