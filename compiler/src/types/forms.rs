//! Texts that say how: regular expressions and forms of times. Written as
//! literals they are judged when the program is, with a mark inside of the
//! text where that is possible; what a program computes is judged when it
//! runs. This room must not know rules.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::limits;
use crate::source::Span;
use crate::types::builtins;
use crate::types::builtins::Form;
use crate::types::builtins::Func;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;

/// Whether a call says how by a literal, so that it cannot fail for that.
pub(crate) fn is_checked(func: Func, args: &[Expr]) -> bool {
    literal(func, args).is_some()
}

fn literal(func: Func, args: &[Expr]) -> Option<(&str, Form, Span)> {
    let (at, form) = func.form()?;
    let arg = args.get(at)?;
    match &arg.kind {
        ExprKind::Literal(Literal::Str(text)) => Some((text, form, arg.span)),
        _ => None,
    }
}

/// Reports a literal that is no pattern or no form of a time.
pub(crate) fn check(func: Func, args: &[Expr], diags: &mut Vec<Diagnostic>) {
    let Some((text, form, span)) = literal(func, args) else { return };
    let name = builtins::of(func).name;
    match form {
        Form::Regex => {
            let Err(Fault { what, at }) = regex(text) else { return };
            let place = at.and_then(|at| inside(text, at, span)).unwrap_or(span);
            let title = format!("this is no regular expression: {what}");
            diags.push(
                Diagnostic::error(codes::BAD_FORM, place, title)
                    .at("here")
                    .help("in `r\"…\"` a backslash and a brace stand for themselves"),
            );
        }
        Form::Time => {
            let Err(what) = time(text) else { return };
            let title = format!("`{name}` cannot use this form of a time: {what}");
            diags.push(Diagnostic::error(codes::BAD_FORM, span, title).help(
                "forms are such as `%Y-%m-%d %H:%M:%S`: year, month, day, hour, minute, second",
            ));
        }
    }
}

struct Fault {
    what: String,
    /// The character at fault, where the pattern is one line.
    at: Option<usize>,
}

fn regex(pattern: &str) -> Result<(), Fault> {
    let built =
        regex::RegexBuilder::new(pattern).size_limit(limits::REGEX_BYTES_MAX).build().map(drop);
    built.map_err(|error| match error {
        regex::Error::Syntax(text) => syntax(pattern, &text),
        regex::Error::CompiledTooBig(_) => {
            let what = format!("it takes more than {} bytes", limits::REGEX_BYTES_MAX);
            Fault { what, at: None }
        }
        other => Fault { what: other.to_string(), at: None },
    })
}

/// The library tells a fault by a line with marks below the pattern, which is
/// indented by four, and a last line `error: …`.
fn syntax(pattern: &str, text: &str) -> Fault {
    let last = text.lines().last().unwrap_or(text);
    let what = last.strip_prefix("error: ").unwrap_or(last).to_string();
    let mut lines = text.lines().skip_while(|line| line.get(4..) != Some(pattern));
    let marks = lines.nth(1).and_then(|line| line.find('^')).and_then(|at| at.checked_sub(4));
    Fault { what, at: marks }
}

/// The place of a character of a literal, where the literal has no escapes:
/// between quotes, or raw.
fn inside(text: &str, at: usize, span: Span) -> Option<Span> {
    let quotes = ((span.hi - span.lo) as usize).checked_sub(text.len())?;
    if !text.is_ascii() || !matches!(quotes, 2 | 3) || at >= text.len() {
        return None;
    }
    let lo = span.lo + quotes as u32 - 1 + at as u32;
    Some(Span { lo, hi: lo + 1, ..span })
}

/// Tried on a time: what can be written for one can be for all.
fn time(form: &str) -> Result<(), String> {
    let sample = jiff::Timestamp::UNIX_EPOCH;
    let written = jiff::fmt::strtime::format(form, sample);
    written.map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_placed() {
        let fault = |pattern| regex(pattern).err().map(|f| (f.what, f.at));
        assert_eq!(fault("a(b"), Some(("unclosed group".into(), Some(1))));
        assert_eq!(fault("[a-"), Some(("unclosed character class".into(), Some(0))));
        assert_eq!(fault("a+"), None);
        assert!(fault(r"(\w{1000}){1000}").is_some_and(|(what, _)| what.contains("bytes")));
    }

    #[test]
    fn places_need_a_literal_without_escapes() {
        let span = |hi| Span { lo: 10, hi, ..Span::default() };
        assert_eq!(inside("a(b", 1, span(15)).map(|s| s.lo), Some(12));
        assert_eq!(inside("a(b", 1, span(16)).map(|s| s.lo), Some(13));
        assert_eq!(inside("a(b", 1, span(17)), None);
        assert_eq!(inside("\u{e9}(", 2, span(15)), None);
    }

    #[test]
    fn forms_of_times_are_tried() {
        assert!(time("%Y-%m-%d").is_ok());
        assert!(time("%Y-%").is_err());
        assert!(time("%!").is_err());
    }
}
