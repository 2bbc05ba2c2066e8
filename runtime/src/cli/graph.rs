//! `bloom graph`: the picture of a program. What there is to see is found by the
//! compiler; here it is asked for and put into the form that was wanted.
//!
//! | room | owns |
//! |---|---|
//! | `model` | what a picture shows, as plain data |
//! | `build` | from a program and its report to that |
//! | `divided` | what it shows of a plan for many workers |
//! | `layout`, `routes`, `outline` | where everything stands, how lines run, and the shapes of collections |
//! | `svg`, `legend` | the picture drawn |
//! | `source`, `page` | the text with its places marked, and both side by side as a page |
//! | `dot`, `mermaid`, `json` | the same for other tools |

pub mod build;
mod divided;
pub mod dot;
mod json;
mod layout;
mod legend;
pub mod mermaid;
pub mod model;
mod outline;
pub mod page;
mod routes;
pub mod source;
mod svg;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Report;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::driver::Compiled;
use clap::Args;
use clap::ValueEnum;

use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::options;
use crate::cli::report;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use model::Graph;

const AFTER: &str = "\
Collections are boxes, and an arrow leads from what a rule reads to what it
says. Green arrows wait for nobody; the others are told apart by colour, head
and label, and `bloom report` explains them. With --plan they say how long a
worker of one node waits; `bloom report --workers N` explains that.

Examples:
  bloom graph cart.bloom > cart.svg
  bloom graph cart.bloom --out cart.html
  bloom graph cart.bloom --format mermaid
  bloom graph cart.bloom --plan --workers 4 --out plan.html

Exit codes: 0 drawn, 1 the program is wrong (what is understood is drawn),
2 command line or files.";

/// `bloom graph`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct GraphArgs {
    /// A .bloom file, or a folder with a main.bloom; `-` is stdin
    path: PathBuf,
    /// Form of the picture; without it the name of FILE tells, or it is svg
    #[arg(long, value_enum, value_name = "FORM", help_heading = "Output")]
    format: Option<Form>,
    /// Write the picture to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Draw the plan: what waits inside of a node, what runs together, and where it is
    #[arg(long, help_heading = "Plan")]
    plan: bool,
    /// The plan for N workers
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        requires = "plan",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Plan"
    )]
    workers: u16,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Form of a picture.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// a picture, for every browser
    Svg,
    /// a page with the program beside the picture
    Html,
    /// for pages that draw Mermaid
    Mermaid,
    /// for Graphviz
    Dot,
    /// bloom-graph/1
    Json,
}

impl Form {
    /// The form that a file's name asks for.
    fn of(file: &Path) -> Option<Form> {
        match file.extension()?.to_str()? {
            "svg" => Some(Form::Svg),
            "html" | "htm" => Some(Form::Html),
            "mmd" | "mermaid" => Some(Form::Mermaid),
            "dot" | "gv" => Some(Form::Dot),
            "json" => Some(Form::Json),
            _ => None,
        }
    }
}

/// Draws.
pub fn graph(args: &GraphArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    let mut compiled = compile::compile(&args.path, &set, talk)?;
    compiled.diagnostics.retain(Diagnostic::is_error);
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    let mut report = compiled.report(&Assume::default());
    let divided = if args.plan { compiled.divided(usize::from(args.workers)) } else { Vec::new() };
    if args.plan {
        // Points keep the names that `bloom report --workers` has for them.
        compiled.add_frontiers(&mut report, &divided);
        report.points.retain(|point| point.kind == Kind::Frontier);
    }
    let picture = build::drawn(&compiled, &report, &divided);
    let name = compiled.sources.files().first().map_or("", |file| &file.name);
    let form = args.format.or_else(|| Form::of(args.out.as_deref()?)).unwrap_or(Form::Svg);
    let text = match form {
        Form::Svg => svg(&picture, name).map_err(|why| talk.refuse(why))?,
        Form::Html => page::text(&page::Page {
            name,
            title: format!("{name}, drawn"),
            lead: format!("<p>{}.</p>\n", counted(&picture)),
            points: None,
            compiled: &compiled,
            report: &report,
            divided: &divided,
        }),
        Form::Mermaid => mermaid::text(&picture),
        Form::Dot => dot::text(&picture),
        Form::Json => json::text(&picture, &compiled.sources, name),
    };
    match &args.out {
        Some(file) => report::put(file, &text, talk)?,
        None => write_out(talk, text.as_bytes())?,
    }
    match compile::failed(&compiled.diagnostics) {
        Some(exit) => Err(exit),
        None => Ok(()),
    }
}

/// The picture of a program, or why it cannot be drawn.
pub fn picture(compiled: &Compiled, report: &Report, name: &str) -> Result<String, String> {
    svg(&build::graph(compiled, report), name)
}

fn svg(graph: &Graph, name: &str) -> Result<String, String> {
    let laid = layout::layout(graph)?;
    Ok(svg::document(graph, &laid, name, &format!("{}.", counted(graph))))
}

/// `14 collections, 16 arrows, 2 points to wait or agree`
fn counted(graph: &Graph) -> String {
    let count = |n: usize, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    let mut points: Vec<&str> = graph
        .edges
        .iter()
        .flat_map(|edge| &edge.points)
        .chain(graph.nodes.iter().flat_map(|node| &node.points))
        .map(|point| point.id.as_str())
        .collect();
    points.sort_unstable();
    points.dedup();
    let mut parts = vec![
        count(graph.nodes.len(), "collection", "collections"),
        count(graph.edges.len(), "arrow", "arrows"),
    ];
    if !points.is_empty() {
        parts.push(format!("with {}", count(points.len(), "point", "points")));
    }
    parts.join(", ")
}
