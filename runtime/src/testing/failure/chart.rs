//! What happened between nodes, as rows of a sequence chart: a lane for each
//! node that has a part in it, and what happened in order of time. How a chart
//! is drawn is for others to say.

use std::collections::BTreeMap;

/// A chart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chart {
    /// The names of the nodes, in order.
    pub lanes: Vec<String>,
    /// What happened, in order of time.
    pub rows: Vec<Row>,
    /// Messages that are not shown.
    pub messages_left_out: usize,
    /// Nodes that are not shown, as they have no part in it.
    pub nodes_left_out: Vec<String>,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// When, in nanoseconds from the start of the test.
    pub at: i64,
    /// What.
    pub what: What,
    /// What is said of it.
    pub text: String,
    /// More of it, for those who ask.
    pub details: Vec<String>,
}

/// Kinds of what happens. Lanes are given by number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A message leaves, and comes to an end.
    Sent {
        /// Its number.
        id: u64,
        /// From which lane.
        from: usize,
        /// To which.
        to: usize,
        /// What becomes of it.
        end: Ending,
    },
    /// A message arrives of which others happened since it left.
    Arrived {
        /// Its number.
        id: u64,
        /// From which lane.
        from: usize,
        /// To which.
        to: usize,
        /// When it was sent.
        sent: i64,
    },
    /// Something happens at a node.
    At {
        /// The lane.
        lane: usize,
        /// Of what kind it is.
        mark: Mark,
    },
    /// The network is parted from here on.
    Parted {
        /// Its number, which its end has too.
        number: usize,
        /// Whose messages do not arrive.
        from: Vec<usize>,
        /// Where they do not arrive.
        to: Vec<usize>,
        /// Whether it is so the other way round too.
        both: bool,
    },
    /// Up to here.
    Healed {
        /// The number of what ends.
        number: usize,
    },
    /// Something that is about all nodes: that nothing is lost any more, for
    /// example.
    Across,
    /// The run is over, and something is not as it has to be in the end.
    Over,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It arrives, and nothing that is shown happens in between.
    Here(i64),
    /// It arrives, and that is a row of its own.
    Later(i64),
    /// It is lost, and why.
    Lost(String),
    /// It is still on its way.
    Open,
}

/// What happens at a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// The test gives it something.
    Given,
    /// A timer's time has come.
    Timer,
    /// It stops.
    Down,
    /// It starts again.
    Up,
    /// Something else befalls it.
    Fault,
    /// What has to hold does not.
    Wrong,
}

impl Chart {
    /// The lanes between which a row goes, or the one at which it is.
    pub fn lanes_of(what: &What) -> Vec<usize> {
        match what {
            What::Sent { from, to, .. } | What::Arrived { from, to, .. } => vec![*from, *to],
            What::At { lane, .. } => vec![*lane],
            What::Parted { .. } | What::Healed { .. } | What::Across | What::Over => Vec::new(),
        }
    }

    /// A chart of all that happened: lanes without a row are left out, and a
    /// message that arrives before anything else happens takes one row.
    pub fn of(names: &[String], rows: Vec<Row>, messages_left_out: usize) -> Chart {
        let mut used = vec![false; names.len()];
        for lane in rows.iter().flat_map(|row| Chart::lanes_of(&row.what)) {
            if let Some(used) = used.get_mut(lane) {
                *used = true;
            }
        }
        let mut places = vec![0; names.len()];
        let (mut lanes, mut nodes_left_out) = (Vec::new(), Vec::new());
        for ((name, used), place) in names.iter().zip(used).zip(&mut places) {
            *place = lanes.len();
            if used { &mut lanes } else { &mut nodes_left_out }.push(name.clone());
        }
        let is_shown = |lane: &usize| names.get(*lane).is_some_and(|name| lanes.contains(name));
        let place = |lane: usize| places.get(lane).copied().unwrap_or(0);
        let group = |lanes: Vec<usize>| lanes.into_iter().filter(is_shown).map(place).collect();
        let mut rows = joined(rows);
        for row in &mut rows {
            match &mut row.what {
                What::Sent { from, to, .. } | What::Arrived { from, to, .. } => {
                    (*from, *to) = (place(*from), place(*to));
                }
                What::At { lane, .. } => *lane = place(*lane),
                What::Parted { from, to, .. } => {
                    *from = group(std::mem::take(from));
                    *to = group(std::mem::take(to));
                }
                What::Healed { .. } | What::Across | What::Over => {}
            }
        }
        Chart { lanes, rows, messages_left_out, nodes_left_out }
    }
}

