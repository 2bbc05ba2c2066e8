//! Did-you-mean: the known word nearest to a mistyped one. It compares words
//! and knows nothing of what they name; which words are in reach is the
//! caller's to say.

/// The candidate nearest to `word`, if one is near enough to be a slip of the
/// keyboard. Of equally near ones the first in alphabetical order is taken, so
/// that the answer does not hang on the order of the candidates.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0 => return None,
        1 | 2 => 0,
        3 | 4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let lower = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == word {
            continue;
        }
        // A slip in upper and lower case alone is nearer than any other.
        let distance = if candidate.to_lowercase() == lower {
            0
        } else {
            strsim::damerau_levenshtein(&lower, &candidate.to_lowercase())
        };
        // A word that shares no letter's place with a short one is no slip.
        if distance <= limit && best.is_none_or(|b| (distance, candidate) < b) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "`a`, `b` and `c`"
pub fn and_list<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{}`", w.as_ref())).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// "1 column", "2 columns"
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::and_list;
    use super::closest;
    use super::count;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["link", "route", "cheapest"];
        assert_eq!(closest("lnik", known), Some("link"));
        assert_eq!(closest("cheepest", known), Some("cheapest"));
        assert_eq!(closest("Route", known), Some("route"));
        assert_eq!(closest("table", known), None);
        assert_eq!(closest("x", ["y", "z"]), None);
        assert_eq!(closest("link", known), None);
    }

    #[test]
    fn ties_are_alphabetical() {
        assert_eq!(closest("lonk", ["lunk", "link"]), Some("link"));
        assert_eq!(closest("lonk", ["link", "lunk"]), Some("link"));
    }

    #[test]
    fn lists_and_counts_read_well() {
        assert_eq!(and_list::<&str>(&[]), "");
        assert_eq!(and_list(&["a"]), "`a`");
        assert_eq!(and_list(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(count(1, "column"), "1 column");
        assert_eq!(count(0, "column"), "0 columns");
    }
}
