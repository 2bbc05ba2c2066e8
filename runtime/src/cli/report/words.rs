//! What is said of a point, in plain words and with the names of the user: what
//! goes wrong, who waits for what, and which facts matter. This room must not know
//! how lines are laid out.

use bloom_compiler::calm::model::Code;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Severity;
use bloom_compiler::calm::model::Status;
use bloom_compiler::diag::suggest::and_list;

use super::known::Since;
use super::known::texts;

/// `seal(action by session)`
pub fn answer(point: &Point) -> String {
    answered(point.kind.word(), &point.relation.text(), &point.key)
}

/// The same of what is only known by name.
pub fn answered(kind: &str, relation: &str, key: &[String]) -> String {
    match key {
        [] => format!("{kind}({relation})"),
        key => format!("{kind}({relation} by {})", key.join(", ")),
    }
}

/// What became of a point since something was known: `new`, `new for `x``,
/// `dearer, before seal(action by session)`.
pub fn since(since: &Since) -> String {
    let word = since.status.word();
    let before = since.before.as_ref().filter(|old| old.accepted.is_none());
    match (since.status, before) {
        (Status::New, Some(_)) => format!("new for {}", and_list(&texts(&since.more))),
        (Status::Dearer | Status::Cheaper, Some(old)) => {
            let also = match since.more.as_slice() {
                [] => String::new(),
                more => format!(", and new for {}", and_list(&texts(more))),
            };
            format!("{word}, before {}{also}", old.answer())
        }
        _ => word.to_string(),
    }
}

/// What is said at the place in the text.
pub fn label(point: &Point) -> &'static str {
    let writes = point.operator.starts_with('<');
    match point.code {
        _ if point.kind == Kind::Frontier => "right when all workers have all of it",
        Code::OverwriteInArrivalOrder if !writes => "what it meets depends on when it comes",
        Code::NegatedGrowing => "a late fact can make this untrue",
        Code::AggregateShown => "a late fact can change this",
        Code::ThresholdWrongWay => "true only until more facts come",
        Code::OverwriteInArrivalOrder => "what stays depends on the order of arrival",
        Code::RendezvousWithoutState => "seen only if both come at one moment",
        Code::RepeatsChangeResult => "the same fact twice changes this",
        Code::InvariantBreaksOnMerge => "two of these can break it together",
        Code::LatticeRevealed => "this value may still grow",
        Code::NoKeySurvives => "no column tells parts of it apart here",
        Code::SealOutsideGate => "not closed by what is asked for here",
        Code::TieBreakMissing => "of two that are equal, the last to come stays",
        Code::GrowingMembership => "more nodes may join",
        Code::WaitsForEndless => "this never ends",
        Code::CycleThroughNegation => "this denies what it follows from",
        Code::Threshold => "waits for data only",
        Code::PlacementAssumed => "rests on where the rows are",
        Code::DeclaredNondeterminism => "accepted by the program",
        Code::GrowsForEver => "kept for ever",
    }
}

