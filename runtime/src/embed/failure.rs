//! A failed run as a diagnostic: the expression or declaration at fault, the
//! rule around it and the values that did it. This room puts into words what
//! the engine found and decides nothing.

use bloom_compiler::diag::Code;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::source::Span;
use bloom_compiler::types::ty::Lattice;
use bloom_compiler::types::typed;

use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::tick::ChainFailure;
use crate::tick::Why;
use crate::value::interner::Interner;
use crate::value::text;

/// Most variables that a label lists.
const VARIABLES_MAX: usize = 8;
/// Most rules that a key conflict points to.
const WRITERS_MAX: usize = 3;

/// The diagnostic of a failure.
pub fn diagnostic(failure: &Failure, program: &typed::Program, engine: &Engine) -> Diagnostic {
    match failure {
        Failure::Expr { source_rule, kind, span, vars, .. } => {
            let said = match kind {
                FailKind::Native(_, message) => engine.interner().get_text(*message),
                _ => "",
            };
            expression(*source_rule, (*kind, said), *span, vars, program)
        }
        Failure::KeyConflict { rel, key, a, b } => {
            conflict(*rel, key, (a, b), program, engine.plan(), engine.interner())
        }
        Failure::PointConflict { rel, key, path, ty, values } => {
            let keys = (key.as_slice(), path.as_slice());
            point(*rel, keys, (*ty, *values), program, engine)
        }
        Failure::Invariant { rel } => violated(&program.rels[rel.index()]),
        Failure::Limit { which, limit, rule, span, detail } => {
            reached((which, limit), rule.as_deref(), *span, detail, program)
        }
    }
}

/// The diagnostic of a chain that failed.
pub fn of_chain(failed: &ChainFailure, program: &typed::Program, engine: &Engine) -> Diagnostic {
    match &failed.why {
        Why::Tick(failure) => diagnostic(failure, program, engine),
        Why::OwnTicks { most, stages } => own_ticks(*most, stages, program),
        Why::Halt { code } => halt(*code, program),
    }
}

/// Rules that go on and on.
fn own_ticks(most: u64, stages: &[RelId], program: &typed::Program) -> Diagnostic {
    let mut rules = program.rules.iter().filter(|rule| stages.contains(&rule.head));
    let first = rules.next().map(|rule| rule.span).unwrap_or_default();
    let title = format!("the run reached --max-own-ticks: {most}");
    let diagnostic = Diagnostic::error(codes::LIMIT_REACHED, first, title)
        .at("this rule has work for the next tick, again and again");
    rules
        .take(WRITERS_MAX)
        .fold(diagnostic, |d, rule| d.label(rule.head_span, "so has this one"))
        .note(
            "A tick that changes tables or puts events off is followed by another one, until \
             nothing changes.",
        )
        .help(
            "let the rules come to rest, or drive them by a `periodic` or a `timer`; if they only \
             need more, raise --max-own-ticks",
        )
}

fn halt(code: i64, program: &typed::Program) -> Diagnostic {
    let is_halt = |rel: &typed::Rel| rel.given == Some(Given::Halt);
    let head = |rule: &&typed::Rule| is_halt(&program.rels[rule.head.index()]);
    let place = program.rules.iter().find(head).map(|rule| rule.head_span).unwrap_or_default();
    Diagnostic::error(codes::BAD_ARGUMENT, place, format!("a program cannot end with code {code}"))
        .at("`halt` takes 0 to 99")
        .help("write `halt(0)` for a good end and `halt(1)` for a bad one")
}

fn violated(invariant: &typed::Rel) -> Diagnostic {
    let title = format!("the invariant `{}` does not hold", invariant.name);
    Diagnostic::error(codes::INVARIANT_VIOLATED, invariant.span, title)
        .at("it has to hold in every tick")
}

fn expression(
    rule: u32,
    (kind, said): (FailKind, &str),
    span: Span,
    vars: &[(String, String)],
    program: &typed::Program,
) -> Diagnostic {
    let (code, title, help) = words(kind);
    let title = match kind {
        FailKind::Native(id, _) => {
            let name = program.fns.get(id.index()).map_or("", |f| f.name.as_str());
            format!("the native function `{name}` failed: {said}")
        }
        _ => title.to_owned(),
    };
    let values: Vec<String> =
        vars.iter().take(VARIABLES_MAX).map(|(name, value)| format!("{name} = {value}")).collect();
    let more = if vars.len() > VARIABLES_MAX { ", …" } else { "" };
    let label = match values.as_slice() {
        [] => String::new(),
        _ => format!("here, with {}{more}", values.join(", ")),
    };
    let mut diagnostic = Diagnostic::error(code, span, title).at(label);
    // An expression in a head stands under the rule's name as it is.
    let inside = |head: Span| head.file == span.file && head.lo <= span.lo && span.hi <= head.hi;
    if let Some(rule) = program.rules.get(rule as usize)
        && !inside(rule.head_span)
    {
        let head = program.rels.get(rule.head.index()).map_or("", |rel| rel.name.as_str());
        diagnostic = diagnostic.label(rule.head_span, format!("while deriving `{head}`"));
    }
    diagnostic.help(help)
}

