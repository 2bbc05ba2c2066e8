//! The text of a program as lines of a page, with its places marked: what is
//! declared, read and said there, and the points. Each mark leads to its part of
//! the picture. Places overlap; the smallest one is what a click means.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::model::Report;
use bloom_compiler::driver::Compiled;
use bloom_compiler::source::FileId;
use bloom_compiler::source::SourceFile;
use bloom_compiler::source::Span;
use bloom_compiler::syntax::lexer;

use super::model::Graph;
use super::model::Mark;
use super::svg;
use super::svg::Anchors;
use crate::cli::page::escape;

/// The text, and where in it things are.
pub struct Text {
    /// One block for each file that has a mark; the program itself is the first.
    pub html: String,
    /// Where the parts of the picture are found in it.
    pub anchors: Anchors,
    /// Where points are found in it.
    pub points: BTreeMap<String, String>,
}

/// A place and what it belongs to.
struct Place {
    span: Span,
    /// Of two that are equally large, the lower one is meant.
    rank: u8,
    names: Vec<String>,
    class: &'static str,
}

/// A point, at the end of the line where it begins.
struct Chip {
    id: String,
    class: &'static str,
    told: String,
}

/// The text of a program. Points lead to what is said of them where something is,
/// and else to where they stand in the picture.
pub fn text(compiled: &Compiled, report: &Report, graph: &Graph, is_told: bool) -> Text {
    let mut places = places(compiled, report, graph);
    let mut files: BTreeSet<FileId> = places.iter().map(|place| place.span.file).collect();
    files.insert(FileId(0));
    let drawn = if is_told { BTreeMap::new() } else { drawn(report, graph) };
    let mut writer = Writer { next: 0, first: BTreeMap::new(), drawn };
    let mut html = String::new();
    for id in files {
        let file = compiled.sources.file(id);
        places.extend(comments(id, &file.text));
        let own: Vec<&Place> = places.iter().filter(|place| place.span.file == id).collect();
        let chips = chips(compiled, report, id);
        // What is imported is folded away, unless something is found there.
        let open = if chips.is_empty() { "" } else { " open=\"\"" };
        let lines = writer.lines(file, own, chips);
        let name = escape(&file.name);
        html.push_str(&match id {
            FileId(0) => format!("<pre class=\"code\"><code>{lines}</code></pre>\n"),
            _ => format!(
                "<details{open}><summary>{name}</summary>\n<pre class=\"code\"><code>{lines}</code></pre>\
                 \n</details>\n"
            ),
        });
    }
    let anchor = |name: String| {
        let found = writer.first.get(&name).map(String::as_str);
        found.unwrap_or("source").to_string()
    };
    let anchors = Anchors {
        nodes: (0..graph.nodes.len()).map(|at| anchor(format!("n{at}"))).collect(),
        edges: (0..graph.edges.len()).map(|at| anchor(format!("e{at}"))).collect(),
    };
    let points = report.points.iter().map(|point| (point.id.clone(), anchor(point.id.clone())));
    Text { html, points: points.collect(), anchors }
}

fn places(compiled: &Compiled, report: &Report, graph: &Graph) -> Vec<Place> {
    let mut out = Vec::new();
    let split = |names: String| names.split(' ').map(str::to_string).collect::<Vec<_>>();
    for point in &report.points {
        out.push(Place {
            span: compiled.sources.written(point.span),
            rank: 0,
            names: vec![point.id.clone()],
            class: mark_of(point.accepted.is_some(), point.kind).word(),
        });
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let class = if edge.mark == Mark::Threshold { "threshold" } else { "" };
        for place in &edge.places {
            let names = split(svg::names_of_edge(at, edge));
            out.push(Place { span: *place, rank: 1, names, class });
        }
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        for (place, class) in
            [(&node.place, "decl")].into_iter().chain(node.heads.iter().map(|head| (head, "")))
        {
            let names = split(svg::names_of_node(at, node));
            out.push(Place { span: *place, rank: 2, names, class });
        }
    }
    out
}

fn mark_of(accepted: bool, kind: bloom_compiler::calm::model::Kind) -> Mark {
    if accepted { Mark::Accepted } else { Mark::Waits(kind) }
}

/// Where points stand in the picture.
fn drawn(report: &Report, graph: &Graph) -> BTreeMap<String, String> {
    let edges = graph.edges.iter().enumerate().map(|(at, one)| (format!("e{at}"), &one.points));
    let nodes = graph.nodes.iter().enumerate().map(|(at, one)| (format!("n{at}"), &one.points));
    let parts: Vec<_> = edges.chain(nodes).collect();
    let find = |id: &str| {
        let found = parts.iter().find(|(_, points)| points.iter().any(|point| point.id == id));
        found.map_or("picture".to_string(), |(part, _)| part.clone())
    };
    report.points.iter().map(|point| (point.id.clone(), find(&point.id))).collect()
}

