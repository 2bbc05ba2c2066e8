//! `bloom new`: a project that runs and is as expected, to be changed from
//! there. Templates are texts of this room; it must not know the language.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::exit::Exit;
use crate::cli::place;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// `bloom new`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bloom new routes
  bloom new audit --template log

The folder then holds main.bloom, data/, expected/ and a README.md.")]
pub struct NewArgs {
    /// The folder to make; its last part is the project's name
    #[arg(value_name = "NAME")]
    pub path: PathBuf,
    /// What to start from
    #[arg(long, value_enum, default_value = "routes")]
    pub template: Template,
}

/// What a project starts from.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// recursion over a table with a lattice: cheapest routes
    Routes,
    /// counting, conditions and negation over a log
    Log,
    /// one rule, no data
    Empty,
}

/// Path below the project and content; `NAME` is the project's.
type Files = &'static [(&'static str, &'static str)];

const IGNORE: (&str, &str) = (".gitignore", "/results\n");

const ROUTES: Files = &[
    (
        "main.bloom",
        "\
/// What a direct connection costs.
table link(from: str, to: str, cost: int);

/// The cheapest way between two places. A `Min` only ever gets smaller.
view route(from: str, to: str, cost: Min<int>);
route(a, b, c) <= link(a, b, c);
route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);

/// The cheapest way from home to everywhere.
output cheapest(to: str, cost: int);
cheapest(b, c) <= route(\"home\", b, c);

test \"the cheaper way wins\" {
  tick { link(\"home\", \"market\", 4); link(\"market\", \"harbour\", 3); }
  expect cheapest == {(\"market\", 4), (\"harbour\", 7)};
  tick { link(\"home\", \"harbour\", 5); }
  expect cheapest(\"harbour\", 5);
}
",
    ),
    (
        "data/link.csv",
        "from,to,cost\nhome,market,4\nmarket,harbour,3\nhome,harbour,9\nharbour,island,20\n",
    ),
    ("expected/cheapest.csv", "to,cost\nharbour,7\nisland,27\nmarket,4\n"),
    IGNORE,
];

const LOG: Files = &[
    (
        "main.bloom",
        "\
/// Who did what. The line number tells two equal records apart.
table event(line: nat = line => user: str, action: str, ok: bool);

/// How often each user did anything.
output activity(user: str => events: nat);
activity(u, count()) <= event{user: u};

/// Users whose sign-in failed and never succeeded.
output locked_out(user: str);
locked_out(u) <= event{user: u, action: \"sign-in\", ok: false}, not signed_in(u);
view signed_in(u) <= event{user: u, action: \"sign-in\", ok: true};

test \"a sign-in that works opens the door again\" {
  tick { event(1, \"ann\", \"sign-in\", false); event(2, \"ann\", \"sign-in\", false); }
  expect activity(\"ann\", 2) and locked_out(\"ann\");
  tick { event(3, \"ann\", \"sign-in\", true); }
  expect not locked_out(_);
}
",
    ),
    (
        "data/event.csv",
        "user,action,ok\nann,sign-in,true\nann,order,true\nbob,sign-in,false\nbob,sign-in,false\ncem,sign-in,false\ncem,sign-in,true\n",
    ),
    ("expected/activity.csv", "user,events\nann,2\nbob,2\ncem,2\n"),
    ("expected/locked_out.csv", "user\nbob\n"),
    IGNORE,
];

const EMPTY: Files = &[
    (
        "main.bloom",
        "\
output greeting(text: str);
greeting(\"hello\");

test \"it greets\" {
  expect greeting == {\"hello\"};
}
",
    ),
    ("expected/greeting.csv", "text\nhello\n"),
    IGNORE,
];

/// Makes the project.
pub fn new(args: &NewArgs, talk: &Talk) -> Result<(), Exit> {
    let path = &args.path;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    if !is_name(name) {
        return Err(talk.refuse(format!(
            "`{name}` is no name for a project: take letters, digits, `-` and `_`, and begin with \
             a letter"
        )));
    }
    let shown = path.display();
    if path.exists() && !is_empty(path) {
        return Err(talk.refuse(format!("{shown} is there already; nothing was changed")));
    }
    let files = match args.template {
        Template::Routes => ROUTES,
        Template::Log => LOG,
        Template::Empty => EMPTY,
    };
    make(path, name, files)
        .map_err(|error| talk.refuse(format!("cannot make {shown}: {}", place::why(&error))))?;
    let text = format!("made {shown}; next:\n\n{}", commands(&pasted(path), files));
    write_out(talk, text.as_bytes())
}

/// A path as a shell reads it back.
fn pasted(path: &Path) -> String {
    let shown = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-+:@,=~".contains(c);
    if shown.chars().all(is_plain) {
        return shown;
    }
    format!("'{}'", shown.replace('\'', "'\\''"))
}

/// Commands that work as they stand.
fn commands(path: &str, files: Files) -> String {
    let facts = if has_data(files) { format!(" --facts {path}/data") } else { String::new() };
    format!(
        "  bloom run {path}{facts}\n  bloom run {path}{facts} --expect {path}/expected\n  \
         bloom test {path}\n"
    )
}

fn has_data(files: Files) -> bool {
    files.iter().any(|(name, _)| name.starts_with("data/"))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_empty(path: &Path) -> bool {
    path.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

/// All files are written into a folder beside, which then gets the name, so
/// that there is never half a project.
fn make(path: &Path, name: &str, files: Files) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".bloom-").tempdir_in(parent)?;
    let root = beside.path().join("project");
    std::fs::create_dir(&root)?;
    let readme = format!(
        "# {name}\n\nFrom this folder:\n\n```sh\n{}```\n\nThe first shows the results, the second \
         compares them with those in `expected/`, the third runs the tests in `main.bloom`.\n",
        commands(".", files).replace("./", "").replace("  bloom", "bloom")
    );
    let readme = [("README.md", readme.as_str())];
    for (file, text) in files.iter().copied().chain(readme) {
        let file = root.join(file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, text)?;
    }
    if path.exists() {
        // It is empty; on some systems a folder does not take another's place.
        std::fs::remove_dir(path)?;
    }
    std::fs::rename(root, path)
}
