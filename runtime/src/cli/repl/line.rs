//! What was typed, taken in: which lines belong together, and what sort of
//! thing they are. What a thing does is not known here.

use bloom_compiler::driver::prompt;

/// Something typed that can be dealt with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Nothing, or comments.
    Nothing,
    /// `\why path("a", "c")`: the word and what follows it.
    Command(String, String),
    /// `?path("a", x)`: what follows the mark.
    Question(String),
    /// `tick`, `tick 3`, `tick at 5s`: the words after the first.
    Tick(Vec<String>),
    /// Statements and rows.
    Text(String),
}

/// What a text that is complete asks for.
pub fn sort(text: &str) -> Input {
    let trimmed = text.trim();
    if let Some(command) = trimmed.strip_prefix('\\') {
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        return Input::Command(word.to_owned(), rest.trim().to_owned());
    }
    if let Some(question) = trimmed.strip_prefix('?') {
        return Input::Question(question.to_owned());
    }
    if is_tick(trimmed) {
        let words = trimmed.trim_end_matches(';').split_whitespace();
        return Input::Tick(words.skip(1).map(str::to_owned).collect());
    }
    match trimmed.is_empty() || prompt::parts(text, &|_| false).is_empty() {
        true => Input::Nothing,
        false => Input::Text(text.trim_end().to_owned()),
    }
}

/// Whether it is the word `tick` and what may follow it, not a row of a
/// collection of that name.
fn is_tick(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("tick") else { return false };
    let rest = rest.trim_end().trim_end_matches(';').trim_end();
    rest.is_empty()
        || rest.starts_with(char::is_whitespace)
            && rest.trim_start().starts_with(|c: char| c.is_alphanumeric())
}

/// Whether nothing more has to be typed. An empty line ends everything.
pub fn is_complete(text: &str) -> bool {
    let trimmed = text.trim();
    if text.ends_with("\n\n") || trimmed.starts_with('\\') || is_tick(trimmed) {
        return true;
    }
    match trimmed.strip_prefix('?') {
        // A question ends with its line, unless a bracket is open.
        Some(question) => prompt::is_complete(&format!("{question}\n;")),
        None => prompt::is_complete(trimmed),
    }
}

/// Lines put together to things that are complete.
#[derive(Default)]
pub struct Lines {
    text: String,
}

impl Lines {
    /// Takes a line; gives what is complete with it. No statement goes on with
    /// a question or a command, so these end one that was left open.
    pub fn take(&mut self, line: &str) -> Vec<String> {
        let mut done = Vec::new();
        let ends = line.starts_with('\\') || line.starts_with('?');
        if ends && !self.text.trim().is_empty() {
            done.push(std::mem::take(&mut self.text));
        }
        self.text.push_str(line);
        self.text.push('\n');
        if is_complete(&self.text) {
            done.push(std::mem::take(&mut self.text));
        }
        done
    }

    /// Whether something was begun that is not complete.
    pub fn is_open(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// What is left at the end.
    pub fn rest(self) -> Option<String> {
        Some(self.text).filter(|text| !text.trim().is_empty())
    }
}

/// What was typed or pasted at once, taken apart: questions, commands and ticks
/// stand alone, statements between them belong together, in any order.
pub fn split(text: &str) -> Vec<String> {
    let mut lines = Lines::default();
    let mut things: Vec<String> = text.lines().flat_map(|line| lines.take(line)).collect();
    things.extend(lines.rest());
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for thing in things {
        let is_text = matches!(sort(&thing), Input::Text(_) | Input::Nothing);
        match all.last_mut() {
            Some(before) if open && is_text => before.push_str(&thing),
            _ => all.push(thing),
        }
        open = is_text;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::Input;
    use super::Lines;
    use super::sort;
    use super::split;

    #[test]
    fn what_is_pasted_is_taken_apart() {
        assert_eq!(
            split("p(x) <= q(x);\ntable q(x: int);\n?p\nq(1);\ntick\n\\list"),
            ["p(x) <= q(x);\ntable q(x: int);\n", "?p\n", "q(1);\n", "tick\n", "\\list\n"]
        );
    }

    #[test]
    fn things_are_told_apart() {
        assert_eq!(sort("  // only words"), Input::Nothing);
        assert_eq!(sort("\\save a b "), Input::Command("save".into(), "a b".into()));
        assert_eq!(sort("?p(x)"), Input::Question("p(x)".into()));
        assert_eq!(sort("tick at 5s;"), Input::Tick(vec!["at".into(), "5s".into()]));
        assert_eq!(sort("tick;"), Input::Tick(Vec::new()));
        assert_eq!(sort("tick(1);"), Input::Text("tick(1);".into()));
        assert_eq!(sort("ticks(1);"), Input::Text("ticks(1);".into()));
    }

    #[test]
    fn lines_are_put_together() {
        let mut lines = Lines::default();
        assert!(lines.take("p(x) <=").is_empty());
        assert_eq!(lines.take("  q(x);"), ["p(x) <=\n  q(x);\n"]);
        assert!(lines.take("p(x) <= q(x)").is_empty());
        assert_eq!(lines.take("?p"), ["p(x) <= q(x)\n", "?p\n"]);
        assert!(lines.take("?p(").is_empty());
        assert_eq!(lines.take("x)"), ["?p(\nx)\n"]);
        assert!(lines.take("p(1)").is_empty());
        assert_eq!(lines.rest().as_deref(), Some("p(1)\n"));
    }
}