/// Comments lead nowhere; they are only paler.
fn comments(file: FileId, text: &str) -> Vec<Place> {
    let all = lexer::lex(file, text).comments.into_iter();
    all.map(|one| Place { span: one.span, rank: 3, names: Vec::new(), class: "comment" }).collect()
}

/// The points of a file, by the line where they begin.
fn chips(compiled: &Compiled, report: &Report, file: FileId) -> BTreeMap<usize, Vec<Chip>> {
    let mut out: BTreeMap<usize, Vec<Chip>> = BTreeMap::new();
    for point in &report.points {
        let span = compiled.sources.written(point.span);
        if span.file != file {
            continue;
        }
        let (line, _) = compiled.sources.file(file).line_col(span.lo);
        out.entry(line).or_default().push(Chip {
            id: point.id.clone(),
            class: mark_of(point.accepted.is_some(), point.kind).word(),
            told: point.kind.word().to_string(),
        });
    }
    out
}

struct Writer {
    next: usize,
    /// The first mark of each name.
    first: BTreeMap<String, String>,
    /// Where points lead of which nothing is said.
    drawn: BTreeMap<String, String>,
}

impl Writer {
    fn target<'a>(&'a self, name: &'a str) -> &'a str {
        self.drawn.get(name).map_or(name, String::as_str)
    }

    /// A file, line by line.
    fn lines(
        &mut self,
        file: &SourceFile,
        mut places: Vec<&Place>,
        chips: BTreeMap<usize, Vec<Chip>>,
    ) -> String {
        places.sort_by_key(|place| place.span.lo);
        let mut out = String::new();
        let (mut from, mut started) = (0, 0);
        let mut open: Vec<&Place> = Vec::new();
        for (at, line) in file.text.split_inclusive('\n').enumerate() {
            let (lo, hi) = (from, from + line.len());
            from = hi;
            while let Some(place) = places.get(started).filter(|p| (p.span.lo as usize) < hi) {
                open.push(place);
                started += 1;
            }
            open.retain(|place| place.span.hi as usize > lo);
            let shown = line.trim_end_matches(['\n', '\r']);
            out.push_str("<span class=\"l\">");
            self.line(shown, lo, &open, &mut out);
            for chip in chips.get(&(at + 1)).into_iter().flatten() {
                let Chip { id, class, told } = chip;
                let target = self.target(id);
                out.push_str(&format!(
                    " <a class=\"chip {class}\" data-of=\"{id}\" href=\"#{target}\">{id} {told}</a>"
                ));
            }
            // The line break belongs to its line, so that lines are blocks.
            out.push_str("\n</span>");
        }
        out
    }

    /// A line that begins at a byte, in pieces that belong to the same places.
    fn line(&mut self, text: &str, lo: usize, open: &[&Place], out: &mut String) {
        let inside = |byte: u32| (byte as usize).saturating_sub(lo).min(text.len());
        let mut cuts: BTreeSet<usize> =
            open.iter().flat_map(|p| [inside(p.span.lo), inside(p.span.hi)]).collect();
        cuts.extend([0, text.len()]);
        let cuts: Vec<usize> = cuts.into_iter().collect();
        for pair in cuts.windows(2) {
            let &[from, to] = pair else { continue };
            let Some(piece) = text.get(from..to) else { continue };
            let mut over: Vec<&Place> = open
                .iter()
                .copied()
                .filter(|p| p.span.lo as usize <= lo + from && lo + to <= p.span.hi as usize)
                .collect();
            over.sort_by_key(|place| (place.span.hi - place.span.lo, place.rank));
            if over.is_empty() || piece.trim().is_empty() {
                out.push_str(&escape(piece));
            } else if over.iter().any(|place| place.class == "comment") {
                out.push_str(&format!("<i>{}</i>", escape(piece)));
            } else {
                self.mark(piece, &over, out);
            }
        }
    }

    fn mark(&mut self, piece: &str, over: &[&Place], out: &mut String) {
        let mut names: Vec<&String> = Vec::new();
        for name in over.iter().flat_map(|place| &place.names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let anchor = format!("s{}", self.next);
        let mut is_first = false;
        for name in &names {
            if !self.first.contains_key(*name) {
                self.first.insert((*name).clone(), anchor.clone());
                is_first = true;
            }
        }
        let id = if is_first { format!(" id=\"{anchor}\"") } else { String::new() };
        self.next += 1;
        let class = over.iter().map(|place| place.class).find(|class| !class.is_empty());
        let to = names.first().map_or("picture", |name| self.target(name));
        let all = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ");
        out.push_str(&format!(
            "<a{id} class=\"ref {}\" data-of=\"{all}\" href=\"#{to}\">{}</a>",
            class.unwrap_or(""),
            escape(piece)
        ));
    }
}
