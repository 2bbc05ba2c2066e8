//! Times and durations. The calendar is counted out; only forms of times that
//! the program gives are left to the library.

use jiff::fmt::strtime::BrokenDownTime;

use crate::oracle::exprs::bounded;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::functions::Answer;
use crate::oracle::functions::fail;
use crate::oracle::text;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Duration;
    use Value::Int;
    use Value::Str;
    use Value::Time;
    Some(Ok(match (func, values) {
        (Func::Floor, [Time(t), Duration(d)]) => match multiple(*t, *d, span) {
            Ok(ns) => Time(ns),
            Err(stop) => return Some(Err(stop)),
        },
        (Func::Floor, [Duration(t), Duration(d)]) => match multiple(*t, *d, span) {
            Ok(ns) => Duration(ns),
            Err(stop) => return Some(Err(stop)),
        },
        (Func::SinceEpoch, [Time(t)]) => Duration(*t),
        (Func::Time, [Duration(d)]) => Time(*d),
        (Func::Time, [Str(s)]) => Value::option(shown(s).map(Time)),
        (Func::ParseTime, [Str(s), Str(form)]) => {
            if written(0, form).is_none() {
                return fail(Kind::BadArgument, span);
            }
            Value::option(read(s, form).map(Time))
        }
        (Func::Format, [Time(t), Str(form)]) => {
            return match written(*t, form) {
                Some(text) => Some(bounded(text, span)),
                None => fail(Kind::BadArgument, span),
            };
        }
        (Func::Duration, [Str(s)]) => Value::option(duration(s).map(Duration)),
        (Func::Seconds, [Duration(d)]) => Value::float(*d as f64 / 1e9),
        (Func::FromMillis, [Int(ms)]) => match i64::try_from(i128::from(*ms) * 1_000_000) {
            Ok(ns) => Time(ns),
            Err(_) => return fail(Kind::Overflow, span),
        },
        (_, [Duration(d)]) => Int(d / unit(func)?),
        (_, [Time(t)]) => return part(func, *t),
        _ => return None,
    }))
}

/// The unit that a function counts a duration in.
fn unit(func: Func) -> Option<i64> {
    Some(match func {
        Func::Days => DAY,
        Func::Hours => 3_600 * SECOND,
        Func::Minutes => 60 * SECOND,
        Func::Millis => 1_000_000,
        Func::Micros => 1_000,
        Func::Nanos => 1,
        _ => return None,
    })
}

/// A part of a time in UTC.
fn part(func: Func, t: i64) -> Answer {
    let (days, rest) = (t.div_euclid(DAY), t.rem_euclid(DAY) / SECOND);
    let (year, month, day) = text::civil(days);
    Some(Ok(Value::Int(match func {
        Func::Date => return Some(Ok(Value::Str(format!("{year:04}-{month:02}-{day:02}")))),
        Func::Year => year,
        Func::Months => (year - 1970) * 12 + month - 1,
        Func::Month => month,
        Func::Day => day,
        // The first day of 1970 was a Thursday.
        Func::Weekday => (days + 3).rem_euclid(7) + 1,
        Func::Hour => rest / 3_600,
        Func::Minute => rest / 60 % 60,
        Func::Second => rest % 60,
        _ => return None,
    })))
}

/// The time that a text shows.
pub(super) fn shown(text: &str) -> Option<i64> {
    let time = text.parse::<jiff::Timestamp>().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

fn written(t: i64, form: &str) -> Option<String> {
    let time = jiff::Timestamp::from_nanosecond(t.into()).ok()?;
    jiff::fmt::strtime::format(form, time).ok()
}

fn read(s: &str, form: &str) -> Option<i64> {
    let parts = BrokenDownTime::parse(form, s).ok()?;
    if let Ok(time) = parts.to_timestamp() {
        return i64::try_from(time.as_nanosecond()).ok();
    }
    let midnight = parts.hour().is_none() && parts.minute().is_none() && parts.second().is_none();
    let time = if midnight { jiff::civil::Time::midnight() } else { parts.to_time().ok()? };
    if parts.offset().is_some() {
        return None;
    }
    let zoned = parts.to_date().ok()?.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok()
}

/// Numbers with units, one behind the other, after an optional minus.
fn duration(s: &str) -> Option<i64> {
    let (sign, mut rest) = s.strip_prefix('-').map_or((1, s), |rest| (-1, rest));
    let mut total = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "d" => DAY,
            "h" => 3_600 * SECOND,
            "m" => 60 * SECOND,
            "s" => SECOND,
            "ms" => 1_000_000,
            "us" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        rest = &rest[letters..];
        total = Some(total.unwrap_or(0i128) + i128::from(number) * i128::from(unit));
    }
    i64::try_from(total? * sign).ok()
}

/// The greatest multiple of `step` that is not above `ns`.
fn multiple(ns: i64, step: i64, span: Span) -> Result<i64, Stop> {
    if step <= 0 {
        return Err(Stop::Fail(Kind::BadArgument, span));
    }
    let down = i128::from(ns) - i128::from(ns).rem_euclid(step.into());
    i64::try_from(down).map_err(|_| Stop::Fail(Kind::Overflow, span))
}
