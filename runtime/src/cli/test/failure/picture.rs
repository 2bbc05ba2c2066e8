//! A sequence chart as a drawing: lanes from top to bottom, a message as a line
//! from where it was sent to where it arrived. What is worth showing was decided
//! before.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cli::page::escape;
use crate::testing::failure::Chart;
use crate::testing::failure::Ending;
use crate::testing::failure::Mark;
use crate::testing::failure::Row;
use crate::testing::failure::What;
use crate::testing::failure::time;

/// Where the first lane is, and the first row.
const LEFT: usize = 130;
const TOP: usize = 64;
/// Between rows, and how much a message falls that arrives at once.
const ROW: usize = 40;
const FALL: usize = 18;
/// Between lanes, and the width of a character.
const LANE_LEAST: usize = 170;
const LANE_MOST: usize = 380;
const CHAR: usize = 7;
/// All lanes together, where that leaves room for each.
const WIDE: usize = 1_100;
/// Beside the last lane.
const RIGHT: usize = 260;

/// The drawing.
pub fn draw(chart: &Chart) -> String {
    let longest = chart
        .rows
        .iter()
        .filter(|row| !matches!(row.what, What::At { .. }))
        .map(|row| row.text.chars().count())
        .max()
        .unwrap_or(0);
    let most = (WIDE / chart.lanes.len().max(1)).clamp(LANE_LEAST, LANE_MOST);
    let lane = (longest * CHAR + 40).clamp(LANE_LEAST, most);
    let arrivals = chart.rows.iter().enumerate().filter_map(|(at, row)| match row.what {
        What::Arrived { id, .. } => Some((id, at)),
        _ => None,
    });
    let picture = Picture { chart, lane, arrivals: arrivals.collect() };
    let (width, height) =
        (picture.x(chart.lanes.len().saturating_sub(1)) + RIGHT, picture.bottom());
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         xmlns=\"http://www.w3.org/2000/svg\" role=\"group\" aria-label=\"sequence chart\">\n"
    );
    picture.bands(&mut out);
    picture.lanes(&mut out);
    for (at, row) in chart.rows.iter().enumerate() {
        picture.row(at, row, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

struct Picture<'c> {
    chart: &'c Chart,
    lane: usize,
    /// The rows in which messages arrive, by message.
    arrivals: BTreeMap<u64, usize>,
}

// Writing into a string cannot fail.
impl Picture<'_> {
    fn x(&self, lane: usize) -> usize {
        LEFT + lane * self.lane
    }

    fn y(&self, row: usize) -> usize {
        TOP + row * ROW
    }

    fn bottom(&self) -> usize {
        self.y(self.chart.rows.len()) + 20
    }

    /// Partitions, as shaded stretches of time.
    fn bands(&self, out: &mut String) {
        for (at, row) in self.chart.rows.iter().enumerate() {
            let What::Parted { number, .. } = &row.what else { continue };
            let heals =
                |row: &Row| matches!(row.what, What::Healed { number: of } if of == *number);
            let rest = self.chart.rows.iter().skip(at);
            let end = rest.clone().position(heals).map_or(self.bottom(), |n| self.y(at + n));
            let (x, y) = (self.x(0).saturating_sub(24), self.y(at));
            let width = self.x(self.chart.lanes.len().saturating_sub(1)) + 24 - x;
            let _ = writeln!(
                out,
                "<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\"/>",
                end.saturating_sub(y)
            );
        }
    }

    /// A line for each node, broken where it is down.
    fn lanes(&self, out: &mut String) {
        for (lane, name) in self.chart.lanes.iter().enumerate() {
            let x = self.x(lane);
            let _ = writeln!(
                out,
                "<text class=\"name\" x=\"{x}\" y=\"24\" text-anchor=\"middle\">{}</text>",
                escape(name)
            );
            let (mut from, mut is_up) = (34, true);
            let mut part = |from: usize, to: usize, is_up: bool| {
                let class = if is_up { "lane" } else { "lane down" };
                let _ = writeln!(
                    out,
                    "<line class=\"{class}\" x1=\"{x}\" y1=\"{from}\" x2=\"{x}\" y2=\"{to}\"/>"
                );
            };
            for (at, row) in self.chart.rows.iter().enumerate() {
                let What::At { lane: of, mark } = row.what else { continue };
                let now = match mark {
                    Mark::Down => false,
                    Mark::Up => true,
                    _ => continue,
                };
                if of == lane {
                    part(from, self.y(at), is_up);
                    (from, is_up) = (self.y(at), now);
                }
            }
            part(from, self.bottom(), is_up);
        }
    }

    fn row(&self, at: usize, row: &Row, out: &mut String) {
        let y = self.y(at);
        let before = at.checked_sub(1).and_then(|at| self.chart.rows.get(at));
        if before.is_none_or(|before| time(before.at) != time(row.at)) {
            let _ = writeln!(
                out,
                "<text class=\"time\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                LEFT - 40,
                y + 4,
                time(row.at)
            );
        }
        let mut details = vec![format!("{}: {}", time(row.at), row.text)];
        details.extend(row.details.iter().cloned());
        let mut inner = String::new();
        match &row.what {
            What::Sent { id, from, to, end } => {
                self.sent(at, (*id, *from, *to), end, row, &mut inner)
            }
            // Drawn from where it was sent, unless it is a copy.
            What::Arrived { id, .. } if *id != u64::MAX => return,
            What::Arrived { from, to, .. } => {
                let ends = ((self.x(*from), y), (self.x(*to), y + FALL));
                self.arrow(ends, "message copy", &row.text, &mut inner);
            }
            What::At { lane, mark } => self.at(*lane, *mark, y, &row.text, &mut inner),
            What::Parted { .. } | What::Healed { .. } | What::Across | What::Over => {
                let end = self.x(self.chart.lanes.len().saturating_sub(1)) + 24;
                let _ = write!(
                    inner,
                    "<line class=\"turn\" x1=\"{}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/>\
                     <text x=\"{}\" y=\"{}\">{}</text>",
                    self.x(0) - 24,
                    end + 8,
                    y + 4,
                    escape(&row.text)
                );
            }
        }
        let told = escape(&details.join("\n"));
        let _ = writeln!(
            out,
            "<g class=\"row\" tabindex=\"0\" data-detail=\"{told}\"><title>{told}</title>{inner}</g>"
        );
    }

    fn sent(
        &self,
        at: usize,
        (id, from, to): (u64, usize, usize),
        end: &Ending,
        row: &Row,
        out: &mut String,
    ) {
        let (x1, y1, x2) = (self.x(from), self.y(at), self.x(to));
        let part = |share: usize| {
            if x1 < x2 { x1 + (x2 - x1) * share / 100 } else { x1 - (x1 - x2) * share / 100 }
        };
        match end {
            Ending::Here(_) => self.arrow(((x1, y1), (x2, y1 + FALL)), "message", &row.text, out),
            Ending::Later(_) => {
                let y2 = self.arrivals.get(&id).map_or(self.bottom(), |at| self.y(*at));
                self.arrow(((x1, y1), (x2, y2)), "message", &row.text, out);
            }
            Ending::Open => {
                self.arrow(((x1, y1), (x2, self.bottom())), "message open", &row.text, out);
            }
            Ending::Lost(_) => {
                let (x, y) = (part(70), y1 + FALL);
                self.arrow(((x1, y1), (x, y)), "message lost", &row.text, out);
                let _ = write!(
                    out,
                    "<path class=\"cross\" d=\"M{} {}l12 12m0 -12l-12 12\"/>",
                    x.saturating_sub(6),
                    y.saturating_sub(6)
                );
            }
        }
    }

    fn arrow(
        &self,
        ((x1, y1), (x2, y2)): ((usize, usize), (usize, usize)),
        class: &str,
        text: &str,
        out: &mut String,
    ) {
        let room = x1.abs_diff(x2).max(self.lane / 2) / CHAR;
        let tip = if x1 < x2 { -9i64 } else { 9 };
        // The label stands above the beginning, where no line is yet.
        let (at, anchor) = if x1 < x2 { (x1 + 10, "start") } else { (x1 - 10, "end") };
        let _ = write!(
            out,
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\
             <path class=\"{class} tip\" d=\"M{x2} {y2}l{tip} -5v10z\"/>\
             <text class=\"label\" x=\"{at}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            y1.saturating_sub(5),
            escape(&cut(text, room))
        );
    }

    fn at(&self, lane: usize, mark: Mark, y: usize, text: &str, out: &mut String) {
        let x = self.x(lane);
        let class = match mark {
            Mark::Given => "given",
            Mark::Timer => "timer",
            Mark::Down => "stop",
            Mark::Up => "start",
            Mark::Fault => "fault",
            Mark::Wrong => "wrong",
        };
        let is_last = lane + 1 >= self.chart.lanes.len();
        let room = if is_last { RIGHT } else { self.lane } - 24;
        match mark {
            Mark::Down | Mark::Wrong => {
                let _ = write!(
                    out,
                    "<path class=\"cross {class}\" d=\"M{} {}l14 14m0 -14l-14 14\"/>",
                    x - 7,
                    y - 7
                );
            }
            _ => {
                let _ = write!(out, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>");
            }
        }
        let _ = write!(
            out,
            "<text class=\"said {class}\" x=\"{}\" y=\"{}\">{}</text>",
            x + 12,
            y + 4,
            escape(&cut(text, room / CHAR))
        );
    }
}

/// The beginning of a text that is too long.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
