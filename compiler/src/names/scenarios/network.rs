//! The lines of `network { … }`: delays and losses, partitions, crashes. What
//! they do to a run is not known here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::syntax::ast::NetworkWord;
use crate::syntax::literals;

/// What the network or a node suffers.
#[derive(Clone, PartialEq, Debug)]
pub enum Fault {
    /// `delay 1ms..50ms;` A message takes so long, in nanoseconds.
    Delay(i64, i64),
    /// `loss 10%;` So many of 1 message are lost.
    Loss(f64),
    /// `duplicate 5%;` So many of 1 arrive twice.
    Duplicate(f64),
    /// `reorder 5%;` So many of 1 overtake others.
    Reorder(f64),
    /// `partition A | B at 1s for 2s;` No message passes between the two.
    Partition(Vec<Nodes>, Vec<Nodes>, When),
    /// `partition A to B at 1s for 2s;` No message passes from the first to
    /// the second.
    OneWay(Vec<Nodes>, Vec<Nodes>, When),
    /// `crash A at 3s for 1s amnesia;` The nodes stop, and start again after
    /// that time; whether they have lost what was not on disk yet.
    Crash(Vec<Nodes>, When, bool),
    /// `restart A at 3s;` They stop and start again at once.
    Restart(Vec<Nodes>, When),
    /// `skew A by 100ms;` Their clocks are ahead by so much, or behind.
    Skew(Vec<Nodes>, i64),
    /// `slow A by 20ms at 1s for 2s;` Each of their ticks takes so much longer.
    Slow(Vec<Nodes>, i64, When),
    /// `lockstep 6 losses 3 crashes 1;` Not by chance, but in steps: what is
    /// sent in one arrives in the next or is lost, and all that can happen within
    /// these bounds is gone through.
    Lockstep(Steps),
}

/// Bounds of what can happen in steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Steps {
    /// The last step; the first one is 0.
    pub last: u32,
    /// Messages that are sent up to this step may be lost; 0: none.
    pub losses: u32,
    /// So many nodes may stop for ever.
    pub crashes: u32,
}

impl Steps {
    /// Steps that a test may have at most.
    pub const MOST: u32 = 100;

    /// What is wrong with these bounds.
    pub fn check(self) -> Result<Steps, String> {
        if self.last == 0 || self.last > Steps::MOST {
            return Err(format!("there are from 1 to {} steps", Steps::MOST));
        }
        if self.losses >= self.last {
            let last = self.last;
            return Err(format!("losses end before the last step, which is {last}"));
        }
        Ok(self)
    }
}

/// Nodes as a line names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Nodes {
    /// `store[1]`
    One(String, u64),
    /// `store`: all nodes of the role.
    Role(String),
    /// `rest`: all that the line does not name.
    Rest,
}

/// When it happens; what is not said is chosen by the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct When {
    /// From the start, in nanoseconds.
    pub at: Option<i64>,
    /// For so long, in nanoseconds.
    pub lasts: Option<i64>,
}

const WORDS: &[&str] = &[
    "crash",
    "delay",
    "duplicate",
    "lockstep",
    "loss",
    "partition",
    "reorder",
    "restart",
    "skew",
    "slow",
];

/// Reads a line; what is wrong with it is the error.
pub(super) fn read(line: &NetworkWord) -> Result<Fault, Box<Diagnostic>> {
    let tokens = tokens(&line.text);
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let wrong = |why: String, help: String| {
        let title = "this line of `network` is not understood";
        Box::new(Diagnostic::error(codes::TEST_NETWORK, line.span, title).at(why).help(help))
    };
    let word = reader.next().unwrap_or_default();
    if !WORDS.contains(&word) {
        let help = match suggest::closest(word, WORDS.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("lines begin with {}", suggest::and_list(WORDS)),
        };
        return Err(wrong(format!("`{word}` is nothing that a network does"), help));
    }
    let fault = reader.fault(word).map_err(|why| wrong(why, form(word).to_string()))?;
    match reader.next() {
        None => Ok(fault),
        Some(rest) => Err(wrong(format!("`{rest}` does not belong here"), form(word).to_string())),
    }
}

/// How a line of this word looks.
fn form(word: &str) -> &'static str {
    match word {
        "delay" => "write `delay 1ms..50ms;`",
        "lockstep" => {
            "write `lockstep 6 losses 3 crashes 1;`: the last step, the last one in which messages \
             are lost, and how many nodes stop"
        }
        "loss" => "write `loss 10%;`",
        "duplicate" => "write `duplicate 5%;`",
        "reorder" => "write `reorder 5%;`",
        "partition" => {
            "write `partition store[0] | rest at 1s for 2s;`, or with `to` for `|` where messages \
             are lost one way only"
        }
        "crash" => "write `crash store[1] at 3s for 1s;`, with `amnesia` behind it if you like",
        "restart" => "write `restart store[1] at 3s;`",
        "skew" => "write `skew store[1] by 100ms;`",
        _ => "write `slow store[1] by 20ms at 1s for 2s;`",
    }
}

