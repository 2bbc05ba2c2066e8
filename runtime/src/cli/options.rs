//! What the command line means: `REL=FILE` taken apart, sizes as bytes, limits
//! together. This room must not open files or know programs; what it cannot
//! make sense of is told in one sentence.

use std::path::PathBuf;

use crate::cli::args;
use crate::cli::cluster::args::ClusterArgs;
use crate::cli::cluster::args::ClusterOptions;
use crate::cli::node::NodeArgs;
use crate::cli::node::NodeOptions;
use crate::cli::paths;
use crate::cli::role::RoleArgs;
use crate::connect::compress::Compression;
use crate::connect::files::Format;
use crate::connect::header::HeaderRule;
use crate::connect::write::Form;
use crate::kernel::Limits;

/// A relation to load from a file.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Input {
    pub rel: String,
    /// `None`: stdin.
    pub path: Option<PathBuf>,
    /// `None`: of a folder, whose files tell theirs.
    pub format: Option<Format>,
}

/// How results look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Shape {
    Text(Form),
    Parquet,
}

/// What to say where Parquet is not built in.
pub fn no_parquet(what: &str) -> String {
    format!(
        "{what}: this bloom was built without Parquet; build it with \
         `cargo build --release --features parquet`"
    )
}

/// `bloom run`, understood.
#[allow(missing_docs)]
pub struct RunOptions {
    pub path: PathBuf,
    pub facts: Option<PathBuf>,
    pub inputs: Vec<Input>,
    pub header: HeaderRule,
    /// Leave bad records out instead of ending.
    pub reject: bool,
    pub rejects: Option<PathBuf>,
    pub set: Vec<(String, String)>,
    pub out: Option<PathBuf>,
    pub form: Option<Shape>,
    pub compression: Option<Compression>,
    pub print: Vec<String>,
    pub no_output: bool,
    pub expect: Option<PathBuf>,
    pub stats: Option<args::StatsForm>,
    pub limits: Limits,
    /// Threads that share the work.
    pub workers: usize,
    /// Show rows as soon as they are certain.
    pub stream: bool,
    pub node: NodeOptions,
    pub role: RoleArgs,
    /// Which process of the node this is, if there are several.
    pub cluster: Option<ClusterOptions>,
}

impl RunOptions {
    /// The meaning of the arguments, or what is wrong with them.
    pub fn new(args: args::RunArgs) -> Result<RunOptions, String> {
        let in_format = args.input.in_format.map(in_format);
        let mut inputs = Vec::new();
        for text in &args.input.inputs {
            inputs.push(input(text, in_format)?);
        }
        let piped = inputs.iter().filter(|input| input.path.is_none()).count();
        if piped > 1 {
            return Err("stdin (`-`) can feed one relation only".into());
        }
        if piped == 1 && paths::is_stdin(&args.path) {
            return Err("stdin (`-`) cannot be both the program and the rows of a relation".into());
        }
        if args.input.rejects.is_some() && args.input.on_bad_row == args::OnBadRow::Stop {
            return Err("--rejects FILE needs --on-bad-row reject; by default bad records end \
                        the run"
                .into());
        }
        if args.format == Some(args::OutFormat::Parquet) && !cfg!(feature = "parquet") {
            return Err(no_parquet("--format parquet"));
        }
        let limits = limits(&args.limits)?;
        let node = NodeOptions::new(&args)?;
        let cluster = ClusterOptions::new(&args)?;
        Ok(RunOptions {
            node,
            path: args.path,
            facts: args.input.facts,
            inputs,
            header: match args.input.header {
                args::Header::Auto => HeaderRule::Auto,
                args::Header::Yes => HeaderRule::Yes,
                args::Header::No => HeaderRule::No,
            },
            reject: args.input.on_bad_row == args::OnBadRow::Reject,
            rejects: args.input.rejects,
            set: settings(&args.input.set)?,
            out: args.out,
            form: args.format.map(|format| match format {
                args::OutFormat::Csv => Shape::Text(Form::Csv),
                args::OutFormat::Tsv => Shape::Text(Form::Tsv),
                args::OutFormat::Jsonl => Shape::Text(Form::Jsonl),
                args::OutFormat::Parquet => Shape::Parquet,
            }),
            compression: args.compress.map(|compress| match compress {
                args::Compress::Gz => Compression::Gzip,
                args::Compress::Zst => Compression::Zstd,
            }),
            print: args.print,
            no_output: args.no_output,
            expect: args.expect,
            stats: args.stats,
            limits,
            workers: usize::from(args.workers),
            stream: args.stream,
            role: args.role,
            cluster,
        })
    }
}

