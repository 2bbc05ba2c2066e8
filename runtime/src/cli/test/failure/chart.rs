//! A sequence chart as text: nodes are columns, time goes down, messages are
//! arrows, and beside each row stands what it is about. What is worth showing
//! was decided before.

use crate::testing::failure::Chart;
use crate::testing::failure::Ending;
use crate::testing::failure::Mark;
use crate::testing::failure::What;
use crate::testing::failure::time;

/// Least characters from lane to lane.
const LANE_LEAST: usize = 6;
/// Least characters for what stands beside the lanes.
const TEXT_LEAST: usize = 34;
/// Lines that one row may take.
const LINES_MOST: usize = 4;

/// The chart, so many characters wide.
pub fn draw(chart: &Chart, width: usize) -> String {
    let clock = chart.rows.iter().map(|row| time(row.at).chars().count()).max().unwrap_or(0);
    let clock = clock.max("time".len());
    let left = clock + 5;
    let widest = chart.lanes.iter().map(|name| name.chars().count()).max().unwrap_or(0) + 2;
    let room = width.saturating_sub(left + TEXT_LEAST) / chart.lanes.len().max(1);
    // Names that do not fit stand one below the other, over narrow lanes.
    let lane = if widest <= room { widest.max(LANE_LEAST) } else { LANE_LEAST };
    let mut drawing = Drawing {
        chart,
        clock,
        lane,
        text: width.saturating_sub(left + lane * chart.lanes.len()).max(TEXT_LEAST),
        down: vec![false; chart.lanes.len()],
        parted: 0,
        out: String::new(),
    };
    drawing.head(widest <= lane);
    drawing.rows();
    drawing.out
}

struct Drawing<'c> {
    chart: &'c Chart,
    /// Characters of the column of times.
    clock: usize,
    /// Characters from lane to lane.
    lane: usize,
    /// Characters of the column of texts.
    text: usize,
    down: Vec<bool>,
    /// Partitions at the moment.
    parted: usize,
    out: String,
}

impl Drawing<'_> {
    /// The names of the lanes: side by side, or one below the other.
    fn head(&mut self, fits: bool) {
        let names = &self.chart.lanes;
        if fits {
            let line: String =
                names.iter().map(|name| format!("{name:<width$}", width = self.lane)).collect();
            self.line("time", &line, "");
            return;
        }
        for (at, name) in names.iter().enumerate() {
            let mut cells = self.bars();
            cells.truncate(at * self.lane);
            let line: String = cells.into_iter().chain(name.chars()).collect();
            self.line(if at + 1 == names.len() { "time" } else { "" }, &line, "");
        }
    }

    fn rows(&mut self) {
        let mut before = String::new();
        for row in &self.chart.rows {
            let at = time(row.at);
            let shown = if at == before { "" } else { &at };
            self.row(shown, &row.what, &row.text);
            before = at;
        }
    }

    fn row(&mut self, at: &str, what: &What, text: &str) {
        let mut cells = self.bars();
        let mut text = text.to_owned();
        match what {
            What::Sent { from, to, end, .. } => {
                let style = match end {
                    Ending::Here(_) => Style::Arrives,
                    Ending::Later(_) | Ending::Open => Style::Leaves,
                    Ending::Lost(_) => Style::Lost,
                };
                self.arrow(&mut cells, (*from, *to), style);
                text.push_str(&match end {
                    Ending::Here(at) => format!("  →\u{a0}{}", time(*at)),
                    Ending::Later(at) => format!("  →\u{a0}{}", time(*at)),
                    Ending::Open => "  still on its way".to_owned(),
                    Ending::Lost(why) => format!("  ×\u{a0}{why}"),
                });
            }
            What::Arrived { from, to, sent, .. } => {
                self.arrow(&mut cells, (*from, *to), Style::Arrives);
                text.push_str(&format!("  sent\u{a0}{}", time(*sent)));
            }
            What::At { lane, mark } => {
                if let Some(down) = self.down.get_mut(*lane) {
                    *down = match mark {
                        Mark::Down => true,
                        Mark::Up => false,
                        _ => *down,
                    };
                }
                put(&mut cells, lane * self.lane, sign(*mark));
            }
            What::Parted { .. } => self.parted += 1,
            What::Healed { .. } => {}
            What::Across => cells = vec!['─'; cells.len()],
            What::Over => cells = vec!['═'; cells.len()],
        }
        let is_band = matches!(what, What::Parted { .. } | What::Healed { .. });
        if is_band {
            cells = vec!['╍'; cells.len()];
        }
        if matches!(what, What::Across | What::Over) || is_band {
            let last = (self.lane * self.chart.lanes.len()).saturating_sub(1);
            put(&mut cells, last, ' ');
        }
        let drawn: String = cells.into_iter().collect();
        let mut lines = wrapped(&text, self.text).into_iter();
        self.line(at, &drawn, &lines.next().unwrap_or_default());
        let rest: String = self.bars().into_iter().collect();
        lines.for_each(|line| self.line("", &rest, &line));
        if matches!(what, What::Healed { .. }) {
            self.parted = self.parted.saturating_sub(1);
        }
    }

    /// The lanes where nothing happens.
    fn bars(&self) -> Vec<char> {
        let mut cells = vec![' '; self.lane * self.chart.lanes.len()];
        for (at, down) in self.down.iter().enumerate() {
            put(&mut cells, at * self.lane, if *down { ' ' } else { '│' });
        }
        cells
    }

    fn arrow(&self, cells: &mut [char], (from, to): (usize, usize), style: Style) {
        let (start, end) = (from * self.lane, to * self.lane);
        let right = start < end;
        let (low, high) = (start.min(end), start.max(end));
        let dash = if style == Style::Leaves { '╌' } else { '─' };
        for at in low + 1..high {
            let crosses = cells.get(at).is_some_and(|cell| *cell == '│');
            put(cells, at, if crosses { '┼' } else { dash });
        }
        let head = match (style, right) {
            (Style::Arrives, true) => '▶',
            (Style::Arrives, false) => '◀',
            (Style::Leaves, true) => '▷',
            (Style::Leaves, false) => '◁',
            (Style::Lost, _) => '×',
        };
        put(cells, start, if right { '├' } else { '┤' });
        if style == Style::Lost {
            // It ends before it is there.
            let (tip, gap) = if right { (end - 2, end - 1) } else { (end + 2, end + 1) };
            put(cells, gap, ' ');
            put(cells, tip, head);
        } else {
            put(cells, if right { end - 1 } else { end + 1 }, head);
        }
    }

    fn line(&mut self, at: &str, lanes: &str, text: &str) {
        let band = if self.parted > 0 { '┃' } else { ' ' };
        let line = format!("  {at:>width$} {band} {lanes}{text}", width = self.clock);
        // What was kept together was so that lines do not end in it.
        self.out.push_str(&line.trim_end().replace('\u{a0}', " "));
        self.out.push('\n');
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Arrives,
    Leaves,
    Lost,
}