/// What goes wrong if nobody waits.
pub fn trouble(point: &Point) -> String {
    let (output, relation) = (point.output.text(), point.relation.text());
    match (point.kind, point.goal) {
        (Kind::Frontier, _) => format!(
            "Rows of `{relation}` are with all workers of a node, and go from one to another. What \
             `{}` says of them is right when the last one has come to the worker that it belongs to.",
            point.rule.text()
        ),
        (Kind::Local, _) => format!(
            "All that matters of `{relation}` here is at one node, as was assumed. It knows of itself \
             what it has, and nobody else is asked; `{output}` is the same wherever it is shown."
        ),
        _ if point.code == Code::RepeatsChangeResult => format!(
            "A message may arrive twice, since its sender cannot always know that it has arrived. Then \
             `{output}` is not what it would be if `{relation}` had come once."
        ),
        (Kind::Seal, Goal::Final | Goal::Snapshot) => format!(
            "`{output}` is final: what it has shown must not change. A fact of `{relation}` that is \
             still under way can change it."
        ),
        (Kind::Seal, Goal::Eventually) => format!(
            "All replicas have to show the same `{output}` in the end. This rule keeps what it saw \
             when it ran: a fact of `{relation}` that came early to one replica and late to another \
             leaves them different{}.",
            for_ever(point)
        ),
        (Kind::Seal, Goal::Invariant) => format!(
            "`{output}` has to hold at every moment. A fact of `{relation}` that is still under way \
             can make it untrue."
        ),
        (Kind::Order, _) => format!(
            "What `{output}` shows depends on the order in which facts of `{relation}` arrive. Replicas \
             that receive them in different orders show different things{}.",
            for_ever(point)
        ),
        (Kind::Exclusive | Kind::Escrow, _) => format!(
            "`{output}` holds while one operation runs at a time. Two of them at two nodes, each \
             right where it runs, can break it together; `{relation}` is one of these."
        ),
        (Kind::Persist, _) => format!(
            "A fact of `{relation}` is there for one moment. What it should meet may come a moment \
             before or after, and then `{output}` never shows the two."
        ),
    }
}

fn for_ever(point: &Point) -> &'static str {
    if point.severity == Severity::Diverge { " for ever" } else { "" }
}

/// Who waits, and until when.
pub fn wait(point: &Point) -> String {
    let waits = &point.waits;
    let (who, whom, relation) = (&waits.who, &waits.whom, point.relation.text());
    let key = columns(&point.key);
    let whom = match whom.strip_prefix("producers of ") {
        Some(what) => format!("the producers of `{what}`"),
        None => whom.clone(),
    };
    match (point.kind, point.key.is_empty()) {
        (Kind::Seal, false) => format!(
            "`{who}` of one {key} waits until {whom} have said of this {key}: no more of \
             `{relation}`"
        ),
        (Kind::Seal, true) => {
            format!("`{who}` waits until {whom} have said: no more of `{relation}` at all")
        }
        (Kind::Order, false) => format!(
            "each `{relation}` waits until {whom} has given it its place among those of the same \
             {key}; all replicas keep to it"
        ),
        (Kind::Order, true) => format!(
            "each `{relation}` waits until {whom} has given it its place among all others; all \
             replicas keep to it"
        ),
        (Kind::Exclusive, _) => format!("each `{relation}` waits for the answer of {whom}"),
        (Kind::Escrow, _) => format!(
            "each `{relation}` uses up a share that its node was given before; where none is left it \
             waits for {whom}"
        ),
        (Kind::Persist, _) if point.code == Code::RepeatsChangeResult => format!(
            "nobody: give each `{relation}` a number of its own, keep the set of them, and count when \
             it is read"
        ),
        (Kind::Persist, _) => format!(
            "nobody: put what comes in `{relation}` into a table, and read the table in its place"
        ),
        (Kind::Local, _) => format!(
            "nobody: what the node of one {key} has of `{relation}` is all that counts there"
        ),
        (Kind::Frontier, _) => {
            format!("`{who}` waits for {whom}, until {}", waits.until)
        }
    }
}

/// Which facts matter to each other.
pub fn matter(point: &Point) -> Option<String> {
    if point.kind == Kind::Persist {
        return None;
    }
    match point.key.as_slice() {
        [] => point.no_key.as_ref().map(|why| format!("everything: {why}")),
        key if point.kind == Kind::Local => {
            Some(format!("only facts of the same {}, which are all at one node", columns(key)))
        }
        key => {
            Some(format!("only facts of the same {}; the others are not waited for", columns(key)))
        }
    }
}

/// `` `a` and `b` ``
fn columns(key: &[String]) -> String {
    key.iter().map(|col| format!("`{col}`")).collect::<Vec<_>>().join(" and ")
}

/// `order by session: a round trip on every action`
pub fn alternative(kind: Kind, key: &[String], why_not: &str) -> String {
    match key {
        [] => format!("{} of everything: {why_not}", kind.word()),
        key => format!("{} by {}: {why_not}", kind.word(), key.join(", ")),
    }
}
