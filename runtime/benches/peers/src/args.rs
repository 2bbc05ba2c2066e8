//! What was typed, and what it means. Nothing here opens a file or starts a process, so a wrong
//! flag is reported before the first minute of measuring is spent.

use std::path::PathBuf;

use crate::cases;
use crate::cases::Case;
use crate::cases::Scale;

/// The text of `--help`.
pub const HELP: &str = "\
Measure Bloom beside compiled peers on the same inputs.

Usage: compare [OPTIONS]                  run every case, print a Markdown table
       compare gen [DIR] [OPTIONS]        only write the inputs
       compare peer CASE FOLDER           the Ascent program of a case over one folder
       compare plain CASE FOLDER          the loop written by hand, where there is one

Options:
  --data DIR         where inputs are kept (default: a folder in the system's temporary one)
  --cases A,B,...    only these cases (default: all)
  --runs N           runs of each program, the median counts (default: 3)
  --bloom PATH       the tool to measure (default: `bloom` beside this binary)
  --programs DIR     folder of the Bloom programs (default: the one of this crate)
  --plain            add the loops written by hand
  --scale full|small small is about 1/50, for a quick check (default: full)
  --max-seconds N    CPU limit of one run (default: 300)
  --json FILE        also write everything measured as JSON
  -h, --help         this text
";

/// One thing to do.
#[derive(Debug)]
pub enum Task {
    /// Print the help text.
    Help,
    /// Write inputs and stop.
    Generate(Options),
    /// Run the Ascent program of a case in this process.
    Peer {
        /// Name of the case or of its program.
        program: String,
        /// Folder with the CSV files.
        folder: String,
    },
    /// Run the loop written by hand in this process.
    Plain {
        /// Name of the case or of its program.
        program: String,
        /// Folder with the CSV files.
        folder: String,
    },
    /// Measure and print.
    Compare(Options),
}

/// Everything that can be chosen for a comparison.
#[derive(Debug)]
pub struct Options {
    /// Folder that holds one folder of inputs per case.
    pub data: PathBuf,
    /// The cases, in the order of the table.
    pub cases: Vec<&'static Case>,
    /// Runs of each program.
    pub runs: usize,
    /// The tool to measure; `None` means the sibling of the running binary.
    pub bloom: Option<PathBuf>,
    /// Folder of the Bloom programs.
    pub programs: PathBuf,
    /// Whether loops written by hand run as well.
    pub plain: bool,
    /// Size of the inputs.
    pub scale: Scale,
    /// CPU seconds after which a run is stopped.
    pub max_seconds: u64,
    /// File for the machine-readable result.
    pub json: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            data: std::env::temp_dir().join("bloom-peers"),
            cases: cases::ALL.iter().collect(),
            runs: 3,
            bloom: None,
            programs: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/programs")),
            plain: false,
            scale: Scale::Full,
            max_seconds: 300,
            json: None,
        }
    }
}

/// Reads the command line without the name of the binary.
pub fn parse(words: &[String]) -> Result<Task, String> {
    if words.iter().any(|word| word == "-h" || word == "--help") {
        return Ok(Task::Help);
    }
    let Some((first, rest)) = words.split_first() else {
        return Ok(Task::Compare(Options::default()));
    };
    match first.as_str() {
        "peer" | "plain" => {
            let [program, folder] = rest else {
                return Err(format!("`{first}` takes a case and a folder, nothing else"));
            };
            let (program, folder) = (program.clone(), folder.clone());
            let is_peer = first == "peer";
            Ok(if is_peer {
                Task::Peer { program, folder }
            } else {
                Task::Plain { program, folder }
            })
        }
        "gen" => match rest.split_first() {
            Some((folder, flags)) if !folder.starts_with('-') => {
                let mut options = options(flags)?;
                options.data = PathBuf::from(folder);
                Ok(Task::Generate(options))
            }
            _ => options(rest).map(Task::Generate),
        },
        _ => options(words).map(Task::Compare),
    }
}

fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (flag, mut inline) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word.as_str(), None),
        };
        let mut value = || {
            let value = inline.take().or_else(|| words.next().map(String::as_str));
            value.ok_or_else(|| format!("`{flag}` needs a value"))
        };
        match flag {
            "--data" => options.data = PathBuf::from(value()?),
            "--cases" => options.cases = pick(value()?)?,
            "--runs" => options.runs = positive(flag, value()?)?,
            "--bloom" => options.bloom = Some(PathBuf::from(value()?)),
            "--programs" => options.programs = PathBuf::from(value()?),
            "--plain" => options.plain = true,
            "--scale" => options.scale = scale(value()?)?,
            "--max-seconds" => options.max_seconds = positive(flag, value()?)? as u64,
            "--json" => options.json = Some(PathBuf::from(value()?)),
            _ => return Err(format!("unknown argument `{word}`; `--help` lists them")),
        }
        if let Some(extra) = inline {
            return Err(format!("`{flag}` takes no value, but was given `{extra}`"));
        }
    }
    Ok(options)
}

fn pick(list: &str) -> Result<Vec<&'static Case>, String> {
    let known = || cases::ALL.iter().map(|case| case.name).collect::<Vec<_>>().join(", ");
    list.split(',')
        .map(|name| {
            cases::find(name).ok_or_else(|| format!("no case `{name}`; there are {}", known()))
        })
        .collect()
}

fn positive(flag: &str, text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("`{flag}` needs a positive number, not `{text}`")),
    }
}

fn scale(text: &str) -> Result<Scale, String> {
    match text {
        "full" => Ok(Scale::Full),
        "small" => Ok(Scale::Small),
        _ => Err(format!("`--scale` is `full` or `small`, not `{text}`")),
    }
}