/// Messages in one row with their arrival, where nothing happens at the receiver
/// in between but arrivals of what was sent before: then arrows that are read
/// from top to bottom tell the order in which it sees them.
fn joined(rows: Vec<Row>) -> Vec<Row> {
    // By row of an arrival that is told where it was sent, that row.
    let mut told: BTreeMap<usize, usize> = BTreeMap::new();
    let mut leaves: BTreeMap<u64, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let (id, to) = match row.what {
            What::Sent { id, .. } => {
                leaves.insert(id, at);
                continue;
            }
            What::Arrived { id, to, .. } => (id, to),
            _ => continue,
        };
        let Some(sent) = leaves.get(&id).copied() else { continue };
        let between = rows.iter().enumerate().take(at).skip(sent + 1);
        let mut between = between.filter(|(_, row)| match row.what {
            What::Sent { from, .. } => from == to,
            What::Arrived { to: other, .. } => other == to,
            What::At { lane, .. } => lane == to,
            What::Parted { .. } | What::Healed { .. } | What::Across | What::Over => true,
        });
        if between.all(|(other, _)| told.get(&other).is_some_and(|other| *other < sent)) {
            told.insert(at, sent);
        }
    }
    let ends: BTreeMap<usize, i64> =
        told.iter().filter_map(|(at, sent)| Some((*sent, rows.get(*at)?.at))).collect();
    let kept = rows.into_iter().enumerate().filter(|(at, _)| !told.contains_key(at));
    kept.map(|(at, mut row)| {
        if let (What::Sent { end, .. }, Some(arrives)) = (&mut row.what, ends.get(&at)) {
            *end = Ending::Here(*arrives);
        }
        row
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: i64, what: What) -> Row {
        Row { at, what, text: String::new(), details: Vec::new() }
    }

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("n[{i}]")).collect()
    }

    fn sent(at: i64, id: u64, to: usize) -> Row {
        row(at, What::Sent { id, from: 0, to, end: Ending::Later(at + 5) })
    }

    fn arrived(at: i64, id: u64, to: usize) -> Row {
        row(at, What::Arrived { id, from: 0, to, sent: at - 5 })
    }

    #[test]
    fn what_arrives_in_order_takes_one_row() {
        let in_one = |rows: Vec<Row>| -> Vec<bool> {
            let chart = Chart::of(&names(3), rows, 0);
            let here = |row: &Row| matches!(row.what, What::Sent { end: Ending::Here(_), .. });
            chart.rows.iter().map(here).collect()
        };
        let first =
            vec![sent(1, 1, 2), arrived(6, 1, 2), sent(7, 2, 2), sent(8, 3, 1), sent(9, 4, 2)];
        let order = vec![arrived(12, 2, 2), arrived(13, 3, 1), arrived(14, 4, 2)];
        assert_eq!(in_one([first.clone(), order].concat()), [true; 4]);
        // The last overtakes the one before.
        let other = vec![arrived(12, 4, 2), arrived(13, 3, 1), arrived(14, 2, 2)];
        assert_eq!(in_one([first, other].concat()), [true, false, true, true, false]);
        // The receiver does something in between.
        let busy = vec![sent(1, 1, 2), row(2, What::At { lane: 2, mark: Mark::Down })];
        let busy = [busy, vec![arrived(3, 1, 2)]].concat();
        assert_eq!(in_one(busy), [false; 3]);
    }

    #[test]
    fn nodes_without_a_part_have_no_lane() {
        let parted = What::Parted { number: 0, from: vec![1, 2], to: vec![0, 3], both: true };
        let chart = Chart::of(&names(4), vec![row(0, parted), sent(1, 1, 2)], 3);
        assert_eq!(chart.lanes, ["n[0]", "n[2]"]);
        assert_eq!(chart.nodes_left_out, ["n[1]", "n[3]"]);
        let parted = What::Parted { number: 0, from: vec![1], to: vec![0], both: true };
        assert_eq!(chart.rows[0].what, parted);
        assert!(matches!(chart.rows[1].what, What::Sent { from: 0, to: 1, .. }));
    }
}
