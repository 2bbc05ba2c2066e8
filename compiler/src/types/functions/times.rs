//! Functions of times and durations; times are in UTC throughout. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Duration;
use crate::types::builtins::Scheme::Float;
use crate::types::builtins::Scheme::Int;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Str;
use crate::types::builtins::Scheme::Time;

functions! { Time
    Time "time" "The time so long after 1970-01-01T00:00:00Z, or the one that a text shows (RFC 3339), also a text in a JSON value."
        { (Duration) -> Time; Total Reveals } { (Str) -> Option(&Time); Total Reveals } { (Json) -> Option(&Time); Total Reveals }
        "time(\"1970-01-01T00:00:05Z\") == Some(time(5s))" => "true", "since_epoch(time(5s))" => "5s", "is_some(time(\"noon\"))" => "false", "time(json(\"1970-01-01T00:00:05Z\"))" => "Some(1970-01-01T00:00:05Z)", "time(json(5))" => "None";
    SinceEpoch "since_epoch" "The time that has passed since 1970-01-01T00:00:00Z."
        { (Time) -> Duration; Total Reveals }
        "since_epoch(time(90s))" => "90s", "since_epoch(time(0s))" => "0s", "since_epoch(time(1h) + 30m)" => "90m";
    ParseTime "parse_time" "The time that a text shows in a form such as `%d/%m/%Y %H:%M`; without a time of day midnight, without an offset UTC."
        { (Str, Str) -> Option(&Time); Fails Reveals }
        "parse_time(\"31/01/2024\", \"%d/%m/%Y\")" => "Some(2024-01-31T00:00:00Z)", "parse_time(\"2024-01-31 10:30:00 +0200\", \"%Y-%m-%d %H:%M:%S %z\")" => "Some(2024-01-31T08:30:00Z)", "parse_time(\"soon\", \"%Y\")" => "None";
    Format "format" "A time in UTC in a form such as `%Y-%m-%d %H:%M:%S`."
        { (Time, Str) -> Str; Fails Reveals }
        "format(time(90s), \"%H:%M:%S\")" => "\"00:01:30\"", "format(time(0s), \"%d %b %Y\")" => "\"01 Jan 1970\"", "format(time(36h), \"%A\")" => "\"Friday\"";
    Date "date" "The date of a time in UTC."
        { (Time) -> Str; Total Reveals }
        "date(time(0s))" => "\"1970-01-01\"", "date(time(31d))" => "\"1970-02-01\"", "date(time(0s - 1ns))" => "\"1969-12-31\"";
    Year "year" "The year of a time in UTC."
        { (Time) -> Int; Total Reveals }
        "year(time(0s))" => "1970", "year(time(365d))" => "1971", "year(time(0s - 1s))" => "1969";
    Months "months" "The months from January 1970 to that of a time in UTC: the next month, in the next year too, is 1 more."
        { (Time) -> Int; Total Reveals }
        "months(time(40d))" => "1", "months(time(365d))" => "12", "months(time(0s - 1s))" => "-1";
    Month "month" "The month of a time in UTC, from 1."
        { (Time) -> Nat; Total Reveals }
        "month(time(0s))" => "1", "month(time(31d))" => "2", "month(time(0s - 1s))" => "12";
    Day "day" "The day of the month of a time in UTC, from 1."
        { (Time) -> Nat; Total Reveals }
        "day(time(0s))" => "1", "day(time(58d))" => "28", "day(time(0s - 1s))" => "31";
    Weekday "weekday" "The day of the week of a time in UTC: Monday is 1, Sunday 7."
        { (Time) -> Nat; Total Reveals }
        "weekday(time(0s))" => "4", "weekday(time(3d))" => "7", "weekday(time(4d))" => "1";
    Hour "hour" "The hour of a time in UTC, from 0 to 23."
        { (Time) -> Nat; Total Reveals }
        "hour(time(90m))" => "1", "hour(time(0s))" => "0", "hour(time(0s - 1s))" => "23";
    Minute "minute" "The minute of a time in UTC, from 0 to 59."
        { (Time) -> Nat; Total Reveals }
        "minute(time(90m))" => "30", "minute(time(0s))" => "0", "minute(time(0s - 1s))" => "59";
    Second "second" "The whole second of a time in UTC, from 0 to 59."
        { (Time) -> Nat; Total Reveals }
        "second(time(90s))" => "30", "second(time(1500ms))" => "1", "second(time(0s - 1ns))" => "59";
    Duration "duration" "The duration that a text shows, such as `1h30m`."
        { (Str) -> Option(&Duration); Total Reveals }
        "duration(\"1h30m\")" => "Some(90m)", "duration(\"-500ms\")" => "Some(-500ms)", "duration(\"long\")" => "None";
    Days "days" "A duration in whole days, towards zero."
        { (Duration) -> Int; Total Reveals }
        "days(50h)" => "2", "days(23h)" => "0", "days(0s - 36h)" => "-1";
    Hours "hours" "A duration in whole hours, towards zero."
        { (Duration) -> Int; Total Reveals }
        "hours(150m)" => "2", "hours(2d)" => "48", "hours(59m)" => "0";
    Minutes "minutes" "A duration in whole minutes, towards zero."
        { (Duration) -> Int; Total Reveals }
        "minutes(90s)" => "1", "minutes(2h)" => "120", "minutes(0s - 90s)" => "-1";
    Seconds "seconds" "A duration in seconds."
        { (Duration) -> Float; Total Reveals }
        "seconds(1500ms)" => "1.5", "seconds(2m)" => "120.0", "seconds(0s)" => "0.0";
    Millis "millis" "A duration in whole milliseconds, towards zero."
        { (Duration) -> Int; Total Reveals }
        "millis(2s)" => "2000", "millis(1500us)" => "1", "millis(0s - 1500us)" => "-1";
    Micros "micros" "A duration in whole microseconds, towards zero."
        { (Duration) -> Int; Total Reveals }
        "micros(2ms)" => "2000", "micros(1500ns)" => "1", "micros(0s)" => "0";
    Nanos "nanos" "A duration in nanoseconds."
        { (Duration) -> Int; Total Reveals }
        "nanos(2us)" => "2000", "nanos(1s)" => "1000000000", "nanos(0s)" => "0";
    FromMillis "from_millis" "The time so many milliseconds after 1970-01-01T00:00:00Z."
        { (Int) -> Time; Fails Reveals }
        "from_millis(1500)" => "1970-01-01T00:00:01.5Z", "from_millis(0)" => "1970-01-01T00:00:00Z", "from_millis(-1000)" => "1969-12-31T23:59:59Z";
}
