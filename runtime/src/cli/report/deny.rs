//! Which points are too much, by what was typed. This room must not know what a
//! point is shown like, nor whether it is of one program or of two compared.

use bloom_compiler::calm::model::Kind;
use clap::Args;
use clap::ValueEnum;

/// What must not be.
#[derive(Args, Debug)]
pub struct DenyArgs {
    /// End with 1 if there are such points; accepted ones do not count
    #[arg(long, value_enum, value_name = "WHICH", value_delimiter = ',', help_heading = "Points")]
    pub deny: Vec<Deny>,
    /// End with 1 if there are more points than N; accepted ones do not count
    #[arg(long, value_name = "N", help_heading = "Points")]
    pub max_points: Option<usize>,
}

/// Points that must not be.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deny {
    /// that were not there before, or were cheaper, or held back less
    New,
    /// at which events are put into one order
    Order,
    /// at which all events are put into one order, whatever their key
    OrderGlobal,
    /// of any kind
    Any,
}

/// A point that nobody accepted.
pub struct Open {
    /// How it is called: `P1 seal(action by session)`.
    pub name: String,
    /// What is waited for.
    pub kind: String,
    /// Whether it has no key.
    pub is_whole: bool,
    /// Whether somebody waits there who did not before.
    pub is_new: bool,
}

impl DenyArgs {
    /// What is denied, a sentence each; none if all is well.
    pub fn denied(&self, open: &[Open]) -> Vec<String> {
        let mut out = Vec::new();
        let mut asked: Vec<Deny> = Vec::new();
        for one in &self.deny {
            if asked.contains(one) {
                continue;
            }
            asked.push(*one);
            let hit: Vec<&Open> = open.iter().filter(|point| is_hit(*one, point)).collect();
            if !hit.is_empty() {
                let text = format!("{} {}: {}", count(hit.len()), words_of(*one), list(&hit));
                out.push(format!("denied: {text}"));
            }
        }
        if let Some(max) = self.max_points.filter(|max| open.len() > *max) {
            let all: Vec<&Open> = open.iter().collect();
            let text = format!("{} where --max-points allows {max}", count(open.len()));
            out.push(format!("denied: {text}: {}", list(&all)));
        }
        out
    }
}

fn is_hit(deny: Deny, point: &Open) -> bool {
    let is_order = point.kind == Kind::Order.word();
    match deny {
        Deny::New => point.is_new,
        Deny::Order => is_order,
        Deny::OrderGlobal => is_order && point.is_whole,
        Deny::Any => true,
    }
}

fn words_of(deny: Deny) -> &'static str {
    match deny {
        Deny::New => "where more waits than before",
        Deny::Order => "with an order of events",
        Deny::OrderGlobal => "with one order of all events",
        Deny::Any => "to wait, agree or keep",
    }
}

fn count(n: usize) -> String {
    if n == 1 { "1 point".to_string() } else { format!("{n} points") }
}

fn list(points: &[&Open]) -> String {
    points.iter().map(|point| point.name.as_str()).collect::<Vec<_>>().join(", ")
}
