//! The text of values: as literals, where text is quoted, and plain, as in
//! interpolation and in files, where it stands bare. This room only writes;
//! it must not know how values are read or where the text goes.

use std::fmt::Write;

use crate::oracle::values::Value;
use crate::types::ty::Ty;
use crate::types::typed;

/// Nanoseconds of the units of durations, largest first.
const UNITS: &[(i64, &str)] = &[
    (86_400_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// A value as a literal: `"a"`, `Some([1, 2])`, `P{x: 1}`.
pub fn show(value: &Value, ty: &Ty, program: &typed::Program) -> String {
    let mut out = String::new();
    literal(&mut out, value, ty, program);
    out
}

/// A value as text: a `str` or `node` stands bare, everything else is a literal.
pub fn plain(value: &Value, ty: &Ty, program: &typed::Program) -> String {
    match value {
        Value::Str(text) | Value::Node(text) => text.clone(),
        other => show(other, ty, program),
    }
}

/// A row as a fact: `path("a", "c")`.
pub fn fact(rel: &typed::Rel, row: &[Value], program: &typed::Program) -> String {
    let fields: Vec<String> =
        row.iter().zip(&rel.cols).map(|(v, col)| show(v, &col.ty, program)).collect();
    format!("{}({})", rel.name, fields.join(", "))
}

fn literal(out: &mut String, value: &Value, ty: &Ty, program: &typed::Program) {
    match value {
        Value::Int(i) => push(out, i),
        Value::Float(f) => out.push_str(&float(f.get())),
        Value::Bool(b) => push(out, b),
        Value::Str(text) | Value::Node(text) => quoted(out, text),
        Value::Bytes(bytes) => quoted_bytes(out, bytes),
        Value::Time(ns) => out.push_str(&time(*ns)),
        Value::Duration(ns) => out.push_str(&duration(*ns)),
        Value::Uuid(bytes) => out.push_str(&uuid(bytes)),
        Value::Json(json) => out.push_str(&json.text()),
        Value::None => out.push_str("None"),
        Value::Some(inner) => {
            let of = if let Ty::Option(of) = ty { of } else { &Ty::Error };
            out.push_str("Some(");
            literal(out, inner, of, program);
            out.push(')');
        }
        Value::Tuple(parts) => {
            let types = if let Ty::Tuple(types) = ty { &types[..] } else { &[] };
            sequence(out, ("(", ")"), parts.iter(), |i| types.get(i), program);
        }
        Value::List(parts) => {
            let of = if let Ty::List(of) = ty { &**of } else { &Ty::Error };
            sequence(out, ("[", "]"), parts.iter(), |_| Some(of), program);
        }
        Value::Set(parts) => {
            let of = if let Ty::Set(of) = ty { &**of } else { &Ty::Error };
            sequence(out, ("{", "}"), parts.iter(), |_| Some(of), program);
        }
        Value::Map(entries) => {
            let (key, of) = match ty {
                Ty::Map(k, v) => (&**k, &**v),
                Ty::Bag(t) => (&**t, &Ty::Nat),
                _ => (&Ty::Error, &Ty::Error),
            };
            out.push('{');
            for (i, (k, v)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                literal(out, k, key, program);
                out.push_str(": ");
                literal(out, v, of, program);
            }
            out.push('}');
        }
        Value::Record(fields) => record(out, fields, ty, program),
        Value::Enum(variant, payload) => construct(out, *variant, payload, ty, program),
    }
}

fn push(out: &mut String, shown: impl std::fmt::Display) {
    // Writing to a String has no way to fail.
    let _ = write!(out, "{shown}");
}

fn sequence<'a>(
    out: &mut String,
    (open, close): (&str, &str),
    parts: impl Iterator<Item = &'a Value>,
    ty: impl Fn(usize) -> Option<&'a Ty>,
    program: &typed::Program,
) {
    out.push_str(open);
    for (i, part) in parts.enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        literal(out, part, ty(i).unwrap_or(&Ty::Error), program);
    }
    out.push_str(close);
}

fn record(out: &mut String, values: &[Value], ty: &Ty, program: &typed::Program) {
    let declared = if let Ty::Record(id) = ty { program.records.get(id.index()) } else { None };
    let Some(declared) = declared else {
        return sequence(out, ("(", ")"), values.iter(), |_| None, program);
    };
    push(out, &declared.name);
    out.push('{');
    for (i, (value, (name, of))) in values.iter().zip(&declared.fields).enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        push(out, name);
        out.push_str(": ");
        literal(out, value, of, program);
    }
    out.push('}');
}

