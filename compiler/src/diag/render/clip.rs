//! Long lines around the marks in them: of a line of thousands of columns only
//! what surrounds a mark helps anybody. This room shortens text and translates
//! places; it must not know diagnostics.

use std::borrow::Cow;

/// Bytes of a line that is shown whole.
const LINE_MAX: usize = 200;
/// Bytes kept before and after each end of a mark.
const AROUND: usize = 60;
/// Stands for what was left out.
const GAP: &str = "…";

/// A text of which parts of long lines were left out.
pub(super) struct Clipped<'t> {
    /// What is left.
    pub text: Cow<'t, str>,
    /// Left out, as places in the whole text; ascending.
    cuts: Vec<(usize, usize)>,
}

impl<'t> Clipped<'t> {
    /// Shortens the long lines that places are in.
    pub fn new(text: &'t str, places: &[usize]) -> Clipped<'t> {
        let mut places = places.to_vec();
        places.sort_unstable();
        let mut cuts = Vec::new();
        let mut rest = &places[..];
        while let Some(&first) = rest.first() {
            let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
            let end = text[first..].find('\n').map_or(text.len(), |at| first + at);
            let inside = rest.iter().take_while(|place| **place <= end).count();
            let (here, after) = rest.split_at(inside.max(1));
            if end - start > LINE_MAX {
                cut(text, (start, end), here, &mut cuts);
            }
            rest = after;
        }
        if cuts.is_empty() {
            return Clipped { text: text.into(), cuts };
        }
        let mut out = String::new();
        let mut at = 0;
        for &(lo, hi) in &cuts {
            out.push_str(&text[at..lo]);
            out.push_str(GAP);
            at = hi;
        }
        out.push_str(&text[at..]);
        Clipped { text: out.into(), cuts }
    }

    /// A place of the whole text in this one.
    pub fn place(&self, old: usize) -> usize {
        let mut new = old;
        for &(lo, hi) in self.cuts.iter().filter(|(lo, _)| *lo < old) {
            new = new + GAP.len() - (hi.min(old) - lo);
        }
        new
    }

    /// A place of this text in the whole one.
    pub fn origin(&self, new: usize) -> usize {
        let mut old = new;
        for &(lo, hi) in &self.cuts {
            if old < lo + GAP.len() {
                break;
            }
            old = old - GAP.len() + (hi - lo);
        }
        old
    }
}

/// Cuts what is far from all places out of a line.
fn cut(text: &str, (start, end): (usize, usize), places: &[usize], cuts: &mut Vec<(usize, usize)>) {
    let mut at = start;
    for &place in places {
        let lo = boundary(text, place.saturating_sub(AROUND).max(start));
        if lo > at + GAP.len() {
            cuts.push((at, lo));
        }
        at = at.max(boundary(text, (place + AROUND).min(end)));
    }
    if end > at + GAP.len() {
        cuts.push((at, end));
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::AROUND;
    use super::Clipped;
    use super::GAP;

    #[test]
    fn short_lines_stay() {
        let text = "a\nbb\n";
        let clipped = Clipped::new(text, &[0, 3]);
        assert_eq!(clipped.text, text);
        assert_eq!((clipped.place(3), clipped.origin(3)), (3, 3));
    }

    #[test]
    fn long_lines_keep_what_is_marked() {
        let text = format!("first\n{}<here>{}\nlast\n", "ü".repeat(500), "x".repeat(500));
        let lo = text.find('<').unwrap();
        let hi = lo + "<here>".len();
        let clipped = Clipped::new(&text, &[lo, hi]);
        let line = clipped.text.lines().nth(1).unwrap();
        assert!(line.starts_with(GAP) && line.ends_with(GAP), "{line}");
        assert!(line.len() < 3 * AROUND, "{line}");
        assert_eq!(&clipped.text[clipped.place(lo)..clipped.place(hi)], "<here>");
        assert_eq!(clipped.origin(clipped.place(lo)), lo);
        assert!(clipped.text.ends_with("\nlast\n"));
    }

    #[test]
    fn a_long_mark_keeps_both_ends() {
        let text = format!("<{}>", "x".repeat(5_000));
        let clipped = Clipped::new(&text, &[0, text.len()]);
        assert!(clipped.text.len() < 200);
        assert_eq!(clipped.place(text.len()), clipped.text.len());
        assert_eq!(clipped.origin(clipped.text.len()), text.len());
    }
}