impl RunOptions {
    /// A run whose rows are not written anywhere.
    pub fn silent(
        path: PathBuf,
        input: args::InputArgs,
        limits: args::LimitArgs,
        role: RoleArgs,
    ) -> Result<RunOptions, String> {
        RunOptions::new(args::RunArgs {
            path,
            input,
            out: None,
            format: None,
            compress: None,
            print: Vec::new(),
            no_output: true,
            expect: None,
            watch: false,
            stats: None,
            workers: 1,
            stream: false,
            limits,
            node: NodeArgs { name: "local".into(), ..NodeArgs::default() },
            role,
            cluster: ClusterArgs::default(),
        })
    }
}

fn in_format(format: args::InFormat) -> Format {
    match format {
        args::InFormat::Csv => Format::Csv,
        args::InFormat::Tsv => Format::Tsv,
        args::InFormat::Facts => Format::Facts,
        args::InFormat::Jsonl => Format::Jsonl,
        args::InFormat::Parquet => Format::Parquet,
    }
}

/// `REL=FILE`.
fn input(text: &str, format: Option<Format>) -> Result<Input, String> {
    let Some((rel, file)) =
        text.split_once('=').filter(|(rel, file)| !rel.is_empty() && !file.is_empty())
    else {
        return Err(format!("--in takes REL=FILE, such as --in link=links.csv, not `{text}`"));
    };
    let path = (file != "-").then(|| PathBuf::from(file));
    let known = path.as_deref().and_then(Format::of);
    let format = match (format, known, &path) {
        (_, _, Some(path)) if path.is_dir() => format,
        (Some(format), _, _) => Some(format),
        (None, Some(known), _) => Some(known),
        // What is piped in is CSV unless someone says so.
        (None, None, None) => Some(Format::Csv),
        (None, None, Some(path)) => {
            return Err(format!(
                "the name {} does not tell its format; add --in-format csv, tsv, facts, jsonl or parquet",
                path.display()
            ));
        }
    };
    Ok(Input { rel: rel.to_owned(), path, format })
}

/// What a run may spend.
pub fn limits(args: &args::LimitArgs) -> Result<Limits, String> {
    if args.max_seconds.is_some_and(|seconds| seconds.is_nan() || seconds < 0.0) {
        return Err("--max-seconds takes a number that is not negative".into());
    }
    Ok(Limits {
        together: None,
        rounds: args.max_rounds,
        rows: args.max_rows,
        memory: args.max_memory.as_deref().map(size).transpose()?,
        seconds: args.max_seconds,
        process: None,
        replan_rows: None,
        pulse: None,
    })
}

/// `NAME=VALUE`, each.
pub fn settings(texts: &[String]) -> Result<Vec<(String, String)>, String> {
    let one = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(format!("--set takes NAME=VALUE, such as --set k=5, not `{text}`")),
    };
    texts.iter().map(one).collect()
}

/// Bytes: a number with an optional unit.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => 0,
    };
    match number.parse::<f64>() {
        Ok(number) if factor > 0 => Ok((number * factor as f64) as u64),
        _ => Err(format!("--max-memory takes a size such as 512MiB or 4GiB, not `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("4GiB"), Ok(4 << 30));
        assert_eq!(size("1.5k"), Ok(1536));
        assert_eq!(size("100"), Ok(100));
        assert_eq!(size("2 MB"), Ok(2_000_000));
        assert!(size("big").is_err());
        assert!(size("4 lightyears").is_err());
    }

    #[test]
    fn inputs_name_relation_and_file() {
        let of = |text| input(text, None).map(|i| (i.rel, i.path.is_none(), i.format));
        assert_eq!(of("link=a.tsv"), Ok(("link".into(), false, Some(Format::Tsv))));
        assert_eq!(of("link=-"), Ok(("link".into(), true, Some(Format::Csv))));
        assert!(of("link").is_err());
        assert!(of("link=a.txt").is_err_and(|why| why.contains("--in-format")));
    }
}