/// Words, numbers with their units, and marks.
fn tokens(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut token = String::from(c);
        let mut ahead = chars.clone();
        if c == '.' && ahead.next() == Some('.') {
            chars.next();
            token.push('.');
        } else if c.is_alphanumeric() || c == '_' {
            while let Some(&next) = chars.peek() {
                let mut ahead = chars.clone();
                ahead.next();
                let decimal = next == '.'
                    && c.is_ascii_digit()
                    && ahead.next().is_some_and(|digit| digit.is_ascii_digit());
                if !(next.is_alphanumeric() || next == '_' || decimal) {
                    break;
                }
                token.push(next);
                chars.next();
            }
        }
        out.push(token);
    }
    out
}

struct Reader<'t> {
    tokens: &'t [String],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<&'t str> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether this word comes next; it is passed.
    fn has(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn fault(&mut self, word: &str) -> Result<Fault, String> {
        Ok(match word {
            "delay" => {
                let least = self.time()?;
                let most = if self.has("..") { self.time()? } else { least };
                if most < least {
                    return Err("the second time is less than the first".to_string());
                }
                Fault::Delay(least, most)
            }
            "lockstep" => Fault::Lockstep(self.steps()?),
            "loss" => Fault::Loss(self.share()?),
            "duplicate" => Fault::Duplicate(self.share()?),
            "reorder" => Fault::Reorder(self.share()?),
            "partition" => {
                let one = self.side()?;
                let both = match self.next() {
                    Some("|") => true,
                    Some("to") => false,
                    _ => return Err("`|` or `to` stands between the two sides".to_string()),
                };
                let other = self.side()?;
                let when = self.when()?;
                match both {
                    true => Fault::Partition(one, other, when),
                    false => Fault::OneWay(one, other, when),
                }
            }
            "crash" => {
                let (nodes, when) = (self.side()?, self.when()?);
                Fault::Crash(nodes, when, self.has("amnesia"))
            }
            "restart" => {
                let (nodes, when) = (self.side()?, self.when()?);
                if when.lasts.is_some() {
                    return Err("a restart takes no time; a `crash` lasts".to_string());
                }
                Fault::Restart(nodes, when)
            }
            "skew" => {
                let nodes = self.side()?;
                self.by()?;
                let behind = self.has("-");
                let by = self.time()?;
                Fault::Skew(nodes, if behind { -by } else { by })
            }
            _ => {
                let nodes = self.side()?;
                self.by()?;
                let by = self.time()?;
                Fault::Slow(nodes, by, self.when()?)
            }
        })
    }

    /// `6 losses 3 crashes 1`, without what there is none of.
    fn steps(&mut self) -> Result<Steps, String> {
        let last = self.number()?;
        let losses = if self.has("losses") { self.number()? } else { 0 };
        let crashes = if self.has("crashes") { self.number()? } else { 0 };
        Steps { last, losses, crashes }.check()
    }

    fn number(&mut self) -> Result<u32, String> {
        let text = self.next().ok_or("a number is missing")?;
        text.parse().map_err(|_| format!("`{text}` is no number such as `6`"))
    }

    fn by(&mut self) -> Result<(), String> {
        if self.has("by") { Ok(()) } else { Err("`by` and a time are missing".to_string()) }
    }

    fn side(&mut self) -> Result<Vec<Nodes>, String> {
        let mut nodes = vec![self.nodes()?];
        while self.has(",") {
            nodes.push(self.nodes()?);
        }
        Ok(nodes)
    }

    fn nodes(&mut self) -> Result<Nodes, String> {
        let name = self.next().filter(|t| t.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        let Some(name) = name else { return Err("nodes are missing".to_string()) };
        if name == "rest" {
            return Ok(Nodes::Rest);
        }
        if !self.has("[") {
            return Ok(Nodes::Role(name.to_string()));
        }
        let number = self.next().and_then(|t| t.parse().ok());
        match (number, self.has("]")) {
            (Some(number), true) => Ok(Nodes::One(name.to_string(), number)),
            _ => Err(format!("a node is written `{name}[0]`")),
        }
    }

    /// `at 1s for 2s`, each of them or none.
    fn when(&mut self) -> Result<When, String> {
        let at = if self.has("at") { Some(self.time()?) } else { None };
        let lasts = if self.has("for") { Some(self.time()?) } else { None };
        Ok(When { at, lasts })
    }

    fn time(&mut self) -> Result<i64, String> {
        let text = self.next().ok_or("a time is missing")?;
        literals::nanoseconds(text).ok_or_else(|| format!("`{text}` is no time such as `10ms`"))
    }

    fn share(&mut self) -> Result<f64, String> {
        let text = self.next().ok_or("a share such as `10%` is missing")?;
        let number: Option<f64> = text.replace('_', "").parse().ok();
        match number.filter(|n| (0.0..=100.0).contains(n)) {
            Some(number) if self.has("%") => Ok(number / 100.0),
            _ => Err(format!("`{text}` is no share from `0%` to `100%`")),
        }
    }
}
