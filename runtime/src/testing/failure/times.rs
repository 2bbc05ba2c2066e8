//! How times of a simulated run are written, and which one of several.

/// Nanoseconds of a unit, its name, and how many of them are written in it at least.
const UNITS: &[(i64, &str)] =
    &[(3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms")];

/// A time from the start: `12.35ms`, `1.5s`, rounded to what is worth reading.
pub fn time(ns: i64) -> String {
    if ns == 0 {
        return "0s".into();
    }
    let sign = if ns < 0 { "-" } else { "" };
    let ns = ns.unsigned_abs();
    let (unit, name) = match UNITS.iter().find(|(unit, _)| ns >= unit.unsigned_abs()) {
        Some((unit, name)) => (unit.unsigned_abs(), *name),
        None if ns >= 1_000 => (1_000, "us"),
        None => (1, "ns"),
    };
    // Three digits behind the point, without zeros at the end.
    let thousandths = (u128::from(ns) * 1_000 + u128::from(unit) / 2) / u128::from(unit);
    let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
    let part = format!("{part:03}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}{name}"),
        part => format!("{sign}{whole}.{part}{name}"),
    }
}

/// `1st`, counted from 0.
pub fn nth(n: u64) -> String {
    let n = n.saturating_add(1);
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::nth;
    use super::time;

    #[test]
    fn times_read_well() {
        let all = [0, 7, 1_500, 10_000_000, 12_345_678, 1_500_000_000, 90_000_000_000, -2_000_000];
        let shown: Vec<String> = all.iter().map(|ns| time(*ns)).collect();
        assert_eq!(shown, ["0s", "7ns", "1.5us", "10ms", "12.346ms", "1.5s", "1.5m", "-2ms"]);
    }

    #[test]
    fn numbers_are_ordinals() {
        let all: Vec<String> = [0, 1, 2, 3, 10, 11, 12, 20, 21].into_iter().map(nth).collect();
        assert_eq!(all.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd");
    }
}