fn sign(mark: Mark) -> char {
    match mark {
        Mark::Given => '●',
        Mark::Timer => '○',
        Mark::Down => '▼',
        Mark::Up => '▲',
        Mark::Fault => '◆',
        Mark::Wrong => '✗',
    }
}

fn put(cells: &mut [char], at: usize, what: char) {
    if let Some(cell) = cells.get_mut(at) {
        *cell = what;
    }
}

/// Text in lines of so many characters, broken at blanks where there are some;
/// what does not fit in few lines is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        let mut word = word.to_owned();
        if line.chars().count() + word.trim_end().chars().count() > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            line.push_str("  ");
        }
        while line.chars().count() + word.trim_end().chars().count() > width {
            let room = width.saturating_sub(line.chars().count()).max(1);
            let rest: String = word.chars().skip(room).collect();
            line.extend(word.chars().take(room));
            lines.push(std::mem::take(&mut line));
            line.push_str("  ");
            word = rest;
        }
        line.push_str(&word);
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    if lines.len() > LINES_MOST {
        lines.truncate(LINES_MOST);
        if let Some(last) = lines.last_mut() {
            *last = last.chars().take(width.saturating_sub(2)).collect();
            last.push_str(" …");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::failure::Row;

    fn row(at: i64, what: What, text: &str) -> Row {
        Row { at: at * 1_000_000, what, text: text.to_owned(), details: Vec::new() }
    }

    fn at(lane: usize, mark: Mark) -> What {
        What::At { lane, mark }
    }

    fn sent(id: u64, from: usize, to: usize, end: Ending) -> What {
        What::Sent { id, from, to, end }
    }

    fn story() -> Vec<Row> {
        let put = r#"put("store[1]", "client[0]", "a", 2)"#;
        let ms = 1_000_000;
        vec![
            row(10, at(0, Mark::Given), r#"set("a", 1)"#),
            row(
                10,
                sent(1, 0, 1, Ending::Here(12 * ms)),
                r#"put("store[0]", "client[0]", "a", 2)"#,
            ),
            row(10, sent(2, 0, 2, Ending::Later(34 * ms)), put),
            row(
                15,
                What::Parted { number: 0, from: vec![2], to: vec![0, 1], both: true },
                "partition store[1] | rest",
            ),
            row(16, at(1, Mark::Down), "store[0] stops; 1 tick was not on disk yet and is lost"),
            row(17, sent(3, 2, 0, Ending::Lost("partition".into())), r#"done("client[0]", "a")"#),
            row(20, What::Healed { number: 0 }, "the partition is over"),
            row(30, at(1, Mark::Up), "store[0] starts again"),
            row(34, What::Arrived { id: 2, from: 0, to: 2, sent: 10 * ms }, put),
            row(34, at(2, Mark::Wrong), r#"shown("a", 2) is there"#),
        ]
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_chart_of_three_nodes() {
        let chart = Chart::of(&names(&["client[0]", "store[0]", "store[1]"]), story(), 41);
        insta::assert_snapshot!("chart_three", draw(&chart, 100));
        insta::assert_snapshot!("chart_narrow", draw(&chart, 80));
    }

    #[test]
    fn a_chart_of_many_nodes() {
        let all: Vec<String> = (0..9).map(|i| format!("counter[{i}]")).collect();
        let ring = (0..9).map(|i| {
            row(
                i,
                sent(i as u64, i as usize, (i as usize + 4) % 9, Ending::Here(i * 1_000_000)),
                "turn()",
            )
        });
        let chart = Chart::of(&all, ring.collect(), 0);
        insta::assert_snapshot!("chart_many", draw(&chart, 100));
    }

    #[test]
    fn long_texts_are_broken_and_cut() {
        assert_eq!(wrapped("one two three", 8), ["one two", "  three"]);
        assert_eq!(wrapped("abcdefghijklm", 4), ["abcd", "  ef", "  gh", "   …"]);
        assert_eq!(wrapped("", 4), Vec::<String>::new());
    }
}
