//! Functions on times and durations. All times are in UTC.

use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::builtins::Func;
use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::strtime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::Args;
use super::Outcome;
use super::make;
use super::option;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::parse;
use crate::value::word::float_word;

const NANOS_PER_SECOND: f64 = 1e9;
const MICRO: i64 = 1_000;
const MILLI: i64 = 1_000 * MICRO;
const MINUTE: i64 = 60_000 * MILLI;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = a.int(0);
    Ok(match f {
        Func::Abs => x.checked_abs().ok_or(Some(FailKind::Overflow))? as u64,
        Func::Floor => return floor_to(x, a.int(1)),
        Func::Seconds => float_word(x as f64 / NANOS_PER_SECOND),
        Func::Days => (x / DAY) as u64,
        Func::Hours => (x / HOUR) as u64,
        Func::Minutes => (x / MINUTE) as u64,
        Func::Millis => (x / MILLI) as u64,
        Func::Micros => (x / MICRO) as u64,
        Func::FromMillis => x.checked_mul(MILLI).ok_or(Some(FailKind::Overflow))? as u64,
        // A time is its duration since the epoch, a duration its nanoseconds.
        Func::SinceEpoch | Func::Nanos => a.words[0],
        Func::Time if !matches!(ty(s, a.tys[0]), Type::Str) => a.words[0],
        Func::Time => {
            let ns = parse::time(s.interner.get_bytes(a.words[0]));
            option(s, ns.map(|ns| ns as u64))
        }
        Func::Duration => {
            let ns = parse::duration(s.interner.get_bytes(a.words[0]));
            option(s, ns.map(|ns| ns as u64))
        }
        Func::ParseTime => {
            let form = s.interner.get_text(a.words[1]);
            if strtime::format(form, Timestamp::UNIX_EPOCH).is_err() {
                return Err(Some(FailKind::BadArgument));
            }
            let ns = read(form, s.interner.get_text(a.words[0]));
            option(s, ns.map(|ns| ns as u64))
        }
        Func::Format => {
            let form = s.interner.get_text(a.words[1]);
            match strtime::format(form, timestamp(x)) {
                Ok(text) => return make(s, text.as_bytes()),
                Err(_) => return Err(Some(FailKind::BadArgument)),
            }
        }
        _ => return part(f, x, s),
    })
}

/// Every i64 of nanoseconds is a timestamp between the years 1677 and 2262.
fn timestamp(ns: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(ns)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn part(f: Func, ns: i64, s: &mut Scalars) -> Outcome {
    let at = TimeZone::UTC.to_datetime(timestamp(ns));
    Ok(match f {
        Func::Date => return make(s, at.date().to_string().as_bytes()),
        Func::Year => i64::from(at.year()),
        Func::Months => (i64::from(at.year()) - 1970) * 12 + i64::from(at.month()) - 1,
        Func::Month => i64::from(at.month()),
        Func::Day => i64::from(at.day()),
        Func::Weekday => i64::from(at.weekday().to_monday_one_offset()),
        Func::Hour => i64::from(at.hour()),
        Func::Minute => i64::from(at.minute()),
        _ => i64::from(at.second()),
    } as u64)
}

fn read(form: &str, text: &str) -> Option<i64> {
    let parts = BrokenDownTime::parse(form, text).ok()?;
    let instant = match parts.to_timestamp() {
        Ok(instant) => instant,
        // An offset that makes no instant is not passed over.
        Err(_) if parts.offset().is_some() => return None,
        Err(_) => {
            let none = parts.hour().is_none() && parts.minute().is_none();
            let time = match none && parts.second().is_none() {
                true => civil::Time::midnight(),
                false => parts.to_time().ok()?,
            };
            let at = parts.to_date().ok()?.to_datetime(time);
            TimeZone::UTC.to_timestamp(at).ok()?
        }
    };
    i64::try_from(instant.as_nanosecond()).ok()
}

fn floor_to(x: i64, unit: i64) -> Outcome {
    if unit <= 0 {
        return Err(Some(FailKind::BadArgument));
    }
    match x.checked_sub(x.rem_euclid(unit)) {
        Some(down) => Ok(down as u64),
        None => Err(Some(FailKind::Overflow)),
    }
}