fn construct(out: &mut String, variant: usize, payload: &[Value], ty: &Ty, p: &typed::Program) {
    let Ty::Enum(id, args) = ty else {
        return sequence(out, ("(", ")"), payload.iter(), |_| None, p);
    };
    match p.enums.get(id.index()).and_then(|e| e.variants.get(variant)) {
        Some((name, types)) => {
            let types: Vec<Ty> = types.iter().map(|t| t.instance(args)).collect();
            push(out, name);
            if !payload.is_empty() {
                sequence(out, ("(", ")"), payload.iter(), |i| types.get(i), p);
            }
        }
        None => sequence(out, ("(", ")"), payload.iter(), |_| None, p),
    }
}

/// The shortest text that reads back as this float, with a point or an exponent.
pub fn float(float: f64) -> String {
    if float.is_nan() { "nan".into() } else { format!("{float:?}") }
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '{' => out.push_str("{{"),
            '}' => out.push_str("}}"),
            c if c.is_control() => push(out, format_args!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn quoted_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("b\"");
    for &b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(b as char),
            _ => push(out, format_args!("\\x{b:02x}")),
        }
    }
    out.push('"');
}

/// A duration in the largest unit in which it is a whole number.
pub fn duration(ns: i64) -> String {
    if ns == 0 {
        return "0s".into();
    }
    let (unit, name) = UNITS.iter().find(|(unit, _)| ns % unit == 0).unwrap_or(&(1, "ns"));
    format!("{}{name}", ns / unit)
}

/// A time in UTC after RFC 3339, with as many digits of a second as it needs.
pub fn time(ns: i64) -> String {
    let (days, rest) = (ns.div_euclid(UNITS[0].0), ns.rem_euclid(UNITS[0].0));
    let (year, month, day) = civil(days);
    let (seconds, fraction) = (rest / 1_000_000_000, rest % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut out = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        out.push('.');
        out.push_str(format!("{fraction:09}").trim_end_matches('0'));
    }
    out.push('Z');
    out
}

/// Year, month and day, counted out year by year: slow, but easy to believe.
pub fn civil(days_since_epoch: i64) -> (i64, i64, i64) {
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let (mut year, mut day) = (1970, days_since_epoch);
    while day < 0 {
        year -= 1;
        day += if leap(year) { 366 } else { 365 };
    }
    while day >= if leap(year) { 366 } else { 365 } {
        day -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

/// A uuid in its usual form of five groups.
pub fn uuid(bytes: &[u8; 16]) -> String {
    let mut out = String::new();
    for (i, b) in bytes.iter().enumerate() {
        out.push_str(if matches!(i, 4 | 6 | 8 | 10) { "-" } else { "" });
        push(&mut out, format_args!("{b:02x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_agree_with_the_calendar() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(951_782_400_000_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(time(1_700_000_000_120_000_000), "2023-11-14T22:13:20.12Z");
        assert_eq!(time(-1), "1969-12-31T23:59:59.999999999Z");
        for ns in [i64::MIN, i64::MAX, -86_400_000_000_001, 1 << 60] {
            let other = jiff::Timestamp::from_nanosecond(ns.into()).map(|t| t.to_string());
            assert_eq!(other.ok(), Some(time(ns)));
        }
    }

    #[test]
    fn durations_take_the_largest_whole_unit() {
        for (ns, text) in [
            (0, "0s"),
            (90_000_000_000, "90s"),
            (120_000_000_000, "2m"),
            (-5_000_000_000, "-5s"),
            (1_500_000, "1500us"),
            (7, "7ns"),
        ] {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn text_is_quoted_inside_and_bare_outside() {
        let program = typed::Program::default();
        let list = Value::List(vec![Value::str("a\"{"), Value::str("b\n")]);
        let ty = Ty::List(Box::new(Ty::Str));
        assert_eq!(plain(&list, &ty, &program), r#"["a\"{{", "b\n"]"#);
        assert_eq!(plain(&Value::str("a b"), &Ty::Str, &program), "a b");
        assert_eq!(show(&Value::float(3.0), &Ty::Float, &program), "3.0");
        assert_eq!(show(&Value::float(f64::NAN), &Ty::Float, &program), "nan");
        assert_eq!(show(&Value::Bytes(vec![0, b'a']), &Ty::Bytes, &program), r#"b"\x00a""#);
    }
}
