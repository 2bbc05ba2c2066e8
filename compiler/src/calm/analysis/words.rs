//! What a point costs and whom it waits for, in words. Plain verbs and the names
//! of the user; numbers are of messages and round trips. What a point is, is not
//! decided here.

use crate::calm::model::Alternative;
use crate::calm::model::Code;
use crate::calm::model::Cost;
use crate::calm::model::Kind;
use crate::calm::model::Waits;

/// What is said of a point.
pub(crate) struct Subject<'a> {
    pub(crate) kind: Kind,
    pub(crate) code: Code,
    pub(crate) relation: &'a str,
    pub(crate) key: &'a [String],
    pub(crate) output: &'a str,
    /// Only one node sends it, so nobody else has to say anything.
    pub(crate) senders: &'a str,
}

impl Subject<'_> {
    fn by(&self) -> String {
        match self.key {
            [] => String::new(),
            key => format!(" by {}", key.join(", ")),
        }
    }

    fn part(&self) -> String {
        match self.key {
            [] => format!("the whole of `{}`", self.relation),
            key => format!("`{}` of one {}", self.relation, columns(key)),
        }
    }

    fn each(&self) -> String {
        match self.key {
            [] => "1".to_string(),
            key => format!("values of {}", key.join(", ")),
        }
    }

    pub(crate) fn waits(&self) -> Waits {
        let relation = self.relation;
        let key = columns(self.key);
        match self.kind {
            Kind::Seal => Waits {
                who: self.output.to_string(),
                whom: self.senders.to_string(),
                until: format!("seal of {relation}{}", self.by()),
                if_down: match self.key {
                    [] => format!("all that waits for the end of `{relation}` waits on"),
                    _ => format!(
                        "what it has not closed of `{relation}` waits; other values of {key} go on"
                    ),
                },
            },
            Kind::Order => Waits {
                who: format!("every event of {relation}"),
                whom: match self.key {
                    [] => "a majority of the replicas".to_string(),
                    _ => format!("the owner of its {key}"),
                },
                until: "its place in the order is known".to_string(),
                if_down: match self.key {
                    [] => format!(
                        "nothing waits while a majority is up; without it every `{relation}` waits"
                    ),
                    _ => format!(
                        "what it owns of `{relation}` waits for a new owner; other values of {key} go \
                         on"
                    ),
                },
            },
            Kind::Exclusive | Kind::Escrow => Waits {
                who: format!("every event of {relation}"),
                whom: match self.key {
                    [] => "the one owner".to_string(),
                    _ => format!("the owner of its {key}"),
                },
                until: "the owner has answered".to_string(),
                if_down: match self.key {
                    [] => format!("every `{relation}` waits for a new owner"),
                    _ => format!(
                        "what it owns of `{relation}` waits for a new owner; other values of {key} go \
                         on"
                    ),
                },
            },
            Kind::Persist | Kind::Local | Kind::Frontier => Waits {
                who: self.output.to_string(),
                whom: "nobody".to_string(),
                until: format!("the facts that `{relation}` meets are there"),
                if_down: "nothing waits".to_string(),
            },
        }
    }

    pub(crate) fn cost(&self) -> Cost {
        let each = self.each();
        match self.kind {
            Kind::Seal => Cost {
                messages: match self.key {
                    [] => "producers".to_string(),
                    _ => format!("producers × {each}"),
                },
                round_trips: 0.5,
                words: format!(
                    "1 one-way message from each producer for {}; half a round trip before it \
                     is shown",
                    self.part()
                ),
            },
            Kind::Order => Cost {
                messages: format!("events of {} × replicas", self.relation),
                round_trips: 1.0,
                words: match self.key {
                    [] => {
                        format!("1 round trip to a majority for each batch of `{}`", self.relation)
                    }
                    key => format!(
                        "1 round trip to the owner of its {} for each batch of `{}`",
                        columns(key),
                        self.relation
                    ),
                },
            },
            Kind::Exclusive => Cost {
                messages: format!("2 × events of {}", self.relation),
                round_trips: 1.0,
                words: format!("1 round trip to the owner for each event of `{}`", self.relation),
            },
            Kind::Escrow => Cost {
                messages: "2 × refills".to_string(),
                round_trips: 0.0,
                words: "nothing while a node has shares left; 1 round trip to get more".to_string(),
            },
            Kind::Persist | Kind::Local | Kind::Frontier => Cost {
                messages: "0".to_string(),
                round_trips: 0.0,
                words: format!("memory for every fact of `{}`", self.relation),
            },
        }
    }

    pub(crate) fn alternatives(&self) -> Vec<Alternative> {
        let key = self.key.to_vec();
        let one = |kind, key, why_not: String| Alternative { kind, key, why_not };
        match self.kind {
            Kind::Seal => {
                let why = format!("a round trip on every event of `{}`", self.relation);
                let mut out = vec![one(Kind::Order, key.clone(), why)];
                if !key.is_empty() {
                    let why = "all would wait until everything is closed".to_string();
                    out.push(one(Kind::Seal, Vec::new(), why));
                }
                out
            }
            Kind::Order if self.code != Code::OverwriteInArrivalOrder || key.is_empty() => {
                Vec::new()
            }
            Kind::Order => {
                let why = "all values of the key would wait for each other";
                vec![one(Kind::Order, Vec::new(), why.to_string())]
            }
            Kind::Exclusive => {
                let why = "one order of everything waits where nothing is in conflict";
                vec![one(Kind::Order, Vec::new(), why.to_string())]
            }
            Kind::Escrow => {
                let why = "the owner would be asked for every event";
                vec![one(Kind::Exclusive, key, why.to_string())]
            }
            Kind::Persist => {
                let why = "nobody needs to wait, what came may simply be kept";
                vec![one(Kind::Order, Vec::new(), why.to_string())]
            }
            Kind::Local | Kind::Frontier => Vec::new(),
        }
    }
}

/// `` `a` and `b` ``
fn columns(key: &[String]) -> String {
    key.iter().map(|col| format!("`{col}`")).collect::<Vec<_>>().join(" and ")
}

/// Why there is no key.
pub(crate) fn no_key(kind: Kind, relation: &str) -> String {
    match kind {
        Kind::Seal => format!(
            "no column of `{relation}` is known where it is waited for, so facts of it cannot be \
             told apart there"
        ),
        Kind::Order => format!(
            "no column of `{relation}` is shared by all that has to be ordered, so it is one \
             order for all"
        ),
        _ => format!("nothing of `{relation}` has to be waited for"),
    }
}