/// Code, title and advice.
fn words(kind: FailKind) -> (Code, &'static str, &'static str) {
    match kind {
        FailKind::Overflow => (
            codes::OVERFLOW,
            "the result of this arithmetic is out of range",
            "an int lies between -2^63 and 2^63 - 1; compute with float(…), or guard the rule \
             with a condition",
        ),
        FailKind::DivisionByZero => (
            codes::DIVISION_BY_ZERO,
            "division by zero",
            "guard the rule with a condition such as `x != 0`",
        ),
        FailKind::Negative => (
            codes::NEGATIVE_NAT,
            "a nat cannot be negative",
            "guard the rule with a condition such as `x >= 0`, or let the column be an int",
        ),
        FailKind::OutOfRange => (
            codes::POSITION_OUT_OF_RANGE,
            "the list has no such position",
            "positions count from 0 and end before length(list); guard the rule with \
             `i < length(list)`",
        ),
        FailKind::BadArgument => (
            codes::BAD_ARGUMENT,
            "the function has no result for this argument",
            "guard the rule with a condition that leaves such arguments out",
        ),
        FailKind::TooLong => (
            codes::VALUE_TOO_LONG,
            "the result is longer than a value may be",
            "bound the range or the text, or hold its parts in rows",
        ),
        FailKind::TooDeep => (
            codes::VALUE_TOO_DEEP,
            "this value holds others deeper than a value may",
            "a value is at most 1,000 levels deep; bound the recursion, or hold its parts in rows",
        ),
        FailKind::Clash => (
            codes::POINT_CONFLICT,
            "two points that differ have no join",
            "compare them with `==` before joining them",
        ),
        FailKind::Native(..) => (
            codes::NATIVE_FAILED,
            "",
            "guard the rule with a condition that leaves such values out",
        ),
        FailKind::NoMatch => {
            (codes::BAD_ARGUMENT, "no arm of this match fits the value", "add a last arm `_ => …`")
        }
    }
}

/// Bytes in the unit that suits them.
pub fn size(bytes: usize) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.2} GiB")
}

fn conflict(
    rel: RelId,
    key: &[u64],
    (a, b): (&[u64], &[u64]),
    program: &typed::Program,
    plan: &ir::Program,
    interner: &Interner,
) -> Diagnostic {
    let planned = &plan.rels[rel.index()];
    let declared = &program.rels[rel.index()];
    let mut shown = Vec::new();
    for (i, (&word, col)) in key.iter().zip(&planned.cols).enumerate() {
        shown.extend_from_slice(if i > 0 { b", " } else { b"" });
        text::literal(&plan.types, col.ty, word, interner, &mut shown);
    }
    let key_text = String::from_utf8_lossy(&shown).into_owned();
    let title = match planned.keys {
        0 => format!("`{}` holds at most one row, and there are two", declared.name),
        _ => format!("two rows of `{}` have one key but different values", declared.name),
    };
    let label = match planned.keys {
        0 => "its key is empty".to_owned(),
        _ => format!("the key is ({key_text})"),
    };
    let points = planned.declared.iter().zip(&declared.cols).filter(|(d, col)| {
        let at = match d.shape {
            Shape::Word(at) if matches!(col.lattice, Some(Lattice::Point(_))) => at,
            _ => return false,
        };
        at >= planned.keys && physical(planned, a, at) != physical(planned, b, at)
    });
    if let Some((d, _)) = points.into_iter().next()
        && let Shape::Word(at) = d.shape
        && let (Some(x), Some(y)) = (physical(planned, a, at), physical(planned, b, at))
    {
        let text = format!("`{}` of `{}`", d.name, declared.name);
        let given = values((d.ty, (x, y)), plan, interner);
        let diagnostic = two_values(&text, &label, given, declared);
        return writers(diagnostic, rel, program);
    }
    let rows = [a, b].map(|words| fact(planned, words, &plan.types, interner));
    let diagnostic = Diagnostic::error(codes::KEY_CONFLICT, declared.name_span, title)
        .at(label)
        .note(format!("One row is `{}`, the other `{}`.", rows[0], rows[1]));
    writers(diagnostic, rel, program).help(
        "columns left of `=>` must tell rows apart: add the column that differs to the key, or \
         say with `Min`, `Max` or `Set` how two values become one",
    )
}

/// The word of a physical column among those of the fixed declared ones.
fn physical(rel: &ir::Rel, words: &[u64], at: usize) -> Option<u64> {
    let fixed = rel.keys + rel.values;
    let fixed = |d: &&ir::Declared| matches!(d.shape, Shape::Word(col) if col < fixed);
    let mut declared = rel.declared.iter().filter(fixed);
    let place = declared.position(|d| matches!(d.shape, Shape::Word(col) if col == at))?;
    words.get(place).copied()
}

/// The rules that write a relation.
fn writers(diagnostic: Diagnostic, rel: RelId, program: &typed::Program) -> Diagnostic {
    let rules = program.rules.iter().filter(|rule| rule.head == rel).take(WRITERS_MAX);
    rules.fold(diagnostic, |d, rule| d.label(rule.head_span, "this writes rows of it"))
}

/// Two words as literals.
fn values(
    (ty, (a, b)): (ir::TypeId, (u64, u64)),
    plan: &ir::Program,
    interner: &Interner,
) -> [String; 2] {
    [a, b].map(|word| {
        let mut out = Vec::new();
        text::literal(&plan.types, ty, word, interner, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    })
}

/// A word with its type.
type Typed = (ir::TypeId, u64);

/// A point inside of a column.
fn point(
    rel: RelId,
    (key, path): (&[Typed], &[Typed]),
    given: (ir::TypeId, (u64, u64)),
    program: &typed::Program,
    engine: &Engine,
) -> Diagnostic {
    let (plan, interner) = (engine.plan(), engine.interner());
    let list = |words: &[Typed]| {
        let one = |&(ty, word): &Typed| {
            let [text, _] = values((ty, (word, word)), plan, interner);
            text
        };
        words.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let declared = &program.rels[rel.index()];
    let mut label = match key {
        [] => "its key is empty".to_owned(),
        _ => format!("the key is ({})", list(key)),
    };
    if !path.is_empty() {
        label.push_str(&format!(", inside at {}", list(path)));
    }
    let given = values(given, plan, interner);
    writers(two_values(&format!("`{}`", declared.name), &label, given, declared), rel, program)
}

fn two_values(what: &str, label: &str, [a, b]: [String; 2], rel: &typed::Rel) -> Diagnostic {
    Diagnostic::error(
        codes::POINT_CONFLICT,
        rel.name_span,
        format!("a point in {what} was given two different values"),
    )
    .at(label)
    .note(format!("One is `{a}`, the other `{b}`."))
    .help(
        "a `Point` takes one value: let only one be derived, or say with `Max`, `Min`, `Set` or \
         `Lex` how two become one",
    )
}

/// A row from the words of its fixed columns; what merges is `_`.
fn fact(rel: &ir::Rel, words: &[u64], types: &[ir::Type], interner: &Interner) -> String {
    let fixed = rel.keys + rel.values;
    let mut words = words.iter();
    let mut out = rel.name.clone().into_bytes();
    out.push(b'(');
    for (i, column) in rel.declared.iter().enumerate() {
        out.extend_from_slice(if i > 0 { b", " } else { b"" });
        let word = match column.shape {
            Shape::Word(col) if col < fixed => words.next(),
            _ => None,
        };
        match word {
            Some(&word) => text::literal(types, column.ty, word, interner, &mut out),
            None => out.push(b'_'),
        }
    }
    out.push(b')');
    String::from_utf8_lossy(&out).into_owned()
}

fn reached(
    (which, limit): (&str, &str),
    rule: Option<&str>,
    span: Option<Span>,
    detail: &str,
    program: &typed::Program,
) -> Diagnostic {
    let flag = which.trim_start_matches("--");
    let flag = if flag.starts_with("max-") { flag.to_owned() } else { format!("max-{flag}") };
    let place = span.or_else(|| program.rules.first().map(|rule| rule.span));
    let shown = match limit.parse::<usize>() {
        Ok(bytes) if flag == "max-memory" => size(bytes),
        _ => limit.to_owned(),
    };
    let title = format!("the run reached --{flag}: {shown}");
    let mut diagnostic = Diagnostic::error(codes::LIMIT_REACHED, place.unwrap_or_default(), title);
    if let (Some(rule), Some(_)) = (rule, span) {
        diagnostic = diagnostic.at(format!("this rule of `{rule}` grows the most"));
    }
    if !detail.is_empty() {
        let mut sentence = detail.to_owned();
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        diagnostic = diagnostic.note(sentence + ".");
    }
    diagnostic.help(format!(
        "if the rule should end, bound what it derives; if it only needs more, raise --{flag}"
    ))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn bytes_have_a_unit() {
        assert_eq!(size(100), "100 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(5 << 30), "5.00 GiB");
    }
}
